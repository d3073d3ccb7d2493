"""The pages that compare aligners, transfer labels and align many views, without a browser."""

import numpy as np
import pandas as pd
import pytest

from alignlab.aligners.views import gcca, perfect_alignment_views
from alignlab.data.bent import bent_pairs
from alignlab.data.synthetic import SyntheticSpec, generate, generate_views, labels_as_view
from alignlab.experiments.compare import compare
from alignlab.experiments.methods import METHODS
from alignlab.experiments.transfer import accuracies
from alignlab.experiments.views import views_table
from alignlab.ui.catalog import PAGES
from alignlab.ui.parts.compare import PAGE as COMPARE
from alignlab.ui.parts.compare import comparison_spec
from alignlab.ui.parts.pairs import BEND, DIMS, SOURCE, bent_spec
from alignlab.ui.parts.synthetic import synthetic_spec
from alignlab.ui.parts.transfer import PAGE as TRANSFER_PAGE
from alignlab.ui.parts.transfer import transfer_spec
from alignlab.ui.parts.views import PAGE as VIEWS
from alignlab.words.numbers import number, share
from tests.apptest import address, open_page, panels, settle, text, validate_figures

QUICK = {"steps": 20}


def preset(page, name, **more):
    return {c.name: c.default for c in page.controls} | dict(page.presets[name]) | more


@pytest.mark.parametrize("name", [name for name in COMPARE.presets if "Digits" not in name])
def test_the_table_of_every_comparison_is_that_of_compare(name):
    values = preset(COMPARE, name, **QUICK)
    app = settle(open_page(COMPARE, **COMPARE.address(values)))
    assert not app.error
    bent = values["source"] == "bent"
    data = bent_pairs(bent_spec(values)) if bent else generate(synthetic_spec(values))
    if values["source"] == "labels":
        data = labels_as_view(data)
    expected = compare(data, comparison_spec(values)).table().drop(columns="seconds")
    shown = app.dataframe[0].value
    assert list(shown.index) == list(expected.index)
    for row in expected.index:
        for column in expected.columns:
            assert shown.loc[row, column] == number(expected.loc[row, column]), (row, column)
    assert set(values["methods"]) <= set(panels(app))
    validate_figures(app)


def test_table_1_shows_both_rows_and_their_distance():
    app = settle(open_page(COMPARE, **COMPARE.address(COMPARE.presets["Table 1, both rows"])))
    assert list(app.dataframe[0].value.index) == ["plain PA", "contrastive, linear"]
    assert "Plain PA against contrastive" in text(app)
    assert "orders of magnitude" in text(app)
    frames = panels(app)["contrastive training"]["figure"]["frames"]
    assert frames[0]["name"].startswith("step 0")
    assert frames[-1]["name"].startswith("step 500")
    steps = panels(app)["loss"]["figure"]["data"][0]["x"]
    assert steps[-1] == 500


def test_labels_as_a_modality_show_the_shrinking():
    values = preset(COMPARE, "Labels as a modality")
    app = settle(open_page(COMPARE, **COMPARE.address(values)))
    assert "informative PA shrinks the map of modality 1" in text(app)
    assert "plain PA collapses" in text(app)


def test_high_temperature_leaves_the_partners_further_apart():
    figures = {}
    for name in ("Table 1, both rows", "Contrastive with high temperature"):
        values = preset(COMPARE, name)
        done = compare(generate(synthetic_spec(values)), comparison_spec(values))
        figures[name] = done.results["contrastive"].figures["train", "R@1"]
    first, second = figures.values()
    assert first >= second


def test_views_bent_differently_are_aligned_by_nonlinear_maps_alone_and_the_words_say_so():
    values = preset(COMPARE, "Bent differently", steps=150)
    app = settle(open_page(COMPARE, **COMPARE.address(values)))
    assert "Nonlinear aligners find what linear ones miss" in text(app)
    assert "Kernel CCA chose the ridge" in text(app)
    assert "Overfitted" not in text(app)
    shown = app.dataframe[0].value["correlation"].astype(float)
    assert shown["CCA"] < 0.1
    for name in ("RFF CCA", "RFF informative PA", "kernel CCA", "DeepCCA"):
        assert shown[name] > 0.9
    frames = panels(app)["deep_cca training"]["figure"]["frames"]
    assert frames[-1]["name"].startswith("step 150")


def test_of_few_noisy_linear_pairs_nonlinear_aligners_learn_the_noise_and_the_words_say_so():
    values = preset(COMPARE, "Nonlinear, and overfitted")
    gaps = []
    for seed in range(3):
        spec = synthetic_spec(values | {"seed": seed})
        done = compare(generate(spec), comparison_spec(values))
        gaps.append(done.table("train")["correlation"] - done.table()["correlation"])
    gap = pd.concat(gaps, axis=1).median(axis=1)
    assert gap["CCA"] <= 0.1
    assert gap["RFF CCA"] >= 0.7
    assert gap["DeepCCA"] >= 0.5
    assert gap["kernel CCA"] >= gap["CCA"] + 0.05
    app = settle(open_page(COMPARE, **COMPARE.address(values)))
    assert "Overfitted" in text(app)
    assert "RFF CCA from 1 to" in text(app)
    assert "Nonlinear aligners gain nothing over linear ones" in text(app)
    assert "Least NCMAE on held-out pairs**: CCA," in text(app)


