"""The outlines of the nouns, as polygons in the square from -1 to 1, x right and y down."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from alignlab.data.captions.scenes import NOUNS
from alignlab.data.stereo.outlines import area, pieces

CORNERS = 160
"""Corners of each polygon: no edge is longer than a pixel of an image of 32 x 32."""


def _circle(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list:
    """Points of an arc, angles in turns from x towards y."""
    t = 2 * np.pi * np.linspace(start, end, 40)
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1).tolist()


def _star() -> list:
    t = 2 * np.pi * (np.arange(10) / 10 - 0.25)
    r = np.where(np.arange(10) % 2, 0.42, 1.0)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1).tolist()


_CURVES = {
    "ball": _circle(0, 0, 0.9, 0.9, 0, 1),
    "house": [(0, -1), (0.9, -0.2), (0.7, -0.2), (0.7, 0.9), (-0.7, 0.9), (-0.7, -0.2),
              (-0.9, -0.2)],
    "tree": [(0, -1), (0.75, 0.45), (0.2, 0.45), (0.2, 1), (-0.2, 1), (-0.2, 0.45), (-0.75, 0.45)],
    "boat": [(0.05, -1), (0.75, 0.2), (0.15, 0.2), (0.15, 0.35), (1, 0.35), (0.6, 0.9), (-0.6, 0.9),
             (-1, 0.35), (0.05, 0.35)],
    "kite": [(0, -1), (0.62, -0.3), (0.08, 0.85), (0.25, 1), (-0.25, 1), (-0.08, 0.85),
             (-0.62, -0.3)],
    "star": _star(),
    "fish": [*_circle(-0.2, 0, 0.75, 0.48, 0.55, 0.95), (0.55, -0.1), (1, -0.5), (1, 0.5),
             (0.55, 0.1), *_circle(-0.2, 0, 0.75, 0.48, 0.05, 0.45)],
    "cup": [(-0.8, -0.8), (0.4, -0.8), (0.4, -0.5), (1, -0.5), (1, 0.4), (0.4, 0.4), (0.4, 0.15),
            (0.72, 0.15), (0.72, -0.25), (0.4, -0.25), (0.4, 0.9), (-0.65, 0.9)],
}  # fmt: skip


@lru_cache(maxsize=1)
def noun_outlines() -> np.ndarray:
    """Corners (8, `CORNERS`, 2) of the polygons of `NOUNS`, in the order of positive area."""
    found = []
    for noun in NOUNS:
        corners = np.array(_CURVES[noun], dtype=float)
        closed = pieces(np.concatenate([corners, corners[:1]]), CORNERS)
        found.append(closed if area(closed) > 0 else closed[::-1])
    return np.stack(found)
