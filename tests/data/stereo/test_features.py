from dataclasses import replace

import numpy as np
import pytest

from alignlab.data.stereo.features import (
    FILTERS,
    PATCH,
    POOLS,
    STRIDE,
    THRESHOLD,
    RandomFeatures,
    averaged,
)
from alignlab.data.stereo.images import stereo_pairs
from alignlab.data.stereo.spec import StereoSpec

SPEC = StereoSpec(n=150, jitter=0.1)
IMAGES = stereo_pairs(SPEC).X1
FITTED, VALUES = RandomFeatures.fitted(IMAGES, 0)


def test_features_are_standardised_by_the_images_of_the_fit():
    assert VALUES.shape == (150, 2 * FILTERS * POOLS**2)
    np.testing.assert_allclose(VALUES.mean(axis=0), 0, atol=1e-9)
    assert set(np.round(VALUES.std(axis=0), 9)) <= {0, 1}
    np.testing.assert_array_equal(FITTED.of(IMAGES), VALUES)
    np.testing.assert_array_equal(FITTED.of(IMAGES[70:90]), VALUES[70:90])  # row by row


def test_filters_are_patches_of_the_images_without_mean_and_of_unit_length():
    assert FITTED.filters.shape == (PATCH**2, FILTERS)
    np.testing.assert_allclose(FITTED.filters.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(FITTED.filters, axis=0), 1, rtol=1e-5)
    every = np.lib.stride_tricks.sliding_window_view(IMAGES, (PATCH, PATCH), axis=(1, 2))
    every = every.reshape(-1, PATCH**2)
    every = every - every.mean(axis=1, keepdims=True)
    cosines = (every @ FITTED.filters) / np.maximum(np.linalg.norm(every, axis=1), 1e-6)[:, None]
    np.testing.assert_allclose(cosines.max(axis=0), 1, rtol=1e-5)


def test_features_are_those_of_loops_over_images_filters_and_places():
    places = range(0, IMAGES.shape[1] - PATCH + 1, STRIDE)
    assert len(places) == 9
    wanted = []
    for sign in (1, -1):
        for rows in (places[:5], places[5:]):
            for columns in (places[:5], places[5:]):
                above = [
                    np.maximum(
                        sign * (IMAGES[3, r : r + PATCH, c : c + PATCH].ravel() @ FITTED.filters)
                        - THRESHOLD,
                        0,
                    )
                    for r in rows
                    for c in columns
                ]
                wanted.append(np.mean(above, axis=0))
    raw = VALUES[3] * FITTED.scale + FITTED.mean
    np.testing.assert_allclose(raw, np.concatenate(wanted), atol=1e-5)


def test_the_seed_draws_the_filters():
    again, other = (RandomFeatures.fitted(IMAGES, seed)[0].filters for seed in (0, 1))
    assert np.array_equal(FITTED.filters, again)
    assert not np.array_equal(FITTED.filters, other)


def test_large_images_are_averaged_first():
    large = stereo_pairs(replace(SPEC, size=64)).X1
    small = averaged(large, 32)
    blocks = large.reshape(150, 32, 2, 32, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(small, blocks, atol=1e-6)
    found, wanted = (RandomFeatures.fitted(images, 0)[1] for images in (large, small))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    with pytest.raises(ValueError, match="width = 20 does not divide the 64 pixels"):
        averaged(large, 20)


def test_images_without_any_contrast_give_features_of_zero():
    _, values = RandomFeatures.fitted(np.zeros((20, 32, 32), dtype=np.float32), 0)
    assert not values.any()
