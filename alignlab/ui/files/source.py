"""Files that a user has uploaded or named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd

from alignlab.data.pairs import Chunks
from alignlab.files.columns import ColumnChoice, join_tables
from alignlab.files.guess_notes import guess_notes, is_cut
from alignlab.files.large_files import LargeTable
from alignlab.files.large_tables import chunks_of
from alignlab.files.reading_notes import notes_of
from alignlab.files.tables import read_table


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Files with their columns: one table, or files too large for memory.

    files : names and SHA-256, that of the whole content if there is a table.
    head : the table, or its first rows if the files are read in chunks.
    rows : number of rows. guess : a first guess of the columns; doubts : what may be wrong with it.
    cut : whether the guess halves one run of columns. large : files to be read in chunks.
    """

    files: tuple[tuple[str, str], ...]
    head: pd.DataFrame
    rows: int
    guess: ColumnChoice
    large: tuple[LargeTable, ...] = ()
    doubts: tuple[str, ...] = ()
    cut: bool = False

    @property
    def name(self) -> str:
        return " + ".join(name for name, _ in self.files)

    @property
    def digest(self) -> str:
        """The digest of the only file, or of the concatenated digests of all files."""
        digests = [digest for _, digest in self.files]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()

    @property
    def table(self) -> pd.DataFrame | None:
        """All rows; None if the files are read in chunks."""
        return None if self.large else self.head

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on what was left out or assumed while the files were read."""
        return notes_of(self.head)

    def chunks(self, columns: ColumnChoice) -> Chunks:
        """The chunks that `diagnose_chunks` takes."""
        return chunks_of(self.large, columns.view1, columns.view2, columns.label_columns)


def digests(contents: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Names and SHA-256 of files, given by name."""
    return tuple((name, sha256(content).hexdigest()) for name, content in contents.items())


def read_source(contents: Mapping[str, bytes], files: tuple[tuple[str, str], ...]) -> Source:
    """Files read whole, given by name, with their `digests`; ValueError if one is unreadable."""
    least = 2 if len(contents) == 1 else 1
    tables = {name: read_table(content, name, least) for name, content in contents.items()}
    table, guess = join_tables(tables)
    doubts = tuple(guess_notes(tables, guess))
    return Source(
        files=files,
        head=table,
        rows=len(table),
        guess=guess,
        doubts=doubts,
        cut=is_cut(tables, guess),
    )
