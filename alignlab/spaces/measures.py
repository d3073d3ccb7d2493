"""All measures of a latent space of pairs with their nulls, as the work of a job."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab import metrics
from alignlab.checks import InputError, as_count, as_view, check_row_counts, check_same_order, unbox
from alignlab.neighbours import Search
from alignlab.partners import Partners
from alignlab.spaces import nulls
from alignlab.spaces.gap import modality_gap
from alignlab.spaces.neighbourhoods import is_constant, occurrences, shared, skewness
from alignlab.spaces.nulls import Measure, as_table, compared
from alignlab.spaces.similarity import centred_at_unit_size, similarity
from alignlab.spaces.uniformity import alignment, directions, uniformity

NUMBERS = 10_000_000
"""Distances of partners, gap and CKA use at most this many numbers of each modality."""

PRODUCTS, GRAM_ROWS = 2_000_000_000, 2_000
"""CKA multiplies at most this many pairs of numbers in a draw, but always uses so many pairs."""

ROWS = 10_000
"""Mutual kNN, retrieval and hubness compare at most this many pairs with each other."""

UNIFORM_ROWS = 1_000
"""Uniformity is measured on at most this many rows of each modality."""

TOPS = (1, 5)
"""Retrieval among so many nearest rows."""

LEAST = 6
"""The smallest number of pairs."""


@dataclass(frozen=True, kw_only=True)
class MeasureSpec:
    """Settings of the measures.

    neighbours : of mutual kNN, hubness, trustworthiness and continuity.
    draws : of each null; the smallest p-value is 1 / (1 + draws).
    seed : of the draws, and of the random subsets of large data.
    """

    neighbours: int = 10
    draws: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        as_count(self.neighbours, "neighbours", "MeasureSpec", 1)
        as_count(self.draws, "draws", "MeasureSpec", 1)
        as_count(self.seed, "seed", "MeasureSpec", 0)


class Measures:
    """Measures of Z1 (n, k) and Z2 (n, k), modalities in one space: `run` pauses often.

    Each measure is taken on all pairs, or on a random subset of them whose size its row states:
    linear ones up to `NUMBERS` numbers, neighbourhoods up to `ROWS` pairs, uniformity up to
    `UNIFORM_ROWS`. A measure that is undefined, such as CKA of a constant modality, is NaN.
    After an aligner, pass pairs that it was not fitted to: it brings the others together even if
    they are unrelated, which no null shows.

    done, total : draws and searches.
    found : the measures so far, by name; replaced, never modified.

    Raises ValueError for fewer than `LEAST` pairs or not more of them than neighbours, for values
    that are not finite, and for modalities of different shapes.
    """

    def __init__(self, Z1: np.ndarray, Z2: np.ndarray, spec: MeasureSpec | None = None) -> None:
        caller = "Measures"
        check_same_order(caller, Z1=Z1, Z2=Z2)
        self._Z1, self._Z2 = as_view(Z1, "Z1", caller), as_view(Z2, "Z2", caller)
        check_row_counts(caller, Z1=self._Z1, Z2=self._Z2)
        self._spec = spec = spec or MeasureSpec()
        self._n, self._k = self._Z1.shape
        if self._k != self._Z2.shape[1]:
            raise InputError(
                caller,
                f"latents of {self._k} and {self._Z2.shape[1]} dimensions: align them first",
            )
        if self._n < LEAST:
            raise InputError(caller, f"{self._n} pairs: at least {LEAST} are needed")
        if spec.neighbours >= self._n:
            raise InputError(
                caller, f"neighbours = {spec.neighbours} of {self._n} pairs: lower it below them"
            )
        rng = np.random.default_rng([spec.seed, 31])
        self._order = rng.permutation(self._n)
        self.found: dict[str, Measure] = {}
        self.done, self.total = 0, 9 * spec.draws + 5

    def table(self) -> pd.DataFrame:
        """One row a measure: value, null, low, high, p, n, draws, exact; the index is its name."""
        return as_table(self.found)

    def run(self) -> Iterator[None]:
        """Measure, group by group."""
        yield from self._partners()
        yield from self._gap()
        yield from self._similarity()
        yield from self._uniformity()
        yield from self._neighbourhoods()

    def _rows(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """At most so many of the pairs, drawn at random; subsets are nested."""
        if most >= self._n:
            return self._Z1, self._Z2
        rows = np.sort(self._order[:most])
        return self._Z1[rows], self._Z2[rows]

    def _linear_rows(self) -> int:
        return max(LEAST, NUMBERS // self._k)

    def _rng(self, group: int) -> np.random.Generator:
        return np.random.default_rng([self._spec.seed, 32, group])

    def _drawn(self, draws: Iterator) -> Generator[None, None, np.ndarray]:
        """All draws (draws, ...), pausing after each."""
        found = []
        for one in draws:
            found.append(one)
            self.done += 1
            yield
        return np.array(found)

    def _keep(self, n: int, **measured: tuple[float, np.ndarray]) -> None:
        new = {
            name: compared(name, value, null, n, exact=n == self._n)
            for name, (value, null) in measured.items()
        }
        self.found = self.found | new

    def _partners(self) -> Iterator[None]:
        Z1, Z2 = self._rows(self._linear_rows())
        draws = nulls.permuted_distances(Z1, Z2, self._spec.draws, self._rng(1))
        null = yield from self._drawn(draws)
        self._keep(
            len(Z1),
            cmae=(metrics.cmae(Z1, Z2), null[:, 0]),
            ncmae=(metrics.ncmae(Z1, Z2), null[:, 1]),
            alignment=(alignment(directions(Z1), directions(Z2)), null[:, 2]),
        )

    def _gap(self) -> Iterator[None]:
        Z1, Z2 = self._rows(self._linear_rows())
        draws = nulls.exchanged_gaps(Z1, Z2, self._spec.draws, self._rng(2))
        null = yield from self._drawn(draws)
        found = modality_gap(Z1, Z2)
        self._keep(
            len(Z1), gap=(found.distance, null[:, 0]), gap_explained=(found.explained, null[:, 1])
        )

    def _similarity(self) -> Iterator[None]:
        most = min(self._linear_rows(), max(GRAM_ROWS, PRODUCTS // self._k**2))
        A, B = (centred_at_unit_size(Z) for Z in self._rows(most))
        draws = nulls.permuted_cka(A, B, self._spec.draws, self._rng(3))
        null = yield from self._drawn(draws)
        self._keep(len(A), cka=(similarity(A, B), null))

    def _uniformity(self) -> Iterator[None]:
        for m, Z in enumerate(self._rows(UNIFORM_ROWS), 1):
            draws = nulls.independent_coordinates(Z, self._spec.draws, self._rng(3 + m))
            null = yield from self._drawn(draws)
            self._keep(len(Z), **{f"uniformity{m}": (uniformity(directions(Z)), null)})

    def _searched(self, search: Search) -> Generator[None, None, np.ndarray]:
        yield from search.run()
        self.done += 1
        yield
        return search.found.indices

    def _neighbourhoods(self) -> Iterator[None]:
        spec = self._spec
        Z1, Z2 = self._rows(max(ROWS, spec.neighbours + 1))
        n, k = len(Z1), spec.neighbours
        undefined = is_constant(Z1) or is_constant(Z2)

        near1 = yield from self._searched(Search(Z1, k))
        near2 = yield from self._searched(Search(Z2, k))
        null = yield from self._drawn(nulls.permuted_lists(near1, near2, spec.draws, self._rng(6)))
        self._keep(n, mutual_knn=(np.nan if undefined else shared(near1, near2), null))

        counts = Partners(Z1, Z2)
        yield from counts.run()
        self.done += 1
        there = yield from self._searched(Search(Z2, max(k, *TOPS), Z1))
        back = yield from self._searched(Search(Z1, max(k, *TOPS), Z2))
        for side, (near, ending) in enumerate(((there, ""), (back, "_back"))):
            draws = nulls.permuted_hits(near, TOPS, spec.draws, self._rng(7 + side))
            null = yield from self._drawn(draws)
            for column, top in zip(null.T, TOPS, strict=True):
                name = f"retrieval_{top}{ending}"
                self._keep(n, **{name: (counts.recall(side, top), column)})

        lists = nulls.random_lists(n, k, spec.draws, self._rng(9))
        null = yield from self._drawn(skewness(occurrences(near, n)) for near in lists)
        for near, name in ((there, "hubness"), (back, "hubness_back")):
            value = np.nan if undefined else skewness(occurrences(near[:, :k], n))
            self._keep(n, **{name: (value, null)})
