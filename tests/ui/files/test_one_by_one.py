"""Uploads of several sessions, read at the same time."""

from threading import Event, Thread

import pytest

from alignlab.ui.files.one_by_one import _lock, one_by_one


def test_the_files_of_another_session_are_read_afterwards():
    reads = Event()

    def read():
        with one_by_one():
            reads.set()

    with one_by_one():
        other = Thread(target=read, daemon=True)
        other.start()
        assert not reads.wait(0.05)
    other.join(60)
    assert reads.is_set()


def test_a_file_that_cannot_be_read_lets_the_next_one_go_on():
    with pytest.raises(ValueError, match="not a table"), one_by_one():
        raise ValueError("not a table")
    assert not _lock().locked()
