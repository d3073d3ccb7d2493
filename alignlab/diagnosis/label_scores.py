"""Held-out label scores of every representation, by cross-validation.

The blocks of rows are divided into folds, several times. The rows of a fold are scored by models
fitted on all other folds: CA and CP on the moments of all their rows, labelled or not, and a linear
probe on their labelled rows. Classes are predicted by linear discriminant analysis with shrunk
covariance (balanced accuracy); numbers, and several columns, by ridge regression (mean R^2 of the
label columns; for a column of classes, the fraction of its variance that is explained). The scores
need no further pass over the data.

With k shared dimensions a probe uses

- x alone, y alone, x and y: principal components, no training;
- CA: the concatenated projections of both views, 2k numbers; CA of x, CA of y: those of one view,
  for when the other will be missing;
- CP, CP reversed: the bottleneck of the source, 2k numbers but at most as many as the smaller view
  has, which is the rank of the regression.

Differences between two of these are paired, row by row: both are scored on the same rows.

Source: the comparison of "When to Align, When to Predict", Table 1, with closed forms in place of
trained heads. Shrinkage: Chen, Wiesel, Eldar and Hero, "Shrinkage Algorithms for MMSE Covariance
Estimation", 2010 (OAS).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from alignlab import linalg
from alignlab.diagnosis.block_moments import BLOCKS, BlockMoments, folds, whitening

UNTRAINED = ("x alone", "y alone", "x and y")
TRAINED = ("CA", "CP", "CP reversed", "CA of x", "CA of y")
METHODS = (*UNTRAINED, *TRAINED)

DIVISIONS = 6
"""Number of random divisions of the blocks into folds."""

PENALTIES = tuple(np.logspace(-3, 3, 7))
"""Penalties of the ridge probe, in units of a feature's variance; the best one is used."""

CURVE = 2
"""Number of divisions in which dimensions other than that of the comparison are scored."""

FEWEST = 20
"""Minimum number of labelled rows for scores."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Labelled rows with the scores of both views: x (m, d1), y (m, d2), labels L (m, p).

    blocks : (m,), the block of each row. parts : for each label column, its columns of L and
    whether they are class indicators (`LabelColumns.parts`).
    """

    x: np.ndarray
    y: np.ndarray
    L: np.ndarray
    blocks: np.ndarray
    parts: tuple[tuple[slice, bool], ...]

    @property
    def classes(self) -> bool:
        """Whether the labels are a single column of classes, so rows can be classified."""
        return len(self.parts) == 1 and self.parts[0][1]

    @property
    def dimension(self) -> int:
        """Dimension of the label subspace: classes minus one, plus one per column of numbers."""
        return max(1, self.L.shape[1] - sum(classes for _, classes in self.parts))

    def weights(self) -> np.ndarray:
        """Weights (m,) of the rows, with sum 1: every class has equal weight."""
        if not self.classes:
            return np.full(len(self.L), 1 / len(self.L))
        sizes = self.L.sum(0)
        return (self.L @ (1 / np.maximum(sizes, 1))) / np.count_nonzero(sizes)

    def leading(self, d1: int, d2: int) -> Labelled:
        """The d1 and d2 leading components only."""
        return replace(self, x=self.x[:, :d1], y=self.y[:, :d2])


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelScores:
    """Held-out label scores of representations, by method and shared dimension k.

    metric : "balanced accuracy" or "R²". chance : score at chance level. rows : number of labelled
    rows that were scored. k : the dimension at which methods are compared.
    methods, dimensions : of each of the c representations; without training, the dimension is the
        number of components. values : (c,) mean scores. covariance : (c, c), of the errors of
        these means, for paired differences. divided : (divisions, c), the scores of every division
        into folds, NaN if a dimension was not scored in it.
    """

    metric: str
    chance: float
    rows: int
    k: int
    methods: tuple[str, ...]
    dimensions: tuple[int, ...]
    values: np.ndarray
    covariance: np.ndarray
    divided: np.ndarray

    def place(self, method: str, k: int | None = None) -> int:
        """Index of the representation of a method at dimension k (default: `self.k`)."""
        if method in UNTRAINED:
            return self.methods.index(method)
        k = self.k if k is None else k
        return next(i for i, one in enumerate(zip(self.methods, self.dimensions, strict=True))
                    if one == (method, k))  # fmt: skip

    def best(self, method: str) -> int:
        """Index of the representation of a method at its best-scoring dimension."""
        own = [i for i, name in enumerate(self.methods) if name == method]
        return max(own, key=lambda i: np.nan_to_num(self.values[i], nan=-np.inf))

    def error(self, i: int) -> float:
        """Standard error of a score."""
        return float(np.sqrt(self.covariance[i, i]))

    def difference(self, i: int, j: int) -> tuple[float, float]:
        """Score i minus score j and its standard error, paired row by row."""
        S = self.covariance
        variance = max(float(S[i, i] + S[j, j] - 2 * S[i, j]), 0.0)
        return float(self.values[i] - self.values[j]), variance**0.5

    def restless(self, i: int, j: int) -> float:
        """Variation of the difference of scores i and j over the divisions into folds.

        The standard error of its mean over divisions; 0 for one division.
        """
        differences = self.divided[:, i] - self.divided[:, j]
        count = len(differences)
        return float(differences.std(ddof=1) / count**0.5) if count > 1 else 0.0


