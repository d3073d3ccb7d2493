"""How strongly rows are paired at all, each figure beside its permutation null.

The null breaks the pairs: rows of y are permuted, and everything is measured again. Without
labels this is all that pairs can tell, since signal looks like correlated nuisance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from alignlab import linalg
from alignlab.whitened import cca_maps

NEIGHBOURS = 10
"""Neighbours of a row that mutual kNN compares."""

ROWS = 500
"""Rows between which distances are taken."""

LATENT = 10
"""Canonical pairs in which partners are retrieved."""

PERMUTATIONS = 100


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
    coupling: Strength
    cka: Strength
    knn: Strength
    retrieval: Strength
    floor: np.ndarray


class Pairs:
    """The pairing of x (n, d1) and y (n, d2), measured by `run`, which pauses often.

    ridge : what is added to the variances of x and of y before they are whitened; in retrieval
        none is.
    """

    def __init__(
        self, x: np.ndarray, y: np.ndarray, seed: int, ridge: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        self._rows: tuple[np.ndarray, np.ndarray] | None = (x, y)
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
        to_x, root_x = _roots(Sxx)
        white_x, white_y = x @ to_x, _roots(Syy)[0]
        size = np.linalg.norm(Sxx) * np.linalg.norm(Syy)

        def measured(order: np.ndarray) -> tuple[float, ...]:
            half = white_x.T @ y[order] / n
            C = half @ white_y
            tops = (linalg.leading_directions(M, 1)[1][0] for M in (C, half, C.T @ root_x))
            return (C**2).sum(), ((root_x @ half) ** 2).sum() / size, *tops

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
        mutual = [_overlap(near_x, near_y, np.arange(m))]
        mutual += [_overlap(near_x, near_y, one) for one in orders]
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


def _roots(S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`S^-1/2` within the span of S (d, d), and `S^1/2`: some rows may lack a direction of all."""
    variances, V = linalg.symmetric_eigen(S)
    there = variances > linalg.RCOND * variances[0]
    V, variances = V[:, there], variances[there]
    return (V * variances**-0.5) @ V.T, (V * variances**0.5) @ V.T


def _rank(X: np.ndarray) -> int:
    """How many directions vary among the rows."""
    return linalg.numerical_rank(linalg.singular_values(linalg.centred(X)[0]))


def _nearest(X: np.ndarray) -> np.ndarray:
    """Which rows (m, m) are among the nearest `NEIGHBOURS` of each row."""
    distances = cdist(X, X)
    np.fill_diagonal(distances, np.inf)
    count = min(NEIGHBOURS, len(X) - 1)
    near = np.zeros(distances.shape, dtype=bool)
    np.put_along_axis(near, np.argpartition(distances, count - 1, axis=1)[:, :count], True, axis=1)
    return near


def _overlap(near_x: np.ndarray, near_y: np.ndarray, order: np.ndarray) -> float:
    return float((near_x & near_y[np.ix_(order, order)]).sum() / near_x.sum())
