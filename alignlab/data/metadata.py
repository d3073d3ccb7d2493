"""Metadata: what is known about each pair besides its two views, in columns of any type."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from numbers import Real
from reprlib import Repr
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from alignlab.checks import InputError, as_count

Kind = Literal["category", "number", "text", "image"]
"""How a column is shown: as classes, on a scale, as text, or as the picture at a path."""

MISSING = "missing"
"""The text of a missing value, and its class."""

CLASSES, COUNTS = 1000, 50
"""Columns of texts that repeat are categories with at most `CLASSES` different values, columns of
whole numbers, which may be counts, with at most `COUNTS`."""

SHOWN_CLASSES = 20
"""Number of classes of a column by default; rarer ones are put together."""

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
"""Endings of the paths of pictures, in any case."""

LONGEST, LONGEST_CLASS = 500, 60
"""Longer texts, and names of classes, are cut where they are shown; a search reads the end too."""

SIX_DIGITS = 5e-6
"""Largest relative rounding error of a number that is shown with six digits."""

EXACT = 2.0**53
"""Below this all whole numbers are exact as float64."""


class Classes(NamedTuple):
    """codes : (n,) int32 into `classes`. classes : the texts of the values, at least one."""

    codes: np.ndarray
    classes: tuple[str, ...]


class Metadata:
    """A table with one row per pair, whose columns may have any type.

    table : (n, columns); its index is ignored. Column names become text, and each must be unique.
    labels : columns whose whole numbers are classes, also where there are more than `COUNTS`.
    """

    def __init__(self, table: pd.DataFrame, labels: Collection[str] = ()) -> None:
        names = [str(column) for column in table.columns]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError("Metadata", f"two columns are called {twice!r}: rename one of them")
        self.table = table.set_axis(names, axis=1).reset_index(drop=True).apply(plain_values)
        self.columns, self.labels = tuple(names), tuple(labels)
        self._kinds: dict[str, Kind] = {}
        self._all_texts: dict[str, list[str | None]] = {}

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.table)

    def rows(self, chosen: np.ndarray) -> Metadata:
        """The rows `chosen` (m,), by position."""
        return Metadata(self.table.iloc[chosen], self.labels)

    def kind(self, column: str) -> Kind:
        """How a column is shown: "category", "number", "text" or "image".

        Numbers and dates are numbers, but whole numbers with few values are categories, as are
        truth values and texts that repeat. Texts are images where most of them end as a path of
        a picture does (`IMAGES`). Everything else is text.
        """
        if column not in self._kinds:
            self._kinds[column] = self._kind_of(column)
        return self._kinds[column]

    def _kind_of(self, column: str) -> Kind:
        values = self._column(column)
        known = values[values.notna()]
        if isinstance(values.dtype, pd.CategoricalDtype) or _is_bool(values):
            return "category"
        if _is_time(values):
            return "number"
        if _is_number(values):
            numbers = known.to_numpy(np.float64)
            finite = numbers[np.isfinite(numbers)]
            whole = bool(len(finite)) and bool((finite == np.round(finite)).all())
            most = CLASSES if column in self.labels else COUNTS
            repeated = whole and _repeat(len(np.unique(finite)), len(finite), most)
            return "category" if repeated else "number"
        texts = [text for text in self._texts_of(column) if text is not None]
        if 2 * sum(text.lower().endswith(IMAGES) for text in texts) > len(texts):
            return "image"
        return "category" if _repeat(len(set(texts)), len(texts), CLASSES) else "text"

    def describe(self, row: int) -> list[tuple[str, str]]:
        """Name and text of every column at a row, by position; missing values are named."""
        as_count(row, "row", "Metadata", 0, self.n - 1)
        return [(column, self._shown(column, row)) for column in self.columns]

    def _shown(self, column: str, row: int) -> str:
        text = _texts(self._column(column).iloc[row : row + 1])[0]
        return MISSING if text is None else _cut(text, LONGEST)

    def search(self, text: str) -> np.ndarray:
        """Positions (m,) of the rows that contain a text in any column, in any case, ascending.

        Of a column of numbers, the value has to be equal, to the six digits that are shown unless
        the text is a whole number. No row contains an empty text.
        """
        wanted = text.strip().casefold()
        found = np.zeros(self.n, dtype=bool)
        if not wanted:
            return np.flatnonzero(found)
        for column in self.columns:
            values = self._column(column)
            if _is_number(values):
                try:
                    number = float(wanted)
                except ValueError:
                    continue
                tolerance = 0.0 if wanted.lstrip("+-").isdigit() else SIX_DIGITS
                found |= np.isclose(_as_float(values), number, rtol=tolerance, atol=0)
            else:
                found |= [
                    one is not None and wanted in one.casefold() for one in self._texts_of(column)
                ]
        return np.flatnonzero(found)

    def codes(self, column: str, most: int = SHOWN_CLASSES) -> Classes:
        """The values of a column as classes: in their order, missing ones last.

        most : at least 2. Where there are more classes, the rarer ones become a single class,
            which says how many they are.
        """
        as_count(most, "most", "Metadata", 2)
        texts = self._texts_of(column)
        names = [MISSING if text is None else text for text in texts]
        codes, found = pd.factorize(pd.Series(names, dtype=object))
        classes = [str(name) for name in found]
        order = self._ordered(column, classes)
        place = np.empty(max(len(classes), 1), dtype=np.int32)
        place[order] = np.arange(len(classes), dtype=np.int32)
        codes, classes = place[codes], [classes[i] for i in order]
        if len(classes) > most:
            codes, classes = _with_others(codes, classes, most)
        classes = [_cut(name, LONGEST_CLASS) for name in classes]
        return Classes(codes.astype(np.int32), tuple(classes) or (MISSING,))

    def numbers(self, column: str) -> np.ndarray:
        """The values (n,) of a column of numbers or dates, NaN where missing or infinite.

        Dates are days since the earliest, and durations days; `unit` says so. ValueError for a
        column of texts.
        """
        values = self._column(column)
        if _is_time(values):
            days = (_times(values) - self._origin(column)) / pd.Timedelta(days=1)
            return days.to_numpy(np.float64, na_value=np.nan)
        if not _is_number(values) and not _is_bool(values):
            raise InputError("Metadata", f"column {column!r} holds no numbers: use its classes")
        numbers = _as_float(values)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def unit(self, column: str) -> str:
        """The unit of the numbers of a column of dates or durations; empty for others."""
        if not _is_time(self._column(column)):
            return ""
        origin = self._origin(column)
        if not isinstance(origin, pd.Timestamp):
            return "days"
        return f"days since {_texts(pd.Series([origin]))[0]}"

    def _origin(self, column: str) -> Any:
        values = _times(self._column(column))
        if pd.api.types.is_timedelta64_dtype(values.dtype):
            return pd.Timedelta(0)
        return values.min() if values.notna().any() else pd.Timestamp(0)

    def _ordered(self, column: str, classes: list[str]) -> list[int]:
        """Positions of the classes in the order in which they are shown."""
        values = self._column(column)
        rank: dict[str, Any] = {}
        if isinstance(values.dtype, pd.CategoricalDtype):
            rank = {_text(one): i for i, one in enumerate(values.cat.categories)}
        elif _is_number(values):
            rank = {name: float(name) for name in classes if name != MISSING}
        return sorted(
            range(len(classes)),
            key=lambda i: (classes[i] == MISSING, rank.get(classes[i], 0), classes[i]),
        )

    def _column(self, column: str) -> pd.Series:
        if column not in self.table:
            known = ", ".join(map(repr, self.columns[:8])) or "none"
            raise InputError("Metadata", f"there is no column {column!r}: use one of {known}")
        return self.table[column]

    def _texts_of(self, column: str) -> list[str | None]:
        """The texts of all values of a column, None where one is missing."""
        if column not in self._all_texts:
            self._all_texts[column] = _texts(self._column(column))
        return self._all_texts[column]


def _repeat(different: int, count: int, most: int) -> bool:
    return different <= most and 2 * different <= max(count, 2)


def _is_bool(values: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(values.dtype)


def _is_number(values: pd.Series) -> bool:
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not _is_bool(values)
    return numeric and not pd.api.types.is_complex_dtype(values.dtype)


def _is_time(values: pd.Series) -> bool:
    kind = values.dtype
    timed = pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind)
    return timed or isinstance(kind, pd.PeriodDtype)


def _times(values: pd.Series) -> pd.Series:
    """Points in time, or durations."""
    return values.dt.start_time if isinstance(values.dtype, pd.PeriodDtype) else values


def _as_float(values: pd.Series) -> np.ndarray:
    return values.to_numpy(np.float64, na_value=np.nan)


_NESTED = Repr()
_NESTED.maxlist = _NESTED.maxtuple = _NESTED.maxdict = _NESTED.maxarray = 12
_NESTED.maxstring = _NESTED.maxother = 200


def plain_values(values: pd.Series) -> pd.Series:
    """The column without what only its storage brought: a dictionary of values, boxed numbers.

    Readers of files store texts as unordered categories, which would keep every value of the file.
    """
    if isinstance(values.dtype, pd.CategoricalDtype) and not values.dtype.ordered:
        values = values.astype(object)
    if values.dtype != object:
        return values
    known = values.dropna()
    numbers = len(known) > 0 and all(
        isinstance(one, Real | Decimal) and not isinstance(one, bool) for one in known
    )
    try:
        return values.astype(np.float64) if numbers else values
    except OverflowError:  # beyond the range of floats
        return values


def _texts(values: pd.Series) -> list[str | None]:
    """The values as they are shown, None where one is missing."""
    known = values.notna().tolist()
    if _is_time(values):  # many times as fast as one by one
        values = values.astype(str)
    cells = zip(values.tolist(), known, strict=True)
    return [_text(value) if there else None for value, there in cells]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating):
        number = float(value)
        # whole numbers, such as identifiers, with all their digits
        whole = number.is_integer() and abs(number) < EXACT
        return str(int(number)) if whole else f"{number:.6g}"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    if isinstance(value, np.ndarray):
        return np.array2string(value, threshold=12, precision=4)
    if isinstance(value, list | tuple | dict | set | frozenset):
        return _NESTED.repr(value)
    return str(value)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _with_others(codes: np.ndarray, classes: list[str], most: int) -> tuple[np.ndarray, list[str]]:
    """The `most - 1` most frequent classes in their order, and one that holds all others."""
    counts = np.bincount(codes, minlength=len(classes))
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    place = np.full(len(classes), len(kept), dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    others = f"{len(classes) - len(kept):,} other values"
    return place[codes], [*(classes[i] for i in kept), others]
