from dataclasses import fields, replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignlab as al
from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweep_latents import SHOWN
from alignlab.experiments.sweeps import HELD_OUT, IN_SAMPLE, METRICS, point
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.sweep_pictures import figures, moving_latent
from alignlab.ui.parts.sweeps import (
    CURVES,
    LIMITS,
    MEASURED,
    NOISES,
    OVER,
    OVER2,
    ask,
    cell_links,
    ordinary_range,
    panel_of_figure_4,
)
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from alignlab.ui.parts.synthetic import SYNTHETIC, synthetic_spec, values_of
from alignlab.words.findings import NEEDED

DEFAULTS = {control.name: control.default for control in SWEEPS.controls}


def asked(**values):
    return ask(DEFAULTS | values)


def measured(request):
    evaluation = request.plan.evaluation()
    for _ in evaluation.run():
        pass
    return evaluation


def drawn(**values):
    request = asked(**{"points": 3, "seeds": 2} | values)
    evaluation = measured(request)
    return request, evaluation, figures(request, evaluation, "view")


def traces(figure, **properties):
    return [t for t in figure.data if all(t[name] == value for name, value in properties.items())]


# --- The plan that the controls stand for ---


def test_curves_sweep_one_field_with_all_aligners_and_metrics():
    request = asked(
        over="noise", low=0.5, high=2.0, spacing="linear", points=4, seed=7, seeds=3, k=3, d1=5,
        aligners=("cca", "procrustes"), metrics=("ncmae", "retrieval"),
    )  # fmt: skip
    (sweep,) = request.plan.sweeps
    assert request.first is sweep
    assert sweep.spec == SyntheticSpec(k=3, d1=5, seed=7)
    assert (sweep.over, sweep.values) == ("noise", (0.5, 1.0, 1.5, 2.0))
    assert (sweep.over2, sweep.values2) == (None, ())
    assert request.logs == (False,)
    assert request.plan.seeds == (7, 8, 9)
    assert request.plan.aligners == ("cca", "procrustes")
    assert request.metrics == ("ncmae", "retrieval")
    assert request.plan.metrics[:2] == ("ncmae", "retrieval")
    assert set(request.plan.metrics) == {"ncmae", "retrieval", *NEEDED}
    assert request.measured() == ("ncmae", "retrieval")
    assert set(request.plan.metrics) <= set(METRICS)


@pytest.mark.parametrize(
    ("pairs", "prefixes", "wanted"),
    [
        ("fitted", ("",), ("ncmae",)),
        ("held_out", ("held_out_",), ("held_out_ncmae",)),
        ("both", ("", "held_out_"), ("ncmae", "held_out_ncmae")),
    ],
)
def test_metrics_are_wanted_on_the_chosen_pairs(pairs, prefixes, wanted):
    request = asked(pairs=pairs, metrics=("ncmae",))
    assert request.prefixes() == prefixes
    assert request.plan.metrics == (*wanted, *NEEDED)
    assert request.measured() == wanted
    assert len(set(request.plan.metrics)) == len(request.plan.metrics)


def test_figure_4_is_six_sweeps_of_clean_and_noisy_pairs_on_the_fitted_ones():
    request = asked(
        show="figure4", n=1000, k=10, d1=10, d2=10, noise=3.0, points=5, pairs="held_out",
        metrics=("retrieval",), over="components",
    )  # fmt: skip
    got = [(s.over, s.spec.noise) for s in request.plan.sweeps]
    assert got == [(over, noise) for noise in NOISES for over in ("n", "d", "k")]
    assert {replace(s.spec, noise=0.0) for s in request.plan.sweeps} == {
        SyntheticSpec(n=1000, k=10, d1=10, d2=10)
    }
    assert all(len(s.values) == 5 for s in request.plan.sweeps)
    assert request.metrics == ("cmae", "mlre")
    assert request.pairs == "fitted"
    assert set(request.plan.metrics) == set(NEEDED)


