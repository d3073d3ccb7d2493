"""The points of a map: checked, centred, at unit size, and each different one once.

Compiled code of t-SNE and UMAP fails on points without spread, and repeated rows have no nearest
neighbours: it is given centred points of unit size, all of them different, and never too few;
repeated rows are drawn once and share one position.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from alignlab import linalg
from alignlab.checks import InputError, as_pair

ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""A column whose values differ from their mean by a smaller share of the largest is constant."""

COMPONENTS = 128
"""A joint fit uses at most this many principal components of each latent."""

LEAST = 4
"""The smallest number of different points, and of pairs, that can be drawn."""

GRID = 2.0**-20
"""Points that agree to this share of their root mean square size count as one point:
single precision, in which t-SNE computes, does not separate them."""

COMBINED = 16
"""Number of random combinations of coordinates by which points are compared."""


def different(Z1: np.ndarray, Z2: np.ndarray) -> int:
    """How many of the 2n points of Z1 (n, k) and Z2 (n, k) are different for t-SNE.

    Raises ValueError as `Maps`.
    """
    return len(first_of_each(at_unit_size(np.concatenate(checked(Z1, Z2, together=True))))[0])


def distinct(X: np.ndarray, setting: str, more_than: float) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of X (m, k) at unit size, and of each row the place among them.

    Raises InputError where fewer than `LEAST` are different, or not more than the value
    `more_than` of the named setting.
    """
    first, which = first_of_each(X)
    n, repeat = len(first), len(X) - len(first)
    alike = f" ({repeat} of {len(X)} repeat others)" if repeat else ""
    if n < LEAST:
        raise InputError(
            "maps",
            f"the {len(X)} points lie in {n} places only, all others repeat one of these to "
            f"within {GRID:.0e} of the latent's size: at least {LEAST} are needed; the latent has "
            "collapsed, or a few outliers dwarf the rest: look at its values",
        )
    if more_than >= n:
        raise InputError(
            "maps", f"{setting} {more_than:g} of {n} points{alike}: lower it below their number"
        )
    return first, which


def first_of_each(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of each group of equal points of X (m, k) at unit size, and each row's group.

    Points in one cell of a grid are equal. There are four grids, each shifted by a quarter of a
    cell, so that no cell border separates points that differ only by rounding. With many
    coordinates, which would be slow, random combinations are compared: equal for equal points.
    """
    if X.shape[1] > COMBINED:
        G = np.random.default_rng(0).normal(size=(X.shape[1], COMBINED))
        X = X @ G / np.sqrt(COMBINED)  # keeps distances, on average
    random = np.random.default_rng(0)
    mixed = random.integers(-(2**62), 2**62, X.shape[1]) * 2 + 1  # a cell's number, modulo 2^64
    cells = [np.rint(X / GRID + quarter / 4).astype(np.int64) @ mixed for quarter in range(4)]
    numbers = [np.unique(of_grid, return_inverse=True)[1] for of_grid in cells]
    m = len(X)
    columns = np.concatenate([m + 4 * number + grid for grid, number in enumerate(numbers)])
    # points are joined to their cells, not to each other: millions may share one cell
    joined = coo_matrix((np.ones(4 * m), (np.tile(np.arange(m), 4), columns)), (5 * m, 5 * m))
    kind = connected_components(joined, directed=False)[1][:m]
    _, first, which = np.unique(kind, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(first), dtype=np.int64)
    place[order] = np.arange(len(first))
    return first[order], place[which]


def at_unit_size(X: np.ndarray) -> np.ndarray:
    """X (m, k) centred, with rows of unit root mean square length, float64.

    Columns that vary only by rounding count as constant. Raises InputError where all do.
    """
    return with_size(X)[0]


def with_size(X: np.ndarray) -> tuple[np.ndarray, float]:
    """X (m, k) as `at_unit_size` gives it, and the root mean square length that it had."""
    largest = np.abs(X).max(axis=0)
    reach = float(largest.max()) or 1.0  # without it squares could leave floating point's range
    X, _ = linalg.centred(X / reach)
    X[:, np.abs(X).max(axis=0) <= ROUNDING * largest / reach] = 0.0
    size = float(np.sqrt((X**2).sum(axis=1).mean()))
    if size == 0.0:
        raise InputError(
            "maps",
            f"the {len(X)} points have no spread: at values up to {reach:.2g} they differ only "
            "by rounding; the latent has collapsed: check its values",
        )
    return X / size, reach * size


def checked(Z1: np.ndarray, Z2: np.ndarray, *, together: bool) -> tuple[np.ndarray, np.ndarray]:
    """Z1 (n, k) and Z2 (n, k) as float64; InputError where they cannot be drawn.

    together : in one map, for which both must have the same k.
    """
    Z1, Z2 = as_pair(Z1, Z2, "maps")
    if together and Z1.shape[1] != Z2.shape[1]:
        raise InputError(
            "maps", f"latents of {Z1.shape[1]} and {Z2.shape[1]} dimensions: align them first"
        )
    if len(Z1) < LEAST:
        raise InputError("maps", f"{len(Z1)} pairs: at least {LEAST} are needed")
    return Z1, Z2


def on_common_axes(clouds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All clouds (m, k) with the same number of coordinates and size, rotated onto the first."""
    width = min(COMPONENTS, len(next(iter(clouds.values()))))
    turned: dict[str, np.ndarray] = {}
    for name, X in clouds.items():
        X = at_unit_size(X)
        V, _ = linalg.leading_directions(X, min(width, *X.shape))
        scores = np.zeros((len(X), width))
        scores[:, : V.shape[1]] = X @ V
        scores /= np.sqrt((scores**2).sum(axis=1).mean())
        if turned:
            first = next(iter(turned.values()))
            U, _, W = linalg.singular_triplets(scores.T @ first, width)
            scores = scores @ U @ W.T
        turned[name] = scores
    return turned
