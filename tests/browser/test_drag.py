"""What a drag leaves behind: each chart drawn as by a browser that opens the address."""

import pytest

from tests.browser.agreement import settled
from tests.browser.driver import grab, parameters

DRAGS = {
    "alignment": "noise",
    "phase": "nu",
    "samples": "gamma_x",
    "synthetic": "noise",
    "transfer": "separation1",
    "views": "noise",
    "whitening": "a",
}
"""A slider of each page whose charts follow, by its name in the address."""

MARKS = """() => [...document.querySelectorAll('.alignlab-plot')].map((plot) => ({
  marks: [...plot.querySelectorAll('.plot path, .plot text, .shapelayer path')].map(
    (mark) => ['d', 'transform', 'style'].map((name) => mark.getAttribute(name))),
  images: [...plot.querySelectorAll('.plot image')].map((image) => image.getAttribute('href')),
  labels: [...plot.querySelectorAll('.xtick text, .ytick text, .annotation-text, .gtitle')].map(
    (label) => [label.textContent, label.getAttribute('transform'), label.getAttribute('x')]),
  ranges: ['xaxis', 'yaxis'].map((axis) => plot._fullLayout[axis]?.range),
}))"""

COUNT = """() => {
  const { change } = alignlabDesk
  window.moving = 0
  alignlabDesk.change = function (values, more = {}) {
    window.moving += Boolean(more.moving)
    change.call(this, values, more)
  }
}"""
"""Counts the values that are sent while the hand is already further."""


@pytest.mark.parametrize("path", DRAGS)
def test_after_a_drag_charts_are_drawn_as_in_a_browser_that_opens_the_address(visit, path):
    page = settled(visit(path, 1))
    page.evaluate(COUNT)
    slider = page.locator(f".alignlab-control[data-name={DRAGS[path]}] input")
    grab(page, slider, 5)
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for step in range(40):
        page.mouse.move(x + 2 * step - 40, y)
        page.wait_for_timeout(30)
    held = settled(page).evaluate(MARKS)
    assert page.evaluate("moving") > 0
    assert DRAGS[path] not in parameters(page)
    page.mouse.up()
    page.wait_for_function("location.search")
    released = settled(page).evaluate(MARKS)
    page.reload()
    assert settled(page).evaluate(MARKS) == released == held