@pytest.mark.parametrize("pairs", ["fitted", "held_out", "both"])
def test_a_map_sweeps_two_fields_with_the_first_aligner_and_metric(pairs):
    request = asked(
        show="map", over="k", over2="n", low2=10.0, high2=1000.0, spacing2="log", points=3,
        aligners=("cca", "procrustes"), metrics=("ncmae", "retrieval"), pairs=pairs,
    )  # fmt: skip
    (sweep,) = request.plan.sweeps
    assert (sweep.over, sweep.values) == ("k", (1, 2, 4))
    assert (sweep.over2, sweep.values2) == ("n", (10, 100, 1000))
    assert request.logs == (False, True)
    assert request.plan.aligners == ("cca",)
    prefix = "held_out_" if pairs == "held_out" else ""
    assert request.plan.metrics == (f"{prefix}ncmae",)


@pytest.mark.parametrize("over", OVER.options)
def test_the_usual_range_is_swept_unless_an_end_is_given(over):
    values = DEFAULTS | {"over": over, "k": 4, "d1": 6, "d2": 6}
    low, high, log = ordinary_range(values, "")
    request = ask(values)
    assert request.logs == (log,)
    swept = request.first.values
    room = 0.1 if over == "d1_share" else 1e-9
    assert swept[0] == pytest.approx(low, abs=room)
    assert swept[-1] == pytest.approx(high, abs=room)
    (middle,) = ask(values | {"low": swept[1], "high": swept[1]}).first.values
    assert middle == swept[1]


def test_the_same_controls_ask_for_the_same_plan():
    assert asked().plan == asked().plan
    assert hash(asked().plan) == hash(asked().plan)
    assert asked().plan == asked(plane="principal", lines=3).plan
    assert asked().plan != asked(seed=1).plan


