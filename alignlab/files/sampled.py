"""A random share of the rows of files, also of files larger than memory, read in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.checks import as_count
from alignlab.data.metadata import plain_values
from alignlab.files.chosen import check_choice
from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import COLUMNS, metadata_columns
from alignlab.files.large_tables import joined_blocks
from alignlab.files.source import Source

MOST = 100_000
"""Number of rows that are drawn at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Rows of a table.

    table : (m, columns), the columns of both views and the metadata.
    rows : (m,) their positions in the files, ascending; total : number of rows of the files.
    """

    table: pd.DataFrame
    rows: np.ndarray
    total: int

    @property
    def share(self) -> str:
        """What share of the rows this is, as a sentence; empty for all of them."""
        if len(self.rows) == self.total:
            return ""
        return (
            f"{len(self.rows):,} of {self.total:,} rows are shown, "
            f"{100 * len(self.rows) / self.total:.2g} % of them, drawn at random."
        )


class Sampling:
    """Drawing of a sample as work with progress: every row of the files is read once.

    source, choice : files, and the columns of both views; columns outside them are kept as
        metadata, as by `inspected.table_inspected`.
    most : number of rows drawn, at least 1; all if there are fewer. Each set of so many rows is
        equally likely. seed : of the draw.
    done, total : rows read, and all rows. sample : the sample, None before the end.

    Memory is that of the sample and one block of rows. Raises ValueError for columns that cannot be
    the views.
    """

    def __init__(
        self, source: Source, choice: ColumnChoice, most: int = MOST, seed: int = 0
    ) -> None:
        as_count(most, "most", "sampled", 1)
        as_count(seed, "seed", "sampled", 0)
        check_choice(source.head, choice)
        self.source, self.choice = source, choice
        self.done, self.total = 0, source.rows
        self.sample: Sample | None = None
        self._rows = np.arange(source.rows)
        if most < source.rows:
            rng = np.random.default_rng([seed, 17])
            self._rows = np.sort(rng.choice(source.rows, most, replace=False, shuffle=False))

    def run(self) -> Iterator[None]:
        """Read the files, yielding after each block; ValueError if one cannot be read."""
        views = [*self.choice.view1, *self.choice.view2]
        others = [*metadata_columns(self.source.head, self.choice)[:COLUMNS]]
        parts: list[tuple[pd.DataFrame, pd.DataFrame]] = []
        for block in self._blocks((*views, *others)):
            first, last = np.searchsorted(self._rows, [self.done, self.done + len(block)])
            chosen = self._rows[first:last] - self.done
            # copies of these rows and their values alone, so that the rest of the block is freed
            parts.append(
                (block[views].iloc[chosen], block[others].iloc[chosen].apply(plain_values))
            )
            self.done += len(block)
            yield
        tables = [pd.concat(some, ignore_index=True) for some in zip(*parts, strict=True)]
        self.sample = Sample(table=pd.concat(tables, axis=1), rows=self._rows, total=self.total)

    def _blocks(self, columns: tuple[str, ...]) -> Iterable[pd.DataFrame]:
        if self.source.large:
            return joined_blocks(self.source.large, columns)
        return [self.source.head]


def sampled(source: Source, choice: ColumnChoice, most: int = MOST, seed: int = 0) -> Sample:
    """A random sample of the rows of files; see `Sampling`."""
    sampling = Sampling(source, choice, most, seed)
    for _ in sampling.run():
        pass
    assert sampling.sample is not None
    return sampling.sample
