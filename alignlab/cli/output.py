"""What a command writes: files as a whole or not at all, progress, plain text."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

STDOUT = "-"
"""The name of an output file that stands for stdout."""

STEPS = 10
"""Number of lines of progress where there is no terminal."""


def check_outputs(outputs: Sequence[str | None], inputs: Iterable[str]) -> None:
    """ValueError if an output cannot be written, would overwrite an input, or is named twice.

    Before anything is computed, so that no result is lost. None stands for no output.
    """
    known = {Path(name).resolve(): name for name in inputs}
    seen: set[Path] = set()
    for name in outputs:
        if name is None or name == STDOUT:
            continue
        path = Path(name).resolve()
        if path in known:
            raise ValueError(f"{name} is an input: name another file for the output")
        if path in seen:
            raise ValueError(f"{name} is named for two outputs: give each its own file")
        seen.add(path)
        if path.is_dir():
            raise ValueError(f"{name} is a folder: name a file in it")
        if not path.parent.is_dir():
            raise ValueError(f"there is no folder {path.parent}: create it, or name another file")
        if not os.access(path.parent, os.W_OK):
            raise ValueError(f"{path.parent} is not writable: name a file in another folder")


def check_ending(option: str, name: str | None, *endings: str) -> None:
    """ValueError if the file named by an option has another ending, as that of the user's data."""
    if name is not None and Path(name).suffix.lower() not in endings:
        raise ValueError(f"{option} {name}: name a file ending in {endings[0]}")


def write_whole(name: str, content: bytes) -> None:
    """Write a file under a temporary name beside it and rename it: it is never half there."""
    path = Path(name).resolve()
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        cause = error.strerror or error
        raise ValueError(f"{name} cannot be written ({cause}): name another file") from error
    try:
        with open(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # mkstemp gives the owner alone access
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class Counted(Protocol):
    """Work with its steps so far and in all."""

    done: int
    total: int


class Progress:
    """Progress on stderr: one line that is rewritten on a terminal, `STEPS` lines elsewhere.

    asked : whether to report it where stderr is no terminal, such as a log.
    """

    def __init__(self, asked: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = asked or self._terminal
        self._last = -1

    def show(self, work: Counted) -> None:
        """Report the steps, where the last report is old enough."""
        if not self._shown or not work.total:
            return
        parts = 100 if self._terminal else STEPS
        part = parts * work.done // work.total
        if part <= self._last:
            return
        self._last = part
        told = f"{work.done:,} of {work.total:,} steps"
        if self._terminal:
            sys.stderr.write(f"\r{told}\033[K")
            sys.stderr.flush()
        else:
            print(told, file=sys.stderr)

    def clear(self) -> None:
        """Remove the line on a terminal."""
        if self._terminal and self._last >= 0:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def note(text: str) -> None:
    """A note on stderr."""
    print(f"alignlab: note: {' '.join(text.split())}", file=sys.stderr)
