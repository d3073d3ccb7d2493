"""Columns whose missing values a file marks beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

EXACT = 2.0**53
"""Up to here float64 represents all whole numbers exactly."""


def with_missing(
    values: np.ndarray, missing: np.ndarray
) -> np.ndarray | pd.api.extensions.ExtensionArray:
    """A column (n,) or matrix (n, d) with missing values at `missing`, of the same shape.

    Without any, the values as they are. Real numbers become NaN there and texts None; booleans
    become nullable booleans, whole numbers float64, or nullable integers if float64 would lose
    precision. In a matrix, both become float64.
    """
    if not missing.any():
        return values
    if values.dtype.kind == "f":
        return np.where(missing, values.dtype.type(np.nan), values)
    if values.dtype.kind not in "biu":
        found = values.astype(object)
        found[missing] = None
        return found
    if values.ndim == 1 and values.dtype.kind == "b":
        return pd.arrays.BooleanArray(values, missing)
    found = np.where(missing, np.nan, values.astype(np.float64))
    if values.ndim == 1 and np.nanmax(np.abs(found), initial=0) >= EXACT:
        return pd.arrays.IntegerArray(values.astype(values.dtype.newbyteorder("=")), missing)
    return found
