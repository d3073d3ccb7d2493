"""Numbers that a CSV file writes as text: decimal commas, thousands separators, marks for missing.

What could be read in two ways is not read; the reason names the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

MARKS = ("?", "??", "-", "--", "---", "–", "—", ".", "..", "*", "n.a.", "na", "n/a", "nd", "n.d.")
"""What stands for a missing number in a column of numbers, besides what pandas knows."""

PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|Inf|INF|infinity|Infinity)"
COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"
"""With a decimal comma."""

COMMA_GROUPS = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"
POINT_GROUPS = r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"
"""With separators between thousands, and a decimal point or comma."""

BLANK_GROUPS = r"[+-]?\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d*)?"

NUMBER = "|".join((PLAIN, COMMA, COMMA_GROUPS, POINT_GROUPS, BLANK_GROUPS))
"""A number in any of these spellings."""

SURE_COMMA = (
    r"[+-]?(?:0\d*|\d{4,}|),\d+|[+-]?\d*,(?:\d{1,2}|\d{4,})|[+-]?\d*,\d+[eE][+-]?\d+|"
    r"[+-]?\d{1,3}(?:\.\d{3})+,\d*|[+-]?\d{1,3}(?:\.\d{3}){2,}"
)
"""Where a comma can only be that of decimals, or a point only between thousands."""

SURE_POINT = (
    r"[+-]?(?:0\d*|\d{4,}|)\.\d+|[+-]?\d+\.(?:\d{0,2}|\d{4,})|[+-]?(?:\d+\.\d*|\.\d+)[eE][+-]?\d+|"
    r"[+-]?\d{1,3}(?:,\d{3})+\.\d*|[+-]?\d{1,3}(?:,\d{3}){2,}"
)
"""Where a point can only be that of decimals, or a comma only between thousands."""

_LOOKED_AT = 200
"""So many cells of a column tell whether it can be one of numbers."""

_FEW = 5
"""More different texts than this are no slips in a column of numbers."""


@dataclass(frozen=True)
class Found:
    """What a column of text is found to be.

    values : its numbers, NaN where one is missing; None where it stays text. decimal : the mark of
    decimals that its spelling shows, "" where it shows none. notes : what to say. reason : why it
    stays text although most of it is numbers; "" where it is simply text. doubtful : whether that
    is for want of knowing what its commas are.
    """

    values: np.ndarray | None
    decimal: str = ""
    notes: tuple[str, ...] = ()
    reason: str = ""
    doubtful: bool = False


TEXT = Found(None)


def numbers_of(column: pd.Series, decimal: str, where: Callable[[int], str]) -> Found:
    """The numbers in a column of text, if that is what most of it is.

    decimal : the mark of decimals of a file where a column does not show it; "" where nothing
        tells, then a comma alone is in doubt.
    where : what the line of a row is called.
    """
    known = column.dropna()
    if known.empty:
        return TEXT
    if not _looks_numeric(known[:_LOOKED_AT]):
        return _with_units(known[:_LOOKED_AT], where)
    codes, texts = pd.factorize(_tidy(known))
    cells = pd.Series(np.asarray(texts, dtype=object)).astype("str")
    counts = np.bincount(codes, minlength=len(cells))
    number = _fits(cells, NUMBER)
    marks = cells.str.lower().isin(MARKS).to_numpy() & ~number
    strays = ~number & ~marks
    if counts[number].sum() * 2 < len(known):
        return TEXT

    def place(which: np.ndarray) -> str:
        """The first cell among some different ones, with its line."""
        row = int(which[codes].argmax())
        return f"{str(known.iloc[row])[:40]!r} in {where(int(known.index[row]))}"

    if strays.any():
        if strays.sum() > _FEW and counts[strays].sum() * 10 > len(known):
            return TEXT
        count = int(counts[strays].sum())
        return Found(
            None,
            reason=f"holds {place(strays)} ({count:,} of {len(known):,} cells are no numbers): "
            "mend these cells, or leave them empty where a number is missing; as labels, they are "
            "classes",
        )
    comma, point = _fits(cells, SURE_COMMA), _fits(cells, SURE_POINT)
    if comma.any() and point.any():
        return Found(
            None,
            reason=f"mixes decimal commas and points, {place(comma)} and {place(point)}: write all "
            "with a decimal point",
        )
    shown = "," if comma.any() else "." if point.any() else ""
    commas = cells.str.contains(",").to_numpy(dtype=bool) & number
    if commas.any() and not (shown or decimal):
        return Found(
            None,
            reason=f"holds {place(commas)}, whose comma may be that of decimals or separate "
            "thousands: write decimals with a point, and nothing between thousands",
            doubtful=True,
        )
    values = _parsed(cells.where(number), shown or decimal or ".")
    if np.isinf(values[number & ~_fits(cells, r".*[iI][nN].*")]).any():
        large = np.isinf(values) & ~_fits(cells, r".*[iI][nN].*")
        return Found(None, reason=f"holds a number too large to be one in {place(large)}")
    notes = []
    if (shown or decimal) == "," and commas.any():
        notes.append("a decimal comma is read as such")
    grouped = _fits(cells, f"{POINT_GROUPS}|{BLANK_GROUPS}" if (shown or decimal) == ","
                    else f"{COMMA_GROUPS}|{BLANK_GROUPS}")  # fmt: skip
    if grouped.any():
        notes.append(f"marks between thousands are read as such ({place(grouped)})")
    if marks.any():
        count = int(counts[marks].sum())
        notes.append(
            f"{place(marks)} is read as missing ({count:,} cell{'s' * (count != 1)} in all)"
        )
    return Found(_spread(values[codes], column, known), shown, tuple(notes))


def _spread(values: np.ndarray, column: pd.Series, known: pd.Series) -> np.ndarray:
    """Values of the known cells in their places; whole numbers stay whole where none is missing."""
    if len(known) == len(column) and (values == np.round(values)).all():
        if (np.abs(values) < 2**53).all():
            return values.astype(np.int64)
        return values
    found = np.full(len(column), np.nan)
    found[column.notna().to_numpy()] = values
    return found


def _looks_numeric(cells: pd.Series) -> bool:
    cells = _tidy(cells)
    marks = cells.str.lower().isin(MARKS).to_numpy()
    number = _fits(cells, NUMBER) & ~marks
    return bool(number.sum() * 2 >= max(1, (~marks).sum()) and number.any())


def _with_units(cells: pd.Series, where: Callable[[int], str]) -> Found:
    """Text, and the reason where every cell is a number with the same unit."""
    units = _tidy(cells).str.extract(rf"^(?:{NUMBER})\s*([^\W\d_]+|%|°\w?)$")[0]
    if units.isna().any() or units.nunique() > 1:
        return TEXT
    first = f"{cells.iloc[0]!r} in {where(int(cells.index[0]))}"
    return Found(None, reason=f"holds numbers with their unit, {first}: write the numbers alone")


def _tidy(cells: pd.Series) -> pd.Series:
    """Without blanks around, and with the hyphen for a minus sign."""
    return cells.str.strip().str.replace("−", "-")


def _fits(cells: pd.Series, pattern: str) -> np.ndarray:
    # ASCII: digits of other scripts are no numbers to a parser
    return cells.str.fullmatch(pattern, flags=re.ASCII).to_numpy(dtype=bool, na_value=False)


def _parsed(cells: pd.Series, decimal: str) -> np.ndarray:
    groups = r"[ '’\u00a0\u202f.]" if decimal == "," else r"[ '’\u00a0\u202f,]"
    bare = cells.str.replace(groups, "", regex=True).str.replace(",", ".", regex=False)
    return pd.to_numeric(bare, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def one_spelling(column: pd.Series) -> pd.Series:
    """A column of text in which 1 and 1.0 are one value, spelt 1; others as they are."""
    known = set(column.dropna().unique())
    same = {
        text: found[1]
        for text in known
        if (found := re.fullmatch(r"([+-]?\d+)\.0*", text)) and found[1] in known
    }
    return column.replace(same) if same else column
