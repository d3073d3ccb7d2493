import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, ks_2samp, kstest, norm

from alignlab import linalg
from alignlab.spiked.model import SpikedSpec, coordinate_moments, sample_spiked
from alignlab.spiked.theory import separation_ratios
from alignlab.spiked.wishart import bartlett, check_pairs, population, sampled, turned
from tests.spiked.test_model import inverse_root, specs

UNEQUAL = SpikedSpec(
    d=4,
    k=2,
    kappa=(2.0, 1.0),
    gamma_x=(0.5, 0.2),
    gamma_y=(0.1, 0.4),
    gamma_tilde_x=(1.0, 2.0),
    gamma_tilde_y=(5.0, 0.3),
    nu=(0.7, 0.2),
)

draws = {"n": st.integers(10, 10_000), "seed": st.integers(0, 10_000)}


def factors_of(spec, n, seeds):
    T = bartlett(2 * spec.d, n - 1, seeds)
    return sampled(*coordinate_moments(spec), T, n)


def moments(factors):
    """Sxx, Syx and Syy of a factor."""
    x, xy, y = factors.x, factors.xy, factors.y
    return x @ x.mT, xy @ x.mT, xy @ xy.mT + y @ y.mT


def singular_values(Sxx, Syx, Syy):
    """Of C, of A and of A reversed (3, d)."""
    white_x, white_y = inverse_root(Sxx), inverse_root(Syy)
    couplings = white_y @ Syx @ white_x, Syx @ white_x, Syx.T @ white_y
    return np.stack([np.linalg.svd(M, compute_uv=False) for M in couplings])


def assert_same_law(first, second):
    """Two samples (n, ...) agree in mean, in second moments and in distribution."""
    for a, b in ((first, second), (first**2, second**2)):
        error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) <= 4.5 * error + 1e-9).all()
    columns = [sample.reshape(len(sample), -1).round(9).T for sample in (first, second)]
    for a, b in zip(*columns, strict=True):
        assert ks_2samp(a, b).pvalue > 1e-5


# --- Bartlett's decomposition ---


@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 10_000))
def test_a_draw_is_lower_triangular_with_a_positive_diagonal(width, degrees, seed):
    T = bartlett(width, degrees, [seed, seed + 1])
    reach = min(width, degrees)
    assert T.shape == (2, width, reach)
    np.testing.assert_array_equal(T[:, :reach], np.tril(T[:, :reach]))
    assert (T.diagonal(0, 1, 2) > 0).all()
    assert np.isfinite(T).all()


def test_a_draw_is_settled_by_its_seed_alone():
    T = bartlett(6, 50, [3, 1, 2**300])
    np.testing.assert_array_equal(bartlett(6, 50, [1])[0], T[1])
    np.testing.assert_array_equal(bartlett(6, 50, np.array([1, 3])), T[[1, 0]])
    assert not np.isclose(T[0][np.tril_indices(6)], T[1][np.tril_indices(6)]).any()


@pytest.mark.parametrize(("width", "degrees"), [(4, 3), (4, 4), (4, 100), (4, 10**7)])
def test_entries_are_normal_and_their_diagonal_has_chi_squared_squares(width, degrees):
    T = bartlett(width, degrees, range(2000))
    for i in range(width):
        for j in range(min(i + 1, degrees)):
            law = chi2(degrees - i).cdf if i == j else norm.cdf
            entries = T[:, i, j] ** 2 if i == j else T[:, i, j]
            assert kstest(entries, law).pvalue > 1e-4
    below = T[:, *np.tril_indices(width, -1, min(width, degrees))]
    correlations = np.corrcoef(np.concatenate([below, T.diagonal(0, 1, 2)], axis=1).T)
    assert np.abs(correlations - np.eye(len(correlations))).max() < 4.5 / np.sqrt(2000)


