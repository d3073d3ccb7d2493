"""Columns between tabs; also the metadata of TensorBoard's Embedding Projector."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from alignlab.files.formats.csv import read_csv
from alignlab.files.formats.csv_header import LABEL_NAMES
from alignlab.files.formats.csv_layout import as_utf8
from alignlab.files.formats.format import Format, sample_table
from alignlab.files.formats.gz import unpacked
from alignlab.files.reading_notes import annotated

_METADATA = re.compile(r"(.*[_.\- ])?meta(data)?([_.\- ]?\d+)?", re.IGNORECASE)


def read_tsv(content: bytes, stem: str) -> pd.DataFrame:
    """The columns of a TSV file, by the rules of `csv.read_csv`.

    A file `metadata.tsv` of a single column has no header, as the Embedding Projector writes it; of
    several columns it has one.
    """
    content = unpacked(content)
    if _METADATA.fullmatch(stem) and b"\t" not in content[: content.find(b"\n") + 1 or None]:
        return _single(content)
    return read_csv(content)


def _single(content: bytes) -> pd.DataFrame:
    """One column of names or numbers, a row per line, which labels the row of a vector."""
    text, notes = as_utf8(content)
    lines = [line.strip() for line in text.decode("utf-8", "replace").rstrip().split("\n")]
    name = "label"
    if lines[0].lower() in LABEL_NAMES and lines[0] not in lines[1:]:
        name, lines = lines[0], lines[1:]
        notes.append(f"The first line, {name}, is read as the name of the column.")
    else:
        notes.append(
            "A metadata file of one column has no names in its first line, as the Embedding "
            "Projector writes it: every line is a row."
        )
    column = pd.Series(lines if any(lines) else [], dtype="str").replace("", None)
    numbers = pd.to_numeric(column, errors="coerce")
    if len(column) and (numbers.notna() | column.isna()).all():
        column = numbers
    return annotated(pd.DataFrame({name: column}), notes)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) and class names (n,) as plain columns."""
    return sample_table(left, right, names).to_csv(index=False, sep="\t").encode()


FORMAT = Format(label="TSV", endings=("tsv", "tab", "tsv.gz"), read=read_tsv, sample=sample)
