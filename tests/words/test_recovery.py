import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.whitened import cca
from alignlab.names import LABELS, SYMBOLS
from alignlab.spiked.infonce import Trainings, TrainingSweep
from alignlab.spiked.model import OBJECTIVES, SpikedSpec, sample_spiked
from alignlab.spiked.monte_carlo import OVERLAP, noise_floor
from alignlab.spiked.phase import PARAMETERS, WEAKEST, WEIGHT
from alignlab.spiked.recovery import SpikedStudy
from alignlab.spiked.samples import RecoveryMaps
from alignlab.spiked.theory import separation_ratios
from alignlab.words.numbers import number
from alignlab.words.phase import ratio
from alignlab.words.recovery import (
    HALF,
    crossing,
    direction_words,
    held_words,
    study_words,
    trained_words,
)
from alignlab.words.samples import map_words, sample_warning
from tests.spiked.test_model import specs
from tests.words.test_phase import ODD

FIGURE_2A = SpikedSpec(k=5, nu=1.0)
FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
E3 = SpikedSpec(
    kappa=(3.0, 2.5, 2.0), gamma_x=0.5, gamma_y=0.5, gamma_tilde_x=1.0, gamma_tilde_y=1.0, nu=0.5
)
JOINT = replace(E3, gamma_y=0.1, gamma_tilde_y=10.0, nu=0.4**0.5)
NUS = (0.0, 0.1, 0.3, 0.6, 0.95)
VARIANCES = (0.1, 1.0, 10.0, 100.0)


def study(**fields):
    given_fields = {
        "experiment": "distance", "spec": FIGURE_3, "over": "nu", "values": NUS, "seeds": (0, 1),
    }  # fmt: skip
    return SpikedStudy(**given_fields | fields)


