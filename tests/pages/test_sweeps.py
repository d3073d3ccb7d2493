"""The sweeps and the whitening page, without a browser."""

import base64

import numpy as np
import pytest

import alignlab as al
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.sweeps import means, run
from alignlab.experiments.whitening import corners, member
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from alignlab.ui.parts.sweeps import ask
from alignlab.ui.parts.synthetic import synthetic_spec, values_of
from alignlab.ui.parts.whitening import PAGE as WHITENING
from tests.apptest import address, open_page, panels, settle, text, validate_figures


def preset(page, name):
    return {c.name: c.default for c in page.controls} | dict(page.presets[name])


def mean_line(panel, label):
    trace = next(t for t in panel["figure"]["data"] if t["name"] == label)
    return np.array(trace["x"], dtype=float), decoded(trace["y"])


def decoded(values):
    if isinstance(values, list):
        return np.array(values, dtype=float)
    flat = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return flat.reshape(
        [int(n) for n in str(values["shape"]).split(",")] if "shape" in values else -1
    )


@pytest.mark.parametrize("name", [n for n, v in SWEEPS.presets.items() if "show" not in v])
def test_the_curves_of_every_preset_are_those_of_sweep(name):
    values = preset(SWEEPS, name) | {"seeds": 3, "points": 6}
    app = settle(open_page(SWEEPS, **SWEEPS.address(values)))
    asked = ask(values)
    sweep = asked.first
    prefix = asked.prefixes()[-1]
    table = al.sweep(
        sweep.spec,
        sweep.over,
        sweep.values,
        range(3),
        asked.plan.aligners,
        [prefix + metric for metric in asked.metrics],
    )
    validate_figures(app)
    shown = panels(app)
    label = "plain PA, held out" if values["pairs"] == "both" else "plain PA"
    plain = table[table["aligner"] == "perfect_alignment"].drop(columns="aligner")
    plain = plain.groupby(sweep.over).mean()
    for metric in asked.metrics:
        x, y = mean_line(shown[metric], label)
        np.testing.assert_allclose(x, sweep.values)
        np.testing.assert_allclose(y, plain[prefix + metric], rtol=1e-9, atol=1e-12)


def test_figure_4_shows_twelve_panels_and_the_findings():
    values = preset(SWEEPS, "Figure 4") | {"seeds": 5}
    app = settle(open_page(SWEEPS, **SWEEPS.address(values)))
    validate_figures(app)
    figure = panels(app)["figure 4"]["figure"]
    lines = [t for t in figure["data"] if t["name"] == "plain PA"]
    assert len(lines) == 12
    assert len({(t["xaxis"], t["yaxis"]) for t in lines}) == 12
    assert sorted({t["customdata"][0] for t in lines}) == list(range(12))
    said = text(app)
    for claim in (
        "does not matter",
        "n passes d₁ + d₂ − k = 10",
        "zero where k ≤ d/2",
        "MLRE grows",
    ):
        assert claim in said
    assert said.count("*Here*") == 14
    assert said.count("[confirmed]") == 14
    for plot in range(1, 13):
        assert f"(plot {plot})" in said or f"(plot {plot}, " in said
    titles = [note["text"] for note in figure["layout"]["annotations"]]
    assert {"<b>1 · CMAE, clean</b>", "<b>12 · MLRE, unit noise</b>"} <= set(titles)


def test_collapse_with_d_begins_where_the_latent_fills_half_of_the_features():
    assert ask(preset(SWEEPS, "Collapse with d")).first.values[0] == 4


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"over": "noise"}, "they vary n, d and k."),
        ({"over": "n", "aligners": "cca"}, "which is not selected."),
        ({"over": "n", "low": "9", "high": "9"}, "at least two measurable values."),
    ],
)
def test_why_the_papers_say_nothing_is_said_on_the_page(parameters, said):
    app = settle(open_page(SWEEPS, points="2", seeds="2", **parameters))
    assert said in text(app)
    assert "*Here*" not in text(app)


def test_captions_say_how_many_seeds_there_are_and_where_the_law_changes():
    app = settle(open_page(SWEEPS, over="k", points="4", seeds="2", metrics="cmae,ncmae"))
    captions = [panels(app)[metric]["caption"] for metric in ("cmae", "ncmae")]
    for words in captions:
        assert "mean of 2 seeds" in words
        assert words.endswith("Dotted: k = d/2 at 2, k = d at 4.")
    app = settle(open_page(SWEEPS, over="noise", points="2", seeds="1"))
    assert panels(app)["cmae"]["caption"].strip().endswith("on the fitted pairs: one seed.")


