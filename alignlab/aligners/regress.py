"""Least squares and orthogonal Procrustes: one view mapped onto the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment, Maps
from alignlab.aligners.perfect import pair_with_noise
from alignlab.checks import InputError, aligner, as_count
from alignlab.linalg import Array
from alignlab.units import drowned_columns, drowned_words, warn_of_drowned


@aligner
def least_squares(X1: np.ndarray, X2: np.ndarray) -> Alignment:
    """Least squares from X2 to X1: `Z1 = X1`, `Z2 = X2 W2`, W2 minimises `||X1 - X2 W2||_F`.

    The special case `A1 = I` of perfect alignment; k is d1. Neither centred nor scaled; W2 is the
    solution of least norm where X2 is rank-deficient up to its precision. The fit does not depend
    on the units of single columns of X2, whose rank is counted after scaling them to unit length
    where their lengths differ strongly. Swap the views for the other direction. `spectrum` holds
    the singular values of X2.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.

    Returns
    -------
    Alignment with W1 = I (d1, d1), W2 (d2, d1) and spectrum (min(n, d2),).

    Raises
    ------
    ValueError
        As `perfect_alignment`.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Remark 2.6.

    Equivalent to: W2 is `numpy.linalg.lstsq(X2, X1)[0]`, and `coef_.T` of
    `sklearn.linear_model.LinearRegression(fit_intercept=False).fit(X2, X1)`.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> X2 = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> M = np.array([[2.0], [3.0]])
    >>> maps = al.least_squares(X2 @ M, X2)
    >>> maps.W2.round(6).tolist()
    [[2.0], [3.0]]
    >>> Z1, Z2 = maps.embed(X2 @ M, X2)
    >>> round(al.cmae(Z1, Z2), 6)
    0.0
    """
    X1, X2, _, noise = pair_with_noise(X1, X2, "least_squares")
    levels = None if noise.levels is None else noise.levels[None]
    return least_squares_maps(X1[None], X2[None], levels).single("least_squares", noise=noise)


@aligner
def procrustes(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """Orthogonal Procrustes: k principal components of each view, view 1 rotated onto view 2.

    `W2 = V2` and `W1 = V1 R` with the rotation (or reflection) R (k, k) that minimises
    `||X1 V1 R - X2 V2||_F`; both have orthonormal columns. Centred, not scaled. `spectrum` holds
    the singular values of the cross-covariance of the principal components. Principal directions
    depend on the units of single columns; a UserWarning names columns that are too small relative
    to others for float64.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : at most min(d1, d2), and at most the rank of either view.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (k,).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, a constant view, or k out of range.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.

    Equivalent to: with k = d1 = d2, `W1 W2'` is `scipy.linalg.orthogonal_procrustes(A, B)[0]` of
    the centred views A and B; with k below that, R is the one of `A V1` and `B V2`.
    (`scipy.spatial.procrustes` scales both views too: where k = d1 = d2, its disparity is
    `1 - (n sum(spectrum) / (||A||_F ||B||_F))^2`.)

    Examples
    --------
    A rotated and shifted view is mapped back exactly:

    >>> import numpy as np
    >>> import alignlab as al
    >>> X = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, 1.0]])
    >>> quarter_turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> maps = al.procrustes(X @ quarter_turn + 5, X, k=2)
    >>> round(al.cmae(*maps.embed(X @ quarter_turn + 5, X)), 6)
    0.0
    >>> bool(np.allclose(maps.W1 @ maps.W2.T, quarter_turn.T))
    True
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "procrustes")
    smaller = min(X1.shape[1], X2.shape[1])
    if as_count(k, "k", "procrustes", 1) > smaller:
        raise InputError(
            "procrustes", f"k = {k} exceeds min(d1, d2) = {smaller}: lower k or add features"
        )
    lost = drowned_columns(X1 - X1.mean(axis=0)), drowned_columns(X2 - X2.mean(axis=0))
    if k < len(X1):
        levels = (None if noise.levels is None else noise.levels[None] for noise in noises)
        maps = procrustes_maps(X1[None], X2[None], k, *levels)
        if k <= min(maps.ranks[0][0], maps.ranks[1][0]):
            warn_of_drowned(lost, "procrustes")
            precision = noises[0].beside(noises[1]).precision
            return replace(maps.single("procrustes"), precision=precision, drowned=lost)
    words = [drowned_words(columns, f"X{m}") for m, columns in enumerate(lost, start=1)]
    raise InputError(
        "procrustes",
        f"k = {k} exceeds the rank of a view of {len(X1)} pairs: lower k or use "
        f"more pairs{''.join(f'; {text}' for text in words if text)}",
    )


def least_squares_maps(X1: Array, X2: Array, noise: Array | None = None) -> Maps:
    """`least_squares` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2).

    noise : (b, d2), levels of the rounding errors of X2.
    """
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    _, s = linalg.leading_directions(X2, min(X2.shape[-2:]))
    noise = None if noise is None else linalg.to_device(noise)
    rank = linalg.column_ranks(X2, s, noise)
    return Maps(
        W1=linalg.identity(X1) + 0 * X1[:, 0, :, None],
        W2=linalg.least_squares_map(X2, X1, noise=noise),
        mean1=0 * X1[:, 0],
        mean2=0 * X2[:, 0],
        spectrum=s,
        rank=rank,
        ranks=(np.full(len(X1), X1.shape[-1]), rank),
        units=(None, linalg.lengths_or_one(X2)),
    )


def procrustes_maps(
    X1: Array, X2: Array, k: int, noise1: Array | None = None, noise2: Array | None = None
) -> Maps:
    """`procrustes` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2).

    noise1, noise2 : (b, d1) and (b, d2), levels of the rounding errors.
    """
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    (X1, mean1), (X2, mean2) = linalg.centred(X1), linalg.centred(X2)
    (V1, s1), (V2, s2) = (linalg.leading_directions(X, k) for X in (X1, X2))
    C = (X1 @ V1).mT @ (X2 @ V2) / X1.shape[-2]
    U, s, V = linalg.singular_triplets(C, k)
    W1 = V1 @ (U @ V.mT)
    noise1, noise2 = (None if x is None else linalg.to_device(x) for x in (noise1, noise2))
    ranks = linalg.leading_ranks(X1, s1, noise1), linalg.leading_ranks(X2, s2, noise2)
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
