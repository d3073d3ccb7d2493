"""Arrow columns as named columns of numbers or text, whole or in blocks of rows.

What the formats that hold Arrow types share: Parquet, Feather and Arrow IPC.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import refuse_nothing
from alignlab.files.formats.arrow_kinds import (
    LIST,
    NUMBER,
    TEXT,
    decimal_floats,
    encoded,
    frame,
    kind_of,
    list_value,
    stored,
    text_dictionary,
    text_lengths,
)
from alignlab.files.large_files import LargeTable
from alignlab.files.limits import (
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
    refuse_width,
    repeated,
)
from alignlab.files.reading_notes import left_out_notes


def table_of(
    kinds: Mapping[str, str], left_out: dict[str, str], column_of: Callable[[str], Any]
) -> pd.DataFrame:
    """The columns of `kinds` (`arrow_columns`) as a frame; a list column `A` becomes `A[0]`, ...

    column_of : an Arrow column by name, read when it is asked for.
    left_out : extended by the columns that turn out to be unreadable.
    Raises `UnreadableError` for more columns or bytes than the limits allow, and for no column.
    """
    found: dict[str, Any] = {}
    used = 0
    for name, kind in kinds.items():  # one by one: a page may unpack to far more than declared
        column = stored(column_of(name))
        used += column.nbytes
        if kind == TEXT:
            column = encoded(column)
            used += text_bytes(column)
        refuse_bomb(used)
        try:
            if kind == TEXT:
                add_column(found, name, text_dictionary(column).cast("string").to_pandas())
                continue
            if kind == NUMBER:
                add_column(found, name, frame({name: column})[name])
                continue
            matrix = list_matrix(column)
        except LeftOutError as error:
            left_out[name] = str(error)
            continue
        refuse_width(len(found) + matrix.shape[1])
        used += matrix.nbytes
        refuse_bomb(used)
        for j, values in enumerate(matrix.T):
            add_column(found, f"{name}[{j}]", values)
    refuse_nothing("column", list(found), left_out)
    return pd.DataFrame(found)


class ArrowTable(LargeTable):
    """The columns of a file of Arrow record batches, by the same rules as `table_of`."""

    def _describe(self, schema: Any, rows: int) -> None:
        """Set columns, numeric, rows, notes and left_out; `_first_values` must be possible."""
        self.rows = rows
        if not rows:
            raise UnreadableError("it holds 0 rows: at least one is needed")
        refuse_width(len(schema.names))
        self._kinds, left_out = arrow_columns(schema)
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

    @abstractmethod
    def _first_values(self, name: str) -> Any:
        """Some rows of a column, with one that has a value if there is any; few rows."""

    @abstractmethod
    def _batches(self, columns: list[str], rows: int) -> Iterator[Any]:
        """Record batches of these columns of the file, from the first row to the last."""

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        import pyarrow as pa

        sources = list(dict.fromkeys(self._places[column][0] for column in columns))
        waiting: list = []  # batches may end at the end of a row group
        first = 0
        for batch in self._batches(sources, rows):
            waiting.append(batch)
            while sum(map(len, waiting)) >= rows:
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


def add_column(columns: dict[str, Any], name: str, column: Any) -> None:
    """Add a column under its name; `UnreadableError` if the name exists."""
    if name in columns:
        raise UnreadableError(f"the column name {name!r} is repeated: give each its own name")
    columns[name] = column


def arrow_columns(schema: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The usable columns of an Arrow schema by kind, and why others are left out.

    A saved pandas index is a column if it is text or whole numbers, so that it can be the key of
    the rows; otherwise it is in neither. Raises `UnreadableError` for repeated names.
    """
    import pyarrow as pa

    if twice := repeated(schema.names):
        raise UnreadableError(f"the column name {twice[0]!r} is repeated: give each its own name")
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    kinds: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for field in schema:
        kind = kind_of(field.type)
        if field.name in index and kind != TEXT and not pa.types.is_integer(field.type):
            continue
        if kind is None:
            left_out[field.name] = (
                f"holds {str(field.type)[:60]}: save every feature as a separate column, or one "
                "list of numbers per row"
            )
        else:
            kinds[field.name] = kind
    return kinds, left_out


def decimal_notes(schema: Any, names: Iterable[str]) -> list[str]:
    """A note on decimal columns, which are read as numbers; names : the columns that are read."""
    import pyarrow as pa

    found = []
    for name in names:
        kind = schema.field(name).type
        if pa.types.is_decimal(list_value(kind) or kind):
            found.append(name)
    if not found:
        return []
    shown = ", ".join(found[:4]) + (f" … ({len(found)} columns)" if len(found) > 4 else "")
    return [f"Decimals are read as numbers: {shown}."]


def list_matrix(column: Any, length: int | None = None, first: int = 0) -> np.ndarray:
    """A column of lists as a matrix (rows, length), NaN where a list or a number is missing.

    length : of each list; None for that of the first list. first : file row of the first value,
        for messages. Raises `LeftOutError` for empty lists, and for unequal lengths.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(column), -1).to_numpy()
    there = lengths >= 0
    if length is None:
        length = int(lengths[there][0]) if there.any() else 0
    if not length:
        raise LeftOutError("holds empty lists: fill them, or remove the column")
    if (uneven := there & (lengths != length)).any():
        row = int(uneven.argmax())
        raise LeftOutError(
            f"holds lists of unequal length: {length:,} numbers first, {lengths[row]:,} in row "
            f"{first + row + 1:,}: give every row the same number"
        )
    refuse_width(length)
    refuse_bomb(8 * len(lengths) * length)  # lists that overlap take less in the file
    flat = pc.list_flatten(column)  # of the lists that are not missing
    if pa.types.is_boolean(flat.type):
        flat = flat.cast("uint8")  # booleans with missing values would become objects
    elif pa.types.is_decimal(flat.type):
        flat = decimal_floats(flat)
    values = flat.to_numpy(zero_copy_only=False).reshape(-1, length)
    if there.all():
        return values
    kind = values.dtype if values.dtype.kind == "f" else np.dtype(float)
    matrix = np.full((len(lengths), length), np.nan, kind)
    matrix[there] = values
    return matrix


def text_bytes(column: Any) -> int:
    """Memory in bytes of the texts of a dictionary-encoded column once expanded."""
    total = 0
    for chunk in column.chunks:
        lengths = text_lengths(chunk.dictionary)
        total += int(lengths[chunk.indices.drop_null().to_numpy()].sum()) + len(chunk) * TEXT_BYTES
    return total
