"""Parquet files as columns of numbers or text.

A column of lists, as embeddings are often saved, becomes one column per list element. Columns that
are neither numbers, nor text, nor lists of numbers are left out, with the reason.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import refuse_nothing
from alignlab.files.formats.arrow_kinds import (
    NUMBER,
    TEXT,
    decimal_floats,
    encoded,
    frame,
    kind_of,
    list_value,
    stored,
    text_dictionary,
)
from alignlab.files.limits import (
    MAX_FOOTER_BYTES,
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
    refuse_width,
    repeated,
)
from alignlab.files.reading_notes import annotated

_PROBED = 64
"""Number of columns probed at a time."""


def read_parquet(content: bytes) -> pd.DataFrame:
    """The columns of a Parquet file given as bytes; those of a list column `A` are `A[0]`, ...

    The table's `reading_notes` say what was left out and what was converted.

    Raises
    ------
    UnreadableError
        More columns, or more unpacked bytes, than `alignlab.files.limits` allows, repeated names,
        or no column that can be read. A broken file raises the errors of pyarrow.
    """
    import pyarrow.parquet as pq

    refuse_footer(content[-8:], MAX_FOOTER_BYTES)
    file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
    schema, meta = file.schema_arrow, file.metadata
    kinds, left_out = parquet_columns(schema)
    groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
    if not left_out:
        refuse_bomb(sum(group.total_byte_size for group in groups))
    _probe(file, list(kinds))
    _refuse_size(meta.num_rows, groups, _leaves(schema, meta.num_columns, kinds))
    # a repeated long text is held once, and its size is checked before it is expanded
    text = [name for name, kind in kinds.items() if kind == TEXT]
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=text, pre_buffer=False)
    found: dict[str, Any] = {}
    used = 0
    for name, kind in kinds.items():  # one by one: a page may unpack to far more than declared
        column = stored(file.read([name], use_threads=False).select([name]).column(0))
        used += column.nbytes
        if kind == TEXT:
            column = encoded(column)
            used += _text_bytes(column)
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
    return annotated(pd.DataFrame(found), decimal_notes(schema, kinds), left_out)


def _probe(file: Any, names: list[str]) -> None:
    """Read the first row of every row group, so that a broken file raises an error of pyarrow.

    Without this, asking for the sizes of a column with broken metadata would crash the process.
    """
    for number in range(file.metadata.num_row_groups):
        for first in range(0, len(names), _PROBED):
            batches = file.iter_batches(
                1, row_groups=[number], columns=names[first : first + _PROBED], use_threads=False
            )
            next(batches, None)


def _refuse_size(rows: int, groups: list[Any], leaves: list[int]) -> None:
    """`UnreadableError` if the declared sizes of the columns to be read exceed the limits."""
    refuse_width(len(leaves))
    parts = [group.column(j) for group in groups for j in leaves]
    refuse_bomb(sum(part.total_uncompressed_size for part in parts))
    # repeated values take less in the file; a column of lists holds more values than rows
    refuse_bomb(8 * max(sum(part.num_values for part in parts), rows * len(leaves)))


def _leaves(schema: Any, count: int, kinds: Mapping[str, str]) -> list[int]:
    """Indices of the stored columns to be read, out of `count` in the file."""
    found: list[int] = []
    first = 0
    for field in schema:
        width = _width(field.type)
        if field.name in kinds:
            found += range(first, first + width)
        first += width
    return found if first == count else list(range(count))


def _width(kind: Any) -> int:
    """Number of stored columns that an Arrow type takes in a file."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _width(kind.storage_type)
    return sum(_width(kind.field(j).type) for j in range(kind.num_fields)) or 1


def add_column(columns: dict[str, Any], name: str, column: Any) -> None:
    """Add a column under its name; `UnreadableError` if the name exists."""
    if name in columns:
        raise UnreadableError(f"the column name {name!r} is repeated: give each its own name")
    columns[name] = column


def parquet_columns(schema: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The usable columns of an Arrow schema by kind, and why others are left out.

    A saved pandas index is in neither. Raises `UnreadableError` for repeated names.
    """
    if twice := repeated(schema.names):
        raise UnreadableError(f"the column name {twice[0]!r} is repeated: give each its own name")
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    kinds: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for field in schema:
        if field.name in index:
            continue
        kind = kind_of(field.type)
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


def refuse_footer(end: bytes, most: int) -> None:
    """`UnreadableError` if the last 8 bytes of a Parquet file declare a footer over `most`."""
    length = int.from_bytes(end[:4], "little")
    if end[4:] == b"PAR1" and length > most:
        raise UnreadableError(
            f"its footer has {length / 2**20:.0f} MB, the limit is {most / 2**20:.0f} MB: save it "
            "in fewer row groups"
        )


def _text_bytes(column: Any) -> int:
    """Memory in bytes of the texts of a dictionary-encoded column once expanded."""
    import pyarrow.compute as pc

    total = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
        total += (pc.sum(lengths).as_py() or 0) + len(chunk) * TEXT_BYTES
    return total
