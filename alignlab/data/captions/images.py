"""Scenes to images: the ground, and the objects on it, the smaller ones in front."""

from __future__ import annotations

import numpy as np

from alignlab.data.captions.outlines import noun_outlines
from alignlab.data.captions.scenes import MOST_OBJECTS, PIXELS, Scenes, stream
from alignlab.data.stereo.coverage import coverage

SIZE = 32
"""Width and height of an image in pixels."""

CHUNK = 64
"""Images that are drawn at once, so that they stay in the CPU cache."""

GRAIN = 0.04
"""Standard deviation of the noise on every value of an undistorted image."""

COLOUR_VALUES = np.array([
    (0.85, 0.12, 0.12), (0.95, 0.55, 0.70), (0.95, 0.85, 0.15), (0.15, 0.60, 0.20),
    (0.15, 0.30, 0.85), (0.50, 0.20, 0.65), (0.96, 0.96, 0.96), (0.08, 0.08, 0.08),
])  # fmt: skip
"""Red, green and blue of `COLOURS`."""

GROUND_VALUES = np.array([
    (0.45, 0.65, 0.30), (0.85, 0.76, 0.55), (0.35, 0.60, 0.75), (0.88, 0.91, 0.95),
    (0.55, 0.55, 0.55), (0.65, 0.40, 0.32), (0.55, 0.42, 0.28), (0.48, 0.30, 0.45),
])  # fmt: skip
"""Red, green and blue of `GROUNDS`."""


def drawn(scenes: Scenes) -> np.ndarray:
    """The images (n, SIZE, SIZE, 3) float32 in [0, 1] of scenes, not distorted.

    A pixel on the edge of an object has its colour by the share of it that is covered.
    """
    n = len(scenes)
    images = np.empty((n, SIZE, SIZE, 3), dtype=np.float32)
    grain = stream(scenes.spec, scenes.part, PIXELS)
    light = np.linspace(1.1, 0.85, SIZE)[:, None, None]  # from the top
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        ground = GROUND_VALUES[scenes.ground[rows], None, None] * light
        chunk = np.repeat(ground.astype(np.float32), SIZE, axis=2)
        for j in range(MOST_OBJECTS):
            there = (j < scenes.count[rows])[:, None, None]
            corners = noun_outlines()[scenes.nouns[rows, j]] * scenes.size[rows, j, None, None]
            covered = coverage(SIZE * (corners + scenes.place[rows, j, None]), SIZE) * there
            colour = COLOUR_VALUES[scenes.colours[rows, j], None, None]
            chunk += covered[..., None].astype(np.float32) * (colour.astype(np.float32) - chunk)
        chunk += GRAIN * grain.standard_normal(chunk.shape, dtype=np.float32)
        images[rows] = np.clip(chunk, 0, 1)
    return images
