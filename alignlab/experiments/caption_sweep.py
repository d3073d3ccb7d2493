"""A sweep of images and captions over the level of distortion, as work with progress."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from alignlab.checks import as_count, unbox
from alignlab.data.captions.spec import CaptionSpec
from alignlab.experiments.captions import BOTTLENECKS, FEWEST_PAIRS, WIDEST, caption_cell
from alignlab.experiments.cell_sweep import CellSweep, along, bottlenecks, by_bottleneck, each_once

COLUMNS = ("level", "seed", "method", "k", "accuracy")


@dataclass(frozen=True, kw_only=True)
class CaptionSweepSpec:
    """Settings of a sweep.

    spec : everything but the level and the seed.
    ks : bottlenecks of all methods, 1 to `WIDEST`, each once.
    levels : strengths of the distortion, each once.
    seeds : number of seeds; they are those from `spec.seed` on.

    Raises ValueError naming the field, its range and the value given.
    """

    spec: CaptionSpec = field(default_factory=CaptionSpec)
    ks: tuple[int, ...] = BOTTLENECKS
    levels: tuple[float, ...] = (0.0, 0.2, 0.5, 0.8, 1.0)
    seeds: int = 3

    def __post_init__(self) -> None:
        unbox(self)
        name = "CaptionSweepSpec"
        as_count(self.spec.n, "n", name, FEWEST_PAIRS)
        as_count(self.seeds, "seeds", name, 1)
        object.__setattr__(self, "ks", bottlenecks(self.ks, name, WIDEST))
        object.__setattr__(self, "levels", each_once(self.levels, "levels", name))
        self.cells()  # which checks every level

    def cells(self) -> list[CaptionSpec]:
        """The specs of all cells, seed by seed."""
        return along(self.spec, "level", self.levels, self.seeds)


class CaptionSweep(CellSweep):
    """All levels of a seed have the same scenes and captions."""

    def __init__(self, spec: CaptionSweepSpec) -> None:
        super().__init__(spec.cells(), COLUMNS, self._scored)
        self.spec = spec

    def _scored(self, spec: CaptionSpec) -> pd.DataFrame:
        rows = by_bottleneck(caption_cell(spec), self.spec.ks)
        return rows.assign(level=spec.level, seed=spec.seed)
