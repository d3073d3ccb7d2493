import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from alignlab.diagnosis.heads import METHODS, Heads, HeadsSpec
from alignlab.diagnosis.label_scores import METHODS as SCORED
from alignlab.diagnosis.pairing import PERMUTATIONS
from alignlab.diagnosis.run import diagnose, diagnose_chunks
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import (
    STRENGTHS,
    advice_table,
    all_numbers,
    check_table,
    label_score_table,
    numbers,
    p_words,
    pairing_table,
    ratio_table,
    score_curves,
    score_table,
    swapped_regime,
)
from alignlab.spiked.model import OBJECTIVES
from tests.diagnoses import BOTH, KINDS, SPECS, diagnosis, drawn

each_kind = pytest.mark.parametrize("kind", KINDS)


# --- Ratios ---


@each_kind
def test_the_ratios_are_those_of_the_diagnosis(kind):
    found, table = diagnosis(kind), ratio_table(diagnosis(kind))
    assert tuple(table.index) == OBJECTIVES
    assert table.dtypes.eq(float).all()
    for name, delta in zip(
        OBJECTIVES, (found.delta_ca, found.delta_cp, found.delta_cp_reverse), strict=True
    ):
        row = table.loc[name]
        np.testing.assert_equal(row["floor"], found.spectra[name].floor)
        np.testing.assert_equal(row["delta"], delta)
        np.testing.assert_equal(row["directions"], found.directions)
        if found.population is None:
            rest = row.drop(["floor", "directions"])
            assert rest.isna().all()
            continue
        np.testing.assert_equal((row["low"], row["high"]), found.intervals[name])
        signal, nuisance = found.population.signal[name], found.population.nuisance[name]
        assert row["signal"] == signal.min()
        assert row["nuisance"] == nuisance
        assert row["above"] == sum(value > nuisance for value in signal)
        assert row["sample delta"] == found.sample.ratios[name]
        assert row["sample nuisance"] == found.sample.nuisance[name]


@each_kind
def test_a_ratio_is_the_weakest_signal_by_the_largest_nuisance(kind):
    table = ratio_table(diagnosis(kind)).dropna(subset="delta")
    finite = table[table["nuisance"] > 0]
    np.testing.assert_allclose(finite["delta"], finite["signal"] / finite["nuisance"], rtol=1e-6)
    assert np.isinf(table.loc[table["nuisance"] == 0, "delta"]).all()
    np.testing.assert_array_equal(table["delta"] > 1, table["above"] == table["directions"])


def test_what_is_not_known_yet_is_nan_and_nothing_else_is():
    early = ratio_table(diagnosis("early"))
    assert set(early.columns[early.isna().any()]) == {"low", "high", "floor"}
    assert early[["low", "high", "floor"]].isna().all(axis=None)
    assert not ratio_table(diagnosis("Both")).isna().any(axis=None)


# --- Held-out scores and advice ---


@each_kind
def test_the_scores_are_told_at_equal_and_at_best_dimension(kind):
    found, table = diagnosis(kind), label_score_table(diagnosis(kind))
    if found.scores is None:
        assert table.empty
        return
    assert list(table.index) == list(SCORED)
    for method, row in table.iterrows():
        for part, i in (("", found.scores.place(method)), ("best ", found.scores.best(method))):
            assert row[f"{part}k"] == found.scores.dimensions[i]
            assert row[f"{part}score"] == found.scores.values[i]
            reach = 1.6448536 * found.scores.error(i)
            assert row[f"{part}high"] - row[f"{part}score"] == pytest.approx(reach)
            assert row[f"{part}score"] - row[f"{part}low"] == pytest.approx(reach)
        assert row["best score"] >= row["score"]
    assert len(score_curves(found)) == len(found.scores.methods)


@each_kind
def test_the_advice_is_told_for_every_set_of_views(kind):
    found, table = diagnosis(kind), advice_table(diagnosis(kind))
    if found.advice is None:
        assert table.empty
        return
    assert list(table.index) == ["both", "x", "y"]
    for name in table.index:
        assert table.loc[name].to_dict() == asdict(getattr(found.advice, name))


