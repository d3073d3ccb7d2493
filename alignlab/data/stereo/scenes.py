"""What is to be seen: shapes, places and cameras, drawn apart from the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignlab.data.stereo.outlines import SHAPES
from alignlab.data.stereo.spec import StereoSpec

Part = Literal["train", "probe", "test"]
PARTS: tuple[Part, ...] = ("train", "probe", "test")
"""Separate draws: to fit the maps on, to fit a probe on, and to score it on."""

_SHAPE, _OTHER_SHAPE, _PLACE, _CAMERA = 0, 1, 2, 3
_NOISE = 5  # and 6, one for each view
_STEREO = 47


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenes:
    """n objects and the two cameras that see them.

    labels : (n, 2), the shape that either view shows, as a code into `SHAPES`.
    place : (n, 2), where the object is: x right, y down, in half widths of the image.
    camera : (n, 2, 3), for either view the shift right and down and the rotation in radians.
    spec, part : what they were drawn from.
    """

    labels: np.ndarray
    place: np.ndarray
    camera: np.ndarray
    spec: StereoSpec
    part: Part

    @property
    def seen(self) -> np.ndarray:
        """Where either view shows the object (n, 2, 2): view, then x and y.

        Both coordinates of a place are shifted by baseline and camera, then turned about the centre
        of the image.
        """
        sides = np.array([[-self.spec.baseline, 0.0], [self.spec.baseline, 0.0]])
        return turned(self.place[:, None] + sides + self.camera[..., :2], self.camera[..., 2])


def scenes(spec: StereoSpec, part: Part = "train", n: int | None = None) -> Scenes:
    """Draw the scenes of a part; n (None: that of the spec) pairs.

    The draws of the parts are different streams. Each quantity has its own stream, so a larger n
    keeps the first scenes, and specs that differ in jitter have the same shapes, places and, up to
    their length, camera movements.
    """
    n = spec.n if n is None else n
    labels = stream(spec, part, _SHAPE).integers(0, len(SHAPES), n)
    other = stream(spec, part, _OTHER_SHAPE).integers(0, len(SHAPES), n)
    place = spec.reach * stream(spec, part, _PLACE).uniform(-1, 1, (n, 2))
    camera = stream(spec, part, _CAMERA).standard_normal((n, 2, 3)) * spec.sigma
    return Scenes(
        labels=np.stack([labels, labels if spec.shared else other], axis=1),
        place=place,
        camera=camera,
        spec=spec,
        part=part,
    )


def turned(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """The points (..., 2) turned about the origin by an angle (...), from x towards y."""
    x, y = points[..., 0], points[..., 1]
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * x - s * y, s * x + c * y], axis=-1)


def noise_stream(spec: StereoSpec, part: Part, view: int) -> np.random.Generator:
    """The stream of the pixel noise of a view, 0 or 1."""
    return stream(spec, part, _NOISE + view)


def stream(spec: StereoSpec, part: Part, quantity: int) -> np.random.Generator:
    """The random stream of a quantity in a part."""
    return np.random.default_rng([spec.seed, _STEREO, PARTS.index(part), quantity])
