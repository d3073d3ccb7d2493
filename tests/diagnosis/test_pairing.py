import numpy as np
import pytest
from scipy.stats import kstest

from alignlab.diagnosis.block_moments import BlockMoments, Dealer, heavy_tails
from alignlab.diagnosis.pairing import (
    COUPLED,
    ELSEWHERE,
    Pairing,
    Strength,
    correlations,
    held_out_coupling,
)
from alignlab.diagnosis.run import diagnose


def moments_of(x, y):
    n = len(x)
    moments = BlockMoments(x.shape[1], y.shape[1], 0)
    moments.add(x, y, np.empty((n, 0)), np.zeros(n, dtype=bool), Dealer(0).deal(n))
    return moments


def coupling(x, y, seed=0):
    """Held-out coupling of centred views of scale 1, like the scores of a reduction."""
    x, y = ((V - V.mean(0)) / V.std() for V in (x, y))
    return held_out_coupling(moments_of(x, y), seed)


def drawn(kind, n, d, seed, paired):
    """Views of one kind that share two coordinates, or none if their rows are permuted."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 2))
    if kind == "counts":  # few are not zero
        rates = [0.05 * np.exp(z @ rng.standard_normal((2, d))) for _ in range(2)]
        x, y = (rng.poisson(rate).astype(float) for rate in rates)
    elif kind == "marks":  # 0 or 1
        x, y = (
            (z @ rng.standard_normal((2, d)) + rng.standard_normal((n, d)) > 1.5).astype(float)
            for _ in range(2)
        )
    else:
        noise = {
            "normal": lambda: rng.standard_normal((n, d)),
            "Student": lambda: rng.standard_t(3, (n, d)),
            "Student rows": lambda: rng.standard_t(3, (n, 1)) * rng.standard_normal((n, d)),
        }[kind]
        x, y = (z @ rng.standard_normal((2, d)) + noise() for _ in range(2))
    return x, y if paired else rng.permutation(y)


KINDS = ("normal", "Student", "Student rows", "counts", "marks")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(300, 10), (600, 60)])
def test_true_pairs_are_far_above_nothing_whatever_their_distribution(kind, n, d):
    for seed in range(5):
        assert coupling(*drawn(kind, n, d, seed, True), seed).z > COUPLED


@pytest.mark.parametrize("kind", KINDS)
def test_of_permuted_pairs_z_is_about_standard_normal(kind):
    z = [coupling(*drawn(kind, 300, 8, seed, False), seed).z for seed in range(120)]
    spread = np.std(z)
    assert abs(np.mean(z)) < 3.5 * spread / 120**0.5
    assert 0.7 < spread < 1.4  # slightly above 1, since folds share rows
    assert np.max(z) < COUPLED
    assert kstest(np.array(z) / spread, "norm").pvalue > 1e-3


def test_a_held_out_coupling_is_the_correlation_of_what_is_shared():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((3000, 1))
    x, y = (np.hstack([z, np.zeros_like(z)]) + rng.standard_normal((3000, 2)) for _ in range(2))
    assert coupling(x[:, :1], y[:, :1]).value == pytest.approx(0.5, abs=0.06)
    one = coupling(x, y)
    assert one.p < 1e-10
    assert 0 < one.edge < one.value
    assert coupling(2 - 5 * x, y).z == pytest.approx(one.z)


def test_the_coupling_grows_with_the_number_of_pairs_by_its_root():
    few, many = (np.mean([coupling(*drawn("normal", n, 5, seed, True)).z for seed in range(5)])
                 for n in (400, 1600))  # fmt: skip
    assert many / few == pytest.approx(2, rel=0.15)


def test_directions_that_rows_lack_correlate_with_nothing():
    """Three rows contain all variance of x: most folds measure only rounding."""
    rng = np.random.default_rng(0)
    x = np.zeros((300, 3))
    x[5:8] = 3 * np.eye(3)
    y = rng.standard_normal((300, 5)) + 10 * x.sum(1, keepdims=True)
    for seed in range(5):
        found = coupling(x, y, seed)
        assert abs(found.value) <= 1
        assert abs(found.z) < 300**0.5
    r = correlations(np.array([1.0, 0, 1e-30]), np.ones(3), np.array([0.5, 1e-20, 1e-16]))
    np.testing.assert_array_equal(r, [0.5, 0, 0])
    assert correlations(np.ones(1), np.ones(1), np.array([1 + 1e-9])) == 1


def strength(z):
    return Strength(value=1.0, null=0.0, edge=0.0, p=0.01, z=z)


def test_rows_are_pairs_where_anything_says_so_clearly():
    def pairing(**z):
        names = ("held_out", "coupling", "cka", "knn", "retrieval")
        found = {name: strength(z.get(name, 0.0)) for name in names}
        return Pairing(rows=9, distances_between=9, floor=np.zeros(3), **found)

    assert not pairing().paired
    assert pairing(held_out=COUPLED).paired
    assert not pairing(held_out=COUPLED - 0.1).paired
    for name in ("coupling", "cka", "knn", "retrieval"):
        assert pairing(**{name: ELSEWHERE}).paired
        assert not pairing(**{name: ELSEWHERE - 0.1}).paired


@pytest.mark.parametrize("kind", ["Student", "counts"])
def test_no_false_alarm_is_raised_by_what_is_truly_paired(kind):
    for seed in range(2):
        found = diagnose(*drawn(kind, 300, 40, seed, True), resamples=2)
        assert found.pairing.paired
        assert "check that row i" not in found.reason


@pytest.mark.parametrize("kind", KINDS)
def test_permuted_pairs_are_never_paired(kind):
    for seed in range(6):  # of every kind: 30 draws
        pairing = diagnose(*drawn(kind, 120, 6, seed, False), seed=seed, resamples=2).pairing
        assert not pairing.paired
        assert pairing.held_out.z < COUPLED


# --- noise of heavy-tailed rows ---


def test_normal_rows_have_no_heavy_tails():
    x, y = np.random.default_rng(0).standard_normal((2, 4000, 5))
    assert heavy_tails(x, y, moments_of(x, y)) == pytest.approx(1, abs=0.02)


def test_rows_that_are_large_in_both_views_are_as_noisy_as_fewer_rows():
    """For independent views the mean of n |C|^2 is d1 d2 times that factor."""
    rng = np.random.default_rng(1)
    sizes = np.where(rng.random(2000) < 0.1, 4.0, 1.0)[:, None]  # of x and y alike
    noise = []
    for _ in range(100):
        x, y = (sizes * rng.standard_normal((2000, 3)) for _ in range(2))
        C = np.linalg.qr(x - x.mean(0))[0].T @ np.linalg.qr(y - y.mean(0))[0]
        noise.append(2000 * (C**2).sum() / 9)
    assert heavy_tails(x, y, moments_of(x, y)) == pytest.approx(np.mean(noise), rel=0.2)
    assert np.mean(noise) > 3
