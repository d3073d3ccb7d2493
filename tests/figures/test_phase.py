import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignlab.figures import phase as draw
from alignlab.figures import recovery as sampled
from alignlab.figures import whitening
from alignlab.figures.samples import recovery_map
from alignlab.figures.theme import ALIGNER_COLOURS, NOISE_FLOOR, OTHER, OVER_MAP
from alignlab.grid import spaced
from alignlab.names import AXES, LEGENDS
from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.monte_carlo import noise_floor
from alignlab.spiked.objectives import shared_by_all, shared_dimensions_table
from alignlab.spiked.phase import (
    CURVE_POINTS,
    LOGARITHMIC,
    PARAMETERS,
    RATIO,
    WEAKEST,
    WEIGHT,
    off_axes,
    phase_plane,
    picture,
    plane,
    plane_table,
    recovered_shares,
    varied,
)
from alignlab.spiked.recovery import SpikedStudy
from alignlab.spiked.samples import RecoveryMaps
from alignlab.spiked.theory import REGIMES, separation_ratios
from alignlab.words.phase import TOUR
from tests.figures.test_figures import validated
from tests.spiked.test_model import specs

FIGURE_2A = SpikedSpec()
FIGURE_2B = replace(FIGURE_2A, gamma_tilde_y=0.05)
FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
NARROWEST = SpikedSpec(d=2, k=1)
NOTHING = SpikedSpec(kappa=0.0, nu=0.0)

RANGES = {
    "kappa": (0.0, 3.0), "nu": (0.0, 1.0), "gamma_x": (0.0, 5.0), "gamma_y": (0.0, 5.0),
    "gamma_tilde_x": (0.05, 20.0), "gamma_tilde_y": (0.05, 20.0), RATIO: (0.05, 1.0),
}  # fmt: skip


def axes(over_x="kappa", over_y="nu", nx=41, ny=31):
    return tuple(
        (name, spaced(*RANGES[name], count, log=name in LOGARITHMIC, whole=False))
        for name, count in ((over_x, nx), (over_y, ny))
    )


CLASSIC = axes()
SMALL = axes(nx=4, ny=3)


def diagram(spec, chosen=CLASSIC, prediction="cp", here=(2.0, 0.5), named=None):
    """The plane, the borders and the figure as sent to the browser."""
    found, curves = picture(spec, chosen, prediction)
    return (
        found,
        curves,
        validated(draw.phase_diagram(found, curves, here=here, named=named or {}, keep="view")),
    )


def traces(figure, kind=None, **properties):
    return [
        trace
        for trace in figure.data
        if kind in (None, trace.type)
        and all(getattr(trace, name, None) == value for name, value in properties.items())
    ]


def edges(trace):
    """The points along x of a filled region with its lower and its upper edge."""
    half = len(trace.x) // 2
    x, back = np.array(trace.x[:half]), np.array(trace.x[half:])[::-1]
    np.testing.assert_array_equal(x, back)
    return x, np.array(trace.y[:half]), np.array(trace.y[half:])[::-1]


def area(trace):
    x, low, high = edges(trace)
    return np.trapezoid(high - low, x)


# --- The plane as a table ---


@given(specs(), st.permutations(PARAMETERS).map(lambda order: order[:2]))
@settings(max_examples=25)
def test_a_table_has_the_ratios_of_every_point(spec, over):
    found = plane(spec, over[0], (0.2, 0.5, 0.9), over[1], (0.3, 1.0))
    table = plane_table(found)
    assert table.index.names == [over[1], over[0]]
    assert list(table.columns) == [f"delta {name}" for name in OBJECTIVES]
    assert table.shape == (6, 3)
    for i, y in enumerate((0.3, 1.0)):
        for j, x in enumerate((0.2, 0.5, 0.9)):
            row = table.loc[(y, x)]
            for name in OBJECTIVES:
                assert row[f"delta {name}"] == getattr(found, name)[i, j]


def test_a_row_of_the_table_is_what_theory_says_of_the_spec():
    table = plane_table(phase_plane(FIGURE_2A, [1.0, 2.0], [0.0, 0.4]))
    for (nu, kappa), row in table.iterrows():
        found = separation_ratios(replace(FIGURE_2A, kappa=kappa, nu=nu))
        for name in OBJECTIVES:
            assert row[f"delta {name}"] == pytest.approx(getattr(found, name), rel=1e-14)
    assert np.isinf(table.loc[0.0]).all(axis=None)


# --- What animations recover ---


