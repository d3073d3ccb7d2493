import numpy as np
import plotly.graph_objects as go
import pytest

from alignlab.figures.inspect import distances, picture, ranks
from alignlab.figures.inspect_colours import MOST_CLASSES, by_class, by_number, by_split
from alignlab.figures.theme import CLASS_COLOURS, NO_CLASS

rng = np.random.default_rng(0)
Y1, Y2 = rng.normal(size=(2, 40, 2)).astype(np.float32)
CODES = np.arange(40) % 3


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_a_class_has_the_colour_of_the_other_pages_and_every_row_that_of_its_class():
    found = by_class(CODES, ("a", "b", "c"), "kind")
    assert found.entries == tuple(zip("abc", CLASS_COLOURS, strict=False))
    for row, code in enumerate(CODES):
        assert found.rgb[row].tolist() == rgb(CLASS_COLOURS[code])


def test_twenty_classes_have_twenty_colours_and_the_rarest_of_more_share_one():
    codes = np.concatenate([np.arange(30), np.arange(19)])
    found = by_class(codes, [f"c{i}" for i in range(30)], "kind")
    colours = [colour for _, colour in found.entries]
    assert len(set(colours)) == len(colours) == MOST_CLASSES
    assert found.entries[-1][0] == "11 other classes"
    assert (found.codes == MOST_CLASSES - 1).sum() == 11
    assert found.codes[18] == 18


def test_rows_without_a_class_are_named_missing():
    found = by_class(np.array([0, -1, 1]), ("a", "b"), "kind")
    assert found.entries[2][0] == "missing"
    assert found.codes.tolist() == [0, 2, 1]


def test_numbers_run_along_the_scale_and_missing_ones_are_grey():
    found = by_number(np.array([2.0, 4.0, 3.0, np.nan]), "ink")
    assert (found.low, found.high) == (2.0, 4.0)
    assert found.rgb[0].tolist() == rgb(found.scale[0])
    assert found.rgb[1].tolist() == rgb(found.scale[-1])
    assert found.rgb[2].tolist() == rgb(found.scale[len(found.scale) // 2])
    assert found.rgb[3].tolist() == rgb(NO_CLASS)
    assert found.title == "ink (missing: grey)"
    same = by_number(np.full(3, 7.0), "ink")
    assert same.title == "ink"
    assert (same.rgb == rgb(same.scale[0])).all()


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("colours", [by_class(CODES, "abc", "k"), by_number(Y1[:, 0], "x")])
def test_the_picture_holds_every_point_once_with_its_row(dims, colours):
    A, B = (np.column_stack([Y, Y[:, :1]])[:, :dims] for Y in (Y1, Y2))
    axes = ("first", "second", "third")[:dims]
    fig = picture(A, B, colours, title="t", axes=axes, lines=(1, 5))
    fig = go.Figure(fig)  # validates every property
    marks = [trace for trace in fig.data if trace.mode == "markers"]
    for modality, Y in enumerate((A, B)):
        own = marks[len(marks) // 2 * modality :][: len(marks) // 2]
        rows = np.concatenate([trace.customdata for trace in own])
        points = np.concatenate([np.column_stack([getattr(t, c) for c in "xyz"[:dims]])
                                 for t in own])  # fmt: skip
        assert sorted(rows) == list(range(40))
        np.testing.assert_array_equal(points, Y[rows])
    lines = next(trace for trace in fig.data if trace.mode == "lines")
    assert len(lines.x) == 6
    assert lines.x[0] == A[1, 0]
    assert lines.x[4] == B[5, 0]


def test_one_modality_may_be_shown_alone():
    fig = go.Figure(picture(None, Y2, by_split(CODES == 1), title="t"))
    assert {trace.name for trace in fig.data} == {"fitted", "held out"}
    assert sum(len(trace.x) for trace in fig.data) == 40


def test_the_histograms_count_every_pair():
    fig = go.Figure(distances({"a": (np.arange(1.0, 9.0), np.full(5, 4.0))}))
    assert [sum(trace.y) for trace in fig.data] == pytest.approx([1, 1])
    x = np.array(fig.data[1].x)[np.array(fig.data[1].y) > 0]
    assert abs(x - 1).max() < 0.05  # in units of the median of random pairs


def test_the_share_within_k_is_counted_from_the_ranks():
    found = np.array([1.0, 1.0, 2.0, 4.0])
    fig = go.Figure(ranks({"a": (found, found[::-1]), "b": (np.ones(4), np.ones(4))}, 4))
    chance, first, second, third, _ = fig.data
    assert list(chance.x) == [1, 2, 3, 4]
    assert list(first.y) == [0.5, 0.75, 0.75, 1]
    assert list(second.y) == list(first.y)
    assert list(third.y) == [1, 1, 1, 1]
    assert list(chance.y) == [0.25, 0.5, 0.75, 1]
