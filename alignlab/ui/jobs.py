"""Long work outside the script: one thread per job, shared by sessions, stopped when unused.

The key of a job is what it measures, so nothing is measured twice while the job is remembered. It
runs while at least one session watches it, and stops when the last one leaves it or is closed.
Few jobs compute at once, the others wait for their turn: `alignlab.ui.queue` says in which order.
"""

from __future__ import annotations

import os
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread, get_native_id
from traceback import clear_frames
from typing import Any, Generic, TypeVar

import streamlit as st

from alignlab.checks import out_of_memory, reason_of
from alignlab.ui.later import LATER
from alignlab.ui.limits import JOBS, REMEMBERED, REMEMBERED_OWN
from alignlab.ui.plain import as_written
from alignlab.ui.queue import Place, Queue, Turn
from alignlab.ui.sessions import session_id
from alignlab.ui.state import refusals_shown, run_again
from alignlab.work import Work

LOWER = 10
"""Niceness of the thread of a job after its first seconds."""

AT_FIRST = 0.25
"""Seconds that a page waits for a new job, so that short ones never show their progress."""

REFRESH = 0.4
"""Seconds between two updates of the page while a job runs."""

AT_FULL_PACE = 4
"""Sessions that may follow running jobs before each is updated less often in proportion. Drawing
takes about a tenth of a second of one core: twenty sessions that follow one training would
otherwise leave it no time."""

GRACE = 120.0
"""Seconds after which a disconnected session counts as closed: Streamlit keeps it that long for a
browser whose connection was lost."""


First = TypeVar("First", bound=Work)
Then = TypeVar("Then", bound=Work)


class Series:
    """Pieces of work in sequence, by name."""

    def __init__(self, works: Mapping[str, Work]) -> None:
        self.works: dict[str, Any] = dict(works)

    @property
    def done(self) -> int:
        return sum(work.done for work in self.works.values())

    @property
    def total(self) -> int:
        return sum(work.total for work in self.works.values())

    def run(self) -> Iterator[None]:
        for work in self.works.values():
            yield from work.run()


class Chain(Series, Generic[First, Then]):
    """Two pieces of work in sequence: `first`, then `then`."""

    def __init__(self, first: First, then: Then) -> None:
        super().__init__({"first": first, "then": then})
        self.first, self.then = first, then


W = TypeVar("W", bound=Work)


