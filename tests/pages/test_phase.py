"""The phase diagram, its samples, and the linear experiments, without a browser."""

import io
import itertools
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
import streamlit as st

import alignlab as al
import alignlab.ui.parts.phase
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.spiked.infonce import Trainings, TrainingSweep
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.phase import PARAMETERS
from alignlab.spiked.recovery import SpikedStudy
from alignlab.spiked.theory import REGIMES
from alignlab.ui import chart
from alignlab.ui.parts import phase
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.ui.parts.phase import moved
from alignlab.ui.parts.recovery import PAGE as RECOVERY_PAGE
from alignlab.ui.parts.samples import PAGE as SAMPLES
from alignlab.ui.parts.spiked import at
from alignlab.ui.plain import as_written
from alignlab.words.numbers import number
from tests.apptest import address, open_page, panels, settle, text, validate_figures
from tests.packs import all_reproduce
from tests.pages.test_sweeps import decoded, preset

FIGURE_2A = al.SpikedSpec(
    d=20, k=5, kappa=2.0, nu=0.5, gamma_x=1.0, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=5.0
)


def changed(spec: al.SpikedSpec, **fields) -> al.SpikedSpec:
    return al.SpikedSpec(**{**spec.__dict__, **fields})


FIGURE_3 = changed(FIGURE_2A, k=3, kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_tilde_y=50.0)
E3 = changed(FIGURE_3, kappa=(3.0, 2.5, 2.0), gamma_y=0.5, gamma_tilde_y=1.0)

PHASE_SPECS = {
    "Figure 2a": FIGURE_2A,
    "Figure 2b": changed(FIGURE_2A, gamma_tilde_y=0.05),
    "Variance trap": changed(FIGURE_2A, gamma_tilde_y=0.05, kappa=1.5, nu=0.4),
    "Figure 3's setting": FIGURE_3,
    "Unequal strengths": changed(FIGURE_2A, k=5, kappa=tuple(3 * 0.6**i for i in range(5)), nu=0.4),
    "Predict x from y": FIGURE_2A,
    "Complementary views": changed(FIGURE_2A, kappa=0.4, nu=0.8),
    "Nuisance against nuisance": FIGURE_2A,
}
"""The specs of the phase diagram's presets, written out."""

REGIME_WORDS = {
    "Figure 2a": "**Both.**", "Figure 2b": "**Both.**", "Variance trap": "**Both.**",
    "Figure 3's setting": "**CA only.**", "Unequal strengths": "**Neither.**",
    "Predict x from y": "**Both.**", "Complementary views": "**Neither.**",
    "Nuisance against nuisance": "**Both.**",
}  # fmt: skip

LABELS = {"ca": "CA", "cp": "CP (x → y)", "cp_reverse": "CP reversed (y → x)"}
BORDERS = {"ca": "Δ CA = 1", "cp": "Δ CP = 1", "cp_reverse": "Δ CP reversed = 1"}


def closed_form(objective: str, kappa, spec: al.SpikedSpec) -> np.ndarray:
    """The border in nu according to Figure 2, for the weakest signal kappa."""
    s = np.asarray(kappa, dtype=float) ** 2
    below = {
        "ca": (s + spec.gamma_x) * (s + spec.gamma_y),
        "cp": (s + spec.gamma_x) * spec.gamma_tilde_y,
        "cp_reverse": (s + spec.gamma_y) * spec.gamma_tilde_x,
    }[objective]
    return s / np.sqrt(below)


def open_preset(page, name, **more):
    values = preset(page, name) | more
    return settle(open_page(page, **page.address(values)))


def traces(panel) -> dict:
    """The traces of a chart by name, x and y as arrays."""
    return {
        trace.get("name", ""): {axis: decoded(trace[axis]) for axis in "xy" if axis in trace}
        for trace in panel["figure"]["data"]
    }


def uprights(panel) -> list[float]:
    """Positions of the vertical dotted lines."""
    shapes = panel["figure"]["layout"]["shapes"]
    return [shape["x0"] for shape in shapes if shape["x0"] == shape["x1"]]


# The phase diagram


