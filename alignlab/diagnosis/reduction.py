"""Views reduced to their leading principal components, computed from chunks of rows in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError

COMPONENTS = 100
"""Default maximum number of principal components kept of a view, as in the paper."""

ROWS_PER_COMPONENT = 5
"""With fewer rows than this per component, moments of halves of the rows are near singular."""

SLAB = 4096
"""Number of rows processed at a time."""

Scale = Literal["auto", "as given", "standardised"]

SCALES: tuple[Scale, ...] = get_args(Scale)

TOO_LARGE, TOO_SMALL = 1e2, 1e-6
"""A column whose standard deviation is above or below these multiples of the median is assumed to
be in another unit. The lower limit is far below the median, since columns that hardly vary, such as
pixels at the edge, should stay small.
"""

CONSTANT = 1e-12
"""A column is constant up to rounding if its standard deviation is at most this fraction of its
absolute mean."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction:
    """Scores `(X - mean) V` (n, r) on the r leading principal directions of a view.

    mean : (d,), V : (d, r) divided by `unit`, the standard deviation along the first direction, so
    that scores have scale 1, and by the units of the columns that were scaled.
    explained : fraction of the view's variance in the r directions; variances : (r,) of the scores.
    scaled : indices of the columns that were scaled; constant : those of constant columns.
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
        """`scores` of many rows X (n, d), computed in slabs to avoid a second copy of X."""
        parts = [self.scores(X[start : start + SLAB]) for start in range(0, len(X), SLAB)]
        return np.concatenate(parts)

    def leading(self, r: int) -> Reduction:
        """The r leading directions, or all if fewer."""
        share = float(self.variances[:r].sum() / self.variances.sum())
        return replace(
            self, V=self.V[:, :r], explained=self.explained * share, variances=self.variances[:r]
        )


class Reducing:
    """The moments of one view, accumulated slab by slab, and the resulting reduction.

    As long as there are fewer rows than features, the rows themselves are kept: they are smaller,
    and faster to factorise, than the (d, d) moment matrix.
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
        """Add the rows of another instance, which is left unchanged."""
        self.n += other.n
        if other._gram is None:
            self._rows += other._rows
        elif self._gram is None:
            self._gram, self._sum = other._gram.copy(), other._sum.copy()
            self._shift = other._shift
        else:
            rows = other.n  # all are in its sums
            move = other._shift - self._shift
            cross = np.outer(move, other._sum + rows * move / 2)
            self._gram = self._gram + other._gram + cross + cross.T
            self._sum = self._sum + other._sum + rows * move
        self._condense()

    def _condense(self) -> None:
        """Convert the rows to moments, once there are as many rows as features."""
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
        """Principal directions of all rows added: at most `components`, and at most n - 2.

        Directions beyond the numerical rank are dropped. scale : units of the columns, see
        `column_units`. ValueError, naming the view `name`, if the view is constant.
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
        # eigenvalues of a Gram matrix are accurate only up to rounding of the largest one
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
    """The divisor of each column (d,), from the standard deviations (d,) of all columns.

    "as given": 1. "standardised": its standard deviation. "auto": 1, but a column whose deviation
    is above `TOO_LARGE` or below `TOO_SMALL` times the median is scaled to the median. Infinite for
    constant columns, which are left out.
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
    """Number of components a verdict uses with n rows: one per `ROWS_PER_COMPONENT` rows."""
    return min(components, max(1, n // ROWS_PER_COMPONENT))
