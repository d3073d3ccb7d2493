"""The settings of the images with captions."""

from __future__ import annotations

from dataclasses import dataclass

from alignlab.checks import InputError, as_count, as_real, unbox

MOST_PAIRS = 50_000
"""Largest number of pairs: 0.6 GB of images."""

MOST_OBJECTS = 3


@dataclass(frozen=True, kw_only=True)
class CaptionSpec:
    """Settings of simulated scenes, each an image and a caption.

    n : number of training pairs, at least 2.
    level : strength of the distortion of images, 0 to 1: the share of the six groups of distortion
        that are active in each image.
    objects : largest number of objects in a scene, 1 to 3; a scene has two or more where it may.
    vague : probability that a caption says "thing" instead of a noun.
    shared : whether image and caption are of the same scene; False describes another scene.
    seed : of all random draws, not negative.

    Raises ValueError naming the field, its range and the value given.

    Source: "When to Align, When to Predict", section 5 and Appendix B, on MS-COCO; the scenes are
    simulated here instead.
    """

    n: int = 3000
    level: float = 0.0
    objects: int = 3
    vague: float = 0.12
    shared: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "CaptionSpec"
        as_count(self.n, "n", name, 2, MOST_PAIRS)
        as_real(self.level, "level", name, 0, 1, closed=True)
        as_count(self.objects, "objects", name, 1, MOST_OBJECTS)
        as_real(self.vague, "vague", name, 0, 1, closed=True)
        if not isinstance(self.shared, bool):
            raise InputError(name, f"shared = {self.shared!r} is neither True nor False")
        as_count(self.seed, "seed", name, 0)