@pytest.mark.parametrize("name", [n for n in PHASE_SPECS if n != "Nuisance against nuisance"])
def test_the_borders_of_every_preset_are_the_closed_forms(name):
    spec = PHASE_SPECS[name]
    kappas = np.atleast_1d(spec.kappa)
    weakest = kappas.min() / kappas.max()
    panel = panels(open_preset(PHASE, name))["phase diagram"]
    drawn = traces(panel)
    for objective, label in BORDERS.items():
        x, y = drawn[label]["x"], drawn[label]["y"]
        assert (x[0], x[-1]) == (0, 3)
        exact = np.clip(closed_form(objective, weakest * x, spec), 0, 1)
        shown = np.isfinite(y)
        assert shown.sum() > 10
        np.testing.assert_allclose(y[shown], exact[shown], atol=2e-6)
        # only segments along an edge of the plane are left out
        left_out = exact[~shown]
        np.testing.assert_allclose(left_out, np.round(left_out), atol=2e-6)
    x = drawn["Both"]["x"][: len(drawn["Both"]["x"]) // 2]
    prediction = "cp_reverse" if name == "Predict x from y" else "cp"
    ca, cp = (np.clip(closed_form(which, weakest * x, spec), 0, 1) for which in ("ca", prediction))
    zero, one = np.zeros_like(x), np.ones_like(x)
    edges = {
        "Both": (zero, np.minimum(ca, cp)), "CA only": (cp, np.maximum(ca, cp)),
        "CP only": (ca, np.maximum(ca, cp)), "Neither": (np.maximum(ca, cp), one),
    }  # fmt: skip
    for regime, (low, high) in edges.items():
        y = drawn[regime]["y"]
        np.testing.assert_allclose(y[: len(x)], low, atol=2e-6)
        np.testing.assert_allclose(y[len(x) :][::-1], high, atol=2e-6)


def test_nuisance_against_nuisance_has_straight_borders():
    drawn = traces(panels(open_preset(PHASE, "Nuisance against nuisance"))["phase diagram"])
    found = al.separation_ratios(FIGURE_2A)
    assert np.isnan(drawn["Δ CA = 1"]["y"]).all()  # CA does not depend on the variances
    y = drawn["Δ CP = 1"]["y"]
    np.testing.assert_allclose(y, (found.tau[0] / 0.5) ** 2, rtol=1e-6)
    x = drawn["Δ CP reversed = 1"]["x"][np.isfinite(drawn["Δ CP reversed = 1"]["y"])]
    np.testing.assert_allclose(x, (found.tau_reverse[0] / 0.5) ** 2, rtol=1e-6)


@pytest.mark.parametrize("name", PHASE_SPECS)
def test_the_operating_point_of_every_preset(name):
    spec, values = PHASE_SPECS[name], preset(PHASE, name)
    found = al.separation_ratios(spec)
    app = open_preset(PHASE, name)
    said, shown = text(app), panels(app)
    assert REGIME_WORDS[name] in said
    if name != "Predict x from y":
        assert f"**{found.regime}.**" in said
    for objective, label in LABELS.items():
        line = next(line for line in said.splitlines() if line.startswith(f"- **{label}**"))
        delta = getattr(found, objective)
        assert f"(Δ = {number(delta)})" in line
        assert ("recovers:" if delta > 1 else "fails:") in line
    star = traces(shown["phase diagram"])["operating point"]
    assert [star["x"][0], star["y"][0]] == [values[values["over_x"]], values[values["over_y"]]]
    bars = shown["singular values"]["figure"]["data"]
    spectra = {
        "x": (found.rho, found.nu), "x2": (found.tau, found.xi),
        "x3": (found.tau_reverse, found.xi_reverse),
    }  # fmt: skip
    for axis, both in spectra.items():
        parts = [bar for bar in bars if bar["xaxis"] == axis]
        for bar, numbers in zip(parts, both, strict=True):
            np.testing.assert_allclose(decoded(bar["y"]), np.sort(numbers)[::-1])
        ranks = np.concatenate([decoded(bar["x"]) for bar in parts])
        heights = np.concatenate([decoded(bar["y"]) for bar in parts])
        assert sorted(ranks) == list(range(1, spec.d + 1))
        assert (np.diff(heights[np.argsort(ranks)]) <= 0).all()
    along = traces(shown["ratios"])["Δ CP"]
    at_middle = len(along["x"]) // 2
    played = {"Nuisance against nuisance": "nu"}.get(name, "gamma_tilde_y")
    there = changed(spec, **{played: float(along["x"][at_middle])})
    assert along["y"][at_middle] == pytest.approx(al.separation_ratios(there).cp)
    assert uprights(shown["ratios"]) == [getattr(spec, played)]


def test_what_is_under_the_pointer():
    cells = next(t for t in panels(open_page(PHASE))["phase diagram"]["figure"]["data"] if "z" in t)
    xs, ys = decoded(cells["x"]), decoded(cells["y"])
    for row, column in ((0, 30), (20, 20), (36, 12), (40, 30), (5, 0)):
        told = cells["customdata"][row][column]
        spec = changed(FIGURE_2A, kappa=float(xs[column]), nu=float(ys[row]))
        found = al.separation_ratios(spec)
        assert told[0] == row * len(xs) + column
        assert told[1] == found.regime
        numbers = [*(getattr(found, o) for o in OBJECTIVES)]
        numbers += [found.rho.min(), found.nu.max(), found.tau.min(), found.xi.max()]
        assert told[2:] == ["∞" if np.isinf(value) else f"{value:.3g}" for value in numbers]


def test_the_charts_at_rest_are_sent_before_what_the_words_take(monkeypatch):
    sent = []
    for module, name in ((chart, "charts"), (phase, "phase_repairs")):
        call = getattr(module, name)

        def noted(*args, call=call, **kwargs):
            sent.append(kwargs.get("key", "repairs"))
            return call(*args, **kwargs)

        monkeypatch.setattr(module, name, noted)
    app = open_page(PHASE, kappa="1.5")
    assert sent[-3:] == ["phase", "repairs", "phase in motion"]
    first = text(app).split("\n")[0]
    assert any(
        regime in first for regime in REGIMES
    )  # they are shown above the charts nevertheless


def test_the_variance_trap_moves_prediction_and_not_alignment():
    panel = panels(open_preset(PHASE, "Variance trap"))["motion"]
    figure = panel["figure"]
    names = [trace["name"] for trace in figure["data"]]
    frames = figure["frames"]
    assert [frames[0]["name"], frames[-1]["name"]] == ["γ̃y = 0.05", "γ̃y = 20"]
    assert len(frames) == 31

    def curve(frame, objective):
        data = frame["data"][names.index(BORDERS[objective])]
        return decoded(data["x"]), decoded(data["y"])

    fine = np.linspace(0, 3, 301)[1:]
    areas = []
    for frame, gamma in zip(frames, np.geomspace(0.05, 20, 31), strict=True):
        spec = changed(FIGURE_2A, gamma_tilde_y=float(f"{gamma:.6g}"))
        for objective in ("ca", "cp"):
            x, y = curve(frame, objective)
            shown = np.isfinite(y)
            exact = np.clip(closed_form(objective, x[shown], spec), 0, 1)
            np.testing.assert_allclose(y[shown], exact, atol=2e-6)
        both, cp_only = (decoded(frame["data"][names.index(r)]["y"]) for r in ("Both", "CP only"))
        half = len(both) // 2
        heights = sum(part[half:][::-1] - part[:half] for part in (both, cp_only))
        x = decoded(frame["data"][names.index("Both")]["x"])[:half]
        areas.append(np.trapezoid(heights, x) / 3)
        exact = np.clip(closed_form("cp", fine, spec), 0, 1)
        assert areas[-1] == pytest.approx(np.trapezoid(exact, fine) / 3, abs=2e-3)
    assert (np.diff(areas) < 0).all()
    said = re.search(
        r"As γ̃y rises, the recovered share of the plane: CA stays at (\d+)%; "
        r"CP \(x → y\) falls from (\d+)% to (\d+)%\.",
        panel["caption"],
    )
    assert said, panel["caption"]
    shares = [int(part) / 100 for part in said.groups()]
    ca = np.trapezoid(closed_form("ca", fine, FIGURE_2A), fine) / 3
    np.testing.assert_allclose(shares, [ca, areas[0], areas[-1]], atol=0.03)


def test_the_other_direction_exchanges_the_regimes():
    # nuisance is large in y alone: x -> y encodes it, y -> x does not
    settings = {"gamma_tilde_y": "50.0"}
    app = open_page(PHASE, **settings)
    assert "**CA only.**" in text(app)
    next(b for b in app.button_group if b.label == "CP predicts").set_value("cp_reverse").run()
    assert not app.exception
    assert address(app) == settings | {"direction": "cp_reverse"}
    assert "**Both.**" in text(app)
    said = text(app)
    assert said.index(LABELS["cp_reverse"]) < said.index(LABELS["cp"])
    cells = next(t for t in panels(app)["phase diagram"]["figure"]["data"] if "z" in t)
    for row in cells["customdata"][::8]:
        for _, regime, ca, _, reverse, *_ in row[::6]:
            ca, reverse = (np.inf if value == "∞" else float(value) for value in (ca, reverse))
            if min(abs(ca - 1), abs(reverse - 1)) > 0.01:  # as rounded
                does = {
                    (True, True): "Both", (True, False): "CA only",
                    (False, True): "CP reversed only", (False, False): "Neither",
                }[ca > 1, reverse > 1]  # fmt: skip
                assert regime == does


@pytest.mark.parametrize("first", PARAMETERS[:-1])
def test_any_two_parameters_span_a_plane(first, monkeypatch):
    frames = alignlab.ui.parts.phase.phase_frames

    def ends(spec, axes, played, steps, prediction):  # all of 21 animations take a minute
        return frames(spec, axes, played, (steps[0], steps[-1]), prediction)

    monkeypatch.setattr("alignlab.ui.parts.phase.phase_frames", ends)
    app = open_page(PHASE, over_x=first, over_y="nu" if first == "kappa" else "kappa")
    monkeypatch.setattr("alignlab.ui.state._went_back", lambda: True)
    for second in PARAMETERS[PARAMETERS.index(first) + 1 :]:
        app.query_params["over_x"], app.query_params["over_y"] = second, first
        app.run()
        assert not app.exception
        assert not app.error
        shown = panels(app)["phase diagram"]["figure"]
        cells = next(t for t in shown["data"] if "z" in t)
        xs, ys = decoded(cells["x"]), decoded(cells["y"])
        for row, column in ((4, 25), (30, 10)):
            fields = {first: float(ys[row]), second: float(xs[column])}
            ratio = fields.pop("kappa_ratio", None)
            if ratio is not None:
                kappa = fields.get("kappa", 2.0)
                fields["kappa"] = tuple(kappa * ratio**i for i in range(5))
            found = al.separation_ratios(changed(FIGURE_2A, **fields))
            assert cells["customdata"][row][column][1] == found.regime
        star = next(t for t in shown["data"] if t["name"] == "operating point")
        values = preset(PHASE, "Figure 2a")
        assert [star["x"], star["y"]] == [[values[second]], [values[first]]]
        for axis, parameter in (("xaxis", second), ("yaxis", first)):
            log = shown["layout"][axis].get("type") == "log"
            assert log == parameter.startswith("gamma_tilde")


def test_one_parameter_for_both_axes_is_refused():
    app = open_page(PHASE, over_x="nu")
    assert "choose two different parameters" in app.error[0].value
    assert not panels(app)
    assert any("ν" in s.label for s in app.slider)
    assert address(app) == {"over_x": "nu"}


def test_an_axis_cannot_be_played_and_the_page_says_what_is():
    app = open_page(PHASE, played="kappa")
    shown = panels(app)
    assert "(The parameter to be animated is an axis.)" in shown["motion"]["caption"]
    assert shown["motion"]["figure"]["frames"][0]["name"] == "γ̃y = 0.05"
    assert "As γ̃y rises" in shown["motion"]["caption"]
    assert shown["ratios"]["figure"]["layout"]["xaxis"]["type"] == "log"
    app = open_page(PHASE, played="gamma_x")
    shown = panels(app)
    assert "is an axis" not in shown["motion"]["caption"]
    assert shown["motion"]["figure"]["frames"][-1]["name"] == "γx = 5"


@pytest.mark.parametrize("page", [PHASE, SAMPLES, RECOVERY_PAGE], ids=lambda page: page.path)
@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"kappas": "3, 2"}, "has 2 numbers for k = 5"),
        ({"features": "4", "shared": "4"}, "leave none for nuisance in d = 4"),
        ({"features": "5"}, "lower k or raise d"),
    ],
)
def test_a_model_that_cannot_be_is_refused_with_its_cause(page, parameters, cause):
    app = open_page(page, **parameters)
    assert cause in app.error[0].value
    assert not panels(app)
    assert address(app) == parameters
    assert any("γ" in s.label or "gamma" in s.label for s in app.slider)


