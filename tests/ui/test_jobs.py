import os
import sys
import threading
import time
from threading import Event, get_native_id

import numpy as np
import pytest
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

from alignlab.ui import jobs
from alignlab.ui.jobs import Followed, Job, _Jobs, finished
from alignlab.ui.queue import Queue

SOON = 60.0
"""Timeout in seconds, far longer than anything that should happen immediately."""

REMEMBERED = 3


class Steps:
    """Work that waits between its steps until it may continue, and yields often while it waits."""

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
    return started(Steps(**fields))


def started(work, queue=None):
    job = Job(work, queue or Queue(1))
    job.start()
    return job


def finish(job):
    job.work.may_go.set()
    job.wait(SOON)
    assert not job.running
    assert job.work.done == job.work.total or job.error is not None


def assert_stops(job):
    job.wait(SOON)
    assert not job.running
    assert job.work.closed.is_set()
    assert job.unfinished
    assert job.work.done < job.work.total


def assert_goes_on(job):
    done = job.work.done
    assert not job._stop.wait(0.02)
    assert job.running
    assert not job.unfinished
    assert job.work.done == done
    assert not job.work.closed.is_set()


class Server:
    """Jobs of named sessions, and all work that was created."""

    def __init__(self, at_once=10):
        self.jobs, self.made = _Jobs(REMEMBERED, Queue(at_once)), []

    def ask(self, session, key, beside=()):
        return self.jobs.get(key, self._make, session, beside)

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
    assert job.work.done == 0
    finish(job)
    assert job.work.done == 4
    assert job.work.closed.is_set()
    assert job.error is None
    assert not job.unfinished


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

    job = started(Halting(total=3))
    assert job.work.closed.wait(SOON)
    assert job.running
    assert job.work.done == 2
    finish(job)
    assert job.work.done == 3


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
    assert not job.unfinished
    assert Followed(job, "anna").complete
    job.stop()
    assert not job.unfinished


def test_an_error_ends_the_work_and_is_kept():
    job = begun(total=5, fails_at=2)
    finish(job)
    assert isinstance(job.error, ValueError)
    assert str(job.error) == "no such number"
    assert job.work.done == 2
    assert job.work.closed.is_set()
    assert job.unfinished


def test_an_error_in_the_last_step_leaves_the_work_unfinished_too():
    class Late(Steps):
        def run(self):
            self.done = self.total
            yield
            raise ValueError("too late")

    job = Job(Late(), Queue(1))
    job.watchers.add("anna")
    job.start()
    job.wait(SOON)
    assert job.unfinished
    assert job.stopped_in == {"anna"}
    assert not Followed(job, "anna").complete


def test_stop_stops_promptly_and_closes_the_work():
    job = begun()
    assert not job.unfinished
    job.stop()
    assert job.unfinished  # as soon as it is told to
    assert_stops(job)
    assert job.work.done == 0
    assert job.error is None


@pytest.mark.parametrize(
    ("watchers", "stopped_in", "stops"),
    [
        ("", "", True),
        ("a", "", False),
        ("a", "a", True),
        ("ab", "a", False),
        ("ab", "ab", True),
        ("a", "ab", True),
    ],
)
def test_a_job_stops_when_no_session_is_left_that_wants_more(watchers, stopped_in, stops):
    job = begun()
    job.watchers |= set(watchers)
    job.stopped_in |= set(stopped_in)
    job.stop_if_unwanted()
    if stops:
        assert_stops(job)
    else:
        assert_goes_on(job)
        finish(job)


def test_the_work_is_closed_at_the_end_of_the_job_whoever_else_holds_it():
    class Held(Steps):
        def run(self):
            self.steps = super().run()
            return self.steps

    job = started(Held())
    job.stop()
    assert_stops(job)


def test_work_that_fails_as_it_is_closed_has_come_to_its_end_too():
    class Clumsy(Steps):
        def run(self):
            try:
                yield from super().run()
            finally:
                raise ValueError("not so fast")

    job = started(Clumsy())
    job.stop()
    job.wait(SOON)
    assert not job.running
    assert str(job.error) == "not so fast"


def test_work_without_a_way_to_close_it_is_stopped_too():
    class Plain:
        done, total = 0, 1

        def run(self):
            return iter(int, 1)  # zeros for ever

    job = started(Plain())
    job.stop()
    job.wait(SOON)
    assert not job.running
    assert job.unfinished
    assert job.error is None


def test_a_finished_job_stays_complete_when_it_is_cancelled(server):
    seen = server.ask("anna", "plan")
    finish(seen.job)
    seen.cancel()
    assert not seen.job.unfinished
    assert seen.complete
    assert server.ask("anna", "plan").job is seen.job
    assert server.ask("bert", "plan").job is seen.job


