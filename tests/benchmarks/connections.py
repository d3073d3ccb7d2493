"""Whether a page over a bad connection shows what was set last, in all its parts.

Seeded acts of a person on every page, through a proxy that delays all that is sent and holds a
tenth of it back; every fourth burst of acts is sent on a dead connection. After each burst, the
controls hold what was set last, and controls, address, words and charts are those of a fresh
browser at that address. Then connections are cut during a drag and a training.
Run: `python -m tests.benchmarks.connections [--bursts 12] [--seed 0] [--pages alignment,phase]`
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass, field

from playwright.sync_api import Locator, expect, sync_playwright
from playwright.sync_api import Page as Tab

from alignlab.ui.catalog import PAGES
from alignlab.ui.controls import Choice, Control, Number, Steps
from alignlab.ui.jobs import GRACE
from alignlab.ui.state import Page
from tests.browser.agreement import differences, settled
from tests.browser.driver import (
    FIRST_PICTURE_MS,
    counted,
    drawn,
    grab,
    parameters,
    press_preset,
    stop,
    until,
)
from tests.load.proxy import Way, way_to
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

DELAY, LATE, HELD = 0.25, 0.1, 1.0
"""Seconds in each direction; share of the chunks that are late, and by how many seconds."""

TO_THINK = 0.35
"""Seconds at least between two acts of a person on different controls."""

UNTOUCHED = {"source", "steps", "activity", "perplexity"}
"""Controls that ask for a file or make work take minutes."""

NEED_A_FILE = {"inspect"}

TRAINING = "compare?methods=perfect_alignment%2Ccontrastive&steps=20000&batch=2048"


@dataclass
class Person:
    """Somebody who acts on one page and knows what was set last.

    values : of all controls, as the acts so far should have left them.
    """

    page: Page
    tab: Tab
    seed: int
    values: dict = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} {self.page.path}")

    def look(self) -> None:
        """Take the values from the address of the settled page."""
        self.values, notes = self.page.read(parameters(self.tab))
        assert not notes, notes
        self.acts = []

    def act(self, presses: bool) -> None:
        """Press a preset, where `presses` allows it, or change a control that is in sight."""
        self.tab.wait_for_timeout(1000 * TO_THINK * (1 + self.random.random()))
        presets = list(self.page.presets)
        if presses and presets and self.random.random() < 0.3:
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
        press_preset(self.tab, preset)

    def _controls(self) -> list[Control]:
        labels = [c.label for c in self.page.controls]
        return [
            c
            for c in self.page.controls
            if isinstance(c, Number | Choice)
            and labels.count(c.label) == 1
            and c.name not in UNTOUCHED
        ]

    def _place(self, control: Control) -> Locator | None:
        """The widget, if it is in sight and can be changed by keys or by a click."""
        side = self.tab.get_by_test_id("stSidebar")
        role = "slider" if isinstance(control, Number) else "radiogroup"
        found = side.get_by_role(role, name=control.label, exact=True)
        return found if found.count() == 1 and found.is_visible() and found.is_enabled() else None

    def _change(self, control: Control, place: Locator) -> None:
        if isinstance(control, Number):
            key = self.random.choice(("ArrowLeft", "ArrowRight"))
            times = self.random.choice((1, 1, 2, 5))
            for _ in range(times):
                place.press(key, delay=20)
            value = self._number(control, place)
            self.acts.append(f"{control.name} {key} {times} times: {value}")
        else:
            marks = place.get_by_role("radio")
            free = [i for i in range(marks.count()) if not marks.nth(i).is_checked()]
            at = self.random.choice(free)
            place.locator("label").nth(at).click()
            value = list(control.options)[at]
            self.acts.append(f"{control.name}: {value}")
        self.values[control.name] = value

    def _number(self, control: Number, place: Locator) -> float:
        text = place.get_attribute("aria-valuetext") or ""
        if isinstance(control, Steps):
            names = {name: value for value, name in control.names.items()}
            return names[text] if text in names else type(control.low)(float(text))
        return type(control.low)(float(place.input_value()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bursts", type=int, default=12, help="of acts on each page")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pages", default="", help="those to visit, separated by commas")
    parser.add_argument("--cuts", default="5,130", help="seconds, separated by commas")
    asked = parser.parse_args()
    pages = [page for page in PAGES if page.presets and page.path not in NEED_A_FILE]
    if asked.pages:
        pages = [page for page in pages if page.path in asked.pages.split(",")]
    failures = []
    with running_app() as app, way_to(app, asked.seed) as way, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        other = browser.new_context().new_page()
        for page in pages:
            tab = browser.new_context().new_page()
            person = Person(page, tab, asked.seed)
            failures += over_a_slow_way(person, other, app, way, asked.bursts)
            tab.context.close()
        for seconds in filter(None, asked.cuts.split(",")):
            tabs = [browser.new_context().new_page() for _ in range(2)]
            failures += cut(*tabs, other, app, way, float(seconds))
            for tab in tabs:
                tab.context.close()
        browser.close()
    print(f"{len(failures)} differ; {way.passed:,} chunks, {way.kept_late:,} of them late")
    for failure in failures:
        print(f"- {failure}")
    sys.exit(bool(failures))


def over_a_slow_way(person: Person, other: Tab, app: str, way: Way, bursts: int) -> list[str]:
    """Act on one page in bursts; what differs after one of them."""
    page, tab = person.page, person.tab
    failures, acts, lost, began = [], 0, 0, time.monotonic()
    come_to(person, way)
    for burst in range(bursts):
        person.look()
        way.slow_down(DELAY, LATE, HELD)
        dead = burst % 4 == 3
        if dead:
            way.fall_asleep()
        for _ in range(1 if dead else person.random.choice((1, 2, 3))):
            person.act(presses=not dead)
        if dead:
            tab.wait_for_timeout(1500)
            way.wake()
            lost += 1
        arrived(tab, way)
        way.slow_down(0, 0, 0)
        acts += len(person.acts)
        found = differences(tab, other, app)
        if parameters(tab) != person.wanted():
            found.append(f"address: {parameters(tab)} instead of {person.wanted()}")
        if found:
            where = f"{page.path}, burst {burst}{' on a dead connection' if dead else ''}"
            failures.append(f"{where}, after {person.acts}: {found}")
            print(f"- {failures[-1]}", flush=True)
            come_to(person, way)
    seconds = time.monotonic() - began
    counts = f"{acts:4} acts, {lost} connections lost, {len(failures)} differ"
    print(f"{page.path:>12} {counts}, {seconds:.0f} s", flush=True)
    return failures


def come_to(person: Person, way: Way) -> None:
    """Open the page of a person, as new."""
    way.slow_down(0, 0, 0)
    person.tab.goto("about:blank")
    person.tab.goto(f"{way.address}/{person.page.path}")
    person.tab.wait_for_selector(".alignlab-presets", timeout=FIRST_PICTURE_MS)
    settled(person.tab)


def arrived(tab: Tab, way: Way) -> None:
    """Wait until the page is settled and nothing is on its way any more."""
    passed = None
    while passed != way.passed or way.under_way:
        passed = way.passed
        settled(tab)
        tab.wait_for_timeout(1000 * DELAY)


def cut(dragged: Tab, training: Tab, other: Tab, app: str, way: Way, seconds: float) -> list[str]:
    """Cut the connection during a drag and during a training; what is wrong afterwards."""
    way.slow_down(0, 0, 0)
    training.goto(f"{way.address}/{TRAINING}")
    until(training, lambda: counted(training, "steps") > 1)
    dragged.goto(f"{way.address}/alignment")
    drawn(dragged, 5)
    grab(dragged, dragged.get_by_role("slider", name="Noise").first, 40)
    before = counted(training, "steps")
    way.go_down()
    dragged.wait_for_timeout(1000 * seconds)
    dragged.mouse.up()
    said = dragged.get_by_role("dialog").all_inner_texts()
    way.come_up()
    for tab in (dragged, training):
        state = "data-test-connection-state"
        expect(tab.get_by_test_id("stApp")).to_have_attribute(state, "CONNECTED")
    dragged.wait_for_timeout(2000)
    settled(dragged)  # the way itself is never at rest while a training is watched
    failures = [f"drag, {seconds:g} s: {told}" for told in differences(dragged, other, app)]
    until(training, lambda: counted(training, "steps") > 1)
    after = counted(training, "steps")
    if seconds < GRACE and after < before:
        failures.append(f"training, {seconds:g} s: at step {after} after step {before}")
    until(training, lambda: counted(training, "steps") > after)
    if counted(training, "steps") <= after:
        failures.append(f"training, {seconds:g} s: does not go on")
    stop(training)
    counts = f"training at step {before} before, {after} after; {len(failures)} differ"
    print(f"cut for {seconds:g} s: {counts}; the browser said {said}", flush=True)
    return failures


if __name__ == "__main__":
    main()
