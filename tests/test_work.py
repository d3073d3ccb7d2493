import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from alignlab.work import shared_out

WAIT = 20
"""Seconds after which a test that would wait for ever fails."""


def finished(pieces, work, workers):
    return sum(1 for _ in shared_out(pieces, work, workers))


def thread_limits():
    np.linalg.eigh(np.eye(2))  # so that the library is loaded
    return sorted(
        (info["filepath"], info["num_threads"])
        for info in threadpool_info()
        if info["user_api"] == "blas"
    )


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 5, 200])
def test_every_piece_is_done_once(workers, count):
    done = Counter()

    def work(piece):
        done[piece] += 1
        yield

    assert finished(list(range(count)), work, workers) == count
    assert done == Counter(range(count))


@pytest.mark.parametrize("workers", [1, 3])
def test_it_pauses_whenever_some_piece_does(workers):
    def work(piece):
        yield from [None] * piece

    assert finished([3, 0, 5, 1], work, workers) == 9


def test_work_may_be_any_iterable():
    assert finished([2, 3], lambda piece: [None] * piece, 2) == 5


def test_pieces_that_are_equal_are_each_done():
    done = []

    def work(piece):
        done.append(piece)
        yield

    finished(["same", "same", "same"], work, 2)
    assert done == ["same"] * 3


def test_pieces_run_side_by_side():
    both = threading.Barrier(2, timeout=WAIT)

    def work(piece):
        both.wait()  # for ever, if one came after the other
        yield

    assert finished([0, 1], work, 2) == 2


def test_a_slow_piece_does_not_hold_up_the_others():
    others, ended = threading.Event(), []

    def work(piece):
        if piece == 0:
            assert others.wait(WAIT)
        ended.append(piece)
        if len(ended) == 3:
            others.set()
        yield

    finished([0, 1, 2, 3], work, 2)
    assert sorted(ended) == [0, 1, 2, 3]
    assert ended[-1] == 0


def test_one_worker_keeps_the_order():
    ended = []

    def work(piece):
        ended.append(piece)
        yield

    finished(list("abcdef"), work, 1)
    assert ended == list("abcdef")


def test_no_more_threads_work_than_there_are_workers():
    running, most, lock = set(), [], threading.Lock()

    def work(piece):
        with lock:
            running.add(piece)
            most.append(len(running))
        yield
        with lock:
            running.discard(piece)

    finished(list(range(50)), work, 3)
    assert max(most) <= 3


def test_the_threads_pause_while_their_caller_does_not_return(monkeypatch):
    monkeypatch.setattr("alignlab.work.PATIENCE", -1.0)  # at once, and for as long as that
    done, paused = [], threading.Event()

    def work(piece):
        for step in range(6):
            done.append(step)
            if len(done) == 5:
                paused.set()
            yield

    steps = shared_out([0, 1], work, 2)
    next(steps)
    assert not paused.wait(0.1)  # one step each, and one that the caller has made room for
    assert len(done) < 5
    assert 1 + sum(1 for _ in steps) == 12


# --- What is raised ---


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("error", [ValueError, MemoryError, np.linalg.LinAlgError])
def test_what_a_piece_raises_is_raised(workers, error):
    def work(piece):
        yield
        if piece == 2:
            raise error("piece 2 is ill")

    with pytest.raises(error, match="piece 2 is ill"):
        finished(list(range(5)), work, workers)


def test_an_error_before_the_work_begins_is_raised():
    def work(piece):
        raise KeyError(piece)

    with pytest.raises(KeyError, match="a"):
        finished(["a"], work, 2)


def test_an_error_stops_the_pieces_that_have_not_begun():
    begun = []

    def work(piece):
        begun.append(piece)
        time.sleep(0.005)  # so that there is time to stop
        yield
        raise ValueError("ill")

    with pytest.raises(ValueError, match="ill"):
        finished(list(range(1000)), work, 1)
    assert len(begun) < 1000


def test_an_error_leaves_no_threads_and_no_limits():
    finished([0], lambda piece: [None], 1)  # so that the thread that keeps the limits is there
    alive, limits = threading.active_count(), thread_limits()

    def work(piece):
        yield
        raise ValueError("ill")

    with pytest.raises(ValueError, match="ill"):
        finished(list(range(10)), work, 3)
    assert threading.active_count() == alive
    assert thread_limits() == limits


# --- Closing ---


@pytest.mark.parametrize("workers", [1, 3])
def test_closing_stops_early(workers):
    finished([0], lambda piece: [None], 1)
    alive, limits = threading.active_count(), thread_limits()
    begun, steps = [], Counter()
    closed = threading.Event()

    def work(piece):
        begun.append(piece)
        while not closed.is_set():  # a piece that would never end
            steps[piece] += 1
            yield

    running = shared_out(list(range(100)), work, workers)
    next(running)
    running.close()
    closed.set()
    assert threading.active_count() == alive
    assert thread_limits() == limits
    assert len(begun) <= workers


def test_what_is_closed_before_it_begins_does_nothing():
    begun = []
    running = shared_out([0, 1], lambda piece: begun.append(piece) or [None], 2)
    running.close()
    assert begun == []


def test_leaving_the_loop_is_enough_to_stop():
    begun = []

    def work(piece):
        begun.append(piece)
        time.sleep(0.005)
        yield

    for _ in shared_out(list(range(1000)), work, 1):
        break
    assert len(begun) < 1000


ENDLESS = """
import threading, time
from alignlab.work import shared_out

begun = threading.Event()

def work(piece):
    while True:
        begun.set()
        time.sleep(0.01)
        yield

job = threading.Thread(target=lambda: list(shared_out(range(100), work, 2)), daemon=True)
job.start()
assert begun.wait(60)
"""


def test_work_does_not_keep_a_program_from_ending():
    assert subprocess.run([sys.executable, "-c", ENDLESS], timeout=120).returncode == 0


# --- Threads within a piece ---


def test_factorisations_within_a_piece_have_one_thread():
    before, within = thread_limits(), []

    def work(piece):
        within.append(thread_limits())
        yield

    finished([0, 1], work, 2)
    for limits in within:
        assert {threads for _, threads in limits} == {1}
    assert thread_limits() == before


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_wish_to_exit_is_passed_on(error):
    def work(piece):
        yield
        if piece == 2:
            raise error

    with pytest.raises(error):
        list(shared_out(range(5), work, 2))
