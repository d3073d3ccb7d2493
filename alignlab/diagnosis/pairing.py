"""How strongly rows are paired at all, each figure beside its permutation null.

The null breaks the pairs: rows of y are permuted, and everything is measured again. Without
labels this is all that pairs can tell, since signal looks like correlated nuisance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtr

from alignlab import linalg
from alignlab.aligners.whitened import cca_maps
from alignlab.diagnosis.block_moments import FOLDS, BlockMoments, folds, roots, whitening

NEIGHBOURS = 10
"""Neighbours of a row that mutual kNN compares."""

ROWS = 500
"""Rows between which distances are taken."""

LATENT = 10
"""Canonical pairs in which partners are retrieved."""

PERMUTATIONS = 100

KEPT = 5000
"""Rows that the permutation null is measured on, at most."""

DIVISIONS = 4
"""The blocks are divided into folds so many times."""

SHARED = 1.25
"""Folds share rows: over permuted pairs the sum of their deviates spreads by so much."""

COUPLED, ELSEWHERE = 3.3, 8.0
"""Rows are pairs where held-out canonical correlations are so many deviations above nothing, or
where any other figure is that far above its permutation null."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strength:
    """A figure, the mean and 95 % quantile of its permutation null, and the share as large.

    p : share of permutations at least as large, the actual pairing counted among them.
    z : standard deviations of the null above its mean.
    """

    value: float
    null: float
    edge: float
    p: float
    z: float

    @classmethod
    def of(cls, value: float, null: np.ndarray) -> Strength:
        """The value against those of broken pairs, null (draws,)."""
        spread = max(float(null.std()), linalg.RCOND * abs(value), 1e-300)
        return cls(
            value=float(value),
            null=float(null.mean()),
            edge=float(np.quantile(null, 0.95)),
            p=float((1 + np.count_nonzero(null >= value)) / (1 + len(null))),
            z=float((value - null.mean()) / spread),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Strength of the pairing of up to `rows` rows.

    held_out : mean correlation of canonical pairs on rows that they were not fitted on, see
        `held_out_coupling`. It decides whether rows are paired at all.
    coupling : `|C|_F^2`, the sum of squared canonical correlations.
    cka : linear centred kernel alignment, `|Sxy|_F^2 / (|Sxx|_F |Syy|_F)`.
    knn : share of the 10 nearest rows in x that are among the 10 nearest in y.
    retrieval : share of rows whose partner is nearest of all, in canonical pairs fitted to other
        rows; of `distances_between` rows for this and knn.
    floor : (3,), the 95 % quantile of the largest singular value of C, A and A reversed when pairs
        are broken, for as many rows as were given.
    """

    rows: int
    distances_between: int
    held_out: Strength
    coupling: Strength
    cka: Strength
    knn: Strength
    retrieval: Strength
    floor: np.ndarray

    @property
    def paired(self) -> bool:
        """Whether anything says that row i of both views is the same thing."""
        others = (self.coupling, self.cka, self.knn, self.retrieval)
        return self.held_out.z >= COUPLED or any(one.z >= ELSEWHERE for one in others)


def held_out_coupling(moments: BlockMoments, seed: int) -> Strength:
    """Correlation of canonical pairs on blocks of rows that they were not fitted on.

    The leading pairs are weighted by their fitted correlations. Where rows are not paired a
    correlation of m rows has mean zero and variance 1/(m - 1) whatever their distribution, under
    permutation; so neither sparse nor heavy-tailed features raise a false alarm.
    """
    rng = np.random.default_rng([seed, 18])
    found = []
    for _ in range(DIVISIONS):
        held = folds(rng)
        fitted, measured = (moments.of_views(moments.sums(part)) for part in (1 - held, held))
        to_x, to_y = whitening(fitted.xx), whitening(fitted.yy)
        U, s, V = linalg.singular_triplets(
            to_x @ fitted.xy @ to_y, min(LATENT, moments.d1, moments.d2)
        )
        Wx, Wy = to_x @ U, to_y @ V
        x, y, xy = (
            np.einsum("rik,rij,rjk->rk", A, S, B)
            for A, S, B in ((Wx, measured.xx, Wx), (Wy, measured.yy, Wy), (Wx, measured.xy, Wy))
        )
        r = correlations(x, y, xy)
        weights = s[:, : r.shape[1]]
        size = np.maximum(np.sqrt((weights**2).sum(1)), np.finfo(float).tiny)
        z = (weights * r).sum(1) / size * np.sqrt(np.maximum(measured.n - 1, 1))
        mean = (weights * r).sum(1) / np.maximum(weights.sum(1), np.finfo(float).tiny)
        found.append((mean.mean(), z.sum() / FOLDS**0.5 / SHARED))
    value, z = np.mean(found, axis=0)
    spread = abs(value) / max(abs(z), 1e-9)
    return Strength(
        value=float(value), null=0.0, edge=1.645 * float(spread), p=float(ndtr(-z)), z=float(z)
    )


def correlations(x: np.ndarray, y: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Correlations (r, k) from variances x and y, which were 1 where fitted, and covariances xy.

    x, y, xy : (r, k). 0 where what is measured does not vary but for rounding: these rows lack the
    direction.
    """
    varies = (x > linalg.RCOND) & (y > linalg.RCOND)
    r = np.divide(xy, np.sqrt(np.where(varies, x * y, 1.0)), out=np.zeros_like(xy), where=varies)
    return np.clip(r, -1.0, 1.0)


def null_rows(n: int, seed: int) -> np.ndarray:
    """Which of n rows the permutation null is measured on, in order: all, or `KEPT` drawn ones."""
    return np.sort(np.random.default_rng([seed, 4]).choice(n, min(n, KEPT), replace=False))


class Pairs:
    """The pairing of x (n, d1) and y (n, d2), measured by `run`, which pauses often.

    moments : by block, of these rows and all others. ridge : what is added to the variances of
    x and of y before they are whitened; in retrieval none is.
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        moments: BlockMoments,
        seed: int,
        ridge: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self._rows: tuple[np.ndarray, np.ndarray] | None = (x, y)
        self._moments, self._seed = moments, seed
        self.ridge = ridge
        self.rng = np.random.default_rng([seed, 3])
        self.total = PERMUTATIONS + 2
        self.found: Pairing | None = None

    def run(self) -> Iterator[None]:
        """Measure, once: the rows are let go in the end."""
        assert self._rows is not None
        try:
            yield from self._measure(*self._rows)
        finally:
            self._rows = None

    def _measure(self, x: np.ndarray, y: np.ndarray) -> Iterator[None]:
        n, rng = len(x), self.rng
        x, y = x - x.mean(0), y - y.mean(0)
        Sxx, Syy = (S + ridge * linalg.identity(S) for S, ridge in
                    zip((x.T @ x / n, y.T @ y / n), self.ridge, strict=True))  # fmt: skip
        to_x, root_x, _ = roots(Sxx)
        white_x, white_y = x @ to_x, roots(Syy)[0]
        size = np.linalg.norm(Sxx) * np.linalg.norm(Syy)

        def measured(order: np.ndarray) -> tuple[float, ...]:
            half = white_x.T @ y[order] / n
            C = half @ white_y
            tops = (linalg.spectral_norm(M[None])[0] for M in (C, half, C.T @ root_x))
            return (C**2).sum(), ((root_x @ half) ** 2).sum() / size, *tops

        held_out = held_out_coupling(self._moments, self._seed)
        actual = measured(np.arange(n))
        yield
        null = np.empty((PERMUTATIONS, 5))
        for number in range(PERMUTATIONS):
            null[number] = measured(rng.permutation(n))
            yield
        neighbours, retrieved, between = self._distances(x, y)
        yield
        self.found = Pairing(
            rows=n,
            distances_between=between,
            held_out=held_out,
            coupling=Strength.of(actual[0], null[:, 0]),
            cka=Strength.of(actual[1], null[:, 1]),
            knn=neighbours,
            retrieval=retrieved,
            floor=np.quantile(null[:, 2:], 0.95, axis=0),
        )

    def _distances(self, x: np.ndarray, y: np.ndarray) -> tuple[Strength, Strength, int]:
        """Mutual kNN and retrieval between some rows, in a space fitted to the rest."""
        n, rng = len(x), self.rng
        order = rng.permutation(n)
        tested, fitted = np.split(order, [min(ROWS, n // 2)])
        m = len(tested)
        orders = [rng.permutation(m) for _ in range(PERMUTATIONS)]
        near_x, near_y = (_nearest(X[tested]) for X in (x, y))
        mutual = [_overlap(near_x, near_y, one) for one in (np.arange(m), *orders)]
        k = min(LATENT, *(_rank(X[fitted]) for X in (x, y)))
        maps = cca_maps(x[fitted][None], y[fitted][None], k)
        W1, W2 = (linalg.to_numpy(W[0]) for W in (maps.W1, maps.W2))
        nearest = cdist(x[tested] @ W1, y[tested] @ W2).argmin(1)
        hits = [float((nearest == one).mean()) for one in (np.arange(m), *orders)]
        return (
            Strength.of(mutual[0], np.array(mutual[1:])),
            Strength.of(hits[0], np.array(hits[1:])),
            m,
        )


def _rank(X: np.ndarray) -> int:
    """How many directions vary among the rows."""
    return linalg.numerical_rank(linalg.singular_values(linalg.centred(X)[0]))


def _nearest(X: np.ndarray) -> np.ndarray:
    """The nearest rows (m, `NEIGHBOURS`) of each row, or all others where they are fewer."""
    distances = cdist(X, X)
    np.fill_diagonal(distances, np.inf)
    count = min(NEIGHBOURS, len(X) - 1)
    return np.argpartition(distances, count - 1, axis=1)[:, :count]


def _overlap(near_x: np.ndarray, near_y: np.ndarray, order: np.ndarray) -> float:
    """Share of neighbours in x that are neighbours in y, where row `order[i]` is i's partner."""
    m = len(order)
    there = np.zeros((m, m), dtype=bool)
    there[np.arange(m)[:, None], near_y] = True
    return float(there[order[:, None], order[near_x]].mean())
