"""How well two embeddings of the same samples agree, and how well they recover a latent.

All metrics take samples in rows. Distances are Euclidean, in the units of the embedding.
Source of CMAE, NCMAE and MLRE: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment",
eqs 8 and 9 and Table 1.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from alignlab import linalg
from alignlab.checks import (
    InputError,
    as_array,
    as_count,
    as_matrix,
    check_same_columns,
    check_same_order,
)
from alignlab.linalg import Array
from alignlab.partners import Partners

RETRIEVAL_PAIRS = 500
"""Where many latents are measured, pair retrieval uses at most this many first pairs of each."""


def cmae(Z1: np.ndarray, Z2: np.ndarray) -> float:
    """Cross-modal alignment error: mean distance of partners, Z1 (n, k) against Z2 (n, k).

    Raises ValueError unless both are matrices of the same shape; for tables, also unless their rows
    and columns are in the same order.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 8 and 9, Table 1.

    Equivalent to: `sklearn.metrics.pairwise.paired_distances(Z1, Z2).mean()`.

    Examples
    --------
    Partners are 4 and 1 apart:

    >>> import alignlab as al
    >>> al.cmae([[3.0, 4.0], [0.0, 2.0]], [[3.0, 0.0], [0.0, 1.0]])
    2.5
    """
    return float(mean_distance(*same_shape("cmae", Z1=Z1, Z2=Z2)))


def ncmae(Z1: np.ndarray, Z2: np.ndarray) -> float:
    """CMAE of Z1 (n, k) and Z2 (n, k) after each latent vector is scaled to unit length; in [0, 2].

    NaN when a latent vector is zero and so has no direction (`undirected` counts them).

    Raises ValueError as `cmae`.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 8 and 9, Table 1.

    Equivalent to: `paired_distances(normalize(Z1), normalize(Z2)).mean()` with scikit-learn's
    functions, where no vector is zero.

    Examples
    --------
    Lengths do not matter: partners with the same direction are 0 apart, with opposite ones 2.

    >>> import alignlab as al
    >>> al.ncmae([[1.0, 0.0], [0.0, 1.0]], [[5.0, 0.0], [0.0, 0.1]])
    0.0
    >>> al.ncmae([[1.0, 0.0], [0.0, 1.0]], [[-5.0, 0.0], [0.0, -0.1]])
    2.0
    """
    return float(mean_distance_of_directions(*same_shape("ncmae", Z1=Z1, Z2=Z2)))


def undirected(Z1: np.ndarray, Z2: np.ndarray) -> int:
    """Number of pairs, rows of Z1 (n, k1) and Z2 (n, k2), with a zero latent vector.

    Raises ValueError when the row counts differ.
    """
    Z1, Z2 = rows_of_both("undirected", Z1=Z1, Z2=Z2)
    return int(np.count_nonzero(~(Z1.any(axis=1) & Z2.any(axis=1))))


def relative_cmae(Z1: np.ndarray, Z2: np.ndarray) -> float:
    """CMAE of Z1 (n, k) and Z2 (n, k) divided by the mean length of all latent vectors.

    NaN when these are all zero. Unlike CMAE it does not decrease when both latents shrink.

    Raises ValueError as `cmae`.

    Source: not from the papers.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> Z1, Z2 = np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])
    >>> round(al.relative_cmae(Z1, Z2), 4)  # 2.5 over (3.5 + 2) / 2
    0.9091
    >>> round(al.relative_cmae(Z1 / 1000, Z2 / 1000), 4)
    0.9091
    """
    return float(relative_mean_distance(*same_shape("relative_cmae", Z1=Z1, Z2=Z2)))


def mean_norm(X: np.ndarray) -> float:
    """Mean length of the rows of X (n, d)."""
    return float(linalg.lengths(as_matrix(X, "X", "mean_norm")).mean())


def kept_norm(X: np.ndarray, Z: np.ndarray) -> float:
    """Mean length of the latent Z (n, k) divided by that of the data X (n, d).

    The share of length that an encoder keeps: near zero the latent has collapsed. NaN when X is
    zero.

    Raises ValueError when the row counts differ; for tables, also when their rows are in different
    orders.

    Source: not from the papers.

    Examples
    --------
    >>> import alignlab as al
    >>> al.kept_norm([[3.0, 4.0], [0.0, 5.0]], [[0.0], [5.0]])
    0.5
    """
    return float(kept_length(*rows_of_both("kept_norm", X=X, Z=Z)))


def mean_distance(Z1: Array, Z2: Array) -> Array:
    """CMAE (...) of every problem of a batch, Z1 and Z2 (..., n, k)."""
    return linalg.lengths(Z1 - Z2).mean(-1)


def mean_distance_of_directions(Z1: Array, Z2: Array) -> Array:
    """NCMAE (...) of every problem of a batch, Z1 and Z2 (..., n, k)."""
    return mean_distance(_directions(Z1), _directions(Z2))


def relative_mean_distance(Z1: Array, Z2: Array) -> Array:
    """Relative CMAE (...) of every problem of a batch, Z1 and Z2 (..., n, k)."""
    size = (linalg.lengths(Z1).mean(-1) + linalg.lengths(Z2).mean(-1)) / 2
    return mean_distance(Z1, Z2) / linalg.nan_for_zero(size)


def kept_length(X: Array, Z: Array) -> Array:
    """Kept norm (...) of every problem of a batch, X (..., n, d) and Z (..., n, k)."""
    return linalg.lengths(Z).mean(-1) / linalg.nan_for_zero(linalg.lengths(X).mean(-1))


def _directions(Z: Array) -> Array:
    return Z / linalg.nan_for_zero(linalg.lengths(Z))[..., None]


def mlre(Z: np.ndarray, Zhat: np.ndarray, up_to: Literal["linear"] | None = None) -> float:
    """Modality latent reconstruction error: mean distance of Zhat (n, k') from the true Z (n, k).

    With `up_to="linear"` the best linear map of Zhat onto Z is applied first: perfect alignment
    recovers a latent at best up to such a map. Without it, k' must be k.

    Raises ValueError as `cmae` (with `up_to="linear"` as `kept_norm`), and for another `up_to`.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 8 and 9, Table 1.

    Equivalent to: `paired_distances(Z, Zhat).mean()` of scikit-learn; with `up_to="linear"` Zhat is
    replaced by `LinearRegression(fit_intercept=False).fit(Zhat, Z).predict(Zhat)`.

    Examples
    --------
    A latent with its axes exchanged and stretched has an error, but none up to a linear map:

    >>> import numpy as np
    >>> import alignlab as al
    >>> Z = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])
    >>> Zhat = Z[:, ::-1] * [1.0, 3.0]
    >>> round(al.mlre(Z, Zhat), 3), round(al.mlre(Z, Zhat, up_to="linear"), 6)
    (2.754, 0.0)
    """
    if up_to == "linear":
        Z, Zhat = rows_of_both("mlre", Z=Z, Zhat=Zhat)
        Zhat = Zhat @ linalg.least_squares_map(Zhat, Z)
    elif up_to is not None:
        raise InputError("mlre", f"up_to = {up_to!r} is not known: use None or 'linear'")
    return float(mean_distance(*same_shape("mlre", Z=Z, Zhat=Zhat)))


def retrieval(Z1: np.ndarray, Z2: np.ndarray, top: int = 1) -> float:
    """Share of rows of Z1 (n, k) whose partner is among the `top` nearest rows of Z2 (n, k).

    NaN where a latent is not finite. Ties count in expectation: a latent that has collapsed to
    one point scores the chance level `top / n`. Exact, with n^2 k operations in blocks of bounded
    memory: pass a subsample of large data and report its size, because retrieval falls as n grows.

    Raises ValueError as `cmae`, and for a `top` outside 1 to n.

    Known as recall at `top` (R@1, R@5) in cross-modal retrieval.

    Equivalent to: without ties and for n above 2,
    `sklearn.metrics.top_k_accuracy_score(np.arange(n), -cdist(Z1, Z2), k=top)`.

    Examples
    --------
    The partner is nearest for all rows but the last; a collapsed latent scores chance level.

    >>> import numpy as np
    >>> import alignlab as al
    >>> Z1, Z2 = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.1], [1.1], [2.6], [4.0]])
    >>> al.retrieval(Z1, Z2), al.retrieval(Z1, Z2, top=2)
    (0.75, 1.0)
    >>> al.retrieval(0 * Z1, 0 * Z2)
    0.25
    """
    Z1, Z2 = same_shape("retrieval", Z1=Z1, Z2=Z2)
    if not np.isfinite(Z1 - Z2).all():
        return float("nan")
    n = len(Z1)
    top = as_count(top, "top", "retrieval", 1, n)
    counts = Partners(Z1, Z2)
    for _ in counts.run():
        pass
    return counts.recall(0, top)


def mean_correlation(Z1: np.ndarray, Z2: np.ndarray) -> float:
    """Mean over the columns of the correlation of Z1[:, j] and Z2[:, j], both (n, k); in [-1, 1].

    On the pairs that CCA was fitted to without ridge, the mean of its k canonical correlations.
    NaN where a column is constant.

    Raises ValueError as `cmae`.

    Equivalent to: `numpy.mean([numpy.corrcoef(a, b)[0, 1] for a, b in zip(Z1.T, Z2.T)])`.

    Examples
    --------
    >>> from alignlab.metrics import mean_correlation
    >>> Z1, Z2 = [[1.0, 0.0], [2.0, 1.0], [3.0, 2.0]], [[2.0, 0.0], [4.0, 2.0], [6.0, 1.0]]
    >>> round(mean_correlation(Z1, Z2), 6)
    0.75
    """
    A, B = (Z - Z.mean(axis=0) for Z in same_shape("mean_correlation", Z1=Z1, Z2=Z2))
    lengths = linalg.column_lengths(A) * linalg.column_lengths(B)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.mean((A * B).sum(axis=0) / lengths))


def subspace_distance(U: np.ndarray, V: np.ndarray) -> float:
    """`||P_U - P_V||_F / sqrt(2 k)` of the column spans of U (d, k) and V (d, k), in [0, 1].

    Equal to the root of the mean squared sine of the principal angles. The bases need not be
    orthonormal.

    Raises ValueError when their columns are dependent or the shapes differ.

    Source: the measure of recovery in "When to Align, When to Predict: A Phase Diagram for
    Multimodal Learning", Figure 3.

    Equivalent to: `np.sqrt(np.mean(np.sin(scipy.linalg.subspace_angles(U, V)) ** 2))`.

    Examples
    --------
    Another basis of the same plane has distance 0, a line at 30 degrees has sin(30°):

    >>> import numpy as np
    >>> import alignlab as al
    >>> U = np.eye(3)[:, :2]
    >>> round(al.subspace_distance(U, U @ [[1.0, 2.0], [0.0, 3.0]]), 6)
    0.0
    >>> angle = np.pi / 6
    >>> round(al.subspace_distance([[1.0], [0.0]], [[np.cos(angle)], [np.sin(angle)]]), 6)
    0.5
    """
    U, V = same_shape("subspace_distance", U=U, V=V)
    U, V = linalg.orthonormal(U), linalg.orthonormal(V)
    return float(np.linalg.norm(U - V @ (V.T @ U)) / np.sqrt(U.shape[1]))


def same_shape(caller: str, **matrices: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 matrices of one shape; tables must have rows and columns in one order."""
    check_same_order(caller, **matrices)
    check_same_columns(caller, *matrices.values())
    A, B = (as_array(M, name, caller) for name, M in matrices.items())
    if A.ndim != 2 or A.shape != B.shape:
        raise InputError(
            caller,
            f"shapes {A.shape} and {B.shape}: two matrices of the same shape were "
            "expected, row i of both the same sample",
        )
    return A, B


def rows_of_both(caller: str, **matrices: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 matrices of equal row counts; tables must have their rows in one order."""
    check_same_order(caller, **matrices)
    A, B = (as_array(M, name, caller) for name, M in matrices.items())
    if A.ndim != 2 or B.ndim != 2 or len(A) != len(B):
        raise InputError(
            caller, f"shapes {A.shape} and {B.shape}: matrices of equal row counts were expected"
        )
    return A, B
