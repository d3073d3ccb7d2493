"""Linked pictures of pairs in Chromium, drawn in a bare page from messages made in Python."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from alignlab.ui.points import MODULE, STYLES, Cloud, Marks, message
from tests.browser.driver import until
from tests.browser.pictures import PICTURE, pictured, selected, spot, sweep, tool
from tests.server import ROOT, running_app

pytestmark = pytest.mark.xdist_group("browser")

RED, BLUE = (200, 0, 0), (0, 0, 200)

OPEN = """async (source) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
  const { default: show } = await import(url)
  Object.assign(window, { told: [], failed: [], hovers: [] })
  addEventListener("alignlab-hover", ({ detail }) => hovers.push(detail))
  const parentElement = document.querySelector("#place")
  window.show = (text) => (window.end = show({
    parentElement,
    data: Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)),
    setTriggerValue: (name, value) => told.push([name, value]),
    setStateValue: (name, value) => failed.push(value),
  }))
}"""

DRAWN = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""


@pytest.fixture
def bare(page):
    """A function that shows clouds and marks in the page, which it returns."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": 900, "height": 700})
    page.set_content('<body style="margin:8px"><div id="place"><div class="alignlab-points"></div>')
    style = "\n".join((ROOT / "alignlab" / "ui" / name).read_text() for name in STYLES)
    page.add_style_tag(content=style)
    page.evaluate(OPEN, MODULE)

    def show(clouds, marks, columns=2, height=300):
        data = message(clouds, marks, columns=columns, height=height)
        page.evaluate("(text) => void window.show(text)", base64.b64encode(data).decode())
        page.evaluate(DRAWN)
        return page

    yield show
    assert errors == []
    assert page.evaluate("failed") == []


def cloud(Y1, Y2, name="one", **settings):
    return Cloud(name=name, title=name, caption="", Y1=Y1, Y2=Y2, **settings)


def marks(n, **settings):
    colours = np.array([RED, BLUE], dtype=np.uint8)[np.arange(n) % 2]
    return Marks(**({"rows": 100 + np.arange(n), "colours": colours} | settings))


def normal(n=200, dims=2, seed=0):
    return np.random.default_rng(seed).normal(size=(2, n, dims)).astype(np.float32)


def pixel(page, row, modality, dx=0, dy=0):
    """Red, green, blue and opacity of the picture beside a point, in device pixels."""
    return page.evaluate(
        """([picture, row, modality, dx, dy]) => {
            const { panel } = document.querySelector(picture)
            const [x, y] = panel.place(row, modality)
            const context = panel.canvas.getContext("2d")
            return [...context.getImageData(Math.floor(x) + dx, Math.floor(y) + dy, 1, 1).data]
        }""",
        [PICTURE, row, modality, dx, dy],
    )


def told(page):
    return page.evaluate("told.splice(0)")


def data_of(page, name, picture=0):
    return page.locator(PICTURE).nth(picture).get_attribute(f"data-{name}")


def planes(page):
    """Window coordinates of all points of the first picture, (n, 2, 2)."""
    return np.array(
        page.evaluate(
            """(picture) => {
                const { panel } = document.querySelector(picture)
                const at = (row, modality) => Object.values(panel.inWindow(row, modality))
                return [...panel.grid.marks.rows].map((row) => [at(row, 1), at(row, 2)])
            }""",
            PICTURE,
        )
    )


def test_modality_1_is_a_ring_and_modality_2_a_cross_in_the_colour_of_the_pair(bare):
    Y1, Y2 = np.array([[0, 0], [4, 3]]), np.array([[4, 0], [0, 3]])
    page = bare([cloud(Y1, Y2)], marks(2, lines="none"))
    for row, colour in ((100, RED), (101, BLUE)):
        assert pixel(page, row, 1)[3] == 0  # the ring is empty
        shown = pixel(page, row, 2)
        assert shown[3] > 150
        assert np.allclose(shown[:3], colour, atol=3)
    ring = [pixel(page, 100, 1, dx)[3] for dx in range(8)]
    assert max(ring) > 150
    assert ring[-1] == 0
    assert data_of(page, "points") == "4"


