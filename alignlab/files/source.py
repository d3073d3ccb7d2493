"""Files that a user has brought: as one table, or in chunks where they are too large for memory.

The page, the command line and `alignlab.read` all read files through these two doors:
`read_source` for the contents of uploads, `open_source` for paths of files and folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import pandas as pd

from alignlab.data.features import Features
from alignlab.data.pairs import Chunks
from alignlab.files import limits
from alignlab.files.chosen import features_from_table
from alignlab.files.columns import ColumnChoice, join_tables
from alignlab.files.folders import Readable, Table, tables_in, tables_of
from alignlab.files.guess_notes import guess_notes, is_cut
from alignlab.files.keys import UnmatchedError
from alignlab.files.large_files import LargeTable, digest_of, stamp_of
from alignlab.files.large_keys import check_large
from alignlab.files.large_tables import chunks_of, head_of, joined_names, open_large
from alignlab.files.limits import UnreadableError, repeated
from alignlab.files.reading_notes import notes_of
from alignlab.files.shards import Shards, are_alike, grouped, stacked
from alignlab.files.tables import MAX_BYTES, read_table

LOOKED_AT = 1000
"""Number of rows of a large file that are read for a first guess of its columns."""

_LOADED = 2**14
"""Number of rows read at a time where a large file is brought into memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Files with their columns: one table, or files too large for memory.

    files : names and SHA-256 of what was brought, that of the whole content if there is a table.
    head : the table, or its first rows if the files are read in chunks.
    rows : number of rows. guess : a first guess of the columns; doubts : what may be wrong with it.
    cut : whether the guess halves one run of columns. large : files to be read in chunks.
    key : the column that was asked for to match rows. said : notes on the files themselves.
    """

    files: tuple[tuple[str, str], ...]
    head: pd.DataFrame
    rows: int
    guess: ColumnChoice
    large: tuple[LargeTable, ...] = ()
    doubts: tuple[str, ...] = ()
    cut: bool = False
    key: str | None = None
    said: tuple[str, ...] = ()

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
    def identity(self) -> tuple[str, str | None]:
        """The digest, and how rows were matched: what the content of the table depends on."""
        return self.digest, self.key

    @property
    def table(self) -> pd.DataFrame | None:
        """All rows; None if the files are read in chunks."""
        return None if self.large else self.head

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on what was left out or assumed while the files were read."""
        return tuple(dict.fromkeys((*self.said, *notes_of(self.head))))

    def whole(self) -> pd.DataFrame:
        """All rows of all columns in memory, also of files that are read in chunks."""
        return _loaded(self.large, tuple(self.head)) if self.large else self.head

    def chunks(self, columns: ColumnChoice) -> Chunks:
        """The chunks that `diagnose_chunks` takes; of a table, a single one."""
        if self.large:
            return chunks_of(self.large, columns.view1, columns.view2, columns.label_columns)
        found = self.features(columns)
        chunk = (found.X, found.Y) if found.labels is None else (found.X, found.Y, found.labels)
        return lambda: iter([chunk])

    def features(self, columns: ColumnChoice, drop: bool = False) -> Features:
        """The chosen columns in memory, as `diagnose` takes them; also of files read in chunks.

        drop : leave out rows in which a view holds NaN or an infinite value.
        Raises ValueError as `chosen.features_from_table` does.
        """
        table = self.head
        if self.large:
            table = _loaded(self.large, (*columns.view1, *columns.view2, *columns.label_columns))
        return features_from_table(table, columns, drop)


