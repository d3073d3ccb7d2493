"""Files on this computer, given by path: small ones as tables, large ones in chunks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from alignlab.files.columns import ColumnChoice
from alignlab.files.limits import repeated
from alignlab.files.source import Source, open_source
from alignlab.files.tables import MAX_BYTES
from alignlab.ui.controls import Text, Value
from alignlab.ui.files.columns import choose_columns, remember_columns
from alignlab.ui.files.paths import ROOTS, allowed, paths_accepted

PATHS = tuple(
    Text(
        name=f"path{number}", label=label, default="", read=str, needs={"case": ("path",)},
        placeholder=example,
    )
    for number, label, example in (
        (1, "File on this computer", "/home/me/embeddings.parquet"),
        (2, "File of the second view, if separate", ""),
        (3, "File of the labels, if separate", ""),
    )
)  # fmt: skip


def bring_paths(values: Mapping[str, Value]) -> tuple[Source, ColumnChoice] | None:
    """The files whose paths are typed, with their columns; None while there is no path.

    ValueError if the rule for paths refuses one, or it cannot be read.
    """
    if not paths_accepted():
        raise ValueError(
            "This server is open to other machines and accepts no paths: upload files instead, or "
            f"ask its administrator to name a folder in {ROOTS}"
        )
    for control in PATHS:
        control.widget()
    st.caption(
        "Absolute paths on the machine that runs alignlab. Files of up to "
        f"{MAX_BYTES // 2**20} MB are read whole, larger NPY and Parquet files in chunks, in "
        "bounded memory. Row i of all files is the same sample."
    )
    typed = (values[control.name] for control in PATHS)
    paths = [allowed(text) for text in typed if text.strip()]
    if not paths:
        return None
    for path in paths:
        if not path.is_file():
            raise ValueError(f"{path} is a folder: name a file in it")
    if twice := repeated(path.name for path in paths):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")
    stamps = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)
    source = _source(stamps)
    remember_columns(source)
    return source, choose_columns(source, several=True)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Reading …")
def _source(stamps: tuple[tuple[Path, int, int], ...]) -> Source:
    """The files in their present state, identified by path, size and modification time."""
    return open_source([path for path, _, _ in stamps])