EACH = {
    "distance": study(),
    "errors": study(experiment="errors"),
    "joint": study(
        experiment="joint", spec=JOINT, over=WEIGHT, values=(0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
    ),
    "soft": study(
        experiment="soft", spec=replace(E3, nu=0.0), over=WEAKEST, values=(0.05, 0.5, 5.0)
    ),
}
each = pytest.mark.parametrize("name", EACH)


def finished(one):
    work = one.sampling()
    for _ in work.run():
        pass
    return work


def words_of(one):
    return study_words(one, finished(one))


def distances(one, *curves):
    """The words of a distance study whose measured curves are these, of CA, CP and reversed.

    A value at which one is NaN is not measured yet.
    """
    work = one.sampling()
    known = np.isfinite(curves).all(axis=0)
    for column, curve in enumerate(curves):
        work.values[known, :, column] = np.array(curve)[known, None]
    work.values[known, :, 3:] = 0
    return study_words(one, work)


def assert_sound(words):
    """The text is not empty and all its values are readable."""
    assert words.strip()
    assert not ODD.search(words)


def line(words, objective):
    return next(one for one in words.split("\n") if one.startswith(f"- **{LABELS[objective]}**"))


# --- Any experiment ---


@each
def test_before_anything_is_measured_that_is_said(name):
    assert study_words(EACH[name], EACH[name].sampling()) == "Nothing is measured yet."


def test_where_nothing_can_be_measured_nothing_is():
    silent = study(spec=replace(FIGURE_3, gamma_x=0.0), over="kappa", values=(0.0,))
    assert words_of(silent) == "Nothing is measured yet."


@each
def test_no_sentence_holds_what_is_not_a_number(name):
    assert_sound(words_of(EACH[name]))


@each
@pytest.mark.parametrize("at", [0, -1])
def test_one_value_has_words(name, at):
    one = replace(EACH[name], values=(EACH[name].values[at],))
    assert_sound(words_of(one))


@each
@pytest.mark.parametrize("known", [[0], [-1], [1], [0, -1]])
def test_while_values_are_missing_no_gap_is_said(name, known):
    one, whole = EACH[name], finished(EACH[name])
    work = one.sampling()
    known = range(len(work.values)) if name == "joint" else known
    for at in known:
        work.values[at] = whole.values[at]
    assert_sound(study_words(one, work))
    work.floors[:] = whole.floors  # these are measured first
    assert_sound(study_words(one, work))


@pytest.mark.parametrize(
    "spec",
    [
        SpikedSpec(d=2, k=1), SpikedSpec(d=3, k=2, kappa=(2.0, 1.0), nu=(0.5,)),
        SpikedSpec(kappa=0.0), SpikedSpec(nu=0.0), SpikedSpec(nu=1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("experiment", ["distance", "errors"])
@pytest.mark.parametrize("over", ["kappa", "nu", "kappa_ratio", "gamma_x"])
def test_the_ends_of_the_ranges_have_words(spec, experiment, over):
    one = study(experiment=experiment, spec=spec, over=over, values=(0.0, 0.5, 1.0), n=60)
    assert_sound(words_of(one))


# --- Recovery ---


def test_the_setting_of_figure_3_is_said():
    words = words_of(study(n=5000))
    assert "theory says it fails above ν = 0.895; in samples of 5,000 pairs" in line(words, "ca")
    assert "theory says it fails above ν = 0.192; in samples of 5,000 pairs" in line(words, "cp")
    assert line(words, "cp_reverse").endswith(
        "theory says it recovers everywhere here; in samples of 5,000 pairs its distance stays "
        "below 0.5."
    )


@given(specs(), st.sampled_from(PARAMETERS), st.sampled_from(["nu", "eta"]))
@settings(max_examples=60)
def test_what_theory_is_said_to_say_is_so_at_both_ends(spec, over, held):
    one = study(spec=spec, over=over, values=(0.05, 0.4, 1.0), held=held, n=5000)
    words = distances(one, *[[0.0, 0.1, 0.2]] * 3)
    ends = [separation_ratios(at) for at in (one.specs()[0], one.specs()[-1])]
    for name in OBJECTIVES:
        recovers = tuple(getattr(end, name) > 1 for end in ends)
        expected = {
            (True, True): "recovers everywhere here", (False, False): "fails everywhere here",
            (True, False): f"fails above {SYMBOLS[over]} = ",
            (False, True): f"fails below {SYMBOLS[over]} = ",
        }[recovers]  # fmt: skip
        assert f"theory says it {expected}" in line(words, name)


def test_the_threshold_said_is_theory_s():
    one = study()
    words = distances(one, *[[0.0] * 5] * 3)
    for name, at in one.thresholds.items():
        assert f"{SYMBOLS['nu']} = {number(at)};" in line(words, name)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_the_crossing_said_is_that_of_the_mean(curve):
    one = study()
    words = line(distances(one, curve, [0.0] * 5, [1.0] * 5), "ca")
    at = crossing(pd.Series(curve, index=NUS))
    if at is not None:
        assert words.endswith(f"its distance crosses 0.5 at ν = {number(at)}.")
    elif max(curve) < HALF:
        assert words.endswith("its distance stays below 0.5.")
    elif min(curve) > HALF:
        assert words.endswith("its distance stays above 0.5.")


def test_curves_that_stay_on_one_side_are_said_to():
    words = distances(study(), [0.1] * 5, [0.9] * 5, [0.49] * 5)
    assert line(words, "ca").endswith("its distance stays below 0.5.")
    assert line(words, "cp").endswith("its distance stays above 0.5.")
    assert line(words, "cp_reverse").endswith("its distance stays below 0.5.")


def test_a_gap_does_not_hide_a_crossing():
    words = distances(study(), [0.1, np.nan, 0.9, 0.9, 0.9], [0.9] * 5, [0.1] * 5)
    assert "stays" not in line(words, "ca")


def test_falling_values_are_read_from_their_lower_end():
    words = words_of(study(values=NUS[::-1]))
    assert "theory says it fails above ν = 0.895" in line(words, "ca")


def test_in_samples_of_few_pairs_recovery_ends_earlier_than_theory_has_it():
    few = words_of(study(n=200))
    at = float(re.search(r"crosses 0\.5 at ν = (\d\.\d+)", line(few, "ca"))[1])
    assert at < 0.895


# --- Crossings ---


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.01, 0.99), st.integers(0, 100)
)
def test_at_a_crossing_the_curve_has_the_level(heights, level, seed):
    x = np.cumsum(np.random.default_rng(seed).uniform(0.1, 2, len(heights)))
    at = crossing(pd.Series(heights, index=x), level)
    sides = np.array(heights) > level
    assert (at is None) == (sides.all() or not sides.any())
    if at is not None:
        assert np.interp(at, x, heights) == pytest.approx(level, abs=1e-9)
        first = np.argmax(sides != sides[0])
        assert x[first - 1] <= at <= x[first]


@pytest.mark.parametrize(
    ("curve", "at"),
    [
        ([0.0, 1.0], 0.5), ([1.0, 0.0], 0.5), ([0.0, 0.0, 1.0, 0.0], 1.5), ([0.2, 0.4], None),
        ([0.7], None), ([], None), ([np.nan, 0.2, 0.8], 1.5), ([np.nan, np.nan], None),
        ([0.5, 0.5], None), ([0.25, 0.75, np.nan], 0.5),
    ],
)  # fmt: skip
def test_crossings(curve, at):
    assert crossing(pd.Series(curve, index=range(len(curve)), dtype=float)) == at


# --- What is held ---


def trends(words):
    """Verb and numbers by label."""
    found = re.findall(
        r"Δ of (CA|CP \(x → y\)|CP reversed \(y → x\)) (rises|falls|stays)"
        r" (?:from (\S+) to|at) ([^ ;]+?)[;.](?: |$)",
        words,
    )
    return {label: (verb, start or end, end) for label, verb, start, end in found}


@given(specs(), st.sampled_from(["gamma_tilde_x", "gamma_tilde_y"]), st.sampled_from(["nu", "eta"]))
@settings(max_examples=60)
def test_trends_are_those_of_theory(spec, over, held):
    assume(spec.values("nu").max() > 0)
    one = study(spec=spec, over=over, values=VARIANCES, held=held)
    found, theory = trends(held_words(one)), one.theory
    if one.cap is not None:
        theory = theory[theory.index >= one.cap]
    assert len(found) == (3 if len(theory) > 1 else 0)
    if not found:
        return
    assert ("would need a larger ν" in held_words(one)) == (len(theory) < 4)
    for name in OBJECTIVES:
        first, last = (theory[f"delta {name}"].iloc[end] for end in (0, -1))
        verb = "rises" if last > first * (1 + 1e-6) else "falls"
        if np.isclose(first, last, rtol=1e-6):
            verb = "stays"
        assert found[LABELS[name]][0] == verb
        assert found[LABELS[name]][2] == ratio(first if verb == "stays" else last)


def test_with_the_covariance_held_alignment_gains():
    words = held_words(study(spec=E3, over="gamma_tilde_y", values=VARIANCES, held="eta"))
    assert "The covariance η is held fixed" in words
    assert "Δ of CA rises from 1.78 to 17.8" in words  # from the first value that is not capped
    assert "Δ of CP (x → y) stays at 3.77" in words
    cap = number((0.5 / 0.99) ** 2)
    assert (
        f"Below $\\tilde\\gamma_y$ = {cap} this η would need a larger ν than is allowed: ν stays "
        "at 0.99." in words
    )


def test_with_the_correlation_held_prediction_loses():
    words = held_words(study(spec=E3, over="gamma_tilde_y", values=VARIANCES, held="nu"))
    assert "The correlation ν is held fixed" in words
    assert "Δ of CA stays at 1.78" in words
    assert "Δ of CP (x → y) falls from 11.9 to 0.377" in words
    assert "Δ of CP reversed (y → x) stays at 3.77" in words


def test_above_the_cap_prediction_stays():
    words = held_words(study(spec=E3, over="gamma_tilde_y", values=VARIANCES[1:], held="eta"))
    assert "Δ of CA rises from 1.78 to 17.8" in words
    assert "Δ of CP (x → y) stays at 3.77" in words
    assert "would need a larger ν" not in words


@pytest.mark.parametrize("over", [name for name in PARAMETERS if "tilde" not in name])
def test_nothing_is_held_while_anything_else_varies(over):
    assert held_words(study(over=over, values=(0.1, 0.5), held="eta")) == ""


def test_held_words_end_those_of_the_study():
    one = study(over="gamma_tilde_y", values=VARIANCES)
    assert held_words(one).startswith("The correlation ν is held fixed")
    assert words_of(one).endswith(held_words(one))


@each
def test_words_end_with_their_last_one(name):
    words = words_of(EACH[name])
    assert len(words) > 40
    assert words == words.rstrip()


@pytest.mark.parametrize("held", ["nu", "eta"])
def test_without_correlation_none_is_said_to_fall(held):
    words = held_words(
        study(spec=replace(E3, nu=0.0), over="gamma_tilde_y", values=VARIANCES, held=held)
    )
    assert words == ("With ν = 0 the nuisance affects no objective, whatever its variance.")


def test_a_correlation_that_is_capped_throughout_is_not_said_to_fall():
    spec = replace(FIGURE_3, nu=0.9)
    one = study(spec=spec, over="gamma_tilde_y", values=(0.1, 1.0, 10.0), held="eta")
    assert {at.nu[0] for at in one.specs()} == {0.99}
    assert held_words(one) == ""
    assert "falls" in held_words(replace(one, values=(0.1, 1.0, 1e3, 1e4)))


# --- The direction of prediction ---


def check_direction(one):
    """At both ends of every range named, only that direction recovers."""
    words, theory = direction_words(one), one.theory
    forward, back = (theory[f"delta {name}"] > 1 for name in ("cp", "cp_reverse"))
    if (forward == back).all():
        assert words == "The direction of prediction makes no difference to recovery here."
        return
    for target, better in (("y from x", forward & ~back), ("x from y", back & ~forward)):
        said = re.search(rf"(?:from (\S+) to|at) (\S+) only predicting {target} recovers", words)
        assert (said is not None) == better.any()
        if said:
            at = theory.index[better]
            low = at[0] if said[1] is None else float(said[1])
            assert [low, float(said[2])] == pytest.approx([at[0], at[-1]], rel=6e-3)


@given(specs(), st.sampled_from(PARAMETERS))
@settings(max_examples=60)
def test_where_the_direction_is_said_to_decide_it_does(spec, over):
    check_direction(study(spec=spec, over=over, values=(0.05, 0.2, 0.4, 0.7, 1.0)))


def test_the_direction_of_prediction_is_said():
    one = study(
        spec=SpikedSpec(kappa=1.0, nu=0.4), over="gamma_x", values=(0.0, 0.5, 1.0, 3.0, 5.0)
    )
    check_direction(one)
    assert direction_words(one) == (
        "The direction of prediction matters along $\\gamma_x$: from 0.5 to 5 only predicting x "
        "from y recovers."
    )
    assert direction_words(one) in words_of(one)


def test_where_each_direction_has_its_turn_neither_is_said_to_be_the_only_one():
    spec = SpikedSpec(kappa=1.0, gamma_x=2.0, gamma_y=0.5, gamma_tilde_y=1.0, nu=0.9)
    values = (0.05, 0.1, 0.5, 1.0, 2.0, 20.0)
    check_direction(study(spec=spec, over="gamma_tilde_y", values=values, held="eta"))


# --- Errors ---


ERRORS_AT = re.compile(
    r"At (?P<symbol>\S+) = (?P<at>\S+), where the distances differ most: CP's total error of "
    r"(?P<cp_total>\S+) is (?P<side>below|not below) that of CA with a linear probe, "
    r"(?P<ca_total>\S+)\. Its error on the noiseless signal is (?P<cp_signal>\S+) against "
    r"(?P<ca_signal>\S+), its subspace distance (?P<cp_distance>\S+) against "
    r"(?P<ca_distance>\S+): \*\*(?P<verdict>.+)\*\*\."
)


def errors_of(**fields):
    one = study(experiment="errors", **fields)
    work = finished(one)
    return ERRORS_AT.search(study_words(one, work)), one.summary(work)[0]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"n": 300},
        {"spec": SpikedSpec(gamma_tilde_y=0.05), "values": (0.0, 0.5, 0.97)},
        {"over": "gamma_tilde_y", "values": VARIANCES},
        {"over": "kappa", "values": (0.0, 0.5, 3.0), "spec": SpikedSpec(d=3, k=1)},
    ],
)
def test_errors_said_are_those_of_the_value_named(fields):
    found, mean = errors_of(**fields)
    at = next(value for value in mean.index if number(float(value)) == found["at"])
    row = mean.loc[at]
    for name in ("total", "signal", "distance"):
        for objective in ("ca", "cp"):
            assert found[f"{objective}_{name}"] == number(row[f"{objective} {name}"])
    assert (found["side"] == "below") == (row["cp total"] < row["ca total"])
    assert ("wrong subspace" in found["verdict"]) == (
        row["cp total"] < row["ca total"] and row["cp distance"] > HALF > row["ca distance"]
    )


