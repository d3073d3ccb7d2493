"""What a first guess of columns has assumed, where it may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import pandas as pd

from alignlab.files.column_names import family, numbers_rows, shards
from alignlab.files.columns import ColumnChoice, is_numeric, unique_names

_TOLD = 4
"""So many names are told."""


def guess_notes(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> list[str]:
    """Sentences on what `join_tables` of these files has guessed: cuts, parts, numbers of rows."""
    names = unique_names({name: list(table) for name, table in tables.items()})
    notes = [_cut(guess)] if is_cut(tables, guess) else []
    notes += _parts(tables, guess)
    used = {*guess.view1, *guess.view2, *guess.label_columns}
    counted = [
        column
        for file, table in tables.items()
        for column, bare in zip(names[file], table, strict=True)
        if column not in used and is_numeric(table[bare]) and numbers_rows(bare, table[bare])
    ]
    if counted:
        notes.append(f"Taken for numbers of the rows, and in no view: {_some(counted)}.")
    return notes


def is_cut(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> bool:
    """Whether two views are halves of the same columns, cut where neither name nor file says so."""
    if not guess.view1 or not guess.view2:
        return False
    names = unique_names({name: list(table) for name, table in tables.items()})
    file_of = {column: file for file, columns in names.items() for column in columns}
    if file_of[guess.view1[-1]] != file_of[guess.view2[0]]:
        return False
    first, second = ({family(column) for column in view} for view in (guess.view1, guess.view2))
    return bool(first & second) or len(first) > 1 or len(second) > 1


def _cut(guess: ColumnChoice) -> str:
    whole = [*guess.view1, *guess.view2]
    return (
        f"The columns {whole[0]} … {whole[-1]} are cut in the middle for a first guess, between "
        f"{guess.view1[-1]} and {guess.view2[0]}: nothing says where one view ends. Say it, or "
        "bring each view as a file of its own."
    )


def _parts(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> list[str]:
    """Sentences on names that may be parts (shards) of one view."""
    columns = [column for table in tables.values() for column in table if is_numeric(table[column])]
    groups = dict.fromkeys(family(column) for column in columns)
    stems = [PurePath(name).stem for name in tables]
    notes = []
    for found in (shards(groups), shards(stems)):
        if not found:
            continue
        taken = " Of each the first part is taken." if len(found) > 1 else ""
        named = [[part.rstrip("_.- ") for part in parts] for parts in found.values()]
        notes.append(
            "These may be parts (shards) of one view, whose rows follow each other: "
            f"{'; '.join(map(_some, named))}.{taken} If so, put the parts below each other in one "
            "file."
        )
    return notes


def _some(names: list[str]) -> str:
    return ", ".join(names[:_TOLD]) + (f" … ({len(names)})" if len(names) > _TOLD else "")