# --- Refused settings ---


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"aligners": ()}, "choose at least one curve"),
        ({"metrics": ()}, "choose at least one"),
        ({"show": "map", "over": "k", "over2": "k"}, "both axes sweep k: choose another"),
        ({"low": 20.0, "high": 10.0}, "from 20 to 10 is empty: swap its ends"),
        ({"over": "d1_share", "low": 0.9, "high": 0.5}, "from 0.9 to 0.5 is empty: swap"),
        ({"over": "noise", "low": 0.0}, "cannot start at 0: start above 0"),
        ({"k": 5}, "exceeds d1 \\+ d2 = 4"),
        ({"weights": "0.5, x"}, "not a list of numbers"),
        ({"show": "map", "high2": 1e6}, "n can be swept between 2 and 100000: change the ends"),
        ({"over": "d1_share", "high": 2.0}, "d1_share can be swept between 0 and 1"),
        ({"over": "components", "latent": "uniform"}, "always has two classes: choose the Gauss"),
        (
            {"show": "map", "over": "n", "over2": "components", "latent": "uniform"},
            "always has two classes: choose the Gaussian mixture",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_the_remedy(values, message):
    with pytest.raises(ValueError, match=message):
        asked(**values)


@pytest.mark.parametrize("show", ["curves", "figure4"])
def test_classes_of_the_uniform_latent_stand_in_the_way_only_where_they_are_swept(show):
    idle = {"over2": "components"} if show == "curves" else {"over": "components"}
    assert asked(show=show, latent="uniform", **idle).plan.sweeps
    assert asked(over="components").first.over == "components"


@pytest.mark.parametrize("over", LIMITS)
def test_a_sweep_reaches_to_its_limits_and_no_further(over):
    least, most = LIMITS[over]
    common = {"over": over, "spacing": "linear", "points": 2}
    values = asked(**common, low=least, high=most).first.values
    if over != "d1_share":
        assert values == (least, most)
    for beyond in ({"low": least, "high": most + 1}, {"low": least - 1, "high": most}):
        with pytest.raises(ValueError, match=f"{over} can be swept between"):
            asked(**common | beyond)


def test_every_swept_field_has_limits():
    assert set(LIMITS) == set(OVER.options) == set(OVER2.options)


@pytest.mark.parametrize("over", sorted(set(LIMITS) - {"d1_share"}))
def test_the_alignment_page_can_show_the_limits_of_a_sweep(over):
    for limit in LIMITS[over]:
        spec = point(SyntheticSpec(n=500, k=1, d1=64, d2=64), over, limit)
        values, notes = ALIGNMENT.read(ALIGNMENT.address(values_of(spec)))
        assert notes == []
        assert synthetic_spec(values) == spec


# --- From a chart to the settings behind it ---


@pytest.mark.parametrize("panel", range(12))
@pytest.mark.parametrize("pairs", ["fitted", "held_out"])
def test_a_panel_of_figure_4_opens_as_the_same_curves(panel, pairs):
    before = DEFAULTS | {
        "show": "figure4", "n": 50, "k": 3, "d1": 4, "d2": 3, "points": 3, "seeds": 2,
        "pairs": pairs, "low": 5.0, "high": 6.0, "spacing": "log",
        "aligners": ("perfect_alignment", "cca"),
    }  # fmt: skip
    request = ask(before)
    large = ask(before | panel_of_figure_4(request, panel))
    sweep = request.plan.sweeps[panel // 2]
    assert large.show == "curves"
    assert large.plan.sweeps == (sweep,)
    assert large.plan.seeds == request.plan.seeds
    small = figures(request, measured(request), "view")["figure 4"]
    (metric,) = large.metrics
    for trace in traces(figures(large, measured(large), "view")[metric], mode="lines+markers"):
        twins = traces(small, mode="lines+markers", name=trace["name"])
        (twin,) = [t for t in twins if t["customdata"][0] == panel]
        assert tuple(twin["x"]) == tuple(trace["x"])
        np.testing.assert_allclose(twin["y"], trace["y"], rtol=1e-9, atol=1e-12)


def test_panels_are_numbered_as_they_are_clicked():
    _, _, drawings = drawn(show="figure4", n=20, aligners=("perfect_alignment",))
    lines = traces(drawings["figure 4"], mode="lines+markers")
    assert sorted({trace["customdata"][0] for trace in lines}) == list(range(12))
    shown = {trace["customdata"][0]: (trace["xaxis"], trace["yaxis"]) for trace in lines}
    # clean CMAE over n is top left; noisy MLRE over k, the last number, bottom right
    assert shown[0] == ("x", "y")
    assert shown[11] == ("x3", "y12")


def test_panels_are_titled_with_the_numbers_of_the_papers():
    _, _, drawings = drawn(show="figure4", n=20, aligners=("perfect_alignment",))
    figure = drawings["figure 4"]
    expected = [
        f"{plot} · {metric}, {kind}"
        for kind, plots in (("clean", range(1, 7)), ("unit noise", range(7, 13)))
        for plot, metric in zip(plots, ("CMAE", "MLRE") * 3, strict=True)
    ]
    titles = {note["text"] for note in figure.layout.annotations}
    assert titles == {f"<b>{title}</b>" for title in expected}
    assert len(figure.layout.annotations) == 12
    for trace in traces(figure, mode="lines+markers"):
        said = expected[trace["customdata"][0]]
        assert trace["hovertemplate"] == f"{said}, plain PA: %{{y:.3g}}<extra></extra>"


def linked(link):
    """The spec that the alignment page shows for a link, with all pairs fitted."""
    path, query = link.split("?")
    assert path == ALIGNMENT.path
    values, notes = ALIGNMENT.read(dict(parse_qsl(query, strict_parsing=True)))
    assert notes == []
    assert (values["source"], values["holdout"]) == ("synthetic", 0.0)
    return synthetic_spec(values)


def test_a_cell_of_the_map_is_the_spec_that_was_measured():
    request = asked(
        show="map", over="k", over2="n", low2=4.0, high2=40.0, points=8, seed=3, seeds=2, d1=3,
        d2=2, noise=0.5, metrics=("cmae",),
    )  # fmt: skip
    evaluation = measured(request)
    sweep = request.first
    heat = figures(request, evaluation, "view")["map"].data[0]
    cells, links = np.array(heat.customdata), cell_links(request)
    assert len(links) == cells.size
    assert cells.shape == np.shape(heat.z) == (len(sweep.values2), len(sweep.values))
    for row, n in enumerate(sweep.values2):
        for column, k in enumerate(sweep.values):
            spec = linked(links[cells[row, column]])
            assert spec == SyntheticSpec(n=n, k=k, d1=3, d2=2, noise=0.5, seed=3)
            data = al.generate(spec)
            Z1, Z2 = al.perfect_alignment(data.X1, data.X2, k).embed(data.X1, data.X2)
            found = evaluation.values[cells[row, column], 0, 0, 0]
            assert found == pytest.approx(al.cmae(Z1, Z2), rel=1e-9, abs=1e-12)


def test_cells_without_a_spec_open_nothing():
    request = asked(show="map", over="k", high=6.0, over2="noise", points=6, d1=2, d2=2)
    links = cell_links(request)
    assert [bool(link) for link in links] == [True, True, True, True, False, False] * 6
    specs = [linked(link) for link in links if link]
    assert [spec.k for spec in specs] == [1, 2, 3, 4] * 6
    assert [spec.noise for spec in specs[::4]] == list(request.first.values2)


def allowed(request):
    """For every point, whether any chosen aligner allows it."""
    return (~request.plan.evaluation().impossible.all(axis=1)).tolist()


def test_points_that_no_aligner_allows_are_known():
    request = asked(over="k", high=6.0, points=6, aligners=("perfect_alignment", "cca"))
    assert allowed(request) == [True] * 4 + [False] * 2
    request = asked(over="k", high=6.0, points=6, aligners=("cca",))
    assert allowed(request) == [True] * 2 + [False] * 4


# --- Charts ---


@pytest.mark.parametrize("pairs", ["fitted", "held_out", "both"])
def test_curves_are_the_means_over_seeds(pairs):
    request, evaluation, drawings = drawn(
        over="d", noise=1.0, pairs=pairs, metrics=("cmae", "retrieval")
    )
    assert list(drawings) == ["cmae", "retrieval"]
    table = request.plan.frame(evaluation)
    for metric, figure in drawings.items():
        lines = traces(figure, mode="lines+markers")
        assert len(lines) == len(request.prefixes()) * 2
        for aligner in request.plan.aligners:
            for prefix in request.prefixes():
                rows = table[table["aligner"] == aligner].groupby("value")[prefix + metric].mean()
                suffix = ", held out" if pairs == "both" and prefix else ""
                name = CURVES.options[aligner] + suffix
                (line,) = [t for t in lines if t["name"] == name]
                assert line["line"]["dash"] == ("dash" if suffix else "solid")
                np.testing.assert_allclose(line["y"], rows, rtol=1e-12)


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        ("fitted", ["chance"]),
        ("held_out", ["chance"]),
        ("both", ["chance", "chance, held out"]),
    ],
)
def test_chance_is_that_of_the_pairs_among_which_partners_are_sought(pairs, names):
    request, _, drawings = drawn(
        over="n", low=5.0, high=2000.0, noise=1.0, pairs=pairs, metrics=("retrieval", "ncmae")
    )
    sizes = {"": [5, 100, RETRIEVAL_PAIRS], "held_out_": [min(HELD_OUT, RETRIEVAL_PAIRS)] * 3}
    assert request.first.values == (5, 100, 2000)
    levels = [t for t in traces(drawings["retrieval"]) if t["name"].startswith("chance")]
    assert [trace["name"] for trace in levels] == names
    for prefix, trace in zip(request.prefixes(), levels, strict=True):
        np.testing.assert_allclose(trace["y"], 1 / np.array(sizes[prefix]))
    assert not any(t["name"].startswith("chance") for t in traces(drawings["ncmae"]))


