import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import ortho_group

import alignlab as al
from alignlab.spiked.model import (
    NUISANCE,
    OBJECTIVES,
    SHARED,
    SpikedSpec,
    coordinate_moments,
    sample_spiked,
)
from alignlab.spiked.theory import REGIMES, regime_codes, separation_ratios
from tests.spiked_specs import swapped

NO_NOISE = {"gamma_x": 0.0, "gamma_y": 0.0}

RANGES = {
    "kappa": (0.2, 4.0),
    "gamma_x": (0.05, 3.0),
    "gamma_y": (0.05, 3.0),
    "gamma_tilde_x": (0.05, 20.0),
    "gamma_tilde_y": (0.05, 20.0),
    "nu": (0.0, 1.0),
}

seeds = st.integers(0, 10_000)


@st.composite
def specs(draw, heterogeneous=None, largest=9):
    """A spec of which every parameter is one number or a tuple."""
    d = draw(st.integers(2, largest))
    k = draw(st.integers(1, d - 1))
    parameters = {}
    for name, (low, high) in RANGES.items():
        count = k if name in SHARED else d - k
        value = st.floats(low, high).map(lambda number: round(number, 3))
        several = st.lists(value, min_size=count, max_size=count).map(tuple)
        kinds = {None: value | several, True: several, False: value}
        parameters[name] = draw(kinds[heterogeneous])
    return SpikedSpec(d=d, k=k, **parameters)


def given_as_numbers(spec):
    """Every parameter of a spec as an array, without any help of the module's."""
    return [
        np.broadcast_to(getattr(spec, name), spec.k if name in SHARED else spec.d - spec.k)
        for name in (*SHARED, *NUISANCE)
    ]


class Population:
    """Covariances of a spec in random bases, as they stand in the paper's Appendix A.4."""

    def __init__(self, spec, seed):
        rng = np.random.default_rng(seed)
        self.Q_x, self.Q_y = (ortho_group.rvs(spec.d, random_state=rng) for _ in range(2))
        kappa, gamma_x, gamma_y, x, y, nu = given_as_numbers(spec)
        eta = nu * np.sqrt(x * y)
        self.Sxx = (self.Q_x * np.append(kappa**2 + gamma_x, x)) @ self.Q_x.T
        self.Syy = (self.Q_y * np.append(kappa**2 + gamma_y, y)) @ self.Q_y.T
        self.Sxy = (self.Q_x * np.append(kappa**2, eta)) @ self.Q_y.T

    def couplings(self):
        """Matrix, whitening of its source and shared coordinates of the source, by objective."""
        white_x, white_y = (inverse_root(S) for S in (self.Sxx, self.Syy))
        return {
            "ca": (white_y @ self.Sxy.T @ white_x, white_x, self.Q_x),
            "cp": (self.Sxy.T @ white_x, white_x, self.Q_x),
            "cp_reverse": (self.Sxy @ white_y, white_y, self.Q_y),
        }


def inverse_root(S):
    values, V = np.linalg.eigh(S)
    return (V / np.sqrt(values)) @ V.T


def pairs(found):
    """Signal and nuisance values by objective."""
    return {
        "ca": (found.rho, found.nu),
        "cp": (found.tau, found.xi),
        "cp_reverse": (found.tau_reverse, found.xi_reverse),
    }


# --- Theory against the matrices ---


@given(specs(), seeds)
def test_singular_values_are_those_of_the_population(spec, seed):
    found = pairs(separation_ratios(spec))
    for objective, (M, _, _) in Population(spec, seed).couplings().items():
        expected = np.linalg.svd(M, compute_uv=False)
        values = np.sort(np.concatenate(found[objective]))[::-1]
        np.testing.assert_allclose(values, expected, rtol=1e-10, atol=1e-10)


@given(specs(heterogeneous=True))
def test_values_come_one_a_coordinate_in_the_order_of_the_parameters(spec):
    kappa, gamma_x, gamma_y, x, y, nu = given_as_numbers(spec)
    found = separation_ratios(spec)
    rho = kappa**2 / np.sqrt((kappa**2 + gamma_x) * (kappa**2 + gamma_y))
    np.testing.assert_allclose(found.rho, rho, rtol=1e-14)
    np.testing.assert_allclose(found.tau, kappa**2 / np.sqrt(kappa**2 + gamma_x), rtol=1e-14)
    np.testing.assert_allclose(
        found.tau_reverse, kappa**2 / np.sqrt(kappa**2 + gamma_y), rtol=1e-14
    )
    np.testing.assert_allclose(found.nu, nu, rtol=1e-14)
    np.testing.assert_allclose(found.xi, nu * np.sqrt(y), rtol=1e-14)
    np.testing.assert_allclose(found.xi_reverse, nu * np.sqrt(x), rtol=1e-14)