@each_kind
def test_all_numbers_are_in_one_column_each_once(kind):
    found, table = diagnosis(kind), all_numbers(diagnosis(kind))
    assert list(table) == ["value"]
    assert not table.index.duplicated().any()
    assert table["value"].dtype == float
    ratios = table["value"]["ratios"].unstack(sort=False)
    pd.testing.assert_frame_equal(ratios, ratio_table(found), check_names=False)
    if found.scores is not None:
        value = table["value"]["held-out scores", "CA", "score"]
        assert value == found.scores.values[found.scores.place("CA")]
    if found.advice is not None:
        assert table["value"]["advice", "y", "gain"] == found.advice.y.gain


@pytest.mark.parametrize("scale", ["auto", "as given", "standardised"])
def test_chunks_carry_scores_advice_and_scale(scale):
    given = drawn(BOTH, 400)
    X = given.X * np.r_[1e3, np.ones(given.X.shape[1] - 1)]
    whole = diagnose(X, given.Y, given.labels, resamples=4, scale=scale)
    cuts = [slice(0, 90), slice(90, 91), slice(91, 400)]
    found = diagnose_chunks(
        lambda: ((X[part], given.Y[part], given.labels[part]) for part in cuts),
        resamples=4, scale=scale,
    )  # fmt: skip
    assert (found.scaled[0] == (0,)) == (scale == "auto")
    assert found.rescaled == whole.rescaled
    told, expected = (numbers(one) for one in (found, whole))
    assert told["advice"]["both"]["objective"] == expected["advice"]["both"]["objective"]
    assert told["rescaled columns"] == expected["rescaled columns"]
    np.testing.assert_allclose(
        all_numbers(found)["value"], all_numbers(whole)["value"], rtol=1e-6, atol=1e-8
    )


def test_swapping_the_views_swaps_the_regimes():
    for kind in ("Both", "CP only", "reversed", "Neither"):
        given = drawn(SPECS[kind], 400)
        swapped = diagnose(given.Y, given.X, given.labels, resamples=2)
        assert swapped_regime(diagnosis(kind)) == swapped.regime
        assert swapped_regime(swapped) == diagnosis(kind).regime


# --- Pairing ---


def test_the_pairing_is_told_by_all_its_figures():
    found = diagnosis("Both")
    table = pairing_table(found)
    for name, label in STRENGTHS.items():
        assert table.loc[label].to_dict() == asdict(getattr(found.pairing, name))
    assert pairing_table(diagnosis("early")).empty
    assert list(pairing_table(diagnosis("early"))) == list(table)


# --- Checks and heads ---


@pytest.fixture(scope="module")
def pairs():
    return drawn(BOTH, 200)


def test_checks_are_told_by_kind_and_value(pairs):
    specs = tuple(CheckSpec(kind=kind) for kind in ("labels", "components"))
    work = Checks(pairs.X, pairs.Y, pairs.labels, specs, DiagnosisSpec(resamples=2))
    for _ in work.run():
        pass
    table, whole = check_table(work.table()), work.table()
    assert table.index.tolist() == list(zip(whole["kind"], whole["value"], strict=True))
    assert not table.index.duplicated().any()
    for name in OBJECTIVES:
        for part in ("delta", "low", "high"):
            column = f"{part}_{name}"
            np.testing.assert_array_equal(table[column], whole[column])
    assert all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes)


def heads(pairs, seeds):
    spec = HeadsSpec(k=2, hidden=0, steps=2, seeds=seeds)
    return Heads(pairs.X, pairs.Y, pairs.labels, spec, pairs.targets)


def test_scores_are_read_as_mean_and_deviation(pairs):
    work = heads(pairs, (0, 1))
    for _ in work.run():
        pass
    table, tidy = score_table(work.summary()), work.table()
    assert list(table) == list(METHODS)
    assert list(table.index) == list(pairs.targets)
    for method in METHODS:
        for target in pairs.targets:
            own = tidy[(tidy["method"] == method) & (tidy["target"] == target)]["score"]
            assert table.loc[target, method] == f"{own.mean():.3f} ± {own.std():.3f}"


