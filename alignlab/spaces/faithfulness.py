"""How far neighbours in a map are neighbours in the space that it shows, and the reverse.

Both measures compare ranks of all rows, so that time and memory grow as n^2: of more than `MOST`
rows a random subset is measured, the same in every run.
"""

from __future__ import annotations

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_view
from alignlab.metrics import rows_of_both
from alignlab.spaces.neighbourhoods import is_constant

MOST = 5_000
"""Rows that are measured at most."""

BLOCK = 512
"""Rows whose distances are sorted at once."""


def trustworthiness(X: np.ndarray, Y: np.ndarray, k: int = 10) -> float:
    """Trustworthiness of the map Y (n, 2) of X (n, d): low where it makes strangers neighbours.

    `1 - 2 / (n k (2n - 3k - 1)) sum_i sum_j max(0, r(i, j) - k)` over the k nearest rows j of each
    row i in Y, with r(i, j) the rank of j among the rows nearest to i in X. In [0, 1]; about 0.5
    for a map with positions at random. NaN where X or Y is constant. Y may have any width. Of more
    than 5,000 rows a random subset of 5,000 is measured, the same in every run.

    Raises ValueError when the row counts differ, for values that are not finite, and for a k that
    is not below half the number of rows.

    Source: Venna and Kaski, "Neighborhood Preservation in Nonlinear Projection Methods: An
    Experimental Study", ICANN 2001.

    Equivalent to: `sklearn.manifold.trustworthiness(X, Y, n_neighbors=k)` up to 5,000 rows.

    Examples
    --------
    A map that drops the second axis, in which the last two points differ most:

    >>> import alignlab as al
    >>> X = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [3.2, 9.0]]
    >>> Y = [[0.0], [1.0], [2.0], [3.0], [3.2]]
    >>> round(al.trustworthiness(X, Y, k=1), 3), round(al.trustworthiness(X, X, k=1), 3)
    (0.8, 1.0)
    """
    X, Y, k = checked(X, Y, k, "trustworthiness")
    return kept_neighbours(X, Y, k)


def continuity(X: np.ndarray, Y: np.ndarray, k: int = 10) -> float:
    """Continuity of the map Y (n, 2) of X (n, d): low where it tears neighbours apart.

    `trustworthiness` with the roles of X and Y exchanged: the k nearest rows in X are compared by
    their ranks in Y. NaN, the subset beyond 5,000 rows and what is raised are as there.

    Source: Venna and Kaski, "Neighborhood Preservation in Nonlinear Projection Methods: An
    Experimental Study", ICANN 2001.

    Equivalent to: `sklearn.manifold.trustworthiness(Y, X, n_neighbors=k)` up to 5,000 rows.

    Examples
    --------
    The last two points are neighbours, and the map moves one of them to the other end:

    >>> import alignlab as al
    >>> X, Y = [[0.0], [1.0], [3.0], [4.0]], [[0.0], [1.0], [3.0], [-9.0]]
    >>> al.continuity(X, Y, k=1), al.trustworthiness(X, Y, k=1)
    (0.5, 0.625)
    """
    X, Y, k = checked(X, Y, k, "continuity")
    return kept_neighbours(Y, X, k)


def kept_neighbours(X: np.ndarray, Y: np.ndarray, k: int) -> float:
    """Trustworthiness of Y (n, d2) as a map of X (n, d1), of k neighbours; NaN for a constant."""
    if is_constant(X) or is_constant(Y):
        return float("nan")
    beyond, n = 0, len(X)
    for start in range(0, n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n))
        near = ordered(Y, rows)[:, 1 : k + 1]
        beyond += beyond_k(np.take_along_axis(ranks(ordered(X, rows)), near, axis=1), k)
    return share(beyond, n, k)


def ordered(X: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """All rows of X (n, d) by their distance from some of them, rows (b,), itself first: (b, n)."""
    A, _ = linalg.centred(X)
    A = A / (np.abs(A).max() or 1.0)
    squared = (A**2).sum(axis=1) - 2 * (A[rows] @ A.T)  # less that of the row, which is common
    squared[np.arange(len(rows)), rows] = -np.inf
    return np.argsort(squared, axis=1)


def ranks(order: np.ndarray) -> np.ndarray:
    """The place of each row in each order (b, n), int16, from 0."""
    found = np.empty(order.shape, np.int16)
    np.put_along_axis(found, order, np.arange(order.shape[1], dtype=np.int16)[None], axis=1)
    return found


def beyond_k(ranks: np.ndarray, k: int) -> int:
    """By how much the ranks (b, k) exceed k, summed."""
    return int(np.maximum(ranks.astype(np.int64) - k, 0).sum())


def share(beyond: float, n: int, k: int) -> float:
    """The measure in [0, 1] from the summed excess of ranks of k neighbours of n rows."""
    return 1 - 2 * beyond / (n * k * (2 * n - 3 * k - 1))


def subset(X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most `MOST` rows of X (n, d1) and Y (n, d2), drawn at random, the same in every run."""
    if len(X) <= MOST:
        return X, Y
    rows = np.sort(np.random.default_rng(0).choice(len(X), MOST, replace=False))
    return X[rows], Y[rows]


def checked(
    X: np.ndarray, Y: np.ndarray, k: int, caller: str
) -> tuple[np.ndarray, np.ndarray, int]:
    """X (n, d1) and Y (n, d2) checked, at most `MOST` rows of them, and k; ValueError otherwise."""
    X, Y = rows_of_both(caller, X=X, Y=Y)
    X, Y = subset(as_view(X, "X", caller), as_view(Y, "Y", caller))
    k = as_count(k, "k", caller, 1)
    if 2 * k >= len(X):
        raise InputError(
            caller, f"k = {k} of {len(X)} rows: lower it below half the number of rows"
        )
    return X, Y, k
