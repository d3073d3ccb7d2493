"""Maps as the work of a job: watched, cancelled, played back, started from earlier positions."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from alignlab.maps import Maps, MapSpec, Snapshot
from alignlab.maps import measured as measuring
from alignlab.maps.spec import KEPT_BYTES, SNAPSHOTS, planned
from alignlab.spaces.faithfulness import continuity, trustworthiness
from tests.maps.test_points import clusters

SPEC = MapSpec(perplexity=10, steps=300)


def finished(work):
    for _ in work.run():
        pass
    return work


def test_the_start_is_shown_before_anything_is_searched(monkeypatch):
    def unwanted(*args):
        raise AssertionError("neighbours are searched before the first picture")

    monkeypatch.setattr("alignlab.maps.tsne.Search", unwanted)
    work = Maps({"a": clusters()}, (SPEC,))
    next(work.run())
    now = work.forming["a", SPEC]
    assert (now.step, now.exaggerated, work.done) == (0, True, 0)
    assert now.Y1.dtype == now.Y2.dtype == np.float32
    assert now.Y1.shape == now.Y2.shape == (60, 2)
    assert work.maps == {}


def test_a_map_is_watched_and_kept_for_playback():
    work = Maps({"a": clusters()}, (SPEC,))
    seen: list[Snapshot] = []
    for _ in work.run():
        if not seen or work.forming["a", SPEC] is not seen[-1]:
            seen.append(work.forming["a", SPEC])
    assert [now.step for now in seen] == [*range(0, 300, 6), 300]
    early = [now.divergence for now in seen[1:] if now.exaggerated]
    late = [now.divergence for now in seen if not now.exaggerated]
    assert late[-1] < min(early)
    course, found = work.courses["a", SPEC], work.maps["a", SPEC]
    assert course == tuple(seen)
    np.testing.assert_array_equal(course[-1].Y2, found.Y2.astype(np.float32))
    assert course[-1].divergence == found.divergence


def test_a_map_is_cancelled_at_any_step():
    work = Maps({"a": clusters()}, (SPEC,))
    with closing(work.run()) as steps:
        for _ in steps:
            if work.done == 20:
                break
    assert work.forming["a", SPEC].step == 18
    assert [now.step for now in work.courses["a", SPEC]] == [0, 6, 12, 18]
    assert work.maps == {}


@pytest.mark.parametrize("pairs", [4, 1_000, 10_000, 100_000, 3_000_000])
@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, steps=5_000), MapSpec(method="pca", dims=3)])
def test_what_is_kept_for_playback_is_bounded_and_evenly_spaced(spec, pairs):
    plan = planned(spec, 2 * pairs, pairs)
    kept = 1 + -(-plan.steps // plan.kept)
    assert plan.kept % plan.shown == 0
    assert kept <= SNAPSHOTS
    assert kept == 2 or kept * pairs * 2 * spec.dims * 4 <= KEPT_BYTES


def test_each_modality_in_a_map_of_its_own():
    Z1, Z2 = clusters()
    spec = replace(SPEC, together=False)
    found = finished(Maps({"a": (Z1, Z2[:, :4])}, (spec,))).maps["a", spec]  # widths may differ
    assert np.isnan([found.total, found.random, found.relative]).all()
    assert found.divergence > 0
    assert found.trustworthiness > 0.9
    moved = finished(Maps({"a": (Z1, Z2[::-1])}, (spec,))).maps["a", spec]
    np.testing.assert_array_equal(found.Y1, moved.Y1)  # whatever the other modality is
    with pytest.raises(ValueError, match="6 and 4 dimensions: align them first"):
        Maps({"a": (Z1, Z2[:, :4])}, (spec, SPEC))


def test_a_joint_fit_of_modalities_apart_keeps_them_apart():
    pair = clusters()
    spec = replace(SPEC, together=False)
    work = finished(Maps({"a": pair, "b": tuple(3 * Z for Z in pair)}, (spec,), joint=True))
    first, second = (work.maps[name, spec] for name in "ab")
    np.testing.assert_array_equal(first.Y1, second.Y1)  # the same points on common axes
    assert not np.allclose(first.Y1, first.Y2)
    assert work.done == work.total == 600


def test_a_map_continues_from_earlier_positions():
    pair = clusters()
    before = finished(Maps({"a": pair}, (SPEC,))).maps["a", SPEC]
    wide = replace(SPEC, perplexity=20)
    work = Maps({"a": pair}, (wide,), start={"a": (1e3 * before.Y1, 1e3 * before.Y2)})
    next(work.run())
    now = work.forming["a", wide]
    assert not now.exaggerated
    Y, given = np.concatenate([now.Y1, now.Y2]), np.concatenate([before.Y1, before.Y2])
    assert np.corrcoef(Y.ravel(), given.ravel())[0, 1] > 0.999
    assert Y.std(axis=0).max() == pytest.approx(1e-4, rel=0.05)
    cold = finished(Maps({"a": pair}, (wide,))).maps["a", wide]
    assert finished(work).maps["a", wide].divergence < 1.1 * cold.divergence


@pytest.mark.parametrize(
    ("start", "cause"),
    [
        ({"b": (np.zeros((60, 2)),) * 2}, "no positions of 'a', only of 'b'"),
        ({"a": (np.zeros((60, 3)),) * 2}, r"shape \(60, 3\).*\(60, 2\) of the same pairs"),
        ({"a": (np.zeros((60, 2)), np.zeros((59, 2)))}, r"shape \(59, 2\)"),
        ({"a": (np.zeros((60, 2)), np.full((60, 2), np.nan))}, "not finite"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(start, cause):
    with pytest.raises(ValueError, match=cause):
        Maps({"a": clusters()}, (SPEC,), start=start)


@pytest.mark.parametrize("dims", [2, 3])
def test_principal_components_are_those_of_the_stack(dims):
    Z1, Z2 = clusters(noise=1.0)
    spec = MapSpec(method="pca", dims=dims)
    found = finished(Maps({"a": (7 * Z1, 7 * Z2)}, (spec,))).maps["a", spec]
    X = 7 * np.concatenate([Z1, Z2])
    X -= X.mean(axis=0)
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    np.testing.assert_allclose(
        abs(np.concatenate([found.Y1, found.Y2])), abs(X @ Vt[:dims].T), atol=1e-8
    )
    np.testing.assert_allclose(found.shares, (s**2 / (s**2).sum())[:dims], atol=1e-8)
    assert np.isnan(found.divergence)
    assert found.relative < 1


def test_principal_components_of_fewer_dimensions_end_in_zeros():
    spec = MapSpec(method="pca", dims=3)
    found = finished(Maps({"a": tuple(Z[:, :2] for Z in clusters())}, (spec,))).maps["a", spec]
    assert (found.Y1[:, 2] == 0).all()
    assert found.shares[2] == 0


def test_faithfulness_is_that_of_the_measures():
    spec = MapSpec(method="pca")
    pair = clusters(noise=1.0)
    found = finished(Maps({"a": pair}, (spec,))).maps["a", spec]
    X, Y = np.concatenate(pair), np.concatenate([found.Y1, found.Y2])
    assert found.trustworthiness == pytest.approx(trustworthiness(X, Y), abs=1e-12)
    assert found.continuity == pytest.approx(continuity(X, Y), abs=1e-12)
    assert found.trustworthiness != found.continuity


def test_the_distance_of_random_pairs_is_estimated_where_there_are_many(monkeypatch):
    Y1, Y2 = np.random.default_rng(0).normal(size=(2, 400, 2))
    exact = measuring.random_total(Y1, Y2)
    monkeypatch.setattr(measuring, "EXACT_UP_TO", 0)
    assert measuring.random_total(Y1, Y2) == pytest.approx(exact, rel=0.01)
    assert measuring.random_total(Y1, Y2) != exact


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"method": "isomap"}, "'isomap' is not known: use tsne, pca, umap"),
        ({"dims": 3}, "t-SNE is drawn in the plane"),
        ({"method": "pca", "dims": 4}, "dims = 4 is out of range"),
        ({"together": 1}, "together = 1: give True or False"),
        ({"neighbours": 1}, "neighbours = 1 is out of range"),
        ({"min_dist": 1.5}, "min_dist = 1.5 is out of range"),
    ],
)
def test_settings_that_cannot_be_are_refused(fields, cause):
    with pytest.raises(ValueError, match=cause):
        MapSpec(**fields)
