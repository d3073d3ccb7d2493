"""How faithful a finished map is, and how far partners lie apart in it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from scipy.spatial.distance import cdist

from alignlab.maps.result import PairMap
from alignlab.spaces import faithfulness

NEIGHBOURS = 10
"""Number of neighbours in trustworthiness and continuity."""

EXACT_UP_TO = 5_000
"""More pairs than this are compared with `SHIFTS` random partners each, not with all."""

SHIFTS = 100


def random_total(Y1: np.ndarray, Y2: np.ndarray) -> float:
    """Expected sum of the distances between n random pairs of rows of Y1 and Y2 (n, dims).

    Beyond `EXACT_UP_TO` pairs it is estimated, with a standard error below 0.1 %.
    """
    n = len(Y1)
    if n <= EXACT_UP_TO:
        return float((cdist(Y1, Y2).sum() - np.linalg.norm(Y1 - Y2, axis=1).sum()) / (n - 1))
    shifts = np.random.default_rng(0).choice(np.arange(1, n), SHIFTS, replace=False)
    sums = [np.linalg.norm(Y1 - np.roll(Y2, shift, axis=0), axis=1).sum() for shift in shifts]
    return float(np.mean(sums))


def pair_map(
    drawn: Sequence[tuple[np.ndarray, np.ndarray]], divergence: float, shares: tuple[float, ...]
) -> Generator[None, None, PairMap]:
    """The finished map of one latent; yields while it is measured.

    drawn : points (m, k) and their positions (m, dims); both modalities together, the first one
        first, or each on its own.
    """
    Y = np.concatenate([Y for _, Y in drawn]).astype(np.float64)
    n = len(Y) // 2
    Y1, Y2 = Y[:n], Y[n:]
    together = len(drawn) == 1
    faithful = []
    for X, own in drawn:
        faithful.append((yield from _measured(X, own)))
    trustworthiness, continuity = np.mean(faithful, axis=0).tolist()
    return PairMap(
        Y1=Y1,
        Y2=Y2,
        trustworthiness=trustworthiness,
        continuity=continuity,
        total=float(np.linalg.norm(Y1 - Y2, axis=1).sum()) if together else float("nan"),
        random=random_total(Y1, Y2) if together else float("nan"),
        divergence=divergence,
        shares=shares,
    )


def _measured(X: np.ndarray, Y: np.ndarray) -> Generator[None, None, tuple[float, float]]:
    """Trustworthiness and continuity of the map Y (m, dims) of X (m, d), ordering rows once."""
    k = max(1, min(NEIGHBOURS, len(X) // 4 - 1))
    X, Y = faithfulness.subset(X, Y)
    n, strangers, lost = len(X), 0, 0
    for rows in np.split(np.arange(n), range(faithfulness.BLOCK, n, faithfulness.BLOCK)):
        in_space, in_map = (faithfulness.ordered(Z, rows) for Z in (X, Y))
        strangers += _beyond(in_space, in_map, k)
        lost += _beyond(in_map, in_space, k)
        yield
    return faithfulness.share(strangers, n, k), faithfulness.share(lost, n, k)


def _beyond(order: np.ndarray, other: np.ndarray, k: int) -> int:
    """By how much the ranks in one order (b, n) exceed k, of the k nearest in the other (b, n)."""
    near = other[:, 1 : k + 1]
    return faithfulness.beyond_k(np.take_along_axis(faithfulness.ranks(order), near, axis=1), k)
