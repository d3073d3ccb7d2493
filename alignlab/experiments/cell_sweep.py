"""A sweep over cells, each a setting with several bottlenecks, as work with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import pandas as pd

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_values

Spec = TypeVar("Spec", bound=Any)


class Cell(Protocol):
    """Methods fitted at one setting."""

    def scores(self, k: int) -> pd.DataFrame:
        """One row per method, its name the index "method"."""


class CellSweep:
    """A sweep as the work of a job: `run` yields after every cell, `table` holds what is done.

    done, total : cells complete and in all.
    """

    def __init__(
        self, specs: Sequence[Any], columns: Sequence[str], rows: Callable[[Any], pd.DataFrame]
    ) -> None:
        """Rows gives those of a spec, with these columns."""
        self._specs, self._columns, self._rows = list(specs), list(columns), rows
        self.done, self.total = 0, len(self._specs)
        self.table = pd.DataFrame(columns=self._columns)

    def run(self) -> Iterator[None]:
        """Run the sweep; close the iterator to stop."""
        found = []
        for spec in self._specs:
            with linalg.one_thread_each():  # more threads would wait for each other
                found.append(self._rows(spec)[self._columns])
            self.table = pd.concat(found, ignore_index=True)
            self.done += 1
            yield

    def at(self, k: int) -> pd.DataFrame:
        """The rows of one bottleneck, of finished cells alone."""
        return self.table[self.table["k"] == k]


def along(base: Spec, over: str, values: Sequence[float], seeds: int) -> list[Spec]:
    """The specs with each of these values of a field, for seeds from that of `base` on."""
    return [
        replace(base, **{over: value, "seed": base.seed + i})
        for i in range(seeds)
        for value in values
    ]


def by_bottleneck(cell: Cell, ks: Sequence[int]) -> pd.DataFrame:
    """The scores of a cell at each bottleneck, one row per k and method or ceiling."""
    tables = [cell.scores(k).reset_index().assign(k=k) for k in ks]
    return pd.concat(tables, ignore_index=True)


def each_once(values: Any, name: str, caller: str) -> tuple:
    """The values as a tuple; ValueError unless there is at least one, and each once."""
    found = as_values(values, name, caller)
    if not found or len(set(found)) < len(found):
        raise InputError(caller, f"{name} = {found}: give at least one, and each once")
    return found


def bottlenecks(values: Any, caller: str, widest: int) -> tuple[int, ...]:
    """Bottlenecks from 1 to the widest, each once."""
    return tuple(as_count(k, "k", caller, 1, widest) for k in each_once(values, "ks", caller))
