"""Lessons played in Chromium: every step, and the numbers that it shows."""

import os
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from alignlab.lessons.lesson import Lesson
from alignlab.lessons.reader import PLACEHOLDER
from alignlab.lessons.shipped import NAMES
from alignlab.ui.lessons.library import page_of, shipped
from alignlab.ui.lessons.measured import filled, shown
from alignlab.ui.lessons.progress import link
from tests.browser.driver import (
    address_has,
    address_is,
    at_rest,
    drawn,
    figure_data,
    parameters,
    same_figures,
    until,
)
from tests.lessons.played import measured

pytestmark = pytest.mark.xdist_group("browser 2")

ROUNDING = re.compile(r"\d\.\d\d · 10⁻1\d")
"""A number at rounding level, whose digits another machine need not share."""

LONG = ("contrastive", "tsne")
"""Lessons of long work, whose numbers are computed in the app alone; others test the claims."""

D32 = {"d1": "32", "d2": "32"}


def bar(page: Page) -> Locator:
    return page.locator(".st-key-lesson").first


def plain(text: str) -> str:
    """A text on one line, with numbers at rounding level made equal."""
    return ROUNDING.sub("0", " ".join(text.split())).replace("10⁻¹⁴", "0").replace("10⁻¹⁵", "0")


def said(page: Page) -> str:
    return plain(bar(page).inner_text())


def says(page: Page, text: str) -> None:
    """Wait until the bar says this."""
    until(page, lambda: plain(text) in said(page))
    assert plain(text) in said(page)


def step_is(page: Page, lesson: Lesson, number: int) -> None:
    """Wait until the bar shows this step, on its page."""
    says(page, f"{lesson.title} · step {number} of {len(lesson.steps)}")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        page_of(lesson.steps[number - 1]).title
    )
    says(page, lesson.steps[number - 1].text)


def press(page: Page, name: str) -> None:
    """Press a button of the bar, or a link that looks like one."""
    here = bar(page)
    button, way = (here.get_by_role(role, name=name, exact=True) for role in ("button", "link"))
    expect(button.or_(way)).to_have_count(1)
    button.or_(way).click()


def answer_and_check(page: Page, lesson: Lesson, number: int) -> None:
    """Give the right answer, and compare what the bar says with numbers computed here."""
    prediction, found = lesson.steps[number - 1].prediction, measured(lesson, number)
    right = prediction.right(found)
    answer = prediction.answers[right - 1].text
    press(page, answer)
    says(page, f"Right: {answer}.")
    says(page, filled(prediction.reveal, found))
    address_is(page, link(lesson, number, right))


def answer_any(page: Page, lesson: Lesson, number: int) -> None:
    """Give the first answer, and check that the bar knows the right one, and has its numbers."""
    prediction = lesson.steps[number - 1].prediction
    answers = [re.escape(answer.text) for answer in prediction.answers]
    told = r"\S.*?".join(map(re.escape, PLACEHOLDER.split(prediction.reveal)[::2]))
    press(page, prediction.answers[0].text)
    wanted = re.compile(rf"(Right|No): ({'|'.join(answers)})\. .*{told}")
    until(page, lambda: wanted.search(said(page)) is not None)
    assert wanted.search(said(page)), (wanted.pattern, said(page))
    assert "undefined" not in said(page)
    address_is(page, link(lesson, number, 1))


def play(page: Page, lesson: Lesson) -> None:
    """From the first step, which is on show, to the last one."""
    for number, step in enumerate(lesson.steps, 1):
        step_is(page, lesson, number)
        if step.prediction is not None:
            says(page, step.prediction.question)
            expect(bar(page).get_by_role("button", name="Next")).to_be_disabled()
            (answer_any if lesson.name in LONG else answer_and_check)(page, lesson, number)
        elif step.watch and lesson.name not in LONG:
            found = measured(lesson, number)
            for name in step.watch:
                says(page, shown(found[name]))
        assert "This step claims" not in said(page)
        if number < len(lesson.steps):
            press(page, "Next")
    says(page, "Goal:")
    expect(bar(page).get_by_role("button", name="Next")).to_be_disabled()


TAKES_A_MINUTE = pytest.mark.skipif(
    os.environ.get("CI") == "true", reason="plays for a minute; tests/lessons checks its claims"
)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[TAKES_A_MINUTE] * (name in LONG)) for name in NAMES]
)
def test_a_lesson_plays_through_with_its_numbers(visit, name):
    lesson = shipped(name)
    play(visit(f"{page_of(lesson.steps[0]).path}?{urlencode(link(lesson))}"), lesson)


def test_the_answer_on_collapse_is_reached_from_the_home_page(visit):
    page = visit("", 1)
    lesson = shipped("collapse")
    page.get_by_role("link", name=lesson.title).click()
    step_is(page, lesson, 1)
    press(page, "Next")
    press(page, "It loses a little")
    says(page, "No: It falls below half.")
    says(page, filled(lesson.steps[1].prediction.reveal, measured(lesson, 2)))


def test_back_and_a_link_bring_a_step_back(visit, other):
    page = visit("alignment?lesson=collapse", 5)
    before = figure_data(page)
    press(page, "Next")
    step_is(page, shipped("collapse"), 2)
    address_is(page, {"lesson": "collapse", "step": "2"})
    assert figure_data(page) == before
    press(page, "It falls below half")
    says(page, "Right: It falls below half.")
    address_is(page, {"lesson": "collapse", "step": "2", "answer": "3", **D32})
    until(page, lambda: figure_data(page) != before)
    after = figure_data(page)
    other.goto(page.url)
    drawn(other, 5)
    says(other, "Right: It falls below half.")
    same_figures(other, after)
    page.go_back()
    address_is(page, {"lesson": "collapse", "step": "2"})
    same_figures(page, before)
    expect(bar(page).get_by_role("button", name="It falls below half")).to_be_visible()
    page.go_back()
    address_is(page, {"lesson": "collapse"})
    step_is(page, shipped("collapse"), 1)


def test_presets_and_reset_keep_the_lesson_and_leave_ends_it(visit):
    page = visit("alignment?lesson=collapse&step=2", 5)
    kept = {"lesson": "collapse", "step": "2"}
    preset = page.get_by_role("button", name="Noisy", exact=True)
    preset.click()
    address_is(page, {**kept, "noise": "1.0"})
    expect(preset).to_have_attribute("aria-pressed", "true")
    page.locator(".alignlab-reset").click()
    address_is(page, kept)
    expect(page.get_by_role("button", name="Table 1", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    press(page, "Leave")
    address_is(page, {})
    expect(bar(page)).to_have_count(0)


def test_the_browsers_back_returns_to_the_page_of_the_step_before(visit):
    lesson = shipped("wrong-subspace")
    page = visit(f"phase?{urlencode(link(lesson, 2, 2))}", 2)
    step_is(page, lesson, 2)
    press(page, "Next")
    step_is(page, lesson, 3)
    address_has(page, lesson="wrong-subspace", step="3")
    at_rest(page)
    page.go_back()
    step_is(page, lesson, 2)
    says(page, "Right: Alignment only.")
    assert parameters(page) == link(lesson, 2, 2)


def test_the_control_to_move_is_pointed_out(visit):
    page = visit("alignment?lesson=collapse&step=2", 5)
    says(page, "Control to move: Features d₁")
    outline = "node => getComputedStyle(node).outlineStyle"
    assert page.locator("[data-name=d1]").evaluate(outline) == "solid"
    assert page.locator("[data-name=d2]").evaluate(outline) == "none"
