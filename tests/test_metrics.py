from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import subspace_angles

import alignlab as al
from alignlab import metrics
from alignlab.metrics import mean_norm, undirected

Z1 = np.array([[3.0, 4.0], [0.0, 2.0]])
Z2 = np.array([[3.0, 0.0], [0.0, 1.0]])


def gaussian(n, k, seed=0):
    return np.random.default_rng(seed).standard_normal((n, k))


def test_hand_computed_values():
    assert al.cmae(Z1, Z2) == pytest.approx((4 + 1) / 2)
    # (0.6, 0.8) against (1, 0) are sqrt(0.8) apart, the second pair points the same way
    assert al.ncmae(Z1, Z2) == pytest.approx(np.sqrt(0.8) / 2)
    assert mean_norm(Z1) == pytest.approx((5 + 2) / 2)
    assert al.relative_cmae(Z1, Z2) == pytest.approx(2.5 / ((3.5 + 2) / 2))
    assert al.kept_norm(Z1, Z2) == pytest.approx(2 / 3.5)
    assert al.mlre(Z1, Z2) == pytest.approx(2.5)
    assert undirected(Z1, Z2) == 0


def test_metrics_are_python_floats():
    values = [
        al.cmae(Z1, Z2),
        al.ncmae(Z1, Z2),
        al.relative_cmae(Z1, Z2),
        al.kept_norm(Z1, Z2),
        al.mlre(Z1, Z2),
        al.mlre(Z1, Z2, up_to="linear"),
        al.retrieval(Z1, Z2),
        al.subspace_distance(Z1, Z2),
    ]
    assert {type(value) for value in values} == {float}


def test_opposite_latents_are_two_apart_and_equal_ones_not_at_all():
    Z = gaussian(20, 3)
    assert al.ncmae(Z, -Z) == pytest.approx(2)
    assert al.ncmae(Z, Z) == 0
    assert al.relative_cmae(Z, Z) == 0
    assert al.relative_cmae(Z, -Z) == pytest.approx(2)


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
def test_normalised_metrics_are_free_of_scale_and_cmae_is_not(factor):
    A, B = gaussian(20, 3), gaussian(20, 3, seed=1)
    assert al.ncmae(factor * A, B) == pytest.approx(al.ncmae(A, B))
    assert al.relative_cmae(factor * A, factor * B) == pytest.approx(al.relative_cmae(A, B))
    assert al.retrieval(factor * A, factor * B, 5) == al.retrieval(A, B, 5)
    assert al.cmae(factor * A, factor * B) == pytest.approx(factor * al.cmae(A, B))


def test_normalised_metrics_are_undefined_where_latents_are_zero():
    A, B = gaussian(5, 2), gaussian(5, 2, seed=1)
    B[3] = 0
    with np.errstate(all="raise"):
        assert np.isnan(al.ncmae(A, B))
        assert np.isnan(al.ncmae(B, A))
    assert undirected(A, B) == undirected(B, A) == undirected(B, B) == 1
    assert np.isfinite(al.relative_cmae(A, B))
    assert np.isnan(al.relative_cmae(0 * A, 0 * B))
    assert np.isnan(al.kept_norm(0 * A, B))
    assert al.kept_norm(A, 0 * B) == 0
    assert al.cmae(0 * A, 0 * B) == 0


# --- Retrieval ---


@pytest.mark.parametrize("n", [1, 7, 300])
def test_retrieval_of_identical_views_is_perfect_and_of_shifted_ones_is_zero(n):
    Z = gaussian(n, 3)
    assert al.retrieval(Z, Z) == 1.0
    if n > 1:
        assert al.retrieval(Z, np.roll(Z, 1, axis=0)) == 0.0


def test_retrieval_in_several_blocks_equals_one():
    Z = gaussian(2500, 2)
    assert al.retrieval(Z, Z) == 1.0
    half = np.concatenate([Z[:1250], Z[1250:] + 100])
    assert al.retrieval(Z, half) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("n", [1, 8, 97])
