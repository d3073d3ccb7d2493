"""How a CSV file is laid out: letters, separator, names, units, and where its rows begin.

A look at its first lines decides, by rules that are said in notes wherever they could be wrong.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from alignlab.files.formats.csv_header import (
    Fields,
    are_places,
    are_units,
    decimal_mark,
    holds_number,
    is_numeric_table,
    lacks_row_names,
    names_and_rows,
)
from alignlab.files.limits import UnreadableError, refuse_width

MAX_FIRST_BYTES = 2**22
"""Largest first two lines of a CSV file."""

BLANKS = " "
"""The separator that stands for any number of blanks."""

_SEPARATORS = (",", ";", "\t", "|")

_SAMPLED_BYTES, _SAMPLED_LINES = 2**18, 200
"""So much of the beginning is looked at, but three lines at least."""

_TITLES = 10
"""So many lines above a table may be no part of it."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the rows of a CSV file are, and what their columns are called.

    names : one a column, each its own. header : the fields of the line of names, if there is one.
    start, line : the byte and the line, from 1, at which the rows begin. decimal : "," or "." where
    the first lines show it. notes : what to say of all this.
    """

    separator: str
    names: tuple[str, ...]
    header: tuple[str, ...] | None
    start: int
    line: int
    decimal: str
    notes: tuple[str, ...]


def as_utf8(content: bytes) -> tuple[bytes, list[str]]:
    """The text of a file in UTF-8 without a mark, and what was assumed about its letters.

    Raises `UnreadableError` for bytes that are no text.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16").encode(), []
    start = content[:1000]
    if len(start) > 3 and start[1::2].count(0) * 2 > len(start[1::2]):
        return content.decode("utf-16-le").encode(), ["The letters are taken for UTF-16."]
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise UnreadableError(
            f"it holds a zero byte in line {line:,}, as no text does: save it as CSV again"
        )
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.isascii() or _is_utf8(content):
        return content, []
    try:
        text = content.decode("cp1252").encode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(
            f"line {line:,} is neither in UTF-8 nor in Windows-1252: save it as UTF-8"
        ) from error
    return text, ["The letters are taken for Windows-1252, since they are not UTF-8."]


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for first in range(0, len(content), 2**20):
            decoder.decode(content[first : first + 2**20])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def layout_of(content: bytes) -> Layout:
    """The layout of a file in UTF-8.

    Raises `UnreadableError` for more than `limits.MAX_COLUMNS` columns, a first line without an
    end, and a second line that has more fields than the first has names.
    """
    notes: list[str] = []
    start, line, said, comment = _preamble(content)
    separator, records = _separated(content, start, said)
    records = _below_titles(records, line, notes)
    rows = [record.fields for record in records]
    header, body = names_and_rows(rows, _split(comment, separator), notes)
    if lacks_row_names(header, body):
        header = ["row", *header]
        notes.append("The first column has no name: it is taken for names of rows, as R writes it.")
    width = max(map(len, [header, *(body[:1] if header else body[:2])]), default=0)
    refuse_width(width)
    if header and any(body[0][len(header) :] if body else ()):
        raise UnreadableError(_more_fields(len(header), body[0]))
    skipped = len(rows) - len(body)
    if are_units(header, body):
        units = ", ".join(filter(None, body[0]))[:80]
        notes.append(
            f"Line {line + records[skipped].line - 1:,} is taken for units and not read: {units}."
        )
        skipped += 1
    elif are_places(header, body):
        header = [f"{name}_{place}" if name else "" for name, place in
                  zip(header, body[0], strict=True)]  # fmt: skip
        notes.append(
            f"Line {line + records[skipped].line - 1:,} is taken for the numbers of the columns "
            f"of each name, and not read as a row: {', '.join(filter(None, body[0]))[:80]}."
        )
        skipped += 1
    names = header or [f"c{j}" for j in range(width)]
    at, first = 0, 1
    if skipped < len(records):
        at, first = records[skipped].start, records[skipped].line
    elif records:
        at, first = records[-1].end, records[-1].next_line
    return Layout(
        separator=separator,
        names=_unique(names + [""] * (width - len(names)), notes),
        header=tuple(header) if header else None,
        start=start + at,
        line=line + first - 1,
        decimal=decimal_mark(rows[skipped:]),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Record:
    """The fields of a line (of several, where a quoted field goes on), and where it lies."""

    fields: Fields
    start: int
    end: int
    line: int
    next_line: int


def _preamble(content: bytes) -> tuple[int, int, str, str]:
    """Where the table begins, its line, a separator that is named there, and the last comment."""
    start, line, said, comment = 0, 1, "", ""
    while start < min(len(content), MAX_FIRST_BYTES):
        end = content.find(b"\n", start) + 1 or len(content)
        text = content[start : min(end, start + MAX_FIRST_BYTES)].decode("utf-8", "replace").strip()
        if named := re.fullmatch(r"sep=(.)", text.strip('"'), re.IGNORECASE):
            said = named[1]
        elif text.startswith("#"):
            comment = text.lstrip("# ")
        elif text:
            break
        start, line = end, line + 1
    return start, line, said, comment


def _below_titles(records: list[_Record], line: int, notes: list[str]) -> list[_Record]:
    """Without single fields above a table of three columns or more."""
    if not records or _usual(records) < 3:
        return records
    titles = next((j for j, record in enumerate(records) if len(record.fields) > 1), 0)
    if titles > _TITLES:
        return records
    for record in records[:titles]:
        notes.append(
            f"Line {line + record.line - 1:,} is above the table and not read: "
            f"{record.fields[0][:60]}."
        )
    return records[titles:]


def _separated(content: bytes, start: int, said: str) -> tuple[str, list[_Record]]:
    """The separator that cuts the first lines most evenly, and these lines."""
    found: dict[str, list[_Record]] = {}
    cause = ""
    for separator in (said,) if said else _SEPARATORS:
        try:
            found[separator] = list(_records(content, start, separator))
        except csv.Error as error:
            cause = str(error)
    if not found:
        raise UnreadableError(
            f"its first lines are no table ({cause}): check that quotes are closed"
        )
    best = max(found, key=lambda separator: _evenness(found[separator]))
    if _usual(found[best]) < 2:
        blanks = [_Record(_split(r.fields[0], BLANKS), r.start, r.end, r.line, r.next_line)
                  for r in found[best] if r.fields]  # fmt: skip
        if is_numeric_table([record.fields for record in blanks]):
            return BLANKS, blanks
        return best if said else ",", found.get(",", found[best])
    return best, found[best]


def _records(content: bytes, start: int, separator: str) -> Iterator[_Record]:
    """The first lines that hold anything, in this separator."""
    text = content[start : start + MAX_FIRST_BYTES].decode("latin-1")
    whole = len(content) <= start + MAX_FIRST_BYTES
    lengths = [0]

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            lengths.append(lengths[-1] + len(line))
            yield line

    reader = csv.reader(lines(), delimiter=separator, skipinitialspace=True)
    count, before = 0, 0
    for row in reader:
        first, before = before, len(lengths) - 1
        if not whole and lengths[-1] >= MAX_FIRST_BYTES:
            break  # this line may be cut
        if len(row) > 1 or "".join(row).strip():
            fields = [field.encode("latin-1").decode("utf-8", "replace").strip() for field in row]
            yield _Record(fields, lengths[first], lengths[-1], first + 1, before + 1)
            count += 1
        if count >= _SAMPLED_LINES or (count > 2 and lengths[-1] > _SAMPLED_BYTES):
            return
    if not whole and count < 2:
        raise UnreadableError(
            f"its first two lines have more than {MAX_FIRST_BYTES // 2**20} MB: check that every "
            "row is a line, and every quote is closed"
        )


def _split(text: str, separator: str) -> Fields:
    if separator == BLANKS:
        return text.split()
    return [field.strip() for field in next(csv.reader([text], delimiter=separator), [])]


def _usual(records: list[_Record]) -> int:
    """The number of fields of most lines."""
    counts = Counter(len(record.fields) for record in records)
    return max(counts, key=lambda count: (counts[count], count), default=0)


def _evenness(records: list[_Record]) -> tuple[float, int]:
    """How well a separator suits: lines of one length, and fields that hold no other separator."""
    usual = _usual(records)
    if usual < 2:
        return 0.0, 0
    even = [record.fields for record in records if len(record.fields) == usual]
    fields = [field for row in even[:20] for field in row]
    clean = sum(
        holds_number(field) or not any(mark in field for mark in _SEPARATORS) for field in fields
    )
    return len(even) / len(records) * clean / len(fields), usual


def _more_fields(named: int, row: Fields) -> str:
    text = (
        f"its first line names {named} columns and the next has {len(row)}: name every column in "
        "the first line"
    )
    if len(row) == 2 * named and all(field.isdigit() for field in row[1::2]):
        text += "; if commas are those of decimals, separate the columns by semicolons"
    return text


def _unique(names: Fields, notes: list[str]) -> tuple[str, ...]:
    """Names of columns, each its own: a, a.1, a.2; nameless ones by their place."""
    found: dict[str, None] = {}
    again = []
    for j, bare in enumerate(names):
        name = text = bare or f"Unnamed: {j}"
        count = 0
        while name in found:
            count += 1
            name = f"{text}.{count}"
        if count:
            again.append(bare)
        found[name] = None
    if again:
        notes.append(f"The name {again[0]!r} stands more than once: the others are numbered.")
    return tuple(found)
