"""CSV files as columns of numbers or text, each column of one type; parsed by pandas."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.csv_layout import BLANKS, Layout, as_utf8, layout_of
from alignlab.files.formats.csv_numbers import (
    EXACT,
    Found,
    is_text,
    numbers_of,
    one_spelling,
)
from alignlab.files.formats.format import Format, sample_table
from alignlab.files.formats.gz import unpacked
from alignlab.files.limits import TEXT_BYTES, UnreadableError, refuse_bomb
from alignlab.files.reading_notes import annotated

_TOLD = 3
"""Maximum number of columns that get a note each."""

_TRUTH = {"true": True, "false": False}


def read_csv(content: bytes) -> pd.DataFrame:
    """The columns of a CSV file.

    Separated by commas, semicolons, tabs, bars, or (numbers only) blanks; in UTF-8, UTF-16 or
    Windows-1252; with or without a header line. Decimal commas, thousands separators and marks for
    missing numbers are read if they are unambiguous. The table's `reading_notes` say what was
    assumed, and why a column that is mostly numbers was kept as text.

    Raises
    ------
    UnreadableError
        Bytes that are not text, lines with different numbers of fields, more columns or bytes than
        `alignlab.files.limits` allows.
    """
    content, notes = as_utf8(content)
    layout = layout_of(content)
    notes += layout.notes
    # before the parser allocates memory for the missing cells of short lines
    lines = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    lines += not content.endswith((b"\n", b"\r"))
    refuse_bomb(lines * max(1, len(layout.names)) * 8)
    table = _parsed(content, layout)
    texts = table.select_dtypes(exclude=["number", "bool"])
    refuse_bomb(int(texts.memory_usage(index=False).sum()) + texts.size * TEXT_BYTES)
    by_line = len(table) == lines - layout.line + 1

    def where(row: int) -> str:
        return f"line {layout.line + row:,}" if by_line else f"data row {row + 1:,}"

    table = _without_names(table, layout, where, notes)
    table = _without_nothing(table, layout, notes)
    _refuse_short(content, layout, table)
    reasons = _numbers(table, layout, where, notes)
    notes += _say_marks(content, layout, table, where)
    return annotated(table.reset_index(drop=True), notes, as_text=reasons)


def _parsed(content: bytes, layout: Layout) -> pd.DataFrame:
    """The rows, each column of one type."""
    try:
        table = _read(content, layout)
        # types are inferred block by block, to save memory; mixed columns are read again as text
        mixed = [j for j in table if table[j].dtype == object]
        if mixed:
            again = _read(content, layout, usecols=mixed, dtype="str")
            for j in mixed:
                table[j] = _truth(again[j])
    except pd.errors.EmptyDataError:
        table = pd.DataFrame({j: pd.Series(dtype=float) for j in range(len(layout.names))})
    except pd.errors.ParserError as error:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found is None:
            raise
        expected, line, saw = map(int, found.groups())
        raise UnreadableError(
            f"line {layout.line + line - 1:,} has {saw} fields, expected {expected}: "
            "quote fields that hold the separator, and give every line the same number of fields"
        ) from error
    return table.set_axis(list(layout.names), axis=1)


def _read(content: bytes, layout: Layout, **how: Any) -> pd.DataFrame:
    """The rows as pandas reads them, with numbered columns."""
    file = io.BytesIO(content)
    file.seek(layout.start)
    with warnings.catch_warnings(category=pd.errors.DtypeWarning, action="ignore"):
        return pd.read_csv(
            file,
            sep=r"\s+" if layout.separator == BLANKS else layout.separator,
            header=None,
            names=list(range(len(layout.names))),
            index_col=False,
            skipinitialspace=True,
            decimal="," if layout.decimal == "," else ".",
            **EXACT,
            **how,
        )


def _refuse_short(content: bytes, layout: Layout, table: pd.DataFrame) -> None:
    """`UnreadableError` for a line with too few fields, which pandas pads with missing values.

    If a field was lost in the middle of a line, the remaining numbers would be in wrong columns.
    """
    if not table.shape[1] or not table.iloc[:, -1].isna().any():
        return  # every line reaches the last column
    needed = list(layout.names).index(table.columns[-1]) + 1
    file = io.BytesIO(content)
    file.seek(layout.start)
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows: Iterable[tuple[int, list[str]]]
    if layout.separator == BLANKS:
        rows = enumerate((line.split() for line in text), 1)
    else:
        reader = csv.reader(text, delimiter=layout.separator, skipinitialspace=True)
        rows = ((reader.line_num, row) for row in reader)
    try:
        for line, row in rows:
            if len(row) < needed and any(field.strip() for field in row):
                many = f"{len(row)} field{'s' * (len(row) != 1)}"
                raise UnreadableError(
                    f"line {layout.line + line - 1:,} has {many}, expected {needed}: "
                    "give every line the same number of fields, empty where a value is missing, "
                    "and remove lines that are not rows"
                )
    except csv.Error:  # fields longer than the csv module accepts
        return


def _say_marks(
    content: bytes, layout: Layout, table: pd.DataFrame, where: Callable[[int], str]
) -> list[str]:
    """Notes on texts in text columns that pandas read as missing: NA may be Namibia."""
    numbers = {name: j for j, name in enumerate(layout.names)}
    gaps = [
        numbers[name]
        for name in table
        if is_text(table[name]) and table[name].isna().any() and table[name].notna().any()
    ]
    if not gaps:
        return []
    notes = []
    written = _read(content, layout, usecols=gaps, dtype="str", keep_default_na=False)
    for j in gaps:
        name = layout.names[j]
        texts = written.loc[table.index, j].str.strip()
        texts = texts[table[name].isna() & (texts != "")]
        if len(texts):
            cells = f"{len(texts):,} cell{'s' * (len(texts) != 1)} in all"
            notes.append(
                f"Column {name!r}: {texts.iloc[0]!r} in {where(int(texts.index[0]))} is read as "
                f"missing ({cells}); if it is a name, write it differently."
            )
    return notes[:_TOLD] + [f"Same in {len(notes) - _TOLD:,} other columns."] * (len(notes) > _TOLD)


def _truth(column: pd.Series) -> pd.Series:
    """Text that is true or false as nullable booleans; other text unchanged."""
    known = column.dropna().str.lower()
    if len(known) and known.isin(_TRUTH).all():
        return column.str.lower().map(_TRUTH).astype("boolean")
    return column


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def _without_names(
    table: pd.DataFrame, layout: Layout, where: Callable[[int], str], notes: list[str]
) -> pd.DataFrame:
    """Drop repetitions of the header line, as in concatenated files."""
    named = {j: name for j, name in enumerate(layout.header or ()) if re.search(r"[^\d.,+-]", name)}
    if len(named) < min(2, table.shape[1]) or not all(_is_text(table.iloc[:, j]) for j in named):
        return table
    again = np.ones(len(table), dtype=bool)
    for j, name in named.items():
        same = table.iloc[:, j].str.strip() == name
        again &= same.to_numpy(dtype=bool, na_value=False)
    if not again.any():
        return table
    first = where(int(again.argmax()))
    notes.append(
        f"The header line is repeated ({again.sum():,} times, first in {first}): left out."
    )
    return table[~again]


def _without_nothing(table: pd.DataFrame, layout: Layout, notes: list[str]) -> pd.DataFrame:
    """Drop empty rows at the end, and empty unnamed columns, as from trailing separators."""
    nothing = [
        name for j, name in enumerate(table) if name == f"Unnamed: {j}" and table[name].isna().all()
    ]
    if nothing and len(nothing) < table.shape[1]:
        table = table.drop(columns=nothing)
    last = len(table)
    while last and table.iloc[last - 1].isna().all():
        last -= 1
    if 0 < last < len(table):
        notes.append(f"{len(table) - last:,} empty lines at the end are left out.")
        table = table.iloc[:last]
    return table


def _numbers(
    table: pd.DataFrame, layout: Layout, where: Callable[[int], str], notes: list[str]
) -> dict[str, str]:
    """Convert text columns that hold numbers; return why other mostly numeric ones stay text."""
    texts = [name for name in table if is_text(table[name])]
    found = {name: numbers_of(table[name], layout.decimal, where) for name in texts}
    decimal = layout.decimal or _shown(table, found) or ("," if layout.separator == ";" else "")
    for name, column in found.items():
        if column.doubtful and decimal:
            found[name] = numbers_of(table[name], decimal, where)
    said: dict[str, list[str]] = {}
    for name, column in found.items():
        if column.values is None:
            table[name] = one_spelling(table[name].str.strip())
        else:
            table[name] = column.values
        for note in column.notes:
            said.setdefault(note.split("(")[0], []).append(f"{name!r}: {note}")
    for alike in said.values():
        more = f" Same in {len(alike) - 1} other columns." if len(alike) > 1 else ""
        notes.append(f"Column {alike[0]}.{more}")
    return {name: column.reason for name, column in found.items() if column.reason}


def _shown(table: pd.DataFrame, found: dict[str, Found]) -> str:
    """The decimal mark of the columns that show one, "" for none or both."""
    shown = {column.decimal for column in found.values()} - {""}
    for name in table:
        if shown or name in found:
            continue
        values = table[name].to_numpy()
        if values.dtype.kind == "f" and (np.trunc(values) != values)[np.isfinite(values)].any():
            shown.add(".")
    return shown.pop() if len(shown) == 1 else ""


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) and class names (n,) as plain columns."""
    return sample_table(left, right, names).to_csv(index=False).encode()


FORMAT = Format(
    label="CSV",
    endings=("csv", "csv.gz"),
    read=lambda content, stem: read_csv(unpacked(content)),
    sample=sample,
)
