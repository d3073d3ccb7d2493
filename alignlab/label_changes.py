"""Labels made fewer, noisier or coarser, to see what depends on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels:
    """Labels as columns L (n, p), which rows are known (n,), and whether these are classes."""

    L: np.ndarray
    known: np.ndarray
    classes: bool


def fewer_labels(labels: Labels, count: int, rng: np.random.Generator) -> Labels:
    """So many of the labels; a smaller number is of the same rows."""
    order = rng.permutation(np.flatnonzero(labels.known))
    known = np.zeros_like(labels.known)
    known[order[:count]] = True
    return replace(labels, L=labels.L * known[:, None], known=known)


def noisier(labels: Labels, value: float, rng: np.random.Generator) -> Labels:
    """Classes: a share permuted among rows; numbers: noise in deviations of their column."""
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    if not labels.classes:
        noise = rng.standard_normal((len(rows), L.shape[1]))
        L[rows] += value * L[rows].std(0) * noise
        return replace(labels, L=L)
    if value > 1:
        raise ValueError(f"checks: a share of {value:g} of the labels was to be permuted: give 0-1")
    order = rng.permutation(rows)[: round(value * len(rows))]
    L[order] = L[rng.permutation(order)]
    return replace(labels, L=L)


def levels(labels: Labels, count: int) -> np.ndarray:
    """Each column in so many groups of neighbouring values, which have their mean for a label."""
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    for column in L.T:
        values, which = np.unique(column[rows], return_inverse=True)
        if len(values) <= count:
            continue
        # equal values share a group, that of the middle of their ranks
        sizes = np.bincount(which)
        middle = (np.cumsum(sizes) - sizes / 2) / len(rows)
        group = (middle * count).astype(int)[which]
        means = np.bincount(group, column[rows], count) / np.maximum(np.bincount(group), 1)
        column[rows] = means[group]
    return L


def merged(labels: Labels, groups: int, scores: np.ndarray) -> np.ndarray:
    """Indicators of groups of classes: those of the nearest means are merged first."""
    if groups >= labels.L.shape[1]:
        return labels.L
    L = labels.L[labels.known]
    means = L.T @ scores[labels.known] / np.maximum(L.sum(0), 1)[:, None]
    group = fcluster(linkage(means, "ward"), groups, "maxclust") - 1
    return labels.L @ np.eye(groups)[group]


def check_tell(labels: Labels) -> None:
    """ValueError where the labels that are left cannot tell anything."""
    if not labels.known.any():
        raise ValueError("checks: no row has a label: keep more labels")
    if not np.ptp(labels.L[labels.known], axis=0).any():
        what = "are of one class" if labels.classes else "are constant"
        raise ValueError(
            f"checks: the {int(labels.known.sum())} labels that are left {what}: keep more labels"
        )
