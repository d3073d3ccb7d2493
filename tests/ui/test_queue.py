"""Turns without threads: a clock that the tests move, and jobs that are only counted."""

from math import inf
from threading import Event, Thread, Timer

import numpy as np
import pytest

from alignlab.ui.queue import AT_ONCE, BUSY, HOLD, REST, SLICES, Queue, Turn, duration

FIRST, MINUTE = SLICES


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Jobs:
    """Turns by name, and how much of each job is done."""

    def __init__(self, at_once):
        self.clock, self.done, self.turns = Clock(), {}, {}
        self.queue = Queue(at_once, self.clock)

    def begin(self, *names):
        for name in names:
            self.done.setdefault(name, 0.0)
            self.turns[name] = Turn(self.queue, lambda name=name: self.done[name])
            self.queue.enter(self.turns[name])
        self.step()

    def step(self):
        """Every job asks for its next step."""
        for turn in self.turns.values():
            turn.granted()

    def after(self, seconds):
        """The names of the jobs that compute after these seconds."""
        self.clock.now += seconds
        self.step()
        self.step()  # those that others made way for
        return self.going

    def end(self, *names):
        for name in names:
            self.turns.pop(name).end()
        self.step()

    @property
    def going(self):
        return "".join(name for name, turn in self.turns.items() if not turn.waiting)

    def place(self, name):
        return self.queue.place(self.turns[name])


@pytest.fixture
def jobs():
    return Jobs(at_once=2)


def young(jobs, *names):
    """Jobs that have computed for as long as new ones do."""
    for name in names:
        jobs.begin(name)
        jobs.after(FIRST)


def old(jobs, *names):
    """Jobs that have computed for more than a minute, as many as compute at once."""
    jobs.begin(*names)
    jobs.after(FIRST)
    jobs.after(MINUTE)


# --- Who computes ---


def test_no_more_jobs_compute_than_may_at_once(jobs):
    jobs.begin(*"abcd")
    assert jobs.going == "ab"
    jobs.end("a")
    assert jobs.going == "bc"
    jobs.end("b", "c")
    assert jobs.going == "d"


def test_jobs_start_in_the_order_of_their_requests(jobs):
    jobs.begin(*"abcde")
    assert [jobs.place(name) and jobs.place(name).number for name in "abcde"] == [
        None, None, 1, 2, 3,
    ]  # fmt: skip
    jobs.end("d")
    assert [jobs.place(name).number for name in "ce"] == [1, 2]


def test_a_new_job_does_not_wait_for_old_ones(jobs):
    old(jobs, "a", "b")
    jobs.begin("c")
    assert jobs.going == "ac"
    assert jobs.place("b").number == 1
    jobs.end("c")
    assert jobs.going == "ab"


def test_a_job_goes_before_others_for_its_first_seconds_of_computing(jobs):
    young(jobs, "a", "b")
    jobs.begin("c")
    assert jobs.after(FIRST - 0.1) == "ac"
    assert jobs.after(0.2) == "ab"
    assert jobs.place("c").number == 1
    jobs.end("a")
    assert jobs.going == "bc"


def test_a_job_of_less_than_a_minute_goes_before_longer_ones(jobs):
    old(jobs, "a", "b")
    jobs.begin("c")
    assert jobs.after(FIRST) == "ac"
    assert jobs.after(MINUTE - FIRST - 0.1) == "ac"
    assert jobs.after(0.2) == "ab"
    assert jobs.after(10 * MINUTE) == "ab"
    assert jobs.place("c").number == 1


def test_waiting_does_not_count(jobs):
    jobs.begin(*"abc")
    jobs.clock.now += FIRST - 1
    jobs.end("a")
    assert jobs.after(FIRST - 1) == "bc"
    assert [jobs.turns[name].slices for name in "bc"] == [1, 0]
    assert jobs.turns["c"].seconds == FIRST - 1


def test_a_job_alone_is_never_paused(jobs):
    jobs.begin("a")
    for _ in range(5):
        assert jobs.after(MINUTE) == "a"
    assert jobs.turns["a"].seconds == 5 * MINUTE


