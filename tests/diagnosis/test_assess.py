"""What a diagnosis must not depend on, and whole diagnoses with labels of every kind."""

import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from alignlab.diagnosis.run import diagnose
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.theory import REGIMES, separation_ratios
from tests.benchmarks.diagnose import grid, problem

REAL = os.environ.get("ALIGNLAB_TEST_DATA")
SPECS = (
    SpikedSpec(kappa=2.0, nu=0.3),
    SpikedSpec(kappa=0.6, gamma_tilde_y=0.05, nu=0.75),
    SpikedSpec(kappa=0.6, nu=0.95, gamma_tilde_x=5.0),
)


def said(found):
    return found.regime, found.advice.objective


# --- units ---


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e6])
@pytest.mark.parametrize("scale", ["auto", "standardised"])
def test_units_of_whole_views_change_nothing(spec, unit, scale):
    X, Y, labels = problem(spec, 400, 0)
    one = diagnose(X, Y, labels, resamples=5, scale=scale)
    other = diagnose(unit * X + 3 * unit, 2 - Y / unit, labels / unit, resamples=5, scale=scale)
    assert said(other) == said(one)
    assert other.delta_ca == pytest.approx(one.delta_ca, rel=1e-5)
    np.testing.assert_allclose(other.scores.values, one.scores.values, rtol=1e-6)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_a_column_in_another_unit_changes_nothing(spec, unit):
    X, Y, labels = problem(spec, 600, 1)
    plain = diagnose(X, Y, labels, resamples=10)
    X, Y = X.copy(), Y.copy()
    X[:, 3] *= unit
    Y[:, 5] *= unit
    found = diagnose(X, Y, labels, resamples=10)
    assert found.scaled == ((3,), (5,))
    assert found.regime in (plain.regime, "Undetermined")
    assert found.advice.objective in (plain.advice.objective, "undetermined")


@pytest.mark.parametrize("spec", SPECS)
def test_a_duplicated_column_changes_nothing(spec):
    X, Y, labels = problem(spec, 600, 2)
    plain = diagnose(X, Y, labels, resamples=10)
    for column in (0, 7):
        found = diagnose(np.hstack([X, X[:, [column]]]), Y, labels, resamples=10)
        assert found.components == (20, 20)
        assert found.regime in (plain.regime, "Undetermined")
        assert found.advice.objective in (plain.advice.objective, "undetermined")


def test_unix_time_beside_an_embedding_is_scaled_named_and_changes_nothing():
    data, rng = sample_spiked(SpikedSpec(kappa=2.0, nu=0.5), 1000, 0), np.random.default_rng(1)
    stamps = 1.7e9 + rng.integers(0, 3e7, 1000)
    found = diagnose(np.c_[stamps, data.X1], data.X2, data.Z, resamples=20)
    plain = diagnose(data.X1, data.X2, data.Z, resamples=20)
    assert said(found) == said(plain)
    assert plain.regime == separation_ratios(SpikedSpec(kappa=2.0, nu=0.5)).regime
    assert (found.scaled, plain.scaled) == (((0,), ()), ((), ()))
    assert found.components == (21, 20)
    assert found.delta_ca == pytest.approx(plain.delta_ca, rel=0.1)


def test_a_tiny_column_beside_a_large_one_is_not_lost():
    """Flux in 1e-17 erg next to temperatures: the label signal is in the small columns."""
    data, rng = sample_spiked(SpikedSpec(kappa=2.0, nu=0.5), 1000, 0), np.random.default_rng(1)
    teff = 5800 + 300 * rng.standard_normal(1000)
    found = diagnose(np.c_[teff, data.X1 * 1e-17], data.X2, data.Z, resamples=5)
    assert found.components == (21, 20)
    assert found.regime == separation_ratios(SpikedSpec(kappa=2.0, nu=0.5)).regime


def test_constant_columns_are_named_and_change_nothing():
    X, Y, labels = problem(SPECS[0], 400, 0)
    plain = diagnose(X, Y, labels, resamples=5)
    found = diagnose(
        np.insert(X, 4, 0.1, axis=1), np.insert(Y, 0, 1e9, axis=1), labels, resamples=5
    )
    assert found.constant == ((4,), (0,))
    assert plain.constant == ((), ())
    assert found.delta_ca == pytest.approx(plain.delta_ca, rel=1e-6)
    assert said(found) == said(plain)


def test_the_other_scale_is_worked_out():
    X, Y, of = clustered(6, 80)
    given = diagnose(X, Y, of, resamples=5)
    standardised = diagnose(X, Y, of, resamples=5, scale="standardised")
    assert (given.scale, given.rescaled.scale) == ("auto", "standardised")
    assert (standardised.scale, standardised.rescaled.scale) == ("standardised", "as given")
    assert standardised.scaled == (tuple(range(12)),) * 2
    assert given.rescaled.objective == standardised.advice.objective == "CA"
    assert standardised.rescaled.objective == given.advice.objective == "CA"
    assert given.rescaled.regime in (*REGIMES, "Undetermined")


# --- what else is chosen ---


def wine():
    data = load_wine()
    return data.data[:, :5], data.data[:, 5:], data.target


def cancer():
    data = load_breast_cancer()
    return data.data[:, :10], data.data[:, 20:], data.target


def digits():
    data = load_digits()
    return (*(data.images[:, :, part].reshape(-1, 32) for part in np.s_[:4, 4:]), data.target)