def test_a_pattern_that_cannot_be_read_is_left_out_of_the_link():
    app = open_page(PHASE, kappas="3; 2")
    assert "“kappas”" in app.warning[0].value
    assert address(app) == {}


def test_a_pattern_of_strengths_is_scaled_to_kappa():
    app = open_page(PHASE, shared="3", kappa="1.5", kappas="6, 4, 3", nu_ratio="0.5", nu="0.8")
    spec = changed(
        FIGURE_2A, k=3, kappa=(1.5, 1.0, 0.75), nu=tuple(0.8 * 0.5**j for j in range(17))
    )
    found = al.separation_ratios(spec)
    for objective in OBJECTIVES:
        assert f"Δ = {number(getattr(found, objective))}" in text(app)


@pytest.mark.parametrize(
    ("stop", "kappa", "nu"),
    [
        ("image and caption", 2.7, 0.1),
        ("several instruments", 0.4, 0.8),
        ("stereo, fixed cameras", 2.2, 0.97),
        ("stereo, jittered cameras", 2.2, 0.3),
        ("in between", 1.2, 0.5),
    ],
)
def test_a_stop_of_the_tour_is_gone_to(stop, kappa, nu):
    app = open_page(PHASE, over_x="gamma_x", gamma_tilde_y="2.0")
    next(b for b in app.button if b.label == stop).click().run()
    assert not app.exception
    expected = {"gamma_tilde_y": "2.0", "kappa": str(kappa)}
    assert address(app) == expected | ({} if nu == 0.5 else {"nu": str(nu)})
    found = al.separation_ratios(changed(FIGURE_2A, gamma_tilde_y=2.0, kappa=kappa, nu=nu))
    assert f"**{found.regime}.**" in text(app)
    row = app.table[0].value.loc[stop]
    assert row["regime"] == found.regime
    assert row["Δ CA"] == number(found.ca)
    assert row["Δ CP"] == number(found.cp)


