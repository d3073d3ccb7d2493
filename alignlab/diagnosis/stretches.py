"""Stretches of rows in which the pairing is broken while elsewhere it holds.

A row lost from one view shifts all rows after it: the pairs before it keep the coupling up, and
the verdict is about mispaired rows. Canonical pairs are fitted on some rows and measured on the
others; each row then has a log-likelihood ratio of being paired with row i + lag of y against not
being paired at all. The best division of the rows into stretches of one lag, or of none, is found
by dynamic programming (Viterbi), and the maps are fitted again on the pairs it finds.

A stretch counts only if it passes tests that do not depend on that model:
- with a lag: within the stretch, centred there, x is coupled with y at this lag and clearly more
  than at lag 0;
- without: the coupling falls to nothing, beyond what permuted rows show by chance, though both
  views and the labels are distributed there as elsewhere. Rows sorted by class, or noisier in one
  session, may be less coupled and yet correctly paired; they differ in their distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alignlab import linalg

LAGS = 50
"""Largest distance of a row from its partner that is tried."""

_LAGS = np.r_[0, np.arange(1, LAGS + 1), -np.arange(1, LAGS + 1)]

LOOKED_AT = 2000
"""Maximum number of rows from which the lag of most rows is estimated, in runs of neighbours."""

DIRECTIONS = 10
"""Maximum number of canonical pairs."""

PARTS = 4
"""Number of folds: each is measured with the maps fitted on the others."""

ROUNDS = 4
"""Maximum number of times that the maps are fitted again on the pairs found."""

STEPS = 400
"""Maximum number of steps of the dynamic programme; with more rows, a step is several rows."""

TELLS = 3.0
"""Largest log-likelihood ratio of a row: no single row can start a stretch."""

FEWEST = 10
"""Smallest number of rows of a stretch."""

CERTAIN = 6.0
"""Standard errors by which evidence must exceed chance; it is the best of many lags and places."""

SHUFFLES = 200
"""Number of permutations of the rows for the largest change that chance makes."""

ALIKE = 4.0
"""Standard errors by which the ranks of a stretch may differ from those elsewhere."""

RIDGE = 0.02
"""Ridge of the canonical pairs, in units of the mean variance."""


@dataclass(frozen=True)
class Stretch:
    """Rows `first` to `last`, counted from 0, that are not paired with the same rows of y.

    lag : row i of x belongs to row i + lag of y there; None if no lag restores the pairing.
    """

    first: int
    last: int
    lag: int | None = None


@dataclass(frozen=True, eq=False)
class Along:
    """Where m rows lie among all rows, and how they are labelled.

    positions : (m,), increasing. labels : (m, p), NaN where missing; p may be 0.
    """

    positions: np.ndarray
    labels: np.ndarray

    @classmethod
    def all(cls, n: int) -> Along:
        """All of n rows, without labels."""
        return cls(np.arange(n), np.empty((n, 0)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pairs:
    """Canonical variates of each row of x, and those of every row of y by the same maps.

    Only pairs of directions that correlate on held-out rows.

    u : (m, k). v : (PARTS, m, k). part : (m,), the fold of each row of x. r : (k,), held-out
    correlations. memory : number of consecutive rows that tell as much about a correlation as one
    independent row.
    """

    u: np.ndarray
    v: np.ndarray
    part: np.ndarray
    r: np.ndarray
    memory: float

    def partner(self, rows: np.ndarray, partners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Variates (p, k) of rows of x and of their partners in y."""
        return self.u[rows], self.v[self.part[rows], partners]


