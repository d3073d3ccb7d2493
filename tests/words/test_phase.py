import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from alignlab.names import LABELS, PLAIN, SYMBOLS
from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import PARAMETERS, RISING, WEAKEST, WEIGHT, varied
from alignlab.spiked.repairs import BREAKERS, repairs, turning
from alignlab.spiked.theory import separation_ratios
from alignlab.words.numbers import number
from alignlab.words.phase import (
    TOUR,
    break_words,
    found_values,
    objective_words,
    play_words,
    ratio,
    regime_of,
    regime_words,
    repair_words,
    tour_table,
)
from tests.spiked.test_model import NO_NOISE, specs
from tests.spiked_specs import swapped

FIGURE_2A = SpikedSpec()
FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
IN_PART = SpikedSpec(kappa=(3.0, 1.0, 0.5), nu=0.6)
EDGES = (
    {}, {"kappa": 0.0}, {"nu": 0.0}, {"nu": 1.0}, NO_NOISE, {"kappa": 0.0, "nu": 1.0},
    {"kappa": 0.0, **NO_NOISE}, {"nu": 1.0, **NO_NOISE},
)  # fmt: skip

ODD = re.compile(r"\b(nan|NaN|None|inf|infinite|undefined|True|False|np)\b|float64")
"""Text that no sentence about finite numbers contains."""

FAILS = re.compile(
    r"fails: the nuisance value ([νξ]) = (\S+) (exceeds|ties with) the weakest signal value "
    r"([ρτ]) = (\S+) \(Δ = (\S+)\)\. "
)
RECOVERS = re.compile(
    r"recovers: its weakest signal value ([ρτ]) = (\S+) exceeds the strongest nuisance value "
    r"([νξ]) = (\S+) \(Δ = (\S+)\)\.(?: What would break it|$)"
)

everywhere = st.builds(
    lambda spec, edge: replace(spec, **edge), specs(), st.sampled_from(EDGES)
)  # also at the ends of the ranges
objectives = st.sampled_from(OBJECTIVES)


def said(spec, objective):
    return objective_words(separation_ratios(spec), repairs(spec), objective)


def turns(spec, objective):
    return getattr(repairs(spec), objective)


def recovers(spec, objective):
    return getattr(separation_ratios(spec), objective) > 1


failing = st.tuples(specs(), objectives).filter(lambda drawn: not recovers(*drawn))
FEWER = settings(max_examples=40)

# --- Regimes ---


@given(everywhere, st.sampled_from(["cp", "cp_reverse"]))
@FEWER
def test_the_regime_is_named_and_every_objective_is_explained(spec, prediction):
    found = separation_ratios(spec)
    at = repairs(spec)
    words = regime_words(found, at, prediction)
    head, *lines = words.split("\n- ")
    regime = regime_of(found, prediction)
    assert head.startswith(f"**{regime}.** ")
    other = next(name for name in OBJECTIVES if name not in ("ca", prediction))
    assert lines == [objective_words(found, at, name) for name in ("ca", prediction, other)]


@given(everywhere)
def test_the_regime_is_by_alignment_and_the_chosen_direction(spec):
    found = separation_ratios(spec)
    assert regime_of(found, "cp") == found.regime
    assert regime_of(found, "cp_reverse") == separation_ratios(swapped(spec)).regime


@pytest.mark.parametrize(
    ("kappa", "nu", "regime", "says"),
    [
        (2.0, 0.3, "Both", "Align, or predict y from x: either recovers all shared directions."),
        (2.0, 0.85, "CA only", "Align; predicting y from x encodes nuisance."),
        (3.0, 0.97, "CP only", "Predict y from x; alignment mistakes nuisance for signal."),
        (
            0.5,
            0.9,
            "Neither",
            "Neither aligning nor predicting y from x recovers all shared directions.",
        ),
    ],
)
def test_each_regime_has_its_advice(kappa, nu, regime, says):
    spec = SpikedSpec(kappa=kappa, nu=nu)
    words = regime_words(separation_ratios(spec), repairs(spec), "cp")
    assert words.startswith(f"**{regime}.** {says}")


def line_of(words, objective):
    return next(line for line in words.split("\n") if line.startswith(f"- **{LABELS[objective]}**"))


def head(spec, prediction):
    return regime_words(separation_ratios(spec), repairs(spec), prediction).split("\n")[0]


@given(everywhere, st.sampled_from([("cp", "y from x"), ("cp_reverse", "x from y")]))
@FEWER
def test_the_advice_names_the_direction_that_it_is_about(spec, direction):
    prediction, target = direction
    regime = regime_of(separation_ratios(spec), prediction)
    first = head(spec, prediction).split(".** ")[1].split(". ")[0]
    assert target in first
    assert ("x from y" if target == "y from x" else "y from x") not in first
    assert first.startswith(
        {"Both": "Align, or predict", "CA only": "Align;", "CP only": "Predict"}.get(
            regime, "Neither"
        )
    )


