"""The choice of how rows of several files are matched: by a key, or by position."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from alignlab.files.keys import JOINED, POSITION, UnmatchedError, matched_by
from alignlab.files.source import Source
from alignlab.ui.files.controls import KEY
from alignlab.ui.plain import as_written, named
from alignlab.ui.setting import put

_WIDGET = "match rows by"


def wanted_key() -> str | None:
    """The key that was chosen, or that the address names; None to find one."""
    return st.session_state.get(KEY.key) or None


def tell_match(source: Source) -> None:
    """Say where rows were moved, and offer the alternatives where there are any."""
    how = matched_by(source.head)
    if how.moved:
        st.warning(
            f"**{JOINED} {named(how.key or '')}, not by position**: {as_written(how.report)}.",
            icon=":material/join_inner:",
        )
    if how.offered and (how.moved or source.key is not None or how.key is None):
        _ask(how.offered, how.key or POSITION)


def offer_keys(error: ValueError) -> None:
    """After a refusal, offer other ways of matching rows."""
    if isinstance(error, UnmatchedError):
        _ask(error.offered, wanted_key() or "")


def _ask(offered: Sequence[str], current: str) -> None:
    options = list(dict.fromkeys([*offered, POSITION]))
    st.session_state[_WIDGET] = current if current in options else None
    st.segmented_control(
        KEY.label,
        options,
        format_func=named,
        key=_WIDGET,
        on_change=_choose,
        help="By a column: rows with the same value in all files are pairs, rows without a partner "
        "are left out. By position: row i of all files is the same sample.",
    )


def _choose() -> None:
    put(KEY, st.session_state[_WIDGET] or "")
