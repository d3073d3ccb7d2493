import base64
import copy
import json
import pickle

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.sweeps import IN_SAMPLE
from alignlab.experiments.whitening import CORNERS, STEPS, corners, member, path
from alignlab.figures import whitening
from alignlab.figures.animation import FIXED_UP_TO, LINES, Frame, animated
from alignlab.figures.scatter import Members
from alignlab.figures.spectrum import spectrum
from alignlab.figures.sweeps import (
    FLOOR,
    LINEAR,
    Curve,
    PanelOfFigure4,
    _edges,
    curves,
    figure_4,
    heat_map,
)
from alignlab.figures.theme import (
    LATENT_SYMBOL,
    MODALITY_SYMBOLS,
    Shared,
    figure,
    with_frames,
)
from alignlab.names import ALIGNER_NAMES, FIELD_AXES
from alignlab.ui.parts.sweeps import OVER

NORMAL = np.array([0.5, 2.0, 1e-15])
VALUES = {
    "normal": NORMAL,
    "one point": NORMAL[:1],
    "all NaN": np.full(3, np.nan),
    "some NaN": np.array([np.nan, 1.0, 2.0]),
    "zeros": np.zeros(3),
    "far apart": np.array([1e-300, 1.0, 1e30]),
}
each_kind = pytest.mark.parametrize("kind", VALUES)


def validated(figure):
    """The figure as sent to the browser, every property validated by Plotly."""
    sent = go.Figure(json.loads(figure.to_json(validate=False)))
    return go.Figure(unpacked(sent.to_plotly_json()))


def unpacked(part):
    """Arrays that are sent as bytes, as lists."""
    if isinstance(part, dict) and "bdata" in part:
        numbers = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
        shape = [int(size) for size in part.get("shape", "-1").split(",")]
        return numbers.reshape(shape).tolist()
    if isinstance(part, dict):
        return {name: unpacked(value) for name, value in part.items()}
    return [unpacked(value) for value in part] if isinstance(part, list | tuple) else part


def test_a_wrong_property_does_not_pass():
    with pytest.raises(ValueError, match="Invalid"):
        validated(go.Figure({"data": [{"type": "scatter", "made": 1}]}, _validate=False))


def curve(kind, aligner="perfect_alignment", held_out=False, size=1):
    mean = size * VALUES[kind]
    x = tuple(range(1, len(mean) + 1))
    return Curve(aligner=aligner, held_out=held_out, x=x, mean=mean, low=mean / 2, high=mean * 2)


def drawn_curves(lines, metric="cmae", over="n", log=True, marks=None, chance=None):
    return validated(
        curves(
            lines, metric=metric, label="Label", over=over, log=log, marks=marks or {},
            chance=chance or {}, keep="view",
        )
    )  # fmt: skip


def means(figure):
    return [trace for trace in figure.data if trace.mode == "lines+markers"]


# --- Curves ---


KINDS = ("f8", "f4", ">f4", "f2", "i8", "i4", "u2", "i1", "?")
"""Types of arrays, with and without a form in base64."""


def test_frames_are_sent_as_plotly_sends_them():
    axes = {name: {"title": {"text": name}} for name in ("xaxis", "yaxis")}
    still = figure("numbers", [{"type": "scatter"}], **axes, keep="numbers")
    traces = [{"x": np.arange(4).astype(kind), "y": [1, None, "a"]} for kind in KINDS]
    traces.append({"type": "heatmap", "z": np.arange(6.0).reshape(2, 3)})
    frames = [{"name": "one", "data": traces, "traces": [0], "layout": {"title": {"text": "1"}}}]
    drawn = with_frames(still, frames)
    for one in (drawn, copy.deepcopy(drawn), pickle.loads(pickle.dumps(drawn))):
        sent = json.loads(one.to_json(validate=False))
        assert unpacked(sent["frames"]) == [
            {**frames[0], "data": json.loads(json.dumps([plain(trace) for trace in traces]))}
        ]
        assert {name: part for name, part in sent.items() if name != "frames"} == json.loads(
            still.to_json(validate=False)
        )
    (one,) = drawn.frames
    assert one.name == "one"
    np.testing.assert_array_equal(one.data[0].x, np.arange(4))


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan, np.inf]),
        np.arange(6, dtype="f4").reshape(2, 3),
        np.arange(6).reshape(2, 3).T,
        np.array([True, False]),
        np.array(["a", "é"]),
        np.array(["a", 1, None], dtype=object),
        np.array([0, 255], dtype="u1"),
        np.float64(0.25),
        [np.float32(0.5), float("nan"), None],
        [np.array([1.0, 2.0]), np.array([3.0])],
        pd.Series([1.0, 2.0]),
        pd.Series(pd.to_datetime(["2026-01-02", "2026-03-04"])),
        Shared([[1, "a"], [2, "b"]]),
    ],
    ids=repr,
)
def test_a_figure_is_sent_as_plotly_writes_it(values):
    made = figure(
        "t", [{"type": "heatmap", "z": values, "meta": {"of": [{"x": values}]}}],
        xaxis={"title": {"text": "</script>"}}, yaxis={}, keep="k", meta={"values": values},
    )  # fmt: skip
    ours, theirs = (
        json.dumps(unpacked(json.loads(text)))
        for text in (made.to_json(validate=False), go.Figure.to_json(made))
    )
    assert ours == theirs


