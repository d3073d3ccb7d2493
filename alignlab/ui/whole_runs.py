"""A run of a page reaches the browser whole, also when a fragment's timer ticks as it ends.

A run sends its messages to the event loop, which passes them on. Streamlit 1.67 loses some of them
if the browser asks for a run of a fragment, such as that which shows a job's progress, too soon:

- If the run has ended but some of its messages still wait in the event loop, a new runner starts at
  once, and the messages of the last one are ignored (as a comment in `AppSession.request_rerun`
  says): the last charts of the page never come. Here the new runner starts after them.
- If they wait to be sent, those of the fragment are dropped at the start of its own run, while the
  page's run is reported as finished. The browser then removes the fragment, as one that the page
  no longer draws, moves up what follows, and draws the fragment over it. Here all are sent.
"""

from __future__ import annotations

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_create, _clear = AppSession._create_scriptrunner, AppSession._clear_queue


def keep_runs_whole() -> None:
    """Install this, once, in every session of the server."""
    AppSession._create_scriptrunner = _create_once_delivered  # type: ignore[method-assign]
    AppSession._clear_queue = _clear_for_a_page  # type: ignore[method-assign]


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


def _clear_for_a_page(self: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
    """Drop what a new run replaces; a run of fragments replaces it in the browser."""
    if fragment_ids_this_run:
        self._browser_queue._delta_index_map = {}  # its elements come after those that wait
    else:
        _clear(self)
