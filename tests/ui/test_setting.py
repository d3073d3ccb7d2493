"""The setting of a page: changes are heard once, in order, each as a whole."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.ui import panel, setting
from alignlab.ui.catalog import PAGES
from alignlab.ui.controls import Choice, Count, Number, Several, Steps, Text
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.synthetic import NOISE, WEIGHTS, K, N

CONTROLS = ALIGNMENT.controls


@pytest.fixture(autouse=True)
def session(monkeypatch):
    state = {"page": "alignment", "connection": "c", "controls": CONTROLS}
    monkeypatch.setattr(setting.st, "session_state", state)
    setting.put_all(CONTROLS, {})
    return state


def told(number: int, whole: bool = False, **values: str) -> dict:
    return {"number": number, "values": values, "whole": whole, "moving": False}


def held() -> dict:
    """What differs from the defaults."""
    return {
        c.name: setting.store()[c.name] for c in CONTROLS if setting.store()[c.name] != c.default
    }


def test_a_change_is_heard_once_however_often_it_is_told():
    setting.hear(CONTROLS, [told(1, noise="0.5")])
    setting.put(NOISE, 0.7)
    setting.hear(CONTROLS, [told(1, noise="0.5"), told(2, k="3")])
    assert held() == {"noise": 0.7, "k": 3}
    assert setting.heard() == 2


def test_the_rest_of_a_page_waits_once_after_a_change_and_longer_while_a_slider_moves(monkeypatch):
    waits = []
    monkeypatch.setattr(setting.time, "sleep", waits.append)
    monkeypatch.setattr(setting.time, "monotonic", lambda: sum(waits))
    setting.pause()  # after no change
    assert waits == []
    for moving, seconds in ((True, setting.PAUSE_WHILE_MOVING), (False, setting.PAUSE)):
        waits.clear()
        setting.hear(CONTROLS, [told(setting.heard() + 1, noise="0.5") | {"moving": moving}])
        assert setting.moving() == moving
        setting.pause()
        setting.pause()  # after further charts
        assert sum(waits) == pytest.approx(seconds)
        assert not setting.moving()


def test_a_preset_replaces_the_whole_setting_and_later_changes_come_on_top(session):
    setting.hear(CONTROLS, [told(1, noise="0.5"), told(2, whole=True, d1="32"), told(3, k="3")])
    assert held() == {"d1": 32, "k": 3}
    session["selection"] = (1, 2)
    setting.hear(CONTROLS, [told(4, whole=True)])
    assert (held(), session["selection"]) == ({}, ())


def test_a_value_that_the_control_cannot_take_changes_nothing():
    setting.hear(CONTROLS, [told(1, noise="nan", k="0", n="many", latent="cube", nobody="1")])
    assert held() == {}
    assert setting.heard() == 1


def test_a_text_is_kept_as_typed_so_that_the_page_can_say_what_is_wrong_with_it():
    setting.hear(CONTROLS, [told(1, weights="0.5, what")])
    assert held() == {"weights": "0.5, what"}


def test_an_address_is_read_with_a_note_for_what_is_ignored(session):
    setting.hear(CONTROLS, [told(1, whole=True, noise="nan", k="3")])
    assert held() == {"k": 3}
    assert "noise" in session["notes"][0]
    setting.hear(CONTROLS, [told(2, k="4")])
    assert session["notes"] == []


def test_what_follows_a_change_by_hand_does_not_follow_a_preset():
    calls = []
    setting.after_change(K, lambda: calls.append(setting.store()["k"]))
    setting.hear(CONTROLS, [told(1, k="3"), told(2, whole=True, k="4"), told(3, n="100")])
    assert calls == [3]
    setting.forget_hooks()
    setting.hear(CONTROLS, [told(4, k="5")])
    assert calls == [3]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1), min_size=1))
def test_changes_told_again_and_in_part_end_at_the_last_one(batches):
    """A browser tells all that was not heard, maybe twice, and a run may hear any of it."""
    setting.st.session_state.pop("heard", None)
    number = 0
    for batch in batches:
        changes = [told(number + at + 1, k=str(k + 1)) for at, k in enumerate(batch)]
        setting.hear(CONTROLS, changes[: len(changes) // 2])
        setting.hear(CONTROLS, changes)
        setting.hear(CONTROLS, changes)
        number += len(batch)
    assert setting.store()["k"] == batches[-1][-1] + 1


# --- What the browser is told ---


@pytest.fixture
def mounted(monkeypatch):
    """Data of the component's parts, by key."""
    found = {}

    def mount(key, data, **_):
        found[key] = json.loads(json.dumps(data))
        return SimpleNamespace(failed="")

    monkeypatch.setattr(panel, "_panel", mount)
    monkeypatch.delenv("ALIGNLAB_CONTROLS", raising=False)
    return found


