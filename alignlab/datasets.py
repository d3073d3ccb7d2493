"""Real pairs: the halves of scikit-learn's digits, and the user's own files.

Nothing is ever unpickled. A file is first read into a `Table`, columns of named numbers or text;
which of them are view 1, view 2 and labels is a choice (`ColumnChoice`), with a first guess.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from alignlab.synthetic import PairedData

MAX_BYTES = 200 * 2**20
"""Largest file that is read."""

MAX_COLUMNS = 20_000
"""Most columns that a file may have, both views together."""

MAX_UNPACKED_BYTES = 2 * 2**30
"""Largest size that a compressed file may unpack to."""

FORMATS = ("npz", "csv", "parquet")
"""Endings of the files that `read_table` reads."""

_LABEL_NAMES = ("label", "labels", "y", "class", "classes", "target", "targets", "category")


def digits_halves() -> PairedData:
    """Left and right halves of scikit-learn's 8 x 8 digits: 1797 pairs, 32 + 32 pixels, 10 classes.

    X1 : (1797, 32) columns 0-3 of each image, X2 : (1797, 32) columns 4-7, row by row, grey 0-16.
    """
    digits = load_digits()
    images = digits.images
    return PairedData(
        X1=images[:, :, :4].reshape(len(images), 32),
        X2=images[:, :, 4:].reshape(len(images), 32),
        labels=digits.target,
        classes=tuple(str(digit) for digit in range(10)),
    )


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """Which columns of a table are what. labels is None where there are none."""

    view1: tuple[str, ...]
    view2: tuple[str, ...]
    labels: str | None = None


def read_table(content: bytes, name: str) -> pd.DataFrame:
    """The columns of an NPZ, CSV or Parquet file; the ending of `name` says which it is.

    An NPZ file holds one array a view (n, d) and optionally one of labels (n,): the columns of an
    array `A` are named `A[0]`, `A[1]`, ...

    Raises
    ------
    ValueError
        An unknown ending, a file over `MAX_BYTES`, one that cannot be read, pickled objects, a
        compressed file that unpacks to more than `MAX_UNPACKED_BYTES`, or no rows.
    """
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise ValueError(f"{name}: the ending .{ending} is not known: bring .npz, .csv or .parquet")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{name} has {len(content) / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB: "
            "bring a sample of its rows, or fewer columns"
        )
    reader = {"npz": _read_npz, "csv": _read_csv, "parquet": _read_parquet}[ending]
    try:
        table = reader(content)
    except UnreadableError as error:
        raise ValueError(f"{name}: {error}") from error
    except Exception as error:  # the parsers raise whatever they like on a broken file
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{name} could not be read as {ending}: {cause}: save it again, or in another format"
        ) from error
    if len(table) == 0 or table.shape[1] < 2:
        raise ValueError(
            f"{name} holds {len(table)} rows and {table.shape[1]} columns: at least one row and "
            "one column for each of the two views are needed"
        )
    return table


class UnreadableError(ValueError):
    """A file that was understood and refused, with the reason and the remedy."""


def guess_columns(table: pd.DataFrame) -> ColumnChoice:
    """A first guess: columns that share a prefix form a view; one with a telling name, the labels.

    Row numbers and other columns that stand alone are in no view. Without two such groups, the
    numeric columns are cut in the middle.
    """
    named = [column for column in table if column.lower() in _LABEL_NAMES]
    # a dictionary, to keep the order and find quickly
    text = {column: None for column in table if not _is_numeric(table[column])}
    labels = next(iter([*named, *text]), None)
    groups: dict[str, list[str]] = {}
    for column in table:
        if column != labels and column not in text and not _is_row_number(table[column]):
            # x1_0 -> x1_, left[3] -> left, a.7 -> a.
            groups.setdefault(re.sub(r"\[?\d+\]?$", "", column), []).append(column)
    families = [group for group in groups.values() if len(group) > 1]
    if len(families) == 2 or len(groups) == 2:
        view1, view2 = families if len(families) == 2 else groups.values()
    else:
        numeric = [column for group in groups.values() for column in group]
        view1, view2 = numeric[: len(numeric) // 2], numeric[len(numeric) // 2 :]
    return ColumnChoice(view1=tuple(view1), view2=tuple(view2), labels=labels)


def _is_row_number(column: pd.Series) -> bool:
    """Whether a whole-number column goes up by one from row to row."""
    if not pd.api.types.is_integer_dtype(column) or len(column) < 3:
        return False
    return bool((np.diff(column.to_numpy()) == 1).all())


def pairs_from_table(table: pd.DataFrame, choice: ColumnChoice) -> PairedData:
    """The pairs of a table: view 1 and view 2 as chosen, label values sorted into classes.

    Missing labels form a class of their own, "no label". Raises ValueError when a column is
    absent, used twice, not numeric or not finite, or a view is empty.
    """
    chosen = [*choice.view1, *choice.view2]
    absent = [column for column in [*chosen, choice.labels] if column and column not in table]
    if absent:
        raise ValueError(f"the file has no column {absent[0]!r}: choose the columns again")
    if not choice.view1 or not choice.view2:
        raise ValueError("each view needs at least one column: choose columns for both")
    twice = _repeated(chosen)
    if twice:
        raise ValueError(f"column {min(twice)!r} is in both views: leave it in one of them")
    textual = [column for column in chosen if not _is_numeric(table[column])]
    if textual:
        raise ValueError(
            f"column {textual[0]!r} holds text: take it out of the views, or encode it as numbers"
        )
    X1, X2 = (_finite(table[list(view)]) for view in (choice.view1, choice.view2))
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    if choice.labels:
        values = table[choice.labels]
        labels, found = pd.factorize(values, sort=True)
        classes = tuple(map(str, found))
        if (labels < 0).any():
            labels, classes = np.where(labels < 0, len(classes), labels), (*classes, "no label")
    return PairedData(
        X1=X1,
        X2=X2,
        labels=labels,
        classes=classes,
    )


def _finite(view: pd.DataFrame) -> np.ndarray:
    X = view.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(X)
    if not finite.all():
        j = int(finite.all(axis=0).argmin())
        missing = np.flatnonzero(~finite[:, j])
        raise ValueError(
            f"column {view.columns[j]!r} holds {missing.size} NaN (missing) or infinite values, "
            f"the first in data row {missing[0] + 1}: drop these rows, fill them, or leave the "
            "column out"
        )
    return X


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)


def _read_csv(content: bytes) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(content))
    _refuse_width(table.shape[1])
    if table.shape[1] == 1 and any(mark in str(table.columns[0]) for mark in ";\t|"):
        raise UnreadableError(
            f"its first line {str(table.columns[0])[:60]!r} holds no comma: save it with commas "
            "between the columns"
        )
    return table.rename(columns=str)


def _read_parquet(content: bytes) -> pd.DataFrame:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(content))
    rows, columns = file.metadata.num_rows, file.metadata.num_columns
    _refuse_width(columns)
    _refuse_bomb(rows * columns * 8)  # the sizes it declares are those of its encoding
    twice = _repeated(file.schema_arrow.names)
    if twice:
        raise UnreadableError(f"the column name {twice[0]!r} is repeated: give each its own name")
    return file.read().to_pandas().rename(columns=str)


def _read_npz(content: bytes) -> pd.DataFrame:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _refuse_bomb(sum(entry.file_size for entry in archive.infolist()))
    columns: dict[str, np.ndarray] = {}
    rows: dict[str, int] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for key in arrays.files:
            try:
                array = arrays[key]
            except ValueError as error:
                if "pickle" not in str(error):
                    raise
                raise UnreadableError(
                    f"array {key!r} cannot be loaded without unpickling ({error}), which alignlab "
                    "never does: save numbers, not objects"
                ) from error
            if not isinstance(array, np.ndarray):
                raise UnreadableError(f"its member {key!r} is no array: save it with numpy.savez")
            if array.ndim not in (1, 2):
                raise UnreadableError(
                    f"array {key!r} has shape {array.shape}: views are (samples, features), "
                    "labels (samples,)"
                )
            rows[key] = len(array)
            _refuse_width(array[:1].size + len(columns))
            named = (
                {key: array}
                if array.ndim == 1
                else {f"{key}[{j}]": array[:, j] for j in range(array.shape[1])}
            )
            if named.keys() & columns.keys():
                raise UnreadableError(f"array {key!r} clashes with the name of another: rename it")
            columns |= named
    if len(set(rows.values())) > 1:
        raise UnreadableError(
            f"its arrays have unequal row counts {rows}: row i of all must be the same thing; drop "
            "the rows without a partner"
        )
    return pd.DataFrame(columns)


def _refuse_width(columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise UnreadableError(
            f"it has {columns:,} columns, the limit is {MAX_COLUMNS:,}: reduce the views first, "
            "by their principal components for example"
        )


def _refuse_bomb(unpacked: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableError(
            f"it unpacks to {unpacked / 2**30:.1f} GB, the limit is "
            f"{MAX_UNPACKED_BYTES / 2**30:.0f} GB: bring fewer rows or columns"
        )