def test_the_first_in_line_is_not_stopped_by_many_new_ones(jobs):
    old(jobs, "a", "b")
    jobs.begin(*"cdef")
    assert jobs.going == "ac"
    jobs.end("c", "d")
    assert jobs.going == "ae"


def test_where_jobs_run_one_by_one_a_new_one_goes_first():
    jobs = Jobs(at_once=1)
    young(jobs, "a")
    jobs.begin("b")
    assert jobs.going == "b"
    assert jobs.after(FIRST) == "a"
    jobs.end("a")
    assert jobs.going == "b"


def test_who_leaves_while_waiting_may_go_to_its_end_and_frees_the_place(jobs):
    jobs.begin(*"abcd")
    turn = jobs.turns.pop("c")
    jobs.queue.leave(turn)
    assert not turn.waiting
    assert jobs.queue.place(turn) is None
    assert jobs.going == "ab"
    assert jobs.place("d").number == 1
    jobs.queue.leave(turn)  # as when it is stopped and then ends
    assert jobs.going == "ab"


# --- What is said ---


def test_the_place_is_counted_among_those_that_wait(jobs):
    jobs.begin(*"abcd")
    places = [jobs.place(name) for name in "abcd"]
    assert places[:2] == [None, None]
    assert [(place.number, place.of) for place in places[2:]] == [(1, 2), (2, 2)]


def test_the_estimate_follows_from_the_progress_of_those_ahead(jobs):
    old(jobs, "a", "b")
    old(jobs, "c", "d")
    jobs.after(MINUTE)
    jobs.after(MINUTE)  # all four are old, and the first two compute
    assert jobs.going == "ab"
    seconds = {name: jobs.turns[name].seconds for name in "abcd"}
    jobs.done |= {"a": 0.25, "b": 0.5, "c": 0.1}
    left = {name: jobs.turns[name].left for name in "abcd"}
    assert left["a"] == 3 * seconds["a"]
    assert left["b"] == seconds["b"]
    assert left["c"] == pytest.approx(9 * seconds["c"])
    assert left["d"] == inf
    assert jobs.place("c").seconds == left["b"]
    # d goes on when a ends, or c, whichever comes first
    assert jobs.place("d").seconds == min(left["a"], left["b"] + left["c"])


def test_there_is_no_estimate_before_those_ahead_have_begun(jobs):
    old(jobs, "a", "b")
    old(jobs, "c")
    jobs.after(MINUTE)
    assert jobs.going == "ab"
    assert jobs.place("c").seconds is None
    assert str(jobs.place("c")) == "place 1 of 1"
    jobs.done["b"] = 0.5
    jobs.turns["b"]._spent = 40.0, None
    assert str(jobs.place("c")) == "place 1 of 1, about 40 s"


def test_an_older_job_waits_for_a_new_one_until_that_has_had_its_first_seconds(jobs):
    young(jobs, "a", "b")
    jobs.begin("c")
    jobs.after(2.0)
    assert jobs.place("b").seconds == FIRST - 2.0
    jobs.done["c"] = 0.8
    assert jobs.place("b").seconds == pytest.approx(0.5)


def test_the_first_in_line_is_not_expected_to_give_way(jobs):
    jobs.begin("a")
    jobs.after(1.0)
    jobs.begin("b", "c")
    assert jobs.place("c").seconds == FIRST  # that is b's, and a goes on for ever


# --- Pages first ---


def paused_by_a_page(turn):
    """Whether the job takes its next step only when no page is computed."""
    thread = Thread(target=turn.take, daemon=True)
    with turn._queue.page():
        thread.start()
        thread.join(0.05)
        paused = thread.is_alive()
    thread.join(60)
    assert not thread.is_alive()
    return paused