def test_lower_error_and_wrong_subspace_is_found_in_figure_3():
    found, _ = errors_of(values=(0.0, 0.1, 0.5, 0.95), n=5000)
    assert (found["symbol"], found["at"]) == ("ν", "0.5")
    assert (found["side"], found["verdict"]) == ("below", "lower error, wrong subspace")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"spec": SpikedSpec(gamma_tilde_y=0.05, nu=0.9), "over": "kappa", "values": (1.0, 3.0)},
        {"spec": SpikedSpec(gamma_tilde_y=0.05), "values": (0.1, 0.5, 0.97)},
    ],
)
def test_where_the_subspaces_differ_most_they_do(fields):
    found, mean = errors_of(**fields)
    apart = (mean["cp distance"] - mean["ca distance"]).abs()
    assert found["at"] == number(float(apart.idxmax()))


# --- The joint objective ---


def test_the_jump_of_the_joint_objective_is_said():
    words = words_of(EACH["joint"])
    assert words.startswith("From CP (λ = 0) to CA: in samples of 5,000 pairs")
    assert "In the population it jumps at λ = 0.951; samples smooth the jump." in words
    mean = EACH["joint"].summary(finished(EACH["joint"]))[0]["distance"]
    first, last = number(mean.iloc[0]), number(mean.iloc[-1])
    assert f"the distance goes from {first} to {last} at λ = 100." in words


