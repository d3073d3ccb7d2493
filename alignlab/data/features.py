"""The input of a diagnosis: two views of the same samples, and labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alignlab.checks import as_count, unbox
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind, LabelReading, kinds_of
from alignlab.data.label_values import as_labels

CONSTANT = 1e-12
"""A column is constant if its standard deviation is at most this fraction of its largest value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Two views of the same samples, and labels of some of them.

    X : (n, d1), Y : (n, d2), one row per sample. labels : (n,) or (n, p) as `diagnose` takes them,
    NaN or None where one is missing; None if there are none. targets : names of the label columns.
    kind : how the labels are to be read, as for `diagnose`.
    """

    X: np.ndarray
    Y: np.ndarray
    labels: np.ndarray | None
    targets: tuple[str, ...] = ()
    kind: Kind = None

    @property
    def reading(self) -> LabelReading | None:
        """How the labels are read; None without labels."""
        if self.labels is None:
            return None
        scheme = LabelColumns(kind=self.kind)
        scheme.see(self.labels)
        return scheme.reading


def with_labels(features: Features, count: int, seed: int) -> Features:
    """The same pairs with labels for only `count` of the labelled rows, drawn at random.

    Draws are nested: rows labelled at one count stay labelled at every larger count.
    """
    as_count(count, "count", "with_labels", 0)
    if features.labels is None:
        return features
    known = np.flatnonzero(_labelled(features.labels))
    if count >= len(known):
        return features
    lost = np.random.default_rng([seed, 6]).permutation(known)[count:]
    assert features.reading is not None
    kind = features.kind or features.reading.kinds  # a few labels alone may be read differently
    numbers = features.labels.dtype.kind in "biuf"
    labels = features.labels.astype(np.float64 if numbers else object)
    labels[lost] = np.nan if numbers else None
    return replace(features, labels=labels, kind=kind)


def _labelled(labels: np.ndarray) -> np.ndarray:
    """Which rows have a label in every column."""
    return as_labels(labels, "diagnose").known


def torn_apart(features: Features, seed: int) -> Features:
    """The same views with the rows of Y permuted, which destroys the pairing."""
    order = np.random.default_rng([seed, 7]).permutation(len(features.Y))
    return replace(features, Y=features.Y[order])


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes made to the pairs before the diagnosis; none by default.

    kept : how many rows keep their label; None for all, 0 for no labels at all.
    shuffled : whether rows of the second view are permuted (`torn_apart`).
    seed : of both random draws. kind : how the labels are read, as for `diagnose`.
    """

    kept: int | None = None
    shuffled: bool = False
    seed: int = 0
    kind: Kind = None

    def __post_init__(self) -> None:
        unbox(self)
        if self.kept is not None:
            as_count(self.kept, "kept", "Changes", 0)
        as_count(self.seed, "seed", "Changes", 0)
        object.__setattr__(self, "kind", kinds_of(self.kind, "Changes"))


def changed(features: Features, changes: Changes) -> Features:
    """The features after `changes`: fewer labels, shuffled pairs, another `kind` of labels."""
    kept, seed = changes.kept, changes.seed
    if changes.kind != features.kind:
        features = replace(features, kind=changes.kind)
    if kept == 0:
        features = replace(features, labels=None, targets=())
    elif kept is not None:
        features = with_labels(features, kept, seed)
    return torn_apart(features, seed) if changes.shuffled else features


def summary(features: Features) -> pd.DataFrame:
    """One row per view: rows, dimensions, constant columns, and standard deviations of columns.

    The median, smallest and largest standard deviation are over the columns that vary.
    """
    rows = {}
    for name, view in (("view 1, x", features.X), ("view 2, y", features.Y)):
        spread = view.std(axis=0)
        constant = spread <= CONSTANT * np.abs(view).max(axis=0)
        varying = spread[~constant] if not constant.all() else np.zeros(1)
        rows[name] = {
            "rows": len(view),
            "dimensions": view.shape[1],
            "constant columns": int(constant.sum()),
            "median deviation": float(np.median(varying)),
            "smallest": float(varying.min()),
            "largest": float(varying.max()),
        }
    return pd.DataFrame(rows).T


def label_summary(features: Features) -> str:
    """Describe the labels and how they are read, in sentences."""
    labels, reading = features.labels, features.reading
    if labels is None or reading is None:
        return "No labels."
    lost = np.count_nonzero(~_labelled(labels))
    missing = f", {lost:,} {'row has' if lost == 1 else 'rows have'} none" if lost else ""
    names = ", ".join(features.targets[:4]) + (" …" if len(features.targets) > 4 else "")
    columns = len(reading.columns)
    what = names if columns == 1 else f"{columns} columns ({names})"
    said = f"Labels: {what}{missing}. Read as {reading.words(features.targets)}."
    return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in reading.notes)])
