import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

import alignlab as al
from alignlab import linalg
from alignlab.aligners import regress


def gaussian_pair(n=50, d1=4, d2=5, seed=0):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, 3)) * [3, 2, 1]
    X1, X2 = (Z @ rng.standard_normal((3, d)) + rng.standard_normal((n, d)) for d in (d1, d2))
    return X1 + 7, X2 - 3


def stacked(alignment):
    return np.concatenate([alignment.W1, alignment.W2])


# --- Least squares ---


@given(st.integers(2, 40), st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_least_squares_is_the_shortest_map_of_least_residual(n, d1, d2, seed):
    X1, X2 = gaussian_pair(n, d1, d2, seed)
    alignment = al.least_squares(X1, X2)
    Z1, Z2 = alignment.embed(X1, X2)
    np.testing.assert_array_equal(Z1, X1)
    expected = np.linalg.pinv(X2) @ X1
    np.testing.assert_allclose(alignment.W2, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    scale = np.linalg.norm(X2) * np.linalg.norm(X1)
    np.testing.assert_allclose(X2.T @ (X1 - Z2), 0, atol=1e-9 * scale)
    assert alignment.k == d1
    assert alignment.rank == min(n, d2)
    assert alignment.ranks == (d1, min(n, d2))
    s = np.linalg.svd(X2, compute_uv=False)
    np.testing.assert_allclose(alignment.spectrum, s, atol=1e-9 * s[0])


def test_least_squares_neither_centres_nor_scales_and_says_what_it_is():
    alignment = al.least_squares(*gaussian_pair())
    assert not alignment.mean1.any()
    assert not alignment.mean2.any()
    np.testing.assert_array_equal(alignment.W1, np.eye(4))
    assert alignment.method == "least_squares"


def test_least_squares_of_a_rank_deficient_view_has_the_least_norm():
    X1, X2 = gaussian_pair()
    twice = np.concatenate([X2, X2], axis=1)
    plain, found = al.least_squares(X1, X2), al.least_squares(X1, twice)
    np.testing.assert_allclose(found.W2, np.concatenate([plain.W2, plain.W2]) / 2, atol=1e-10)
    assert found.rank == 5
    np.testing.assert_allclose(
        found.embed(X1, twice)[1], plain.embed(X1, X2)[1], atol=1e-10 * np.linalg.norm(X1)
    )


def test_least_squares_keeps_the_digits_that_a_gram_matrix_loses():
    _, X2 = gaussian_pair(500)
    U, _, Vt = np.linalg.svd(X2, full_matrices=False)
    X2 = (U * np.geomspace(1, 1e-7, 5)) @ Vt
    M = np.random.default_rng(1).standard_normal((5, 4))
    np.testing.assert_allclose(al.least_squares(X2 @ M, X2).W2, M, atol=1e-6)


# --- Procrustes ---


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("d", [2, 4])
def test_scipy_finds_the_same_rotation(d, seed):
    X1, X2 = gaussian_pair(d1=d, d2=d, seed=seed)
    alignment = al.procrustes(X1, X2, d)
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    R = orthogonal_procrustes(A, B)[0]  # with all directions kept, the maps undo V1 and V2
    np.testing.assert_allclose(alignment.W1 @ alignment.W2.T, R, atol=1e-9)


@given(st.integers(7, 40), st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000), st.data())
def test_view_1_is_turned_onto_view_2_within_the_principal_directions(n, d1, d2, seed, data):
    X1, X2 = gaussian_pair(n, d1, d2, seed)
    k = data.draw(st.integers(1, min(d1, d2)))
    alignment = al.procrustes(X1, X2, k)
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    V1, V2 = (np.linalg.svd(X, full_matrices=False)[2][:k].T for X in (A, B))
    for W, V in ((alignment.W1, V1), (alignment.W2, V2)):
        np.testing.assert_allclose(W.T @ W, np.eye(k), atol=1e-10)
        assert al.subspace_distance(W, V) < 1e-7
    R, scale = orthogonal_procrustes(A @ V1, B @ V2)
    least = np.linalg.norm(A @ V1 @ R - B @ V2)
    Z1, Z2 = alignment.embed(X1, X2)
    assert np.linalg.norm(Z1 - Z2) == pytest.approx(least, rel=1e-7, abs=1e-7)
    assert n * alignment.spectrum.sum() == pytest.approx(scale, rel=1e-9)
    assert alignment.spectrum.shape == (k,)
    np.testing.assert_allclose(np.concatenate([Z1, Z2]).mean(axis=0), 0, atol=1e-9)


def test_a_turned_and_shifted_view_is_brought_back_exactly():
    X, _ = gaussian_pair()
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    for reflection in ([1, 1, 1, 1], [-1, 1, 1, 1]):
        turned = X @ Q * reflection + 5
        Z1, Z2 = al.procrustes(turned, X, 4).embed(turned, X)
        np.testing.assert_allclose(Z1, Z2, atol=1e-10)
        assert al.kept_norm(X - X.mean(axis=0), Z2) == pytest.approx(1)  # not scaled


def test_the_second_view_is_in_its_principal_directions_on_the_side_of_the_fixed_gaussian():
    X1, X2 = gaussian_pair()
    alignment = al.procrustes(X1, X2, 3)
    V2 = np.linalg.svd(X2 - X2.mean(axis=0), full_matrices=False)[2][:3].T
    V2 *= np.sign((V2 * linalg.fixed_gaussian(5, 3)).sum(axis=0))
    np.testing.assert_allclose(alignment.W2, V2, atol=1e-9)
    np.testing.assert_allclose(alignment.mean1, X1.mean(axis=0))
    np.testing.assert_allclose(alignment.mean2, X2.mean(axis=0))
    assert (alignment.method, alignment.ranks) == ("procrustes", (3, 3))
    order = np.random.default_rng(0).permutation(50)
    shuffled = al.procrustes(X1[order], X2[order], 3)
    np.testing.assert_allclose(stacked(shuffled), stacked(alignment), atol=1e-9)
    mirrored = al.procrustes(-X1, X2, 3)
    np.testing.assert_allclose(mirrored.W1, -alignment.W1, atol=1e-9)
    np.testing.assert_allclose(mirrored.W2, alignment.W2, atol=1e-9)


def test_fewer_pairs_than_features_are_turned():
    X1, X2 = gaussian_pair(5, 9, 7)
    Z1, Z2 = al.procrustes(X1, X2, 4).embed(X1, X2)
    A, B = X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)
    assert np.linalg.norm(Z1) == pytest.approx(np.linalg.norm(A))  # all directions are kept
    assert np.linalg.norm(Z2) == pytest.approx(np.linalg.norm(B))
    assert np.trace(Z1.T @ Z2) == pytest.approx(np.linalg.norm(A.T @ B, "nuc"))


