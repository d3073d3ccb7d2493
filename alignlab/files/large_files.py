"""NPY and Parquet files of any size, read in blocks of rows.

Plain reads are used instead of memory maps: if another program truncates a mapped file, this
process is killed without an error message.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import bfloat16_notes, npy_header, plain, refuse_nothing
from alignlab.files.formats.arrow_kinds import LIST, NUMBER, TEXT, frame, stored, text_dictionary
from alignlab.files.formats.parquet import (
    add_column,
    decimal_notes,
    list_matrix,
    parquet_columns,
    refuse_footer,
)
from alignlab.files.limits import LeftOutError, UnreadableError, first_line, refuse_width
from alignlab.files.reading_notes import left_out_notes

READ_BYTES = 2**16
"""Buffer size for reading a Parquet column: row groups may be of any size."""

MAX_FOOTER_BYTES = 2**26
"""Largest footer of a Parquet file accepted; parsed, it takes many times that in memory."""

SAMPLED_BYTES = 2**16
"""Number of bytes at each end of a file that enter its digest."""

_LOOK = 16
"""Number of values read at a time when searching for the first that is not missing."""


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
        self._stamp = _stamp(path)
        self.digest = _digest(path, self._stamp)

    def blocks(self, columns: Sequence[str], rows_per_block: int) -> Iterator[pd.DataFrame]:
        """These columns, in this order, for all rows; all blocks but the last have equal length.

        Raises
        ------
        ValueError
            A column that does not exist, a file that cannot be read to its end, or one that has
            changed since it was opened.
        """
        absent = [column for column in columns if column not in self.columns]
        if absent and absent[0] in self.left_out:
            raise ValueError(
                f"{self.name}: column {absent[0]!r} is left out: it {self.left_out[absent[0]]}"
            )
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
                    f"it holds {found:,} rows but declares {self.rows:,}: save it again"
                )
        except Exception as error:  # the parsers raise errors of any type on a broken file
            raise named(error, self.name) from error

    def row_bytes(self, columns: Sequence[str]) -> int:
        """Approximate memory of one row of `blocks` of these columns, in bytes."""
        return 8 * len(columns)

    @abstractmethod
    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]: ...


class Npy(LargeTable):
    """The columns of an NPY file, named as by `tables.read_table`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        stem = path.stem
        with path.open("rb") as file:
            try:
                shape, self._by_column, self._dtype = npy_header(file, self._stamp[0], stem)
            except LeftOutError as error:
                raise UnreadableError(f"array {stem!r} {error}") from error
            self._start = file.tell()
        self.rows, self._width = shape[0], shape[1] if len(shape) == 2 else 1
        self.columns = (
            (stem,) if len(shape) == 1 else tuple(f"{stem}[{j}]" for j in range(self._width))
        )
        self.numeric = () if self._dtype.kind in "US" else self.columns
        self.notes = tuple(bfloat16_notes(self._dtype, stem))

    def row_bytes(self, columns: Sequence[str]) -> int:
        return max(8, self._dtype.itemsize) * self._width  # rows are read whole

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        at = {column: j for j, column in enumerate(self.columns)}
        chosen = [at[column] for column in columns]
        with self.path.open("rb") as file:
            for first in range(0, self.rows, rows):
                count = min(rows, self.rows - first)
                block = (
                    np.stack([self._read(file, j * self.rows + first, count) for j in chosen], 1)
                    if self._by_column
                    else self._read(file, first * self._width, count * self._width)
                    .reshape(count, self._width)[:, chosen]
                )  # fmt: skip
                yield pd.DataFrame(plain(block, self.path.stem), columns=columns)

    def _read(self, file: Any, first: int, count: int) -> np.ndarray:
        """`count` elements of the array in file order, starting with element `first`."""
        file.seek(self._start + first * self._dtype.itemsize)
        values = np.fromfile(file, self._dtype, count)
        if len(values) < count:
            raise UnreadableError("it ends early, it may have been truncated: open it again")
        return values


