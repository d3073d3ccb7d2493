"""The two passes over the rows that `diagnose` makes; what they find in parts adds up.

The first finds the principal components and what the labels are, the second moments by block. Both
take rows in any number of calls, and `merge` what another found in the rows that follow, which it
leaves as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import numpy as np

from alignlab.checks import InputError
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind
from alignlab.data.label_values import as_labels
from alignlab.diagnosis.block_moments import BlockMoments, Dealer
from alignlab.diagnosis.label_scores import Labelled
from alignlab.diagnosis.reduction import SLAB, Reducing, Reduction

FEWEST = 30
"""Fewer pairs than this are refused."""

SCORED = 5000
"""At most so many labelled rows are held for the held-out scores."""


class Survey:
    """First pass: number of rows, moments of each view, and what labels there are.

    kind : as what labels are to be read. scheme : None without labels. differ : whether the
    views are not the same numbers.
    """

    def __init__(self, kind: Kind = None) -> None:
        self.kind = kind
        self.views: list[Reducing] = []
        self.scheme: LabelColumns | None = None
        self.differ = False

    @property
    def n(self) -> int:
        return self.views[0].n if self.views else 0

    def add(self, X: np.ndarray, Y: np.ndarray, labels: object) -> Iterator[None]:
        """Add rows X (n, d1), Y (n, d2) and their labels, pausing often."""
        if not self.views:
            self.views = [Reducing(X.shape[1]), Reducing(Y.shape[1])]
            self.scheme = None if labels is None else LabelColumns(kind=self.kind)
        if (labels is None) != (self.scheme is None):
            raise InputError("diagnose", "some chunks have labels and some have none: give NaN "
                             "or None for labels that are missing")  # fmt: skip
        for view, rows, name in zip(self.views, (X, Y), "XY", strict=True):
            check_width(rows.shape[1], view.d, name)
        if self.scheme is not None:
            self.scheme.see(labels)
        self.differ = self.differ or X.shape != Y.shape or not np.array_equal(X, Y)
        for view, rows in zip(self.views, (X, Y), strict=True):
            yield from view.add(rows)

    def merge(self, other: Survey) -> None:
        """Add what was found in the rows that follow; both have labels or neither."""
        if not other.views:
            return
        if not self.views:
            other = deepcopy(other)
            self.views, self.scheme, self.differ = other.views, other.scheme, other.differ
            return
        for view, more in zip(self.views, other.views, strict=True):
            view.merge(more)
        if self.scheme is not None and other.scheme is not None:
            self.scheme.merge(other.scheme)
        self.differ = self.differ or other.differ

    def check(self) -> None:
        """ValueError for too few rows, identical views, or labels that can tell nothing."""
        check_count(self.n)
        if not self.differ:
            raise InputError("diagnose", "X and Y are identical: give two different views")
        if self.scheme is not None:
            self.scheme.check()


class Gathering:
    """Second pass: moments of scores and labels by block, and the scores of some rows.

    moments : by block. kept : scores (k, d1), (k, d2) of the rows that were asked for.
    labelled : `SCORED` labelled rows drawn at random, all of them where they are fewer.
    """

    def __init__(
        self,
        x: Reduction,
        y: Reduction,
        scheme: LabelColumns | None,
        seed: int = 0,
        start: int = 0,
    ) -> None:
        """Start at row number `start`, for rows that are gathered in several parts."""
        self.x, self.y, self.scheme = x, y, scheme
        p = 0 if scheme is None else scheme.width
        self.moments = BlockMoments(x.V.shape[1], y.V.shape[1], p)
        self._kept: list[tuple[np.ndarray, np.ndarray]] = []
        self._sample: list[tuple[np.ndarray, ...]] = []
        self._lots = lots(seed, start)

    def add(
        self, X: np.ndarray, Y: np.ndarray, labels: object, dealer: Dealer, keep: np.ndarray
    ) -> Iterator[None]:
        """Add rows X (n, d1), Y (n, d2) and their labels, pausing often.

        keep : (k,), the places among them of rows to keep.
        """
        cells = None if labels is None else as_labels(labels, "diagnose")
        for first in range(0, len(X), SLAB):
            rows = slice(first, first + SLAB)
            x, y = self.x.scores(X[rows]), self.y.scores(Y[rows])
            L, known = np.empty((len(x), 0)), np.zeros(len(x), dtype=bool)
            if self.scheme is not None and cells is not None:
                L, known = self.scheme.columns(cells[rows])
            blocks = dealer.deal(len(x))
            self.moments.add(x, y, L, known, blocks)
            drawn = self._lots.random(len(x))
            self._sample.append(tuple(part[known] for part in (x, y, L, blocks, drawn)))
            self._draw()
            here = keep[(keep >= first) & (keep < first + len(x))] - first
            self._kept.append((x[here], y[here]))
            yield

    def merge(self, other: Gathering) -> None:
        """Add what was found in the rows that follow."""
        self.moments.merge(other.moments)
        self._kept += other._kept
        self._sample += other._sample
        self._draw()

    def _draw(self) -> None:
        """Let go of what is not among the lowest lots, once there is twice as much."""
        if sum(len(part[0]) for part in self._sample) > 2 * SCORED:
            self._sample = [self._drawn()]

    def _drawn(self) -> tuple[np.ndarray, ...]:
        joined = tuple(np.concatenate(part) for part in zip(*self._sample, strict=True))
        low = lowest(joined[-1])
        return tuple(part[low] for part in joined)

    @property
    def kept(self) -> tuple[np.ndarray, np.ndarray]:
        x, y = (np.concatenate(part) for part in zip(*self._kept, strict=True))
        return x, y

    @property
    def labelled(self) -> Labelled | None:
        """The sample of labelled rows; None without labels."""
        if self.scheme is None:
            return None
        x, y, L, blocks, _ = self._drawn()
        return Labelled(x=x, y=y, L=L, blocks=blocks, parts=self.scheme.parts)


def lots(seed: int, start: int = 0) -> np.random.Generator:
    """Draws one number a row, from row `start` on, the same however the rows are cut.

    The labelled rows of the `SCORED` lowest are the sample for the held-out scores.
    """
    bits = np.random.PCG64(np.random.SeedSequence([seed, 16]))
    return np.random.Generator(bits.advance(start))


def lowest(drawn: np.ndarray) -> np.ndarray:
    """Which (n,) of the lots drawn are the `SCORED` lowest; all where they are fewer."""
    if len(drawn) <= SCORED:
        return np.ones(len(drawn), dtype=bool)
    return drawn <= np.partition(drawn, SCORED - 1)[SCORED - 1]


def check_rows(x: int, y: int, labels: int | None) -> None:
    """ValueError where the numbers of rows of X, of Y and of the labels differ."""
    if x != y:
        raise InputError(
            "diagnose",
            f"X has {x} rows and Y has {y}: row i of both must be the same "
            "thing; drop the rows without a partner",
        )
    if labels is not None and labels != x:
        raise InputError(
            "diagnose",
            f"there are {labels} labels for {x} rows: give one a "
            "row, NaN or None where it is missing",
        )


def check_width(d: int, before: int, name: str) -> None:
    """ValueError where a chunk has another number of columns than those before."""
    if d != before:
        raise InputError(
            "diagnose",
            f"{name} has {d} columns in a chunk and {before} in those before: give every "
            "chunk the same columns",
        )


def check_again(n: int, first: int) -> None:
    """ValueError where the second reading found another number of rows than the first."""
    if n != first:
        raise InputError(
            "diagnose",
            f"the chunks held {first:,} rows when they were read first and {n:,} when "
            "they were read again: return them anew at each call, not what is left of one iterator",
        )


def check_count(n: int) -> None:
    """ValueError for fewer than `FEWEST` rows."""
    if n < FEWEST:
        raise InputError(
            "diagnose", f"{n} pairs are too few to tell signal from chance: bring at least {FEWEST}"
        )
