"""Read the user's files as tables of named columns, numbers or text. Nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import pandas as pd

from alignlab.files.formats.arrays import read_npy, read_npz, read_safetensors
from alignlab.files.formats.csv import read_csv
from alignlab.files.formats.parquet import read_parquet
from alignlab.files.limits import UnreadableError, first_line
from alignlab.files.reading_notes import left_out_of

MAX_BYTES = 200 * 2**20
"""Largest file that is read."""

FORMATS = ("npz", "npy", "csv", "parquet", "safetensors")
"""File extensions that `read_table` reads."""


def read_table(content: bytes, name: str, columns: int = 2) -> pd.DataFrame:
    """The columns of a file; the extension of `name` determines which of `FORMATS` it is.

    An NPZ or safetensors file holds one array (n, d) per view and optionally one of labels (n,):
    the columns of an array `A` are named `A[0]`, `A[1]`, ..., and so are those of a Parquet column
    `A` that holds a list per row. An NPY file holds one array, named after the file.
    `reading_notes.notes_of` the table says what was left out or assumed.
    columns : minimum number of columns, one per view.

    Raises
    ------
    ValueError
        An unknown extension, a file over `MAX_BYTES`, a file that cannot be read, pickled objects,
        an unpacked size over `MAX_UNPACKED_BYTES`, or no rows. Sizes that a file declares are
        checked before memory is allocated for them.
    """
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        known = ", ".join(f".{known}" for known in FORMATS)
        what = f"the ending .{ending} is not known" if ending else "it has no ending"
        raise ValueError(f"{name}: {what}: bring one of {known}")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{name} has {len(content) / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB: "
            "use a sample of its rows, or fewer columns"
        )
    stem = PurePath(name).stem
    try:
        table = _READERS[ending](content, stem)
    except UnreadableError as error:
        raise ValueError(f"{name}: {error}") from error
    except Exception as error:  # the parsers raise errors of any type on a broken file
        cause = first_line(error)
        raise ValueError(
            f"{name} could not be read as {ending}: {cause}: save it again, or in another format"
        ) from error
    if len(table) == 0 or table.shape[1] < columns:
        needed = "one column for each of the two views" if columns > 1 else "one column"
        raise ValueError(
            f"{name} holds {len(table)} rows and {table.shape[1]} columns: at least one row and "
            f"{needed} are needed{_missing(table)}"
        )
    return table


def _missing(table: pd.DataFrame) -> str:
    """A clause naming the first part of the file that was left out, if any."""
    for name, reason in left_out_of(table).items():
        return f"; {name!r} is left out: it {reason}"
    return ""


_READERS: dict[str, Callable[[bytes, str], pd.DataFrame]] = {
    "npz": read_npz,
    "npy": read_npy,
    "csv": lambda content, stem: read_csv(content),
    "parquet": lambda content, stem: read_parquet(content),
    "safetensors": read_safetensors,
}
