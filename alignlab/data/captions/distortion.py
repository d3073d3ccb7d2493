"""Distortions of images by six groups, of which a level says how many are active."""

from __future__ import annotations

import numpy as np

from alignlab.data.captions.scenes import GROUPS, STRENGTHS, TEXTURE, WAYS, Scenes, stream

NAMES = ("colour cast", "exposure", "contrast", "texture", "saturation", "spatial")
"""The groups, after "When to Align, When to Predict", Appendix B."""

LEAST = 0.3
"""An active group has a strength from this to 1."""

FURTHEST = 8
"""Largest shift of the spatial group, in pixels."""

CHUNK = 64
"""Images that are distorted at once, so that they stay in the CPU cache."""


def active(scenes: Scenes) -> np.ndarray:
    """Strength of each group in each image, 0 where it is not active: (n, 6).

    round(6 level) groups are active in every image, drawn at random. A higher level keeps those of
    a lower one, with their strengths.
    """
    spec, part = scenes.spec, scenes.part
    n = len(scenes)
    order = stream(spec, part, GROUPS).random((n, len(NAMES))).argsort(axis=1).argsort(axis=1)
    strengths = stream(spec, part, STRENGTHS).uniform(LEAST, 1, (n, len(NAMES)))
    return np.where(order < round(len(NAMES) * spec.level), strengths, 0.0)


def distorted(images: np.ndarray, scenes: Scenes) -> np.ndarray:
    """The images (n, size, size, 3) of scenes, distorted at the level of their spec.

    At level 0 the images themselves are returned.
    """
    strengths = active(scenes)
    if not strengths.any():
        return images
    found = np.empty_like(images)
    ways = stream(scenes.spec, scenes.part, WAYS).uniform(-1, 1, (len(images), 7))
    random = stream(scenes.spec, scenes.part, TEXTURE)
    for start in range(0, len(images), CHUNK):
        rows = slice(start, start + CHUNK)
        noise = random.standard_normal(images[rows].shape, dtype=np.float32)
        found[rows] = _distorted(images[rows], strengths[rows], ways[rows], noise)
    return found


def _distorted(
    X: np.ndarray, strengths: np.ndarray, ways: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Images (m, size, size, 3) by strengths (m, 6) in ways (m, 7) from -1 to 1, with noise."""
    ways, by_group = ways.astype(np.float32), strengths.astype(np.float32).T[..., None, None, None]
    cast, exposure, contrast, texture, saturation, _ = by_group
    X = X * np.exp(0.8 * cast * ways[:, None, None, :3])
    X = X * 2 ** (1.5 * exposure * np.sign(ways[:, None, None, 3:4]))
    X = 0.5 + (X - 0.5) * (1 - 0.8 * contrast)
    X = X + 0.25 * texture * noise
    grey = X.mean(axis=3, keepdims=True)
    X = X + saturation * (grey - X)
    return np.clip(_moved(X, strengths[:, 5], ways[:, 4:]), 0, 1)


def _moved(X: np.ndarray, strength: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Images shifted by up to `FURTHEST` pixels, half of them mirrored; edges are repeated."""
    m, size = X.shape[:2]
    shift = np.rint(FURTHEST * strength[:, None] * ways[:, :2]).astype(int)
    at = np.arange(size)
    row = np.clip(at - shift[:, :1], 0, size - 1)
    column = np.clip(at - shift[:, 1:2], 0, size - 1)
    mirrored = (strength > 0) & (ways[:, 2] > 0)
    column = np.where(mirrored[:, None], size - 1 - column, column)
    return X[np.arange(m)[:, None, None], row[:, :, None], column[:, None, :]]
