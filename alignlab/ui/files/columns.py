"""The choice of a file's columns: two views, and labels.

Few columns are offered one by one. With many, the options are runs of columns that share a prefix,
as those of an embedding do; part of a run is selected by typing the positions of its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from alignlab.files.column_names import family
from alignlab.files.columns import ColumnChoice
from alignlab.files.keys import JOINED
from alignlab.files.source import Source
from alignlab.ui.files.controls import (
    LABELS,
    MORE_LABELS,
    UPLOAD_DIGEST,
    UPLOAD_NAME,
    VIEW1,
    VIEW2,
    read_ranges,
    write_ranges,
)
from alignlab.ui.files.matching import tell_match
from alignlab.ui.plain import as_written, named, shortened
from alignlab.ui.setting import put

Runs = dict[str, range]
"""Positions of the columns of each run, by the name of the run."""

ONE_BY_ONE = 40
"""Up to this many columns are offered one by one, more in runs."""

MOST_PLACED = 12
"""Maximum number of runs that are listed with their positions."""

_WRITTEN = "columns written"
"""What the widgets of this choice wrote last; if it differs now, something else has set it."""

_TIMES = "columns set anew"
"""How often something else has set the choice."""


def remember_columns(source: Source) -> None:
    """Write the files' names, digest and columns into the controls that a link carries.

    The columns are those of a link with this digest, or else a first guess.
    """
    same = st.session_state[UPLOAD_DIGEST.key] == source.digest
    put(UPLOAD_NAME, source.name)
    put(UPLOAD_DIGEST, source.digest)
    if not same:
        _write(source.head, source.guess)


def choose_columns(source: Source, several: bool = False) -> ColumnChoice:
    """Ask which columns form the views and labels; several : allow any number of label columns."""
    columns = list(source.head.columns)
    current = _linked_choice(source.head) or source.guess
    key = _key()
    with st.popover("Choose columns of both views, and labels", icon=":material/view_column:"):
        offered = runs(columns) if len(columns) > ONE_BY_ONE else {}
        if offered:
            st.caption(f"Positions: {as_written(_positions(columns, offered))}.")
        view1 = _columns("View 1", columns, offered, current.view1, key)
        view2 = _columns("View 2", columns, offered, current.view2, key)
        if several:
            chosen = _columns("Labels", columns, offered, current.label_columns, key)
            labels, more = next(iter(chosen), None), chosen[1:]
        else:
            options = [None, *columns]
            labels = st.selectbox(
                "Labels",
                options,
                index=options.index(current.labels) if current.labels in options else 0,
                format_func=lambda column: "no labels" if column is None else column,
                key=f"column of labels {key}",
            )
            more = ()
    choice = ColumnChoice(view1=view1, view2=view2, labels=labels, more_labels=more)
    _write(source.head, choice)
    st.session_state[_WRITTEN] = _written()
    used = {*view1, *view2, *choice.label_columns}
    left_out = [column for column in columns if column not in used]
    guessed = " A first guess: change it above." if choice == source.guess else ""
    st.caption(
        f"**{named(source.name)}**, {source.rows:,} rows. View 1, x: {_told(view1)}. View 2, y: "
        f"{_told(view2)}. Labels: {_told(choice.label_columns)}. Not used: "
        f"{_told(left_out)}.{guessed}"
    )
    tell_match(source)
    if notes := [note for note in source.notes if not note.startswith(JOINED)]:
        st.info(_bullets("While reading", notes), icon=":material/info:")
    if guessed and source.doubts:
        st.warning(_bullets("A guess", source.doubts), icon=":material/content_cut:")
    if view1 and view2:
        whole = (*source.guess.view1, *source.guess.view2)
        _correct(source.head, choice, source.cut and whole == (*view1, *view2), key)
    return choice


def _correct(table: pd.DataFrame, choice: ColumnChoice, cut: bool, key: str) -> None:
    """Corrections of a guess by one click: swap the views, or move the cut between them."""
    key = f"cut views at {key}"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            "Swap the views",
            icon=":material/swap_horiz:",
            key="swap views",
            on_click=_write,
            args=(table, replace(choice, view1=choice.view2, view2=choice.view1)),
        )
        if cut:
            whole = (*choice.view1, *choice.view2)
            st.number_input(
                f"View 1 is the first … of {len(whole):,} columns",
                min_value=1,
                max_value=len(whole) - 1,
                value=len(choice.view1),
                key=key,
                on_change=_cut_at,
                args=(table, choice, whole, key),
            )


def _cut_at(table: pd.DataFrame, choice: ColumnChoice, whole: tuple[str, ...], key: str) -> None:
    at = int(st.session_state[key])
    _write(table, replace(choice, view1=whole[:at], view2=whole[at:]))


def _bullets(title: str, notes: Sequence[str]) -> str:
    """Notes as a list, with Markdown in names of files and columns escaped."""
    return f"**{title}**\n" + "".join(f"\n- {as_written(note)}" for note in notes)


def _positions(columns: Sequence[str], offered: Runs) -> str:
    """The positions of the runs of columns, for the first `MOST_PLACED` runs."""
    placed = [
        f"{family(columns[at.start]).rstrip('_. ') or columns[at.start]} "
        + write_ranges(at).replace("-", "–")
        for at in offered.values()
    ]
    return ", ".join(placed[:MOST_PLACED]) + (" …" if len(placed) > MOST_PLACED else "")


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names) or "none"
    return f"{names[0]} … {names[-1]} ({len(names):,} columns)"


def _told(names: Sequence[str]) -> str:
    return as_written(_listed([shortened(name) for name in names]))


def _columns(
    label: str, columns: list[str], offered: Runs, chosen: tuple[str, ...], key: str
) -> tuple[str, ...]:
    # `chosen` names columns of this file: from a guess, or from a link checked against the file
    key = f"columns of {label} {key}"
    if not offered:
        return tuple(st.multiselect(label, columns, default=list(chosen), key=key))
    shown = in_runs(chosen, columns, offered)
    said = st.multiselect(
        label,
        [*offered, *(part for part in shown if part not in offered)],
        default=shown,
        key=key,
        accept_new_options=True,
        # otherwise Enter after 12 would select any run with a 1 and a 2 in its name
        filter_mode="prefix",
        select_all=False,
        placeholder="Choose runs of columns, or type 0-511",
        help="Runs of columns that share a name. To select part of a run, remove it and type "
        f"positions: 0-511 is the first 512 columns of the file; the last is {len(columns) - 1}.",
    )
    try:
        return from_runs(said, columns, offered)
    except ValueError as error:
        st.error(as_written(str(error)), icon=":material/block:")
        return chosen


def _key() -> str:
    """Key of the widgets, which changes whenever a link, a file or a preset sets the choice.

    Without a key Streamlit would replace the widgets at each change, as their defaults follow the
    choice, and the browser would send every second change to widgets that no longer exist.
    """
    if st.session_state.get(_WRITTEN) != _written():
        st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    return str(st.session_state[_TIMES])


def _written() -> tuple[str | None, ...]:
    """The page, and the choice as stored in its controls and the address."""
    controls = (UPLOAD_DIGEST, VIEW1, VIEW2, LABELS, MORE_LABELS)
    return (st.session_state.get("page"), *(st.session_state[control.key] for control in controls))


def runs(columns: Sequence[str]) -> Runs:
    """Positions of neighbouring columns that share a prefix, by the name of the run."""
    found: dict[str, range] = {}
    first = 0
    for position in range(1, len(columns) + 1):
        if position < len(columns) and family(columns[position]) == family(columns[first]):
            continue
        last = position - 1
        found[_listed(columns[first:position])] = range(first, position)
        first = last + 1
    return found


def in_runs(chosen: Sequence[str], columns: Sequence[str], offered: Runs) -> list[str]:
    """The chosen columns as whole `runs`, and as positions or a name for parts of a run."""
    position = {column: number for number, column in enumerate(columns)}
    beginning = {whole.start: (name, whole) for name, whole in offered.items()}
    numbers = [position[column] for column in chosen]
    found: list[str] = []
    parts: list[int] = []

    def put_parts() -> None:
        for part in write_ranges(parts).split(",") if parts else ():
            found.append(columns[int(part)] if part.isdigit() else part)
        parts.clear()

    at = 0
    while at < len(numbers):
        name, whole = beginning.get(numbers[at], ("", range(0)))
        if whole and numbers[at : at + len(whole)] == list(whole):
            put_parts()
            found.append(name)
            at += len(whole)
        else:
            parts.append(numbers[at])
            at += 1
    put_parts()
    return found


def from_runs(said: Sequence[str], columns: Sequence[str], offered: Runs) -> tuple[str, ...]:
    """The columns that runs, column names and typed positions stand for, without repeats.

    Raises ValueError for anything else.
    """
    known = set(columns)
    chosen: list[str] = []
    for part in said:
        if part in offered:
            chosen += columns[offered[part].start : offered[part].stop]
        elif part in known:
            chosen.append(part)
        else:
            try:
                numbers = read_ranges(part.replace(" ", ""))
            except ValueError:
                numbers = []
            if not numbers or max(numbers) >= len(columns):
                raise ValueError(
                    f"“{part}” is neither a column nor positions between 0 and {len(columns) - 1} "
                    "such as 0-511: choose from the list, or type positions"
                )
            chosen += [columns[number] for number in numbers]
    return tuple(dict.fromkeys(chosen))


def _write(table: pd.DataFrame, choice: ColumnChoice) -> None:
    position = {column: number for number, column in enumerate(table.columns)}
    for control, chosen in (
        (VIEW1, choice.view1),
        (VIEW2, choice.view2),
        (MORE_LABELS, choice.more_labels),
    ):
        put(control, write_ranges([position[column] for column in chosen]))
    put(LABELS, choice.labels or "")


def _linked_choice(table: pd.DataFrame) -> ColumnChoice | None:
    """The columns that the address names; None if it names none, or columns not in the file."""
    columns = list(table.columns)
    texts = [st.session_state.get(control.key, "") for control in (VIEW1, VIEW2, MORE_LABELS)]
    labels = st.session_state[LABELS.key] or None
    numbers = [read_ranges(text) for text in texts]
    known = all(number < len(columns) for view in numbers for number in view)
    if not any(texts) or not known or (labels is not None and labels not in columns):
        return None
    view1, view2, more = (tuple(columns[number] for number in view) for view in numbers)
    return ColumnChoice(view1=view1, view2=view2, labels=labels, more_labels=more)
