"""Views reduced to their leading principal components, learnt from chunks of rows in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError

COMPONENTS = 100
"""At most so many principal components of a view are kept unless told, as in the paper."""

ROWS_PER_COMPONENT = 5
"""With fewer rows than this per component, moments of halves of the rows are near singular."""

SLAB = 4096
"""Rows that are worked on at a time."""

Scale = Literal["auto", "as given", "standardised"]

SCALES: tuple[Scale, ...] = get_args(Scale)

TOO_LARGE, TOO_SMALL = 1e2, 1e-6
"""A column whose deviation is over or under so many times the median's is in another unit. Much
below the median lie columns that hardly vary, too, as pixels at the edge do: they stay small.
"""

CONSTANT = 1e-12
"""A column whose deviation is below this share of its mean's size is constant but for rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction:
    """Scores `(X - mean) V` (n, r) on the r leading principal directions of a view.

    mean : (d,), V : (d, r) divided by `unit`, the standard deviation along the first direction, so
    that scores are of scale 1, and by the units of the columns where these were scaled.
    explained : share of the view's variance in the r directions; variances : (r,) of the scores.
    scaled : positions of the columns that were scaled; constant : those of constant ones.
    """

    mean: np.ndarray
    V: np.ndarray
    unit: float
    explained: float
    variances: np.ndarray
    scaled: tuple[int, ...] = ()
    constant: tuple[int, ...] = ()

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Scores (n, r) of X (n, d)."""
        return (X - self.mean) @ self.V

    def all_scores(self, X: np.ndarray) -> np.ndarray:
        """`scores` of many rows X (n, d), some at a time: there is never a second copy of them."""
        parts = [self.scores(X[start : start + SLAB]) for start in range(0, len(X), SLAB)]
        return np.concatenate(parts)

    def leading(self, r: int) -> Reduction:
        """The r leading of these directions, or all where they are fewer."""
        share = float(self.variances[:r].sum() / self.variances.sum())
        return replace(
            self, V=self.V[:, :r], explained=self.explained * share, variances=self.variances[:r]
        )


class Reducing:
    """The moments of one view, added slab by slab, and the reduction they make.

    While there are fewer rows than features the rows themselves are held: they are smaller, and
    quicker to factorise, than a matrix of features by features.
    """

    def __init__(self, d: int) -> None:
        self.n, self.d = 0, d
        self._rows: list[np.ndarray] = []
        self._shift, self._sum = np.zeros(d), np.zeros(d)
        self._gram: np.ndarray | None = None

    def add(self, X: np.ndarray) -> Iterator[None]:
        """Add rows X (n, d), pausing after every slab."""
        for start in range(0, len(X), SLAB):
            self._rows.append(X[start : start + SLAB])
            self.n += len(self._rows[-1])
            self._condense()
            yield

    def merge(self, other: Reducing) -> None:
        """Add the rows that another has been given, and leave it as it is."""
        self.n += other.n
        if other._gram is None:
            self._rows += other._rows
        elif self._gram is None:
            self._gram, self._sum = other._gram.copy(), other._sum.copy()
            self._shift = other._shift
        else:
            rows = other.n  # all of which are in its sums
            move = other._shift - self._shift
            cross = np.outer(move, other._sum + rows * move / 2)
            self._gram = self._gram + other._gram + cross + cross.T
            self._sum = self._sum + other._sum + rows * move
        self._condense()

    def _condense(self) -> None:
        """Turn the rows held into moments, once there are as many rows as features."""
        if self._gram is None and self.n >= self.d:
            self._gram = np.zeros((self.d, self.d))
            self._shift = self._rows[0][0].copy()  # a large offset would swamp the variance
        if self._gram is not None:
            for rows in self._rows:
                part = rows - self._shift
                self._sum += part.sum(0)
                self._gram += part.T @ part
            self._rows = []

    def reduction(
        self, name: str, components: int = COMPONENTS, scale: Scale = "as given"
    ) -> Reduction:
        """Principal directions of all rows added: at most `components`, and two fewer than rows.

        None below the numerical rank. scale : what is done to the units of columns, see
        `column_units`. ValueError where the view, which the error calls by its name, is constant.
        """
        most = min(components, max(1, self.n - 2), self.d)
        if self._gram is None:
            X, mean = linalg.centred(np.concatenate(self._rows))
            deviations = np.sqrt((X**2).mean(0))
        else:
            offset = self._sum / self.n
            mean = self._shift + offset
            S = self._gram / self.n - np.outer(offset, offset)
            deviations = np.sqrt(np.maximum(np.diagonal(S), 0.0))
        deviations = np.where(deviations > CONSTANT * np.abs(mean), deviations, 0.0)
        if not deviations.any():
            raise InputError(
                "diagnose",
                f"{name} is constant, every row is the same: check which columns were chosen",
            )
        units = column_units(deviations, scale)
        if self._gram is None:
            V, s = linalg.leading_directions(X / units, most)
            variances, total = s**2 / self.n, float(((X / units) ** 2).sum() / self.n)
        else:
            variances, V = linalg.leading_eigen(S / np.outer(units, units), most)
            total = float(((deviations / units) ** 2).sum())
        # a Gram matrix knows its eigenvalues to rounding of the largest one, not below
        kept = int(np.count_nonzero(variances > linalg.RCOND * variances[0]))
        unit = float(variances[0]) ** 0.5
        varies = np.isfinite(units)
        return Reduction(
            mean=mean,
            V=V[:, :kept] / units[:, None] / unit,
            unit=unit,
            explained=min(1.0, float(variances[:kept].sum() / total)),
            variances=variances[:kept] / unit**2,
            scaled=tuple(np.flatnonzero(varies & (units != 1.0)).tolist()),
            constant=tuple(np.flatnonzero(~varies).tolist()),
        )


def column_units(deviations: np.ndarray, scale: Scale) -> np.ndarray:
    """What each column is divided by (d,), from the standard deviations (d,) of all of them.

    "as given": 1. "standardised": its own deviation. "auto": 1, but a column whose deviation is
    over `TOO_LARGE` or under `TOO_SMALL` times the median is in another unit, and is brought to
    the median. Infinite for constant columns: they are left out.
    """
    units = np.ones(len(deviations))
    varies = deviations > 0
    if scale == "standardised":
        units[varies] = deviations[varies]
    elif scale == "auto":
        median = float(np.median(deviations[varies]))
        ratio = np.where(varies, deviations, median) / median
        other = (ratio > TOO_LARGE) | (ratio < TOO_SMALL)
        units[other] = ratio[other]
    units[~varies] = np.inf
    return units


def fewer_components(components: int, n: int) -> int:
    """How many components of n rows a verdict looks at: `ROWS_PER_COMPONENT` rows for each."""
    return min(components, max(1, n // ROWS_PER_COMPONENT))
