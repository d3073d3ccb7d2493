"""Reduction of large frames to small ones, the input of the camera encoders."""

from __future__ import annotations

import numpy as np

from alignlab.checks import InputError

FRAMES, SIDE = 16, 48
"""Number of evenly spaced frames kept of a camera sequence, and their side in pixels."""

BACKGROUND_REMOVED = 0.5
"""Depth frames with less than this share of non-zero pixels show only the person: cropped."""


def choose(recorded: int, wanted: int) -> np.ndarray:
    """Indices (wanted,) of evenly spaced frames, the first and the last among them."""
    return np.linspace(0, recorded - 1, wanted).round().astype(np.int64)


def shrink_depth(frames: np.ndarray) -> np.ndarray:
    """(T, 48, 48) uint16 of depth frames (T, H, W) in mm, one square crop for the sequence.

    If the background has been removed (it is zero), the square just contains the person. Pixels
    are picked, not averaged: an average of a person's distance and zero means nothing.
    """
    height, width = frames.shape[1:]
    seen = frames > 0
    side = float(min(height, width))
    top, left = (height - side) / 2, (width - side) / 2
    if 0 < seen.mean() < BACKGROUND_REMOVED:
        ever = np.logical_or.reduce(seen)
        rows, columns = _span(ever.max(axis=1)), _span(ever.max(axis=0))
        side = float(max(rows[1] - rows[0], columns[1] - columns[0], SIDE))
        top, left = (sum(rows) - side) / 2, (sum(columns) - side) / 2
    at = (np.arange(SIDE) + 0.5) / SIDE * side
    y, x = np.floor(top + at).astype(int), np.floor(left + at).astype(int)
    inside = ((y >= 0) & (y < height))[:, None] & ((x >= 0) & (x < width))
    picked = frames[:, np.clip(y, 0, height - 1)[:, None], np.clip(x, 0, width - 1)]
    return np.where(inside, picked, 0).astype(np.uint16)


def pooled(frames: np.ndarray, side: int) -> np.ndarray:
    """The frames (T, H, W, ...) averaged over blocks to (T, side, side, ...), float32.

    Sides that are not a multiple of `side` are centre-cropped to one.
    """
    height, width = frames.shape[1:3]
    step = min(height, width) // side
    if step < 1:
        raise InputError(
            "pooled", f"frames of {height} x {width} pixels: at least {side} x {side} are needed"
        )
    top, left = (height - step * side) // 2, (width - step * side) // 2
    cut = frames[:, top : top + step * side, left : left + step * side].astype(np.float32)
    blocks = cut.reshape(len(frames), side, step, side, step, *frames.shape[3:])
    return blocks.mean(axis=(2, 4))


def _span(present: np.ndarray) -> tuple[float, float]:
    at = np.flatnonzero(present)
    return float(at[0]), float(at[-1] + 1)
