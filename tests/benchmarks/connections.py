"""Whether a page over a bad connection shows what was set last, in all its parts.

Seeded acts of a person on every page, through a proxy that delays all that is sent and holds a
tenth of it back. After each burst of acts the controls hold what was set last, and controls,
address, words and charts are those of a fresh browser at that address. Then connections are cut and
lost during a drag, a training, and longer than a session lasts.
Run: `python -m tests.benchmarks.connections [--bursts 10] [--seed 0] [--pages alignment,phase]`
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass, field

from playwright.sync_api import Locator, sync_playwright
from playwright.sync_api import Page as Tab

from alignlab.ui.catalog import SECTIONS
from alignlab.ui.controls import Choice, Control, Number, Several, Steps
from alignlab.ui.state import Page
from tests.browser.agreement import differences, settled
from tests.browser.driver import parameters
from tests.load.proxy import Way, way_to
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

DELAY, LATE, HELD = 0.25, 0.1, 1.0
"""Seconds in each direction; share of the chunks that are late, and by how many seconds."""

TO_THINK = 0.35
"""Seconds at least between two acts of a person on different controls."""

UNTOUCHED = {"source", "steps", "activity", "perplexity"}
"""Controls that ask for a file or make work take minutes."""


@dataclass
class Person:
    """Somebody who acts on one page and knows what was set last.

    values : of all controls, as the acts so far should have left them.
    """

    page: Page
    tab: Tab
    random: random.Random
    values: dict = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Take the values from the address of the settled page."""
        self.values, notes = self.page.read(parameters(self.tab))
        assert not notes, notes
        self.acts = []

    def act(self) -> None:
        """Press a preset, or change a control that is in sight."""
        self.tab.wait_for_timeout(1000 * TO_THINK * (1 + self.random.random()))
        presets = [name for name in self.page.presets if name not in SLOW_PRESETS]
        if presets and self.random.random() < 0.3:
            return self._press(self.random.choice(presets))
        touchable = [(c, place) for c in self._controls() if (place := self._place(c)) is not None]
        if touchable:
            self._change(*self.random.choice(touchable))

    def wanted(self) -> dict[str, str]:
        """The address that the values stand for."""
        return self.page.address(self.values)

    def _press(self, preset: str) -> None:
        self.acts.append(f"preset {preset}")
        self.values = {c.name: c.default for c in self.page.controls} | self.page.presets[preset]
        self.tab.get_by_role("button", name=preset, exact=True).click()

    def _controls(self) -> list[Control]:
        labels = [c.label for c in self.page.controls]
        kinds = (Number, Choice, Several)
        return [
            c
            for c in self.page.controls
            if isinstance(c, kinds) and labels.count(c.label) == 1 and c.name not in UNTOUCHED
        ]

    def _place(self, control: Control) -> Locator | None:
        """The widget, if it is in sight and can be changed by keys or by a click."""
        side = self.tab.get_by_test_id("stSidebar")
        if isinstance(control, Number):
            found = side.get_by_role("slider", name=control.label, exact=True)
        else:
            found = side.get_by_role("radiogroup", name=control.label, exact=True)
        return found if found.count() == 1 and found.is_visible() and found.is_enabled() else None

    def _change(self, control: Control, place: Locator) -> None:
        if isinstance(control, Number):
            key = self.random.choice(("ArrowLeft", "ArrowRight"))
            times = self.random.choice((1, 1, 2, 5))
            for _ in range(times):
                place.press(key, delay=20)
            text = place.get_attribute("aria-valuetext") or ""
            stop = int(float(place.input_value()))
            value = self._number(control, place.input_value(), text, stop)
            self.acts.append(f"{control.name} {key} {times} times: {value}")
        else:
            value = self.random.choice(list(control.options))
            place.get_by_text(control.options[value], exact=True).click()
            self.acts.append(f"{control.name}: {value}")
        self.values[control.name] = value

    def _number(self, control: Number, shown: str, text: str, stop: int):
        if isinstance(control, Steps):
            names = {name: value for value, name in control.names.items()}
            return names.get(text, type(control.low)(float(text)) if text not in names else stop)
        return type(control.low)(float(shown))


SLOW_PRESETS: set[str] = set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bursts", type=int, default=10, help="on each page")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pages", default="")
    asked = parser.parse_args()
    pages = [page for section in SECTIONS.values() for page in section if page.controls]
    if asked.pages:
        pages = [page for page in pages if page.path in asked.pages.split(",")]
    failures = []
    with running_app() as app, way_to(app, asked.seed) as way, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        other = browser.new_context().new_page()
        for page in pages:
            failures += visited(page, browser.new_context().new_page(), other, app, way, asked)
        browser.close()
    sys.exit(bool(failures))


def visited(page: Page, tab: Tab, other: Tab, app: str, way: Way, asked) -> list[str]:
    """Act on one page; what did not agree."""
    failures, acts, began = [], 0, time.monotonic()
    way.slow_down(0, 0, 0)
    tab.goto(f"{way.address}/{page.path}")
    tab.wait_for_selector(".st-key-presets, .alignlab-plot[data-draws]", timeout=120_000)
    settled(tab)
    person = Person(page, tab, random.Random(f"{asked.seed} {page.path}"))
    for burst in range(asked.bursts):
        person.look()
        way.slow_down(DELAY, LATE, HELD)
        for _ in range(person.random.choice((1, 2, 3))):
            person.act()
        arrived(tab, way)
        way.slow_down(0, 0, 0)
        acts += len(person.acts)
        found = differences(tab, other, app)
        if parameters(tab) != person.wanted():
            found.append(f"address: {parameters(tab)} instead of {person.wanted()}")
        if found:
            failures.append(f"{page.path} burst {burst} after {person.acts}: {found}")
            print("  ", failures[-1], flush=True)
            tab.goto(f"{way.address}/{page.path}")
            settled(tab)
    tab.context.close()
    seconds = time.monotonic() - began
    print(f"{page.path:>12} {acts:4} acts, {len(failures)} differ, {seconds:.0f} s", flush=True)
    return failures


def arrived(tab: Tab, way: Way) -> None:
    """Wait until the page is settled and nothing is on its way any more."""
    passed = None
    while passed != way.passed or way.under_way:
        passed = way.passed
        settled(tab)


if __name__ == "__main__":
    main()
