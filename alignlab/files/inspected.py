"""Pairs to be looked at from a table: two views, and all other columns as metadata."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd

from alignlab.data.inspected import Inspected
from alignlab.data.metadata import Metadata
from alignlab.files.chosen import incomplete_rows, pairs_from_table
from alignlab.files.columns import ColumnChoice, is_numeric

COLUMNS = 50
"""At most this many columns become metadata."""

DATE = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
"""A date of ISO 8601, maybe with a time."""


def table_inspected(
    table: pd.DataFrame,
    choice: ColumnChoice,
    drop: bool = False,
    key: Hashable = None,
    rows: np.ndarray | None = None,
) -> Inspected:
    """The pairs of a table, with all columns that are in neither view as metadata.

    drop : leave out rows in which a view holds NaN or an infinite value; they are an error
        otherwise, and if no row would remain. The metadata may have missing values.
    key : identifies the table without holding it.
    rows : (n,), the row in its file of each row of the table; None where these are the same.

    Raises ValueError as `chosen.pairs_from_table` does.
    """
    notes, choice_of_views = [], replace(choice, labels=None, more_labels=())
    missing = incomplete_rows(table, choice)
    kept = np.arange(len(table))
    if drop and 0 < len(missing) < len(table):
        kept = np.delete(kept, missing)
        notes.append(
            f"{len(missing):,} of {len(table):,} rows are left out: a view holds NaN (missing) or "
            "infinite values there."
        )
    columns = metadata_columns(table, choice)
    if len(columns) > COLUMNS:
        notes.append(
            f"{COLUMNS} of {len(columns):,} columns outside the views are kept as metadata: labels "
            "first, then text, then numbers."
        )
    found = table.iloc[kept]
    return Inspected(
        data=pairs_from_table(found, choice_of_views),
        metadata=Metadata(found[list(columns[:COLUMNS])].apply(with_dates), choice.label_columns),
        key=key,
        rows=kept if rows is None else rows[kept],
        notes=tuple(notes),
    )


def with_dates(values: pd.Series) -> pd.Series:
    """A column of texts that all are dates as ISO 8601 writes them, as dates; others unchanged."""
    if is_numeric(values):
        return values
    known = values.dropna()
    if known.empty or not known.astype(str).str.fullmatch(DATE).all():
        return values
    try:
        return pd.to_datetime(values.astype(object), format="ISO8601")
    except ValueError:  # a 30 February, or several time zones
        return values


def metadata_columns(table: pd.DataFrame, choice: ColumnChoice) -> tuple[str, ...]:
    """The columns of a table outside both views: labels first, then text, then numbers."""
    views = {*choice.view1, *choice.view2}
    chosen = views | {*choice.label_columns}
    others = [column for column in table if column not in chosen]
    labels = [column for column in choice.label_columns if column not in views]
    return (*labels, *sorted(others, key=lambda column: is_numeric(table[column])))