@given(specs())
def test_values_of_one_number_are_given_for_every_coordinate(spec):
    for signal, nuisance in pairs(separation_ratios(spec)).values():
        assert signal.shape == (spec.k,)
        assert nuisance.shape == (spec.d - spec.k,)


@given(specs())
def test_delta_is_the_weakest_signal_over_the_strongest_nuisance(spec):
    found = separation_ratios(spec)
    for objective, (signal, nuisance) in pairs(found).items():
        expected = np.inf if nuisance.max() == 0 else signal.min() / nuisance.max()
        assert getattr(found, objective) == pytest.approx(expected, rel=1e-14)


@given(specs(), seeds)
def test_the_encoder_sees_the_shared_subspace_where_delta_exceeds_1_and_only_there(spec, seed):
    found = separation_ratios(spec)
    for objective, (M, whitening, Q) in Population(spec, seed).couplings().items():
        delta = getattr(found, objective)
        assume(abs(delta - 1) > 1e-3)
        encoder = whitening @ np.linalg.svd(M)[2][: spec.k].T
        distance = al.subspace_distance(encoder, Q[:, : spec.k])
        if delta > 1:
            assert distance < 1e-8
        else:  # one direction at least is nuisance
            assert distance > np.sqrt(1 / spec.k) - 1e-8


@given(specs(), seeds)
def test_a_swapped_spec_exchanges_the_directions_of_prediction(spec, seed):
    there, back = separation_ratios(spec), separation_ratios(swapped(spec))
    assert (back.ca, back.cp, back.cp_reverse) == (there.ca, there.cp_reverse, there.cp)
    assert (back.recovered_cp, back.recovered_cp_reverse) == (
        there.recovered_cp_reverse,
        there.recovered_cp,
    )
    np.testing.assert_array_equal(back.tau, there.tau_reverse)
    np.testing.assert_array_equal(back.xi, there.xi_reverse)
    M = Population(swapped(spec), seed).couplings()["cp"][0]
    expected = np.sort(np.concatenate([there.tau_reverse, there.xi_reverse]))[::-1]
    np.testing.assert_allclose(np.linalg.svd(M, compute_uv=False), expected, rtol=1e-10, atol=1e-10)


# --- Identities ---


@given(specs(heterogeneous=False))
def test_homogeneous_ratios_differ_by_the_noise_of_the_target(spec):
    assume(spec.nu > 0)
    found = separation_ratios(spec)
    expected = np.sqrt(spec.gamma_tilde_y / (spec.kappa**2 + spec.gamma_y))
    assert found.ca / found.cp == pytest.approx(expected, rel=1e-12)


@given(specs())
def test_the_strongest_nuisance_of_the_target_bounds_the_ratio_of_the_deltas(spec):
    found = separation_ratios(spec)
    assume(np.isfinite(found.ca))
    kappa, _, gamma_y, _, y, _ = given_as_numbers(spec)
    bound = np.sqrt(y.max() / (kappa**2 + gamma_y).min())
    assert found.ca / found.cp <= bound * (1 + 1e-12)


