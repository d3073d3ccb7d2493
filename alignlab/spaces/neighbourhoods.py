"""Neighbourhoods: whether partners have the same neighbours, and whether few rows are everyone's.

Neighbours are those of `neighbours.nearest`: exact up to `neighbours.EXACT_UP_TO` rows.
"""

from __future__ import annotations

import numpy as np

from alignlab.checks import as_count, as_view
from alignlab.metrics import rows_of_both, same_shape
from alignlab.neighbours import nearest


def mutual_knn(Z1: np.ndarray, Z2: np.ndarray, k: int = 10) -> float:
    """Mutual kNN: mean share of the k nearest rows in Z1 (n, d1) that are so in Z2 (n, d2) too.

    In [0, 1]: 1 if every row has the same neighbours in both, and `k / (n - 1)` for permuted pairs.
    The widths d1 and d2 may differ, and each space may be rotated and scaled on its own. NaN where
    one of them is constant. Beyond 20,000 rows neighbours are approximate and the value is too
    small: pass a subsample, and report its size.

    Raises ValueError when the row counts differ, for values that are not finite, and for a k
    outside 1 to n - 1.

    Source: Huh, Cheung, Wang and Isola, "The Platonic Representation Hypothesis", ICML 2024,
    appendix A.

    Equivalent to: with `a` and `b` the results of scikit-learn's
    `NearestNeighbors(n_neighbors=k).fit(Z).kneighbors(return_distance=False)`,
    `np.mean([len(set(p) & set(q)) / k for p, q in zip(a, b)])`.

    Examples
    --------
    The last row has moved, and two of four nearest neighbours have changed:

    >>> import alignlab as al
    >>> Z1, Z2 = [[0.0], [1.0], [3.0], [3.5]], [[0.0], [1.0], [3.0], [-0.5]]
    >>> al.mutual_knn(Z1, Z1, k=1)
    1.0
    >>> al.mutual_knn(Z1, Z2, k=1)
    0.25
    """
    Z1, Z2 = rows_of_both("mutual_knn", Z1=Z1, Z2=Z2)
    Z1, Z2 = as_view(Z1, "Z1", "mutual_knn"), as_view(Z2, "Z2", "mutual_knn")
    k = as_count(k, "k", "mutual_knn", 1, len(Z1) - 1)
    if is_constant(Z1) or is_constant(Z2):
        return float("nan")
    return shared(*(nearest(Z, k).indices for Z in (Z1, Z2)))


def hubness(Z1: np.ndarray, Z2: np.ndarray, k: int = 10) -> tuple[float, float]:
    """Hubness of Z2 (n, d) as seen from Z1 (n, d), and the reverse.

    The k-occurrence of a row of Z2 is the number of rows of Z1 that have it among their k nearest
    rows of Z2; its mean is k. Hubness is the skewness of this number over the rows of Z2: large if
    a few rows ("hubs") are neighbours of many, which harms retrieval. NaN where all occur equally
    often, or a latent is constant.

    Raises ValueError as `cmae`, for values that are not finite, and for a k outside 1 to n.

    Source: Radovanović, Nanopoulos and Ivanović, "Hubs in Space: Popular Nearest Neighbors in
    High-Dimensional Data", JMLR 11, 2010, equation 1, with queries of the other modality.

    Equivalent to: `scipy.stats.skew(np.bincount(near.ravel(), minlength=n))` with `near` the result
    of `NearestNeighbors(n_neighbors=k).fit(Z2).kneighbors(Z1, return_distance=False)`.

    Examples
    --------
    The first row of Z2 is the nearest of three rows of Z1:

    >>> import alignlab as al
    >>> Z1, Z2 = [[0.0], [1.0], [2.0], [3.0]], [[1.6], [9.0], [9.5], [0.0]]
    >>> [round(value, 3) for value in al.hubness(Z1, Z2, k=1)]
    [0.816, 0.0]
    """
    Z1, Z2 = same_shape("hubness", Z1=Z1, Z2=Z2)
    Z1, Z2 = as_view(Z1, "Z1", "hubness"), as_view(Z2, "Z2", "hubness")
    k = as_count(k, "k", "hubness", 1, len(Z1))
    if is_constant(Z1) or is_constant(Z2):
        return float("nan"), float("nan")
    n = len(Z1)
    there, back = nearest(Z2, k, Z1).indices, nearest(Z1, k, Z2).indices
    return skewness(occurrences(there, n)), skewness(occurrences(back, n))


def shared(near1: np.ndarray, near2: np.ndarray) -> float:
    """Mean share of the neighbours near1 (n, k) of each row that are among near2 (n, k)."""
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(near1, near2, strict=True)]))


def is_constant(Z: np.ndarray) -> bool:
    """Whether all rows of Z (n, d) are equal."""
    return bool((Z[0] == Z).all())


def occurrences(near: np.ndarray, n: int) -> np.ndarray:
    """How often each of n rows (n,) is a neighbour, in near (m, k)."""
    return np.bincount(near.ravel(), minlength=n)


def skewness(counts: np.ndarray) -> float:
    """Third central moment of counts (n,) over the cube of their standard deviation; else NaN."""
    centred = counts - counts.mean()
    variance = float((centred**2).mean())
    return float((centred**3).mean() / variance**1.5) if variance else float("nan")
