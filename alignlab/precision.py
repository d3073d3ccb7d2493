"""The precision of the input, and the size of the rounding errors that it implies.

A value stored as float32 is off by up to half the distance to its neighbouring float32 numbers.
Such errors are small, independent of each other, and have components in every direction, also in
the null space: singular values below their level cannot be distinguished from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignlab.arrays import as_float64, columns_of

RELATIVE, ABSOLUTE = 0, 1

SPACING = {
    "float64": (2.0**-52, 0.0),
    "float32": (2.0**-23, 2.0**-149),
    "float16": (2.0**-10, 2.0**-24),
    "bfloat16": (2.0**-7, 2.0**-133),
    "int8": (0.0, 1.0),
    "uint8": (0.0, 1.0),
    "float8_e4m3": (2.0**-3, 2.0**-9),
    "float8_e4m3fn": (2.0**-3, 2.0**-9),
    "float8_e5m2": (2.0**-2, 2.0**-16),
}
"""Distance of neighbouring numbers: the largest relative to their size, the smallest absolute."""

COARSENESS = (
    "float64", "float32", "float16", "uint8", "int8", "bfloat16", "float8_e4m3", "float8_e4m3fn",
    "float8_e5m2",
)  # fmt: skip
"""From fine to coarse."""

CATEGORIES = 8
"""A column of bytes with at most this many different values holds categories, which are exact."""

MARGIN = 2.0
"""Singular values up to this multiple of the expected norm of the rounding errors are zero."""

ROW_MARGIN = 6.0
"""The image of a row exceeds rounding if it is above this many deviations of its rounding error."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Precision:
    """The precision of the columns of a view (n, d).

    columns : (d,) names, each a key of `SPACING`; "float64" also where values are exact, such as
        whole numbers.
    """

    columns: np.ndarray

    @property
    def name(self) -> str:
        """The coarsest of the columns' precisions."""
        return coarsest(*np.unique(self.columns))

    @property
    def exact(self) -> bool:
        """Whether no column is coarser than float64."""
        return bool((self.columns == "float64").all())

    def variances(self, X: np.ndarray) -> np.ndarray:
        """Upper bound (n, d) on the variance of the rounding error of every value of X (n, d).

        Uniform within half a spacing on either side: the squared spacing over 12. Zero for
        columns of float64, whose errors `linalg.RCOND` covers.
        """
        exact = self.columns == "float64"
        spacing = np.array([SPACING[name] for name in self.columns]).reshape(-1, 2)
        spacing[exact] = 0.0
        # an exact zero was not rounded, unless numbers are rounded to whole steps
        least = np.where((X != 0) | (spacing[:, RELATIVE] == 0), spacing[:, ABSOLUTE], 0.0)
        return np.maximum(spacing[:, RELATIVE] * np.abs(X), least) ** 2 / 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Rounding:
    """The rounding errors of a matrix (n, d).

    squares : (d,), expected squared length of the errors of every column.
    largest : (d,), the largest variance of an error in every column.
    precision : the coarsest there is.
    """

    squares: np.ndarray
    largest: np.ndarray
    precision: str

    @classmethod
    def of(cls, X: np.ndarray, precision: Precision) -> Rounding:
        """The rounding errors of a view X (n, d) in float64 whose input had this precision."""
        if precision.exact:
            none = np.zeros(X.shape[1])
            return cls(squares=none, largest=none, precision="float64")
        variances = precision.variances(X)
        return cls(
            squares=variances.sum(axis=0),
            largest=variances.max(axis=0),
            precision=precision.name,
        )

    def beside(self, other: Rounding) -> Rounding:
        """The rounding errors of both matrices side by side."""
        return Rounding(
            squares=np.concatenate([self.squares, other.squares]),
            largest=np.concatenate([self.largest, other.largest]),
            precision=coarsest(self.precision, other.precision),
        )

    def above(self, other: Rounding) -> Rounding:
        """The rounding errors of both matrices, one above the other."""
        return Rounding(
            squares=self.squares + other.squares,
            largest=np.maximum(self.largest, other.largest),
            precision=coarsest(self.precision, other.precision),
        )

    def through(self, T: np.ndarray) -> Rounding:
        """The rounding errors of X T for the matrix X described here and T (d, k)."""
        return Rounding(
            squares=self.squares @ T**2, largest=self.largest @ T**2, precision=self.precision
        )

    @property
    def levels(self) -> np.ndarray | None:
        """Level (d,) of every column: with columns divided by their levels, singular values up to 1
        may be rounding errors; the largest level bounds the unscaled matrix. None at float64.

        A matrix of independent errors has a norm near the length of its longest column plus that
        of its longest row (Latała, "Some estimates of norms of random matrices", 2005), which is
        `sigma (sqrt(n) + sqrt(d))` where all errors are alike. `MARGIN` times this is used, with
        each column's largest error in the longest row.
        """
        if not self.squares.any():
            return None
        row = np.zeros_like(self.squares)
        np.divide(self.largest, self.squares, out=row, where=self.squares > 0)
        return MARGIN * np.sqrt(self.squares) * (1 + np.sqrt(row.sum()))


