import re
from dataclasses import replace

import numpy as np
import pytest

from alignlab.diagnosis.heads import METHODS, Heads, HeadsSpec
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import STRENGTHS
from alignlab.figures import diagnose as draw
from alignlab.figures import diagnose_spectra as spectra
from alignlab.figures import label_scores
from alignlab.figures import sensitivity as checks_of
from alignlab.figures.phase import COLOURS, REGIONS
from alignlab.figures.ratio_axes import told
from alignlab.figures.theme import DATA_SET, OTHER, translucent
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import REGIMES, separation_ratios
from tests.diagnoses import BOTH, KINDS, SPECS, diagnosis, drawn
from tests.figures.test_figures import validated

PLACED = [kind for kind in KINDS if diagnosis(kind).population is not None]
TRUTH = separation_ratios(BOTH)

each_kind = pytest.mark.parametrize("kind", KINDS)
each_placed = pytest.mark.parametrize("kind", PLACED)
each_objective = pytest.mark.parametrize("objective", OBJECTIVES)


def named(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def names(figure):
    return [trace.name for trace in figure.data]


def positions(figure):
    """All coordinates, with the ends of error bars."""
    found = []
    for trace in figure.data:
        for axis in ("x", "y"):
            values = [v for v in getattr(trace, axis) if not isinstance(v, str)]
            found += values
            bars = getattr(trace, f"error_{axis}", None)
            for part in ("array", "arrayminus"):
                found += list(getattr(bars, part, None) or []) if bars is not None else []
    return np.array(found, dtype=float)


def with_ratios(found, **ratios):
    """The diagnosis with other ratios of the population."""
    changed = found.population.ratios | ratios
    return replace(found, population=replace(found.population, ratios=changed))


# --- All of them are what Plotly draws, at places that exist ---


@each_kind
def test_every_picture_is_valid_and_nothing_is_nowhere(kind):
    found = diagnosis(kind)
    drawn_ = [spectra.spectrum(found, objective, keep="v") for objective in OBJECTIVES]
    drawn_ += [spectra.explained(found, keep="v"), draw.located(found, TRUTH, keep="v")]
    if found.population is not None:
        drawn_ += [draw.ratios(found, TRUTH, keep="v"), draw.located(found, None, keep="v")]
        drawn_ += [draw.ratios(found, None, keep="v"), spectra.separated(found, keep="v")]
    if found.pairing is not None:
        drawn_.append(spectra.strengths(found, keep="v"))
    if found.scores is not None:
        drawn_ += [one(found, keep="v") for one in (label_scores.dots, label_scores.by_dimension)]
    for figure in map(validated, drawn_):
        assert figure.layout.uirevision == "v"
        assert figure.data
        places = positions(figure)
        assert np.isfinite(places).all()


# --- Where the pairs lie ---


@each_placed
def test_the_markers_are_at_the_ratios_or_at_the_edge(kind):
    found = diagnosis(kind)
    figure = validated(draw.located(found, None, keep="v"))
    end = 10 ** figure.layout.xaxis.range[1]
    for name, reading in (("population", found.population), ("these pairs", found.sample)):
        marker = named(figure, name)
        for at, objective in ((marker.x[0], "cp"), (marker.y[0], "ca")):
            expected = np.clip(reading.ratios[objective], 1 / end, end)
            assert at == pytest.approx(expected, rel=1e-12)
    assert figure.layout.xaxis.range == figure.layout.yaxis.range


@each_placed
def test_the_bars_end_at_the_interval(kind):
    found = diagnosis(kind)
    figure = validated(draw.located(found, None, keep="v"))
    marker, end = named(figure, "population"), 10 ** figure.layout.xaxis.range[1]
    for axis, objective in (("x", "cp"), ("y", "ca")):
        bars, at = getattr(marker, f"error_{axis}"), getattr(marker, axis)[0]
        low, high = found.intervals[objective]
        if np.isnan(low):
            assert bars.array is None
            continue
        # an estimate outside of its interval has a bar on one side only
        assert at - bars.arrayminus[0] == pytest.approx(min(np.clip(low, 1 / end, end), at))
        assert at + bars.array[0] == pytest.approx(max(np.clip(high, 1 / end, end), at))


@each_placed
def test_the_cloud_is_that_of_the_resamples(kind):
    found = diagnosis(kind)
    figure = validated(draw.located(found, None, keep="v"))
    cloud, end = named(figure, "resamples"), 10 ** figure.layout.xaxis.range[1]
    assert len(cloud.x or ()) == found.resamples
    if found.resamples:
        np.testing.assert_allclose(cloud.x, np.clip(found.cloud[1], 1 / end, end), rtol=1e-12)
        np.testing.assert_allclose(cloud.y, np.clip(found.cloud[0], 1 / end, end), rtol=1e-12)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_marker_is_on_the_ground_of_its_regime(regime):
    figure = validated(draw.located(diagnosis(regime), None, keep="v"))
    marker = named(figure, "population")
    x, y = marker.x[0], marker.y[0]
    grounds = [
        shape.fillcolor
        for shape in figure.layout.shapes
        if shape.type == "rect" and shape.x0 < x < shape.x1 and shape.y0 < y < shape.y1
    ]
    assert grounds == [translucent(REGIONS[regime], 0.22)]


@pytest.mark.parametrize("regime", REGIMES)
def test_the_name_of_a_regime_is_in_its_own_corner(regime):
    figure = validated(draw.located(diagnosis("Both"), None, keep="v"))
    (name,) = [a for a in figure.layout.annotations if a.text == f"<b>{regime}</b>"]
    assert (name.x, name.y) == (
        float(regime in ("Both", "CP only")),
        float(regime in ("Both", "CA only")),
    )


def test_the_truth_is_a_star_at_its_ratios():
    star = named(validated(draw.located(diagnosis("Both"), TRUTH, keep="v")), "theory")
    assert (star.x[0], star.y[0]) == (TRUTH.cp, TRUTH.ca)
    assert star.marker.symbol == "star"
    assert "theory" not in names(validated(draw.located(diagnosis("Both"), None, keep="v")))


@pytest.mark.parametrize(("value", "end"), [(0.0, -3), (np.inf, 3), (1e9, 3), (1e-9, -3)])
def test_a_ratio_beyond_the_axis_is_at_its_end_and_told_as_it_is(value, end):
    found = with_ratios(diagnosis("early"), ca=value)
    marker = named(validated(draw.located(found, None, keep="v")), "population")
    assert marker.y[0] == pytest.approx(10.0**end)
    bars = validated(draw.ratios(found, None, keep="v"))
    assert bars.data[0].x[0] == pytest.approx(10.0**end)
    told = "∞" if np.isinf(value) else f"{value:.3g}"
    assert marker.customdata[0][1] == bars.data[0].customdata[0][0] == told
    assert marker.customdata[0][0] == f"{found.population.ratios['cp']:.3g}"


def test_no_number_that_is_hovered_is_lost_on_the_way():
    """JSON has neither infinity nor NaN: both arrive as null, which reads as 0."""
    for kind in ("infinite", "unlabelled", "blind", "early"):
        found = diagnosis(kind)
        figures = [draw.located(found, TRUTH, keep="v"), spectra.spectrum(found, "ca", keep="v")]
        if found.population is not None:
            figures += [draw.ratios(found, TRUTH, keep="v"), spectra.separated(found, keep="v")]
        for figure in map(validated, figures):
            for trace in figure.data:
                told = np.array([] if trace.customdata is None else trace.customdata, dtype=object)
                assert None not in told.ravel().tolist()


def test_the_axes_reach_as_far_as_anything_drawn():
    near = validated(draw.located(diagnosis("early"), None, keep="v"))
    assert near.layout.xaxis.range == pytest.approx((-1, 1))
    far = validated(draw.located(with_ratios(diagnosis("early"), cp=40.0), None, keep="v"))
    assert np.log10(40) < far.layout.xaxis.range[1] < 2
    farthest = validated(draw.located(with_ratios(diagnosis("early"), cp=1e7), None, keep="v"))
    assert farthest.layout.xaxis.range == pytest.approx((-3, 3))


def test_without_ratios_there_are_the_regimes_alone():
    figure = validated(draw.located(diagnosis("unlabelled"), None, keep="v"))
    assert names(figure) in ([], [None])
    assert len(figure.layout.annotations) == 4


# --- The three ratios ---


@each_placed
def test_the_three_ratios_have_their_colours_places_and_intervals(kind):
    found = diagnosis(kind)
    figure = validated(draw.ratios(found, None, keep="v"))
    end = 10 ** figure.layout.xaxis.range[1]
    for trace, objective in zip(figure.data[:3], OBJECTIVES, strict=True):
        assert trace.marker.color == COLOURS[objective]
        assert trace.y == (LEGENDS[objective],)
        value = np.clip(found.population.ratios[objective], 1 / end, end)
        assert trace.x[0] == pytest.approx(value, rel=1e-12)
        low, high = np.clip(found.intervals[objective], 1 / end, end)
        if found.resamples:
            assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(low, rel=1e-9)
            assert trace.x[0] + trace.error_x.array[0] == pytest.approx(high, rel=1e-9)
        else:
            assert trace.error_x.array is None
    sample = named(figure, "these pairs")
    expected = [np.clip(found.sample.ratios[name], 1 / end, end) for name in OBJECTIVES]
    assert list(sample.x) == pytest.approx(expected, rel=1e-12)
    assert list(sample.y) == [LEGENDS[name] for name in OBJECTIVES]


def test_the_ratios_of_theory_are_stars():
    star = named(validated(draw.ratios(diagnosis("Both"), TRUTH, keep="v")), "theory")
    assert list(star.x) == [TRUTH.ca, TRUTH.cp, TRUTH.cp_reverse]


# --- Spectra ---


@each_objective
@each_kind
def test_the_bars_of_a_spectrum_are_its_values_and_their_colours_follow_the_labels(kind, objective):
    found = diagnosis(kind)
    part = found.spectra[objective]
    figure = validated(spectra.spectrum(found, objective, keep="v"))
    bars = {trace.name: trace for trace in figure.data if trace.type == "bar"}
    shown = min(spectra.SHOWN, len(part.values))
    heights = {int(x): y for trace in bars.values() for x, y in zip(trace.x, trace.y, strict=True)}
    assert [heights[i + 1] for i in range(shown)] == part.values[:shown].tolist()
    if found.directions == 0:
        assert list(bars) == ["not classified: no label subspace"]
        assert bars["not classified: no label subspace"].marker.color == OTHER
        return
    signal = {i + 1 for i in range(shown) if part.shared[i] >= 0.5}
    for name, places, colour in (
        ("signal", signal, COLOURS[objective]),
        ("nuisance", set(range(1, shown + 1)) - signal, OTHER),
    ):
        assert (name in bars) == bool(places)
        if places:
            assert set(map(int, bars[name].x)) == places
            assert bars[name].marker.color == colour


@each_objective
def test_signal_stands_where_labels_see_it(objective):
    figure = validated(spectra.spectrum(diagnosis("Both"), objective, keep="v"))
    assert set(map(int, named(figure, "signal").x)) == {1, 2, 3}
    reverse = diagnosis("Neither").spectra[objective].shared
    strongest = named(
        validated(spectra.spectrum(diagnosis("Neither"), objective, keep="v")), "signal"
    )
    assert 1 not in strongest.x
    assert reverse[0] < 0.5


@each_objective
def test_the_levels_are_the_null_and_the_largest_nuisance(objective):
    null, nuisance = "permutation null, 95th percentile", "largest nuisance value, population"
    found = diagnosis("CA only")
    figure = validated(spectra.spectrum(found, objective, keep="v"))
    assert set(named(figure, null).y) == {found.spectra[objective].floor}
    assert set(named(figure, nuisance).y) == {found.population.nuisance[objective]}
    early = names(validated(spectra.spectrum(diagnosis("early"), objective, keep="v")))
    assert null not in early
    assert nuisance in early
    assert nuisance not in names(
        validated(spectra.spectrum(diagnosis("blind"), objective, keep="v"))
    )


def test_of_many_components_the_first_are_drawn_and_it_is_said_how_many_there_are():
    figure = validated(spectra.spectrum(diagnosis("wide"), "cp", keep="v"))
    assert "first 40 of 60" in figure.layout.title.text
    assert max(x for trace in figure.data if trace.type == "bar" for x in trace.x) == 40
    few = validated(spectra.spectrum(diagnosis("Both"), "cp", keep="v"))
    assert "first" not in few.layout.title.text


@pytest.mark.parametrize(
    ("kind", "r2", "share"),
    [("Both", r"0\.\d+", r"\d+%"), ("blind", r"[\d.e-]+", "not known"),
     ("unlabelled", "not known", "not known")],
)  # fmt: skip
def test_a_component_is_hovered_with_what_is_known_of_it(kind, r2, share):
    figure = validated(spectra.spectrum(diagnosis(kind), "ca", keep="v"))
    told = figure.data[0].customdata
    assert re.fullmatch(r2, told[0][0])
    assert re.fullmatch(share, told[0][1])


def test_a_p_at_its_floor_is_hovered_as_an_upper_bound():
    told = spectra.strengths(diagnosis("Both"), keep="v").data[0].customdata
    assert [row[3] for row in told] == [
        "< 0.001 (normal distribution)", *["< 0.01 (100 permutations)"] * 4,
    ]  # fmt: skip


@each_placed
def test_the_r2_curve_is_that_of_the_components_filled_where_labels_see_them(kind):
    found = diagnosis(kind)
    figure = validated(spectra.explained(found, keep="v"))
    for trace, objective in zip(figure.data, OBJECTIVES, strict=True):
        part = found.spectra[objective]
        shown = min(spectra.SHOWN, len(part.values))
        assert list(trace.y) == part.r2[:shown].tolist()
        assert list(trace.x) == list(range(1, shown + 1))
        assert trace.line.color == COLOURS[objective]
        filled = [symbol == "circle" for symbol in trace.marker.symbol]
        assert filled == (part.shared[:shown] >= 0.5).tolist()


# --- Signal against nuisance ---


@each_placed
def test_an_objective_recovers_where_its_points_are_above_its_bar(kind):
    found = diagnosis(kind)
    figure = validated(spectra.separated(found, keep="v"))
    for reading, name, shift in (
        (found.population, "population", -0.14),
        (found.sample, "these pairs", 0.14),
    ):
        bars, points = named(figure, f"largest nuisance, {name}"), named(figure, f"signal, {name}")
        at = np.array(points.x)
        for place, objective in enumerate(OBJECTIVES):
            unit = found.population.signal[objective].max()
            own = np.array(points.y)[np.isclose(at, place + shift)]
            np.testing.assert_allclose(own, reading.signal[objective] / unit)
            assert bars.y[place] == pytest.approx(reading.nuisance[objective] / unit)
            assert bars.customdata[place] == reading.nuisance[objective]
            assert (own.min() > bars.y[place]) == (reading.ratios[objective] > 1)


# --- Pairing ---


@pytest.mark.parametrize("kind", ["Both", "torn", "unlabelled"])
def test_the_pairing_is_in_deviations_above_its_null(kind):
    pairing = diagnosis(kind).pairing
    figure = validated(spectra.strengths(diagnosis(kind), keep="v"))
    bar, edge = figure.data
    for i, (name, label) in enumerate(STRENGTHS.items()):
        part = getattr(pairing, name)
        assert bar.y[i] == f"{label}<br>{part.value:.3g} (null {part.null:.2g})"
        assert bar.x[i] == part.z
        deviation = (part.value - part.null) / part.z
        assert edge.x[i] == pytest.approx((part.edge - part.null) / deviation, rel=1e-6)
        assert bar.marker.color[i] == (OTHER if part.z < 4 else "#2288CC")
        if name != "held_out":
            assert (part.z >= 4) == (kind != "torn")
    assert pairing.paired == (kind != "torn")


def test_the_null_is_near_two_deviations():
    edge = validated(spectra.strengths(diagnosis("Both"), keep="v")).data[1]
    assert all(0.8 < x < 3.5 for x in edge.x)


# --- Checks and heads ---


@pytest.fixture(scope="module")
def checks():
    pairs = drawn(BOTH, 200)
    specs = (
        CheckSpec(kind="labels", values=(5, 50, 200)),
        CheckSpec(kind="noise", values=(0.0, 30.0)),
        CheckSpec(kind="components", values=(2, 20)),
    )
    work = Checks(pairs.X, pairs.Y, pairs.labels, specs, DiagnosisSpec(resamples=4))
    for _ in work.run():
        pass
    return work.table()


@pytest.mark.parametrize("kind", ["labels", "noise", "components"])
def test_a_check_has_its_ratios_and_verdicts_at_every_value(checks, kind):
    own = checks[checks["kind"] == kind].reset_index(drop=True)
    figure = validated(checks_of.check(checks, kind, keep="v"))
    assert list(figure.layout.xaxis.ticktext) == [f"{value:,g}" for value in own["value"]]
    squares, advised = figure.data[-2:]
    told_ = [checks_of.ADVISED[one] for one in own["recommendation"]]
    assert list(advised.text) == [f"<b>{one}</b>" for one in told_]
    assert [one[0] for one in advised.customdata] == [told(gain) for gain in own["gain"]]
    assert min(advised.y) > max(squares.y)
    assert list(squares.marker.color) == [REGIONS.get(r, DATA_SET) for r in own["regime"]]
    assert [told[0] for told in squares.customdata] == own["regime"].tolist()
    for trace, objective in zip(figure.data[:3], OBJECTIVES, strict=True):
        expected = np.clip(own[f"delta_{objective}"], 1e-3, 1e3)
        drawn_ = np.array([np.nan if y is None else y for y in trace.y], dtype=float)
        np.testing.assert_allclose(drawn_, expected, rtol=1e-9)
        assert list(trace.customdata) == [told(v) for v in own[f"delta_{objective}"]]
        # a value that is not drawn is undetermined, as its square shows
        assert (own.loc[np.isnan(drawn_), "regime"] == "Undetermined").all()
    assert all(y > np.nanmax(np.array(figure.data[0].y, dtype=float)) for y in squares.y)


def test_a_check_that_has_no_verdict_yet_says_why(checks):
    labels = validated(checks_of.check(checks, "labels", keep="v")).data[-2]
    assert labels.customdata[0][0] == "Undetermined"
    assert labels.customdata[0][1]


def test_the_scores_are_every_seed_with_mean_and_deviation():
    pairs = drawn(BOTH, 200)
    spec = HeadsSpec(k=2, hidden=0, steps=2, seeds=(0, 1))
    work = Heads(pairs.X, pairs.Y, pairs.labels, spec, pairs.targets)
    for _ in work.run():
        pass
    table = work.table()
    figure = validated(checks_of.scores(table, "z2", work.chance, keep="v"))
    own = table[table["target"] == "z2"]
    for method, dots, mean in zip(METHODS, figure.data[::2], figure.data[1::2], strict=True):
        values = own.loc[own["method"] == method, "score"]
        assert list(dots.y) == values.tolist()
        assert set(dots.x) == set(mean.x) == {method}
        assert mean.y[0] == pytest.approx(values.mean())
        assert mean.error_y.array[0] == pytest.approx(values.std())
    assert {shape.y0 for shape in figure.layout.shapes} == {work.chance}
    one = validated(checks_of.scores(table[table["seed"] == 0], "z1", 0.0, keep="v"))
    assert {trace.error_y.array[0] for trace in one.data[1::2]} == {0}
    some = validated(checks_of.scores(table[table["method"] == "CP"], "z1", 0.0, keep="v"))
    assert {x for trace in some.data for x in trace.x} == {"CP"}


def test_every_verdict_has_a_badge():
    assert [draw.regime_colour(regime) for regime in (*REGIMES, "Undetermined")] == [
        "blue", "green", "red", "gray", "orange",
    ]  # fmt: skip
    assert set(draw.BADGES) == set(REGIMES) == set(SPECS) - {"reversed"}