@pytest.mark.parametrize("shape", [(5, 1), (1, 5)])
def test_axes_are_equal_and_every_point_is_in_the_picture(bare, shape):
    Y1, Y2 = normal() * shape
    page = bare([cloud(Y1, Y2, axes=("a", "b"))], marks(len(Y1)), columns=1)
    places, Y = planes(page), np.stack([Y1, Y2], axis=1)
    spread = np.ptp(places, axis=(0, 1)) / np.ptp(Y, axis=(0, 1))
    assert np.isclose(*spread, rtol=1e-3)
    upwards = np.corrcoef(places[..., 1].ravel(), Y[..., 1].ravel())[0, 1]
    assert upwards < -0.999
    box = page.locator(PICTURE).bounding_box()
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    assert low[0] > box["x"]
    assert low[1] > box["y"]
    assert high[0] < box["x"] + box["width"]
    assert high[1] < box["y"] + box["height"]


def test_a_position_that_is_not_finite_is_not_drawn_and_not_found(bare):
    Y1, Y2 = normal(20)
    Y1[3], Y2[4, 1] = np.nan, np.inf
    page = bare([cloud(Y1, Y2)], marks(20, lines="all"))
    assert data_of(page, "points") == "38"
    found = page.evaluate(
        "(picture) => document.querySelector(picture).panel.place(103, 1)", PICTURE
    )
    assert found is None


