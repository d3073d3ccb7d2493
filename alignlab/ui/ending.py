"""The end of the server: a signal ends it in time, with status 0, whatever is under way.

Streamlit waits until each connection has ended, so that an upload that stalls or a browser that
sleeps would hold the server for ever. And a thread in the middle of a training step, stopped by the
end of the interpreter, aborts the process. Nothing is lost by leaving at once: every file is
written as a whole or not at all.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Timer, current_thread, main_thread
from types import FrameType
from typing import Any, cast

from streamlit import runtime

PATIENCE = 1.0
"""Seconds that Streamlit has to take leave of the browsers."""

SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGBREAK")
"""The signals that end Streamlit, those of them that the system has."""

_first = Lock()


def end_in_time() -> None:
    """Let each of these signals end the server within `PATIENCE`: once, by the first session."""
    if runtime.exists() and _first.acquire(blocking=False):
        stopped = cast("Future[None]", runtime.get_instance().stopped)
        stopped.get_loop().call_soon_threadsafe(_arrange)  # sessions run in threads of their own


def _arrange() -> None:
    if current_thread() is not main_thread():  # a server within another program
        return
    for name in SIGNALS:
        if hasattr(signal, name):
            number = getattr(signal, name)
            signal.signal(number, _then(signal.getsignal(number)))


def _then(before: Any) -> Callable[[int, FrameType | None], None]:
    """A handler that ends the process in time, and does first what another one did."""

    def handle(number: int, frame: FrameType | None) -> None:
        atexit.register(_leave)
        watch = Timer(PATIENCE, _leave)
        watch.daemon = True
        watch.start()
        if callable(before):
            before(number, frame)

    return handle


def _leave() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a full disk, a closed terminal
            stream.flush()
    os._exit(0)
