"""What is to be seen and told: objects, colours, places, drawn apart from images and captions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab.data.captions.spec import MOST_OBJECTS, CaptionSpec
from alignlab.data.stereo.scenes import PARTS, Part

NOUNS = ("ball", "house", "tree", "boat", "kite", "star", "fish", "cup")
"""The classes. The first object of a scene, the largest, is the dominant one."""

COLOURS = ("red", "pink", "yellow", "green", "blue", "purple", "white", "black")

GROUNDS = ("grass", "sand", "water", "snow", "stone", "brick", "wood", "carpet")

TIED = 0.5
"""Probability that colour or ground is that of the dominant noun rather than any."""

LARGEST, SMALLEST = (0.34, 0.42), (0.14, 0.2)
"""Half widths of the dominant object and of the others, in widths of the image."""

_CAPTIONS = 61
_NOUN, _COLOUR, _TIED, _GROUND, _COUNT, _PLACE, _SIZE = range(7)
TEMPLATE, VAGUE = 10, 11
GROUPS, STRENGTHS, WAYS, TEXTURE, PIXELS = range(13, 18)
"""The streams of captions, of distortions and of pixels."""

_OTHER = 20
"""Added to the streams of a scene for those of another one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenes:
    """n scenes of up to `MOST_OBJECTS` objects, the largest first.

    nouns, colours : (n, MOST_OBJECTS), codes into `NOUNS` and `COLOURS`.
    count : (n,), how many of these objects are there.
    place : (n, MOST_OBJECTS, 2), the middle of each, x right and y down, 0 to 1.
    size : (n, MOST_OBJECTS), half widths, in widths of the image.
    ground : (n,), codes into `GROUNDS`.
    spec, part : what they were drawn from.
    """

    nouns: np.ndarray
    colours: np.ndarray
    count: np.ndarray
    place: np.ndarray
    size: np.ndarray
    ground: np.ndarray
    spec: CaptionSpec
    part: Part

    @property
    def labels(self) -> np.ndarray:
        """(n,), the dominant noun."""
        return self.nouns[:, 0]

    def __len__(self) -> int:
        return len(self.nouns)


def scenes(
    spec: CaptionSpec, part: Part = "train", n: int | None = None, *, other: bool = False
) -> Scenes:
    """Draw the scenes of a part; n (None: that of the spec) pairs.

    other : draw those that captions tell of where the spec is not shared, from streams of their
    own.

    Parts have different streams, and so has each quantity: a larger n keeps the first scenes, and
    specs that differ in level have the same ones.
    """
    n = spec.n if n is None else n
    first = _OTHER if other else 0
    nouns = stream(spec, part, first + _NOUN).integers(0, len(NOUNS), (n, MOST_OBJECTS))
    own = stream(spec, part, first + _TIED).random((n, 2)) < TIED
    colours = stream(spec, part, first + _COLOUR).integers(0, len(COLOURS), (n, MOST_OBJECTS))
    colours[:, 0] = np.where(own[:, 0], nouns[:, 0], colours[:, 0])
    ground = stream(spec, part, first + _GROUND).integers(0, len(GROUNDS), n)
    ground = np.where(own[:, 1], nouns[:, 0], ground)
    least = min(2, spec.objects)
    count = stream(spec, part, first + _COUNT).integers(least, spec.objects + 1, n)
    place = stream(spec, part, first + _PLACE).uniform(0.2, 0.8, (n, MOST_OBJECTS, 2))
    low, high = np.array([LARGEST, SMALLEST, SMALLEST]).T
    size = low + (high - low) * stream(spec, part, first + _SIZE).random((n, MOST_OBJECTS))
    return Scenes(
        nouns=nouns, colours=colours, count=count, place=place, size=size, ground=ground,
        spec=spec, part=part,
    )  # fmt: skip


def stream(spec: CaptionSpec, part: Part, quantity: int) -> np.random.Generator:
    """The random stream of a quantity in a part."""
    return np.random.default_rng([spec.seed, _CAPTIONS, PARTS.index(part), quantity])