@given(everywhere, st.sampled_from([("cp", "cp_reverse"), ("cp_reverse", "cp")]))
@FEWER
def test_the_other_direction_is_named_where_it_alone_recovers(spec, directions):
    chosen, other = directions
    target = "x from y" if other == "cp_reverse" else "y from x"
    alone = recovers(spec, other) and not recovers(spec, chosen)
    assert (f"redicting {target} " in head(spec, chosen)) == alone


def test_where_the_other_direction_recovers_it_is_not_said_to_encode_nuisance():
    words = head(SpikedSpec(nu=0.85), "cp")
    assert words.startswith("**CA only.** Align; predicting y from x encodes nuisance.")
    assert not words.endswith("encodes nuisance. Predicting x from y would.")
    assert "recover" in words.split("encodes nuisance.")[1]


# --- One objective ---


@given(everywhere, objectives)
@FEWER
def test_it_is_said_to_recover_where_delta_exceeds_1(spec, objective):
    words = said(spec, objective)
    assert words.startswith(f"**{LABELS[objective]}** ")
    assert bool(RECOVERS.search(words)) == recovers(spec, objective)
    assert bool(FAILS.search(words)) == (not recovers(spec, objective))


@given(everywhere, objectives)
@FEWER
def test_the_values_named_are_the_weakest_signal_and_the_strongest_nuisance(spec, objective):
    found = separation_ratios(spec)
    signal, nuisance = found_values(found, objective)
    assume(
        abs(signal.min() - nuisance.max()) > 0.01 * signal.min()
    )  # closer values need more digits
    weakest, strongest = number(signal.min()), number(nuisance.max())
    letters = {"ca": ("ρ", "ν"), "cp": ("τ", "ξ"), "cp_reverse": ("τ", "ξ")}[objective]
    delta = ratio(getattr(found, objective))
    words = said(spec, objective)
    assert f"{letters[0]} = {weakest} " in words
    assert f"{letters[1]} = {strongest} " in words
    assert f"(Δ = {delta})." in words


@given(specs(), objectives)
def test_what_is_said_to_exceed_is_the_larger(spec, objective):
    signal, nuisance = found_values(separation_ratios(spec), objective)
    assume(abs(signal.min() - nuisance.max()) > 1e-9)
    match = FAILS.search(said(spec, objective))
    assert bool(match) == (nuisance.max() > signal.min())
    if match:
        assert match[3] == "exceeds"


def test_an_exact_tie_is_called_a_tie():
    spec = SpikedSpec(kappa=2.0, nu=1.0, gamma_tilde_x=4.0, gamma_tilde_y=4.0, **NO_NOISE)
    for objective in OBJECTIVES:
        assert "ties with the weakest signal value" in said(spec, objective)
        assert "exceeds" not in said(spec, objective)


def test_a_tie_up_to_rounding_is_called_a_tie():
    words = said(replace(FIGURE_2A, nu=0.8), "cp")  # both are 4 / sqrt(5)
    assert "fails: the nuisance value ξ = 1.79 ties with the weakest signal value" in words


@pytest.mark.parametrize(
    ("kappa", "nu", "variance"),
    [(2.0, 1.0, 4.0), (0.05, 0.05, 1.0), (0.2, 0.1, 4.0), (0.6, 0.3, 4.0)],
)
def test_at_a_tie_the_regime_is_that_of_the_lines_below_it(kappa, nu, variance):
    spec = SpikedSpec(kappa=kappa, nu=nu, gamma_tilde_y=variance, **NO_NOISE)
    assert nu * variance**0.5 == pytest.approx(kappa, rel=1e-15)
    assert "ties with" in said(spec, "cp")
    assert "3 of 3" not in said(spec, "cp")
    for prediction in ("cp", "cp_reverse"):
        words = regime_words(separation_ratios(spec), repairs(spec), prediction)
        lines = {name: line_of(words, name) for name in ("ca", prediction)}
        recovered = tuple(bool(RECOVERS.search(line)) for line in lines.values())
        regime = {
            (True, True): "Both", (True, False): "CA only", (False, True): "CP only",
            (False, False): "Neither",
        }[recovered]  # fmt: skip
        assert words.startswith(f"**{regime}.**")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_zero_does_not_exceed_zero(objective):
    assert "exceeds" not in said(SpikedSpec(kappa=0.0, nu=0.0), objective)


