"""Columns too small relative to others for float64: lost in methods that depend on units."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from alignlab import linalg

NAMED = 6
"""At most this many columns are listed by number."""


def drowned(lengths: np.ndarray, longest: float) -> tuple[int, ...]:
    """Columns whose lengths (d,) are positive but at most `linalg.RCOND` times the longest.

    The rounding error of the longest column is as large as their values.
    """
    lost = (lengths > 0) & (lengths <= linalg.RCOND * longest)
    return tuple(np.flatnonzero(lost).tolist())


def drowned_columns(X: np.ndarray) -> tuple[int, ...]:
    """Columns of X (n, d) that are lost in the rounding error of its longest column."""
    lengths = linalg.column_lengths(X)
    return drowned(lengths, float(lengths.max()))


def drowned_words(columns: Sequence[int], view: str) -> str:
    """A sentence naming the lost columns of a view and the remedy; empty if there are none."""
    if not columns:
        return ""
    named = ", ".join(str(at) for at in columns[:NAMED]) + ", ..." * (len(columns) > NAMED)
    plural, verb, what = ("s", "have", "they are") if len(columns) > 1 else ("", "has", "it is")
    return (
        f"column{plural} {named} of {view} ({len(columns)} in all) {verb} at most "
        f"{linalg.RCOND:g} times the norm of the largest column, below its rounding error: {what} "
        "lost. Rescale columns to comparable units (divide each by its standard deviation), or use "
        "cca, which does not depend on units"
    )


def warn_of_drowned(lost: Sequence[Sequence[int]], caller: str) -> None:
    """Issue a UserWarning if columns of a view are lost."""
    for number, columns in enumerate(lost, start=1):
        if columns:
            warnings.warn(
                f"{caller}: {drowned_words(columns, f'X{number}')}", UserWarning, stacklevel=3
            )
