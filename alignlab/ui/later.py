"""Calls at a later time, all of them by one thread.

A `threading.Timer` is a thread of its own until its time has come: a server that is visited often
would have one for every visit of the last minutes.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Later:
    """Functions that wait for their time; the thread that calls them ends when none is left."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()  # functions of equal time are called in the order of arrival
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def call(self, seconds: float, function: Callable[[], object]) -> None:
        """Call the function after so many seconds. It should be quick: others wait for it."""
        with self._changed:
            heappush(self._waiting, (time.monotonic() + seconds, next(self._numbers), function))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="later", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while (function := self._next()) is not None:
            try:
                function()
            except Exception:  # reported as that of any thread; the others are still called
                threading.excepthook(
                    threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
                )

    def _next(self) -> Callable[[], object] | None:
        """The next function, when its time has come; None, and no thread any more, if none is."""
        with self._changed:
            while self._waiting:
                left = self._waiting[0][0] - time.monotonic()
                if left <= 0:
                    return heappop(self._waiting)[2]
                self._changed.wait(left)
            self._thread = None
            return None


LATER = Later()
"""Those of the whole server."""