@pytest.mark.parametrize(
    "parameters",
    [
        {"kappa": "100.0", "nu": "1.0"},
        {"kappa": "0.0", "nu": "0.0"},
        {"kappa": "0.0", "gamma_x": "0.0", "gamma_y": "0.0", "over_x": "kappa_ratio"},
        {"nu": "1.0", "gamma_x": "0.0", "gamma_y": "0.0"},
        {"gamma_x": "10000.0", "gamma_y": "10000.0", "over_x": "gamma_x"},
        {
            "gamma_tilde_x": "0.0001", "gamma_tilde_y": "1000000.0", "over_x": "gamma_tilde_x",
            "over_y": "gamma_tilde_y",
        },
        pytest.param(  # signal values of 1e-258: a border next to nu = 0 takes long to bisect
            {"features": "200", "shared": "100", "kappa_ratio": "0.05", "nu_ratio": "0.05"},
            marks=pytest.mark.timeout(40),
        ),
        {"features": "2", "shared": "1", "played": "kappa_ratio"},
        {"shared": "3", "kappas": "3, 0, 1", "played": "kappa_ratio"},
        {"shared": "3", "kappas": "1.5, 2, 3", "played": "kappa_ratio"},
    ],
)  # fmt: skip
def test_extremes_of_the_model_draw(parameters):
    app = open_page(PHASE, **parameters)
    assert not app.error
    assert re.search(r"\*\*(Both|CA only|CP only|Neither)\.\*\*", text(app))
    assert len(panels(app)) == 4
    for trace in traces(panels(app)["phase diagram"]).values():
        assert np.isfinite(trace["x"]).all()


def test_a_pattern_without_a_ratio_has_no_such_axis():
    app = open_page(PHASE, shared="3", kappas="0, 1, 1", over_y="kappa_ratio")
    assert "clear the pattern" in app.error[0].value


def test_without_nuisance_correlation_the_ratios_are_infinite():
    assert text(open_page(PHASE, nu="0.0")).count("(Δ = ∞)") == 3


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"kappa": 100.0},
        {"gamma_x": 1e4, "over_x": "gamma_x"},
        {"gamma_tilde_x": 1e-4, "gamma_tilde_y": 1e6, "over_x": "gamma_tilde_x",
         "over_y": "gamma_tilde_y"},
        {"shared": 3, "kappas": "4, 2, 1", "over_x": "kappa_ratio"},
    ],
)  # fmt: skip
def test_the_link_of_every_corner_of_the_plane_brings_it_back(parameters):
    values = preset(PHASE, "Figure 2a") | parameters
    cells = next(
        t for t in panels(open_page(PHASE, **PHASE.address(values)))["phase diagram"]["figure"][
            "data"
        ] if "z" in t
    )  # fmt: skip
    xs, ys = decoded(cells["x"]), decoded(cells["y"])
    spec = al.SpikedSpec()
    plane = al.phase_plane(spec, xs[:1], ys[:1])
    plane = type(plane)(**{**plane.__dict__, "xs": xs, "ys": ys, "over_x": values["over_x"],
                           "over_y": values["over_y"]})  # fmt: skip
    for row, column in itertools.product((0, len(ys) - 1), (0, len(xs) - 1)):
        there = moved(values, plane, cells["customdata"][row][column][0])
        again, notes = PHASE.read(PHASE.address(there))
        assert notes == []
        assert again == there
        assert at(again, "nu") == there["nu"]


