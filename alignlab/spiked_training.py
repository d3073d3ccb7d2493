"""InfoNCE on the spiked model: does a contrastive training find the shared subspace, and when?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from threading import Lock

import numpy as np

from alignlab import linalg
from alignlab.align import Alignment
from alignlab.contrastive import ContrastiveSpec, Training
from alignlab.metrics import subspace_distance
from alignlab.pool import shared_out
from alignlab.spiked import SpikedSpec, sample_spiked


class Trainings:
    """Linear encoders trained by InfoNCE on samples of several specs, at several temperatures.

    specs, temperatures, seeds : of the trainings, each with each.
    n : pairs of a sample; training : all other settings (k, temperature and seed are replaced).
    distances : (specs, temperatures, seeds), subspace distances between the span of W1 and the
        shared coordinates of x; NaN where nothing is known yet.
    done, total : steps of Adam so far, and all of them.

    Source: InfoNCE experiment of "When to Align, When to Predict" (public code).
    """

    def __init__(
        self,
        specs: Sequence[SpikedSpec],
        temperatures: Sequence[float],
        n: int,
        seeds: Sequence[int],
        training: ContrastiveSpec,
    ) -> None:
        self.specs, self.temperatures, self.seeds = list(specs), list(temperatures), list(seeds)
        if not (self.specs and self.temperatures and self.seeds):
            raise ValueError("trainings: no specs, temperatures or seeds: give at least one each")
        self.n, self.training = n, training
        shape = (len(self.specs), len(self.temperatures), len(self.seeds))
        self.distances = np.full(shape, np.nan)
        self.done, self.total = 0, self.distances.size * training.steps
        self._counting = Lock()

    def run(self) -> Iterator[None]:
        """Train, several at a time, pausing often; the first seed comes first."""
        shape = self.distances.shape
        pieces = [
            (at, which, number)
            for number, at, which in product(range(shape[2]), range(shape[0]), range(shape[1]))
        ]
        yield from shared_out(pieces, self._train, linalg.threads())

    def _train(self, piece: tuple[int, int, int]) -> Iterator[None]:
        at, which, number = piece
        spec, seed = self.specs[at], self.seeds[number]
        data = sample_spiked(spec, self.n, seed)
        settings = ContrastiveSpec(
            k=spec.k,
            temperature=self.temperatures[which],
            steps=self.training.steps,
            batch=self.training.batch,
            learning_rate=self.training.learning_rate,
            normalised=self.training.normalised,
            seed=seed,
        )
        training = Training(data.X1, data.X2, settings)
        before = 0
        for _ in training.run():
            with self._counting:
                self.done += training.done - before
            before = training.done
            yield
        found = training.encoders()
        assert isinstance(found, Alignment)  # without hidden layer
        assert data.S1 is not None  # the sample's own
        self.distances[piece] = subspace_distance(found.W1, data.S1)
