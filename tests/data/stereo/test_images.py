from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import kstest

from alignlab.data.stereo.images import rendered, stereo_pairs
from alignlab.data.stereo.outlines import AREA, SHAPES
from alignlab.data.stereo.scenes import PARTS, scenes
from alignlab.data.stereo.spec import SIZES, StereoSpec

SPEC = StereoSpec(n=200, jitter=0.1)
CLEAN = replace(SPEC, noise_x=0.0, noise_y=0.0)


def centres(images):
    """Centres of brightness (n, 2), in half widths of the image."""
    size = images.shape[-1]
    at = (np.arange(size) + 0.5) * 2 / size - 1
    total = images.sum(axis=(1, 2))
    return np.stack([images.sum(axis=1) @ at / total, images.sum(axis=2) @ at / total], axis=1)


@pytest.mark.parametrize("size", SIZES)
def test_pairs_have_the_shapes_types_and_range_that_are_promised(size):
    pairs = stereo_pairs(replace(SPEC, size=size))
    for X in (pairs.X1, pairs.X2):
        assert X.shape == (200, size, size)
        assert X.dtype == np.float32
        assert X.min() == 0
        assert X.max() == 1
    assert pairs.place.shape == (200, 2)
    assert pairs.scenes.camera.shape == (200, 2, 3)
    assert set(pairs.labels) == set(range(len(SHAPES)))


@pytest.mark.parametrize("size", SIZES)
def test_without_jitter_no_more_than_a_tenth_of_an_object_is_out_of_view(size):
    drawn = scenes(replace(CLEAN, n=1000, size=size, jitter=0.0))
    for view in (0, 1):
        areas = rendered(drawn, view).sum(axis=(1, 2)) * (2 / size) ** 2
        assert areas.min() > 0.9 * AREA
        inside = np.abs(drawn.seen[:, view]).max(axis=1) < 0.56
        np.testing.assert_allclose(areas[inside], AREA, rtol=1e-4)
        assert np.mean(areas > 0.99 * AREA) > 0.9


def test_without_jitter_the_views_are_the_same_up_to_the_baseline():
    # 2 * 0.1875 half widths are six pixels of 32
    pairs = stereo_pairs(replace(CLEAN, jitter=0.0, baseline=0.1875))
    np.testing.assert_allclose(pairs.X2[:, :, 6:], pairs.X1[:, :, :-6], atol=1e-6)


def test_objects_appear_where_the_scenes_say():
    drawn = scenes(replace(CLEAN, n=500, jitter=0.05))
    for view in (0, 1):
        whole = np.abs(drawn.seen[:, view]).max(axis=1) < 0.5
        found = centres(rendered(drawn, view)[whole])
        np.testing.assert_allclose(found, drawn.seen[whole, view], atol=2e-3)


def test_a_camera_turns_the_place_and_the_object_about_the_centre_of_the_image():
    drawn = scenes(replace(CLEAN, n=50, jitter=0.0, baseline=0.0))
    turned = replace(drawn, camera=drawn.camera + np.array([0, 0, np.pi / 2]))
    quarter = np.rot90(rendered(drawn, 0), -1, axes=(1, 2))
    np.testing.assert_allclose(rendered(turned, 0), quarter, atol=1e-5)


def test_pairs_are_determined_by_their_spec():
    first, again = stereo_pairs(SPEC), stereo_pairs(SPEC)
    other = stereo_pairs(replace(SPEC, seed=1))
    for name in ("X1", "X2", "labels", "place"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))


@pytest.mark.parametrize("size", SIZES)
def test_more_pairs_begin_with_the_same_ones(size):
    few, many = (stereo_pairs(replace(SPEC, n=n, size=size)) for n in (70, 700))
    for name in ("X1", "X2", "labels", "place"):
        assert np.array_equal(getattr(few, name), getattr(many, name)[:70])