@pytest.mark.parametrize("level", [0.0, 1.0, 1e6])
def test_retrieval_under_collapse_to_one_point_is_exactly_chance(n, level):
    point = np.full((n, 2), level)
    near = [point + 1e-15 * level * gaussian(n, 2, seed) for seed in (0, 1)]
    for top in {1, (n + 1) // 2, n}:
        assert al.retrieval(point, point, top) == pytest.approx(top / n, rel=1e-12)
        assert al.retrieval(*near, top) == pytest.approx(top / n, rel=1e-12)


def test_retrieval_among_all_is_certain():
    assert al.retrieval(gaussian(9, 2), gaussian(9, 2, seed=1), top=9) == 1.0


def brute_force_retrieval(A, B, top):
    """Mean over all orders in which ties can be broken."""
    n, hits = len(A), []
    for order in permutations(range(n)):
        for i in range(n):
            squares = np.sum((A[i] - B) ** 2, axis=1)
            nearest = sorted(range(n), key=lambda j: (squares[j], order[j]))
            hits.append(i in nearest[:top])
    return np.mean(hits)


@given(st.data(), st.integers(1, 4))
@settings(max_examples=60)
def test_retrieval_agrees_with_brute_force_and_shares_ties(data, n):
    points = arrays(float, (n, 2), elements=st.integers(-2, 2).map(float))
    A, B, top = data.draw(points), data.draw(points), data.draw(st.integers(1, n))
    assert al.retrieval(A, B, top) == pytest.approx(brute_force_retrieval(A, B, top))


@pytest.mark.parametrize("top", [0, -1, 3])
def test_retrieval_refuses_a_top_out_of_range(top):
    with pytest.raises(ValueError, match=f"top = {top} is out of range.*between 1 and 2"):
        al.retrieval(Z1, Z2, top)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_retrieval_of_undefined_latents_is_undefined():
    assert np.isnan(al.retrieval(np.full((5, 2), np.nan), gaussian(5, 2)))


# --- MLRE ---


@given(st.integers(1, 4), st.integers(0, 1000))
def test_mlre_up_to_linear_ignores_invertible_maps(k, seed):
    rng = np.random.default_rng(seed)
    Z, Zhat = rng.standard_normal((2, 30, k))
    M = rng.standard_normal((k, k))
    assume(np.linalg.cond(M) < 1e3)
    expected = al.mlre(Z, Zhat, up_to="linear")
    assert al.mlre(Z, Zhat @ M, up_to="linear") == pytest.approx(expected, rel=1e-9)
    assert al.mlre(Z, Z @ M, up_to="linear") < 1e-11


def test_mlre_up_to_linear_is_the_residual_of_least_squares():
    Z, Zhat = gaussian(40, 3), gaussian(40, 2, seed=1)
    residual = Z - Zhat @ np.linalg.lstsq(Zhat, Z)[0]
    expected = np.linalg.norm(residual, axis=1).mean()
    assert al.mlre(Z, Zhat, up_to="linear") == pytest.approx(expected)
    assert al.mlre(Z, np.zeros((40, 2)), up_to="linear") == pytest.approx(mean_norm(Z))


def test_mlre_refuses_another_up_to():
    with pytest.raises(ValueError, match="up_to = 'affine' is not known: use None or 'linear'"):
        al.mlre(Z1, Z2, up_to="affine")


# --- Subspace distance ---


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 1000))
def test_subspace_distance_is_the_root_mean_square_sine(k, more, seed):
    rng = np.random.default_rng(seed)
    U, V = rng.standard_normal((2, k + more, k))
    assume(max(np.linalg.cond(U), np.linalg.cond(V)) < 1e6)
    expected = np.sqrt(max(0.0, 1 - np.mean(np.cos(subspace_angles(U, V)) ** 2)))
    assert al.subspace_distance(U, V) == pytest.approx(expected, abs=1e-7)
    assert al.subspace_distance(V, U) == pytest.approx(al.subspace_distance(U, V), abs=1e-9)


