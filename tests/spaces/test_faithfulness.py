import numpy as np
import pytest
from sklearn import manifold

import alignlab as al
from alignlab.spaces import faithfulness
from tests.spaces.pairs import gaussian, rotation

X = gaussian(90, 6)
MAP = X[:, :2] + 0.2 * gaussian(90, 2, seed=1)


@pytest.mark.parametrize("k", [1, 5, 29, 44])
def test_trustworthiness_is_that_of_scikit_learn(k, monkeypatch):
    monkeypatch.setattr(faithfulness, "BLOCK", 40)
    expected = manifold.trustworthiness(X, MAP, n_neighbors=k)
    assert al.trustworthiness(X, MAP, k) == pytest.approx(expected, rel=1e-8)


def test_continuity_is_trustworthiness_with_the_roles_exchanged():
    expected = manifold.trustworthiness(MAP, X, n_neighbors=5)
    assert al.continuity(X, MAP, 5) == pytest.approx(expected, rel=1e-8)
    assert al.continuity(X, MAP, 5) == al.trustworthiness(MAP, X, 5)
    assert al.continuity(X, MAP, 5) != al.trustworthiness(X, MAP, 5)


@pytest.mark.parametrize("measure", [al.trustworthiness, al.continuity])
def test_a_copy_is_faithful_also_with_ties_and_random_positions_are_not(measure):
    grid = np.stack(np.meshgrid(range(9), range(9)), -1).reshape(-1, 2)
    assert measure(grid, grid, 5) == 1.0
    assert measure(X[:, :2], 3 * X[:, :2] @ rotation(2) + 1, 5) == 1.0
    assert measure(X, gaussian(90, 2, seed=2), 5) == pytest.approx(0.5, abs=0.06)


def test_torn_and_merged_neighbours_are_seen_by_one_measure_each():
    line = np.linspace(0, 1, 80)[:, None]
    two = np.where(line < 0.5, line, line + 5)  # torn apart in the middle: no stranger comes near
    assert al.trustworthiness(line, two, 8) > al.continuity(line, two, 8)
    assert al.trustworthiness(two, line, 8) < al.continuity(two, line, 8)


def test_beyond_the_stated_size_a_random_subset_is_measured(monkeypatch):
    assert f"{faithfulness.MOST:,}" in al.trustworthiness.__doc__
    monkeypatch.setattr(faithfulness, "MOST", 60)
    rows = np.sort(np.random.default_rng(0).choice(90, 60, replace=False))
    assert al.trustworthiness(X, MAP, 5) == al.trustworthiness(X[rows], MAP[rows], 5)


def test_a_constant_has_no_neighbours_to_keep():
    assert np.isnan(al.trustworthiness(X, 0 * MAP, 5))
    assert np.isnan(al.continuity(0 * X, MAP, 5))


@pytest.mark.parametrize("measure", [al.trustworthiness, al.continuity])
def test_what_cannot_be_measured_is_refused(measure):
    with pytest.raises(ValueError, match="k = 45 of 90 rows: lower it below half"):
        measure(X, MAP, 45)
    with pytest.raises(ValueError, match="Y holds 180 NaN"):
        measure(X, MAP * np.nan, 5)
    with pytest.raises(ValueError, match="shapes"):
        measure(X, MAP[1:], 5)
