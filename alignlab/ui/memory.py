"""Memory that results no longer need goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""Parameters of `mallopt` in glibc."""

SETTINGS = {ARENA_MAX: 2, MMAP_THRESHOLD: 2**20, TRIM_THRESHOLD: 2**20}
"""Every run of a page has a thread of its own, and threads get heaps of their own, in which few
objects keep much freed memory: after 20 minutes of three visitors 1.45 GB were held, of which 0.4
GB had been freed."""


def give_back_memory() -> None:
    """Let all threads share two heaps, and give large arrays back at once; only glibc is told."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            mallopt = ctypes.CDLL(None).mallopt
            for parameter, value in SETTINGS.items():
                mallopt(parameter, value)
