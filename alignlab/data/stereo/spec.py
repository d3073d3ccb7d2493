"""The settings of the stereo pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab.checks import InputError, as_count, as_real, unbox

SIZES = (32, 64)
"""Widths of an image in pixels."""

MOST_PAIRS = 100_000
"""Largest number of pairs: 3.3 GB of images at 64 x 64."""


@dataclass(frozen=True, kw_only=True)
class StereoSpec:
    """Settings of the stereo pairs. Lengths are in half widths of the image, which is [-1, 1]^2.

    n : number of training pairs, at least 2.
    size : width and height of an image in pixels, 32 or 64.
    jitter : standard deviation of the shift of each camera in either direction, and of its rotation
        about the centre of its image in radians unless `rotation` is given.
    rotation : standard deviation of the rotation in radians, None for that of the shift.
    noise_x, noise_y : standard deviation of the noise on the pixels of either view, before the
        values are clamped to [0, 1].
    baseline : the left camera is this far to the right, the right one to the left.
    reach : objects lie in [-reach, reach]^2, uniformly.
    shared : whether both cameras see the same shape; False gives each view its own one, at the same
        place, so that nothing but the place is shared.
    seed : of all random draws, not negative.

    Raises ValueError naming the field, its range and the value given.

    Source: "When to Align, When to Predict", section 5 and its public code, for the defaults.
    """

    n: int = 3000
    size: int = 32
    jitter: float = 0.1
    rotation: float | None = None
    noise_x: float = 0.1
    noise_y: float = 0.2
    baseline: float = 0.2
    reach: float = 0.5
    shared: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "StereoSpec"
        as_count(self.n, "n", name, 2, MOST_PAIRS)
        if self.size not in SIZES:
            raise InputError(name, f"size = {self.size!r} is not possible: use 32 or 64")
        as_real(self.jitter, "jitter", name, 0, 2, closed=True)
        if self.rotation is not None:
            as_real(self.rotation, "rotation", name, 0, np.pi, closed=True)
        as_real(self.noise_x, "noise_x", name, 0, 10, closed=True)
        as_real(self.noise_y, "noise_y", name, 0, 10, closed=True)
        as_real(self.baseline, "baseline", name, 0, 1, closed=True)
        as_real(self.reach, "reach", name, 0, 1, closed=True)
        if not isinstance(self.shared, bool):
            raise InputError(name, f"shared = {self.shared!r} is neither True nor False")
        as_count(self.seed, "seed", name, 0)

    @property
    def sigma(self) -> tuple[float, float, float]:
        """Standard deviations of the shift right, the shift down and the rotation of a camera."""
        turn = self.jitter if self.rotation is None else self.rotation
        return self.jitter, self.jitter, turn