def test_shares_are_those_of_the_first_and_the_last_plane():
    grids = np.linspace(0, 3, 31), np.linspace(0, 1, 21)
    planes = [phase_plane(replace(FIGURE_2A, gamma_tilde_y=at), *grids) for at in (0.05, 5.0, 20.0)]
    shares = recovered_shares(planes, ("ca", "cp"))
    assert list(shares) == ["ca", "cp"]
    for name, (first, last) in shares.items():
        assert first == np.mean(getattr(planes[0], name) > 1)
        assert last == np.mean(getattr(planes[2], name) > 1)
    assert shares["ca"][0] == shares["ca"][1]
    assert shares["cp"][0] > shares["cp"][1]


def test_the_shares_of_one_plane_are_the_same_at_both_ends():
    found = phase_plane(NOTHING, [0.0, 1.0], [0.0, 1.0])
    assert recovered_shares([found], OBJECTIVES) == {
        "ca": (0.25, 0.25), "cp": (0.25, 0.25), "cp_reverse": (0.25, 0.25),
    }  # fmt: skip


# --- Pictures ---


@pytest.mark.parametrize("prediction", ["cp", "cp_reverse"])
def test_a_picture_is_the_plane_of_its_axes_with_their_borders(prediction):
    found, curves = picture(FIGURE_2A, CLASSIC, prediction)
    (over_x, xs), (over_y, ys) = CLASSIC
    expected = plane(FIGURE_2A, over_x, xs, over_y, ys, prediction)
    np.testing.assert_array_equal(found.codes, expected.codes)
    assert (found.prediction, found.over_x, found.over_y) == (prediction, "kappa", "nu")
    assert (curves.low, curves.high) == (0.0, 1.0)
    assert (curves.xs[0], curves.xs[-1]) == (xs[0], xs[-1])
    assert len(curves.xs) >= CURVE_POINTS


@given(specs(), st.permutations(PARAMETERS).map(lambda order: order[:3]))
@settings(max_examples=30)
def test_what_the_axes_go_through_is_of_no_account_to_the_picture(spec, over):
    chosen, played = axes(*over[:2], nx=4, ny=3), over[2]
    still = off_axes(spec, chosen)
    for one, other in (
        (spec, still),
        (varied(spec, played, 0.5), varied(off_axes(spec, chosen, played), played, 0.5)),
    ):
        found, expected = (
            plane(at, *chosen[0], *chosen[1], prediction="cp_reverse") for at in (other, one)
        )
        for name in OBJECTIVES:
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


@pytest.mark.parametrize("axis", ["x", "y", "both"])
def test_an_axis_may_be_one_value(axis):
    (over_x, xs), (over_y, ys) = SMALL
    chosen = (
        (over_x, xs[2:3] if axis != "y" else xs),
        (over_y, ys[1:2] if axis != "x" else ys),
    )
    found, _, figure = diagram(FIGURE_2A, chosen)
    (cells,) = traces(figure, "heatmap")
    assert np.shape(cells.z) == found.codes.shape


# --- The phase diagram ---


@pytest.mark.parametrize("spec", [FIGURE_2A, FIGURE_3, NARROWEST, NOTHING])
@pytest.mark.parametrize("over", list(permutations(("kappa", "gamma_tilde_y", RATIO, "nu"), 2)))
def test_the_diagram_of_any_two_parameters_is_drawn(spec, over):
    found, _, figure = diagram(spec, axes(*over, nx=7, ny=5))
    assert figure.layout.xaxis.title.text == AXES[over[0]]
    assert figure.layout.yaxis.title.text == AXES[over[1]]
    for axis, parameter in ((figure.layout.xaxis, over[0]), (figure.layout.yaxis, over[1])):
        assert axis.type == ("log" if parameter in LOGARITHMIC else None)
        ends = np.array(RANGES[parameter])
        expected = np.log10(ends) if parameter in LOGARITHMIC else ends
        assert axis.range == pytest.approx(expected)
    assert np.shape(traces(figure, "heatmap")[0].z) == found.codes.shape


@pytest.mark.parametrize("parameter", [*PARAMETERS, WEIGHT, WEAKEST])
def test_every_parameter_has_a_name_on_the_axis(parameter):
    assert draw.axis(parameter)["title"]["text"] == AXES[parameter]
    assert "range" not in draw.axis(parameter)


@given(specs(), st.sampled_from(list(permutations(PARAMETERS, 2))), st.sampled_from(OBJECTIVES[1:]))
@settings(max_examples=25)
def test_regions_tile_the_plane(spec, over, prediction):
    found, curves = picture(spec, axes(*over, nx=3, ny=3), prediction)
    figure = draw.phase_diagram(found, curves, here=(1, 1), named={}, keep="view")
    filled = traces(figure, fill="toself")
    assert [trace.name for trace in filled] == list(REGIMES)
    x, _, _ = edges(filled[0])
    heights = sum(high - low for _, low, high in map(edges, filled))
    np.testing.assert_allclose(heights, curves.high - curves.low, rtol=1e-5)
    assert (x[0], x[-1]) == pytest.approx((curves.xs[0], curves.xs[-1]), rel=1e-6)
    assert min(low.min() for _, low, _ in map(edges, filled)) == np.float32(curves.low)


