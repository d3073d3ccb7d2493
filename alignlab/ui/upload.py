"""The user's own file: brought once, kept in the session, never shared with another one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd
import streamlit as st

from alignlab.datasets import FORMATS, MAX_BYTES, ColumnChoice, guess_columns, read_table
from alignlab.ui import parameters as p

_SESSION = "uploaded table"


@dataclass(frozen=True, kw_only=True, eq=False)
class Upload:
    """A file of this session: its name, the SHA-256 of its bytes and its columns."""

    name: str
    digest: str
    table: pd.DataFrame


def bring_file() -> tuple[Upload, ColumnChoice] | None:
    """Ask for a file and its columns; None while there is none.

    The link names the file, its digest and the columns, never the data: opened elsewhere, the
    page asks for the file. Raises ValueError when the file cannot be used.
    """
    received = st.file_uploader(
        f"A file with two views, up to {MAX_BYTES // 2**20} MB: NPZ, CSV or Parquet",
        type=list(FORMATS),
        max_upload_size=MAX_BYTES // 2**20,
        help="Row i of both views is the same thing. NPZ: one array a view, optionally one of "
        "labels. CSV, Parquet: you choose the columns. Nothing is unpickled; the data stay in "
        "this session and go when it ends.",
    )
    if received is not None:
        _read(received.name, received.getvalue())
    upload: Upload | None = st.session_state.get(_SESSION)
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if upload is None or (wanted and wanted != upload.digest):
        if wanted:
            st.info(
                f"This link needs the file **{st.session_state[p.UPLOAD_NAME.key]}** (SHA-256 "
                f"{wanted[:16]}…): bring it above. The data are never part of a link.",
                icon=":material/attach_file:",
            )
        return None
    return upload, _choose_columns(upload)


def _read(name: str, content: bytes) -> None:
    digest = sha256(content).hexdigest()
    known: Upload | None = st.session_state.get(_SESSION)
    if known is not None and known.digest == digest and known.name == name:
        return
    upload = Upload(name=name, digest=digest, table=read_table(content, name))
    st.session_state[_SESSION] = upload
    wanted = st.session_state[p.UPLOAD_DIGEST.key]
    if wanted and known is None and wanted != digest:
        st.warning(
            f"{name} is not the file that the link was made with: the pictures and numbers are "
            "those of your file.",
            icon=":material/attach_file:",
        )
    choice = (_linked_choice() if wanted == digest else None) or guess_columns(upload.table)
    st.session_state[p.UPLOAD_NAME.key] = name
    st.session_state[p.UPLOAD_DIGEST.key] = digest
    _remember(choice)


def _choose_columns(upload: Upload) -> ColumnChoice:
    columns = list(upload.table.columns)
    current = _linked_choice() or guess_columns(upload.table)
    st.caption(f"**{upload.name}**: {len(upload.table):,} rows, {len(columns)} columns.")
    with st.popover("Columns of view 1, view 2 and labels", icon=":material/view_column:"):
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
    _remember(choice)
    return choice


def _columns(label: str, columns: list[str], chosen: tuple[str, ...]) -> tuple[str, ...]:
    present = [column for column in chosen if column in columns]
    return tuple(st.multiselect(label, columns, default=present))


def _remember(choice: ColumnChoice) -> None:
    st.session_state[p.VIEW1.key] = json.dumps(choice.view1)
    st.session_state[p.VIEW2.key] = json.dumps(choice.view2)
    st.session_state[p.LABELS.key] = choice.labels or ""


def _linked_choice() -> ColumnChoice | None:
    try:
        view1, view2 = (json.loads(st.session_state[c.key]) for c in (p.VIEW1, p.VIEW2))
    except ValueError:
        return None
    return ColumnChoice(
        view1=tuple(map(str, view1)),
        view2=tuple(map(str, view2)),
        labels=st.session_state[p.LABELS.key] or None,
    )
