"""What browser tests do with a page of the running app."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Locator, Page, TimeoutError, expect

PATIENCE_MS = 60_000
"""Timeout of every wait, in milliseconds: generous for a busy machine, so only errors hit it."""

FIRST_PICTURE_MS = 120_000
"""Timeout of the first chart, in milliseconds: a fresh server first loads its libraries."""

expect.set_options(timeout=PATIENCE_MS)

PLOT = ".alignlab-plot"

PICTURE = ".alignlab-points-plot"
"""The pictures of points, which are drawn without Plotly."""

RESTART = re.compile("Restart")
"""Name of the button that restarts a job: the icon of "Reset" is called restart_alt."""


def drawn(page: Page, plots: int) -> None:
    """Wait until this many charts and pictures are drawn and the script is idle."""
    first = page.locator(f"{PLOT} .main-svg, {PICTURE} canvas").first
    expect(first).to_be_visible(timeout=FIRST_PICTURE_MS)
    try:
        page.wait_for_function(
            f"document.querySelectorAll('{PLOT}[data-draws], {PICTURE}[data-draws]').length"
            f" >= {plots}",
            timeout=FIRST_PICTURE_MS,
        )
    except TimeoutError as error:
        raise AssertionError(f"not {plots} charts and pictures: {_seen(page)}") from error
    at_rest(page)


def _seen(page: Page) -> str:
    """What a page shows: the state of its script, its charts with their draws, its words."""
    script = page.locator("[data-testid=stApp]").get_attribute("data-test-script-state")
    charts = page.evaluate(
        f"[...document.querySelectorAll('{PLOT}, {PICTURE}')].map("
        "({ ariaLabel, dataset, clientWidth }) => [ariaLabel, dataset.draws, clientWidth])"
    )
    return f"{page.url}, {script}, {charts}, {page.inner_text('body')!r}"


def at_rest(page: Page) -> None:
    """Wait until the script has run and no chart has changed for a moment.

    The page learns of a run that it has requested a little later: to await the effect of a click,
    wait for what the click changes instead.
    """
    before = None
    while before != (before := _draws(page)):
        page.wait_for_function(
            "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        )
        page.wait_for_timeout(300)


def _draws(page: Page) -> str:
    """How often each chart and picture has been drawn."""
    return page.evaluate(
        f"[...document.querySelectorAll('{PLOT}, {PICTURE}')].map(p => p.dataset.draws ?? 0).join()"
    )


def figure_data(page: Page) -> list:
    """The coordinates of every chart's traces and every picture's points, as the browser has them.

    A chart is a list of name, x and y; a picture a list of its name and positions.
    """
    return page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-plot')].map(plot =>
            (plot._fullData ?? []).map(({name, x, y}) => [name, [...(x ?? [])], [...(y ?? [])]])
        ).concat([...document.querySelectorAll('.alignlab-points-plot')].map(({panel}) =>
            [panel.header.name, [...panel.motion.to]]))"""
    )


def same_figures(page: Page, expected: list) -> None:
    """Wait until the charts hold these coordinates."""
    found: list = []

    def same() -> bool:
        found[:] = figure_data(page)
        return found == expected

    until(page, same)
    assert found == expected


def choose(page: Page, option: str) -> None:
    """Click an option of a control: tables may hold the same words, which are not visible."""
    page.get_by_text(option, exact=True).filter(visible=True).first.click()


def press_preset(page: Page, name: str) -> None:
    """Press a preset, which may be folded away, also while the row finds its width."""
    button = page.locator(".alignlab-presets").get_by_text(name, exact=True)
    expect(button).to_be_attached()
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        if not button.is_visible():
            page.locator(".alignlab-more").click()
        with suppress(TimeoutError):
            button.click(timeout=2000)
            return
    raise AssertionError(f"the preset {name} cannot be pressed: {_seen(page)}")


def slide(page: Page, label: str, key: str = "ArrowRight") -> None:
    """Press a key on a slider, and wait for new charts and for the address, written last."""
    before = _draws(page), page.url
    page.get_by_role("slider", name=label, exact=False).first.press(key)
    until(page, lambda: _draws(page) != before[0] and page.url != before[1])
    assert page.url != before[1]
    at_rest(page)


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Window coordinates of a point of the first chart, once the page's layout is stable."""
    page.locator(PLOT).first.scroll_into_view_if_needed()
    before = None
    for _ in range(20):
        found = page.evaluate(
            f"""() => {{ const plot = document.querySelector('{PLOT}'), layout = plot._fullLayout
                const box = plot.querySelector('.nsewdrag').getBoundingClientRect()
                return [box.x + layout.xaxis.d2p({x}), box.y + layout.yaxis.d2p({y})] }}"""
        )
        if found == before:
            break
        before = found
        page.wait_for_timeout(600)
    return tuple(found)


def drag(page: Page, start: float, end: float) -> None:
    """Drag on the first chart between two points, given as shares of its width and height."""
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * start)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, box["y"] + box["height"] * end, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)


def grab(page: Page, slider: Locator, across: float) -> None:
    """Press the pointer on the middle of a slider and move it so many pixels; it stays pressed."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y, steps=5)


def parameters(page: Page) -> dict:
    return {k: v[0] for k, v in parse_qs(urlparse(page.url).query).items()}


def address_is(page: Page, expected: dict) -> None:
    """Wait until the address carries these parameters and no others: it is written last."""
    until(page, lambda: parameters(page) == expected)
    assert parameters(page) == expected


def address_has(page: Page, **expected: str) -> None:
    """Wait until the address carries these parameters, and maybe others."""
    until(page, lambda: expected.items() <= parameters(page).items())
    assert {name: parameters(page).get(name) for name in expected} == expected


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until the condition holds, or until the timeout; the caller asserts it afterwards."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not condition() and time.monotonic() < deadline:
        page.wait_for_timeout(100)


def counted(page: Page, what: str) -> int:
    """The number of problems or steps done according to the progress bar, 0 if it shows none."""
    texts = page.get_by_text(re.compile(rf"[\d,]+ of [\d,]+ {what}")).all_inner_texts()
    numbers = [re.search(rf"([\d,]+) of [\d,]+ {what}", text) for text in texts]
    return max((int(n[1].replace(",", "")) for n in numbers if n), default=0)


def stop(page: Page) -> None:
    """Press Cancel until it takes effect: the page may be redrawn during the press."""
    stopped = page.get_by_text(re.compile(r"Stopped at [\d,]+ of [\d,]+ "))
    button = page.get_by_role("button", name="Cancel")
    for _ in range(6):
        with suppress(TimeoutError):  # the button may be gone if an earlier press takes effect late
            button.click(timeout=4000)
        with suppress(AssertionError):
            expect(stopped).to_be_visible(timeout=4000)
            return
    expect(stopped).to_be_visible()