@pytest.mark.parametrize("prediction", ["cp", "cp_reverse"])
@pytest.mark.parametrize("spec", [FIGURE_2A, FIGURE_2B, FIGURE_3])
def test_every_point_lies_in_the_region_of_its_regime(spec, prediction):
    found, _, figure = diagram(spec, CLASSIC, prediction)
    regions = {trace.name: edges(trace) for trace in traces(figure, fill="toself")}
    grid_x, grid_y = np.meshgrid(found.xs, found.ys)
    near = np.zeros(grid_x.shape, dtype=bool)
    inside = {}
    for name, (x, low, high) in regions.items():
        bottom, top = (np.interp(grid_x, x, edge) for edge in (low, high))
        near |= (np.abs(grid_y - bottom) < 2e-3) | (np.abs(grid_y - top) < 2e-3)
        inside[name] = (bottom < grid_y) & (grid_y < top)
    near[[0, -1]] = True  # the ends of nu
    assert near.mean() < 0.25
    for name in REGIMES:
        np.testing.assert_array_equal(inside[name][~near], (found.regime == name)[~near])


def test_the_regions_of_figure_2a():
    _, _, figure = diagram(FIGURE_2A)
    areas = {trace.name: area(trace) / 3 for trace in traces(figure, fill="toself")}
    assert sum(areas.values()) == pytest.approx(1, abs=1e-6)
    kappas = np.linspace(0, 3, 300_001)
    ca = kappas**2 / np.sqrt((kappas**2 + 1) * (kappas**2 + 0.05))
    cp = np.minimum(kappas**2 / np.sqrt((kappas**2 + 1) * 5), 1)
    assert areas["Both"] == pytest.approx(np.minimum(ca, cp).mean(), abs=1e-3)
    assert areas["CA only"] == pytest.approx(np.maximum(ca - cp, 0).mean(), abs=1e-3)
    assert areas["CP only"] == pytest.approx(np.maximum(cp - ca, 0).mean(), abs=1e-3)
    assert areas["CA only"] > 10 * areas["CP only"] > 0
    x, low, high = edges(traces(figure, name="CP only")[0])
    begins = x[high > low][0]
    assert begins == pytest.approx(np.sqrt(5 - 0.05), abs=0.03)  # gamma_tilde_y = kappa^2 + gamma_y


def test_in_figure_2b_prediction_recovers_wherever_alignment_does():
    _, _, figure = diagram(FIGURE_2B)
    areas = {trace.name: area(trace) / 3 for trace in traces(figure, fill="toself")}
    assert areas["CA only"] == pytest.approx(0, abs=1e-6)
    kappas = np.linspace(0, 3, 300_001)
    ca = kappas**2 / np.sqrt((kappas**2 + 1) * (kappas**2 + 0.05))
    cp = np.minimum(kappas**2 / np.sqrt((kappas**2 + 1) * 0.05), 1)
    assert areas["Both"] == pytest.approx(ca.mean(), abs=1e-3)
    assert areas["CP only"] == pytest.approx((cp - ca).mean(), abs=1e-3)
    names = {note.text for note in figure.layout.annotations}
    assert names == {"<b>Both</b>", "<b>CP only</b>", "<b>Neither</b>"}


def test_borders_are_the_curves_of_delta_1_in_the_colours_of_the_objectives():
    _, curves, figure = diagram(FIGURE_2A)
    for name in OBJECTIVES:
        (line,) = traces(figure, name=f"Δ {LEGENDS[name]} = 1")
        assert line.line.color == draw.COLOURS[name]
        x, y = np.array(line.x), np.array(line.y, dtype=float)
        np.testing.assert_allclose(x, curves.xs, rtol=1e-6, atol=1e-9)
        shown = np.isfinite(y)
        np.testing.assert_allclose(y[shown], getattr(curves, name)[shown], rtol=1e-6)
        inside = (getattr(curves, name) > 0) & (getattr(curves, name) < 1)
        assert shown[inside].all()
        for at in np.flatnonzero(inside)[::9]:
            spec = replace(FIGURE_2A, kappa=float(curves.xs[at]), nu=float(y[at]))
            assert getattr(separation_ratios(spec), name) == pytest.approx(1, abs=1e-5)


def test_a_border_is_not_drawn_along_the_edge():
    _, curves, figure = diagram(FIGURE_2B)
    (line,) = traces(figure, name="Δ CP = 1")
    y = np.array(line.y, dtype=float)
    assert (curves.cp == 1).sum() > 30  # prediction recovers at every nu
    assert (y == 1).sum() <= 3  # where it meets the edge


