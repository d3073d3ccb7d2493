"""Tables too large for memory: NPY and Parquet files on this machine, read block by block.

What `alignlab.files.tables` does for files that fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alignlab.data.pairs import Chunks
from alignlab.files.columns import unique_names
from alignlab.files.large_files import LargeTable, Npy, Parquet, named
from alignlab.files.limits import UnreadableError, repeated
from alignlab.files.reading_notes import restated
from alignlab.files.tables import FORMATS

ENDINGS = ("npy", "parquet")
"""Endings of the files that `open_large` opens."""

BLOCK_BYTES = 32 * 2**20
"""Size of the numbers of a block, as float64, all tables together."""

BLOCK_ROWS = 2**16
"""Most rows of a block, whose labels may be long names."""


def open_large(path: Path) -> LargeTable:
    """The table in an NPY or Parquet file of any size; only its header or footer is read now.

    Raises
    ------
    ValueError
        Another ending, no such file, pickled objects, a truncated or damaged file, an array of
        neither one nor two dimensions, more than `limits.MAX_COLUMNS` columns, repeated column
        names, or no rows.
    """
    path = Path(path)
    ending = path.suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        cause = "is read whole" if ending in FORMATS else "is not known"
        raise ValueError(
            f"{path.name}: the ending .{ending} {cause}, by blocks only .npy and .parquet are: "
            "convert it to Parquet (pandas.DataFrame.to_parquet) or to NPY (numpy.save)"
        )
    if not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path.name} is no file: check the path")
    try:
        table = (Npy if ending == "npy" else Parquet)(path)
        if not table.rows or not table.columns:
            raise UnreadableError(
                f"it holds {table.rows} rows and {len(table.columns)} columns: at least one of "
                "each is needed"
            )
    except Exception as error:  # the parsers raise whatever they like on a broken file
        raise named(error, path.name) from error
    return table


def head_of(table: LargeTable, rows: int) -> pd.DataFrame:
    """The first rows of a table with its notes, as `tables.read_table` gives those of a file."""
    head = next(table.blocks(table.columns, rows))
    restated(head, table.notes, table.left_out)
    return head


def joined_names(tables: Sequence[LargeTable]) -> dict[str, tuple[LargeTable, str]]:
    """Names of all columns of files that are read in step, each with its table and column there.

    A name that stands in more than one file gets the file's stem and a dot before it, in each.
    Raises ValueError where names clash even so.
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
    """What `diagnose_chunks` takes: the views and labels of files read in step.

    Parameters
    ----------
    tables : row i of all is the same thing.
    view1, view2, labels : columns, by the names of `joined_names`. Views hold finite numbers, label
        columns numbers or names; labels may be missing.

    Returns a function that reads the files anew at each call, in chunks (X (n, d1), Y (n, d2)) or
    (X, Y, labels (n,) or (n, p)) of at most `BLOCK_BYTES`.

    Raises
    ------
    ValueError
        Now: unequal row counts, an empty view, a column that is absent, not numeric or in both
        views. While reading: a missing or infinite value, by its column and data row, counted from
        1; and what `LargeTable.blocks` raises.
    """
    rows = {table.name: table.rows for table in tables}
    if len({table.rows for table in tables}) > 1:
        raise ValueError(
            f"the files have unequal row counts {rows}: row i of all must be the same thing; drop "
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
                f"column {name!r} holds no numbers: take it out of the views, or encode it as "
                "numbers"
            )
    # which columns each table has to give, and what they are called here
    wanted: list[tuple[LargeTable, dict[str, str]]] = []
    for table in tables:
        given = {
            names[name][1]: name
            for name in dict.fromkeys((*view1, *view2, *labels))
            if names[name][0] is table
        }
        if given:
            wanted.append((table, given))
    row_bytes = sum(table.row_bytes(tuple(given)) for table, given in wanted)
    rows_per_block = min(BLOCK_ROWS, max(1, BLOCK_BYTES // row_bytes))

    def chunks() -> Iterator[tuple]:
        first = 0
        readers = [table.blocks(tuple(given), rows_per_block) for table, given in wanted]
        for parts in zip(*readers, strict=True):
            block = pd.concat(
                [
                    part.rename(columns=given)
                    for part, (_, given) in zip(parts, wanted, strict=True)
                ],
                axis=1,
            )
            views = tuple(_finite(block, view, first) for view in (view1, view2))
            yield (*views, _labels(block, labels, first)) if labels else views
            first += len(block)

    return chunks


def _finite(block: pd.DataFrame, view: tuple[str, ...], first: int) -> np.ndarray:
    X = block[list(view)].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(X).all():
        row, j = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"column {view[j]!r} holds a NaN (missing) or infinite value in data row "
            f"{first + row + 1}: drop such rows, fill them, or leave the column out"
        )
    return X


def _labels(block: pd.DataFrame, labels: tuple[str, ...], first: int) -> pd.Series | pd.DataFrame:
    """Label columns (n,) or (n, p) as `LabelColumns` takes them, each of its own type."""
    table = block[list(labels)]
    for column in labels:
        if not pd.api.types.is_float_dtype(table[column].dtype):
            continue
        infinite = np.isinf(table[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if infinite.any():
            raise ValueError(
                f"label column {column!r} holds an infinite value in data row "
                f"{first + infinite.argmax() + 1}: use NaN for a label that is missing"
            )
    return table[labels[0]] if len(labels) == 1 else table
