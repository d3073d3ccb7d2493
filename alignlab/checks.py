"""Input checks of every aligner and metric, with errors that name cause and remedy."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from functools import wraps
from numbers import Integral, Real
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from alignlab import arrays

F = TypeVar("F", bound=Callable[..., Any])

Features = tuple[tuple | None, tuple | None] | None
"""The names of the columns of both views; None for a view that came without names."""

LARGEST, SMALLEST = 1e150, 1e-145
"""A view whose largest value is outside this range would overflow when it is squared."""

_SEED = ": give an int such as 0; from a numpy Generator, int(rng.integers(2**32))"

MOST = 10**18
"""Largest number of samples: 64-bit integers end at nine times that."""


class InputError(ValueError):
    """An input that cannot be used.

    caller : name of the function or spec that refused it. reason : cause and remedy. The message
    joins both: "cca: k = 9 exceeds ...".
    """

    def __init__(self, caller: str, reason: str) -> None:
        super().__init__(caller, reason)
        self.caller, self.reason = caller, reason

    def __str__(self) -> str:
        return f"{self.caller}: {self.reason}"


def reason_of(error: BaseException) -> str:
    """The message of an error without the name of the function, for users of the app."""
    return error.reason if isinstance(error, InputError) else str(error)


def out_of_memory(error: BaseException) -> str:
    """Cause and remedy where memory could not be had, by numpy or by torch; "" for other errors."""
    words = str(error).partition("\n")[0]
    of_torch = isinstance(error, RuntimeError) and re.search(
        "can't allocate memory|not enough memory|out of memory", words
    )
    if not isinstance(error, MemoryError) and not of_torch:
        return ""
    wanted = re.search(r"allocate ([\d.,]+) ?(bytes|[KMGTPE]i?B)", words)
    asked = f" for another {wanted[1].rstrip('.')} {wanted[2]}" if wanted else ""
    return (
        f"There is not enough memory{asked} on the machine that runs this: choose fewer samples or "
        "dimensions, or end other programs there"
    )


def as_array(data: Any, name: str, caller: str) -> np.ndarray:
    """The numbers in `data` as a float64 array of any shape; see `arrays` for accepted types.

    Missing values become NaN. ValueError names the input and what is wrong with it.
    """
    return _named(arrays.as_float64, data, name, caller)


def _named(convert: Callable[[Any], np.ndarray], data: Any, name: str, caller: str) -> np.ndarray:
    try:
        return convert(data)
    except ValueError as error:
        raise InputError(caller, f"{name} {str(error).removeprefix('it ')}") from error


def as_plain(data: Any, name: str, caller: str) -> np.ndarray:
    """The numbers in `data` as an array that keeps their precision."""
    return _named(arrays.as_plain, data, name, caller)


def as_matrix(X: Any, name: str, caller: str) -> np.ndarray:
    """X as a float64 matrix (n, d), samples in rows, with NaN for missing values."""
    X = as_array(X, name, caller)
    if X.ndim != 2:
        raise InputError(
            caller,
            f"{name} has shape {X.shape}, a matrix (samples, features) was expected: "
            "reshape it, one sample per row",
        )
    return X


def as_view(X: Any, name: str, caller: str, rows: int = 2) -> np.ndarray:
    """X as a finite float64 matrix (n, d) with n >= rows, samples in rows; ValueError otherwise."""
    given, X = X, as_matrix(X, name, caller)
    if X.shape[0] < rows or X.shape[1] < 1:
        raise InputError(
            caller, f"{name} has shape {X.shape}: at least {rows} rows and 1 column are needed"
        )
    reach = max(X.max(), -X.min())
    if not np.isfinite(reach):
        finite = np.isfinite(X)
        row, column = np.argwhere(~finite)[0]
        masked = arrays.missing(given)
        count = np.count_nonzero(~finite)
        kinds = f"NaN or infinite values ({masked} of them masked, i.e. missing)"
        raise InputError(
            caller,
            f"{name} holds {count} {kinds if masked else 'NaN or infinite values'}, the "
            f"first in row {row}, column {column}: drop these rows (in both views) or fill them",
        )
    if reach > LARGEST or 0 < reach < SMALLEST:
        raise InputError(
            caller,
            f"the largest value of {name} is {reach:.3g}: rescale it to about 1, since "
            "squares of such numbers overflow or underflow",
        )
    return X


def as_pair(X1: Any, X2: Any, caller: str) -> tuple[np.ndarray, np.ndarray]:
    """Both views checked: equal row counts, rows in the same order, neither view constant."""
    check_same_order(caller, X1=X1, X2=X2)
    X1, X2 = as_view(X1, "X1", caller), as_view(X2, "X2", caller)
    check_row_counts(caller, X1=X1, X2=X2)
    for name, X in (("X1", X1), ("X2", X2)):
        check_varies(X, name, caller)
    return X1, X2


def as_fitted(
    X1: Any, X2: Any, d1: int, d2: int, features: Features = None
) -> tuple[np.ndarray, np.ndarray]:
    """Both views as float64 matrices of equal row counts, with the d1 and d2 features fitted."""
    check_same_order("embed", X1=X1, X2=X2)
    names = features or (None, None)
    X1, X2 = (
        as_fitted_view(X, f"X{m}", d, fitted)
        for m, X, d, fitted in zip((1, 2), (X1, X2), (d1, d2), names, strict=True)
    )
    if len(X1) != len(X2):
        raise InputError(
            "embed",
            f"X1 has {len(X1)} rows and X2 has {len(X2)}: row i of both must be the same sample",
        )
    return X1, X2


def as_fitted_view(
    X: Any, name: str, d: int, features: tuple | None = None, caller: str = "embed"
) -> np.ndarray:
    """X as a float64 matrix with the d features, under the names, that a map was fitted on."""
    check_columns(features, X, name, caller)
    X = as_array(X, name, caller)
    if X.ndim != 2 or X.shape[1] != d:
        turned = X.ndim == 2 and X.shape[0] == d
        raise InputError(
            caller,
            f"{name} has shape {X.shape}, {d} features were fitted: give the same "
            f"columns in the same order{_turn(name) if turned else ''}",
        )
    return X


def check_columns(fitted: tuple | None, X: Any, name: str, caller: str) -> None:
    """ValueError if X is a table whose column names, or their order, differ from those fitted.

    Columns without names (arrays, the default 0, 1, ... of pandas) are matched by position. A
    wrong number of columns is left to the check of the shape.
    """
    given = arrays.columns_of(X)
    if fitted is None or given is None or given == fitted or len(given) != len(fitted):
        return
    missing = [column for column in fitted if column not in given]
    if not missing:
        first = _first_difference(given, fitted)
        raise InputError(
            caller,
            f"{name} has the columns of the fit in another order: column {first} "
            f"is {given[first]!r} and was {fitted[first]!r}; give {name}[fitted.columns], or an "
            "array to match by position",
        )
    numbered = tuple(range(len(given)))
    if numbered not in (given, fitted):
        raise InputError(
            caller,
            f"{name} lacks the column {missing[0]!r} that was fitted ({len(missing)} of "
            f"{len(fitted)} are missing): give the fitted columns, or an array to match by "
            "position",
        )


def check_same_columns(caller: str, A: Any, B: Any) -> None:
    """ValueError if two tables compared column by column have the same columns in other order."""
    first, second = arrays.columns_of(A), arrays.columns_of(B)
    if first is None or second is None or first == second or Counter(first) != Counter(second):
        return
    raise InputError(
        caller,
        f"both tables have the same columns in another order, {first[:3]} and "
        f"{second[:3]} come first: give the second with the columns of the first, or arrays to "
        "match by position",
    )


def check_same_order(caller: str, **tables: Any) -> None:
    """ValueError if two of the tables have the same row labels in different orders.

    Rows are paired by position. If two tables have the same set of labels (the index of pandas) in
    different orders, or at least half of their labels in common, pairing by position is wrong.
    Tables with other labels, with the default index 0, 1, ... and inputs without an index pass.
    """
    indices = {name: arrays.index_of(table) for name, table in tables.items()}
    (first, index), *others = [(n, i) for n, i in indices.items() if i is not None] or [("", None)]
    for name, other in others:
        if len(index) == len(other) and not index.equals(other) and _same_labels(index, other):
            row = _first_difference(index, other)
            raise InputError(
                caller,
                f"the rows of {first} and {name} have the same labels in another order, "
                f"row {row} is {index[row]} in {first} and {other[row]} in {name}: give "
                f"{name}.reindex({first}.index), or what al.match_rows({first}, {name}) returns, "
                "or .to_numpy() of both to match by position",
            )
        if (shared := _shared_labels(index, other)) and not index.equals(other):
            raise InputError(
                caller,
                f"{first} has {len(index)} rows and {name} has {len(other)}, of which {shared} "
                f"have the same label in both, not at the same positions: give what "
                f"al.match_rows({first}, {name}) returns, which keeps these rows, or .to_numpy() "
                "of both to match by position",
            )


def check_row_counts(caller: str, **views: np.ndarray) -> None:
    """ValueError if the row counts of views (n, d_m) differ; names views that may be transposed."""
    (first, A), *others = views.items()
    for name, B in others:
        if A.shape[0] == B.shape[0]:
            continue
        hint = ""
        if A.shape[1] == B.shape[1] > min(len(A), len(B)):
            hint = (
                f". Both have {A.shape[1]} columns: if these are the samples and features lie in "
                f"rows, give {first}.T and {name}.T"
            )
        elif A.shape[0] == B.shape[1]:
            hint = _turn(name)
        elif A.shape[1] == B.shape[0]:
            hint = _turn(first)
        raise InputError(
            caller,
            f"{first} has {A.shape[0]} rows and {name} has {B.shape[0]}: row i of both "
            f"must be the same sample; drop the rows without a partner{hint}",
        )


def warn_if_transposed(X1: Any, X2: Any, caller: str) -> None:
    """UserWarning if both views have the same shape and more features than samples.

    Transposed views of different widths differ in their row counts, which is an error. Transposed
    views of equal width cannot be distinguished from few pairs of wide embeddings; but there any
    two views can be aligned, whatever their values, which deserves the warning as well. Python
    shows a warning once per calling line.
    """
    (n, d), other = _shape(X1), _shape(X2)
    if other == (n, d) and n < d:
        warnings.warn(
            f"{caller}: both views have {n} rows and {d} columns, more features than samples. If "
            "features are in rows, give X1.T and X2.T; if not, so few pairs can be aligned "
            "whatever their values: use more pairs, or reduce the features first (PCA)",
            UserWarning,
            stacklevel=3,
        )


def aligner(fit: F) -> F:
    """Decorator of a public aligner (X1, X2, ...): checks that need the input before conversion.

    The result keeps the column names of the fitted tables (`features`), so that `embed` can refuse
    others; views that look transposed cause a warning.
    """

    @wraps(fit)
    def fitted(X1: Any, X2: Any, *settings: Any, **named: Any) -> Any:
        _check_names(named, {"n_components": "k", "random_state": "seed"}, fit.__name__)
        found = fit(X1, X2, *settings, **named)
        warn_if_transposed(X1, X2, fit.__name__)
        features = arrays.columns_of(X1), arrays.columns_of(X2)
        return found if features == (None, None) else replace(found, features=features)

    return cast(F, fitted)


def renamed(**habits: str) -> Callable[[F], F]:
    """Decorator: a TypeError that names the argument where another library's name is given.

    habits : the name here, by the name elsewhere.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def called(*given: Any, **named: Any) -> Any:
            _check_names(named, habits, function.__name__)
            return function(*given, **named)

        return cast(F, called)

    return decorate