def test_a_figure_has_a_shared_list_itself_and_no_copy():
    cells = Shared([[1, "a"]])
    made = figure("t", [{"customdata": cells}], xaxis={}, yaxis={}, keep="k")
    assert made.to_dict()["data"][0]["customdata"] is cells


def plain(trace):
    return {name: getattr(values, "tolist", lambda v=values: v)() for name, values in trace.items()}


@each_kind
@pytest.mark.parametrize("metric", ["cmae", "retrieval"])
@pytest.mark.parametrize("log", [True, False])
def test_curves_are_drawn(kind, metric, log):
    lines = [curve(kind, name, held) for name in ALIGNER_NAMES for held in (False, True)]
    figure = drawn_curves(lines, metric, log=log, chance={"chance": VALUES[kind]})
    assert len(means(figure)) == len(lines)
    assert len({trace.name for trace in figure.data}) == len(figure.data)
    assert len({trace.line.color for trace in means(figure)}) == len(ALIGNER_NAMES)
    assert figure.layout.xaxis.type == ("log" if log else None)
    assert figure.layout.yaxis.type == (None if metric in LINEAR else "log")


@pytest.mark.parametrize("over", OVER.options)
def test_every_swept_field_has_a_name_on_the_axis(over):
    figure = drawn_curves([curve("normal")], over=over)
    assert figure.layout.xaxis.title.text == FIELD_AXES[over]


def test_zeros_are_drawn_at_the_floor_of_a_logarithmic_axis_only():
    assert tuple(means(drawn_curves([curve("zeros")]))[0].y) == (FLOOR,) * 3
    assert tuple(means(drawn_curves([curve("zeros")], "kept_norm"))[0].y) == (0,) * 3


def test_a_band_is_the_area_between_its_two_edges():
    low, high, mean = drawn_curves([curve("normal")]).data
    assert (low.fill, high.fill, mean.fill) == (None, "tonexty", None)
    np.testing.assert_allclose(low.y, NORMAL / 2)
    np.testing.assert_allclose(high.y, NORMAL * 2)
    np.testing.assert_allclose(mean.y, NORMAL)
    assert high.fillcolor.startswith("rgba(")


@pytest.mark.parametrize("log", [True, False])
def test_marks_within_the_sweep_are_drawn_without_a_label(log):
    marks = {"left": 0.5, "here": 2, "right": 4}
    figure = drawn_curves([curve("normal")], log=log, marks=marks)
    (shape,) = figure.layout.shapes
    assert (shape.x0, shape.x1) == (2, 2)
    assert figure.layout.annotations == ()


def test_an_axis_of_curves_spans_a_decade_so_that_rounding_stays_flat():
    flat = Curve(
        aligner="cca", held_out=False, x=(1, 2), mean=np.array([1.0, 1.1]),
        low=np.array([0.9, 1.0]), high=np.array([1.1, 1.2]),
    )  # fmt: skip
    low, high = drawn_curves([flat]).layout.yaxis.range
    assert high - low == pytest.approx(1)
    assert low < np.log10(0.9) < np.log10(1.2) < high
    low, high = drawn_curves([curve("normal")]).layout.yaxis.range
    assert low < np.log10(5e-16)
    assert np.log10(4) < high < 2
    assert drawn_curves([flat], "retrieval").layout.yaxis.range is None