# Theory against samples

SAMPLES_SPECS = {
    "Figure 2a, sampled": ({}, 5000),
    "Figure 2b, sampled": ({"gamma_tilde_y": 0.05}, 5000),
    "Figure 7": ({}, 5000),
    "100 pairs": ({}, 100),
    "A million pairs": ({}, 1_000_000),
    "Too few pairs": ({}, 30),
}
NAMES = {"ca": "CA", "cp": "CP", "cp_reverse": "CP reversed"}


def strengths(kappa: float, ratio: float) -> float | tuple[float, ...]:
    return kappa if ratio == 1 else tuple(kappa * ratio**i for i in range(5))


@pytest.mark.parametrize("name", SAMPLES_SPECS)
def test_the_maps_of_every_preset_are_those_of_monte_carlo(name):
    fields, n = SAMPLES_SPECS[name]
    base = changed(FIGURE_2A, k=5, **fields)
    app = open_preset(SAMPLES, name, side=7, draws=2, seed=3)
    validate_figures(app)
    shown = panels(app)
    kappas, nus = (
        np.array([float(f"{at:.6g}") for at in np.linspace(0, end, 7)]) for end in (3, 1)
    )
    ratios = (1.0, 0.8, 0.6, 0.4) if name == "Figure 7" else (1.0,)
    objectives = ("ca", "cp") if name == "Figure 7" else OBJECTIVES
    assert len(shown) == len(ratios) * len(objectives)
    for ratio in ratios:
        specs = [
            changed(base, kappa=strengths(float(kappa), ratio), nu=float(nu))
            for nu in nus
            for kappa in kappas
        ]
        found = al.monte_carlo(specs, n, [3, 4])
        for objective in objectives:
            title = NAMES[objective] + (f", q = {ratio:g}" if name == "Figure 7" else "")
            panel = shown[title]
            drawn = panel["figure"]["data"][0]
            np.testing.assert_allclose(decoded(drawn["x"]), kappas)
            np.testing.assert_allclose(decoded(drawn["y"]), nus)
            if name == "Figure 7":
                share = getattr(found, f"kept_{objective}").mean(axis=1) / 5
            else:
                share = 1 - (getattr(found, objective) ** 2).mean(axis=1)
            np.testing.assert_allclose(decoded(drawn["z"]), share.reshape(7, 7), atol=1e-6)
            theory = [t for t in panel["figure"]["data"] if t["name"] == "theory, n → ∞"]
            assert len(theory) == (1 if ratio == 1 else 5)
            for i, curve in enumerate(theory):
                exact = closed_form(objective, kappas * ratio**i, base)
                exact = np.where(exact <= 1, exact, np.nan)
                np.testing.assert_allclose(decoded(curve["y"]), exact, atol=1e-6)
            assert f"mean of up to 2 samples of {n:,} pairs" in panel["caption"]


def test_the_words_count_what_samples_lose():
    app = open_preset(SAMPLES, "100 pairs", gamma_tilde_y=0.2, features=8, shared=2, draws=3)
    cells = panels(app)["CP"]["figure"]["data"][0]
    kappas, nus, share = (decoded(cells[axis]) for axis in "xyz")
    spec = changed(FIGURE_2A, gamma_tilde_y=0.2)
    promised = nus[:, None] < closed_form("cp", kappas, spec)
    lost = (share[promised] < 0.8).mean()
    said = float(re.search(r"CP \(x → y\) loses ([\d.]+)%", text(app)).group(1)) / 100
    assert 0 < lost < 1
    assert said == pytest.approx(lost, abs=0.006)


def test_the_kept_directions_are_shown_on_demand():
    app = open_preset(SAMPLES, "Figure 2a, sampled", side=5, draws=2)
    before = panels(app)["CP"]["figure"]["data"][0]["z"]
    next(b for b in app.button_group if b.label == "Colour shows").set_value("kept").run()
    assert not app.exception
    after = decoded(panels(app)["CP"]["figure"]["data"][0]["z"])
    assert not np.allclose(decoded(before), after)
    assert np.isin(np.round(after * 10, 4), range(11)).all()  # of 5 directions in 2 draws


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (30, "n = 30 pairs are too few for d = 20: below 2d + 1 = 41"),
        (100, "n = 100 pairs are few for d = 20"),
        (5000, None),
    ],
)
@pytest.mark.parametrize("page", [SAMPLES, RECOVERY_PAGE], ids=lambda page: page.path)
def test_few_pairs_are_warned_of(page, n, words):
    small = {"side": "5"} if page is SAMPLES else {"values": "3"}
    app = settle(open_page(page, sample=str(n), draws="1", **small))
    assert not app.error
    assert [words in w.value for w in app.warning] == ([True] if words else [])
    assert panels(app)


@pytest.mark.parametrize(
    ("page", "more"),
    [(SAMPLES, {}), (RECOVERY_PAGE, {}), (RECOVERY_PAGE, {"experiment": "infonce"})],
)
def test_as_many_pairs_as_features_are_refused_with_the_cause(page, more):
    parameters = {"sample": "20"} | more
    app = open_page(page, **parameters)
    assert "singular covariances" in app.error[0].value
    assert "n of at least 21" in app.error[0].value
    assert not any(b.label == "Cancel" for b in app.button)
    assert address(app) == parameters


