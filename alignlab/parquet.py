"""Parquet files as columns of numbers or text.

A column of lists, as embeddings are often saved, stands for as many columns as a list is long.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from alignlab.limits import (
    MAX_FOOTER_BYTES,
    TEXT_BYTES,
    UnreadableError,
    refuse_bomb,
    refuse_width,
    repeated,
)


def read_parquet(content: bytes) -> pd.DataFrame:
    """All columns of the Parquet file of these bytes; those of a list column `A` are `A[0]`, ...

    Raises
    ------
    UnreadableError
        More columns, or more bytes once unpacked, than `alignlab.limits` allows, names that are
        there twice, types other than numbers, text and lists of numbers, or lists of unequal
        length. A broken file raises what pyarrow raises.
    """
    import pyarrow.parquet as pq

    refuse_footer(content[-8:], MAX_FOOTER_BYTES)
    file = pq.ParquetFile(io.BytesIO(content))
    schema, meta = file.schema_arrow, file.metadata
    refuse_width(meta.num_columns)
    groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
    refuse_bomb(sum(group.total_byte_size for group in groups))
    # repeated values take less in the file; a column of lists holds more values than rows
    parts = [group.column(j) for group in groups for j in range(group.num_columns)]
    refuse_bomb(8 * max(sum(part.num_values for part in parts), meta.num_rows * meta.num_columns))
    names = parquet_columns(schema)
    kinds = {field.name: _plain(field.type) for field in schema}
    text = [name for name in names if _is_text(kinds[name])]
    # a long text that is repeated is held once, and counted before it is written out
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=text, pre_buffer=False)
    found: dict[str, Any] = {}
    used = 0
    for name in names:  # one by one: a page may unpack to far more than it declares
        column = file.read([name], use_threads=False).select([name]).column(0)
        used += column.nbytes
        if name in text:
            used += _text_bytes(column)
        refuse_bomb(used)
        if list_value(column.type) is None:
            add_column(found, name, column.cast(kinds[name]).to_pandas())
            continue
        matrix = list_matrix(column, name)
        refuse_width(len(found) + matrix.shape[1])
        used += matrix.nbytes
        refuse_bomb(used)
        for j, values in enumerate(matrix.T):
            add_column(found, f"{name}[{j}]", values)
    return pd.DataFrame(found)


def add_column(columns: dict[str, Any], name: str, column: Any) -> None:
    """Put a column under its name; `UnreadableError` where there is one of that name."""
    if name in columns:
        raise UnreadableError(f"the column name {name!r} is repeated: give each its own name")
    columns[name] = column


def parquet_columns(schema: Any) -> list[str]:
    """The columns of an Arrow schema, less what pandas saved as an index.

    Raises `UnreadableError` for repeated names, and for types that hold neither numbers nor text.
    """
    import pyarrow as pa

    if twice := repeated(schema.names):
        raise UnreadableError(f"the column name {twice[0]!r} is repeated: give each its own name")
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    for field in schema:
        plain = (pa.types.is_primitive, pa.types.is_decimal, pa.types.is_null, _is_text)
        if list_value(field.type) is None and not any(test(_plain(field.type)) for test in plain):
            raise UnreadableError(
                f"column {field.name!r} holds {str(field.type)[:60]}: give every feature a column "
                "of its own, or a list of numbers a row, or leave it out"
            )
    return [name for name in schema.names if name not in index]


def list_value(kind: Any) -> Any:
    """The type of the numbers in a list type; None for any other type."""
    import pyarrow as pa

    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(test(kind) for test in lists):
        return None
    return kind.value_type if holds_numbers(kind.value_type) else None


def holds_numbers(kind: Any) -> bool:
    """Whether an Arrow type is one of numbers or truth values."""
    import pyarrow as pa

    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return any(test(kind) for test in numbers)


def list_matrix(column: Any, name: str, length: int | None = None, first: int = 0) -> np.ndarray:
    """The lists of an Arrow column as rows (n, length); a missing list is a row of NaN.

    length : of every list; None for that of the first one. first : number of the first row, for
    the message. Raises `UnreadableError` for empty lists, and lists of unequal length.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(column), -1).to_numpy()
    there = lengths >= 0
    if length is None:
        length = int(lengths[there][0]) if there.any() else 0
    if not length:
        raise UnreadableError(f"the lists of column {name!r} are empty: leave it out")
    if (uneven := there & (lengths != length)).any():
        row = int(uneven.argmax())
        raise UnreadableError(
            f"column {name!r} holds lists of unequal length: {length:,} numbers first, "
            f"{lengths[row]:,} in row {first + row + 1:,}: give every row as many"
        )
    flat = pc.list_flatten(column)  # of the lists that are there
    if pa.types.is_boolean(flat.type):
        flat = flat.cast("uint8")  # truth values with gaps would be objects
    values = flat.to_numpy(zero_copy_only=False).reshape(-1, length)
    if there.all():
        return values
    matrix = np.full((len(lengths), length), np.nan)
    matrix[there] = values
    return matrix


def refuse_footer(end: bytes, most: int) -> None:
    """`UnreadableError` where the last 8 bytes of a Parquet file tell of a footer over `most`."""
    length = int.from_bytes(end[:4], "little")
    if end[4:] == b"PAR1" and length > most:
        raise UnreadableError(
            f"its footer has {length / 2**20:.0f} MB, the limit is {most / 2**20:.0f} MB: save it "
            "in fewer row groups"
        )


def _plain(kind: Any) -> Any:
    """The type of the values of a dictionary, or of a column without one."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def _text_bytes(column: Any) -> int:
    """What texts of a dictionary-encoded column take once written out."""
    import pyarrow.compute as pc

    total = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
        total += (pc.sum(lengths).as_py() or 0) + len(chunk) * TEXT_BYTES
    return total
