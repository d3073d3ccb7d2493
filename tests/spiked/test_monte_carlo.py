import threading
import time
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh
from scipy.stats import ks_2samp

import alignlab as al
from alignlab import linalg
from alignlab.spiked.model import OBJECTIVES, SpikedSpec, coordinate_moments, sample_spiked
from alignlab.spiked.monte_carlo import (
    FLOOR_DRAWS,
    RECOVERY,
    Sampling,
    encoder_spans,
    monte_carlo,
    noise_floor,
    recovered,
)
from alignlab.spiked.theory import separation_ratios
from alignlab.spiked.wishart import bartlett, sampled
from tests.spiked.test_model import Population, inverse_root, specs
from tests.spiked_specs import swapped

MODULE = import_module("alignlab.spiked.monte_carlo")
"""As an attribute of the package the name is that of the function."""

FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
UNEQUAL = SpikedSpec(
    d=6,
    k=2,
    kappa=(2.0, 1.0),
    gamma_x=(0.5, 0.2),
    gamma_y=(0.1, 0.4),
    gamma_tilde_x=(1.0, 2.0, 1.0, 0.5),
    gamma_tilde_y=(5.0, 0.3, 1.0, 1.0),
    nu=(0.7, 0.2, 0.0, 0.4),
)
SILENT = SpikedSpec(d=6, k=2, kappa=(2.0, 0.0), gamma_x=0.0)
"""One coordinate of x has no variance."""

MIXED = [UNEQUAL, SpikedSpec(d=5, k=3), replace(UNEQUAL, nu=0.9), SpikedSpec(d=6, k=1), UNEQUAL]


def stacked(found):
    """Distances and numbers kept (6, specs, seeds)."""
    return np.stack([getattr(found, name) for name in RECOVERY.names])


def finished(work):
    for _ in work.run():
        pass
    return work


# --- The same as other ways ---


def test_all_together_are_what_each_is_alone():
    seeds = [4, 0, 2]
    together = stacked(monte_carlo(MIXED, 40, seeds))
    assert together.shape == (6, len(MIXED), len(seeds))
    for row, spec in enumerate(MIXED):
        for column, seed in enumerate(seeds):
            alone = stacked(monte_carlo([spec], 40, [seed]))[:, 0, 0]
            np.testing.assert_allclose(together[:, row, column], alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("numbers", "workers"), [(1, 1), (300, 3), (10**6, 1)])
def test_how_the_work_is_shared_out_changes_nothing(monkeypatch, numbers, workers):
    expected = stacked(monte_carlo(MIXED, 40, range(3)))
    monkeypatch.setattr(MODULE, "BATCH_NUMBERS", numbers)
    monkeypatch.setattr(linalg, "threads", lambda: workers)
    np.testing.assert_allclose(
        stacked(monte_carlo(MIXED, 40, range(3))), expected, rtol=1e-10, atol=1e-12
    )


def test_specs_and_seeds_keep_their_order():
    forward = stacked(monte_carlo(MIXED, 40, [0, 1, 2]))
    backward = stacked(monte_carlo(MIXED[::-1], 40, [2, 1, 0]))
    np.testing.assert_allclose(backward[:, ::-1, ::-1], forward, rtol=1e-10, atol=1e-12)


def encoders_by_scipy(Sxx, Syx, Syy, k):
    """Bases of what CA, CP and CP reversed see, from the moments, by generalised eigenproblems."""
    wanted = {
        "ca": (Syx.T @ np.linalg.solve(Syy, Syx), Sxx),
        "cp": (Syx.T @ Syx, Sxx),
        "cp_reverse": (Syx @ Syx.T, Syy),
    }
    return {name: eigh(*matrices)[1][:, -k:] for name, matrices in wanted.items()}


