"""The human-activity page in Chromium: the default run, clicks, a training, a folder."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import (
    PLOT,
    RESTART,
    address_has,
    at_rest,
    drag,
    drawn,
    figure_data,
    same_figures,
    stop,
    until,
)
from tests.pages.test_activity import folder

pytestmark = pytest.mark.xdist_group("browser")

QUICK = "size=4&epochs=1&trainings=1&directions=2"


def lit(page: Page) -> list[list[int]]:
    """The row ids that are highlighted in each t-SNE map."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-plot')].slice(0, 3).map(plot => [
            ...new Set(plot._fullData.flatMap(t => t.selectedpoints && t.customdata
                ? [...t.selectedpoints].map(i => t.customdata[i]) : []))].sort((a, b) => a - b))"""
    )


def lit_are(page: Page, count: int) -> None:
    """Wait until `count` rows are highlighted in each map and the page is idle."""
    until(page, lambda: [len(rows) for rows in lit(page)] == [count] * 3)
    at_rest(page)
    assert [len(rows) for rows in lit(page)] == [count] * 3


def click_a_mark(page: Page, clicks: int = 1) -> None:
    """Click the first mark of the first map, once or in quick succession."""
    before = None
    for _ in range(20):  # until the page's layout is stable
        found = page.evaluate(
            """() => {
                const plot = document.querySelector('.alignlab-plot')
                plot.scrollIntoView({ block: 'nearest' })
                const trace = plot._fullData.find(t => t.mode === 'markers')
                const box = plot.querySelector('.nsewdrag').getBoundingClientRect()
                const { xaxis, yaxis } = plot._fullLayout
                return [box.x + xaxis.d2p(trace.x[0]), box.y + yaxis.d2p(trace.y[0])]
            }"""
        )
        if found == before:
            break
        before = found
        page.wait_for_timeout(600)
    page.mouse.move(*found)
    page.mouse.click(*found, click_count=clicks)


def test_it_opens_on_the_default_run_and_a_lasso_links_its_pictures(visit):
    page = visit("activity", 5)
    expect(page.get_by_text("Trained beforehand and shipped with the app")).to_be_visible()
    page.locator(PLOT).first.hover()
    page.locator("[data-title='Box Select']").first.click()
    drag(page, 0.1, 0.6)
    until(page, lambda: len(lit(page)[0]) > 1 and lit(page)[0] == lit(page)[1] == lit(page)[2])
    marked = lit(page)
    assert len(marked[0]) > 1
    assert marked[0] == marked[1] == marked[2]
    expect(page.get_by_text(f"The first of {len(marked[0])} selected sequences")).to_be_visible()


def test_a_click_plays_the_sequence(visit):
    page = visit("activity", 5)
    position = page.locator(".alignlab-player:visible output").first
    expect(position).to_have_text("0 %")
    click_a_mark(page)
    expect(position).not_to_have_text("0 %")
    expect(position).to_have_text("100 %")
    lit_are(page, 1)
    expect(page.locator(".alignlab-player:visible").first).to_be_in_viewport()


def test_a_choice_is_let_go_by_another_click_on_it_and_by_a_double_click(visit):
    page = visit("activity", 5)
    expect(page.get_by_text("Click a point to play its sequence")).to_be_visible()
    for clicks, left in ((1, 1), (1, 0), (1, 1), (2, 0)):
        click_a_mark(page, clicks)
        lit_are(page, left)


def test_a_choice_that_came_back_with_the_page_is_let_go_too(visit):
    page = visit("activity", 5)
    click_a_mark(page)
    lit_are(page, 1)
    page.get_by_role("link", name="Home").first.click()
    expect(page.locator(PLOT)).to_have_count(1)  # that of the home page
    page.go_back()
    drawn(page, 5)
    lit_are(page, 1)
    click_a_mark(page)
    lit_are(page, 0)


def test_a_training_is_offered_watched_and_cancelled(visit):
    page = visit("activity?size=8&epochs=1000&trainings=1&directions=2", 1)
    page.get_by_role("button", name="Train", exact=True).click()
    counted = page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ steps"))
    expect(counted).to_be_visible()
    before = counted.inner_text()
    expect(counted).not_to_have_text(before)
    stop(page)
    expect(page.get_by_role("button", name=RESTART)).to_be_visible()


def test_a_folder_is_named_read_trained_and_linked(visit, tmp_path, context):
    root = folder(tmp_path / "UTD-MHAD")
    (root / "Inertial" / "a1_s1_t1_inertial.mat").write_bytes(b"damaged")
    shown = "actions=1%2C2%2C3&perplexity=3&group=all"
    page = visit(f"activity?activity=folder&{QUICK}&{shown}", 1)
    box = page.get_by_role("textbox", name="Folder")
    box.fill(str(root))
    box.press("Enter")
    expect(page.get_by_text("1 file was left out")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile("2,250 steps of t-SNE,"))).to_be_visible()
    drawn(page, 6)
    address_has(page, folder=str(root))
    fresh = context.browser.new_context()
    other = fresh.new_page()
    other.goto(page.url)
    expect(other.get_by_text(re.compile("2,250 steps of t-SNE,"))).to_be_visible()
    drawn(other, 6)
    same_figures(other, figure_data(page))
    fresh.close()


def test_a_path_that_is_not_there_is_refused_on_the_page(visit):
    page = visit("activity?activity=folder", 1)
    box = page.get_by_role("textbox", name="Folder")
    box.fill("/no/such/folder")
    box.press("Enter")
    expect(page.get_by_text("is neither a file nor a folder")).to_be_visible()
    assert page.get_by_text("Traceback").count() == 0
