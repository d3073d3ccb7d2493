"""A person at the app, whose acts follow from a seed: pages, presets, controls, files, tabs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from random import Random
from typing import Any, TypeVar
from urllib.parse import urlencode

from alignlab.files.samples import SAMPLED, sample_file
from alignlab.ui.catalog import HOME, PAGES
from alignlab.ui.state import Page
from tests.load.widgets import Widget

WEIGHTS = {
    "control": 48,
    "preset": 16,
    "menu": 8,
    "link": 5,
    "file": 5,
    "button": 5,
    "select": 4,
    "back": 3,
    "reload": 2,
    "new_tab": 2,
    "lost": 2,
}
"""How often a person does what."""

SOURCES = {
    "alignment": ("Source of the pairs", "Your file"),
    "compare": ("Source of the pairs", "Your file"),
    "diagnose": ("Pairs", "Your files"),
    "inspect": ("Pairs", "Your files"),
}
"""The control of each page that takes files, and its option that asks for them."""

TEXTS = ("", "3, 2, 1", "0.5, 0.25, 0.25", "no number", "<b>bold</b> $x$", "1e400", "5")
"""What is typed into a line of text: lists of numbers, and what is refused."""

REFUSED_FILES = {"empty.csv": b"", "words.csv": b"a,b\nx,y\n", "cut.npz": sample_file("npz")[:300]}
"""Files that a page refuses, by name."""

BESIDE = {"inspect": ("?map=umap",)}
"""Addresses, by page, of what needs a large library and is not among the presets."""

NEAR = 0.5
"""The share of changes of a slider that move it by a step or two, as the arrow keys do."""

T = TypeVar("T")


def tour(pages: Sequence[Page]) -> list[tuple[Page, str]]:
    """Every page as it opens (""), every preset, and what no preset shows ("?" and the query)."""
    return [
        (page, name) for page in pages for name in ("", *page.presets, *BESIDE.get(page.path, ()))
    ]


class Person:
    """One person with one tab, who first takes a part of the tour and then does as they like.

    Of several things to do, a person chooses one of those done least often.

    open_tab : opens a page with a query, as `Client` does.
    part : the presets to be tried first. pages : where the person goes.
    done : how often what was done. doing : the last act in words, also when it fails.
    """

    def __init__(
        self,
        open_tab: Callable[[str, str], Any],
        seed: int,
        part: Sequence[tuple[Page, str]] = (),
        pages: Sequence[Page] = PAGES,
    ) -> None:
        self.random = Random(seed)
        self.done: Counter[Hashable] = Counter()
        self._open_tab = open_tab
        self._part, self._pages = list(part), pages
        self._untried = self.random.sample(list(WEIGHTS), len(WEIGHTS))  # everything once
        self._open(HOME)

    def act(self) -> None:
        """Do one thing."""
        if self._part:
            self._take_tour(*self._part.pop(0))
            return
        (kind,) = self._untried[:1] or self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        del self._untried[:1]
        self.done[kind] += 1
        getattr(self, f"_{kind}")()

    def leave(self) -> None:
        """Close the tab."""
        self.tab.close()

    def begin_anew(self) -> None:
        """Open the home page in a new tab, after trouble or a pause."""
        self.leave()
        self._open(HOME)

    # ---- one method an act ----

    def _take_tour(self, page: Page, preset: str) -> None:
        if preset.startswith("?"):
            self._go(page, preset.removeprefix("?"))
            return
        if not preset or page is not self.page:
            self._go(page)
        if preset:
            self._press(preset)

    def _preset(self) -> None:
        names = [label for label in self.page.presets if label in self.tab.widgets]
        if names:
            self._press(self._rarest(names))
        else:
            self._menu()

    def _control(self) -> None:
        values = {label: value(one, self.random) for label, one in self.tab.widgets.items()}
        labels = [label for label, new in values.items() if new is not None]
        if not labels:
            self._menu()
            return
        label = self._rarest(labels)
        self._say(f"{label} = {values[label]!r}")
        self.tab.set(label, values[label])

    def _button(self) -> None:
        """Another button than a preset: Reset, Train, Cancel, Restart and those of tables."""
        labels = [
            label
            for label, one in self.tab.widgets.items()
            if one.kind == "button" and not one.disabled and label not in self.page.presets
        ]
        if labels:
            self._press(self._rarest(labels))
        else:
            self._menu()

    def _menu(self) -> None:
        self._go(self._rarest(self._pages, "menu"))

    def _link(self) -> None:
        """A link to a preset, sent by somebody: it opens in a new tab, the old one is closed."""
        page = self._rarest(self._pages, "link")
        query = urlencode(page.address(self.random.choice([{}, *page.presets.values()])))
        self.leave()
        self._open(page, query)

    def _file(self) -> None:
        """A small file in one of the formats, or one that is refused."""
        page = self._rarest([page for page in self._pages if page.path in SOURCES], "file")
        label, option = SOURCES[page.path]
        if page is not self.page:
            self._go(page)
        if self.tab.widgets[label].value != option:
            self._say(f"{label} = {option}")
            self.tab.set(label, option)
        contents = dict.fromkeys((f"sample.{ending}" for ending in SAMPLED), b"") | REFUSED_FILES
        name = self._rarest(list(contents), "format")
        content = REFUSED_FILES[name] if name in REFUSED_FILES else sample_file(name.split(".")[1])
        uploader = next(k for k, one in self.tab.widgets.items() if one.kind == "file_uploader")
        self._say(f"upload {name}")
        self.tab.upload(uploader, {name: content})

    def _select(self) -> None:
        """A lasso around a few pairs of a linked picture, or around none."""
        pictures = [name for name, one in self.tab.charts.items() if "marks" in one]
        if not pictures:
            self._control()
            return
        rows = self.random.choice([[], [0, 1, 2], [5]])
        self._say(f"select {rows} in {pictures[0]}")
        self.tab.select(pictures[0], rows)

    def _back(self) -> None:
        self._say("back")
        try:
            self.tab.back()
        except ValueError:  # nothing came before
            self._menu()
        else:
            self._look()

    def _reload(self) -> None:
        self._say("reload")
        self.tab.reload()
        self._look()

    def _new_tab(self) -> None:
        self._say("close")
        self.begin_anew()

    def _lost(self) -> None:
        self._say("lose the connection")
        self.tab.drop()
        self.tab.resume()

    # ---- what they share ----

    def _open(self, page: Page, query: str = "") -> None:
        self.page = page
        self._say(f"open ?{query}")
        self.tab = self._open_tab(_path(page), query)

    def _go(self, page: Page, query: str = "") -> None:
        self.page = page
        self._say(f"visit ?{query}")
        self.tab.visit(_path(page), query)

    def _look(self) -> None:
        """See which page is open."""
        self.page = next(page for page in PAGES if _path(page) == self.tab.page)

    def _press(self, label: str) -> None:
        self._say(f"press {label}")
        self.tab.press(label)

    def _say(self, what: str) -> None:
        self.doing = f"{self.page.path}: {what}"

    def _rarest(self, choices: Sequence[T], what: Hashable = None) -> T:
        """One of those done least often, here or under the name `what`."""
        names = [(what or self.page.path, getattr(one, "path", one)) for one in choices]
        least = min(self.done[name] for name in names)
        place = self.random.choice([i for i, name in enumerate(names) if self.done[name] == least])
        self.done[names[place]] += 1
        return choices[place]


def value(one: Widget, random: Random) -> Any:
    """Another value for a control, as a person chooses one; None for what is no control."""
    if one.disabled:
        return None
    if one.kind == "slider" and isinstance(one.value, float | int):
        assert one.low is not None
        assert one.high is not None
        step = one.step or 1
        if random.random() < NEAR:
            new = one.value + random.choice((-2, -1, 1, 2)) * step
        else:
            new = one.low + step * random.randint(0, round((one.high - one.low) / step))
        return min(max(round(new, 9), one.low), one.high)
    if one.kind == "number_input":
        low = 0 if one.low is None else one.low
        near = (one.value if one.value is not None else low) + (one.step or 1) * random.choice(
            (1, 2)
        )
        return near if one.high is None else min(near, one.high)
    if one.kind in ("multiselect", "button_group") and one.several:
        return random.sample(one.options, random.randint(0, min(3, len(one.options))))
    if one.options:
        return random.choice(one.options)
    if one.kind in ("checkbox", "expandable"):
        return not one.value
    if one.kind == "text_input":
        return random.choice(TEXTS)
    return None


def _path(page: Page) -> str:
    return "" if page is HOME else page.path
