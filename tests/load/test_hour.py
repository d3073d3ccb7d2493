from collections import Counter
from random import Random

import pytest

from alignlab.ui.catalog import HOME, PAGES
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from tests.load import acts
from tests.load.acts import WEIGHTS, Person, tour, value
from tests.load.server import started
from tests.load.walk import Reading, Walk, broken, unexpected
from tests.load.widgets import Widget

MB = 2**20


@pytest.fixture(scope="module")
def walked():
    """A short walk of one person over pages that need no large library: every kind of act once."""
    with started() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(acts, "SAMPLED", ("csv", "npz"))
        patch.setattr(acts, "REFUSED_FILES", {})
        pages = (HOME, ALIGNMENT)
        number = len(tour(pages)) + len(WEIGHTS)
        walk = Walk(server, persons=1, acts=number, seed=1, pages=pages)
        walk.run(every=1.0)
        assert len(walk.times) == number
        yield walk


def test_a_short_walk_meets_no_error(walked):
    assert walked.errors == []


def test_the_server_says_nothing_but_that_it_has_started(walked):
    log = walked.server.log()
    assert unexpected(log) == []
    assert log.count(walked.server.address) == 1


def test_nothing_of_a_walk_stays_in_the_folder_for_temporary_files(walked):
    assert walked.server.temporary() == []


def some(kind, label, value, **more):
    return Widget(kind=kind, field="", id=label, label=label, value=value, **more)


class Tab:
    """A tab that does nothing: all presets of a page, a slider and an uploader are on it."""

    def __init__(self, page, query):
        self.page, self.acts, self.charts = page, [], {}

    @property
    def widgets(self):
        here = next(page for page in PAGES if page.path == (self.page or "home"))
        buttons = {name: some("button", name, None) for name in here.presets}
        slider = some("slider", "Noise", 0.5, low=0.0, high=1.0, step=0.1)
        source = some("button_group", "source", "Your file", options=("Your file", "Digits"))
        asked = dict.fromkeys(("Source of the pairs", "Pairs"), source)
        return buttons | asked | {"Noise": slider, "A file": some("file_uploader", "A file", None)}

    def visit(self, page, query):
        self.page = page
        self.acts.append(("visit", page))

    def back(self):
        raise ValueError("there is no page before this one")

    def __getattr__(self, name):
        return lambda *arguments: self.acts.append((name, *arguments))


def some_person(seed, part=()):
    tabs = []

    def open_tab(page, query):
        tabs.append(Tab(page, query))
        return tabs[-1]

    return Person(open_tab, seed, part), tabs


def test_the_tour_presses_every_preset_of_every_page():
    person, (tab,) = some_person(0, tour(PAGES))
    for _ in tour(PAGES):
        person.act()
    pressed = Counter(name for what, name in tab.acts if what == "press")
    assert pressed == Counter(name for page in PAGES for name in page.presets)
    assert {page for what, page in tab.acts if what == "visit"} == {
        "" if page is HOME else page.path for page in PAGES
    }


def test_a_seed_gives_the_same_acts_again_and_every_kind_of_them(monkeypatch):
    monkeypatch.setattr(acts, "sample_file", lambda ending: b"")
    walks = []
    for seed in (3, 3, 4):
        person, _ = some_person(seed)
        walks.append([])
        for _ in range(400):
            person.act()
            walks[-1].append(person.doing)
    assert walks[0] == walks[1] != walks[2]
    assert all(person.done[kind] for kind in WEIGHTS)


@pytest.mark.parametrize(
    "one",
    [
        some("slider", "whole", 5, low=2, high=9, step=1, whole=True),
        some("slider", "real", 0.3, low=0.0, high=0.95, step=0.05),
        some("number_input", "number", None, low=0, high=3, step=1),
        some("selectbox", "menu", "a", options=("a", "b")),
        some("button_group", "several", ["a"], options=("a", "b"), several=True),
        some("text_input", "line", "1, 2"),
        some("expandable", "folded", False),
    ],
    ids=lambda one: one.label,
)
def test_a_person_sets_a_control_to_several_of_the_values_it_may_have(one):
    values = [value(one, Random(seed)) for seed in range(40)]
    assert any(new != one.value for new in values)
    if one.low is not None:
        assert min(values) >= one.low
        assert max(values) <= one.high
        assert all(abs(new / one.step - round(new / one.step)) < 1e-6 for new in values)
    elif one.options:
        assert all(set(new if one.several else [new]) <= set(one.options) for new in values)


def test_what_is_disabled_or_pressed_is_no_control():
    off = some("slider", "", 1, low=0, high=2, step=1, disabled=True)
    assert value(off, Random(0)) is None
    assert value(some("button", "", None), Random(0)) is None


def hour(**growing):
    """An hour of readings that stand still, but those that grow by so much a minute."""
    start = {"memory": 500 * MB, "files": 40, "threads": 12, "temporary": 0, "log": 0}
    return [
        Reading(
            seconds=60.0 * minute,
            acts=60 * minute,
            errors=0,
            **{name: held + growing.get(name, 0) * minute for name, held in start.items()},
        )
        for minute in range(61)
    ]


def test_what_stands_still_is_within_the_bounds():
    assert broken(hour()) == []
    assert broken(hour(memory=0.5 * MB)) == []  # 5 % in an hour


@pytest.mark.parametrize(
    ("name", "a_minute"),
    [("memory", 1.5 * MB), ("files", 1), ("threads", 1), ("temporary", 1), ("log", 1)],
)
def test_what_grows_is_named(name, a_minute):
    (line,) = broken(hour(**{name: a_minute}))
    assert line.startswith(name)


def test_growth_before_everything_was_used_once_is_none():
    readings = hour()
    readings[:5] = [Reading(**{**vars(one), "memory": 200 * MB}) for one in readings[:5]]
    assert broken(readings) == []


def test_the_log_of_a_start_is_expected_and_a_warning_is_not():
    start = """
  You can now view your Streamlit app in your browser.

  URL: http://127.0.0.1:8501
"""
    assert unexpected(start) == []
    assert unexpected(start + "UserWarning: something\n") == ["UserWarning: something"]
