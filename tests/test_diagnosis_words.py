import re
from dataclasses import replace

import numpy as np
import pytest

from alignlab.diagnosis import COUPLED
from alignlab.diagnosis_tables import STRENGTHS
from alignlab.diagnosis_words import (
    ADVICE,
    LABELS,
    diagnosis_words,
    headline,
    picture_words,
    ratio,
    truth_words,
    without_noise,
)
from alignlab.phase_words import told_apart
from alignlab.spiked import OBJECTIVES, separation_ratios
from alignlab.words import number
from tests.diagnoses import BORDER, KINDS, SPECS, diagnosis

BEGINNINGS = {
    "ratios": "Δ in the population", "decides": "Labels see ", "elsewhere": "The regime goes by",
    "partial": "Δ asks for all directions", "sample": "Training on these ",
    "unlabelled": "Without labels", "paired": "The rows are paired",
    "unpaired": "Nothing says that the rows are paired",
    "read": "Labels are read as",
    "reduced": "",
}  # fmt: skip
ODD = re.compile(r"\b(nan|NaN|None|inf|np|True|False)\b|float64|\(not known|1000\.0")
REGIMES = ("Both", "CA only", "CP only", "Neither")
WITH_RATIOS = [*SPECS, "border", "few", "infinite", "no nuisance", "one column", "zero", "wide",
               "digits", "early"]  # fmt: skip


def said(found):
    """The sentences by what they are about."""
    sentences = {}
    for sentence in diagnosis_words(found):
        kind = next(kind for kind, start in BEGINNINGS.items() if sentence.startswith(start))
        assert kind not in sentences
        sentences[kind] = sentence
    return sentences


def of(kind):
    return said(diagnosis(kind))


# --- Which sentences are there ---


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_is_there_where_it_applies_and_nowhere_else(kind):
    found = diagnosis(kind)
    unpaired = kind == "torn"
    ratios = found.population is not None and not unpaired
    reverse = ratios and found.recommendation.objective == "CP reversed"
    partial = ratios and any(
        found.population.ratios[name] <= 1
        and found.population.signal[name].max() > found.population.nuisance[name]
        for name in OBJECTIVES
    )
    expected = {
        "ratios": ratios, "decides": ratios, "sample": ratios, "elsewhere": reverse,
        "partial": partial, "unlabelled": "unlabelled" in kind,
        "paired": not unpaired and not kind.startswith("early"), "unpaired": unpaired,
        "read": found.labelled > 0, "reduced": True,
    }  # fmt: skip
    assert set(of(kind)) == {name for name, there in expected.items() if there}


def test_each_of_the_sentences_is_seen_and_missed_somewhere():
    seen = [set(of(kind)) for kind in KINDS]
    for name in set(BEGINNINGS) - {"reduced"}:
        assert 0 < sum(name in one for one in seen) < len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_no_sentence_holds_what_nobody_can_read(kind):
    found = diagnosis(kind)
    for sentence in (headline(found), *diagnosis_words(found), *picture_words(found).values()):
        assert not ODD.search(sentence)
        assert sentence == sentence.strip()
        assert sentence.endswith((".", "?"))
        assert "  " not in sentence


# --- The headline ---


@pytest.mark.parametrize("kind", KINDS)
def test_the_headline_is_the_verdict_with_its_advice_or_its_reason(kind):
    found = diagnosis(kind)
    words = headline(found)
    assert words.startswith(f"**{found.regime}**")
    if found.regime == "Undetermined":
        assert words == f"**Undetermined**: {found.reason.replace('Delta', 'Δ')}."
    else:
        assert ADVICE[found.recommendation.objective] in words
        other = found.sample.regime != found.regime
        assert (f"alone sees **{found.sample.regime}**" in words) == other
        assert ("of the variance of the two views was looked at" in words) == (
            min(found.explained) < 0.95
        )
        assert ("resamples agree" in words) == (kind not in ("early",))


@pytest.mark.parametrize("regime", REGIMES)
def test_a_clear_regime_is_supported_by_all_resamples(regime):
    found = diagnosis(regime)
    assert headline(found).startswith(f"**{regime}**, as all 20 resamples agree. ")


@pytest.mark.parametrize("agreeing", range(25, 50))
def test_a_share_of_resamples_is_never_rounded_up_nor_below_itself(agreeing):
    found = replace(diagnosis("Both"), support=agreeing / 50, resamples=50)
    assert f", as {2 * agreeing}% of 50 resamples agree." in headline(found)


