"""A machine that lacks something: space on disk, memory, a clock that goes forward."""

import asyncio
import os
import re
import tempfile
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from errno import ENOSPC
from pathlib import Path

import numpy as np
import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from alignlab.checks import out_of_memory
from alignlab.ui.disk import need_no_disk
from alignlab.ui.jobs import Job
from alignlab.ui.progress import cause
from alignlab.ui.queue import Queue
from tests.server import ROOT

OF_TORCH = (
    "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 4000 bytes. Error code 12 (Cannot allocate memory)\nframe #0: ..."
)


def full(*_, **__):
    raise OSError(ENOSPC, os.strerror(ENOSPC))


@pytest.fixture
def no_disk(monkeypatch):
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")  # restored at the end
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    need_no_disk()


def test_an_upload_needs_no_space_on_disk(no_disk):
    content = bytes(2**21)

    async def sent():
        yield b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.npy"\r\n\r\n'
        yield content
        yield b"\r\n--part--\r\n"

    async def received():
        headers = Headers({"content-type": "multipart/form-data; boundary=part"})
        form = await MultiPartParser(headers, sent()).parse()
        return await form["file"].read()

    with ThreadPoolExecutor() as threads:  # one without an event loop of its own
        assert threads.submit(asyncio.run, received()).result() == content


def test_training_needs_no_new_folder(no_disk):
    assert Path(os.environ["TORCHINDUCTOR_CACHE_DIR"]).is_dir()


def test_memory_that_runs_out_is_named_and_the_page_goes_on():
    def page():
        import numpy as np
        import streamlit as st

        from alignlab.ui.state import refusals_shown

        with refusals_shown():
            np.empty((2**45, 2**5))
        st.markdown("controls")

    app = AppTest.from_function(page).run()
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("There is not enough memory for another 8.00 PiB on the machine")
    assert app.markdown[0].value == "controls"


def test_only_memory_errors_are_called_so():
    assert "for another 4000 bytes on" in out_of_memory(RuntimeError(OF_TORCH))
    assert "not enough memory on the" in out_of_memory(MemoryError())
    for error in (RuntimeError("a loop of links"), ValueError("out of memory"), OSError()):
        assert out_of_memory(error) == ""


def test_a_job_that_lacked_memory_says_so_and_gives_back_what_it_had():
    class Greedy:
        done, total = 0, 1

        def run(self):
            had = np.zeros(9)
            self.had = weakref.ref(had)
            yield
            had = (had, np.empty((2**45, 2**5)))

    job = Job(Greedy(), Queue(1))
    job.start()
    job.wait(60)
    assert cause(job.error).startswith("There is not enough memory for another 8.00 PiB")
    assert job.work.had() is None


def test_a_clock_set_back_stops_nothing(monkeypatch):
    class Counting:
        done, total = 0, 3

        def run(self):
            for _ in range(3):
                now = time.time()
                monkeypatch.setattr(time, "time", lambda now=now: now - 86_400)
                self.done += 1
                yield

    job = Job(Counting(), Queue(1))
    job.start()
    job.wait(60)
    assert not job.running
    assert 0 <= job.seconds < 60


def test_nothing_measures_time_by_the_clock_on_the_wall():
    sources = [*(ROOT / "alignlab").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    assert len(sources) > 100
    pattern = re.compile(r"\btime\.time\(|from time import .*\btime\b")
    assert [path.name for path in sources if pattern.search(path.read_text())] == []
