"""Tables too large for memory: local files that are read block by block.

`alignlab.files.tables` does the same for files that fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alignlab.data.pairs import Chunks
from alignlab.files.columns import is_numeric, unique_names
from alignlab.files.large_files import LargeTable, named
from alignlab.files.limits import UnreadableError, repeated
from alignlab.files.reading_notes import left_out_of, notes_of, restated
from alignlab.files.registry import FORMATS, format_of
from alignlab.files.tables import MAX_BYTES, read_table, require

OPENED = tuple(form for form in FORMATS if form.opened)
"""The formats of the files that `open_large` opens."""

BLOCK_BYTES = 32 * 2**20
"""Size of a block in bytes, as float64, over all tables."""

BLOCK_ROWS = 2**16
"""Maximum number of rows in a block, since labels may be long names."""


def open_large(path: Path) -> LargeTable:
    """The table in a file of any size, of a format with blocks; only its header is read now.

    A file of another format is read whole, up to `tables.MAX_BYTES`.

    Raises
    ------
    ValueError
        Another ending, a library that is not installed, no such file, pickled objects, a truncated
        or damaged file, an array that is neither one- nor two-dimensional, more than
        `limits.MAX_COLUMNS` columns, repeated column names, or no rows.
    """
    path = Path(path)
    form = format_of(path.name)
    small = path.is_file() and path.stat().st_size <= MAX_BYTES
    if form.opened is None and small:
        return _Whole(path)
    if form.opened is None:
        known = ", ".join(f".{one.endings[0]}" for one in OPENED)
        raise ValueError(
            f"{path.name}: {form.label} cannot be read in blocks, only {known} files can be: "
            "convert it to Parquet (pandas.DataFrame.to_parquet) or to NPY (numpy.save)"
        )
    require(form, path.name)
    if not path.is_file():  # reading a pipe would block
        raise ValueError(f"{path.name} is not a file: check the path")
    try:
        table: LargeTable = form.opened(path)
        if not table.rows or not table.columns:
            raise UnreadableError(
                f"it holds {table.rows} rows and {len(table.columns)} columns: at least one of "
                "each is needed"
            )
    except Exception as error:  # the parsers raise errors of any type on a broken file
        raise named(error, path.name) from error
    return table


class _Whole(LargeTable):
    """A small file of a format without blocks, beside large ones: it is held in memory."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._table = read_table(path.read_bytes(), path.name, 1)
        self.rows, self.columns = len(self._table), tuple(self._table)
        self.numeric = tuple(name for name in self._table if is_numeric(self._table[name]))
        self.notes, self.left_out = notes_of(self._table), left_out_of(self._table)

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        table = self._table[columns]
        for first in range(0, self.rows, rows):
            yield table.iloc[first : first + rows]


def head_of(table: LargeTable, rows: int) -> pd.DataFrame:
    """The first rows of a table with its notes, in the form `tables.read_table` returns."""
    head = next(table.blocks(table.columns, rows))
    restated(head, table.notes, table.left_out)
    return head


def joined_names(tables: Sequence[LargeTable]) -> dict[str, tuple[LargeTable, str]]:
    """Names of all columns of files with matching rows, each with its table and column there.

    A name that occurs in several files is prefixed with the file's stem and a dot in each.
    Raises ValueError if names still clash.
    """
    if twice := repeated(table.name for table in tables):
        raise ValueError(f"two files are called {twice[0]}: rename one of them")
    names = unique_names({table.name: list(table.columns) for table in tables})
    return {
        name: (table, column)
        for table in tables
        for name, column in zip(names[table.name], table.columns, strict=True)
    }


