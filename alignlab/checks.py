"""What every aligner and metric asks of its input, with errors that name cause and remedy."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

LARGEST, SMALLEST = 1e150, 1e-145
"""A view whose largest value is outside this range would overflow when it is squared."""

MOST = 10**18
"""Largest number of samples: the processor's whole numbers end at nine times that."""


def as_view(X: np.ndarray, name: str, caller: str, rows: int = 2) -> np.ndarray:
    """X as a finite float64 matrix (n, d) with n >= rows, samples in rows; ValueError otherwise."""
    try:
        if np.iscomplexobj(X):
            raise ValueError("it is complex")
        X = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{caller}: {name} is not numeric ({error}): give numbers only") from error
    if X.ndim != 2:
        raise ValueError(
            f"{caller}: {name} has shape {X.shape}, a matrix (samples, features) was expected: "
            "reshape it, one sample a row"
        )
    if X.shape[0] < rows or X.shape[1] < 1:
        raise ValueError(
            f"{caller}: {name} has shape {X.shape}: at least {rows} rows and 1 column are needed"
        )
    reach = max(X.max(), -X.min())
    if not np.isfinite(reach):
        finite = np.isfinite(X)
        row, column = np.argwhere(~finite)[0]
        raise ValueError(
            f"{caller}: {name} holds {np.count_nonzero(~finite)} NaN or infinite values, the first "
            f"in row {row}, column {column}: drop these rows (in both views) or fill them"
        )
    if reach > LARGEST or 0 < reach < SMALLEST:
        raise ValueError(
            f"{caller}: the largest value of {name} is {reach:.3g}: rescale it towards 1, squares "
            "of such numbers leave the range of floating point"
        )
    return X


def as_pair(X1: np.ndarray, X2: np.ndarray, caller: str) -> tuple[np.ndarray, np.ndarray]:
    """Both views checked, with equal row counts and neither of them constant."""
    X1, X2 = as_view(X1, "X1", caller), as_view(X2, "X2", caller)
    if X1.shape[0] != X2.shape[0]:
        raise ValueError(
            f"{caller}: X1 has {X1.shape[0]} rows and X2 has {X2.shape[0]}: row i of both must be "
            "the same thing; drop the rows without a partner"
        )
    for name, X in (("X1", X1), ("X2", X2)):
        check_varies(X, name, caller)
    return X1, X2


def as_fitted(X1: np.ndarray, X2: np.ndarray, d1: int, d2: int) -> tuple[np.ndarray, np.ndarray]:
    """Both views as float64 matrices of equal row counts, with the d1 and d2 features fitted."""
    X1, X2 = np.asarray(X1, dtype=np.float64), np.asarray(X2, dtype=np.float64)
    for name, X, d in (("X1", X1, d1), ("X2", X2, d2)):
        if X.ndim != 2 or X.shape[1] != d:
            raise ValueError(
                f"embed: {name} has shape {X.shape}, the map was fitted on {d} features: give the "
                "same columns in the same order"
            )
    if len(X1) != len(X2):
        raise ValueError(
            f"embed: X1 has {len(X1)} rows and X2 has {len(X2)}: row i of both must be the same "
            "thing"
        )
    return X1, X2


def check_varies(X: np.ndarray, name: str, caller: str) -> None:
    """ValueError where every row of X is the same."""
    if (X[0] == X).all():
        raise ValueError(
            f"{caller}: {name} is constant, every row is the same: there is nothing to align; "
            "check which columns were chosen"
        )


def as_real(
    value: object, name: str, caller: str, low: float, high: float, *, closed: bool = False
) -> float:
    """Value as a float within [low, high), or up to high; ValueError that names the range."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{caller}: {name} = {value!r} is not a number")
    number = as_float(value)
    if not (low <= number < high or (closed and number == high)):  # also NaN
        span = f"[{low:g}, {high:g}{']' if closed else ')'}"
        raise ValueError(f"{caller}: {name} = {value} is out of range: it must be in {span}")
    return number


def as_float(value: Real | int) -> float:
    """Value as a float; infinite where it is a whole number beyond all of them."""
    try:
        return float(value)
    except OverflowError:
        return -np.inf if str(value).startswith("-") else np.inf


def as_count(value: object, name: str, caller: str, low: int, high: int | None = None) -> int:
    """Value as an int within [low, high]; ValueError that names the range otherwise."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ValueError(f"{caller}: {name} = {value!r} is not a whole number")
    count = int(value)
    if count < low or (high is not None and count > high):
        span = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"{caller}: {name} = {value} is out of range: it must be {span}")
    return count
