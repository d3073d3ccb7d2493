"""A sweep of the stereo shapes over the jitter of the cameras, as work with progress.

Bottlenecks share the fit of a cell: a probe of each takes a thirtieth of the time that a fit does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from alignlab.checks import as_count, unbox
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.cell_sweep import CellSweep, along, bottlenecks, by_bottleneck, each_once
from alignlab.experiments.stereo import FEWEST_PAIRS, SCORES, WIDEST, stereo_cell

COLUMNS = ("jitter", "seed", "method", "k", *SCORES, "nuisance correlation")

BOTTLENECKS = (1, 2, 4, 8, 16, 32, 64)
"""Bottlenecks that a sweep measures unless told otherwise."""


@dataclass(frozen=True, kw_only=True)
class StereoSweepSpec:
    """Settings of a sweep.

    spec : everything but the jitter and the seed.
    ks : bottlenecks of all methods, 1 to `WIDEST`, each once.
    jitters : values of the jitter, each once.
    seeds : number of seeds; they are those from `spec.seed` on.

    Raises ValueError naming the field, its range and the value given.
    """

    spec: StereoSpec = field(default_factory=StereoSpec)
    ks: tuple[int, ...] = BOTTLENECKS
    jitters: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
    seeds: int = 3

    def __post_init__(self) -> None:
        unbox(self)
        name = "StereoSweepSpec"
        as_count(self.spec.n, "n", name, FEWEST_PAIRS)
        as_count(self.seeds, "seeds", name, 1)
        object.__setattr__(self, "ks", bottlenecks(self.ks, name, WIDEST))
        object.__setattr__(self, "jitters", each_once(self.jitters, "jitters", name))
        self.cells()  # which checks every jitter

    def cells(self) -> list[StereoSpec]:
        """The specs of all cells, seed by seed."""
        return along(self.spec, "jitter", self.jitters, self.seeds)


class StereoSweep(CellSweep):
    """All jitters of a seed have the same shapes, places and directions of camera errors."""

    def __init__(self, spec: StereoSweepSpec) -> None:
        super().__init__(spec.cells(), COLUMNS, self._scored)
        self.spec = spec

    def _scored(self, spec: StereoSpec) -> pd.DataFrame:
        cell = stereo_cell(spec)
        rows = by_bottleneck(cell, self.spec.ks).assign(jitter=spec.jitter, seed=spec.seed)
        return rows.assign(**{"nuisance correlation": cell.nuisance_correlations[0]})
