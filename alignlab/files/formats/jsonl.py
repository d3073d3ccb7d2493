"""JSON Lines: one object a row, with numbers, texts, and lists of numbers as embeddings."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import refuse_nothing
from alignlab.files.formats.csv_layout import as_utf8
from alignlab.files.formats.format import Format
from alignlab.files.formats.gz import unpacked
from alignlab.files.limits import (
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
    refuse_width,
)
from alignlab.files.reading_notes import annotated

MAX_LINE_BYTES = 2**24
"""Longest line that is parsed: its numbers and lists take many times its bytes in memory."""

EXACT = 2**53
"""Whole numbers up to here are exact as float64."""

Cells = list[tuple[int, Any]]
"""The values of a key with the numbers of their rows; rows without it are not listed."""


def read_jsonl(content: bytes, stem: str) -> pd.DataFrame:
    """The columns of a file with one JSON object per line.

    The numbers of a list under the key `a` are the columns `a[0]`, `a[1]`, ..., and the values of
    an object in an object are named `a.b`. A line may also be a list of numbers alone, which are
    then named after the file. A key that a line lacks is missing there.

    Raises
    ------
    UnreadableError
        A line that is no JSON, more columns or bytes than `alignlab.files.limits` allows, no key
        that can be read.
    """
    text, notes = as_utf8(unpacked(content))
    columns: dict[str, Cells] = {}
    rows = used = 0
    lines: list[int] = []
    for number, line in enumerate(io.BytesIO(text), 1):
        if not line.strip():
            continue
        for key, value in _flat(_row(line, number, stem), ""):
            if isinstance(value, list):
                value = _numbers(value)
                used += value.nbytes if isinstance(value, np.ndarray) else 0
            columns.setdefault(key, []).append((rows, value))
            used += TEXT_BYTES + (len(value) if isinstance(value, str) else 0)
        refuse_width(len(columns))
        refuse_bomb(used)
        lines.append(number)
        rows += 1
    found: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for key, cells in columns.items():
        try:
            named = _matrix(key, cells, rows, lines) or {key: _column(cells, rows, lines)}
        except LeftOutError as error:
            left_out[key] = str(error)
            continue
        refuse_width(len(found) + len(named))
        refuse_bomb(8 * rows * (len(found) + len(named)))
        if again := [name for name in named if name in found]:
            raise UnreadableError(f"two keys give a column {again[0]!r}: rename one")
        found |= named
    refuse_nothing("key", list(found), left_out)
    return annotated(pd.DataFrame(found), notes, left_out)


def _row(line: bytes, number: int, stem: str) -> dict[str, Any]:
    """The object of a line."""
    if len(line) > MAX_LINE_BYTES:
        raise UnreadableError(
            f"line {number:,} has {len(line) / 2**20:.0f} MB, the limit is "
            f"{MAX_LINE_BYTES // 2**20} MB: write one object per line, with fewer numbers"
        )
    try:
        row = json.loads(line, object_pairs_hook=_unrepeated)
    except UnreadableError as error:
        raise UnreadableError(f"line {number:,} {error}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            f"line {number:,} is no JSON ({str(error)[:80]}): write one object per line, as "
            "pandas.DataFrame.to_json(orient='records', lines=True) does"
        ) from error
    if isinstance(row, dict):
        return row
    if isinstance(row, list) and any(isinstance(cell, dict) for cell in row):
        raise UnreadableError(
            f"line {number:,} holds a list of objects: write one object per line, as "
            "pandas.DataFrame.to_json(orient='records', lines=True) does"
        )
    return {stem: row}


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("names a key twice: rename one")
    return found


def _flat(row: dict[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    """The keys and values of an object, with those of objects in it."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif value is not None:
            yield above + key, value


def _numbers(values: list[Any]) -> np.ndarray | list[Any]:
    """A list of numbers as an array; any other list unchanged. null is a missing number."""
    if not all(type(value) in (int, float, bool) or value is None for value in values):
        return values
    if all(type(value) is int and abs(value) < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    try:
        return np.array([np.nan if value is None else float(value) for value in values])
    except OverflowError:
        return values


def _matrix(key: str, cells: Cells, rows: int, lines: list[int]) -> dict[str, np.ndarray]:
    """The columns of a key that holds lists of numbers; {} for any other key."""
    if not any(isinstance(value, (list, np.ndarray)) for _, value in cells):
        return {}
    length = 0
    for row, value in cells:
        if not isinstance(value, np.ndarray):
            what = "a list of other things than numbers" if isinstance(value, list) else "no list"
            raise LeftOutError(
                f"holds {what} in line {lines[row]:,}: give every line one list of numbers"
            )
        length = length or len(value)
        if not length or len(value) != length:
            raise LeftOutError(
                f"holds lists of unequal length: {length:,} numbers first, {len(value):,} in line "
                f"{lines[row]:,}: give every line the same number"
            )
    refuse_width(length)
    refuse_bomb(8 * rows * length)
    whole = len(cells) == rows and all(value.dtype.kind == "i" for _, value in cells)
    matrix = np.full((rows, length), 0 if whole else np.nan, np.int64 if whole else np.float64)
    for row, value in cells:
        matrix[row] = value
    return {f"{key}[{j}]": matrix[:, j] for j in range(length)}


def _column(cells: Cells, rows: int, lines: list[int]) -> pd.Series:
    """Numbers, truth values or texts, one a row."""
    values: list[Any] = [None] * rows
    for row, value in cells:
        values[row] = value
    kinds = {_kind(value) for _, value in cells}
    if len(kinds) > 1:
        other = next(row for row, value in cells if _kind(value) != _kind(cells[0][1]))
        raise LeftOutError(
            f"holds {cells[0][1]!r:.40} in line {lines[cells[0][0]]:,} but {values[other]!r:.40} "
            f"in line {lines[other]:,}: give every line a number, or every line a text"
        )
    if kinds == {str}:
        return pd.Series(values, dtype="str")
    if kinds == {bool}:
        return pd.Series(values, dtype="bool" if len(cells) == rows else "boolean")
    whole = all(type(value) is int and abs(value) < 2**63 for _, value in cells)
    if whole and len(cells) == rows:
        return pd.Series(values, dtype=np.int64)
    if whole and any(abs(value) >= EXACT for _, value in cells):
        return pd.Series(values, dtype="Int64")
    try:
        return pd.Series([np.nan if value is None else float(value) for value in values])
    except OverflowError as error:
        raise LeftOutError("holds a number too large for float64: write it smaller") from error


def _kind(value: Any) -> type:
    """Whole numbers count as numbers, truth values do not."""
    return float if type(value) is int else type(value)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) as lists of numbers, and class names (n,)."""
    rows = zip(left.tolist(), right.tolist(), names.tolist(), strict=True)
    lines = (json.dumps({"left": x, "right": y, "label": name}) for x, y, name in rows)
    return "\n".join(lines).encode()


FORMAT = Format(
    label="JSONL", endings=("jsonl", "ndjson", "jsonl.gz"), read=read_jsonl, sample=sample
)
