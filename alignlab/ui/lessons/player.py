"""The lesson bar at the top of every page: a step's text, its question, and the answer computed."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alignlab.checks import reason_of
from alignlab.lessons.conditions import Comparison
from alignlab.lessons.lesson import Lesson, Prediction, Step
from alignlab.lessons.quantities import QUANTITIES
from alignlab.ui.companions import Companion, accompanied
from alignlab.ui.controls import Value
from alignlab.ui.lessons.library import PAGE_OF, find, page_of, setting
from alignlab.ui.lessons.measured import filled, measured, present, shown
from alignlab.ui.lessons.progress import LESSON, PROGRESS, go, leave, link, settled, without_lesson
from alignlab.ui.plain import as_written

_STYLE = """<style>
[class*="st-key-lesson-way"] a {
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  border-radius: 0.5rem; padding: 0.35rem 0.75rem;
}
.st-key-lesson { gap: 0.4rem; margin-top: 0.6rem; padding: 0.6rem 1rem; }
</style>"""


def draw(path: str) -> None:
    """The bar of the lesson that the address names, if it names one."""
    name = st.session_state[LESSON.key]
    if not name:
        without_lesson()
        return
    try:
        lesson = find(name)
    except ValueError:  # an own lesson that has made room for others
        leave()
        return
    at, answer = settled(lesson)
    step = lesson.steps[at - 1]
    st.html(_STYLE)
    with st.container(border=True, key="lesson"):
        _head(lesson, at, path, waits=step.prediction is not None and answer is None)
        if step.page != path:
            with st.container(key="lesson way there", width="content"):
                title = page_of(step).title
                _link(f"This step is on another page: {title}", lesson, at, answer)
            return
        st.markdown(as_written(step.text) + (_point_out(step) if step.move else ""))
        answered = step.prediction is None or answer is not None
        moved = PAGE_OF[path].values() != setting(step, answered)
        if step.prediction is not None:
            _predict(lesson, at, step.prediction, answer)
        elif step.claims:
            _check_claims(step)
        _here(step, PAGE_OF[path].values())
        if moved:
            st.button(
                "Set the controls as in this step", on_click=go, args=(lesson, at, answer),
                key="lesson setting", type="tertiary", icon=":material/restart_alt:",
            )  # fmt: skip


def _head(lesson: Lesson, at: int, path: str, waits: bool) -> None:
    """Title, progress, and the way on."""
    count = len(lesson.steps)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson head"):
        st.markdown(
            f":material/school: **{as_written(lesson.title)}** · step {at} of {count}",
            width="stretch",
        )
        _way("Back", lesson, at - 1, path, possible=at > 1)
        _way("Next", lesson, at + 1, path, possible=at < count and not waits, waits=waits)
        st.button("Leave", on_click=leave, key="lesson leave", type="tertiary")


def _way(
    label: str, lesson: Lesson, at: int, path: str, possible: bool, waits: bool = False
) -> None:
    """A button that shows a step; a link where it is on another page, as the browser's Back needs.

    waits : whether a question must be answered first.
    """
    with st.container(key=f"lesson way {label}", width="content"):
        if possible and lesson.steps[at - 1].page != path:
            _link(label, lesson, at)
            return
        st.button(
            label, on_click=go, args=(lesson, at), key=f"lesson {label}", disabled=not possible,
            type="primary" if label == "Next" and possible else "secondary",
            help="Answer the question first." if waits else None,
        )  # fmt: skip


def _link(label: str, lesson: Lesson, at: int, answer: int | None = None) -> None:
    """A link to a step on another page."""
    there = accompanied(link(lesson, at, answer), but=LESSONS.name)
    st.page_link(page_of(lesson.steps[at - 1]).script, label=label, query_params=there)


def _point_out(step: Step) -> str:
    """Frames the control to be moved, in the sidebar, and names it."""
    control = next(one for one in page_of(step).controls if one.name == step.move)
    st.html(
        f"<style>.alignlab-controls [data-name='{control.name}'] "
        "{ outline: 2px solid var(--st-primary-color); outline-offset: 4px; }</style>"
    )
    return f" :material/touch_app: Control to move: **{control.label}**."


def _predict(lesson: Lesson, at: int, prediction: Prediction, answer: int | None) -> None:
    """The question with its answers, or what has come out."""
    st.markdown(f"**{as_written(prediction.question)}**")
    if answer is None:
        with st.container(horizontal=True, gap="small", key="lesson answers"):
            for chosen, one in enumerate(prediction.answers, 1):
                st.button(
                    as_written(one.text), on_click=go, args=(lesson, at, chosen),
                    key=f"lesson answer {chosen}",
                )  # fmt: skip
        return
    try:
        found = measured(lesson.steps[at - 1])
        right = None if found is None else prediction.right(found)
    except ValueError as error:
        st.error(as_written(reason_of(error)), icon=":material/block:")
        return
    if found is None or right is None:
        st.caption(
            ":material/hourglass: The answer appears when the page has computed this step's "
            f"setting{' and the one before it' if lesson.steps[at - 1].looks_back else ''}."
        )
        return
    said = as_written(prediction.answers[answer - 1].text)
    if right == answer:
        verdict = f":green[:material/check_circle: **Right: {said}.**]"
    else:
        solution = as_written(prediction.answers[right - 1].text)
        verdict = f":orange[:material/cancel: **No: {solution}.**] You said: {said}."
    st.markdown(f"{verdict} {as_written(filled(prediction.reveal, found))}")


def _check_claims(step: Step) -> None:
    """For whoever writes a lesson: what the text says must hold at the step's setting."""
    try:
        found = measured(step)
    except ValueError as error:
        st.error(as_written(reason_of(error)), icon=":material/block:")
        return
    if found is None:
        return
    for claim in step.claims:
        if not claim.holds(found):
            values = ", ".join(f"{name} = {shown(found[name])}" for name in claim.names)
            told = f"This step claims {claim.text}, which does not hold: {values}."
            st.error(as_written(told), icon=":material/block:")


def _here(step: Step, values: Mapping[str, Value]) -> None:
    """The quantities to be watched at the page's present setting, and whether its goal is met."""
    if not step.watch and step.goal is None:
        return
    try:
        found = present(step.page, values)
    except ValueError:  # the page itself says why
        return
    if found is None:
        return
    known = QUANTITIES[step.page]
    if step.watch:
        told = " · ".join(f"{known[name].label} **{shown(found[name])}**" for name in step.watch)
        st.markdown(f":material/visibility: {told}")
    if step.goal is not None:
        goal = " and ".join(_written(step, one) for one in step.goal.comparisons)
        reached = step.goal.holds(found)
        mark = ":green[:material/check_circle: Reached:]" if reached else ":material/flag: Goal:"
        st.markdown(f"{mark} {as_written(goal)}")


def _written(step: Step, one: Comparison) -> str:
    """A comparison in words."""
    known = QUANTITIES[step.page]
    sign = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(one.sign, one.sign)
    if not one.other:
        return f"{known[one.name].label} {sign} {shown(one.value)}"
    times = "" if one.value == 1 else f"{shown(one.value)} × "
    return f"{known[one.name].label} {sign} {times}{known[one.other].label}"


LESSONS = Companion(name="lessons", controls=PROGRESS, draw=draw)
"""What the app lets accompany every page."""
