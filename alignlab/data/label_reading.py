"""Decide whether a label column holds classes or numbers, and note what may be wrong with that.

Whole numbers are class codes (`are_codes`) if there are at most ten different values, or if values
repeat (at least two rows per value, both on average and in the median) and either

- they are scattered, with a gap after at least half of them, but not multiples of one step; or
- they start at 0 or 1 (or the gap before the first is no larger than those between the others), and
  their frequencies do not rise and fall smoothly, as the frequencies of counts do.

So the codes of 31, 60 or 1000 classes are classes; years, ages and Poisson counts are numbers. If
in doubt, reading a few values as classes costs little, since the indicators span the measurement.
Reading a code as a measurement loses the classes.
"""

from __future__ import annotations

import re
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
"""At most this many different whole numbers are always classes."""

UNIQUE = 0.8
"""Names are identifiers if their number exceeds this fraction of the labelled rows."""

DEVIATIONS = 3.0
"""Frequencies are smooth if von Neumann's ratio is this many deviations below a random order's."""

IDENTIFY = re.compile("row numbers|identifiers")
"""What notes on numbers that may identify rows have in common."""

UNLABELLED = ("none", "unlabeled", "unlabelled", "unknown", "missing", "undefined", "?", "-", "-1")
"""Class names that may mean "no label", in lower case."""

SENTINELS = (-1, -9, -99, -999, -9999)
"""Numbers that often mean "no label" when they are the only negative value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnReading:
    """How one column is read.

    kind : "classes" or "numbers". cells : type of the cells, "names", "truth values",
        "whole numbers" or "real numbers". rows : number of labelled rows.
    classes : sorted; None for numbers. different : number of different values, capped at `KEPT`.
    counts : how often each class occurs, in the order of `classes`; None for numbers.
    low, high : range of the numbers.
    ambiguous : whether the other kind is possible too; `kind=` selects it.
    truth : whether all numbers are booleans.
    notes : remarks on the reading, one sentence each.
    unfit : why it could not be read as the kind asked for. refused : why it cannot be read at all.
        Both are empty if it can.
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
    counts: tuple[int, ...] | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Number of class indicators, or 1 for numbers."""
        return 1 if self.classes is None else len(self.classes)

    @property
    def constant(self) -> bool:
        return self.different == 1

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """The numbers `values` (n,) scaled linearly to [-1, 1]."""
        reach = self.high / 2 - self.low / 2 if self.high > self.low else 1.0
        return (values - (self.high / 2 + self.low / 2)) / reach

    @property
    def words(self) -> str:
        """The reading in words: "60 classes (whole numbers); could also be a measurement"."""
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
    """How all label columns are read."""

    columns: tuple[ColumnReading, ...]

    @property
    def kind(self) -> str:
        """Kind of all columns, "classes" or "numbers"; "mixed" if they differ."""
        kinds = set(self.kinds)
        return kinds.pop() if len(kinds) == 1 else "mixed"

    @property
    def kinds(self) -> tuple[OneKind, ...]:
        """The kind of every column, in the form that `kind=` takes."""
        return tuple(column.kind for column in self.columns)

    @property
    def ambiguous(self) -> bool:
        """Whether some column could also be read as the other kind."""
        return any(column.ambiguous for column in self.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on the reading, without repetitions."""
        return tuple(dict.fromkeys(note for column in self.columns for note in column.notes))

    def words(self, names: Sequence[str] = ()) -> str:
        """The reading in words; names : of the columns. Many columns are grouped by reading."""
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
    """Check the argument `kind=` and return it; ValueError if it is not valid."""
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
    """Whether whole numbers are class codes, from the frequency of each value; see above."""
    values = sorted(counts)
    if len(values) <= FEW:
        return True
    often = np.array([counts[value] for value in values])
    if often.mean() < 2 or np.median(often) < 2:
        return False
    if values[0] < 0 <= values[1]:  # a single negative code stands for "no label"
        values, often = values[1:], often[1:]
    gaps = [b - a for a, b in pairwise(values)]
    if gcd(*gaps) > 1:
        return False
    if np.median(gaps) >= 2:
        return True
    left_out = max(1, int(np.quantile(gaps, 0.95)))
    return 0 <= values[0] <= left_out and not _rise_and_fall(often)


