"""Arrays as columns: what the formats of arrays (NPY, NPZ, safetensors, ...) share.

An array (n, d) becomes d columns, an array (n,) one. Other arrays (a scalar, images, class names,
another split with its own row count) are left out by name, as long as views remain.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Mapping
from typing import IO

import numpy as np
import pandas as pd

from alignlab.files.limits import (
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
    refuse_width,
)

BFLOAT16 = np.dtype("V2")
"""The dtype under which numpy saves the bfloat16 of JAX and ml_dtypes."""

HEADER_BYTES = 2**17
"""Upper bound for the size of an NPY header, in bytes."""

Shape = tuple[int, ...]


def npy_header(file: IO[bytes], size: int, key: str) -> tuple[Shape, bool, np.dtype]:
    """Shape, whether it is in Fortran order, and dtype of the NPY file of `size` bytes.

    Leaves the file at the start of the data. Raises `LeftOutError` for arrays that can be neither a
    view nor labels, such as pickled objects, and `UnreadableError` for more than `MAX_COLUMNS`
    columns or a file shorter than its header declares.
    """
    form = np.lib.format
    version = form.read_magic(file)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise UnreadableError(f"array {key!r} has an unknown NPY version, {version}: save it again")
    # version 3 differs from 2 only in the encoding of field names
    read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
    try:
        shape, by_column, dtype = read(file)
    except ValueError as error:
        if "not a valid dtype descriptor: '<f1'" in str(error):
            raise LeftOutError(
                "is of type '<f1', as ml_dtypes saves float8_e5m2, which numpy cannot read: save "
                "it as float32 (x.astype('float32'))"
            ) from error
        raise
    if reason := _no_numbers(dtype) or no_view(shape):
        raise LeftOutError(reason)
    if min(shape) < 0:
        raise UnreadableError(f"array {key!r} has shape {shape}: save it again")
    refuse_width(shape[1] if len(shape) == 2 else 1)
    need = file.tell() + math.prod(shape) * dtype.itemsize
    if need > size:
        raise UnreadableError(
            f"array {key!r} declares {need:,} bytes but has {size:,}: it is truncated; copy or "
            "save it again"
        )
    return shape, by_column, dtype


COMPLEX = "holds complex numbers: save real and imaginary parts as separate columns"


def _no_numbers(dtype: np.dtype) -> str | None:
    """Why an array of this dtype cannot be a column; None if it can."""
    if dtype.hasobject:
        return (
            "cannot be loaded without unpickling, which alignlab never does: save numbers, or "
            "names as text (x.astype(str)), not objects"
        )
    if dtype.kind == "c":
        return COMPLEX
    if dtype.kind in "mM":
        return f"is of type {dtype}: save times as numbers, seconds for example"
    if dtype == np.dtype("V1"):
        return (
            "is of type V1, as ml_dtypes saves float8 and smaller types without saying which: "
            "save it as float32 (x.astype('float32'))"
        )
    if (dtype.kind not in "biufUS" and dtype != BFLOAT16) or not dtype.itemsize:
        return f"is of type {str(dtype)[:60]}: save numbers, or names as text"
    return None


def no_view(shape: Shape) -> str | None:
    """Why an array of this shape is neither a view nor labels; None if it can be one."""
    if len(shape) in (1, 2):
        return None
    remedy = ": give every row one list of numbers (x.reshape(len(x), -1))" if shape else ""
    return f"has shape {shape}: views are (samples, features), labels (samples,){remedy}"


def bfloat16_notes(dtype: np.dtype, key: str) -> list[str]:
    """A note on bfloat16, which numpy saves without its name; empty for other dtypes."""
    if dtype != BFLOAT16:
        return []
    return [f"{key!r} is of type V2, and is read as bfloat16, which JAX and ml_dtypes save as V2."]


def array_of(content: bytes, key: str) -> np.ndarray:
    """The array in the bytes of an NPY file, without a copy if possible."""
    file = io.BytesIO(content)
    shape, by_column, dtype = npy_header(file, len(content), key)
    refuse_bomb(array_bytes(math.prod(shape), dtype))
    values = np.frombuffer(content, dtype, math.prod(shape), file.tell())
    return plain(values.reshape(shape, order="F" if by_column else "C"), key)


def plain(values: np.ndarray, key: str) -> np.ndarray:
    """The values (...) in a dtype that pandas supports: native order, bfloat16 as float32, text.

    Raises `UnreadableError` for bytes that are not text.
    """
    if values.dtype == BFLOAT16:  # the upper half of a float32
        bits = values.astype(BFLOAT16).view("<u2").astype(np.uint32)
        return (bits << 16).view(np.float32)
    if values.dtype.kind == "S":
        try:
            return np.char.decode(values, "utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(
                f"array {key!r} holds bytes that are not text: save names as text (x.astype(str))"
            ) from error
    if values.dtype.kind == "f" and values.dtype.itemsize > 8:
        return values.astype(np.float64)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def array_bytes(size: int, dtype: np.dtype) -> int:
    """Memory in bytes of an array of `size` elements as float64 columns, or as texts."""
    if dtype.kind == "S":
        return size * (4 * dtype.itemsize + TEXT_BYTES)
    return size * (dtype.itemsize + TEXT_BYTES if dtype.kind == "U" else max(8, dtype.itemsize))


def same_rows(shapes: Mapping[str, Shape]) -> tuple[list[str], dict[str, str]]:
    """Which arrays have the common row count, and why the others are left out.

    The row count is that of most matrices, and the larger one in a tie; without matrices, that of
    most columns. Raises `UnreadableError` if no two matrices have equal row counts.
    """
    matrices = {key: shape for key, shape in shapes.items() if len(shape) == 2}
    counts = Counter(shape[0] for shape in (matrices or shapes).values())
    if not counts:
        return [], {}
    most = max(counts.values())
    if most == 1 and len(counts) > 1:
        raise UnreadableError(
            f"its arrays have unequal row counts { {key: s[0] for key, s in shapes.items()} }: "
            "row i of all must be the same sample; drop the rows without a partner"
            + _transposed(matrices)
        )
    rows = max(count for count, times in counts.items() if times == most)
    left_out = {}
    for key, shape in shapes.items():
        if shape[0] == rows:
            continue
        left_out[key] = f"has {shape[0]:,} rows but the views have {rows:,}"
        if len(shape) == 2 and shape[1] == rows:
            left_out[key] += f": it looks transposed, save {key}.T"
        elif len(shape) == 1 and all(s[1] == shape[0] for s in matrices.values() if s[0] == rows):
            left_out[key] += (
                ": if it holds labels, the views have features in rows: save their transposes"
            )
        else:
            left_out[key] += ": save the arrays with this row count as a separate file"
    return [key for key in shapes if key not in left_out], left_out


def _transposed(matrices: Mapping[str, Shape]) -> str:
    """A hint if features seem to be in rows."""
    rows = {shape[0] for shape in matrices.values()}
    columns = {shape[1] for shape in matrices.values()}
    if len(columns) == 1 and len(rows) > 1:
        return f"; all have {columns.pop():,} columns: if these are the samples, save transposes"
    turned = [key for key, shape in matrices.items() if shape[1] in rows - {shape[0]}]
    return f"; {turned[0]!r} looks transposed: save {turned[0]}.T" if turned else ""


def refuse_nothing(word: str, kept: list[str], left_out: Mapping[str, str]) -> None:
    """`UnreadableError` if everything in the file was left out."""
    if left_out and not kept:
        name, reason = next(iter(left_out.items()))
        more = f" ({len(left_out) - 1:,} others are left out too)" if len(left_out) > 1 else ""
        raise UnreadableError(f"{word} {name!r} {reason}{more}")


def as_columns(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The arrays (n, d) or (n,), of equal row counts and by name, as named columns."""
    columns: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        names = column_names(key, array.shape, columns)
        columns |= zip(names, [array] if array.ndim == 1 else array.T, strict=True)
    return pd.DataFrame(columns)


def column_names(key: str, shape: Shape, columns: Mapping[str, object]) -> list[str]:
    """Names of the columns of an array (n, d) or (n,), which come beside `columns`.

    Raises `UnreadableError` for more than `MAX_COLUMNS` together, and for a name that is taken.
    """
    refuse_width((shape[1] if len(shape) == 2 else 1) + len(columns))
    names = [key] if len(shape) == 1 else [f"{key}[{j}]" for j in range(shape[1])]
    if any(name in columns for name in names):
        raise UnreadableError(f"array {key!r} clashes with the name of another: rename it")
    return names
