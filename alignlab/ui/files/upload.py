"""Uploaded files: read once, kept in the session, never shared with another session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from alignlab.files.columns import ColumnChoice
from alignlab.files.limits import repeated
from alignlab.files.registry import LABELS
from alignlab.files.samples import SAMPLED, sample_file
from alignlab.files.source import Source, digests, read_source
from alignlab.files.tables import MAX_BYTES
from alignlab.ui.files.columns import choose_columns, remember_columns
from alignlab.ui.files.controls import KEY, UPLOAD, UPLOAD_DIGEST, UPLOAD_NAME
from alignlab.ui.files.matching import offer_keys, wanted_key
from alignlab.ui.files.one_by_one import one_by_one
from alignlab.ui.files.quota import refuse_excess
from alignlab.ui.plain import as_written, named
from alignlab.ui.setting import put

_SESSION = "uploaded table"
_READ = "uploaded files"
"""The ids of the widget's files it was read from, so that each is read and hashed once."""

_KEYED = "files matched"
"""The ids of the widget's files for which a key was chosen."""

_UNASKED = "not the file of the link"
"""Digest of files that were uploaded instead of those that a link asks for."""

_LIMIT = MAX_BYTES // 2**20
_KNOWN = f"{', '.join(LABELS[:-1])} or {LABELS[-1]}"


def bring_file() -> tuple[Source, ColumnChoice] | None:
    """Ask for a file and its columns; None while there is none.

    The link names the file, its digest and the columns, never the data: opened elsewhere, the
    page asks for the file. An unreadable file is refused on the page, and the previous one stays.
    """
    # any ending is accepted: what is not read is refused in the app's own words, not as a red chip
    received = st.file_uploader(
        f"A file with two views, up to {_LIMIT} MB: {_KNOWN}",
        max_upload_size=_LIMIT,
    )
    st.caption(
        "Row i of both views is the same sample. Files of several arrays: one array per view, "
        "optionally one for labels. Other files: you choose the columns. Nothing is "
        "unpickled; the data stay in this session and are deleted when it ends."
    )
    _receive([] if received is None else [received])
    source = _wanted()
    if source is not None:
        return source, choose_columns(source)
    samples()
    return None


def bring_files() -> tuple[Source, ColumnChoice] | None:
    """`bring_file` for one or several files with the same rows, and any number of label columns."""
    received = st.file_uploader(
        f"One file with both views, or one per view (and one for labels), up to {_LIMIT} MB each: "
        f"{_KNOWN}",
        max_upload_size=_LIMIT,
        accept_multiple_files=True,
        key="files",
        on_change=_forget_if_empty,
    )
    st.caption(
        "Numbered files (x_0, x_1, …) of several views are rows of one table each. "
        "Row i of all files is the same sample, unless a column that two files have, such as id, "
        "tells which rows belong together. Add all files at once or one after the other; ✕ "
        "removes one. Nothing is unpickled; the data stay in this session and are deleted when it "
        "ends."
    )
    source = _wanted() if _receive(received) else None
    if source is not None:
        return source, choose_columns(source, several=True)
    samples()
    return None


def _wanted() -> Source | None:
    """The session's files; None if a link needs other ones, which the page then asks for."""
    known: Source | None = st.session_state.get(_SESSION)
    wanted = st.session_state[UPLOAD_DIGEST.key]
    if known is not None and wanted in ("", known.digest):
        if st.session_state.get(_UNASKED) == known.digest:
            st.warning(
                f"{named(known.name)} is not the file that the link was made with: charts and "
                "numbers are those of your file.",
                icon=":material/attach_file:",
            )
        if known.key != wanted_key():  # the uploader was emptied by a visit to another page
            st.info(
                f"Upload the files again to match their rows by {named(wanted_key() or 'a key')}: "
                "this session keeps only what it has read.",
                icon=":material/attach_file:",
            )
        return known
    if wanted:
        st.info(
            f"This link needs the file **{named(st.session_state[UPLOAD_NAME.key])}** (SHA-256 "
            f"{as_written(wanted[:16])}…): upload it above. The data are never part of a link.",
            icon=":material/attach_file:",
        )
    return None


def samples() -> None:
    """The same small sample of pairs, as a download in every format."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("A sample file:")
        for ending in SAMPLED:
            st.download_button(
                ending.upper() if len(ending) < 5 else ending.capitalize(),
                data=partial(sample_file, ending),
                file_name=f"alignlab sample.{ending}",
                mime="application/octet-stream",
                on_click="ignore",
                key=f"sample {ending}",
            )


def _forget_if_empty() -> None:
    """Forget the files when the last one has been removed."""
    if not st.session_state["files"]:
        for name in (_SESSION, _READ, _KEYED):
            st.session_state.pop(name, None)
        for control in UPLOAD:
            put(control, control.default)


def _receive(received: Sequence[UploadedFile]) -> bool:
    """Read the files, if there are any; returns whether that succeeded."""
    try:
        if received:
            refuse_excess(received, st.session_state.get(_READ, ()))
            _read(received)
    except ValueError as error:
        st.error(as_written(str(error)), icon=":material/block:")
        offer_keys(error)
        return False
    return True


def _read(received: Sequence[UploadedFile]) -> None:
    known: Source | None = st.session_state.get(_SESSION)
    file_ids = tuple(file.file_id for file in received)
    if st.session_state.setdefault(_KEYED, file_ids) != file_ids:  # a key of other files
        put(KEY, KEY.default)
        st.session_state[_KEYED] = file_ids
    key = wanted_key()
    if known is not None and st.session_state.get(_READ) == file_ids and known.key == key:
        return
    if twice := repeated(file.name for file in received):
        raise ValueError(f"two files are called {twice[0]}: rename one, or remove it with ✕")
    wanted = st.session_state[UPLOAD_DIGEST.key]
    sought = bool(wanted) and (known is None or known.digest != wanted)
    if sought and {file.name for file in received} < set(
        st.session_state[UPLOAD_NAME.key].split(" + ")
    ):
        return  # the other files of the link have not been uploaded yet
    contents = {file.name: file.getvalue() for file in received}
    files = digests(contents)
    if known is not None and known.files == files and known.key == key:
        st.session_state[_READ] = file_ids
        return
    with one_by_one():
        source = read_source(contents, files, key)
    st.session_state[_SESSION], st.session_state[_READ] = source, file_ids
    if wanted and known is None and wanted != source.digest:
        st.session_state[_UNASKED] = source.digest
    remember_columns(source)
