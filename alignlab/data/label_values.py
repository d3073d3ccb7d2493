"""Convert labels in any container to columns in which every cell is a number or a text.

A cell is missing if it is NaN, None, pandas' NA, masked, or one of `MARKS`, which libraries write
for a missing value. Categories are read by name, unused ones are ignored. Bytes are text; booleans,
decimals and fractions are numbers. Dates and complex numbers are refused.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Complex, Integral, Real
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from alignlab.checks import InputError

MARKS = frozenset(
    ("", "nan", "NaN", "-nan", "-NaN", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT", "None", "null",
     "NULL")
)  # fmt: skip
"""Texts that mean a missing value: what str() makes of one, and the usual marks in CSV files."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """One column of labels.

    numbers : (n,) booleans, whole or real numbers; None if all cells are text.
    texts : (n,) objects, None in cells that are not text; None if no cell is text.
    known : (n,), which cells are not missing. Texts that are `MARKS` stay in `texts`.
    """

    numbers: np.ndarray | None
    texts: np.ndarray | None
    known: np.ndarray

    @property
    def textual(self) -> np.ndarray:
        """Which known cells are text (n,)."""
        if self.texts is None:
            return np.zeros(len(self.known), dtype=bool)
        if self.numbers is None:
            return self.known
        return self.known & np.array([text is not None for text in self.texts], dtype=bool)

    def __getitem__(self, rows: slice) -> Cells:
        numbers, texts = (None if v is None else v[rows] for v in (self.numbers, self.texts))
        return Cells(numbers=numbers, texts=texts, known=self.known[rows])


@dataclass(frozen=True, eq=False)
class Labels:
    """Label columns of equal length."""

    columns: tuple[Cells, ...]

    def __len__(self) -> int:
        return len(self.columns[0].known)

    def __getitem__(self, rows: slice) -> Labels:
        return Labels(tuple(column[rows] for column in self.columns))

    def __iter__(self) -> Iterator[Cells]:
        return iter(self.columns)

    @property
    def known(self) -> np.ndarray:
        """Which rows have a label in every column (n,)."""
        return np.logical_and.reduce([column.known for column in self.columns])


def as_labels(labels: object, caller: str) -> Labels:
    """Labels (n,) or (n, p) in any container as columns of cells.

    Raises
    ------
    ValueError
        Input that is not an array, list or frame with one label per row; values that are neither
        numbers nor text; infinite numbers.
    """
    if isinstance(labels, Labels):
        return labels
    found = Labels(tuple(_cells(c, j, caller) for j, c in enumerate(_columns(labels, caller))))
    if len({len(column.known) for column in found}) != 1:
        raise InputError(caller, "label columns have unequal lengths: give one label per row")
    return found


def count_labels(labels: object, caller: str) -> int:
    """Number of rows; ValueError if `labels` has no rows."""
    _refuse(labels, caller)
    try:
        return len(labels)  # type: ignore[arg-type]
    except TypeError:
        return len(as_labels(labels, caller))


def number_name(value: float) -> str:
    """A number as a class name: "1" for 1, 1.0 and True."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


# --- Containers ---


def _refuse(labels: object, caller: str) -> None:
    """ValueError for containers that cannot hold one label per row, with the remedy."""
    module = type(labels).__module__
    if isinstance(labels, str | bytes | PurePath):
        what, remedy = "a text or a path", "read the file first, and give its label column"
    elif isinstance(labels, Mapping):
        what, remedy = "a dict", "give its values as a list or an array, in the order of the rows"
    elif isinstance(labels, set | frozenset):
        what, remedy = "a set, which has no order", "give a list or an array, one label per row"
    elif isinstance(labels, Iterator):
        what, remedy = "an iterator", "convert it to a list, one label per row"
    elif module.startswith("scipy.sparse"):
        what, remedy = "a sparse matrix", "give labels.toarray(), or one column of class codes"
    else:
        return
    raise InputError(caller, f"labels are {what}: {remedy}")


def _columns(labels: Any, caller: str) -> list[Any]:
    """One-dimensional arrays or series, one per label column."""
    _refuse(labels, caller)
    module = type(labels).__module__
    if module.startswith("torch"):
        labels = labels.detach().cpu()
        labels = labels.double() if labels.is_floating_point() else labels
        labels = labels.numpy()
    elif hasattr(labels, "to_arrow"):  # polars
        labels = labels.to_arrow()
    if type(labels).__module__.startswith("pyarrow"):
        labels = _of_arrow(labels)
    if isinstance(labels, pd.DataFrame):
        columns = [labels.iloc[:, j] for j in range(labels.shape[1])]
    elif isinstance(labels, pd.Index):
        columns = [labels.to_series()]
    elif isinstance(labels, pd.Series):
        columns = [labels]
    elif isinstance(labels, pd.api.extensions.ExtensionArray):
        columns = [pd.Series(labels)]
    else:
        columns = _of_array(_array(labels, caller), caller)
    if not columns:
        raise InputError(caller, "labels have no column: give labels=None if there are none")
    if len(columns) == 1:
        rows = _rows(columns[0])
        return columns if rows is None else _of_array(rows, caller)
    return columns