@given(specs(largest=6), st.integers(20, 2000), st.integers(0, 10_000))
@settings(max_examples=60)
def test_encoders_solve_the_problems_of_the_sampled_moments(spec, n, seed):
    assume(spec.values("nu").max() < 1)  # canonical correlations of exactly 1 tie
    d, k = spec.d, spec.k
    factors = sampled(*coordinate_moments(spec), bartlett(2 * d, n - 1, [seed])[0], n)
    Sxx, Syx = factors.x @ factors.x.T, factors.xy @ factors.x.T
    Syy = factors.xy @ factors.xy.T + factors.y @ factors.y.T
    expected = encoders_by_scipy(Sxx, Syx, Syy, k)
    found = monte_carlo([spec], n, [seed])
    shared = np.eye(d)[:, :k]
    for span, objective in zip(encoder_spans(factors, k), OBJECTIVES, strict=True):
        assert al.subspace_distance(span, expected[objective]) < 1e-6
        distance = al.subspace_distance(expected[objective], shared)
        assert getattr(found, objective)[0, 0] == pytest.approx(distance, abs=1e-6)
        overlaps = (np.linalg.qr(expected[objective])[0][:k] ** 2).sum(axis=1)
        assume(np.abs(overlaps - 0.8).min() > 1e-5)
        assert getattr(found, f"kept_{objective}")[0, 0] == (overlaps >= 0.8).sum()


@given(st.integers(2, 8), st.integers(1, 7), st.integers(0, 10_000))
def test_overlaps_and_distance_are_those_of_subspaces(d, k, seed):
    assume(k < d)
    span = np.random.default_rng(seed).standard_normal((3, d, k))
    overlap, distance = recovered(span, k)
    for found, M, length in zip(overlap, span, distance, strict=True):
        projector = M @ np.linalg.pinv(M)
        np.testing.assert_allclose(found, np.diag(projector)[:k], atol=1e-9)
        assert length == pytest.approx(al.subspace_distance(M, np.eye(d)[:, :k]), abs=1e-9)


def test_a_small_distance_is_exact():
    span = np.eye(5)[:, :2]
    span[4, 0] = 1e-11
    assert recovered(span, 2)[1] == pytest.approx(1e-11 / np.sqrt(2), rel=1e-6)


# --- Against drawing the pairs themselves ---


def fitted(spec, n, seeds):
    """Distances (seeds, 3) of CCA and reduced-rank regression both ways, fitted to drawn pairs."""
    found = []
    for seed in seeds:
        data = sample_spiked(spec, n, seed)
        maps = (
            (al.cca(data.X1, data.X2, spec.k), data.S1),
            (al.reduced_rank_regression(data.X1, data.X2, spec.k), data.S1),
            (al.reduced_rank_regression(data.X2, data.X1, spec.k), data.S2),
        )
        found.append([al.subspace_distance(alignment.W1, S) for alignment, S in maps])
    return np.array(found)


def assert_same_law(first, second):
    error = np.sqrt(first.var(axis=0) / len(first) + second.var(axis=0) / len(second))
    assert (np.abs(first.mean(axis=0) - second.mean(axis=0)) < 4.5 * error).all()
    for a, b in zip(first.T, second.T, strict=True):
        assert ks_2samp(a, b).pvalue > 1e-5


def distances(spec, n, seeds):
    return stacked(monte_carlo([spec], n, seeds))[:3, 0].T


@pytest.mark.parametrize("n", [11, 12, 13, 50, 400])
def test_distances_are_distributed_as_those_of_aligners_fitted_to_pairs(n):
    assert_same_law(distances(UNEQUAL, n, range(1000)), fitted(UNEQUAL, n, range(250)))


@pytest.mark.parametrize("n", [38, 200])
def test_distances_in_the_setting_of_figure_3_are_those_of_fitted_aligners(n):
    spec = replace(FIGURE_3, nu=0.3)
    assert_same_law(distances(spec, n, range(400)), fitted(spec, n, range(100)))


def test_too_few_pairs_to_settle_ca_favour_no_direction():
    # more than k sample correlations are 1: any of their directions is as good
    spec = SpikedSpec(d=2, k=1)
    assert_same_law(distances(spec, 3, range(1000)), fitted(spec, 3, range(600)))


def test_a_swapped_spec_exchanges_the_laws_of_prediction():
    seeds = np.arange(1000)
    there = monte_carlo([UNEQUAL], 50, seeds)
    back = monte_carlo([swapped(UNEQUAL)], 50, seeds + 5000)
    assert_same_law(
        np.stack([there.cp[0], there.cp_reverse[0]], axis=1),
        np.stack([back.cp_reverse[0], back.cp[0]], axis=1),
    )


# --- The population ---


@given(specs())
def test_the_population_is_recovered_exactly_where_delta_exceeds_1(spec):
    theory = separation_ratios(spec)
    x, y, covariance = coordinate_moments(spec)
    factors = sampled(x, y, covariance, np.eye(2 * spec.d) * np.sqrt(49), 50)
    found = RECOVERY.in_the_population(spec)
    for which, (objective, span) in enumerate(
        zip(OBJECTIVES, encoder_spans(factors, spec.k), strict=True)
    ):
        if getattr(theory, objective) > 1 + 1e-9:
            assert recovered(span, spec.k)[1] < 1e-12
            assert found[which] < 1e-12
            assert found[3 + which] == spec.k


