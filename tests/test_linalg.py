import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from alignlab import linalg
from alignlab.align import informative_alignment, perfect_alignment


def low_rank(n, d, rank, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d))


def right_vectors(X):
    return np.linalg.svd(X, full_matrices=X.shape[0] < X.shape[1])[2]


def padded_singular_values(X):
    s = np.linalg.svd(X, compute_uv=False)
    return np.concatenate([s, np.zeros(X.shape[1] - s.size)])


def null_basis_by_numpy(X, k, rank):
    N = right_vectors(X)[rank:].T
    Q, R = np.linalg.qr(N @ (N.T @ linalg.fixed_gaussian(X.shape[1], k)))
    return Q * np.sign(np.diag(R))


def smallest_squares(X, k):
    return np.sum(padded_singular_values(X)[X.shape[1] - k :] ** 2)


def by_sample(X, k):
    found = linalg._by_sample(X, k, linalg._probe(X, k, None), linalg.RCOND)
    return found and linalg._single(found)


def by_gram(X, k):
    answers = list(linalg._by_gram(X[None], k, linalg._probe(X, k, None), linalg.RCOND))
    return linalg._single(answers[0][1]) if answers else None


def one_of_many(X, k):
    found = linalg.smallest_directions_of_many(np.stack([X, X[::-1], 2 * X]), k)
    return linalg._single(found)


ROUTES = {
    "sample": by_sample,
    "gram": by_gram,
    "many": one_of_many,
    "qr": lambda X, k: linalg.smallest_directions_of_stream([X], k),
    "chosen": linalg.smallest_directions,
}

MATRICES = {
    "n < d": low_rank(6, 15, 6),
    "n < d, rank-deficient": low_rank(8, 15, 3),
    "n = 1": low_rank(1, 5, 1),
    "n = d": low_rank(12, 12, 12),
    "n = d, rank-deficient": low_rank(12, 12, 5),
    "n >> d": low_rank(3000, 12, 12),
    "n >> d, few null directions": low_rank(3000, 12, 10),
    "n >> d, many null directions": low_rank(3000, 40, 4),
    "rows in several blocks": low_rank(linalg.BLOCK_ROWS + 300, 10, 3),
    "columns of unequal size": low_rank(500, 12, 4) * np.geomspace(1, 1e8, 12),
    "ill-conditioned": low_rank(500, 12, 12) @ np.diag(np.geomspace(1, 1e-5, 12)),
    "zero": np.zeros((7, 4)),
}


@pytest.fixture(params=MATRICES, ids=lambda name: name)
def matrix(request):
    return MATRICES[request.param]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("n", "d", "rank"), [(400, 20, 10), (2000, 64, 4), (9000, 40, 15)])
@pytest.mark.parametrize("k", [1, 5, 10])
def test_every_route_finds_the_null_basis_of_a_direct_svd(route, n, d, rank, k):
    X = low_rank(n, d, rank, seed=k)
    found = ROUTES[route](X, k)
    assert found is not None
    assert found.rank == rank
    np.testing.assert_allclose(found.W, null_basis_by_numpy(X, k, rank), rtol=0, atol=1e-9)


@pytest.mark.parametrize("rank", [6, 2])
def test_fewer_rows_than_columns_give_the_null_basis_of_a_direct_svd(rank):
    X = low_rank(6, 15, rank)
    found = linalg.smallest_directions(X, 4)
    np.testing.assert_allclose(found.W, null_basis_by_numpy(X, 4, rank), rtol=0, atol=1e-9)


def test_columns_are_orthonormal_and_leave_the_least_residual(matrix):
    scale = np.linalg.norm(matrix)
    for k in {1, 2, matrix.shape[1]}:
        W = linalg.smallest_directions(matrix, k).W
        np.testing.assert_allclose(W.T @ W, np.eye(k), atol=1e-13)
        residual = np.linalg.norm(matrix @ W)
        assert residual == pytest.approx(np.sqrt(smallest_squares(matrix, k)), abs=1e-13 * scale)


