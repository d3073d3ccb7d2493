"""Summary of a label column, built chunk by chunk in bounded memory, whatever the chunks.

Counts are kept for the `KEPT` values with the smallest hashes. A value among these at the end was
among them in every chunk, so its count covers all rows. With at most `KEPT` different values all
counts are exact.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alignlab.data.label_values import Cells, number_name

KEPT = 1001
"""One more than the maximum number of classes."""

_NUMBER = re.compile(r"\s*[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?\s*")
"""Text that is a number; 007 is not one, but a code."""


def number_in(text: str) -> float | None:
    """The number written in a text, None if it is not one; 1 and 1.0 are equal, 007 is a name."""
    if not _NUMBER.fullmatch(text) or not any(sign.isdigit() for sign in text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


_DECIMAL = re.compile(r"[+-]?\d+(\.0*)?")
"""Text that is a whole number, possibly with a decimal point."""


class Tally:
    """Frequency of each value; of a sample of values if more than `KEPT` differ."""

    def __init__(self) -> None:
        self.found: dict = {}  # value -> (hash, count)

    def add(self, values: np.ndarray) -> None:
        """Count values (n,), either all numbers or all texts."""
        if not len(values):
            return
        if values.dtype == object:
            codes, unique = pd.factorize(values)
            counts, hashes = np.bincount(codes), pd.util.hash_array(unique, categorize=False)
        else:
            unique, counts = np.unique(values, return_counts=True)
            hashes = pd.util.hash_array(unique.astype(np.float64) + 0.0)
        if len(unique) > 2 * KEPT:
            # values tied at the last hash are all kept; `_prune` breaks the tie
            edge = np.partition(hashes, KEPT - 1)[KEPT - 1]
            few = hashes <= edge
            unique, counts, hashes = unique[few], counts[few], hashes[few]
        for value, count, code in zip(unique.tolist(), counts.tolist(), hashes, strict=True):
            key = value if isinstance(value, str) else _exact(value)
            self._count(key, int(code), count)
        self._prune(2 * KEPT)

    def merge(self, other: Tally) -> None:
        """Add the counts of another tally."""
        for value, (code, count) in other.found.items():
            self._count(value, code, count)
        self._prune(2 * KEPT)

    def counts(self) -> dict:
        """Counts by value, of at most `KEPT` values."""
        self._prune(KEPT)
        return {value: count for value, (_, count) in self.found.items()}

    def _count(self, value: object, code: int, count: int) -> None:
        self.found[value] = (code, self.found.get(value, (0, 0))[1] + count)

    def _prune(self, most: int) -> None:
        if len(self.found) <= most:
            return
        order = sorted(self.found.items(), key=lambda item: (item[1][0], item[0]))
        self.found = dict(order[:KEPT])


@dataclass(kw_only=True, eq=False)
class Range:
    """Smallest and largest number, and whether all numbers are whole."""

    low: float = np.inf
    high: float = -np.inf
    whole: bool = True

    def add(self, values: np.ndarray) -> None:
        """Include more values (n,)."""
        if len(values):
            self.low = min(self.low, float(values.min()))
            self.high = max(self.high, float(values.max()))
            if values.dtype.kind == "f":
                self.whole = self.whole and bool((values == np.round(values)).all())

    def merge(self, other: Range) -> None:
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.whole = self.whole and other.whole


@dataclass(kw_only=True, eq=False)
class Held:
    """Summary of a column.

    rows : number of known cells, `numeric` of which are numbers. numbers, texts : frequencies.
    range, negative, written : of the numbers, of the negative ones, of the numbers stored as text.
    all_written : whether all texts are numbers. truth : whether all numbers are booleans.
    marks : how often each of `MARKS` occurs.
    first, last, ascending : whether the numbers increase by one from row to row, and both ends.
    """

    rows: int = 0
    numeric: int = 0
    numbers: Tally = field(default_factory=Tally)
    texts: Tally = field(default_factory=Tally)
    range: Range = field(default_factory=Range)
    negative: Range = field(default_factory=Range)
    written: Range = field(default_factory=Range)
    all_written: bool = True
    truth: bool = True
    marks: Counter = field(default_factory=Counter)
    first: float | None = None
    last: float | None = None
    ascending: bool = True

    def see(self, cells: Cells, known: np.ndarray) -> None:
        """Add the next rows, of which only those `known` (n,) count."""
        part = Held()
        textual = cells.textual & known
        part.rows = int(known.sum())
        if cells.texts is not None:
            texts = cells.texts[textual]
            part.texts.add(texts)
            numbers = [number_in(text) for text in pd.unique(texts)]
            part.all_written = None not in numbers
            part.written.add(np.array([n for n in numbers if n is not None], dtype=np.float64))
            lost = cells.texts[~cells.known]
            part.marks.update(text.strip() for text in lost if text is not None)
        if cells.numbers is not None:
            values = cells.numbers[known & ~textual]
            part.numeric = len(values)
            part.truth = values.dtype.kind == "b" or not len(values)
            part.numbers.add(values)
            part.range.add(values)
            part.negative.add(values[values < 0] if values.dtype.kind in "if" else values[:0])
            if len(values):
                part.first, part.last = float(values[0]), float(values[-1])
                ones = np.diff(values.astype(np.float64)) == 1
                part.ascending = bool(ones.all())
        part.ascending = part.ascending and bool(known.all()) and not textual.any()
        self.merge(part)

    def merge(self, other: Held) -> None:
        """Add what `other` has seen in the rows that follow."""
        self.rows, self.numeric = self.rows + other.rows, self.numeric + other.numeric
        self.numbers.merge(other.numbers)
        self.texts.merge(other.texts)
        for mine, more in (
            (self.range, other.range),
            (self.negative, other.negative),
            (self.written, other.written),
        ):
            mine.merge(more)
        self.all_written = self.all_written and other.all_written
        self.truth = self.truth and other.truth
        self.marks += other.marks
        self.ascending = self.ascending and other.ascending
        if self.last is not None and other.first is not None:
            self.ascending = self.ascending and other.first == self.last + 1
        self.first = other.first if self.first is None else self.first
        self.last = other.last if other.last is not None else self.last

    def number_counts(self) -> dict:
        """Counts by value of numbers and numbers stored as text; a sample beyond `KEPT` values."""
        counts = Counter(self.numbers.counts())
        for text, count in self.texts.counts().items():
            number = number_in(text)
            assert number is not None
            counts[int(number) if number.is_integer() else number] += count
        return dict(counts)

    def name_counts(self) -> dict[str, int]:
        """Counts of all cells by name; at least `KEPT` of them if there are that many."""
        counts: Counter[str] = Counter()
        for number, count in self.numbers.counts().items():
            counts[name_of(number, self.truth)] += count
        for text, count in self.texts.counts().items():
            counts[name_of(text)] += count
        return dict(counts)


def name_of(cell: object, truth: bool = False) -> str:
    """A cell as a name: "1" for 1, 1.0 and "1.0"; truth : whether numbers are booleans."""
    if isinstance(cell, str):
        number = number_in(cell) if _DECIMAL.fullmatch(cell) else None
        return cell if number is None else number_name(number)
    return str(bool(cell)) if truth else number_name(float(cell))  # type: ignore[arg-type]


def keys_of(cells: Cells, names: bool, truth: bool = False) -> np.ndarray:
    """Every cell (n,) as a name, or as a number; None where it is missing."""
    keys = np.full(len(cells.known), None, dtype=object)
    textual = cells.textual
    if cells.numbers is not None:
        rows = np.flatnonzero(cells.known & ~textual)
        unique, which = np.unique(cells.numbers[rows], return_inverse=True)
        values = [name_of(v, truth) if names else _exact(v) for v in unique.tolist()]
        keys[rows] = np.array([*values, None], dtype=object)[which]
    if cells.texts is not None:
        rows = np.flatnonzero(textual)
        which, texts = pd.factorize(cells.texts[rows])
        found = [name_of(text) if names else _exact(number_in(text) or 0.0) for text in texts]
        keys[rows] = np.array([*found, None], dtype=object)[which]
    return keys


def _exact(number: float) -> float:
    """Whole numbers as int, which also distinguishes those beyond the precision of a float."""
    return int(number) if float(number).is_integer() else number
