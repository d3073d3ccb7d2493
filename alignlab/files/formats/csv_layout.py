"""The layout of a CSV file: encoding, separator, header, units, and where its rows begin.

It is inferred from the first lines, with a note wherever the inference could be wrong.
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
"""Maximum size in bytes of the first two lines of a CSV file."""

BLANKS = " "
"""The separator that stands for any number of blanks."""

_SEPARATORS = (",", ";", "\t", "|")

_SAMPLED_BYTES, _SAMPLED_LINES = 2**18, 200
"""Bytes and lines of the beginning that are examined, but at least three lines."""

_PIECE = 2**20
"""Number of bytes that are decoded at a time."""

_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that stand for no letter in Windows-1252."""

_TITLES = 10
"""Maximum number of title lines above a table."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the rows of a CSV file are, and the names of their columns.

    names : one per column, unique. header : the fields of the header line, None without one.
    start, line : byte offset and line number, from 1, at which the rows begin.
    decimal : "," or "." if the first lines show it, else "". notes : sentences on what was assumed.
    """

    separator: str
    names: tuple[str, ...]
    header: tuple[str, ...] | None
    start: int
    line: int
    decimal: str
    notes: tuple[str, ...]


def as_utf8(content: bytes) -> tuple[bytes, list[str]]:
    """The text of a file in UTF-8 without byte order mark, and notes on the encoding assumed.

    Raises `UnreadableError` for bytes that are not text.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recoded(content, "utf-16"), []
    start = content[:1000]
    if len(start) > 3 and start[1::2].count(0) * 2 > len(start[1::2]):
        return _recoded(content, "utf-16-le"), ["The encoding is assumed to be UTF-16."]
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise UnreadableError(
            f"it holds a zero byte in line {line:,}, so it is not text: save it as CSV again"
        )
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.isascii() or _is_utf8(content):
        return content, []
    if none := _NOT_CP1252.search(content):
        line = content[: none.start()].count(b"\n") + 1
        raise UnreadableError(
            f"line {line:,} is neither in UTF-8 nor in Windows-1252: save it as UTF-8"
        )
    text = _recoded(content, "cp1252")
    return text, ["The encoding is assumed to be Windows-1252, since the file is not UTF-8."]


def _recoded(content: bytes, encoding: str) -> bytes:
    """The text in UTF-8. By pieces: as one text in Python it would take up to 4 bytes a letter."""
    decoder, found = codecs.getincrementaldecoder(encoding)(), io.BytesIO()
    for first in range(0, len(content), _PIECE):
        found.write(decoder.decode(content[first : first + _PIECE]).encode())
    found.write(decoder.decode(b"", final=True).encode())
    return found.getvalue()


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for first in range(0, len(content), _PIECE):
            decoder.decode(content[first : first + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def layout_of(content: bytes) -> Layout:
    """The layout of a file in UTF-8.

    Raises `UnreadableError` for more than `limits.MAX_COLUMNS` columns, a first line that does not
    end, and a first row with more fields than the header has names.
    """
    notes: list[str] = []
    start, line, said, comment = _preamble(content)
    separator, records = _separated(content, start, said)
    records = _below_titles(records, line, notes)
    rows = [record.fields for record in records]
    header, body = names_and_rows(rows, _split(comment, separator), notes)
    if lacks_row_names(header, body):
        header = ["row", *header]
        notes.append("The first column has no name: it is read as row names, as R writes them.")
    width = max(map(len, [header, *(body[:1] if header else body[:2])]), default=0)
    refuse_width(width)
    if header and any(body[0][len(header) :] if body else ()):
        raise UnreadableError(_more_fields(len(header), body[0]))
    skipped = len(rows) - len(body)
    if are_units(header, body):
        units = ", ".join(filter(None, body[0]))[:80]
        notes.append(
            f"Line {line + records[skipped].line - 1:,} is assumed to hold units and is ignored: "
            f"{units}."
        )
        skipped += 1
    elif are_places(header, body):
        header = [f"{name}_{place}" if name else "" for name, place in
                  zip(header, body[0], strict=True)]  # fmt: skip
        notes.append(
            f"Line {line + records[skipped].line - 1:,} is assumed to number the columns of each "
            f"name, and is not read as a row: {', '.join(filter(None, body[0]))[:80]}."
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
    """The fields of a line (or of several, if a quoted field spans lines), and its position."""

    fields: Fields
    start: int
    end: int
    line: int
    next_line: int


def _preamble(content: bytes) -> tuple[int, int, str, str]:
    """Byte offset and line of the table, a separator declared by "sep=", and the last comment."""
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
    """Drop title lines (single fields) above a table of at least three columns."""
    if not records or _usual(records) < 3:
        return records
    titles = next((j for j, record in enumerate(records) if len(record.fields) > 1), 0)
    if titles > _TITLES:
        return records
    for record in records[:titles]:
        notes.append(
            f"Line {line + record.line - 1:,} is above the table and is ignored: "
            f"{record.fields[0][:60]}."
        )
    return records[titles:]


def _separated(content: bytes, start: int, said: str) -> tuple[str, list[_Record]]:
    """The separator that splits the first lines most evenly, and these lines."""
    found: dict[str, list[_Record]] = {}
    cause = ""
    for separator in (said,) if said else _SEPARATORS:
        try:
            found[separator] = list(_records(content, start, separator))
        except csv.Error as error:
            cause = str(error)
    if not found:
        raise UnreadableError(
            f"its first lines are not a table ({cause}): check that quotes are closed"
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
    """The first non-empty lines, split at this separator."""
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
            "row is on its own line, and that every quote is closed"
        )


def _split(text: str, separator: str) -> Fields:
    if separator == BLANKS:
        return text.split()
    return [field.strip() for field in next(csv.reader([text], delimiter=separator), [])]


def _usual(records: list[_Record]) -> int:
    """The most frequent number of fields per line."""
    counts = Counter(len(record.fields) for record in records)
    return max(counts, key=lambda count: (counts[count], count), default=0)


def _evenness(records: list[_Record]) -> tuple[float, int]:
    """How well a separator fits: lines of equal length, and fields without other separators."""
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
        f"its first line names {named} columns and the next has {len(row)} fields: name every "
        "column in the first line"
    )
    if len(row) == 2 * named and all(field.isdigit() for field in row[1::2]):
        text += "; if the commas are decimal commas, separate the columns by semicolons"
    return text


def _unique(names: Fields, notes: list[str]) -> tuple[str, ...]:
    """Unique column names: a, a.1, a.2; columns without a name are named by position."""
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
        notes.append(f"The name {again[0]!r} occurs more than once: the repetitions are numbered.")
    return tuple(found)
