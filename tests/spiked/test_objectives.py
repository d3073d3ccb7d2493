from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import alignlab as al
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.monte_carlo import RECOVERY, Sampling
from alignlab.spiked.objectives import (
    ERRORS,
    SOFT_BOTTLENECK,
    joint_objective,
    shared_by_all,
    shared_dimensions,
    shared_dimensions_table,
)
from alignlab.spiked.theory import separation_ratios
from tests.spiked.test_model import Population, given_as_numbers, inverse_root, seeds, specs

FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
JOINT = SpikedSpec(
    kappa=(3.0, 2.5, 2.0), gamma_x=0.5, gamma_y=0.1, gamma_tilde_x=1.0, gamma_tilde_y=10.0,
    nu=2 / np.sqrt(10),
)  # fmt: skip
SOFT = SpikedSpec(kappa=(3.0, 2.5, 0.05), gamma_x=0.5, gamma_y=0.5, gamma_tilde_y=1.0, nu=0.0)
SMALL = SpikedSpec(
    d=5, k=2, kappa=(1.5, 1.0), gamma_x=0.5, gamma_y=0.2, gamma_tilde_y=4.0, nu=0.6
)  # fmt: skip
NARROWEST = SpikedSpec(d=2, k=1, kappa=1.2, gamma_tilde_y=3.0, nu=0.6)

DIRECT = 150
"""So many samples are drawn pair by pair."""

weights = st.floats(0.0, 20.0)


def root(S):
    values, V = np.linalg.eigh(S)
    return (V * np.sqrt(values)) @ V.T


class Closed(Population):
    """The encoders of CA and CP (k, d) from the population's matrices, as in SPEC section 4."""

    def __init__(self, spec, seed=0):
        super().__init__(spec, seed)
        k = spec.k
        white_x, white_y = inverse_root(self.Sxx), inverse_root(self.Syy)
        self.C, self.A = white_x @ self.Sxy @ white_y, self.Sxy.T @ white_x
        P, phi, Qt = np.linalg.svd(self.C)
        _, sigma, Vt = np.linalg.svd(self.A)
        self.phi = phi[:k]
        self.W = (P[:, :k] / np.sqrt(self.phi)).T @ white_x
        self.V = (Qt.T[:, :k] / np.sqrt(self.phi)).T @ white_y
        self.E = Vt[:k] @ white_x
        self.gap = min(phi[k - 1] - phi[k], sigma[k - 1] - sigma[k], phi[k - 1])

    def errors(self, spec, E, Sxx=None, Sxy=None):
        """Total and signal error of the best (or a fitted) linear probe on a code."""
        Sxx, Sxy = (self.Sxx, self.Sxy) if Sxx is None else (Sxx, Sxy)
        B = Sxy.T @ E.T @ np.linalg.inv(E @ Sxx @ E.T) @ E  # y = B x
        total = np.trace(self.Syy - 2 * B @ self.Sxy + B @ self.Sxx @ B.T)
        kappa = given_as_numbers(spec)[0]
        shared = self.Q_y[:, : spec.k].T @ B
        crossed = self.Q_x[:, : spec.k] * kappa**2  # of x and z
        signal = (kappa**2).sum() + np.trace(shared @ self.Sxx @ shared.T - 2 * shared @ crossed)
        return total, signal, al.subspace_distance(E.T, self.Q_x[:, : spec.k])


def population(measure, spec):
    return dict(zip(measure.names, measure.in_the_population(spec), strict=True))


def sampled(measure, spec, n, seeds):
    work = Sampling([spec], n, seeds, measure)
    for _ in work.run():
        pass
    return work.values[0]


def covariances(data):
    """Sxx, Sxy and Syy of a sample."""
    d = data.X1.shape[1]
    S = np.cov(data.X1, data.X2, rowvar=False)
    return S[:d, :d], S[:d, d:], S[d:, d:]


