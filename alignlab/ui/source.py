"""Files that a user has brought, and the choice of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd
import streamlit as st

from alignlab.datasets import ColumnChoice, join_tables
from alignlab.diagnose import Chunks
from alignlab.large_tables import LargeTable, chunks_of
from alignlab.tables import read_table
from alignlab.ui import parameters as p
from alignlab.ui.state import put


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Files with their columns: as one table, or too large for that.

    files : names and SHA-256; that of the whole content where there is a table.
    head : the table, or its first rows where the files are read in chunks.
    rows : of the files. guess : a first guess of the columns. large : files to be read in chunks.
    """

    files: tuple[tuple[str, str], ...]
    head: pd.DataFrame
    rows: int
    guess: ColumnChoice
    large: tuple[LargeTable, ...] = ()

    @property
    def name(self) -> str:
        return " + ".join(name for name, _ in self.files)

    @property
    def digest(self) -> str:
        """That of the only file, or of all digests one after the other."""
        digests = [digest for _, digest in self.files]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()

    @property
    def table(self) -> pd.DataFrame | None:
        """All rows; None where the files are read in chunks."""
        return None if self.large else self.head

    def chunks(self, columns: ColumnChoice) -> Chunks:
        """What `diagnose_chunks` takes."""
        return chunks_of(self.large, columns.view1, columns.view2, columns.label_columns)


def digests(contents: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Names and SHA-256 of files, given by name."""
    return tuple((name, sha256(content).hexdigest()) for name, content in contents.items())


def read_source(contents: Mapping[str, bytes], files: tuple[tuple[str, str], ...]) -> Source:
    """Files read whole, given by name, with their `digests`; ValueError where one cannot be."""
    least = 2 if len(contents) == 1 else 1
    tables = {name: read_table(content, name, least) for name, content in contents.items()}
    table, guess = join_tables(tables)
    return Source(files=files, head=table, rows=len(table), guess=guess)


def remember_columns(source: Source) -> None:
    """Write the files' names, digest and columns into the controls, which a link carries.

    The columns are those that a link with this digest names, or else a first guess.
    """
    same = st.session_state[p.UPLOAD_DIGEST.key] == source.digest
    put(p.UPLOAD_NAME, source.name)
    put(p.UPLOAD_DIGEST, source.digest)
    _write(source.head, (_linked_choice(source.head) if same else None) or source.guess)


def choose_columns(source: Source, several: bool = False) -> ColumnChoice:
    """Ask which columns are what; several : whether any number of them are labels."""
    columns = list(source.head.columns)
    current = _linked_choice(source.head) or source.guess
    with st.popover("Choose columns of both views, and labels", icon=":material/view_column:"):
        view1 = _columns("View 1", columns, current.view1)
        view2 = _columns("View 2", columns, current.view2)
        if several:
            chosen = _columns("Labels", columns, current.label_columns)
            labels, more = next(iter(chosen), None), chosen[1:]
        else:
            options = [None, *columns]
            labels = st.selectbox(
                "Labels",
                options,
                index=options.index(current.labels) if current.labels in options else 0,
                format_func=lambda column: "no labels" if column is None else column,
            )
            more = ()
    choice = ColumnChoice(view1=view1, view2=view2, labels=labels, more_labels=more)
    _write(source.head, choice)
    used = {*view1, *view2, *choice.label_columns}
    left_out = [column for column in columns if column not in used]
    guessed = " A first guess: change it above." if choice == source.guess else ""
    st.caption(
        f"**{source.name}**, {source.rows:,} rows. View 1, x: {_listed(view1)}. View 2, y: "
        f"{_listed(view2)}. Labels: {_listed(choice.label_columns)}. Not used: "
        f"{_listed(left_out)}.{guessed}"
    )
    if len(source.files) == 1 and guessed and source.name.lower().endswith(".npy"):
        st.warning(
            "One array, cut in the middle for a first guess: bring the file of the other view too, "
            "or choose the columns of both.",
            icon=":material/content_cut:",
        )
    return choice


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names) or "none"
    return f"{names[0]} … {names[-1]} ({len(names):,} columns)"


def _columns(label: str, columns: list[str], chosen: tuple[str, ...]) -> tuple[str, ...]:
    # `chosen` names columns of this file: a guess, or a link that was held against them
    return tuple(st.multiselect(label, columns, default=list(chosen)))


def _write(table: pd.DataFrame, choice: ColumnChoice) -> None:
    position = {column: number for number, column in enumerate(table.columns)}
    for control, chosen in (
        (p.VIEW1, choice.view1),
        (p.VIEW2, choice.view2),
        (p.MORE_LABELS, choice.more_labels),
    ):
        put(control, p.write_ranges([position[column] for column in chosen]))
    put(p.LABELS, choice.labels or "")


def _linked_choice(table: pd.DataFrame) -> ColumnChoice | None:
    """The columns that the address names, None where it names none or others than the file's."""
    columns = list(table.columns)
    texts = [st.session_state.get(control.key, "") for control in (p.VIEW1, p.VIEW2, p.MORE_LABELS)]
    labels = st.session_state[p.LABELS.key] or None
    numbers = [p.read_ranges(text) for text in texts]
    known = all(number < len(columns) for view in numbers for number in view)
    if not any(texts) or not known or (labels is not None and labels not in columns):
        return None
    view1, view2, more = (tuple(columns[number] for number in view) for view in numbers)
    return ColumnChoice(view1=view1, view2=view2, labels=labels, more_labels=more)