def test_spectrum_and_rank_are_those_of_numpy_padded_with_zeros(matrix):
    found = linalg.smallest_directions(matrix, 2)
    s = padded_singular_values(matrix)
    assert (np.diff(found.spectrum) <= 0).all()
    np.testing.assert_allclose(found.spectrum, s, rtol=0, atol=1e-12 * s[0])
    assert found.rank == np.count_nonzero(s > linalg.RCOND * s[0])


def test_without_a_null_space_the_singular_vectors_come_in_descending_order():
    X = low_rank(300, 8, 8)
    expected = right_vectors(X)[-3:].T
    expected *= np.sign(np.sum(expected * linalg.fixed_gaussian(8, 3), axis=0))
    np.testing.assert_allclose(linalg.smallest_directions(X, 3).W, expected, atol=1e-10)


def test_small_singular_vectors_keep_the_digits_that_a_gram_matrix_loses():
    rng = np.random.default_rng(4)
    U = np.linalg.qr(rng.standard_normal((300, 8)))[0]
    V = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    s = np.append(np.linspace(2, 1, 6), [2e-6, 1e-6])
    W = linalg.smallest_directions((U * s) @ V.T, 1).W
    assert np.linalg.norm(W - V[:, -1:] @ (V[:, -1:].T @ W)) < 1e-8


def test_a_null_space_smaller_than_k_is_taken_whole_behind_the_smallest_singular_vectors():
    X = low_rank(300, 8, 6)
    W = linalg.smallest_directions(X, 3).W
    smallest = right_vectors(X)[5]
    assert abs(W[:, 0] @ smallest) == pytest.approx(1, abs=1e-12)
    assert np.linalg.norm(X @ W[:, 1:]) < 1e-12 * np.linalg.norm(X)


@pytest.mark.parametrize("rank", [4, 12])
def test_the_answer_depends_on_the_moments_of_the_rows_alone(rank):
    X = low_rank(200, 12, rank)
    rotation = np.linalg.qr(np.random.default_rng(5).standard_normal((200, 200)))[0]
    W = linalg.smallest_directions(X, 3).W
    for same_moments in (rotation @ X, X[::-1], -X):
        np.testing.assert_allclose(linalg.smallest_directions(same_moments, 3).W, W, atol=1e-10)


def test_null_bases_are_nested_in_k():
    X = low_rank(300, 30, 6)
    W = linalg.smallest_directions(X, 12).W
    for k in (1, 5, 9):
        np.testing.assert_allclose(linalg.smallest_directions(X, k).W, W[:, :k], atol=1e-12)


@pytest.mark.parametrize("size", [1.0, 1e-2, 1e-4, 1e-6, 1e-8])
def test_a_direction_that_the_sampled_rows_miss_is_still_found(size):
    n, d, k, rank = 4000, 20, 5, 4
    X = low_rank(n, d, rank)
    s0 = np.linalg.norm(X, 2)
    rare = np.random.default_rng(9).standard_normal(d)
    X[1] = size * s0 * rare / np.linalg.norm(rare)
    stride = n // (4 * d)
    assert np.linalg.matrix_rank(X[::stride]) == rank  # the sample knows nothing of it
    assert ROUTES["sample"](X, k) is None
    found = linalg.smallest_directions(X, k)
    assert found.rank == rank + 1
    assert np.linalg.norm(X @ found.W) < 1e-13 * s0


def test_a_direction_that_the_gram_matrix_drowns_is_still_found():
    X = low_rank(500, 20, 4)
    rare = np.random.default_rng(9).standard_normal(20)
    X[0] += 1e-9 * np.linalg.norm(X, 2) * rare / np.linalg.norm(rare)
    assert ROUTES["gram"](X, 5) is None
    assert linalg.smallest_directions(X, 5).rank == 5


def test_rank_counts_a_singular_value_five_times_above_the_cutoff():
    rng = np.random.default_rng(1)
    U = np.linalg.qr(rng.standard_normal((2000, 11)))[0]
    V = np.linalg.qr(rng.standard_normal((256, 11)))[0]
    X = (U * np.append(np.linspace(2, 1, 10), 2 * 5 * linalg.RCOND)) @ V.T
    assert linalg.smallest_directions_of_stream([X], 3).rank == 11
    assert linalg.smallest_directions(X, 3).rank == 11