@given(specs(), st.integers(0, 1000))
def test_the_population_is_seen_as_by_a_singular_value_decomposition(spec, seed):
    found = dict(zip(RECOVERY.names, RECOVERY.in_the_population(spec), strict=True))
    for objective, (M, whitening, Q) in Population(spec, seed).couplings().items():
        _, s, Vh = np.linalg.svd(M)
        assume(s[spec.k - 1] - s[spec.k] > 1e-3)
        encoder = whitening @ Vh[: spec.k].T
        expected = al.subspace_distance(encoder, Q[:, : spec.k])
        assert found[objective] == pytest.approx(expected, abs=1e-9)


def test_a_population_without_variance_has_no_answer():
    assert np.isnan(RECOVERY.in_the_population(SILENT)).all()


def test_many_populations_are_each_that_alone():
    many = [replace(SILENT, nu=nu, gamma_x=noise) for nu in (0.1, 0.9) for noise in (0.0, 1.0)]
    found = RECOVERY.in_populations(many)
    alone = [RECOVERY.in_the_population(spec) for spec in many]
    np.testing.assert_allclose(found, alone, atol=1e-12)
    assert 0 < np.isnan(found).all(axis=1).sum() < len(many)


@pytest.mark.parametrize("n", [10**9, 10**15])
def test_ever_more_pairs_lead_to_the_population(n):
    many = stacked(monte_carlo([UNEQUAL, FIGURE_3], n, [0, 1]))
    for row, spec in enumerate((UNEQUAL, FIGURE_3)):
        expected = RECOVERY.in_the_population(spec)
        np.testing.assert_allclose(many[:, row].T, [expected, expected], atol=1e3 / np.sqrt(n))


def test_distances_change_smoothly_with_the_number_of_pairs():
    ns = [499, 500, 501]
    found = np.array([distances(FIGURE_3, n, range(5)) for n in ns])
    assert np.abs(np.diff(found, axis=0)).max() < 0.01
    assert np.abs(np.diff(found, axis=0)).max() > 0


# --- Figure 3 ---


@pytest.mark.parametrize(("n", "cp", "ca"), [(5000, 0.14, 0.90), (1_000_000, 0.20, 0.90)])
def test_recovery_is_lost_where_the_paper_loses_it(n, cp, ca):
    nus = np.linspace(0, 0.95, 39)
    found = monte_carlo([replace(FIGURE_3, nu=nu) for nu in nus], n, range(20))
    for curve, expected in ((found.cp.mean(axis=1), cp), (found.ca.mean(axis=1), ca)):
        after = int(np.argmax(curve > 0.5))
        crossing = np.interp(0.5, curve[[after - 1, after]], nus[[after - 1, after]])
        assert crossing == pytest.approx(expected, abs=0.02)
    assert found.ca[nus < 0.7].max() < 0.3
    assert found.cp[nus > 0.3].mean() > 0.9


def test_directions_are_lost_one_by_one():
    found = monte_carlo([replace(FIGURE_3, nu=nu) for nu in (0.05, 0.25, 0.3, 0.9)], 10**7, [0])
    np.testing.assert_array_equal(found.kept_cp[:, 0], [3, 2, 1, 0])
    np.testing.assert_array_equal(found.kept_ca[:, 0], [3, 3, 3, 2])


@given(specs(), st.integers(10, 10**6), st.integers(0, 10_000))
@settings(max_examples=40)
def test_distances_and_numbers_kept_are_in_range(spec, n, seed):
    found = stacked(monte_carlo([spec], n, [seed]))
    assert (found[:3] >= 0).all()
    assert (found[:3] <= 1).all()
    assert np.isin(found[3:], range(spec.k + 1)).all()


