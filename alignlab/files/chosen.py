"""Build pairs and features from the chosen columns of a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignlab.checks import InputError
from alignlab.data.features import Features
from alignlab.data.label_columns import named
from alignlab.data.label_values import Cells, as_labels
from alignlab.data.pairs import PairedData
from alignlab.files.columns import ColumnChoice, is_numeric
from alignlab.files.limits import repeated
from alignlab.files.reading_notes import left_out_of

_TOLD = 8
"""Maximum number of names listed in a refusal."""

EXACT = 2.0**53
"""Largest whole number up to which float64 represents all whole numbers exactly."""


def pairs_from_table(table: pd.DataFrame, choice: ColumnChoice) -> PairedData:
    """The pairs of a table: view 1 and view 2 as chosen, label values as sorted classes.

    Missing labels form a separate class, "no label". Raises ValueError if a column is absent,
    used twice, not numeric or not finite, or if a view is empty.
    """
    check_choice(table, choice)
    X1, X2 = (_finite(table[list(view)]) for view in (choice.view1, choice.view2))
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    if choice.labels:
        labels, classes = named(table[choice.labels], f"label column {choice.labels!r}")
        if (labels < 0).any():
            labels, classes = np.where(labels < 0, len(classes), labels), (*classes, "no label")
    return PairedData(
        X1=X1,
        X2=X2,
        labels=labels,
        classes=classes,
    )


def check_choice(table: pd.DataFrame, choice: ColumnChoice) -> None:
    """ValueError if the chosen columns cannot be the views and labels of this table."""
    chosen = [*choice.view1, *choice.view2]
    absent = [column for column in [*chosen, *choice.label_columns] if column not in table]
    reasons = left_out_of(table)
    if absent and absent[0] in reasons:
        raise ValueError(f"column {absent[0]!r} is left out: it {reasons[absent[0]]}")
    if absent:
        raise ValueError(f"the file has no column {absent[0]!r}: choose the columns again")
    if not choice.view1 or not choice.view2:
        _refuse_written_lists(table)
        refuse_texts(table)
        cause = "".join(f"; {name!r} {reason}" for name, reason in list(reasons.items())[:1])
        raise ValueError(f"each view needs at least one column: choose columns for both{cause}")
    twice = repeated(chosen)
    if twice:
        raise ValueError(f"column {min(twice)!r} is in both views: leave it in one of them")
    textual = [column for column in chosen if not is_numeric(table[column])]
    if textual:
        _refuse_written_lists(table[textual])
        if reason := reasons.get(textual[0]):
            raise ValueError(f"column {textual[0]!r} {reason}")
        raise ValueError(
            f"column {textual[0]!r} holds text: remove it from the views, or encode it as numbers"
        )


def refuse_texts(table: pd.DataFrame) -> None:
    """ValueError if no column holds numbers."""
    names = list(table)
    if names and not any(is_numeric(table[column]) for column in table):
        _refuse_written_lists(table)
        more = f" … ({len(names):,})" if len(names) > _TOLD else ""
        raise ValueError(
            f"no column holds numbers: {', '.join(map(repr, names[:_TOLD]))}{more} hold text; "
            "bring files with the numbers of both views"
        )


def _refuse_written_lists(table: pd.DataFrame) -> None:
    """ValueError if a column holds lists written out as text, as in a CSV file."""
    for column in table:
        if is_numeric(table[column]):
            continue
        first = next(iter(table[column].dropna()), None)
        if isinstance(first, str) and first.strip()[:1] == "[" and first.strip()[-1:] == "]":
            raise ValueError(
                f"column {column!r} holds lists written out as text: save the table as Parquet, "
                "which keeps lists, or each list as an array of an NPZ file"
            )


def _finite(view: pd.DataFrame) -> np.ndarray:
    X = view.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(X)
    if not finite.all():
        j = int(finite.all(axis=0).argmin())
        missing = np.flatnonzero(~finite[:, j])
        raise ValueError(
            f"column {view.columns[j]!r} holds {missing.size} NaN (missing) or infinite values, "
            f"the first in data row {missing[0] + 1}: drop these rows, fill the values, or leave "
            "the column out"
        )
    return X


def features_from_table(table: pd.DataFrame, choice: ColumnChoice, drop: bool = False) -> Features:
    """The views and labels of a table; there may be several label columns, with missing values.

    drop : leave out rows in which a view holds NaN or an infinite value. Otherwise, and if no row
        would remain, they are an error.
    Raises ValueError as `check_choice` and `labels_of` do.
    """
    rows = incomplete_rows(table, choice)
    if len(rows) and (len(rows) == len(table) or not drop):
        column, count = _most_gaps(table, choice)
        raise ValueError(
            f"{len(rows):,} of {len(table):,} rows hold NaN (missing) or infinite values in a "
            f"view, the first is data row {rows[0] + 1}; column {column!r} alone has {count:,}: "
            f"{'' if len(rows) == len(table) else 'leave these rows out, '}fill them, or remove "
            "such columns from the views"
        )
    if len(rows):
        table = table.drop(index=table.index[rows])
    X, Y = (_numbers(table, view) for view in (choice.view1, choice.view2))
    labels = labels_of(table, choice.label_columns)
    return Features(X=X, Y=Y, labels=labels, targets=choice.label_columns)


def incomplete_rows(table: pd.DataFrame, choice: ColumnChoice) -> np.ndarray:
    """Indices of the rows in which a column of a view is NaN, missing or infinite.

    Raises ValueError as `check_choice` does.
    """
    check_choice(table, choice)
    whole = np.ones(len(table), dtype=bool)
    for view in (choice.view1, choice.view2):
        whole &= np.isfinite(_numbers(table, view)).all(axis=1)
    return np.flatnonzero(~whole)


def _most_gaps(table: pd.DataFrame, choice: ColumnChoice) -> tuple[str, int]:
    """The view column with the most missing or infinite values, and their number."""
    columns = [*choice.view1, *choice.view2]
    gaps = np.count_nonzero(~np.isfinite(_numbers(table, columns)), axis=0)
    return columns[int(gaps.argmax())], int(gaps.max())


def labels_of(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray | None:
    """Label columns as `diagnose` takes them, (n,) or (n, p): numbers with NaN, else objects.

    Raises ValueError naming the column for values that are neither numbers nor text.
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
    """Texts and numbers unchanged, None where a cell is missing."""
    found = np.full(len(cells.known), None, dtype=object)
    if cells.numbers is not None:
        found[cells.known] = cells.numbers.astype(object)[cells.known]
    if cells.texts is not None:
        text = np.array([one is not None for one in cells.texts], dtype=bool)
        found[text] = cells.texts[text]
    return found


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    return table[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
