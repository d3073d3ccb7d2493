from dataclasses import replace

import numpy as np
import pytest

from alignlab.experiments.transfer import (
    ROUTES,
    TransferCurves,
    TransferSpec,
    accuracies,
    draw,
    transfer_table,
)
from alignlab.words.transfer import transfer_words


def test_the_draws_have_the_moments_of_the_spec():
    spec = TransferSpec(
        classes=3, separation1=2.0, separation2=5.0, spread=0.5, correlation=0.6, pairs=30_000
    )
    data = draw(spec)
    for c in range(3):
        X = np.column_stack([data.pairs1, data.pairs2])[data.pairs_y == c]
        assert X.mean(axis=0) == pytest.approx([2 * c, 1 + 5 * c], abs=0.03)
        assert X.std(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
        assert np.corrcoef(X.T)[0, 1] == pytest.approx(0.6, abs=0.03)


def test_draws_are_nested_in_their_sizes_and_independent_of_each_other():
    small, large = (draw(TransferSpec(pairs=n, labelled=n, test=n)) for n in (20, 50))
    np.testing.assert_array_equal(small.pairs1, large.pairs1[:20])
    np.testing.assert_array_equal(small.X1, large.X1[:40])
    np.testing.assert_array_equal(small.test2, large.test2[:20])
    assert not np.allclose(small.pairs2, small.test2)


def test_shuffling_tears_pairs_apart_and_keeps_each_modality():
    kept, torn = (draw(TransferSpec(shuffled=shuffled)) for shuffled in (False, True))
    np.testing.assert_array_equal(kept.pairs1, torn.pairs1)
    np.testing.assert_array_equal(np.sort(kept.pairs2, axis=0), np.sort(torn.pairs2, axis=0))
    assert np.corrcoef(kept.pairs1[:, 0], kept.pairs2[:, 0])[0, 1] > 0.7
    assert abs(np.corrcoef(torn.pairs1[:, 0], torn.pairs2[:, 0])[0, 1]) < 0.1


def test_every_route_is_near_the_ceiling_on_figure_1_and_at_chance_where_modality_2_is_blind():
    found = accuracies(TransferSpec())
    assert tuple(found) == ROUTES
    assert min(found.values()) > 0.9
    blind = accuracies(TransferSpec(separation2=0.0))
    assert all(value == pytest.approx(0.5, abs=0.06) for value in blind.values())


def test_over_draws_shuffled_pairs_transfer_at_chance():
    spec = TransferSpec(shuffled=True, pairs=300, test=500)
    shares = [accuracies(replace(spec, seed=s))["Gaussian transfer"] for s in range(20)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.25)
    assert min(shares) < 0.2 or max(shares) > 0.8  # the label of a cluster is random


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"classes": 1}, "classes = 1 is out of range"),
        ({"spread": 0.0}, "spread"),
        ({"correlation": 1.0}, "correlation"),
        ({"labelled": 1}, "labelled = 1"),
        ({"classes": 4, "pairs": 3}, "4 clusters cannot be found in 3 pairs"),
    ],
)
def test_a_spec_that_cannot_be_is_refused(fields, cause):
    with pytest.raises(ValueError, match=cause):
        TransferSpec(**fields)


def test_the_curves_measure_every_point_with_one_seed_first():
    spec = TransferSpec(classes=3, pairs=50, test=60, labelled=5)
    curves = TransferCurves(spec, (2, 4), (2, 30), seeds=2)
    assert curves.total == 2 * 3  # two pairs hold no three clusters
    seeds = []
    for _ in curves.run():
        seeds.append(curves.table["seed"].iloc[-1])
    assert seeds == [0, 0, 0, 1, 1, 1]
    assert curves.done == curves.total
    last = curves.table[curves.table["seed"] == 1].tail(len(ROUTES)).set_index("route")["accuracy"]
    assert dict(last) == accuracies(replace(spec, pairs=30, seed=1))


@pytest.mark.parametrize(
    ("ours", "ceiling", "fields", "said"),
    [
        (0.97, 0.98, {}, "as good as with labels"),
        (0.8, 0.98, {}, "reaches 80% on modality 2**: the supervised"),
        (0.52, 0.98, {}, "no better than chance"),
        (0.1, 0.98, {"shuffled": True}, "The pairs are shuffled"),
        (0.5, 0.5, {"separation2": 0.0}, "Modality 2 carries no class information"),
        (0.5, 0.98, {"separation1": 0.0}, "step 1 cannot label any cluster"),
    ],
)
def test_the_words_say_what_the_numbers_say(ours, ceiling, fields, said):
    found = dict.fromkeys(ROUTES, 0.9) | {
        "Gaussian transfer": ours, "supervised on modality 2": ceiling,
    }  # fmt: skip
    words = transfer_words(TransferSpec(**fields), found)
    assert said in words
    assert "chance is 50%" in words
    assert transfer_table(found).loc["accuracy", "Gaussian transfer"] == ours
