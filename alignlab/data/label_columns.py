"""Labels as numeric columns: how each column is read, and its class indicators or numbers.

Each column is read on its own, as classes or as numbers (a measurement):

- names, categories and booleans are classes, and so are whole numbers stored as text;
- numbers that are not whole are a measurement, also when stored as text;
- whole numbers can be either: `are_codes` decides, and the reading says so.

`kind` selects the other reading where both are possible. If any cell of a column is a name, all its
cells are read as names: 1, 1.0 and "1" are then one class. A row counts as unlabelled if any of its
columns is missing; its numbers are then zero and its mask is False.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.checks import InputError
from alignlab.data.label_reading import (
    ColumnReading,
    Kind,
    LabelReading,
    kinds_of,
    place,
    read_column,
)
from alignlab.data.label_tally import Held, keys_of
from alignlab.data.label_values import Cells, as_labels, number_name

CLASSES = 1000
"""Maximum number of classes over all columns: moments of their indicators are kept in memory."""


class LabelColumns:
    """How labels are read: call `see` on every chunk, then `columns` converts any chunk.

    kind : "classes" or "numbers" for columns that can be either, None to decide from the values;
        or a sequence with one of these per column.

    Raises
    ------
    ValueError
        A single class, constant labels, values that are neither numbers nor names, too many
        classes or nearly as many classes as rows, a kind that a column cannot have, or a number of
        columns that differs from the previous chunks.
    """

    def __init__(self, caller: str = "diagnose", kind: Kind = None) -> None:
        self.caller = caller
        self.kind = kinds_of(kind, caller)
        self._held: list[Held] = []
        self._read: tuple[ColumnReading, ...] | None = None

    @classmethod
    def of(cls, labels: object, caller: str = "diagnose", kind: Kind = None) -> LabelColumns:
        """From all labels at once, checked; ValueError if the labels carry no information."""
        scheme = cls(caller, kind)
        scheme.see(labels)
        scheme.check()
        return scheme

    def see(self, labels: object) -> None:
        """Add labels (n,) or (n, p) to the summary of each column."""
        found = as_labels(labels, self.caller)
        self._same_width(len(found.columns))
        for held, cells in zip(self._held, found, strict=True):
            held.see(cells, found.known)

    def merge(self, other: LabelColumns) -> None:
        """Add what `other` has seen in the rows that follow."""
        if not other._held:
            return
        self._same_width(len(other._held))
        for held, more in zip(self._held, other._held, strict=True):
            held.merge(more)

    def _same_width(self, width: int) -> None:
        self._read = None
        self._held = self._held or [Held() for _ in range(width)]
        if len(self._held) != width:
            raise InputError(
                self.caller,
                f"labels change from {len(self._held)} to {width} columns between "
                "chunks: every chunk must have the same label columns",
            )

    @property
    def reading(self) -> LabelReading:
        """What every column is read as."""
        return LabelReading(columns=self._columns)

    @property
    def _columns(self) -> tuple[ColumnReading, ...]:
        if self._read is None:
            kinds = self.kind if isinstance(self.kind, tuple) else (self.kind,) * len(self._held)
            if len(kinds) != len(self._held):
                raise InputError(
                    self.caller,
                    f"kind has {len(kinds)} entries, the number of label columns is "
                    f"{len(self._held)}: give one for all, or one per column",
                )
            self._read = tuple(
                read_column(held, kind) for held, kind in zip(self._held, kinds, strict=True)
            )
        return self._read

    def check(self) -> None:
        """ValueError if the labels carry no information, or cannot be read as `kind` asks."""
        several = len(self._columns) > 1
        if not self._held:
            raise InputError(self.caller, "there are no labels: give some, or labels=None")
        unfit = [column.unfit for column in self._columns if column.unfit]
        if unfit and (isinstance(self.kind, tuple) or len(unfit) == len(self._columns)):
            raise InputError(
                self.caller, f"{unfit[0]}: give another kind than {self.kind!r}, or other labels"
            )
        for j, column in enumerate(self._columns):
            where = f" (column {j})" if several else ""
            if column.refused:
                raise InputError(self.caller, f"{column.refused}{where}")
        indicators = sum(len(column.classes or ()) for column in self._columns)
        if indicators > CLASSES:
            raise InputError(
                self.caller,
                f"labels hold {indicators:,} classes over all columns, the "
                f"limit is {CLASSES:,}: give coarser classes or fewer columns",
            )
        if all(column.constant for column in self._columns):
            classes = self._columns[0].classes
            raise InputError(
                self.caller,
                "labels are constant: give labels that vary over the rows"
                if classes is None
                else f"labels hold one class only, {classes[0]}: label rows of at least two "
                "classes",
            )

    @property
    def classes(self) -> list | None:
        """The classes of the only column, in order; None for numbers, or several columns."""
        if len(self._columns) != 1:
            return None
        classes = self._columns[0].classes
        return None if classes is None else list(classes)

    @property
    def width(self) -> int:
        """Number of columns of L."""
        return sum(column.width for column in self._columns)

    @property
    def parts(self) -> tuple[tuple[slice, bool], ...]:
        """For each label column, its columns of L and whether they are class indicators."""
        ends = np.cumsum([column.width for column in self._columns]).tolist()
        return tuple(
            (slice(end - column.width, end), column.classes is not None)
            for end, column in zip(ends, self._columns, strict=True)
        )

    def columns(
        self, labels: object, rows: slice = slice(None)
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """Labels of these rows as L (n, p), and a mask (n,) of the labelled rows.

        Classes become indicators, numbers are scaled to [-1, 1].
        """
        found = as_labels(labels, self.caller)[rows]
        known = found.known
        parts = []
        for read, values in zip(self._columns, self.values(found), strict=True):
            if read.classes is None:
                parts.append(read.scaled(values)[:, None])
            else:
                parts.append((values[:, None] == np.arange(len(read.classes))).astype(np.float64))
        L = np.hstack(parts)
        L[~known] = 0.0
        return L, known

    def values(self, labels: object) -> list[np.ndarray]:
        """Every column (n,): codes into its classes, or its numbers; arbitrary where missing.

        Raises ValueError for a class that `see` has not seen.
        """
        found = as_labels(labels, self.caller)
        return [
            _numbers(cells) if read.classes is None else _codes(cells, read, self.caller)
            for read, cells in zip(self._columns, found, strict=True)
        ]


def named(labels: object, caller: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """One column of numbers or text as codes (n,) into its sorted names; -1 where missing.

    Raises ValueError for several columns, and for values that are neither numbers nor text.
    """
    found = as_labels(labels, caller)
    if len(found.columns) != 1:
        raise InputError(caller, f"there are {len(found.columns)} label columns: give one")
    cells = found.columns[0]
    held = Held()
    held.see(cells, cells.known)
    keys = keys_of(cells, names=not held.all_written or held.truth, truth=held.truth)
    codes, unique = pd.factorize(keys)
    names = [key if isinstance(key, str) else number_name(key) for key in unique]
    order = sorted(range(len(names)), key=lambda i: place(names[i]))
    rank = np.full(len(names) + 1, -1)  # the last entry is the one that code -1 selects
    rank[order] = np.arange(len(names))
    return rank[codes], tuple(names[i] for i in order)


def _numbers(cells: Cells) -> np.ndarray:
    """The numbers of a column of numbers (n,), 0 where missing."""
    if cells.texts is None and cells.numbers is not None:
        return cells.numbers.astype(np.float64)
    keys = keys_of(cells, names=False)
    return np.array([0.0 if key is None else key for key in keys], dtype=np.float64)


def _codes(cells: Cells, read: ColumnReading, caller: str) -> np.ndarray:
    """The class indices of a column (n,), -1 where missing."""
    keys = keys_of(cells, names=read.cells == "names", truth=read.truth)
    assert read.classes is not None
    places = {key: i for i, key in enumerate(read.classes)}
    codes, unique = pd.factorize(keys)
    strange = [key for key in unique if key not in places]
    if strange:
        raise InputError(
            caller,
            f"the label {strange[0]} was not there when the labels were first read: "
            "return the same chunks at each call",
        )
    return np.array([*(places[key] for key in unique), -1])[codes]
