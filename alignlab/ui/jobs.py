"""Long work outside the script: one thread a job, shared between sessions, stopped when unwanted.

A job is known by what it measures, so nothing is measured twice while it is remembered. It goes on
while some session looks at it; when the last one asks for something else, it stops.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from threading import Event, Lock, Thread
from typing import Generic, Protocol, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

REMEMBERED = 24
"""So many jobs are remembered, the ones asked for last."""

AT_FIRST = 0.25
"""Seconds that a page waits for a new job, so that short ones never show their progress."""

REFRESH = 0.4
"""Seconds between two looks at a running job."""


class Work(Protocol):
    """What a job runs: `run` pauses often, and `done` of `total` says how far it is."""

    done: int
    total: int

    def run(self) -> Iterator[None]: ...


W = TypeVar("W", bound=Work)


class Job(Generic[W]):
    """Work in a thread of its own.

    work : what is done; holds the results, partial ones while it runs.
    seconds : how long it has run.
    error : what went wrong, or None.
    """

    def __init__(self, work: W) -> None:
        self.work = work
        self.error: Exception | None = None
        self.watchers: set[str] = set()
        self.accepted_by: set[str] = set()
        self._stop, self._ended = Event(), Event()
        self._began = self._finished = time.monotonic()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop before all was done."""
        return self._stop.is_set() and self.work.done < self.work.total

    @property
    def unfinished(self) -> bool:
        """Whether it has stopped, or will, before all was done."""
        return self.cancelled or self.error is not None

    @property
    def seconds(self) -> float:
        return (time.monotonic() if self.running else self._finished) - self._began

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return self.work.done / self.work.total if self.work.total else 1.0

    def start(self) -> None:
        self._thread.start()

    def cancel(self, session: str = "") -> None:
        """Ask the work to stop; it does after the batches in hand."""
        self.accepted_by.add(session)
        self._stop.set()

    def wait(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def _run(self) -> None:
        steps = self.work.run()
        try:
            for _ in steps:
                if self._stop.is_set():
                    break
        except Exception as error:
            self.error = error
            self.accepted_by |= self.watchers  # who asks next begins anew
        finally:
            if hasattr(steps, "close"):
                steps.close()
            self._finished = time.monotonic()
            self._ended.set()


class _Jobs:
    """All jobs of the server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Job] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], W], session: str) -> Job[W]:
        """The job under the key; one is begun if there is none, or only an unfinished one.

        A session that has cancelled a job, or seen it fail, keeps it until it leaves or retries.
        """
        with self._lock:
            job = self._known.get(key)
            if job is None or (job.unfinished and session not in job.accepted_by & job.watchers):
                job = Job(make())
                job.watchers.add(session)
                job.start()
            self._known[key] = job
            self._known.move_to_end(key)
            self._leave(session, job)
            job.watchers.add(session)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)[1].cancel()
            return job

    def _leave(self, session: str, chosen: Job) -> None:
        for other in self._known.values():
            if other is not chosen and session in other.watchers:
                other.watchers.remove(session)
                if not other.watchers and other.running:
                    other.cancel()


@st.cache_resource
def _jobs() -> _Jobs:
    return _Jobs()


def job(key: Hashable, make: Callable[[], W]) -> Job[W]:
    """The job under this key, begun with what `make` gives if need be.

    A session has one job at a time: the one before is left, and stops if nobody else looks at it.
    Waits a moment for one that runs.

    Waits a moment for a new job.
    """
    found = _jobs().get(key, make, session())
    found.wait(AT_FIRST)
    return found


def session() -> str:
    """The name of the session that asks."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def follow(found: Job[W], draw: Callable[[], None]) -> None:
    """Draw what the job has so far, again and again while it runs, with progress and cancel."""
    running = found.running

    @st.fragment(run_every=REFRESH if running else None)
    def part() -> None:
        ended = not found.running
        _progress(found)
        draw()
        if running and ended:
            st.rerun()  # the rest of the page has been waiting for the end

    part()


def _progress(found: Job[W]) -> None:
    if not found.running and not found.unfinished:
        st.caption(f"{found.work.total:,} problems, {found.seconds:.1f} s.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.running:
            left = found.seconds * (1 / found.share - 1) if found.share > 0.02 else None
            about = "" if left is None else f", about {max(left, 1):.0f} s left"
            st.progress(found.share, f"{found.share:.0%} of {found.work.total:,} problems{about}")
            st.button("Cancel", on_click=found.cancel, args=(session(),), icon=":material/stop:")
            return
        if found.error is not None:
            st.error(f"This failed at {found.share:.0%}: {found.error}", icon=":material/error:")
        else:
            st.warning(f"Stopped at {found.share:.0%}: the pictures show what was done.")
        if st.button("Begin again", icon=":material/replay:"):
            found.accepted_by.clear()
            st.rerun()
