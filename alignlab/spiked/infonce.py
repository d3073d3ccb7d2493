"""InfoNCE on the spiked model: when does contrastive training recover the shared subspace?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from threading import Lock

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.contrastive import ContrastiveSpec, Training
from alignlab.checks import InputError
from alignlab.metrics import subspace_distance
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.phase import varied
from alignlab.work import advances, shared_out


@dataclass(frozen=True, kw_only=True)
class TrainingSweep:
    """Linear encoders trained by InfoNCE on samples, for each value, temperature and seed.

    spec, over, values : the model, and the parameter of `phase.PARAMETERS` that varies.
    n : pairs per sample; seeds : of samples and trainings.
    training : all other settings; its k, temperature and seed are replaced.

    Source: the InfoNCE experiment of the phase diagram paper's public code.
    """

    spec: SpikedSpec
    over: str
    values: tuple[float, ...]
    temperatures: tuple[float, ...]
    n: int
    seeds: tuple[int, ...]
    training: ContrastiveSpec

    def __post_init__(self) -> None:
        if not (self.values and self.temperatures and self.seeds):
            raise InputError(
                "InfoNCE", "no values, temperatures or seeds: choose at least one each"
            )
        if self.training.hidden:
            raise InputError(
                "InfoNCE",
                f"hidden = {self.training.hidden}: only linear encoders have a span to "
                "compare; use hidden = 0",
            )

    def specs(self) -> list[SpikedSpec]:
        """The spec at every value."""
        return [varied(self.spec, self.over, value) for value in self.values]


class Trainings:
    """The work of a `TrainingSweep`.

    distances : (values, temperatures, seeds), subspace distances between the span of W1 and the
        shared coordinates of x; NaN where nothing is measured yet.
    done, total : steps of Adam so far, and in all.
    """

    def __init__(self, sweep: TrainingSweep) -> None:
        self.sweep, self.specs = sweep, sweep.specs()
        shape = (len(self.specs), len(sweep.temperatures), len(sweep.seeds))
        self.distances = np.full(shape, np.nan)
        self.done, self.total = 0, self.distances.size * sweep.training.steps
        self._counting = Lock()

    def run(self) -> Iterator[None]:
        """Train, several at a time, yielding often; all points of the first seed come first."""
        shape = self.distances.shape
        pieces = [
            (at, which, number)
            for number, at, which in product(range(shape[2]), range(shape[0]), range(shape[1]))
        ]
        yield from shared_out(pieces, self._train, linalg.threads())

    def _train(self, piece: tuple[int, int, int]) -> Iterator[None]:
        at, which, number = piece
        spec, seed = self.specs[at], self.sweep.seeds[number]
        data = sample_spiked(spec, self.sweep.n, seed)
        temperature = self.sweep.temperatures[which]
        settings = replace(self.sweep.training, k=spec.k, temperature=temperature, seed=seed)
        training = Training(data.X1, data.X2, settings)
        for steps in advances(training):
            with self._counting:
                self.done += steps
            yield
        found = training.encoders()
        assert isinstance(found, Alignment)  # without hidden layer
        assert data.S1 is not None  # the sample's own
        self.distances[piece] = subspace_distance(found.W1, data.S1)

    def mean(self) -> np.ndarray:
        """The mean distance (values, temperatures) over the finished seeds, NaN without any."""
        found = self.distances.copy()  # workers may write meanwhile
        known = np.isfinite(found)
        count = known.sum(axis=-1)
        mean = np.full(count.shape, np.nan)
        return np.divide(np.where(known, found, 0).sum(axis=-1), count, out=mean, where=count > 0)

    def table(self) -> pd.DataFrame:
        """`mean`, one row per value and one column per temperature."""
        index = pd.Index(self.sweep.values, name=self.sweep.over)
        columns = [f"InfoNCE, τ = {temperature:g}" for temperature in self.sweep.temperatures]
        return pd.DataFrame(self.mean(), index=index, columns=columns)
