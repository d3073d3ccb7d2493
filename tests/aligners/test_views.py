from itertools import combinations

import numpy as np
import pytest
from cca_zoo.linear import GCCA
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh

import alignlab as al
from alignlab import linalg
from alignlab.aligners.views import gcca, pairwise_cmae, perfect_alignment_views
from alignlab.data.synthetic import SyntheticSpec, generate_views
from alignlab.experiments.views import aligned_views

shapes = {
    "n": st.integers(2, 30),
    "widths": st.lists(st.integers(1, 4), min_size=2, max_size=5),
    "seed": st.integers(0, 1000),
}


def views_of(widths, n=100, latent=2, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, latent))
    return [
        Z @ rng.standard_normal((latent, d)) + noise * rng.standard_normal((n, d)) for d in widths
    ]


def cost(views, W):
    """The sum over all pairs of views of the squared distances of their images."""
    Z = [X @ Wi for X, Wi in zip(views, W, strict=True)]
    return sum(np.linalg.norm(A - B) ** 2 for A, B in combinations(Z, 2))


def form(views):
    """The matrix M with `cost = tr(W' M W)` for stacked W."""
    v = len(views)
    blocks = [
        [((v - 1) if i == j else -1) * A.T @ B for j, B in enumerate(views)]
        for i, A in enumerate(views)
    ]
    return np.block(blocks)


def split(W, views):
    return np.split(W, np.cumsum([X.shape[1] for X in views])[:-1])


# --- Perfect alignment of all views ---


@given(
    n=st.integers(2, 30), d1=st.integers(1, 5), d2=st.integers(1, 5), k=st.integers(1, 10),
    noise=st.sampled_from([0.0, 1.0]), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=60)
def test_two_views_are_aligned_exactly_as_by_perfect_alignment(n, d1, d2, k, noise, seed):
    assume(k <= d1 + d2)
    X1, X2 = views_of([d1, d2], n, noise=noise, seed=seed)
    found, plain = perfect_alignment_views([X1, X2], k), al.perfect_alignment(X1, X2, k)
    np.testing.assert_array_equal(found.W[0], plain.W1)
    np.testing.assert_array_equal(found.W[1], plain.W2)
    np.testing.assert_array_equal(found.spectrum, plain.spectrum)
    assert (found.rank, found.null_dim, found.k) == (plain.rank, plain.null_dim, k)
    for Z, expected in zip(found.embed([X1, X2]), plain.embed(X1, X2), strict=True):
        np.testing.assert_allclose(Z, expected, atol=1e-12)


@given(k=st.integers(1, 20), **shapes)
@settings(max_examples=100)
def test_the_sum_over_all_pairs_of_views_is_the_least_that_orthonormal_maps_leave(
    k, n, widths, seed
):
    assume(k <= sum(widths))
    views = views_of(widths, n, noise=1.0, seed=seed)
    found = perfect_alignment_views(views, k)
    W = np.concatenate(found.W)
    np.testing.assert_allclose(W.T @ W, np.eye(k), atol=1e-12)
    assert [len(Wi) for Wi in found.W] == widths
    values = eigh(form(views), eigvals_only=True)
    atol = 1e-12 * values[-1]
    assert cost(views, found.W) == pytest.approx(values[:k].sum(), rel=1e-9, abs=k * atol)
    np.testing.assert_allclose(found.spectrum[::-1] ** 2, values, atol=atol)


def test_the_maps_are_the_dense_eigen_solution_and_no_others_do_as_well():
    views = views_of([4, 3, 5], noise=1.0)
    values, V = eigh(form(views))
    found = perfect_alignment_views(views, 3)
    assert values[3] - values[2] > 0.1
    W = np.concatenate(found.W)
    np.testing.assert_allclose(np.abs(W.T @ V[:, 2::-1]), np.eye(3), atol=1e-9)
    least = cost(views, found.W)
    rng = np.random.default_rng(1)
    for step in (1e-4, 1e-2, 1.0):
        other = np.linalg.qr(W + step * rng.standard_normal(W.shape))[0]
        assert cost(views, split(other, views)) > least