@given(specs(), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_nuisance_variance_is_nothing_to_ca(spec, x, y):
    found = separation_ratios(replace(spec, gamma_tilde_x=x, gamma_tilde_y=y))
    assert found.ca == separation_ratios(spec).ca


@given(specs(), st.floats(1e-3, 1e3))
def test_each_direction_of_prediction_sees_the_nuisance_variance_of_its_target_alone(spec, value):
    before = separation_ratios(spec)
    assert separation_ratios(replace(spec, gamma_tilde_x=value)).cp == before.cp
    assert separation_ratios(replace(spec, gamma_tilde_y=value)).cp_reverse == before.cp_reverse


@given(specs())
def test_ca_never_recovers_beside_a_perfectly_correlated_nuisance(spec):
    nu = np.array(spec.values("nu"))
    nu[-1] = 1.0
    found = separation_ratios(replace(spec, nu=tuple(nu.tolist())))
    assert found.ca <= 1
    assert found.recovered_ca == 0
    assert found.regime in ("CP only", "Neither")


# --- Partial recovery ---


@given(specs(heterogeneous=True), seeds)
def test_at_least_so_many_signal_directions_are_among_the_leading_ones(spec, seed):
    found = separation_ratios(spec)
    for objective, (M, _, Q) in Population(spec, seed).couplings().items():
        signal, nuisance = pairs(found)[objective]
        assume(np.abs(np.subtract.outer(signal, nuisance)).min() > 1e-4)
        leading = np.linalg.svd(M)[2][: spec.k]
        kept = ((leading @ Q[:, : spec.k]) ** 2).sum()
        assert getattr(found, f"recovered_{objective}") <= kept + 1e-6


@given(specs(heterogeneous=True), st.floats(0.05, 1), st.floats(0.1, 10), seeds)
def test_so_many_are_kept_where_the_nuisance_values_are_equal_and_many(spec, nu, variance, seed):
    assume(spec.d - spec.k >= spec.k)
    spec = replace(spec, nu=nu, gamma_tilde_x=variance, gamma_tilde_y=2 * variance)
    found = separation_ratios(spec)
    for objective, (M, _, Q) in Population(spec, seed).couplings().items():
        signal, nuisance = pairs(found)[objective]
        assume(np.abs(signal - nuisance[0]).min() > 1e-4)
        leading = np.linalg.svd(M)[2][: spec.k]
        kept = ((leading @ Q[:, : spec.k]) ** 2).sum()
        assert kept == pytest.approx(getattr(found, f"recovered_{objective}"), abs=1e-6)


@given(specs())
def test_all_directions_are_counted_exactly_where_delta_exceeds_1(spec):
    found = separation_ratios(spec)
    for objective in OBJECTIVES:
        whole = getattr(found, f"recovered_{objective}") == spec.k
        assert whole == (getattr(found, objective) > 1)


def test_unequal_signals_are_recovered_in_part():
    found = separation_ratios(SpikedSpec(kappa=(3.0, 1.0, 0.5), nu=0.6))
    assert (found.recovered_ca, found.recovered_cp, found.recovered_cp_reverse) == (2, 1, 2)
    assert found.regime == "Neither"


# --- Ends of the ranges ---


@given(specs())
def test_without_correlated_nuisance_everything_is_recovered(spec):
    found = separation_ratios(replace(spec, nu=0.0))
    assert (found.ca, found.cp, found.cp_reverse) == (np.inf, np.inf, np.inf)
    assert (found.recovered_ca, found.recovered_cp) == (spec.k, spec.k)
    assert found.regime == "Both"


@pytest.mark.parametrize("noise", [{}, NO_NOISE])
@pytest.mark.parametrize("nu", [0, 0.0, 0.5, 1.0])
def test_without_signal_nothing_is_recovered(noise, nu):
    found = separation_ratios(SpikedSpec(kappa=0, nu=nu, **noise))
    assert (found.ca, found.cp, found.cp_reverse) == (0, 0, 0)
    assert (found.recovered_ca, found.recovered_cp, found.recovered_cp_reverse) == (0, 0, 0)
    for values in (found.rho, found.tau, found.tau_reverse):
        np.testing.assert_array_equal(values, 0)
    assert found.regime == "Neither"


@pytest.mark.parametrize("nu", [0.0, 0.3])
def test_one_silent_coordinate_is_the_only_one_lost(nu):
    found = separation_ratios(SpikedSpec(kappa=(2.0, 0.0, 3.0), nu=nu))
    assert (found.ca, found.cp) == (0, 0)
    assert (found.recovered_ca, found.recovered_cp) == (2, 2)


@given(st.floats(1e-8, 1e6))
def test_without_noise_a_perfectly_correlated_nuisance_ties_with_the_signal(kappa):
    found = separation_ratios(SpikedSpec(kappa=kappa, nu=1, **NO_NOISE))
    assert found.ca == 1
    assert found.recovered_ca == 0


def test_a_tie_is_no_recovery():
    spec = SpikedSpec(kappa=2.0, nu=1.0, gamma_tilde_y=4.0, gamma_tilde_x=4.0, **NO_NOISE)
    found = separation_ratios(spec)
    assert (found.ca, found.cp, found.cp_reverse) == (1, 1, 1)
    assert (found.recovered_ca, found.recovered_cp, found.recovered_cp_reverse) == (0, 0, 0)
    assert found.regime == "Neither"


@pytest.mark.parametrize(
    ("ca", "cp", "regime"),
    [
        (1.1, 1.1, "Both"),
        (np.inf, np.inf, "Both"),
        (1.1, 1.0, "CA only"),
        (1.1, 0.0, "CA only"),
        (1.0, 1.1, "CP only"),
        (1.0, 1.0, "Neither"),
        (0.9, 0.9, "Neither"),
    ],
)
def test_regimes_are_named_by_who_recovers(ca, cp, regime):
    assert REGIMES[regime_codes(ca, cp)] == regime


@given(specs())
def test_a_spec_has_the_regime_of_its_ratios(spec):
    found = separation_ratios(spec)
    names = {
        (True, True): "Both",
        (True, False): "CA only",
        (False, True): "CP only",
        (False, False): "Neither",
    }
    assert found.regime == names[found.ca > 1, found.cp > 1]


@pytest.mark.parametrize("kappa", [1e-8, 1e6])
@pytest.mark.parametrize("nu", [1e-200, 1e-8, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 1e-8, 1e6])
def test_extreme_parameters_have_finite_ratios(kappa, nu, gamma):
    for spec in (
        SpikedSpec(kappa=kappa, nu=nu, gamma_x=gamma, gamma_y=gamma),
        SpikedSpec(kappa=kappa, nu=nu, gamma_tilde_x=1e-8, gamma_tilde_y=1e6),
    ):
        found = separation_ratios(spec)
        assert np.isfinite([found.ca, found.cp, found.cp_reverse]).all()
        assert found.rho.max() <= 1


@pytest.mark.parametrize(("d", "k"), [(2, 1), (60, 1), (60, 59)])
def test_every_split_into_shared_and_nuisance_is_possible(d, k):
    found = separation_ratios(SpikedSpec(d=d, k=k))
    assert (found.rho.shape, found.nu.shape) == ((k,), (d - k,))
    assert found.ca == pytest.approx(4 / np.sqrt(5 * 4.05) / 0.5)


# --- Specs ---


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("kappa", -1.0, "a standard deviation must be 0 or more"),
        ("kappa", (2.0, -1e-9, 1.0), "a standard deviation must be 0 or more"),
        ("gamma_x", -0.1, "a variance must be 0 or more"),
        ("gamma_y", (1.0, 1.0, -0.1), "a variance must be 0 or more"),
        ("gamma_tilde_x", 0, "a variance must be positive"),
        ("gamma_tilde_y", -1.0, "a variance must be positive"),
        ("gamma_tilde_y", (1.0,) * 16 + (0.0,), "a variance must be positive"),
        ("nu", -0.01, r"a correlation must be in \[0, 1\]"),
        ("nu", 1.01, r"a correlation must be in \[0, 1\]"),
        ("nu", (0.5,) * 16 + (1.5,), r"a correlation must be in \[0, 1\]"),
        ("kappa", (1.0, 2.0), "2 values, one for each of 3"),
        ("gamma_x", (1.0,) * 17, "17 values, one for each of 3"),
        ("nu", (0.1, 0.2, 0.3), "3 values, one for each of 17"),
        ("gamma_tilde_x", (), "0 values, one for each of 17"),
        *product(["kappa", "nu"], [True, "2", None, 1j, [1.0]], ["is not a number"]),
        ("kappa", (1.0, False, 2.0), "is not a number"),
        ("gamma_y", (1.0, "1", 2.0), "is not a number"),
        ("d", 1, "at least 2"),
        ("d", True, "is not a whole number"),
        ("d", 20.0, "is not a whole number"),
        ("k", 0, "at least 1"),
        ("k", "3", "is not a whole number"),
        ("k", 20, "leave none for nuisance"),
        ("k", 21, "leave none for nuisance"),
    ],
)
def test_impossible_parameters_are_refused_by_name(parameter, value, reason):
    with pytest.raises(ValueError, match=rf"SpikedSpec: {parameter}\b.*{reason}"):
        SpikedSpec(**{parameter: value})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("parameter", [*SHARED, *NUISANCE])