def _of_arrow(labels: Any) -> Any:
    """A pyarrow array or table as a pandas series or frame."""
    import pyarrow as pa

    if isinstance(labels, pa.Table | pa.RecordBatch):
        return pd.DataFrame({j: _of_arrow(column) for j, column in enumerate(labels.columns)})
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    if labels.type in plain:  # types that pandas does not support
        labels = labels.cast(plain[labels.type])
    found = labels.to_pandas(types_mapper=pd.ArrowDtype)
    if isinstance(found, np.ndarray):
        return pd.Series(found)
    return found


def _rows(column: Any) -> np.ndarray | None:
    """A column whose cells are lists of equal length, as a matrix; None for other columns."""
    if not (isinstance(column, pd.Series) or column.dtype == object) or not len(column):
        return None
    if isinstance(column, pd.Series) and pd.api.types.is_numeric_dtype(column.dtype):
        return None
    cells = list(column)
    lists = [isinstance(cell, list | tuple | np.ndarray) for cell in cells]
    if not all(lists) or len({len(cell) for cell in cells if np.ndim(cell) == 1}) != 1:
        return None
    return np.array([list(cell) for cell in cells], dtype=object)


def _array(labels: Any, caller: str) -> np.ndarray:
    """Labels that are not a frame, as an array; the cells of a list keep their types."""
    if isinstance(labels, np.ndarray):
        return labels
    if isinstance(labels, list | tuple):
        if any(np.ma.isMaskedArray(cell) for cell in labels):
            return np.ma.stack(labels)
        cells = [_scalar(cell) for cell in labels]
        if any(isinstance(cell, list | tuple | np.ndarray) for cell in cells):
            return np.array(cells, dtype=object)
        found = np.empty(len(cells), dtype=object)
        found[:] = cells
        return found
    try:
        return np.asarray(labels)
    except (TypeError, ValueError) as error:
        raise InputError(
            caller,
            f"labels of type {type(labels).__name__} are not an array ({error}): give a "
            "list, an array or a frame, one label per row",
        ) from error


def _scalar(cell: Any) -> Any:
    """The number in a zero-dimensional array or tensor, a list for other tensors."""
    if isinstance(cell, np.generic | np.ma.core.MaskedConstant) or not hasattr(cell, "tolist"):
        return cell
    return cell if isinstance(cell, np.ndarray) and cell.ndim else cell.tolist()


def _of_array(values: np.ndarray, caller: str) -> list[np.ndarray]:
    if values.dtype.names:
        raise InputError(
            caller,
            f"labels are a structured array with the fields {', '.join(values.dtype.names)}"
            ": give one field, or a DataFrame of several",
        )
    if values.ndim == 1:
        return [values]
    if values.ndim != 2 or values.shape[1] < 1:
        raise InputError(
            caller, f"labels have shape {values.shape}: give shape (rows,) or (rows, columns)"
        )
    return list(values.T)  # one per label column


# --- Columns ---


def _cells(column: Any, j: int, caller: str) -> Cells:
    """One column of any type; j : its index, for error messages."""
    if isinstance(column, pd.Series):
        values, known = _of_series(column)
    else:
        known = ~np.broadcast_to(np.ma.getmaskarray(column), column.shape)
        values = np.ma.getdata(column)
    kind = values.dtype.kind
    if kind in "MmcV" and values.dtype.name.startswith(("bfloat16", "float8")):
        values, kind = values.astype(np.float64), "f"  # types of ml_dtypes
    if kind in "Mm":
        raise _dates(caller, j)
    if kind in "cV":
        raise InputError(
            caller,
            f"labels of type {values.dtype} (column {j}) are neither numbers nor names: "
            "give real numbers or class names",
        )
    if kind == "f":
        return _reals(values, known, j, caller)
    if kind in "biu":
        return Cells(numbers=values, texts=None, known=known)
    values = values.astype(object)
    return _objects(values, known & ~pd.isna(values), j, caller)


