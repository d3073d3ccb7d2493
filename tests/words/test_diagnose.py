import re
from dataclasses import replace

import numpy as np
import pytest

from alignlab.diagnosis.pairing import COUPLED
from alignlab.diagnosis.tables import STRENGTHS, swapped_regime
from alignlab.names import LABELS, WAYS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import separation_ratios
from alignlab.words.advice import scores_words
from alignlab.words.diagnose import (
    diagnosis_words,
    headline,
    listed,
    picture_words,
    ratio,
    truth_words,
    without_noise,
)
from alignlab.words.numbers import number
from alignlab.words.phase import told_apart
from tests.diagnoses import BORDER, KINDS, SPECS, diagnosis

BEGINNINGS = {
    "ratios": "Δ in the population", "decides": "The label subspace has ",
    "swapped": "The regime **", "partial": "Δ above 1 requires all directions",
    "sample": "Training on these ",
    "unlabelled": "Without labels", "paired": "The rows are paired",
    "unpaired": "There is no evidence that the rows are paired",
    "read": "Labels are read as",
    "reduced": "",
}  # fmt: skip
ODD = re.compile(r"\b(nan|NaN|None|inf|np|True|False)\b|float64|\(not known|1000\.0")
REGIMES = ("Both", "CA only", "CP only", "Neither")
WITH_RATIOS = [*SPECS, "border", "few", "infinite", "no nuisance", "one column", "zero", "wide",
               "digits", "early"]  # fmt: skip


