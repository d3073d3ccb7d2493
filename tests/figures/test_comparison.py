"""Two figures on the same axes."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.alignment import StudySpec, study
from alignlab.figures.alignment import study_figures
from alignlab.figures.comparison import lettered, on_common_axes
from alignlab.figures.theme import figure, with_frames


def drawn(*traces, xaxis=None, yaxis=None, **layout):
    return figure("A title", traces, xaxis=xaxis or {}, yaxis=yaxis or {}, keep="", **layout)


def line(x, y, **more):
    return {"type": "scatter", "x": np.array(x), "y": np.array(y)} | more


def ends(fig, axis):
    return list(fig.layout[axis].range)


def test_ends_hold_the_points_of_both_with_room():
    pair = on_common_axes(drawn(line([0, 1], [2.0, 3.0])), drawn(line([0, 4], [-1.0, 2.5])))
    for axis, low, high in (("xaxis", 0, 4), ("yaxis", -1, 3)):
        first, second = (ends(fig, axis) for fig in pair)
        assert first == second
        assert low - 0.2 * (high - low) < first[0] < low
        assert high < first[1] < high + 0.2 * (high - low)


def test_ends_rest_while_the_points_move_a_little():
    fixed = drawn(line([0, 10], [0, 10]))
    found = {
        tuple(ends(on_common_axes(fixed, drawn(line([0, 10], [0, top])))[0], "yaxis"))
        for top in np.linspace(10, 13, 100)
    }
    assert len(found) <= 5


def test_given_ends_are_joined_as_they_are():
    narrow, wide = {"range": [0, 1]}, {"range": [-1, 0.5]}
    pair = on_common_axes(drawn(xaxis=narrow), drawn(xaxis=wide))
    assert [ends(fig, "xaxis") for fig in pair] == [[-1, 1]] * 2


def test_ends_of_logarithmic_axes_are_exponents():
    log = {"type": "log"}
    pair = on_common_axes(
        drawn(line([1, 2], [1e-3, 0.0]), yaxis=log), drawn(line([1, 2], [10.0, 1.0]), yaxis=log)
    )
    low, high = ends(pair[0], "yaxis")
    assert (low, high) == pytest.approx((-3.0, 1.0), abs=0.5)


@pytest.mark.parametrize("turned", [{"autorange": "reversed"}, {"range": [3, 0]}])
def test_an_axis_that_goes_down_still_does(turned):
    pair = on_common_axes(drawn(line([0], [1]), yaxis=turned), drawn(line([0], [5]), yaxis=turned))
    low, high = ends(pair[1], "yaxis")
    assert low > high
    assert "autorange" not in pair[0]._layout["yaxis"]


def test_categories_counts_and_axes_of_one_alone_stay():
    bars = drawn(line(["a", "b"], [1, 2], type="bar"), xaxis={"type": "category"})
    names = drawn(line(["a"], [1], type="bar"))
    pair = on_common_axes(bars, names)
    assert all(fig.layout.xaxis.range is None for fig in pair)
    assert ends(pair[0], "yaxis") == [0, pytest.approx(2, abs=0.4)]
    counted = drawn({"type": "histogram", "x": np.arange(5.0)})
    assert on_common_axes(counted, counted)[0].layout.yaxis.range is None
    two = drawn(line([0], [1]), line([0], [1], xaxis="x2"), xaxis2={"title": {"text": "second"}})
    assert on_common_axes(two, drawn(line([0], [1])))[0].layout.xaxis2.range is None


def test_axes_of_another_meaning_or_scale_stay():
    named = [{"title": {"text": text}} for text in ("features d", "pairs n")]
    pair = on_common_axes(*(drawn(line([0, 1], [0, 1]), xaxis=axis) for axis in named))
    assert all(fig.layout.xaxis.range is None for fig in pair)
    scales = ({"type": "log", "range": [0, 3]}, {"range": [0, 50]})
    pair = on_common_axes(*(drawn(xaxis=axis) for axis in scales))
    assert [ends(fig, "xaxis") for fig in pair] == [[0, 3], [0, 50]]


def test_gaps_errors_and_empty_traces_are_no_points():
    gaps = drawn(line([0, 1, 2], [None, math.nan, 2.0]), line([], []))
    reach = drawn(line([0], [2.0], error_y={"array": [3.0]}), line([9], [99], visible="legendonly"))
    low, high = ends(on_common_axes(gaps, reach)[0], "yaxis")
    assert -2 < low < -1
    assert 5 < high < 6
    nothing = on_common_axes(drawn(line([], [])), drawn(line([], [])))
    assert nothing[0].layout.xaxis.range is None


def test_every_frame_stays_in_sight():
    still = drawn(line([0], [0.0]))
    moving = with_frames(still, [{"name": "1", "data": [{"y": [50.0]}], "traces": [0]}])
    pair = on_common_axes(still, moving)
    assert ends(pair[0], "yaxis")[1] > 50
    assert [frame.name for frame in pair[1].frames] == ["1"]


def test_heat_maps_have_one_scale_and_whole_cells():
    def cells(low, high):
        z = np.zeros((2, 3))
        return drawn({"type": "heatmap", "x": np.arange(3), "z": z, "zmin": low, "zmax": high})

    pair = on_common_axes(cells(-1, 1), cells(0, 4))
    assert [(fig.data[0].zmin, fig.data[0].zmax) for fig in pair] == [(-1, 4)] * 2
    low, high = ends(pair[0], "xaxis")
    assert low <= -0.5
    assert high >= 2.5


def test_the_figures_that_are_compared_do_not_change():
    one, other = drawn(line([0], [1.0])), drawn(line([0], [9.0]))
    before = one.to_json(), other.to_json()
    on_common_axes(one, other)
    assert lettered(one, "A", "name").layout.title.text == "<b>A</b> A title"
    assert (one.to_json(), other.to_json()) == before
    assert lettered(go.Figure(), "B", "its name").layout.title.text == "<b>B</b> its name"


def test_a_collapsed_latent_is_drawn_on_the_axes_of_the_other():
    def spans(d):
        data = generate(SyntheticSpec(n=300, d1=d, d2=d))
        drawn = study_figures(
            study(data, StudySpec()), plane="first", lines=0, recovery="linear", keep=""
        )
        return [drawn[name].layout.xaxis.range for name in ("plain", "informative")]

    first, second = spans(32)
    assert first is not None
    assert first == second
    assert spans(2) == [None, None]
