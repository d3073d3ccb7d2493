"""The two passes of `diagnose` over the rows; partial results can be merged.

The first computes the principal components and how labels are read, the second moments by block.
Both take rows in any number of calls. `merge` adds the result of another instance for the rows that
follow, and leaves that instance unchanged.
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
"""Minimum number of pairs."""

SCORED = 5000
"""Maximum number of labelled rows kept for the held-out scores."""


class Survey:
    """First pass: number of rows, moments of each view, and a summary of the labels.

    kind : how labels are to be read. scheme : None without labels. differ : whether the views are
    not identical.
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
        """Add the result of the rows that follow; both have labels or neither."""
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
        """ValueError for too few rows, identical views, or labels without information."""
        check_count(self.n)
        if not self.differ:
            raise InputError("diagnose", "X and Y are identical: give two different views")
        if self.scheme is not None:
            self.scheme.check()


class Gathering:
    """Second pass: moments of scores and labels by block, and the scores of some rows.

    moments : by block. kept : scores (k, d1), (k, d2) of the rows requested, and their labels
    (k, p), NaN where there are none.
    labelled : `SCORED` labelled rows drawn at random, or all if fewer.
    """

    def __init__(
        self,
        x: Reduction,
        y: Reduction,
        scheme: LabelColumns | None,
        seed: int = 0,
        start: int = 0,
    ) -> None:
        """Start at row number `start`, if rows are gathered in several parts."""
        self.x, self.y, self.scheme = x, y, scheme
        p = 0 if scheme is None else scheme.width
        self.moments = BlockMoments(x.V.shape[1], y.V.shape[1], p)
        self._kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._sample: list[tuple[np.ndarray, ...]] = []
        self._lots = lots(seed, start)

    def add(
        self, X: np.ndarray, Y: np.ndarray, labels: object, dealer: Dealer, keep: np.ndarray
    ) -> Iterator[None]:
        """Add rows X (n, d1), Y (n, d2) and their labels, pausing often.

        keep : (k,), indices among these rows of the ones to keep.
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
            told = np.where(known[here, None], L[here], np.nan)
            self._kept.append((x[here], y[here], told))
            yield

    def merge(self, other: Gathering) -> None:
        """Add the result of the rows that follow."""
        self.moments.merge(other.moments)
        self._kept += other._kept
        self._sample += other._sample
        self._draw()

    def _draw(self) -> None:
        """Keep only the `SCORED` lowest lots, once twice as many rows are held."""
        if sum(len(part[0]) for part in self._sample) > 2 * SCORED:
            self._sample = [self._drawn()]

    def _drawn(self) -> tuple[np.ndarray, ...]:
        joined = tuple(np.concatenate(part) for part in zip(*self._sample, strict=True))
        low = lowest(joined[-1])
        return tuple(part[low] for part in joined)

    @property
    def kept(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, y, L = (np.concatenate(part) for part in zip(*self._kept, strict=True))
        return x, y, L

    @property
    def labelled(self) -> Labelled | None:
        """The sample of labelled rows; None without labels."""
        if self.scheme is None:
            return None
        x, y, L, blocks, _ = self._drawn()
        return Labelled(x=x, y=y, L=L, blocks=blocks, parts=self.scheme.parts)


def lots(seed: int, start: int = 0) -> np.random.Generator:
    """A generator of one random number per row, from row `start` on, whatever the chunks.

    The `SCORED` labelled rows with the lowest numbers are the sample for the held-out scores.
    """
    bits = np.random.PCG64(np.random.SeedSequence([seed, 16]))
    return np.random.Generator(bits.advance(start))


def lowest(drawn: np.ndarray) -> np.ndarray:
    """Mask (n,) of the `SCORED` lowest numbers in `drawn` (n,); all if fewer."""
    if len(drawn) <= SCORED:
        return np.ones(len(drawn), dtype=bool)
    return drawn <= np.partition(drawn, SCORED - 1)[SCORED - 1]


def check_rows(x: int, y: int, labels: int | None) -> None:
    """ValueError if X, Y and the labels have different numbers of rows."""
    if x != y:
        raise InputError(
            "diagnose",
            f"X has {x} rows and Y has {y}: row i of both must be the same "
            "sample; drop the rows without a partner",
        )
    if labels is not None and labels != x:
        raise InputError(
            "diagnose",
            f"there are {labels} labels for {x} rows: give one per "
            "row, NaN or None where it is missing",
        )


def check_width(d: int, before: int, name: str) -> None:
    """ValueError if a chunk has a different number of columns than previous chunks."""
    if d != before:
        raise InputError(
            "diagnose",
            f"{name} has {d} columns in a chunk and {before} in those before: every chunk "
            "must have the same columns",
        )


def check_again(n: int, first: int) -> None:
    """ValueError if the second pass read a different number of rows than the first."""
    if n != first:
        raise InputError(
            "diagnose",
            f"the chunks held {first:,} rows when they were read first and {n:,} when they were "
            "read again: return all chunks at each call, not the rest of a used iterator",
        )


def check_count(n: int) -> None:
    """ValueError for fewer than `FEWEST` rows."""
    if n < FEWEST:
        raise InputError(
            "diagnose", f"{n} pairs are too few to tell signal from chance: give at least {FEWEST}"
        )
