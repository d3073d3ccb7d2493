"""The entry point: arguments in, exit code out; a refusal is one line on stderr.

Exit codes: 0, the command did what it was asked, whatever the verdict; 2, arguments or files that
cannot be used; 130, interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from alignlab.version import __version__

REFUSED, INTERRUPTED = 2, 130

COMMANDS = ("diagnose", "align", "sweep", "app")
"""Each is the module of this name beside this one."""


class Refusal(SystemExit):
    """Arguments that cannot be used; `reason` is one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSED)
        self.reason = reason


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        raise Refusal(f"{message}; {self.prog} --help lists the arguments")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    whole = Parser(
        prog="alignlab",
        description="See multimodal alignment: diagnose paired embeddings, align them, measure "
        "aligners. Results are written to stdout, progress and notes to stderr.",
        epilog="Exit codes: 0 done, whatever the verdict; 2 bad arguments or files, with one line "
        "on stderr; 130 interrupted.",
    )
    whole.add_argument("--version", action="version", version=f"alignlab {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"alignlab.cli.{name}").add(commands)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line, `sys.argv` by default; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that has no Δ must not cost the result
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = parser().parse_args(argv)
    except Refusal as refusal:
        return _refuse(refusal.reason)
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    try:
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("default")
            code: int = arguments.run(arguments)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, ModuleNotFoundError, OSError, MemoryError) as error:
        return _refuse(_reason(error))
    for one in raised:
        if issubclass(one.category, UserWarning):
            print(f"alignlab: note: {_one_line(str(one.message))}", file=sys.stderr)
    return code


def _reason(error: BaseException) -> str:
    """Cause and remedy of a refusal."""
    if isinstance(error, MemoryError):
        return "there is not enough memory: bring fewer rows, or save the views as NPY or Parquet"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}"
    from alignlab.checks import reason_of

    return reason_of(error)


def _refuse(reason: str) -> int:
    print(f"alignlab: error: {_one_line(reason)}", file=sys.stderr)
    return REFUSED


def _one_line(text: str) -> str:
    return " ".join(text.split())
