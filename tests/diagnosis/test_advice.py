import numpy as np
import pytest

from alignlab.diagnosis.advice import CLOSE, ERRORS, OPTIONS, TELLING, Z90, Advice, choice
from alignlab.diagnosis.label_scores import TRAINED, UNTRAINED, LabelScores
from tests.diagnoses import diagnosis

METHODS = (*UNTRAINED, *TRAINED)


def scores(error=0.01, chance=0.1, restless=0.0, **values):
    """Scores by method, 0.5 unless given, with independent errors; k = 3.

    restless : by how much the mean of any difference with CA or CA of x moves with the division.
    """
    names = {name.replace(" ", "_"): name for name in METHODS}
    found = dict.fromkeys(METHODS, 0.5) | {names[name]: one for name, one in values.items()}
    mean = np.array([found[name] for name in METHODS])
    moved = np.array([name in ("CA", "CA of x") for name in METHODS]) * restless
    divided = mean + np.sqrt(3) * np.outer([-1, 0, 1], moved)  # a standard error of `restless`
    return LabelScores(
        metric="balanced accuracy",
        chance=chance,
        rows=100,
        k=3,
        methods=METHODS,
        dimensions=tuple(3 if name in TRAINED else 10 for name in METHODS),
        values=mean,
        covariance=error**2 * np.eye(len(METHODS)),
        divided=divided,
    )


@pytest.mark.parametrize(
    ("method", "objective"), [("CA", "CA"), ("CP", "CP"), ("CP reversed", "CP reversed")]
)
def test_what_beats_the_better_view_alone_is_advised(method, objective):
    found = Advice.of(scores(**{method.replace(" ", "_"): 0.7}, x_alone=0.6))
    assert (found.objective, found.both.method, found.both.against) \
        == (objective, method, "x alone")  # fmt: skip
    assert found.gain == found.both.gain == pytest.approx(0.1)
    assert found.both.doubt == ""
    assert (found.both.k, found.both.score, found.both.untrained) == (3, 0.7, 0.6)


def test_the_largest_score_is_advised_of_all_that_beat_a_view_alone():
    assert Advice.of(scores(CA=0.7, CP=0.8)).objective == "CP"
    assert Advice.of(scores(CA=0.8, CP=0.7)).objective == "CA"


def test_a_gain_has_its_interval_of_90_percent():
    one = choice(scores(error=0.02, CA=0.7), "both")
    error = 0.02 * 2**0.5
    assert one.gain == pytest.approx(0.2)
    assert (one.low, one.high) == pytest.approx((0.2 - Z90 * error, 0.2 + Z90 * error))
    assert pytest.approx(1.645, abs=1e-3) == Z90


def test_nothing_is_advised_that_a_view_alone_beats():
    one = choice(scores(x_alone=0.7, CA=0.6), "both")
    assert (one.objective, one.method, one.against) == ("none", "CA", "x alone")
    assert one.gain == pytest.approx(-0.1)
    assert one.high < 0


def test_a_gain_within_its_standard_error_is_none():
    error = 0.1 * 2**0.5
    above, below = (
        choice(scores(error=0.1, chance=0.0, CA=0.5 + share * ERRORS * error), "both")
        for share in (1.01, 0.99)
    )
    assert (above.objective, below.objective) == ("CA", "none")


def test_both_views_side_by_side_are_a_reference_that_nothing_has_to_beat():
    one = choice(scores(x_and_y=0.95, CA=0.7), "both")
    assert (one.objective, one.against) == ("CA", "x alone")


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_labels_told_no_better_than_by_chance_leave_it_open(level):
    """Whether a trained representation or a single view scores best."""
    at = 0.1 + 0.9 * TELLING * 0.05
    low = dict.fromkeys((name.replace(" ", "_") for name in METHODS), 0.1 - 0.2 * level)
    one = choice(scores(error=0.05, **low | {"CA" if level else "y_alone": at}), "both")
    assert one.objective == "undetermined"
    assert "no better than by chance" in one.doubt
    other = choice(scores(error=0.02, **low | {"CA" if level else "y_alone": at}), "both")
    assert other.objective != "undetermined"


def test_what_another_division_of_the_rows_could_change_is_too_close_to_call():
    edge = ERRORS * 0.01 * 2**0.5
    for gain in (edge + 0.02, edge - 0.02):
        calm, restless = (
            choice(scores(CA=0.5 + gain, restless=by * 0.02 / CLOSE, CP=0, CP_reversed=0), "both")
            for by in (0.9, 1.1)
        )
        assert calm.objective == ("CA" if gain > edge else "none")
        assert restless.objective == "undetermined"
        assert "CA and x alone are too close to call" in restless.doubt


def test_each_set_of_views_has_what_can_be_trained_with_it():
    assert {name for trained, untrained in OPTIONS.values() for name in (*trained, *untrained)} \
        == {*METHODS} - {"x and y"}  # fmt: skip
    found = Advice.of(
        scores(CA=0.9, CA_of_x=0.7, CP=0.6, CP_reversed=0.7, CA_of_y=0.4, y_alone=0.6)
    )
    assert [one.objective for one in (found.both, found.x, found.y)] == ["CA", "CA", "CP reversed"]
    assert [one.method for one in (found.both, found.x, found.y)] \
        == ["CA", "CA of x", "CP reversed"]  # fmt: skip
    assert [one.against for one in (found.both, found.x, found.y)] \
        == ["y alone", "x alone", "y alone"]  # fmt: skip
    assert [one.gain for one in (found.both, found.x, found.y)] == pytest.approx([0.3, 0.2, 0.1])


def test_where_one_view_will_be_missing_the_other_view_counts_for_nothing():
    found = Advice.of(scores(CA=0.9, y_alone=0.95, CP=0.7, CP_reversed=0.99))
    assert (found.x.objective, found.x.against) == ("CP", "x alone")
    assert found.both.objective == "CP reversed"
    assert Advice.of(scores(CA=0.9)).x.objective == "none"  # needs both


def test_digits_gain_by_alignment_although_theory_says_neither():
    found = diagnosis("digits")
    advice, recommendation = found.advice, found.recommendation
    assert found.regime == "Neither"
    assert (advice.objective, advice.both.against) == ("CA", "y alone")
    assert 0.03 < advice.gain < 0.07
    assert 0 < advice.both.low < advice.gain < advice.both.high
    assert recommendation.objective == "CA"
    assert "in theory CA loses the weakest label direction" in recommendation.reason
    assert "the others suffice" in recommendation.reason
    for number in (f"{advice.both.score:.2f}", f"{advice.gain:+.3f}", f"k = {advice.both.k}"):
        assert number in recommendation.reason
    assert found.scores.chance == 0.1
    assert found.scores.values[found.scores.place("x and y")] > advice.both.untrained
