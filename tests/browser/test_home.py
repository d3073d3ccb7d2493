"""The home page: a picture that answers a question, and ways to go on."""

import pytest
from playwright.sync_api import expect

from alignlab.ui.catalog import PAGES
from tests.browser.driver import (
    address_is,
    at_rest,
    figure_data,
    grab,
    parameters,
    until,
)

pytestmark = pytest.mark.xdist_group("browser 2")


def test_the_picture_follows_the_noise_and_answers_the_question(visit):
    page = visit("", 2)
    verdict = page.locator(".st-key-verdict")
    expect(verdict).to_contain_text("Which would you trust? Drag the noise.")
    before = figure_data(page)
    slider = page.get_by_role("slider", name="Noise σ")
    grab(page, slider, -60)  # from the left end to below the middle
    until(page, lambda: figure_data(page) != before)
    assert figure_data(page) != before  # the hand has not let go
    assert parameters(page) == {}
    page.mouse.up()
    expect(verdict).to_contain_text("The smaller error is the worse alignment")
    at_rest(page)
    link = parameters(page)
    assert set(link) == {"sigma"}
    after = figure_data(page)
    page.go_back()
    address_is(page, {})
    until(page, lambda: figure_data(page) == before)
    assert figure_data(page) == before
    page.goto(f"{page.url}?sigma={link['sigma']}")
    until(page, lambda: figure_data(page) == after)
    assert figure_data(page) == after


def test_the_doors_and_the_gallery_lead_on(visit):
    page = visit("", 2)
    for label, path in (
        ("Start with collapse", "/alignment?lesson=collapse"), ("Open the phase diagram", "/phase"),
        ("Diagnose your files", "/diagnose?case=upload"),
    ):  # fmt: skip
        door = page.get_by_role("link", name=label)
        expect(door).to_have_count(1)
        assert door.evaluate("a => a.pathname + a.search") == path
    cards = page.locator("[class*=st-key-card]")
    tops = cards.evaluate_all("cards => cards.map((card) => card.getBoundingClientRect().top)")
    assert len(tops) == len(PAGES) - 1  # all but the home page itself
    assert len(set(tops)) == -(-len(tops) // 3)  # three in a row
    page.get_by_role("link", name="Look closer at such pairs").click()
    page.wait_for_url("**/alignment?*")
    address_is(page, {"n": "400", "components": "3", "d1": "16", "d2": "16"})
