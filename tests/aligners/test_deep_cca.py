"""DeepCCA: its loss against CCA in closed form, its gradients, and its training."""

import numpy as np
import pytest
import torch

from alignlab.aligners.deep_cca import DeepSpec, DeepTraining, correlation_loss, deep_cca
from alignlab.aligners.training import WATCHED
from alignlab.aligners.whitened import cca
from alignlab.data.bent import BentSpec, bent_pairs
from alignlab.data.pairs import split_rows
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.metrics import cmae, mean_correlation

SEEDS = range(3)
LINEAR = generate(SyntheticSpec(n=200, d1=3, d2=3, noise=2.0))
BENT = bent_pairs(BentSpec(n=600))
SHORT = DeepSpec(steps=12, batch=64, seed=3)


def finished(data, spec):
    training = DeepTraining(data.X1, data.X2, spec)
    for _ in training.run():
        pass
    return training


def test_with_identity_networks_the_loss_is_minus_the_sum_of_the_canonical_correlations():
    views = torch.tensor(LINEAR.X1), torch.tensor(LINEAR.X2)
    for ridge in (1e-12, 0.5):
        loss, *_ = correlation_loss(*views, ridge)
        expected = -cca(LINEAR.X1, LINEAR.X2, 3, ridge).spectrum.sum()
        assert loss.item() == pytest.approx(expected, rel=1e-8)


def test_gradients_are_those_of_finite_differences():
    views = [torch.tensor(X[:30]) for X in (LINEAR.X1, LINEAR.X2)]
    _, *gradients = correlation_loss(*views, 0.1)
    step = 1e-5
    for view, gradient in enumerate(gradients):
        for i, j in [(0, 0), (7, 2), (29, 1)]:
            ends = []
            for sign in (1, -1):
                moved = [X.clone() for X in views]
                moved[view][i, j] += sign * step
                ends.append(correlation_loss(*moved, 0.1)[0].item())
            expected = (ends[0] - ends[1]) / (2 * step)
            assert gradient[i, j].item() == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_training_lowers_its_loss_and_can_be_watched():
    training = DeepTraining(BENT.X1, BENT.X2, SHORT)
    steps = training.run()
    next(steps)
    assert (training.done, training.total) == (5, 12)
    for _ in steps:
        pass
    assert [step for step, _, _ in training.history] == [0, 5, 10, 12]
    assert training.history[-1][1] < training.history[1][1]
    assert training.method == "deep_cca"
    Z1, Z2 = training.encoders().embed(BENT.X1, BENT.X2)
    np.testing.assert_allclose(training.snapshots[-1].Z1, Z1[:WATCHED], atol=1e-9)
    assert training.history[-1][2] == pytest.approx(cmae(Z1, Z2))


def test_the_same_seed_gives_the_same_maps_and_variates_have_unit_variance():
    first, second = (deep_cca(BENT.X1, BENT.X2, SHORT).embed(BENT.X1, BENT.X2) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_allclose(np.cov(first[0].T, bias=True), np.eye(2), atol=1e-9)
    other = DeepSpec(steps=12, batch=64, seed=4)
    assert not np.allclose(first[0], deep_cca(BENT.X1, BENT.X2, other).embed(BENT.X1, BENT.X2)[0])


def test_units_of_the_columns_do_not_matter_and_constant_ones_are_no_trouble():
    scaled = BENT.X1 * np.geomspace(1e-3, 1e3, BENT.X1.shape[1])
    one, two = (deep_cca(X, BENT.X2, SHORT).embed(X, BENT.X2)[0] for X in (BENT.X1, scaled))
    np.testing.assert_allclose(one, two, atol=1e-6)
    constant = np.column_stack([BENT.X1, np.ones(BENT.n)])
    assert np.isfinite(deep_cca(constant, BENT.X2, SHORT).embed(constant, BENT.X2)[0]).all()


def test_a_double_angle_is_found():
    found = []
    for seed in SEEDS:
        data = bent_pairs(BentSpec(n=600, seed=seed))
        train, test = (data.rows(rows) for rows in split_rows(data.n, 0.25, 0))
        fits = (cca(train.X1, train.X2, 2), deep_cca(train.X1, train.X2, DeepSpec(steps=150)))
        found.append([mean_correlation(*fit.embed(test.X1, test.X2)) for fit in fits])
    straight, bent = np.median(found, axis=0)
    assert straight <= 0.2
    assert bent >= 0.9


def test_a_training_that_diverges_is_refused():
    with pytest.raises(ValueError, match=r"deep_cca: the training diverged by step \d: lower the"):
        deep_cca(BENT.X1, BENT.X2, DeepSpec(steps=12, learning_rate=1e300))


@pytest.mark.parametrize("field", ["steps", "hidden", "ridge"])
def test_a_setting_out_of_range_is_refused_by_name(field):
    with pytest.raises(ValueError, match=f"^deep_cca: {field} = 0"):
        DeepSpec(**{field: 0})