# --- Batches ---


def test_a_batch_holds_what_each_problem_gives_and_nan_where_a_view_is_too_small():
    pairs = [gaussian_pair(seed=seed) for seed in range(3)]
    pairs[1][0][:, 2:] = pairs[1][0][:, :2]
    X1, X2 = (np.stack(X) for X in zip(*pairs, strict=True))
    turned, regressed = regress.procrustes_maps(X1, X2, 3), regress.least_squares_maps(X2, X1)
    assert turned.ranks[0].tolist() == [3, 2, 3]
    assert np.isnan(turned.W1[1]).all()
    assert np.isnan(turned.W2[1]).all()
    for i in (0, 2):
        single = al.procrustes(X1[i], X2[i], 3)
        np.testing.assert_allclose(turned.W1[i], single.W1, atol=1e-12)
        np.testing.assert_allclose(turned.W2[i], single.W2, atol=1e-12)
    assert regressed.rank.tolist() == [4, 2, 4]
    for i in range(3):
        np.testing.assert_allclose(regressed.W1[i], np.eye(5), atol=0)
        np.testing.assert_allclose(regressed.W2[i], al.least_squares(X2[i], X1[i]).W2, atol=1e-12)


# --- Refusals ---

X1, X2 = gaussian_pair(30, 4, 3)
WITH_INF = np.where(np.arange(30)[:, None] == 7, np.inf, X2)