def test_every_page_that_shares_the_source_of_pairs_shows_all_of_them():
    # a browser session keeps what is chosen there when the page is changed
    for other in PAGES:
        names = {control.name for control in other.controls}
        if "source" in names:
            assert {control.name for control in (SOURCE, BEND, DIMS)} <= names
            app = settle(open_page(other, source="bent", bend="square"))
            assert not app.error
            assert not app.exception
            assert address(app) == {"source": "bent", "bend": "square"}
            validate_figures(app)


@pytest.mark.parametrize("bend", ["square", "swiss roll"])
def test_every_bend_opens_by_its_address_and_the_address_stays(bend):
    more = {"methods": "cca,fourier_cca", "fourier_features": "32"}
    parameters = {"source": "bent", "bend": bend} | more
    app = settle(open_page(COMPARE, **parameters))
    assert not app.error
    assert address(app) == parameters


def test_an_aligner_that_cannot_be_fitted_says_why_and_the_others_are_shown():
    app = settle(
        open_page(COMPARE, k="3", d1="2", d2="4", methods="perfect_alignment,cca,procrustes")
    )
    assert not app.exception
    assert "CCA could not be fitted" in text(app)
    assert "exceeds min(d1, d2) = 2" in text(app)
    assert "perfect_alignment" in panels(app)


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"methods": ""}, "choose at least one"),
        ({"n": "3", "holdout": "0.9"}, "fewer than 2"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_remedy(parameters, cause):
    app = open_page(COMPARE, **parameters)
    assert cause in app.error[0].value
    assert address(app) == parameters


@pytest.mark.parametrize("name", TRANSFER_PAGE.presets)
def test_the_accuracies_of_every_transfer_preset(name):
    values = preset(TRANSFER_PAGE, name, runs=1)
    app = settle(open_page(TRANSFER_PAGE, **TRANSFER_PAGE.address(values)))
    assert not app.error
    found = accuracies(transfer_spec(values))
    shown = app.dataframe[0].value.loc["accuracy"]
    for route, accuracy in found.items():
        assert shown[route] == share(accuracy)
    assert set(panels(app)) >= {"step 1", "step 2", "step 3", "labelled", "pairs"}
    validate_figures(app)
    said = text(app)
    assert share(found["Gaussian transfer"]) in said
    expected = {
        "Figure 1 of the transfer paper": "as good as with labels",
        "One modality is blind": "Modality 2 carries no class information",
        "The labelled one is blind": "Modality 1 carries no class information",
        "Pairs torn apart": "averaged over draws the accuracy is at chance",
    }.get(name, "Gaussian transfer reaches")
    assert expected in said


def test_more_classes_than_pairs_are_refused():
    app = open_page(TRANSFER_PAGE, classes="6", pairs_n="5")
    assert "6 clusters cannot be found in 5 pairs" in app.error[0].value


@pytest.mark.parametrize("name", VIEWS.presets)
def test_the_table_of_every_views_preset(name):
    values = preset(VIEWS, name)
    app = open_page(VIEWS, **VIEWS.address(values))
    assert not app.error
    spec = synthetic_spec(values)
    views = generate_views(spec, values["views"])
    found = {}
    found["perfect alignment"] = perfect_alignment_views(views, spec.k)
    found["GCCA"] = gcca(views, spec.k)
    expected = views_table(views, found)
    shown = app.dataframe[0].value
    for row in expected.index:
        for column in expected.columns:
            value = expected.loc[row, column]
            if np.isnan(value) or value > 1e-9:
                assert shown.loc[row, column] == number(value)
    claim = "All views align exactly" if spec.noise == 0 and spec.k < 3 else "No exact alignment"
    assert claim in text(app)


def test_the_first_two_of_many_views_are_the_usual_ones():
    spec = SyntheticSpec(n=50, d1=4, d2=3, noise=0.5)
    views = generate_views(spec, 6)
    data = generate(spec)
    np.testing.assert_array_equal(views[0], data.X1)
    np.testing.assert_array_equal(views[1], data.X2)
    assert [X.shape[1] for X in views] == [4, 3, 4, 3, 4, 3]
    assert not np.allclose(views[0], views[2])
    for fewer in range(2, 6):
        for X, Y in zip(views, generate_views(spec, fewer), strict=False):
            np.testing.assert_array_equal(X, Y)


def test_every_method_can_be_compared_on_the_page():
    options = next(c for c in COMPARE.controls if c.name == "methods").options
    assert list(options) == list(METHODS)