class Rows:
    """Rows x (m, d1), y (m, d2) with their places among all rows."""

    def __init__(self, x: np.ndarray, y: np.ndarray, along: Along, seed: int) -> None:
        self.x, self.y = (_scaled(V) for V in (x, y))
        self.positions, self.labels = along.positions, along.labels
        self.rng = np.random.default_rng([seed, 20])
        self.part = self.rng.permutation(np.arange(len(x)) % PARTS)
        wanted = self.positions[:, None] + _LAGS
        found = np.searchsorted(self.positions, wanted).clip(max=len(x) - 1)
        self.partners = np.where(self.positions[found] == wanted, found, -1)
        """By row of x and lag, the row of y; -1 where it is not there (m, lags)."""

    def at(self, lag: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of x and of y that are `lag` apart."""
        partners = self.partners[:, lag if lag >= 0 else LAGS - lag]
        rows = np.flatnonzero(partners >= 0)
        return rows, partners[rows]

    def with_lags(self, lags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of x and their partners in y, by the lags (m,) of all rows; none beyond `LAGS`."""
        one = other = np.empty(0, dtype=int)
        for lag in np.unique(lags[abs(lags) <= LAGS]):
            rows, partners = self.at(int(lag))
            here = lags[rows] == lag
            one, other = np.r_[one, rows[here]], np.r_[other, partners[here]]
        return one, other

    def fitted(self, rows: np.ndarray, partners: np.ndarray) -> _Pairs:
        """Canonical pairs of rows (p,) of x and their partners (p,) in y, held out in turn."""
        k = min(DIRECTIONS, self.x.shape[1], self.y.shape[1])
        m = len(self.x)
        u, v = np.zeros((m, k)), np.zeros((PARTS, m, k))
        X, Y = self.x[rows], self.y[partners]
        held = self.part[rows]
        sums = [np.zeros((A.shape[1], B.shape[1])) for A, B in ((X, X), (Y, Y), (X, Y))]
        own = []
        for part in range(PARTS):
            a, b = X[held == part], Y[held == part]
            own.append((a.T @ a, b.T @ b, a.T @ b))
            for total, one in zip(sums, own[-1], strict=True):
                total += one
        r = np.zeros((PARTS, k))
        for part in range(PARTS):
            Sxx, Syy, Sxy = (total - one for total, one in zip(sums, own[part], strict=True))
            to_x, to_y = _inverse_root(Sxx), _inverse_root(Syy)
            U, _, V = linalg.singular_triplets(to_x @ Sxy @ to_y, k)
            a, b = _unit(self.x @ (to_x @ U)), _unit(self.y @ (to_y @ V))
            u[self.part == part], v[part] = a[self.part == part], b
            mine = held == part
            if mine.sum() > 2:
                products = a[rows[mine]] * b[partners[mine]]
                r[part] = products.mean(0)
        r = r.mean(0)
        told = r > 2 / max(len(rows), 1) ** 0.5
        u, v, r = u[:, told], v[:, :, told], r[told].clip(max=0.98)
        return _Pairs(u=u, v=v, part=self.part, r=r, memory=_memory(u, v[0]))


def broken_stretches(
    x: np.ndarray, y: np.ndarray, along: Along, seed: int = 0
) -> tuple[Stretch, ...]:
    """Stretches in which row i of x (m, d1) and of y (m, d2) are not paired, in order.

    along : where these rows lie, if they are a sample of all rows.
    """
    rows, positions = Rows(x, y, along, seed), along.positions
    if len(x) < 4 * FEWEST:
        return ()
    pairs = rows.fitted(*rows.at(_leading_lag(rows)))
    path = np.zeros(len(x), dtype=int)
    for _ in range(ROUNDS):
        if not len(pairs.r):
            break
        before, path = path, _division(rows, pairs)
        if (path == before).all():
            break
        chosen = rows.with_lags(path)
        if len(chosen[0]) < 4 * FEWEST:
            break
        pairs = rows.fitted(*chosen)
    found = []
    for start, end, lag in _runs(path):
        if lag == 0 or end - start < FEWEST:
            continue
        inside = np.arange(start, end)
        if lag is not None and _restored(rows, pairs, inside, lag):
            found.append(Stretch(int(positions[start]), int(positions[end - 1]), lag))
        elif _lost(rows, pairs, inside, path):
            found.append(Stretch(int(positions[start]), int(positions[end - 1])))
    return tuple(found)


def _scaled(V: np.ndarray) -> np.ndarray:
    """Columns centred, of scale 1 together."""
    V = V - V.mean(0)
    return V / max(float(V.std()), np.finfo(float).tiny)


def _inverse_root(S: np.ndarray) -> np.ndarray:
    variances, V = linalg.symmetric_eigen(S)
    level = np.maximum(variances, 0.0) + RIDGE * max(float(variances.mean()), 1e-300)
    return (V * level**-0.5) @ V.T


def _unit(V: np.ndarray) -> np.ndarray:
    """Columns centred, of unit variance, without outliers."""
    V = V - V.mean(0)
    return (V / np.maximum(V.std(0), 1e-300)).clip(-3, 3)


def _memory(u: np.ndarray, v: np.ndarray) -> float:
    """`1 + 2 sum_h a_u(h) a_v(h)`, with the autocorrelations of variates u and v (m, k).

    This is the factor of the variance of a correlation of series that are dependent in time
    (Bartlett 1935). Slow changes, as between classes in sorted rows, are subtracted first.
    """
    found = []
    for V in (u, v):
        V = V - _running_mean(V)
        size = np.maximum((V**2).sum(0), 1e-300)
        found.append(np.array([(V[h:] * V[:-h]).sum(0) / size for h in range(1, LAGS)]))
    product = (found[0] * found[1]).sum(1) / max(u.shape[1], 1)
    noise = 2 / len(u) ** 0.5
    end = int(np.argmax(product < noise)) if (product < noise).any() else len(product)
    return float(1 + 2 * product[:end].sum())


def _running_mean(V: np.ndarray) -> np.ndarray:
    """Means of V (m, k) over `2 LAGS + 1` rows around each row, fewer at the ends."""
    sums = np.vstack([np.zeros(V.shape[1]), np.cumsum(V, axis=0)])
    at = np.arange(len(V))
    low, high = np.maximum(at - LAGS, 0), np.minimum(at + LAGS + 1, len(V))
    return (sums[high] - sums[low]) / (high - low)[:, None]


def _leading_lag(rows: Rows) -> int:
    """The lag at which most rows are coupled: 0, unless another is far above all the rest."""
    m = len(rows.x)
    r = min(DIRECTIONS, rows.x.shape[1], rows.y.shape[1])
    a, b = (V[:, :r] @ _inverse_root(V[:, :r].T @ V[:, :r]) * m**0.5 for V in (rows.x, rows.y))
    a, b = _unit(a), _unit(b)
    runs = np.array_split(np.arange(m), 8)
    some = np.concatenate([run[: LOOKED_AT // len(runs)] for run in runs])
    size = np.zeros(len(_LAGS))
    for number, partners in enumerate(rows.partners[some].T):
        there = partners >= 0
        one, other = some[there], partners[there]
        if len(one) >= 4 * r:
            size[number] = np.square(a[one].T @ b[other] / len(one)).sum() * len(one)
    best = int(size.argmax())
    spread = 1.48 * np.median(abs(size - np.median(size)))
    return int(_LAGS[best]) if size[best] > np.median(size) + CERTAIN * spread else 0


def _ratios(rows: Rows, pairs: _Pairs) -> np.ndarray:
    """Log-likelihood ratios (m, lags) of rows being paired at each lag, against independence.

    Of Gaussian variates with correlations r; 0 where the partner is not there.
    """
    r, (m, k) = pairs.r, pairs.u.shape
    own = pairs.u * r / (1 - r**2)
    v = pairs.v.reshape(-1, k)
    alone_u = pairs.u**2 @ (r**2 / (1 - r**2) / 2)
    alone_v = v**2 @ (r**2 / (1 - r**2) / 2)
    places = pairs.part[:, None] * m + rows.partners
    found = np.einsum("mk,mlk->ml", own, v[places]) - alone_u[:, None] - alone_v[places]
    found = (found - np.log1p(-(r**2)).sum() / 2).clip(-TELLS, TELLS)
    return np.where(rows.partners >= 0, found, 0.0) / pairs.memory


def _division(rows: Rows, pairs: _Pairs) -> np.ndarray:
    """The lag of every row (m,), `LAGS + 1` where there is none, by dynamic programming."""
    m = len(rows.x)
    score = np.hstack([_ratios(rows, pairs), np.zeros((m, 1))])
    size = -(-m // STEPS)
    starts = np.arange(0, m, size)
    score = np.add.reduceat(score, starts, axis=0)
    change = np.log(score.shape[1] * m) + 4.0
    total, came = score[0].copy(), np.empty(score.shape, dtype=int)
    states = np.arange(score.shape[1])
    for step in range(1, len(score)):
        best = int(total.argmax())
        stay = total >= total[best] - change
        came[step] = np.where(stay, states, best)
        total = np.where(stay, total, total[best] - change) + score[step]
    state = int(total.argmax())
    path = np.empty(len(score), dtype=int)
    for step in range(len(score) - 1, -1, -1):
        path[step] = state
        state = came[step, state] if step else state
    return np.repeat(np.r_[_LAGS, LAGS + 1][path], size)[:m]


def _runs(path: np.ndarray) -> list[tuple[int, int, int | None]]:
    """Start, end (exclusive) and lag of every run of equal lags; None for no lag."""
    cuts = np.r_[0, np.flatnonzero(np.diff(path)) + 1, len(path)]
    return [(int(a), int(b), None if path[a] > LAGS else int(path[a])) for a, b in pairwise(cuts)]


def row_coupling(pairs: _Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The coupling (m,) of row i of x with row i of y, and what it would be of paired rows (m,).

    `sum_k r_k u_k v_k`, and its mean given the row's own variates, `sum_k r_k^2 (u_k^2 + v_k^2)/2`.
    """
    every = np.arange(len(pairs.u))
    u, v = pairs.partner(every, every)
    return (pairs.r * u * v).sum(1), (pairs.r**2 * (u**2 + v**2)).sum(1) / 2


def _products(pairs: _Pairs, rows: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """Coupling of each row with its partner, both centred over these rows."""
    u, v = pairs.partner(rows, partners)
    return ((u - u.mean(0)) * (v - v.mean(0)) * pairs.r).sum(1)


def _z(values: np.ndarray, memory: float) -> float:
    """The mean in standard errors; the smaller of two estimates for dependent rows."""
    found = []
    for size in (1, 10):
        count = len(values) // size
        if count >= 10 or size == 1:
            means = values[: count * size].reshape(count, size).mean(1)
            wider = memory**0.5 if size == 1 else 1.0
            found.append(float(means.mean() * count**0.5 / max(wider * means.std(ddof=1), 1e-300)))
    return min(found, key=abs)


def _restored(rows: Rows, pairs: _Pairs, inside: np.ndarray, lag: int) -> bool:
    """Whether rows `inside` are coupled with y at this lag, and more than with the same rows."""
    one, other = rows.at(lag)
    here = np.isin(one, inside)
    one, other = one[here], other[here]
    if len(one) < FEWEST:
        return False
    shifted, same = _products(pairs, one, other), _products(pairs, one, one)
    more = _z(shifted - same, pairs.memory)
    return _z(shifted, pairs.memory) >= CERTAIN and more >= CERTAIN - 1


def _lost(rows: Rows, pairs: _Pairs, inside: np.ndarray, path: np.ndarray) -> bool:
    """Whether rows `inside` have lost the coupling of the rows whose lag is 0."""
    elsewhere = np.flatnonzero(path == 0)
    if len(elsewhere) < FEWEST:
        return False
    every = np.arange(len(path))
    u, v = pairs.partner(every, every)
    q, e = row_coupling(pairs)
    level = q[elsewhere].sum() / max(e[elsewhere].sum(), 1e-300)
    error = np.sqrt(pairs.memory * (q[inside] ** 2).sum()) / max(e[inside].sum(), 1e-300)
    rest = q[inside].sum() / max(e[inside].sum(), 1e-300)
    if _z(q[elsewhere], pairs.memory) < CERTAIN or rest + 3 * error > level / 2:
        return False
    return (
        _z(_products(pairs, inside, inside), pairs.memory) < CERTAIN / 2
        and _alike(np.hstack([u, v, abs(u), abs(v), rows.labels]), inside, elsewhere)
        and _beyond_chance(q - level * e / 2, pairs.memory, rows.rng)
    )


def _alike(values: np.ndarray, inside: np.ndarray, elsewhere: np.ndarray) -> bool:
    """Whether columns of values (m, c), NaN where missing, have the same ranks in both places."""
    for column in values.T:
        a, b = (part[np.isfinite(part)] for part in (column[inside], column[elsewhere]))
        if min(len(a), len(b)) < 2:
            continue
        _, place, counts = np.unique(np.r_[a, b], return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - counts / 2)[place]
        error = ranks.std() * (len(b) / (len(a) * (len(ranks) - 1))) ** 0.5
        if abs(ranks[: len(a)].mean() - ranks.mean()) > ALIKE * error:
            return False
    return True


def _beyond_chance(values: np.ndarray, memory: float, rng: np.random.Generator) -> bool:
    """Whether the largest change along the rows exceeds those of permuted rows by far."""
    values = values - values.mean()

    def largest(values: np.ndarray) -> np.ndarray:
        sums = np.cumsum(values, axis=-1)
        return sums.max(-1) - sums.min(-1)

    null = np.array([largest(rng.permutation(values)) for _ in range(SHUFFLES)])
    return bool(largest(values) / memory**0.5 > null.mean() + CERTAIN * null.std())
