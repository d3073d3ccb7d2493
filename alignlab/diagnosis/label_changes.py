"""Fewer, noisier or coarser labels for the sensitivity checks of a verdict; see `sensitivity`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from alignlab.checks import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelMatrix:
    """Labels as columns L (n, p), and a mask `known` (n,) of the labelled rows.

    parts : for each label column, its columns of L and whether they are class indicators.
    """

    L: np.ndarray
    known: np.ndarray
    parts: tuple[tuple[slice, bool], ...]

    @property
    def classes(self) -> bool:
        """Whether some label column holds classes."""
        return any(classes for _, classes in self.parts)

    @property
    def finest(self) -> int:
        """The largest number of classes, or of different numbers, in a label column."""
        return max(
            part.stop - part.start if classes else len(np.unique(self.L[self.known, part]))
            for part, classes in self.parts
        )


def fewer(labels: LabelMatrix, count: int, rng: np.random.Generator) -> LabelMatrix:
    """Labels of `count` rows drawn at random."""
    order = rng.permutation(np.flatnonzero(labels.known))
    known = np.zeros_like(labels.known)
    known[order[:count]] = True
    return replace(labels, L=labels.L * known[:, None], known=known)


def noisier(labels: LabelMatrix, value: float, rng: np.random.Generator) -> LabelMatrix:
    """Labels with a fraction `value` of the rows permuted, or with Gaussian noise added.

    If no column holds classes, `value` is the noise in standard deviations of each column.
    Raises ValueError for a fraction above 1.
    """
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    if not labels.classes:
        noise = rng.standard_normal((len(rows), L.shape[1]))
        L[rows] += value * L[rows].std(0) * noise
        return replace(labels, L=L)
    if value > 1:
        raise InputError(
            "checks", f"noise = {value:g} is the fraction of labels to permute: give 0 to 1"
        )
    order = rng.permutation(rows)[: round(value * len(rows))]
    L[order] = L[rng.permutation(order)]
    return replace(labels, L=L)


def coarser(
    labels: LabelMatrix, count: int, scores: tuple[np.ndarray, np.ndarray] | None
) -> LabelMatrix:
    """Every label column merged into at most `count` groups.

    scores : (n, r_m) of each view, by which classes are merged; None if no column holds classes.
    """
    found, parts, start = [], [], 0
    for columns, classes in labels.parts:
        part = replace(labels, L=labels.L[:, columns])
        if classes:
            assert scores is not None
            L = _merged(part, count, np.hstack(scores))
        else:
            L = _levels(part, count)
        found.append(L)
        parts.append((slice(start, start + L.shape[1]), classes))
        start += L.shape[1]
    return replace(labels, L=np.hstack(found), parts=tuple(parts))


def told_apart(labels: LabelMatrix) -> LabelMatrix:
    """Labels without the classes that have no rows left."""
    found, parts, start = [], [], 0
    for columns, classes in labels.parts:
        L = labels.L[:, columns]
        L = L[:, L.any(0)] if classes else L
        found.append(L)
        parts.append((slice(start, start + L.shape[1]), classes))
        start += L.shape[1]
    return replace(labels, L=np.hstack(found), parts=tuple(parts))


def _levels(labels: LabelMatrix, count: int) -> np.ndarray:
    """Each column in `count` groups of neighbouring values, replaced by the mean of the group."""
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    for column in L.T:
        values, which = np.unique(column[rows], return_inverse=True)
        if len(values) <= count:
            continue
        # equal values are in one group, by the middle of their ranks
        sizes = np.bincount(which)
        middle = (np.cumsum(sizes) - sizes / 2) / len(rows)
        group = (middle * count).astype(int)[which]
        means = np.bincount(group, column[rows], count) / np.maximum(np.bincount(group), 1)
        column[rows] = means[group]
    return L


def _merged(labels: LabelMatrix, groups: int, scores: np.ndarray) -> np.ndarray:
    """Indicators of groups of classes; classes with the nearest means are merged first."""
    if groups >= labels.L.shape[1]:
        return labels.L
    L = labels.L[labels.known]
    means = L.T @ scores[labels.known] / np.maximum(L.sum(0), 1)[:, None]
    group = fcluster(linkage(means, "ward"), groups, "maxclust") - 1
    return labels.L @ np.eye(groups)[group]


def check_tell(labels: LabelMatrix) -> None:
    """ValueError if the remaining labels carry no information."""
    if not labels.known.any():
        raise InputError("checks", "no row has a label: keep more labels")
    if not np.ptp(labels.L[labels.known], axis=0).any():
        what = "are of one class" if labels.classes else "are constant"
        raise InputError(
            "checks", f"the {int(labels.known.sum())} remaining labels {what}: keep more labels"
        )
