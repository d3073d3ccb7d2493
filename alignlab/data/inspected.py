"""Pairs to be looked at, with what is known about each."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from alignlab.checks import InputError
from alignlab.data.metadata import Metadata
from alignlab.data.pairs import PairedData


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspected:
    """Pairs with metadata.

    data : n pairs. metadata : one row per pair.
    key : identifies the pairs without holding them.
    rows : (n,) row of each pair in the file that it comes from, from 0; None where all are there.
    notes : sentences on rows and columns that were left out.

    Raises ValueError if their numbers of rows differ.
    """

    data: PairedData
    metadata: Metadata
    key: Hashable
    rows: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = {"data": self.data.n, "metadata": self.metadata.n}
        if self.rows is not None:
            counts["rows"] = len(self.rows)
        if len(set(counts.values())) > 1:
            raise InputError(
                "Inspected", f"unequal numbers of rows {counts}: give one row of each per pair"
            )

    @property
    def file_rows(self) -> np.ndarray:
        """The row (n,) of each pair in its file, from 0."""
        return np.arange(self.data.n) if self.rows is None else self.rows
