import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group
from threadpoolctl import threadpool_info

import alignlab as al
from alignlab import linalg
from alignlab.aligners.registry import CLOSED_FORM as ALIGNERS


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


def of_stream(blocks, k):
    """The directions of the rows of all blocks together, held one block at a time."""
    return linalg.smallest_directions_of_triangle(linalg.triangle(blocks), k)


ROUTES = {
    "sample": by_sample,
    "gram": by_gram,
    "many": one_of_many,
    "qr": lambda X, k: of_stream([X], k),
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
    assert np.linalg.matrix_rank(X[::stride]) == rank  # not contained in the sample
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
    assert of_stream([X], 3).rank == 11
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
    streamed = of_stream([matrix], 3)
    on_torch()
    assert_same(linalg.smallest_directions(matrix, 3), by_numpy)
    assert_same(of_stream([matrix], 3), streamed)


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


@pytest.mark.parametrize(
    "align",
    [
        al.perfect_alignment,
        al.informative_alignment,
        al.cca,
        al.reduced_rank_regression,
        al.pls_svd,
        lambda X1, X2, k: al.whitened_stack(X1, X2, k, 0.5, 1),
        al.procrustes,
        lambda X1, X2, k: al.least_squares(X1, X2),
    ],
)
@pytest.mark.parametrize("rank", [9, 5])
def test_aligners_on_torch_are_those_on_numpy(align, rank, on_torch, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X1, X2 = low_rank(300, 9, rank), low_rank(300, 7, 7, seed=1)
    by_numpy = align(X1, X2, 3)
    on_torch()
    by_torch = align(X1, X2, 3)
    assert isinstance(by_torch.W1, np.ndarray)
    assert (by_torch.rank, by_torch.ranks) == (by_numpy.rank, by_numpy.ranks)
    np.testing.assert_allclose(by_torch.W1, by_numpy.W1, atol=1e-9)
    np.testing.assert_allclose(by_torch.W2, by_numpy.W2, atol=1e-9)


def test_a_sweep_on_torch_is_that_on_numpy(on_torch, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    spec = al.SyntheticSpec(n=30, k=2, d1=3, d2=4)
    metrics = ["cmae", "ncmae", "mlre", "held_out_mlre_up_to_linear", "retrieval", "kept_norm"]

    def measured():
        return al.sweep(spec, "noise", [0.1, 1.0], [0, 1], list(ALIGNERS), metrics)

    by_numpy = measured()
    on_torch()
    by_torch = measured()
    assert len(by_torch) == 4 * len(ALIGNERS)
    np.testing.assert_allclose(by_torch[metrics], by_numpy[metrics], rtol=1e-9, atol=1e-11)


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


def assert_same(found, expected, atol=1e-9):
    assert isinstance(found.W, np.ndarray)
    assert found.W.dtype == np.float64
    assert found.rank == expected.rank
    np.testing.assert_allclose(found.W, expected.W, rtol=0, atol=atol)
    rounding = 1e-12 * expected.spectrum[0]
    np.testing.assert_allclose(found.spectrum, expected.spectrum, rtol=0, atol=rounding)


@given(st.lists(st.integers(1, 399), max_size=6, unique=True), st.sampled_from([3, 12]))
@settings(max_examples=25)
def test_a_stream_equals_the_rows_in_memory_however_it_is_cut(cuts, rank):
    X = low_rank(400, 12, rank)
    blocks = np.split(X, sorted(cuts))
    streamed = of_stream(iter(blocks), 3)
    assert_same(streamed, linalg.smallest_directions(X, 3))


def test_a_block_larger_than_one_qr_step_is_taken_in_slices(monkeypatch):
    X = low_rank(1000, 5, 5)
    whole = of_stream([X], 2)
    sizes = []
    factor = linalg._r_factor
    monkeypatch.setattr(linalg, "BLOCK_ROWS", 64)
    monkeypatch.setattr(linalg, "_r_factor", lambda rows: sizes.append(len(rows)) or factor(rows))
    assert_same(of_stream([X], 2), whole)
    assert max(sizes) <= 64 + 5


def test_an_empty_stream_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        of_stream([], 2)


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


# --- Batches ---

MIXED = {
    "n < d": [
        low_rank(6, 15, 6),
        low_rank(6, 15, 3),
        np.zeros((6, 15)),
        low_rank(6, 15, 6, seed=1) * np.geomspace(1, 1e8, 15),
        low_rank(6, 15, 3, seed=1),
    ],
    "n >= d": [
        low_rank(300, 12, 12),
        low_rank(300, 12, 5),
        low_rank(300, 12, 11),
        low_rank(300, 12, 12) @ np.diag(np.geomspace(1, 1e-5, 12)),
        low_rank(300, 12, 4) * np.geomspace(1, 1e8, 12),
        low_rank(300, 12, 12, seed=1),
        np.zeros((300, 12)),
        low_rank(300, 12, 5, seed=1) + 1e-9 * low_rank(300, 12, 1),
        low_rank(300, 12, 1),
        1e-30 * low_rank(300, 12, 7),
    ],
    "of several blocks of rows": [
        low_rank(linalg.BLOCK_ROWS + 50, 6, 6),
        low_rank(linalg.BLOCK_ROWS + 50, 6, 3) * np.geomspace(1, 1e8, 6),
    ],
}


def member(found, b):
    parts = linalg.SmallestSubspaces(
        W=found.W[b : b + 1], spectrum=found.spectrum[b : b + 1], rank=found.rank[b : b + 1]
    )
    return linalg._single(parts)


@pytest.mark.parametrize("case", MIXED)
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("k", [1, 3, 6])
@pytest.mark.parametrize("probed", [False, True])
def test_many_problems_at_once_have_the_answers_of_each_alone(
    case, library, k, probed, on_torch, monkeypatch
):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X = np.stack(MIXED[case])
    probe = np.random.default_rng(8).standard_normal((*X.shape[::2], k)) if probed else None
    alone = [
        linalg.smallest_directions(X[b], k, probe=probe[b] if probed else None)
        for b in range(len(X))
    ]
    if library == "torch":
        on_torch()
    found = linalg.smallest_directions_of_many(X, k, probe=probe)
    assert isinstance(found.W, torch.Tensor) == (library == "torch")
    assert found.W.shape == (len(X), X.shape[2], k)
    assert found.rank.tolist() == [one.rank for one in alone]
    for b, expected in enumerate(alone):
        one = member(found, b)
        # columns that differ by 1e8 raise rounding errors as much, in torch's own QR too
        assert_same(one, expected, atol=2e-8)
        np.testing.assert_allclose(one.W.T @ one.W, np.eye(k), atol=1e-13)
        best, scale = np.sqrt(smallest_squares(X[b], k)), np.linalg.norm(X[b])
        assert np.linalg.norm(X[b] @ one.W) == pytest.approx(best, abs=1e-13 * scale)


def test_a_batch_of_lopsided_problems_keeps_the_digits_of_small_columns():
    X = np.stack([low_rank(500, 12, 4, seed) * np.geomspace(1, 1e8, 12) for seed in range(3)])
    W = linalg.smallest_directions_of_many(X, 3).W
    for one, directions in zip(X, W, strict=True):
        sizes = np.linalg.norm(one, axis=0)
        # relative to what each row could reach in the columns that a direction uses
        reach = np.linalg.norm(sizes[:, None] * np.abs(directions), axis=0)
        assert (np.linalg.norm(one @ directions, axis=0) < 1e-15 * reach).all()


# --- Many problems with the rank of the first, and the first rows of problems ---


def counted(monkeypatch, name):
    """How many matrices each call of a factorisation of numpy has had."""
    calls, original = [], getattr(np.linalg, name)

    def counting(A, *args, **options):
        calls.append(A.size // (A.shape[-1] * A.shape[-2]))
        return original(A, *args, **options)

    monkeypatch.setattr(np.linalg, name, counting)
    return calls


def hidden(row, seed=0):
    """Rank 3 in 12 columns, but for one row."""
    X = low_rank(60, 12, 3, seed)
    X[row] += 1e-6 * np.random.default_rng(1).standard_normal(12)
    return X


@pytest.mark.parametrize("n", [3, 7, 11, 12, 60])
def test_null_spaces_of_one_rank_take_the_eigenvectors_of_none(n, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X = np.stack([low_rank(n, 12, 3, seed) for seed in range(6)])
    calls = counted(monkeypatch, "eigh"), counted(monkeypatch, "svd")
    found = linalg.smallest_directions_of_many(X, 4)
    assert calls == ([], [])
    for b, one in enumerate(X):
        expected = null_basis_by_numpy(one, 4, 3)
        np.testing.assert_allclose(found.W[b], expected, atol=1e-11)
        assert np.linalg.norm(one @ found.W[b]) < 1e-14 * np.linalg.norm(one)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_problems_of_another_rank_than_the_first_have_their_own_answers(
    library, on_torch, monkeypatch
):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    others = [low_rank(60, 12, rank, 1) for rank in (3, 2, 4, 12, 0)]
    uneven = low_rank(60, 12, 3) * np.logspace(0, 8, 12)
    X = np.stack([low_rank(60, 12, 3), *others, hidden(37), uneven])
    alone = [linalg.smallest_directions(one, 4) for one in X]
    if library == "torch":
        on_torch()
    found = linalg.smallest_directions_of_many(X, 4)
    assert found.rank.tolist() == [one.rank for one in alone] == [3, 3, 2, 4, 12, 0, 4, 3]
    for b, expected in enumerate(alone):
        assert_same(member(found, b), expected, atol=2e-8)


def test_a_column_in_other_units_counts_where_the_first_problem_has_none():
    X = np.stack([low_rank(60, 12, 3, seed) for seed in range(4)])
    X[2, :, 5] = 1e-17 * np.random.default_rng(2).standard_normal(60)
    found = linalg.smallest_directions_of_many(X, 4)
    assert found.rank.tolist() == [3, 3, 4, 3]
    assert_same(member(found, 2), linalg.smallest_directions(X[2], 4), atol=1e-12)


NESTED = {
    "clean": [low_rank(60, 12, 3, seed) for seed in range(3)],
    "noisy": [low_rank(60, 12, 12, seed) for seed in range(3)],
    "rank rises late": [hidden(37, seed) for seed in range(3)],
    "of one": [low_rank(60, 12, 3), hidden(37), low_rank(60, 12, 3, 2)],
    "few rows first": [
        np.concatenate([low_rank(20, 12, 2, seed), low_rank(40, 12, 3, seed)]) for seed in range(3)
    ],
    "a column small": [low_rank(60, 12, 3, seed) * 1e-5 ** np.eye(12)[4] for seed in range(3)],
    "columns small at first": [
        low_rank(60, 12, 3, seed)
        * np.where(np.arange(60) < 20, 1e-7, 1)[:, None] ** (np.arange(12) < 3)
        for seed in range(3)
    ],
    "zeros first": [
        np.concatenate([np.zeros((20, 12)), low_rank(40, 12, 3, seed)]) for seed in range(3)
    ],
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", NESTED)
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("k", [2, 10])
def test_the_first_rows_of_problems_have_the_answers_of_these_rows(
    case, library, k, on_torch, monkeypatch
):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    X, counts = np.stack(NESTED[case]), [60, 2, 30, 5, 15, 60, 38]
    probe = np.random.default_rng(8).standard_normal((12, k))
    alone = [[linalg.smallest_directions(one[:n], k, probe=probe) for one in X] for n in counts]
    if library == "torch":
        on_torch()
    found = linalg.smallest_directions_of_nested(X, counts, k, probe=probe)
    assert len(found) == len(counts)
    for here, expected in zip(found, alone, strict=True):
        assert here.rank.tolist() == [one.rank for one in expected]
        for b, one in enumerate(expected):
            assert_same(member(here, b), one, atol=2e-8)


def test_one_null_space_of_nested_rows_is_computed_once():
    X = np.stack(NESTED["clean"])
    largest, few, middle = linalg.smallest_directions_of_nested(X, [60, 2, 30], 4)
    assert largest.W is middle.W
    assert few.rank.tolist() == [2, 2, 2]
    assert few.W is not largest.W


def test_parts_of_one_array_lie_side_by_side_without_a_copy():
    stack = np.random.default_rng(0).standard_normal((2, 5, 9)).mT
    A, B = stack[:, :4, :2], stack[:, :4, 2:]
    assert np.shares_memory(linalg.side_by_side(A, B), stack)
    copies = [(B, A), (A, B.copy()), (A, stack[:, 1:5, 2:]), (A, stack[:, :4, 3:])]
    copies.append((A, stack[:, :4, 2::2]))
    copies.append((A.copy(), B.copy()))
    for one, other in [(A, B), *copies]:
        expected = np.concatenate([one, other], -1)
        np.testing.assert_array_equal(linalg.side_by_side(one, other), expected)
    assert not any(np.shares_memory(linalg.side_by_side(*pair), stack) for pair in copies)


def test_a_product_is_stored_as_its_first_factor_is():
    by_rows = np.random.default_rng(0).standard_normal((2, 9, 5))
    W = np.random.default_rng(1).standard_normal((2, 5, 3))
    by_columns = np.ascontiguousarray(by_rows.mT).mT
    found = linalg.product(by_columns, W)
    assert found.mT.flags.c_contiguous
    assert linalg.product(by_rows, W).flags.c_contiguous
    for product in (found, linalg.product(by_rows, W)):
        np.testing.assert_allclose(product, by_rows @ W, atol=1e-14)


@pytest.mark.parametrize("shape", [(5, 9), (9, 9), (400, 9)])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_leading_directions_of_a_batch_are_those_of_each(shape, library):
    rng = np.random.default_rng(2)
    X = np.stack(
        [
            rng.standard_normal(shape) * np.geomspace(1, grading, shape[1])
            for grading in (1.0, 1e-6, 1e-2, 1e-8)
        ]
    ).reshape(2, 2, *shape)
    V, s = linalg.leading_directions(X if library == "numpy" else torch.from_numpy(X), 4)
    assert isinstance(V, np.ndarray if library == "numpy" else torch.Tensor)
    assert V.shape == (2, 2, 9, 4)
    for at in np.ndindex(2, 2):
        expected_V, expected_s = linalg.leading_directions(X[at], 4)
        np.testing.assert_allclose(V[at], expected_V, atol=1e-9)
        np.testing.assert_allclose(s[at], expected_s, rtol=1e-9)
        singular = np.linalg.svd(X[at], compute_uv=False)
        np.testing.assert_allclose(s[at], singular[:4], rtol=1e-7, atol=1e-12 * singular[0])


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5), (1, 3), (12, 2)])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_singular_triplets_rebuild_every_matrix_and_settle_its_signs(shape, library):
    C = np.random.default_rng(3).standard_normal((3, *shape))
    r = min(shape)
    triplets = linalg.singular_triplets(C if library == "numpy" else torch.from_numpy(C), r)
    assert all(isinstance(part, np.ndarray) == (library == "numpy") for part in triplets)
    U, s, V = (linalg.to_numpy(part) for part in triplets)
    np.testing.assert_allclose(s, np.linalg.svd(C, compute_uv=False), rtol=1e-12)
    np.testing.assert_allclose((U * s[:, None, :]) @ V.mT, C, atol=1e-12)
    np.testing.assert_allclose(U.mT @ U, np.broadcast_to(np.eye(r), (3, r, r)), atol=1e-13)
    assert ((U * linalg.fixed_gaussian(shape[0], r)).sum(axis=1) > 0).all()
    for fewer in range(1, r):
        U_less, s_all, V_less = linalg.singular_triplets(C[0], fewer)
        np.testing.assert_allclose(U_less, U[0, :, :fewer], atol=1e-12)
        np.testing.assert_allclose(V_less, V[0, :, :fewer], atol=1e-12)
        np.testing.assert_allclose(s_all, s[0], rtol=1e-12)  # all values, not only k


@pytest.mark.parametrize("n", [3, 6, 200])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_least_squares_maps_of_a_batch_are_those_of_numpy(n, library):
    rng = np.random.default_rng(4)
    A = np.stack(
        [
            rng.standard_normal((n, 6)),
            low_rank(n, 6, 3),
            np.zeros((n, 6)),
            rng.standard_normal((n, 6)) * np.geomspace(1, 1e-6, 6),
            np.ones((n, 6)),  # whose Gram matrix is singular to the last bit
            1e9 * rng.standard_normal((n, 6)),
            low_rank(n, 6, 2) + 1e-14 * low_rank(n, 6, 6, seed=1),  # below the cutoff
        ]
    )
    B = rng.standard_normal((len(A), n, 2))
    given = (A, B) if library == "numpy" else (torch.from_numpy(A), torch.from_numpy(B))
    M = linalg.least_squares_map(*given)
    assert isinstance(M, np.ndarray if library == "numpy" else torch.Tensor)
    for one, target, found in zip(A, B, linalg.to_numpy(M), strict=True):
        expected = np.linalg.lstsq(one, target, rcond=linalg.RCOND)[0]
        size = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * size)
        np.testing.assert_allclose(linalg.least_squares_map(one, target), found, atol=1e-9 * size)


def test_least_squares_maps_make_up_for_the_squared_condition_number():
    U, V = (np.linalg.qr(low_rank(n, 4, 4))[0] for n in (500, 4))
    A = (U * [1, 1, 1, 1.5e-3]) @ V.T
    M = np.random.default_rng(5).standard_normal((4, 2))
    np.testing.assert_allclose(linalg.least_squares_map(A, A @ M), M, rtol=0, atol=1e-13)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e9 / 3, -7e15 / 9])