def test_chance_levels_are_dotted_lines_of_their_own():
    figure = drawn_curves([curve("normal")], chance={"chance": (1, 2, 3), "held out": (3, 3, 3)})
    one, other = figure.data[3:]
    assert (one.name, one.y, one.line.dash) == ("chance", (1, 2, 3), "dot")
    assert (other.name, other.y) == ("held out", (3, 3, 3))
    assert one.line.dash != other.line.dash


# --- Figure 4 ---


def panels(kind, rows=4, columns=3):
    return [
        PanelOfFigure4(
            row=row, column=column, number=10 * row + column, over=("n", "d", "k")[column],
            metric=("cmae", "mlre")[row // 2], label=f"row {row}", log=column == 0,
            lines=[curve(kind, size=10**column), curve(kind, "cca")], marks={"here": 2, "far": 99},
        )
        for row in range(rows)
        for column in range(columns)
    ]  # fmt: skip


@each_kind
def test_the_panels_of_figure_4_are_drawn_in_a_grid(kind):
    figure = validated(figure_4(panels(kind), keep="view"))
    assert len(means(figure)) == 24
    assert len({(t.xaxis, t.yaxis) for t in means(figure)}) == 12
    assert len({t.xaxis for t in means(figure)}) == 3
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert shown == ["plain PA", "CCA"]
    inside = len(VALUES[kind]) > 1
    assert len(figure.layout.shapes) == 12 * inside
    for trace in means(figure):
        assert len(set(trace.customdata)) == 1
        assert len(trace.customdata) == len(trace.x)
    assert {trace.customdata[0] for trace in means(figure)} == {p.number for p in panels(kind)}
    for trace in means(figure):
        row = trace.customdata[0] // 10
        said = f"row {row}, {trace.name}: %{{y:.3g}}<extra></extra>"
        assert trace.hovertemplate == said


@each_kind
def test_panels_of_one_metric_share_a_range_that_holds_all_curves(kind):
    figure = validated(figure_4(panels(kind), keep="view"))
    axes = [figure.layout["yaxis" + (str(i) if i > 1 else "")] for i in range(1, 13)]
    assert len({axis.range for axis in axes}) == 1
    low, high = axes[0].range
    assert low < high
    seen = VALUES[kind][np.isfinite(VALUES[kind])]
    heights = np.log10(np.maximum(np.concatenate([seen / 2, 200 * seen]), FLOOR))
    assert ((low < heights) & (heights < high)).all()


def test_panels_do_not_overlap():
    layout = validated(figure_4(panels("normal"), keep="view")).layout
    across = [layout[name].domain for name in ("xaxis", "xaxis2", "xaxis3")]
    upright = [layout[f"yaxis{i}"].domain for i in (10, 7, 4)] + [layout.yaxis.domain]
    for domains in (across, upright):
        flat = [end for domain in domains for end in domain]
        assert flat == sorted(flat)
        assert 0 <= flat[0] < flat[-1] <= 1


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 1)])
def test_a_smaller_grid_is_drawn_too(rows, columns):
    figure = validated(figure_4(panels("normal", rows, columns), keep="view"))
    assert len(means(figure)) == 2 * rows * columns


# --- Maps ---


def drawn_map(values, xs, ys, metric="cmae", log_x=False, log_y=False, lines=None):
    return validated(
        heat_map(
            np.asarray(values, dtype=float), x="d", xs=xs, log_x=log_x, y="n", ys=ys, log_y=log_y,
            metric=metric, label=IN_SAMPLE[metric].label, lines=lines or {}, keep="view",
        )
    )  # fmt: skip


