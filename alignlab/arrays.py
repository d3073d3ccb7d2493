"""Conversion of any container of numbers to one float64 NumPy array, used for every input.

Accepted are arrays of every real dtype, byte order and memory layout (those of `ml_dtypes` too),
nested lists, `Decimal` and `Fraction`, masked arrays, tensors of PyTorch on any device, frames and
series of pandas, and tables of pyarrow, polars, xarray or Dask. Nothing is guessed: text is not
parsed, dates and complex numbers are refused. Missing values (masked, None, NA, null) become NaN.
"""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

COMPLEX = "it is not numeric but complex: give real numbers, e.g. real and imaginary part columns"

RAGGED = "it is not numeric, its rows have unequal lengths"


def as_float64(data: Any) -> np.ndarray:
    """The numbers in `data` as a float64 array of the same shape, in C order.

    An array that is already float64 and in C order is returned without a copy.

    Raises ValueError with cause and remedy but without the name of the input, which `checks` adds.
    """
    data = _opened(data)
    _refuse(data)
    try:
        with np.errstate(over="ignore"):  # long doubles may become infinite; reported later
            return np.require(_converted(data), np.float64, ["C", "A"])
    except (TypeError, OverflowError, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"it is not numeric ({error}): give numbers only") from error


def as_plain(data: Any) -> np.ndarray:
    """The numbers in `data` as an array that keeps their precision.

    An array of real numbers is returned as it is, in the byte order of this machine. Anything else
    becomes float64, or keeps its narrower dtype (float32 and float16 of PyTorch, pandas).
    """
    if isinstance(data, np.ndarray) and not _is_masked(data):
        dtype = data.dtype
        if dtype.kind in "biuf" and dtype.itemsize <= 8:
            return np.asarray(data) if dtype.isnative else data.astype(dtype.newbyteorder("="))
    numbers = as_float64(data)
    dtypes = getattr(data, "dtypes", getattr(data, "dtype", None))
    names = {str(one).removeprefix("torch.").lower() for one in np.atleast_1d(np.asarray(dtypes))}
    for narrow in ("float16", "float32"):
        if names == {narrow}:
            return numbers.astype(narrow)
    return numbers


def missing(data: Any) -> int:
    """Number of masked entries of a masked array; 0 for anything else."""
    return int(np.count_nonzero(np.ma.getmaskarray(data))) if _is_masked(data) else 0


def index_of(data: Any) -> pd.Index | None:
    """The labels of the rows of a frame or series of pandas; None for anything else."""
    return data.index if isinstance(data, pd.DataFrame | pd.Series) else None


def columns_of(data: Any) -> tuple | None:
    """The names of the columns of a table (pandas, polars, pyarrow, Dask); None without names."""
    if isinstance(data, np.ndarray) or _is_tensor(data):
        return None
    names = getattr(data, "columns", None)
    if _library(data) == "pyarrow":
        names = getattr(data, "column_names", None)
    if isinstance(names, pd.Index) or (isinstance(names, list) and _library(data) != "builtins"):
        return tuple(names)
    return None


def _opened(data: Any) -> Any:
    """The contents of a lazy or foreign container in memory, as pandas, PyTorch or NumPy."""
    library = _library(data)
    if library in ("dask", "distributed") and hasattr(data, "compute"):
        return data.compute()
    if library == "pyarrow":
        return _from_arrow(data)
    if library == "polars" and hasattr(data, "collect"):
        data = data.collect()
    return data.to_numpy() if library == "polars" and hasattr(data, "to_numpy") else data


def _refuse(data: Any) -> None:
    """Raise ValueError for input that is not an array."""
    if data is None:
        raise ValueError("it is None: give a matrix, one sample per row")
    if isinstance(data, str | bytes | bytearray | os.PathLike):
        raise ValueError(
            f"it is a path or text ({str(data)[:60]!r}): read the file first, with numpy.load or "
            "pandas.read_csv, and give the array"
        )
    if isinstance(data, Mapping):
        keys = ", ".join(repr(key) for key in list(data)[:5])
        raise ValueError(
            f"it is a mapping ({type(data).__name__}) of {keys or 'nothing'}: give one of its "
            "arrays"
        )
    if isinstance(data, Set | Iterator):
        raise ValueError(
            f"it is of type {type(data).__name__}, which has no order or can be read only once: "
            "give an array or a list of rows"
        )
    if scipy.sparse.issparse(data) or _library(data) == "sparse":
        raise ValueError(
            f"it is a sparse matrix of shape {data.shape}: give X.toarray() if that fits into "
            "memory, else reduce it with sklearn.decomposition.TruncatedSVD first"
        )


def _converted(data: Any) -> np.ndarray:
    if _is_tensor(data):
        return _from_torch(data)
    if isinstance(data, pd.DataFrame):
        return _from_frame(data)
    if isinstance(data, pd.Series | pd.Index):
        data = _plain_values(data)
    if isinstance(data, list | tuple) and any(_keeps_more(row) for row in data):
        return _stacked(list(data))
    if _is_masked(data):
        return _from_masked(data)
    try:
        array = np.asanyarray(data)
    except ValueError as error:  # NumPy's error for rows of unequal lengths
        raise ValueError(_ragged(data)) from error
    return _from_masked(array) if _is_masked(array) else _from_numpy(array)


