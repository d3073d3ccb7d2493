"""The page of stereo shapes: its numbers, curves and words are those of the package."""

from dataclasses import replace

import pytest
import streamlit as st

from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import stereo_cell
from alignlab.experiments.stereo_published import FLAT, JITTERS
from alignlab.experiments.stereo_sweep import BOTTLENECKS
from alignlab.experiments.stereo_trained import shipped
from alignlab.ui.parts.stereo.page import PAGE, stereo_spec
from tests.apptest import figure, open_page, panels, settle, text, traces, validate_figures
from tests.packs import complete
from tests.pages.test_phase import FOLDED
from tests.pages.test_sweeps import decoded
from tests.server import ROOT

FEW = {"images": "400", "jitter": "0.2", "bottleneck": "5", "draw": "3"}
SPEC = StereoSpec(n=400, jitter=0.2, seed=3)


pytestmark = pytest.mark.xdist_group("stereo")


@pytest.fixture(scope="module")
def app():
    return settle(open_page(PAGE, **FEW))


def test_the_scores_are_those_of_the_cell(app):
    assert not app.exception
    scores = stereo_cell(SPEC).scores(5)
    accuracy, place = figure(app, "scores")["data"]
    assert accuracy["y"] == list(scores.index)
    assert accuracy["text"] == [f"{value:.2f}" for value in scores["accuracy"]]
    assert place["text"] == [f"{value:.2f}" for value in scores["place R²"]]
    assert f"CA {scores.loc['CA', 'accuracy']:.2f}" in text(app)
    validate_figures(app)


def test_the_curves_pass_through_the_present_setting_and_show_the_published_values(app):
    drawn = traces(app, "accuracy along the jitter")
    now = drawn["CA, now"]
    assert now["x"] == [0.2]
    scores = stereo_cell(SPEC).scores(5)
    assert now["y"] == [scores.loc["CA", "accuracy"]]
    at = list(decoded(drawn["CA"]["x"])).index(0.2)
    low, high = (decoded(drawn[f"CA, {end}"]["y"])[at] for end in ("least", "largest"))
    assert low <= now["y"][0] <= high
    for method in FLAT:
        published = drawn[f"{method}, published"]
        assert list(published["x"]) == list(JITTERS)
        assert list(published["y"]) == list(FLAT[method][0])


def test_no_values_are_called_published_at_another_noise():
    app = open_page(PAGE, **FEW, noise_y="0.3")
    assert not any("published" in name for name in traces(app, "accuracy along the jitter"))


def test_every_bottleneck_has_its_accuracy(app):
    drawn = traces(app, "bottleneck")["CA"]
    cell = stereo_cell(SPEC)
    assert list(decoded(drawn["x"])) == list(BOTTLENECKS)
    found = [cell.scores(k).loc["CA", "accuracy"] for k in BOTTLENECKS]
    assert list(decoded(drawn["y"])) == found


def test_theory_and_measurement_stand_side_by_side(app):
    shown = panels(app)
    assert {"where", "shares"} <= set(shown)
    assert "on the features" in text(app)
    assert "That is no correlation" in text(app)


def test_the_shared_shape_is_a_control():
    values = {control.name: control.default for control in PAGE.controls}
    assert stereo_spec(values).shared
    assert stereo_spec(values | {"shape": "own"}) == replace(stereo_spec(values), shared=False)


def test_the_pack_has_every_figure_and_its_script_reproduces_the_scores(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(st, "download_button", lambda *_, data, **__: made.append(data))
    app = open_page(PAGE, **FEW)
    app.session_state[FOLDED] = True
    settle(app.run())
    complete(made[-1](), panels(app), tmp_path)


# The trained tier

TRAINED = {"tier": "trained", "examples": "512", "passes": "1", "align_k": "4", "predict_k": "8"}


def test_the_trained_tier_opens_on_the_shipped_sweep():
    app = settle(open_page(PAGE, tier="trained", jitter="0.1"))
    assert not app.exception
    table = shipped(ROOT / "assets" / "stereo").table.query("objective == 'VICReg'")
    chosen = table.query("method == 'CA' and k == 8 and jitter == 0.1 and noise_y == 0.2")
    median = chosen["accuracy"].median()
    assert f"CA (k = 8) {median:.2f}" in text(app)
    drawn = traces(app, "trained encoders")["CA, k = 8"]
    at = list(decoded(drawn["x"])).index(0.1)
    assert decoded(drawn["y"])[at] == median
    validate_figures(app)


def test_a_training_is_watched_to_its_end_played_back_and_taken_away(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(st, "download_button", lambda *_, data, **__: made.append(data))
    app = open_page(PAGE, **TRAINED)
    assert "loss" not in panels(app)
    app.session_state[FOLDED] = True
    next(button for button in app.button if button.label == "Train").click().run()
    settle(app)
    assert not app.exception
    shown = panels(app)
    assert {"loss", "accuracy while learning", "forming: CA", "forming: CP"} <= set(shown)
    probed = traces(app, "accuracy while learning")["CA"]
    assert decoded(probed["x"])[0] == 0
    frames = figure(app, "forming: CA")["frames"]
    assert len(frames) == len(decoded(probed["x"]))
    validate_figures(app)
    complete(made[-1](), shown, tmp_path)


def test_without_a_method_nothing_is_offered():
    app = settle(open_page(PAGE, tier="trained", learners=""))
    assert "Choose at least one method" in " ".join(one.value for one in app.caption)
    assert not any(button.label == "Train" for button in app.button)
