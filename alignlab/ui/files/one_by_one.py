"""Uploads are read one by one on the server, so that their memory does not add up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st


@st.cache_resource
def _lock() -> Lock:
    """That of the whole server."""
    return Lock()


@contextmanager
def one_by_one() -> Iterator[None]:
    """Context in which no other session reads an upload; the page says so while it waits."""
    lock = _lock()
    if not lock.acquire(blocking=False):
        with st.spinner("Another visitor's file is being read …"):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