@pytest.mark.parametrize("prediction", ["cp", "cp_reverse"])
@pytest.mark.parametrize("spec", [FIGURE_2A, FIGURE_3, NOTHING])
def test_a_cell_tells_its_number_its_regime_and_its_values(spec, prediction):
    found, _, figure = diagram(spec, SMALL, prediction)
    (cells,) = traces(figure, "heatmap")
    assert cells.hoverinfo is None  # the grid has hover and clicks
    assert len(cells.customdata) == 3
    for i, row in enumerate(cells.customdata):
        assert len(row) == 4
        for j, cell in enumerate(row):
            assert cell[0] == 4 * i + j
            assert cells.z[i][j] == found.codes[i, j]
            at = separation_ratios(
                varied(varied(spec, "nu", float(found.ys[i])), "kappa", float(found.xs[j]))
            )
            assert cell[1].replace("CP reversed", "CP") == REGIMES[found.codes[i, j]]
            said = [at.ca, at.cp, at.cp_reverse, at.rho.min(), at.nu.max(), at.tau.min()]
            expected = ["∞" if np.isinf(value) else f"{value:.3g}" for value in said]
            assert cell[2:] == [*expected, f"{at.xi.max():.3g}"]


def test_only_the_cells_answer_the_pointer():
    _, _, figure = diagram(FIGURE_2A, SMALL, named={"here": (1.0, 0.5)})
    for trace in figure.data:
        assert (trace.type == "heatmap") != (trace.hoverinfo == "skip")
    assert figure.data[4].type == "heatmap"


def test_the_operating_point_and_the_named_ones_are_marked():
    named = {stop.name: (stop.kappa, stop.nu) for stop in TOUR}
    _, _, figure = diagram(FIGURE_2A, SMALL, here=(1.3, 0.7), named=named)
    (star,) = traces(figure, name="operating point")
    assert (star.x, star.y) == ((1.3,), (0.7,))
    (stops,) = traces(figure, mode="markers+text")
    assert [text.strip() for text in stops.text] == list(named)
    assert list(zip(stops.x, stops.y, strict=True)) == list(named.values())
    for x, position in zip(stops.x, stops.textposition, strict=True):
        assert position == (
            "middle left" if x > 1.5 else "middle right"
        )  # towards the inside of the figure


def test_without_names_none_are_drawn():
    _, _, figure = diagram(FIGURE_2A, SMALL)
    assert traces(figure, mode="markers+text") == []


def test_a_regime_is_named_within_itself():
    for chosen in (CLASSIC, axes("gamma_tilde_y", "gamma_tilde_x"), axes("kappa", "gamma_tilde_y")):
        found, _, figure = diagram(replace(FIGURE_2A, nu=0.6), chosen)
        for note in figure.layout.annotations:
            x = 10**note.x if found.over_x in LOGARITHMIC else note.x
            y = 10**note.y if found.over_y in LOGARITHMIC else note.y
            j, i = np.abs(found.xs - x).argmin(), np.abs(found.ys - y).argmin()
            assert note.text == f"<b>{found.regime[i, j]}</b>"


def test_a_regime_is_not_named_across_a_point_or_what_is_written_beside_it():
    named = {stop.name: (stop.kappa, stop.nu) for stop in TOUR}
    _, _, figure = diagram(FIGURE_2A, CLASSIC, here=(2.0, 0.5), named=named)
    assert {note.text for note in figure.layout.annotations} >= {"<b>Both</b>", "<b>Neither</b>"}
    for note in figure.layout.annotations:
        for x, y in [(2.0, 0.5), *named.values()]:
            assert abs(note.x - x) > 0.07 or abs(note.y - y) > 0.03


@pytest.mark.parametrize(
    ("prediction", "name"), [("cp", "CP only"), ("cp_reverse", "CP reversed only")]
)
def test_the_direction_of_prediction_is_told_by_the_name_and_under_the_pointer(prediction, name):
    spec = replace(FIGURE_2A, gamma_tilde_x=0.05, gamma_tilde_y=0.05)
    _, _, figure = diagram(spec, CLASSIC, prediction)
    assert f"<b>{name}</b>" in {note.text for note in figure.layout.annotations}
    cells = traces(figure, "heatmap")[0].customdata
    assert name in {cell[1] for row in cells for cell in row}