def test_a_box_selects_the_pairs_with_a_point_in_it_in_every_picture(bare):
    Y1, Y2 = normal()
    page = bare([cloud(Y1, Y2), cloud(Y2, Y1, "two")], marks(len(Y1)))
    tool(page, "Box select")
    sweep(page, [(0.3, 0.4), (0.6, 0.7)])
    page.evaluate(DRAWN)
    box = page.locator(PICTURE).first.bounding_box()
    low = np.array([box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"]])
    size = 0.3 * np.array([box["width"], box["height"]])
    places = planes(page)
    within = ((places >= low) & (places <= low + size)).all(axis=2).any(axis=1)
    expected = (100 + np.flatnonzero(within)).tolist()
    assert 5 < len(expected) < 150
    assert selected(page) == [expected, expected]
    assert told(page) == [["selected", expected]]


def test_a_lasso_follows_the_even_odd_rule_and_escape_clears_it(bare):
    Y1, Y2 = normal()
    page = bare([cloud(Y1, Y2)], marks(len(Y1)))
    corners = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]  # two triangles that meet
    page.keyboard.down("Shift")
    sweep(page, corners)
    page.keyboard.up("Shift")
    (found,) = selected(page)
    box = page.locator(PICTURE).bounding_box()
    x, y = (planes(page) - [box["x"], box["y"]]).transpose(2, 0, 1) / [
        [[box["width"]]],
        [[box["height"]]],
    ]
    # left and right of the crossing, between the diagonals
    within = (abs(x - 0.5) <= 0.4) & (abs(y - 0.5) <= abs(x - 0.5))
    edge = abs(abs(y - 0.5) - abs(x - 0.5)) < 0.02
    sure = (within & ~edge).any(axis=1)
    maybe = (within | edge).any(axis=1)
    rows = np.isin(100 + np.arange(len(Y1)), found)
    assert 20 < sum(rows) < 180
    assert not (sure & ~rows).any()
    assert not (rows & ~maybe).any()
    page.keyboard.press("Escape")
    assert selected(page) == [[]]
    assert told(page)[-1] == ["selected", []]


@pytest.mark.parametrize("dims", [2, 3])
def test_the_point_under_the_pointer_is_the_nearest_of_all(bare, dims):
    Y1, Y2 = normal(dims=dims)
    page = bare([cloud(Y1, Y2)], marks(len(Y1)))
    if dims == 3:
        sweep(page, [(0.4, 0.4), (0.6, 0.55)])  # rotates
    page.mouse.move(300, 160)
    page.mouse.wheel(0, -150)
    page.evaluate(DRAWN)
    places = planes(page).reshape(-1, 2)
    box = page.locator(f"{PICTURE} canvas").last.bounding_box()
    pointers = np.random.default_rng(1).uniform(0.1, 0.9, size=(60, 2))
    found = page.evaluate(
        """([picture, places]) => {
            const { panel } = document.querySelector(picture)
            const found = places.map((place) => panel.at(...place))
            return found.map((at) => at && [at.row, at.modality])
        }""",
        [PICTURE, (pointers * [box["width"], box["height"]]).tolist()],
    )
    at = pointers * [box["width"], box["height"]] + [box["x"], box["y"]]
    distances = np.linalg.norm(at[:, None] - places, axis=2)
    nearest = distances.argmin(axis=1)
    reach = distances.min(axis=1)
    for point, best, distance in zip(found, nearest, reach, strict=True):
        if point is None:
            assert distance > 9.9
        else:
            assert distance < 15
            assert point == [100 + best // 2, 1 + best % 2]
    assert sum(point is not None for point in found) > 5


def test_hover_names_the_point_in_its_picture_and_tells_the_page(bare):
    Y1, Y2 = normal(30)
    names = [f"name {at}" for at in range(30)]
    page = bare([cloud(Y1, Y2), cloud(Y1, Y2, "two")], marks(30, names=names))
    x, y = spot(page, 107, 2)
    page.mouse.move(x, y)
    assert data_of(page, "hover") == "107:2"
    label = page.locator(".alignlab-points-label:visible")
    assert label.all_inner_texts() == ["× name 7"]
    (detail,) = page.evaluate("hovers.splice(0)")
    assert (detail["row"], detail["modality"]) == (107, 2)
    assert abs(detail["x"] - x) + abs(detail["y"] - y) < 1
    page.mouse.move(5, 690)
    assert data_of(page, "hover") == ""
    assert page.evaluate("hovers") == [None]
    assert label.count() == 0


def test_hover_text_without_names_is_the_class_and_the_row(bare):
    Y1, Y2 = normal(10)
    shared = marks(10, legend=[("a", "red"), ("b", "blue")], codes=np.arange(10) % 2)
    page = bare([cloud(Y1, Y2)], shared)
    page.mouse.move(*spot(page, 103, 1))
    assert page.locator(".alignlab-points-label").inner_text() == "○ b, row 103"


def test_a_click_picks_a_point_and_lets_go_of_it(bare):
    Y1, Y2 = normal(20)
    page = bare([cloud(Y1, Y2)], marks(20))
    page.mouse.click(*spot(page, 104, 1))
    assert told(page) == [["picked", [104, 1]]]
    page.wait_for_timeout(450)  # not a double click
    page.mouse.click(*spot(page, 104, 1))
    assert told(page) == [["picked", []]]
    bare([cloud(Y1, Y2)], marks(20, chosen=(105, 2), selected=(105, 106)))
    box = page.locator(PICTURE).bounding_box()
    page.wait_for_timeout(450)
    page.mouse.click(box["x"] + 4, box["y"] + 4)  # beside all points
    assert told(page) == [["selected", []], ["picked", []]]


def test_a_hidden_class_is_neither_drawn_nor_found_nor_selected(bare):
    Y1, Y2 = normal(40)
    codes = np.arange(40) % 2
    shared = marks(40, legend=[("a", "red"), ("b", "blue")], codes=codes, lines="none")
    page = bare([cloud(Y1, Y2)], shared)
    page.get_by_role("button", name="a", exact=True).click()
    page.evaluate(DRAWN)
    assert data_of(page, "points") == "40"
    tool(page, "Box select")
    sweep(page, [(0.01, 0.01), (0.99, 0.99)])
    assert selected(page) == [(101 + 2 * np.arange(20)).tolist()]
    bare([cloud(Y2, Y1)], shared)  # it stays hidden while the data change
    assert data_of(page, "points") == "40"
    page.get_by_role("button", name="a", exact=True).click()
    page.evaluate(DRAWN)
    assert data_of(page, "points") == "80"


def test_the_server_replaces_a_selection_only_when_its_own_has_changed(bare):
    """While a map forms, messages arrive that do not know of a selection just made."""
    Y1, Y2 = normal(40)
    page = bare([cloud(Y1, Y2)], marks(40))
    tool(page, "Box select")
    sweep(page, [(0.01, 0.01), (0.99, 0.99)])
    bare([cloud(Y2, Y1)], marks(40))
    bare([cloud(Y2, Y1)], marks(40, marked=np.ones(40, dtype=bool)))
    assert [len(rows) for rows in selected(page)] == [40]
    bare([cloud(Y2, Y1)], marks(40, selected=(101, 103)))
    assert selected(page) == [[101, 103]]


def test_the_player_shows_every_frame_and_ends_at_the_positions(bare):
    Y1, Y2 = normal(20)
    frames = [(f"step {at}", Y1 + at, Y2 * (1 + at)) for at in range(4)]
    page = bare([cloud(*frames[-1][1:], frames=frames)], marks(20), height=250)
    assert data_of(page, "frame") == "step 3"
    page.get_by_role("slider", name="Frame").press("ArrowLeft")
    assert data_of(page, "frame") == "step 2"
    shown = page.evaluate(
        "(picture) => [...document.querySelector(picture).panel.positions]", PICTURE
    )
    assert np.array_equal(shown, np.stack(frames[2][1:], axis=1).ravel().astype(np.float32))
    page.get_by_role("button", name="One step forward").click()
    page.evaluate(
        """(picture) => {
            const plot = document.querySelector(picture)
            window.frames_shown = []
            new MutationObserver(() => frames_shown.push(plot.dataset.frame))
                .observe(plot, { attributeFilter: ["data-frame"] })
        }""",
        PICTURE,
    )
    page.get_by_role("button", name="Play").click()
    until(page, lambda: page.evaluate("frames_shown.length") > 3)
    assert page.evaluate("frames_shown") == [f"step {at}" for at in range(4)]


def test_a_forming_map_moves_to_its_new_positions(bare):
    Y1, Y2 = normal(20)
    page = bare([cloud(Y1, Y2, forming=True)], marks(20))
    page.evaluate("(picture) => (document.querySelector(picture).panel.arrived -= 300)", PICTURE)
    bare([cloud(-Y1, -Y2, forming=True)], marks(20))
    middle, share = page.evaluate(
        """(picture) => {
            const { panel } = document.querySelector(picture)
            const { now } = performance
            performance.now = () => panel.started + panel.ms / 4
            const shown = [[...panel.current()], panel.progress]
            performance.now = now
            return shown
        }""",
        PICTURE,
    )
    assert share == 0.25
    whole = np.stack([Y1, Y2], axis=1).ravel()
    assert np.allclose(middle, 0.5 * whole, atol=1e-5)
    until(page, lambda: page.evaluate(f"document.querySelector('{PICTURE}').panel.progress") == 1)
    page.evaluate(DRAWN)
    assert np.allclose(planes(page)[0, 0] - planes(page)[1, 0], _step(page, -Y1[0] + Y1[1]), atol=1)


def _step(page, difference):
    """A difference of positions in pixels."""
    scale = page.evaluate(f"document.querySelector('{PICTURE}').panel.view.scale")
    return scale * difference * [1, -1]


def test_zoom_is_kept_while_the_picture_is_the_same(bare):
    Y1, Y2 = normal(50)
    page = bare([cloud(Y1, Y2)], marks(50))
    zoom = f"document.querySelector('{PICTURE}').panel.view.zoom"
    x, y = spot(page, 110, 1)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -200)
    until(page, lambda: page.evaluate(zoom) > 1)
    assert np.allclose(spot(page, 110, 1), (x, y), atol=1)  # about the pointer, whole pixels
    bare([cloud(Y1 + 1, Y2 + 1)], marks(50))
    assert page.evaluate(zoom) > 1
    bare([cloud(Y1 + 1, Y2 + 1, keep="another")], marks(50))
    assert page.evaluate(zoom) == 1
    page.keyboard.press("Shift")
    sweep(page, [(0.5, 0.5), (0.7, 0.6)])  # pans
    moved = f"document.querySelector('{PICTURE}').panel.view.moved"
    assert page.evaluate(moved)
    page.mouse.dblclick(x, y)
    assert not page.evaluate(moved)


def test_a_rotation_keeps_distances_in_space(bare):
    Y1, Y2 = normal(30, dims=3)
    page = bare([cloud(Y1, Y2, axes=("a", "b", "c"))], marks(30))
    depths = """(picture) => {
        const { view, positions } = document.querySelector(picture).panel
        const { flat, depth } = view.flattened(positions)
        return [...depth].map((z, at) => [flat[2 * at], flat[2 * at + 1], z])
    }"""
    before = np.array(page.evaluate(depths, PICTURE))
    sweep(page, [(0.4, 0.4), (0.7, 0.6)])
    after = np.array(page.evaluate(depths, PICTURE))
    assert not np.allclose(before, after, atol=0.1)
    Y = np.stack([Y1, Y2], axis=1).reshape(-1, 3)
    for turned in (before, after):
        assert np.allclose(turned[1:] @ turned[0], _centred(Y)[1:] @ _centred(Y)[0], atol=1e-3)


def _centred(Y):
    return Y - (Y.max(axis=0) + Y.min(axis=0)) / 2


def test_a_saved_svg_holds_every_symbol_and_a_png_the_picture(bare):
    Y1, Y2 = normal(30)
    shared = marks(30, legend=[("a & b", "red"), ("c", "blue")], codes=np.arange(30) % 2)
    page = bare([cloud(Y1, Y2, name="cloud", axes=("first", "second"))], shared)
    with page.expect_download() as saved:
        tool(page, "Save as SVG")
    assert saved.value.suggested_filename == "cloud.svg"
    text = Path(saved.value.path()).read_text()
    assert text.count("<circle") == 30
    assert len(re.findall(r'stroke="#(?:c80000|0000c8)"', text)) == 30 + 60
    for words in ("first", "second", "a &amp; b", "modality 1"):
        assert words in text
    with page.expect_download() as saved:
        tool(page, "Save as PNG")
    assert saved.value.suggested_filename == "cloud.png"
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_lost_context_comes_back_with_the_same_picture(bare):
    Y1, Y2 = normal(50)
    page = bare([cloud(Y1, Y2)], marks(50))
    shown = f"document.querySelector('{PICTURE}').panel.canvas.toDataURL()"
    before = page.evaluate(shown)
    page.evaluate(
        """async (picture) => {
            const { panel } = document.querySelector(picture)
            const { gl, canvas } = panel.grid.renderer
            const lost = gl.getExtension("WEBGL_lose_context")
            const happens = (name) => new Promise((done) => canvas.addEventListener(name, done))
            const gone = happens("webglcontextlost")
            lost.loseContext()
            await gone
            panel.redraw()
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            const back = happens("webglcontextrestored")
            setTimeout(() => lost.restoreContext())
            await back
        }""",
        PICTURE,
    )
    page.evaluate(DRAWN)
    assert page.evaluate(shown) == before


def test_pictures_are_kept_while_a_call_ends_and_go_with_their_place(bare):
    """Streamlit ends a superseded call sometimes before and sometimes after the next one starts."""
    Y1, Y2 = normal(20)
    page = bare([cloud(Y1, Y2), cloud(Y1, Y2, "two")], marks(20))
    page.evaluate("window.end()")
    bare([cloud(Y2, Y1)], marks(20))
    assert page.locator(PICTURE).count() == 1
    assert data_of(page, "draws") == "2"
    page.evaluate("(document.querySelector('#place').remove(), window.end())")
    assert page.locator(PICTURE).count() == 0


APP = """
import numpy as np
import streamlit as st

from tests.browser.test_points import cloud, marks, normal
from alignlab.ui.points import points

points(
    [cloud(*normal(20))],
    marks(20, selected=st.session_state.get("rows", ()), chosen=st.session_state.get("point")),
    key="grid",
    on_select=lambda rows: st.session_state.update(rows=rows),
    on_pick=lambda point: st.session_state.update(point=point),
    fallback=lambda: st.error("no WebGL2"),
)
st.write(f"rows {st.session_state.get('rows')}, point {st.session_state.get('point')}")
"""


def test_the_server_hears_of_a_selection_and_of_a_pick(page, tmp_path):
    (tmp_path / "app.py").write_text(APP)
    with running_app(root=tmp_path, PYTHONPATH=str(ROOT)) as address:
        page.goto(address)
        pictured(page, 1, 40)
        page.mouse.click(*spot(page, 104, 2))
        expect(page.get_by_text("rows None, point (104, 2)")).to_be_visible()
        tool(page, "Box select")
        sweep(page, [(0.01, 0.01), (0.99, 0.99)])
        expect(page.get_by_text("rows [100, 101,")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("rows [], point None")).to_be_visible()
        page.mouse.click(*spot(page, 104, 2))  # the same again
        expect(page.get_by_text("rows [], point (104, 2)")).to_be_visible()


def test_without_webgl2_the_server_is_told(page):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto("about:blank")
    page.set_content('<div id="place"><div class="alignlab-points"></div></div>')
    page.evaluate(OPEN, MODULE)
    data = message([cloud(*normal(5))], marks(5), columns=1, height=200)
    page.evaluate("(text) => void window.show(text)", base64.b64encode(data).decode())
    assert page.evaluate("failed") == ["this browser has no WebGL2"]