def _from_numpy(array: np.ndarray) -> np.ndarray:
    kind, dtype = array.dtype.kind, array.dtype
    if kind == "c":
        raise ValueError(COMPLEX)
    if kind in "mM":
        raise ValueError(
            f"it is not numeric but holds dates or durations ({dtype}): give numbers, for instance "
            ".astype('datetime64[s]').astype(float), the seconds since 1970"
        )
    if kind in "UST":
        raise ValueError(
            f"it is not numeric but text ({dtype}): give numbers; if the text holds numbers, "
            ".astype(float) converts them"
        )
    if dtype.names is not None:
        raise ValueError(
            f"it is a structured array with fields {', '.join(dtype.names[:5])}: give "
            "numpy.lib.recfunctions.structured_to_unstructured of the fields that are features"
        )
    if dtype.type is np.void:
        raise ValueError(
            f"it holds raw bytes ({dtype}), as NumPy saves types that it does not know: "
            "convert them with .view(ml_dtypes.bfloat16), or with the type that they had"
        )
    return _from_objects(array) if kind == "O" else np.asarray(array).astype(np.float64, copy=False)


def _from_objects(array: np.ndarray) -> np.ndarray:
    """Numbers held as Python objects: Decimal, Fraction, None and NA; rows held as sequences."""
    array = np.asarray(array)
    rows = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if rows.ndim == 1 and any(map(_is_row, rows)):
        return _stacked(list(rows))
    numbers = np.empty(array.shape, dtype=np.float64)
    for place, value in np.ndenumerate(array):
        numbers[place] = _number(value, place)
    return numbers


def _number(value: Any, place: tuple[int, ...]) -> float:
    if value is None or value is pd.NA or value is pd.NaT or value is np.ma.masked:
        return np.nan
    where = ", ".join(f"{axis} {i}" for axis, i in zip(("row", "column"), place, strict=False))
    if isinstance(value, str | bytes):
        raise ValueError(
            f"it is not numeric but holds text, the first in {where} ({value[:30]!r}): give "
            "numbers only"
        )
    if isinstance(value, complex | np.complexfloating):
        raise ValueError(f"{COMPLEX} (first in {where})")
    dates = datetime.date, datetime.timedelta, datetime.time, np.datetime64, np.timedelta64
    if isinstance(value, dates):
        raise ValueError(
            f"it is not numeric but holds dates or durations, the first in {where} ({value}): give "
            "numbers"
        )
    try:
        return float(np.asarray(value).item() if isinstance(value, np.ndarray) else value)
    except (TypeError, ValueError, OverflowError) as error:
        if not place:
            raise ValueError(
                f"it is not numeric but a {type(value).__name__}: give numbers only"
            ) from error
        raise ValueError(
            f"it is not numeric but holds a {type(value).__name__} in {where} ({error}): give "
            "numbers only"
        ) from error


def _from_masked(array: Any) -> np.ndarray:
    """A masked array (NumPy's, or astropy's with `mask` and `filled`), masked entries as NaN."""
    hidden = np.asarray(np.broadcast_to(array.mask, array.shape))
    masked = isinstance(array, np.ma.MaskedArray)
    under = np.asarray(np.ma.getdata(array) if masked else array.unmasked)
    if under.dtype.kind == "O":  # masked entries need not be numbers
        under = under.copy()
        under[hidden] = None
        return _from_numpy(under)
    return np.where(hidden, np.nan, _from_numpy(under))


def _from_torch(tensor: Any) -> np.ndarray:
    import torch

    if tensor.layout != torch.strided:
        raise ValueError(
            f"it is a sparse tensor of shape {tuple(tensor.shape)}: give X.to_dense() if that fits "
            "into memory"
        )
    if tensor.is_complex():
        raise ValueError(COMPLEX)
    if tensor.is_meta:
        raise ValueError("it is a tensor without numbers (on the device 'meta'): load them first")
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    # bfloat16 and float8 have no NumPy counterpart, float64 holds them all
    return tensor.detach().cpu().to(torch.float64).resolve_neg().numpy()


def _from_frame(frame: pd.DataFrame) -> np.ndarray:
    if len(frame.columns) == 1 and (rows := _rows_of_lists(frame.iloc[:, 0])) is not None:
        return rows
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        return frame.to_numpy(dtype=np.float64)
    numbers = np.empty(frame.shape, dtype=np.float64)
    for i, name in enumerate(frame.columns):
        try:
            column = _from_numpy(_plain_values(frame.iloc[:, i]))
            if column.ndim != 1:
                raise ValueError(
                    "it holds a list in each row: give numpy.stack(frame[column]) as a separate "
                    "view, or drop the column"
                )
        except ValueError as error:
            raise ValueError(f"it cannot be read in column {name!r}: {error}") from error
        numbers[:, i] = column
    return numbers


