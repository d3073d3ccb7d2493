"""Tables of any size on disk, read in blocks of rows; each format brings its own subclass.

Plain reads are used instead of memory maps: if another program truncates a mapped file, this
process is killed without an error message.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from alignlab.files.limits import UnreadableError, first_line

SAMPLED_BYTES = 2**16
"""Number of bytes at each end of a file that enter its digest."""


class LargeTable(ABC):
    """A table on disk, read in `blocks` of rows.

    name : the file's name. columns : names, as `tables.read_table` gives them.
    numeric : those that hold numbers. rows : number of rows.
    notes : sentences on how it is read. left_out : by column of the file, why it is left out.
    digest : of the path, size, modification time, and the first and last `SAMPLED_BYTES` (which
        hold the header or footer), not of the whole content: a change in the middle that keeps
        size and time is not detected.
    """

    columns: tuple[str, ...]
    numeric: tuple[str, ...]
    rows: int

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notes: tuple[str, ...] = ()
        self.left_out: dict[str, str] = {}
        self._stamp = stamp_of(path)
        self._digest: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the file as it is when this is first asked for."""
        if self._digest is None:
            self._digest = self._digested()
        return self._digest

    def _digested(self) -> str:
        return digest_of(self.path, self._stamp)

    def blocks(self, columns: Sequence[str], rows_per_block: int) -> Iterator[pd.DataFrame]:
        """These columns, in this order, for all rows; all blocks but the last have equal length.

        Raises
        ------
        ValueError
            A column that does not exist, a file that cannot be read to its end, or one that has
            changed since it was opened.
        """
        known = set(self.columns)
        absent = [column for column in columns if column not in known]
        if absent and absent[0] in self.left_out:
            raise ValueError(
                f"{self.name}: column {absent[0]!r} is left out: it {self.left_out[absent[0]]}"
            )
        if absent:
            raise ValueError(f"{self.name} has no column {absent[0]!r}: choose the columns again")
        found = 0
        try:
            if self._changed():
                raise UnreadableError("it has changed since it was opened: open it again")
            for block in self._blocks(list(columns), rows_per_block):
                found += len(block)
                if found != min(self.rows, (found // -rows_per_block) * -rows_per_block):
                    break
                yield block
            if found != self.rows:
                raise UnreadableError(
                    f"it holds {found:,} rows but declares {self.rows:,}: save it again"
                )
        except Exception as error:  # the parsers raise errors of any type on a broken file
            raise named(error, self.name) from error

    def row_bytes(self, columns: Sequence[str]) -> int:
        """Approximate memory of one row of `blocks` of these columns, in bytes."""
        return 8 * len(columns)

    def _changed(self) -> bool:
        return stamp_of(self.path) != self._stamp

    @abstractmethod
    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]: ...


def stamp_of(path: Path) -> tuple[int, int]:
    """Size in bytes and modification time in nanoseconds."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def digest_of(path: Path, stamp: tuple[int, int]) -> str:
    """SHA-256 of the path, its stamp, and the content at both ends of the file."""
    found = hashlib.sha256(f"{path.resolve()}\0{stamp}".encode())
    with path.open("rb") as file:
        found.update(file.read(SAMPLED_BYTES))
        file.seek(max(0, stamp[0] - SAMPLED_BYTES))
        found.update(file.read(SAMPLED_BYTES))
    return found.hexdigest()


def named(error: Exception, name: str) -> ValueError:
    """The error as a ValueError that names the file."""
    if isinstance(error, UnreadableError):
        return ValueError(f"{name}: {error}")
    return ValueError(
        f"{name} could not be read: {first_line(error)}: copy it again, or save it again"
    )