# --- Jobs of several sessions ---


def test_the_same_key_runs_once_for_two_sessions(server):
    first, second = server.ask("anna", "plan"), server.ask("bert", "plan")
    assert first.job is second.job
    assert first.work is second.work is server.made[0]
    assert first.job.watchers == {"anna", "bert"}
    assert (first.session, second.session) == ("anna", "bert")
    assert len(server.made) == 1
    finish(first.job)
    assert server.ask("cleo", "plan").job is first.job
    assert first.complete
    assert second.complete
    assert server.made[0].begun == 1


def test_a_job_is_complete_for_a_session_only_when_all_is_done(server):
    seen = server.ask("anna", "plan")
    assert seen.running
    assert not seen.complete
    finish(seen.job)
    assert not seen.running
    assert seen.complete


def test_keys_are_told_apart_by_value(server):
    first = server.ask("anna", ("plan", 1)).job
    assert server.ask("bert", ("plan", 1)).job is first
    assert server.ask("bert", ("plan", 2)).job is not first


def test_a_job_that_nobody_looks_at_any_more_stops(server):
    first = server.ask("anna", "first").job
    second = server.ask("anna", "second")
    assert_stops(first)
    assert first.watchers == set()
    assert second.running


def test_a_job_goes_on_while_another_session_looks_at_it(server):
    first = server.ask("anna", "first").job
    server.ask("bert", "first")
    server.ask("anna", "second")
    assert_goes_on(first)
    server.ask("bert", "second")
    assert_stops(first)


def test_to_ask_again_is_not_to_leave(server):
    first = server.ask("anna", "first")
    assert server.ask("anna", "first").job is first.job
    assert_goes_on(first.job)
    assert first.running


def test_a_finished_job_is_remembered_when_left(server):
    first = server.ask("anna", "first")
    finish(first.job)
    server.ask("anna", "second")
    assert not first.job.unfinished
    again = server.ask("anna", "first")
    assert again.job is first.job
    assert again.complete


# --- Cancelling in one session and another ---


def test_a_cancelled_job_stays_so_for_the_session_that_cancelled_it(server):
    seen = server.ask("anna", "plan")
    seen.cancel()
    assert not seen.running  # at once
    assert_stops(seen.job)
    again = server.ask("anna", "plan")
    assert again.job is seen.job
    assert not again.running
    assert not again.complete
    assert len(server.made) == 1


def test_a_cancel_in_one_session_does_not_stop_what_another_still_wants(server):
    hers, his = server.ask("anna", "plan"), server.ask("bert", "plan")
    hers.cancel()
    assert_goes_on(hers.job)
    assert not hers.running
    assert not hers.complete
    assert his.running
    # requesting it again does not change that
    assert not server.ask("anna", "plan").running
    assert server.ask("bert", "plan").running
    assert len(server.made) == 1
    finish(his.job)
    assert his.complete
    assert hers.complete  # the result he waited for is available to her, too


def test_a_job_that_all_its_sessions_cancel_stops(server):
    hers, his = server.ask("anna", "plan"), server.ask("bert", "plan")
    hers.cancel()
    his.cancel()
    assert_stops(hers.job)
    assert not his.running
    assert not his.complete
    assert server.ask("bert", "plan").job is server.ask("anna", "plan").job is hers.job


def test_a_job_stops_when_the_last_session_that_wants_it_leaves(server):
    hers, his = server.ask("anna", "plan"), server.ask("bert", "plan")
    hers.cancel()
    server.ask("bert", "other")
    assert_stops(his.job)
    assert server.ask("anna", "plan").job is hers.job


def test_a_session_that_cancelled_may_leave_without_stopping_the_others(server):
    hers, his = server.ask("anna", "plan"), server.ask("bert", "plan")
    hers.cancel()
    server.ask("anna", "other")
    assert_goes_on(his.job)
    back = server.ask("anna", "plan")
    assert back.job is his.job
    assert back.running  # leaving and returning counts as requesting it again


def test_a_session_may_take_up_again_what_still_runs_for_another(server):
    hers, his = server.ask("anna", "plan"), server.ask("bert", "plan")
    hers.cancel()
    hers.begin_again()
    assert hers.running
    assert server.ask("anna", "plan").job is his.job
    his.cancel()
    assert_goes_on(hers.job)
    assert len(server.made) == 1


