"""A seeded hand that does what a person may do with the app, and whether all agrees afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode, urlparse

from playwright.sync_api import Page as Tab

from alignlab.ui.catalog import PAGES, SECTIONS
from alignlab.ui.controls import Steps
from alignlab.ui.state import Page
from tests.browser.agreement import settled
from tests.browser.driver import FIRST_PICTURE_MS, parameters, press_preset

VISITED = tuple(page for page in PAGES if page.presets)

UNTOUCHED = ("steps", "activity", "perplexity", "epochs", "folder", "map_steps", "trainings")
"""Controls that make work take minutes, or ask for a file."""

NOT_CHOSEN = ("upload", "paths", "folder", "infonce")
"""Options that do."""

SHOWN = """() => Object.fromEntries(
  [...document.querySelectorAll('.alignlab-control')].map(({ dataset, classList, children }) => {
    const inputs = [...children].flatMap((one) => [...one.querySelectorAll('input, output')])
    const input = [...children].find((one) => one.matches('input, select')) ?? inputs[0]
    const kind = [...classList].at(-1).replace('alignlab-', '')
    const told = ['slider', 'stops'].includes(kind)
      ? inputs.find((one) => one.tagName === 'OUTPUT').value
      : ['choice', 'several'].includes(kind)
        ? inputs.filter(({ checked }) => checked).map(({ value }) => value).join()
        : input.value
    return [dataset.name, { kind, text: told, disabled: 'disabled' in input && input.disabled }]
  }),
)"""
"""What each control shows, by its name."""


@contextmanager
def hogs(count: int) -> Iterator[None]:
    """Processes that keep the processor busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


class Hand:
    """Acts on the pages of a tab; `acts` tells what it has done."""

    def __init__(self, tab: Tab, server: str, seed: int, pages: Sequence[Page] = VISITED) -> None:
        self.tab, self.server, self.pages = tab, server, pages
        self.random = random.Random(seed)
        self.acts: list[str] = []
        self.open(self.random.choice(self.pages))

    @property
    def page(self) -> Page:
        path = urlparse(self.tab.url).path.strip("/")
        return next((page for page in VISITED if page.path == path), VISITED[0])

    def act(self) -> None:
        """One act: sometimes a few presses follow each other before the page has answered."""
        kinds = {
            self.drag: 4, self.keys: 4, self.choose: 4, self.preset: 4, self.go_back: 2,
            self.go_forward: 1, self.switch: 2, self.reload: 1, self.link: 1, self.unfold: 1,
        }  # fmt: skip
        act = self.random.choices(list(kinds), list(kinds.values()))[0]
        told = act()
        self.acts.append(f"{self.page.path}: {act.__name__} {told or ''}")

    def open(self, page: Page, query: str = "") -> None:
        self.tab.goto(f"{self.server}/{page.path}?{query}")
        self.tab.wait_for_selector(".alignlab-presets", timeout=FIRST_PICTURE_MS)

    def drag(self) -> str:
        name = self._one_of("slider", "stops")
        if not name:
            return "nothing"
        slider = self._input(name)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        if not box:
            return "nothing"
        middle = box["y"] + box["height"] / 2
        places = [box["x"] + box["width"] * self.random.random() for _ in range(4)]
        self.tab.mouse.move(places[0], middle)
        self.tab.mouse.down()
        for place in places[1:]:
            self.tab.mouse.move(place, middle, steps=6)
            self.tab.wait_for_timeout(self.random.choice((0, 60, 300)))
        self.tab.mouse.up()
        return name

    def keys(self) -> str:
        name = self._one_of("slider", "stops")
        key = self.random.choice(("ArrowLeft", "ArrowRight", "PageUp", "Home"))
        for _ in range(self.random.choice((1, 2, 5))) if name else ():
            self._input(name).press(key, delay=20)
        return f"{name} {key}"

    def choose(self) -> str:
        name = self._one_of("choice", "several")
        options = self.tab.locator(f".alignlab-control[data-name='{name}'] label")
        values = [option.get_attribute("value") for option in options.locator("input").all()]
        free = [at for at, value in enumerate(values) if value not in NOT_CHOSEN]
        if not free:
            return "nothing"
        at = self.random.choice(free)
        options.nth(at).click()
        return f"{name} {values[at]}"

    def preset(self) -> str:
        """Press presets one after the other; the last one counts."""
        name = ""
        for _ in range(self.random.choice((1, 1, 2, 3))):
            name = self.random.choice([*self.page.presets, "Reset"])
            press_preset(self.tab, name)
            self.tab.wait_for_timeout(self.random.choice((0, 100, 500)))
        return name

    def go_back(self) -> None:
        self._in_history(self.tab.go_back)

    def go_forward(self) -> None:
        self._in_history(self.tab.go_forward)

    def switch(self) -> str:
        """Go to a page by the menu."""
        page = self.random.choice(self.pages)
        section = next(name for name, pages in SECTIONS.items() if page in pages)
        self.tab.get_by_test_id("stTopNavSection").filter(has_text=section).click()
        title = page.short or page.title
        self.tab.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).first.click()
        self.tab.wait_for_url(f"**/{page.path}*")
        return page.path

    def reload(self) -> None:
        self.tab.reload()
        self.tab.wait_for_selector(".alignlab-presets", timeout=FIRST_PICTURE_MS)

    def link(self) -> str:
        page = self.random.choice(self.pages)
        name = self.random.choice(list(page.presets))
        self.open(page, urlencode(page.address(page.presets[name])))
        return name

    def unfold(self) -> None:
        folds = self.tab.locator("[data-testid=stSidebar] summary")
        if folds.count():
            folds.nth(self.random.randrange(folds.count())).click()

    def _in_history(self, go) -> None:
        go(wait_until="commit")
        if not self.tab.url.startswith(self.server) or not urlparse(self.tab.url).path.strip("/"):
            self.open(self.random.choice(self.pages))
        self.tab.wait_for_selector(".alignlab-presets", timeout=FIRST_PICTURE_MS)

    def _one_of(self, *kinds: str) -> str:
        shown = self.tab.evaluate(SHOWN)
        names = [
            name
            for name, one in shown.items()
            if one["kind"] in kinds and not one["disabled"] and name not in UNTOUCHED
            and self._input(name).is_visible()
        ]  # fmt: skip
        return self.random.choice(names) if names else ""

    def _input(self, name: str):
        return self.tab.locator(f".alignlab-control[data-name='{name}'] :is(input, select)").first


def disagreements(hand: Hand) -> list[str]:
    """What of the settled page is another setting than its address: controls, marked preset."""
    tab = settled(hand.tab)
    page, query = hand.page, parameters(tab)
    values, notes = page.read(query)
    wrong = [f"address: {note}" for note in notes]
    if page.address(values) != query:
        wrong.append(f"address: {query} instead of {page.address(values)}")
    known = {control.name: control for control in page.controls}
    for name, one in tab.evaluate(SHOWN).items():
        control, text = known[name], one["text"]
        if isinstance(control, Steps):
            names = {label: control.format(value) for value, label in control.names.items()}
            text = names.get(text, text)
        if control.typed(text) != values[name]:
            wrong.append(f"{name} shows {text!r}, the address says {values[name]!r}")
    marked = tab.locator(".alignlab-presets [aria-pressed=true]").all_inner_texts()
    fitting = [name for name, of in page.presets.items() if page.address(of) == query]
    if marked != fitting[:1]:
        wrong.append(f"preset {marked} is marked instead of {fitting[:1]}")
    return wrong
