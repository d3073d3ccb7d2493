"""Fixed random convolutional features of images: no training, patches of the data as filters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from alignlab.checks import InputError

WIDTH = 32
"""Width in pixels at which features look; larger images are averaged in blocks first."""

PATCH, STRIDE = 7, 3
"""Width of a filter, and the distance of two places where it is applied, in pixels."""

FILTERS = 24

THRESHOLD = 0.5
"""A response counts by what it exceeds this: above that of most noise."""

POOLS = 2
"""Responses are averaged over POOLS x POOLS parts of the image."""

CANDIDATES = 2000
"""Patches from which the filters are drawn."""

CONTRAST = 0.8
"""Share of the patches with too little contrast for a filter; those left lie on an edge."""

CHUNK = 64
"""Images whose responses are computed at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomFeatures:
    """Features of images, `2 FILTERS POOLS^2` = 192, standardised by the images of the fit.

    filters : (PATCH^2, FILTERS), of colour images (3 PATCH^2, FILTERS), each with mean 0 and unit
        length.
    mean, scale : (192,), of the raw features of the images of the fit.
    """

    filters: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fitted(cls, images: np.ndarray, seed: int) -> tuple[RandomFeatures, np.ndarray]:
        """The features for images (n, size, size) of one view, and their values (n, 192) there.

        Images may have colours (n, size, size, 3); a patch then has all three.

        Filters are random patches of the images with `CONTRAST`, less their mean, of unit length. A
        feature is the mean over a part of the image of what a response, or its opposite, exceeds
        `THRESHOLD` by. One that does not vary is 0.

        Source: Coates and Ng, "The Importance of Encoding Versus Training with Sparse Coding and
        Vector Quantization", 2011: random patches as filters, soft threshold, both signs, pooling.
        """
        filters = _random_patches(_at_width(images), np.random.default_rng([seed, 53]))
        raw = _raw(images, filters)
        mean, scale = raw.mean(axis=0), raw.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        return cls(filters=filters, mean=mean, scale=scale), (raw - mean) / scale

    def of(self, images: np.ndarray) -> np.ndarray:
        """The features (m, 192) of images (m, size, size), or (m, size, size, 3)."""
        return (_raw(images, self.filters) - self.mean) / self.scale


def averaged(images: np.ndarray, width: int) -> np.ndarray:
    """The images (n, size, size) averaged in blocks to (n, width, width); so too with colours."""
    size = images.shape[1]
    if size % width:
        raise InputError("averaged", f"width = {width} does not divide the {size} pixels of a row")
    if size == width:
        return images
    block = size // width
    sums = np.kron(np.eye(width), np.ones((block, 1))).astype(images.dtype) / block
    if images.ndim == 4:
        return np.moveaxis(sums.T @ np.moveaxis(images, 3, 1) @ sums, 1, 3)
    return sums.T @ images @ sums


def _at_width(images: np.ndarray) -> np.ndarray:
    return averaged(images.astype(np.float32, copy=False), WIDTH)


def _random_patches(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Filters from images (n, WIDTH, WIDTH) or (n, WIDTH, WIDTH, 3)."""
    which = random.integers(0, len(images), CANDIDATES)
    row, column = random.integers(0, WIDTH - PATCH + 1, (2, CANDIDATES))
    patches = sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))[which, row, column]
    patches = patches.reshape(CANDIDATES, -1)  # of each colour in turn
    patches = patches - patches.mean(axis=1, keepdims=True)
    lengths = np.sqrt((patches**2).sum(axis=1))
    strong = np.flatnonzero(lengths >= np.quantile(lengths, CONTRAST))[:FILTERS]
    return (patches[strong] / np.maximum(lengths[strong, None], 1e-6)).T  # rows are pixels


def _raw(images: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Features (n, 2 FILTERS POOLS^2) of images, before they are standardised."""
    found = []
    for start in range(0, len(images), CHUNK):
        chunk = _at_width(images[start : start + CHUNK])
        seen = sliding_window_view(chunk, (PATCH, PATCH), axis=(1, 2))[:, ::STRIDE, ::STRIDE]
        m, places = seen.shape[:2]
        response = (seen.reshape(m * places**2, -1) @ filters).reshape(m, places, places, -1)
        found.append(np.concatenate([_pooled(response), _pooled(-response)], axis=1))
    return np.concatenate(found).astype(np.float64)


def _pooled(response: np.ndarray) -> np.ndarray:
    """Means over each part of what responses (n, places, places, FILTERS) exceed: (n, 96)."""
    n, places = response.shape[:2]
    above = np.maximum(response - np.float32(THRESHOLD), 0)
    return (pooling(places) @ above.reshape(n, places**2, -1)).reshape(n, -1)


@lru_cache(maxsize=1)
def pooling(places: int) -> np.ndarray:
    """Weights (POOLS^2, places^2) of the means over parts of a square of places."""
    part = np.arange(places) * POOLS // places
    inside = part == np.arange(POOLS)[:, None]
    weights = np.kron(inside, inside).astype(np.float32)
    return weights / weights.sum(axis=1, keepdims=True)