def _mean_of_scored(found: np.ndarray) -> np.ndarray:
    """Means over the divisions (axis 0) in which a dimension was scored; NaN if in none."""
    scored = ~np.isnan(found[:, :1, :, :1])
    count = np.where(scored.any(0), scored.sum(0), np.nan)
    return np.where(scored, found, 0.0).sum(0) / count


def at_best_penalty(gains: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From gains (penalties, c, m): the gains (c, m) at each c's best penalty, and its index (c,).

    weights : (m,) of the rows in the sum of gains.
    """
    best = np.nan_to_num(gains @ weights, nan=-np.inf).argmax(0)
    return np.take_along_axis(gains, best[None, :, None], 0)[0], best


def equal_dimension(labels: int, d1: int, d2: int) -> int:
    """The dimension k at which methods are compared: 1.5 times that of the label subspace.

    labels : dimension of the label subspace. The margin leaves room for a label direction that the
    views share less strongly than some nuisance direction.
    """
    return max(1, min(labels + labels // 2, d1, d2))


class Scoring:
    """Computes the scores of labelled rows: `run` in steps, then `result`.

    total : number of steps.
    """

    def __init__(
        self,
        moments: BlockMoments,
        labelled: Labelled,
        seed: int = 0,
        divisions: int = DIVISIONS,
        curve: int = CURVE,
    ) -> None:
        """From the moments of all rows, and the labelled rows among them, in the same blocks."""
        self.moments, self.labelled = moments, labelled
        d1, d2 = moments.d1, moments.d2
        self.k = equal_dimension(labelled.dimension, d1, d2)
        self._candidates = list(_candidates(d1, d2, self.k))
        self._rng = np.random.default_rng([seed, 15])
        self.total, self._curve = divisions, curve
        self._found: list[np.ndarray] = []

    def run(self) -> Iterator[None]:
        """Score the divisions of the blocks one by one."""
        probe = probe_of(self.labelled)
        for number in range(self.total):
            held = folds(self._rng)
            self._found.append(self._division(probe, held, whole=number < self._curve))
            yield

    def result(self) -> LabelScores:
        """The scores of all divisions."""
        found, weights = np.array(self._found), self.labelled.weights()  # (., penalties, c, m)
        gains, best = at_best_penalty(_mean_of_scored(found), weights)
        divided = np.take_along_axis(found @ weights, best[None, None, :], 1)[:, 0]
        values = gains @ weights
        spread = (gains - values[:, None]) * weights
        classes = self.labelled.classes
        return LabelScores(
            metric="balanced accuracy" if classes else "R²",
            chance=1 / self.labelled.L.shape[1] if classes else 0.0,
            rows=len(self.labelled.L),
            k=self.k,
            methods=tuple(name for name, _, _ in self._candidates),
            dimensions=tuple(k for _, k, _ in self._candidates),
            values=values,
            covariance=spread @ spread.T,
            divided=divided,
        )

    def _division(self, probe: Probe, held: np.ndarray, *, whole: bool) -> np.ndarray:
        """Gains (penalties, c, m) of every labelled row, by maps fitted on the other folds.

        held : (FOLDS, BLOCKS), see `block_moments.folds`. whole : whether all dimensions are
        scored; if not, gains at other dimensions than k are NaN.
        """
        labelled = self.labelled
        gains = np.full((probe.penalties, len(self._candidates), len(labelled.L)), np.nan)
        scored = [
            (at, columns)
            for at, (method, k, columns) in enumerate(self._candidates)
            if whole or k == self.k or method in UNTRAINED
        ]
        for fold, T in zip(held, _maps(self.moments, 1 - held), strict=True):
            rows = fold[labelled.blocks] > 0
            if not rows.any():
                continue
            Z = np.hstack([labelled.x[rows] @ T[0], labelled.y[rows] @ T[1]])
            fitted = probe.fitted(1 - fold, T)
            seen: dict[bytes, np.ndarray] = {}  # CP may use the same columns at several dimensions
            for at, columns in scored:
                key = columns.tobytes()
                if key not in seen:
                    seen[key] = fitted.gains(Z, columns, labelled.L[rows])
                gains[:, at, rows] = seen[key]
        return gains


def _candidates(d1: int, d2: int, k: int) -> Iterator[tuple[str, int, np.ndarray]]:
    """Method, dimension, and the columns of `_maps` that its probe uses."""
    most = min(d1, d2)
    width = d1 + 2 * most  # of x: components, canonical variates, predictors of y; then those of y
    x, y = np.arange(d1), width + np.arange(d2)
    yield "x alone", d1, x
    yield "y alone", d2, y
    yield "x and y", d1 + d2, np.r_[x, y]
    powers = (2**power for power in range(12))
    dimensions = sorted({*(one for one in powers if one < min(2 * k, most)), k, most})
    for one in dimensions:
        # a regression between the views has rank `most`: directions beyond it are arbitrary
        variates, predictors = np.arange(one), most + np.arange(min(2 * one, most))
        ca_x, ca_y = d1 + variates, width + d2 + variates
        yield "CA", one, np.r_[ca_x, ca_y]
        yield "CA of x", one, ca_x
        yield "CA of y", one, ca_y
        yield "CP", one, d1 + predictors
        yield "CP reversed", one, width + d2 + predictors


def _maps(moments: BlockMoments, chosen: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For every choice of blocks, the maps of x and of y, (d, d + 2 min(d1, d2)) each.

    Each map concatenates the identity, the canonical directions, and the predictors of the other
    view, leading directions first.
    """
    S = moments.of_views(moments.sums(chosen))
    to_x, to_y = whitening(S.xx), whitening(S.yy)
    half_x, half_y = to_x @ S.xy, S.xy @ to_y
    C = half_x @ to_y
    ca_x, ca_y = to_x @ _left_vectors(C), to_y @ _left_vectors(C.mT)
    cp, cp_reverse = to_x @ _left_vectors(half_x), to_y @ _left_vectors(half_y.mT)
    one_x, one_y = linalg.identity(S.xx), linalg.identity(S.yy)
    return [
        (np.hstack([one_x, ca_x[r], cp[r]]), np.hstack([one_y, ca_y[r], cp_reverse[r]]))
        for r in range(len(chosen))
    ]


def _left_vectors(C: np.ndarray) -> np.ndarray:
    """The left singular vectors (r, p, min(p, q)) of every C (r, p, q), leading first."""
    p, q = C.shape[1:]
    if p <= q:  # the eigenvectors of C C' are faster than an SVD of C
        return linalg.symmetric_eigen(C @ C.mT)[1]
    return linalg.singular_triplets(C, q)[0]


def probe_of(labelled: Labelled) -> Probe:
    """The probe that suits the labels."""
    return _Discriminant(labelled) if labelled.classes else _Ridge(labelled)


class Probe:
    """Moments of labelled rows by block; `fitted` on some of the blocks."""

    penalties = 1

    def __init__(self, labelled: Labelled) -> None:
        self.d1, self.p = labelled.x.shape[1], labelled.L.shape[1]
        d = self.d1 + labelled.y.shape[1]
        rows = np.hstack([labelled.x, labelled.y, labelled.L, np.ones((len(labelled.L), 1))])
        self._sums = np.zeros((BLOCKS, d + self.p + 1, d + self.p + 1))
        for block in np.unique(labelled.blocks):
            own = rows[labelled.blocks == block]
            self._sums[block] = own.T @ own

    def fitted(self, chosen: np.ndarray, T: tuple[np.ndarray, np.ndarray]) -> Fitted:
        """The probe fitted on the rows in the chosen blocks.

        chosen : (BLOCKS,), 0 or 1. T : maps (d1, w1) and (d2, w2) applied to the views first.
        """
        sums = np.tensordot(chosen, self._sums, 1)
        count = max(float(sums[-1, -1]), 1.0)
        d = len(sums) - self.p - 1
        total, labels = sums[:d, -1], sums[d:-1, -1]
        mean = _mapped(total[None] / count, T, self.d1)[0]
        second = _mapped(_mapped(sums[:d, :d] / count, T, self.d1).T, T, self.d1)
        cross = _mapped(sums[d:-1, :d] / count, T, self.d1)
        moments = _Moments(
            count=count,
            mean=mean,
            S=second - np.outer(mean, mean),
            labels=labels / count,
            cross=cross,
            ll=sums[d:-1, d:-1] / count,
        )
        return self._fit(moments)

    def _fit(self, moments: _Moments) -> Fitted:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class _Moments:
    """Moments of mapped labelled rows: count, mean (w,), covariance S (w, w), mean of the labels
    (p,), second moments cross (p, w) and ll (p, p).
    """

    count: float
    mean: np.ndarray
    S: np.ndarray
    labels: np.ndarray
    cross: np.ndarray
    ll: np.ndarray


def _mapped(A: np.ndarray, T: tuple[np.ndarray, np.ndarray], d1: int) -> np.ndarray:
    return np.hstack([A[:, :d1] @ T[0], A[:, d1:] @ T[1]])


class Fitted:
    """A probe fitted on some blocks; `gains` scores other rows."""

    def __init__(self, moments: _Moments) -> None:
        self.m = moments

    def gains(self, Z: np.ndarray, columns: np.ndarray, L: np.ndarray) -> np.ndarray:
        """Gains (penalties, rows) of rows Z (rows, w) with labels L (rows, p), using `columns`."""
        raise NotImplementedError


class _Discriminant(Probe):
    """Linear discriminant analysis with equal priors."""

    def _fit(self, moments: _Moments) -> Fitted:
        return _FittedDiscriminant(moments)


class _FittedDiscriminant(Fitted):
    def __init__(self, moments: _Moments) -> None:
        super().__init__(moments)
        self._there = moments.labels > 0
        shares = moments.labels[self._there]
        # class means relative to the mean of all rows
        self._means = moments.cross[self._there] / shares[:, None] - moments.mean
        self._within = moments.S - (self._means.T * shares) @ self._means
        self._freedom = max(moments.count - len(shares), 1.0)

    def gains(self, Z: np.ndarray, columns: np.ndarray, L: np.ndarray) -> np.ndarray:
        S = self._within[np.ix_(columns, columns)]
        spread = np.sqrt(np.maximum(np.diagonal(S), 0.0))
        seen = spread > linalg.RCOND * max(float(spread.max()), np.finfo(float).tiny)
        unit = np.where(seen, spread, np.inf)
        R = _shrunk(S / np.outer(unit, unit), self._freedom)
        means = self._means[:, columns] / unit
        B = linalg.solved(R, np.ascontiguousarray(means.T))
        told = (Z[:, columns] - self.m.mean[columns]) @ (B / unit[:, None])
        told -= 0.5 * (means * B.T).sum(1)
        named = np.flatnonzero(self._there)[told.argmax(1)]
        return L[np.arange(len(L)), named][None]


def _shrunk(R: np.ndarray, freedom: float) -> np.ndarray:
    """The covariance R (p, p) shrunk towards a multiple of the identity by the OAS formula."""
    p, trace = len(R), float(np.trace(R))
    if p == 1:
        return R + np.finfo(float).tiny
    square, mean = float((R**2).sum()), trace / p
    excess = (freedom + 1 - 2 / p) * (square - trace**2 / p)
    share = 1.0 if excess <= 0 else min(1.0, ((1 - 2 / p) * square + trace**2) / excess)
    share = max(share, 1e-9)
    return (1 - share) * R + share * max(mean, np.finfo(float).tiny) * np.eye(p)


class _Ridge(Probe):
    """Ridge regression of all label columns, at every penalty."""

    penalties = len(PENALTIES)

    def __init__(self, labelled: Labelled) -> None:
        super().__init__(labelled)
        # every label column has equal weight, however many classes it has
        self._worth = np.zeros(labelled.L.shape[1])
        for columns, _ in labelled.parts:
            variance = labelled.L[:, columns].var(0).sum()
            self._worth[columns] = 1 / max(variance, np.finfo(float).tiny) / len(labelled.parts)

    def _fit(self, moments: _Moments) -> Fitted:
        return _FittedRidge(moments, self._worth)


class _FittedRidge(Fitted):
    def __init__(self, moments: _Moments, worth: np.ndarray) -> None:
        super().__init__(moments)
        self._worth = worth
        self._slope = moments.cross - np.outer(moments.labels, moments.mean)

    def gains(self, Z: np.ndarray, columns: np.ndarray, L: np.ndarray) -> np.ndarray:
        S = self.m.S[np.ix_(columns, columns)]
        spread = np.sqrt(np.maximum(np.diagonal(S), 0.0))
        seen = spread > linalg.RCOND * max(float(spread.max()), np.finfo(float).tiny)
        unit = np.where(seen, spread, np.inf)
        values, V = linalg.symmetric_eigen(S / np.outer(unit, unit))
        scores = ((Z[:, columns] - self.m.mean[columns]) / unit) @ V
        slopes = V.T @ (self._slope[:, columns] / unit).T
        target = L - self.m.labels
        found = []
        for penalty in PENALTIES:
            damped = np.maximum(values, 0.0) + penalty
            error = (scores @ (slopes / damped[:, None]) - target) ** 2
            found.append(1 - error @ self._worth)
        return np.array(found)
