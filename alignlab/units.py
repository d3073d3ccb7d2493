"""Columns that are too short beside others for float64: lost in whatever depends on units."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from alignlab import linalg

NAMED = 6
"""At most so many columns are named one by one."""


def drowned(lengths: np.ndarray, longest: float) -> tuple[int, ...]:
    """Columns whose lengths (d,) are not zero, yet at most `linalg.RCOND` of the longest.

    The rounding of the longest column is as large as all that they hold.
    """
    lost = (lengths > 0) & (lengths <= linalg.RCOND * longest)
    return tuple(np.flatnonzero(lost).tolist())


def drowned_columns(X: np.ndarray) -> tuple[int, ...]:
    """Columns of X (n, d) that are lost beside its longest."""
    lengths = linalg.column_lengths(X)
    return drowned(lengths, float(lengths.max()))


def drowned_words(columns: Sequence[int], view: str) -> str:
    """Which columns of a view are lost, and the remedy; empty where none is."""
    if not columns:
        return ""
    named = ", ".join(str(at) for at in columns[:NAMED]) + ", ..." * (len(columns) > NAMED)
    plural, verb, what = ("s", "are", "they hold") if len(columns) > 1 else ("", "is", "it holds")
    return (
        f"column{plural} {named} of {view} ({len(columns)} in all) {verb} less than "
        f"{linalg.RCOND:g} times as long as the longest, below its rounding: what {what} is lost. "
        "Bring the columns to comparable units (divide each by its standard deviation), or use "
        "cca, which does not depend on units"
    )


def warn_of_drowned(lost: Sequence[Sequence[int]], caller: str) -> None:
    """UserWarning where columns of a view are lost."""
    for number, columns in enumerate(lost, start=1):
        if columns:
            warnings.warn(
                f"{caller}: {drowned_words(columns, f'X{number}')}", UserWarning, stacklevel=3
            )
