import cca_zoo.linear as zoo
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh
from sklearn.cross_decomposition import CCA

import alignlab as al
from alignlab import linalg
from alignlab.aligners import whitened

ALIGNERS = [al.cca, al.reduced_rank_regression, al.pls_svd]

shapes = {
    "n": st.integers(15, 60),
    "d1": st.integers(1, 5),
    "d2": st.integers(1, 5),
    "seed": st.integers(0, 1000),
}


def correlated(n=200, d1=4, d2=5, seed=0, noise=1.0):
    """Views off centre, of unequal units, whose correlations are well apart."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, 3)) * [3, 2, 1]
    X1, X2 = (
        Z @ rng.standard_normal((3, d)) + noise * rng.standard_normal((n, d)) for d in (d1, d2)
    )
    return X1 * np.geomspace(1, 5, d1) + 7, X2 - 3


def covariances(X1, X2):
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    n = len(X1)
    return A.T @ A / n, A.T @ B / n, B.T @ B / n


def power(S, exponent):
    values, V = np.linalg.eigh(S)
    return (V * values**exponent) @ V.T


def stacked(alignment):
    return np.concatenate([alignment.W1, alignment.W2])


def fit(A, B):
    """Least squares of B on A, both centred: the fitted values."""
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    return A @ np.linalg.lstsq(A, B)[0]


def assert_same_up_to_sign(Z, expected, atol):
    signs = np.where((Z * expected).sum(axis=0) < 0, -1, 1)
    np.testing.assert_allclose(Z * signs, expected, rtol=0, atol=atol)


# --- CCA ---


@given(**shapes)
def test_canonical_variates_are_centred_uncorrelated_and_of_unit_variance(n, d1, d2, seed):
    X1, X2 = correlated(n, d1, d2, seed)
    k = min(d1, d2)
    alignment = al.cca(X1, X2, k)
    Z1, Z2 = alignment.embed(X1, X2)
    np.testing.assert_allclose(np.concatenate([Z1, Z2], axis=1).mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(Z1.T @ Z1 / n, np.eye(k), atol=1e-9)
    np.testing.assert_allclose(Z2.T @ Z2 / n, np.eye(k), atol=1e-9)
    np.testing.assert_allclose(Z1.T @ Z2 / n, np.diag(alignment.spectrum[:k]), atol=1e-9)
    assert (np.diff(alignment.spectrum) <= 0).all()
    assert alignment.spectrum.max() <= 1 + 1e-12
    assert (alignment.method, alignment.k, alignment.ranks) == ("cca", k, (d1, d2))


def test_equal_views_correlate_at_1():
    X, _ = correlated()
    alignment = al.cca(X, X, 4)
    np.testing.assert_allclose(alignment.spectrum, 1, atol=1e-12)
    np.testing.assert_allclose(*alignment.embed(X, X), atol=1e-10)


@given(**shapes)
def test_cca_is_unchanged_by_invertible_maps(n, d1, d2, seed):
    X1, X2 = correlated(n, d1, d2, seed)
    k = min(d1, d2)
    rng = np.random.default_rng(seed)
    M1, M2 = rng.standard_normal((d1, d1)), rng.standard_normal((d2, d2))
    assume(max(np.linalg.cond(M1), np.linalg.cond(M2)) < 1e2)
    before, after = al.cca(X1, X2, k), al.cca(X1 @ M1 - 5, X2 @ M2, k)
    np.testing.assert_allclose(after.spectrum, before.spectrum, atol=1e-9)
    assume(np.diff(before.spectrum).max(initial=-1) < -1e-2)
    Z1, Z2 = before.embed(X1, X2)
    for Z, expected in zip(after.embed(X1 @ M1 - 5, X2 @ M2), (Z1, Z2), strict=True):
        assert_same_up_to_sign(Z, expected, 1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_finds_the_same_canonical_directions(seed):
    X1, X2 = correlated(400, seed=seed, noise=3.0)
    alignment = al.cca(X1, X2, 3)
    oracle = CCA(n_components=3, scale=False, max_iter=100_000, tol=1e-15).fit(X1, X2)
    for k in (1, 2, 3):
        assert al.subspace_distance(alignment.W1[:, :k], oracle.x_rotations_[:, :k]) < 1e-6
        assert al.subspace_distance(alignment.W2[:, :k], oracle.y_rotations_[:, :k]) < 1e-6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n", "d1", "d2"), [(400, 4, 5), (60, 8, 3), (1000, 20, 12)])
def test_cca_zoo_finds_the_same_canonical_directions(n, d1, d2, seed):
    X1, X2 = correlated(n, d1, d2, seed, noise=3.0)
    alignment, oracle = al.cca(X1, X2, 3), zoo.CCA(n_components=3).fit([X1, X2])
    for W, expected in zip((alignment.W1, alignment.W2), oracle.weights_, strict=True):
        for k in (1, 2, 3):
            assert al.subspace_distance(W[:, :k], expected[:, :k]) < 1e-6


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_cca_is_the_solution_of_the_generalised_eigenproblem(scale):
    X1, X2 = correlated(noise=3.0)
    Sxx, Sxy, Syy = covariances(scale * X1, X2)
    values, V = eigh(
        np.block([[0 * Sxx, Sxy], [Sxy.T, 0 * Syy]]),
        np.block([[Sxx, 0 * Sxy], [0 * Sxy.T, Syy]]),
    )
    alignment = al.cca(scale * X1, X2, 4)
    np.testing.assert_allclose(alignment.spectrum, values[:-5:-1], atol=1e-12)
    for k in range(1, 5):
        top = V[:, : -k - 1 : -1]
        assert al.subspace_distance(alignment.W1[:, :k], top[:4]) < 1e-9
        assert al.subspace_distance(alignment.W2[:, :k], top[4:]) < 1e-9


@pytest.mark.parametrize(("n", "d1", "d2"), [(6, 9, 7), (20, 30, 4), (40, 25, 25)])
def test_cca_zoo_with_ridge_agrees_where_features_outnumber_the_pairs(n, d1, d2):
    X1, X2 = correlated(n, d1, d2)
    X1, X2 = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    c = 0.2  # (1 - c) S + c I is S + ridge I up to scale, S over n - 1
    ridge = c / (1 - c) * (n - 1) / n
    oracle = zoo.RidgeCCA(n_components=2, shrinkage=c).fit([X1, X2])
    alignment = al.cca(X1, X2, 2, ridge=ridge)
    for W, expected in zip((alignment.W1, alignment.W2), oracle.weights_, strict=True):
        assert al.subspace_distance(W[:, :1], expected[:, :1]) < 1e-6
        assert al.subspace_distance(W, expected) < 1e-6
    assert not alignment.undetermined


@pytest.mark.parametrize(("n", "d1", "d2"), [(200, 4, 5), (6, 9, 7), (8, 3, 12)])
@pytest.mark.parametrize("ridge", [0.3, 100.0])
def test_ridge_is_added_to_the_variance_in_every_direction(n, d1, d2, ridge):
    X1, X2 = correlated(n, d1, d2)
    Sxx, Sxy, Syy = covariances(X1, X2)
    Sxx, Syy = Sxx + ridge * np.eye(d1), Syy + ridge * np.eye(d2)
    rho_squared, W1 = eigh(Sxy @ np.linalg.solve(Syy, Sxy.T), Sxx)
    alignment = al.cca(X1, X2, 2, ridge=ridge)
    np.testing.assert_allclose(alignment.spectrum[:2] ** 2, rho_squared[:-3:-1], rtol=1e-9)
    assert_same_up_to_sign(alignment.W1, W1[:, :-3:-1], 1e-9)
    np.testing.assert_allclose(alignment.W2.T @ Syy @ alignment.W2, np.eye(2), atol=1e-10)


def test_fewer_pairs_than_features_correlate_at_1_without_ridge():
    X1, X2 = correlated(6, 9, 7)
    alignment = al.cca(X1, X2, 5)
    assert alignment.ranks == (5, 5)
    np.testing.assert_allclose(alignment.spectrum[:5], 1, atol=1e-10)
    np.testing.assert_allclose(*alignment.embed(X1, X2), atol=1e-9)
    with pytest.raises(ValueError, match=r"cca: k = 6 exceeds the rank of a view \(5 and 5"):
        al.cca(X1, X2, 6)


# --- Undetermined ---


@given(n=st.integers(4, 40), d1=st.integers(1, 15), d2=st.integers(1, 15), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_too_few_pairs_leave_the_first_canonical_directions_open(n, d1, d2, seed):
    rng = np.random.default_rng(seed)
    X1, X2 = rng.standard_normal((n, d1)), rng.standard_normal((n, d2))
    r1, r2 = min(d1, n - 1), min(d2, n - 1)
    ones = r1 + r2 - (n - 1)  # so many correlations are 1 whatever the data
    for k in range(1, min(r1, r2) + 1):
        alignment = al.cca(X1, X2, k)
        assert alignment.undetermined == (k < min(ones, r1, r2) or max(d1, d2) > n - 1)
        if k <= ones:
            np.testing.assert_allclose(alignment.spectrum[:k], 1, atol=1e-9)
        if k < min(ones, r1, r2):  # other directions, of another span, correlate as well
            mixed = al.cca(X1, X2, k + 1)
            Z1, Z2 = mixed.embed(X1, X2)
            np.testing.assert_allclose(Z1[:, 1:], Z2[:, 1:], atol=1e-6)
            assert al.subspace_distance(mixed.W1[:, 1:], alignment.W1) > 1e-3
        assert not al.cca(X1, X2, k, ridge=1e-3).undetermined


def test_equal_correlations_leave_the_span_open_and_unequal_ones_do_not():
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(np.column_stack([np.ones(50), rng.standard_normal((50, 8))]))[0][:, 1:]
    rho = np.array([0.9, 0.5, 0.5, 0.2])
    X1 = Q[:, :4]
    X2 = X1 * rho + Q[:, 4:] * np.sqrt(1 - rho**2)
    found = [al.cca(X1, X2, k) for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(found[3].spectrum, rho, atol=1e-12)
    assert [one.undetermined for one in found] == [False, True, False, False]
    apart = X1 * (rho + np.array([0, 1e-6, 0, 0])) + Q[:, 4:] * np.sqrt(1 - rho**2)
    assert not al.cca(X1, apart, 2).undetermined


@pytest.mark.parametrize("align", [*ALIGNERS, lambda A, B, k: al.whitened_cross(A, B, k, 0.5, 0)])
def test_views_that_share_less_than_k_leave_the_rest_open(align):
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(np.column_stack([np.ones(50), rng.standard_normal((50, 5))]))[0][:, 1:]
    X1, X2 = Q[:, :3], Q[:, [0, 3, 4]] + 0.5 * Q[:, [1, 1, 1]]
    assert [align(X1, X2, k).undetermined for k in (1, 2, 3)] == [False, False, True]
    assert not any(align(X1, X1 @ np.diag([1, 2, 3]) + X2, k).undetermined for k in (1, 2, 3))


def test_regression_on_more_features_than_pairs_is_undetermined_and_pls_is_not():
    X1, X2 = correlated(6, 9, 3)
    assert al.reduced_rank_regression(X1, X2, 2).undetermined
    assert not al.reduced_rank_regression(X2, X1, 2).undetermined
    assert not al.pls_svd(X1, X2, 2).undetermined
    assert al.cca(X1, X2, 3).undetermined
    assert al.cca(X2, X1, 3).undetermined


def test_columns_that_add_nothing_do_not_make_cca_undetermined():
    X1, X2 = correlated()
    deficient = np.concatenate([X1, X1[:, :1], np.zeros((200, 1))], axis=1)
    for k in (1, 2, 3, 4):
        assert not al.cca(deficient, X2, k).undetermined


def test_the_stack_is_undetermined_where_its_null_space_exceeds_k():
    X1, X2 = correlated(200, 3, 3, noise=0.0)
    assert [al.whitened_stack(X1, X2, k, 1, 1).undetermined for k in (1, 2, 3, 4)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not al.whitened_stack(*correlated(), 1, 1, 1).undetermined


@pytest.mark.parametrize("constant", [0.0, 1 / 3, 1e9 / 3])
@pytest.mark.parametrize("align", ALIGNERS)
def test_columns_that_add_nothing_to_a_view_change_nothing(align, constant):
    X1, X2 = correlated()
    # a mixture of columns would change what an aligner that does not whiten X1 finds
    twice = X1 if align is al.pls_svd else np.concatenate([X1, X1[:, :2] + X1[:, 1:3]], axis=1)
    deficient = np.concatenate([twice, np.full((200, 1), constant)], axis=1)
    plain, found = align(X1, X2, 3), align(deficient, X2, 3)
    assert found.ranks == plain.ranks == (4, 5)
    np.testing.assert_allclose(found.spectrum[:4], plain.spectrum, rtol=1e-9)
    for Z, expected in zip(found.embed(deficient, X2), plain.embed(X1, X2), strict=True):
        assert_same_up_to_sign(Z, expected, 1e-7)
    with pytest.raises(ValueError, match=r"k = 5 exceeds the rank of a view \(4 and 5.*lower k"):
        align(deficient, X2, 5)


# --- Reduced-rank regression ---


@given(**shapes)
def test_regression_at_rank_k_is_the_best_fit_of_rank_k(n, d1, d2, seed):
    X1, X2 = correlated(n, d1, d2, seed)
    U, s, Vt = np.linalg.svd(fit(X1, X2), full_matrices=False)
    for k in range(1, min(d1, d2) + 1):
        alignment = al.reduced_rank_regression(X1, X2, k)
        predicted = alignment.embed(X1, X2)[0] @ alignment.W2.T
        best = (U[:, :k] * s[:k]) @ Vt[:k]
        np.testing.assert_allclose(predicted, best, rtol=0, atol=1e-9 * s[0])
    np.testing.assert_allclose(predicted, fit(X1, X2), rtol=0, atol=1e-9 * s[0])


def test_no_other_map_of_rank_k_predicts_better():
    X1, X2 = correlated()
    alignment = al.reduced_rank_regression(X1, X2, 2)
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    least = np.linalg.norm(B - A @ alignment.W1 @ alignment.W2.T)
    rng = np.random.default_rng(1)
    for step in (1e-4, 1e-2, 1.0):
        M1 = alignment.W1 + step * rng.standard_normal(alignment.W1.shape)
        assert np.linalg.norm(B - fit(A @ M1, B)) > least


def test_regression_is_its_formula():
    X1, X2 = correlated()
    Sxx, Sxy, _ = covariances(X1, X2)
    U, s, Vt = np.linalg.svd(Sxy.T @ power(Sxx, -0.5), full_matrices=False)
    alignment = al.reduced_rank_regression(X1, X2, 3)
    expected = power(Sxx, -0.5) @ Vt[:3].T * s[:3]
    sides = expected * X1.std(axis=0)[:, None] * linalg.fixed_gaussian(4, 3)
    signs = np.where(sides.sum(axis=0) < 0, -1, 1)
    expected = expected * signs
    np.testing.assert_allclose(alignment.W1, expected, atol=1e-9)
    np.testing.assert_allclose(alignment.W2, U[:, :3] * signs, atol=1e-9)
    np.testing.assert_allclose(alignment.spectrum, s, rtol=1e-9)
    np.testing.assert_allclose(alignment.mean1, X1.mean(axis=0))
    np.testing.assert_allclose(alignment.mean2, X2.mean(axis=0))
    assert alignment.method == "reduced_rank_regression"


def test_regression_depends_on_the_units_of_the_target_alone():
    X1, X2 = correlated()
    before = al.reduced_rank_regression(X1, X2, 2)
    rescaled = al.reduced_rank_regression(X1 * [1, 10, 100, 1e3], X2, 2)
    assert al.subspace_distance(rescaled.W2, before.W2) < 1e-9
    other_target = al.reduced_rank_regression(X1, X2 * [1, 1, 1, 1, 10], 2)
    assert al.subspace_distance(other_target.W1, before.W1) > 0.03


# --- PLS-SVD ---


@pytest.mark.parametrize(("n", "d1", "d2"), [(200, 4, 5), (30, 5, 3), (5, 8, 6)])
def test_pls_is_the_svd_of_the_cross_covariance_in_orthonormal_maps(n, d1, d2):
    X1, X2 = correlated(n, d1, d2)
    U, s, Vt = np.linalg.svd(covariances(X1, X2)[1], full_matrices=False)
    alignment = al.pls_svd(X1, X2, 3)
    np.testing.assert_allclose(alignment.spectrum, s, atol=1e-12 * s[0])
    assert_same_up_to_sign(stacked(alignment), np.concatenate([U[:, :3], Vt[:3].T]), 1e-9)
    for W in (alignment.W1, alignment.W2):
        np.testing.assert_allclose(W.T @ W, np.eye(3), atol=1e-12)
    assert alignment.method == "pls_svd"


# --- The bridge of exponents ---


def test_the_corners_of_the_whitened_cross_covariance_are_the_aligners():
    X1, X2 = correlated()
    pls, cp, cp_reversed, cca = (
        al.whitened_cross(X1, X2, 3, a, b) for a, b in [(0, 0), (1, 0), (0, 1), (1, 1)]
    )
    np.testing.assert_allclose(stacked(pls), stacked(al.pls_svd(X1, X2, 3)), atol=1e-12)
    np.testing.assert_allclose(stacked(cca), stacked(al.cca(X1, X2, 3)), atol=1e-12)
    forward = al.reduced_rank_regression(X1, X2, 3)
    np.testing.assert_allclose(cp.W1 * cp.spectrum[:3], forward.W1, atol=1e-9)
    np.testing.assert_allclose(cp.W2, forward.W2, atol=1e-9)
    backward = al.reduced_rank_regression(X2, X1, 3)
    swapped = np.concatenate([cp_reversed.W2 * cp_reversed.spectrum[:3], cp_reversed.W1])
    assert_same_up_to_sign(swapped, stacked(backward), 1e-9)
    np.testing.assert_allclose(cp_reversed.spectrum, backward.spectrum, rtol=1e-9)
    assert al.subspace_distance(cp.W1[:, :2], cp_reversed.W1[:, :2]) > 0.1


@given(st.floats(0, 1), st.floats(0, 1))
def test_between_the_corners_the_cross_covariance_is_whitened_in_part(a, b):
    X1, X2 = correlated(60)
    Sxx, Sxy, Syy = covariances(X1, X2)
    T1, T2 = power(Sxx, -a / 2), power(Syy, -b / 2)
    U, s, Vt = np.linalg.svd(T1 @ Sxy @ T2)
    found = al.whitened_cross(X1, X2, 2, a, b)
    np.testing.assert_allclose(found.spectrum, s, rtol=1e-9)
    expected = np.concatenate([T1 @ U[:, :2], T2 @ Vt[:2].T])
    assert_same_up_to_sign(stacked(found), expected, 1e-7)


@pytest.mark.parametrize(("d1", "d2"), [(4, 4), (3, 6), (6, 3)])
def test_the_stack_of_whitened_views_is_cca(d1, d2):
    X1, X2 = correlated(300, d1, d2, noise=4.0)
    cca = al.cca(X1, X2, min(d1, d2))
    assert (np.diff(cca.spectrum) < -1e-3).all()
    for k in range(1, min(d1, d2) + 1):
        found = al.whitened_stack(X1, X2, k, 1, 1)
        assert al.subspace_distance(found.W1, cca.W1[:, :k]) < 1e-9
        assert al.subspace_distance(found.W2, cca.W2[:, :k]) < 1e-9
        smallest = found.spectrum[::-1][: min(d1, d2)]
        np.testing.assert_allclose(1 - smallest**2 / 300, cca.spectrum, atol=1e-12)


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_stack_of_views_as_they_are_is_plain_perfect_alignment_of_centred_ones(k, noise):
    X1, X2 = correlated(200, 3, 3, noise=noise)  # without noise there are three null directions
    plain = al.perfect_alignment(X1 - X1.mean(axis=0), X2 - X2.mean(axis=0), k)
    found = al.whitened_stack(X1, X2, k, 0, 0)
    np.testing.assert_allclose(stacked(found), stacked(plain), atol=1e-9)
    np.testing.assert_allclose(found.spectrum, plain.spectrum, atol=1e-12 * plain.spectrum[0])
    assert (found.rank, found.is_exact) == (plain.rank, plain.is_exact)


def test_the_stack_with_one_side_whitened_is_not_cp():
    X1, X2 = correlated()
    for a, b in [(1, 0), (0, 1)]:
        found, cross = al.whitened_stack(X1, X2, 2, a, b), al.whitened_cross(X1, X2, 2, a, b)
        assert al.subspace_distance(found.W1, cross.W1) > 0.1
        assert al.subspace_distance(found.W2, cross.W2) > 0.1


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 9))
def test_between_the_corners_the_stack_is_whitened_in_part(a, b, k):
    X1, X2 = correlated(60)
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    Sxx, _, Syy = covariances(X1, X2)
    stack = np.concatenate([A @ power(Sxx, -a / 2), -B @ power(Syy, -b / 2)], axis=1)
    found = al.whitened_stack(X1, X2, k, a, b)
    C = np.concatenate([power(Sxx, a / 2) @ found.W1, power(Syy, b / 2) @ found.W2])
    np.testing.assert_allclose(C.T @ C, np.eye(k), atol=1e-9)
    s = np.linalg.svd(stack, compute_uv=False)
    np.testing.assert_allclose(found.spectrum, s, rtol=1e-9)
    assert np.linalg.norm(stack @ C) == pytest.approx(np.linalg.norm(s[9 - k :]))


def test_the_stack_leaves_out_what_a_view_lacks():
    X1, X2 = correlated()
    deficient = np.concatenate([X1, X1[:, :1], np.full((200, 1), 0.1)], axis=1)
    plain, found = al.whitened_stack(X1, X2, 4, 1, 1), al.whitened_stack(deficient, X2, 4, 1, 1)
    assert found.ranks == (4, 5)
    np.testing.assert_allclose(found.spectrum, plain.spectrum, atol=1e-9)
    for Z, expected in zip(found.embed(deficient, X2), plain.embed(X1, X2), strict=True):
        assert al.subspace_distance(Z, expected) < 1e-9


# --- Determinism ---


@pytest.mark.parametrize("align", ALIGNERS)
@pytest.mark.parametrize(("n", "d1", "d2"), [(200, 4, 5), (7, 9, 8)])
def test_signs_do_not_depend_on_the_order_of_the_pairs_and_follow_view_1(align, n, d1, d2):
    X1, X2 = correlated(n, d1, d2)
    first = align(X1, X2, 3)
    np.testing.assert_array_equal(stacked(align(X1.copy(), X2.copy(), 3)), stacked(first))
    order = np.random.default_rng(0).permutation(n)
    shuffled = align(X1[order], X2[order], 3)
    # 7 pairs of more features correlate at 1: their canonical directions are not determined
    if n > d1 or align is not al.cca:
        np.testing.assert_allclose(stacked(shuffled), stacked(first), atol=1e-8)
        mirrored = align(X1, -X2, 3)
        np.testing.assert_allclose(mirrored.W1, first.W1, atol=1e-8)
        np.testing.assert_allclose(mirrored.W2, -first.W2, atol=1e-8)


def test_each_direction_is_on_the_side_of_the_fixed_gaussian_whatever_the_units():
    X1, X2 = correlated()
    G = linalg.fixed_gaussian(4, 4)
    for units in (np.ones(4), np.array([1e-9, 1.0, 1e6, 10.0])):
        for align in (*ALIGNERS, lambda A, B, k: al.whitened_cross(A, B, k, 0.5, 0)):
            found = align(X1 * units, X2, 4 if align in ALIGNERS else 1)
            standardised = found.W1 * (X1 * units).std(axis=0)[:, None]
            assert ((standardised * G[:, : found.k]).sum(axis=0) > 0).all()


# --- Batches ---


@pytest.mark.parametrize(
    ("align", "maps"),
    [
        (al.cca, whitened.cca_maps),
        (al.reduced_rank_regression, whitened.reduced_rank_maps),
        (al.pls_svd, whitened.pls_maps),
    ],
)
def test_a_batch_holds_what_each_problem_gives_and_nan_where_a_view_is_too_small(align, maps):
    pairs = [correlated(seed=seed) for seed in range(3)]
    pairs[1][0][:, 2:] = pairs[1][0][:, :2]
    found = maps(*(np.stack(X) for X in zip(*pairs, strict=True)), 3)
    assert [r.tolist() for r in found.ranks] == [[4, 2, 4], [5, 5, 5]]
    for i in (0, 2):
        single = align(*pairs[i], 3)
        np.testing.assert_allclose(found.W1[i], single.W1, atol=1e-12)
        np.testing.assert_allclose(found.W2[i], single.W2, atol=1e-12)
    assert np.isnan(found.W1[1]).all()
    assert np.isnan(found.W2[1]).all()


# --- Refusals ---

X1, X2 = correlated(30, 4, 3)
WITH_NAN = np.where(np.arange(30)[:, None] == 7, np.nan, X1)

EVERY = {
    **{align.__name__: align for align in ALIGNERS},
    "whitened_cross": lambda A, B, k: al.whitened_cross(A, B, k, 0.5, 0.5),
    "whitened_stack": lambda A, B, k: al.whitened_stack(A, B, k, 0.5, 0.5),
}

REFUSED = {
    "NaN": (WITH_NAN, X2, 2, ": X1 holds 4 NaN or infinite values.*row 7, column 0.*drop"),
    "unequal rows": (X1, X2[:-1], 2, ": X1 has 30 rows and X2 has 29.*drop the rows without"),
    "one row": (X1[:1], X2[:1], 2, r": X1 has shape \(1, 4\): at least 2 rows"),
    "constant view": (X1, 0 * X2 + 2.5, 2, ": X2 is constant.*check which columns"),
    "text": (X1, np.array([["a"]] * 30), 2, ": X2 is not numeric.*give numbers"),
    "k zero": (X1, X2, 0, ".*: k = 0 is out of range: it must be "),
    "k float": (X1, X2, 2.0, ".*: k = 2.0 is not a whole number"),
    "k true": (X1, X2, True, ".*: k = True is not a whole number"),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_the_argument_and_a_remedy(name, case):
    first, second, k, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{name}{message}"):
        EVERY[name](first, second, k)


@pytest.mark.parametrize("name", EVERY)
def test_a_k_beyond_what_the_views_hold_is_refused_with_a_remedy(name):
    if name == "whitened_stack":
        beyond = few = "k = 9 is out of range: it must be between 1 and "
    else:
        beyond = r"k = 9 exceeds min\(d1, d2\) = 3: lower k or add features"
        few = r"k = 3 exceeds the rank of a view \(2 and 2 for 3 pairs\): lower k or use more"
    with pytest.raises(ValueError, match=f"^{name}.*: {beyond}"):
        EVERY[name](X1, X2, 9)
    with pytest.raises(ValueError, match=f"^{name}.*: {few}"):
        EVERY[name](X1[:3], X2[:3], 9 if name == "whitened_stack" else 3)


@pytest.mark.parametrize("ridge", [-1e-9, np.nan, np.inf, "much", True])
def test_a_bad_ridge_is_refused(ridge):
    with pytest.raises(ValueError, match=r"^cca: ridge = .* is (out of|not a)"):
        al.cca(X1, X2, 2, ridge=ridge)


@pytest.mark.parametrize("align", [al.whitened_cross, al.whitened_stack])
@pytest.mark.parametrize("exponent", [-0.1, 1.1, np.nan, "1", True])
def test_a_bad_exponent_is_refused_by_name(align, exponent):
    for name, exponents in (("a", (exponent, 0.5)), ("b", (0.5, exponent))):
        with pytest.raises(ValueError, match=f"^{align.__name__}: {name} = "):
            align(X1, X2, 2, *exponents)


# --- Units of columns, and the precision of the data ---

UNITS = st.lists(st.integers(-15, 12), min_size=4, max_size=4)


@given(exponents=UNITS, seed=st.integers(0, 50), k=st.integers(1, 3))
@settings(max_examples=50)
def test_cca_does_not_depend_on_the_units_of_columns(exponents, seed, k):
    X1, X2 = correlated(seed=seed)
    units = 10.0 ** np.array(exponents)
    expected, found = al.cca(X1, X2, k), al.cca(X1 * units, X2 * units[0], k)
    np.testing.assert_allclose(found.spectrum, expected.spectrum, rtol=0, atol=1e-8)
    assert (found.rank, found.ranks) == (expected.rank, expected.ranks)
    assert found.undetermined == expected.undetermined
    for Z, other in zip(
        found.embed(X1 * units, X2 * units[0]), expected.embed(X1, X2), strict=True
    ):
        np.testing.assert_allclose(Z, other, rtol=0, atol=1e-8)


@given(exponents=UNITS, seed=st.integers(0, 50))
@settings(max_examples=50)
def test_regression_does_not_depend_on_the_units_of_its_source(exponents, seed):
    X1, X2 = correlated(seed=seed)
    units = 10.0 ** np.array(exponents)
    expected = al.reduced_rank_regression(X1, X2, 2)
    found = al.reduced_rank_regression(X1 * units, X2, 2)
    np.testing.assert_allclose(found.spectrum, expected.spectrum, rtol=1e-8)
    assert found.ranks == expected.ranks
    np.testing.assert_allclose(found.W2, expected.W2, atol=1e-8)
    Z, other = found.embed(X1 * units, X2)[0], expected.embed(X1, X2)[0]
    np.testing.assert_allclose(Z, other, rtol=0, atol=1e-8 * np.abs(other).max())


@given(exponents=UNITS)
@settings(max_examples=30)
def test_the_whitened_stack_does_not_depend_on_units_at_its_end(exponents):
    X1, X2 = correlated()
    units = 10.0 ** np.array(exponents)
    expected, found = (al.whitened_stack(X, X2, 2, 1, 1) for X in (X1, X1 * units))
    np.testing.assert_allclose(found.spectrum, expected.spectrum, atol=1e-8)
    np.testing.assert_allclose(found.W1 * units[:, None], expected.W1, atol=1e-8)


@pytest.mark.parametrize("maps", [whitened.cca_maps, whitened.reduced_rank_maps, whitened.pls_maps])
def test_batches_of_views_in_different_units_have_the_answers_of_each_alone(maps):
    single = {"cca_maps": al.cca, "reduced_rank_maps": al.reduced_rank_regression}
    align = single.get(maps.__name__, al.pls_svd)
    X1, X2 = correlated()
    views = [X1, X1 * [1e-15, 1e10, 1, 1e3], X1 * [1, 0, 1, 1], X1 + 1.7e9]
    found = maps(np.stack(views), np.stack([X2] * 4), 2)
    for b, X in enumerate(views):
        alone = align(X, X2, 2)
        assert found.ranks[0][b] == alone.ranks[0]
        np.testing.assert_allclose(found.W1[b], alone.W1, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.spectrum[b], alone.spectrum, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("align", [al.cca, al.reduced_rank_regression])
@pytest.mark.parametrize("constant", [1.0, 0.1, 1e-9, 1.7e9, -1e12])
def test_a_constant_column_has_no_part(align, constant):
    X1, X2 = correlated()
    with_it = np.column_stack([X1, np.full(200, constant)])
    expected, found = align(X1, X2, 2), align(with_it, X2, 2)
    assert found.ranks == expected.ranks
    np.testing.assert_allclose(found.spectrum[:4], expected.spectrum, atol=1e-10)
    assert not found.W1[4].any()
    Z, other = found.embed(with_it, X2)[0], expected.embed(X1, X2)[0]
    sign = np.sign((Z * other).sum(axis=0))
    np.testing.assert_allclose(Z * sign, other, atol=1e-9)


def test_a_sum_that_is_one_but_for_rounding_is_constant():
    rng = np.random.default_rng(0)
    shares = rng.random((200, 7))
    shares /= shares.sum(axis=1, keepdims=True)
    _, X2 = correlated()
    total = shares.sum(axis=1)
    assert np.ptp(total) > 0
    assert al.cca(np.column_stack([shares, total]), X2, 2).ranks == (6, 5)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("align", [al.cca, al.reduced_rank_regression])
def test_unix_time_counts_as_it_would_standardised(align, dtype):
    X1, X2 = correlated()
    time = (1.7e9 + np.random.default_rng(1).integers(0, 30_000_000, 200)).astype(dtype)
    exact = time.astype(float)
    standardised = (exact - exact.mean()) / exact.std()
    X1, X2 = X1.astype(dtype), X2.astype(dtype)
    found = align(np.column_stack([time, X1]), X2, 3)
    expected = align(np.column_stack([standardised, X1]), X2, 3)
    np.testing.assert_allclose(found.spectrum, expected.spectrum, rtol=1e-6)
    assert found.ranks == expected.ranks == (5, 5)


@pytest.mark.parametrize("name", ["float32", "float16"])
@pytest.mark.parametrize("align", ALIGNERS)
def test_ranks_of_views_follow_the_precision_in_which_they_arrived(align, name):
    data = al.generate(al.SyntheticSpec(n=500, d1=16, d2=12, k=3))
    X1, X2 = data.X1.astype(name), data.X2.astype(name)
    exact, found = align(data.X1, data.X2, 2), align(X1, X2, 2)
    assert found.ranks == exact.ranks == (3, 3)
    assert found.rank == exact.rank == 3
    assert found.undetermined == exact.undetermined
    assert (found.precision, exact.precision) == (name, "float64")
    assert align(X1.astype(float), X2.astype(float), 2).ranks == (3, 3)
    with pytest.raises(ValueError, match="exceeds the rank of a view"):
        align(X1, X2, 4)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_ranks_within_the_stack_follow_the_precision(exponent):
    data = al.generate(al.SyntheticSpec(n=500, d1=16, d2=12, k=3))
    exact = al.whitened_stack(data.X1, data.X2, 2, exponent, exponent)
    X1, X2 = data.X1.astype("f4"), data.X2.astype("f4")
    found = al.whitened_stack(X1, X2, 2, exponent, exponent)
    assert (found.ranks, found.rank) == (exact.ranks, exact.rank)
    assert found.precision == "float32"


def test_ten_times_the_rounding_is_a_direction_of_its_own():
    data = al.generate(al.SyntheticSpec(n=2000, d1=6, d2=5, k=3))
    rng = np.random.default_rng(0)
    views = [
        (X + 10 * 2.0**-23 * np.abs(X).mean() / np.sqrt(12) * rng.standard_normal(X.shape)).astype(
            "f4"
        )
        for X in (data.X1, data.X2)
    ]
    assert al.cca(*views, 3).ranks == (6, 5)
