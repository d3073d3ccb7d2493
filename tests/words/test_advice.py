import re
from dataclasses import replace

import numpy as np
import pytest

from alignlab.diagnosis.advice import AVAILABLE, Advice, Choice
from alignlab.diagnosis.result import Rescaled
from alignlab.words.advice import advice_words, columns_words, curve, figure, scores_words
from tests.diagnoses import KINDS, diagnosis

SCORED = [kind for kind in KINDS if diagnosis(kind).advice is not None]
each_scored = pytest.mark.parametrize("kind", SCORED)


def advised(kind="digits", **fields):
    """The diagnosis with other numbers in its advice for both views."""
    found = diagnosis(kind)
    one = replace(found.advice.both, **fields)
    return replace(found, advice=replace(found.advice, both=one))


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (0.0475, 2, True, "+0.05"), (-0.0475, 2, True, "−0.05"), (0.0004, 3, True, "0.000"),
        (-0.0004, 2, False, "0.00"), (-0.3, 2, False, "−0.30"), (0.9, 2, False, "0.90"),
    ],
)  # fmt: skip
def test_a_difference_has_its_sign_and_zero_has_none(value, digits, signed, text):
    assert figure(value, digits, signed=signed) == text


# --- What to train ---


@each_scored
@pytest.mark.parametrize("available", AVAILABLE)
def test_the_advice_is_that_of_the_views_at_hand_with_its_numbers(kind, available):
    found = diagnosis(kind)
    one, words = getattr(found.advice, available), advice_words(found, available)
    assert (f" with {available} only at test time" in words) == (available != "both")
    assert found.scores.metric in words
    if one.objective == "undetermined":
        assert one.doubt
        assert (
            f"**No advice**{'' if available == 'both' else f' with {available} only at test time'}"
            ": " in words
        )
        assert one.doubt in words
    digits = 2 if min(map(abs, (one.gain, one.low, one.high))) >= 0.005 else 3
    gain, low, high = (figure(v, digits, signed=True) for v in (one.gain, one.low, one.high))
    assert gain in words
    assert f"90% interval {low} to {high}" in words
    assert f"at k = {one.k}" in words
    assert f"{figure(one.score, digits)} versus {figure(one.untrained, digits)}" in words
    beats = f"no trained representation beats {one.against}" in words
    assert beats == (one.objective == "none")


def test_an_interval_that_holds_zero_is_said_to():
    assert "which contains 0" in advice_words(advised(low=-0.01))
    assert "which contains 0" not in advice_words(advised())
    assert "which contains 0" not in advice_words(advised(objective="none", low=-0.01))


def test_both_views_side_by_side_are_named_where_they_tell_more_than_what_is_advised():
    assert "Both views concatenated, untrained, score 0.95." in advice_words(diagnosis("digits"))
    assert "concatenated" not in advice_words(diagnosis("one column"))


@pytest.mark.parametrize(
    ("objective", "method", "text"),
    [
        ("CP", "CP", "**Train CP (x predicts y)**"),
        ("CP reversed", "CP reversed", "**Train CP reversed (y predicts x)**"),
        ("CA", "CA of y", "**Train CA (both views into one space; only the encoder of y is used"),
    ],
)
def test_what_is_to_be_trained_is_said_in_words(objective, method, text):
    assert advice_words(advised(objective=objective, method=method)).startswith(text)


@each_scored
def test_all_three_sets_of_views_are_answered(kind):
    words = scores_words(diagnosis(kind))[0]
    for name in ("Both views: ", ". x only: ", ". y only: "):
        assert name in words
    for name in AVAILABLE:
        one = getattr(diagnosis(kind).advice, name)
        if one.objective not in ("none", "undetermined"):
            assert f": {one.objective}, " in words


def test_without_scores_nothing_is_said_of_them():
    for kind in ("unlabelled", "early"):
        assert scores_words(diagnosis(kind)) == []
    (words,) = scores_words(diagnosis("torn"))
    assert words.startswith("Held-out scores: R² of a linear probe on 400 labelled rows")


@each_scored
def test_chance_rows_and_metric_are_stated(kind):
    scores, words = diagnosis(kind).scores, scores_words(diagnosis(kind))[-1]
    assert f"{scores.metric} of a linear probe on {scores.rows:,} labelled rows" in words
    assert words.endswith(f"chance is {scores.chance:.3g}.")


