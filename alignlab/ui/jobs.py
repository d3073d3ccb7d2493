"""Long work outside the script: one thread per job, shared by sessions, stopped when unused.

The key of a job is what it measures, so nothing is measured twice while the job is remembered. It
runs while at least one session watches it, and stops when the last one leaves it or is closed.
Few jobs compute at once, the others wait for their turn: `alignlab.ui.queue` says in which order.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread, get_native_id
from traceback import clear_frames
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import streamlit as st

from alignlab.ui.later import LATER
from alignlab.ui.limits import JOBS, REMEMBERED, REMEMBERED_OWN
from alignlab.ui.queue import Place, Queue, Turn
from alignlab.ui.sessions import session_id
from alignlab.work import Work

LOWER = 10
"""Niceness of the thread of a job after its first seconds."""

AT_FIRST = 0.25
"""Seconds that a page waits for a new job, so that short ones never show their progress."""


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
        self._making: WeakValueDictionary[Hashable, Lock] = WeakValueDictionary()

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
            making = self._making.setdefault(key, Lock())
        with making:  # nobody else makes the same; sessions on other work do not wait for it
            with self._lock:
                job = self._known.get(key)
                if job is not None and (not job.unfinished or session in job.stopped_in):
                    return self._watched(key, job, session, beside)
            work = make()
            with self._lock:
                before, job = self._known.get(key), Job(work, self._queue)
                if before is not None:  # sessions that cancelled it do not want the new one
                    job.watchers |= before.stopped_in
                    job.stopped_in |= before.stopped_in
                job.watchers.add(session)
                job.start()
                return self._watched(key, job, session, beside)

    def _watched(
        self, key: Hashable, job: Job[W], session: str, beside: Collection[Hashable]
    ) -> Followed[W]:
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
    with _queue().waiting():
        found.job.wait(AT_FIRST)
    return found


def page_first() -> AbstractContextManager[None]:
    """Context in which a page is computed: jobs pause for a moment."""
    return _queue().page()


def charts_sent() -> None:
    """The page has sent charts: the first charts of others go before the rest of it."""
    _queue().charts_sent()


def give_way() -> None:
    """Before a job is drawn again: the first charts of pages go first."""
    _queue().give_way()


def following() -> int:
    """How many sessions of the server follow a running job."""
    return _jobs().following()


def finished(key: Hashable, own: bool = False) -> Any:
    """The work under this key if it is complete and remembered, else None.

    For work that builds on other work: looking it up does not leave the session's current job.
    own : as for `job`.
    """
    job = (_own_jobs() if own else _jobs()).finished(key)
    return None if job is None else job.work
