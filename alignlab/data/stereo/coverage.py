"""Polygons to images: the exact area of every pixel that a polygon covers."""

from __future__ import annotations

import numpy as np


def coverage(corners: np.ndarray, size: int) -> np.ndarray:
    """The share of every pixel (n, size, size) inside polygons with corners (n, v, 2).

    corners : x right, y down, in pixels from the top left corner of the image, along each outline
        with the inside to the right (clockwise as seen), so that `outlines.area` is positive. No
        edge may be longer than a pixel. What lies outside the image is cut off.

    Every edge is cut at the borders of pixels. A piece of height h whose mean distance from the
    left border of its pixel is f covers h (1 - f) of that pixel and h of all pixels to its right,
    with the sign of its direction; the sum of all pieces of a row, from left to right, is the
    covered area. So it is exact, the sum over the image is the area of what lies within it, and it
    changes continuously as a polygon moves.

    Source: the accumulation buffer of font rasterisers (Levien, "Inside the fastest font renderer
    in the world", 2016; FreeType's smooth rasteriser).
    """
    n, v, _ = corners.shape
    x, y = np.moveaxis(corners, -1, 0)
    dx, dy = (np.roll(z, -1, axis=1) - z for z in (x, y))
    first, second = _crossing(x, dx), _crossing(y, dy)
    cuts = np.empty((n, 4, v))
    cuts[:, 0], cuts[:, 3] = 0, 1
    np.minimum(first, second, out=cuts[:, 1])
    np.maximum(first, second, out=cuts[:, 2])
    # in the middle of a piece one sees which pixel it lies in
    xs = np.clip(x[:, None] + cuts * dx[:, None], 0, size)
    ys = np.clip(y[:, None] + cuts * dy[:, None], 0, size)
    height = np.diff(ys, axis=1)
    across = (xs[:, 1:] + xs[:, :-1]) / 2
    row = np.minimum((ys[:, 1:] + ys[:, :-1]) / 2, size - 1).astype(np.intp)
    column = np.minimum(across, size - 1).astype(np.intp)
    to_right = height * (across - column)
    pixel = (np.arange(n)[:, None, None] * size + row) * (size + 1) + column
    weights = np.stack([height - to_right, to_right])
    cells = np.stack([pixel, pixel + 1])
    sums = np.bincount(cells.ravel(), weights.ravel(), minlength=n * size * (size + 1))
    covered = np.cumsum(-sums.reshape(n, size, size + 1), axis=2)
    return covered[:, :, :size]


def _crossing(z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Where on the way (0 to 1) from z (n, v) to z + step the next whole number is met, else 0."""
    start, end = np.floor(z), np.floor(z + step)
    apart = np.where(start == end, 1.0, step)
    return np.where(start == end, 0.0, (np.maximum(start, end) - z) / apart)