@pytest.mark.parametrize(
    ("spec", "n"),
    [
        (SpikedSpec(d=2, k=1), 3),
        (SpikedSpec(d=60, k=59), 61),
        (SpikedSpec(d=60, k=1), 61),
        (SpikedSpec(d=5, k=4, kappa=1e-8), 20),
        (SpikedSpec(kappa=1e6), 50),
        (SpikedSpec(nu=1e-12, gamma_tilde_x=1e-8, gamma_tilde_y=1e6), 50),
        (SpikedSpec(nu=1.0, gamma_x=0.0, gamma_y=0.0), 500),
        (SpikedSpec(nu=0.0, gamma_x=1e6), 10**18),
        (SpikedSpec(d=np.int64(5), k=np.int64(2), kappa=2, nu=0), np.int64(30)),
    ],
)
def test_extreme_settings_have_an_answer(spec, n):
    found = stacked(monte_carlo([spec], n, [2**200, 7]))
    assert np.isfinite(found).all()
    assert (found[:3] <= 1).all()


# --- Undefined cases ---


def test_a_spec_without_variance_is_undefined_and_leaves_the_others_alone():
    work = finished(Sampling([SILENT, UNEQUAL, swapped(SILENT)], 40, [0, 1], RECOVERY))
    assert np.isnan(work.values[[0, 2]]).all()
    assert work.done == work.total == 2
    found = stacked(monte_carlo([SILENT, UNEQUAL], 40, [0, 1]))
    assert np.isnan(found[:, 0]).all()
    np.testing.assert_array_equal(found[:, 1], stacked(monte_carlo([UNEQUAL], 40, [0, 1]))[:, 0])


def test_nothing_but_specs_without_variance_is_no_work():
    work = finished(Sampling([SILENT], 40, [0, 1], RECOVERY))
    assert (work.done, work.total) == (0, 0)
    assert np.isnan(work.values).all()


@pytest.mark.parametrize(
    ("given_specs", "n", "seeds", "reason"),
    [
        ([UNEQUAL], 6, [0], "n = 6 pairs of d = 6 .*use n of at least 7"),
        ([UNEQUAL, SpikedSpec(d=9)], 9, [0], "n = 9 pairs of d = 9"),
        ([UNEQUAL], 50.0, [0], "n = 50.0 is not a whole number"),
        ([UNEQUAL], 0, [0], "n = 0 is out of range"),
        ([UNEQUAL], 50, [], "no seeds"),
        ([], 50, [0], "no specs"),
        ([UNEQUAL], 50, [0, -1], "seed = -1 is out of range"),
        ([UNEQUAL], 50, [0.5], "seed = 0.5 is not a whole number"),
        ([UNEQUAL], 50, [True], "seed = True is not a whole number"),
    ],
)
def test_impossible_samples_are_refused(given_specs, n, seeds, reason):
    with pytest.raises(ValueError, match=f"monte_carlo: .*{reason}"):
        monte_carlo(given_specs, n, seeds)


# --- Progress ---


def test_one_seed_comes_after_the_other(monkeypatch):
    order = []

    def noted(width, degrees, seeds):
        order.extend(seeds)
        return bartlett(width, degrees, seeds)

    monkeypatch.setattr(MODULE, "bartlett", noted)
    monkeypatch.setattr(linalg, "threads", lambda: 1)
    work = finished(Sampling(MIXED, 40, [4, 1, 3], RECOVERY))
    assert order == [4, 4, 4, 1, 1, 1, 3, 3, 3]  # three shapes
    assert np.isfinite(work.values).all()
    assert work.done == work.total == 3 * len(MIXED)


@pytest.mark.parametrize("workers", [1, 3])
def test_closing_early_stops_the_work_and_keeps_what_was_measured(monkeypatch, workers):
    whole = finished(Sampling(MIXED, 40, range(100), RECOVERY))
    alive = threading.active_count()

    def slow(*arguments):
        time.sleep(0.01)
        return bartlett(*arguments)

    monkeypatch.setattr(MODULE, "bartlett", slow)
    monkeypatch.setattr(linalg, "threads", lambda: workers)
    work = Sampling(MIXED, 40, range(100), RECOVERY)
    steps = work.run()
    next(steps)
    steps.close()
    assert threading.active_count() == alive
    assert 0 < work.done < work.total == 100 * len(MIXED)
    known = np.isfinite(work.values).all(axis=2)
    assert known.sum() == work.done
    assert np.isnan(work.values[~known]).all()
    np.testing.assert_allclose(work.values[known], whole.values[known], rtol=1e-10, atol=1e-12)


def test_nothing_is_measured_before_it_runs():
    work = Sampling(MIXED, 40, range(4), RECOVERY)
    assert work.done == 0
    assert np.isnan(work.values).all()