def test_centring_leaves_nothing_of_a_constant_column(constant):
    X = np.concatenate([low_rank(300, 2, 2) + 3, np.full((300, 1), constant)], axis=1)
    batch = np.stack([X, 2 * X])
    centred, mean = linalg.centred(batch)
    np.testing.assert_allclose(mean, batch.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(centred[..., :2].mean(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(centred[0, :, :2], X[:, :2] - X[:, :2].mean(axis=0), atol=1e-13)
    assert np.abs(centred[..., 2]).max() < 1e-13


# --- Threads ---


def thread_limits():
    np.linalg.eigh(np.eye(2))  # so that the library is loaded
    found = {i["filepath"]: i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}
    assert found
    return found


@pytest.mark.parametrize("last_out", ["first in", "second in"])
def test_the_last_to_leave_lifts_the_limit_of_one_thread_whichever_thread_that_is(last_out):
    before = thread_limits()
    second_in, left, end = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def second():
        with linalg.one_thread_each():
            second_in.set()
            if last_out == "second in":
                left.wait(10)
            seen.append(thread_limits())
        left.set()
        end.wait(10)  # a thread that has ended gives up its claim on the limits

    def first():
        with linalg.one_thread_each():
            thread.start()
            second_in.wait(10)
            if last_out == "first in":
                left.wait(10)
            seen.append(thread_limits())
        left.set()
        end.wait(10)

    thread, starter = threading.Thread(target=second), threading.Thread(target=first)
    starter.start()
    while len(seen) < 2:
        left.wait(0.01)
    for _ in range(1000):  # until the last one is out
        if thread_limits() == before:
            break
        left.wait(0.01)
    after = thread_limits()
    end.set()
    starter.join()
    thread.join()
    assert after == before
    assert all(set(limits.values()) == {1} for limits in seen)


def test_the_limit_of_one_thread_can_be_set_again_from_another_thread():
    before = thread_limits()

    def limited():
        with linalg.one_thread_each():
            seen.append(set(thread_limits().values()))

    seen = []
    limited()
    thread = threading.Thread(target=limited)
    thread.start()
    thread.join()
    assert seen == [{1}, {1}]
    assert thread_limits() == before


def test_an_error_within_lifts_the_limit_of_one_thread():
    before = thread_limits()
    with pytest.raises(RuntimeError), linalg.one_thread_each():
        raise RuntimeError
    assert thread_limits() == before


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


@pytest.mark.parametrize(
    ("has_driver", "has_cuda", "default"),
    [(True, False, "cpu"), (True, True, "cuda"), (False, True, "cpu")],
)
def test_device_is_a_gpu_where_there_is_one(monkeypatch, has_driver, has_cuda, default):
    monkeypatch.delenv("ALIGNLAB_DEVICE", raising=False)
    monkeypatch.setattr(linalg, "_driver_and_torch", lambda: has_driver)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert linalg.device() == default
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    assert linalg.device() == "cpu"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("tpu", "not a device of alignlab: use cpu or cuda"),
        ("mps", "not a device of alignlab"),
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


def test_a_gpu_without_torch_names_the_extra(monkeypatch):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cuda")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match=r"'cuda' needs torch.*'alignlab\[train\]'"):
        linalg.device()


@pytest.mark.parametrize("shape", [(1, 1), (3, 9), (9, 9), (700, 40), (60, 300), (400, 300)])
def test_the_triangle_is_that_of_the_rows(shape):
    X = np.random.default_rng(4).standard_normal(shape)
    R = linalg.triangle([X])
    assert R.shape == (min(shape), shape[1])
    np.testing.assert_array_equal(R, np.triu(R))
    np.testing.assert_allclose(R.T @ R, X.T @ X, rtol=0, atol=1e-12 * shape[0])
    # as accurate as the factorisation itself, not as its squared condition number
    small = X * np.geomspace(1, 1e-9, shape[1])
    s = np.linalg.svd(small, compute_uv=False)
    found = np.linalg.svd(linalg.triangle([small]), compute_uv=False)
    np.testing.assert_allclose(found, s, rtol=0, atol=1e-14 * s[0])


@pytest.mark.parametrize("d", [1, 2, 7])
def test_random_rotations_are_those_of_scipy(d):
    found = linalg.random_rotation(d, np.random.default_rng(3))
    np.testing.assert_array_equal(found, ortho_group.rvs(d, random_state=np.random.default_rng(3)))


def test_symmetric_eigen_rebuilds_its_matrix_in_descending_order():
    A = np.random.default_rng(0).normal(size=(3, 6, 6))
    S = A @ A.mT
    eigenvalues, V = linalg.symmetric_eigen(S)
    assert (np.diff(eigenvalues) <= 0).all()
    np.testing.assert_allclose((V * eigenvalues[:, None, :]) @ V.mT, S, atol=1e-12)
    np.testing.assert_allclose(linalg.symmetric_eigen(-S)[0], -eigenvalues[:, ::-1], atol=1e-12)


@pytest.mark.parametrize("k", [1, 9, 10, 11, 40])
def test_leading_eigenvectors_are_the_first_of_all(k):
    A = np.random.default_rng(0).normal(size=(60, 40))
    S = A.T @ A
    values, V = linalg.leading_eigen(S, k)
    all_values, all_vectors = linalg.symmetric_eigen(S)
    np.testing.assert_allclose(values, all_values[:k], rtol=1e-12)
    np.testing.assert_allclose(V, all_vectors[:, :k], atol=1e-11)


def test_singular_values_are_those_of_numpy():
    M = np.random.default_rng(2).normal(size=(4, 7, 3))
    np.testing.assert_allclose(linalg.singular_values(M), np.linalg.svd(M)[1], atol=1e-12)
