"""What a column of labels is read as, classes or numbers, and what is to be said of that.

Whole numbers are codes of classes (`are_codes`) where they come again, two rows a value on average
and in the median, and either

- there are ten of them or fewer; or
- they are scattered, half of them with a gap to the next, but no multiples of one step; or
- they begin at 0 or 1 (or leave out no more before the first than between others), and their counts
  do not rise and fall smoothly, as those of things counted do.

So the codes of 31, 60 or 1000 classes are classes; years, ages and Poisson counts are numbers. Few
values cost little as classes even where they are a measurement: indicators span what is linear in
it. A code taken for a measurement is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import gcd
from typing import Any, Literal, get_args

import numpy as np

from alignlab.checks import InputError
from alignlab.data.label_tally import KEPT, Held, number_in
from alignlab.data.label_values import number_name

OneKind = Literal["classes", "numbers"]
Kind = OneKind | Sequence[OneKind | None] | None

FEW = 10
"""So many different whole numbers or fewer are classes, whatever they are."""

UNIQUE = 0.8
"""Names are identifiers where there are more of them than this share of the rows."""

DEVIATIONS = 3.0
"""Counts are smooth where neighbours are so many deviations nearer than counts in any order."""

UNLABELLED = ("none", "unlabeled", "unlabelled", "unknown", "missing", "undefined", "?", "-", "-1")
"""Names of classes that may mean that there is no label, in lower case."""

SENTINELS = (-1, -9, -99, -999, -9999)
"""Numbers that often mean that there is no label, where all others are not negative."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnReading:
    """What one column is read as.

    kind : "classes" or "numbers". cells : what they are, "names", "truth values", "whole numbers"
        or "real numbers". rows : with a label.
    classes : in order; None for numbers. different : values, `KEPT` for that many or more.
    low, high : of numbers.
    ambiguous : whether it could as well be the other kind, which `kind=` takes.
    truth : whether all numbers are truth values.
    notes : what is to be known of the reading, a sentence each.
    unfit : why it could not be read as the kind that was asked for. refused : why it cannot be
        read at all. Empty where it can.
    """

    kind: OneKind
    cells: str
    rows: int
    classes: tuple | None = field(default=None, repr=False)
    different: int
    low: float = 0.0
    high: float = 0.0
    ambiguous: bool = False
    truth: bool = False
    notes: tuple[str, ...] = ()
    unfit: str = ""
    refused: str = ""

    @property
    def width(self) -> int:
        """Number of indicators, or 1."""
        return 1 if self.classes is None else len(self.classes)

    @property
    def constant(self) -> bool:
        return self.different == 1

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """The values (n,), numbers as such, between -1 and 1."""
        reach = self.high / 2 - self.low / 2 if self.high > self.low else 1.0
        return (values - (self.high / 2 + self.low / 2)) / reach

    @property
    def words(self) -> str:
        """The reading: "60 classes (whole numbers); could also be a measurement"."""
        if self.kind == "classes":
            count = f"{self.different:,} class{'es' * (self.different != 1)}"
            other = "could also be a measurement"
        else:
            count, other = "a measurement", "could also be classes"
            if self.different < KEPT:
                values = f"value{'s' * (self.different != 1)}"
                return f"{count} ({self.cells}, {self.different:,} different {values})" + (
                    f"; {other}" * self.ambiguous
                )
        return f"{count} ({self.cells})" + f"; {other}" * self.ambiguous


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelReading:
    """What all columns of the labels are read as."""

    columns: tuple[ColumnReading, ...]

    @property
    def kind(self) -> str:
        """Classes or numbers, "mixed" where columns differ."""
        kinds = set(self.kinds)
        return kinds.pop() if len(kinds) == 1 else "mixed"

    @property
    def kinds(self) -> tuple[OneKind, ...]:
        """Of every column, as `kind=` takes them."""
        return tuple(column.kind for column in self.columns)

    @property
    def ambiguous(self) -> bool:
        """Whether a column could as well be read as the other kind."""
        return any(column.ambiguous for column in self.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the reading, each once."""
        return tuple(dict.fromkeys(note for column in self.columns for note in column.notes))

    def words(self, names: Sequence[str] = ()) -> str:
        """The reading in a phrase; names : of the columns. Many columns are counted by reading."""
        if len(self.columns) == 1:
            return self.columns[0].words
        if len(names) == len(self.columns) and len(names) <= 4:
            pairs = zip(names, self.columns, strict=True)
            return ", ".join(f"{name} {column.words}" for name, column in pairs)
        found = [column.words if column.ambiguous or column.kind == "classes" else "a measurement"
                 for column in self.columns]  # fmt: skip
        counts = {words: found.count(words) for words in found}
        return ", ".join(
            f"{count} column{'s' * (count != 1)}: {words}" for words, count in counts.items()
        )

    def __str__(self) -> str:
        return self.words()


def kinds_of(kind: Any, caller: str) -> OneKind | tuple[OneKind | None, ...] | None:
    """What `kind=` may be; ValueError otherwise."""
    many = isinstance(kind, list | tuple)
    for one in kind if many else (kind,):
        if one is not None and one not in get_args(OneKind):
            raise InputError(
                caller,
                f'kind is {one!r}: give "classes", "numbers" or None, or one of these for each '
                "column of the labels",
            )
    return tuple(kind) if many else kind


def are_codes(counts: dict[int, int]) -> bool:
    """Whether whole numbers are codes of classes, by how often each comes; see above."""
    values = sorted(counts)
    if len(values) <= FEW:
        return True
    often = np.array([counts[value] for value in values])
    if often.mean() < 2 or np.median(often) < 2:
        return False
    if values[0] < 0 <= values[1]:  # for what has no label
        values, often = values[1:], often[1:]
    gaps = [b - a for a, b in pairwise(values)]
    if gcd(*gaps) > 1:
        return False
    if np.median(gaps) >= 2:
        return True
    left_out = max(1, int(np.quantile(gaps, 0.95)))
    return 0 <= values[0] <= left_out and not _rise_and_fall(often)


def _rise_and_fall(often: np.ndarray) -> bool:
    """Whether counts are smooth from value to value, with their peak inside.

    By von Neumann's ratio, the mean square of differences of neighbours over the variance: 2 on
    average in random order, with a variance of 4 (c - 2) / (c^2 - 1).
    """
    c = len(often)
    spread = ((often - often.mean()) ** 2).sum()
    if spread == 0 or often.argmax() < c / 10:
        return False
    ratio = (np.diff(often) ** 2).sum() / spread * c / (c - 1)
    expected, deviation = 2 * c / (c - 1), 2 * np.sqrt((c - 2) / (c**2 - 1))
    return bool(ratio < expected - DEVIATIONS * deviation)


def read_column(held: Held, kind: OneKind | None) -> ColumnReading:
    """What a column is read as: `kind`, where it can be, else what it looks like."""
    if not held.rows:
        return ColumnReading(
            kind="numbers", cells="real numbers", rows=0, different=0,
            refused="every label is missing: give labels of some rows, or labels=None",
        )  # fmt: skip
    if held.all_written:
        return _of_numbers(held, kind)
    return _of_names(held, kind)


def _of_names(held: Held, kind: OneKind | None) -> ColumnReading:
    """A column in which some cell is a name, and all of them are read as such."""
    names = list(held.names())
    different, notes = len(names), _marks(held)
    notes += [_flag(name) for name in sorted(names) if name.strip().lower() in UNLABELLED]
    refused = ""
    if different >= KEPT:
        refused = (
            f"labels hold more than {KEPT - 1:,} different names: they look like identifiers; "
            "give classes or numbers"
        )
    elif _too_many(different, held.rows):
        refused = (
            f"labels hold {different:,} different names in {held.rows:,} labelled rows: they look "
            "like identifiers or captions, and tell no class; give classes of several rows, or "
            f"label more rows{_stray(held)}"
        )
    return ColumnReading(
        kind="classes",
        cells="names",
        rows=held.rows,
        classes=tuple(sorted(names, key=place))[:KEPT],
        different=different,
        truth=held.truth,
        notes=tuple(notes),
        unfit="labels are names, which are no numbers" if kind == "numbers" else "",
        refused=refused,
    )


def _of_numbers(held: Held, kind: OneKind | None) -> ColumnReading:
    """A column of numbers, some of them perhaps written as text."""
    counts = held.number_counts()
    different, rows = min(len(counts), KEPT), held.rows
    low, high = min(held.range.low, held.written.low), max(held.range.high, held.written.high)
    whole = held.range.whole and held.written.whole
    written = held.numeric < rows
    truth = held.truth and not written
    can_be = different < KEPT and not _too_many(different, rows)
    if truth or (whole and written and can_be):
        guess: OneKind = "classes"
    else:
        guess = "classes" if whole and can_be and are_codes(counts) else "numbers"
    refused = unfit = ""
    if whole and written and not can_be and kind is None:
        refused = (
            f"labels hold {_at_least(different)} different whole numbers as text in {rows:,} "
            "labelled rows: as classes they would be identifiers; give classes of several rows, "
            'or, where they are a measurement, kind="numbers"'
        )
    if kind == "classes" and not can_be:
        unfit = (
            f"labels hold {_at_least(different)} different numbers in {rows:,} labelled rows, too "
            "many for classes"
        )
    read = kind if kind is not None and not unfit else guess
    notes = _marks(held)
    if written:
        notes.append(f"labels are numbers written as text, and read as {read}")
    alone = held.negative.low == held.negative.high and high >= 0
    if alone and held.negative.low in SENTINELS:
        what = "class" if read == "classes" else "number"
        notes.append(_flag(number_name(held.negative.low), what))
    if whole and read == "numbers":
        notes += _like_identifiers(held, different)
    share = rows / max(different, 1)
    other = can_be and (whole or share >= 2) and different > 2 and not truth
    cells = "truth values" if truth else "whole numbers" if whole else "real numbers"
    return ColumnReading(
        kind=read,
        cells=cells,
        rows=rows,
        classes=tuple(sorted(counts)) if read == "classes" else None,
        different=different,
        low=low,
        high=high,
        ambiguous=other,
        truth=truth,
        notes=tuple(notes),
        unfit=unfit,
        refused=refused,
    )


def _too_many(different: int, rows: int) -> bool:
    return different > FEW and different > UNIQUE * rows


def _at_least(different: int) -> str:
    return f"more than {KEPT - 1:,}" if different >= KEPT else f"{different:,}"


def _like_identifiers(held: Held, different: int) -> list[str]:
    if held.ascending and held.numeric > FEW:
        return [
            "labels go up by one from row to row, as row numbers do: taken as a measurement; if "
            "they are row numbers they say nothing of the signal, leave them out"
        ]
    counted = held.number_counts()
    if different > FEW and sum(counted.values()) * UNIQUE < len(counted):
        return [
            "nearly every row has a whole number of its own, as identifiers have: taken as a "
            "measurement; if they are identifiers, leave them out"
        ]
    return []


def _marks(held: Held) -> list[str]:
    if not held.marks:
        return []
    marks = ", ".join(f"“{mark}” ({count:,})" for mark, count in sorted(held.marks.items()))
    return [f"text that stands for a missing value is read as missing, by rows: {marks}"]


def _flag(name: str, what: str = "class") -> str:
    return (
        f"“{name}” is taken as a {what}: if it means that there is no label, put NaN or None there"
    )


def _stray(held: Held) -> str:
    """Which text stands among what would be numbers."""
    if held.numeric < held.rows / 2:
        return ""
    texts = [text for text in sorted(held.texts.counts()) if number_in(text) is None][:3]
    return f"; among numbers there is the text {', '.join(map(repr, texts))}: make it missing"


def place(name: str) -> tuple:
    """Order of names: whole numbers first, by their size."""
    number = number_in(name)
    return (1, 0.0, name) if number is None else (0, number, name)
