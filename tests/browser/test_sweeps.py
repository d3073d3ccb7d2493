"""The sweeps page in Chromium: progress, cancel, clicks, the player, the share link."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import (
    PLOT,
    RESTART,
    address_is,
    choose,
    drawn,
    figure_data,
    parameters,
    place,
    same_figures,
    stop,
    until,
)

pytestmark = pytest.mark.xdist_group("browser")

FIGURE_4 = "sweeps?show=figure4&n=1000&k=10&d1=10&d2=10&aligners=perfect_alignment"


def finished(page: Page, plots: int) -> Page:
    """Wait until the measurement has finished."""
    expect(page.get_by_text(re.compile(r"problems, [\d.]+ s\."))).to_be_visible()
    drawn(page, plots)
    return page


def hovered(page: Page, panel: Locator) -> list[str]:
    """The vertical axes of the panels that show a hover label when the pointer is on `panel`."""
    panel.hover()
    page.wait_for_timeout(100)
    return page.evaluate(
        f"(document.querySelector('{PLOT}')._hoverdata ?? []).map(p => p.yaxis._id).sort()"
    )


def test_figure_4_fills_in_and_a_click_opens_a_panel_large(visit):
    page = finished(visit(f"{FIGURE_4}&seeds=5", 1), 1)
    # the third row, first column: MLRE against n, clean
    panel = page.locator(f"{PLOT} .nsewdrag[data-subplot=xy7]")
    until(page, lambda: "y7" in hovered(page, panel))
    panel.click()
    page.wait_for_url(re.compile("over=n"))
    finished(page, 2)
    address_is(page, {
        "n": "1000", "k": "10", "d1": "10", "d2": "10", "seeds": "5", "over": "n",
        "aligners": "perfect_alignment", "metrics": "mlre",
    })  # fmt: skip
    page.go_back()
    page.wait_for_url(re.compile("show=figure4"))


def test_hover_is_shared_by_the_panels_of_a_column(visit):
    page = finished(visit(f"{FIGURE_4}&seeds=2", 1), 1)
    panel = page.locator(f"{PLOT} .nsewdrag[data-subplot=xy]")
    column = ["y", "y10", "y4", "y7"]
    until(page, lambda: hovered(page, panel) == column)
    assert hovered(page, panel) == column


def test_cancel_keeps_what_was_done_and_can_begin_again(visit):
    page = visit("sweeps?over=n&high=50000&points=60&seeds=200&n=1000&d1=20&d2=20&k=10&noise=1", 4)
    stop(page)
    assert any(any(y is not None for y in ys) for _, _, ys in figure_data(page)[0])
    page.get_by_role("button", name=RESTART).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    stop(page)


def test_cancel_in_one_session_leaves_the_work_to_another(visit, other):
    path = "sweeps?over=n&high=50000&points=60&seeds=200&n=1000&d1=20&d2=20&k=10&noise=2"
    page = visit(path, 4)
    other.goto(page.url)
    expect(other.get_by_role("button", name="Cancel")).to_be_visible()
    stop(page)
    counted = other.get_by_text(re.compile(r"[\d,]+ of [\d,]+ problems"))
    before = counted.inner_text()
    expect(counted).not_to_have_text(before)
    stop(other)


def test_a_cell_of_the_map_opens_its_spec_on_the_alignment_page(visit):
    page = visit(
        "sweeps?show=map&over=k&over2=n&low2=5&high2=20&points=4&seeds=2&d1=3&d2=3&noise=1"
    )
    finished(page, 1)
    x, y = place(page, 4, 20)
    page.mouse.move(x, y)
    page.wait_for_timeout(400)
    with page.context.expect_page() as opened:
        page.mouse.click(x, y)
    tab = opened.value
    drawn(tab, 5)
    address_is(tab, {
        "n": "20", "k": "4", "d1": "3", "d2": "3", "noise": "1.0", "holdout": "0.0",
    })  # fmt: skip
    expect(tab.get_by_test_id("stMainBlockContainer")).to_contain_text("20 fitted pairs")
    tab.close()


def test_the_sweep_plays_without_the_server(visit):
    page = finished(visit("sweeps?over=d&points=8&high=32&seeds=2&noise=1", 5), 5)
    page.evaluate(
        """() => {
            window.sent = 0
            const send = WebSocket.prototype.send
            WebSocket.prototype.send = function (m) { window.sent++; send.call(this, m) }
        }"""
    )
    player = page.locator(".alignlab-player:visible")
    label = player.locator("output")
    expect(label).to_have_text("d = 2")
    before = figure_data(page)[-1]
    player.get_by_role("button", name="One step forward").click()
    expect(label).to_have_text(re.compile("d = (6|8)"))
    player.get_by_label("Speed").select_option("4×")
    player.get_by_role("button", name="Play").click()
    expect(label).to_have_text("d = 32")
    assert figure_data(page)[-1] != before
    player.get_by_role("button", name="Play").click()
    player.get_by_role("button", name="Pause").click()
    assert page.evaluate("window.sent") == 0


def test_the_share_link_restores_a_sweep_exactly(visit, other):
    page = visit("sweeps?over=noise&low=0.1&high=30&points=7&seeds=3&k=3&d1=6&d2=5&pairs=both", 5)
    finished(page, 5)
    choose(page, "CCA")
    page.wait_for_url(re.compile("aligners="))  # written after the progress of the new work
    finished(page, 5)

    other.goto(page.url)
    finished(other, 5)
    same_figures(other, figure_data(page))
    address_is(other, parameters(page))
