"""Positions in a map that is being drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Positions of points in a map, at a step of the method that draws it.

    Y : (m, dims); the method may change them in place when it continues.
    step : number of steps taken; 0 is the start.
    exaggerated, divergence : see `Snapshot`. shares : see `PairMap`.
    """

    Y: np.ndarray
    step: int
    exaggerated: bool = False
    divergence: float = float("nan")
    shares: tuple[float, ...] = ()