def test_chance_has_a_gap_where_there_is_no_spec():
    _, _, drawings = drawn(over="k", points=6, high=6.0, metrics=("retrieval",))
    (chance,) = traces(drawings["retrieval"], name="chance")
    np.testing.assert_array_equal(np.isnan(chance["y"]), [False] * 4 + [True] * 2)


@pytest.mark.parametrize("pairs", ["fitted", "held_out"])
def test_the_map_shows_the_means_in_its_plane(pairs):
    request, evaluation, drawings = drawn(
        show="map", over="noise", over2="n", pairs=pairs, metrics=("ncmae",), low2=20.0
    )
    heat = drawings["map"].data[0]
    table = request.plan.frame(evaluation)
    metric = f"{request.prefixes()[0]}ncmae"
    means = table.groupby(["value2", "value"])[metric].mean().unstack()
    np.testing.assert_allclose(heat.z, means, rtol=1e-6)
    assert tuple(heat.x) == request.first.values
    assert tuple(heat.y) == request.first.values2
    assert (", held out" in drawings["map"].layout.title.text) == (pairs == "held_out")


def test_pictures_can_be_drawn_before_anything_is_measured():
    for show in ("curves", "figure4", "map"):
        request = asked(show=show, points=3, seeds=2, pairs="both", metrics=("retrieval", "cmae"))
        assert figures(request, request.plan.evaluation(), "view")