@pytest.mark.parametrize("nu", [0.7999, 0.8001, 0.80001])
def test_what_is_said_to_exceed_is_printed_larger(nu):
    words = said(replace(FIGURE_2A, nu=nu), "cp")
    larger, smaller = RECOVERS.search(words), FAILS.search(words)
    match = larger or smaller
    assert float(match[2]) > float(match[4 if larger else 5])
    assert match[match.lastindex] != "1"


@given(everywhere, objectives)
@FEWER
def test_directions_kept_are_those_that_theory_counts(spec, objective):
    found = separation_ratios(spec)
    kept = getattr(found, f"recovered_{objective}")
    sentence = f" At least {kept} of {spec.k} shared directions are still recovered."
    assert (sentence in said(spec, objective)) == (0 < kept < spec.k)
    assert "At least 0" not in said(spec, objective)


def test_a_part_that_is_kept_is_said():
    assert "At least 2 of 3 shared directions are still recovered" in said(IN_PART, "ca")
    assert "At least 1 of 3 shared directions are still recovered" in said(IN_PART, "cp")


@given(everywhere, st.sampled_from(["cp", "cp_reverse"]))
@FEWER
def test_no_sentence_holds_what_is_not_a_number(spec, prediction):
    words = regime_words(separation_ratios(spec), repairs(spec), prediction)
    assert not ODD.search(words)
    assert "  " not in words


def test_without_correlation_delta_is_infinite_in_its_own_sign():
    assert "exceeds the strongest nuisance value ν = 0 (Δ = ∞)." in said(
        replace(FIGURE_2A, nu=0.0), "ca"
    )
    assert (ratio(np.inf), ratio(0.0), ratio(1.5)) == ("∞", "0", "1.5")


# --- Repairs ---


@given(failing)
@FEWER
def test_every_repair_is_listed_with_its_side(failure):
    spec, objective = failure
    words = repair_words(turns(spec, objective))
    for name in PARAMETERS:
        at = turning(spec, objective, name)
        side = "above" if name in RISING else "below"
        wrong = "below" if name in RISING else "above"
        assert (f"{SYMBOLS[name]} {side} " in words) == (at is not None)
        assert f"{SYMBOLS[name]} {wrong}" not in words
        if at is not None:
            assert f"{SYMBOLS[name]} {side} {number(at)}" in words
    assert words in said(spec, objective)
    assert "break" not in said(spec, objective)


@pytest.mark.parametrize(
    ("spec", "objective", "words"),
    [
        (
            replace(FIGURE_3, nu=0.5), "cp",
            r"What would repair it: κ above 7.21, $\tilde\gamma_y$ below 7.36, or ν below 0.192.",
        ),
        (
            SpikedSpec(nu=1.0), "ca",
            "What would repair it: ν below 0.889.",
        ),
        (
            SpikedSpec(kappa=(3.0, 1.5, 0.75), nu=0.85), "ca",
            r"What would repair it: κ above 6.67, $\gamma_x$ below 0.152, ν below 0.575, "
            "or q above 0.746.",
        ),
        (
            SpikedSpec(kappa=0.0), "ca",
            "What would repair it: κ above 0.626.",
        ),
        (SpikedSpec(d=2, k=1, kappa=0.0, nu=1.0), "ca", "No single parameter repairs it."),
        (SpikedSpec(kappa=(2.0, 0.0, 3.0), nu=0.9), "ca", "No single parameter repairs it."),
        (
            SpikedSpec(kappa=0.0, nu=0.0), "ca",
            "What would repair it: κ above 0.",
        ),
    ],
)  # fmt: skip
def test_repairs_are_said(spec, objective, words):
    assert repair_words(turns(spec, objective)) == words


def test_nothing_else_is_said_where_nothing_else_repairs():
    spec = SpikedSpec(kappa=2.0, gamma_x=100.0, gamma_y=100.0, nu=0.995)
    assert recovers(replace(spec, kappa=150.0), "ca")
    words = repair_words(turns(spec, "ca"))
    assert "κ above 141" in words or "nothing else" not in words


# --- What breaks it ---


thriving = st.tuples(everywhere, objectives).filter(lambda drawn: recovers(*drawn))


@given(thriving)
@FEWER
def test_every_way_to_break_it_is_listed_with_its_side(success):
    spec, objective = success
    words = break_words(turns(spec, objective))
    for name in BREAKERS:
        at = turning(spec, objective, name)
        side = "below" if name in RISING else "above"
        wrong = "above" if name in RISING else "below"
        assert f"{SYMBOLS[name]} {wrong}" not in words
        if at is not None and 1e-4 < at < 0.9999:
            assert f"{SYMBOLS[name]} {side} {number(at)}" in words
        elif at is None:
            assert SYMBOLS[name] not in words
    assert said(spec, objective).endswith(words)
    assert "repair" not in said(spec, objective)


