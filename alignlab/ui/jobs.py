"""Long work outside the script: one thread a job, shared between sessions, stopped when unwanted.

A job is known by what it measures, so nothing is measured twice while it is remembered. It goes on
while some session looks at it; when the last one asks for something else, or is closed, it stops.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from threading import Event, Lock, Thread, Timer
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alignlab.checks import reason_of
from alignlab.ui.state import run_again
from alignlab.work import Work

REMEMBERED = 24
"""So many jobs are remembered, the ones asked for last."""

REMEMBERED_OWN = 6
"""So many of a session's own, on data that it brought."""

AT_FIRST = 0.25
"""Seconds that a page waits for a new job, so that short ones never show their progress."""

REFRESH = 0.4
"""Seconds between two looks at a running job."""

GRACE = 120.0
"""Seconds after which a session that is gone has left: so long Streamlit keeps it for a browser
whose connection was lost."""


First = TypeVar("First", bound=Work)
Then = TypeVar("Then", bound=Work)


class Chain(Generic[First, Then]):
    """Two works as one: `first`, and `then` what follows."""

    def __init__(self, first: First, then: Then) -> None:
        self.first, self.then = first, then

    @property
    def done(self) -> int:
        return self.first.done + self.then.done

    @property
    def total(self) -> int:
        return self.first.total + self.then.total

    def run(self) -> Iterator[None]:
        yield from self.first.run()
        yield from self.then.run()


W = TypeVar("W", bound=Work)


