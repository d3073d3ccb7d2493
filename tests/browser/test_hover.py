"""The card beside the mark: its script alone on a bare page, which stands in for the server."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.server import ROOT

pytestmark = pytest.mark.xdist_group("browser")

UI = ROOT / "alignlab" / "ui"
WIDTH, HEIGHT = 800, 500

BARE = """<!doctype html><style>:root {{ --st-text-color: black; --st-background-color: {ground} }}
{css}</style><div id="parent"><div class="alignlab-hover" popover="manual"></div></div>"""

SERVER = """
window.asked = []
window.send = (answer) => show({
    parentElement: document.getElementById('parent'),
    data: new TextEncoder().encode(JSON.stringify(answer)),
    setTriggerValue: (name, mark) => asked.push(mark),
})
window.point = (mark) => dispatchEvent(new CustomEvent('alignlab-hover', { detail: mark }))
window.end = send(null)
"""


@pytest.fixture
def bare(page: Page) -> Page:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    css = (UI / "hover.css").read_text()
    page.set_content(BARE.format(css=css, ground="rgb(1, 2, 3)"))
    script = (UI / "hover.js").read_text().replace("export default function", "show = function")
    page.add_script_tag(content=script + SERVER)
    return page


def point(page: Page, x: float, y: float, row: int = 3, modality: int = 1) -> None:
    page.evaluate(f"point({json.dumps({'x': x, 'y': y, 'row': row, 'modality': modality})})")


def asked(page: Page) -> list:
    page.wait_for_timeout(250)  # longer than a pointer must rest
    return page.evaluate("asked")


def send(page: Page, row: int = 3, modality: int = 1, lines=(("name", "value"),), image="") -> None:
    card = {"title": "Title", "lines": lines, "image": image}
    page.evaluate(f"send({json.dumps({'row': row, 'modality': modality, 'card': card})})")


def test_only_a_pointer_at_rest_asks_and_once(bare):
    for row in range(5):
        point(bare, 100, 100, row)
    point(bare, 101, 100, 4)
    assert asked(bare) == [[4, 1]]
    bare.evaluate("point(null)")
    point(bare, 100, 100, 2)
    bare.evaluate("point(null)")
    assert asked(bare) == [[4, 1]]


def test_the_card_shows_text_as_text_in_the_colours_of_the_page(bare):
    card = bare.locator(".alignlab-hover")
    point(bare, 100, 100)
    send(bare, lines=[["caption", "<img src=x onerror=alert(1)>"]])
    expect(card).to_be_visible()
    expect(card.locator("dd")).to_have_text("<img src=x onerror=alert(1)>")
    expect(card.locator("img")).to_have_count(0)
    expect(card).to_have_css("background-color", "rgb(1, 2, 3)")
    bare.evaluate("document.documentElement.style.setProperty('--st-background-color', 'white')")
    expect(card).to_have_css("background-color", "rgb(255, 255, 255)")


def test_an_answer_about_another_mark_is_not_shown_and_leaving_hides_the_card(bare):
    card = bare.locator(".alignlab-hover")
    point(bare, 100, 100)
    for row, modality in ((4, 1), (3, 2)):
        send(bare, row, modality)
        expect(card).to_be_hidden()
    send(bare)
    expect(card).to_be_visible()
    bare.evaluate("send(null)")  # the page has run again
    expect(card).to_be_visible()
    bare.evaluate("point(null)")
    expect(card).to_be_hidden()
    send(bare)  # too late
    expect(card).to_be_hidden()


@pytest.mark.parametrize("lines", [1, 12])
def test_the_card_stays_in_the_window_and_leaves_the_mark_free(bare, lines):
    text = [["a column", "some words about it " * 4]] * lines
    for x in (0, WIDTH / 3, WIDTH / 2, WIDTH - 1):
        for y in (0, HEIGHT / 2, HEIGHT - 1):
            point(bare, x, y)
            send(bare, lines=text)
            box = bare.locator(".alignlab-hover").bounding_box()
            left, top = box["x"], box["y"]
            right, bottom = left + box["width"], top + box["height"]
            assert 0 <= left < right <= WIDTH
            assert 0 <= top < bottom <= HEIGHT
            assert not (left - 2 < x < right + 2 and top - 2 < y < bottom + 2)


def test_a_removed_card_no_longer_listens(bare):
    bare.evaluate("document.getElementById('parent').remove(); end()")
    point(bare, 100, 100)
    assert asked(bare) == []
