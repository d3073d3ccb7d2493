"""What a diagnosis is made of: two views and labels, from an example or from the user's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignlab.checks import InputError, as_count, unbox
from alignlab.datasets import ColumnChoice, check_choice, digits_halves
from alignlab.har import simulate
from alignlab.label_columns import LabelColumns
from alignlab.label_reading import Kind, LabelReading, kinds_of
from alignlab.label_values import Cells, as_labels
from alignlab.spiked import SpikedSpec, sample_spiked

LABEL_R2 = 0.8
"""R^2 of the labels of a spiked draw given its shared coordinates."""

CLOCK = 16
"""Moments at which the activity example looks at a sequence."""

EXACT = 2.0**53
"""Whole numbers beyond this are not all told apart as floating point."""

CONSTANT = 1e-12
"""A column whose deviation is below this share of its largest value is constant."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Two views of the same things, and what is known of some of them.

    X : (n, d1), Y : (n, d2), one row a thing. labels : (n,) or (n, p) as `diagnose` takes them,
    NaN or None where one is missing; None without any. targets : what the label columns are called.
    kind : as what they are to be read, as for `diagnose`.
    """

    X: np.ndarray
    Y: np.ndarray
    labels: np.ndarray | None
    targets: tuple[str, ...] = ()
    kind: Kind = None

    @property
    def reading(self) -> LabelReading | None:
        """As what the labels are read; None without any."""
        if self.labels is None:
            return None
        scheme = LabelColumns(kind=self.kind)
        scheme.see(self.labels)
        return scheme.reading


def spiked_features(spec: SpikedSpec, n: int, seed: int) -> Features:
    """A draw of the spiked model; labels are its shared coordinates with noise, R^2 `LABEL_R2`."""
    data = sample_spiked(spec, n, seed)
    assert data.Z is not None
    noise = np.random.default_rng([seed, 5]).standard_normal(data.Z.shape)
    labels = data.Z + noise * data.Z.std(axis=0) * np.sqrt(1 / LABEL_R2 - 1)
    return Features(
        X=data.X1, Y=data.X2, labels=labels, targets=tuple(f"z{i + 1}" for i in range(spec.k))
    )


def digits_features() -> Features:
    """Left and right halves of the digits (1797, 32) each, labelled by their digit."""
    data = digits_halves()
    return Features(X=data.X1, Y=data.X2, labels=data.labels, targets=("digit",))


def activity_features(seed: int) -> Features:
    """Simulated activity: joint positions (861, 960) and a wrist or thigh sensor (861, 96).

    Every sequence at `CLOCK` moments from its begin to its end; labels are the 27 actions.
    """
    data = simulate(seed)
    X, Y = (data.resampled(name, CLOCK).reshape(len(data), -1) for name in ("skeleton", "inertial"))
    return Features(
        X=X.astype(np.float64), Y=Y.astype(np.float64), labels=data.actions, targets=("action",)
    )


def features_from_table(table: pd.DataFrame, choice: ColumnChoice, drop: bool = False) -> Features:
    """The views and labels of a table; labels may be missing, in any number of columns.

    drop : leave out rows in which a view holds NaN or an infinite value; else they are an error,
        as they are where no other row is left.
    Raises ValueError as `check_choice` and `labels_of` do.
    """
    rows = incomplete_rows(table, choice)
    if len(rows) and (len(rows) == len(table) or not drop):
        column, count = _most_gaps(table, choice)
        raise ValueError(
            f"{len(rows):,} of {len(table):,} rows hold NaN (missing) or infinite values in a "
            f"view, the first is data row {rows[0] + 1}; column {column!r} alone has {count:,}: "
            f"{'' if len(rows) == len(table) else 'leave these rows out, '}fill them, or leave "
            "such columns out of the views"
        )
    if len(rows):
        table = table.drop(index=table.index[rows])
    X, Y = (_numbers(table, view) for view in (choice.view1, choice.view2))
    labels = labels_of(table, choice.label_columns)
    return Features(X=X, Y=Y, labels=labels, targets=choice.label_columns)


def incomplete_rows(table: pd.DataFrame, choice: ColumnChoice) -> np.ndarray:
    """Numbers of the rows in which a column of a view is NaN, missing or infinite.

    Raises ValueError as `check_choice` does.
    """
    check_choice(table, choice)
    whole = np.ones(len(table), dtype=bool)
    for view in (choice.view1, choice.view2):
        whole &= np.isfinite(_numbers(table, view)).all(axis=1)
    return np.flatnonzero(~whole)


def _most_gaps(table: pd.DataFrame, choice: ColumnChoice) -> tuple[str, int]:
    """The column of a view with the most gaps, and how many it has."""
    columns = [*choice.view1, *choice.view2]
    gaps = np.count_nonzero(~np.isfinite(_numbers(table, columns)), axis=0)
    return columns[int(gaps.argmax())], int(gaps.max())


def labels_of(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray | None:
    """Label columns as `diagnose` takes them, (n,) or (n, p): numbers with NaN, else objects.

    Raises ValueError for what is neither a number nor a text, by its column.
    """
    if not columns:
        return None
    found = [_label_column(table[column], column) for column in columns]
    if len(found) == 1:
        return found[0]
    if all(column.dtype.kind in "bf" for column in found):
        return np.column_stack([column.astype(np.float64) for column in found])
    objects = np.column_stack([column.astype(object) for column in found])
    objects[pd.isna(objects)] = None
    return objects


def _label_column(column: pd.Series, name: str) -> np.ndarray:
    try:
        cells = as_labels(column, "features").columns[0]
    except InputError as error:
        raise ValueError(f"label column {name!r}: {error.reason}") from error
    numbers = cells.numbers
    if cells.texts is None and numbers is not None:
        if numbers.dtype.kind == "b" and cells.known.all():
            return numbers
        if np.abs(numbers.astype(np.float64)).max(initial=0.0) <= EXACT:
            return np.where(cells.known, numbers, np.nan)
    return _as_objects(cells)


def _as_objects(cells: Cells) -> np.ndarray:
    """Texts and numbers as they are, None where there is neither."""
    found = np.full(len(cells.known), None, dtype=object)
    if cells.numbers is not None:
        found[cells.known] = cells.numbers.astype(object)[cells.known]
    if cells.texts is not None:
        text = np.array([one is not None for one in cells.texts], dtype=bool)
        found[text] = cells.texts[text]
    return found


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    return table[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)


def with_labels(features: Features, count: int, seed: int) -> Features:
    """The same pairs with the labels of `count` of the labelled rows only, drawn at random.

    Draws are nested: the rows that keep their labels at a count do so at every larger one.
    """
    as_count(count, "count", "with_labels", 0)
    if features.labels is None:
        return features
    known = np.flatnonzero(_labelled(features.labels))
    if count >= len(known):
        return features
    lost = np.random.default_rng([seed, 6]).permutation(known)[count:]
    assert features.reading is not None
    kind = features.kind or features.reading.kinds  # few labels may look like another
    numbers = features.labels.dtype.kind in "biuf"
    labels = features.labels.astype(np.float64 if numbers else object)
    labels[lost] = np.nan if numbers else None
    return replace(features, labels=labels, kind=kind)


def _labelled(labels: np.ndarray) -> np.ndarray:
    """Which rows have all of their labels."""
    return as_labels(labels, "diagnose").known


def torn_apart(features: Features, seed: int) -> Features:
    """The same views with the rows of Y permuted, so that no pair belongs together."""
    order = np.random.default_rng([seed, 7]).permutation(len(features.Y))
    return replace(features, Y=features.Y[order])


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is changed of pairs before they are diagnosed; by default nothing.

    kept : how many rows keep their label; None for all, 0 for no labels at all.
    shuffled : whether rows of the second view are permuted (`torn_apart`).
    seed : of both. kind : as what labels are read, as for `diagnose`.
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
    """The features with fewer labels, shuffled pairs, or labels that are read otherwise."""
    kept, seed = changes.kept, changes.seed
    if changes.kind != features.kind:
        features = replace(features, kind=changes.kind)
    if kept == 0:
        features = replace(features, labels=None, targets=())
    elif kept is not None:
        features = with_labels(features, kept, seed)
    return torn_apart(features, seed) if changes.shuffled else features


Case = Literal["spiked", "digits", "activity"]


@dataclass(frozen=True, kw_only=True)
class ExampleSpec:
    """An example of pairs to diagnose.

    case : the spiked model, halves of the digits, or simulated activity.
    model, n : of the spiked model, and rows drawn from it; None in the other cases.
    changes : of the pairs; its seed is that of what is drawn too.
    """

    case: Case = "digits"
    model: SpikedSpec | None = None
    n: int | None = None
    changes: Changes = Changes()

    def __post_init__(self) -> None:
        unbox(self)
        name = "ExampleSpec"
        if self.case not in get_args(Case):
            raise InputError(
                name, f"case {self.case!r} is not known: use {', '.join(get_args(Case))}"
            )
        if self.case == "spiked":
            as_count(self.n, "n", name, 2)
        if (self.model is not None, self.n is not None) != (self.case == "spiked",) * 2:
            raise InputError(
                name,
                f"model and n belong to the case 'spiked' alone: give both with it, and "
                f"neither with another case (this is {self.case!r})",
            )


def example_pairs(spec: ExampleSpec) -> Features:
    """The pairs of an example, before anything is changed."""
    seed = spec.changes.seed
    if spec.case == "digits":
        return digits_features()
    if spec.case == "activity":
        return activity_features(seed)
    assert spec.model is not None
    assert spec.n is not None
    return spiked_features(spec.model, spec.n, seed)


def example(spec: ExampleSpec) -> Features:
    """The features of an example, changed as its spec says."""
    return changed(example_pairs(spec), spec.changes)


def summary(features: Features) -> pd.DataFrame:
    """What was read, one row a view: rows, dimensions, constant columns, scale.

    scale : median standard deviation of a column; range : the smallest and the largest.
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
    """What the labels are and as what they are read, in sentences."""
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
