"""Scenes to images: the shape at its place, with noise on every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtri

from alignlab.data.stereo.coverage import coverage
from alignlab.data.stereo.outlines import outlines
from alignlab.data.stereo.scenes import Part, Scenes, noise_stream, scenes, turned
from alignlab.data.stereo.spec import StereoSpec

CHUNK = 1 << 18
"""Pixels that are drawn at once, so that they stay in the CPU cache."""

QUANTILES = 1 << 16
"""Pixel noise has this many equally likely values: a table is faster than a Gaussian generator."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StereoPairs:
    """X1, X2 : (n, size, size) float32 in [0, 1], the left and the right view of `scenes`."""

    X1: np.ndarray
    X2: np.ndarray
    scenes: Scenes

    @property
    def labels(self) -> np.ndarray:
        """(n,), the shape in the left view, as a code into `SHAPES`."""
        return self.scenes.labels[:, 0]

    @property
    def place(self) -> np.ndarray:
        """(n, 2), the place of the object in the world, in half widths of the image."""
        return self.scenes.place


def stereo_pairs(spec: StereoSpec, part: Part = "train", n: int | None = None) -> StereoPairs:
    """Draw and render the pairs of a part: the numbers depend on spec, part and row alone.

    part : "train", "probe" or "test", which have no draw in common. n : number of pairs, None for
    that of the spec; the first pairs of a larger n are the same.
    """
    drawn = scenes(spec, part, n)
    X1, X2 = (rendered(drawn, view) for view in (0, 1))
    return StereoPairs(X1=X1, X2=X2, scenes=drawn)


def rendered(drawn: Scenes, view: int, *, noise: bool = True) -> np.ndarray:
    """The images (n, size, size) float32 of a view, 0 the left and 1 the right one.

    A shape is white (1) on black (0), a pixel on its edge is as bright as the share of it that is
    covered. Noise is Gaussian, and values are clamped to [0, 1].
    """
    spec = drawn.spec
    size, n = spec.size, len(drawn.labels)
    shapes, places = outlines(size)[drawn.labels[:, view]], drawn.seen[:, view]
    angles = drawn.camera[:, view, 2]
    sigma = (spec.noise_x, spec.noise_y)[view] if noise else 0.0
    random = noise_stream(spec, drawn.part, view)
    images = np.zeros((n, size, size), dtype=np.float32)
    for start in range(0, n, CHUNK // size**2):
        rows = slice(start, start + CHUNK // size**2)
        chunk = images[rows]
        if sigma > 0:
            _fill_with_noise(chunk, sigma, random)
        corners = turned(shapes[rows], angles[rows, None]) + places[rows, None]
        _add_shapes(chunk, (corners + 1) * (size / 2))
        np.clip(chunk, 0, 1, out=chunk)
    return images


def _fill_with_noise(chunk: np.ndarray, sigma: float, random: np.random.Generator) -> None:
    """Gaussian noise in place of chunk (m, size, size)."""
    drawn = np.frombuffer(random.bytes(2 * chunk.size), dtype="<u2").reshape(chunk.shape)
    np.take(_quantiles(sigma), drawn, out=chunk, mode="clip")


@lru_cache(maxsize=8)
def _quantiles(sigma: float) -> np.ndarray:
    """Quantiles (QUANTILES,) of a Gaussian at the middle of equal probabilities."""
    return (sigma * ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)).astype(np.float32)


def _add_shapes(chunk: np.ndarray, corners: np.ndarray) -> None:
    """Add to chunk (m, size, size) what polygons with corners (m, v, 2) in pixels cover of it."""
    m, size, _ = chunk.shape
    low, high = corners.min(axis=1), corners.max(axis=1)
    width = min(size, int(np.ceil((high - low).max())) + 1)
    first = np.clip(np.floor(low), 0, size - width).astype(np.intp)  # of a window around each
    windows = sliding_window_view(chunk, (width, width), axis=(1, 2), writeable=True)
    covered = coverage(corners - first[:, None], width)
    windows[np.arange(m), first[:, 1], first[:, 0]] += covered
