"""The functions of scikit-learn, scipy and cca-zoo named under "Equivalent to" agree with ours.

`test_whitened`, `test_views`, `test_regress` and `test_metrics` compare further cases: spans under
ridge, fewer pairs than features, rotations of principal components, principal angles.
"""

import cca_zoo.linear as zoo
import numpy as np
import pytest
import scipy.linalg
import scipy.spatial
from scipy.spatial.distance import cdist
from sklearn.cross_decomposition import CCA, PLSSVD
from sklearn.linear_model import LinearRegression
from sklearn.metrics import top_k_accuracy_score
from sklearn.metrics.pairwise import paired_distances
from sklearn.preprocessing import normalize

import alignlab as al

N = 200


@pytest.fixture
def views():
    """Three views (N, 4), (N, 5), (N, 3), off centre and of unequal units."""
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((N, 3)) * [3, 2, 1]
    X1, X2, X3 = (
        Z @ rng.standard_normal((3, d)) + 3 * rng.standard_normal((N, d)) for d in (4, 5, 3)
    )
    return X1 * np.geomspace(1, 5, 4) + 7, X2 - 3, X3 + 1


def assert_equal_up_to_sign(W, expected, rtol=1e-9):
    """Column by column."""
    signs = np.where((W * expected).sum(axis=0) < 0, -1, 1)
    np.testing.assert_allclose(W * signs, expected, rtol=0, atol=rtol * np.abs(expected).max())


def unit(W):
    return W / np.linalg.norm(W, axis=0)


def test_cca_has_the_weights_of_cca_zoo_at_unit_variance_over_n(views):
    X1, X2, _ = views
    found, oracle = al.cca(X1, X2, 3), zoo.CCA(n_components=3).fit([X1, X2])
    for W, expected in zip((found.W1, found.W2), oracle.weights_, strict=True):
        assert_equal_up_to_sign(np.sqrt((N - 1) / N) * W, expected)


def test_cca_has_the_rotations_of_scikit_learn_but_for_their_length(views):
    X1, X2, _ = views
    found = al.cca(X1, X2, 3)
    oracle = CCA(n_components=3, scale=False, max_iter=100_000, tol=1e-15).fit(X1, X2)
    assert_equal_up_to_sign(unit(found.W1), unit(oracle.x_rotations_), 1e-6)
    assert_equal_up_to_sign(unit(found.W2), unit(oracle.y_rotations_), 1e-6)
    assert (oracle.transform(X1).std(axis=0) > 2).all()  # ours are 1


def test_ridge_cca_has_the_directions_of_cca_zoo_at_its_shrinkage(views):
    X1, X2, _ = views
    ridge = 2.5
    odds = ridge * N / (N - 1)
    oracle = zoo.RidgeCCA(n_components=3, shrinkage=odds / (1 + odds)).fit([X1, X2])
    found = al.cca(X1, X2, 3, ridge=ridge)
    for W, expected in zip((found.W1, found.W2), oracle.weights_, strict=True):
        assert_equal_up_to_sign(unit(W), unit(expected))


def test_reduced_rank_regression_has_the_directions_of_one_sided_shrinkage(views):
    X1, X2, _ = views
    found = al.reduced_rank_regression(X1, X2, 2)
    oracle = zoo.RidgeCCA(n_components=2, shrinkage=[0, 1]).fit([X1, X2])
    for W, expected in zip((found.W1, found.W2), oracle.weights_, strict=True):
        assert_equal_up_to_sign(unit(W), unit(expected))


def test_reduced_rank_regression_at_full_rank_predicts_as_linear_regression(views):
    X1, _, X3 = views
    found = al.reduced_rank_regression(X1, X3, 3)
    Z1, _ = found.embed(X1, X3)
    expected = LinearRegression().fit(X1, X3).predict(X1)
    np.testing.assert_allclose(Z1 @ found.W2.T + found.mean2, expected, atol=1e-10)


def test_pls_has_the_weights_of_scikit_learn_and_cca_zoo(views):
    X1, X2, _ = views
    found = al.pls_svd(X1, X2, 3)
    oracle, other = (
        PLSSVD(n_components=3, scale=False).fit(X1, X2),
        zoo.PLS(n_components=3).fit([X1, X2]),
    )
    for W, *expected in zip(
        (found.W1, found.W2), (oracle.x_weights_, oracle.y_weights_), other.weights_, strict=True
    ):
        for weights in expected:
            assert_equal_up_to_sign(W, weights)
    A, B = ((X - X.mean(axis=0)) / X.std(axis=0, ddof=1) for X in (X1, X2))
    scaled = PLSSVD(n_components=3).fit(X1, X2)
    assert_equal_up_to_sign(al.pls_svd(A, B, 3).W1, scaled.x_weights_)


