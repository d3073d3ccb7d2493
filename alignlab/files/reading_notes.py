"""Notes on what was left out or assumed while reading a file, kept in the table's `attrs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

_NOTES, _LEFT_OUT = "notes", "left out"

_MOST = 100
"""Maximum number of left-out parts kept by name: pandas copies `attrs` with every column."""

_TOLD = 6
"""Maximum number of left-out parts that get a sentence each."""


def annotated(
    table: pd.DataFrame,
    notes: Iterable[str] = (),
    left_out: Mapping[str, str] | None = None,
    as_text: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The table with notes attached.

    notes : sentences. left_out : by name of a column or array, why it was left out and what to do.
        as_text : by name, why a column that is mostly numbers was kept as text and what to do.
    """
    left_out, as_text = left_out or {}, as_text or {}
    told = [*notes, *left_out_notes(left_out), *left_out_notes(as_text, "Text, not numbers")]
    if told:
        table.attrs[_NOTES] = told
    if left_out or as_text:
        table.attrs[_LEFT_OUT] = dict([*left_out.items(), *as_text.items()][:_MOST])
    return table


def notes_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The notes attached to a table, one sentence each."""
    return tuple(table.attrs.get(_NOTES, ()))


def left_out_of(table: pd.DataFrame) -> dict[str, str]:
    """Parts of the file that are not numeric columns, each with the reason and the remedy."""
    return dict(table.attrs.get(_LEFT_OUT, {}))


def left_out_notes(left_out: Mapping[str, str], what: str = "Left out") -> list[str]:
    """A sentence for each part that was left out, up to `_TOLD`, and one for the rest."""
    told = [f"{what}: {name!r} {reason}." for name, reason in list(left_out.items())[:_TOLD]]
    if len(left_out) > _TOLD:
        rest = ", ".join(repr(name) for name in list(left_out)[_TOLD : _TOLD + 4])
        more = " …" if len(left_out) > _TOLD + 4 else ""
        told.append(f"{what}, {len(left_out) - _TOLD:,} more: {rest}{more}.")
    return told


def joined(tables: Mapping[str, pd.DataFrame]) -> tuple[list[str], dict[str, str]]:
    """The notes and left-out parts of several files; tables : by file name."""
    several = len(tables) > 1
    notes = [
        f"{name}: {note}" if several else note
        for name, table in tables.items()
        for note in notes_of(table)
    ]
    left_out = {
        part: reason for table in tables.values() for part, reason in left_out_of(table).items()
    }
    return notes, left_out


def restated(table: pd.DataFrame, notes: Iterable[str], left_out: Mapping[str, str]) -> None:
    """Replace the notes and left-out parts of a table."""
    table.attrs.clear()
    if notes := list(notes):
        table.attrs[_NOTES] = notes
    if left_out:
        table.attrs[_LEFT_OUT] = dict(left_out)
