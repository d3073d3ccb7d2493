"""What pointer and keys do on linked pictures of pairs, and what the server hears."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.driver import until
from tests.browser.pictures import (
    DRAWN,
    PICTURE,
    cloud,
    data_of,
    marks,
    normal,
    pictured,
    planes,
    selected,
    spot,
    sweep,
    told,
    tool,
)
from tests.server import ROOT, running_app

pytestmark = pytest.mark.xdist_group("browser")


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


def test_points_are_drawn_again_only_when_something_of_them_has_changed(bare):
    Y1, Y2 = normal(40)
    page = bare([cloud(Y1, Y2)], marks(40))
    for changed, draws in (
        ({"chosen": (103, 1)}, "1"), ({"neighbours": [(105, 2)]}, "1"), ({"selected": (104,)}, "2"),
        ({"selected": (104,), "lines": "all"}, "3"),
    ):  # fmt: skip
        bare([cloud(Y1, Y2)], marks(40, **changed))
        assert data_of(page, "draws") == draws
    bare([cloud(Y2, Y1)], marks(40, selected=(104,), lines="all"))
    assert data_of(page, "draws") == "4"


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


def test_keys_zoom_move_and_reset(bare):
    page = bare([cloud(*normal(10))], marks(10))
    page.locator(PICTURE).focus()
    view = f"(({{ zoom, x, y }}) => [zoom, x, y])(document.querySelector('{PICTURE}').panel.view)"
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    zoom, x, y = page.evaluate(view)
    assert zoom == 1.5
    assert x > 0
    assert y == 0
    page.keyboard.press("0")
    assert page.evaluate(view) == [1, 0, 0]


APP = """
import numpy as np
import streamlit as st

from tests.browser.pictures import cloud, marks, normal
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