class Parquet(LargeTable):
    """The columns of a Parquet file, by the same rules as `parquet.read_parquet`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._text: list[str] = []
        with path.open("rb") as file:
            file.seek(max(0, self._stamp[0] - 8))
            refuse_footer(file.read(), MAX_FOOTER_BYTES)
        with self._file() as file:
            schema, self.rows = file.schema_arrow, file.metadata.num_rows
        if not self.rows:
            raise UnreadableError("it holds 0 rows: at least one is needed")
        refuse_width(len(schema.names))
        self._kinds, left_out = parquet_columns(schema)
        self._text = [name for name, kind in self._kinds.items() if kind == TEXT]
        self._places: dict[str, tuple[str, int | None]] = {}
        """By name, the file's column and the index in its lists, None for plain columns."""
        self._lengths: dict[str, int] = {}
        numeric: list[str] = []
        for name, kind in self._kinds.items():
            try:
                if kind == NUMBER:
                    numeric.append(name)
                elif kind == TEXT:
                    text_dictionary(self._first_values(name))
                else:
                    self._lengths[name] = list_matrix(self._first_values(name)).shape[1]
            except LeftOutError as error:
                left_out[name] = str(error)
                continue
            if kind != LIST:
                add_column(self._places, name, (name, None))
                continue
            refuse_width(len(self._places) + self._lengths[name])
            for j in range(self._lengths[name]):
                add_column(self._places, f"{name}[{j}]", (name, j))
                numeric.append(f"{name}[{j}]")
        self.columns, self.numeric, self.left_out = tuple(self._places), tuple(numeric), left_out
        refuse_nothing("column", list(self.columns), left_out)
        self.notes = (*decimal_notes(schema, self._kinds), *left_out_notes(left_out))

    def row_bytes(self, columns: Sequence[str]) -> int:
        whole = {source for name in columns for source, j in [self._places[name]] if j is not None}
        return 8 * len(columns) + 8 * sum(self._lengths[name] for name in whole)

    def _first_values(self, name: str) -> Any:
        """The first batch of rows of a column that has a value; small, as values may be long."""
        found: Any = None
        with self._file() as file:
            for batch in file.iter_batches(_LOOK, columns=[name], use_threads=False):
                found = stored(batch.select([name]).column(0))
                if found.null_count < len(found):
                    break
        return found

    def _file(self) -> Any:
        import pyarrow.parquet as pq

        # with pre_buffer, or without a buffer size, whole row groups would be held
        return pq.ParquetFile(
            self.path,
            pre_buffer=False,
            buffer_size=READ_BYTES,
            read_dictionary=self._text,  # a repeated long text is held in memory once
        )

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        import pyarrow as pa

        sources = list(dict.fromkeys(self._places[column][0] for column in columns))
        waiting: list = []  # batches may end at the end of a row group
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
        plain: dict[str, Any] = {}
        parts: list[pd.DataFrame] = []
        for name in dict.fromkeys(self._places[column][0] for column in columns):
            column = stored(table.column(name))
            try:
                if name not in self._lengths:
                    text = self._kinds[name] == TEXT
                    plain[name] = text_dictionary(column) if text else column
                    continue
                matrix = list_matrix(column, self._lengths[name], first)
            except LeftOutError as error:
                raise UnreadableError(f"column {name!r} {error}") from error
            chosen = [(c, self._places[c][1]) for c in columns if self._places[c][0] == name]
            names, places = zip(*chosen, strict=True)
            parts.append(pd.DataFrame(matrix[:, list(places)], columns=list(names)))
        if plain:
            parts.append(frame(plain))
        return pd.concat(parts, axis=1)[columns]


def _stamp(path: Path) -> tuple[int, int]:
    """Size in bytes and modification time in nanoseconds."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _digest(path: Path, stamp: tuple[int, int]) -> str:
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
