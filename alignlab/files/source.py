"""Files that a user has brought: as one table, or in chunks where they are too large for memory.

The page, the command line and `alignlab.read` all read files through these two doors:
`read_source` for the contents of uploads, `open_source` for paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from alignlab.data.features import Features
from alignlab.data.pairs import Chunks
from alignlab.files.chosen import features_from_table
from alignlab.files.columns import ColumnChoice, join_tables
from alignlab.files.guess_notes import guess_notes, is_cut
from alignlab.files.large_files import LargeTable
from alignlab.files.large_tables import chunks_of, head_of, joined_names, open_large
from alignlab.files.limits import repeated
from alignlab.files.reading_notes import notes_of
from alignlab.files.tables import MAX_BYTES, read_table

LOOKED_AT = 1000
"""Number of rows of a large file that are read for a first guess of its columns."""


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
        """The names of all files."""
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
        """The chunks that `diagnose_chunks` takes, from files read in chunks."""
        return chunks_of(self.large, columns.view1, columns.view2, columns.label_columns)

    def features(self, columns: ColumnChoice, drop: bool = False) -> Features:
        """The chosen columns in memory, as `diagnose` takes them; also of files read in chunks.

        drop : leave out rows in which a view holds NaN or an infinite value.
        Raises ValueError as `chosen.features_from_table` does.
        """
        table = self.head if not self.large else _loaded(self.large, columns)
        return features_from_table(table, columns, drop)


def digests(contents: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Names and SHA-256 of files, given by name."""
    return tuple((name, sha256(content).hexdigest()) for name, content in contents.items())


def read_source(
    contents: Mapping[str, bytes], files: tuple[tuple[str, str], ...] | None = None
) -> Source:
    """Files read whole, given by name.

    files : their `digests` if they are known already.
    Raises ValueError if one cannot be read, or if they do not belong together.
    """
    least = 2 if len(contents) == 1 else 1
    tables = {name: read_table(content, name, least) for name, content in contents.items()}
    table, guess = join_tables(tables)
    return Source(
        files=files or digests(contents),
        head=table,
        rows=len(table),
        guess=guess,
        doubts=tuple(guess_notes(tables, guess)),
        cut=is_cut(tables, guess),
    )


def open_source(
    paths: Sequence[Path],
    key: str | None = None,
    readable: Callable[[Path], bool] = lambda path: True,
) -> Source:
    """Files by their paths: small ones read whole, larger ones in blocks of rows.

    key : the column that tells which rows belong together; None for the guess of `join_tables`.
    readable : whether a path, with links followed, may be read.
    Raises ValueError if one cannot be read, or if they do not belong together.
    """
    paths = [Path(path) for path in paths]
    if twice := repeated(path.name for path in paths):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")
    for path in paths:
        if not path.is_file():
            raise ValueError(f"{path} is not a file: check the path")
    if all(path.stat().st_size <= MAX_BYTES for path in paths):
        return read_source({path.name: path.read_bytes() for path in paths})
    return _large_source(tuple(open_large(path) for path in paths))


def _large_source(large: tuple[LargeTable, ...]) -> Source:
    heads = {one.name: head_of(one, LOOKED_AT) for one in large}
    head, guess = join_tables(heads)
    return Source(
        files=tuple((one.name, one.digest) for one in large),
        head=head,
        rows=large[0].rows,
        guess=guess,
        large=large,
        doubts=tuple(guess_notes(heads, guess)),
        cut=is_cut(heads, guess),
    )


def _loaded(tables: Sequence[LargeTable], columns: ColumnChoice) -> pd.DataFrame:
    """All rows of the chosen columns of files read in chunks."""
    names = joined_names(tables)
    parts = []
    for table in tables:
        wanted = {
            names[name][1]: name
            for name in dict.fromkeys((*columns.view1, *columns.view2, *columns.label_columns))
            if name in names and names[name][0] is table
        }
        if wanted:
            blocks = table.blocks(tuple(wanted), LOOKED_AT)
            parts.append(pd.concat(blocks, ignore_index=True).rename(columns=wanted))
    return pd.concat(parts, axis=1) if parts else pd.DataFrame()
