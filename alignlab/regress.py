"""Least squares and orthogonal Procrustes: one view brought onto the other."""

from __future__ import annotations

import numpy as np

from alignlab import linalg
from alignlab.align import Alignment, Maps
from alignlab.checks import aligner, as_count, as_pair
from alignlab.linalg import Array


@aligner
def least_squares(X1: np.ndarray, X2: np.ndarray) -> Alignment:
    """Least squares from X2 to X1: `Z1 = X1`, `Z2 = X2 W2` with the least `||X1 - X2 W2||_F`.

    The special case `A1 = I` of perfect alignment; k is d1. Neither centred nor scaled; W2 has
    the least norm where X2 is rank-deficient. Swap the views for the other direction. `spectrum`
    holds the singular values of X2.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same thing.

    Raises ValueError as `perfect_alignment`.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Remark 2.6.
    """
    X1, X2 = as_pair(X1, X2, "least_squares")
    return least_squares_maps(X1[None], X2[None]).single("least_squares")


@aligner
def procrustes(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """Orthogonal Procrustes: each view in its k principal directions, view 1 turned onto view 2.

    `W2 = V2` and `W1 = V1 R` with the rotation (or reflection) R (k, k) of least
    `||X1 V1 R - X2 V2||_F`; both have orthonormal columns. Centred, not scaled. `spectrum` holds
    the singular values of the cross-covariance of the principal components.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same thing.
    k : at most min(d1, d2), and at most the rank of either view.

    Raises ValueError as `cca`.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    X1, X2 = as_pair(X1, X2, "procrustes")
    smaller = min(X1.shape[1], X2.shape[1])
    if as_count(k, "k", "procrustes", 1) > smaller:
        raise ValueError(
            f"procrustes: k = {k} exceeds min(d1, d2) = {smaller}: lower k or add features"
        )
    if k < len(X1):
        maps = procrustes_maps(X1[None], X2[None], k)
        if k <= min(maps.ranks[0][0], maps.ranks[1][0]):
            return maps.single("procrustes")
    raise ValueError(
        f"procrustes: k = {k} exceeds the rank of a view of {len(X1)} pairs: lower k or bring "
        "more pairs"
    )


def least_squares_maps(X1: Array, X2: Array) -> Maps:
    """`least_squares` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    _, s = linalg.leading_directions(X2, min(X2.shape[-2:]))
    rank = linalg.numerical_ranks(s)
    return Maps(
        W1=linalg.identity(X1) + 0 * X1[:, 0, :, None],
        W2=linalg.least_squares_map(X2, X1),
        mean1=0 * X1[:, 0],
        mean2=0 * X2[:, 0],
        spectrum=s,
        rank=rank,
        ranks=(np.full(len(X1), X1.shape[-1]), rank),
    )


def procrustes_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`procrustes` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    (X1, mean1), (X2, mean2) = linalg.centred(X1), linalg.centred(X2)
    (V1, s1), (V2, s2) = (linalg.leading_directions(X, k) for X in (X1, X2))
    C = (X1 @ V1).mT @ (X2 @ V2) / X1.shape[-2]
    U, s, V = linalg.singular_triplets(C, k)
    W1 = V1 @ (U @ V.mT)
    ranks = linalg.numerical_ranks(s1), linalg.numerical_ranks(s2)
    few = np.minimum(*ranks) < k
    W1[few], V2[few] = float("nan"), float("nan")
    return Maps(
        W1=W1,
        W2=V2,
        mean1=mean1,
        mean2=mean2,
        spectrum=s,
        rank=linalg.numerical_ranks(s),
        ranks=ranks,
    )