@pytest.mark.parametrize("page", [p for p in PAGES if p.controls], ids=lambda page: page.path)
def test_every_control_can_be_drawn_and_set_in_the_browser(page, mounted, session):
    session["controls"] = page.controls
    setting.put_all(page.controls, {})
    script = (Path(panel.__file__).parent / "desk" / "inputs.js").read_text()
    kinds = re.search(r"const INPUTS = \{(.*?)\}", script, re.S)[1]
    for control in page.controls:
        more = {"options": {"": "Automatic"}} if type(control).__name__ == "Named" else {}
        panel.widget(control, **more)
        (shown,) = mounted[f"panel {control.name}"]["controls"]
        assert f"{shown['kind']}:" in kinds
        assert shown["value"] == shown["default"] == control.format(control.default)
        for text, label in shown.get("options", ()):
            assert control.typed(text) is not None
            assert label
        if isinstance(control, Number) and not isinstance(control, Steps | Count):
            assert shown["low"] <= float(shown["value"]) <= shown["high"]


def test_a_value_between_the_stops_or_beyond_the_slider_is_shown(mounted):
    setting.put(N, 777)
    setting.put(NOISE, 50.0)
    panel.widgets(N, NOISE)
    stops, slider = mounted["panel n"]["controls"]
    assert ["777", "777"] in stops["options"]
    assert [float(text) for text, _ in stops["options"]] == sorted(
        float(text) for text, _ in stops["options"]
    )
    assert slider["high"] == 50.0


def test_each_part_says_what_it_was_drawn_from(mounted):
    setting.hear(CONTROLS, [told(7, k="3")])
    panel.widgets(K)
    panel.presets({"Wide": {"d1": "32"}}, None, {})
    panel.publish({"k": "3"}, 1, True)
    assert {part["heard"] for part in mounted.values()} == {7}
    assert mounted["panel address"]["address"] == "k=3"


def test_a_control_may_be_disabled_and_do_more_when_it_is_changed(mounted):
    calls = []
    panel.widget(WEIGHTS, disabled=True, placeholder="as above", on_change=lambda: calls.append(1))
    (shown,) = mounted["panel weights"]["controls"]
    assert (shown["disabled"], shown["placeholder"]) == (True, "as above")
    setting.hear(CONTROLS, [told(1, weights="1, 2")])
    assert calls == [1]


def test_the_kinds_of_controls_are_told_apart():
    one = {"name": "a", "label": "A"}
    kinds = {
        "slider": Number(**one, default=1, low=0, high=2),
        "number": Count(**one, default=None, low=0, high=2),
        "stops": Steps(**one, default=1, low=0, high=2, stops=(0, 1, 2)),
        "choice": Choice(**one, default="x", options={"x": "X"}),
        "several": Several(**one, default=(), options={"x": "X"}),
        "text": Text(**one, default="", read=str),
    }
    for kind, control in kinds.items():
        assert control.shown(control.default)["kind"] == kind
