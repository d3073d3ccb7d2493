"""The user's own files: brought once, kept in the session, never shared with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from alignlab.datasets import ColumnChoice, join_tables
from alignlab.sample_files import sample_file
from alignlab.tables import FORMATS, MAX_BYTES, read_table, repeated
from alignlab.ui import parameters as p

_SESSION = "uploaded table"
_LIMIT = MAX_BYTES // 2**20
_KNOWN = "NPZ, NPY, CSV, Parquet or safetensors"


@dataclass(frozen=True, kw_only=True, eq=False)
class Upload:
    """Files of this session: names with the SHA-256 of their bytes, their columns, a first guess.

    file_ids : of the widget's files that they were read from, so that each is read and hashed once.
    """

    files: tuple[tuple[str, str], ...]
    table: pd.DataFrame
    guess: ColumnChoice
    file_ids: tuple[str, ...]

    @property
    def name(self) -> str:
        return " + ".join(name for name, _ in self.files)

    @property
    def digest(self) -> str:
        """That of the only file, or of all digests one after the other."""
        digests = [digest for _, digest in self.files]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def bring_file() -> tuple[Upload, ColumnChoice] | None:
    """Ask for a file and its columns; None while there is none.

    The link names the file, its digest and the columns, never the data: opened elsewhere, the
    page asks for the file. A file that cannot be read is refused on the page, and the one before
    it stays.
    """
    received = st.file_uploader(
        f"A file with two views, up to {_LIMIT} MB: {_KNOWN}",
        type=list(FORMATS),
        max_upload_size=_LIMIT,
    )
    st.caption(
        "Row i of both views is the same thing. NPZ and safetensors: one array a view, optionally "
        "one of labels. NPY, CSV and Parquet: columns, of which you choose. Nothing is unpickled; "
        "the data stay in this session and go when it ends."
    )
    _receive([] if received is None else [received])
    upload = _wanted_upload()
    if upload is not None:
        return upload, choose_columns(upload.table, upload.guess, upload.name)
    samples()
    return None


def bring_files() -> tuple[Upload, ColumnChoice] | None:
    """`bring_file` for one file or several side by side, with any number of label columns."""
    received = st.file_uploader(
        f"One file with both views, or one a view (and one of labels), up to {_LIMIT} MB each: "
        f"{_KNOWN}",
        type=list(FORMATS),
        max_upload_size=_LIMIT,
        accept_multiple_files=True,
        key="files",
    )
    st.caption(
        "Row i of all files is the same thing. Bring all files at once or one after the other; ✕ "
        "takes one away. Nothing is unpickled; the data stay in this session and go when it ends."
    )
    _receive(received)
    upload = _wanted_upload()
    if upload is not None:
        return upload, choose_columns(upload.table, upload.guess, upload.name, several=True)
    samples()
    return None


def _wanted_upload() -> Upload | None:
    """The session's files, unless a link wants others; then the page asks for these."""
    upload: Upload | None = st.session_state.get(_SESSION)
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if upload is not None and wanted in ("", upload.digest):
        return upload
    if wanted:
        st.info(
            f"This link needs the file **{st.session_state[p.UPLOAD_NAME.key]}** (SHA-256 "
            f"{wanted[:16]}…): bring it above. The data are never part of a link.",
            icon=":material/attach_file:",
        )
    return None


def samples() -> None:
    """The same small pairs to download in every format."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("A sample file:")
        for ending in FORMATS:
            st.download_button(
                ending.upper() if len(ending) < 5 else ending.capitalize(),
                data=partial(sample_file, ending),
                file_name=f"alignlab sample.{ending}",
                mime="application/octet-stream",
                on_click="ignore",
                key=f"sample {ending}",
            )


def _receive(received: Sequence[UploadedFile]) -> None:
    if received:
        try:
            _read(received)
        except ValueError as error:
            st.error(str(error), icon=":material/block:")


def _read(received: Sequence[UploadedFile]) -> None:
    known: Upload | None = st.session_state.get(_SESSION)
    file_ids = tuple(file.file_id for file in received)
    if known is not None and known.file_ids == file_ids:
        return
    contents = [(file.name, file.getvalue()) for file in received]
    files = tuple((name, sha256(content).hexdigest()) for name, content in contents)
    if known is not None and known.files == files:
        st.session_state[_SESSION] = replace(known, file_ids=file_ids)
        return
    if twice := repeated(name for name, _ in contents):
        raise ValueError(f"two files are called {twice[0]}: rename one, or take it away with ✕")
    least = 2 if len(contents) == 1 else 1
    tables = {name: read_table(content, name, least) for name, content in contents}
    table, guess = join_tables(tables)
    upload = Upload(files=files, table=table, guess=guess, file_ids=file_ids)
    st.session_state[_SESSION] = upload
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if wanted and known is None and wanted != upload.digest:
        st.warning(
            f"{upload.name} is not the file that the link was made with: the pictures and numbers "
            "are those of your file.",
            icon=":material/attach_file:",
        )
    remember_table(table, guess, upload.name, upload.digest)


def remember_table(table: pd.DataFrame, guess: ColumnChoice, name: str, digest: str) -> None:
    """Write a table's name, digest and columns into the controls, which a link carries.

    The columns are those that a link with this digest names, or else a first guess.
    """
    same = st.session_state[p.UPLOAD_DIGEST.key] == digest
    st.session_state[p.UPLOAD_NAME.key] = name
    st.session_state[p.UPLOAD_DIGEST.key] = digest
    _remember_columns(table, (_linked_choice(table) if same else None) or guess)


def choose_columns(
    table: pd.DataFrame, guess: ColumnChoice, name: str, several: bool = False
) -> ColumnChoice:
    """Ask which columns are what; several : whether any number of them are labels."""
    columns = list(table.columns)
    current = _linked_choice(table) or guess
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
    _remember_columns(table, choice)
    used = {*view1, *view2, *choice.label_columns}
    left_out = [column for column in columns if column not in used]
    guessed = " A first guess: change it above." if choice == guess else ""
    st.caption(
        f"**{name}**, {len(table):,} rows. View 1: {_listed(view1)}. View 2: {_listed(view2)}. "
        f"Labels: {_listed(choice.label_columns)}. Not used: {_listed(left_out)}.{guessed}"
    )
    return choice


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names) or "none"
    return f"{names[0]} … {names[-1]} ({len(names):,} columns)"


def _columns(label: str, columns: list[str], chosen: tuple[str, ...]) -> tuple[str, ...]:
    # `chosen` names columns of this file: a guess, or a link that was held against them
    return tuple(st.multiselect(label, columns, default=list(chosen)))


def _remember_columns(table: pd.DataFrame, choice: ColumnChoice) -> None:
    position = {column: number for number, column in enumerate(table.columns)}
    for control, chosen in (
        (p.VIEW1, choice.view1),
        (p.VIEW2, choice.view2),
        (p.MORE_LABELS, choice.more_labels),
    ):
        st.session_state[control.key] = p.write_ranges([position[column] for column in chosen])
    st.session_state[p.LABELS.key] = choice.labels or ""


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
