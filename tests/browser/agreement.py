"""Whether all that a page shows is one setting: its controls, its address, its words, its charts.

What a page should show is what its address opens in a browser that nothing slows down.
"""

import re
from urllib.parse import urlparse

from playwright.sync_api import Page, TimeoutError

from tests.browser.driver import FIRST_PICTURE_MS, at_rest, drawn, figure_data, parameters

SHOWN = """() => {
  const all = (where) => [...document.querySelectorAll(where)]
  const control = (node) => [
    node.closest('[data-name]')?.dataset.name ?? node.ariaLabel ?? node.innerText,
    node.ariaValueText, node.value || null, node.checked ?? null, node.disabled, node.ariaPressed,
  ]
  const words = '[data-testid=stMarkdownContainer], figcaption, [data-testid=stAlert]'
  return {
    controls: all('[data-testid=stSidebar] :is(input, textarea, select, button)')
      .filter((node) => !node.closest('details')).map(control),
    presets: all('.alignlab-presets button').map(control),
    words: all(`[data-testid=stMain] :is(${words})`).map((node) => node.innerText),
  }
}"""
"""State of the controls that are not folded away, the preset that is marked, and all text."""

WORK_MS = 600_000
"""Milliseconds that the work of a page may take on a busy machine."""

AT_REST = """() => document.querySelector('[data-testid=stApp]').dataset.testConnectionState
  === 'CONNECTED' && !document.querySelector(
    '[data-testid=stProgress], [data-stale=true], :root[data-alignlab-waiting]')"""

WHY = """() => JSON.stringify([
  location.href, document.querySelector('[data-testid=stApp]').dataset.testConnectionState,
  document.querySelector('[data-testid=stProgress]')?.innerText,
  document.querySelectorAll('[data-stale=true]').length, window.alignlabDesk?.changes,
  window.alignlabDesk?.now, window.alignlabDesk?.held, window.alignlabDesk?.next,
])"""
"""What keeps a page from coming to rest."""

TAKEN = re.compile(r"[\d.,]+ s\b|about [\d.,]+")
"""Measured times, which are no part of a setting."""


def settled(page: Page) -> Page:
    """Wait until the page is connected, its script idle, its work finished, its charts at rest."""
    while True:
        try:
            page.wait_for_function(AT_REST, timeout=WORK_MS)
        except TimeoutError as error:
            raise AssertionError(f"never at rest: {page.evaluate(WHY)}") from error
        before = shown(page)
        page.wait_for_timeout(300)
        at_rest(page)
        if shown(page) == before:
            return page


def shown(page: Page) -> dict:
    """What the page shows, by kind."""
    told = page.evaluate(SHOWN)
    told["words"] = [TAKEN.sub("…", text) for text in told["words"]]
    told["address"] = [urlparse(page.url).path, parameters(page)]
    told["charts"] = figure_data(page)
    return told


def differences(page: Page, other: Page, server: str) -> list[str]:
    """What a page shows otherwise than its address does when `other` opens it from the server."""
    here = shown(page)
    found = urlparse(page.url)
    other.goto(f"{server}{found.path}?{found.query}")
    if here["charts"]:
        drawn(other, len(here["charts"]))
    other.wait_for_selector(".alignlab-presets", timeout=FIRST_PICTURE_MS)
    there = shown(settled(other))
    return [told for kind in here for told in _differences(kind, here[kind], there[kind])]


def _differences(kind: str, here: list, there: list) -> list[str]:
    if here == there:
        return []
    pairs = [(a, b) for a, b in zip(here, there, strict=False) if a != b]
    if kind == "charts":
        return [f"charts: {len(pairs)} of {len(here)} differ ({len(there)} expected)"]
    return [f"{kind}: {a} instead of {b}" for a, b in pairs[:4]] or [
        f"{kind}: {len(here)} instead of {len(there)}"
    ]
