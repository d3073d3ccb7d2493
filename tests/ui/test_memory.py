import subprocess
import sys

import pytest

from tests.server import ROOT

THREADS = """
import ctypes
import sys
from threading import Barrier, Thread

from alignlab.ui.memory import give_back_memory

if sys.argv[1] == "shared":
    give_back_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
together = Barrier(6)


def use():
    together.wait()
    block = libc.malloc(5000)
    together.wait()
    libc.free(block)


threads = [Thread(target=use) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_stats()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has these settings")
@pytest.mark.parametrize("heaps", ["shared", "as glibc has them"])
def test_threads_share_two_heaps(heaps):
    found = subprocess.run(
        [sys.executable, "-c", THREADS, heaps],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    ).stderr  # fmt: skip
    assert (found.count("Arena") <= 2) == (heaps == "shared")
