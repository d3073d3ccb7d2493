"""What a page shows of its job."""

import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from alignlab.checks import InputError
from alignlab.ui import progress
from alignlab.ui.progress import cause, counted


def test_one_of_a_kind_is_no_plural():
    assert counted(1, "fits of t-SNE") == "1 fit of t-SNE"
    assert counted(1200, "steps") == "1,200 steps"


NO_MEMORY = (
    "There is not enough memory on the machine that runs this: choose fewer samples or dimensions, "
    "or end other programs there"
)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("tsne", "3 pairs: at least 4 are needed"), "3 pairs: at least 4 are needed"),
        (ValueError("it must be in [0, 1) $x$"), r"it must be in \[0, 1) \$x\$"),
        (ValueError(), "ValueError"),
        (MemoryError(), NO_MEMORY),
        (KeyError(), "KeyError"),
        (RuntimeError("no_device"), "RuntimeError: no_device"),
        (KeyError("d_iner"), "KeyError: 'd_iner'"),
    ],
)
def test_why_work_failed_is_said_as_it_is(error, words):
    assert cause(error) == words


class Seen:
    """A job as seen by a session that ends while it is drawn, or not."""

    def __init__(self, complete, ends):
        self.complete, self.ends = complete, ends
        self.job = self.work = None


@pytest.mark.parametrize(
    ("complete", "ends", "answer", "told"),
    [
        (True, True, True, []),
        (False, False, False, ["follow"]),
        (False, True, False, ["follow", "run again"]),
    ],
)
def test_a_page_gets_one_answer_in_a_run_whether_its_job_is_complete(
    complete, ends, answer, told, monkeypatch
):
    done, found = [], Seen(complete, ends)

    def follow(found, draw, what, every):
        done.append("follow")
        found.complete = found.ends

    monkeypatch.setattr(progress, "follow", follow)
    monkeypatch.setattr(progress.st, "rerun", lambda: done.append("run again"))
    assert progress.awaited(found, lambda: None, "steps") is answer
    assert done == told


@pytest.mark.parametrize(("ends", "told"), [(True, ["run again"]), (False, [])])
def test_a_page_whose_job_ends_while_it_is_drawn_is_drawn_again(ends, told, monkeypatch):
    done, found = [], SimpleNamespace(running=True)
    monkeypatch.setattr(progress.st, "fragment", lambda run_every: lambda part: part)
    monkeypatch.setattr(progress.st, "rerun", lambda: done.append("run again"))
    monkeypatch.setattr(progress, "_progress", lambda found, what: None)

    def draw():
        found.running = not ends

    progress.follow(found, draw, "steps")
    assert done == told


FAILING = """
import streamlit as st
from alignlab.ui.jobs import job
from alignlab.ui.progress import follow

class Work:
    done, total = 1, 3
    def run(self):
        yield
        raise {error}

work = job({key!r}, Work)
follow(work, lambda: st.markdown("what there is so far"), "fits of t-SNE")
"""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ValueError('no spread')", "no spread"),
        ("MemoryError()", NO_MEMORY),
        ("KeyError()", "KeyError"),
        ("ZeroDivisionError('division by zero')", "ZeroDivisionError: division by zero"),
        ("SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_the_page_says_why_a_job_failed_and_offers_to_begin_again(error, words):
    app = AppTest.from_string(FAILING.format(error=error, key=error), default_timeout=60).run()
    for _ in range(100):
        if app.error:
            break
        time.sleep(0.05)
        app.run()
    assert app.error[0].value == words
    assert "Failed at 1 of 3 fits of t-SNE" in app.markdown[1].value
    assert "what there is so far" in app.markdown[0].value
    assert [b.label for b in app.button] == ["Restart"]
    assert not app.exception


COUNTING_ON = """
import time
import streamlit as st
from alignlab.ui.jobs import job
from alignlab.ui.progress import follow

class Work:
    total, read = 1000, 0

    @property
    def done(self):  # one more each time it is read, as a thread that has gone on in between
        self.read += 1
        return self.read - 1

    def run(self):
        while True:
            time.sleep(0.01)
            yield

found = job("counting on", Work)
found.work.read = 0
follow(found, lambda: None, "steps")
found.job.stop()
"""


def test_the_first_step_may_be_counted_while_its_progress_is_drawn():
    app = AppTest.from_string(COUNTING_ON, default_timeout=60).run()
    assert not app.exception
    assert [b.label for b in app.button] == ["Cancel"]
