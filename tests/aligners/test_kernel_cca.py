"""Kernel CCA against a dense formulation, and the choice of its ridge."""

import numpy as np
import pytest

from alignlab.aligners import kernel_cca as module
from alignlab.aligners.kernel_cca import (
    FOLDS,
    RIDGES,
    KernelComponents,
    held_out_correlations,
    kernel_cca,
)
from alignlab.aligners.kernels import gaussian_kernel, median_distance
from alignlab.aligners.whitened import cca
from alignlab.data.bent import BentSpec, bent_pairs
from alignlab.data.pairs import split_rows
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.metrics import mean_correlation

SEEDS = range(3)
DATA = bent_pairs(BentSpec(n=90, d1=3, d2=4, noise=0.3))


def centred_kernel(X):
    K = gaussian_kernel(X, X, median_distance(X))
    H = np.eye(len(X)) - 1 / len(X)
    return H @ K @ H


@pytest.mark.parametrize("ridge", [1e-3, 1e-1])
def test_the_correlations_are_those_of_the_dense_dual_problem(ridge):
    n = DATA.n
    K1, K2 = (centred_kernel(X) for X in (DATA.X1, DATA.X2))
    R = n * ridge * np.eye(n)
    dual = np.linalg.solve(K1 + R, K1) @ np.linalg.solve(K2 + R, K2)
    expected = np.sqrt(np.sort(np.linalg.eigvals(dual).real)[::-1][:5])
    found = kernel_cca(DATA.X1, DATA.X2, 2, ridge=ridge)
    np.testing.assert_allclose(found.spectrum[:5], expected, rtol=1e-6)


def test_components_have_the_inner_products_of_the_centred_kernel():
    found = KernelComponents.of(DATA.X1)
    F = found(DATA.X1)
    np.testing.assert_allclose(F @ F.T, centred_kernel(DATA.X1), atol=1e-8)
    assert (found.d, F.shape[0]) == (3, 90)


def test_of_more_rows_than_landmarks_the_kernel_is_that_of_some(monkeypatch):
    data = bent_pairs(BentSpec(n=600))
    whole = kernel_cca(data.X1, data.X2, 2, ridge=1e-4).spectrum[:2]
    monkeypatch.setattr(module, "LANDMARKS", 200)
    monkeypatch.setattr(module, "COMPONENTS", 50)
    monkeypatch.setattr(module, "BLOCK", 130)
    part = kernel_cca(data.X1, data.X2, 2, ridge=1e-4)
    assert part.maps[0](data.X1).shape == (600, 50)
    np.testing.assert_allclose(part.spectrum[:2], whole, atol=0.02)


def test_the_ridge_is_chosen_by_the_held_out_correlation_that_cca_gives():
    maps = KernelComponents.of(DATA.X1), KernelComponents.of(DATA.X2)
    F1, F2 = maps[0](DATA.X1), maps[1](DATA.X2)
    fold = np.random.default_rng(0).permutation(DATA.n) % FOLDS
    scores = []
    for i in range(FOLDS):
        out = fold == i
        fits = [cca(F1[~out], F2[~out], 2, ridge) for ridge in RIDGES]
        direct = [mean_correlation(*fit.embed(F1[out], F2[out])) for fit in fits]
        np.testing.assert_allclose(held_out_correlations(F1, F2, 2, out), direct, rtol=1e-5)
        scores.append(direct)
    found = kernel_cca(DATA.X1, DATA.X2, 2)
    mean = np.mean(scores, axis=0)
    assert found.ridge == RIDGES[mean.argmax()]
    assert found.score == pytest.approx(mean.max(), rel=1e-5)


def test_more_noise_takes_a_larger_ridge():
    def chosen(noise):
        pairs = (generate(SyntheticSpec(n=150, d1=4, d2=4, noise=noise, seed=s)) for s in SEEDS)
        return np.median([kernel_cca(data.X1, data.X2, 2).ridge for data in pairs])

    assert chosen(4.0) > chosen(0.1)


def test_a_double_angle_is_found():
    found = []
    for seed in SEEDS:
        data = bent_pairs(BentSpec(n=600, seed=seed))
        train, test = (data.rows(rows) for rows in split_rows(data.n, 0.25, 0))
        fits = [fit(train.X1, train.X2, 2) for fit in (cca, kernel_cca)]
        found.append([mean_correlation(*fit.embed(test.X1, test.X2)) for fit in fits])
    straight, bent = np.median(found, axis=0)
    assert straight <= 0.2
    assert bent >= 0.95


def test_too_few_pairs_and_too_few_components_are_refused_with_the_remedy():
    few = DATA.rows(np.arange(4))
    with pytest.raises(ValueError, match=r"4 pairs on 3 folds leave 2 to fit.*more pairs or lower"):
        kernel_cca(few.X1, few.X2, 2)
    assert kernel_cca(few.X1, few.X2, 2, ridge=0.1).score is None
    two = np.eye(2)[DATA.labels % 2]
    with pytest.raises(ValueError, match="k = 2 exceeds the 1 kernel principal components"):
        kernel_cca(DATA.X1, two, 2)