@pytest.mark.parametrize(("share", "named"), [(0.9, False), (1.0, True), (1.5, True)])
def test_a_regime_is_named_from_a_hundredth_of_the_picture_on(share, named):
    found, curves = picture(FIGURE_2A, axes(nx=40, ny=30), "cp")
    codes = np.zeros_like(found.codes)
    codes.ravel()[: round(share * codes.size / 100)] = 3
    figure = draw.phase_diagram(
        replace(found, codes=codes), curves, here=(1, 1), named={}, keep="view"
    )
    names = {note.text for note in figure.layout.annotations}
    assert names == {"<b>Both</b>"} | ({"<b>Neither</b>"} if named else set())


def test_zoom_lasts_while_the_axes_stay():
    _, _, figure = diagram(FIGURE_2A, SMALL)
    assert figure.layout.uirevision == "view"


# --- Colours ---


def test_colours_are_those_of_the_aligners_on_other_pages():
    expected = {"ca": "CCA", "cp": "CP", "cp_reverse": "CP reversed"}
    for name, aligner in expected.items():
        assert draw.COLOURS[name] == ALIGNER_COLOURS[aligner] == whitening.COLOURS[aligner]
    assert len(set(draw.COLOURS.values())) == 3


def test_regions_are_told_apart_and_have_the_colour_of_who_recovers():
    assert draw.REGIONS["CA only"] == draw.COLOURS["ca"]
    assert draw.REGIONS["CP only"] == draw.COLOURS["cp"]
    assert tuple(draw.REGIONS) == REGIMES
    assert len(set(draw.REGIONS.values())) == 4


@pytest.mark.parametrize("prediction", ["cp", "cp_reverse"])
def test_the_direction_that_the_regimes_do_not_go_by_is_dashed(prediction):
    _, _, figure = diagram(FIGURE_2A, SMALL, prediction)
    dashes = {
        name: traces(figure, name=f"Δ {LEGENDS[name]} = 1")[0].line.dash for name in OBJECTIVES
    }
    assert [name for name, dash in dashes.items() if dash == "solid"] == ["ca", prediction]


# --- The diagram in motion ---


STEPS = (0.05, 1.0, 5.0, 20.0)


def moving(spec=FIGURE_2A, prediction="cp"):
    frames = [(at, *picture(replace(spec, gamma_tilde_y=at), SMALL, prediction)) for at in STEPS]
    return frames, draw.moving_diagram(frames, "γ̃y", start=2, keep="view")


@pytest.mark.parametrize("prediction", ["cp", "cp_reverse"])
@pytest.mark.parametrize("spec", [FIGURE_2A, NARROWEST, NOTHING])
def test_every_frame_holds_the_regions_and_borders_of_its_plane(spec, prediction):
    frames, figure = moving(spec, prediction)
    assert len(figure.frames) == len(STEPS)
    for (at, found, curves), frame in zip(frames, figure.frames, strict=True):
        alone = draw.phase_diagram(found, curves, here=(1, 1), named={}, keep="view")
        still = traces(alone, fill="toself") + [
            trace for trace in alone.data if (trace.name or "").startswith("Δ ")
        ]
        assert len(still) == len(frame.data) == len(figure.data) == 7
        assert list(frame.traces) == list(range(7))
        for one, other in zip(frame.data, still, strict=True):
            np.testing.assert_array_equal(one.x, other.x)
            np.testing.assert_array_equal(one.y, other.y)
        assert frame.name == f"γ̃y = {at:.3g}"
        notes = [note.to_plotly_json() for note in frame.layout.annotations]
        assert notes == draw._labels(found)


def test_the_frame_to_begin_with_is_told():
    _, figure = moving()
    assert figure.layout.meta == {"start": 2}


def test_the_animation_s_traces_are_those_of_its_first_frame():
    _, figure = moving()
    for trace, other in zip(figure.data, figure.frames[0].data, strict=True):
        np.testing.assert_array_equal(trace.x, other.x)
        np.testing.assert_array_equal(trace.y, other.y)


def test_frames_move_the_border_of_prediction_and_not_that_of_alignment():
    _, figure = moving()
    first, last = figure.frames[0].data, figure.frames[-1].data
    assert figure.data[4].name == "Δ CA = 1"
    np.testing.assert_allclose(
        np.nanmean(np.array(first[4].y)), np.nanmean(np.array(last[4].y)), atol=0.02
    )
    assert np.nanmax(np.array(last[5].y)) < 1
    regions = [np.array(frame.data[1].y) for frame in figure.frames]  # CA only
    assert not all(np.array_equal(regions[0], other) for other in regions[1:])


def test_frames_are_valid_as_the_browser_gets_them():
    _, figure = moving()
    again = validated(figure)
    assert len(again.data) == 7
    for frame in json.loads(figure.to_json(validate=False))["frames"]:
        assert set(frame) >= {"name", "data", "traces", "layout"}
        for moved, trace in zip(frame["data"], figure.data, strict=True):
            assert set(moved) - {"type"} == {"x", "y"}
            assert trace.type == "scatter"
    names = [frame.name for frame in figure.frames]
    assert len(set(names)) == len(names)


