"""What a diagnosis is made of: two views and labels, from an example or from the user's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alignlab.checks import as_count
from alignlab.datasets import ColumnChoice, check_choice, digits_halves, is_numeric
from alignlab.har import simulate
from alignlab.spiked import SpikedSpec, sample_spiked

LABEL_R2 = 0.8
"""R^2 of the labels of a spiked draw given its shared coordinates."""

CLOCK = 16
"""Moments at which the activity example looks at a sequence."""

CONSTANT = 1e-12
"""A column whose deviation is below this share of its largest value is constant."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Two views of the same things, and what is known of some of them.

    X : (n, d1), Y : (n, d2), one row a thing. labels : (n,) or (n, p) as `diagnose` takes them,
    NaN or None where one is missing; None without any. targets : what the label columns are called.
    """

    X: np.ndarray
    Y: np.ndarray
    labels: np.ndarray | None
    targets: tuple[str, ...] = ()


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
    Raises ValueError as `check_choice` does, and where several label columns are not all numbers.
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
    """Label columns as `diagnose` takes them: one of names or numbers, or several of numbers."""
    if not columns:
        return None
    if len(columns) > 1:
        textual = [c for c in columns if not is_numeric(table[c])]
        if textual:
            raise ValueError(
                f"label column {textual[0]!r} holds names and is one of {len(columns)}: give one "
                "column of names, or columns of numbers"
            )
        return _numbers(table, columns)
    column = table[columns[0]]
    if pd.api.types.is_bool_dtype(column) and not column.hasnans:
        return column.to_numpy(dtype=bool)
    if is_numeric(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([None if pd.isna(v) else str(v) for v in column], dtype=object)


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
    numbers = features.labels.dtype.kind in "biuf"
    labels = features.labels.astype(np.float64 if numbers else object)
    labels[lost] = np.nan if numbers else None
    return replace(features, labels=labels)


def _labelled(labels: np.ndarray) -> np.ndarray:
    """Which rows have all of their labels."""
    return ~pd.isna(labels.reshape(len(labels), -1)).any(axis=1)


def torn_apart(features: Features, seed: int) -> Features:
    """The same views with the rows of Y permuted, so that no pair belongs together."""
    order = np.random.default_rng([seed, 7]).permutation(len(features.Y))
    return replace(features, Y=features.Y[order])


def changed(features: Features, kept: int | None, torn: bool, seed: int) -> Features:
    """`with_labels` of so many rows, unless None, and `torn_apart` where asked for.

    No rows with a label is no labels.
    """
    if kept == 0:
        features = replace(features, labels=None, targets=())
    elif kept is not None:
        features = with_labels(features, kept, seed)
    return torn_apart(features, seed) if torn else features


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
    """What the labels are, in a sentence."""
    labels = features.labels
    if labels is None:
        return "No labels."
    rows, known = labels.reshape(len(labels), -1), _labelled(labels)
    lost = np.count_nonzero(~known)
    missing = f", {lost:,} {'row has' if lost == 1 else 'rows have'} none" if lost else ""
    names = ", ".join(features.targets[:4]) + (" …" if len(features.targets) > 4 else "")
    if rows.shape[1] > 1:
        return f"Labels: {rows.shape[1]} columns of numbers ({names}){missing}."
    different = len(set(rows[known, 0].tolist()))
    return f"Labels: {names}, {different:,} different value{'s' * (different != 1)}{missing}."
