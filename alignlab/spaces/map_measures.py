"""Trustworthiness and continuity of a map with their nulls, as the work of a job."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import pandas as pd

from alignlab.spaces import faithfulness, nulls
from alignlab.spaces.measures import MeasureSpec
from alignlab.spaces.neighbourhoods import is_constant
from alignlab.spaces.nulls import Measure, as_table, compared


def map_measures(
    X: np.ndarray, Y: np.ndarray, spec: MeasureSpec | None = None
) -> dict[str, Measure]:
    """Trustworthiness and continuity of the map Y (m, 2) of X (m, d), each with its null.

    The rows are the points of the map: both modalities one below the other if they lie in one map.
    Of more than 5,000 points the same random subset is measured as by `trustworthiness`; n counts
    points. The number of neighbours is that of the spec.

    Raises ValueError as `trustworthiness`.
    """
    work = MapMeasures(X, Y, spec)
    for _ in work.run():
        pass
    return work.found


class MapMeasures:
    """`map_measures` of X (m, d) and Y (m, 2) as the work of a job; `done`, `total`, `found`."""

    def __init__(self, X: np.ndarray, Y: np.ndarray, spec: MeasureSpec | None = None) -> None:
        self._spec = spec = spec or MeasureSpec()
        self._all = len(X)
        self._X, self._Y, self._k = faithfulness.checked(X, Y, spec.neighbours, "map_measures")
        self.found: dict[str, Measure] = {}
        self.done, self.total = 0, 2 * (1 + spec.draws)

    def table(self) -> pd.DataFrame:
        """As that of `Measures`."""
        return as_table(self.found)

    def run(self) -> Iterator[None]:
        """Measure trustworthiness, then continuity."""
        near_X, ranks_X = yield from self._ranked(self._X)
        near_Y, ranks_Y = yield from self._ranked(self._Y)
        yield from self._measured("trustworthiness", ranks_X, near_Y)
        yield from self._measured("continuity", ranks_Y, near_X)

    def _ranked(self, X: np.ndarray) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
        """The nearest rows (n, neighbours) of each row of X (n, d), and the ranks (n, n) of all."""
        n, k = len(X), self._k
        near, ranks = np.empty((n, k), int), np.empty((n, n), np.int16)
        for start in range(0, n, faithfulness.BLOCK):
            rows = np.arange(start, min(start + faithfulness.BLOCK, n))
            order = faithfulness.ordered(X, rows)
            near[rows], ranks[rows] = order[:, 1 : k + 1], faithfulness.ranks(order)
            yield
        self.done += 1
        return near, ranks

    def _measured(self, name: str, ranks: np.ndarray, near: np.ndarray) -> Iterator[None]:
        n, k, draws = len(near), self._k, self._spec.draws

        def measure(found: np.ndarray) -> float:
            return faithfulness.share(faithfulness.beyond_k(found, k), n, k)

        undefined = is_constant(self._X) or is_constant(self._Y)
        value = np.nan if undefined else measure(np.take_along_axis(ranks, near, axis=1))
        rng, null = np.random.default_rng([self._spec.seed, 33]), []
        for found in nulls.permuted_positions(ranks, near, draws, rng):
            null.append(measure(found))
            self.done += 1
            yield
        one = compared(name, value, np.array(null), n, exact=n == self._all)
        self.found = self.found | {name: one}