def test_a_cancelled_job_begins_anew_for_another_session(server):
    hers = server.ask("anna", "plan")
    hers.cancel()
    assert_stops(hers.job)
    his = server.ask("bert", "plan")
    assert his.job is not hers.job
    assert his.running
    assert_goes_on(his.job)


def test_what_a_session_stopped_stays_stopped_there_when_another_begins_it_anew(server):
    hers = server.ask("anna", "plan")
    hers.cancel()
    assert_stops(hers.job)
    his = server.ask("bert", "plan")
    seen = server.ask("anna", "plan")
    assert seen.job is his.job
    assert not seen.running
    assert not seen.complete
    his.cancel()  # she does not keep it running
    assert_stops(his.job)
    assert len(server.made) == 2


def test_who_stopped_a_job_can_join_the_one_that_another_has_begun_anew(server):
    hers = server.ask("anna", "plan")
    hers.cancel()
    his = server.ask("bert", "plan")
    seen = server.ask("anna", "plan")
    seen.begin_again()
    assert seen.running
    his.cancel()
    assert_goes_on(seen.job)
    finish(seen.job)
    assert server.ask("anna", "plan").complete
    assert len(server.made) == 2


def test_who_stopped_a_job_and_left_wants_the_next_one_as_anybody_does(server):
    hers = server.ask("anna", "plan")
    hers.cancel()
    server.ask("bert", "plan")
    server.ask("anna", "other")
    assert server.ask("anna", "plan").running


def test_a_job_being_stopped_begins_anew_at_once_for_another_session(server):
    hers = server.ask("anna", "plan")
    hers.cancel()  # and it may still run
    his = server.ask("bert", "plan")
    assert his.job is not hers.job
    assert his.running


def test_a_cancelled_job_begins_anew_for_the_same_session_after_it_left(server):
    seen = server.ask("anna", "plan")
    seen.cancel()
    server.ask("anna", "other")
    anew = server.ask("anna", "plan")
    assert anew.job is not seen.job
    assert anew.running


def test_a_cancelled_job_begins_anew_when_its_session_asks_for_that(server):
    seen = server.ask("anna", "plan")
    seen.cancel()
    seen.begin_again()
    anew = server.ask("anna", "plan")
    assert anew.job is not seen.job
    assert anew.running


def test_a_job_left_by_all_begins_anew(server):
    job = server.ask("anna", "plan").job
    server.ask("anna", "other")
    assert_stops(job)
    anew = server.ask("anna", "plan")
    assert anew.job is not job
    assert anew.running


def test_a_job_that_failed_is_remembered_with_its_error(server):
    failing = Steps(fails_at=0)
    failing.may_go.set()
    seen = server.jobs.get("plan", lambda: failing, "anna")
    seen.job.wait(SOON)
    assert isinstance(seen.job.error, ValueError)
    assert not seen.complete
    assert server.ask("anna", "plan").job is seen.job
    assert server.made == []
    anew = server.ask("bert", "plan")
    assert anew.job is not seen.job
    assert anew.running
    assert anew.job.error is None
    assert not server.ask("anna", "plan").running  # she has not requested a restart


def test_a_job_that_failed_is_tried_again_when_its_session_asks_for_that(server):
    failing = Steps(fails_at=0)
    failing.may_go.set()
    seen = server.jobs.get("plan", lambda: failing, "anna")
    seen.job.wait(SOON)
    seen.begin_again()
    anew = server.ask("anna", "plan")
    assert anew.job is not seen.job
    assert anew.running


# --- Waiting for a turn ---


def test_a_job_waits_until_another_ends_and_then_starts_by_itself():
    server = Server(at_once=1)
    first, second = server.ask("anna", "first").job, server.ask("bert", "second").job
    assert first.place is None
    assert str(second.place) == "place 1 of 1, about 10 s"  # when the first one goes behind it
    assert second.running
    assert not second.unfinished
    assert server.made[1].begun == 0
    finish(first)
    finish(second)
    assert second.place is None


def test_two_sessions_on_one_link_take_one_place():
    server = Server(at_once=1)
    running = server.ask("anna", "first").job
    hers, his = server.ask("bert", "plan"), server.ask("cleo", "plan")
    last = server.ask("dora", "last")
    assert hers.job is his.job
    assert (hers.job.place.number, hers.job.place.of) == (1, 2)
    assert last.job.place.number == 2
    hers.cancel()
    assert his.job.place.number == 1
    his.cancel()  # nobody wants it any more
    assert last.job.place.number == 1
    his.job.wait(SOON)
    assert not his.job.running
    for job in (running, last.job):
        job.stop()