def test_without_a_jump_none_is_said():
    words = words_of(replace(EACH["joint"], spec=replace(JOINT, nu=0.1)))
    assert words.endswith("In the population it does not change over these values.")


def test_it_is_not_prediction_that_weights_above_zero_begin_with():
    words = words_of(replace(EACH["joint"], values=(0.5, 2.0)))
    assert "From CP (λ = 0)" not in words


# --- The soft bottleneck ---


def test_the_price_of_a_weak_direction_is_said():
    one = EACH["soft"]
    words = words_of(one)
    norm = one.population["norm"]
    high = f"{number(norm[5.0])} at $\\kappa_k$ = 5"
    assert f"the squared norm of its encoders is {high} and 406 at $\\kappa_k$ = 0.05" in words


def test_what_samples_put_in_the_place_of_a_weak_direction_is_said():
    one, work = EACH["soft"], finished(EACH["soft"])
    words, floor = study_words(one, work), work.floors[0, 0]
    mean = one.summary(work)[0]["norm"]
    assert "Samples of 5,000 pairs agree down to $\\kappa_k$ = 0.5." in words
    assert separation_ratios(one.specs()[0]).rho.min() < floor
    assert separation_ratios(one.specs()[1]).rho.min() > floor
    assert f"below the {number(floor)} that nuisance reaches in samples" in words
    assert f"their norm of {number(mean[0.05])} is that of another direction." in words