def _plain_values(series: pd.Series | pd.Index) -> np.ndarray:
    """The values of a column: float64 where they are numbers, else as NumPy holds them."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        series = pd.Series(np.asarray(series), copy=False)
        dtype = series.dtype
    numeric = pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype)
    if numeric and not pd.api.types.is_complex_dtype(dtype):
        # also Decimals of Arrow, through objects
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return series.to_numpy(dtype="datetime64[ns]")
    return series.to_numpy()


def _rows_of_lists(series: pd.Series) -> np.ndarray | None:
    """The matrix of a column with one list or array per row; None for any other column."""
    if series.dtype.kind != "O" or not len(series):
        return None
    first = series.iloc[0]
    listed = isinstance(first, list | tuple | np.ndarray) or _is_tensor(first)
    return _from_objects(series.to_numpy(dtype=object)) if listed else None


def _from_arrow(data: Any) -> Any:
    """A table of pyarrow as a frame, an array of lists as a matrix, another as a series."""
    import pyarrow as pa

    if isinstance(data, pa.Table | pa.RecordBatch):
        if data.num_columns == 1 and _is_list(pa, data.column(0).type):
            return _from_arrow(data.column(0))
        for field in data.schema:  # to_pandas cannot read these types
            if pa.types.is_string_view(field.type) or pa.types.is_binary_view(field.type):
                raise ValueError(
                    f"it cannot be read in column {field.name!r}: it is not numeric but text: give "
                    "numbers only"
                )
        return data.to_pandas(types_mapper=pd.ArrowDtype)
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks() if data.num_chunks else pa.array([], data.type)
    if isinstance(data, pa.ChunkedArray):  # a very large one is combined only in part
        return np.concatenate([as_float64(chunk) for chunk in data.chunks])
    if isinstance(data, pa.ExtensionArray):
        shape = getattr(data.type, "shape", None)
        rows = as_float64(data.storage)
        return rows if shape is None else rows.reshape(len(rows), *shape)
    if not isinstance(data, pa.Array):
        raise ValueError(f"it is a {type(data).__name__} of pyarrow: give a table or an array")
    if not _is_list(pa, data.type):
        return pd.Series(data, dtype=pd.ArrowDtype(data.type))
    if data.null_count:
        raise ValueError(f"it has {data.null_count} rows that are null: drop them (in both views)")
    lengths = data.value_lengths().unique() if len(data) else pa.array([0])
    if len(lengths) > 1:
        raise ValueError(
            f"it has rows of unequal lengths ({lengths[0]} and {lengths[1]} among them): give "
            "the same number of values in every row"
        )
    return as_float64(data.flatten()).reshape(len(data), lengths[0].as_py(), *_inner(pa, data))


def _inner(pa: Any, data: Any) -> tuple[int, ...]:
    """The shape of the items of each row's list: () unless they are lists themselves."""
    return as_float64(data.flatten()).shape[1:] if _is_list(pa, data.type.value_type) else ()


def _is_list(pa: Any, kind: Any) -> bool:
    tests = "is_list", "is_large_list", "is_fixed_size_list", "is_list_view", "is_large_list_view"
    return any(getattr(pa.types, test)(kind) for test in tests)


def _stacked(rows: list) -> np.ndarray:
    """Rows converted one by one, to keep masks and to copy tensors from other devices."""
    arrays = [np.nan if row is None else _row(row, i) for i, row in enumerate(rows)]
    shapes = {np.shape(row) for row in arrays}
    if len(shapes) > 1:
        raise ValueError(_ragged(rows))
    return np.stack(arrays)


def _row(row: Any, i: int) -> np.ndarray:
    try:
        return as_float64(row)
    except ValueError as error:
        raise ValueError(f"it cannot be read in row {i}: {error}") from error


def _ragged(data: Any) -> str:
    lengths = [len(row) if hasattr(row, "__len__") else 1 for row in data]
    odd = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if odd is None:
        return f"{RAGGED}: give numbers, equally many in every row"
    return (
        f"{RAGGED} (row 0 holds {lengths[0]}, row {odd} holds {lengths[odd]}): give numbers, "
        "equally many in every row"
    )


def _is_row(value: Any) -> bool:
    listed = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)
    return listed or _keeps_more(value)


def _keeps_more(row: Any) -> bool:
    """Whether NumPy would mishandle a row of a list: its mask, device or missing values."""
    if isinstance(row, np.ndarray):
        return _is_masked(row) or row.dtype.kind in "OV"
    if isinstance(row, pd.Series | pd.Index | pd.DataFrame) or _is_tensor(row):
        return True
    return isinstance(row, list | tuple) and any(_keeps_more(one) for one in row)


def _is_masked(data: Any) -> bool:
    if isinstance(data, np.ma.MaskedArray):
        return True
    return isinstance(data, np.ndarray) and hasattr(data, "mask") and hasattr(data, "unmasked")


def _is_tensor(data: Any) -> bool:
    # slow to import; loaded already if there is a tensor, or half loaded by another thread
    return isinstance(data, getattr(sys.modules.get("torch"), "Tensor", ()))


def _library(data: Any) -> str:
    return type(data).__module__.partition(".")[0]