@pytest.mark.parametrize("leave", ["cancel", "other", "gone", "stop"])
def test_who_no_longer_waits_frees_the_place(leave):
    server = Server(at_once=1)
    running, waiting = server.ask("anna", "first").job, server.ask("bert", "second")
    last = server.ask("cleo", "third").job
    if leave == "cancel":
        waiting.cancel()
    elif leave == "other":
        server.jobs.leave("bert")
    elif leave == "gone":
        server.jobs.gone(server.jobs.visit("bert"))
    else:
        waiting.job.stop()
    waiting.job.wait(SOON)
    assert not waiting.job.running  # its thread ends without having begun
    assert waiting.job.unfinished
    assert server.made[1].begun == 0
    assert last.place.number == 1
    running.stop()
    finish(last)


def test_a_cancel_starts_the_next_one():
    server = Server(at_once=1)
    first, second = server.ask("anna", "first"), server.ask("bert", "second").job
    first.cancel()
    assert second.place is None
    finish(second)


def test_a_job_that_fails_starts_the_next_one():
    queue = Queue(1)
    failing, second = started(Steps(fails_at=0), queue), started(Steps(), queue)
    finish(failing)
    finish(second)


def test_pausing_stops_the_clock_of_a_job_but_not_its_end():
    now = [0.0]
    queue = Queue(1, lambda: now[0])
    first = started(Steps(total=2), queue)
    while not first.work.begun:
        time.sleep(0.001)
    now[0] = 10.0
    second = started(Steps(), queue)
    while first.place is None or first._turn._spent[1] is not None:  # its first seconds are over
        time.sleep(0.001)
    now[0] = 50.0
    assert first.seconds == 10.0
    assert second.place is None
    first.stop()
    assert_stops(first)
    assert first.seconds == 10.0
    finish(second)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux")
def test_a_job_has_a_lower_priority_after_its_first_seconds():
    now, found = [0.0], []

    class Looking(Steps):
        def run(self):
            for seconds in (1.0, 20.0, 20.0):
                found.append(os.getpriority(os.PRIO_PROCESS, get_native_id()))
                now[0] += seconds
                self.done += 1
                yield

    before = os.getpriority(os.PRIO_PROCESS, get_native_id())
    finish(started(Looking(), Queue(1, lambda: now[0])))
    assert found[:2] == [before, before]
    assert found[2] == max(before, jobs.LOWER)


# --- What is remembered ---


def test_what_cannot_be_made_leaves_everything_as_it_was(server):
    def refuse():
        raise ValueError("there are no seeds")

    first = server.ask("anna", "first").job
    with pytest.raises(ValueError, match="no seeds"):
        server.jobs.get("second", refuse, "anna")
    assert_goes_on(first)
    assert server.ask("anna", "first").job is first


def test_the_jobs_asked_for_last_are_remembered_when_nobody_watches_them(server):
    jobs = []
    for key in range(REMEMBERED):
        jobs.append(server.ask("anna", key).job)
        finish(jobs[-1])
    server.ask("anna", 0)  # requested again
    for key in ("one more", "and another"):  # the first of them is no longer watched
        finish(server.ask("anna", key).job)
    assert server.ask("bert", 0).job is jobs[0]
    assert server.ask("cleo", 2).job is jobs[2]
    assert server.ask("dora", 1).job is not jobs[1]


def test_a_job_that_is_watched_is_never_forgotten(server):
    training, result = server.ask("anna", "training").job, server.ask("bert", "result").job
    finish(result)
    for key in range(2 * REMEMBERED):
        finish(server.ask("cleo", key).job)
    assert_goes_on(training)
    assert server.ask("anna", "training").job is training
    assert server.ask("bert", "result").job is result
    assert len(server.jobs._known) == 3 + REMEMBERED


def test_a_session_that_turns_elsewhere_leaves_its_jobs(server):
    shared, alone = server.ask("bert", "plan"), server.ask("anna", "map")
    server.jobs.leave("anna")
    assert_stops(alone.job)
    assert_goes_on(shared.job)
    assert shared.job.watchers == {"bert"}


def test_sessions_that_have_gone_wait_in_one_thread(server, monkeypatch):
    monkeypatch.setattr(jobs, "GRACE", 0.2)
    before = threading.active_count()
    for number in range(20):
        server.jobs.visit(f"session {number}").end()
    assert threading.active_count() <= before + 1


def test_a_session_that_is_gone_leaves_its_jobs_after_a_while(server, monkeypatch):
    shared, alone = server.ask("bert", "plan"), server.ask("anna", "map")
    server.jobs.get("plan", server._make, "cleo")
    visits = [server.jobs.visit(session) for session in ("anna", "cleo")]
    monkeypatch.setattr(jobs, "GRACE", 0.01)
    for visit in visits:
        visit.end()
    assert_stops(alone.job)
    assert_goes_on(shared.job)


