import numpy as np
import pytest

from alignlab.diagnosis.advice import Advice, Choice
from alignlab.diagnosis.verdict import LARGEST, WIDER, Resampled, recommend


def resampled(ratios, spread=0.1, shift=0.0, count=400, seed=0):
    """Log-normal resamples around the ratios, shifted by `shift`."""
    noise = np.random.default_rng(seed).standard_normal((3, count))
    noise -= np.median(noise, axis=1)[:, None]
    return Resampled(
        ratios=np.array(ratios, dtype=float),
        resamples=np.array(ratios, dtype=float)[:, None] * np.exp(spread * noise + shift),
    )


def test_resamples_are_moved_to_the_estimate_and_spread_out():
    found = resampled([2.0, 0.5, 1.0], 0.1, 0.3)
    logs = np.log(found.cloud)
    np.testing.assert_allclose(np.exp(np.median(logs, axis=1)), [2.0, 0.5, 1.0])
    np.testing.assert_allclose(logs.std(1), WIDER * 0.1, rtol=0.1)


def test_without_bias_an_interval_is_the_central_one_of_the_cloud():
    low, high = resampled([2.0, 0.5, 1.0]).interval("ca")
    assert (low, high) == pytest.approx(
        tuple(2 * np.exp(np.array([-1, 1]) * 1.645 * WIDER * 0.1)), rel=0.05
    )


@pytest.mark.parametrize("shift", [0.4, -0.4])
def test_an_interval_reaches_as_much_further_as_resamples_are_biased(shift):
    """Half of the rows are biased upwards: all rows may still have the same bias."""
    plain, biased = (resampled([2.0, 0.5, 1.0], shift=by).interval("cp") for by in (0.0, shift))
    moved, kept = (0, 1) if shift > 0 else (1, 0)
    assert np.log(biased[moved] / plain[moved]) == pytest.approx(-shift)
    assert biased[kept] == pytest.approx(plain[kept])


def test_ratios_beyond_the_largest_leave_an_interval_open():
    found = resampled([np.inf, 0.0, 1.0], spread=0.01)
    assert found.interval("ca")[1] == np.inf
    assert found.interval("cp")[0] == 0.0
    assert found.interval("ca")[0] > LARGEST / 2
    assert found.regime == "CA only"


def test_support_is_the_share_in_the_regime_of_the_estimate():
    assert resampled([2.0, 0.5, 1.0], 0.05).support == 1.0
    assert resampled([1.0001, 0.1, 1.0], 0.05).support == pytest.approx(0.5, abs=0.1)
    assert np.isnan(Resampled(ratios=np.ones(3), resamples=np.empty((3, 0))).support)


def test_doubt_is_said_near_the_boundary_and_without_a_majority():
    assert resampled([2.0, 0.5, 1.0], 0.05).doubt == ""
    assert "Delta of CA is 1.02, within 6% of the" in resampled([1.02, 0.1, 1.0], 0.05).doubt
    assert "Delta of CP is 0.98, within 6% of the" in resampled([9.0, 0.98, 1.0], 0.05).doubt
    assert "add more pairs or labels" in resampled([1.02, 1.02, 1.0], 0.3).doubt


def advice(objective, gain=0.05, doubt=""):
    method = "CA" if objective in ("none", "undetermined") else objective
    one = Choice(
        objective=objective, method=method, k=4, score=0.81, against="y alone",
        untrained=0.81 - gain, gain=gain, low=gain - 0.02, high=gain + 0.02, doubt=doubt,
    )  # fmt: skip
    return Advice(both=one, x=one, y=one)


@pytest.mark.parametrize(
    ("objective", "direction"), [("CA", "symmetric"), ("CP", "x -> y"), ("CP reversed", "y -> x")]
)
def test_a_recommendation_is_the_objective_its_direction_and_its_numbers(objective, direction):
    found = recommend(advice(objective), "R²", np.array([2.0, 2.0, 2.0]))
    assert (found.objective, found.direction) == (objective, direction)
    assert found.reason == (
        f"{objective} with k = 4: held-out R² 0.81 against 0.76 of y alone, +0.050 "
        "(+0.030 to +0.070)"
    )


def test_theory_that_disagrees_is_said():
    below, above = np.array([0.5, 2.0, 2.0]), np.array([2.0, 0.5, 3.0])
    assert "CA loses the weakest label direction" in recommend(advice("CA"), "R²", below).reason
    assert "in theory" not in recommend(advice("CA"), "R²", above).reason
    none = recommend(advice("none", -0.05), "R²", above).reason
    assert "no trained representation beats y alone" in none
    assert "in theory CA and CP reversed would keep every label direction" in none
    assert "in theory" not in recommend(advice("none", -0.05), "R²", np.full(3, 0.5)).reason
    for objective in ("CA", "none"):  # no label direction was found
        assert "theory" not in recommend(advice(objective), "R²", np.full(3, np.nan)).reason


def test_what_is_undetermined_recommends_nothing_and_says_why():
    found = recommend(advice("undetermined", doubt="too close to call"), "R²", np.full(3, 2.0))
    assert (found.objective, found.direction) == ("none", "")
    assert found.reason.startswith("too close to call; CA with k = 4")