@each_kind
@pytest.mark.parametrize("metric", ["cmae", "retrieval"])
@pytest.mark.parametrize("log", [True, False])
def test_maps_are_drawn(kind, metric, log):
    row = VALUES[kind]
    xs, ys = tuple(range(1, len(row) + 1)), (4, 20)
    line = np.array([1.0, np.nan]), np.array([4.0, 5.0])
    figure = drawn_map([row, row], xs, ys, metric, log, log, {"law": line})
    heat, law = figure.data
    assert heat.type == "heatmap"
    assert law.name == "law"
    assert np.shape(heat.z) == (2, len(row))
    assert [list(cells) for cells in heat.customdata] == [
        list(range(len(row))),
        list(range(len(row), 2 * len(row))),
    ]
    for axis, values in ((figure.layout.xaxis, xs), (figure.layout.yaxis, ys)):
        seen = np.log10(values) if log else values
        assert axis.range[0] < min(seen)
        assert max(seen) < axis.range[1]


def test_lines_that_do_not_cross_a_map_are_left_out():
    there = np.array([1.0, 2.0]), np.array([9.0, 15.0])
    above = np.array([1.0, 2.0]), np.array([21.0, 30.0])
    aside = np.array([3.0, 4.0]), np.array([5.0, 15.0])
    nowhere = np.array([1.0, 2.0]), np.array([np.nan, np.nan])
    lines = {"above": above, "there": there, "aside": aside, "nowhere": nowhere}
    figure = drawn_map([[1.0, 2.0]] * 2, (1, 2), (5, 20), lines={"there": there})
    assert [trace.name for trace in figure.data[1:]] == ["there"]
    for name in ("above", "aside", "nowhere"):
        figure = drawn_map([[1.0, 2.0]] * 2, (1, 2), (5, 20), lines={name: lines[name]})
        assert len(figure.data) == 1


@pytest.mark.parametrize("log", [True, False])
def test_a_map_of_one_cell_has_a_range_around_it(log):
    figure = drawn_map([[1.0]], (8,), (5,), log_x=log, log_y=log)
    for axis, value in ((figure.layout.xaxis, 8), (figure.layout.yaxis, 5)):
        assert axis.range[0] < (np.log10(value) if log else value) < axis.range[1]


def test_a_cell_says_its_own_values():
    figure = drawn_map([[1e-15, 2.0, np.nan]], (2, 10, 1000), (5,), log_x=True)
    heat = figure.data[0]
    assert tuple(heat.x) == (2, 10, 1000)
    assert tuple(heat.y) == (5,)
    symbols, label = (FIELD_AXES["d"], FIELD_AXES["n"]), IN_SAMPLE["cmae"].label
    assert [list(row) for row in heat.text] == [
        [
            f"{symbols[0]}: {x}<br>{symbols[1]}: 5<br>{label}: {value}"
            for x, value in (("2", "1e-15"), ("10", "2"), ("1000", "nan"))
        ]
    ]
    assert heat.hovertemplate == "%{text}<extra>click to align these pairs</extra>"
    np.testing.assert_allclose(np.array(heat.z)[0, :2], [-15, np.log10(2)], rtol=1e-6)
    assert heat.hoverongaps is False


def test_the_colours_of_a_map_are_read_in_powers_of_ten():
    bar = drawn_map([[1e-3, 1e3]], (1, 2), (5,)).data[0].colorbar
    assert bar.ticktext == tuple(f"10<sup>{power:g}</sup>" for power in bar.tickvals)
    assert (min(bar.tickvals), max(bar.tickvals)) == (-3, 3)
    assert drawn_map([[0.1, 0.9]], (1, 2), (5,), "retrieval").data[0].colorbar.ticktext is None


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12, unique_by=lambda x: round(x, 6)),
    st.booleans(),
)
def test_edges_surround_their_values(values, log):
    values = sorted(values)
    edges = _edges(values, log)
    assert len(edges) == len(values) + 1
    assert (edges[:-1] < values).all()
    assert (values < edges[1:]).all()
    assert not log or (edges > 0).all()


def test_edges_are_half_way():
    np.testing.assert_allclose(_edges((1, 2, 4), log=False), [0.5, 1.5, 3, 5])
    np.testing.assert_allclose(_edges((1, 100), log=True), [0.1, 10, 1000])


# --- The families of whitened aligners ---


def whitened(family, at, k=2, labels=True, **fields):
    data = generate(SyntheticSpec(**{"n": 40, "d1": 4, "d2": 3, "k": k, "noise": 1.0} | fields))
    if not labels:
        data = type(data)(X1=data.X1, X2=data.X2)
    ends = corners(data, k)
    return data, [member(data, k, family, a, b, ends) for a, b in at]