REFUSED = {
    "inf": (X1, WITH_INF, "X2 holds 3 NaN or infinite values.*row 7, column 0.*drop"),
    "unequal rows": (X1, X2[:-1], "X1 has 30 rows and X2 has 29.*drop the rows without"),
    "one row": (X1[:1], X2[:1], r"X1 has shape \(1, 4\): at least 2 rows"),
    "constant view": (0 * X1 + 2.5, X2, "X1 is constant.*check which columns"),
    "vector": (X1[:, 0], X2, r"X1 has shape \(30,\).*reshape"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_the_argument_and_a_remedy(case):
    first, second, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^least_squares: {message}"):
        al.least_squares(first, second)
    with pytest.raises(ValueError, match=f"^procrustes: {message}"):
        al.procrustes(first, second, 2)


@pytest.mark.parametrize(
    ("n", "k", "message"),
    [
        (30, 4, r"k = 4 exceeds min\(d1, d2\) = 3: lower k or add features"),
        (3, 3, "k = 3 exceeds the rank of a view of 3 pairs: lower k or use more pairs"),
        (30, 0, "k = 0 is out of range: it must be at least 1"),
        (30, 2.0, "k = 2.0 is not a whole number"),
    ],
)
def test_a_bad_k_is_refused(n, k, message):
    with pytest.raises(ValueError, match=f"^procrustes: {message}"):
        al.procrustes(X1[:n], X2[:n], k)


def test_a_k_beyond_the_rank_of_a_view_is_refused():
    deficient = np.concatenate([X1[:, :2], X1[:, :2]], axis=1)
    with pytest.raises(ValueError, match=r"^procrustes: k = 3 exceeds the rank of a view"):
        al.procrustes(deficient, X2, 3)


# --- Units of columns, and the precision of the data ---


@pytest.mark.parametrize("units", [[1, 1, 1, 1], [1e-17, 1e4, 1, 1], [1e12, 1e-15, 1e-3, 1]])
def test_least_squares_do_not_depend_on_the_units_of_the_source(units):
    rng = np.random.default_rng(0)
    X2 = rng.standard_normal((100, 4)) + 3
    X1 = X2 @ rng.standard_normal((4, 3)) + rng.standard_normal((100, 3))
    expected, found = al.least_squares(X1, X2), al.least_squares(X1, X2 * units)
    assert found.rank == 4
    np.testing.assert_allclose(
        found.embed(X1, X2 * units)[1], expected.embed(X1, X2)[1], rtol=0, atol=1e-9
    )


def test_least_squares_of_dependent_columns_in_any_units_fit_as_well():
    rng = np.random.default_rng(0)
    A, X1 = rng.standard_normal((100, 3)), rng.standard_normal((100, 2))
    X2 = np.column_stack([A, A @ [1, 1, 0]])
    units = np.array([1e-15, 1e8, 1, 1e4])
    expected, found = al.least_squares(X1, X2), al.least_squares(X1, X2 * units)
    assert (found.rank, expected.rank) == (3, 3)
    fitted = expected.embed(X1, X2)[1]
    np.testing.assert_allclose(found.embed(X1, X2 * units)[1], fitted, atol=1e-8)


@pytest.mark.parametrize("name", ["float32", "float16"])
def test_ranks_follow_the_precision_in_which_views_arrived(name):
    data = al.generate(al.SyntheticSpec(n=500, d1=16, d2=12, k=3))
    X1, X2 = data.X1.astype(name), data.X2.astype(name)
    assert al.least_squares(X1, X2).rank == al.least_squares(data.X1, data.X2).rank == 3
    assert np.linalg.norm(al.least_squares(X1, X2).W2) < 10 * np.linalg.norm(
        al.least_squares(data.X1, data.X2).W2
    )
    assert al.procrustes(X1, X2, 3).ranks == (3, 3)
    assert al.procrustes(X1, X2, 3).precision == name
    with pytest.raises(ValueError, match="exceeds the rank of a view"):
        al.procrustes(X1, X2, 4)


def flag_beside_bytes(seed=0):
    """A flag and a column of int8, as a frame and as float64, with a view that both tell of."""
    rng = np.random.default_rng(seed)
    flag, grey = rng.integers(0, 2, 60), rng.integers(-100, 101, 60)
    frame = pd.DataFrame({"flag": flag.astype(float), "grey": grey.astype(np.int8)})
    Y = np.column_stack([flag + 0.1 * rng.standard_normal(60), grey + rng.standard_normal(60)])
    return frame, frame.to_numpy(np.float64), Y


def test_a_flag_beside_a_column_of_bytes_is_kept():
    frame, X, Y = flag_beside_bytes()
    found, right = al.least_squares(Y, frame), al.least_squares(Y, X)
    assert found.rank == right.rank == 2
    np.testing.assert_allclose(found.W2, right.W2, rtol=1e-10, atol=1e-12)
    assert al.procrustes(frame, Y, 2).ranks == al.procrustes(X, Y, 2).ranks == (2, 2)
    plain = al.perfect_alignment(frame, Y, 2), al.perfect_alignment(X, Y, 2)
    assert plain[0].rank == plain[1].rank == 4
    np.testing.assert_allclose(plain[0].W1, plain[1].W1, atol=1e-10)


@pytest.mark.parametrize("align", [al.cca, al.reduced_rank_regression])
def test_columns_beside_a_column_of_bytes_keep_their_digits_when_whitened(align):
    frame, X, Y = flag_beside_bytes()
    found, right = align(frame, Y, 2), align(X, Y, 2)
    np.testing.assert_allclose(found.W1, right.W1, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.W2, right.W2, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.spectrum, right.spectrum, rtol=1e-12)


def test_what_bytes_leave_open_is_left_open_beside_whole_columns():
    frame, _, Y = flag_beside_bytes()
    twice = frame.assign(again=frame["grey"], sum=frame["flag"] * 2.0)
    wide = twice.to_numpy(np.float64)
    found, right = al.least_squares(Y, twice), al.least_squares(Y, wide)
    assert found.rank == right.rank == 2
    np.testing.assert_allclose(wide @ found.W2, wide @ right.W2, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(al.cca(twice, Y, 2).spectrum, al.cca(wide, Y, 2).spectrum)
    assert al.cca(twice, Y, 2).ranks == (2, 2)
