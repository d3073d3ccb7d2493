"""A student's progress, which lives in the address alone: `lesson`, `step` and the `answer`."""

from __future__ import annotations

import streamlit as st

from alignlab.lessons.lesson import Lesson
from alignlab.lessons.reader import ANSWERS, MAX_STEPS
from alignlab.ui.controls import Control, Count, Number, Text
from alignlab.ui.lessons.library import find, page_of, setting
from alignlab.ui.setting import address, put, put_all

LESSON = Text(
    name="lesson", label="Lesson", default="", read=lambda name: find(name) if name else None
)
STEP = Number(name="step", label="Step", default=1, low=1, high=MAX_STEPS)
ANSWER = Count(name="answer", label="Answer", default=None, low=1, high=ANSWERS[1])
PROGRESS: tuple[Control, ...] = (LESSON, STEP, ANSWER)


def progress(lesson: Lesson, step: int, answer: int | None = None) -> dict[str, str]:
    """The parameters of the address at a step."""
    return address(PROGRESS, {"lesson": lesson.name, "step": step, "answer": answer})


def link(lesson: Lesson, step: int = 1, answer: int | None = None) -> dict[str, str]:
    """The query parameters of a step, on its page, with the setting of its controls."""
    one = lesson.steps[step - 1]
    values = setting(one, answered=answer is not None or one.prediction is None)
    return {**progress(lesson, step, answer), **page_of(one).address(values)}


def go(lesson: Lesson, step: int, answer: int | None = None) -> None:
    """Show a step of the present page, with the setting before or after the answer."""
    one = lesson.steps[step - 1]
    for control, value in zip(PROGRESS, (lesson.name, step, answer), strict=True):
        put(control, value)
    answered = answer is not None or one.prediction is None
    put_all(page_of(one).controls, setting(one, answered=answered))


def leave() -> None:
    """End the lesson; the page stays as it is."""
    for control in PROGRESS:
        put(control, control.default)


def without_lesson() -> None:
    """Steps and answers belong to a lesson."""
    for control in (STEP, ANSWER):
        if st.session_state[control.key] != control.default:
            _note(f"The link's “{control.name}” belongs to a lesson, and names none.")
            put(control, control.default)


def settled(lesson: Lesson) -> tuple[int, int | None]:
    """The step and the answer, with a note on the page where the lesson has none of that number."""
    step, answer = st.session_state[STEP.key], st.session_state[ANSWER.key]
    count = len(lesson.steps)
    if step > count:
        _note(f"The link's “step”: {step} is not between 1 and {count}. Using {count}.")
        step, answer = count, None
    prediction = lesson.steps[step - 1].prediction
    answers = 0 if prediction is None else len(prediction.answers)
    if answer is not None and answer > answers:
        why = f"{answer} is not between 1 and {answers}" if answers else "this step asks nothing"
        _note(f"The link's “answer”: {why}. Using none.")
        answer = None
    put(STEP, step)
    put(ANSWER, answer)
    return step, answer


def _note(text: str) -> None:
    st.session_state["notes"] = [*st.session_state.get("notes", []), text]
