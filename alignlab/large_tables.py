"""Tables too large for memory: NPY and Parquet files on this machine, read block by block.

What `alignlab.tables` does for files that fit. Plain reads take the place of memory maps, for a
mapped file that another program shortens ends this one without a word.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignlab.datasets import unique_names
from alignlab.diagnose import Chunks
from alignlab.limits import UnreadableError, first_line, refuse_width, repeated
from alignlab.parquet import (
    add_column,
    holds_numbers,
    list_matrix,
    list_value,
    parquet_columns,
    refuse_footer,
)
from alignlab.tables import FORMATS, npy_header

ENDINGS = ("npy", "parquet")
"""Endings of the files that `open_large` opens."""

BLOCK_BYTES = 32 * 2**20
"""Size of the numbers of a block, as float64, all tables together."""

BLOCK_ROWS = 2**16
"""Most rows of a block, whose labels may be long names."""

READ_BYTES = 2**16
"""So much of a Parquet column is read at once: row groups may be of any size."""

MAX_FOOTER_BYTES = 2**26
"""Largest footer of a Parquet file, which takes many times that in memory."""

SAMPLED_BYTES = 2**16
"""So much of either end of a file enters its digest."""


class LargeTable(ABC):
    """A table on disk, of which `blocks` of rows are read.

    name : the file's name. columns : names, as `tables.read_table` gives them.
    numeric : those of them that hold numbers. rows : number of rows.
    digest : of the path, size, time of the last change, and the first and last `SAMPLED_BYTES`
        (where the header or footer is), not of the whole content: a change of the middle that
        keeps size and time goes unseen.
    """

    columns: tuple[str, ...]
    numeric: tuple[str, ...]
    rows: int

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self._stamp = _stamp(path)
        self.digest = _digest(path, self._stamp)

    def blocks(self, columns: Sequence[str], rows_per_block: int) -> Iterator[pd.DataFrame]:
        """These columns, in this order, of all rows; all blocks but the last of equal length.

        Raises
        ------
        ValueError
            A column that is not there, a file that cannot be read to its end, or one that has
            changed since it was opened.
        """
        absent = [column for column in columns if column not in self.columns]
        if absent:
            raise ValueError(f"{self.name} has no column {absent[0]!r}: choose the columns again")
        found = 0
        try:
            if _stamp(self.path) != self._stamp:
                raise UnreadableError("it has changed since it was opened: open it again")
            for block in self._blocks(list(columns), rows_per_block):
                found += len(block)
                if found != min(self.rows, (found // -rows_per_block) * -rows_per_block):
                    break
                yield block
            if found != self.rows:
                raise UnreadableError(
                    f"it holds {found:,} rows and declares {self.rows:,}: save it again"
                )
        except Exception as error:  # the parsers raise whatever they like on a broken file
            raise _named(error, self.name) from error

    def row_bytes(self, columns: Sequence[str]) -> int:
        """What a row of `blocks` of these columns takes in memory, about."""
        return 8 * len(columns)

    @abstractmethod
    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]: ...


def open_large(path: Path) -> LargeTable:
    """The table in an NPY or Parquet file of any size; only its header or footer is read now.

    Raises
    ------
    ValueError
        Another ending, no such file, pickled objects, a truncated or damaged file, an array of
        neither one nor two dimensions, more than `limits.MAX_COLUMNS` columns, repeated column
        names, or no rows.
    """
    path = Path(path)
    ending = path.suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        cause = "is read whole" if ending in FORMATS else "is not known"
        raise ValueError(
            f"{path.name}: the ending .{ending} {cause}, by blocks only .npy and .parquet are: "
            "convert it to Parquet (pandas.DataFrame.to_parquet) or to NPY (numpy.save)"
        )
    if not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path.name} is no file: check the path")
    try:
        table = (_Npy if ending == "npy" else _Parquet)(path)
        if not table.rows or not table.columns:
            raise UnreadableError(
                f"it holds {table.rows} rows and {len(table.columns)} columns: at least one of "
                "each is needed"
            )
    except Exception as error:  # the parsers raise whatever they like on a broken file
        raise _named(error, path.name) from error
    return table


class _Npy(LargeTable):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as file:
            shape, self._by_column, self._dtype = npy_header(file, self._stamp[0], path.stem)
            self._start = file.tell()
        self.rows, self._width = shape[0], shape[1] if len(shape) == 2 else 1
        stem = path.stem
        self.columns = (
            (stem,) if len(shape) == 1 else tuple(f"{stem}[{j}]" for j in range(self._width))
        )
        self.numeric = self.columns if self._dtype.kind in "biuf" else ()

    def row_bytes(self, columns: Sequence[str]) -> int:
        return max(8, self._dtype.itemsize) * self._width  # rows are read whole

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        at = {column: j for j, column in enumerate(self.columns)}
        chosen = [at[column] for column in columns]
        native = self._dtype.newbyteorder("=")
        with self.path.open("rb") as file:
            for first in range(0, self.rows, rows):
                count = min(rows, self.rows - first)
                block = (
                    np.stack([self._read(file, j * self.rows + first, count) for j in chosen], 1)
                    if self._by_column
                    else self._read(file, first * self._width, count * self._width)
                    .reshape(count, self._width)[:, chosen]
                )  # fmt: skip
                yield pd.DataFrame(block.astype(native, copy=False), columns=columns)

    def _read(self, file: Any, first: int, count: int) -> np.ndarray:
        """`count` elements of the array in the order of the file, from the one at `first` on."""
        file.seek(self._start + first * self._dtype.itemsize)
        values = np.fromfile(file, self._dtype, count)
        if len(values) < count:
            raise UnreadableError("it ends early, it may have been cut meanwhile: open it again")
        return values


class _Parquet(LargeTable):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import pyarrow as pa

        self._text: list[str] = []
        with path.open("rb") as file:
            file.seek(max(0, self._stamp[0] - 8))
            refuse_footer(file.read(), MAX_FOOTER_BYTES)
        with self._file() as file:
            schema, self.rows = file.schema_arrow, file.metadata.num_rows
        refuse_width(len(schema.names))
        self._places: dict[str, tuple[str, int | None]] = {}
        """By name, the column of the file, and the place in its lists, None where it has none."""
        self._lengths: dict[str, int] = {}
        numeric: list[str] = []
        for name in parquet_columns(schema):
            kind = schema.field(name).type
            if list_value(kind) is None:
                add_column(self._places, name, (name, None))
                numeric += [name] * holds_numbers(kind)
                continue
            self._lengths[name] = length = self._first_length(name)
            refuse_width(len(self._places) + length)
            for j in range(length):
                add_column(self._places, f"{name}[{j}]", (name, j))
                numeric.append(f"{name}[{j}]")
        self.columns, self.numeric = tuple(self._places), tuple(numeric)
        self._text = [field.name for field in schema if pa.types.is_string(field.type)]

    def row_bytes(self, columns: Sequence[str]) -> int:
        whole = {source for name in columns for source, j in [self._places[name]] if j is not None}
        return 8 * len(columns) + 8 * sum(self._lengths[name] for name in whole)

    def _first_length(self, name: str) -> int:
        """The length of the first list that is there."""
        with self._file() as file:
            for batch in file.iter_batches(1024, columns=[name], use_threads=False):
                if batch.column(0).null_count < len(batch):
                    return list_matrix(batch.column(0), name).shape[1]
        raise UnreadableError(f"the lists of column {name!r} are all missing: leave it out")

    def _file(self) -> Any:
        import pyarrow.parquet as pq

        # with pre_buffer, or without a buffer size, whole row groups would be held
        return pq.ParquetFile(
            self.path,
            pre_buffer=False,
            buffer_size=READ_BYTES,
            read_dictionary=self._text,  # a long name is held once, however often it stands there
        )

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        import pyarrow as pa

        sources = list(dict.fromkeys(self._places[column][0] for column in columns))
        waiting: list = []  # batches may end where row groups do
        first = 0
        with self._file() as file:
            for batch in file.iter_batches(rows, columns=sources, use_threads=False):
                waiting.append(batch)
                if sum(map(len, waiting)) >= rows:
                    table = pa.Table.from_batches(waiting)
                    yield self._frame(table[:rows], columns, first)
                    waiting = table[rows:].to_batches()
                    first += rows
            if sum(map(len, waiting)):
                yield self._frame(pa.Table.from_batches(waiting), columns, first)

    def _frame(self, table: Any, columns: list[str], first: int) -> pd.DataFrame:
        plain = [name for name in table.column_names if name not in self._lengths]
        # ignore_metadata: what pandas noted would turn columns into an index
        parts = [table.select(plain).to_pandas(ignore_metadata=True)]
        for name in table.column_names:
            if name in self._lengths:
                chosen = [(c, self._places[c][1]) for c in columns if self._places[c][0] == name]
                matrix = list_matrix(table.column(name), name, self._lengths[name], first)
                names, places = zip(*chosen, strict=True)
                parts.append(pd.DataFrame(matrix[:, list(places)], columns=list(names)))
        return pd.concat(parts, axis=1)[columns]


def joined_names(tables: Sequence[LargeTable]) -> dict[str, tuple[LargeTable, str]]:
    """Names of all columns of files that are read in step, each with its table and column there.

    A name that stands in more than one file gets the file's stem and a dot before it, in each.
    Raises ValueError where names clash even so.
    """
    if twice := repeated(table.name for table in tables):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")
    names = unique_names({table.name: list(table.columns) for table in tables})
    return {
        name: (table, column)
        for table in tables
        for name, column in zip(names[table.name], table.columns, strict=True)
    }


def chunks_of(
    tables: Sequence[LargeTable],
    view1: tuple[str, ...],
    view2: tuple[str, ...],
    labels: tuple[str, ...] = (),
) -> Chunks:
    """What `diagnose_chunks` takes: the views and labels of files read in step.

    Parameters
    ----------
    tables : row i of all is the same thing.
    view1, view2, labels : columns, by the names of `joined_names`. Views hold finite numbers, label
        columns numbers or names; labels may be missing.

    Returns a function that reads the files anew at each call, in chunks (X (n, d1), Y (n, d2)) or
    (X, Y, labels (n,) or (n, p)) of at most `BLOCK_BYTES`.

    Raises
    ------
    ValueError
        Now: unequal row counts, an empty view, a column that is absent, not numeric or in both
        views. While reading: a missing or infinite value, by its column and data row, counted from
        1; and what `LargeTable.blocks` raises.
    """
    rows = {table.name: table.rows for table in tables}
    if len({table.rows for table in tables}) > 1:
        raise ValueError(
            f"the files have unequal row counts {rows}: row i of all must be the same thing; drop "
            "the rows without a partner"
        )
    names = joined_names(tables)
    absent = [name for name in (*view1, *view2, *labels) if name not in names]
    if absent:
        raise ValueError(f"there is no column {absent[0]!r}: choose the columns again")
    if not view1 or not view2:
        raise ValueError("each view needs at least one column: choose columns for both")
    if twice := repeated((*view1, *view2)):
        raise ValueError(f"column {twice[0]!r} is in both views: leave it in one of them")
    for name in (*view1, *view2):
        table, column = names[name]
        if column not in table.numeric:
            raise ValueError(
                f"column {name!r} holds no numbers: take it out of the views, or encode it as "
                "numbers"
            )
    # which columns each table has to give, and what they are called here
    wanted: list[tuple[LargeTable, dict[str, str]]] = []
    for table in tables:
        given = {
            names[name][1]: name
            for name in dict.fromkeys((*view1, *view2, *labels))
            if names[name][0] is table
        }
        if given:
            wanted.append((table, given))
    row_bytes = sum(table.row_bytes(tuple(given)) for table, given in wanted)
    rows_per_block = min(BLOCK_ROWS, max(1, BLOCK_BYTES // row_bytes))

    def chunks() -> Iterator[tuple]:
        first = 0
        readers = [table.blocks(tuple(given), rows_per_block) for table, given in wanted]
        for parts in zip(*readers, strict=True):
            block = pd.concat(
                [
                    part.rename(columns=given)
                    for part, (_, given) in zip(parts, wanted, strict=True)
                ],
                axis=1,
            )
            views = tuple(_finite(block, view, first) for view in (view1, view2))
            yield (*views, _labels(block, labels, first)) if labels else views
            first += len(block)

    return chunks


def _finite(block: pd.DataFrame, view: tuple[str, ...], first: int) -> np.ndarray:
    X = block[list(view)].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(X).all():
        row, j = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"column {view[j]!r} holds a NaN (missing) or infinite value in data row "
            f"{first + row + 1}: drop such rows, fill them, or leave the column out"
        )
    return X


def _labels(block: pd.DataFrame, labels: tuple[str, ...], first: int) -> pd.Series | pd.DataFrame:
    """Label columns (n,) or (n, p) as `LabelColumns` takes them, each of its own type."""
    table = block[list(labels)]
    for column in labels:
        if not pd.api.types.is_float_dtype(table[column].dtype):
            continue
        infinite = np.isinf(table[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if infinite.any():
            raise ValueError(
                f"label column {column!r} holds an infinite value in data row "
                f"{first + infinite.argmax() + 1}: use NaN for a label that is missing"
            )
    return table[labels[0]] if len(labels) == 1 else table


def _stamp(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in nanoseconds."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _digest(path: Path, stamp: tuple[int, int]) -> str:
    found = hashlib.sha256(f"{path.resolve()}\0{stamp}".encode())
    with path.open("rb") as file:
        found.update(file.read(SAMPLED_BYTES))
        file.seek(max(0, stamp[0] - SAMPLED_BYTES))
        found.update(file.read(SAMPLED_BYTES))
    return found.hexdigest()


def _named(error: Exception, name: str) -> ValueError:
    if isinstance(error, UnreadableError):
        return ValueError(f"{name}: {error}")
    return ValueError(
        f"{name} could not be read: {first_line(error)}: copy it again, or save it again"
    )
