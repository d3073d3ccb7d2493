from functools import cache

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.data.stereo.images import stereo_pairs
from alignlab.data.stereo.scenes import PARTS
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import (
    CEILINGS,
    CHANCE,
    HELD_OUT,
    METHODS,
    SCORES,
    WIDEST,
    probed,
    stereo_cell,
)

pytestmark = pytest.mark.xdist_group("stereo")

SEEDS = (0, 1, 2)


@cache
def cell(jitter, seed=0, shared=True, n=2000, **more):
    return stereo_cell(StereoSpec(n=n, jitter=jitter, seed=seed, shared=shared, **more))


def medians(jitter, k, **more):
    """Median accuracy over the seeds, by method."""
    found = [cell(jitter, seed, **more).scores(k)["accuracy"] for seed in SEEDS]
    return pd.concat(found, axis=1).median(axis=1)


def test_jitter_moves_ca_across_the_diagram_and_leaves_cp_at_chance():
    by_jitter = {jitter: medians(jitter, 4) for jitter in (0.0, 0.1, 0.2)}
    assert by_jitter[0.0]["CA"] <= 0.48
    assert by_jitter[0.1]["CA"] >= 0.88
    assert by_jitter[0.2]["CA"] >= 0.84
    for found in by_jitter.values():
        assert found["CP"] <= 0.5
        assert found["supervised, x"] >= 0.9  # the features hold the shape all the time


def test_a_wider_bottleneck_lets_the_shape_through():
    assert medians(0.0, 8)["CA"] >= medians(0.0, 4)["CA"] + 0.2
    wide = medians(0.0, 64)
    assert wide["CA"] >= 0.95
    assert wide["CP"] >= medians(0.0, 4)["CP"] + 0.15


@pytest.mark.parametrize(("jitter", "regime"), [(0.0, "Neither"), (0.2, "CA only")])
def test_the_verdict_on_the_features_is_the_regime_that_the_probe_finds(jitter, regime):
    found = [cell(jitter, seed).diagnosis(resamples=10).regime for seed in SEEDS]
    assert found.count(regime) >= 2  # the median of three


def test_where_no_shape_is_shared_neither_works_whatever_the_jitter():
    for jitter in (0.0, 0.1, 0.2):
        for seed in SEEDS:
            twin = cell(jitter, seed, shared=False, n=1200)
            assert twin.diagnosis(resamples=10).regime == "Neither"
        assert medians(jitter, 4, shared=False, n=1200)["CA"] <= 0.42


def test_the_clean_source_predicts_better():
    found = medians(0.0, 64, n=1200, noise_y=0.9)
    assert found["CP"] >= found["CP reversed"] + 0.1


def test_the_correlation_of_the_nuisance_is_measured():
    for jitter, printed in ((0.0, 1.0), (0.2, 0.8), (0.5, 0.5)):
        found = np.median([cell(jitter, seed).nuisance_correlations for seed in SEEDS], axis=0)
        # of a place uniform in [-0.5, 0.5] and independent shifts; rotation takes a little more
        assert 0.8 / (1 + 12 * jitter**2) - 0.05 <= found[1] <= found[0]
        assert found[0] <= 1 / (1 + 12 * jitter**2) + 0.04
        if jitter:
            assert found[0] <= printed - 0.1  # the paper's axis is no correlation
    assert cell(0.0).nuisance_correlations == pytest.approx([1, 1])


def test_scores_name_every_method_and_ceiling():
    table = cell(0.1).scores(4)
    assert table.index.tolist() == [*METHODS, *CEILINGS]
    assert table.columns.tolist() == list(SCORES)
    assert table["accuracy"].between(0, 1).all()
    assert table.loc["supervised, x", "place R²"] > 0.7
    for k in (0, WIDEST + 1, 2.5):
        with pytest.raises(ValueError, match=f"k = {k} is"):
            cell(0.1).scores(k)
    with pytest.raises(ValueError, match="n = 399 is out of range"):
        stereo_cell(StereoSpec(n=399))


def test_the_latents_of_a_smaller_bottleneck_are_those_of_its_own_fit():
    found = cell(0.1, n=400)
    X, Y = found.features["train"]
    own = al.cca(X, Y, 3, ridge=0.003)
    Z, _ = own.embed(X, Y)
    np.testing.assert_allclose(found.latents("CA", "train", 3), Z, atol=1e-6)
    assert found.latents("CP reversed", "test", 5).shape == (HELD_OUT, 5)


def test_either_direction_of_cp_predicts_the_blocks_of_the_other_view():
    found = cell(0.1, n=400)
    pairs = stereo_pairs(found.spec)
    for name, view, images in (("CP", 0, pairs.X2), ("CP reversed", 1, pairs.X1)):
        blocks = images.reshape(400, 16, 2, 16, 2).mean(axis=(2, 4)).reshape(400, -1)
        own = al.reduced_rank_regression(found.features["train"][view], blocks.astype(float), 2)
        # up to the precision of the images
        assert al.subspace_distance(found.maps[name].W1[:, :2], own.W1) < 1e-4


def test_maps_probe_and_scores_use_disjoint_images():
    found = cell(0.1, n=400)
    places = np.concatenate([found.scenes[part].place for part in PARTS])
    assert len(places) == 400 + 2 * HELD_OUT
    assert len(np.unique(places, axis=0)) == len(places)
    rows = np.concatenate([found.features[part][0] for part in PARTS])
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_the_probe_reads_what_is_written_and_nothing_else():
    found = cell(0.1, n=400)
    probe, test = found.scenes["probe"], found.scenes["test"]
    written = [np.column_stack([np.eye(3)[s.labels[:, 0]], s.place]) for s in (probe, test)]
    accuracy, explained = probed(written[0], probe, written[1], test, 0)
    assert accuracy == 1
    assert explained > 0.999
    random = np.random.default_rng(0)
    noise = random.standard_normal((2, HELD_OUT, 20))
    accuracy, explained = probed(noise[0], probe, noise[1], test, 0)
    assert accuracy == pytest.approx(CHANCE, abs=0.08)
    assert abs(explained) < 0.1


def test_a_cell_is_determined_by_its_spec():
    again = stereo_cell(cell(0.1, n=400).spec)
    pd.testing.assert_frame_equal(again.scores(4), cell(0.1, n=400).scores(4))
