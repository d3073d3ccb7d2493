"""What a page shows of a job: its results so far, its progress, why it failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from alignlab.checks import out_of_memory, reason_of
from alignlab.ui.beside import job_runs
from alignlab.ui.jobs import Followed, following, give_way
from alignlab.ui.plain import as_written
from alignlab.ui.state import refusals_shown
from alignlab.work import Work

REFRESH = 0.4
"""Seconds between two updates of the page while a job runs, times the number of sessions that
follow one: drawing takes about a tenth of a second of one core."""

SLOWEST = 3.0
"""Seconds between two updates at most: the end of the job is seen by the next one."""

W = TypeVar("W", bound=Work)


def follow(found: Followed[W], draw: Callable[[], None], what: str, every: float = REFRESH) -> None:
    """Draw the results so far, repeatedly while the job runs, with progress and a cancel button.

    what : the unit in which progress is counted, "problems" or "steps".
    every : seconds between two updates of the page, more if many sessions follow jobs.
    """
    running = found.running
    if running:
        job_runs()
    every = max(every, min(every * following(), SLOWEST))

    @st.fragment(run_every=every if running else None)
    def part() -> None:
        give_way()
        ended = not found.running
        with refusals_shown():
            draw()
        _progress(found, what)
        if running and ended:
            st.rerun()  # the rest of the page waits for the end of the job

    part()
    if running and not found.running:  # it has ended since, and may have been drawn in parts
        st.rerun()


def awaited(
    found: Followed[W], draw: Callable[[], None], what: str, every: float = REFRESH
) -> bool:
    """`follow` a job on which the rest of the page waits; whether it is complete.

    A job may end at any moment: who asks twice in a run may get two answers, and would draw its
    results twice, or wait for a timer that was not needed any more.
    """
    if found.complete:
        return True
    follow(found, draw, what, every)
    if found.complete:  # it has ended since
        st.rerun()
    return False


def counted(count: int, what: str) -> str:
    """A count with its unit, given in the plural: "1 fit of t-SNE", "3 fits of t-SNE"."""
    return "1 " + re.sub(r"s\b", "", what, count=1) if count == 1 else f"{count:,} {what}"


def _progress(found: Followed[W], what: str) -> None:
    work, seconds, place = found.work, found.job.seconds, found.job.place
    done = work.done  # once: the thread of the job goes on counting
    share = done / work.total if work.total else 1.0
    if found.complete:
        st.caption(f"{counted(work.total, what)}, {seconds:.1f} s.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"progress {what}"):
        if found.running:
            words = f"{done:,} of {work.total:,} {what}"
            if place is not None:
                words = f"Waiting: {place} ({words})" if done else f"Waiting: {place}"
            elif done:
                words += f", about {max(seconds / share - seconds, 1):.0f} s left"
            st.progress(share, words)
            st.button("Cancel", on_click=found.cancel, icon=":material/stop:")
        else:
            how = "Stopped" if found.job.error is None else "Failed"
            words = f"{how} at {done:,} of {work.total:,} {what}"
            st.markdown(f":orange[:material/warning: {words}.]")
            if st.button("Restart", icon=":material/replay:"):
                found.begin_again()
                st.rerun()
    if found.job.error is not None and not found.running:
        st.error(cause(found.job.error), icon=":material/block:")


def cause(error: BaseException) -> str:
    """Why work failed, as Markdown without signs of its own.

    A ValueError says what to do, and so do we where memory ran out; any other error is preceded by
    its type.
    """
    memory = out_of_memory(error)
    words = memory or reason_of(error).strip()
    if not memory and not isinstance(error, ValueError):
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return as_written(words or type(error).__name__)