def with_errors(found, value):
    return type(found)(
        **{name: getattr(found, name) for name in ("a", "b", "Z1", "Z2")},
        distances=dict.fromkeys(found.distances, (value, value)),
        errors=dict.fromkeys(found.errors, value),
    )


@pytest.mark.parametrize(
    "fields", [{}, {"k": 1}, {"k": 3}, {"n": 2500}, {"labels": False}, {"components": 6}]
)
def test_the_latent_of_a_member_is_drawn_in_a_plane(fields):
    data, (found,) = whitened("cross", [(0.5, 0)], **fields)
    figure = validated(whitening.latent(found, data, lines=10, keep="view"))
    partners, *clouds = figure.data
    assert len(partners.x) == 30
    assert sum(len(cloud.x) for cloud in clouds) == 2 * min(data.n, whitening.DRAWN)
    assert "a = 0.5, b = 0" in figure.layout.title.text
    assert [cloud.marker.symbol for cloud in clouds[:2]] == list(MODALITY_SYMBOLS)
    assert LATENT_SYMBOL not in {cloud.marker.symbol for cloud in clouds}
    if fields.get("k") == 1:
        assert not np.any(clouds[0].y)


@pytest.mark.parametrize("value", [None, 0.0, 1.0, float("nan")])
def test_distances_to_the_named_aligners_are_bars(value):
    _, (found,) = whitened("stack", [(0.5, 0)])
    found = found if value is None else with_errors(found, value)
    figure = validated(whitening.distances(found))
    assert [bar.name for bar in figure.data] == ["W⁽¹⁾", "W⁽²⁾"]
    for m, bar in enumerate(figure.data):
        assert list(bar.y) == list(found.distances)
        expected = [pair[m] for pair in found.distances.values()]
        np.testing.assert_array_equal(np.array(bar.x, dtype=float), expected)


@pytest.mark.parametrize("family", CORNERS)
@pytest.mark.parametrize("value", [None, 0.0, float("nan")])
def test_errors_along_the_way_are_lines_between_the_corners(family, value):
    _, way = whitened(family, path(family))
    way = way if value is None else [with_errors(found, value) for found in way]
    figure = validated(whitening.along(way, family, (1, 1)))
    assert [trace.name for trace in figure.data] == list(way[0].errors)
    for trace in figure.data:
        expected = [found.errors[trace.name] for found in way]
        np.testing.assert_array_equal(np.array(trace.y, dtype=float), expected)
    for place, name in zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True):
        at = way[place].a, way[place].b
        called = CORNERS[family][at].replace(" reversed", "<br>reversed")
        assert name == f"{called}<br>({at[0]:g}, {at[1]:g})"
    assert len(figure.layout.xaxis.tickvals) == {"stack": 2, "cross": 5}[family]
    (mark,) = figure.layout.shapes
    assert (way[int(mark.x0)].a, way[int(mark.x0)].b) == (1, 1)


def test_a_place_off_the_way_is_not_marked_and_its_start_is_marked_at_both_ends():
    _, way = whitened("cross", path("cross"))
    assert validated(whitening.along(way, "cross", (0.5, 0.5))).layout.shapes == ()
    both = validated(whitening.along(way, "cross", (0, 0))).layout.shapes
    assert [mark.x0 for mark in both] == [0, 4 * STEPS]


@pytest.mark.parametrize("family", CORNERS)
@pytest.mark.parametrize("fields", [{}, {"k": 1}, {"n": 300}, {"labels": False}])
def test_the_journey_has_a_frame_for_every_step(family, fields):
    data, way = whitened(family, path(family), **fields)
    figure = validated(whitening.journey(way, data, family))
    names = [frame.name.split(",")[0] for frame in figure.frames[::STEPS]]
    ends = list(CORNERS[family].values())
    assert names == [*ends, *ends[:1]][: len(names)]
    assert len(figure.frames) == len(way)
    assert sum(len(trace.x) for trace in figure.data[1:]) == 2 * min(data.n, whitening.MOVING)


def test_every_named_aligner_has_a_colour_of_its_own():
    names = {name for ends in CORNERS.values() for name in ends.values()}
    assert set(whitening.COLOURS) == names
    assert len(set(whitening.COLOURS.values())) == len(names)