class Job(Generic[W]):
    """Work in a thread of its own.

    work : what is done; holds the results, partial ones while it runs.
    seconds : how long it has run.
    error : what went wrong, or None.
    watchers : the sessions that look at it; stopped_in : those of them that want no more of it.
    """

    def __init__(self, work: W) -> None:
        self.work = work
        self.error: BaseException | None = None
        self.watchers: set[str] = set()
        self.stopped_in: set[str] = set()
        self._stop, self._ended = Event(), Event()
        self._began = self._finished = time.monotonic()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    @property
    def unfinished(self) -> bool:
        """Whether it has stopped, or will, before all was done."""
        asked_to = self._stop.is_set() and self.work.done < self.work.total
        return asked_to or self.error is not None

    @property
    def seconds(self) -> float:
        return (time.monotonic() if self.running else self._finished) - self._began

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the work to stop; it does after the batches in hand."""
        self._stop.set()

    def stop_if_unwanted(self) -> None:
        """Stop when no session is left that wants more."""
        if self.watchers <= self.stopped_in:
            self.stop()

    def wait(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def _run(self) -> None:
        steps = self.work.run()
        try:
            for _ in steps:
                if self._stop.is_set():
                    break
            if hasattr(steps, "close"):
                steps.close()
        except BaseException as error:  # whatever ends it, who waits for it is told
            self.error = error
            self.stopped_in |= self.watchers  # who asks next begins anew
        finally:
            self._finished = time.monotonic()
            self._ended.set()


@dataclass(frozen=True, eq=False)
class Followed(Generic[W]):
    """A job as one session sees it: stopped there, it may go on for others."""

    job: Job[W]
    session: str

    @property
    def work(self) -> W:
        return self.job.work

    @property
    def running(self) -> bool:
        return self.job.running and self.session not in self.job.stopped_in

    @property
    def complete(self) -> bool:
        """Whether all is done."""
        return not self.job.running and not self.job.unfinished

    def cancel(self) -> None:
        """No more of it in this session."""
        self.job.stopped_in.add(self.session)
        self.job.stop_if_unwanted()

    def begin_again(self) -> None:
        """More of it after all: a stopped job begins anew when it is asked for."""
        self.job.stopped_in.discard(self.session)


@dataclass(frozen=True, eq=False)
class _Visit:
    """A session from when it connects until it is gone."""

    jobs: _Jobs
    session: str

    def end(self) -> None:
        timer = Timer(GRACE, self.jobs.gone, (self,))
        timer.daemon = True
        timer.start()


class _Jobs:
    """Jobs that are remembered: those of the server, or those of one session."""

    def __init__(self, remembered: int) -> None:
        self._lock = Lock()
        self._remembered = remembered
        self._known: OrderedDict[Hashable, Job] = OrderedDict()
        self._visits: dict[str, _Visit] = {}

    def get(self, key: Hashable, make: Callable[[], W], session: str) -> Followed[W]:
        """The job under the key; one is begun if there is none, or only an unfinished one.

        A session that has cancelled a job, or seen it fail, keeps it until it leaves or retries.
        """
        with self._lock:
            job = self._known.get(key)
            if job is None or (job.unfinished and session not in job.stopped_in):
                new = Job(make())
                if job is not None:  # who stopped the one before wants none of this one either
                    new.watchers |= job.stopped_in
                    new.stopped_in |= job.stopped_in
                job = new
                job.watchers.add(session)
                job.start()
            self._known[key] = job
            self._known.move_to_end(key)
            self._leave(session, job)
            job.watchers.add(session)
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)[1].stop()
            return Followed(job, session)

    def finished(self, key: Hashable) -> Job | None:
        """The job under the key where all of it is done; nobody leaves another one for it."""
        with self._lock:
            job = self._known.get(key)
            if job is None or job.running or job.unfinished:
                return None
            self._known.move_to_end(key)
            return job

    def leave(self, session: str) -> None:
        """The session looks at none of these any more."""
        with self._lock:
            self._leave(session, None)

    def visit(self, session: str) -> _Visit:
        """The session has come, or come back."""
        with self._lock:
            self._visits[session] = _Visit(self, session)
            return self._visits[session]

    def gone(self, visit: _Visit) -> None:
        """The session looks at none of these any more, unless it has come back meanwhile."""
        with self._lock:
            if self._visits.get(visit.session) is visit:
                del self._visits[visit.session]
                self._leave(visit.session, None)

    def stop(self) -> None:
        """Stop and forget all of them."""
        with self._lock:
            for job in self._known.values():
                job.stop()
            self._known.clear()

    def _leave(self, session: str, chosen: Job | None) -> None:
        for other in self._known.values():
            if other is not chosen and session in other.watchers:
                other.watchers.discard(session)
                other.stopped_in.discard(session)
                other.stop_if_unwanted()


@st.cache_resource
def _jobs() -> _Jobs:
    return _Jobs(REMEMBERED)


@st.cache_resource(scope="session", on_release=_Jobs.stop)
def _own_jobs() -> _Jobs:
    """Those on data that this session brought: they end with it, and nobody else finds them."""
    return _Jobs(REMEMBERED_OWN)


@st.cache_resource(scope="session", on_release=_Visit.end)
def _visit(session: str) -> _Visit:
    return _jobs().visit(session)


def job(key: Hashable, make: Callable[[], W], own: bool = False) -> Followed[W]:
    """The job under this key, begun with what `make` gives if need be.

    own : whether the data are this session's alone. A session has one job at a time: the one
    before is left, and stops if nobody else looks at it. Waits a moment for one that runs.
    """
    context = get_script_run_ctx()
    session = context.session_id if context else ""
    _visit(session)
    here, elsewhere = _jobs(), _own_jobs()
    if own:
        here, elsewhere = elsewhere, here
    elsewhere.leave(session)
    found = here.get(key, make, session)
    found.job.wait(AT_FIRST)
    return found


def finished(key: Hashable) -> Any:
    """The work under this key where all of it is done and remembered, else None.

    For work that goes on from other work: it is looked at without leaving the job under way.
    """
    job = _jobs().finished(key)
    return None if job is None else job.work


def follow(found: Followed[W], draw: Callable[[], None], what: str) -> None:
    """Draw what the job has so far, again and again while it runs, with progress and cancel.

    what : the job is counted in, "problems" or "steps".
    """
    running = found.running

    @st.fragment(run_every=REFRESH if running else None)
    def part() -> None:
        ended = not found.running
        _progress(found, what)
        draw()
        if running and ended:
            run_again()  # the rest of the page has been waiting for the end

    part()


def counted(count: int, what: str) -> str:
    """A number of things that are given in the plural: "1 fit of t-SNE", "3 fits of t-SNE"."""
    return "1 " + re.sub(r"s\b", "", what, count=1) if count == 1 else f"{count:,} {what}"


def _progress(found: Followed[W], what: str) -> None:
    work, seconds = found.work, found.job.seconds
    share = work.done / work.total if work.total else 1.0
    with st.container(horizontal=True, vertical_alignment="center", height=56, border=False):
        if found.complete:
            st.caption(f"{counted(work.total, what)}, {seconds:.1f} s.")
        elif found.running:
            left = f", about {max(seconds / share - seconds, 1):.0f} s left" if work.done else ""
            st.progress(share, f"{work.done:,} of {work.total:,} {what}{left}")
            st.button("Cancel", on_click=found.cancel, icon=":material/stop:")
        else:
            how = "Stopped" if found.job.error is None else "This failed"
            words = f"{how} at {work.done:,} of {work.total:,} {what}"
            st.markdown(f":orange[:material/warning: {words}.]")
            if st.button("Begin again", icon=":material/replay:"):
                found.begin_again()
                st.rerun()
    if found.job.error is not None and not found.running:
        st.error(cause(found.job.error), icon=":material/block:")


def cause(error: BaseException) -> str:
    """Why work failed, as Markdown that shows the words as they are.

    An error of ours says what to do; another one is named by its kind.
    """
    words = reason_of(error).strip()
    if not isinstance(error, ValueError):
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return re.sub(r"([\\`*_\[\]$~<>#|])", r"\\\1", words or type(error).__name__)
