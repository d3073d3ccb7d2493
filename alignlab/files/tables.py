"""Read the user's files as tables of named columns, numbers or text. Nothing is ever unpickled."""

from __future__ import annotations

import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.format import Format
from alignlab.files.limits import UnreadableError, first_line
from alignlab.files.reading_notes import left_out_of
from alignlab.files.registry import format_of, split_name

MAX_BYTES = 200 * 2**20
"""Largest file that is read whole."""


def read_table(content: bytes, name: str, columns: int = 2) -> pd.DataFrame:
    """The columns of a file; the ending of `name` determines its format (`registry.ENDINGS`).

    A file of arrays holds one array (n, d) per view and optionally one of labels (n,): the columns
    of an array `A` are named `A[0]`, `A[1]`, ..., and so are those of a column `A` that holds a
    list per row. A file with a single array without a name has it named after the file.
    `reading_notes.notes_of` the table says what was left out or assumed.
    columns : minimum number of columns, one per view.

    Raises
    ------
    ValueError
        An unknown ending, a library that is not installed, a file over `MAX_BYTES`, a file that
        cannot be read, pickled objects, an unpacked size over `MAX_UNPACKED_BYTES`, or no rows.
        Sizes that a file declares are checked before memory is allocated for them.
    """
    form = format_of(name)
    require(form, name)
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{name} has {len(content) / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB: "
            "use a sample of its rows, or fewer columns"
        )
    try:
        table = form.read(content, split_name(name)[0])
    except UnreadableError as error:
        raise ValueError(f"{name}: {error}") from error
    except Exception as error:  # the parsers raise errors of any type on a broken file
        cause = first_line(error) if content else "the file is empty (0 bytes)"
        raise ValueError(
            f"{name} could not be read as {form.label}: {cause}: save it again, or in another "
            "format"
        ) from error
    if len(table) == 0 or table.shape[1] < columns:
        wanted = "one column for each of the two views" if columns > 1 else "one column"
        raise ValueError(
            f"{name} holds {len(table)} rows and {table.shape[1]} columns: at least one row and "
            f"{wanted} are needed{_missing(table)}"
        )
    return table


def require(form: Format, name: str) -> None:
    """ValueError with the command that installs it where the library of a format is missing."""
    for module in form.modules:
        try:
            needed(module, form.extra or "files", f"{name}: a file of the format {form.label}")
        except ModuleNotFoundError as error:
            raise ValueError(str(error)) from error


def _missing(table: pd.DataFrame) -> str:
    """A clause naming the first part of the file that was left out, if any."""
    for name, reason in left_out_of(table).items():
        return f"; {name!r} is left out: it {reason}"
    return ""
