"""The list of lessons on the home page, and the way to bring one's own."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from alignlab.checks import reason_of
from alignlab.lessons.lesson import Lesson
from alignlab.lessons.shipped import NAMES
from alignlab.ui.lessons.library import bring, own, page_of, shipped
from alignlab.ui.lessons.progress import link
from alignlab.ui.plain import as_written, named

COLUMNS = 3

# titles are read in full
_STYLE = """<style>
[class*="st-key-lesson-card"] a { padding-inline: 0; }
[class*="st-key-lesson-card"] a * { white-space: normal; overflow: visible; line-height: 1.3; }
[class*="st-key-lesson-card"] { gap: 0.2rem; padding: 0.6rem 0.8rem; }
</style>"""


def lessons() -> None:
    """All lessons as cards, each with a link to its first step; and a place for one's own."""
    st.html(_STYLE)
    st.subheader("Lessons", anchor="lessons")
    found = [*map(shipped, NAMES), *own().values()]
    for first in range(0, len(found), COLUMNS):
        for place, lesson in zip(st.columns(COLUMNS), found[first : first + COLUMNS], strict=False):
            with place:
                card(lesson)
    with st.expander("Try a lesson of your own", icon=":material/upload_file:"):
        ask_for_own()


def card(lesson: Lesson) -> None:
    """Title, question, and a link to the first step."""
    with st.container(border=True, height="stretch", key=f"lesson card {lesson.name}"):
        st.page_link(
            page_of(lesson.steps[0]).script,
            label=f"**{as_written(lesson.title)}**",
            query_params=link(lesson),
        )
        st.caption(f"{as_written(lesson.question)} {len(lesson.steps)} steps.")


def ask_for_own() -> None:
    """A place for a lesson's file, which stays in the session."""
    st.file_uploader(
        "A lesson as one TOML file; the README says how to write one",
        max_upload_size=1,
        key="lesson file",
        on_change=_receive,
    )
    if refused := st.session_state.get("lesson refused"):
        st.error(as_written(refused), icon=":material/block:")
    elif brought := st.session_state.get("lesson brought"):
        st.success(f"{named(brought)} has been added to the lessons above, in this session only.")


def _receive() -> None:
    """Read the file that has been brought; the card is drawn above the place it came by."""
    session = st.session_state
    session["lesson refused"] = session["lesson brought"] = ""
    file = session["lesson file"]
    if file is None:
        return
    try:
        name = PurePath(file.name).stem.lower()
        session["lesson brought"] = bring(name, file.getvalue()).title
    except ValueError as error:
        session["lesson refused"] = reason_of(error)
