"""Turns without threads: a clock that the tests move, and jobs that are only counted."""

from math import inf

import pytest

from alignlab.ui.queue import FIRST, Queue, Turn, duration


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


def old(jobs, *names):
    """Jobs that have computed for longer than new ones."""
    for name in names:
        jobs.begin(name)
        jobs.after(FIRST)


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


def test_a_job_is_new_for_its_first_seconds_of_computing(jobs):
    old(jobs, "a", "b")
    jobs.begin("c")
    assert jobs.after(FIRST - 0.1) == "ac"
    assert jobs.after(0.2) == "ab"
    assert jobs.place("c").number == 1
    jobs.end("a")
    assert jobs.going == "bc"


def test_waiting_does_not_make_a_job_old(jobs):
    jobs.begin(*"abc")
    jobs.clock.now += FIRST - 1
    jobs.end("a")
    assert jobs.after(FIRST - 1) == "bc"  # b is old now, and the oldest
    assert jobs.turns["c"].new
    assert jobs.turns["c"].seconds == FIRST - 1


def test_a_job_alone_is_never_paused(jobs):
    jobs.begin("a")
    for _ in range(5):
        assert jobs.after(FIRST) == "a"
    assert jobs.turns["a"].seconds == 5 * FIRST


def test_the_oldest_job_is_not_stopped_by_many_new_ones(jobs):
    old(jobs, "a", "b")
    jobs.begin(*"cdef")
    assert jobs.going == "ac"
    jobs.end("c", "d")
    assert jobs.going == "ae"


def test_where_jobs_run_one_by_one_a_new_one_goes_first():
    jobs = Jobs(at_once=1)
    old(jobs, "a")
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
    old(jobs, "a", "b")  # a has computed for ten seconds, b for five
    jobs.begin(*"cd")
    jobs.after(FIRST)
    jobs.after(FIRST)  # both c and d are old, as is everything from here on
    jobs.after(10.0)
    assert jobs.going == "ab"
    seconds = {name: jobs.turns[name].seconds for name in "abcd"}
    jobs.done |= {"a": 0.25, "b": 0.5, "c": 0.1}
    left = {name: jobs.turns[name].left for name in "abcd"}
    assert left["a"] == 3 * seconds["a"]
    assert left["b"] == seconds["b"]
    assert left["c"] == pytest.approx(9 * seconds["c"])
    assert left["d"] == inf
    assert jobs.place("c").seconds == left["b"]
    # d starts when a ends, or c, whichever comes first
    assert jobs.place("d").seconds == min(left["a"], left["b"] + left["c"])


def test_there_is_no_estimate_before_those_ahead_have_begun(jobs):
    old(jobs, "a", "b", "c")
    assert jobs.going == "ab"
    assert jobs.place("c").seconds is None
    assert str(jobs.place("c")) == "place 1 of 1"
    jobs.done["b"] = 0.5
    assert str(jobs.place("c")) == f"place 1 of 1, about {jobs.turns['b'].seconds:.0f} s"


def test_an_old_job_waits_for_a_new_one_until_that_is_old(jobs):
    old(jobs, "a", "b")
    jobs.begin("c")
    jobs.after(2.0)
    assert jobs.place("b").seconds == FIRST - 2.0
    jobs.done["c"] = 0.8
    assert jobs.place("b").seconds == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "1 s"), (40.4, "40 s"), (99.0, "99 s"), (200.0, "3 min"), (5999, "100 min"),
     (7200, "2 h")],
)  # fmt: skip
def test_durations_are_said_in_their_largest_fitting_unit(seconds, words):
    assert duration(seconds) == words
