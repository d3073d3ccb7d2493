"""A run of a page reaches the browser whole, also when a fragment's timer ticks as it ends.

A run sends its messages to the event loop, which passes them on. If the browser asks for a run of a
fragment in between, when the run has ended but some of its messages still wait there, Streamlit
1.67 starts a new runner at once, and then ignores what still waits (as a comment in
`AppSession.request_rerun` says): the last charts of the page never come. Here the new runner starts
after the waiting messages have been handled.
"""

from __future__ import annotations

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_create = AppSession._create_scriptrunner


def keep_runs_whole() -> None:
    """Install this, once, in every session of the server."""
    AppSession._create_scriptrunner = _create_once_delivered  # type: ignore[method-assign]


def _create_once_delivered(self: AppSession, initial_rerun_data: RerunData) -> None:
    """Start a runner; for a run of a fragment, after the messages of the last runner."""
    ended, asked = self._scriptrunner, initial_rerun_data
    if ended is None or not asked.fragment_id:
        _create(self, asked)
        return

    def create() -> None:
        if self._scriptrunner in (ended, None):
            _create(self, asked)
        elif not asked.is_auto_rerun:  # a run of the whole page has begun; a timer ticks again
            self._scriptrunner.request_rerun(asked)

    # all that the ended runner has sent is in the event loop already, and is handled before this
    self._event_loop.call_soon(create)