def arrival_precision(X: Any, numbers: np.ndarray | None = None) -> Precision:
    """The precision of every column of a view as it was given, before any conversion.

    X : (n, d), any input of `arrays.as_float64`. The precision is that of the column's type, or
    that of its values where these need fewer digits: float64 columns whose values are all float32,
    float16 or bfloat16. Whole numbers are exact, except bytes (int8, uint8) in columns of more than
    `CATEGORIES` different values, which are taken to be rounded to whole steps.
    numbers : X as float64, if it has been converted already.

    Input that is not a matrix of real numbers counts as float64; it is refused elsewhere.
    """
    if numbers is None:
        try:
            numbers = as_float64(X)
        except ValueError:
            return _all("float64", 1)
    if numbers.ndim != 2:
        return _all("float64", 1)
    names, d = _type_names(X), numbers.shape[1]
    if len(names) != d:  # one for all columns, or columns that hold several each
        names = [names[0] if len(names) == 1 else "float64"] * d
    return _by_value(numbers, np.array(names, dtype=object))


def precision_of_type(X: Any) -> str:
    """The precision of the type of an array, table or tensor, whatever its values."""
    return coarsest("float64", *map(_floating, _type_names(X)))


def coarsest(*names: str) -> str:
    """The coarsest of the named precisions."""
    return max((str(name) for name in names), key=COARSENESS.index)


def row_errors(X: np.ndarray, W: np.ndarray, precision: str) -> np.ndarray:
    """Standard deviation (n,) of the rounding error in every row of X W, X (n, d) and W (d, k)."""
    variances = Precision(columns=np.full(X.shape[1], precision)).variances(X)
    return np.sqrt(variances @ (W**2).sum(axis=1))


def _all(name: str, count: int) -> Precision:
    return Precision(columns=np.full(count, name))


def _type_names(X: Any) -> list[str]:
    """The names of the types in X: one per column of a table, one for a whole array.

    Rows held as objects (a list, a column of lists) have the type of these objects where it is the
    same for all; lists of plain numbers have no type.
    """
    if columns_of(X) is not None:
        types = X.schema.types if hasattr(X, "column_names") else X.dtypes
        if len(types) == 1 and isinstance(X, pd.DataFrame):
            return _type_names(X.iloc[:, 0])
        return [_type_name(one) for one in types]
    if isinstance(X, pd.Series) and X.dtype == object:
        X = X.tolist()
    if isinstance(X, list | tuple):
        found = {_type_name(row.dtype) if hasattr(row, "dtype") else "float64" for row in X}
        return sorted(found) if len(found) == 1 else ["float64"]
    given: Any = getattr(X, "dtype", getattr(X, "type", None))
    while hasattr(given, "value_type"):  # lists of Arrow
        given = given.value_type
    return [_type_name(given)]


