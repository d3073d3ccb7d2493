"""Bitmaps of shapes, such as those that the official data sets hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Sprites:
    """One bitmap of each shape, in the middle of the image.

    images : (m, 64, 64) or (m, 64, 64, 3) float32, values 0 to 1.
    shapes : (m,), their names.
    rows : (m,), which rows of the file they are.
    found : what was found in the file, in a sentence.
    """

    images: np.ndarray
    shapes: tuple[str, ...]
    rows: tuple[int, ...]
    found: str
