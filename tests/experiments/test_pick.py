import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

import alignlab as al
from alignlab.data.metadata import Metadata
from alignlab.data.pairs import PairedData
from alignlab.experiments.pick import pick, worst_pairs
from alignlab.experiments.space import SpaceSpec, space

RNG = np.random.default_rng(3)
Z = RNG.standard_normal((60, 3))
PAIRS = PairedData(X1=Z + 0.5 * RNG.standard_normal(Z.shape), X2=Z)
SPACE = space(PAIRS, SpaceSpec())
DISTANCES = cdist(SPACE.Z1, SPACE.Z2)
METADATA = Metadata(pd.DataFrame({"name": [f"pair {i}" for i in range(60)], "row": range(60)}))
RANKS = tuple(
    np.array([getattr(pick(SPACE, row, 1), name) for row in range(60)])
    for name in ("rank", "rank_back")
)

# --- One point ---


@pytest.mark.parametrize("modality", [1, 2])
@pytest.mark.parametrize("row", [0, 17, 59])
def test_distance_ranks_and_neighbours_are_those_of_all_distances(row, modality):
    found = pick(SPACE, row, modality, neighbours=5)
    D = DISTANCES if modality == 1 else DISTANCES.T
    assert found.distance == pytest.approx(D[row, row], rel=1e-12)
    assert found.rank == 1 + (D[row] < D[row, row]).sum()
    assert found.rank_back == 1 + (D[:, row] < D[row, row]).sum()
    clouds = SPACE.Z1, SPACE.Z2
    point = clouds[modality - 1][row][None]
    for m, near in ((1, found.neighbours1), (2, found.neighbours2)):
        distances, rows = NearestNeighbors(n_neighbors=6).fit(clouds[m - 1]).kneighbors(point)
        itself = int(m == modality)  # the nearest of all
        np.testing.assert_array_equal(near.rows, rows[0][itself : itself + 5])
        np.testing.assert_allclose(near.distances, distances[0][itself : itself + 5], rtol=1e-9)


def test_ranks_of_all_points_make_up_retrieval():
    for top in (1, 5):
        assert (RANKS[0] <= top).mean() == al.retrieval(SPACE.Z1, SPACE.Z2, top)
        assert (RANKS[1] <= top).mean() == al.retrieval(SPACE.Z2, SPACE.Z1, top)


def test_equal_distances_count_in_expectation_and_equal_neighbours_come_in_row_order():
    point = space(PairedData(X1=np.zeros((9, 2)), X2=np.zeros((9, 2))), SpaceSpec())
    found = pick(point, 4, 2, neighbours=3)
    assert found.rank == found.rank_back == 5  # the mean of 1 to 9
    assert found.neighbours1.rows.tolist() == [0, 1, 2]
    assert pick(point, 1, 2, neighbours=3).neighbours2.rows.tolist() == [0, 2, 3]
    assert found.closer_share == 0


def test_the_share_of_closer_random_pairs_is_that_of_all_pairs_up_to_its_standard_error():
    n = 4000
    X = np.random.default_rng(1).standard_normal((n, 2))
    moved = X.copy()
    moved[11] = X[5]
    found = pick(space(PairedData(X1=X, X2=moved), SpaceSpec()), 11, 1)
    share = (cdist(X[:500], X[500:]) < found.distance).mean()
    assert 0.05 < share < 0.95
    assert found.closer_share == pytest.approx(share, abs=4 * (share * (1 - share) / n) ** 0.5)
    assert pick(space(PairedData(X1=X, X2=moved), SpaceSpec()), 12, 1).closer_share == 0


def test_there_are_no_more_neighbours_than_points():
    found = pick(SPACE, 0, 1, neighbours=99)
    assert len(found.neighbours1.rows) == 59
    assert sorted(found.neighbours2.rows) == list(range(60))


@pytest.mark.parametrize(
    ("given", "message"),
    [((60, 1), "row = 60 is out of range"), ((0, 3), "modality = 3 is"), ((0, 1, 0), "neighbours")],
)
def test_what_cannot_be_picked_is_refused(given, message):
    with pytest.raises(ValueError, match=f"^pick: {message}"):
        pick(SPACE, *given)


# --- The worst pairs ---


def test_the_worst_pairs_come_first_by_rank_or_by_distance():
    mean, distance = sum(RANKS) / 2, DISTANCES.diagonal()
    for by, first, second in (("rank", mean, distance), ("distance", distance, mean)):
        table = worst_pairs(SPACE, *RANKS, METADATA, by=by, most=60)
        expected = sorted(range(60), key=lambda i: (-first[i], -second[i], i))
        assert table["row"].tolist() == expected
        assert table["rank 1 → 2"].tolist() == RANKS[0][expected].tolist()
        assert table["rank 2 → 1"].tolist() == RANKS[1][expected].tolist()
        np.testing.assert_allclose(table["distance"], distance[expected])


def test_metadata_stand_beside_the_pairs_and_do_not_hide_a_column():
    table = worst_pairs(SPACE, *RANKS, METADATA, most=7)
    assert list(table) == [
        "row", "split", "distance", "rank 1 → 2", "rank 2 → 1", "name", "metadata row",
    ]  # fmt: skip
    assert len(table) == 7
    assert (table["metadata row"] == table["row"]).all()
    assert table["name"].tolist() == [f"pair {row}" for row in table["row"]]


def test_the_split_says_which_pairs_were_fitted():
    fitted = space(PAIRS, SpaceSpec(how="pls_svd", k=2, holdout=0.5))
    table = worst_pairs(fitted, *RANKS, METADATA)
    assert (
        np.isin(table["row"], np.flatnonzero(fitted.held_out)) == (table["split"] == "held out")
    ).all()
    assert set(table["split"]) == {"held out", "train"}
    assert set(worst_pairs(SPACE, *RANKS, METADATA)["split"]) == {""}


def test_other_numbers_of_rows_and_another_order_are_refused():
    with pytest.raises(ValueError, match=r"unequal numbers of rows.*'ranks2': 59"):
        worst_pairs(SPACE, RANKS[0], RANKS[1][1:], METADATA)
    with pytest.raises(ValueError, match="by = 'name' is not known: use rank or distance"):
        worst_pairs(SPACE, *RANKS, METADATA, by="name")