def digests(contents: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Names and SHA-256 of files, given by name."""
    return tuple((name, sha256(content).hexdigest()) for name, content in contents.items())


def read_source(
    contents: Mapping[str, bytes],
    files: tuple[tuple[str, str], ...] | None = None,
    key: str | None = None,
) -> Source:
    """Files read whole, given by name; shards of one table come below each other.

    files : their `digests` if they are known already.
    key : the column that tells which rows belong together, as for `join_tables`.
    Raises ValueError if one cannot be read, or if they do not belong together.
    """
    read = within_limit((name, read_table(content, name, 1)) for name, content in contents.items())
    series = grouped(list(read), lambda a, b: are_alike(read[a], read[b]))
    tables = {one.name: stacked(one.name, {m: read.pop(m) for m in one.members}) for one in series}
    _refuse_twice(one.name for one in series)
    return _source(
        tables, {one.name: len(one.members) for one in series}, files or digests(contents), key
    )


def open_source(
    paths: Sequence[Path],
    key: str | None = None,
    readable: Readable = lambda path: True,
) -> Source:
    """Files and folders by their paths: small ones read whole, larger ones in blocks of rows.

    A folder holds the files of one or several tables (`folders.tables_in`). Shards of one table
    come below each other, tables side by side.
    key : the column that tells which rows belong together, as for `join_tables`.
    readable : whether a path, with links followed, may be read.
    Raises ValueError if one cannot be read, or if they do not belong together.
    """
    try:
        return _open(paths, key, readable)
    except OSError as error:
        name = Path(error.filename).name if error.filename else "a file"
        raise ValueError(f"{name} cannot be read ({error.strerror}): check its rights") from error


def _open(paths: Sequence[Path], key: str | None, readable: Readable) -> Source:
    tables, said, given = _tables_at(paths, readable)
    if all(table.size <= MAX_BYTES for table in tables):
        counts = {table.name: len(table.paths) for table in tables}
        read = within_limit((table.name, _read_whole(table)) for table in tables)
        files = tuple((name, _digest_of(each, _content_digest)) for name, each in given)
        return _source(read, counts, files, key, said)
    return _large_source(tables, given, key, said)


def open_tables(paths: Sequence[Path], readable: Readable = lambda path: True) -> list[LargeTable]:
    """Files and folders by their paths, as tables that are read in blocks, whatever their size."""
    return [_opened(table) for table in _tables_at(paths, readable)[0]]


Given = list[tuple[str, tuple[Path, ...]]]
"""The names of what was brought, each with the files in it."""


def _tables_at(
    paths: Sequence[Path], readable: Readable
) -> tuple[list[Table], tuple[str, ...], Given]:
    """The tables in files and folders, notes on them, and the files by what was brought."""
    paths = [Path(path) for path in paths]
    _refuse_twice(path.name for path in paths)
    if not paths:
        raise ValueError("no file is named: name a file, or a folder of files")
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} is neither a file nor a folder: check the path")
        if not readable(path.resolve()):
            raise ValueError(f"{path} is refused: the rule for paths does not allow to read it")
    alone = [path for path in paths if path.is_file()]
    in_files = {path: table for table in tables_of(alone, _alike) for path in table.paths}
    found: list[Table] = []
    said: list[str] = []
    given: Given = []
    for path in paths:
        if path in in_files:
            found.append(in_files[path])
            given.append((path.name, (path,)))
            continue
        if not path.is_dir():  # reading a pipe would block
            raise ValueError(f"{path} is neither a file nor a folder: check the path")
        folder = tables_in(path, readable, _alike if len(paths) == 1 else lambda a, b: True)
        found += folder.tables
        said += folder.notes
        given.append((path.name, tuple(each for one in folder.tables for each in one.paths)))
    tables = list(dict.fromkeys(found))
    _refuse_twice(table.name for table in tables)
    return tables, tuple(said), given


def _alike(first: Path, second: Path) -> bool:
    heads = (head_of(open_large(path), 10) for path in (first, second))
    return are_alike(*heads)


def _opened(table: Table) -> LargeTable:
    if len(table.paths) == 1 and table.paths[0].name == table.name:
        return open_large(table.paths[0])
    return Shards(table.name, table.paths)


def _read_whole(table: Table) -> pd.DataFrame:
    # one after the other: the contents of all files are never in memory together
    read = ((path.name, read_table(path.read_bytes(), path.name, 1)) for path in table.paths)
    return stacked(table.name, within_limit(read))


def within_limit(tables: Iterable[tuple[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Tables by name, as they are read one after the other.

    Raises `UnreadableError` once they come to more than `limits.MAX_UNPACKED_BYTES` together.
    """
    found: dict[str, pd.DataFrame] = {}
    used = 0
    for name, table in tables:
        found[name] = table
        used += int(table.memory_usage(index=False).clip(lower=8 * len(table)).sum())
        if used > limits.MAX_UNPACKED_BYTES:
            raise UnreadableError(
                f"the files up to {name} unpack to {used / 2**30:.1f} GB together, the limit is "
                f"{limits.MAX_UNPACKED_BYTES / 2**30:.1f} GB: use fewer rows or columns"
            )
    return found


def _source(
    tables: Mapping[str, pd.DataFrame],
    counts: Mapping[str, int],
    files: tuple[tuple[str, str], ...],
    key: str | None,
    said: tuple[str, ...] = (),
) -> Source:
    """Tables by name, each with its number of shards, side by side."""
    if len(tables) == 1:
        _refuse_single(tables)
    rows = {name: len(table) for name, table in tables.items()}
    with _naming_shards(counts, rows):
        table, guess = join_tables(tables, key)
    return Source(
        files=files,
        head=table,
        rows=len(table),
        guess=guess,
        doubts=tuple(guess_notes(tables, guess)),
        cut=is_cut(tables, guess),
        key=key,
        said=(*said, *_shard_notes(counts, rows)),
    )


def _large_source(
    tables: Sequence[Table], given: Given, key: str | None, said: tuple[str, ...]
) -> Source:
    large = tuple(map(_opened, tables))
    heads = {one.name: head_of(one, LOOKED_AT) for one in large}
    counts = {table.name: len(table.paths) for table in tables}
    rows = {one.name: one.rows for one in large}

    with _naming_shards(counts, rows):
        notes = check_large(large, key)
        if len(set(rows.values())) > 1:
            raise UnmatchedError(
                f"the files have unequal row counts {rows}: row i of all must be the same sample; "
                "drop the rows without a partner"
            )
        head, guess = join_tables(heads, key)
    return Source(
        files=tuple((name, _digest_of(each, _stamp_digest)) for name, each in given),
        head=head,
        rows=large[0].rows,
        guess=guess,
        large=large,
        doubts=tuple(guess_notes(heads, guess)),
        cut=is_cut(heads, guess),
        key=key,
        said=(*said, *_shard_notes(counts, rows), *(f"{note}." for note in notes)),
    )


@contextmanager
def _naming_shards(counts: Mapping[str, int], rows: Mapping[str, int]) -> Iterator[None]:
    """A refusal to put tables side by side names their shards, if the numbers of these differ."""
    try:
        yield
    except UnmatchedError as error:
        shards = {name: count for name, count in counts.items() if count > 1}
        if len(set(shards.values())) < 2:
            raise
        told = ", ".join(
            f"{name} in {count:,} shards ({rows[name]:,} rows)" for name, count in shards.items()
        )
        raise UnmatchedError(
            f"the tables come in unequal numbers of shards, {told}: bring the shards that are "
            f"missing; {error}",
            error.offered,
        ) from error


def _shard_notes(counts: Mapping[str, int], rows: Mapping[str, int]) -> list[str]:
    return [
        f"{name}: {count:,} shards are read as one table of {rows[name]:,} rows, in the order of "
        "their numbers."
        for name, count in counts.items()
        if count > 1
    ]


def _refuse_single(tables: Mapping[str, pd.DataFrame]) -> None:
    """ValueError if the only table has a single column."""
    for name, table in tables.items():
        if table.shape[1] < 2:
            raise ValueError(
                f"{name} holds {len(table)} rows and {table.shape[1]} columns: at least one row "
                "and one column for each of the two views are needed"
            )


def _refuse_twice(names: Iterable[str]) -> None:
    if twice := repeated(names):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")


def _digest_of(paths: Sequence[Path], digest: Callable[[Path], str]) -> str:
    """The digest of a file, or of the concatenated digests of the files of a folder."""
    found = [digest(path) for path in paths]
    return found[0] if len(found) == 1 else sha256("".join(found).encode()).hexdigest()


def _content_digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _stamp_digest(path: Path) -> str:
    return digest_of(path, stamp_of(path))


def _loaded(tables: Sequence[LargeTable], columns: Sequence[str]) -> pd.DataFrame:
    """All rows of these columns of files that are read in blocks."""
    names = joined_names(tables)
    parts = []
    for table in tables:
        wanted = {
            names[name][1]: name
            for name in dict.fromkeys(columns)
            if name in names and names[name][0] is table
        }
        if wanted:
            blocks = table.blocks(tuple(wanted), _LOADED)
            parts.append(pd.concat(blocks, ignore_index=True).rename(columns=wanted))
    return pd.concat(parts, axis=1) if parts else pd.DataFrame()
