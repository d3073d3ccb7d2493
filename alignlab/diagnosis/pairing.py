"""How strongly rows are paired: several statistics, each with its permutation null.

For the null, the rows of y are permuted and every statistic is computed again. Without labels this
is all that pairs can show, since signal cannot be distinguished from correlated nuisance.
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
from alignlab.diagnosis.stretch_profile import coupling_along
from alignlab.diagnosis.stretches import Along, Stretch, broken_stretches

NEIGHBOURS = 10
"""Number of nearest neighbours compared by mutual kNN."""

ROWS = 500
"""Number of rows between which distances are computed."""

LATENT = 10
"""Number of canonical pairs used for retrieval and for the held-out correlation."""

PERMUTATIONS = 100

KEPT = 5000
"""Maximum number of rows on which the permutation null is computed."""

DIVISIONS = 4
"""Number of random divisions of the blocks into folds."""

SHARED = 1.25
"""Standard deviation of the folds' combined z-score over permuted pairs; above 1, as folds share
rows."""

COUPLED, ELSEWHERE = 3.3, 8.0
"""Rows count as paired if the held-out canonical correlation is at least `COUPLED` standard
deviations above 0, or another statistic `ELSEWHERE` above its permutation null."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strength:
    """A statistic with the mean (`null`) and 95th percentile (`edge`) of its permutation null.

    p : fraction of permutations with at least this value, counting the actual pairing as one.
    z : distance from the mean of the null, in its standard deviations.
    """

    value: float
    null: float
    edge: float
    p: float
    z: float

    @classmethod
    def of(cls, value: float, null: np.ndarray) -> Strength:
        """The value compared with those of permuted pairs, null (draws,)."""
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
    """Strength of the pairing, measured on `rows` rows.

    held_out : mean correlation of canonical pairs on held-out rows, see `held_out_coupling`. It is
        the main test of whether rows are paired.
    coupling : `|C|_F^2`, the sum of squared canonical correlations.
    cka : linear centred kernel alignment, `|Sxy|_F^2 / (|Sxx|_F |Syy|_F)`.
    knn : fraction of the 10 nearest rows in x that are among the 10 nearest in y.
    retrieval : fraction of rows whose partner is nearest, in canonical pairs fitted on other rows;
        this and knn use `distances_between` rows.
    floor : (3,), the 95th percentile of the permutation null of the largest singular value of C, A
        and A reversed, for `rows` rows.
    broken : stretches of rows in which the pairing is broken though it holds elsewhere, in order.
    along : (p, 2), the coupling along the rows (`stretch_profile.coupling_along`) if there are any.
    """

    rows: int
    distances_between: int
    held_out: Strength
    coupling: Strength
    cka: Strength
    knn: Strength
    retrieval: Strength
    floor: np.ndarray
    broken: tuple[Stretch, ...] = ()
    along: np.ndarray | None = None

    @property
    def intact(self) -> bool:
        """Whether the rows are paired, and no stretch of them is broken."""
        return self.paired and not self.broken

    @property
    def paired(self) -> bool:
        """Whether any statistic shows that row i of both views is the same sample."""
        others = (self.coupling, self.cka, self.knn, self.retrieval)
        return self.held_out.z >= COUPLED or any(one.z >= ELSEWHERE for one in others)


def held_out_coupling(moments: BlockMoments, seed: int) -> Strength:
    """Correlation of canonical pairs on held-out blocks of rows.

    The leading pairs are weighted by their fitted correlations. Under permutation, the correlation
    of m rows has mean zero and variance 1/(m - 1) whatever their distribution, so neither sparse
    nor heavy-tailed features cause false positives.
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
    """Correlations (r, k) from variances x and y and covariances xy.

    x, y, xy : (r, k); the variances are 1 on the rows the directions were fitted on. 0 where the
    measured rows do not vary beyond rounding in a direction.
    """
    varies = (x > linalg.RCOND) & (y > linalg.RCOND)
    r = np.divide(xy, np.sqrt(np.where(varies, x * y, 1.0)), out=np.zeros_like(xy), where=varies)
    return np.clip(r, -1.0, 1.0)


def null_rows(n: int, seed: int) -> np.ndarray:
    """Sorted indices of the rows for the permutation null: all n, or `KEPT` drawn at random."""
    return np.sort(np.random.default_rng([seed, 4]).choice(n, min(n, KEPT), replace=False))


class Pairs:
    """Measures the pairing of x (n, d1) and y (n, d2): `run` pauses often, `found` is the result.

    moments : by block, of all rows. ridge : added to the variances of x and of y before whitening,
    except in retrieval. along : where these rows lie among all rows, to find broken stretches.
    broken : these stretches if they are known.
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        moments: BlockMoments,
        seed: int,
        ridge: tuple[float, float] = (0.0, 0.0),
        along: Along | None = None,
        broken: tuple[Stretch, ...] = (),
    ) -> None:
        self._rows: tuple[np.ndarray, np.ndarray] | None = (x, y)
        self._moments, self._seed = moments, seed
        self.ridge, self._along, self._broken = ridge, along, broken
        self.rng = np.random.default_rng([seed, 3])
        self.total = PERMUTATIONS + 3
        self.found: Pairing | None = None

    def run(self) -> Iterator[None]:
        """Measure, once: the rows are released at the end."""
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

        profile: np.ndarray | None = None
        if self._along is not None:
            self._broken = broken_stretches(x, y, self._along, self._seed)
            if self._broken:
                profile = coupling_along(x, y, self._along, self._broken, self._seed)
            yield
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
            broken=self._broken,
            along=profile,
        )

    def _distances(self, x: np.ndarray, y: np.ndarray) -> tuple[Strength, Strength, int]:
        """Mutual kNN and retrieval on some rows, the latter in a space fitted on the others, and
        the number of rows.
        """
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
    """Numerical rank of the centred rows."""
    return linalg.numerical_rank(linalg.singular_values(linalg.centred(X)[0]))


def _nearest(X: np.ndarray) -> np.ndarray:
    """Indices (m, `NEIGHBOURS`) of the nearest rows of each row; all others if fewer."""
    distances = cdist(X, X)
    np.fill_diagonal(distances, np.inf)
    count = min(NEIGHBOURS, len(X) - 1)
    return np.argpartition(distances, count - 1, axis=1)[:, :count]


def _overlap(near_x: np.ndarray, near_y: np.ndarray, order: np.ndarray) -> float:
    """Fraction of neighbours in x that are neighbours in y, if `order[i]` is the partner of i."""
    m = len(order)
    there = np.zeros((m, m), dtype=bool)
    there[np.arange(m)[:, None], near_y] = True
    return float(there[order[:, None], order[near_x]].mean())
