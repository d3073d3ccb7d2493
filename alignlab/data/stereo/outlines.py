"""The outlines of the shapes, as polygons of equal area."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

SHAPES = ("square", "ellipse", "heart")

AREA = 0.3
"""Area of every shape, in squared half widths of the image, so that brightness tells no shape.

The longest, the ellipse, reaches 0.44 from its centre.
"""

FINE = 4096
"""Points of a curve before it is cut into pieces of equal length."""


@lru_cache(maxsize=4)
def outlines(size: int) -> np.ndarray:
    """Corners (3, v, 2) of the polygons of `SHAPES`, centred, x right and y down.

    All have the same number of corners, so many that no edge is longer than a pixel of an image
    (size, size), and exactly the area `AREA`: the square is a polygon anyway, and the other two are
    scaled. The corners of the square, and the notch and the tip of the heart, are among them.

    Source: the shapes of dSprites (Matthey et al., 2017); the heart is the well-known curve
    x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t.
    """
    t = np.linspace(0, 2 * np.pi, FINE + 1)
    curves = (
        np.array([[1.0, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]]),
        np.stack([np.cos(t), 0.5 * np.sin(t)], axis=1),
        np.stack(
            [
                16 * np.sin(t) ** 3,
                5 * np.cos(2 * t) + 2 * np.cos(3 * t) + np.cos(4 * t) - 13 * np.cos(t),
            ],
            axis=1,
        ),
    )
    scaled = [_of_area(curve) for curve in curves]
    longest = max(np.hypot(*np.diff(curve, axis=0).T).sum() for curve in scaled)
    count = 4 * int(np.ceil(longest * 1.05 * size / 2 / 4))
    return np.stack([_of_area(pieces(curve, count)) for curve in scaled])


def area(corners: np.ndarray) -> np.ndarray:
    """Signed areas (...) of polygons with corners (..., v, 2)."""
    following = np.roll(corners, -1, axis=-2)
    x, y = corners[..., 0], corners[..., 1]
    return (x * following[..., 1] - following[..., 0] * y).sum(axis=-1) / 2


def _of_area(corners: np.ndarray) -> np.ndarray:
    """The polygon (v, 2) around its centre of gravity, scaled to `AREA`."""
    following = np.roll(corners, -1, axis=0)
    cross = corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]
    centre = ((corners + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return (corners - centre) * (AREA / area(corners)) ** 0.5


def pieces(curve: np.ndarray, count: int) -> np.ndarray:
    """Points (count, 2) at equal distances along a closed curve (m, 2), whose ends are equal."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    at = along[-1] * np.arange(count) / count
    return np.stack([np.interp(at, along, values) for values in curve.T], axis=1)