def test_a_job_pauses_while_a_page_is_computed(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.HOLD", 60)
    jobs.begin("a")
    jobs.after(1)
    assert paused_by_a_page(jobs.turns["a"])
    jobs.end("a")
    young(jobs, "b")
    assert paused_by_a_page(jobs.turns["b"])
    assert jobs.queue.no_page.is_set()


def test_a_job_goes_on_while_the_only_page_waits_for_it(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.HOLD", 60)
    jobs.begin("a")
    with jobs.queue.page():
        with jobs.queue.waiting():
            jobs.turns["a"].take()
            jobs.clock.now += 1
            assert paused_by_a_page(jobs.turns["a"])  # another page
        assert not jobs.queue.no_page.is_set()
    jobs.clock.now += 1
    with jobs.queue.waiting():  # a part of a page that runs alone
        assert paused_by_a_page(jobs.turns["a"])


@pytest.mark.parametrize(("step", "pause"), [(0.1, 0.3), (0.6, 1.8), (9.0, HOLD)])
def test_a_job_pauses_for_three_times_as_long_as_its_last_step(jobs, monkeypatch, step, pause):
    jobs.begin("a")
    waited = []
    monkeypatch.setattr(jobs.queue.no_page, "wait", waited.append)
    with jobs.queue.page():
        for _ in range(2):
            jobs.clock.now += step
            jobs.turns["a"].take()
        jobs.turns["a"].take()
    np.testing.assert_allclose(waited, [pause, pause, 0], atol=1e-9)


def test_pauses_are_not_counted_as_computing(jobs, monkeypatch):
    jobs.begin("a")
    turn = jobs.turns["a"]
    turn.granted()

    def pause(seconds):
        jobs.clock.now += seconds

    monkeypatch.setattr(jobs.queue.no_page, "wait", pause)
    with jobs.queue.page():
        for _ in range(5):
            jobs.clock.now += 0.1
            turn.take()
    assert turn.seconds == pytest.approx(0.5)


def in_a_step(jobs, name):
    """Let a job take its next step in a thread of its own; set when it may."""
    may = Event()

    def go_on():
        jobs.turns[name].take()
        may.set()

    Thread(target=go_on, daemon=True).start()
    return may


def test_on_a_busy_server_jobs_take_steps_in_turns(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.HOLD", 0)
    monkeypatch.setattr("alignlab.ui.queue.AMONG_JOBS", 60)
    young(jobs, "a", "b")
    with jobs.queue.page():
        jobs.turns["a"].take()
        jobs.begin("new")
        jobs.turns["new"].take()  # somebody waits for its first results
        may = in_a_step(jobs, "b")
        assert not may.wait(0.05)
        jobs.turns["a"].end()
        assert may.wait(60)
    jobs.turns["b"].end()
    assert not jobs.queue.steps.locked()


def test_a_job_waits_for_others_only_for_a_while(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.HOLD", 0)
    monkeypatch.setattr("alignlab.ui.queue.AMONG_JOBS", 0.01)
    young(jobs, "a", "b")
    with jobs.queue.page():
        jobs.turns["a"].take()
        jobs.turns["b"].take()
        jobs.turns["b"].end()  # the lock is not its own
        assert jobs.queue.steps.locked()


def test_the_server_is_busy_for_a_moment_after_a_page(jobs):
    assert not jobs.queue.busy
    with jobs.queue.page():
        assert jobs.queue.busy
        jobs.clock.now += 100
    assert jobs.queue.busy
    jobs.clock.now += BUSY
    assert not jobs.queue.busy


def test_no_job_pauses_for_a_page_that_never_ends(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.HOLD", 0.01)
    young(jobs, "a")
    with jobs.queue.page():
        jobs.turns["a"].take()


def test_a_page_waits_once_for_others_and_jobs_pause_until_it_is_complete(jobs, monkeypatch):
    waited, queue = [], jobs.queue
    monkeypatch.setattr(queue._urgent.none, "wait", waited.append)
    with queue.page():
        queue.charts_sent()
        queue.charts_sent()  # further ones
        assert not queue.no_page.is_set()
        with queue.waiting():
            assert queue.no_page.is_set()
        assert not queue.no_page.is_set()
    assert queue.no_page.is_set()
    assert waited == [REST]


def page_elsewhere(queue, until):
    """A page in a thread of its own until then: the event that it has its turn, and the thread."""
    begun = Event()

    def compute():
        with queue.page():
            begun.set()
            until.wait(60)

    thread = Thread(target=compute, daemon=True)
    thread.start()
    return begun, thread


def test_the_rest_of_a_page_waits_for_the_first_charts_of_others(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.REST", 60)
    done = Event()
    with jobs.queue.page():
        begun, thread = page_elsewhere(jobs.queue, done)
        assert begun.wait(60)
        Timer(0.05, done.set).start()
        jobs.queue.charts_sent()
        assert done.is_set()
    thread.join(60)


def test_only_so_many_pages_compute_their_first_charts_at_once(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.PATIENCE", 60)
    end = Event()
    busy = [page_elsewhere(jobs.queue, end) for _ in range(AT_ONCE)]
    assert all(begun.wait(60) for begun, _ in busy)
    begun, last = page_elsewhere(jobs.queue, end)
    assert not begun.wait(0.05)
    end.set()
    assert begun.wait(60)
    last.join(60)


@pytest.mark.parametrize("rest", ["the rest of a page", "a page that waits for its job"])
def test_a_page_that_has_charts_or_waits_gives_its_turn_to_others(jobs, monkeypatch, rest):
    monkeypatch.setattr("alignlab.ui.queue.PATIENCE", 60)
    monkeypatch.setattr("alignlab.ui.queue.REST", 0)
    end, free = Event(), Event()
    busy = [page_elsewhere(jobs.queue, end) for _ in range(AT_ONCE - 1)]
    assert all(begun.wait(60) for begun, _ in busy)
    with jobs.queue.page():
        begun, other = page_elsewhere(jobs.queue, free)
        assert not begun.wait(0.05)
        if rest == "the rest of a page":
            jobs.queue.charts_sent()
            assert begun.wait(60)
        else:
            with jobs.queue.waiting():
                assert begun.wait(60)
                free.set()
    for event in (end, free):
        event.set()
    for _, thread in [*busy, (begun, other)]:
        thread.join(60)
        assert not thread.is_alive()


def test_a_page_waits_for_its_turn_only_for_a_while(jobs, monkeypatch):
    monkeypatch.setattr("alignlab.ui.queue.PATIENCE", 0.01)
    end = Event()
    pages = [page_elsewhere(jobs.queue, end) for _ in range(AT_ONCE + 2)]
    assert all(begun.wait(60) for begun, _ in pages)
    end.set()
    for _, thread in pages:
        thread.join(60)
    with jobs.queue.page():
        begun, thread = page_elsewhere(jobs.queue, end)
        assert begun.wait(60)  # no turn was lost or gained
        thread.join(60)


def test_a_job_is_drawn_again_after_the_first_charts_of_pages(jobs, monkeypatch):
    waited = []
    monkeypatch.setattr(jobs.queue._urgent.none, "wait", waited.append)
    with jobs.queue.page():
        jobs.queue.give_way()  # drawn with its page
        assert waited == []
        jobs.queue.charts_sent()
    jobs.queue.give_way()
    assert waited == [REST, REST]


def test_charts_of_a_part_of_a_page_wait_for_nobody(jobs, monkeypatch):
    monkeypatch.setattr(jobs.queue._urgent.none, "wait", lambda seconds: pytest.fail("waits"))
    jobs.queue.charts_sent()


def test_a_page_that_fails_lets_jobs_go_on(jobs):
    with pytest.raises(ValueError, match="no page"), jobs.queue.page():
        raise ValueError("no page")
    assert jobs.queue.no_page.is_set()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "1 s"), (40.4, "40 s"), (99.0, "99 s"), (200.0, "3 min"), (5999, "100 min"),
     (7200, "2 h")],
)  # fmt: skip
def test_durations_are_said_in_their_largest_fitting_unit(seconds, words):
    assert duration(seconds) == words
