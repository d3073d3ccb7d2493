"""Which jobs compute: at most so many at once over all sessions, the others wait for their turn.

Jobs that have computed for less than 10 seconds go first, so that no key press waits for trainings;
then those of less than a minute, then all others, each group in the order of the requests. The
first in line always has its turn, unless jobs run one by one: a busy class does not stop a
training. While pages are computed, jobs pause between two steps for up to three times as long as a
step takes, and only one at a time takes a step, beside those that have just begun: Python computes
in one thread at a time, and a page beside four jobs would take several times as long. Few pages
compute their first charts at once, the others wait for their turn; the rest of a page, and what is
drawn again of a job, comes after first charts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heapify, heappushpop
from math import inf, isfinite
from threading import Event, Lock, Semaphore, local

SLICES = (10.0, 60.0)
"""Seconds of computing after which a job goes behind those that have computed for less."""

PAUSE = 3.0
"""A job pauses for pages at most for so many times the time that its last step took."""

HOLD = 2.0
"""Seconds of such a pause at most."""

BUSY = 1.0
"""Seconds after a page in which the server counts as busy: jobs then take steps in turns."""

SHORT = 0.25
"""Seconds of computing before a job takes part in that: somebody waits for its first results."""

AMONG_JOBS = 10.0
"""Seconds that a job waits at most for the steps of others."""

AT_ONCE = 2
"""Pages that compute their first charts at once: side by side, each would wait for all."""

PATIENCE = 0.5
"""Seconds that a page waits at most for its turn to compute them."""

REST = 0.25
"""Seconds that the rest of a page waits at most while other pages have no chart yet."""


@dataclass(frozen=True)
class Place:
    """The place of a waiting job among all that wait, from 1; `seconds` until it starts, or None.

    The estimate follows from the progress of the jobs ahead, at the pace that they have had.
    """

    number: int
    of: int
    seconds: float | None

    def __str__(self) -> str:
        about = "" if self.seconds is None else f", about {duration(self.seconds)}"
        return f"place {self.number} of {self.of}{about}"


class Turn:
    """The turn of one job: it computes or waits. Paused only between two steps of its work.

    share : how much of the work is done, 0 to 1, for the estimates of those that wait.
    """

    def __init__(self, queue: Queue, share: Callable[[], float]) -> None:
        self.share = share
        self.slices = 0
        """How many of `SLICES` it has used up."""
        self.number = 0
        """In the order of the requests."""
        self.may_go = Event()
        self._queue = queue
        self._began = queue.clock()
        """When its last step began."""
        self._alone = False
        """Whether it has the queue's lock on steps."""
        self._spent: tuple[float, float | None] = 0.0, None
        """Seconds of computing before the last pause, and when it went on, or None."""

    @property
    def waiting(self) -> bool:
        return not self.may_go.is_set()

    @property
    def seconds(self) -> float:
        """How long it has computed, without its pauses."""
        spent, since = self._spent
        return spent if since is None else spent + self._queue.clock() - since

    @property
    def left(self) -> float:
        """Seconds of computing until its end, at its pace so far; infinite if nothing is done."""
        share = self.share()
        return self.seconds * (1 - share) / share if share > 0 else inf

    @property
    def slice_left(self) -> float:
        """Seconds of computing until it goes behind others."""
        return SLICES[self.slices] - self.seconds if self.slices < len(SLICES) else inf

    def goes_before(self, other: Turn) -> bool:
        """Whether it goes before a job whose slice ends."""
        return (self.slices, self.number) < (other.slices + 1, other.number)

    def granted(self) -> bool:
        """Whether the job may take its next step; its clock runs from then on, or stops."""
        if self.slice_left <= 0:
            self._queue.next_slice(self)
        granted = self.may_go.is_set()
        if granted != (self._spent[1] is not None):
            self._spent = self.seconds, self._queue.clock() if granted else None
        return granted

    def take(self) -> None:
        """Wait until the job may take its next step."""
        queue, step = self._queue, self._queue.clock() - self._began
        self._give_back()
        while not self.granted():
            self.may_go.wait()
        if queue.busy:
            computed = self.seconds
            self._spent = computed, None
            if computed > SHORT:
                self._alone = queue.steps.acquire(timeout=AMONG_JOBS)
            queue.no_page.wait(min(PAUSE * step, HOLD))
            self._spent = computed, queue.clock()
        self._began = queue.clock()

    def _give_back(self) -> None:
        if self._alone:
            self._queue.steps.release()
        self._alone = False

    def end(self) -> None:
        """The job has ended: its clock stops."""
        self._give_back()
        self._spent = self.seconds, None
        self._queue.leave(self)