@pytest.fixture
def on_torch(monkeypatch):
    def to_device(X):
        return torch.from_numpy(np.array(X, dtype=np.float64))

    def switch():
        monkeypatch.setattr(linalg, "_to_device", to_device)
        assert linalg._namespace(linalg._to_device([1.0])) is torch

    return switch


def test_torch_finds_what_numpy_finds(matrix, on_torch, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    by_numpy = linalg.smallest_directions(matrix, 3)
    streamed = linalg.smallest_directions_of_stream([matrix], 3)
    on_torch()
    assert_same(linalg.smallest_directions(matrix, 3), by_numpy)
    assert_same(linalg.smallest_directions_of_stream([matrix], 3), streamed)


@pytest.mark.parametrize("shape", [(5, 9), (9, 9), (500, 9)])
@pytest.mark.parametrize("grading", [1.0, 1e-6])
def test_leading_directions_on_torch_are_those_on_numpy(shape, grading, on_torch, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X = np.random.default_rng(2).standard_normal(shape) * np.geomspace(1, grading, shape[1])
    V, s = linalg.leading_directions(X, 4)
    on_torch()
    V_torch, s_torch = linalg.leading_directions(X, 4)
    assert isinstance(V_torch, np.ndarray)
    np.testing.assert_allclose(V_torch, V, atol=1e-9)
    np.testing.assert_allclose(s_torch, s, rtol=1e-12)


@pytest.mark.parametrize("align", [perfect_alignment, informative_alignment])
def test_aligners_on_torch_are_those_on_numpy(align, on_torch, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X1, X2 = low_rank(300, 9, 9), low_rank(300, 7, 7, seed=1)
    by_numpy = align(X1, X2, 3)
    on_torch()
    by_torch = align(X1, X2, 3)
    np.testing.assert_allclose(by_torch.W1, by_numpy.W1, atol=1e-9)
    np.testing.assert_allclose(by_torch.W2, by_numpy.W2, atol=1e-9)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here")
def test_cuda_finds_what_the_cpu_finds(matrix, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    on_cpu = linalg.smallest_directions(matrix, 3)
    V, s = linalg.leading_directions(matrix, 1)
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cuda")
    assert linalg._to_device(matrix).is_cuda
    assert_same(linalg.smallest_directions(matrix, 3), on_cpu)
    V_cuda, s_cuda = linalg.leading_directions(matrix, 1)
    np.testing.assert_allclose(s_cuda, s, rtol=1e-12)
    if s[0] > 0:
        np.testing.assert_allclose(V_cuda, V, atol=1e-9)


def assert_same(found, expected):
    assert isinstance(found.W, np.ndarray)
    assert found.W.dtype == np.float64
    assert found.rank == expected.rank
    np.testing.assert_allclose(found.W, expected.W, rtol=0, atol=1e-9)
    atol = 1e-12 * expected.spectrum[0]
    np.testing.assert_allclose(found.spectrum, expected.spectrum, rtol=0, atol=atol)


@given(st.lists(st.integers(1, 399), max_size=6, unique=True), st.sampled_from([3, 12]))
@settings(max_examples=25)
def test_a_stream_equals_the_rows_in_memory_however_it_is_cut(cuts, rank):
    X = low_rank(400, 12, rank)
    blocks = np.split(X, sorted(cuts))
    streamed = linalg.smallest_directions_of_stream(iter(blocks), 3)
    assert_same(streamed, linalg.smallest_directions(X, 3))


def test_a_block_larger_than_one_qr_step_is_taken_in_slices(monkeypatch):
    X = low_rank(1000, 5, 5)
    whole = linalg.smallest_directions_of_stream([X], 2)
    sizes = []
    factor = linalg._r_factor
    monkeypatch.setattr(linalg, "BLOCK_ROWS", 64)
    monkeypatch.setattr(linalg, "_r_factor", lambda rows: sizes.append(len(rows)) or factor(rows))
    assert_same(linalg.smallest_directions_of_stream([X], 2), whole)
    assert max(sizes) <= 64 + 5


def test_an_empty_stream_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        linalg.smallest_directions_of_stream([], 2)


@pytest.mark.parametrize("shape", [(4, 9), (9, 9), (400, 9)])
@pytest.mark.parametrize("grading", [1.0, 1e-3, 1e-6])
def test_leading_directions_are_those_of_numpy_on_the_side_of_the_fixed_gaussian(shape, grading):
    X = np.random.default_rng(3).standard_normal(shape) * np.geomspace(1, grading, shape[1])
    r = min(shape)
    V, s = linalg.leading_directions(X, r)
    expected = right_vectors(X)[:r].T
    G = linalg.fixed_gaussian(9, r)
    expected *= np.sign(np.sum(expected * G, axis=0))
    singular = np.linalg.svd(X, compute_uv=False)
    np.testing.assert_allclose(s, singular, rtol=1e-9, atol=1e-13 * s[0])
    np.testing.assert_allclose(V[:, :2], expected[:, :2], atol=1e-9)
    np.testing.assert_allclose(V.T @ V, np.eye(r), atol=1e-12)
    assert (np.sum(V * G, axis=0) > 0).all()
    for fewer in range(1, r):
        np.testing.assert_allclose(linalg.leading_directions(X, fewer)[1], s[:fewer], rtol=1e-9)


def test_numerical_rank_is_relative_to_the_largest_value():
    s = np.array([1.0, 1e-6, 1e-11, 1e-13])
    for scale in (1e-30, 1.0, 1e30):
        assert linalg.numerical_rank(scale * s) == 3
    assert linalg.numerical_rank(np.zeros(3)) == 0


def test_least_squares_map_is_the_shortest_of_the_best():
    A, B = low_rank(30, 6, 3), low_rank(30, 2, 2, seed=1)
    expected = np.linalg.pinv(A, rcond=1e-10) @ B
    np.testing.assert_allclose(linalg.least_squares_map(A, B), expected, atol=1e-10)


def test_orthonormal_spans_what_it_was_given():
    A = low_rank(7, 3, 3)
    Q = linalg.orthonormal(A)
    np.testing.assert_allclose(Q.T @ Q, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(Q @ (Q.T @ A), A, atol=1e-13)


@pytest.mark.parametrize(
    "A", [low_rank(7, 3, 2), np.zeros((4, 2)), np.ones((2, 3))], ids=["rank 2", "zero", "wide"]
)
def test_orthonormal_refuses_dependent_columns(A):
    with pytest.raises(ValueError, match=r"dependent columns.*independent"):
        linalg.orthonormal(A)


@given(st.integers(1, 30), st.integers(1, 12), st.data())
def test_fixed_gaussian_is_nested_in_d_and_k(d, k, data):
    fewer_rows, fewer_columns = data.draw(st.integers(1, d)), data.draw(st.integers(1, k))
    G = linalg.fixed_gaussian(d, k)
    small = linalg.fixed_gaussian(fewer_rows, fewer_columns)
    np.testing.assert_array_equal(small, G[:fewer_rows, :fewer_columns])


def test_fixed_gaussian_is_gaussian():
    G = linalg.fixed_gaussian(4000, 5)
    np.testing.assert_allclose(G.T @ G / 4000, np.eye(5), atol=5 * np.sqrt(2 / 4000))


@pytest.mark.parametrize(("has_cuda", "default"), [(False, "cpu"), (True, "cuda")])
def test_device_is_a_gpu_where_there_is_one(monkeypatch, has_cuda, default):
    monkeypatch.delenv("ALIGNLAB_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert linalg.device() == default
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    assert linalg.device() == "cpu"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("tpu", "no device of alignlab: use cpu or cuda"),
        ("mps", "no device of alignlab"),
        ("cuda", "no CUDA here; unset it or use cpu"),
        ("cuda:1", "no CUDA here"),
    ],
)
def test_device_refuses_what_is_not_there(monkeypatch, name, cause):
    monkeypatch.setenv("ALIGNLAB_DEVICE", name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=cause) as refusal:
        linalg.smallest_directions(np.eye(3), 1)
    assert repr(name) in str(refusal.value)