def chunks_of(
    tables: Sequence[LargeTable],
    view1: tuple[str, ...],
    view2: tuple[str, ...],
    labels: tuple[str, ...] = (),
) -> Chunks:
    """The argument of `diagnose_chunks`: views and labels from files, read block by block.

    Parameters
    ----------
    tables : row i of all tables is the same sample.
    view1, view2, labels : columns, by the names of `joined_names`. Views hold finite numbers, label
        columns numbers or names; labels may be missing.

    Returns a function that reads the files again at each call, in chunks (X (n, d1), Y (n, d2)) or
    (X, Y, labels (n,) or (n, p)) of at most `BLOCK_BYTES`.

    Raises
    ------
    ValueError
        Now: unequal row counts, an empty view, a column that is absent, not numeric or in both
        views. While reading: a missing or infinite value, with its column and data row, counted
        from 1; and what `LargeTable.blocks` raises.
    """
    rows = {table.name: table.rows for table in tables}
    if len({table.rows for table in tables}) > 1:
        raise ValueError(
            f"the files have unequal row counts {rows}: row i of all must be the same sample; drop "
            "the rows without a partner"
        )
    names = joined_names(tables)
    absent = [name for name in (*view1, *view2, *labels) if name not in names]
    if absent:
        left_out = {part: why for table in tables for part, why in table.left_out.items()}
        if (name := absent[0]) in left_out:
            raise ValueError(f"column {name!r} is left out: it {left_out[name]}")
        raise ValueError(f"there is no column {name!r}: choose the columns again")
    if not view1 or not view2:
        raise ValueError("each view needs at least one column: choose columns for both")
    if twice := repeated((*view1, *view2)):
        raise ValueError(f"column {twice[0]!r} is in both views: leave it in one of them")
    for name in (*view1, *view2):
        table, column = names[name]
        if column not in table.numeric:
            raise ValueError(
                f"column {name!r} is not numeric: remove it from the views, or encode it as numbers"
            )
    columns = tuple(dict.fromkeys((*view1, *view2, *labels)))

    def chunks() -> Iterator[tuple]:
        first = 0
        for block in joined_blocks(tables, columns):
            views = tuple(_finite(block, view, first) for view in (view1, view2))
            yield (*views, _labels(block, labels, first)) if labels else views
            first += len(block)

    return chunks


def joined_blocks(tables: Sequence[LargeTable], columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """These columns of files side by side, in blocks of rows of at most `BLOCK_BYTES`.

    tables : with equal row counts. columns : by the names of `joined_names`; in no certain order.
    """
    names = joined_names(tables)
    # the columns needed from each table, with their names here
    wanted: list[tuple[LargeTable, dict[str, str]]] = []
    for table in tables:
        given = {names[name][1]: name for name in columns if names[name][0] is table}
        if given:
            wanted.append((table, given))
    row_bytes = sum(table.row_bytes(tuple(given)) for table, given in wanted)
    rows_per_block = min(BLOCK_ROWS, max(1, BLOCK_BYTES // row_bytes))
    readers = [table.blocks(tuple(given), rows_per_block) for table, given in wanted]
    for parts in zip(*readers, strict=True):
        yield pd.concat(
            [part.rename(columns=given) for part, (_, given) in zip(parts, wanted, strict=True)],
            axis=1,
        )


def _finite(block: pd.DataFrame, view: tuple[str, ...], first: int) -> np.ndarray:
    X = block[list(view)].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(X).all():
        row, j = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"column {view[j]!r} holds a NaN (missing) or infinite value in data row "
            f"{first + row + 1}: drop such rows, fill the values, or leave the column out"
        )
    return X


def _labels(block: pd.DataFrame, labels: tuple[str, ...], first: int) -> pd.Series | pd.DataFrame:
    """Label columns (n,) or (n, p) as `LabelColumns` takes them, each with its own type."""
    table = block[list(labels)]
    for column in labels:
        if not pd.api.types.is_float_dtype(table[column].dtype):
            continue
        infinite = np.isinf(table[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if infinite.any():
            raise ValueError(
                f"label column {column!r} holds an infinite value in data row "
                f"{first + infinite.argmax() + 1}: use NaN for a missing label"
            )
    return table[labels[0]] if len(labels) == 1 else table
