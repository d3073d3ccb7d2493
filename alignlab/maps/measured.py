"""How faithful a finished map is, and how far partners lie apart in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from alignlab.maps.result import PairMap

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
) -> PairMap:
    """The finished map of one latent.

    drawn : points (m, k) and their positions (m, dims); both modalities together, the first one
        first, or each on its own.
    """
    Y = np.concatenate([Y for _, Y in drawn]).astype(np.float64)
    n = len(Y) // 2
    Y1, Y2 = Y[:n], Y[n:]
    together = len(drawn) == 1
    faithful = [(faithfulness(X, Y), faithfulness(Y, X)) for X, Y in drawn]
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


def faithfulness(X: np.ndarray, Y: np.ndarray) -> float:
    """Trustworthiness of Y as a map of X."""
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(X, Y, n_neighbors=max(1, min(NEIGHBOURS, len(X) // 4 - 1))))
