"""What a drag leaves behind: each chart drawn as by a browser that opens the address."""

import re

import pytest

from tests.browser.agreement import settled
from tests.browser.driver import at_rest, grab, parameters

DRAGS = {
    "alignment": "noise",
    "phase": "nu",
    "samples": "gamma_x",
    "whitening": "a",
}
"""A slider of pages whose charts follow, by its name in the address: every kind of chart."""

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


NEVER_WHOLE = "() => void (window.dispatchEvent = ({ type }) => type === 'alignlab-at-rest')"
"""Charts are not told that the page is at rest, upon which they would be drawn as a whole."""

DRAWN = """() => [...document.querySelectorAll('.alignlab-plot')].map((plot) => {
  const { xaxis, yaxis } = plot._fullLayout
  const all = (where, name) =>
    [...plot.querySelectorAll(where)].map((one) => one.getAttribute(name)).join(' ')
  return {
    ranges: { 'xaxis.range': xaxis.range, 'yaxis.range': yaxis.range },
    points: plot.querySelector('.gl-canvas-context')?.toDataURL(),
    lines: all('.scatterlayer path.js-line', 'd'),
    marks: all('.scatterlayer path.point', 'transform') + all('.barlayer .point path', 'd'),
  }
})"""

ZOOM = """(drawn) => Promise.all([...document.querySelectorAll('.alignlab-plot')].map(
  (plot, at) => Plotly.relayout(plot, drawn[at].ranges)))"""

MOVED = {
    "alignment?noise=0.6": ("noise", dict.fromkeys((0, 1, 3), "points lines") | {4: "marks"}),
    "phase?nu=0.7": ("nu", {0: "marks", 1: "marks", 3: "lines"}),
}
"""What a step of a slider moves in each chart of a page."""


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", text)]


def ends(lines: str) -> list[float]:
    """First and last point of each stroke: Plotly leaves out those on the way that lie straight."""
    strokes = [numbers(stroke) for stroke in lines.split("M")[1:]]
    return [number for stroke in strokes for number in stroke[:2] + stroke[-2:]]


@pytest.mark.parametrize("address", MOVED)
def test_marks_are_moved_to_where_a_whole_drawing_puts_them(visit, address):
    slider, moves = MOVED[address]
    page = settled(visit(address, 4))
    page.evaluate(NEVER_WHOLE)
    before, start = page.evaluate(DRAWN), page.url
    page.locator(f".alignlab-control[data-name={slider}] input").first.press("ArrowLeft")
    page.wait_for_function("start => location.href !== start", arg=start)
    at_rest(page)
    moved = page.evaluate(DRAWN)
    page.reload()
    settled(page).evaluate(ZOOM, moved)
    whole = page.evaluate(DRAWN)
    for chart, (old, seen, asked) in enumerate(zip(before, moved, whole, strict=True)):
        assert seen["ranges"] == old["ranges"]
        changed = " ".join(name for name in ("points", "lines", "marks") if seen[name] != old[name])
        assert changed == moves.get(chart, "")
        assert seen["points"] == asked["points"]
        assert ends(seen["lines"]) == pytest.approx(ends(asked["lines"]), abs=0.02)
        assert numbers(seen["marks"]) == pytest.approx(numbers(asked["marks"]), abs=1.0)