def test_gcca_has_the_weights_of_cca_zoo_at_unit_variance_over_n(views):
    found, oracle = al.gcca(views, 2), zoo.GCCA(n_components=2).fit(list(views))
    for W, expected in zip(found.W, oracle.weights_, strict=True):
        assert_equal_up_to_sign(np.sqrt((N - 1) / N) * W, expected)
    other = zoo.MCCA(n_components=2).fit(list(views))
    for expected, weights in zip(oracle.weights_, other.weights_, strict=True):
        assert_equal_up_to_sign(np.sqrt(3) / found.spectrum[:2] * expected, weights)


def test_least_squares_has_the_coefficients_of_regression_without_intercept(views):
    X1, X2, _ = views
    W2 = al.least_squares(X1, X2).W2
    np.testing.assert_allclose(W2, np.linalg.lstsq(X2, X1)[0], atol=1e-10)
    regression = LinearRegression(fit_intercept=False).fit(X2, X1)
    np.testing.assert_allclose(W2, regression.coef_.T, atol=1e-10)


def test_procrustes_knows_the_disparity_of_scipy_which_scales_as_well(views):
    X1, X2 = views[0], views[1][:, :4]
    lengths = [np.linalg.norm(X - X.mean(axis=0)) for X in (X1, X2)]
    nuclear = N * al.procrustes(X1, X2, 4).spectrum.sum()
    disparity = 1 - (nuclear / np.prod(lengths)) ** 2
    assert disparity == pytest.approx(scipy.spatial.procrustes(X1, X2)[2], rel=1e-9)


def test_perfect_alignment_is_the_end_of_the_right_singular_vectors(views):
    X1, X2, _ = views
    found = al.perfect_alignment(X1, X2, 3)
    expected = np.linalg.svd(np.hstack([X1, -X2]))[2][-3:].T
    assert_equal_up_to_sign(np.vstack([found.W1, found.W2]), expected)


def test_perfect_alignment_of_exact_pairs_spans_the_null_space_of_scipy():
    data = al.generate(al.SyntheticSpec(n=50, d1=4, d2=4, k=2))
    null = scipy.linalg.null_space(np.hstack([data.X1, -data.X2]))
    found = al.perfect_alignment(data.X1, data.X2, null.shape[1])
    assert found.null_dim == 6
    assert al.subspace_distance(np.vstack([found.W1, found.W2]), null) < 1e-12


def test_true_latents_are_read_off_by_least_squares():
    data = al.generate(al.SyntheticSpec(n=50, d1=4, d2=3, k=2, noise=1.0))
    for Z, S, X in zip(
        al.pseudo_inverse_latents(data), (data.S1, data.S2), (data.X1, data.X2), strict=True
    ):
        np.testing.assert_allclose(Z, np.linalg.lstsq(S, X.T)[0].T, atol=1e-12)


def test_errors_are_means_of_the_paired_distances_of_scikit_learn():
    Z1, Z2 = np.random.default_rng(0).standard_normal((2, 50, 3))
    distances = paired_distances(Z1, Z2)
    assert al.cmae(Z1, Z2) == al.mlre(Z1, Z2) == pytest.approx(distances.mean(), rel=1e-12)
    directions = paired_distances(normalize(Z1), normalize(Z2))
    assert al.ncmae(Z1, Z2) == pytest.approx(directions.mean(), rel=1e-12)
    fitted = LinearRegression(fit_intercept=False).fit(Z2, Z1).predict(Z2)
    linear = al.mlre(Z1, Z2, up_to="linear")
    assert linear == pytest.approx(paired_distances(Z1, fitted).mean(), rel=1e-12)


@pytest.mark.parametrize("top", [1, 3, 8])
def test_retrieval_is_the_top_accuracy_of_scikit_learn_over_distances(top):
    Z = np.random.default_rng(0).standard_normal((60, 3))
    Z2 = Z + 0.5 * np.random.default_rng(1).standard_normal((60, 3))
    expected = top_k_accuracy_score(np.arange(60), -cdist(Z, Z2), k=top)
    assert 0.1 < expected < 1
    assert al.retrieval(Z, Z2, top) == pytest.approx(expected, rel=1e-12)


def test_subspace_distance_is_made_of_the_angles_of_scipy():
    U, V = np.random.default_rng(0).standard_normal((2, 6, 2))
    sines = np.sin(scipy.linalg.subspace_angles(U, V))
    assert al.subspace_distance(U, V) == pytest.approx(np.sqrt(np.mean(sines**2)), rel=1e-9)
