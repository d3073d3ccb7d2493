import time
from threading import Event

import pytest

from alignlab.ui.jobs import REMEMBERED, Job, _Jobs

SOON = 5.0
"""Seconds; what should happen at once has happened long before."""


class Steps:
    """Work that waits between its steps until it may go on, and pauses often meanwhile."""

    def __init__(self, total=3, fails_at=None):
        self.done, self.total, self.fails_at = 0, total, fails_at
        self.begun, self.closed = 0, Event()
        self.may_go = Event()

    def run(self):
        self.begun += 1
        try:
            while self.done < self.total:
                if self.may_go.wait(0.001):
                    if self.done == self.fails_at:
                        raise ValueError("no such number")
                    self.done += 1
                yield
        finally:
            self.closed.set()


def begun(**fields):
    job = Job(Steps(**fields))
    job.start()
    return job


def finish(job):
    job.work.may_go.set()
    job.wait(SOON)
    assert not job.running


def assert_stops(job):
    job.wait(SOON)
    assert not job.running
    assert job.work.closed.is_set()
    assert job.cancelled


class Server:
    """Jobs of named sessions, and every work that was made."""

    def __init__(self):
        self.jobs, self.made = _Jobs(), []

    def ask(self, session, key):
        return self.jobs.get(key, self._make, session)

    def _make(self):
        self.made.append(Steps())
        return self.made[-1]


@pytest.fixture
def server():
    server = Server()
    yield server
    for work in server.made:
        work.may_go.set()


# --- One job ---


def test_a_job_does_all_its_work_and_says_how_far_it_is():
    job = begun(total=4)
    assert job.running
    assert job.share == 0
    finish(job)
    assert job.work.done == 4
    assert job.share == 1
    assert job.work.closed.is_set()
    assert job.error is None
    assert not job.cancelled


def test_results_are_at_hand_while_the_work_goes_on():
    class Halting(Steps):
        def run(self):
            for _ in range(2):
                self.done += 1
                yield
            self.closed.set()
            while not self.may_go.wait(0.001):
                yield
            self.done += 1

    job = Job(Halting(total=3))
    job.start()
    assert job.work.closed.wait(SOON)
    assert job.running
    assert job.share == pytest.approx(2 / 3)
    finish(job)
    assert job.share == 1


def test_the_clock_of_a_job_stops_at_its_end():
    job = begun()
    time.sleep(0.02)
    finish(job)
    seconds = job.seconds
    assert 0.02 <= seconds < SOON
    time.sleep(0.02)
    assert job.seconds == seconds


def test_nothing_to_do_is_done():
    job = begun(total=0)
    finish(job)
    assert job.share == 1


def test_an_error_ends_the_work_and_is_kept():
    job = begun(total=5, fails_at=2)
    finish(job)
    assert isinstance(job.error, ValueError)
    assert str(job.error) == "no such number"
    assert job.work.done == 2
    assert job.work.closed.is_set()
    assert not job.cancelled


def test_cancel_stops_promptly_and_closes_the_work():
    job = begun()
    assert not job.cancelled
    job.cancel("me")
    assert_stops(job)
    assert job.work.done == 0
    assert job.accepted_by == {"me"}
    assert job.error is None


def test_the_work_is_closed_at_the_end_of_the_job_whoever_else_holds_it():
    class Held(Steps):
        def run(self):
            self.steps = super().run()
            return self.steps

    job = Job(Held())
    job.start()
    job.cancel()
    assert_stops(job)


def test_work_without_a_way_to_close_it_is_cancelled_too():
    class Plain:
        done, total = 0, 1

        def run(self):
            return iter(int, 1)  # zeros for ever

    job = Job(Plain())
    job.start()
    job.cancel()
    job.wait(SOON)
    assert not job.running
    assert job.error is None


def test_a_finished_job_cannot_be_cancelled():
    job = begun()
    finish(job)
    job.cancel("late")
    assert not job.cancelled
    assert job.share == 1


# --- Jobs of several sessions ---


def test_the_same_key_runs_once_for_two_sessions(server):
    first, second = server.ask("anna", "plan"), server.ask("bert", "plan")
    assert first is second
    assert len(server.made) == 1
    finish(first)
    assert server.ask("cleo", "plan") is first
    assert server.made[0].begun == 1