def test_a_share_short_of_all_is_not_called_all():
    found = replace(diagnosis("Both"), support=999 / 1000, resamples=1000)
    assert ", as 99% of 1000 resamples agree." in headline(found)


def test_every_objective_has_its_advice():
    advised = {diagnosis(kind).recommendation.objective for kind in KINDS}
    assert advised == set(ADVICE)
    assert "y that predicts x" in headline(diagnosis("reversed"))
    assert headline(diagnosis("Neither")).endswith(ADVICE["none"])


# --- Ratios ---


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.345, "2.35"), (0.5, "0.50"), (9.994, "9.99"), (9.996, "10.0"), (123.45, "123.5"),
        (np.inf, "over 1,000"), (1000.0, "over 1,000"), (1000 * (1 - 1e-14), "over 1,000"),
        (0.0, "0.00"), (np.nan, "not known"), (1.0001, "1.0001"), (0.9996, "0.9996"), (1.0, "1.00"),
        (1.006, "1.01"), (0.994, "0.99"),
    ],
)  # fmt: skip
def test_a_ratio_is_read_so_that_it_is_told_from_1(value, text):
    assert ratio(value) in (text, {"1.00": "1"}.get(text))


@pytest.mark.parametrize("kind", WITH_RATIOS)
def test_the_ratios_are_those_of_the_population_with_their_intervals(kind):
    found, words = diagnosis(kind), of(kind)["ratios"]
    for name in OBJECTIVES:
        low, high = found.intervals[name]
        text = f"{LABELS[name]} {ratio(found.population.ratios[name])}"
        if found.resamples:
            text += f" ({ratio(low)} to {ratio(high)})"
        assert f"{text};" in words or f"{text}. Above 1 an objective recovers." in words
    assert ("in brackets 90% of resamples" in words) == (found.resamples > 0)


@pytest.mark.parametrize("kind", WITH_RATIOS)
def test_what_decides_are_the_weakest_signal_and_the_largest_nuisance(kind):
    found, words = diagnosis(kind), of(kind)["decides"]
    assert words.startswith(f"Labels see {found.directions} direction")
    if found.directions == min(found.components):
        assert "nothing is left that could be nuisance" in words
        return
    for name, matrix in (("ca", "C"), ("cp", "A")):
        weakest, nuisance = found.population.signal[name].min(), found.population.nuisance[name]
        verb = "exceeds" if found.population.ratios[name] > 1 else "is below"
        values = told_apart(weakest, nuisance)
        assert re.search(
            rf"of {matrix} the (weakest of {found.directions} signal values|signal value), "
            rf"{re.escape(values[0])}, {verb} the largest nuisance value, {re.escape(values[1])}",
            words,
        )
        assert values[0] != values[1]


def test_one_direction_is_no_plural():
    words = of("one column")["decides"]
    assert words.startswith("Labels see 1 direction, all that a view has")


def test_values_at_the_border_are_told_apart():
    words = of("border")["decides"]
    assert re.search(r"signal values, (\S+), exceeds the largest nuisance value, (?!\1)", words)
    assert separation_ratios(BORDER).ca == pytest.approx(1.0, abs=0.05)


def test_the_way_round_is_named_where_the_regime_does_not_show_it():
    found = diagnosis("reversed")
    assert found.regime == "Neither"
    assert of("reversed")["elsewhere"].endswith(f"has the largest Δ, {found.delta_cp_reverse:.2f}.")
    assert found.delta_cp_reverse == max(found.population.ratios.values())


@pytest.mark.parametrize("kind", ["zero", "digits"])
def test_directions_above_nuisance_are_counted_where_an_objective_fails(kind):
    found, words = diagnosis(kind), of(kind)["partial"]
    for name in OBJECTIVES:
        signal, nuisance = found.population.signal[name], found.population.nuisance[name]
        above = int((signal > nuisance).sum())
        there = f"{above} of {found.directions} with {LABELS[name]}"
        assert (there in words) == (above > 0 and signal.min() <= nuisance)


# --- The two readings ---


def test_where_the_readings_differ_it_is_said_what_more_pairs_would_help():
    found, words = diagnosis("few"), of("few")["sample"]
    assert found.regime == "Both"
    assert "sees another regime, **CP only**" in words
    helped = [
        LABELS[name]
        for name in OBJECTIVES
        if found.sample.ratios[name] < 1 < found.population.ratios[name]
    ]
    assert helped == [LABELS["ca"], LABELS["cp_reverse"]]
    assert f"More pairs would help {' and '.join(helped)}: noise" in words
    for name in ("ca", "cp_reverse"):
        assert found.sample.nuisance[name] > found.population.nuisance[name]


