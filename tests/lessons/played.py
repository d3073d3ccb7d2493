"""The quantities of a lesson's steps, computed without a page: long work is run to its end."""

from functools import cache
from typing import Any

from alignlab.lessons.conditions import BEFORE
from alignlab.lessons.lesson import Lesson
from alignlab.ui.lessons.library import page_of, setting
from alignlab.ui.lessons.states import quantities

_FINISHED: dict[Any, Any] = {}


def run(key, make):
    """The work under a key, run to its end once."""
    if key not in _FINISHED:
        work = make()
        for _ in work.run():
            pass
        _FINISHED[key] = work
    return _FINISHED[key]


@cache
def at(path: str, address: tuple[tuple[str, str], ...]) -> dict[str, float | str]:
    from alignlab.ui.lessons.library import PAGE_OF

    values, notes = PAGE_OF[path].read(dict(address))
    assert notes == []
    found = quantities(path, values, run)
    assert found is not None
    return found


def measured(lesson: Lesson, number: int) -> dict[str, float | str]:
    """The quantities of a step, and those of the setting before it if they are asked for."""
    step = lesson.steps[number - 1]
    page = page_of(step)
    found = at(page.path, tuple(page.address(setting(step, answered=True)).items()))
    if not step.looks_back:
        return found
    before = at(page.path, tuple(page.address(setting(step, answered=False)).items()))
    return found | {f"{BEFORE}{name}": value for name, value in before.items()}
