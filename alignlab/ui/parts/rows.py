"""Selected rows: a box that selects them by a text, their table, all of them as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.ui.page import remember_selection
from alignlab.ui.plain import named

MOST_SHOWN = 500
"""Rows that are sent to the browser; the CSV file has all of them."""


def search_box(find: Callable[[str], Sequence[int] | np.ndarray], key: str) -> None:
    """A text box that selects rows in all pictures of the page.

    find : returns the row ids (m,) that fit a text. An empty text clears the selection.
    key : identifies the box in the app.
    """
    hits = f"hits of {key}"

    def search() -> None:
        text = st.session_state[key]
        rows = [int(row) for row in find(text)] if text.strip() else []
        remember_selection(rows)
        st.session_state[hits] = (text, len(rows))

    text = st.text_input(
        "Search", key=key, on_change=search, placeholder="a text in any column",
        icon=":material/search:",
        help="Selects every row that contains the text, whatever its case; empty it to deselect.",
    )  # fmt: skip
    searched, count = st.session_state.get(hits, ("", 0))
    if text.strip() and text == searched and not count:
        st.caption(f":material/search_off: No row contains “{named(text.strip())}”.")


def rows_table(rows: Sequence[int] | np.ndarray, frame: pd.DataFrame, key: str) -> None:
    """The rows of a frame as a table, their number, and a CSV file of all of them.

    rows : positions in the frame; those that are not in it are left out, as they belong to a
        selection in other data.
    frame : (n, columns); its index is replaced by the position, "row".
    key : identifies the table in the app.
    """
    at = np.asarray(rows, dtype=int)
    at = at[(at >= 0) & (at < len(frame))]
    if not len(at):
        st.caption(":material/lasso_select: Lasso or search to list rows here.")
        return
    cut = f"; the first {MOST_SHOWN:,} are shown, the file has all" if len(at) > MOST_SHOWN else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(at):,} of {len(frame):,} rows selected{cut}.")
        st.download_button(
            "All selected rows (CSV)",
            data=lambda: _numbered(frame, at).to_csv().encode(),
            file_name="alignlab selected rows.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key=f"{key} as CSV",
        )
        st.button("Deselect", on_click=remember_selection, args=((),), key=f"{key} deselect")
    st.dataframe(_numbered(frame, at[:MOST_SHOWN]), key=key)


def _numbered(frame: pd.DataFrame, at: np.ndarray) -> pd.DataFrame:
    return frame.iloc[at].set_axis(pd.Index(at, name="row"))