# --- Singular values ---


@pytest.mark.parametrize(
    "spec", [FIGURE_2A, FIGURE_3, NARROWEST, NOTHING, SpikedSpec(d=60, k=59), SpikedSpec(nu=0.0)]
)
def test_every_singular_value_is_a_bar(spec):
    found = separation_ratios(spec)
    figure = validated(draw.singular_values(found, keep="view"))
    panels = [
        (found.rho, found.nu), (found.tau, found.xi), (found.tau_reverse, found.xi_reverse),
    ]  # fmt: skip
    for at, (signal, nuisance) in enumerate(panels):
        one, other = figure.data[2 * at : 2 * at + 2]
        np.testing.assert_allclose(sorted(one.y), sorted(signal))
        np.testing.assert_allclose(sorted(other.y), sorted(nuisance))
        assert one.name == f"signal, {LEGENDS[OBJECTIVES[at]]}"
        assert one.marker.color == draw.COLOURS[OBJECTIVES[at]]
        assert (other.name, other.marker.color) == ("nuisance", OTHER)
        ranks = np.concatenate([one.x, other.x]).astype(int)
        heights = np.concatenate([one.y, other.y])
        assert sorted(ranks) == list(range(1, spec.d + 1))
        assert (np.diff(heights[np.argsort(ranks)]) <= 0).all()
        line = figure.layout.shapes[at]
        assert (line.x0, line.x1) == (spec.k + 0.5, spec.k + 0.5)


@given(specs())
@settings(max_examples=30)
def test_left_of_the_line_is_all_signal_where_an_objective_recovers(spec):
    found = separation_ratios(spec)
    figure = draw.singular_values(found, keep="view")
    for at, name in enumerate(OBJECTIVES):
        signal = figure.data[2 * at]
        assert (np.max(signal.x) <= spec.k) == (getattr(found, name) > 1)


def test_panels_stand_below_each_other():
    layout = validated(draw.singular_values(separation_ratios(FIGURE_3), keep="view")).layout
    domains = [layout[name].domain for name in ("yaxis3", "yaxis2", "yaxis")]
    flat = [end for domain in domains for end in domain]
    assert flat == sorted(flat)
    assert 0 <= flat[0] < flat[-1] <= 1


# --- Ratios along a parameter ---


def drawn_ratios(values, ratios, parameter="gamma_tilde_y", marks=()):
    return validated(
        draw.ratios_along(values, ratios, parameter=parameter, marks=marks, keep="view")
    )


def test_ratios_are_drawn_in_the_colours_of_their_objectives():
    ratios = {"ca": [2.0, 2.0], "cp": [3.0, 0.5], "cp_reverse": [1.0, 1.0]}
    figure = drawn_ratios([0.1, 10.0], ratios, marks=[(1.0, "#123456")])
    for name, trace in zip(OBJECTIVES, figure.data, strict=True):
        assert trace.name == f"Δ {LEGENDS[name]}"
        assert list(trace.y) == ratios[name]
        assert trace.line.color == draw.COLOURS[name]
    level, mark = figure.layout.shapes
    assert (level.y0, level.y1) == (1.0, 1.0)
    assert (mark.x0, mark.x1, mark.line.color) == (1.0, 1.0, "#123456")
    assert figure.layout.xaxis.range == pytest.approx((-1, 1))
    assert figure.layout.yaxis.type == "log"


@pytest.mark.parametrize("ends", [[np.inf, 1.0], [0.0, 0.0], [np.inf, np.inf]])
def test_endless_and_vanishing_ratios_are_drawn(ends):
    figure = drawn_ratios([0.0, 1.0], dict.fromkeys(OBJECTIVES, ends), "nu")
    assert figure.layout.xaxis.range == (0, 1)


# --- Maps of samples ---


def map_of(share, kappas=(0.0, 1.0, 2.0), nus=(0.0, 1.0), theory=None, floor=None):
    return validated(
        recovery_map(
            np.asarray(share, dtype=float), kappas, nus, title="title", of="mean squared overlap",
            theory=np.array([[0.0, 0.5, 1.5]]) if theory is None else np.asarray(theory),
            floor=floor, keep="view",
        )
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["numbers", "some unknown", "nothing known"])
def test_a_map_is_drawn_as_far_as_it_is_known(kind):
    share = np.array([[0.0, 0.5, 1.0], [0.25, 0.75, 0.5]])
    if kind != "numbers":
        share[0, 1] = np.nan
    if kind == "nothing known":
        share[:] = np.nan
    figure = map_of(share, floor=np.array([0.5, np.nan]))
    heat, theory, floor = figure.data
    np.testing.assert_allclose(np.array(heat.z, dtype=float), share)
    assert (heat.zmin, heat.zmax, heat.hoverongaps) == (0, 1, False)
    np.testing.assert_array_equal(np.array(theory.y, dtype=float), [0.0, 0.5, np.nan])
    assert np.array_equal(np.array(floor.x, dtype=float), [0.5, np.nan], equal_nan=True)
    assert tuple(floor.y) == (0.0, 1.0)
    assert theory.line.color == OVER_MAP != NOISE_FLOOR == floor.line.color