def penguins():
    with np.load(Path(REAL, "paired", "penguins_bill_body.npz")) as file:
        return file["x"], file["y"], file["labels"]


NEEDS_DATA = pytest.mark.skipif(REAL is None, reason="ALIGNLAB_TEST_DATA names no folder of data")


@pytest.mark.parametrize(
    ("data", "draws"),
    [(wine, 20), (cancer, 20), (digits, 6), pytest.param(penguins, 20, marks=NEEDS_DATA)],
)
def test_seed_and_order_of_the_rows_change_no_claim(data, draws):
    """One of 20 may differ."""
    X, Y, labels = data()
    regimes, objectives = Counter(), Counter()
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(len(X))
        found = diagnose(X[order], Y[order], labels[order], seed=seed, resamples=20)
        regimes[found.regime] += 1
        objectives[found.advice.objective] += 1
    for seen in (regimes, objectives):
        claims = [count for what, count in seen.items() if what.lower() != "undetermined"]
        assert sum(claims) - max(claims, default=0) <= draws // 20, seen


def monotone(V):
    """Every feature distorted monotonically."""
    V = V / V.std(0)
    return np.sign(V) * np.abs(V) ** 1.4


def right(spec, n, seed, classes=False):
    """Whether the regime of distorted views is found."""
    data = sample_spiked(spec, n, seed)
    labels = problem(spec, n, seed)[2]
    if classes:  # 27: thirds of every shared coordinate
        labels = (np.digitize(data.Z / data.Z.std(0), [-0.43, 0.43]) @ [9, 3, 1]).astype(str)
    found = diagnose(monotone(data.X1), monotone(data.X2), labels, resamples=10)
    return found.regime == separation_ratios(spec).regime


def test_with_more_rows_distorted_views_are_read_no_worse():
    specs = [spec for spec in grid(12, seed=31) if min(np.atleast_1d(spec.kappa)) > 0.5]
    few, many = (sum(right(spec, n, seed) for seed, spec in enumerate(specs)) for n in (1000, 4000))
    assert many >= few >= 4


def test_with_more_rows_weak_contrasts_of_classes_decide_no_more():
    """27 classes: 3 of their 26 contrasts carry nearly all that the views predict."""
    spec = SpikedSpec(
        kappa=(3.8, 0.66, 1.4), gamma_x=1.9, gamma_y=0.67, gamma_tilde_x=0.21,
        gamma_tilde_y=0.94, nu=0.1,
    )  # fmt: skip
    few, many = (sum(right(spec, n, seed, True) for seed in range(3)) for n in (1000, 12000))
    assert many >= few


# --- labels ---


def clustered(classes, rows, noise=1.0, seed=0):
    """Two views of class centres in five dimensions, and the classes."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(classes), rows)
    z = rng.standard_normal((classes, 5))[of]
    X, Y = (
        np.hstack([z, rng.standard_normal((len(z), 7))]) + noise * rng.standard_normal((len(z), 12))
        for _ in range(2)
    )
    return X, Y, of


def test_a_hundred_classes_of_16_rows_are_classes_with_their_chance():
    X, Y, of = clustered(100, 16, 0.3)
    start = time.process_time()
    found = diagnose(X, Y, of, resamples=20)
    assert time.process_time() - start < 30
    assert found.labels_read.columns[0].classes is not None
    assert (found.scores.metric, found.scores.chance) == ("balanced accuracy", 0.01)
    assert found.scores.rows == 1600
    assert found.directions == 5
    assert found.advice.objective == "CA"
    assert found.advice.both.untrained > 0.1


@pytest.mark.parametrize("as_numbers", [False, True])
def test_classes_beside_numbers_are_read_column_by_column(as_numbers):
    X, Y, of = clustered(6, 100)
    rng = np.random.default_rng(1)
    height = X[:, 0] + Y[:, 0] + 0.3 * rng.standard_normal(600)
    names = of if as_numbers else np.array(list("abcdef"))[of]
    labels = np.column_stack([names.astype(object), height])
    found = diagnose(X, Y, labels, resamples=5)
    classes, numbers = found.labels_read.columns
    assert classes.classes is not None
    assert numbers.classes is None
    assert (found.scores.metric, found.scores.chance) == ("R²", 0.0)
    assert found.advice.objective == "CA"


def test_rows_without_a_label_are_not_scored():
    X, Y, of = clustered(5, 100)
    names = np.array(list("abcde"), dtype=object)[of]
    names[::2] = None
    found = diagnose(X, Y, names, resamples=5)
    assert (found.n, found.labelled, found.scores.rows) == (500, 250, 250)
    assert found.scores.chance == 0.2
    whole = diagnose(X, Y, of.astype(str), resamples=5)
    assert found.advice.objective in (whole.advice.objective, "undetermined")


def test_without_labels_there_is_no_advice():
    X, Y, _ = clustered(5, 100)
    found = diagnose(X, Y, resamples=5)
    assert (found.advice, found.scores) == (None, None)
    assert found.recommendation.objective == "none"


def test_of_mismatched_rows_there_is_no_advice():
    X, Y, of = clustered(5, 100)
    found = diagnose(X, np.random.default_rng(0).permutation(Y), of.astype(str), resamples=5)
    assert found.advice is None
    assert found.recommendation.objective == "none"
    assert "check that row i" in found.recommendation.reason
