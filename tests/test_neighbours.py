from contextlib import closing

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from alignlab import linalg, neighbours
from alignlab.neighbours import Search, nearest

RNG = np.random.default_rng(0)


def by_hand(X, k, queries=None):
    """Indices and distances by a full stable sort of all distances in double precision."""
    distances = cdist(X if queries is None else queries, X)
    if queries is None:
        np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


def same(found, indices, distances):
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-8, atol=1e-300)
    assert found.indices.dtype == np.int32
    assert found.exact


@pytest.mark.parametrize(("n", "d", "k"), [(300, 7, 1), (300, 40, 10), (50, 2, 49), (2, 1, 1)])
def test_neighbours_are_those_of_scikit_learn(n, d, k):
    X = RNG.normal(size=(n, d))
    distances, indices = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(X).kneighbors()
    same(nearest(X, k), indices, distances)


def test_neighbours_of_queries_include_a_row_that_equals_the_query():
    X = RNG.normal(size=(200, 5))
    found = nearest(X, 7, X[:9])
    same(found, *by_hand(X, 7, X[:9]))
    assert (found.indices[:, 0] == np.arange(9)).all()
    assert (found.distances[:, 0] == 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda X: X + 1e9,  # far from the origin
        lambda X: X * 1e140,
        lambda X: X * 1e-140,
        lambda X: np.vstack([X[:-1], 1e9 * X[-1:]]),  # one outlier
        lambda X: X[:20].repeat(10, axis=0) + 1e-7 * X,  # below single precision
        lambda X: np.round(X),  # ties
        lambda X: X[:3].repeat(67, axis=0)[:200],  # duplicates
        lambda X: 0 * X,
    ],
)
def test_screening_in_single_precision_changes_no_result(make):
    X = make(RNG.normal(size=(200, 3)))
    same(nearest(X, 11), *by_hand(X, 11))


@pytest.mark.parametrize(
    "make",
    [
        lambda Z: 1e-4 * Z + (np.arange(700) % 2)[:, None],
        lambda Z: np.vstack([1e-9 * Z[:-1], 1e3 * Z[-1:]]),
    ],
)
def test_in_tight_clusters_and_beside_an_outlier_few_rows_are_measured(make, monkeypatch):
    X = make(RNG.normal(size=(700, 40)))
    search, measured = Search(X, 3), []
    squared = search._squared

    def counted(row, members):
        measured.append(len(members))
        return squared(row, members)

    monkeypatch.setattr(search, "_squared", counted)
    for _ in search.run():
        pass
    assert np.mean(measured) < 20
    same(search.found, *by_hand(X, 3))


def test_repeated_rows_are_measured_once(monkeypatch):
    X = RNG.normal(size=(3, 4)).repeat(300, axis=0)
    search, measured = Search(X, 5), []
    squared = search._squared
    monkeypatch.setattr(
        search,
        "_squared",
        lambda row, members: measured.append(len(members)) or squared(row, members),
    )
    for _ in search.run():
        pass
    assert max(measured) <= 3
    same(search.found, *by_hand(X, 5))


def test_rows_of_very_many_columns_are_all_measured():
    X = RNG.normal(size=(4, 600_000)).astype(np.float32)
    same(nearest(X, 2), *by_hand(X.astype(float), 2))


def test_ties_are_broken_by_index():
    X = np.array([[0.0], [1.0], [-1.0], [1.0]])
    assert nearest(X, 3).indices.tolist() == [[1, 2, 3], [3, 0, 2], [0, 1, 3], [1, 0, 2]]


def test_a_guess_that_finds_too_few_candidates_is_made_good():
    near, far = 1e-3 * RNG.normal(size=(30, 2)), 1 + RNG.normal(size=(450, 2)) / 9
    X = np.insert(far, np.arange(30) * 15 + 1, near, axis=0)  # none of the looked at rows is near
    assert not set(range(0, len(X), neighbours.STRIDE)) & set(
        np.flatnonzero(cdist(X, near[:1]) < 0.1)
    )
    same(nearest(X, 29, near[:1]), *by_hand(X, 29, near[:1]))


@pytest.fixture
def inverted_file(monkeypatch):
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 1000)


def test_beyond_the_stated_size_most_neighbours_are_found_and_all_distances_right(inverted_file):
    centres = RNG.normal(size=(20, 8))
    X = centres[RNG.integers(0, 20, 3000)] + 0.1 * RNG.normal(size=(3000, 8))
    found, (indices, _) = nearest(X, 5), by_hand(X, 5)
    assert not found.exact
    shares = [len(set(a) & set(b)) / 5 for a, b in zip(found.indices, indices, strict=True)]
    assert np.mean(shares) > 0.9
    assert (found.indices != np.arange(3000)[:, None]).all()
    right = np.linalg.norm(X[:, None] - X[found.indices], axis=2)
    np.testing.assert_allclose(found.distances, right, rtol=1e-12)
    assert (np.diff(found.distances) >= 0).all()


def test_the_inverted_file_gives_the_same_for_any_number_of_threads(inverted_file, monkeypatch):
    X = RNG.normal(size=(1500, 4))
    results = []
    for threads in (1, 2):
        monkeypatch.setattr(linalg, "threads", lambda threads=threads: threads)
        results.append(nearest(X, 6))
    np.testing.assert_array_equal(results[0].indices, results[1].indices)
    np.testing.assert_array_equal(results[0].distances, results[1].distances)


def test_rows_whose_lists_hold_too_few_are_compared_with_all(inverted_file):
    X = np.vstack([RNG.normal(size=(1490, 2)), 100 + RNG.normal(size=(10, 2))])
    found, expected = nearest(X, 400), by_hand(X, 400)
    np.testing.assert_array_equal(found.indices[-10:], expected[0][-10:])
    assert np.isfinite(found.distances).all()


def test_repeated_rows_beyond_the_stated_size_are_at_distance_0(inverted_file):
    found = nearest(np.ones((1200, 2)), 3)
    assert (found.distances == 0).all()


def test_search_can_be_stopped_between_blocks_and_counts_its_queries(monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK_NUMBERS", 1000)
    search = Search(RNG.normal(size=(100, 3)), 2)
    with closing(search.run()) as steps:
        next(steps)
        assert 0 < search.done < search.total == 100
    whole = Search(search._X, 2)
    assert sum(1 for _ in whole.run()) == 10
    assert whole.done == whole.total


def test_what_cannot_be_searched_is_refused():
    X = RNG.normal(size=(9, 2))
    with pytest.raises(
        ValueError, match="nearest: k = 9 is out of range: it must be between 1 and 8"
    ):
        nearest(X, 9)
    assert nearest(X, 9, X[:1]).indices.shape == (1, 9)
    with pytest.raises(ValueError, match="X has 2 columns and queries 1"):
        nearest(X, 1, X[:, :1])
    with pytest.raises(ValueError, match="NaN or infinite"):
        nearest(np.where(X > 0, X, np.nan), 1)