def test_each_direction_has_a_curve_with_its_number_where_it_leaves_the_plane():
    curves = [[0, 1.2, 1.5], [0, 0.5, 1.1], [0, 0.2, 0.4]]
    figure = map_of(np.zeros((2, 3)), theory=curves)
    assert len(figure.data[1:]) == 3
    notes = [(note.text, note.x, note.y) for note in figure.layout.annotations]
    assert notes == [("<b>1</b>", 0, 0), ("<b>2</b>", 1, 0.5), ("<b>3</b>", 2, 0.4)]


def test_one_curve_needs_no_number():
    assert map_of(np.zeros((2, 3))).layout.annotations == ()


def test_curves_that_lie_above_the_plane_are_not_drawn():
    figure = map_of(np.zeros((2, 3)), theory=[[1.5, 1.6, 1.7], [0.5, 0.6, 0.7]])
    assert np.isnan(np.array(figure.data[1].y, dtype=float)).all()
    assert [note.text for note in figure.layout.annotations] == ["<b>2</b>"]


def test_without_a_floor_none_is_drawn():
    assert len(map_of(np.zeros((2, 3))).data) == 2


@pytest.mark.parametrize("spec", [NARROWEST, replace(FIGURE_3, gamma_x=0.0), NOTHING])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 2)])
def test_the_maps_of_an_edge_of_the_model_are_drawn(spec, sizes):
    maps = RecoveryMaps(
        spec=spec, kappas=(0.0, 1.0, 2.0)[: sizes[0]], nus=(0.0, 1.0)[: sizes[1]], n=50, seeds=(0,)
    )
    work = maps.sampling()
    for _ in work.run():
        pass
    for name in OBJECTIVES:
        figure = map_of(
            maps.share(work, name),
            maps.kappas,
            maps.nus,
            maps.promised(name),
            maps.floor(work, name),
        )
        assert np.shape(figure.data[0].z) == sizes[::-1]
        assert len(figure.data) == 2 + spec.k


# --- Curves of samples ---


def frame(over, values, **columns):
    return pd.DataFrame(columns, index=pd.Index(values, name=over), dtype=float)


def along(mean, thresholds=None, log_y=False, limit=None):
    columns = {"ca": ("CA", "#123456", "solid")}
    limit = mean + 1 if limit is None else limit
    return validated(
        sampled.along(
            mean, mean / 2, mean * 2, limit, columns, title="title", unit="unit",
            thresholds=thresholds or {}, log_y=log_y, keep="view",
        )
    )  # fmt: skip


@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0], [np.nan, 2.0, np.nan], [np.nan] * 3])
@pytest.mark.parametrize("log_y", [True, False])
def test_curves_have_a_mean_a_band_and_a_limit(values, log_y):
    figure = along(frame("nu", [0.0, 0.5, 1.0], ca=values), {"ca": 0.3}, log_y)
    low, high, mean, limit = figure.data
    expected = np.array(values)
    for trace, factor, more in ((low, 0.5, 0), (high, 2, 0), (mean, 1, 0), (limit, 1, 1)):
        np.testing.assert_allclose(np.array(trace.y, dtype=float), factor * expected + more)
    assert (low.fill, high.fill) == (None, "tonexty")
    assert mean.line.color == limit.line.color == "#123456"
    assert (mean.line.dash, limit.line.dash) == ("solid", "dot")
    assert [trace.showlegend for trace in figure.data] == [False, False, None, False]
    (mark,) = figure.layout.shapes
    assert (mark.x0, mark.x1, mark.line.color) == (0.3, 0.3, draw.COLOURS["ca"])
    assert figure.layout.yaxis.type == ("log" if log_y else None)


def test_the_limit_may_stand_at_other_values():
    limit = frame("nu", np.linspace(0, 1, 9), ca=np.linspace(1, 2, 9))
    figure = along(frame("nu", [0.0, 0.5, 1.0], ca=[1.0, 2.0, 3.0]), limit=limit)
    drawn = traces(figure, name="CA, n → ∞")[0]
    np.testing.assert_allclose(drawn.x, limit.index)
    np.testing.assert_allclose(drawn.y, limit["ca"])