def test_a_sweep_over_jitter_keeps_shapes_places_and_directions():
    small, large = (scenes(replace(SPEC, jitter=jitter)) for jitter in (0.1, 0.2))
    assert np.array_equal(small.labels, large.labels)
    assert np.array_equal(small.place, large.place)
    np.testing.assert_allclose(2 * small.camera, large.camera)


def test_the_parts_are_disjoint_draws():
    parts = {part: stereo_pairs(SPEC, part, n=150) for part in PARTS}
    for a, b in combinations(PARTS, 2):
        for name in ("X1", "X2", "place"):
            first, second = (getattr(parts[p], name).reshape(150, -1) for p in (a, b))
            rows = np.concatenate([first, second])
            assert len(np.unique(rows, axis=0)) == 300
    # a seed's parts are not another seed's either
    others = {p: scenes(replace(SPEC, seed=1), p).place for p in PARTS}
    places = np.concatenate([scenes(SPEC, p).place for p in PARTS] + list(others.values()))
    assert len(np.unique(places, axis=0)) == 6 * SPEC.n


def test_positions_shapes_and_camera_errors_have_their_distributions():
    drawn = scenes(StereoSpec(n=20_000, jitter=0.2, rotation=0.05))
    assert kstest(drawn.place.ravel(), "uniform", (-0.5, 1)).pvalue > 1e-3
    for error, sigma in ((drawn.camera[..., :2], 0.2), (drawn.camera[..., 2], 0.05)):
        assert kstest(error.ravel() / sigma, "norm").pvalue > 1e-3
    views = drawn.camera[..., :2].reshape(20_000, -1)
    assert np.abs(np.corrcoef(views.T) - np.eye(4)).max() < 0.04  # cameras err on their own
    counts = np.bincount(drawn.labels[:, 0])
    assert np.abs(counts / 20_000 - 1 / 3).max() < 0.015


def test_noise_is_gaussian_and_independent_between_pixels_and_views():
    far = StereoSpec(n=40, jitter=0.0, noise_x=0.1, noise_y=0.1)
    noisy, clean = (
        [rendered(scenes(spec), view) for view in (0, 1)]
        for spec in (far, replace(far, noise_x=0.0, noise_y=0.0))
    )
    kept = (clean[0] == 0) & (noisy[0] > 0)  # the other half is clamped
    assert np.mean(noisy[0][clean[0] == 0] > 0) == pytest.approx(0.5, abs=0.01)
    assert kstest(noisy[0][kept] / 0.1, "halfnorm").pvalue > 1e-3
    dark = (clean[0] == 0) & (clean[1] == 0)
    left, right = (np.where(dark, X, X[dark].mean()).reshape(40, -1) for X in noisy)
    assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(left[:, :-1].ravel(), left[:, 1:].ravel())[0, 1]) < 0.02


def test_the_twin_shares_the_place_and_no_shape():
    drawn = scenes(StereoSpec(n=3000, shared=False))
    assert np.mean(drawn.labels[:, 0] == drawn.labels[:, 1]) == pytest.approx(1 / 3, abs=0.03)
    shared = scenes(StereoSpec(n=3000))
    assert np.array_equal(shared.labels[:, 0], shared.labels[:, 1])
    assert np.array_equal(shared.place, drawn.place)
    assert np.array_equal(shared.labels[:, 0], drawn.labels[:, 0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 1}, "n = 1 is out of range"),
        ({"size": 48}, "size = 48 is not possible: use 32 or 64"),
        ({"jitter": -0.1}, "jitter = -0.1 is out of range"),
        ({"rotation": float("nan")}, "rotation = nan is out of range"),
        ({"noise_x": -1}, "noise_x"),
        ({"noise_y": "0.2"}, "noise_y = '0.2' is not a number"),
        ({"baseline": 2}, "baseline"),
        ({"reach": 1.5}, "reach"),
        ({"shared": 1}, "shared = 1 is neither"),
        ({"seed": 0.5}, "seed = 0.5 is not a whole number"),
    ],
)
def test_settings_that_cannot_be_used_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        StereoSpec(**given)
