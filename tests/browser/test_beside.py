"""A beside B in a browser: a key holds the present setting, and the next one stands beside it."""

import pytest
from playwright.sync_api import expect

from tests.browser.agreement import settled
from tests.browser.driver import drawn, figure_data, parameters

pytestmark = pytest.mark.xdist_group("browser 2")

CHARTS = 5
"""Of the alignment page."""


def ends(page):
    """The ends of each chart's axes as they are drawn."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-plot')].map(({ _fullLayout }) =>
            [..._fullLayout.xaxis.range, ..._fullLayout.yaxis.range])"""
    )


def test_a_setting_is_held_and_the_next_stands_beside_it(visit, context):
    page = settled(visit("alignment?n=400&noise=0.1", CHARTS))
    alone = figure_data(page)
    page.keyboard.press("c")
    page.wait_for_function("location.search.includes('beside=')")
    drawn(settled(page), 2 * CHARTS)
    pairs = figure_data(page)
    assert pairs[::2] == pairs[1::2] == alone
    slider = page.locator("[data-name=noise] input[type=range]")
    slider.press("PageUp")
    page.wait_for_function(
        "!location.search.includes('noise=0.1&') && /noise=/.test(location.search)"
    )
    settled(page)
    assert parameters(page)["beside"] == "alignment?n=400&noise=0.1"
    now = figure_data(page)
    assert now[::2] == alone
    assert now[1::2] != alone
    drawn_ends = ends(page)
    assert drawn_ends[::2] == drawn_ends[1::2]
    expect(page.get_by_text("A and B in numbers")).to_be_visible()

    other = context.new_page()
    other.goto(page.url)
    drawn(other, 2 * CHARTS)
    settled(other)
    assert figure_data(other) == now
    assert ends(other) == drawn_ends

    page.get_by_role("button", name="show B alone").click()
    page.wait_for_function("!location.search.includes('beside=')")
    settled(page)
    assert figure_data(page) == now[1::2]


def test_on_another_page_nothing_is_held(visit):
    page = settled(visit("phase?beside=phase&nu=0.2", 8))
    page.get_by_role("link", name="Home").click()
    page.wait_for_function("location.pathname === '/'")
    settled(page)
    assert "beside" not in parameters(page)
    page.go_back()
    page.wait_for_function("location.search.includes('beside=phase')")
    drawn(settled(page), 8)