def test_numbers_that_are_not_finite_are_refused_by_name(parameter, value):
    count = 3 if parameter in SHARED else 17
    for given_value in (value, (1.0,) * (count - 1) + (value,)):
        with pytest.raises(ValueError, match=rf"SpikedSpec: {parameter} = {value}"):
            SpikedSpec(**{parameter: given_value})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_range_that_a_refusal_names_is_that_of_the_parameter(value):
    with pytest.raises(ValueError, match="gamma_x") as refusal:
        SpikedSpec(gamma_x=value)
    assert "[-inf" not in str(refusal.value)


def test_whole_numbers_and_numpy_scalars_are_numbers():
    spec = SpikedSpec(
        d=np.int64(5), k=np.int32(2), kappa=2, gamma_x=np.float64(1), gamma_tilde_y=np.int64(5)
    )
    assert vars(separation_ratios(spec)).keys() == vars(separation_ratios(SpikedSpec())).keys()
    assert separation_ratios(spec).ca == separation_ratios(SpikedSpec()).ca
    assert spec.values("kappa").dtype == np.float64


def test_specs_are_values():
    assert SpikedSpec(kappa=(1.0, 2.0, 3.0)) == SpikedSpec(kappa=(1.0, 2.0, 3.0))
    assert len({SpikedSpec(), SpikedSpec(nu=0.5), SpikedSpec(nu=0.6)}) == 2
    with pytest.raises(AttributeError):
        SpikedSpec().nu = 0.2


