"""Pairs of views that are bent differently."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from alignlab.data.bent import BENDS, TURNS, BentSpec, bent_pairs

SHAPE = {"n": 4000, "d1": 5, "d2": 4, "noise": 0.0}


def coordinates(X, rank):
    """An orthonormal basis of the centred columns, whose rank must be as stated."""
    U, s, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    assert s[rank - 1] > 1e-6 * s[0]
    assert (s[rank:] < 1e-9 * s[0]).all()
    return U[:, :rank]


def unexplained(target, given):
    """The share of the target's variance that is no affine function of what is given."""
    A = np.column_stack([given, np.ones(len(given))])
    rest = target - A @ np.linalg.lstsq(A, target)[0]
    return (rest**2).sum() / ((target - target.mean(axis=0)) ** 2).sum()


@pytest.mark.parametrize("bend", BENDS)
def test_view_2_is_the_latent_through_a_matrix_and_no_linear_function_of_view_1(bend):
    data = bent_pairs(BentSpec(bend=bend, **SHAPE))
    np.testing.assert_allclose(data.Z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.Z.std(axis=0), 1)
    assert unexplained(data.X2, data.Z) < 1e-20
    rest = unexplained(data.Z, data.X1)
    assert rest > (0.2 if bend == "swiss roll" else 0.97)


def test_the_formulas_hold():
    data = bent_pairs(BentSpec(bend="double angle", **SHAPE))
    u = coordinates(data.X1, 2)
    # (cos t, sin t) are quadratic in each other, and their products are (cos 2t, sin 2t)
    products = np.column_stack([u[:, 0] ** 2, u[:, 0] * u[:, 1], u[:, 1] ** 2])
    assert unexplained(data.Z, products) < 1e-4
    square = bent_pairs(BentSpec(bend="square", **SHAPE))
    u = coordinates(square.X1, 2)
    products = np.column_stack([u[:, 0] ** 2, u[:, 0] * u[:, 1], u[:, 1] ** 2, u])
    assert unexplained(square.Z, products) < 1e-20
    roll = bent_pairs(BentSpec(bend="swiss roll", **SHAPE))
    coordinates(roll.X1, 3)
    spread = np.ptp(roll.Z[:, 0])
    assert spread == pytest.approx(np.sqrt(12), rel=0.01)  # uniform
    assert TURNS[1] - TURNS[0] == pytest.approx(3 * np.pi)


@pytest.mark.parametrize("bend", BENDS)
def test_classes_are_quarters_of_about_equal_size(bend):
    data = bent_pairs(BentSpec(bend=bend, **SHAPE))
    counts = np.bincount(data.labels, minlength=4)
    assert len(data.classes) == len(counts) == 4
    assert (abs(counts - 1000) < 150).all()
    # what both views share determines them
    at = NearestNeighbors(n_neighbors=2).fit(data.Z).kneighbors(return_distance=False)[:, 0]
    assert (data.labels[at] == data.labels).mean() > 0.95


def test_noise_is_added_to_both_views_and_the_seed_decides():
    clean, noisy = (bent_pairs(BentSpec(**(SHAPE | {"noise": noise}))) for noise in (0.0, 0.5))
    for name in ("X1", "X2"):
        difference = getattr(noisy, name) - getattr(clean, name)
        assert difference.std() == pytest.approx(0.5, rel=0.03)
    np.testing.assert_array_equal(clean.X1, bent_pairs(BentSpec(**SHAPE)).X1)
    assert not np.allclose(clean.X1, bent_pairs(BentSpec(**SHAPE, seed=1)).X1)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"bend": "knot"}, "bend = 'knot' is not known: use double angle, square, swiss roll"),
        ({"n": 1}, "n = 1 is out of range"),
        ({"d2": 0}, "d2 = 0 is out of range"),
        ({"noise": -1.0}, "noise = -1.0 is out of range"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting, message):
    with pytest.raises(ValueError, match=f"^BentSpec: {message}"):
        BentSpec(**setting)