@pytest.mark.parametrize("degrees", [3, 4, 5, 30])
def test_products_have_the_mean_and_the_variance_of_a_wishart_matrix(degrees):
    T = bartlett(5, degrees, range(4000))
    S = T @ T.mT / degrees
    error = S.std(axis=0) / np.sqrt(4000)
    assert (np.abs(S.mean(axis=0) - np.eye(5)) < 4.5 * error).all()
    variance = (np.ones((5, 5)) + np.eye(5)) / degrees
    np.testing.assert_allclose(S.var(axis=0), variance, rtol=0.4)


@pytest.mark.parametrize("degrees", [3, 11, 12, 13, 100, 5000])
def test_draws_change_smoothly_with_the_degrees_of_freedom(degrees):
    before, after = (bartlett(12, m, [0, 1]) for m in (degrees, degrees + 1))
    step = after[..., : before.shape[-1]] - before
    diagonal = step.diagonal(0, 1, 2)
    off = step - np.eye(*step.shape[1:]) * step
    np.testing.assert_array_equal(off, 0)
    assert (diagonal > 0).all()
    assert (diagonal < 1).all()
    assert (diagonal[:, 0] < 1.5 / np.sqrt(degrees)).all()


@pytest.mark.parametrize("n", [10**6, 10**9, 10**12, 10**15])
def test_a_sample_of_ever_more_pairs_becomes_the_population(n):
    T = bartlett(8, n - 1, [0]) / np.sqrt(n - 1)
    assert np.abs(T - np.eye(8)).max() < 5 / np.sqrt(n)


@given(specs(largest=6))
def test_the_work_does_not_grow_with_the_pairs(spec):
    few, many = (factors_of(spec, n, [0]) for n in (2 * spec.d + 1, 10**9))
    for name in ("x", "xy", "y"):
        assert getattr(few, name).shape == getattr(many, name).shape == (1, spec.d, spec.d)


# --- Moments ---