# --- Samples ---


@given(specs(), seeds)
def test_coordinate_moments_are_the_covariances_in_the_model_s_bases(spec, seed):
    x, y, covariance = coordinate_moments(spec)
    P = Population(spec, seed)
    np.testing.assert_allclose(P.Q_x.T @ P.Sxx @ P.Q_x, np.diag(x), atol=1e-12)
    np.testing.assert_allclose(P.Q_y.T @ P.Syy @ P.Q_y, np.diag(y), atol=1e-12)
    np.testing.assert_allclose(P.Q_x.T @ P.Sxy @ P.Q_y, np.diag(covariance), atol=1e-12)


@given(specs(), st.integers(1, 20), seeds)
def test_a_sample_has_the_shapes_asked_for_and_orthonormal_directions(spec, n, seed):
    data = sample_spiked(spec, n, seed)
    assert data.X1.shape == data.X2.shape == (n, spec.d)
    assert data.Z.shape == (n, spec.k)
    for S in (data.S1, data.S2):
        assert S.shape == (spec.d, spec.k)
        np.testing.assert_allclose(S.T @ S, np.eye(spec.k), atol=1e-13)


@given(specs(), seeds)
def test_without_noise_the_shared_coordinates_are_the_latent(spec, seed):
    data = sample_spiked(replace(spec, **NO_NOISE), 10, seed)
    np.testing.assert_allclose(data.X1 @ data.S1, data.Z, atol=1e-12)
    np.testing.assert_allclose(data.X2 @ data.S2, data.Z, atol=1e-12)


