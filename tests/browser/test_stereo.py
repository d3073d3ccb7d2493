"""Stereo shapes in Chromium: the slider moves images and scores, a training is cancelled."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PLOT, RESTART, address_has, slide, stop, until

pytestmark = pytest.mark.xdist_group("browser")


def picture(page: Page) -> str:
    """The images of the first chart, as an address that holds them."""
    return page.locator(f"{PLOT} .imagelayer image, {PLOT} .im image").first.get_attribute("href")


def scores(page: Page) -> list[str]:
    """The numbers on the bars of the second chart."""
    return page.locator(PLOT).nth(1).locator(".bartext").all_text_contents()


def test_the_jitter_moves_images_and_scores(visit):
    page = visit("stereo?images=400&jitter=0", 2)
    before = picture(page), scores(page)
    assert before[0].startswith("data:image/png")
    for _ in range(3):
        slide(page, "Jitter", "PageUp")
    assert picture(page) != before[0]
    assert scores(page) != before[1]
    address_has(page, images="400")
    assert float(re.search(r"jitter=([\d.]+)", page.url)[1]) > 0


def test_a_training_is_watched_and_cancelled(visit):
    page = visit("stereo?tier=trained&passes=50", 2)
    page.get_by_role("button", name="Train", exact=True).click()
    counted = page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ steps"))
    before = counted.inner_text()
    expect(counted).not_to_have_text(before)
    until(page, lambda: page.locator(PLOT).count() == 4)
    stop(page)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()  # what was found until then
    expect(page.get_by_role("button", name=RESTART)).to_be_visible()
