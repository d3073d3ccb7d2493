"""A beside B: what a page shows of a setting that is held and of the next one."""

from urllib.parse import urlencode

import pytest

from alignlab.ui.catalog import PAGES
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from tests.apptest import drawn, open_page, panels, settle, text


@pytest.fixture(autouse=True)
def controls_of_the_browser(monkeypatch):
    """Streamlit's own widgets, which stand in for them elsewhere in the tests, compare nothing."""
    monkeypatch.delenv("ALIGNLAB_CONTROLS")


def halves(app):
    """The charts and pictures of A and of B by name."""
    shown = drawn(app)
    return tuple(
        {name[:-2]: panel for name, panel in shown.items() if name.endswith(f" {letter}")}
        for letter in "AB"
    )


def ends(panel):
    layout = panel["figure"]["layout"]
    return {name: axis.get("range") for name, axis in layout.items() if "axis" in name}


FEWER = {"captions": {"scenes": "600"}, "stereo": {"images": "400"}}
"""Smaller settings of pages whose usual ones take long."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_holds_its_own_setting_beside_itself(page):
    small = FEWER.get(page.path, {})
    held = f"{page.path}?{urlencode(small)}" if small else page.path
    usual = drawn(settle(open_page(page, **small)))
    app = settle(open_page(page, beside=held, **small))
    first, second = halves(app)
    assert set(first) == set(second) == set(usual)
    for name in first:
        if "figure" in usual[name]:
            assert first[name]["figure"]["data"] == second[name]["figure"]["data"]
            assert ends(first[name]) == ends(second[name])


def test_a_link_brings_both_settings_and_their_numbers():
    app = settle(open_page(ALIGNMENT, beside="alignment?noise=0.1&n=500", noise="0.6", n="500"))
    first, second = halves(app)
    alone = panels(settle(open_page(ALIGNMENT, noise="0.1", n="500")))
    for name, panel in first.items():
        assert ends(panel) == ends(second[name])
        assert panel["figure"]["data"] == alone[name]["figure"]["data"]
        assert not panel["linked"]
    name = next(name for name in first if "plain" in name.lower())
    assert first[name]["figure"]["data"] != second[name]["figure"]["data"]
    numbers = next(f.value for f in app.dataframe if list(f.value.columns) == ["A", "B", "B − A"])
    row = numbers.loc["NCMAE · plain · held out"]
    assert row["A"] < row["B"]
    assert row["B − A"] == row["B"] - row["A"]
    assert "differ in Noise σ **0.1** and **0.6**" in app.caption[0].value
    assert text(app).index("**A**") < text(app).index("**B**")


def test_what_a_waits_for_is_done_before_b_is_shown():
    quick = {"seeds": "2", "points": "3", "n": "60"}
    query = "&".join(f"{name}={value}" for name, value in quick.items())
    app = settle(open_page(SWEEPS, beside=f"sweeps?{query}&noise=2", **quick))
    first, second = halves(app)
    assert set(first) == set(second)
    assert all(first[name]["figure"]["data"] != second[name]["figure"]["data"] for name in first)


def test_what_only_one_setting_shows_stands_alone():
    app = settle(open_page(SWEEPS, beside="sweeps?seeds=2&points=3&metrics=cmae,ncmae", seeds="2",
                           points="3", metrics="ncmae,kept_norm"))  # fmt: skip
    first, second = halves(app)
    assert set(first) - set(second) == {"cmae"}
    assert set(second) - set(first) == {"kept_norm"}
    assert "ncmae" in first
    assert "ncmae" in second
    names = [name for name in drawn(app) if name.split()[0] in ("cmae", "kept_norm")]
    assert names == ["cmae A", "kept_norm B"]  # A left of B


def test_a_is_forgotten_on_another_page():
    app = settle(open_page(PHASE, beside="alignment?noise=0.1"))
    assert app.session_state["values"]["beside"] == ""
    assert not any(name.endswith((" A", " B")) for name in drawn(app))


def test_unknown_parameters_of_a_count_for_nothing():
    app = settle(open_page(PHASE, beside="phase?nu=9&other=1&kappa=1"))
    first, second = halves(app)
    assert first
    assert first.keys() == second.keys()
    assert "differ in Signal strength κ **1.0** and **2.0**" in app.caption[0].value
