"""Parameters of the address that belong to no page."""

import pytest

from alignlab.ui import companions, setting
from alignlab.ui.catalog import HOME, PAGES
from alignlab.ui.companions import Companion, accompanied, accompany, companion_controls
from alignlab.ui.controls import Number, Text
from alignlab.ui.lessons.player import LESSONS
from alignlab.ui.presenter import PRESENTER

SIZE = Number(name="size", label="Size", default=1, low=1, high=3)
NOTES = Text(name="told", label="Notes", default="", read=str)


@pytest.fixture
def held(monkeypatch):
    """The values of the session, with two companions and no others."""
    values = {}
    monkeypatch.setattr(companions, "_COMPANIONS", {})
    monkeypatch.setattr(companions, "store", lambda: values)
    drawn = []
    accompany(Companion(name="presenter", controls=(SIZE,), draw=drawn.append))
    accompany(Companion(name="notes", controls=(NOTES,)))
    accompany(Companion(name="notes", controls=()))  # as in the next run of the router
    companions.draw_companions("phase")
    assert drawn == ["phase"]
    return values


def test_only_what_is_not_at_its_default_is_in_the_address(held):
    assert companion_controls() == (SIZE, NOTES)
    assert accompanied({"nu": "0.3"}) == {"nu": "0.3"}
    held.update(size=2, told="here")
    assert accompanied({"nu": "0.3"}) == {"size": "2", "told": "here", "nu": "0.3"}
    assert accompanied({}, but="notes") == {"size": "2"}


def test_a_page_may_replace_what_a_companion_holds(held):
    held.update(size=2)
    assert accompanied({"size": "3"}) == {"size": "3"}
    assert setting.read(companion_controls(), {"size": "9"})[1]


def test_no_control_of_a_page_has_the_name_of_a_companions():
    companions = [control.name for one in (LESSONS, PRESENTER) for control in one.controls]
    for page in (HOME, *PAGES):
        names = [control.name for control in page.controls] + companions
        assert sorted(set(names)) == sorted(names), page.path
