"""Moments of pairs and labels by block of rows, from which any half of the rows is resampled.

Rows are assigned to blocks by the seed and their row number only, so the same rows form the same
blocks whatever the chunks. The moments of any subset of blocks are sums over these blocks.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from alignlab import linalg

BLOCKS = 32
"""Number of blocks; halves of this many blocks resample as well as halves of the rows."""

FOLDS = 4
"""Number of cross-validation folds into which the blocks are divided."""

RIDGE = 1e-6
"""Ridge that `whitening` adds to the variances, in units of their mean."""


class Dealer:
    """Assigns consecutive rows to blocks: each run of `BLOCKS` rows has one row in every block."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 1])
        self._left = np.empty(0, dtype=np.int64)

    def deal(self, rows: int) -> np.ndarray:
        """The blocks (rows,) of the next rows."""
        runs = -(-max(rows - len(self._left), 0) // BLOCKS)
        dealt = np.argsort(self._rng.random((runs, BLOCKS)), axis=1).ravel()
        dealt = np.concatenate([self._left, dealt])
        self._left = dealt[rows:]
        return dealt[:rows]


@dataclass(frozen=True, kw_only=True, eq=False)
class OfViews:
    """Covariances (normalised by n) of r subsets of the rows, along the leading axis.

    xx : (r, d1, d1), yy : (r, d2, d2), xy : (r, d1, d2). n : (r,) numbers of rows.
    """

    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray
    n: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Covariances(OfViews):
    """Covariances of the views, and those with the labels.

    xl : (r, d1, p), yl : (r, d2, p), ll : (r, p, p), of the labelled rows. labelled : (r,) their
    numbers.
    """

    xl: np.ndarray
    yl: np.ndarray
    ll: np.ndarray
    labelled: np.ndarray


class BlockMoments:
    """Sums of products by block, of x (n, d1), y (n, d2) and labels L (n, p), added in chunks.

    p may be 0. The columns should be roughly centred and of similar scale, to avoid cancellation.
    """

    def __init__(self, d1: int, d2: int, p: int) -> None:
        self.d1, self.d2, self.p = d1, d2, p
        self._ridge = np.zeros(d1 + d2)
        self._pairs = np.zeros((BLOCKS, d1 + d2 + 1, d1 + d2 + 1))
        self._labels = np.zeros((BLOCKS, d1 + d2 + p + 1, p + 1))

    def add(
        self, x: np.ndarray, y: np.ndarray, L: np.ndarray, known: np.ndarray, blocks: np.ndarray
    ) -> None:
        """Add rows x (n, d1) and y (n, d2) with labels L (n, p) and their blocks (n,).

        Only rows that are `known` (n,) have a label.
        """
        views = np.hstack([x, y, np.ones((len(x), 1))])
        for block in range(BLOCKS):
            rows = blocks == block
            self._pairs[block] += views[rows].T @ views[rows]
        self._add_labels(x, y, L, known, blocks)

    def relabelled(
        self, x: np.ndarray, y: np.ndarray, L: np.ndarray, known: np.ndarray, blocks: np.ndarray
    ) -> BlockMoments:
        """The same pairs with other labels; arguments as for `add`, for all rows at once.

        x : (n, d1), y : (n, d2), L : (n, p), known : (n,), blocks : (n,).
        """
        other = BlockMoments(self.d1, self.d2, L.shape[1])
        other._pairs, other._ridge = self._pairs, self._ridge
        other._add_labels(x, y, L, known, blocks)
        return other

    def leading(self, d1: int, d2: int) -> BlockMoments:
        """Moments of the d1 and d2 leading columns of x and y; `self` if these are all."""
        if (d1, d2) == (self.d1, self.d2):
            return self
        views = np.r_[:d1, self.d1 : self.d1 + d2]
        rest = np.arange(self.d1 + self.d2, self.d1 + self.d2 + self.p + 1)
        other = BlockMoments(d1, d2, self.p)
        pairs, labels = np.r_[views, self.d1 + self.d2], np.r_[views, rest]
        other._pairs = self._pairs[:, pairs[:, None], pairs]
        other._labels = self._labels[:, labels]
        other._ridge = self._ridge[views]
        return other

    def ridged(self, ridge: float) -> BlockMoments:
        """These moments with `ridge` times the mean variance of a view added to its variances."""
        S = self.covariances(np.ones((1, BLOCKS)))
        means = (np.trace(M[0]) / len(M[0]) for M in (S.xx, S.yy))
        other = copy(self)
        other._ridge = self._ridge + ridge * np.repeat([*means], [self.d1, self.d2])
        return other

    @property
    def ridge(self) -> tuple[float, float]:
        """The ridge added to the variances of x and of y."""
        return float(self._ridge[0]), float(self._ridge[-1])

    def _add_labels(
        self, x: np.ndarray, y: np.ndarray, L: np.ndarray, known: np.ndarray, blocks: np.ndarray
    ) -> None:
        labels = np.hstack([x, y, L, np.ones((len(x), 1))])
        for block in range(BLOCKS):
            rows = (blocks == block) & known
            self._labels[block] += labels[rows].T @ labels[rows, self.d1 + self.d2 :]

    def merge(self, other: BlockMoments) -> None:
        """Add the rows of another instance."""
        self._pairs = self._pairs + other._pairs
        self._labels = self._labels + other._labels

    def rows(self) -> np.ndarray:
        """Number of rows by block."""
        return self._pairs[:, -1, -1]

    def sums(self, chosen: np.ndarray) -> np.ndarray:
        """Sums of products of the views (r, d1 + d2 + 1, d1 + d2 + 1) over subsets of the blocks.

        chosen (r, BLOCKS) is 0 or 1. Sums of the complement are obtained by subtraction.
        """
        return np.tensordot(chosen.astype(np.float64), self._pairs, 1)

    def of_views(self, sums: np.ndarray) -> OfViews:
        """Covariances of the views only, from their sums (r, d1 + d2 + 1, d1 + d2 + 1)."""
        y, n = slice(self.d1, None), sums[:, -1, -1]
        S = _centred(sums, n)
        np.einsum("...ii->...i", S)[:] += self._ridge  # a view of the diagonals
        return OfViews(
            xx=S[:, : self.d1, : self.d1], yy=S[:, y, y], xy=S[:, : self.d1, y], n=n
        )  # fmt: skip

    def covariances(self, chosen: np.ndarray) -> Covariances:
        """Covariances of subsets of the blocks; chosen (r, BLOCKS) is 0 or 1."""
        d = self.d1 + self.d2
        labels = np.tensordot(chosen.astype(np.float64), self._labels, 1)
        labelled = labels[:, -1, -1]
        SL = _centred(labels, labelled)
        views = self.of_views(self.sums(chosen))
        return Covariances(
            xx=views.xx,
            yy=views.yy,
            xy=views.xy,
            n=views.n,
            xl=SL[:, : self.d1],
            yl=SL[:, self.d1 : d],
            ll=SL[:, d:],
            labelled=labelled,
        )


def _centred(sums: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Covariances from sums of products whose last row and column are plain sums."""
    count = np.maximum(count, 1.0)[:, None, None]
    mean_left, mean_right = sums[:, :-1, -1:] / count, sums[:, -1:, :-1] / count
    return sums[:, :-1, :-1] / count - mean_left * mean_right


def folds(rng: np.random.Generator) -> np.ndarray:
    """A random division of the blocks into folds: (FOLDS, BLOCKS), 1 where a block is held out."""
    held = np.zeros((FOLDS, BLOCKS))
    held[np.arange(BLOCKS) % FOLDS, rng.permutation(BLOCKS)] = 1.0
    return held


def whitening(S: np.ndarray) -> np.ndarray:
    """`(S + RIDGE s I)^-1/2` of every S (r, d, d), where s is its mean variance.

    0 if S is zero up to rounding: a subset of rows may not vary at all in these columns, whose
    scale is 1 over all rows.
    """
    variances, V = linalg.symmetric_eigen(S)
    mean = variances.mean(-1, keepdims=True)
    level = np.where(mean > linalg.RCOND, np.maximum(variances, 0.0) + RIDGE * mean, np.inf)
    return (V * level[..., None, :] ** -0.5) @ V.mT


def roots(S: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`S^-1/2`, `S^1/2` and log S (..., d, d) within the span of S, the last with trace zero there.

    A subset of rows may not vary in a direction in which all rows vary; it is then outside the
    span. Scores have scale 1 (`reduction.Reduction`), so variances far below 1 are rounding error.
    """
    variances, V = linalg.symmetric_eigen(S)
    there = variances > linalg.RCOND * np.maximum(variances[..., :1], 1.0)
    variances = np.where(there, variances, 1.0)
    G = np.log(variances)
    G = G - G.sum(-1, keepdims=True) / np.maximum(there.sum(-1, keepdims=True), 1)
    powers = (there * variances**-0.5, there * variances**0.5, there * G)
    inverse, root, G = ((V * power[..., None, :]) @ V.mT for power in powers)
    return inverse, root, G


def heavy_tails(x: np.ndarray, y: np.ndarray, moments: BlockMoments) -> float:
    """Noise of `C = Sxx^-1/2 Sxy Syy^-1/2` relative to that of Gaussian rows, at least 1.

    The mean of `|x|^2 |y|^2` over whitened rows x (n, d1) and y (n, d2), divided by the product of
    the means of `|x|^2` and `|y|^2`: C is as noisy as that of n divided by this factor Gaussian
    rows.
    """
    S = moments.covariances(np.ones((1, BLOCKS)))
    a, b = ((((V - V.mean(0)) @ whitening(M)[0]) ** 2).sum(1) for V, M in ((x, S.xx), (y, S.yy)))
    size = float(a.mean() * b.mean())
    return max(1.0, float((a * b).mean()) / size) if size > 0 else 1.0


def halves(count: int, seed: int) -> np.ndarray:
    """Random halves of the blocks, (count, BLOCKS) of 0 and 1.

    An estimate from half of the rows varies around that of all rows as much as the latter around
    the truth, since 1/(n/2) - 1/n = 1/n: intervals need no rescaling (delete-half jackknife).
    """
    rng = np.random.default_rng([seed, 2])
    return (np.argsort(rng.random((count, BLOCKS)), axis=1) < BLOCKS // 2).astype(np.float64)