@pytest.mark.parametrize(
    ("over", "values"), [("gamma_tilde_y", [0.1, 1.0, 100.0]), (WEAKEST, [0.05, 1.0, 5.0])]
)
def test_a_logarithmic_axis_spans_the_values(over, values):
    figure = along(frame(over, values, ca=[1.0, 2.0, 3.0]))
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.range == pytest.approx(np.log10([values[0], values[-1]]))


WEIGHTS = [0.0, 0.01, 1.0, 100.0]


def test_what_is_measured_at_the_weight_of_prediction_is_a_level():
    figure = along(frame(WEIGHT, WEIGHTS, ca=[0.8, 0.7, 0.5, 0.0]))
    for trace in figure.data:
        assert tuple(trace.x) == (0.01, 1.0, 100.0)
    (level,) = figure.layout.shapes
    assert (level.y0, level.y1) == (0.8, 0.8)
    np.testing.assert_allclose(traces(figure, mode="lines+markers")[0].y, [0.7, 0.5, 0.0])


def test_a_level_that_is_not_known_yet_is_not_drawn():
    figure = along(frame(WEIGHT, WEIGHTS, ca=[np.nan] * 4))
    for shape in figure.layout.shapes:  # the browser chooses what is missing
        assert shape.y0 is not None
        assert np.isfinite(shape.y0)


def test_the_weight_of_prediction_alone_is_drawn():
    assert along(frame(WEIGHT, [0.0], ca=[0.8])).layout.xaxis.type != "log"
    assert along(frame(WEIGHT, [0.1], ca=[0.8])).layout.xaxis.type == "log"


def test_the_weight_of_prediction_does_not_take_the_axis_to_minus_infinity():
    mean = frame(WEIGHT, WEIGHTS, ca=[1.0, 1.0, 0.5, 0.0])
    figure = along(mean)
    low, high = figure.layout.xaxis.range
    assert low is not None  # as JSON has it
    assert -4 < low <= -2
    assert high == pytest.approx(2)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_values_and_their_floor_are_drawn(objective):
    study = SpikedStudy(
        experiment="distance", spec=FIGURE_3, over="nu", values=(0.0, 0.4, 0.9), n=100, seeds=(0,)
    )
    theory = study.theory
    floor = noise_floor(study.specs(), 100, (0,))[OBJECTIVES.index(objective)]
    figure = validated(sampled.values_and_floor(theory, floor, objective, 100, keep="view"))
    signal, nuisance, samples = figure.data
    np.testing.assert_allclose(signal.y, theory[f"signal {objective}"])
    np.testing.assert_allclose(nuisance.y, theory[f"nuisance {objective}"])
    np.testing.assert_allclose(samples.y, floor)
    assert signal.line.color == draw.COLOURS[objective]
    assert samples.name == "strongest nuisance in samples, n = 100"
    assert np.greater(samples.y, nuisance.y).all()


@pytest.mark.parametrize("known", [[0.1, 0.5, 0.9], [np.nan, 0.5, np.nan], [np.nan] * 3])
def test_trainings_are_drawn_over_the_closed_forms(known):
    closed = frame("nu", [0.0, 0.5, 1.0], ca=[0.0, 0.1, 1.0], cp=[0.0, 1.0, 1.0])
    names = [f"InfoNCE, τ = {at}" for at in (0.05, 0.1, 0.2, 0.5, 1)]
    table = frame("nu", [0.0, 0.5, 1.0], **dict.fromkeys(names, known))
    figure = validated(sampled.trained(table, closed, keep="view"))
    assert [trace.name for trace in figure.data] == ["CA", "CP", *names]
    assert [trace.line.color for trace in figure.data[:2]] == [
        draw.COLOURS["ca"], draw.COLOURS["cp"],
    ]  # fmt: skip
    assert len({trace.line.color for trace in figure.data}) == 7
    np.testing.assert_allclose(np.array(figure.data[2].y, dtype=float), known)


# --- Bottlenecks ---


@pytest.mark.parametrize("k", [1, 3, 10])
def test_shared_dimensions_are_written_into_their_cells(k):
    counts = shared_dimensions_table(k, k).to_numpy()
    (heat,) = validated(sampled.bottleneck(counts, k, keep="view")).data
    assert np.array_equal(heat.z, counts)
    assert np.array_equal(heat.text, counts)
    assert list(heat.x) == list(heat.y) == list(range(k + 1))


@pytest.mark.parametrize("k", [1, 3, 10])
def test_each_number_of_views_is_a_bar(k):
    views = list(range(2, k + 2))
    counts = [shared_by_all(k, count, k) for count in views]
    (bars,) = validated(sampled.falling_ranks(views, counts, k, keep="view")).data
    assert list(bars.x) == views
    assert list(bars.y) == counts
    assert list(bars.text) == [str(count) for count in counts]