def _rise_and_fall(often: np.ndarray) -> bool:
    """Whether frequencies (c,) vary smoothly from value to value, with an interior peak.

    Uses von Neumann's ratio, the mean squared difference of neighbours over the variance: in random
    order its mean is 2 c / (c - 1), its variance about 4 (c - 2) / (c^2 - 1).
    """
    c = len(often)
    spread = ((often - often.mean()) ** 2).sum()
    if spread == 0 or often.argmax() < c / 10:
        return False
    ratio = (np.diff(often) ** 2).sum() / spread * c / (c - 1)
    expected, deviation = 2 * c / (c - 1), 2 * np.sqrt((c - 2) / (c**2 - 1))
    return bool(ratio < expected - DEVIATIONS * deviation)


def read_column(held: Held, kind: OneKind | None) -> ColumnReading:
    """Read a column as `kind` if possible, else as what its values suggest."""
    if not held.rows:
        return ColumnReading(
            kind="numbers", cells="real numbers", rows=0, different=0,
            refused="every label is missing: give labels of some rows, or labels=None",
        )  # fmt: skip
    if held.all_written:
        return _of_numbers(held, kind)
    return _of_names(held, kind)


def _of_names(held: Held, kind: OneKind | None) -> ColumnReading:
    """Read a column that holds at least one name; all its cells are read as names."""
    counts = held.name_counts()
    names = sorted(counts, key=place)
    different, notes = len(names), _marks(held)
    notes += [_flag(name) for name in sorted(names) if name.strip().lower() in UNLABELLED]
    refused = ""
    if different >= KEPT:
        refused = (
            f"labels hold more than {KEPT - 1:,} different names: they look like identifiers; "
            "give classes or numbers instead"
        )
    elif _too_many(different, held.rows):
        refused = (
            f"labels hold {different:,} different names in {held.rows:,} labelled rows: they look "
            "like identifiers or captions, not classes; give classes that have several rows each, "
            f"or label more rows{_stray(held)}"
        )
    return ColumnReading(
        kind="classes",
        cells="names",
        rows=held.rows,
        classes=tuple(names)[:KEPT],
        counts=tuple(counts[name] for name in names)[:KEPT],
        different=different,
        truth=held.truth,
        notes=tuple(notes),
        unfit="labels are names, not numbers" if kind == "numbers" else "",
        refused=refused,
    )


def _of_numbers(held: Held, kind: OneKind | None) -> ColumnReading:
    """Read a column of numbers, some of which may be stored as text."""
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
            "labelled rows: as classes they would be identifiers; give classes that have several "
            'rows each, or kind="numbers" if they are a measurement'
        )
    if kind == "classes" and not can_be:
        unfit = (
            f"labels hold {_at_least(different)} different numbers in {rows:,} labelled rows, too "
            "many for classes"
        )
    read = kind if kind is not None and not unfit else guess
    notes = _marks(held)
    if written:
        notes.append(f"labels are numbers written as text; they are read as {read}")
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
        counts=tuple(counts[key] for key in sorted(counts)) if read == "classes" else None,
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
            "labels increase by one from row to row, as row numbers do: read as a measurement; "
            "if they are row numbers, leave them out, since they carry no signal"
        ]
    counted = held.number_counts()
    if different > FEW and sum(counted.values()) * UNIQUE < len(counted):
        return [
            "nearly every row has a different whole number, as with identifiers: read as a "
            "measurement; if they are identifiers, leave them out"
        ]
    return []


def _marks(held: Held) -> list[str]:
    if not held.marks:
        return []
    marks = ", ".join(f"“{mark}” ({count:,})" for mark, count in sorted(held.marks.items()))
    return [f"text that marks a missing value is read as missing (number of rows): {marks}"]


def _flag(name: str, what: str = "class") -> str:
    return (
        f"“{name}” is read as a {what}: if it means that there is no label, put NaN or None there"
    )


def _stray(held: Held) -> str:
    """Names the text cells in a column that is otherwise numbers."""
    if held.numeric < held.rows / 2:
        return ""
    texts = [text for text in sorted(held.texts.counts()) if number_in(text) is None][:3]
    return f"; among numbers there is the text {', '.join(map(repr, texts))}: mark it as missing"


def place(name: str) -> tuple:
    """Sort key of names: numbers first, by value, then text."""
    number = number_in(name)
    return (1, 0.0, name) if number is None else (0, number, name)
