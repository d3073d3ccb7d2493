"""The page of images and captions: its numbers, pictures and words are those of the package."""

import pytest
import streamlit as st

from alignlab.data.captions.spec import CaptionSpec
from alignlab.experiments.captions import BOTTLENECKS, caption_cell
from alignlab.experiments.captions_published import COCO, LEVELS
from alignlab.ui.parts.captions import PAGE, shown_scenes
from tests.apptest import figure, open_page, panels, settle, text, traces, validate_figures
from tests.packs import complete
from tests.pages.test_phase import FOLDED
from tests.pages.test_sweeps import decoded

FEW = {"scenes": "600", "code": "5", "scene_seed": "2"}
SPEC = CaptionSpec(n=600, level=0.5, seed=2)


pytestmark = pytest.mark.xdist_group("captions")


@pytest.fixture(scope="module")
def app():
    return settle(open_page(PAGE, **FEW))


def test_the_scores_are_those_of_the_cell(app):
    assert not app.exception
    scores = caption_cell(SPEC).scores(5)["accuracy"]
    (bars,) = figure(app, "scores")["data"]
    assert bars["y"] == list(scores.index)
    assert bars["text"] == [f"{value:.2f}" for value in scores]
    assert f"text → image {scores['text → image']:.2f}" in text(app)
    validate_figures(app)


def test_every_caption_stands_beside_its_scene(app):
    shown = shown_scenes(SPEC)
    told = [
        one["text"].replace("<br>", " ") for one in figure(app, "scenes")["layout"]["annotations"]
    ]
    assert told == shown.texts


def test_the_curves_pass_through_the_present_setting_beside_the_published_values(app):
    clean = traces(app, "clean probe")
    scores = caption_cell(SPEC).scores(5)["accuracy"]
    assert clean["text → image, now"]["y"] == [scores["text → image"]]
    for method, values in COCO.items():
        published = clean[f"{method.removesuffix(', clean')}, COCO"]
        assert (published["x"], published["y"]) == (list(LEVELS), list(values))
    distorted = traces(app, "distorted probe")
    assert "CA, image" in distorted
    assert "CA, image, clean" not in distorted


def test_every_bottleneck_has_its_accuracy(app):
    drawn = traces(app, "bottleneck")["CA, text"]
    cell = caption_cell(SPEC)
    assert list(decoded(drawn["x"])) == list(BOTTLENECKS)
    found = [cell.scores(k).loc["CA, text", "accuracy"] for k in BOTTLENECKS]
    assert list(decoded(drawn["y"])) == found


def test_the_pack_has_every_figure_and_its_script_reproduces_the_scores(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(st, "download_button", lambda *_, data, **__: made.append(data))
    app = open_page(PAGE, **FEW)
    app.session_state[FOLDED] = True
    settle(app.run())
    complete(made[-1](), panels(app), tmp_path)
