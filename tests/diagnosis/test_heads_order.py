import numpy as np
import pytest
from sklearn.datasets import load_wine

import alignlab as al
from alignlab.diagnosis.heads import METHODS, HeadsSpec
from alignlab.diagnosis.label_scores import LabelScores
from tests.benchmarks.heads_order import apart_by_seeds, order, trained_heads


def by_hand(values, errors):
    """Scores of the heads' representations, CA once, with independent errors."""
    methods = ("CA", "CP", "CP reversed", "x alone", "y alone", "x and y")
    values = np.array(values, dtype=float)
    return LabelScores(
        metric="R²", chance=0.0, rows=100, k=2, methods=methods, dimensions=(2,) * 6,
        values=values, covariance=np.diag(np.array(errors) ** 2), divided=values[None],
    )  # fmt: skip


def steady(*means):
    """Heads' scores by method with equal shifts over three seeds."""
    return {
        method: mean + np.array([-0.01, 0, 0.01])
        for method, mean in zip(METHODS, means, strict=True)
    }


def test_scores_and_heads_of_the_same_order_agree_on_every_pair():
    scores = by_hand([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [1e-6] * 6)
    found = order(scores, steady(0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1))
    # all of 21 pairs of methods except the two ways to train CA
    assert (found.apart, found.same, found.both, found.both_same) == (20, 20, 20, 20)
    assert found.turned == ()


def test_a_pair_in_the_other_order_is_named():
    scores = by_hand([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [1e-6] * 6)
    found = order(scores, steady(0.65, 0.6, 0.4, 0.5, 0.3, 0.2, 0.1))
    assert (found.apart, found.same, found.both_same) == (20, 19, 19)
    assert found.turned == ("CP over CP reversed by 0.100, heads -0.100",)


def test_pairs_whose_intervals_overlap_are_not_compared():
    scores = by_hand([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 1e-6, 1e-6, 1e-6, 1e-6])
    found = order(scores, steady(0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1))
    # CA, twice, within 1.64 * 0.141 of CP; CA reaches CP reversed; CP reaches CP reversed
    assert found.apart == 20 - 2 - 1
    restless = steady(0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
    restless["x and y"] = np.array([0.9, 0.1, -0.7])
    assert order(scores, restless).both < found.both


def test_differences_of_seeds_are_apart_where_they_are_many_of_their_errors():
    assert apart_by_seeds(np.array([0.10, 0.11, 0.12]))
    assert not apart_by_seeds(np.array([0.10, -0.11, 0.12]))
    assert not apart_by_seeds(np.zeros(3))


def test_wine_is_ordered_alike_by_scores_and_by_trained_heads():
    data = load_wine()
    views = data.data[:, :5], data.data[:, 5:]
    scores = al.diagnose(*views, labels=data.target, resamples=2, scale="standardised").scores
    assert scores is not None
    spec = HeadsSpec(k=scores.k, hidden=0, steps=150, seeds=(0, 1, 2), scale="standardised")
    found = order(scores, trained_heads(*views, data.target, spec))
    assert found.apart >= 8
    assert found.same >= 0.8 * found.apart
    assert found.both_same == found.both > 0


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_heads_has_a_held_out_score(method):
    scores = by_hand([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.01] * 6)
    assert scores.place(method.split(" (")[0]) in range(6)
