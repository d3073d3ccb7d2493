"""Decide what the first lines of a CSV file are: column names, units, or data rows."""

from __future__ import annotations

import re
from itertools import pairwise

from alignlab.files.formats.csv_numbers import MARKS, NUMBER, SURE_COMMA, SURE_POINT

_MISSING = {"", *MARKS, "nan", "null", "none", "<na>", "#n/a", "#na", "-nan", "1.#qnan"}

LABEL_NAMES = ("label", "labels", "class", "classes", "target", "targets", "category", "y", "name")
"""Names for a column of names or classes, which may also occur in it."""

_NUMBER = re.compile(NUMBER, re.ASCII)

Fields = list[str]
"""The fields of a line, stripped of blanks."""


def names_and_rows(
    rows: list[Fields], comment: Fields, notes: list[str]
) -> tuple[Fields, list[Fields]]:
    """The header line, [] if there is none, and the rows below it.

    comment : the last line above the rows that began with #, as numpy.savetxt writes its header.
    """
    if not rows:
        return [], []
    first, body = rows[0], rows[1:]
    said: list[str] = []
    named = _names_columns(first, body, said)
    if (not named or said) and len(comment) == len(first) > 1:
        return comment, rows
    if comment:
        notes.append("Lines above the table that begin with # are ignored.")
    notes += said
    if named:
        return first, body
    notes.append(
        "The first line holds no names: it is read as a row, and the columns are called "
        + ("c0." if len(first) == 1 else f"c0 … c{len(first) - 1}.")
    )
    return [], rows


def _names_columns(first: Fields, body: list[Fields], notes: list[str]) -> bool:
    """Whether the first line holds column names: not if its fields resemble the rows below."""
    numeric = [j for j in _columns_of_numbers(body or [first]) if j < len(first)]
    told = [first[j] for j in numeric if not _is_missing(first[j])]
    if not told:
        if any(first[j] for j in numeric):  # a mark for a missing value is not a name
            return False
        if not body or (len(first) > 1 and first in body):
            return True
        again = [
            first[j] for j in range(len(first))
            if not _is_missing(first[j]) and any(row[j : j + 1] == [first[j]] for row in body)
        ]  # fmt: skip
        return not any(name.lower() not in LABEL_NAMES for name in again)
    numbers = [name for name in told if holds_number(name)]
    if len(numbers) * 2 <= len(told):
        return True
    if len(numbers) == len(told) and _counts(told, body):
        notes.append(
            f"The first line, {told[0]} to {told[-1]}, is read as column numbers."
            if len(told) > 1
            else f"The first line, {told[0]}, is read as a column number."
        )
        return True
    below = [row[j] for row in body[:1] for j in numeric if j < len(row)]
    whole = all(name.isdigit() for name in numbers)
    if len(numbers) < len(told) and whole and not all(field.isdigit() for field in below):
        return True  # for example years next to names
    if _steps(numbers) and not _steps(below):
        notes.append(
            f"The first line, {numbers[0]} to {numbers[-1]} in equal steps, is read as column "
            "names."
        )
        return True
    return False


def _counts(names: Fields, body: list[Fields]) -> bool:
    """Whether these are column numbers, counted from 0 or 1."""
    if not all(name.isdigit() and (name == "0" or name[0] != "0") for name in names):
        return False
    numbers = [int(name) for name in names]
    if len(numbers) == 1:
        return numbers == [0]  # as pandas writes a single column
    if numbers == list(range(len(numbers))):
        return True
    few = len(numbers) < 4 and all(field.isdigit() for row in body for field in row)
    return numbers == list(range(1, len(numbers) + 1)) and not few  # 1,2 may be a data row


def _steps(names: Fields) -> bool:
    """Whether these numbers are equally spaced, such as years or wavelengths."""
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return False
    whole = all(name.lstrip("+-").isdigit() for name in names)
    if len(numbers) < (3 if whole else 4):
        return False
    step = (numbers[-1] - numbers[0]) / (len(numbers) - 1)
    even = (abs(b - a - step) <= 1e-6 * abs(step) for a, b in pairwise(numbers))
    return bool(step) and all(even) and (abs(step) == 1 or not whole or len(numbers) > 3)


def are_units(header: Fields, body: list[Fields]) -> bool:
    """Whether the line below the header holds units: text above columns of numbers."""
    if not header or len(body) < 3:
        return False
    first = body[0]
    numeric = [j for j in _columns_of_numbers(body[1:]) if j < len(first)]
    told = [first[j] for j in numeric if not _is_missing(first[j])]
    if not told or any(map(holds_number, told)):
        return False
    return len(told) > 1 or re.fullmatch(r"[\[(].*[\])]", told[0]) is not None


def lacks_row_names(header: Fields, body: list[Fields]) -> bool:
    """Whether the header lacks a name for the column of row names, as from R's write.table.

    Row names are texts that all differ, or numbers counted from 1.
    """
    if len(header) < 2 or len(body) < 5 or any(len(row) != len(header) + 1 for row in body):
        return False
    first = [row[0] for row in body]
    if first == [str(j + 1) for j in range(len(body))]:
        return True
    return len(set(first)) == len(first) and not any(map(holds_number, first))


def are_places(header: Fields, body: list[Fields]) -> bool:
    """Whether the line below the header numbers the columns of each name, as pandas writes levels.

    For example x,x,y,y above 0,1,0,1. If only whole numbers follow, it may be a data row.
    """
    if len(body) < 2 or len(body[0]) != len(header) or len(set(header)) == len(header):
        return False
    groups: dict[str, list[str]] = {}
    for name, field in zip(header, body[0], strict=True):
        groups.setdefault(name, []).append(field)
    if any(groups.pop("", [])) or not groups:  # unnamed columns hold row numbers
        return False
    counted = ([str(j + first) for j in range(len(group))]
               for group in groups.values() for first in (0, 1))  # fmt: skip
    known = list(counted)
    return all(group in known for group in groups.values()) and not all(
        field.isdigit()
        for row in body[1:]
        for name, field in zip(header, row, strict=False)
        if name
    )


def decimal_mark(rows: list[Fields]) -> str:
    """The decimal mark that the numbers of these rows show, "" for none or both."""
    if not any("," in field for row in rows for field in row):
        return ""  # not ambiguous
    marks = set()
    for j in _columns_of_numbers(rows):
        for row in rows:
            if j < len(row):
                if re.fullmatch(SURE_COMMA, row[j]):
                    marks.add(",")
                elif re.fullmatch(SURE_POINT, row[j]):
                    marks.add(".")
    return marks.pop() if len(marks) == 1 else ""


def _columns_of_numbers(rows: list[Fields]) -> list[int]:
    """Indices of the columns that hold only numbers and missing values in these rows."""
    width = max(map(len, rows), default=0)
    found = []
    for j in range(width):
        cells = [row[j] for row in rows if j < len(row) and not _is_missing(row[j])]
        if cells and all(map(holds_number, cells)):
            found.append(j)
    return found


def holds_number(field: str) -> bool:
    """Whether a field is a number in any of the recognised spellings."""
    return _NUMBER.fullmatch(field) is not None


def _is_missing(field: str) -> bool:
    return field.lower() in _MISSING


def is_numeric_table(rows: list[Fields]) -> bool:
    """Whether these are rows of at least two numbers, of equal length, with or without a header."""
    widths = {len(row) for row in rows}
    return (
        len(widths) == 1
        and max(widths) > 1
        and all(
            holds_number(field) or _is_missing(field) for row in rows[1:] or rows for field in row
        )
    )
