"""Distortions of images by six groups, of which a level says how many are active."""

from __future__ import annotations

import numpy as np

from alignlab.data.captions.scenes import GROUPS, STRENGTHS, Scenes, stream

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
    random = stream(scenes.spec, scenes.part, STRENGTHS + 100)
    for start in range(0, len(images), CHUNK):
        rows = slice(start, start + CHUNK)
        found[rows] = _distorted(images[rows], strengths[rows].astype(np.float32), random)
    return found


def _distorted(X: np.ndarray, strengths: np.ndarray, random: np.random.Generator) -> np.ndarray:
    m = len(X)
    cast, exposure, contrast, texture, saturation, spatial = strengths.T[..., None, None, None]
    signs = random.uniform(-1, 1, (m, 1, 1, 6)).astype(np.float32)
    tint = random.uniform(-1, 1, (m, 1, 1, 3)).astype(np.float32)
    noise = random.standard_normal(X.shape, dtype=np.float32)
    X = X * np.exp(0.8 * cast * tint)
    X = X * 2 ** (1.5 * exposure * np.sign(signs[..., :1]))
    X = 0.5 + (X - 0.5) * (1 - 0.8 * contrast)
    X = X + 0.25 * texture * noise
    grey = X.mean(axis=3, keepdims=True)
    X = X + saturation * (grey - X)
    return np.clip(_moved(X, spatial[:, 0, 0, 0], signs[:, 0, 0, 1:4]), 0, 1)


def _moved(X: np.ndarray, strength: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Images shifted by up to `FURTHEST` pixels, half of them mirrored; edges are repeated."""
    m, size = X.shape[:2]
    shift = np.rint(FURTHEST * strength[:, None] * signs[:, :2]).astype(int)
    at = np.arange(size)
    row = np.clip(at - shift[:, :1], 0, size - 1)
    column = np.clip(at - shift[:, 1:2], 0, size - 1)
    mirrored = (strength > 0) & (signs[:, 2] > 0)
    column = np.where(mirrored[:, None], size - 1 - column, column)
    return X[np.arange(m)[:, None, None], row[:, :, None], column[:, None, :]]