def said(found):
    """The sentences by topic."""
    sentences = {}
    for sentence in diagnosis_words(found)[len(scores_words(found)) :]:
        if "brought to the median" in sentence or "constant and left out" in sentence:
            continue  # about columns, see tests/words/test_advice.py
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
    swapped = ratios and found.regime not in ("Undetermined", swapped_regime(found))
    partial = ratios and any(
        found.population.ratios[name] <= 1
        and found.population.signal[name].max() > found.population.nuisance[name]
        for name in OBJECTIVES
    )
    expected = {
        "ratios": ratios, "decides": ratios, "sample": ratios, "swapped": swapped,
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


@pytest.mark.parametrize("available", ["both", "x", "y"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_headline_is_the_advice_and_then_what_theory_says(kind, available):
    found = diagnosis(kind)
    words = headline(found, available)
    if found.advice is None:
        assert words.startswith(
            "Held-out labels are being scored. Theory says **Both**: "
            if kind == "early"
            else f"**Undetermined**: {found.reason.replace('Delta', 'Δ')}."
        )
        return
    one = getattr(found.advice, available)
    lead = {"none": "**Train nothing", "undetermined": "**No advice**"}
    assert words.startswith(lead.get(one.objective, f"**Train {one.objective} ("))
    if found.regime == "Undetermined":
        assert (
            f" The verdict of theory is **Undetermined**: {found.reason.replace('Delta', 'Δ')}."
            in words
        )
        return
    assert f" Theory says **{found.regime}** (" in words
    other = found.sample.regime != found.regime
    assert (f"pairs is in the regime **{found.sample.regime}**" in words) == other
    cut = [name for name, one in zip("xy", found.explained, strict=True) if one < 0.95]
    assert (f" of the variance of {' and '.join(cut)} was analysed" in words) == bool(cut)


@pytest.mark.parametrize("kind", [*REGIMES, "reversed", "few", "infinite", "digits"])
def test_theory_names_all_three_objectives_by_what_they_keep(kind):
    """The names stay right when x and y are swapped."""
    found = diagnosis(kind)
    words = headline(found)
    kept = [name for name in OBJECTIVES if found.population.ratios[name] > 1]
    lost = [name for name in OBJECTIVES if name not in kept]
    weakest = f"the weakest of {found.directions} directions falls below the nuisance"
    if kept:
        verb = "recovers" if len(kept) == 1 else "recover"
        assert f": {listed(kept)} {verb} all {found.directions} label directions" in words
        assert (f"; in {listed(lost)} {weakest}." in words) == bool(lost) if lost else True
    else:
        assert f", because {weakest}" in words
    assert all(WAYS[name] in listed(list(OBJECTIVES)) for name in OBJECTIVES)


def test_the_digits_are_told_what_pays_though_theory_says_neither():
    words = headline(diagnosis("digits"))
    assert words.startswith(
        "**Train CA (both views into one space)**: +0.05 over the better view alone (y), balanced "
        "accuracy 0.90 versus 0.85, 90% interval +0.0"
    )
    assert "Both views concatenated, untrained, score 0.95." in words
    assert "Theory says **Neither**" in words
    assert (
        "because the weakest of 9 directions falls below the nuisance; the other directions are "
        "enough." in words
    )


def test_where_theory_promises_what_labels_do_not_reward_it_is_said():
    words = headline(diagnosis("CA only"))
    assert words.startswith("**Train nothing**: no trained representation beats y alone. CA ")
    assert "CA recovers all 3 label directions" in words
    assert words.endswith(" Yet y alone predicts these labels at least as well.")
    assert "Yet" not in headline(diagnosis("Neither"))
    # forward CP recovers them, but trains no encoder of y
    assert "Yet" in headline(diagnosis("CP only"), "x")
    assert "Yet" not in headline(diagnosis("CP only"), "y")


def test_too_few_pairs_say_train_nothing_yet():
    words = headline(diagnosis("few"))
    assert words.startswith("**Train nothing yet**: ")
    assert words.endswith("is in the regime **CP only**; more pairs would help CA and CP y → x.")
    assert "yet" not in headline(diagnosis("Both"))


@pytest.mark.parametrize("regime", REGIMES)
def test_a_clear_regime_is_supported_by_its_resamples(regime):
    found = diagnosis(regime)
    assert found.support >= 0.9
    told = "all 20" if found.support == 1 else f"{found.support:.0%} of 20"
    assert f"Theory says **{regime}** ({told} resamples agree)" in headline(found)


@pytest.mark.parametrize("agreeing", range(25, 50))
def test_a_share_of_resamples_is_never_rounded_up_nor_below_itself(agreeing):
    found = replace(diagnosis("Both"), support=agreeing / 50, resamples=50)
    assert f" ({2 * agreeing}% of 50 resamples agree)" in headline(found)


def test_a_share_short_of_all_is_not_called_all():
    found = replace(diagnosis("Both"), support=999 / 1000, resamples=1000)
    assert " (99% of 1000 resamples agree)" in headline(found)


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
        assert f"{text};" in words or f"{text}. An objective recovers if Δ exceeds 1." in words
    assert ("with 90% intervals over resamples" in words) == (found.resamples > 0)


@pytest.mark.parametrize("kind", WITH_RATIOS)
def test_what_decides_are_the_weakest_signal_and_the_largest_nuisance(kind):
    found, words = diagnosis(kind), of(kind)["decides"]
    assert words.startswith(f"The label subspace has {found.directions} dimension")
    if found.directions == min(found.components):
        assert "no direction is left for nuisance" in words
        return
    for name, matrix in (("ca", "C"), ("cp", "A")):
        weakest, nuisance = found.population.signal[name].min(), found.population.nuisance[name]
        verb = "exceeds" if found.population.ratios[name] > 1 else "is below"
        values = told_apart(weakest, nuisance)
        assert re.search(
            rf"for {matrix} the (weakest of {found.directions} signal values|signal value), "
            rf"{re.escape(values[0])}, {verb} the largest nuisance value, {re.escape(values[1])}",
            words,
        )
        assert values[0] != values[1]


def test_one_direction_is_no_plural():
    words = of("one column")["decides"]
    assert words.startswith("The label subspace has 1 dimension, as many as a view has")


def test_values_at_the_border_are_told_apart():
    words = of("border")["decides"]
    assert re.search(r"signal values, (\S+), exceeds the largest nuisance value, (?!\1)", words)
    assert separation_ratios(BORDER).ca == pytest.approx(1.0, abs=0.05)


def test_what_swapping_the_views_would_rename_is_said():
    found = diagnosis("reversed")
    assert found.regime == "Neither"
    assert swapped_regime(found) == "CP only"
    assert "with x and y swapped it is **CP only**" in of("reversed")["swapped"]
    assert "CP y → x recovers all 3 label directions; in CA and CP x → y" in headline(found)
    assert swapped_regime(diagnosis("unlabelled")) == ""


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
    assert "is in another regime, **CP only**" in words
    helped = [
        LABELS[name]
        for name in OBJECTIVES
        if found.sample.ratios[name] < 1 < found.population.ratios[name]
    ]
    assert helped == [LABELS["ca"], LABELS["cp_reverse"]]
    assert f"More pairs would help {' and '.join(helped)}: sampling noise" in words
    for name in ("ca", "cp_reverse"):
        assert found.sample.nuisance[name] > found.population.nuisance[name]


@pytest.mark.parametrize("kind", WITH_RATIOS)
def test_the_sample_reading_has_its_own_numbers(kind):
    found, words = diagnosis(kind), of(kind)["sample"]
    assert words.startswith(f"Training on these {found.n:,} pairs is in ")
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
    assert words.endswith(" Sampling noise overstates CA.")
    assert "would help" not in words


# --- Rows, labels, components ---


def test_without_labels_signal_and_nuisance_cannot_be_told_apart():
    words = of("unlabelled")
    assert "signal cannot be distinguished from correlated nuisance" in words["unlabelled"]
    assert "there are no labels" in headline(diagnosis("unlabelled"))
    assert "unlabelled" not in of("blind")


@pytest.mark.parametrize("kind", ["Both", "unlabelled", "torn"])
def test_the_pairing_is_told_by_held_out_canonical_pairs(kind):
    found = diagnosis(kind)
    words = of(kind)["unpaired" if kind == "torn" else "paired"]
    one = found.pairing.held_out
    assert f"correlate at {number(float(f'{one.value:.2g}'))} on average" in words
    assert f"{number(abs(float(f'{one.z:.2g}')))} standard deviations" in words
    assert found.pairing.paired == (kind != "torn")


def test_one_figure_of_the_pairing_is_no_alarm():
    """Coupling alone changes with sparse and heavy-tailed features."""
    pairing = diagnosis("Both").pairing
    weak = replace(diagnosis("Both"), pairing=replace(
        pairing, coupling=replace(pairing.coupling, z=-1.0)
    ))  # fmt: skip
    assert said(weak)["paired"] == of("Both")["paired"]
    held_out = replace(pairing, held_out=replace(pairing.held_out, z=1.0))
    words = diagnosis_words(replace(diagnosis("Both"), pairing=held_out))
    assert any(one.startswith("The rows are paired according to other statistics") for one in words)


def test_torn_pairs_are_shown_without_ratios():
    found = diagnosis("torn")
    shown = without_noise(found)
    assert shown.population is None
    assert shown.directions == 0
    assert all(np.isnan(part.shared).all() for part in shown.spectra.values())
    assert without_noise(diagnosis("Both")) is diagnosis("Both")


def test_torn_pairs_are_given_no_ratio():
    sentences = diagnosis_words(diagnosis("torn"))
    assert any(one.startswith("There is no evidence that the rows are paired") for one in sentences)
    for sentence in sentences:
        for value in diagnosis("torn").population.ratios.values():
            assert ratio(value) not in sentence


def test_rows_labels_and_components_are_counted():
    assert of("border")["reduced"].startswith("300 pairs, 60 with labels; 20 and 20 principal")
    assert of("unlabelled")["reduced"].startswith("400 pairs, 0 with labels; ")
    assert of("digits")["reduced"].startswith("1,797 pairs; 30 and 31 principal components")
    assert of("Both")["reduced"].endswith("which explain all of the variance.")
    part = said(replace(diagnosis("Both"), explained=(0.912, 0.634)))["reduced"]
    assert "which explain 91% and 63% of the variance. The rest is not analysed" in part
    part = said(replace(diagnosis("Both"), explained=(0.99, 0.96)))["reduced"]
    assert part.endswith("which explain 99% and 96% of the variance.")


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
        assert words["pairing"] == "Being computed."
        return
    beyond = [
        label for name, label in STRENGTHS.items() if getattr(found.pairing, name).z >= COUPLED
    ]
    assert words["pairing"].endswith(f"deviations: {', '.join(beyond) or 'none'}.")
    assert words["pairing"].startswith(f"Of {found.pairing.rows:,} rows")
    assert (beyond == []) == (kind == "torn")