def agree(found, expected):
    """Whether the means of two sets of draws (draws, numbers) agree within their errors."""
    spread = np.sqrt(sum(one.var(axis=0) / len(one) for one in (found, expected)))
    return (np.abs(found.mean(axis=0) - expected.mean(axis=0)) < 4 * spread + 1e-12).all()


# --- Errors ---


@given(specs(), seeds)
def test_errors_are_those_of_the_closed_forms_in_the_population(spec, seed):
    P = Closed(spec, seed)
    assume(P.gap > 1e-3)
    expected = [*P.errors(spec, P.W), *P.errors(spec, P.E)]
    np.testing.assert_allclose(ERRORS.in_the_population(spec), expected, rtol=1e-7, atol=1e-6)


@given(specs())
def test_prediction_has_the_lowest_total_error(spec):
    found = population(ERRORS, spec)
    assert found["cp total"] <= found["ca total"] * (1 + 1e-9)


@given(specs(), seeds)
def test_no_code_has_a_lower_total_error_than_prediction(spec, seed):
    code = np.random.default_rng(seed).normal(size=(spec.k, spec.d))
    other, _, _ = Closed(spec).errors(spec, code)
    assert population(ERRORS, spec)["cp total"] <= other * (1 + 1e-9)


@given(specs())
def test_errors_lie_between_nothing_and_those_of_predicting_zero(spec):
    found = population(ERRORS, spec)
    total, signal = np.trace(Closed(spec).Syy), (spec.values("kappa") ** 2).sum()
    for name in ("ca", "cp"):
        assert 0 <= found[f"{name} total"] <= total * (1 + 1e-9)
        assert -1e-9 <= found[f"{name} signal"] <= signal * (1 + 1e-9)
        assert 0 <= found[f"{name} distance"] <= 1


def test_lower_error_and_wrong_subspace_in_the_setting_of_figure_3():
    found = population(ERRORS, replace(FIGURE_3, nu=0.5))
    assert found["ca total"] == pytest.approx(851.48, abs=0.005)
    assert found["cp total"] == pytest.approx(827.90, abs=0.005)
    assert found["ca signal"] == pytest.approx(1.33, abs=0.005)
    assert found["cp signal"] == pytest.approx(15.25, abs=0.005)
    assert (found["ca distance"], found["cp distance"]) == (0, 1)


def test_samples_see_the_same_in_the_setting_of_figure_3():
    found = sampled(ERRORS, replace(FIGURE_3, nu=0.5), 5000, range(20)).mean(axis=0)
    ca_total, ca_signal, ca_distance, cp_total, cp_signal, cp_distance = found
    assert cp_total < ca_total
    assert cp_signal > 10 * ca_signal
    assert ca_distance < 0.1 < 0.9 < cp_distance


@pytest.mark.parametrize(("spec", "n"), [(SMALL, 12), (NARROWEST, 15)])
def test_errors_in_samples_are_those_of_a_direct_fit(spec, n):
    direct = []
    for seed in range(DIRECT):
        data = sample_spiked(spec, n, seed)
        P = Closed(spec, seed)  # the bases of the sample
        np.testing.assert_allclose(P.Q_x[:, : spec.k], data.S1)
        np.testing.assert_allclose(P.Q_y[:, : spec.k], data.S2)
        Sxx, Sxy, Syy = covariances(data)
        white = inverse_root(Sxx)
        ca = np.linalg.svd(inverse_root(Syy) @ Sxy.T @ white)[2][: spec.k] @ white
        cp = np.linalg.svd(Sxy.T @ white)[2][: spec.k] @ white
        direct.append([*P.errors(spec, ca, Sxx, Sxy), *P.errors(spec, cp, Sxx, Sxy)])
    assert agree(sampled(ERRORS, spec, n, range(3 * DIRECT)), np.array(direct))


def test_errors_of_many_pairs_are_those_of_the_population():
    np.testing.assert_allclose(
        sampled(ERRORS, SMALL, 10**9, [0])[0], ERRORS.in_the_population(SMALL), atol=1e-3
    )