def _of_series(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Values of a series (n,), and a mask (n,) of those that are known."""
    known = column.notna().to_numpy(dtype=bool)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _names(column), known
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(), known
    if isinstance(column.dtype, pd.SparseDtype):
        return column.sparse.to_dense().to_numpy(), known
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=bool, na_value=False), known
    if pd.api.types.is_unsigned_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.uint64, na_value=0), known
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64, na_value=0), known
    if pd.api.types.is_float_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), known
    return column.astype(object).to_numpy(), known


def uncategorised(labels: Any) -> Any:
    """A pandas series or frame with categories replaced by their names."""
    if isinstance(labels, pd.DataFrame):
        return labels.apply(uncategorised) if labels.shape[1] else labels
    if not isinstance(labels.dtype, pd.CategoricalDtype):
        return labels
    return pd.Series(_names(labels), index=labels.index, name=labels.name, dtype=object)


def _names(column: pd.Series) -> np.ndarray:
    """Names of the categories of a categorical series (n,), None where missing."""
    categories = [_category(name) for name in column.cat.categories]
    return np.array([*categories, None], dtype=object)[column.cat.codes.to_numpy()]


def _category(name: Any) -> str:
    """The name of a category; a category is a class even if its name is a number."""
    if isinstance(name, bytes):
        return _decoded(name)
    number = isinstance(name, Real | Decimal) and not isinstance(name, bool | np.bool_)
    return number_name(float(name)) if number else str(name)


def _reals(values: np.ndarray, known: np.ndarray, j: int, caller: str) -> Cells:
    values = values.astype(np.float64)
    known = known & ~np.isnan(values)
    infinite = known & np.isinf(values)
    if infinite.any():
        raise InputError(
            caller,
            f"labels hold an infinite value in row {infinite.argmax()}, column {j}: "
            "use NaN for a missing label",
        )
    return Cells(numbers=np.where(known, values, 0.0), texts=None, known=known)


def _objects(values: np.ndarray, known: np.ndarray, j: int, caller: str) -> Cells:
    """A column of Python objects, each a number or a text."""
    kinds: dict[type, str] = {}
    for value in values[known]:
        if type(value) not in kinds:
            kinds[type(value)] = _kind(value, j, caller)
    found = set(kinds.values())
    if "nested" in found:
        values = np.array([_scalar(value) for value in values], dtype=object)
        return _objects(values, known & ~pd.isna(values), j, caller)
    if found <= {"truth"}:
        return _numbers(values, known, bool, j, caller)
    if found <= {"truth", "whole"}:
        return _numbers(values, known, int, j, caller)
    if not found & {"text", "bytes"}:
        return _numbers(values, known, float, j, caller)
    texts = np.full(len(values), None, dtype=object)
    is_text = np.zeros(len(values), dtype=bool)
    for i in np.flatnonzero(known):
        kind = kinds[type(values[i])]
        is_text[i] = kind in ("text", "bytes", "truth")  # among text, True is "True"
        if is_text[i]:
            texts[i] = _decoded(values[i]) if kind == "bytes" else str(values[i])
    marked = np.array([text is not None and text.strip() in MARKS for text in texts], dtype=bool)
    if found <= {"text", "bytes", "truth"}:
        return Cells(numbers=None, texts=texts, known=known & ~marked)
    rest = _numbers(values, known & ~is_text, float, j, caller)
    return Cells(numbers=rest.numbers, texts=texts, known=known & ~marked)


def _kind(value: Any, j: int, caller: str) -> str:
    """What kind of value a cell is, by its type; ValueError if neither a number nor a text."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, bool | np.bool_):
        return "truth"
    dates = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
    if isinstance(value, (*dates, pd.Period)):
        raise _dates(caller, j)
    if isinstance(value, Integral):
        return "whole"
    if isinstance(value, Real | Decimal):
        return "real"
    if not isinstance(value, Complex) and getattr(value, "ndim", None) == 0:
        return "nested"
    what = type(value).__name__
    remedy = "give numbers or class names"
    if isinstance(value, list | tuple | np.ndarray):
        remedy = "give one label per row, or the same number for every row"
    raise InputError(caller, f"column {j} of the labels holds values of type {what}: {remedy}")


def _numbers(
    values: np.ndarray, known: np.ndarray, kind: type, j: int, caller: str
) -> Cells:  # fmt: skip
    filled = [kind(value) if there else kind(0) for value, there in zip(values, known, strict=True)]
    if kind is not float:
        for dtype in (bool,) if kind is bool else (np.int64, np.uint64):
            try:
                return Cells(numbers=np.array(filled, dtype=dtype), texts=None, known=known)
            except OverflowError:
                continue
        filled = [float(value) for value in filled]
    return _reals(np.array(filled, dtype=np.float64), known, j, caller)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="backslashreplace")


def _dates(caller: str, j: int) -> InputError:
    return InputError(
        caller,
        f"column {j} of the labels holds dates or durations: give numbers, such as "
        'seconds or years (pandas: labels.astype("int64")), or class names (labels.astype(str))',
    )