@pytest.mark.parametrize(
    "parameters",
    [
        {"kappa": "100.0"},
        {"gamma_x": "0.0", "gamma_y": "0.0", "nu_ratio": "0.5"},
        {"gamma_x": "10000.0", "gamma_tilde_x": "1000000.0", "gamma_tilde_y": "0.0001"},
        {"features": "200", "shared": "100", "sample": "1000000000"},
        {"features": "2", "shared": "1", "sample": "3", "maps": "ratios"},
    ],
)
def test_extremes_of_samples_draw(parameters):
    app = settle(open_page(SAMPLES, side="5", draws="1", **parameters))
    assert not app.error
    assert len(panels(app)) == (8 if "maps" in parameters else 3)
    assert "nan" not in text(app)


# The linear experiments

STUDIES = {
    "Figure 3": ("distance", FIGURE_3, "nu", np.linspace(0, 0.95, 5), "nu"),
    "Figure 9": ("errors", FIGURE_3, "nu", np.linspace(0, 0.95, 5), "nu"),
    "Nuisance variance, ν held": (
        "distance", E3, "gamma_tilde_y", np.geomspace(0.1, 100, 5), "nu",
    ),
    "Nuisance variance, η held": (
        "distance", E3, "gamma_tilde_y", np.geomspace(0.1, 100, 5), "eta",
    ),
    "Direction of prediction": (
        "distance", changed(FIGURE_2A, kappa=1.0, nu=0.4), "gamma_x", np.linspace(0, 5, 5), "nu",
    ),
    "Joint objective": (
        "joint",
        changed(FIGURE_3, kappa=(3.0, 2.5, 2.0), gamma_y=0.1, gamma_tilde_y=10.0, nu=0.63246),
        "weight", np.concatenate([[0], np.geomspace(0.01, 100, 5)]), "nu",
    ),
    "Soft bottleneck": (
        "soft", changed(E3, nu=0.0), "kappa_weakest", np.geomspace(0.05, 5, 5), "nu",
    ),
}  # fmt: skip
"""The studies of the presets, written out with five values."""

CURVES = {
    "distance": {"distance": {"ca": "CA", "cp": "CP", "cp_reverse": "CP reversed"}},
    "errors": {
        kind: {f"ca {kind}": "CA + probe", f"cp {kind}": "CP"}
        for kind in ("total", "signal", "distance")
    },
    "joint": {"joint": {"distance": "joint objective"}},
    "soft": {"soft": {"norm": "norm of CA's encoders", "bound": "bound 2/φ<sub>k</sub>"}},
}
"""The traces of every chart with samples, by the column of the study."""


def study_of(name: str, seeds: int) -> SpikedStudy:
    experiment, spec, over, values, held = STUDIES[name]
    return SpikedStudy(
        experiment=experiment, spec=spec, over=over, held=held, n=5000, seeds=tuple(range(seeds)),
        values=tuple(float(f"{value:.6g}") for value in values),
    )  # fmt: skip


@pytest.mark.parametrize("name", STUDIES)
def test_the_curves_of_every_preset_are_those_of_the_study(name):
    study = study_of(name, 3)
    sampling = study.sampling()
    for _ in sampling.run():
        pass
    mean, low, high = study.summary(sampling)
    population = study.population_curve
    if study.experiment == "joint":  # a logarithmic axis has no 0
        mean, low, high = (frame.iloc[1:] for frame in (mean, low, high))
        population = population[population.index > 0]
    app = open_preset(RECOVERY_PAGE, name, draws=3, values=5)
    validate_figures(app)
    assert not app.error
    shown = panels(app)
    for panel, columns in CURVES[study.experiment].items():
        drawn = traces(shown[panel])
        for column, label in columns.items():
            for ending, frame in (
                ("", mean), (", 10th percentile", low), (", 90th percentile", high),
                (", n → ∞", population),
            ):  # fmt: skip
                trace = drawn[label + ending]
                np.testing.assert_allclose(trace["x"], frame.index)
                np.testing.assert_allclose(trace["y"], frame[column], rtol=1e-9, atol=1e-12)
    if study.experiment == "distance":
        theory = study.theory
        for objective, label in NAMES.items():
            along = traces(shown["ratios"])[f"Δ {label}"]["y"]
            exact = theory[f"delta {objective}"].replace(np.inf, np.nan)
            np.testing.assert_allclose(along, exact)
        for which, objective in enumerate(("ca", "cp")):
            signal, nuisance, floor = traces(shown[f"values {objective}"]).values()
            np.testing.assert_allclose(signal["y"], theory[f"signal {objective}"])
            np.testing.assert_allclose(nuisance["y"], theory[f"nuisance {objective}"])
            np.testing.assert_allclose(floor["y"], sampling.floors[which])
            assert (floor["y"] > nuisance["y"]).all()


def test_figure_3_names_its_thresholds():
    app = open_preset(RECOVERY_PAGE, "Figure 3")
    said = text(app)
    assert re.search(r"\*\*CA\*\*: theory says it fails above ν = 0\.895;", said)
    assert re.search(r"\*\*CP \(x → y\)\*\*: theory says it fails above ν = 0\.192;", said)
    assert "**CP reversed (y → x)**: theory says it recovers everywhere here" in said
    exact = [float(closed_form(o, 1.5, FIGURE_3)) for o in ("ca", "cp")]
    assert [number(value) for value in exact] == ["0.895", "0.192"]
    for panel in ("distance", "ratios"):
        np.testing.assert_allclose(uprights(panels(app)[panel]), exact, rtol=1e-9)
    curve = traces(panels(app)["distance"])
    for label, low, high in (("CA", 0.85, 0.9), ("CP", 0.1, 0.192)):
        x, y = curve[label]["x"], curve[label]["y"]
        crossing = x[np.flatnonzero(y > 0.5)[0]]
        assert low < crossing < high + 0.04
    crossings = [float(m) for m in re.findall(r"crosses 0\.5 at ν = (\d\.\d+)", said)]
    assert 0.85 < crossings[0] < 0.895
    assert 0.08 < crossings[1] < 0.192


