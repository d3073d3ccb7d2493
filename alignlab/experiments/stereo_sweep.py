"""A sweep of the stereo shapes over the jitter of the cameras, as work with progress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from alignlab.checks import InputError, as_count, as_values, unbox
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import FEWEST_PAIRS, SCORES, WIDEST, stereo_cell

COLUMNS = ("jitter", "seed", "method", *SCORES, "nuisance correlation")


@dataclass(frozen=True, kw_only=True)
class StereoSweepSpec:
    """Settings of a sweep.

    spec : everything but the jitter and the seed.
    k : bottleneck of all methods, 1 to `WIDEST`.
    jitters : values of the jitter, each once.
    seeds : number of seeds; they are those from `spec.seed` on.

    Raises ValueError naming the field, its range and the value given.
    """

    spec: StereoSpec = field(default_factory=StereoSpec)
    k: int = 4
    jitters: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
    seeds: int = 3

    def __post_init__(self) -> None:
        unbox(self)
        name = "StereoSweepSpec"
        as_count(self.spec.n, "n", name, FEWEST_PAIRS)
        as_count(self.k, "k", name, 1, WIDEST)
        as_count(self.seeds, "seeds", name, 1)
        jitters = as_values(self.jitters, "jitters", name)
        if not jitters or len(set(jitters)) < len(jitters):
            raise InputError(name, f"jitters = {jitters}: give at least one, and each once")
        object.__setattr__(self, "jitters", jitters)
        self.cells()  # which checks every jitter

    def cells(self) -> list[StereoSpec]:
        """The specs of all cells, seed by seed."""
        return [
            replace(self.spec, jitter=jitter, seed=self.spec.seed + i)
            for i in range(self.seeds)
            for jitter in self.jitters
        ]


class StereoSweep:
    """A sweep as the work of a job: `run` yields after every cell, `table` holds what is done.

    done, total : cells complete and in all. All jitters of a seed have the same shapes, places and
    directions of camera errors.
    """

    def __init__(self, spec: StereoSweepSpec) -> None:
        self.spec = spec
        self.done, self.total = 0, len(spec.cells())
        self.table = pd.DataFrame(columns=list(COLUMNS))

    def run(self) -> Iterator[None]:
        """Run the sweep; close the iterator to stop."""
        found = []
        for spec in self.spec.cells():
            cell = stereo_cell(spec)
            rows = cell.scores(self.spec.k).reset_index()
            rows = rows.assign(jitter=spec.jitter, seed=spec.seed)
            rows["nuisance correlation"] = cell.nuisance_correlations[0]
            found.append(rows[list(COLUMNS)])
            self.table = pd.concat(found, ignore_index=True)
            self.done += 1
            yield

    def bands(self, score: str = "accuracy") -> pd.DataFrame:
        """Least, median and largest score of the finished seeds, one row per method and jitter."""
        groups = self.table.groupby(["method", "jitter"], sort=False)[score]
        return groups.agg(["min", "median", "max"])
