"""The pages that compare aligners, transfer labels and align many views, in Chromium."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import (
    PLOT,
    RESTART,
    address_is,
    drag,
    drawn,
    figure_data,
    same_figures,
    slide,
    stop,
    until,
)

pytestmark = pytest.mark.xdist_group("browser")


def finished(page: Page, plots: int, what: str = "steps") -> Page:
    """Wait until the work has finished."""
    expect(page.get_by_text(re.compile(rf"[\d,]+ {what}, [\d.]+ s\."))).to_be_visible()
    drawn(page, plots)
    return page


def test_a_training_is_watched_cancelled_and_begun_again(visit):
    page = visit("compare?methods=perfect_alignment%2Ccontrastive&steps=20000", 3)
    counted = page.get_by_text(re.compile(r"[\d,]+ of 20,001 steps"))
    before = counted.inner_text()
    expect(counted).not_to_have_text(before)
    stop(page)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()  # plain PA was ready
    page.get_by_role("button", name=RESTART).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    stop(page)


def test_table_1_is_trained_and_played_back(visit):
    page = finished(visit("compare?methods=perfect_alignment%2Ccontrastive&steps=100", 4), 5)
    label = page.locator(".alignlab-player:visible output")
    expect(label).to_have_text(re.compile("step 0"))
    page.get_by_role("button", name="Play").click()
    expect(label).to_have_text(re.compile("step 100"))


def test_a_lasso_in_one_latent_marks_the_same_pairs_in_all(visit):
    page = finished(visit("compare?methods=perfect_alignment%2Ccca%2Cprocrustes", 3), 3)
    page.locator(PLOT).first.hover()
    page.locator("[data-title='Box Select']").first.click()
    drag(page, 0.2, 0.7)

    def marked() -> list[int]:
        return page.evaluate(
            """() => [...document.querySelectorAll('.alignlab-plot')].map(plot => new Set(
                plot._fullData.flatMap(t => t.selectedpoints && t.customdata
                    ? [...t.selectedpoints].map(i => t.customdata[i]) : [])).size)"""
        )

    until(page, lambda: marked()[0] > 0 and len(set(marked())) == 1)
    assert len(marked()) == 3
    assert marked()[0] > 0
    assert len(set(marked())) == 1


def test_a_slider_of_the_transfer_page_moves_the_boundary_and_the_link_brings_it_back(visit, other):
    page = finished(visit("transfer?runs=1", 5), 5, "runs")
    before = figure_data(page)
    slide(page, "Class separation, modality 2")
    finished(page, 5, "runs")
    after = figure_data(page)
    assert after != before
    address_is(page, {"separation2": "4.5", "runs": "1"})
    other.goto(page.url)
    finished(other, 5, "runs")
    same_figures(other, after)


def test_more_views_change_every_picture(visit):
    page = visit("views", 5)
    before = figure_data(page)
    slide(page, "Views")
    after = figure_data(page)
    address_is(page, {"views": "4"})
    changed = [
        not np.array_equal(a, b) for a, b in zip(map(str, before), map(str, after), strict=True)
    ]
    assert sum(changed) >= 4
