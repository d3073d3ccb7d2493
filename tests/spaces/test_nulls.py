import numpy as np
import pytest

import alignlab as al
from alignlab.neighbours import nearest
from alignlab.spaces import nulls
from alignlab.spaces.faithfulness import ordered, ranks
from alignlab.spaces.neighbourhoods import occurrences
from alignlab.spaces.similarity import centred_at_unit_size
from alignlab.spaces.uniformity import directions, uniformity
from tests.spaces.pairs import gaussian, paired

DRAWS = 5


class Order:
    """A generator that records its permutations."""

    def __init__(self, seed=0):
        self.rng, self.orders = np.random.default_rng(seed), []

    def permutation(self, n):
        self.orders.append(self.rng.permutation(n))
        return self.orders[-1]


def test_permuted_pairs_have_the_distances_of_a_permuted_modality(monkeypatch):
    Z1, Z2 = paired()
    monkeypatch.setattr(nulls.linalg, "BLOCK_ROWS", 25)
    rng = Order()
    drawn = list(nulls.permuted_distances(Z1, Z2, DRAWS, rng))
    for order, one in zip(rng.orders, drawn, strict=True):
        P = Z2[order]
        expected = al.cmae(Z1, P), al.ncmae(Z1, P), al.alignment_uniformity(Z1, P).alignment
        assert one == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("k", [5, 100])  # by products of columns, and by Gram matrices
def test_permuted_pairs_have_the_cka_of_a_permuted_modality(k):
    Z1, Z2 = paired(k=k)
    A, B = centred_at_unit_size(Z1), centred_at_unit_size(Z2)
    rng = Order()
    for one in nulls.permuted_cka(A, B, DRAWS, rng):
        assert one == pytest.approx(al.cka(Z1, Z2[rng.orders[-1]]), rel=1e-8)


def test_exchanged_labels_have_the_gap_of_exchanged_rows():
    Z1, Z2 = paired()
    drawn = list(nulls.exchanged_gaps(Z1, Z2, DRAWS, np.random.default_rng(0)))
    rng = np.random.default_rng(0)
    for one in drawn:
        kept = rng.integers(0, 2, 60)[:, None] == 1
        gap = al.modality_gap(np.where(kept, Z1, Z2), np.where(kept, Z2, Z1))
        assert one == pytest.approx((gap.distance, gap.explained), rel=1e-8, abs=1e-12)


def test_coordinates_are_permuted_each_on_its_own():
    Z = np.array([3.0, 0.0, 0.0]) + gaussian(40, 3)
    drawn = list(nulls.independent_coordinates(Z, 1, np.random.default_rng(0)))
    P = np.random.default_rng(0).permuted(Z, axis=0)
    assert drawn == [uniformity(directions(P))]
    np.testing.assert_array_equal(np.sort(P, axis=0), np.sort(Z, axis=0))
    assert not np.isclose(P[:, :1] - Z[:, :1], P[:, 1:2] - Z[:, 1:2]).any()


def test_lists_of_permuted_pairs_overlap_as_those_of_a_permuted_modality():
    Z1, Z2 = paired()
    near1, near2 = (ordered(Z, np.arange(60))[:, 1:5] for Z in (Z1, Z2))
    rng = Order()
    for one in nulls.permuted_lists(near1, near2, DRAWS, rng):
        assert one == pytest.approx(al.mutual_knn(Z1, Z2[rng.orders[-1]], 4), rel=1e-12)


def test_permuted_partners_are_hit_as_in_retrieval():
    Z1, Z2 = paired()
    near = nearest(Z2, 20, Z1).indices
    rng = Order()
    for hits in nulls.permuted_hits(near, (2, 20), DRAWS, rng):
        P = Z2[rng.orders[-1]]
        assert hits == pytest.approx((al.retrieval(Z1, P, 2), al.retrieval(Z1, P, 20)), rel=1e-12)
        assert hits[1] > 0


def test_random_neighbours_are_different_and_all_equally_likely():
    n, k = 12, 5
    drawn = list(nulls.random_lists(n, k, 400, np.random.default_rng(0)))
    for near in drawn[:20]:
        assert all(len(set(row)) == k for row in near.tolist())
    counts = sum(occurrences(near, n) for near in drawn)
    spread = np.sqrt(400 * n * k / n * (1 - k / n))
    assert np.abs(counts - 400 * k).max() < 4 * spread


def test_permuted_positions_have_the_ranks_of_a_permuted_map():
    X, Y = paired(n=30, k=2)
    every = np.arange(30)
    RX, near = ranks(ordered(X, every)), ordered(Y, every)[:, 1:4]
    rng = Order()
    for found in nulls.permuted_positions(RX, near, DRAWS, rng):
        beyond = np.maximum(found.astype(int) - 3, 0).sum()
        moved = np.empty_like(Y)
        moved[rng.orders[-1]] = Y
        expected = al.trustworthiness(X, moved, 3)
        assert nulls_share(beyond) == pytest.approx(expected, rel=1e-8)


def nulls_share(beyond, n=30, k=3):
    return 1 - 2 * beyond / (n * k * (2 * n - 3 * k - 1))


def test_every_measure_says_in_words_what_is_permuted():
    assert all(words.endswith(".") for words in nulls.NULLS.values())
    assert nulls.SMALL_IS_EXTREME.issubset(nulls.NULLS)


@pytest.mark.parametrize(("name", "p"), [("cka", 3 / 5), ("cmae", 4 / 5)])
def test_p_counts_what_is_as_extreme_and_the_value_itself(name, p):
    found = nulls.compared(name, 2.0, np.array([0.0, 1.0, 3.0, 2.0 * (1 - 1e-12)]), 9, exact=True)
    assert found.p == pytest.approx(p)
    assert (found.null, found.n, found.draws) == (pytest.approx(1.5), 9, 4)
    assert 0 < found.low < 0.1 < 2.9 < found.high < 3


def test_the_p_of_what_is_undefined_is_undefined():
    assert np.isnan(nulls.compared("cka", np.nan, np.ones(3), 9, exact=True).p)
    assert np.isnan(nulls.compared("cka", 1.0, np.array([1.0, np.nan]), 9, exact=True).p)