def test_where_samples_follow_throughout_that_is_said():
    words = words_of(replace(EACH["soft"], values=(1.0, 2.0)))
    assert words.endswith("Samples of 5,000 pairs agree at every value here.")


def test_where_samples_follow_nowhere_they_are_not_said_to():
    one = replace(EACH["soft"], values=(0.01, 0.02))
    work = finished(one)
    sampled, limit = one.summary(work)[0]["norm"], one.population["norm"]
    assert (sampled < limit / 50).all()
    words = study_words(one, work)
    assert "Samples of 5,000 pairs agree nowhere." in words
    assert "agree at every value" not in words


def test_where_nuisance_takes_its_place_a_weak_direction_is_not_said_to_be_used():
    one = replace(EACH["soft"], spec=replace(E3, nu=0.8))
    assert (one.theory["delta ca"].iloc[0]) < 1  # at kappa_k = 0.05
    words = words_of(one)
    assert "uses a shared direction that is stronger than the nuisance (ν = 0.8)" in words
    assert "however weak" not in words


def test_an_endless_price_is_said_to_be_infinite():
    one = replace(EACH["soft"], values=(0.0, 1.0))
    with np.errstate(divide="ignore"):
        assert "and infinite at $\\kappa_k$ = 0, never" in words_of(one)


# --- Trainings ---


TRAINED = TrainingSweep(
    spec=FIGURE_3, over="nu", values=(0.0, 0.5, 1.0), temperatures=(0.05, 0.5), n=100, seeds=(0,),
    training=ContrastiveSpec(steps=5),
)  # fmt: skip