def test_keys_are_told_apart_by_value(server):
    first = server.ask("anna", ("plan", 1))
    assert server.ask("bert", ("plan", 1)) is first
    assert server.ask("bert", ("plan", 2)) is not first


def test_a_job_that_nobody_looks_at_any_more_stops(server):
    first = server.ask("anna", "first")
    second = server.ask("anna", "second")
    assert_stops(first)
    assert second.running


def test_a_job_goes_on_while_another_session_looks_at_it(server):
    first = server.ask("anna", "first")
    server.ask("bert", "first")
    server.ask("anna", "second")
    assert first.running
    assert not first.cancelled
    server.ask("bert", "second")
    assert_stops(first)


def test_to_ask_again_is_not_to_leave(server):
    first = server.ask("anna", "first")
    assert server.ask("anna", "first") is first
    assert first.running
    assert not first.cancelled


def test_a_finished_job_is_remembered_when_left(server):
    first = server.ask("anna", "first")
    finish(first)
    server.ask("anna", "second")
    assert not first.cancelled
    assert server.ask("anna", "first") is first


def test_a_cancelled_job_stays_so_for_the_session_that_cancelled_it(server):
    job = server.ask("anna", "plan")
    job.cancel("anna")
    assert_stops(job)
    assert server.ask("anna", "plan") is job
    assert len(server.made) == 1


def test_a_cancelled_job_begins_anew_for_another_session(server):
    job = server.ask("anna", "plan")
    job.cancel("anna")
    assert_stops(job)
    anew = server.ask("bert", "plan")
    assert anew is not job
    assert anew.running
    assert not anew.cancelled


def test_a_cancelled_job_begins_anew_for_the_other_session_that_looked_at_it(server):
    job = server.ask("anna", "plan")
    server.ask("bert", "plan")
    job.cancel("anna")
    anew = server.ask("bert", "plan")
    assert anew is not job
    assert anew.running


def test_a_cancelled_job_begins_anew_for_the_same_session_after_it_left(server):
    job = server.ask("anna", "plan")
    job.cancel("anna")
    server.ask("anna", "other")
    anew = server.ask("anna", "plan")
    assert anew is not job
    assert anew.running


def test_a_cancelled_job_begins_anew_when_its_session_asks_for_that(server):
    job = server.ask("anna", "plan")
    job.cancel("anna")
    job.accepted_by.clear()  # as the button does
    assert server.ask("anna", "plan") is not job


def test_a_job_left_by_all_begins_anew(server):
    job = server.ask("anna", "plan")
    server.ask("anna", "other")
    assert_stops(job)
    assert server.ask("anna", "plan") is not job


def test_a_job_that_failed_is_remembered_with_its_error(server):
    failing = Steps(fails_at=0)
    failing.may_go.set()
    job = server.jobs.get("plan", lambda: failing, "anna")
    job.wait(SOON)
    assert isinstance(job.error, ValueError)
    assert server.ask("anna", "plan") is job
    assert server.made == []
    assert server.ask("bert", "plan") is not job


def test_what_cannot_be_made_leaves_everything_as_it_was(server):
    def refuse():
        raise ValueError("there are no seeds")

    first = server.ask("anna", "first")
    with pytest.raises(ValueError, match="no seeds"):
        server.jobs.get("second", refuse, "anna")
    assert first.running
    assert server.ask("anna", "first") is first


def test_the_jobs_asked_for_last_are_remembered(server):
    jobs = [server.ask(f"session {i}", i) for i in range(REMEMBERED)]
    for job in jobs:
        finish(job)
    assert server.ask("anna", 0) is jobs[0]  # asked for again
    server.ask("anna", "one more")
    assert server.ask("bert", 0) is jobs[0]
    assert server.ask("bert", 2) is jobs[2]
    assert server.ask("bert", 1) is not jobs[1]
    assert len(server.jobs._known) == REMEMBERED


def test_a_job_that_is_forgotten_stops(server):
    first = server.ask("anna", "first")
    for i in range(REMEMBERED):
        server.ask(f"session {i}", i)
    assert_stops(first)
    assert server.ask("anna", "first") is not first