class _Count:
    """How many are under way; `none` is set while there is none."""

    def __init__(self) -> None:
        self.none = Event()
        self.none.set()
        self._number, self._lock = 0, Lock()

    def add(self, more: int) -> None:
        with self._lock:
            self._number += more
            (self.none.clear if self._number else self.none.set)()


class _Here(local):
    """What this thread computes: a page, which has its first charts or not, or a part of one."""

    page = False
    urgent = False
    turn = False


class Queue:
    """The turns of all jobs of the server.

    at_once : how many of them compute at once; one that is to pause first ends its current step.
    clock : seconds that never go back.
    """

    def __init__(self, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.clock = at_once, clock
        self._lock = Lock()
        self._turns: list[Turn] = []  # in the order in which they were requested
        self._pages, self._urgent, self._here = _Count(), _Count(), _Here()
        self._pages_turns = Semaphore(AT_ONCE)
        self._last_page = -inf
        self.steps = Lock()
        """While the server is busy, jobs take their steps one after the other."""

    @property
    def busy(self) -> bool:
        """Whether a page is computed, or was a moment ago."""
        return not self.no_page.is_set() or self.clock() - self._last_page < BUSY

    @property
    def no_page(self) -> Event:
        """Set while no page is computed."""
        return self._pages.none

    @contextmanager
    def page(self) -> Iterator[None]:
        """Context in which a page is computed: jobs pause."""
        self._here.page = True
        self._pages.add(1)
        self._begin_charts()
        try:
            yield
        finally:
            self._end_charts()
            self._pages.add(-1)
            self._here.page = False
            self._last_page = self.clock()

    def _begin_charts(self) -> None:
        """The page computes its first charts, when it is its turn."""
        self._here.urgent = True
        self._urgent.add(1)
        self._here.turn = self._pages_turns.acquire(timeout=PATIENCE)

    def _end_charts(self) -> None:
        if self._here.urgent:
            self._urgent.add(-1)
        if self._here.turn:
            self._pages_turns.release()
        self._here.urgent = self._here.turn = False

    def charts_sent(self) -> None:
        """The page has sent charts: if they are its first, others may have theirs first."""
        if self._here.urgent:
            self._end_charts()
            self.give_way()

    def give_way(self) -> None:
        """Let the first charts of other pages go first, for a moment."""
        if not self._here.urgent:
            self._urgent.none.wait(REST)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Context in which a page waits for a job, which need not pause for it."""
        page, urgent = self._here.page, self._here.urgent
        self._end_charts()
        self._pages.add(-page)
        try:
            yield
        finally:
            self._pages.add(page)
            if urgent:
                self._begin_charts()

    def enter(self, turn: Turn) -> None:
        with self._lock:
            turn.number = self._turns[-1].number + 1 if self._turns else 1
            self._turns.append(turn)
            self._arrange()

    def leave(self, turn: Turn) -> None:
        """Give up the turn; a job that waits may go on then, to see that it is to end."""
        with self._lock:
            if turn in self._turns:
                self._turns.remove(turn)
                turn.may_go.set()
                self._arrange()

    def next_slice(self, turn: Turn) -> None:
        with self._lock:
            turn.slices += 1
            self._arrange()

    def place(self, turn: Turn) -> Place | None:
        """Where the turn stands among those that wait; None if it does not wait."""
        with self._lock:
            order, first = self._order(), self._first()
        going, waiting = order[: self.at_once], order[self.at_once :]
        if turn not in waiting:
            return None
        frees = [
            min(one.left, one.slice_left)
            if one not in first and turn.goes_before(one)
            else one.left
            for one in going
        ]
        heapify(frees)
        at = waiting.index(turn)
        for ahead in waiting[:at]:
            heappushpop(frees, frees[0] + ahead.left)
        seconds = max(frees[0], 0.0)
        return Place(at + 1, len(waiting), seconds if isfinite(seconds) else None)

    def _first(self) -> list[Turn]:
        """The one that never pauses, if any."""
        return self._turns[:1] if self.at_once > 1 else []

    def _order(self) -> list[Turn]:
        first = self._first()
        others = [turn for turn in self._turns if turn not in first]
        return [*first, *sorted(others, key=lambda turn: turn.slices)]

    def _arrange(self) -> None:
        for at, turn in enumerate(self._order()):
            if at < self.at_once:
                turn.may_go.set()
            else:
                turn.may_go.clear()


def duration(seconds: float) -> str:
    """A duration in its largest fitting unit: "40 s", "3 min", "2 h"."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"