def curves(**columns):
    return pd.DataFrame(columns, index=pd.Index([0.0, 0.5, 1.0], name="nu"))


CLOSED = curves(ca=[0.0, 0.1, 1.0], cp=[0.0, 1.0, 1.0])


def test_crossings_of_trainings_and_closed_forms_are_said():
    words = trained_words(TRAINED, curves(**{"InfoNCE, τ = 0.1": [0.1, 0.3, 0.7]}), CLOSED)
    assert words == (
        "The subspace distance crosses 0.5 at: InfoNCE, τ = 0.1: ν ≈ 0.75; CA, closed form: "
        "ν ≈ 0.72."
    )


def test_trainings_that_lose_the_subspace_early_are_counted():
    table = curves(good=[0.1, 0.3, 0.7], bad=[0.1, 0.7, 0.7], worse=[0.4, 0.9, 0.9])
    words = trained_words(TRAINED, table, CLOSED)
    assert (
        "At 2 of 3 temperatures trained encoders lose the shared subspace earlier than CA's closed "
        "form, after 5 steps in batches of 100." in words
    )


def test_recovery_that_begins_earlier_is_not_said_to_be_lost():
    closed = curves(ca=[1.0, 1.0, 0.0], cp=[1.0, 1.0, 1.0]).rename_axis("kappa")
    better = curves(one=[1.0, 0.4, 0.0]).rename_axis("kappa")
    words = trained_words(replace(TRAINED, over="kappa"), better, closed)
    assert crossing(better["one"]) < crossing(closed["ca"])
    assert words.startswith("The subspace distance crosses 0.5 at: one: κ ≈ ")
    assert "lose the shared subspace earlier" not in words


def test_a_training_that_does_not_cross_is_said_to_cross_nowhere():
    for low in ([0.1, 0.2, 0.3], [0.9, 0.8, 0.7]):
        words = trained_words(TRAINED, curves(one=low), CLOSED)
        assert "one: nowhere" in words
        assert_sound(words)


def test_a_sweep_that_has_not_begun_has_words():
    words = trained_words(TRAINED, Trainings(TRAINED).table(), CLOSED)
    assert words.count("not known yet") == 2
    assert " lose " not in words
    assert "nowhere" not in words
    assert_sound(words)


# --- Few pairs ---


@pytest.mark.parametrize("d", [2, 5, 20])
def test_below_twice_the_features_correlations_of_1_are_warned_of(d):
    for n in range(2, 2 * d + 1):
        words = sample_warning(d, n, np.nan)
        assert words.startswith(
            f"n = {n} pairs are too few for d = {d}: below 2d + 1 = {2 * d + 1}"
        )
    assert sample_warning(d, 2 * d + 1, 0.9).startswith(f"n = {2 * d + 1} pairs are few for")
    assert "exactly 1" not in sample_warning(d, 2 * d + 1, 0.9)


def test_below_that_the_correlations_are_1_and_from_it_on_they_are_not():
    spec = SpikedSpec(d=5, k=1, nu=0.0)
    for n, top in ((10, 1.0), (11, 0.999)):
        data = sample_spiked(spec, n, 0)
        correlations = cca(data.X1, data.X2, 1).spectrum
        assert (correlations[0] > 1 - 1e-9) == (top == 1.0)


@given(specs(), st.integers(0, 400))
@settings(max_examples=60)
def test_a_warning_is_given_where_nuisance_looks_correlated(spec, extra):
    n = 2 * spec.d + 1 + extra
    floor = noise_floor([replace(spec, nu=0.0)], n, range(4))[0, 0]
    words = sample_warning(spec.d, n, floor)
    assert bool(words) == (floor > HALF)
    if words:
        assert words.startswith(f"n = {n:,} pairs are few for d = {spec.d}: uncorrelated")
        assert f"reaches a correlation of {number(floor)} in the sample's C" in words


@pytest.mark.parametrize("floor", [0.0, 0.5, np.nan])
def test_enough_pairs_or_a_floor_that_is_not_known_need_no_warning(floor):
    assert sample_warning(20, 41, floor) == ""


# --- Maps ---