# --- Moving clouds ---


def frames(sizes, n=8, classes=("a", "b")):
    rng = np.random.default_rng(0)
    who = Members(labels=np.arange(n) % len(classes), classes=classes, rows=np.arange(n))
    clouds = [rng.uniform(-1, 1, size=(2, n, 2)) for _ in sizes]
    return [
        Frame(name=f"step {i}", points1=size * one, points2=size * two, who=who)
        for i, (size, (one, two)) in enumerate(zip(sizes, clouds, strict=True))
    ]


def played(sizes, **fields):
    moving = frames(sizes, **fields)
    return moving, validated(animated(moving, title="Title", axes=("x", "y"), keep="view"))


def reach(frame):
    return frame.layout.xaxis.range[1]


@pytest.mark.parametrize(
    "sizes", [[1.0, 0.5, 2.0], [1.0], [0.0, 0.0], [1.0, 0.0], [np.nan, np.nan], [1e-15, 1e30]]
)
@pytest.mark.parametrize("n", [1, 8, LINES + 50])
def test_frames_are_drawn(sizes, n):
    moving, figure = played(sizes, n=n)
    assert len(figure.frames) == len(sizes)
    for frame, given_ in zip(figure.frames, moving, strict=True):
        assert len(frame.data) == len(figure.data)
        assert list(frame.traces) == list(range(len(figure.data)))
        assert frame.name.startswith(given_.name)
        assert [len(t.x) for t in frame.data] == [len(t.x) for t in figure.data]
        assert frame.layout.xaxis.range == frame.layout.yaxis.range


def test_the_first_frame_is_the_picture_at_rest_and_each_shows_its_own_points():
    moving, figure = played([1.0, 2.0])
    for drawn, still in zip(figure.frames[0].data, figure.data, strict=True):
        np.testing.assert_array_equal(drawn.x, still.x)
        np.testing.assert_array_equal(drawn.y, still.y)
    _, a1, a2, b1, b2 = figure.frames[1].data
    for trace, points in ((a1, moving[1].points1[::2]), (a2, moving[1].points2[::2])):
        np.testing.assert_allclose(np.column_stack([trace.x, trace.y]), points, rtol=1e-6)
    for trace, points in ((b1, moving[1].points1[1::2]), (b2, moving[1].points2[1::2])):
        np.testing.assert_allclose(np.column_stack([trace.x, trace.y]), points, rtol=1e-6)


def test_axes_stay_so_that_shrinking_is_seen():
    _, figure = played([1.0, 0.5, 1.5 / FIXED_UP_TO])
    assert len({reach(frame) for frame in figure.frames}) == 1
    assert "axes" not in figure.frames[0].name
    largest = max(np.abs(trace.x).max() for trace in figure.frames[0].data[1:])
    assert reach(figure.frames[0]) > largest


def test_axes_follow_where_shrinking_would_end_in_a_point():
    _, figure = played([1.0, 0.1 / FIXED_UP_TO, 0.0])
    for frame in figure.frames:
        ends = [np.abs([*trace.x, *trace.y]).max() for trace in frame.data[1:]]
        assert reach(frame) >= max(ends)
        assert reach(frame) <= 1.1 * max(ends) + 1e-12
        assert frame.name.endswith(f", axes ±{reach(frame):.2g}")


def test_a_class_without_a_point_keeps_its_place():
    moving = frames([1.0, 1.0], classes=("a", "b", "c"))
    moving[0] = Frame(
        name="two classes only", points1=moving[0].points1, points2=moving[0].points2,
        who=Members(labels=np.arange(8) % 2, classes=("a", "b", "c"), rows=np.arange(8)),
    )  # fmt: skip
    figure = validated(animated(moving, title="Title", axes=("x", "y"), keep="view"))
    assert [trace.name for trace in figure.data[1:]] == ["a", "a", "b", "b", "c", "c"]
    assert [len(t.x) for t in figure.frames[0].data[1:]] == [4, 4, 4, 4, 0, 0]


def test_the_spectrum_of_nothing_has_ends():
    drawn = spectrum(np.zeros(3), 1, 1e-12, title="zeros")
    assert np.isfinite(drawn.layout.yaxis.range).all()
