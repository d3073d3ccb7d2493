"""What was diagnosed, as a report and the command line describe it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alignlab.diagnosis.result import Diagnosis
from alignlab.report.column_runs import listed_runs
from alignlab.words.numbers import share

FEW_COLUMNS = 8
"""At most this many label columns are described one by one."""

FEW_CLASSES = 12
"""At most this many classes are listed with their frequencies."""


@dataclass(frozen=True, kw_only=True)
class DataDescription:
    """Pairs as they were read.

    title : of the report, from the names of the files. files : names and SHA-256; empty for an
    example.
    dimensions : (d1, d2), the number of features of x and of y. columns : their names; None where
    they have none. labels : names of the label columns.
    notes : what was assumed or left out while the files were read, one sentence each.
    """

    title: str
    dimensions: tuple[int, int]
    files: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def title_of(files: tuple[tuple[str, str], ...]) -> str:
    """The title of a report on these files (names and SHA-256)."""
    names = [name for name, _ in files]
    told = " + ".join(names[:3]) + (f" + {len(names) - 3} more" if len(names) > 3 else "")
    return f"Diagnosis of {told}"


def described(data: DataDescription, found: Diagnosis) -> dict[str, str]:
    """The data line by line, by what the line tells: files, pairs, views, labels."""
    lines = {f"File {i + 1}": f"{name}, SHA-256 {digest}"
             for i, (name, digest) in enumerate(data.files)}  # fmt: skip
    lines["Pairs n"] = f"{found.n:,}"
    for place, name in enumerate("xy"):
        told = f"{data.dimensions[place]:,} features"
        if data.columns is not None:
            told += f": {listed_runs(data.columns[place])}"
        lines[f"View {name}, d{'₁₂'[place]}"] = told
    lines |= _labels(data, found)
    if data.notes:
        lines["Notes on reading"] = " ".join(_sentence(note) for note in data.notes)
    return lines


def _labels(data: DataDescription, found: Diagnosis) -> dict[str, str]:
    read = found.labels_read
    if read is None:
        return {"Labels": "none"}
    lines: dict[str, str] = {}
    names = data.labels if len(data.labels) == len(read.columns) else None
    if len(read.columns) > FEW_COLUMNS:
        what = f"{len(read.columns):,} columns" if names is None else listed_runs(names)
        lines["Labels"] = f"{what}: read as {read.words()}"
    for place, column in enumerate(read.columns[:FEW_COLUMNS] if not lines else ()):
        name = "Labels" if len(read.columns) == 1 else f"Labels {place + 1}"
        told = "" if names is None else f"{names[place]}: "
        told += f"read as {column.words}"
        if column.classes is not None and column.counts is not None:
            told += f": {class_counts(column.classes, column.counts)}"
        lines[name] = told
    lost = found.n - found.labelled
    lines["Rows without a label"] = f"{lost:,} of {found.n:,} ({share(lost / found.n)})"
    if read.notes:
        lines["Notes on labels"] = " ".join(_sentence(note) for note in read.notes)
    return lines


def class_counts(classes: tuple, counts: tuple[int, ...]) -> str:
    """Frequencies of classes: "cat (300), dog (290)"; only the most frequent of many."""
    order = range(len(classes))
    if len(classes) > FEW_CLASSES:
        order = sorted(order, key=lambda i: -counts[i])[:FEW_CLASSES]  # type: ignore[assignment]
    told = ", ".join(f"{classes[i]} ({counts[i]:,})" for i in order)
    if len(classes) <= FEW_CLASSES:
        return told
    return f"{told}, … ({len(classes):,} classes of {min(counts):,} to {max(counts):,} rows)"


def _sentence(note: str) -> str:
    """The note with a full stop, and a capital letter unless it begins with a name."""
    word = re.match(r"[a-z]+(?=[ ,])", note)
    return f"{note[:1].upper() if word else note[:1]}{note[1:].rstrip('.')}."