def maps(**fields):
    given_fields = {
        "spec": FIGURE_2A, "kappas": (0.0, 1.0, 2.0, 3.0), "nus": (0.0, 0.3, 0.6, 1.0),
        "n": 2000, "seeds": (0, 1),
    }  # fmt: skip
    return RecoveryMaps(**given_fields | fields)


def loss(value):
    return "none" if value == 0 else "under 1%" if value < 0.01 else f"{value:.0%}"


@pytest.mark.parametrize("fields", [{}, {"n": 100}, {"spec": SpikedSpec(d=2, k=1), "n": 30}])
def test_what_samples_lose_is_said(fields):
    one = maps(**fields)
    work = finished(one)
    words = map_words(one, work)
    for name in OBJECTIVES:
        assert f"{LABELS[name]} loses {loss(one.lost(work, name))}" in words
    assert not words.startswith("So far")
    assert f"With n = {one.n:,} pairs of d = {one.spec.d} features" in words
    assert f"(mean squared overlap below {OVERLAP})" in words
    assert_sound(words)


def test_the_floor_said_is_that_of_uncorrelated_nuisance():
    one = maps()
    spec = replace(FIGURE_2A, nu=0.0)
    in_c, in_a, _ = noise_floor([spec], one.n, one.seeds)[:, 0]
    words = map_words(one, finished(one))
    assert f"reaches {number(in_c)} in the sample's C and {number(in_a)} in its A" in words


def test_the_floor_said_to_be_without_correlation_is():
    one = maps(nus=(0.5, 1.0))
    floor = noise_floor([replace(FIGURE_2A, nu=0.5)], one.n, one.seeds)[0, 0]
    words = map_words(one, finished(one))
    assert words.startswith("The theory curves (white) hold for infinitely many pairs.")
    assert f"Uncorrelated nuisance reaches {number(floor)} " not in words


def test_what_chance_gives_is_said():
    one = maps()
    work = finished(one)
    words = map_words(one, work)
    assert "Where nothing is shared (κ = 0, ν = 0) the overlap is not 0 but " in words
    for name in OBJECTIVES:
        assert f"{number(one.share(work, name)[0, 0])} for {LABELS[name]}" in words
    for other in (maps(kappas=(0.5, 1.0)), maps(nus=(0.5, 1.0))):  # their ranges do not start there
        assert "κ = 0, ν = 0" not in map_words(other, finished(other))


@pytest.mark.parametrize("ratios", [(1.0, 0.6), (0.8,), (0.4, 0.2, 1.0)])
def test_each_ratio_is_counted_and_named(ratios):
    one = maps(ratios=ratios)
    work = finished(one)
    words = map_words(one, work)
    for which, q in enumerate(ratios):
        lost = [loss(one.lost(work, name, which)) for name in ("ca", "cp")]
        said = f"for q = {q:g} CA loses {lost[0]}, CP (x → y) loses {lost[1]}"
        assert said in words
    assert "q =" not in map_words(maps(), finished(maps()))


@pytest.mark.parametrize(("one", "begun"), [(maps(), False), (maps(kappas=(0.0,)), True)])
def test_where_nothing_is_lost_or_kept_no_share_is_said(one, begun):
    words = map_words(one, finished(one) if begun else one.sampling())
    assert "loses" not in words
    assert ("nothing is sampled yet" in words) == (not begun)
    assert ("(none)" in words) == begun
    assert not re.search(r":\s+[(;.]", words)
    assert_sound(words)


def test_what_is_known_so_far_is_said():
    one, whole = maps(), finished(maps())
    work = one.sampling()
    work.values[:9] = whole.values[:9]
    words = map_words(one, work)
    assert words.startswith("So far: ")
    for name in OBJECTIVES:
        assert f"{LABELS[name]} loses {loss(one.lost(work, name))}" in words


@pytest.mark.parametrize("spec", [FIGURE_2A, replace(FIGURE_2A, gamma_x=0.05, gamma_tilde_x=5.0)])
def test_a_signal_said_not_to_be_found_is_not(spec):
    kappas = tuple(np.linspace(0, 1, 21).tolist())
    one = maps(spec=spec, kappas=kappas, nus=(0.0,), n=5000)
    work = finished(one)
    found = []
    for name in ("ca", "cp"):
        below = np.array(kappas) < one.floor(work, name)[0]
        found += (one.share(work, name)[0, below] >= OVERLAP).tolist()
    assert not any(found) or "is not found" not in map_words(one, work)
