"""Linked pictures of pairs in Chromium, drawn in a bare page from messages made in Python."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from alignlab.ui.points import MODULE, message
from tests.browser.conftest import OPEN
from tests.browser.driver import until
from tests.browser.pictures import (
    BLUE,
    DRAWN,
    PICTURE,
    RED,
    cloud,
    data_of,
    marks,
    normal,
    pixel,
    planes,
    spot,
    sweep,
    tool,
)

pytestmark = pytest.mark.xdist_group("browser")


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


@pytest.mark.parametrize("pairs", [2, 2500])
def test_partners_are_joined_when_asked_for_and_when_selected(bare, pairs):
    """Up to 2,000 lines are strips, more are hairlines."""
    Y1, Y2 = np.zeros((2, pairs, 2))
    Y2[:, 0] = 8
    Y1[0, 1] = Y2[0, 1] = 6
    Y1[1, 1] = Y2[1, 1] = 3
    alphas = {}
    for lines, chosen in (("none", ()), ("all", ()), ("selected", ()), ("selected", (100,))):
        page = bare([cloud(Y1, Y2)], marks(pairs, lines=lines, selected=chosen))
        (left, right) = planes(page)[0]
        middle = round((right[0] - left[0]) / 2)
        alphas[lines, chosen] = [
            max(pixel(page, row, 1, middle, dy)[3] for dy in (-1, 0, 1)) for row in (100, 101)
        ]
    assert alphas["none", ()] == alphas["selected", ()] == [0, 0]
    assert min(alphas["all", ()]) > 5
    assert alphas["selected", (100,)][0] > 60
    assert alphas["selected", (100,)][1] == 0


def test_selected_pairs_stand_out_and_marked_ones_are_bold(bare):
    Y1, Y2 = np.array([[[0, 0], [4, 0], [8, 0]], [[0, 4], [4, 4], [8, 4]]])
    page = bare([cloud(Y1, Y2)], marks(3, selected=(100,), lines="none"))
    chosen, other = (pixel(page, row, 2)[3] for row in (100, 101))
    assert chosen > 200
    assert 0 < other < 0.3 * chosen
    bare([cloud(Y1, Y2)], marks(3, marked=np.array([True, False, False])))
    bold, thin = (sum(pixel(page, row, 2, dx)[3] for dx in range(-6, 7)) for row in (100, 101))
    assert bold > 1.4 * thin
    assert "bold: held out" in page.locator(".alignlab-points-legend").inner_text()


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


def test_a_picture_of_one_modality_and_one_of_none(bare):
    Y1, Y2 = np.array([[0, 0], [4, 3]]), np.array([[4, 0], [0, 3]])
    clouds = [cloud(None, Y2), cloud(Y1, None, "two"), cloud(None, None, "three")]
    page = bare(clouds, marks(2, lines="all"))
    assert [data_of(page, "points", picture) for picture in range(3)] == ["2", "2", "0"]
    assert pixel(page, 101, 2, picture=0)[3] > 150
    assert pixel(page, 101, 1, picture=1)[3] == 0
    page.mouse.move(*spot(page, 101, 1, picture=1))
    assert data_of(page, "hover", 1) == "101:1"
    box = page.locator(PICTURE).last.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    assert data_of(page, "hover", 1) == ""


def test_pictures_follow_the_theme_of_the_page(bare):
    page = bare([cloud(*normal(5))], marks(5))
    style = "document.querySelector('#place').style.setProperty('--st-text-color', 'lime')"
    page.evaluate(style)
    page.evaluate(DRAWN)
    theme = page.evaluate(f"document.querySelector('{PICTURE}').panel.grid.theme.text")
    assert theme == "lime"
    assert data_of(page, "draws") == "2"


@pytest.mark.parametrize("scale", [0, 1e-20, 1e20])
def test_a_cloud_of_any_size_is_drawn(bare, scale):
    Y1, Y2 = normal(20) * np.float32(scale)
    page = bare([cloud(Y1, Y2, axes=("a", "b"))], marks(20))
    inked = page.locator(PICTURE).evaluate(
        """({ panel: { canvas } }) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
            return data.filter((value, at) => at % 4 === 3 && value > 100).length
        }"""
    )
    assert inked > (10 if scale == 0 else 500)
    assert np.isfinite(planes(page)).all()


def test_a_position_that_is_not_finite_is_not_drawn_and_not_found(bare):
    Y1, Y2 = normal(20)
    Y1[3], Y2[4, 1] = np.nan, np.inf
    page = bare([cloud(Y1, Y2)], marks(20, lines="all"))
    assert data_of(page, "points") == "38"
    found = page.evaluate(
        "(picture) => document.querySelector(picture).panel.place(103, 1)", PICTURE
    )
    assert found is None


def test_without_webgl2_the_server_is_told(page):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto("about:blank")
    page.set_content('<div id="place"><div class="alignlab-points"></div></div>')
    page.evaluate(OPEN, MODULE)
    data = message([cloud(*normal(5))], marks(5), columns=1, height=200)
    page.evaluate("(text) => void window.show(text)", base64.b64encode(data).decode())
    assert page.evaluate("failed") == ["this browser has no WebGL2"]


def test_the_player_shows_every_frame_and_ends_at_the_positions(bare):
    Y1, Y2 = normal(20)
    frames = [(f"step {at}", Y1 + at, Y2 * (1 + at)) for at in range(4)]
    page = bare([cloud(*frames[-1][1:], frames=frames)], marks(20), height=250)
    assert data_of(page, "frame") == "step 3"
    page.get_by_role("slider", name="Frame").press("ArrowLeft")
    assert data_of(page, "frame") == "step 2"
    shown = page.evaluate(
        "(picture) => [...document.querySelector(picture).panel.motion.to]", PICTURE
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
            const { motion } = document.querySelector(picture).panel
            const { now } = performance
            performance.now = () => motion.started + motion.ms / 4
            const shown = [[...motion.current()], motion.progress]
            performance.now = now
            return shown
        }""",
        PICTURE,
    )
    assert share == 0.25
    whole = np.stack([Y1, Y2], axis=1).ravel()
    assert np.allclose(middle, 0.5 * whole, atol=1e-5)
    until(
        page,
        lambda: page.evaluate(f"document.querySelector('{PICTURE}').panel.motion.progress") == 1,
    )
    page.evaluate(DRAWN)
    assert np.allclose(planes(page)[0, 0] - planes(page)[1, 0], _step(page, -Y1[0] + Y1[1]), atol=1)


def _step(page, difference):
    """A difference of positions in pixels."""
    scale = page.evaluate(f"document.querySelector('{PICTURE}').panel.view.scale")
    return scale * difference * [1, -1]


def test_a_rotation_keeps_distances_in_space(bare):
    Y1, Y2 = normal(30, dims=3)
    page = bare([cloud(Y1, Y2, axes=("a", "b", "c"))], marks(30))
    depths = """(picture) => {
        const { view, motion } = document.querySelector(picture).panel
        const { flat, depth } = view.flattened(motion.to)
        return [...depth].map((z, at) => [flat[2 * at], flat[2 * at + 1], z])
    }"""
    before = np.array(page.evaluate(depths, PICTURE))
    sweep(page, [(0.4, 0.4), (0.7, 0.6)])
    after = np.array(page.evaluate(depths, PICTURE))
    assert not np.allclose(before, after, atol=0.1)
    drawn = f"[...document.querySelector('{PICTURE}').panel.sorted]"
    depth = after[page.evaluate(drawn), 2]
    assert np.diff(depth).min() > -np.ptp(depth) / 4000  # from far to near
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
