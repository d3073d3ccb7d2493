"""What browser tests do with a page of the running app."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

FIRST_PICTURE_MS = 30_000
PLOT = ".alignlab-plot"


def drawn(page: Page, plots: int) -> None:
    """Wait until so many charts are drawn and the script is at rest."""
    expect(page.locator(f"{PLOT} .main-svg").first).to_be_visible(timeout=FIRST_PICTURE_MS)
    page.wait_for_function(
        f"document.querySelectorAll('{PLOT}[data-draws]').length >= {plots}",
        timeout=FIRST_PICTURE_MS,
    )
    at_rest(page)


def at_rest(page: Page) -> None:
    """Wait until the script has run and no chart has changed for a moment."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )
    page.wait_for_timeout(300)


def figure_data(page: Page) -> list:
    """The coordinates of every trace of every chart, as the browser holds them."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-plot')].map(plot =>
            plot._fullData.map(({name, x, y}) => [name, [...(x ?? [])], [...(y ?? [])]]))"""
    )


def slide(page: Page, label: str, key: str = "ArrowRight") -> None:
    before = page.evaluate(
        "[...document.querySelectorAll('.alignlab-plot')].map(p => p.dataset.draws).join()"
    )
    page.get_by_role("slider", name=label, exact=False).first.press(key)
    page.wait_for_function(
        f"""[...document.querySelectorAll('.alignlab-plot')].map(p => p.dataset.draws).join()
            !== '{before}'"""
    )
    at_rest(page)


def drag(page: Page, start: float, end: float) -> None:
    """Drag on the first chart from one to another share of its width and height."""
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * start)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, box["y"] + box["height"] * end, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)


def parameters(page: Page) -> dict:
    return {k: v[0] for k, v in parse_qs(urlparse(page.url).query).items()}


def address_is(page: Page, expected: dict) -> None:
    """Wait until the address carries these parameters and no others: it is written last."""
    _wait(page, lambda: parameters(page) == expected)
    assert parameters(page) == expected


def address_has(page: Page, **expected: str) -> None:
    """Wait until the address carries these parameters, and maybe others."""
    _wait(page, lambda: expected.items() <= parameters(page).items())
    assert {name: parameters(page).get(name) for name in expected} == expected


def _wait(page: Page, until: Callable[[], bool]) -> None:
    for _ in range(100):
        if until():
            return
        page.wait_for_timeout(100)


def stop(page: Page) -> None:
    """Press Cancel until it is heard: the page may be drawing itself anew under the press."""
    stopped = page.get_by_text(re.compile(r"Stopped at [\d,]+ of [\d,]+ "))
    for _ in range(6):
        button = page.get_by_role("button", name="Cancel")
        if button.count():
            button.click()
        try:
            expect(stopped).to_be_visible(timeout=4000)
        except AssertionError:
            continue
        return
    expect(stopped).to_be_visible()