def test_the_means_of_a_plan_are_what_the_pack_holds():
    asked = ask(preset(SWEEPS, "Figure 4") | {"seeds": 2, "points": 4})
    table = means(run(asked.plan))
    assert (table["seeds"] == 2).all()
    assert asked.measured() == ("cmae", "mlre")
    assert table[list(asked.measured())].notna().all(axis=None)
    assert table.index.names == ["sweep", "value", "aligner"]
    assert len(table) == sum(len(sweep.values) for sweep in asked.plan.sweeps)


def test_points_that_cannot_be_are_counted_on_the_page():
    app = settle(open_page(SWEEPS, over="k", high="9", points="9", d1="3", d2="3", seeds="2"))
    assert not app.error
    assert "3 of 9 points are left out" in text(app)
    x, y = mean_line(panels(app)["cmae"], "plain PA")
    assert list(x) == list(range(1, 10))
    assert np.isfinite(y[:6]).all()
    assert np.isnan(y[6:]).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"seeds": "1", "points": "1"},
        {"over": "n", "low": "2", "high": "2", "points": "1", "seeds": "1"},
        {"over": "k", "d1": "4", "d2": "2"},
        {"over": "noise", "low": "0", "high": "1000", "spacing": "linear", "points": "3"},
        {"over": "d1_share", "d1": "5", "d2": "3", "aligners": "cca,procrustes"},
        {"over": "components"},
        {"latent": "uniform", "over": "k", "d1": "3", "d2": "3"},
        {"show": "map", "over": "noise", "over2": "k", "points": "3", "seeds": "1"},
        {"show": "figure4", "n": "2", "seeds": "1", "points": "2"},
    ],
)
def test_extremes_draw(parameters):
    app = settle(open_page(SWEEPS, **parameters))
    assert not app.error
    assert panels(app)


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"low": "20.0", "high": "10.0"}, "swap its ends"),
        ({"over": "noise", "low": "0.0"}, "start above 0"),
        ({"aligners": ""}, "choose at least one curve"),
        ({"metrics": ""}, "choose at least one"),
        ({"show": "map", "over2": "d"}, "both axes sweep d"),
        ({"over": "n", "high": "200000.0"}, "between 2 and 100000"),
        ({"over": "components", "latent": "uniform"}, "choose the Gaussian mixture to sweep them"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_the_remedy(parameters, cause):
    app = open_page(SWEEPS, **parameters)
    assert cause in app.error[0].value
    assert any(s.label == "Seeds" for s in app.slider)
    assert address(app) == parameters


def test_another_swept_field_starts_with_its_usual_range():
    app = settle(open_page(SWEEPS, over="n", low="5", high="50", spacing="linear", seeds="2"))
    next(b for b in app.button_group if b.label == "Swept parameter").set_value("k").run()
    settle(app)
    assert not app.exception
    assert address(app) == {"over": "k", "seeds": "2"}


def test_the_latent_moves_through_every_value():
    app = settle(open_page(SWEEPS, over="d", low="2", high="20", points="10", seeds="2"))
    frames = panels(app)["latent"]["figure"]["frames"]
    assert [frame["name"].split(",")[0] for frame in frames] == [
        f"d = {d}" for d in range(2, 21, 2)
    ]


def test_the_alignment_page_shows_every_spec_of_a_map():
    asked = ask(preset(SWEEPS, "Map: k and n"))
    for _, _, spec in asked.first.points():
        if spec is None:
            continue
        values, notes = ALIGNMENT.read(ALIGNMENT.address(values_of(spec)))
        assert notes == []
        assert synthetic_spec(values) == spec


@pytest.mark.parametrize("name", WHITENING.presets)
def test_the_distances_of_every_whitening_preset(name):
    values = preset(WHITENING, name)
    app = open_page(WHITENING, **WHITENING.address(values))
    spec = SyntheticSpec(k=2, d1=8, d2=6, noise=3.0, components=3)
    data = generate(spec)
    ends = corners(data, 2)
    found = member(data, 2, values["family"], values["a"], values["b"], ends)
    bars = panels(app)["distances"]["figure"]["data"]
    for m in (0, 1):
        np.testing.assert_allclose(
            bars[m]["x"], [both[m] for both in found.distances.values()], atol=1e-12
        )
    said = text(app)
    assert "Perfect alignment of whitened data is CCA" in said
    expected = {
        "Plain PA": "span the same subspaces as plain PA",
        "Half way to CCA": "nearest to CCA",
        "CCA (stack)": "span the same subspaces as CCA",
        "One side is not CP": "is not CP",
        "PLS-SVD": "span the same subspaces as PLS-SVD",
        "CP: x⁽¹⁾ predicts x⁽²⁾": "span the same subspaces as CP",
        "CCA (cross)": "span the same subspaces as CCA",
    }[name]
    assert expected in said


def test_whitening_refuses_a_k_beyond_a_view():
    app = open_page(WHITENING, k="5", d1="4", d2="8", noise="1.0")
    assert "exceeds min(d1, d2) = 4" in app.error[0].value
