"""Classify Arrow types as numbers, text, lists of numbers or unusable, and convert them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.limits import LeftOutError, refuse_bomb

NUMBER, TEXT, LIST = "number", "text", "list"

_WHOLE_DIGITS = 18
"""Whole decimals with at most this many digits fit in 64 bits."""


def kind_of(kind: Any) -> str | None:
    """`NUMBER`, `TEXT`, `LIST` (of numbers), or None for a type that is none of these.

    Decimals, booleans and dictionaries of numbers count as numbers; dates as text, as do bytes,
    which are checked when they are read. Extension types (fixed-shape tensors) count as their
    storage type.
    """
    import pyarrow as pa

    kind = storage(kind)
    if list_value(kind) is not None:
        return LIST
    if _is_date(kind):
        return TEXT
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _holds_numbers(kind):
        return NUMBER
    text = (
        pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
        pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
    )  # fmt: skip
    return TEXT if any(test(kind) for test in text) else None


def _is_date(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def list_value(kind: Any) -> Any:
    """The type of the numbers in a list type; None for any other type."""
    import pyarrow as pa

    kind = storage(kind)
    lists = (
        pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list,
        pa.types.is_list_view, pa.types.is_large_list_view,
    )  # fmt: skip
    if not any(test(kind) for test in lists):
        return None
    return kind.value_type if _holds_numbers(kind.value_type) else None


def storage(kind: Any) -> Any:
    """The storage type of an extension type; any other type unchanged."""
    import pyarrow as pa

    while isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind


def stored(column: Any) -> Any:
    """A column of an extension type in its storage type; any other unchanged."""
    import pyarrow as pa

    while isinstance(column.type, pa.BaseExtensionType):
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        column = pa.chunked_array([part.storage for part in chunks], column.type.storage_type)
    return column


def frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns of numbers and dictionary-encoded text as a pandas frame.

    Decimals become float64, or int64 if their type is whole; booleans with missing values become
    nullable booleans, whole numbers with missing values float64, or nullable integers if float64
    would lose precision; text becomes categories.
    """
    import pyarrow as pa

    table = pa.table({name: _converted(stored(column)) for name, column in columns.items()})
    # ignore_metadata: pandas metadata would turn columns into an index
    found = table.to_pandas(ignore_metadata=True)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_boolean(column.type) and column.null_count:
            found[name] = found[name].astype("boolean")
        elif (
            pa.types.is_integer(column.type) and column.null_count and _needs_integers(found[name])
        ):
            width = "UInt64" if pa.types.is_unsigned_integer(column.type) else "Int64"
            known = column.fill_null(0).to_numpy()
            found[name] = pd.array(known, dtype=width)
            found.loc[column.is_null().to_numpy(), name] = pd.NA
    return found


def _needs_integers(column: pd.Series) -> bool:
    """Whether whole numbers stored as floats exceed their exact range, as hashes do."""
    return bool(column.abs().max() >= 2.0**53)


def _converted(column: Any) -> Any:
    """A column in a type that pandas supports."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        if not _holds_numbers(column.type.value_type):
            return text_dictionary(column)
        column = column.cast(column.type.value_type)
    if pa.types.is_decimal(column.type):
        whole = column.type.scale == 0 and column.type.precision <= _WHOLE_DIGITS
        if not whole:
            return decimal_floats(column)
        # Arrow's direct cast from 32-bit decimals to integers reports every value as out of bounds
        return column.cast(pa.decimal128(column.type.precision, 0)).cast(pa.int64())
    return column


def decimal_floats(column: Any) -> Any:
    """Decimals as the nearest float64; Arrow's own cast is sometimes off by one bit."""
    import pyarrow as pa

    scale = column.type.scale
    units = column.cast(pa.float64()).to_numpy(zero_copy_only=False) * 10.0**scale
    # numerator and power of ten are both exact, so the quotient is rounded only once
    if scale <= 22 and not (np.abs(units) >= 2**52).any():
        return pa.array(np.rint(units) / 10.0**scale, from_pandas=True)
    return column.cast(pa.string()).cast(pa.float64())


def text_dictionary(column: Any) -> Any:
    """A column of text or bytes as dictionary-encoded text.

    Raises `LeftOutError` for bytes that are not UTF-8.
    """
    import pyarrow as pa

    column = encoded(column)
    if pa.types.is_string(column.type.value_type):
        return column
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    try:
        parts = [
            pa.DictionaryArray.from_arrays(part.indices, part.dictionary.cast(pa.string()))
            for part in chunks
        ]
    except pa.ArrowInvalid as error:
        raise LeftOutError(
            "holds bytes that are not text: save every feature as a separate column, or one list "
            "of numbers per row"
        ) from error
    return pa.chunked_array(parts, pa.dictionary(column.type.index_type, pa.string()))


def encoded(column: Any) -> Any:
    """A column in dictionary encoding; dates as ISO 8601 writes them, in UTC."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return column
    if _is_date(column.type):
        if pa.types.is_timestamp(column.type):  # without a time zone, whose names need a database
            column = column.cast(pa.timestamp(column.type.unit))
        column = column.cast(pa.string())
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if _is_view(column.type):  # views may share their bytes, and would be copied one by one
        refuse_bomb(sum(int(text_lengths(chunk).sum()) for chunk in chunks))
    return column.dictionary_encode()


def text_lengths(texts: Any) -> np.ndarray:
    """The length in bytes of each text of an array, (n,), 0 where one is missing."""
    import pyarrow.compute as pc

    if not _is_view(texts.type):
        return pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    views = np.frombuffer(texts.buffers()[1] or b"", np.int32).reshape(-1, 4)
    lengths = views[texts.offset : texts.offset + len(texts), 0].astype(np.int64)
    return np.where(texts.is_valid().to_numpy(zero_copy_only=False), lengths, 0)


def _is_view(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)


def _holds_numbers(kind: Any) -> bool:
    """Whether an Arrow type holds real numbers or booleans."""
    import pyarrow as pa

    numbers = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal
    )  # fmt: skip
    return any(test(kind) for test in numbers)
