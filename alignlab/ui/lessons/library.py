"""The lessons that this session knows: those of the package, and those that it has brought."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from alignlab.checks import InputError
from alignlab.lessons.lesson import Lesson, Step
from alignlab.lessons.quantities import QUANTITIES
from alignlab.lessons.reader import Place, read_lesson
from alignlab.lessons.shipped import NAMES, content
from alignlab.ui.catalog import PAGES
from alignlab.ui.controls import Value
from alignlab.ui.plain import shortened
from alignlab.ui.state import Page

PAGE_OF = {page.path: page for page in PAGES}
"""The pages by path."""

MOST_OWN = 20
"""Lessons that a session may bring; the earliest make room."""

_OWN = "own lessons"


@lru_cache(maxsize=1)
def places() -> dict[str, Place]:
    """What lessons may name, by path of the page."""
    return {
        path: Place(
            controls={control.name: control.parse for control in page.controls},
            quantities=QUANTITIES.get(path, {}),
        )
        for path, page in PAGE_OF.items()
    }


@lru_cache(maxsize=len(NAMES))
def shipped(name: str) -> Lesson:
    """A lesson of the package."""
    return read_lesson(content(name), name, places())


def own() -> dict[str, Lesson]:
    """The lessons that this session has brought, by name."""
    return st.session_state.setdefault(_OWN, {})


def bring(name: str, content: bytes) -> Lesson:
    """Read a lesson and keep it in the session; InputError if it cannot be used.

    name : in the address. content : of the file.
    """
    if name in NAMES:
        raise InputError(f"lesson {name}", "this name is taken: give the file another one")
    found = read_lesson(content, name, places())
    own()[name] = found
    while len(own()) > MOST_OWN:
        own().pop(next(iter(own())))
    return found


def find(name: str) -> Lesson:
    """The lesson of this name; ValueError if the session knows none."""
    if name in NAMES:
        return shipped(name)
    if name not in own():
        known = ", ".join((*NAMES, *own()))
        raise ValueError(
            f"{shortened(name)!r} is not one of {known}; a lesson of your own must be brought "
            "again on the home page"
        )
    return own()[name]


def setting(step: Step, answered: bool) -> dict[str, Value]:
    """The values of all controls of its page at a step, before or after the answer."""
    return page_of(step).read(step.values if answered else step.before)[0]


def page_of(step: Step) -> Page:
    """The page of a step."""
    return PAGE_OF[step.page]