def test_figure_9_says_lower_error_and_wrong_subspace():
    app = open_preset(RECOVERY_PAGE, "Figure 9")
    assert "**lower error, wrong subspace**" in text(app)
    shown = {name: traces(panel) for name, panel in panels(app).items()}
    total, signal = shown["total"], shown["signal"]
    # E||y||^2 minus what k dimensions explain: CA's are those of the signal, CP's the largest ones
    whole = 9 + 4 + 2.25 + 3 * 0.05 + 17 * 50
    tau = np.array([3.0, 2.0, 1.5]) ** 2 / np.sqrt(np.array([9.5, 4.5, 2.75]))
    exact = total["CA + probe, n → ∞"]
    below = exact["x"] < 0.89
    np.testing.assert_allclose(exact["y"][below], whole - (tau**2).sum())
    exact = total["CP, n → ∞"]
    largest = [
        np.sort(np.concatenate([tau**2, np.full(17, 50 * at**2)]))[-3:].sum() for at in exact["x"]
    ]
    np.testing.assert_allclose(exact["y"], whole - np.array(largest))
    nu = total["CP"]["x"]
    half = np.abs(nu - 0.5).argmin()
    gap = total["CA + probe"]["y"][half] - total["CP"]["y"][half]
    assert gap == pytest.approx(859 - 835, abs=4)
    assert signal["CP"]["y"][half] > 5 * signal["CA + probe"]["y"][half]


@pytest.mark.parametrize(
    ("name", "ca", "cp", "words"),
    [
        (
            "Nuisance variance, ν held",
            (1.78, 1.78),
            (11.9, 0.377),
            "The correlation ν is held fixed",
        ),
        (
            "Nuisance variance, η held",
            (0.898, 17.8),
            (6.02, 3.77),
            "The covariance η is held fixed",
        ),
    ],
)
def test_what_is_held_turns_the_picture_round(name, ca, cp, words):
    app = open_preset(RECOVERY_PAGE, name, draws=2)
    ratios = traces(panels(app)["ratios"])
    for label, ends in (("Δ CA", ca), ("Δ CP", cp)):
        np.testing.assert_allclose(ratios[label]["y"][[0, -1]], ends, rtol=3e-3)
    assert words in text(app)
    if name == "Nuisance variance, η held":
        assert re.search(r"Δ of CA rises from 0\.9\d* to 17\.8", text(app))
        return
    assert "Δ of CA stays at 1.78" in text(app)
    other = next(b for b in app.button_group if b.label.startswith("Held"))
    settle(other.set_value("eta").run())
    assert re.search(r"Δ of CA rises from 0\.9\d* to 17\.8", text(app))


def test_the_joint_objective_jumps_in_the_population():
    app = open_preset(RECOVERY_PAGE, "Joint objective", draws=2)
    assert "it jumps at λ = 0.951" in text(app)
    panel = panels(app)["joint"]
    population = traces(panel)["joint objective, n → ∞"]
    before = population["x"] < 0.951
    np.testing.assert_allclose(population["y"][before], population["y"][0], atol=1e-9)
    assert population["y"][before].min() > 0.5
    assert population["y"][~before].max() < 1e-6
    ends = panel["figure"]["layout"]["xaxis"]["range"]
    assert None not in ends
    assert np.isfinite(ends).all()


def test_the_soft_bottleneck_never_goes_below_its_bound():
    app = open_preset(RECOVERY_PAGE, "Soft bottleneck", draws=2)
    drawn = traces(panels(app)["soft"])
    population = drawn["norm of CA's encoders, n → ∞"]
    phi = np.array([9 / 9.5, 6.25 / 6.75])
    weakest = population["x"] ** 2 / (population["x"] ** 2 + 0.5)
    np.testing.assert_allclose(population["y"], 2 * (1 / phi).sum() + 2 / weakest)
    bound = drawn["bound 2/φ<sub>k</sub>, n → ∞"]["y"]
    np.testing.assert_allclose(bound, 2 / np.minimum(weakest, phi.min()))
    assert (drawn["norm of CA's encoders"]["y"] >= drawn["bound 2/φ<sub>k</sub>"]["y"]).all()


TINY = {"values": 2, "steps": 20, "batch": 64, "sample": 500}


def tiny_trainings() -> Trainings:
    sweep = TrainingSweep(
        spec=FIGURE_3, over="nu", values=(0.0, 0.95), temperatures=(0.05, 0.1, 0.5), n=500,
        seeds=(0,), training=ContrastiveSpec(steps=20, batch=64, learning_rate=0.01),
    )  # fmt: skip
    work = Trainings(sweep)
    for _ in work.run():
        pass
    return work


def test_infonce_shows_its_trainings_beside_the_closed_forms():
    app = open_preset(RECOVERY_PAGE, "InfoNCE", **TINY)
    assert not app.error
    panel = panels(app)["InfoNCE"]
    drawn = traces(panel)
    table = tiny_trainings().table()
    assert list(table) == ["InfoNCE, τ = 0.05", "InfoNCE, τ = 0.1", "InfoNCE, τ = 0.5"]
    for name in table:
        np.testing.assert_allclose(drawn[name]["x"], [0, 0.95])
        np.testing.assert_allclose(drawn[name]["y"], table[name], rtol=1e-6)
    specs = [changed(FIGURE_3, nu=nu) for nu in (0.0, 0.95)]
    closed = al.monte_carlo(specs, 500, range(10))
    np.testing.assert_allclose(drawn["CA"]["y"], closed.ca.mean(axis=1))
    np.testing.assert_allclose(drawn["CP"]["y"], closed.cp.mean(axis=1))
    assert "20 steps of Adam on 500 pairs, batches of 64" in panel["caption"]
    assert "CA, closed form: ν ≈ " in text(app)


