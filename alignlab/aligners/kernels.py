"""The Gaussian kernel and its width, of which random Fourier features are an approximation."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist, pdist

WIDTH_ROWS = 1000
"""The width is the median distance of at most this many rows, evenly spaced among all."""


def spaced(n: int, most: int) -> np.ndarray:
    """Indices (m,) of at most `most` rows, evenly spaced among n."""
    return np.linspace(0, n - 1, min(n, most)).round().astype(int)


def median_distance(X: np.ndarray) -> float:
    """The median distance of the rows of X (n, d) that differ, from at most `WIDTH_ROWS` rows.

    The usual width of a Gaussian kernel. 1 if all of these rows are copies.
    """
    distances = pdist(X[spaced(len(X), WIDTH_ROWS)])
    distances = distances[distances > 0]
    return float(np.median(distances)) if distances.size else 1.0


def gaussian_kernel(X: np.ndarray, Y: np.ndarray, width: float) -> np.ndarray:
    """`exp(-||x - y||^2 / (2 width^2))` (n, m) of the rows of X (n, d) and Y (m, d)."""
    return np.exp(cdist(X, Y, "sqeuclidean") / (-2 * width**2))