def test_the_moving_latent_has_a_frame_for_every_value_with_one():
    sweep = asked(over="k", high=6.0, points=6, n=300).first
    figure = moving_latent(sweep, "perfect_alignment", 0)
    assert [frame.name.split(",")[0] for frame in figure.frames] == [
        "k = 1", "k = 2", "k = 3", "k = 4",
    ]  # fmt: skip
    assert sum(len(trace["x"]) for trace in figure.frames[0].data[1:]) == 2 * SHOWN
    assert moving_latent(sweep, "cca", 0) is not None
    assert moving_latent(replace(sweep, values=(7, 8)), "perfect_alignment", 0) is None


# --- Controls of a spec ---


@st.composite
def specs(draw):
    latent = draw(st.sampled_from(["gmm", "uniform"]))
    d1, d2 = draw(st.integers(1, 64)), draw(st.integers(1, 64))
    components = draw(st.integers(1, 6))
    weights = draw(
        st.none() | st.lists(st.integers(1, 99), min_size=components, max_size=components)
    )
    return SyntheticSpec(
        latent=latent,
        n=draw(st.integers(2, 100_000)),
        k=draw(st.integers(2 if latent == "uniform" else 1, d1 + d2)),
        d1=d1,
        d2=d2,
        noise=draw(st.floats(0, 1e6)),
        seed=draw(st.integers(0, 2**31 - 1)),
        components=components,
        separation=draw(st.floats(0, 10)),
        imbalance=0.0 if weights else draw(st.floats(0, 0.9)),
        weights=None if weights is None else tuple(w / sum(weights) for w in weights),
        correlation=draw(st.floats(-0.95, 0.95)),
        condition=draw(st.none() | st.floats(1, 1e9)),
    )


@given(specs())
def test_the_controls_of_a_spec_stand_for_it(spec):
    values = values_of(spec)
    assert synthetic_spec(values) == spec
    assert set(values) == {control.name for control in SYNTHETIC}
    assert set(values) == {field.name for field in fields(spec)}


@given(specs())
def test_a_spec_survives_the_address_of_the_alignment_page(spec):
    values, notes = ALIGNMENT.read(ALIGNMENT.address(values_of(spec)))
    assert notes == []
    assert synthetic_spec(values) == spec


def test_every_metric_but_the_yardstick_can_be_chosen():
    assert set(MEASURED.options) == set(IN_SAMPLE) - {"latent_norm"}