def test_infonce_without_a_temperature_is_refused():
    app = open_page(RECOVERY_PAGE, experiment="infonce", temperatures="", steps="20")
    assert "choose at least one" in app.error[0].value
    assert not panels(app)


@pytest.mark.parametrize(("k", "rank"), [(5, 3), (3, 0), (4, 4), (1, 1)])
def test_the_hard_bottleneck_counts_the_smallest_rank(k, rank):
    app = open_page(RECOVERY_PAGE, experiment="hard", shared=str(k), rank_xy=str(rank))
    shown = panels(app)
    ranks = np.arange(k + 1)
    counts = np.minimum(np.minimum(ranks[:, None], ranks[None, :]), rank)
    drawn = shown["bottleneck"]["figure"]["data"][0]
    assert drawn["z"] == drawn["text"] == counts.tolist()
    bars = shown["views"]["figure"]["data"][0]
    views = np.arange(2, k + 2)
    assert bars["x"] == views.tolist()
    assert bars["y"] == np.minimum(k - views + 1, rank).tolist()
    assert f"here at most {rank}." in text(app)


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"start": "0.9", "stop": "0.1"}, "the range from 0.9 to 0.1 is empty: swap its ends"),
        ({"stop": "2.0"}, "a correlation must be in [0, 1]"),
        ({"varied": "gamma_tilde_y", "start": "0.0"}, "start above 0"),
        ({"experiment": "soft", "start": "9.0", "stop": "3.0"}, "swap its ends"),
        ({"experiment": "infonce", "start": "0.9", "stop": "0.1"}, "swap its ends"),
        ({"experiment": "hard", "shared": "2"}, "rank 3 exceeds k = 2"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_remedy(parameters, cause):
    app = open_page(RECOVERY_PAGE, **parameters)
    assert as_written(cause) in app.error[0].value
    assert not panels(app)
    assert address(app) == parameters
    assert any(b.label == "Experiment" for b in app.button_group)


@pytest.mark.parametrize(
    ("label", "value", "low", "high"),
    [
        ("Experiment", "joint", 0.01, 100.0),
        ("Experiment", "soft", 0.05, 5.0),
        ("Varied parameter", "gamma_x", 0.0, 5.0),
    ],
)
def test_another_experiment_starts_with_its_usual_range(label, value, low, high):
    app = open_preset(RECOVERY_PAGE, "Figure 3", draws=2, values=4)
    next(b for b in app.button_group if b.label == label).set_value(value).run()
    settle(app)
    assert not app.exception
    assert not app.error
    x = next(iter(traces(next(iter(panels(app).values()))).values()))["x"]
    assert [x[0], x[-1]] == [low, high]


@pytest.mark.parametrize(
    "parameters",
    [
        {"values": "2", "start": "0.5", "stop": "0.5"},
        {"varied": "kappa_ratio"},
        {"varied": "kappa", "gamma_x": "0.0", "gamma_y": "0.0"},
        {"varied": "gamma_tilde_x", "held": "eta", "nu": "1.0"},
        {"experiment": "errors", "varied": "kappa", "features": "2", "shared": "1"},
        {"experiment": "joint", "kappa": "0.0", "nu": "1.0"},
        {"experiment": "soft", "shared": "1", "kappas": "2"},
        {"experiment": "soft", "features": "200", "shared": "3", "values": "2"},
    ],
)
def test_extremes_of_the_experiments_draw(parameters):
    app = settle(open_page(RECOVERY_PAGE, **({"draws": "1", "values": "4"} | parameters)))
    assert not app.error
    assert panels(app)
    assert "nan" not in text(app)


# The export packs

PACKS = {
    "phase": (PHASE, "Unequal strengths", {"direction": "cp_reverse"}),
    "samples": (SAMPLES, "Figure 7", {"side": 5, "draws": 2}),
    "distance": (RECOVERY_PAGE, "Nuisance variance, η held", {"draws": 2, "values": 4}),
    "errors": (RECOVERY_PAGE, "Figure 9", {"draws": 2, "values": 4}),
    "joint": (RECOVERY_PAGE, "Joint objective", {"draws": 2, "values": 4}),
    "soft": (RECOVERY_PAGE, "Soft bottleneck", {"draws": 2, "values": 4}),
    "infonce": (RECOVERY_PAGE, "InfoNCE", TINY),
    "hard": (RECOVERY_PAGE, "Hard bottleneck", {}),
}

FOLDED = "folded Export: figures, numbers, parameters, script"


def test_the_packs_reproduce_their_numbers_outside_the_checkout(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(st, "download_button", lambda *_, data, **__: made.append(data))
    for case, (page, name, more) in PACKS.items():
        app = open_page(page, **page.address(preset(page, name) | more))
        app.session_state[FOLDED] = True
        settle(app.run())
        assert not app.exception
        archive = zipfile.ZipFile(io.BytesIO(made[-1]()))
        archive.extractall(tmp_path / case)
        figures = {f"figures/{panel}.html" for panel in panels(app)}
        assert figures <= set(archive.namelist())
        numbers = pd.read_csv(tmp_path / case / "numbers.csv")
        assert len(numbers) > 1
    all_reproduce(tmp_path, [tmp_path / case / "reproduce.py" for case in PACKS])