def test_a_sample_is_settled_by_its_seed():
    first, again, other = (sample_spiked(SpikedSpec(), 50, seed) for seed in (3, 3, 4))
    for name in ("X1", "X2", "Z", "S1", "S2"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        assert not np.allclose(getattr(first, name), getattr(other, name))


def test_every_view_has_a_basis_of_its_own():
    data = sample_spiked(SpikedSpec(), 10, 0)
    assert al.subspace_distance(data.S1, data.S2) > 0.5


UNEQUAL = SpikedSpec(
    d=6,
    k=3,
    kappa=(3.0, 2.0, 1.0),
    gamma_x=(0.5, 0.2, 1.0),
    gamma_y=(0.1, 0.4, 2.0),
    gamma_tilde_x=(1.0, 2.0, 0.5),
    gamma_tilde_y=(5.0, 0.3, 1.5),
    nu=(0.9, 0.5, 0.1),
)


@pytest.mark.parametrize("seed", range(3))
def test_covariances_of_a_large_sample_are_the_population_s(seed):
    n = 100_000
    data = sample_spiked(UNEQUAL, n, seed)
    x, y, covariance = coordinate_moments(UNEQUAL)
    within = 5 / np.sqrt(n)
    S = np.cov(data.X1, data.X2, rowvar=False, bias=True)
    Sxx, Sxy, Syy = S[:6, :6], S[:6, 6:], S[6:, 6:]
    for found, expected in ((Sxx, x), (Syy, y)):
        np.testing.assert_allclose(np.linalg.eigvalsh(found), np.sort(expected), rtol=2 * within)
    for M, expected in ((Sxx, x), (Syy, y), (Sxy, covariance)):
        left = data.S2 if M is Syy else data.S1
        right = data.S1 if M is Sxx else data.S2
        np.testing.assert_allclose(
            left.T @ M @ right, np.diag(expected[:3]), atol=1.5 * within * expected[:3].max()
        )
    values = np.linalg.svd(inverse_root(Sxx) @ Sxy @ inverse_root(Syy), compute_uv=False)
    theory = separation_ratios(UNEQUAL)
    expected = np.sort(np.concatenate([theory.rho, theory.nu]))[::-1]
    np.testing.assert_allclose(values, expected, atol=2 * within)


@pytest.mark.parametrize("seed", range(3))
def test_means_are_zero_and_the_latent_has_the_standard_deviations_of_the_signal(seed):
    n = 100_000
    data = sample_spiked(UNEQUAL, n, seed)
    np.testing.assert_allclose(data.Z.std(axis=0), UNEQUAL.kappa, rtol=4 / np.sqrt(2 * n))
    for X in (data.X1, data.X2, data.Z):
        assert (np.abs(X.mean(axis=0)) < 4.5 * X.std(axis=0) / np.sqrt(n)).all()


def test_samples_are_gaussian():
    data = sample_spiked(UNEQUAL, 100_000, 0)
    for X in (data.X1, data.X2):
        standardised = (X - X.mean(axis=0)) / X.std(axis=0)
        np.testing.assert_allclose((standardised**4).mean(axis=0), 3, atol=0.1)
        np.testing.assert_allclose((standardised**3).mean(axis=0), 0, atol=0.04)


def test_the_bases_are_uniformly_distributed():
    S = np.stack([sample_spiked(SpikedSpec(d=3, k=1), 1, seed).S1[:, 0] for seed in range(2000)])
    np.testing.assert_allclose(S.mean(axis=0), 0, atol=4.5 / np.sqrt(3 * 2000))
    np.testing.assert_allclose(S.T @ S / 2000, np.eye(3) / 3, atol=4.5 * 0.3 / np.sqrt(2000))


@pytest.mark.parametrize(
    ("n", "seed", "reason"),
    [
        (0, 0, "n = 0 is out of range: it must be at least 1"),
        (10.0, 0, "n = 10.0 is not a whole number"),
        (True, 0, "n = True is not a whole number"),
        (10, -1, "seed = -1 is out of range"),
        (10, "0", "seed = '0' is not a whole number"),
    ],
)
def test_impossible_samples_are_refused(n, seed, reason):
    with pytest.raises(ValueError, match=f"sample_spiked: {reason}"):
        sample_spiked(SpikedSpec(), n, seed)


def test_a_seed_may_be_huge():
    assert np.isfinite(sample_spiked(SpikedSpec(), 10, 2**300).X1).all()


@pytest.mark.parametrize(
    ("parameter", "value", "most"),
    [
        ("kappa", 1.1e75, "1e+75"),
        ("kappa", 10**400, "must be 0 or more"),
        ("gamma_x", 1.1e150, "1e+150"),
        ("gamma_y", (1.0, 1e200, 1.0), "1e+150"),
        ("gamma_tilde_x", 1e300, "1e+150"),
        ("gamma_tilde_y", -(10**400), "must be positive"),
    ],
)
def test_values_whose_products_overflow_are_refused(parameter, value, most):
    with pytest.raises(ValueError, match=f"SpikedSpec: {parameter} = .*{re.escape(most)}"):
        SpikedSpec(**{parameter: value})


@pytest.mark.parametrize("kappa", [1e75, 1e-90, 1e-150])
def test_without_noise_shared_coordinates_correlate_at_one_whatever_their_scale(kappa):
    found = separation_ratios(SpikedSpec(kappa=kappa, gamma_x=0.0, gamma_y=0.0, nu=0.5))
    np.testing.assert_array_equal(found.rho, 1.0)
    np.testing.assert_allclose(found.tau, kappa, rtol=1e-12)
    assert found.regime == ("Both" if kappa > 1 else "CA only")