def _check_names(named: Mapping[str, Any], habits: Mapping[str, str], caller: str) -> None:
    for habit, name in habits.items():
        if habit in named:
            raise TypeError(
                f"{caller}: {habit} is called {name} here: give {name}={named[habit]!r}"
            )


def _turn(name: str) -> str:
    return f". {name} may be transposed (features in rows): give {name}.T"


def _shape(X: Any) -> tuple[int, ...]:
    shape = tuple(getattr(X, "shape", ()))
    known = len(shape) == 2 and all(isinstance(size, Integral) for size in shape)
    return shape if known else as_array(X, "X", "shape").shape


def _first_difference(A: Iterable, B: Iterable) -> int:
    return next(i for i, (a, b) in enumerate(zip(A, B, strict=True)) if a != b)


def _same_labels(A: pd.Index, B: pd.Index) -> bool:
    try:
        return bool(A.sort_values().equals(B.sort_values()))
    except TypeError:  # labels of several types have no order
        return Counter(A) == Counter(B)


def _shared_labels(A: pd.Index, B: pd.Index) -> int:
    """Number of labels in both, if both identify rows and share at least half; otherwise 0."""
    for index in (A, B):
        counted = isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)
        if counted or not index.is_unique:
            return 0
    shared = int(A.isin(B).sum())
    return shared if 2 * shared >= min(len(A), len(B)) else 0


