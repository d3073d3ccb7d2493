"""Notes on the assumptions of a first guess of columns, where it may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import pandas as pd

from alignlab.files.column_names import family, numbers_rows, shards
from alignlab.files.columns import ColumnChoice, is_numeric, unique_names
from alignlab.files.keys import offered_keys

_TOLD = 4
"""Maximum number of names listed in a note."""


def guess_notes(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> list[str]:
    """Sentences on what `join_tables` has guessed for these files: splits, shards, row numbers."""
    names = unique_names({name: list(table) for name, table in tables.items()})
    notes = [_cut(guess)] if is_cut(tables, guess) else []
    notes += _parts(tables, guess)
    keys = set(offered_keys(tables))  # whether rows are matched by them is said elsewhere
    used = {*guess.view1, *guess.view2, *guess.label_columns}
    counted = [
        column
        for file, table in tables.items()
        for column, bare in zip(names[file], table, strict=True)
        if column not in used
        and bare not in keys
        and is_numeric(table[bare])
        and numbers_rows(bare, table[bare])
    ]
    if counted:
        notes.append(f"Assumed to be row numbers, and in no view: {_some(counted)}.")
    return notes


def is_cut(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> bool:
    """Whether the two views are halves of one run of columns, split without a hint from names."""
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
        f"The columns {whole[0]} … {whole[-1]} are split in the middle as a first guess, between "
        f"{guess.view1[-1]} and {guess.view2[0]}: the file does not say where one view ends. "
        "Choose the columns, or bring each view as a separate file."
    )


def _parts(tables: Mapping[str, pd.DataFrame], guess: ColumnChoice) -> list[str]:
    """Sentences on names that may be shards of one view."""
    columns = [column for table in tables.values() for column in table if is_numeric(table[column])]
    groups = dict.fromkeys(family(column) for column in columns)
    stems = [PurePath(name).stem for name in tables]
    notes = []
    remedies = (
        "concatenate the shards by rows into one array",
        "name them x-00000-of-00002, x-00001-of-00002",
    )
    for found, remedy in zip((shards(groups), shards(stems)), remedies, strict=True):
        if not found:
            continue
        taken = " The first shard of each is used." if len(found) > 1 else ""
        named = [[part.rstrip("_.- ") for part in parts] for parts in found.values()]
        notes.append(
            "These may be shards of one view, with consecutive rows: "
            f"{'; '.join(map(_some, named))}.{taken} If so, {remedy}."
        )
    return notes


def _some(names: list[str]) -> str:
    return ", ".join(names[:_TOLD]) + (f" … ({len(names)})" if len(names) > _TOLD else "")