@pytest.mark.parametrize("count", [3, 4, 5, 6])
@pytest.mark.parametrize("n", [6, 200])
def test_noiseless_views_of_one_latent_align_exactly(count, n):
    widths = [2, 3, 2, 4, 5, 2][:count]
    views = views_of(widths, n)
    found = perfect_alignment_views(views, 2)
    assert found.null_dim == sum(widths) - found.rank >= 2
    latents = found.embed(views)
    assert pairwise_cmae(latents).max() < 1e-12
    # not by collapse: the common latent is that of the data up to an invertible map
    assert np.linalg.matrix_rank(latents[0], 1e-3) == 2
    fitted = perfect_alignment_views([X[: n // 2] for X in views], 2)
    assert pairwise_cmae(fitted.embed([X[n // 2 :] for X in views])).max() < 1e-11


def test_the_order_of_the_views_is_of_no_account():
    X1, X2, X3 = views_of([3, 3, 3], noise=1.0)
    found = perfect_alignment_views([X1, X2, X3], 3)
    turned = perfect_alignment_views([X3, X1, X2], 3)
    for W, expected in zip(turned.W, [found.W[2], *found.W[:2]], strict=True):
        signs = np.sign((W * expected).sum(axis=0))
        np.testing.assert_allclose(W * signs, expected, atol=1e-9)


def test_nothing_is_centred_and_fewer_pairs_than_features_align():
    views = [X + 5 for X in views_of([6, 7, 8], n=5, noise=1.0)]
    found = perfect_alignment_views(views, 3)
    assert found.method == "perfect_alignment_views"
    assert not any(mean.any() for mean in found.mean)
    latents = found.embed(views)
    np.testing.assert_allclose(latents[0], views[0] @ found.W[0], atol=1e-12)
    assert pairwise_cmae(latents).max() < 1e-12


# --- GCCA ---


@pytest.mark.parametrize("n", [12, 300])
def test_two_views_span_what_cca_spans_with_the_roots_of_1_plus_rho(n):
    X1, X2 = views_of([4, 6], n, latent=3, noise=1.0)
    cca = al.cca(X1, X2, 4)
    for k in range(1, 5):
        found = gcca([X1 + 3, X2], k)
        assert al.subspace_distance(found.W[0], cca.W1[:, :k]) < 1e-9
        assert al.subspace_distance(found.W[1], cca.W2[:, :k]) < 1e-9
    np.testing.assert_allclose(found.spectrum[:4], np.sqrt(1 + cca.spectrum), atol=1e-12)
    np.testing.assert_allclose(found.spectrum[6:], np.sqrt(1 - cca.spectrum[::-1]), atol=1e-9)
    assert found.mean[0] == pytest.approx(X1.mean(axis=0) + 3)


@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_the_common_variates_are_the_dense_eigen_solution_and_each_view_predicts_them(ridge):
    views = [X - X.mean(axis=0) for X in views_of([4, 3, 5], noise=1.0)]
    n = len(views[0])
    smoothers = [X @ np.linalg.solve(X.T @ X + n * ridge * np.eye(X.shape[1]), X.T) for X in views]
    values, V = eigh(sum(smoothers))
    found = gcca(views, 3, ridge)
    np.testing.assert_allclose(found.spectrum[:3] ** 2, values[:-4:-1], rtol=1e-9)
    for Z, P in zip(found.embed(views), smoothers, strict=True):
        expected = P @ V[:, :-4:-1] * np.sqrt(n)
        signs = np.sign((Z * expected).sum(axis=0))
        np.testing.assert_allclose(Z * signs, expected, atol=1e-9)


def test_cca_zoo_finds_the_same_common_variates():
    views = views_of([4, 3, 5], noise=0.5)
    found, oracle = gcca(views, 3), GCCA(n_components=3).fit(views)
    for W, expected in zip(found.W, oracle.weights_, strict=True):
        for k in (1, 2, 3):
            assert al.subspace_distance(W[:, :k], expected[:, :k]) < 1e-6


@given(k=st.integers(1, 2), **shapes)
@settings(max_examples=50)
def test_where_all_views_agree_the_variates_have_unit_variance(k, n, widths, seed):
    assume(n > 6)
    views = views_of([d + 1 for d in widths], n, seed=seed)
    assume(min(np.linalg.svd(X, compute_uv=False)[1] for X in views) > 1e-3)
    found = gcca(views, k)
    np.testing.assert_allclose(found.spectrum[:2], np.sqrt(len(views)), rtol=1e-9)
    assert found.rank == 2
    for Z in found.embed(views):
        np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(Z.T @ Z / n, np.eye(k), atol=1e-9)
    assert pairwise_cmae(found.embed(views)).max() < 1e-9


def test_ridge_shrinks_the_variates_and_settles_fewer_pairs_than_features():
    views = views_of([9, 8, 7], n=6, noise=1.0)
    plain, ridged = gcca(views, 2), gcca(views, 2, ridge=1.0)
    assert (plain.spectrum[:5] > np.sqrt(3) - 1e-9).all()  # noise agrees where pairs are few
    assert (np.diff(ridged.spectrum[:4]) < -1e-3).all()
    sizes = [np.linalg.norm(found.embed(views)) for found in (plain, ridged)]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("make", [gcca, perfect_alignment_views])
def test_columns_that_add_nothing_to_a_view_change_no_spectrum_but_by_zeros(make):
    X1, X2, X3 = views_of([4, 3, 5], noise=1.0)
    twice = np.concatenate([X1, X1[:, :1] + X1[:, 1:2], np.full((100, 1), 0.0)], axis=1)
    plain, found = make([X1, X2, X3], 2), make([twice, X2, X3], 2)
    if make is gcca:
        np.testing.assert_allclose(found.spectrum, plain.spectrum, atol=1e-9)
        for Z, expected in zip(
            found.embed([twice, X2, X3]), plain.embed([X1, X2, X3]), strict=True
        ):
            signs = np.sign((Z * expected).sum(axis=0))
            np.testing.assert_allclose(Z * signs, expected, atol=1e-8)
    else:  # the two directions that the first view lacks are the two perfect ones
        assert found.null_dim == 2
        assert pairwise_cmae(found.embed([twice, X2, X3])).max() < 1e-12


def test_gcca_takes_no_more_variates_than_vary_among_the_views():
    views = views_of([3, 3, 3])
    with pytest.raises(ValueError, match=r"^gcca .*: k = 3 is out of range.*between 1 and 2"):
        gcca(views, 3)
    with pytest.raises(ValueError, match=r"^gcca .*: k = 6 is out of range.*between 1 and 5"):
        gcca(views_of([9, 8], n=6, noise=1.0), 6)
    assert gcca(views_of([9, 8], n=6, noise=1.0), 5).k == 5


# --- Distances, determinism, refusals ---


def test_pairwise_cmae_is_that_of_every_two_latents():
    Z = views_of([2, 2, 2], noise=1.0)
    table = pairwise_cmae(Z)
    assert table.shape == (3, 3)
    np.testing.assert_array_equal(table, table.T)
    assert not np.diag(table).any()
    assert table[0, 2] == al.cmae(Z[0], Z[2])
    with pytest.raises(ValueError, match="cmae: shapes"):
        pairwise_cmae([Z[0], Z[1][:, :1]])


@pytest.mark.parametrize("make", [gcca, perfect_alignment_views])
def test_the_maps_are_the_same_every_time_and_for_every_order_of_the_rows(make):
    views = views_of([4, 3, 5], noise=1.0)
    order = np.random.default_rng(0).permutation(100)
    first, again = make(views, 3), make([X.copy() for X in views], 3)
    shuffled = make([X[order] for X in views], 3)
    for W, V, S in zip(first.W, again.W, shuffled.W, strict=True):
        np.testing.assert_array_equal(V, W)
        np.testing.assert_allclose(S, W, atol=1e-9)
    if make is perfect_alignment_views:
        W, G = np.concatenate(first.W), linalg.fixed_gaussian(12, 3)
        assert ((W * G).sum(axis=0) > 0).all()


A, B, C = views_of([4, 3, 5], n=30, noise=1.0)

REFUSED = {
    "one view": ([A], 2, ": 1 views were given: at least 2 are needed"),
    "no view": ([], 2, ": 0 views were given"),
    "unequal rows": ([A, B, C[1:]], 2, ": the views have 30, 30, 29 rows.*drop the rows without"),
    "NaN": ([A, np.where(B > 2, np.nan, B), C], 2, ": view 2 holds .* NaN.*drop these rows"),
    "zeros": ([A, B, 0 * C], 2, ": view 3 is constant.*check which columns"),
    "text": ([A, np.array([["a"]] * 30)], 2, ": view 2 is not numeric.*give numbers"),
    "flat": ([A[:, 0], B], 2, r": view 1 has shape \(30,\).*reshape it"),
    "one row": ([A[:1], B[:1]], 2, r": view 1 has shape \(1, 4\): at least 2 rows"),
    "k zero": ([A, B, C], 0, ".*: k = 0 is out of range: it must be between 1 and 12"),
    "k large": ([A, B, C], 13, ".*: k = 13 is out of range: it must be between 1 and 12"),
    "k float": ([A, B, C], 2.0, ".*: k = 2.0 is not a whole number"),
}


@pytest.mark.parametrize("make", [gcca, perfect_alignment_views])
@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_the_view_and_a_remedy(make, case):
    views, k, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{make.__name__}{message}"):
        make(views, k)


@pytest.mark.parametrize("ridge", [-1e-9, np.nan, np.inf, "much", True])
def test_a_bad_ridge_is_refused(ridge):
    with pytest.raises(ValueError, match=r"^gcca: ridge = .* is (out of|not a)"):
        gcca([A, B, C], 2, ridge=ridge)


@pytest.mark.parametrize("make", [gcca, perfect_alignment_views])
def test_embed_refuses_views_that_were_not_fitted_and_says_which(make):
    found = make([A, B, C], 2)
    with pytest.raises(ValueError, match="embed: 2 views were given, 3 were fitted"):
        found.embed([A, B])
    with pytest.raises(ValueError, match=r"embed: view 2 has shape \(30, 5\), 3 features were fit"):
        found.embed([A, C, B])
    with pytest.raises(ValueError, match=r"embed: view 1 has shape \(30,\).*same columns"):
        found.embed([A[:, 0], B, C])


# --- Units of columns, and the precision of the data ---


def exact_views(n=500, widths=(8, 7, 6), k=3):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((n, k))
    return [Z @ rng.standard_normal((k, d)) for d in widths]


@pytest.mark.parametrize("name", ["float32", "float16"])
def test_exact_views_stay_exact_in_the_type_that_they_were_saved_in(name):
    views = exact_views()
    narrow = [X.astype(name) for X in views]
    for saved in (narrow, [X.astype(float) for X in narrow], [narrow[0], *views[1:]]):
        found, exact = (al.perfect_alignment_views(V, 3) for V in (saved, views))
        assert (found.rank, found.null_dim) == (exact.rank, exact.null_dim) == (6, 15)
        assert (found.precision, exact.precision) == (name, "float64")
        assert found.cutoff > exact.cutoff
        assert al.gcca(saved, 3).rank == 3
        assert al.gcca(saved, 3).precision == name


def test_gcca_does_not_depend_on_the_units_of_columns():
    rng = np.random.default_rng(1)
    views = [X + rng.standard_normal(X.shape) for X in exact_views()]
    units = [10.0 ** rng.integers(-15, 12, X.shape[1]) for X in views]
    scaled = [X * u for X, u in zip(views, units, strict=True)]
    expected, found = al.gcca(views, 3), al.gcca(scaled, 3)
    assert found.rank == expected.rank
    np.testing.assert_allclose(found.spectrum, expected.spectrum, atol=1e-8)
    for Z, other in zip(found.embed(scaled), expected.embed(views), strict=True):
        np.testing.assert_allclose(Z, other, atol=1e-8)


def test_views_whose_units_drown_others_are_named():
    views = exact_views()
    with pytest.warns(UserWarning, match=r"^perfect_alignment_views: columns 0, 1, .* of X2"):
        found = al.perfect_alignment_views([views[0], 1e-14 * views[1], views[2]], 2)
    assert found.drowned == ((), tuple(range(7)), ())


def test_views_in_one_space_are_as_far_apart_as_their_latents():
    views = generate_views(SyntheticSpec(n=40, d1=4, d2=3, noise=0.5), 3)
    found = {"PA": perfect_alignment_views(views, 2), "GCCA": gcca(views, 2)}
    for name, one in aligned_views(views, found).items():
        assert one.alignment is found[name]
        for Z, expected in zip(one.latents, found[name].embed(views), strict=True):
            np.testing.assert_array_equal(Z, expected)
        np.testing.assert_array_equal(one.between, pairwise_cmae(one.latents))
