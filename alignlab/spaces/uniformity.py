"""Alignment and uniformity of pairs on the unit sphere, the two aims of contrastive learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab import linalg
from alignlab.metrics import same_shape

BLOCK = 256
"""Rows whose distances to all others are held at once."""


@dataclass(frozen=True, kw_only=True)
class AlignmentUniformity:
    """Both losses, of rows scaled to unit length: the smaller, the better aligned or more uniform.

    alignment : mean squared distance of partners, in [0, 4].
    uniformity1, uniformity2 : `log mean exp(-2 d^2)` over the distances d of all pairs of rows of
        one modality, in [-8, 0]; 0 if all rows have the same direction, and near -4 if uniform on
        a sphere of many dimensions.
    """

    alignment: float
    uniformity1: float
    uniformity2: float


def alignment_uniformity(Z1: np.ndarray, Z2: np.ndarray) -> AlignmentUniformity:
    """Alignment of the pairs of Z1 (n, k) and Z2 (n, k), and uniformity of each modality.

    Rows are scaled to unit length first. NaN where a row is zero and so has no direction.
    Alignment has the exponent 2, uniformity the factor 2, as in the paper. Exact, with n^2 k
    operations in bounded memory: pass a subsample of large data.

    Raises ValueError as `cmae`.

    Source: Wang and Isola, "Understanding Contrastive Representation Learning through Alignment and
    Uniformity on the Hypersphere", ICML 2020, section 4.1.

    Equivalent to: with x and y of unit length, `np.mean(np.sum((x - y) ** 2, 1))` and
    `np.log(np.mean(np.exp(-2 * scipy.spatial.distance.pdist(x) ** 2)))`.

    Examples
    --------
    Partners have the same direction. Both directions of the second modality are the same:

    >>> import alignlab as al
    >>> found = al.alignment_uniformity([[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0], [1.0, 0.0]])
    >>> round(found.alignment, 6), round(found.uniformity1, 6), round(found.uniformity2, 6)
    (1.0, -4.0, 0.0)
    """
    Z1, Z2 = same_shape("alignment_uniformity", Z1=Z1, Z2=Z2)
    U1, U2 = directions(Z1), directions(Z2)
    return AlignmentUniformity(
        alignment=alignment(U1, U2),
        uniformity1=uniformity(U1),
        uniformity2=uniformity(U2),
    )


def alignment(U1: np.ndarray, U2: np.ndarray) -> float:
    """Mean squared distance of partners, rows of U1 (n, k) and U2 (n, k) of unit length."""
    return float((linalg.lengths(U1 - U2) ** 2).mean())


def directions(Z: np.ndarray) -> np.ndarray:
    """The rows of Z (n, k) scaled to unit length; NaN for zero rows."""
    reach = linalg.nan_for_zero(np.abs(Z).max(axis=1, initial=0.0))
    U = Z / reach[:, None]  # its squares neither overflow nor vanish
    return U / linalg.lengths(U)[:, None]


def uniformity(U: np.ndarray) -> float:
    """`log mean exp(-2 |x - y|^2)` over all pairs of different rows of U (n, k), of unit length."""
    n = len(U)
    if n < 2:
        return float("nan")
    total = 0.0
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        cosines = U[rows] @ U[start:].T
        kernel = np.exp(4 * np.minimum(cosines, 1.0) - 4)  # |x - y|^2 = 2 - 2 x'y
        square = kernel[:, : len(kernel)]
        np.fill_diagonal(square, 0.0)
        total += kernel.sum() - square.sum() / 2
    return float(np.log(2 * total / (n * (n - 1)))) if total == total else float("nan")
