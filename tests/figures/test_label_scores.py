"""Figures of held-out scores."""

import pytest

from alignlab.figures import label_scores
from alignlab.figures.phase import COLOURS
from tests.diagnoses import KINDS, diagnosis
from tests.figures.test_diagnose import named
from tests.figures.test_figures import validated

SCORED = [kind for kind in KINDS if diagnosis(kind).scores is not None]
each_scored = pytest.mark.parametrize("kind", SCORED)


@each_scored
def test_every_representation_has_its_score_with_a_90_percent_interval(kind):
    found = diagnosis(kind)
    scores, figure = found.scores, validated(label_scores.dots(found, keep="v"))
    drawn_ = {(trace.y[0], trace.marker.symbol): trace for trace in figure.data}
    for method in label_scores.ROW_COLOURS:
        for symbol, i in (("circle", scores.place(method)), ("circle-open", scores.best(method))):
            if symbol == "circle-open" and i == scores.place(method):
                assert (method, symbol) not in drawn_
                continue
            trace = drawn_[method, symbol]
            assert trace.x[0] == scores.values[i]
            assert trace.error_x.array[0] == pytest.approx(1.6448536 * scores.error(i))
            assert trace.customdata[0][3] == scores.dimensions[i]
    assert list(figure.layout.yaxis.categoryarray) == list(label_scores.ROW_COLOURS)[::-1]
    (chance,) = figure.layout.shapes
    assert (chance.x0, chance.x1) == (scores.chance, scores.chance)
    assert f"{scores.rows:,} labelled rows" in figure.layout.title.text
    assert scores.metric in figure.layout.xaxis.title.text


@each_scored
def test_the_key_shows_each_kind_of_dot_once(kind):
    figure = validated(label_scores.dots(diagnosis(kind), keep="v"))
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert len(shown) == len(set(shown))
    assert f"at equal dimension, k = {diagnosis(kind).scores.k}" in shown


@each_scored
def test_the_curves_are_the_scores_by_dimension_within_their_bands(kind):
    found = diagnosis(kind)
    scores, figure = found.scores, validated(label_scores.by_dimension(found, keep="v"))
    for method in ("CA", "CP", "CP reversed"):
        line, band = named(figure, method), named(figure, f"{method}, 90%")
        assert list(line.x) == sorted({*line.x})
        for place, (k, value) in enumerate(zip(line.x, line.y, strict=True)):
            i = scores.place(method, k)
            assert value == scores.values[i]
            reach = 1.6448536 * scores.error(i)
            assert band.y[place] == pytest.approx(value + reach)
            assert band.y[-1 - place] == pytest.approx(value - reach)
        assert line.line.color == COLOURS[{"CA": "ca", "CP": "cp"}.get(method, "cp_reverse")]
    for method in ("x alone", "y alone", "x and y"):
        assert set(named(figure, method).y) == {scores.values[scores.place(method)]}
    assert {shape.x0 for shape in figure.layout.shapes if shape.yref == "paper"} == {scores.k}


def test_hovering_a_curve_tells_the_share_of_what_both_views_tell():
    found = diagnosis("digits")
    line = named(validated(label_scores.by_dimension(found, keep="v")), "CA")
    assert line.customdata[-1] == "100%"  # all of both views, whitened
    assert all(one == "not known" or one.endswith("%") for one in line.customdata)
