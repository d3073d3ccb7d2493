"""Centred kernel alignment: how alike two representations are up to rotation and scale."""

from __future__ import annotations

import numpy as np

from alignlab import linalg
from alignlab.metrics import rows_of_both


def cka(Z1: np.ndarray, Z2: np.ndarray) -> float:
    """Linear centred kernel alignment of Z1 (n, k1) and Z2 (n, k2), in [0, 1].

    `|A'B|_F^2 / (|A'A|_F |B'B|_F)` for the centred `A` and `B`. Unchanged by a shift, a rotation
    or a scale of either; 1 for such copies of each other. The widths k1 and k2 may differ. NaN
    where a latent is constant or not finite. With few rows for the widths it is large even for
    random pairs: compare it with permuted pairs.

    Raises ValueError when the row counts differ; for tables, also when their rows are in different
    orders.

    Source: Kornblith, Norouzi, Lee and Hinton, "Similarity of Neural Network Representations
    Revisited", ICML 2019, section 3.

    Equivalent to: the correlation of the entries of the centred Gram matrices,
    `(K * L).sum() / np.sqrt((K * K).sum() * (L * L).sum())` with `K = A @ A.T`, `L = B @ B.T`.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> Z1 = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> round(al.cka(Z1, 5 * Z1[:, ::-1] + 1), 6)  # exchanged axes, scaled and shifted
    1.0
    >>> round(al.cka(Z1, Z1[:, :1]), 6)  # one of two equal axes: 1 / sqrt(2)
    0.707107
    """
    Z1, Z2 = rows_of_both("cka", Z1=Z1, Z2=Z2)
    if not (np.isfinite(Z1).all() and np.isfinite(Z2).all()):
        return float("nan")
    return similarity(centred_at_unit_size(Z1), centred_at_unit_size(Z2))


def similarity(A: np.ndarray, B: np.ndarray) -> float:
    """CKA of A (n, k1) and B (n, k2), both centred; NaN where one is zero."""
    size = own_size(A) * own_size(B)
    if not size:
        return float("nan")
    if is_wide(A, B):
        return float(((A @ A.T) * (B @ B.T)).sum() / size)
    return float((cross(A, B) ** 2).sum() / size)


def is_wide(A: np.ndarray, B: np.ndarray) -> bool:
    """Whether Gram matrices (n, n) take fewer operations than `A'B` of A (n, k1) and B (n, k2)."""
    return len(A) <= 2 * min(A.shape[1], B.shape[1])


def centred_at_unit_size(Z: np.ndarray) -> np.ndarray:
    """Z (n, k) centred and scaled to a largest value of 1; zero if it varies only by rounding."""
    size = np.abs(Z).max(initial=0.0)
    A, _ = linalg.centred(Z / (size or 1.0))
    reach = np.abs(A).max(initial=0.0)
    return A / reach if reach > linalg.FLAT else np.zeros_like(A)


def cross(A: np.ndarray, B: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """`A' B[order]` (k1, k2) of A (n, k1) and B (n, k2), order (n,), in blocks of rows."""
    M = np.zeros((A.shape[1], B.shape[1]))
    for start in range(0, len(A), linalg.BLOCK_ROWS):
        rows = slice(start, start + linalg.BLOCK_ROWS)
        M += A[rows].T @ (B[rows] if order is None else B[order[rows]])
    return M


def own_size(A: np.ndarray) -> float:
    """`|A'A|_F` of A (n, k), which is `|A A'|_F`."""
    return float(linalg.frobenius(A @ A.T if is_wide(A, A) else cross(A, A)))
