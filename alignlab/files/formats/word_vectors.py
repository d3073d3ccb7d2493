"""Word vectors as text: a word and its numbers in each line, as word2vec, fastText and GloVe write.

word2vec and fastText write the numbers of words and of dimensions in a first line, GloVe does not.
"""

from __future__ import annotations

import io
import re

import pandas as pd

from alignlab.files.formats.csv_layout import as_utf8
from alignlab.files.formats.csv_numbers import EXACT
from alignlab.files.formats.format import Format
from alignlab.files.formats.gz import unpacked
from alignlab.files.limits import UnreadableError, refuse_bomb, refuse_width
from alignlab.files.reading_notes import annotated

WORD = "word"
"""The name of the column of words, by which the rows of two files are matched."""

_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""A number; nan and inf are words."""

_COUNTS = re.compile(rb"(\d{1,12}) (\d{1,12})[ \r]*")


def read_word_vectors(content: bytes, stem: str) -> pd.DataFrame:
    """The words and their vectors: a column "word", and d columns named after the file.

    Raises `UnreadableError` for lines of unequal length, which words with blanks in them give too,
    for other numbers of words and dimensions than the first line declares, and over the limits.
    """
    text, notes = as_utf8(unpacked(content))
    text = re.sub(rb"[ \r]+\n", b"\n", text).rstrip() + b"\n"  # fastText ends lines with a blank
    first = text[: text.index(b"\n")]
    counts = _COUNTS.fullmatch(first)
    skipped = 1 if counts else 0
    body = text[len(first) + 1 :] if counts else text
    width = body[: body.find(b"\n")].count(b" ")
    rows = body.count(b"\n")
    if not width:
        raise UnreadableError(
            "its lines are no words with vectors: write a word and its numbers in each, with one "
            "blank between them"
        )
    refuse_width(width + 1)
    refuse_bomb(8 * rows * width)
    if counts and (rows, width) != (declared := (int(counts[1]), int(counts[2]))):
        raise UnreadableError(
            f"its first line declares {declared[0]:,} words of {declared[1]:,} numbers, but "
            f"{rows:,} lines follow, the first with {width:,}: it is truncated, or has blanks in a "
            "word; save it again"
        )
    if body.count(b" ") != rows * width:
        _refuse_uneven(body, width, skipped)
    table = pd.read_csv(
        io.BytesIO(body),
        sep=" ",
        header=None,
        names=list(range(width + 1)),
        index_col=False,
        dtype={0: "str"},
        quoting=3,  # a quote is a word like any other, and so are "nan" and "null"
        na_filter=False,
        **EXACT,
        skip_blank_lines=False,
    )
    for j in range(1, width + 1):
        if table[j].dtype.kind not in "iuf":
            bad = pd.to_numeric(table[j].astype("str"), errors="coerce").isna().to_numpy()
            row = int(bad.argmax())
            raise UnreadableError(
                f"line {row + skipped + 1:,} holds {str(table[j].iloc[row])[:40]!r} among its "
                "numbers: write a word and its numbers in each line"
            )
    return annotated(table.set_axis([WORD, *(f"{stem}[{j}]" for j in range(width))], axis=1), notes)


def _refuse_uneven(body: bytes, width: int, skipped: int) -> None:
    for number, line in enumerate(body.split(b"\n"), skipped + 1):
        if (count := line.count(b" ")) != width:
            raise UnreadableError(
                f"line {number:,} has {count:,} numbers, the first has {width:,}: give every word "
                "the same number, and write no blanks in words"
            )


def are_word_vectors(content: bytes) -> bool:
    """Whether a text begins like word vectors: a word, then numbers between single blanks."""
    lines = content[: 2**16].split(b"\n")
    if counts := _COUNTS.fullmatch(lines[0]):
        fields = lines[1].split() if len(lines) > 1 else []
        exact = len(fields) - 1 == int(counts[2]) > 1
        return exact or (bool(fields) and not _NUMBER.fullmatch(fields[0]))
    rows = [line.split() for line in lines[:3] if line.strip()]
    return len(rows) > 1 and all(
        len(row) == len(rows[0]) > 2
        and not _NUMBER.fullmatch(row[0])
        and not row[0].startswith(b"#")
        and all(map(_NUMBER.fullmatch, row[1:]))
        for row in rows
    )


FORMAT = Format(label="word vectors", endings=("vec", "vec.gz"), read=read_word_vectors)
