"""Projection of point clouds of any dimension to one plane, for figures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from alignlab import linalg
from alignlab.checks import as_matrix

Plane = Literal["first", "principal"]

SPREAD = "class (spread)"
"""The second axis of a one-dimensional cloud; its unit differs from that of the first."""


def to_plane(
    *clouds: np.ndarray, how: Plane, symbol: str, labels: np.ndarray | None = None
) -> tuple[list[np.ndarray], tuple[str, str]]:
    """Each cloud (n, k) as points (n, 2) in one shared plane, and the names of its two axes.

    how : "first" takes the first two coordinates; "principal" the two leading principal
        directions of all clouds together, centred.
    symbol : of the axes; an index is appended.
    labels : (n,), classes that separate the points of a single coordinate; None for no classes.

    A single coordinate is drawn along the first axis; the second axis then separates the classes,
    if any, with a fixed jitter.
    """
    points = [as_matrix(cloud, "a cloud", "to_plane") for cloud in clouds]
    k = points[0].shape[1]
    if k == 1:
        return [_strip(cloud, labels) for cloud in points], (f"{symbol}₁", SPREAD)
    if how == "first" or k == 2:
        return [cloud[:, :2] for cloud in points], (f"{symbol}₁", f"{symbol}₂")
    everything = np.concatenate(points)
    centre = everything.mean(axis=0)
    V, _ = linalg.leading_directions(everything - centre, 2)
    axes = (f"principal {symbol}₁", f"principal {symbol}₂")
    return [(cloud - centre) @ V for cloud in points], axes


def first_two(Z: np.ndarray) -> np.ndarray:
    """The first two coordinates (n, 2) of Z (n, k); the second is 0 where there is only one."""
    Z = as_matrix(Z, "Z", "first_two")
    return np.column_stack([Z, np.zeros(len(Z))])[:, :2]


def turned_towards(Z: np.ndarray, Z1: np.ndarray, Z2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Z1 and Z2 (n, k) after the one rotation or reflection that brings both closest to Z (n, k).

    Distances between the two are unchanged. Latents of another dimension are returned unchanged.
    """
    Z, Z1, Z2 = (as_matrix(M, name, "turned_towards") for M, name in
                 ((Z, "Z"), (Z1, "Z1"), (Z2, "Z2")))  # fmt: skip
    if Z1.shape != Z.shape:
        return Z1, Z2
    k = Z.shape[1]
    U, _, V = linalg.singular_triplets((Z1 + Z2).T @ Z, k)
    return Z1 @ (U @ V.T), Z2 @ (U @ V.T)


def _strip(cloud: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    golden = (np.arange(len(cloud)) * 0.6180339887498949) % 1 - 0.5
    spread = golden * 0.5 + (0.0 if labels is None else labels)
    return np.column_stack([cloud[:, 0], spread])
