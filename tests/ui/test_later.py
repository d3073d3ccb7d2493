import threading
from queue import SimpleQueue

from alignlab.ui.later import Later

SOON = 60.0
"""Timeout in seconds, far longer than anything that should happen immediately."""


def test_calls_come_in_the_order_of_their_times():
    later, called = Later(), SimpleQueue()
    with later._changed:  # the thread sees all of them at once
        later.call(0.02, lambda: called.put("last"))
        later.call(0.0, lambda: called.put("first"))
        later.call(0.01, lambda: called.put("second"))
    assert [called.get(timeout=SOON) for _ in range(3)] == ["first", "second", "last"]


def test_many_that_wait_need_one_thread_and_none_afterwards():
    later, called, before = Later(), SimpleQueue(), set(threading.enumerate())
    for _ in range(50):
        later.call(3600.0, lambda: called.put("too early"))
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon  # the server does not wait for it when it ends
    with later._changed:
        later._waiting.clear()
        later._changed.notify()
    thread.join(SOON)
    assert not thread.is_alive()
    later.call(0.0, lambda: called.put("a new thread"))
    assert called.get(timeout=SOON) == "a new thread"


def test_a_call_that_fails_does_not_keep_the_others_from_theirs(monkeypatch):
    reported = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda failed: reported.put(failed.exc_value))
    later, called = Later(), SimpleQueue()
    later.call(0.0, lambda: 1 / 0)
    later.call(0.01, lambda: called.put("next"))
    assert isinstance(reported.get(timeout=SOON), ZeroDivisionError)
    assert called.get(timeout=SOON) == "next"