# --- What k dimensions keep ---


@pytest.mark.parametrize("kind", ["Both", "digits", "zero", "wide"])
def test_what_k_dimensions_keep_is_a_share_of_what_both_views_tell(kind):
    scores = diagnosis(kind).scores
    words = next(one for one in scores_words(diagnosis(kind)) if one.startswith("Share of both"))
    whole = scores.values[scores.place("x and y")] - scores.chance
    for name in ("CA", "CP", "CP reversed"):
        kept = (scores.values[scores.place(name)] - scores.chance) / whole
        told = f"{name} {kept:.0%}" if kept >= 0.005 else f"{name} none"
        assert told in words
        enough = re.search(rf"{re.escape(told)} \(90% kept from k = (\d+) on\)", words)
        points = curve(scores, name)
        if enough:
            beyond = [value for k, value in points if k >= int(enough[1])]
            assert min(beyond) - scores.chance >= 0.9 * whole
        else:
            assert points[-1][1] - scores.chance < 0.9 * whole


def test_labels_that_are_told_by_chance_leave_no_share():
    words = scores_words(diagnosis("blind"))
    assert words[0].startswith("What to train, by the views available at test time.")
    assert not any("Share of both" in one for one in words)


# --- Columns ---


def test_columns_of_another_unit_are_named_or_numbered():
    found = replace(diagnosis("Both"), scaled=((2, 5), (1,)), constant=((), ()))
    x, y = columns_words(found)
    assert x == (
        "2 columns of x were on another scale and were brought to the median standard deviation: "
        "index 2, 5, counted from 0."
    )
    assert y.startswith("1 column of y was on another scale and was brought to the median")
    names = tuple(tuple(f"{view}{i}" for i in range(9)) for view in ("teff ", "y"))
    assert "median standard deviation: teff 2, teff 5." in columns_words(found, names)[0]
    many = replace(found, scaled=(tuple(range(8)), ()))
    assert "8 columns of x" in columns_words(many, names)[0]
    assert columns_words(many, names)[0].endswith("teff 4, ….")
    assert columns_words(replace(found, scaled=((), ()))) == []


def test_constant_columns_and_standardised_ones_are_said():
    found = replace(diagnosis("Both"), constant=((0, 3), (4,)), scaled=((), ()))
    assert columns_words(found) == [
        "2 columns of x are constant and left out: index 0, 3, counted from 0.",
        "1 column of y is constant and left out: index 4, counted from 0.",
    ]
    all_of_them = replace(
        diagnosis("Both"), scale="standardised", scaled=(tuple(range(20)), tuple(range(20)))
    )
    assert columns_words(all_of_them) == ["All columns were scaled to unit standard deviation."]


@pytest.mark.parametrize(
    ("scale", "objective", "words"),
    [
        ("standardised", "CP", "With standardised columns the advice would be to train CP."),
        ("as given", "none", "With columns as given the advice would be to train nothing."),
        ("standardised", "CA", None),
    ],
)
def test_a_flip_under_the_other_scale_is_said(scale, objective, words):
    other = Rescaled(scale=scale, regime="Neither", objective=objective)
    found = replace(diagnosis("digits"), rescaled=other, scaled=((), ()), constant=((), ()))
    assert columns_words(found) == ([words] if words else [])


def test_another_regime_under_the_other_scale_is_said():
    other = Rescaled(scale="standardised", regime="CA only", objective="CA")
    found = replace(diagnosis("digits"), rescaled=other, scaled=((), ()), constant=((), ()))
    assert columns_words(found) == ["With standardised columns theory would say **CA only**."]


@pytest.mark.parametrize("kind", ["border", "torn", "unlabelled"])
def test_an_open_verdict_is_no_flip(kind):
    """The other scale has only a first verdict, not tested by resamples or by the pairing."""
    for regime in ("Both", "Undetermined"):
        other = Rescaled(scale="standardised", regime=regime, objective="")
        found = replace(diagnosis(kind), rescaled=other, scaled=((), ()), constant=((), ()))
        assert columns_words(found) == []


def test_the_advice_is_made_of_choices():
    assert all(isinstance(getattr(diagnosis("digits").advice, name), Choice) for name in AVAILABLE)
    assert isinstance(diagnosis("digits").advice, Advice)
    assert np.isfinite(diagnosis("digits").advice.gain)
