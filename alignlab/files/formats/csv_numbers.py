"""Numbers that a CSV file writes as text: decimal commas, thousands separators, missing marks.

A column that could be read in two ways stays text; the reason names an ambiguous cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.files.limits import refuse_bomb

MARKS = ("?", "??", "-", "--", "---", "–", "—", ".", "..", "*", "n.a.", "na", "n/a", "nd", "n.d.")
"""Marks for a missing number in a column of numbers, in addition to those that pandas reads."""

PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|Inf|INF|infinity|Infinity)"
COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"
"""A number with a decimal comma."""

COMMA_GROUPS = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"
POINT_GROUPS = r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"
"""Numbers with thousands separators, and a decimal point or comma."""

BLANK_GROUPS = r"[+-]?\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d*)?"

NUMBER = "|".join((PLAIN, COMMA, COMMA_GROUPS, POINT_GROUPS, BLANK_GROUPS))
"""A number in any of these spellings."""

SURE_COMMA = (
    r"[+-]?(?:0\d*|\d{4,}|),\d+|[+-]?\d*,(?:\d{1,2}|\d{4,})|[+-]?\d*,\d+[eE][+-]?\d+|"
    r"[+-]?\d{1,3}(?:\.\d{3})+,\d*|[+-]?\d{1,3}(?:\.\d{3}){2,}"
)
"""Spellings in which a comma can only be a decimal comma, or a point a thousands separator."""

SURE_POINT = (
    r"[+-]?(?:0\d*|\d{4,}|)\.\d+|[+-]?\d+\.(?:\d{0,2}|\d{4,})|[+-]?(?:\d+\.\d*|\.\d+)[eE][+-]?\d+|"
    r"[+-]?\d{1,3}(?:,\d{3})+\.\d*|[+-]?\d{1,3}(?:,\d{3}){2,}"
)
"""Spellings in which a point can only be a decimal point, or a comma a thousands separator."""

_LOOKED_AT = 200
"""Number of cells of a column that decide whether it may be numeric."""

_CELL_BYTES = 300
"""Approximate memory in bytes for each different cell while a column is read as numbers."""

_FEW = 5
"""More different texts than this are not typing errors in a column of numbers."""


@dataclass(frozen=True)
class Found:
    """The result of reading a text column as numbers.

    values : its numbers, NaN where missing; None if it stays text. decimal : the decimal mark that
    its cells show, "" if none. notes : sentences on what was assumed. reason : why it stays text
    although it is mostly numbers; "" if it is plain text. doubtful : whether it stays text because
    its commas are ambiguous.
    """

    values: np.ndarray | None
    decimal: str = ""
    notes: tuple[str, ...] = ()
    reason: str = ""
    doubtful: bool = False


TEXT = Found(None)

EXACT = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
"""Arguments of `pandas.read_csv` that read numbers to the bit, as it does by itself from 3 on."""


def is_text(column: pd.Series) -> bool:
    """Whether a parsed column is text; before pandas 3 its type is object, also with gaps."""
    return column.dtype == object or pd.api.types.is_string_dtype(column)


def numbers_of(column: pd.Series, decimal: str, where: Callable[[int], str]) -> Found:
    """The numbers in a column of text, if most of its cells are numbers.

    decimal : the decimal mark of the file, used if the column does not show one; "" if unknown,
        then commas may be ambiguous.
    where : names the line of a row, for messages.
    """
    known = column.dropna()
    if known.empty:
        return TEXT
    if not _looks_numeric(known[:_LOOKED_AT]):
        return _with_units(known[:_LOOKED_AT], where)
    codes, texts = pd.factorize(_tidy(known))
    refuse_bomb(_CELL_BYTES * len(texts))
    cells = pd.Series(np.asarray(texts, dtype=object)).astype("str")
    counts = np.bincount(codes, minlength=len(cells))
    number = _fits(cells, NUMBER)
    marks = cells.str.lower().isin(MARKS).to_numpy() & ~number
    strays = ~number & ~marks
    if counts[number].sum() * 2 < len(known):
        return TEXT

    def place(which: np.ndarray) -> str:
        """The first cell with one of the texts selected by `which`, and its line."""
        row = int(which[codes].argmax())
        return f"{str(known.iloc[row])[:40]!r} in {where(int(known.index[row]))}"

    if strays.any():
        if strays.sum() > _FEW and counts[strays].sum() * 10 > len(known):
            return TEXT
        count = int(counts[strays].sum())
        return Found(
            None,
            reason=f"holds {place(strays)} ({count:,} of {len(known):,} cells are not numbers): "
            "correct these cells, or leave them empty if a number is missing; as labels, the "
            "column is read as classes",
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
            reason=f"holds {place(commas)}, whose comma may be a decimal comma or a thousands "
            "separator: write decimals with a point, without thousands separators",
            doubtful=True,
        )
    values = _parsed(cells.where(number), shown or decimal or ".")
    if np.isinf(values[number & ~_fits(cells, r".*[iI][nN].*")]).any():
        large = np.isinf(values) & ~_fits(cells, r".*[iI][nN].*")
        return Found(None, reason=f"holds a number too large for float64 in {place(large)}")
    notes = []
    if (shown or decimal) == "," and commas.any():
        notes.append("commas are read as decimal commas")
    grouped = _fits(cells, f"{POINT_GROUPS}|{BLANK_GROUPS}" if (shown or decimal) == ","
                    else f"{COMMA_GROUPS}|{BLANK_GROUPS}")  # fmt: skip
    if grouped.any():
        notes.append(f"thousands separators are removed ({place(grouped)})")
    if marks.any():
        count = int(counts[marks].sum())
        notes.append(
            f"{place(marks)} is read as missing ({count:,} cell{'s' * (count != 1)} in all)"
        )
    return Found(_spread(values[codes], column, known), shown, tuple(notes))


def _spread(values: np.ndarray, column: pd.Series, known: pd.Series) -> np.ndarray:
    """Values of the known cells in their rows; whole numbers become int64 if none is missing."""
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
    return Found(None, reason=f"holds numbers with a unit, {first}: write the numbers only")


def _tidy(cells: pd.Series) -> pd.Series:
    """Strip blanks, and replace the minus sign by a hyphen."""
    return cells.str.strip().str.replace("−", "-")


def _fits(cells: pd.Series, pattern: str) -> np.ndarray:
    # ASCII: parsers do not read digits of other scripts
    return cells.str.fullmatch(pattern, flags=re.ASCII).to_numpy(dtype=bool, na_value=False)


def _parsed(cells: pd.Series, decimal: str) -> np.ndarray:
    groups = r"[ '’\u00a0\u202f.]" if decimal == "," else r"[ '’\u00a0\u202f,]"
    bare = cells.str.replace(groups, "", regex=True).str.replace(",", ".", regex=False)
    values, known = np.full(len(bare), np.nan), bare.notna().to_numpy()
    # by Python's own parser: before pandas 3, `to_numeric` rounds some and drops what is too large
    values[known] = bare.to_numpy(dtype=object)[known].astype(np.float64)
    return values


def one_spelling(column: pd.Series) -> pd.Series:
    """A column of text with 1.0 rewritten as 1 if both occur; other cells unchanged."""
    pointed = column[_fits(column, r"[+-]?\d+\.0*")].unique()
    whole = [text.partition(".")[0] for text in pointed]
    known = set(column[column.isin(whole)].unique()) if whole else ()
    same = {text: bare for text, bare in zip(pointed, whole, strict=True) if bare in known}
    return column.replace(same) if same else column
