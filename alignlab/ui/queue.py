"""Which jobs compute: at most so many at once over all sessions, the others wait for their turn.

A new job goes first, for its first `FIRST` seconds, so that no key press waits for long trainings;
after that, jobs continue in the order in which they were requested. The oldest of them never waits
for new ones, unless jobs run one by one, so that a busy class cannot stop a training.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heapify, heappushpop
from math import inf, isfinite
from threading import Event, Lock

FIRST = 5.0
"""Seconds of computing during which a job is new and goes before older ones."""


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
        self.new = True
        self.may_go = Event()
        self._queue = queue
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

    def granted(self) -> bool:
        """Whether the job may take its next step; its clock runs from then on, or stops."""
        if self.new and self.seconds >= FIRST:
            self._queue.no_longer_new(self)
        granted = self.may_go.is_set()
        if granted != (self._spent[1] is not None):
            self._spent = self.seconds, self._queue.clock() if granted else None
        return granted

    def take(self) -> None:
        """Wait until the job may take its next step."""
        while not self.granted():
            self.may_go.wait()

    def end(self) -> None:
        """The job has ended: its clock stops."""
        self._spent = self.seconds, None
        self._queue.leave(self)


class Queue:
    """The turns of all jobs of the server.

    at_once : how many of them compute at once; one that is to pause first ends its current step.
    clock : seconds that never go back.
    """

    def __init__(self, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.clock = at_once, clock
        self._lock = Lock()
        self._turns: list[Turn] = []  # in the order in which they were requested

    def enter(self, turn: Turn) -> None:
        with self._lock:
            self._turns.append(turn)
            self._arrange()

    def leave(self, turn: Turn) -> None:
        """Give up the turn; a job that waits may go on then, to see that it is to end."""
        with self._lock:
            if turn in self._turns:
                self._turns.remove(turn)
                turn.may_go.set()
                self._arrange()

    def no_longer_new(self, turn: Turn) -> None:
        with self._lock:
            turn.new = False
            self._arrange()

    def place(self, turn: Turn) -> Place | None:
        """Where the turn stands among those that wait; None if it does not wait."""
        with self._lock:
            order = self._order()
        going, waiting = order[: self.at_once], order[self.at_once :]
        if turn not in waiting:
            return None
        # a new job gives its turn to one that waits at the end of its first seconds
        frees = [min(one.left, FIRST - one.seconds) if one.new else one.left for one in going]
        heapify(frees)
        at = waiting.index(turn)
        for ahead in waiting[:at]:
            heappushpop(frees, frees[0] + ahead.left)
        seconds = max(frees[0], 0.0)
        return Place(at + 1, len(waiting), seconds if isfinite(seconds) else None)

    def _order(self) -> list[Turn]:
        new = [turn for turn in self._turns if turn.new]
        old = [turn for turn in self._turns if not turn.new]
        kept = 1 if self.at_once > 1 else 0
        return [*old[:kept], *new, *old[kept:]]

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
