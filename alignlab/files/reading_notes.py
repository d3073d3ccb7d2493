"""What was left out or assumed while a file was read; it travels with the table, as its `attrs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

_NOTES, _LEFT_OUT = "notes", "left out"

_MOST = 100
"""So many parts that were left out are kept by name: pandas copies `attrs` with every column."""

_TOLD = 6
"""So many of them are told."""


def annotated(
    table: pd.DataFrame,
    notes: Iterable[str] = (),
    left_out: Mapping[str, str] | None = None,
    as_text: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The table with what to say of it.

    notes : sentences. left_out : by the name of a column or an array, why it is in no column, and
        what to do. as_text : why columns that are mostly numbers are text, likewise.
    """
    left_out, as_text = left_out or {}, as_text or {}
    told = [*notes, *left_out_notes(left_out), *left_out_notes(as_text, "Text, not numbers")]
    if told:
        table.attrs[_NOTES] = told
    if left_out or as_text:
        table.attrs[_LEFT_OUT] = dict([*left_out.items(), *as_text.items()][:_MOST])
    return table


def notes_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The sentences that came with a table."""
    return tuple(table.attrs.get(_NOTES, ()))


def left_out_of(table: pd.DataFrame) -> dict[str, str]:
    """Parts of the file that are no columns of numbers, each with the reason and the remedy."""
    return dict(table.attrs.get(_LEFT_OUT, {}))


def left_out_notes(left_out: Mapping[str, str], what: str = "Left out") -> list[str]:
    """A sentence for each part that was left out, of so many as can be read."""
    told = [f"{what}: {name!r} {reason}." for name, reason in list(left_out.items())[:_TOLD]]
    if len(left_out) > _TOLD:
        rest = ", ".join(repr(name) for name in list(left_out)[_TOLD : _TOLD + 4])
        more = " …" if len(left_out) > _TOLD + 4 else ""
        told.append(f"{what} as well, {len(left_out) - _TOLD:,} in number: {rest}{more}.")
    return told


def joined(tables: Mapping[str, pd.DataFrame]) -> tuple[list[str], dict[str, str]]:
    """Notes and what was left out of several files, by file name."""
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
    """Set notes that hold all there is to say, and what was left out."""
    table.attrs.clear()
    if notes := list(notes):
        table.attrs[_NOTES] = notes
    if left_out:
        table.attrs[_LEFT_OUT] = dict(left_out)