class Job(Generic[W]):
    """Work in a thread of its own, which computes when it is its turn.

    work : the work itself; holds the results, partial ones while it runs.
    seconds : how long it has computed.
    error : the exception that ended it, or None.
    watchers : the sessions that watch it; stopped_in : those of them that have cancelled it.
    """

    def __init__(self, work: W, queue: Queue) -> None:
        self.work = work
        self.error: BaseException | None = None
        self.watchers: set[str] = set()
        self.stopped_in: set[str] = set()
        self._stop, self._ended = Event(), Event()
        self._queue, self._turn = queue, Turn(queue, self._share)
        self._lowered = False
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    @property
    def unfinished(self) -> bool:
        """Whether it has stopped, or has been told to stop, before all was done."""
        asked_to = self._stop.is_set() and self.work.done < self.work.total
        return asked_to or self.error is not None

    @property
    def complete(self) -> bool:
        """Whether all is done."""
        return not self.running and not self.unfinished

    @property
    def seconds(self) -> float:
        return self._turn.seconds

    @property
    def place(self) -> Place | None:
        """Its place among the jobs that wait for their turn; None if it does not wait."""
        return self._queue.place(self._turn)

    def start(self) -> None:
        self._queue.enter(self._turn)
        self._thread.start()

    def stop(self) -> None:
        """Ask the work to stop, which it does after the current batches, and free its place."""
        self._stop.set()
        self._queue.leave(self._turn)

    def stop_if_unwanted(self) -> None:
        """Stop if every session that watches it has cancelled it."""
        if self.watchers <= self.stopped_in:
            self.stop()

    def wait(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def _run(self) -> None:
        steps = self.work.run()
        try:
            if self._may_go_on():
                for _ in steps:
                    if not self._may_go_on():
                        break
            if hasattr(steps, "close"):
                steps.close()
        except BaseException as error:  # any exception is reported to the waiting sessions
            self.error = error
            clear_frames(error.__traceback__)  # and the arrays that they hold
            self.stopped_in |= self.watchers  # the next session to request it restarts the job
        finally:
            self._turn.end()
            self._ended.set()

    def _may_go_on(self) -> bool:
        """Wait for the turn; whether the work is still wanted then."""
        self._turn.take()
        if self._turn.slices and not self._lowered:
            self._lowered = True
            _lower_priority()
        return not self._stop.is_set()

    def _share(self) -> float:
        return self.work.done / self.work.total if self.work.total else 1.0


def _lower_priority() -> None:
    """Pages and short jobs go before this thread where the system has priorities for threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), LOWER)


@dataclass(frozen=True, eq=False)
class Followed(Generic[W]):
    """A job as seen by one session: cancelled there, it may continue for others."""

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
        return self.job.complete

    def cancel(self) -> None:
        """Cancel it in this session."""
        self.job.stopped_in.add(self.session)
        self.job.stop_if_unwanted()

    def begin_again(self) -> None:
        """Undo `cancel`: a stopped job restarts when it is next requested."""
        self.job.stopped_in.discard(self.session)


@dataclass(frozen=True, eq=False)
class _Visit:
    """A session from its connection until it is closed."""

    jobs: _Jobs
    session: str

    def end(self) -> None:
        LATER.call(GRACE, lambda: self.jobs.gone(self))


class _Jobs:
    """The remembered jobs, of the whole server or of one session.

    remembered : how many are remembered that no session watches, the most recently requested ones.
    """

    def __init__(self, remembered: int, queue: Queue) -> None:
        self._lock = Lock()
        self._remembered, self._queue = remembered, queue
        self._known: OrderedDict[Hashable, Job] = OrderedDict()
        self._visits: dict[str, _Visit] = {}

    def get(
        self,
        key: Hashable,
        make: Callable[[], W],
        session: str,
        beside: Collection[Hashable] = (),
    ) -> Followed[W]:
        """The job under the key; a new one is started if there is none, or only an unfinished one.

        A session that has cancelled a job, or seen it fail, keeps it until it leaves or restarts.
        beside : keys of other jobs that the session does not leave.
        """
        with self._lock:
            job = self._known.get(key)
            if job is None or (job.unfinished and session not in job.stopped_in):
                new = Job(make(), self._queue)
                if job is not None:  # sessions that cancelled the old job do not want the new one
                    new.watchers |= job.stopped_in
                    new.stopped_in |= job.stopped_in
                job = new
                job.watchers.add(session)
                job.start()
            self._known[key] = job
            self._known.move_to_end(key)
            self._leave(session, {key, *beside})
            job.watchers.add(session)
            left = [key for key, one in self._known.items() if not one.watchers]
            for forgotten in left[: max(len(left) - self._remembered, 0)]:
                del self._known[forgotten]
            return Followed(job, session)

    def finished(self, key: Hashable) -> Job | None:
        """The job under the key if it is complete; no session leaves its current job for this."""
        with self._lock:
            job = self._known.get(key)
            if job is None or not job.complete:
                return None
            self._known.move_to_end(key)
            return job

    def following(self) -> int:
        """How many sessions watch a running job."""
        with self._lock:
            running = [job for job in self._known.values() if job.running]
            return len({one for job in running for one in job.watchers - job.stopped_in})

    def leave(self, session: str) -> None:
        """The session no longer watches any of these jobs."""
        with self._lock:
            self._leave(session, ())

    def visit(self, session: str) -> _Visit:
        """The session has connected or reconnected."""
        with self._lock:
            self._visits[session] = _Visit(self, session)
            return self._visits[session]

    def gone(self, visit: _Visit) -> None:
        """The session no longer watches any of these jobs, unless it has reconnected since."""
        with self._lock:
            if self._visits.get(visit.session) is visit:
                del self._visits[visit.session]
                self._leave(visit.session, ())

    def stop(self) -> None:
        """Stop and forget all of them."""
        with self._lock:
            for job in self._known.values():
                job.stop()
            self._known.clear()

    def _leave(self, session: str, kept: Collection[Hashable]) -> None:
        for key, other in self._known.items():
            if key not in kept and session in other.watchers:
                other.watchers.discard(session)
                other.stopped_in.discard(session)
                other.stop_if_unwanted()


class _OwnJobs(_Jobs):
    """The jobs of one session on its own data, which are forgotten when it has gone."""

    def gone(self, visit: _Visit) -> None:
        if self._visits.get(visit.session) is visit:
            self.stop()
        super().gone(visit)


@st.cache_resource
def _queue() -> Queue:
    """That of the whole server."""
    return Queue(JOBS.value)


@st.cache_resource
def _jobs() -> _Jobs:
    return _Jobs(REMEMBERED.value, _queue())


def _own_jobs() -> _Jobs:
    """Jobs on data uploaded in this session: they end with it, and no other session sees them.

    A lost connection empties the session's caches at once, but not its state.
    """
    if "own jobs" not in st.session_state:
        st.session_state["own jobs"] = _OwnJobs(REMEMBERED_OWN.value, _queue())
    return st.session_state["own jobs"]


@st.cache_resource(scope="session", on_release=_Visit.end)
def _visit(session: str) -> _Visit:
    return _jobs().visit(session)


@st.cache_resource(scope="session", on_release=_Visit.end)
def _own_visit(session: str) -> _Visit:
    return _own_jobs().visit(session)


def job(
    key: Hashable,
    make: Callable[[], W],
    own: bool = False,
    beside: Collection[Hashable] = (),
) -> Followed[W]:
    """The job under this key, started with the work that `make` returns if necessary.

    own : whether the data belong to this session alone. A session has one job at a time: it leaves
    the previous one, which stops if no other session watches it. Waits `AT_FIRST` for its end.
    beside : keys of jobs on the same data that the session keeps, as a page does that shows the
    results of several.
    """
    session = session_id()
    _visit(session)
    _own_visit(session)
    here, elsewhere = _jobs(), _own_jobs()
    if own:
        here, elsewhere = elsewhere, here
    elsewhere.leave(session)
    found = here.get(key, make, session, beside)
    found.job.wait(AT_FIRST)
    return found


def page_first() -> AbstractContextManager[None]:
    """Context in which a page is computed: long jobs pause for a moment."""
    return _queue().page()


def finished(key: Hashable, own: bool = False) -> Any:
    """The work under this key if it is complete and remembered, else None.

    For work that builds on other work: looking it up does not leave the session's current job.
    own : as for `job`.
    """
    job = (_own_jobs() if own else _jobs()).finished(key)
    return None if job is None else job.work


def follow(found: Followed[W], draw: Callable[[], None], what: str, every: float = REFRESH) -> None:
    """Draw the results so far, repeatedly while the job runs, with progress and a cancel button.

    what : the unit in which progress is counted, "problems" or "steps".
    every : seconds between two updates of the page, more if many sessions follow jobs.
    """
    running = found.running
    every *= max(1.0, _jobs().following() / AT_FULL_PACE)

    @st.fragment(run_every=every if running else None)
    def part() -> None:
        ended = not found.running
        _progress(found, what)
        with refusals_shown():
            draw()
        if running and ended:
            run_again()  # the rest of the page waits for the end of the job

    part()


def awaited(
    found: Followed[W], draw: Callable[[], None], what: str, every: float = REFRESH
) -> bool:
    """`follow` a job on which the rest of the page waits; whether it is complete.

    A job may end at any moment: who asks twice in a run may get two answers, and would draw its
    results twice, or wait for a timer that was not needed any more.
    """
    if found.complete:
        return True
    follow(found, draw, what, every)
    if found.complete:  # it has ended since
        run_again()
    return False


def counted(count: int, what: str) -> str:
    """A count with its unit, given in the plural: "1 fit of t-SNE", "3 fits of t-SNE"."""
    return "1 " + re.sub(r"s\b", "", what, count=1) if count == 1 else f"{count:,} {what}"


def _progress(found: Followed[W], what: str) -> None:
    work, seconds, place = found.work, found.job.seconds, found.job.place
    done = work.done  # once: the thread of the job goes on counting
    share = done / work.total if work.total else 1.0
    with st.container(horizontal=True, vertical_alignment="center", height=56, border=False):
        if found.complete:
            st.caption(f"{counted(work.total, what)}, {seconds:.1f} s.")
        elif found.running:
            words = f"{done:,} of {work.total:,} {what}"
            if place is not None:
                words = f"Waiting: {place} ({words})" if done else f"Waiting: {place}"
            elif done:
                words += f", about {max(seconds / share - seconds, 1):.0f} s left"
            st.progress(share, words)
            st.button("Cancel", on_click=found.cancel, icon=":material/stop:")
        else:
            how = "Stopped" if found.job.error is None else "Failed"
            words = f"{how} at {done:,} of {work.total:,} {what}"
            st.markdown(f":orange[:material/warning: {words}.]")
            if st.button("Restart", icon=":material/replay:"):
                found.begin_again()
                st.rerun()
    if found.job.error is not None and not found.running:
        st.error(cause(found.job.error), icon=":material/block:")


def cause(error: BaseException) -> str:
    """Why work failed, as Markdown without signs of its own.

    A ValueError says what to do, and so do we where memory ran out; any other error is preceded by
    its type.
    """
    memory = out_of_memory(error)
    words = memory or reason_of(error).strip()
    if not memory and not isinstance(error, ValueError):
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return as_written(words or type(error).__name__)
