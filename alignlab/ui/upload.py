"""The user's own file: brought once, kept in the session, never shared with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from alignlab.datasets import ColumnChoice, guess_columns
from alignlab.synthetic import SyntheticSpec, generate
from alignlab.tables import FORMATS, MAX_BYTES, read_table
from alignlab.ui import parameters as p

_SESSION = "uploaded table"


@dataclass(frozen=True, kw_only=True, eq=False)
class Upload:
    """A file of this session: its name, the SHA-256 of its bytes, its columns and a first guess.

    file_id : of the widget's file that it was read from, so that each is read and hashed once.
    """

    name: str
    digest: str
    table: pd.DataFrame
    guess: ColumnChoice
    file_id: str


def bring_file() -> tuple[Upload, ColumnChoice] | None:
    """Ask for a file and its columns; None while there is none.

    The link names the file, its digest and the columns, never the data: opened elsewhere, the
    page asks for the file. A file that cannot be read is refused on the page, and the one before
    it stays.
    """
    received = st.file_uploader(
        f"A file with two views, up to {MAX_BYTES // 2**20} MB: NPZ, NPY, CSV, Parquet or "
        "safetensors",
        type=list(FORMATS),
        max_upload_size=MAX_BYTES // 2**20,
    )
    st.caption(
        "Row i of both views is the same thing. NPZ and safetensors: one array a view, optionally "
        "one of labels. NPY, CSV and Parquet: columns, of which you choose. Nothing is unpickled; "
        "the data stay in this session and go when it ends."
    )
    if received is not None:
        try:
            _read(received)
        except ValueError as error:
            st.error(str(error), icon=":material/block:")
    upload: Upload | None = st.session_state.get(_SESSION)
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if upload is not None and wanted in ("", upload.digest):
        return upload, _choose_columns(upload)
    if wanted:
        st.info(
            f"This link needs the file **{st.session_state[p.UPLOAD_NAME.key]}** (SHA-256 "
            f"{wanted[:16]}…): bring it above. The data are never part of a link.",
            icon=":material/attach_file:",
        )
    st.download_button(
        "A sample file (CSV)", _sample, "alignlab sample.csv", "text/csv", on_click="ignore"
    )
    return None


def _sample() -> bytes:
    data = generate(SyntheticSpec(n=200, d1=4, d2=3, noise=0.5))
    columns = {f"left_{j}": data.X1[:, j] for j in range(4)}
    columns |= {f"right_{j}": data.X2[:, j] for j in range(3)}
    columns["label"] = np.array(data.classes)[data.labels]
    return pd.DataFrame(columns).to_csv(index=False).encode()


def _read(received: UploadedFile) -> None:
    known: Upload | None = st.session_state.get(_SESSION)
    if known is not None and known.file_id == received.file_id:
        return
    name, content = received.name, received.getvalue()
    digest = sha256(content).hexdigest()
    if known is not None and (known.digest, known.name) == (digest, name):
        st.session_state[_SESSION] = replace(known, file_id=received.file_id)
        return
    table = read_table(content, name)
    upload = Upload(
        name=name,
        digest=digest,
        table=table,
        guess=guess_columns(table),
        file_id=received.file_id,
    )
    st.session_state[_SESSION] = upload
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if wanted and known is None and wanted != digest:
        st.warning(
            f"{name} is not the file that the link was made with: the pictures and numbers are "
            "those of your file.",
            icon=":material/attach_file:",
        )
    _remember(upload, (_linked_choice(upload) if wanted == digest else None) or upload.guess)


def _choose_columns(upload: Upload) -> ColumnChoice:
    columns = list(upload.table.columns)
    current = _linked_choice(upload) or upload.guess
    with st.popover("Choose columns of both views, and labels", icon=":material/view_column:"):
        view1 = _columns("View 1", columns, current.view1)
        view2 = _columns("View 2", columns, current.view2)
        options = [None, *columns]
        labels = st.selectbox(
            "Labels",
            options,
            index=options.index(current.labels) if current.labels in options else 0,
            format_func=lambda column: "no labels" if column is None else column,
        )
    choice = ColumnChoice(view1=view1, view2=view2, labels=labels)
    _remember(upload, choice)
    used = {*view1, *view2, labels}
    left_out = [column for column in columns if column not in used]
    guessed = " A first guess: change it above." if choice == upload.guess else ""
    st.caption(
        f"**{upload.name}**, {len(upload.table):,} rows. View 1: {_listed(view1)}. View 2: "
        f"{_listed(view2)}. Labels: {labels or 'none'}. Not used: {_listed(left_out)}.{guessed}"
    )
    return choice


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names) or "none"
    return f"{names[0]} … {names[-1]} ({len(names):,} columns)"


def _columns(label: str, columns: list[str], chosen: tuple[str, ...]) -> tuple[str, ...]:
    # `chosen` names columns of this file: a guess, or a link that was held against them
    return tuple(st.multiselect(label, columns, default=list(chosen)))


def _remember(upload: Upload, choice: ColumnChoice) -> None:
    st.session_state[p.UPLOAD_NAME.key] = upload.name
    st.session_state[p.UPLOAD_DIGEST.key] = upload.digest
    position = {column: number for number, column in enumerate(upload.table.columns)}
    for control, view in ((p.VIEW1, choice.view1), (p.VIEW2, choice.view2)):
        st.session_state[control.key] = p.write_ranges([position[column] for column in view])
    st.session_state[p.LABELS.key] = choice.labels or ""


def _linked_choice(upload: Upload) -> ColumnChoice | None:
    """The columns that the address names, None where it names none or others than the file's."""
    columns = list(upload.table.columns)
    texts = [st.session_state[control.key] for control in (p.VIEW1, p.VIEW2)]
    labels = st.session_state[p.LABELS.key] or None
    numbers = [p.read_ranges(text) for text in texts]
    known = all(number < len(columns) for view in numbers for number in view)
    if not any(texts) or not known or (labels is not None and labels not in columns):
        return None
    view1, view2 = (tuple(columns[number] for number in view) for view in numbers)
    return ColumnChoice(view1=view1, view2=view2, labels=labels)