def test_distances_beside_the_errors_are_those_of_recovery():
    errors, recovery = (sampled(measure, SMALL, 40, range(20)) for measure in (ERRORS, RECOVERY))
    np.testing.assert_array_equal(errors[:, [2, 5]], recovery[:, :2])


@given(specs())
def test_without_correlated_nuisance_both_codes_predict_alike(spec):
    assume(spec.values("kappa").min() > 0)
    found = population(ERRORS, replace(spec, nu=0.0))
    for kind in ("total", "signal"):
        assert found[f"ca {kind}"] == pytest.approx(found[f"cp {kind}"], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("measure", [ERRORS, SOFT_BOTTLENECK, joint_objective([0.0, 1.0])])
def test_where_a_coordinate_has_no_variance_nothing_is_known(measure):
    silent = SpikedSpec(kappa=(2.0, 0.0, 1.0), gamma_x=0.0)
    found = measure.in_the_population(silent)
    assert found.shape == (len(measure.names),)
    assert np.isnan(found).all()


def test_without_signal_no_code_predicts_it():
    found = population(ERRORS, SpikedSpec(kappa=0.0, nu=0.5))
    assert (found["ca signal"], found["cp signal"]) == pytest.approx((0, 0), abs=1e-12)
    assert (found["ca distance"], found["cp distance"]) == (1, 1)


# --- The joint objective ---


@given(specs(), weights, seeds)
def test_the_joint_encoder_holds_the_leading_eigenvectors_of_the_mixture(spec, weight, seed):
    P = Closed(spec, seed)
    G = P.A.T
    M = G @ G.T + weight * (P.C @ P.C.T - np.eye(spec.d))
    values, vectors = np.linalg.eigh(M)
    assume(values[-spec.k] - values[-spec.k - 1] > 1e-4)
    encoder = inverse_root(P.Sxx) @ vectors[:, -spec.k :]
    expected = al.subspace_distance(encoder, P.Q_x[:, : spec.k])
    found = joint_objective([weight]).in_the_population(spec)
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@given(specs())
def test_the_joint_objective_is_prediction_at_one_end_and_alignment_at_the_other(spec):
    assume(Closed(spec).gap > 1e-2)
    errors = population(ERRORS, spec)
    found = joint_objective([0.0, 1e6]).in_the_population(spec)
    assert found[0] == pytest.approx(errors["cp distance"], abs=1e-6)
    assert found[1] == pytest.approx(errors["ca distance"], abs=1e-6)


def test_the_ends_of_the_joint_objective_are_prediction_and_alignment_in_samples_too():
    joint = sampled(joint_objective([0.0, 1e9]), SMALL, 40, range(20))
    recovery = sampled(RECOVERY, SMALL, 40, range(20))
    np.testing.assert_allclose(joint, recovery[:, [1, 0]], atol=1e-5)


def test_the_joint_objective_of_a_sample_is_that_of_a_direct_fit():
    weight, n = 0.7, 30
    direct = []
    for seed in range(DIRECT):
        data = sample_spiked(SMALL, n, seed)
        Sxx, Sxy, Syy = covariances(data)
        white = inverse_root(Sxx)
        G, C = white @ Sxy, white @ Sxy @ inverse_root(Syy)
        _, vectors = np.linalg.eigh(G @ G.T + weight * (C @ C.T - np.eye(5)))
        direct.append([al.subspace_distance(white @ vectors[:, -2:], data.S1)])
    assert agree(sampled(joint_objective([weight]), SMALL, n, range(3 * DIRECT)), np.array(direct))


def test_the_joint_objective_jumps_in_the_population():
    before, after = joint_objective([0.9505, 0.9515]).in_the_population(JOINT)
    assert before == pytest.approx(np.sqrt(1 / 3))
    assert after == 0


def test_each_weight_is_measured_as_if_alone():
    ladder = [0.0, 0.5, 3.0]
    found = joint_objective(ladder).in_the_population(JOINT)
    alone = [joint_objective([weight]).in_the_population(JOINT)[0] for weight in ladder]
    np.testing.assert_array_equal(found, alone)
    assert joint_objective(ladder).names == ("0", "0.5", "3")


# --- The soft bottleneck ---


@given(specs(), seeds)
def test_the_norm_is_that_of_the_closed_form_encoders(spec, seed):
    P = Closed(spec, seed)
    assume(P.phi[-1] > 1e-2)
    np.testing.assert_allclose(P.W @ P.Sxy @ P.V.T, np.eye(spec.k), atol=1e-6)
    norm = ((P.W @ root(P.Sxx)) ** 2).sum() + ((P.V @ root(P.Syy)) ** 2).sum()
    found = population(SOFT_BOTTLENECK, spec)
    assert found["norm"] == pytest.approx(norm, rel=1e-6)
    assert found["bound"] == pytest.approx(2 / P.phi[-1], rel=1e-6)


@given(specs())
def test_the_norm_is_never_below_its_bound(spec):
    assume(Closed(spec).phi[-1] > 1e-6)
    found = population(SOFT_BOTTLENECK, spec)
    assert found["norm"] >= found["bound"] * (1 - 1e-12)
    assert found["norm"] >= 2 * spec.k * (1 - 1e-9)  # no correlation exceeds 1


@given(st.integers(2, 9), st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_one_shared_direction_meets_the_bound(d, nu):
    found = population(SOFT_BOTTLENECK, SpikedSpec(d=d, k=1, nu=nu))
    assert found["norm"] == found["bound"]


def test_a_weak_direction_is_dear():
    found = population(SOFT_BOTTLENECK, SOFT)
    assert found["norm"] == pytest.approx(406.27, abs=0.005)
    assert found["bound"] == pytest.approx(402, abs=1e-9)
    rho = separation_ratios(SOFT).rho
    assert found["norm"] == pytest.approx(2 * (1 / rho).sum())


def test_the_norm_in_samples_is_that_of_cca():
    n = 30
    direct = []
    for seed in range(DIRECT):
        data = sample_spiked(SMALL, n, seed)
        phi = al.cca(data.X1, data.X2, 2).spectrum[:2]
        direct.append([2 * (1 / phi).sum(), 2 / phi[-1]])
    assert agree(sampled(SOFT_BOTTLENECK, SMALL, n, range(3 * DIRECT)), np.array(direct))


@given(specs(), st.integers(0, 50))
@settings(max_examples=30)
def test_the_bound_holds_in_every_sample(spec, seed):
    ((norm, bound),) = sampled(SOFT_BOTTLENECK, spec, 4 * spec.d, [seed])
    assert norm >= bound * (1 - 1e-12)


# --- The hard bottleneck ---


@pytest.mark.parametrize("k", range(1, 6))
def test_what_is_shared_is_the_least_of_the_ranks(k):
    for ranks in product(range(k + 1), repeat=3):
        assert shared_dimensions(k, *ranks) == min(ranks)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_no_rank_gives_more_than_k(k):
    assert shared_dimensions(k, k + 2, k + 1, k + 5) == k


@pytest.mark.parametrize("rank_xy", range(4))
def test_the_table_holds_every_pair_of_ranks(rank_xy):
    table = shared_dimensions_table(3, rank_xy)
    assert list(table.columns) == list(table.index) == [0, 1, 2, 3]
    assert table.index.name == "r_y"
    for rank_y, rank_x in product(range(4), repeat=2):
        assert table.loc[rank_y, rank_x] == min(rank_x, rank_y, rank_xy)


@pytest.mark.parametrize("k", range(1, 9))
def test_each_further_view_costs_one_dimension(k):
    found = [shared_by_all(k, views, k) for views in range(2, k + 2)]
    assert found == list(range(k - 1, -1, -1))


@pytest.mark.parametrize("rank_xy", range(6))
def test_no_view_shares_more_than_the_coupling_has(rank_xy):
    for views in range(2, 7):
        assert shared_by_all(5, views, rank_xy) == min(rank_xy, 5 - views + 1)