def test_scores_that_are_not_there_yet_are_three_dots(pairs):
    work = heads(pairs, (0,))
    for _ in work.run():
        if len(work.scores) == 2:
            break
    done = [score.method for score in work.scores]
    table = score_table(work.summary())
    assert (table.drop(columns=done) == "…").all(axis=None)
    for method in done:
        assert table[method].str.fullmatch(r"-?\d\.\d{3}").all()  # one seed has no deviation


# --- JSON ---


def strictly(text):
    def refused(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refused)


@each_kind
def test_the_numbers_are_strict_json_and_those_of_the_diagnosis(kind):
    found = diagnosis(kind)
    read = strictly(json.dumps(numbers(found), allow_nan=False))
    assert read["regime"] == found.regime
    assert read["recommendation"] == asdict(found.recommendation)
    assert read["regime with x and y swapped"] == (swapped_regime(found) or None)
    assert read["advice"] == (None if found.advice is None else asdict(found.advice))
    assert read["scale"] == found.scale
    assert read["rescaled columns"] == [list(one) for one in found.scaled]
    if found.scores is None:
        assert read["held-out scores"] is None
    else:
        told = read["held-out scores"]
        assert (told["metric"], told["k"]) == (found.scores.metric, found.scores.k)
        assert [one["score"] for one in told["methods"]] == found.scores.values.tolist()
    assert (read["n"], read["labelled"]) == (found.n, found.labelled)
    assert read["components"] == list(found.components)
    assert read["label directions"] == found.directions
    assert read["support"] == (None if np.isnan(found.support) else found.support)
    assert read["sample regime"] == (None if found.sample is None else found.sample.regime)
    for name in OBJECTIVES:
        values = [found.intervals[name][0], ratio_table(found).loc[name, "delta"]]
        for key, value in zip(("low", "delta"), values, strict=True):
            told = read["ratios"][name][key]
            expected = None if np.isnan(value) else "infinite" if np.isinf(value) else value
            assert told == expected
        part = found.spectra[name]
        for key, values in (("value", part.values), ("r2", part.r2), ("signal share", part.shared)):
            expected = [None if np.isnan(value) else value for value in values.tolist()]
            assert read["spectra"][name][key] == expected
        if found.population is not None:
            assert read["signal values"][name] == found.population.signal[name].tolist()
    if found.pairing is None:
        assert read["pairing"] == {}
    else:
        for name, label in STRENGTHS.items():
            assert read["pairing"][label] == asdict(getattr(found.pairing, name))


def test_what_is_infinite_or_undefined_is_called_so():
    read = numbers(diagnosis("no nuisance"))
    assert read["ratios"]["ca"]["delta"] == "infinite"
    assert read["ratios"]["ca"]["high"] == "infinite"
    assert numbers(diagnosis("unlabelled"))["ratios"]["cp"]["delta"] is None
    assert numbers(diagnosis("unlabelled"))["spectra"]["cp"]["signal share"][0] is None
    assert numbers(diagnosis("unlabelled"))["signal values"] is None
    zero = replace(diagnosis("Both"), support=np.float32(0.5), resamples=0)
    assert numbers(zero)["support"] == 0.5


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "< 0.01 (100 permutations)"), (1, "0.02 (100 permutations)"),
     (99, "0.99 (100 permutations)"), (100, "1.00 (100 permutations)")],
)  # fmt: skip
def test_a_p_at_its_floor_is_an_upper_bound(count, words):
    assert p_words("cka", (1 + count) / (1 + PERMUTATIONS)) == words


def test_a_p_of_the_normal_distribution_says_so():
    assert p_words("held_out", 0.0) == "< 0.001 (normal distribution)"
    assert p_words("held_out", 0.25) == "0.25 (normal distribution)"
