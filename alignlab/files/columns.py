"""Which columns of a table are view 1, view 2 and labels: the choice, and a first guess.

A table may join the columns of several files side by side (`join_tables`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd

from alignlab.files.column_names import are_identifiers, family, further_shards, numbers_rows
from alignlab.files.keys import UnmatchedError, joined_by, remember
from alignlab.files.limits import repeated
from alignlab.files.reading_notes import joined, restated

_LABEL_FAMILIES = ("label", "labels", "class", "classes", "targets", "category")
"""Names for groups of label columns; y and target are not here, since they may be a view."""

_LABEL_NAMES = (*_LABEL_FAMILIES, "y", "target")


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """The columns of a table used as view 1, view 2 and labels.

    labels : the label column; None if there is none. more_labels : further label columns, for
        methods that accept several.
    """

    view1: tuple[str, ...]
    view2: tuple[str, ...]
    labels: str | None = None
    more_labels: tuple[str, ...] = ()

    @property
    def label_columns(self) -> tuple[str, ...]:
        return () if self.labels is None else (self.labels, *self.more_labels)


def guess_columns(table: pd.DataFrame) -> ColumnChoice:
    """A first guess: columns with a common prefix form a view; a column named like labels, labels.

    Without such a name the labels are the first text column whose values repeat. The first two
    groups are the views; a group named like labels becomes the labels if two others remain. Of
    groups that come in shards (img_emb_0, img_emb_1, text_emb_0, ...) the first shard of each is
    used. Row numbers and other single columns are in no view. Without two groups, the numeric
    columns are split in the middle. `guess_notes` says what may be wrong with the guess.
    """
    named = [column for column in table if _is_label(column, table)]
    # a dictionary, to keep the order and find quickly
    text = {column: None for column in table if not is_numeric(table[column])}
    classes = (column for column in text if not are_identifiers(table[column]))
    labels = next(iter(named), None) or next(classes, None)
    groups: dict[str, list[str]] = {}
    for column in table:
        if column != labels and column not in text and not numbers_rows(column, table[column]):
            groups.setdefault(family(column), []).append(column)
    further = further_shards(groups)
    families = {
        name: group for name, group in groups.items() if len(group) > 1 and name not in further
    }
    telling = {name: group for name, group in families.items() if _are_labels(name)}
    more: tuple[str, ...] = ()
    if telling and not named and len(families) - len(telling) > 1:
        labels, *rest = (column for group in telling.values() for column in group)
        more = tuple(rest)
        families = {name: group for name, group in families.items() if name not in telling}
    if len(families) > 1 or len(groups) == 2:
        view1, view2 = list((families if len(families) > 1 else groups).values())[:2]
    else:
        numeric = [column for group in groups.values() for column in group]
        view1, view2 = numeric[: len(numeric) // 2], numeric[len(numeric) // 2 :]
    return ColumnChoice(view1=tuple(view1), view2=tuple(view2), labels=labels, more_labels=more)


def _is_label(column: str, table: pd.DataFrame) -> bool:
    """Whether a column is named like labels: y, or y[0] of an array with a single column.

    With only one other array in the table, y[0] is a view.
    """
    if column.lower() in _LABEL_NAMES:
        return True
    alone = column.endswith("[0]") and f"{column[:-3]}[1]" not in table
    if not alone or column[:-3].lower() not in _LABEL_NAMES:
        return False
    return len({family(other) for other in table}) > 2


def _are_labels(family: str) -> bool:
    """Whether a group of columns is named like labels."""
    return family.rstrip("_.- ").lower() in _LABEL_FAMILIES


def join_tables(
    tables: Mapping[str, pd.DataFrame], key: str | None = None
) -> tuple[pd.DataFrame, ColumnChoice]:
    """The columns of several files side by side, and a first guess; tables by file name.

    key : the column that identifies rows, as for `keys.join_on`, by which files in different orders
    are joined; it is in no view and no label. `keys.matched_by` tells what became of it.

    A column name that occurs in several files is prefixed with the name of its file. The first two
    files that hold more than labels are the views. Labels are columns named like labels, text whose
    values repeat, and the numeric columns of a file that holds labels only. If only one file holds
    more than labels, its columns are guessed as in `guess_columns`.

    Of files that come in shards (img_emb_0, img_emb_1, text_emb_0, ...) the first of each is used.
    Notes from reading the files are kept with the table (`reading_notes`).

    Raises ValueError if the files differ in their number of rows or two have the same name, and
    as `keys.join_on` does.
    """
    tables, matched, notes = joined_by(tables, key)
    rows = {name: len(table) for name, table in tables.items()}
    if len(set(rows.values())) > 1:
        counts = ", ".join(f"{name} has {count:,}" for name, count in rows.items())
        raise UnmatchedError(
            "; ".join([
                f"the files have unequal rows ({counts}): row i of all must be the same sample; "
                "drop the rows without a partner, give each file a column that identifies the "
                f"rows, such as id, or remove a file{_turned(tables)}", *notes,
            ]),
            matched.offered,
        )  # fmt: skip
    names = unique_names({name: list(table) for name, table in tables.items()})
    named = [table.set_axis(names[name], axis=1) for name, table in tables.items()]
    whole = pd.concat(named, axis=1)
    told, left_out = joined(tables)
    restated(whole, [*(f"{note}." for note in notes), *told], left_out)
    remember(whole, matched)
    if len(named) == 1:
        return whole, guess_columns(whole)
    views: list[tuple[str, ...]] = []
    labels: list[str] = []
    others: list[str] = []  # numeric columns of a file that holds labels only
    further = further_shards(PurePath(name).stem for name in tables)
    for file, own, table in zip(tables, named, tables.values(), strict=True):
        if PurePath(file).stem in further:
            continue
        telling = [
            column
            for column, bare in zip(own, table, strict=True)
            if bare != matched.key
            and (
                bare.lower() in _LABEL_NAMES
                or _are_labels(family(bare))
                or not is_numeric(own[column])
            )
        ]
        known = set(telling)
        features = tuple(
            column
            for column, bare in zip(own, table, strict=True)
            if column not in known and bare != matched.key and not numbers_rows(bare, own[column])
        )
        if features and (len(features) > 1 or len(named) == 2) and len(views) < 2:
            views.append(features)
        else:
            telling += features
            others = others or [column for column in telling if is_numeric(own[column])]
        labels += [column for column in telling if not are_identifiers(own[column])]
    if len(views) == 1:  # all other files hold labels
        guess = guess_columns(whole[list(views[0])])
        views = [guess.view1, guess.view2]
    while len(views) < 2:
        views.append(())
    first = labels[0] if labels else None
    more = tuple(others[1:]) if others[:1] == [first] else ()
    return whole, ColumnChoice(view1=views[0], view2=views[1], labels=first, more_labels=more)


def unique_names(columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Column names of several files, by file name, made unique by prefixing the file name.

    ValueError if names still clash, because two files have the same name.
    """
    seen = repeated(column for names in columns.values() for column in names)
    shared = set(seen)
    found = {
        file: [f"{PurePath(file).stem}.{name}" if name in shared else name for name in names]
        for file, names in columns.items()
    }
    if twice := repeated(column for names in found.values() for column in names):
        raise ValueError(
            f"column {twice[0]!r} is in two files of the same name: rename one of the files"
        )
    return found


def _turned(tables: Mapping[str, pd.DataFrame]) -> str:
    """A hint if a file has as many columns as another has rows."""
    rows = {len(table) for table in tables.values()}
    for name, table in tables.items():
        if len(table) > 1 and table.shape[1] in rows - {len(table)}:
            return f"; {name} looks transposed, with features in rows: save its transpose (.T)"
    return ""


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds real numbers."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)
