"""Files and folders on this computer, given by path: small as tables, large in chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import streamlit as st

from alignlab.files.columns import ColumnChoice
from alignlab.files.folders import MAX_FILES
from alignlab.files.formats.format import Format
from alignlab.files.large_tables import OPENED
from alignlab.files.limits import repeated
from alignlab.files.registry import LABELS
from alignlab.files.source import Source, open_source
from alignlab.files.tables import MAX_BYTES
from alignlab.ui.controls import Text, Value
from alignlab.ui.files.columns import choose_columns, remember_columns
from alignlab.ui.files.controls import OF_PATH
from alignlab.ui.files.matching import offer_keys, wanted_key
from alignlab.ui.files.paths import ROOTS, allowed, paths_accepted, readable
from alignlab.ui.panel import widget

PATHS = tuple(
    Text(
        name=f"path{number}", label=label, default="", read=str, needs=OF_PATH, placeholder=example,
    )
    for number, label, example in (
        (1, "File or folder on this computer", "/home/me/embeddings.parquet"),
        (2, "File or folder of the second view, if separate", ""),
        (3, "File or folder of the labels, if separate", ""),
    )
)  # fmt: skip


def bring_paths(values: Mapping[str, Value]) -> tuple[Source, ColumnChoice] | None:
    """The files whose paths are typed, with their columns; None while there is no path.

    ValueError if the rule for paths refuses one, or it cannot be read.
    """
    if not paths_accepted():
        raise ValueError(
            "This server is open to others and accepts no paths: upload files instead, or "
            f"ask its administrator to name a folder in {ROOTS}"
        )
    for control in PATHS:
        widget(control)
    st.caption(
        f"Absolute paths on the machine that runs alignlab: {', '.join(LABELS)}. Of a folder, all "
        "files are read: one table for each name, shards (x_0.npy, x_1.npy, …) below each other, "
        "tables side by side; clip-retrieval's folders and saved Hugging Face datasets too. Files "
        f"of up to {MAX_BYTES // 2**20} MB are read whole; larger {_listed(OPENED)} files in "
        "chunks, in bounded memory. Row i of all files is the same sample, unless a column that "
        "two files have, such as id, tells which rows belong together."
    )
    typed = (values[control.name] for control in PATHS)
    paths = [allowed(text) for text in typed if text.strip()]
    if not paths:
        return None
    if twice := repeated(path.name for path in paths):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")
    stamps = tuple(stamp for path in paths for stamp in _stamps(path))
    try:
        source = _source(tuple(paths), stamps, wanted_key())
    except ValueError as error:
        offer_keys(error)
        raise
    remember_columns(source)
    return source, choose_columns(source, several=True)


def _listed(forms: Sequence[Format]) -> str:
    names = [form.label for form in forms]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _stamps(path: Path) -> list[tuple[Path, int, int]]:
    """Path, size and modification time of a file, or of a folder and all that may be read in it."""
    found = [path]
    try:
        inside = list(islice(path.iterdir(), MAX_FILES)) if path.is_dir() else []
        folders = [one for one in inside if one.is_dir()]
        found += inside + [each for one in folders for each in islice(one.iterdir(), MAX_FILES)]
        stats = [(one, one.stat()) for one in found if one.exists()]
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): check its rights") from error
    return [(one, stat.st_size, stat.st_mtime_ns) for one, stat in stats]


@st.cache_resource(max_entries=2, scope="session", show_spinner="Reading …")
def _source(
    paths: tuple[Path, ...], stamps: tuple[tuple[Path, int, int], ...], key: str | None
) -> Source:
    """Files and folders in their present state, which the stamps of all files tell."""
    return open_source(paths, key, readable)