@given(specs(largest=6))
def test_the_population_s_factor_has_the_population_s_moments(spec):
    x, y, covariance = coordinate_moments(spec)
    exact = population(x, y, covariance)
    T = np.eye(2 * spec.d) * np.sqrt(99)
    for factors in (exact, sampled(x, y, covariance, T, 100)):
        for found, expected in zip(moments(factors), (x, covariance, y), strict=True):
            np.testing.assert_allclose(found, np.diag(expected), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", [5, 6, 8, 9, 50])
def test_sampled_moments_have_the_means_and_variances_of_covariances(n):
    x, y, covariance = coordinate_moments(UNEQUAL)
    expected = {
        0: (np.diag(x), np.outer(x, x) + np.diag(x**2)),
        1: (np.diag(covariance), np.outer(y, x) + np.diag(covariance**2)),
        2: (np.diag(y), np.outer(y, y) + np.diag(y**2)),
    }
    for which, found in enumerate(moments(factors_of(UNEQUAL, n, range(4000)))):
        mean, variance = expected[which]
        assert (np.abs(found.mean(axis=0) - mean) < 4.5 * found.std(axis=0) / np.sqrt(4000)).all()
        np.testing.assert_allclose(found.var(axis=0), variance / (n - 1), rtol=0.4)


@given(spec=specs(largest=6), **draws)
def test_couplings_have_the_singular_values_of_the_moments(spec, n, seed):
    factors = factors_of(spec, n + spec.d, [seed])
    Sxx, Syx, Syy = (part[0] for part in moments(factors))
    *couplings, root_y = factors.couplings()
    expected = singular_values(Sxx, Syx, Syy)
    for M, values in zip(couplings, expected, strict=True):
        found = np.linalg.svd(M[0], compute_uv=False)
        np.testing.assert_allclose(found, values, rtol=1e-8, atol=1e-8 * values[0])
    np.testing.assert_allclose(root_y[0] @ root_y[0].T, Syy, rtol=1e-12, atol=1e-12 * Syy.max())
    np.testing.assert_array_equal(root_y[0], np.tril(root_y[0]))


@given(spec=specs(largest=6), **draws)
def test_couplings_whiten_by_the_roots_of_the_factor(spec, n, seed):
    factors = factors_of(spec, n + spec.d, [seed])
    Syx = moments(factors)[1][0]
    C, A, A_reverse, root_y = (part[0] for part in factors.couplings())
    x = factors.x[0]
    np.testing.assert_allclose(root_y @ C @ x.T, Syx, atol=1e-10 * np.abs(Syx).max())
    np.testing.assert_allclose(A @ x.T, Syx, atol=1e-10 * np.abs(Syx).max())
    np.testing.assert_allclose(A_reverse @ root_y.T, Syx.T, atol=1e-10 * np.abs(Syx).max())


@pytest.mark.parametrize("n", [5, 7, 30])
def test_a_turn_changes_the_factor_and_no_moments(n):
    T = bartlett(8, n - 1, [0, 1])
    around = turned(T, [0, 1])
    before, after = (sampled(*coordinate_moments(UNEQUAL), given, n) for given in (T, around))
    for found, expected in zip(moments(after), moments(before), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    assert np.abs(after.x - before.x).max() > 0.1
    np.testing.assert_array_equal(turned(T[1:], [1]), around[1:])
    assert np.abs(turned(T[1:], [0]) - around[1:]).max() > 0.1


def test_leading_axes_of_moments_and_draws_are_paired():
    other = SpikedSpec(d=4, k=2)
    both = np.stack([coordinate_moments(spec) for spec in (UNEQUAL, other)], axis=1)
    T = bartlett(8, 19, range(3))
    together = sampled(*(part[:, None] for part in both), T, 20)
    for row, spec in enumerate((UNEQUAL, other)):
        alone = factors_of(spec, 20, range(3))
        for name in ("x", "xy", "y"):
            np.testing.assert_array_equal(getattr(together, name)[row], getattr(alone, name))


# --- Against drawing the pairs themselves ---


def direct(spec, n, seeds):
    """Singular values (seeds, 3, d) of the covariances of centred pairs."""
    found = []
    for seed in seeds:
        data = sample_spiked(spec, n, seed)
        S = np.cov(data.X1, data.X2, rowvar=False)
        d = spec.d
        found.append(singular_values(S[:d, :d], S[d:, :d], S[d:, d:]))
    return np.array(found)


def by_bartlett(spec, n, seeds):
    couplings = factors_of(spec, n, seeds).couplings()[:3]
    return np.stack([np.linalg.svd(M, compute_uv=False) for M in couplings], axis=1)


@pytest.mark.parametrize("n", [5, 6, 7, 8, 9, 40])
def test_sample_singular_values_are_those_of_drawn_pairs(n):
    first, second = by_bartlett(UNEQUAL, n, range(3000)), direct(UNEQUAL, n, range(1200))
    assert_same_law(first, second)
    products = [values[..., :-1] * values[..., 1:] for values in (first, second)]
    assert_same_law(*products)


@pytest.mark.parametrize("n", [21, 30, 60])
def test_sample_singular_values_of_figure_2_are_those_of_drawn_pairs(n):
    assert_same_law(by_bartlett(SpikedSpec(), n, range(600)), direct(SpikedSpec(), n, range(200)))


@pytest.mark.parametrize("spec", [SpikedSpec(d=2, k=1), SpikedSpec(d=5, k=4, nu=1.0)])
def test_sample_singular_values_at_the_ends_of_the_ranges_are_those_of_drawn_pairs(spec):
    assert_same_law(by_bartlett(spec, 12, range(2000)), direct(spec, 12, range(800)))


@pytest.mark.parametrize("n", [6, 7, 8, 9])
def test_so_many_correlations_are_1_as_pairs_are_too_few(n):
    values = by_bartlett(UNEQUAL, n, range(200))[:, 0]
    ties = max(0, 2 * UNEQUAL.d - (n - 1))
    np.testing.assert_allclose(values[:, :ties], 1, atol=1e-10)
    assert (values[:, ties] < 1 - 1e-6).mean() > 0.95


def test_sample_values_tend_to_those_of_theory():
    values = by_bartlett(UNEQUAL, 10**12, [0])[0]
    theory = separation_ratios(UNEQUAL)
    signal_and_nuisance = (
        (theory.rho, theory.nu),
        (theory.tau, theory.xi),
        (theory.tau_reverse, theory.xi_reverse),
    )
    expected = [np.sort(np.concatenate(both))[::-1] for both in signal_and_nuisance]
    np.testing.assert_allclose(values, expected, atol=1e-5)


# --- Too few pairs ---


@pytest.mark.parametrize("n", [6, np.int64(6), 10**15])
def test_more_pairs_than_features_are_enough(n):
    assert check_pairs(n, 5, "here") == n
    assert type(check_pairs(n, 5, "here")) is int


@pytest.mark.parametrize(
    ("n", "reason"),
    [
        (5, "n = 5 pairs of d = 5 features.*use n of at least 6, or lower d"),
        (2, "n = 2 pairs of d = 5 features"),
        (1, "n = 1 is out of range: it must be at least 2"),
        (-3, "n = -3 is out of range"),
        (7.0, "n = 7.0 is not a whole number"),
        (True, "n = True is not a whole number"),
        ("7", "n = '7' is not a whole number"),
        (np.nan, "n = nan is not a whole number"),
    ],
)
def test_pairs_that_cannot_be_whitened_are_refused(n, reason):
    with pytest.raises(ValueError, match=f"here: {reason}"):
        check_pairs(n, 5, "here")


# --- What it takes of linalg ---


def spread_out(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def as_in(library, *arrays):
    return [array if library == "numpy" else torch.from_numpy(array) for array in arrays]


def assert_is_of(library, *arrays):
    for array in arrays:
        assert isinstance(array, np.ndarray if library == "numpy" else torch.Tensor)


libraries = pytest.mark.parametrize("library", ["numpy", "torch"])


@libraries
@pytest.mark.parametrize("shape", [(5, 5), (3, 5, 5), (2, 3, 5, 5)])
def test_a_lower_root_is_triangular_and_squares_to_the_matrix(library, shape):
    A = spread_out(*shape)
    (S,) = as_in(library, A @ A.mT)
    L = linalg.lower_root(S)
    assert_is_of(library, L)
    L = linalg.to_numpy(L)
    np.testing.assert_allclose(L @ L.mT, A @ A.mT, atol=1e-12)
    np.testing.assert_array_equal(L, np.tril(L))
    assert (L.diagonal(0, -2, -1) > 0).all()


@libraries
@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
def test_a_system_is_solved(library, columns, leading):
    A, B = spread_out(*leading, 5, 5), spread_out(*leading, 5, columns, seed=1)
    X = linalg.solved(*as_in(library, A, B))
    assert_is_of(library, X)
    np.testing.assert_allclose(A @ linalg.to_numpy(X), B, atol=1e-11)


@libraries
@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_orthonormal_columns_span_what_was_given(library, leading, k):
    A = spread_out(*leading, 5, k) * np.geomspace(1, 1e-8, k)
    Q = linalg.orthonormal_columns(*as_in(library, A))
    assert_is_of(library, Q)
    Q = linalg.to_numpy(Q)
    np.testing.assert_allclose(Q.mT @ Q - np.eye(k), 0, atol=1e-13)
    np.testing.assert_allclose(Q @ (Q.mT @ A), A, rtol=1e-7, atol=1e-15)


def test_numpy_goes_to_the_device_and_comes_back_as_numpy(monkeypatch):
    monkeypatch.setattr(
        linalg, "_to_device", lambda X: torch.from_numpy(np.array(X, dtype=np.float64))
    )
    A = spread_out(3, 5, 5)
    S, B = A @ A.mT, spread_out(3, 5, 2, seed=1)
    on_torch = linalg.lower_root(S), linalg.solved(S, B), linalg.orthonormal_columns(B)
    monkeypatch.undo()
    on_numpy = linalg.lower_root(S), linalg.solved(S, B), linalg.orthonormal_columns(B)
    for found, expected in zip(on_torch, on_numpy, strict=True):
        assert_is_of("numpy", found)
        np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)