def test_what_breaks_it_is_said():
    assert break_words(turns(SpikedSpec(nu=0.3), "cp")) == (
        r"What would break it: κ below 0.966, or ν above 0.8, or $\tilde\gamma_y$ above 35.6."
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("spec", [SpikedSpec(nu=0.0), SpikedSpec(nu=0.1, **NO_NOISE)])
def test_what_breaks_it_can_be(spec, objective):
    words = break_words(turns(spec, objective))
    assert "κ below 0," not in words  # there is no such kappa: it fails at 0
    assert not words.endswith("κ below 0.")
    assert "ν above 1" not in words


@given(everywhere, st.floats(0, 1), st.floats(0, 1))
@FEWER
def test_more_correlation_hurts_both(spec, a, b):
    less, more = (separation_ratios(varied(spec, "nu", nu)) for nu in sorted((a, b)))
    for name in OBJECTIVES:
        assert getattr(more, name) <= getattr(less, name)
        assert getattr(more, f"recovered_{name}") <= getattr(less, f"recovered_{name}")
        assert "ν above" not in repair_words(turns(spec, name))


# --- The tour ---


@given(specs(), st.sampled_from(["cp", "cp_reverse"]))
@settings(max_examples=25)
def test_the_tour_stands_where_theory_says(spec, prediction):
    table = tour_table(spec, prediction)
    assert list(table.index) == [stop.name for stop in TOUR]
    for stop in TOUR:
        found = separation_ratios(varied(varied(spec, "kappa", stop.kappa), "nu", stop.nu))
        row = table.loc[stop.name]
        assert row["regime"] == regime_of(found, prediction)
        assert row["Δ CA"] == ratio(found.ca)
        assert row["Δ CP"] == ratio(getattr(found, prediction))
        assert (row["κ"], row["ν"]) == (f"{stop.kappa:g}", f"{stop.nu:g}")
        assert row["why"] == stop.why


def test_the_tour_visits_every_kind_of_regime_in_the_setting_of_figure_2a():
    table = tour_table(FIGURE_2A, "cp")
    assert table.loc["image and caption", "regime"] == "Both"
    assert table.loc["several instruments", "regime"] == "Neither"
    assert table.loc["stereo, jittered cameras", "regime"] == "Both"
    assert table.loc["stereo, fixed cameras", "regime"] != "Both"


def test_the_operating_point_is_of_no_account_to_the_tour():
    for prediction in ("cp", "cp_reverse"):
        expected = tour_table(FIGURE_2A, prediction)
        moved = tour_table(replace(FIGURE_2A, kappa=0.3, nu=1.0), prediction)
        assert moved.equals(expected)


def test_jitter_helps():
    fixed, jittered = (
        next(stop for stop in TOUR if stop.name == f"stereo, {kind} cameras")
        for kind in ("fixed", "jittered")
    )
    assert fixed.kappa == jittered.kappa
    assert fixed.nu > jittered.nu


# --- The animation ---


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"ca": (0.5, 0.5)}, "CA stays at 50%."),
        ({"ca": (0.5, 0.5), "cp": (0.9, 0.1)},
         "CA stays at 50%; CP (x → y) falls from 90% to 10%."),
        ({"cp_reverse": (0.0, 1.0)}, "CP reversed (y → x) grows from 0% to 100%."),
    ],
)  # fmt: skip
def test_shares_along_an_animation_are_said(shares, said):
    words = play_words(shares, "gamma_tilde_y")
    assert words == f"As γ̃y rises, the recovered share of the plane: {said}"


@given(st.floats(0, 1), st.floats(0, 1))
@example(0.454, 0.448)
@example(0.0, 0.006)
def test_a_share_falls_or_grows_between_different_numbers(first, last):
    words = play_words({"ca": (first, last)}, "nu")
    change = re.search(r"(falls|grows) from (\d+%) to (\d+%)", words)
    if change:
        verb, start, end = change.groups()
        assert verb == ("falls" if last < first else "grows")
        assert start != end
    else:
        assert f"stays at {first:.0%}" in words
        assert abs(first - last) < 0.011


@pytest.mark.parametrize("parameter", [*PARAMETERS, WEIGHT, WEAKEST])
def test_every_parameter_has_a_symbol(parameter):
    assert play_words({"ca": (0.1, 0.2)}, parameter).startswith(f"As {PLAIN[parameter]} rises")
    assert "$" not in PLAIN[parameter]  # captions do not typeset formulas
    assert SYMBOLS.keys() == PLAIN.keys()