@pytest.mark.parametrize("kind", WITH_RATIOS)
def test_the_sample_reading_has_its_own_numbers(kind):
    found, words = diagnosis(kind), of(kind)["sample"]
    assert words.startswith(f"Training on these {found.n:,} pairs sees ")
    for name in OBJECTIVES:
        assert f"{LABELS[name]} {ratio(found.sample.ratios[name])}" in words
    same = found.sample.regime == found.population.regime
    assert ("the same regime" in words) == same
    assert ("another regime" in words) == (not same)
    assert ("More pairs would help" in words) == (not same)


def test_where_noise_flatters_more_pairs_are_not_said_to_help():
    found = diagnosis("Neither")
    flattered = replace(found.sample, regime="CA only", ratios=found.sample.ratios | {"ca": 1.2})
    words = said(replace(found, sample=flattered))["sample"]
    assert words.endswith(" Noise of so few pairs flatters CA.")
    assert "would help" not in words


# --- Rows, labels, components ---


def test_without_labels_signal_and_nuisance_cannot_be_told_apart():
    words = of("unlabelled")
    assert "signal cannot be told from correlated nuisance" in words["unlabelled"]
    assert "there are no labels" in headline(diagnosis("unlabelled"))
    assert "unlabelled" not in of("blind")


@pytest.mark.parametrize("kind", ["Both", "unlabelled", "torn"])
def test_the_pairing_is_told_beside_its_null(kind):
    found = diagnosis(kind)
    words = of(kind)["unpaired" if kind == "torn" else "paired"]
    coupling = found.pairing.coupling
    assert number(coupling.value) in words
    assert number(coupling.null) in words
    assert (coupling.z >= COUPLED) == (kind != "torn")


def test_torn_pairs_are_shown_without_ratios():
    found = diagnosis("torn")
    shown = without_noise(found)
    assert shown.population is None
    assert shown.directions == 0
    assert all(np.isnan(part.shared).all() for part in shown.spectra.values())
    assert without_noise(diagnosis("Both")) is diagnosis("Both")


def test_torn_pairs_are_given_no_ratio():
    for sentence in diagnosis_words(diagnosis("torn")):
        for value in diagnosis("torn").population.ratios.values():
            assert ratio(value) not in sentence


def test_rows_labels_and_components_are_counted():
    assert of("border")["reduced"].startswith("300 pairs, 60 with labels; 20 and 20 principal")
    assert of("unlabelled")["reduced"].startswith("400 pairs, 0 with labels; ")
    assert of("digits")["reduced"].startswith("1,797 pairs; 30 and 31 principal components")
    assert of("Both")["reduced"].endswith("which is all of the variance.")
    part = said(replace(diagnosis("Both"), explained=(0.912, 0.634)))["reduced"]
    assert "which hold 91% and 63% of the variance. What is left out is not looked at" in part
    part = said(replace(diagnosis("Both"), explained=(0.99, 0.96)))["reduced"]
    assert part.endswith("which hold 99% and 96% of the variance.")


def test_the_truth_is_what_theory_says_of_the_model():
    for regime in REGIMES:
        truth = separation_ratios(SPECS[regime])
        words = truth_words(truth)
        assert f"is in **{regime}**" in words
        for name in OBJECTIVES:
            assert f"{LABELS[name]} {ratio(getattr(truth, name))}" in words


# --- Captions ---


@pytest.mark.parametrize("kind", KINDS)
def test_captions_follow_the_numbers(kind):
    found = diagnosis(kind)
    words = picture_words(found)
    if found.population is None:
        assert words["where"] == f"{found.regime}."
    else:
        assert f"Δ of CP {ratio(found.delta_cp)}, of CA {ratio(found.delta_ca)}." in words["where"]
        assert f"{found.resamples} resamples" in words["where"]
    if found.pairing is None:
        assert words["pairing"] == "Being measured."
        return
    beyond = [label for name, label in STRENGTHS.items() if getattr(found.pairing, name).z >= 4]
    assert words["pairing"].endswith(f"deviations: {', '.join(beyond) or 'none'}.")
    assert words["pairing"].startswith(f"Of {found.pairing.rows:,} rows")
    assert (beyond == []) == (kind == "torn")