def test_subspace_distance_is_the_normalised_distance_of_the_projectors():
    U, V = gaussian(7, 3), gaussian(7, 3, seed=1)
    P, Q = (A @ np.linalg.pinv(A) for A in (U, V))
    assert al.subspace_distance(U, V) == pytest.approx(np.linalg.norm(P - Q) / np.sqrt(6))


def test_subspace_distance_is_zero_for_another_basis_and_one_for_orthogonal_spans():
    U = gaussian(8, 3)
    assert al.subspace_distance(U, U @ gaussian(3, 3, seed=1)) < 1e-14
    orthogonal = np.linalg.svd(U)[0][:, 3:6]
    assert al.subspace_distance(U, 5 * orthogonal) == pytest.approx(1)


def test_subspace_distance_resolves_tiny_angles():
    U = np.eye(4)[:, :1]
    V = U + 1e-12 * np.eye(4)[:, 1:2]
    assert al.subspace_distance(U, V) == pytest.approx(1e-12, rel=1e-3)


def test_subspace_distance_refuses_dependent_columns():
    U = gaussian(8, 3)
    with pytest.raises(ValueError, match="dependent columns"):
        al.subspace_distance(U, U[:, [0, 0, 1]])


# --- Batches ---

BATCHED = {
    "cmae": metrics.mean_distance,
    "ncmae": metrics.mean_distance_of_directions,
    "relative_cmae": metrics.relative_mean_distance,
    "kept_norm": metrics.kept_length,
}


@pytest.mark.parametrize("name", BATCHED)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_metrics_of_a_batch_are_those_of_each_problem(name, library):
    A, B = np.random.default_rng(0).standard_normal((2, 2, 3, 20, 4))
    given = (A, B) if library == "numpy" else (torch.from_numpy(A), torch.from_numpy(B))
    found = BATCHED[name](*given)
    assert isinstance(found, np.ndarray if library == "numpy" else torch.Tensor)
    expected = [[getattr(al, name)(A[i, j], B[i, j]) for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_problem_without_a_figure_leaves_the_others_of_its_batch(library):
    A, B = np.random.default_rng(0).standard_normal((2, 5, 20, 4))
    A[1] = B[1] = 0  # all zero
    A[2, 3] = 0  # one latent without a direction
    B[3] = 0  # one view collapsed
    A[4] = B[4]
    undefined = {
        "cmae": [],
        "ncmae": [1, 2, 3],
        "relative_cmae": [1],
        "kept_norm": [1],
    }
    given = (A, B) if library == "numpy" else (torch.from_numpy(A), torch.from_numpy(B))
    with np.errstate(all="raise"):
        for name, problems in undefined.items():
            found = np.asarray(BATCHED[name](*given))
            assert np.flatnonzero(np.isnan(found)).tolist() == problems
            for i in range(5):
                single = getattr(al, name)(A[i], B[i])
                np.testing.assert_allclose(found[i], single, rtol=1e-14)


# --- Shapes ---


METRICS = [al.cmae, al.ncmae, al.relative_cmae, al.mlre, al.retrieval, al.subspace_distance]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", [(5, 3), (6, 2), (1, 2)])
def test_unequal_shapes_are_refused(metric, shape):
    for arguments in ((gaussian(5, 2), gaussian(*shape)), (gaussian(*shape), gaussian(5, 2))):
        with pytest.raises(ValueError, match="two matrices of the same shape were expected"):
            metric(*arguments)


@pytest.mark.parametrize(
    "metric",
    METRICS,
)
def test_vectors_are_refused(metric):
    vector = np.arange(1.0, 6.0)
    for arguments in ((vector, vector), (gaussian(5, 2), vector)):
        with pytest.raises(ValueError, match="two matrices of the same shape were expected"):
            metric(*arguments)


def test_mlre_up_to_linear_refuses_unequal_row_counts():
    with pytest.raises(ValueError, match=r"mlre.*\(5, 2\) and \(4, 2\)"):
        al.mlre(gaussian(5, 2), gaussian(4, 2), up_to="linear")