def check_varies(X: np.ndarray, name: str, caller: str) -> None:
    """ValueError if all rows of X (n, d) are equal."""
    if (X[0] == X).all():
        raise InputError(
            caller,
            f"{name} is constant, every row is the same: there is nothing to align; "
            "check which columns were chosen",
        )


def unbox(spec: Any) -> None:
    """Replace NumPy scalars in a dataclass, which can overflow, by plain Python numbers.

    Arrays, tensors and series with one axis become tuples.
    """
    for field in fields(spec):
        value = getattr(spec, field.name)
        if isinstance(value, tuple) or hasattr(value, "tolist"):
            object.__setattr__(spec, field.name, _plain(value))


def as_values(values: Any, name: str, caller: str) -> tuple:
    """The numbers of a sequence, array, tensor or series as a tuple of plain Python numbers."""
    if hasattr(values, "tolist"):
        values = np.atleast_1d(np.asarray(values.tolist(), dtype=object)).tolist()
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise InputError(caller, f"{name} = {values!r} is not a sequence: give a list of numbers")
    return tuple(_plain(value) for value in values)


def _plain(value: Any) -> Any:
    if isinstance(value, np.floating):
        return float(value)  # also long doubles, for which tolist returns no plain number
    value = value.tolist() if hasattr(value, "tolist") else value
    return tuple(map(_plain, value)) if isinstance(value, tuple | list) else value


def as_real(
    value: object, name: str, caller: str, low: float, high: float, *, closed: bool = False
) -> float:
    """Value as a float in [low, high), or [low, high] if `closed`; ValueError names the range."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(caller, f"{name} = {value!r} is not a number")
    number = as_float(value)
    if not (low <= number < high or (closed and number == high)):  # also NaN
        span = f"[{low:g}, {high:g}{']' if closed else ')'}"
        raise InputError(caller, f"{name} = {value} is out of range: it must be in {span}")
    return number


def as_float(value: Real | float) -> float:
    """Value as a float; infinite for an integer beyond the range of floats."""
    try:
        return float(value)
    except OverflowError:
        return -np.inf if str(value).startswith("-") else np.inf


def as_count(value: object, name: str, caller: str, low: int, high: int | None = None) -> int:
    """Value as an int within [low, high]; ValueError that names the range otherwise."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        remedy = _SEED if name == "seed" else ""
        raise InputError(caller, f"{name} = {value!r} is not a whole number{remedy}")
    count = int(value)
    if count < low or (high is not None and count > high):
        span = f"at least {low}" if high is None else f"between {low} and {high}"
        raise InputError(caller, f"{name} = {value} is out of range: it must be {span}")
    return count
