"""Open sessions: as many as the server's limit allows; a further one is told to wait."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alignlab.ui.limits import SESSIONS, Limit, check

ASK_AGAIN = 15.0
"""Seconds after which a session that waits for admission asks again by itself."""


class Sessions:
    """The sessions that were admitted and whose browser is connected."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._admitted: set[str] = set()

    def admit(self, session: str, limit: int, connected: Callable[[str], bool]) -> bool:
        """Whether the session is, or now becomes, one of at most `limit`.

        connected : whether a session's browser is; one that left makes room at once.
        """
        with self._lock:
            if session in self._admitted:
                return True
            self._admitted = {one for one in self._admitted if connected(one)}
            if len(self._admitted) >= limit:
                return False
            self._admitted.add(session)
            return True


@st.cache_resource
def _sessions() -> Sessions:
    return Sessions()


def admitted() -> bool:
    """Whether this session may use the app; if not, draw the reason instead of the page."""
    try:
        check()
    except ValueError as error:
        st.error(str(error), icon=":material/block:")
        return False
    if _admit():
        return True
    st.title("This server is full")
    st.markdown(full(SESSIONS))
    st.button("Try again", icon=":material/replay:")
    _ask_again()
    return False


def full(limit: Limit) -> str:
    """What a session beyond the limit is told."""
    return (
        f"{limit.value} of {limit.value} {limit.what} are in use. Try again in a minute, or leave "
        "this page open: it continues by itself as soon as somebody closes theirs. The link in "
        "the address bar stays valid. Whoever runs the server can allow more by "
        f"`{limit.variable}`."
    )


@st.fragment(run_every=ASK_AGAIN)
def _ask_again() -> None:
    if _admit():
        st.rerun()


def session_id() -> str:
    """The id of the session that this run belongs to, "" for a page run without a server."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _admit() -> bool:
    return _sessions().admit(session_id(), SESSIONS.value, _connected)


def _connected(session: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(session)
