"""A sweep of the stereo shapes over the jitter of the cameras, as work with progress.

Bottlenecks share the fit of a cell: a probe of each takes a thirtieth of the time that a fit does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from alignlab.checks import InputError, as_count, as_values, unbox
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import FEWEST_PAIRS, SCORES, WIDEST, StereoCell, stereo_cell

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
        ks = as_values(self.ks, "ks", name)
        for k in ks:
            as_count(k, "k", name, 1, WIDEST)
        as_count(self.seeds, "seeds", name, 1)
        jitters = as_values(self.jitters, "jitters", name)
        for field_name, values in (("ks", ks), ("jitters", jitters)):
            if not values or len(set(values)) < len(values):
                raise InputError(name, f"{field_name} = {values}: give at least one, and each once")
            object.__setattr__(self, field_name, values)
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
            rows = by_bottleneck(cell, self.spec.ks).assign(jitter=spec.jitter, seed=spec.seed)
            rows["nuisance correlation"] = cell.nuisance_correlations[0]
            found.append(rows[list(COLUMNS)])
            self.table = pd.concat(found, ignore_index=True)
            self.done += 1
            yield

    def at(self, k: int) -> pd.DataFrame:
        """The rows of one bottleneck, finished seeds and jitters alone."""
        return self.table[self.table["k"] == k]


def by_bottleneck(cell: StereoCell, ks: Sequence[int]) -> pd.DataFrame:
    """The scores of a cell at each bottleneck, one row per k and method or ceiling."""
    tables = [cell.scores(k).reset_index().assign(k=k) for k in ks]
    return pd.concat(tables, ignore_index=True)