def test_a_session_that_comes_back_has_not_left(server):
    seen = server.ask("anna", "plan")
    before = server.jobs.visit("anna")
    again = server.jobs.visit("anna")  # a connection that was lost
    server.jobs.gone(before)
    assert_goes_on(seen.job)
    assert seen.running
    server.jobs.gone(again)
    assert_stops(seen.job)


def test_all_jobs_stop_and_are_forgotten_at_once(server):
    found = [server.ask(name, name) for name in ("anna", "bert")]
    server.jobs.stop()
    for one in found:
        assert_stops(one.job)
    assert server.ask("anna", "anna").job is not found[0].job


def test_one_session_s_work_is_made_while_another_s_is_being_made(server):
    made, go_on = [], Event()

    def slow():
        made.append("slow")
        assert go_on.wait(SOON)
        return server._make()

    threads = [
        threading.Thread(target=server.jobs.get, args=("long", slow, name), daemon=True)
        for name in ("anna", "bert")
    ]
    for thread in threads:
        thread.start()
    server.ask("carl", "other")
    assert made == ["slow"]
    go_on.set()
    for thread in threads:
        thread.join(SOON)
    assert made == ["slow"]  # once for both
    assert server.jobs.following() == 3


def test_sessions_that_follow_running_jobs_are_counted_once_each(server):
    job = server.ask("one", "a")
    server.ask("two", "a")
    server.ask("two", "b", beside={"a"})
    server.ask("three", "c").cancel()
    assert server.jobs.following() == 2
    finish(job.job)
    assert server.jobs.following() == 1


def test_finished_work_is_looked_at_without_leaving_the_job_under_way(server, monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", lambda: server.jobs)
    first = server.ask("anna", "first").job
    assert finished("first") is None  # still running
    finish(first)
    second = server.ask("anna", "second").job
    assert finished("first") is first.work
    assert finished("second") is None
    assert_goes_on(second)


def test_finished_work_on_own_data_is_seen_in_its_session_alone(server, monkeypatch):
    own = Server()
    monkeypatch.setattr(jobs, "_jobs", lambda: server.jobs)
    monkeypatch.setattr(jobs, "_own_jobs", lambda: own.jobs)
    found = own.ask("anna", "file").job
    finish(found)
    assert finished("file", own=True) is found.work
    assert finished("file") is None


ON_OWN_DATA = """
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from alignlab.ui.jobs import job
from tests.ui.test_jobs import Steps

st.session_state["job"] = job("file", Steps, own=True).job
st.session_state["session"] = get_script_run_ctx().session_id
"""


def test_work_on_own_data_goes_on_while_the_connection_is_lost(monkeypatch):
    left = []

    class Later:
        """Calls only when the test lets the time pass."""

        def call(self, seconds, function):
            left.append(function)

    def lose_connection():
        clear_session_resource_cache(app.session_state["session"])
        assert left

    def wait():
        while left:
            left.pop()()

    monkeypatch.setattr(jobs, "LATER", Later())
    app = AppTest.from_string(ON_OWN_DATA, default_timeout=60).run()
    job = app.session_state["job"]
    lose_connection()
    app.run()  # it is back in time
    wait()
    assert app.session_state["job"] is job
    assert_goes_on(job)
    lose_connection()
    wait()
    assert_stops(job)


def test_a_session_keeps_the_jobs_beside_the_one_it_asks_for(server):
    map_, other = server.ask("anna", "map"), server.ask("anna", "other", beside=("map",))
    numbers = server.ask("anna", "numbers", beside=("map",))
    assert_goes_on(map_.job)
    assert_stops(other.job)
    assert_goes_on(numbers.job)
    server.ask("anna", "next")
    assert_stops(map_.job)
    assert_stops(numbers.job)


def test_a_cancelled_job_stays_cancelled_while_the_session_watches_another_beside_it(server):
    stopped = server.ask("anna", "map")
    stopped.cancel()
    server.ask("anna", "numbers", beside=("map",))
    assert server.ask("anna", "map", beside=("numbers",)).job is stopped.job


class Ended(BaseException):
    """An error that is not an `Exception`."""


@pytest.mark.parametrize("error", [MemoryError(), Ended("over"), np.linalg.LinAlgError("singular")])
def test_whatever_ends_a_job_is_its_error(error):
    class Ending(Steps):
        def run(self):
            raise error
            yield

    job = started(Ending())
    job.wait(SOON)
    assert job.error is error
    assert job.unfinished