def _type_name(dtype: Any) -> str:
    """The name of a numpy, pandas, pyarrow or torch type, as `SPACING` has it where it does."""
    name = str(getattr(dtype, "numpy_dtype", dtype)).removeprefix("torch.")
    if isinstance(dtype, np.dtype):
        name = dtype.name  # whatever its byte order
    return {"float": "float32", "halffloat": "float16", "double": "float64"}.get(name, name)


def _floating(name: str) -> str:
    return name if name in SPACING and not name.endswith("int8") else "float64"


def _by_value(X: np.ndarray, types: np.ndarray) -> Precision:
    """The precision of columns X (n, d) of these types, or lower where values need fewer digits."""
    found = np.array([_floating(name) for name in types], dtype=object)
    for at in np.flatnonzero((types == "int8") | (types == "uint8")):
        if len(np.unique(X[:, at])) > CATEGORIES:
            found[at] = types[at]
    floats = np.flatnonzero(np.isin(found, ["float64", "float32"]))
    # the first rows rule out most data without looking at the rest
    floats = floats[_holds(X[:16, floats], "float32")]
    if floats.size:
        floats = floats[_holds(X[:, floats], "float32")]
    if floats.size:
        X = X[:, floats]
        whole = (np.round(X) == X).all(axis=0)
        found[floats[whole]] = "float64"  # exact in either type
        floats, X = floats[~whole], X[:, ~whole]
    for name in ("bfloat16", "float16", "float32"):
        if floats.size:
            held = _holds(X[:16], name)
            held[held] = _holds(X[:, held], name)
            if held.any() and _rounded_to(X[:, held], name):
                found[floats[held]] = name
                floats, X = floats[~held], X[:, ~held]
    return Precision(columns=found)


DIGITS = {"float32": 24, "float16": 11, "bfloat16": 8}
"""Binary digits of a number of each type."""

ENOUGH = 200_000
"""About this many values of a view are checked for whether they need all their digits."""

SPARE = 3
"""Rounded numbers need all digits: only one in eight has this many trailing zeros."""


def _holds(X: np.ndarray, name: str) -> np.ndarray:
    """Which columns (d,) the type could hold without loss."""
    with np.errstate(over="ignore", invalid="ignore"):
        if name == "bfloat16":
            return (_cut(X, DIGITS[name]) == X).all(axis=0)
        return (X.astype(name).astype(X.dtype) == X).all(axis=0)


def _rounded_to(X: np.ndarray, name: str) -> bool:
    """Whether numbers that the type can hold appear to have been rounded to it.

    Most must need the last digits of the type. Numbers with a fixed number of binary places, such
    as sixteenths of a degree or greys over 256, may do so as well; a narrow type is only accepted
    where small numbers use places well beyond those that the large ones have.
    """
    X = X[:: max(1, X.size // ENOUGH)]
    values = np.abs(X[X != 0])
    needed = np.mean(values != _cut(values, DIGITS[name] - SPARE))
    if needed < 0.5:
        return False
    if name == "float32":
        return True
    mantissa, exponent = np.frexp(values)
    # the last binary place in use of every value: all are whole multiples of the finest
    whole = np.ldexp(mantissa, DIGITS[name]).astype(np.int64)
    trailing = np.log2((whole & -whole).astype(np.float64))
    last = exponent - DIGITS[name] + trailing
    return bool(exponent.max() - last.min() >= DIGITS[name] + SPARE)


def _cut(X: np.ndarray, digits: int) -> np.ndarray:
    """X rounded to `digits` binary digits."""
    mantissa, exponent = np.frexp(X)
    return np.ldexp(np.round(np.ldexp(mantissa, digits)), exponent - digits)