def test_an_error_while_measuring_is_raised(monkeypatch):
    def break_down(*_):
        raise MemoryError("too large")

    monkeypatch.setattr(MODULE, "bartlett", break_down)
    with pytest.raises(MemoryError, match="too large"):
        monte_carlo(MIXED, 40, [0])


# --- Devices ---


def to_torch(X):
    return torch.from_numpy(np.array(X, dtype=np.float64))


def test_work_on_torch_is_that_on_numpy(monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    by_numpy = stacked(monte_carlo(MIXED, 40, range(5))), noise_floor([UNEQUAL], 40, range(5))
    monkeypatch.setattr(linalg, "_to_device", to_torch)
    by_torch = stacked(monte_carlo(MIXED, 40, range(5))), noise_floor([UNEQUAL], 40, range(5))
    for found, expected in zip(by_torch, by_numpy, strict=True):
        assert isinstance(found, np.ndarray)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [7, 10])
def test_few_pairs_on_torch_are_those_on_numpy(monkeypatch, n):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    by_numpy = stacked(monte_carlo([UNEQUAL], n, range(5)))
    monkeypatch.setattr(linalg, "_to_device", to_torch)
    by_torch = stacked(monte_carlo([UNEQUAL], n, range(5)))
    np.testing.assert_allclose(by_torch[1:3], by_numpy[1:3], rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here")
def test_cuda_finds_what_the_cpu_finds(monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    on_cpu = stacked(monte_carlo(MIXED, 40, range(5))), noise_floor([UNEQUAL], 40, range(5))
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cuda")
    on_cuda = stacked(monte_carlo(MIXED, 40, range(5))), noise_floor([UNEQUAL], 40, range(5))
    for found, expected in zip(on_cuda, on_cpu, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


# --- The floor of noise ---


def strongest_nuisance(spec):
    theory = separation_ratios(spec)
    return np.array([values.max() for values in (theory.nu, theory.xi, theory.xi_reverse)])


@given(
    nu=st.floats(0, 0.95),
    gamma_tilde_x=st.floats(0.1, 10),
    gamma_tilde_y=st.floats(0.1, 10),
)
@settings(max_examples=30)
def test_the_floor_is_above_the_population_and_sinks_as_pairs_are_added(**nuisance):
    spec = SpikedSpec(d=10, k=2, **nuisance)
    few, many = (noise_floor([spec], n, range(20))[:, 0] for n in (30, 300))
    assert (few > many).all()
    assert (many > strongest_nuisance(spec)).all()


@given(specs())
@settings(max_examples=30)
def test_the_floor_tends_to_the_values_of_theory(spec):
    floor = noise_floor([spec], 10**7, range(5))[:, 0]
    np.testing.assert_allclose(floor, strongest_nuisance(spec), rtol=3e-3, atol=1e-2)
    floor = noise_floor([spec], 10**11, range(5))[:, 0]
    np.testing.assert_allclose(floor, strongest_nuisance(spec), rtol=3e-5, atol=1e-4)


@pytest.mark.parametrize("n", [5, 7, 12, 100])
def test_the_floor_is_that_of_drawn_nuisance(n):
    x, y, nu = (UNEQUAL.values(name) for name in ("gamma_tilde_x", "gamma_tilde_y", "nu"))
    rng = np.random.default_rng(0)
    tops = []
    for _ in range(1500):
        common, own = rng.standard_normal((2, n, 4))
        X, Y = common * np.sqrt(x), (nu * common + np.sqrt(1 - nu**2) * own) * np.sqrt(y)
        S = np.cov(X, Y, rowvar=False)
        white_x, white_y = inverse_root(S[:4, :4]), inverse_root(S[4:, 4:])
        couplings = white_x @ S[:4, 4:] @ white_y, white_x @ S[:4, 4:], S[:4, 4:] @ white_y
        tops.append([np.linalg.norm(M, 2) for M in couplings])
    drawn = np.array(tops)
    each = np.array([noise_floor([UNEQUAL], n, [seed])[:, 0] for seed in range(1500)])
    error = np.sqrt(drawn.var(axis=0) / 1500 + each.var(axis=0) / 1500)
    assert (np.abs(drawn.mean(axis=0) - each.mean(axis=0)) <= 4.5 * error + 1e-9).all()


def test_a_floor_is_the_mean_over_the_first_seeds():
    each = [noise_floor([UNEQUAL], 40, [seed]) for seed in range(FLOOR_DRAWS)]
    found = noise_floor([UNEQUAL], 40, range(2 * FLOOR_DRAWS))
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        noise_floor([UNEQUAL], 40, [3, 1]), np.mean([each[3], each[1]], axis=0), rtol=1e-12
    )


@pytest.mark.parametrize("n", [300, 5000])
def test_the_floor_of_a_few_draws_is_near_the_mean(n):
    spec = replace(FIGURE_3, nu=0.3)
    each = np.array([noise_floor([spec], n, [seed])[:, 0] for seed in range(200)])
    assert (each.std(axis=0) / np.sqrt(FLOOR_DRAWS) < 0.02 * each.mean(axis=0)).all()


def test_floors_are_measured_before_the_samples():
    floor_of = [UNEQUAL, replace(UNEQUAL, nu=0.9), SpikedSpec(d=5, k=3)]
    work = Sampling(MIXED, 40, range(4), RECOVERY, floor_of)
    assert np.isnan(work.floors).all()
    steps = work.run()
    for _ in floor_of:
        next(steps)
    assert work.done == 0
    for column, spec in enumerate(floor_of):
        np.testing.assert_array_equal(
            work.floors[:, column], noise_floor([spec], 40, range(4))[:, 0]
        )
    steps.close()


def test_a_floor_is_given_for_every_spec_whatever_its_signal():
    spec = replace(UNEQUAL, kappa=0.0, gamma_x=0.0)
    floors = noise_floor([UNEQUAL, replace(UNEQUAL, nu=0.9), spec], 40, range(10))
    assert floors.shape == (3, 3)
    np.testing.assert_array_equal(floors[:, 0], floors[:, 2])
    assert (floors[:, 1] > floors[:, 0]).all()
    np.testing.assert_array_equal(
        noise_floor([swapped(UNEQUAL)], 10**9, [0])[[0, 2, 1]].round(3),
        noise_floor([UNEQUAL], 10**9, [0]).round(3),
    )


def test_one_nuisance_coordinate_has_a_floor():
    spec = SpikedSpec(d=4, k=3, nu=0.5)
    floor = noise_floor([spec], 10**8, range(3))[:, 0]
    np.testing.assert_allclose(floor, strongest_nuisance(spec), rtol=1e-3)


def test_no_coordinate_is_favoured_where_all_correlations_are_one():
    spec = SpikedSpec(kappa=1.0, gamma_x=0.0, gamma_y=0.0, nu=1.0)
    found = monte_carlo([spec], 2000, range(200)).ca[0]
    # views of equal variances: any subspace is as likely as any other
    rng = np.random.default_rng(0)
    spans = np.linalg.qr(rng.standard_normal((2000, spec.d, spec.k)))[0]
    expected = np.sqrt((spans[:, spec.k :] ** 2).sum((1, 2)) / spec.k)
    assert ks_2samp(found, expected).pvalue > 1e-3


def test_a_sampling_that_runs_twice_counts_once():
    work = Sampling([SpikedSpec(), SpikedSpec(nu=0.2)], 100, [0, 1, 2], RECOVERY)
    for _ in range(2):
        for _ in work.run():
            assert work.done <= work.total
        assert work.done == work.total == 6
    first = work.values.copy()
    list(work.run())
    np.testing.assert_array_equal(work.values, first)


@pytest.mark.parametrize(
    ("specs", "n", "seeds", "message"),
    [
        ([], 100, [0], "no specs or no seeds"),
        ([SpikedSpec()], 100, [], "no specs or no seeds"),
        ([SpikedSpec()], 100, [-1], "seed = -1"),
        ([SpikedSpec()], 100.5, [0], "n = 100.5 is not a whole number"),
        ([SpikedSpec()], 17, [0], "n = 17 pairs of d = 17 features"),
        ([SpikedSpec()], 10**19, [0], "out of range: use at most 1e"),
        ([SpikedSpec(), SpikedSpec(k=2)], 100, [0], r"different \(d, k\), \(20, 2\) and \(20, 3\)"),
    ],
)
def test_a_floor_of_bad_settings_is_refused(specs, n, seeds, message):
    with pytest.raises(ValueError, match=f"noise_floor: .*{message}"):
        noise_floor(specs, n, seeds)


@pytest.mark.parametrize("n", [10**19, 10**400])
def test_more_pairs_than_can_be_counted_are_refused(n):
    with pytest.raises(ValueError, match=r"monte_carlo: n = .* out of range: use at most"):
        monte_carlo([SpikedSpec()], n, [0])
