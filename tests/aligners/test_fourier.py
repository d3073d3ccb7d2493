"""Random Fourier features, and linear aligners in them."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from alignlab.aligners.fourier import (
    FourierFeatures,
    FourierSpec,
    fourier_cca,
    fourier_informative,
)
from alignlab.aligners.kernels import WIDTH_ROWS, gaussian_kernel, median_distance, spaced
from alignlab.aligners.whitened import cca
from alignlab.data.bent import BentSpec, bent_pairs
from alignlab.data.pairs import split_rows
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.metrics import mean_correlation

SEEDS = range(3)
X = np.random.default_rng(0).standard_normal((200, 3))


def held_out(data, fit):
    """The mean correlation of the components on held-out pairs."""
    train, test = (data.rows(rows) for rows in split_rows(data.n, 0.25, 0))
    return mean_correlation(*fit(train.X1, train.X2).embed(test.X1, test.X2))


def test_inner_products_approach_the_gaussian_kernel():
    kernel = gaussian_kernel(X, X, median_distance(X))
    errors = []
    for features in (64, 1024, 16384):
        found = FourierFeatures.of(X, features, 0)
        F = found(X) + found.mean
        errors.append(np.abs(F @ F.T - kernel).mean())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.01


def test_the_width_is_the_median_distance_of_rows_that_differ():
    assert median_distance(X) == np.median(pdist(X))
    copies = np.repeat(X[:5], 10, axis=0)
    assert median_distance(copies) == pytest.approx(np.median(pdist(X[:5])))
    assert median_distance(np.ones((4, 2))) == 1
    many = np.random.default_rng(1).standard_normal((3 * WIDTH_ROWS, 3))
    assert median_distance(many) == np.median(pdist(many[spaced(len(many), WIDTH_ROWS)]))
    assert median_distance(many) == pytest.approx(np.median(pdist(many)), rel=0.05)


def test_features_are_centred_by_the_fitted_rows_and_both_views_draw_their_own():
    found = FourierFeatures.of(X, 64, 0)
    np.testing.assert_allclose(found(X).mean(axis=0), 0, atol=1e-12)
    assert not np.allclose(found.W, FourierFeatures.of(X, 64, 0, 1).W)
    assert not np.allclose(found.W, FourierFeatures.of(X, 64, 1).W)
    np.testing.assert_array_equal(found.W, FourierFeatures.of(X, 64, 0).W)


@pytest.mark.parametrize("bend", ["double angle", "square"])
def test_views_bent_differently_correlate_in_features_and_not_as_they_are(bend):
    draws = [bent_pairs(BentSpec(bend=bend, seed=seed)) for seed in SEEDS]
    straight = np.median([held_out(data, lambda A, B: cca(A, B, 2)) for data in draws])
    bent = np.median([held_out(data, lambda A, B: fourier_cca(A, B, 2)) for data in draws])
    assert straight <= 0.10
    assert bent >= 0.95


def test_informative_alignment_in_features_aligns_the_double_angle():
    draws = [bent_pairs(BentSpec(seed=seed)) for seed in SEEDS]
    assert np.median([held_out(d, lambda A, B: fourier_informative(A, B, 2)) for d in draws]) > 0.9


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_on_linear_pairs_little_is_lost(noise):
    lost = []
    for seed in SEEDS:
        data = generate(SyntheticSpec(d1=8, d2=8, noise=noise, seed=seed))
        straight, bent = (held_out(data, lambda A, B, f=f: f(A, B, 2)) for f in (cca, fourier_cca))
        lost.append(straight - bent)
    assert np.median(lost) <= 0.01


def test_the_alignment_is_that_of_the_features_for_one_view_too():
    data = bent_pairs(BentSpec(n=200))
    found = fourier_cca(data.X1, data.X2, 2, FourierSpec(features=16, seed=4), ridge=1e-3)
    Z1, Z2 = found.embed(data.X1, data.X2)
    np.testing.assert_array_equal(found.transform(data.X1), Z1)
    np.testing.assert_array_equal(found.transform(X2=data.X2), Z2)
    inner = cca(found.maps[0](data.X1), found.maps[1](data.X2), 2, ridge=1e-3)
    np.testing.assert_allclose(found.spectrum, inner.spectrum)
    assert (found.k, found.spectrum.shape, found.method) == (2, (16,), "fourier_cca")
    for given in ({}, {"X1": data.X1, "X2": data.X2}):
        with pytest.raises(ValueError, match="transform: give X1, or X2="):
            found.transform(**given)
    with pytest.raises(ValueError, match="8 features were fitted"):
        found.embed(data.X1[:, :3], data.X2)


@pytest.mark.parametrize("field", ["features", "rank"])
def test_a_setting_out_of_range_is_refused_by_name(field):
    with pytest.raises(ValueError, match=f"^FourierSpec: {field} = 0 is out of range"):
        FourierSpec(**{field: 0})
