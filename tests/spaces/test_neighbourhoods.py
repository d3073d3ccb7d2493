import numpy as np
import pytest
from scipy.stats import skew
from sklearn.neighbors import NearestNeighbors

import alignlab as al
from alignlab import neighbours
from tests.spaces.pairs import gaussian, paired, rotation


def near(Z, k, queries=None):
    return NearestNeighbors(n_neighbors=k).fit(Z).kneighbors(queries, return_distance=False)


def test_a_copy_has_the_same_neighbours_and_a_permuted_one_those_of_chance():
    Z, k = gaussian(300, 3), 6
    order = np.random.default_rng(0).permutation(300)
    assert al.mutual_knn(Z, Z @ rotation(3) * 7 + 1, k) == 1.0
    assert al.mutual_knn(Z, Z[order], k) == pytest.approx(k / 299, abs=0.02)


def test_mutual_knn_is_the_mean_overlap_of_scikit_learns_neighbours():
    Z1, Z2 = paired()
    a, b = near(Z1, 4), near(Z2[:, :3], 4)
    expected = np.mean([len(set(p) & set(q)) / 4 for p, q in zip(a, b, strict=True)])
    assert 0.1 < expected < 0.9
    assert al.mutual_knn(Z1, Z2[:, :3], 4) == pytest.approx(expected, rel=1e-12)


def test_hubness_is_the_skewness_of_scikit_learns_neighbours():
    Z1, Z2 = paired(n=80, k=12)
    expected = [
        skew(np.bincount(near(target, 5, queries).ravel(), minlength=80))
        for target, queries in ((Z2, Z1), (Z1, Z2))
    ]
    assert al.hubness(Z1, Z2, 5) == pytest.approx(expected, rel=1e-8)


def test_exchanging_the_modalities_exchanges_both_hubnesses():
    Z1, Z2 = paired()
    there, back = al.hubness(Z1, Z2, 3)
    assert there != back
    assert al.hubness(Z2, Z1, 3) == (back, there)


def test_a_point_in_the_middle_of_all_is_a_hub():
    Z1 = gaussian(100, 30)
    Z2 = 4 * gaussian(100, 30, seed=1)
    Z2[0] = 0.0
    assert al.hubness(Z1, Z2, 1)[0] > 5


def test_a_rotation_of_both_spaces_changes_no_neighbourhood():
    Z1, Z2 = paired()
    R = rotation(5)
    assert al.mutual_knn(Z1 @ R, Z2 @ R, 4) == al.mutual_knn(Z1, Z2, 4)
    assert al.hubness(Z1 @ R, Z2 @ R, 4) == al.hubness(Z1, Z2, 4)


def test_neighbourhoods_of_a_constant_latent_are_undefined():
    Z, point = gaussian(20, 2), np.ones((20, 2))
    assert np.isnan(al.mutual_knn(Z, point, 3))
    assert np.isnan(al.hubness(point, Z, 3)).all()


def test_where_all_rows_occur_equally_often_hubness_is_undefined():
    Z = gaussian(9, 2)
    assert np.isnan(al.hubness(Z, Z, 1)).all()


@pytest.mark.parametrize(("measure", "most"), [(al.mutual_knn, 8), (al.hubness, 9)])
def test_what_has_no_neighbourhoods_is_refused(measure, most):
    Z = gaussian(9, 2)
    with pytest.raises(ValueError, match=f"k = {most + 1} is out of range: .* 1 and {most}"):
        measure(Z, Z, most + 1)
    with pytest.raises(ValueError, match="Z2 holds 1 NaN"):
        measure(Z, np.where(np.arange(18).reshape(9, 2) == 3, np.nan, Z), 2)


def test_all_distances_are_compared_up_to_the_stated_size():
    assert f"{neighbours.EXACT_UP_TO:,}" in al.mutual_knn.__doc__
