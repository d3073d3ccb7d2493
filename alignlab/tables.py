"""The user's files as tables: columns of named numbers or text. Nothing is ever unpickled."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import PurePath

import numpy as np
import pandas as pd

MAX_BYTES = 200 * 2**20
"""Largest file that is read."""

MAX_COLUMNS = 20_000
"""Most columns that a file may have, both views together."""

MAX_UNPACKED_BYTES = 2 * 2**30
"""Largest size that a compressed file may unpack to."""

FORMATS = ("npz", "npy", "csv", "parquet", "safetensors")
"""Endings of the files that `read_table` reads."""


def read_table(content: bytes, name: str, columns: int = 2) -> pd.DataFrame:
    """The columns of a file; the ending of `name` says of which of `FORMATS` it is.

    An NPZ or safetensors file holds one array a view (n, d) and optionally one of labels (n,): the
    columns of an array `A` are named `A[0]`, `A[1]`, ... An NPY file holds one array, named as
    the file. columns : at least so many are needed, one a view.

    Raises
    ------
    ValueError
        An unknown ending, a file over `MAX_BYTES`, one that cannot be read, pickled objects, a
        compressed file that unpacks to more than `MAX_UNPACKED_BYTES`, or no rows.
    """
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        known = ", ".join(f".{known}" for known in FORMATS)
        raise ValueError(f"{name}: the ending .{ending} is not known: bring one of {known}")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{name} has {len(content) / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB: "
            "bring a sample of its rows, or fewer columns"
        )
    stem = PurePath(name).stem
    try:
        table = _READERS[ending](content, stem).reset_index(drop=True)
    except UnreadableError as error:
        raise ValueError(f"{name}: {error}") from error
    except Exception as error:  # the parsers raise whatever they like on a broken file
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{name} could not be read as {ending}: {cause}: save it again, or in another format"
        ) from error
    if len(table) == 0 or table.shape[1] < columns:
        needed = "one column for each of the two views" if columns > 1 else "one column"
        raise ValueError(
            f"{name} holds {len(table)} rows and {table.shape[1]} columns: at least one row and "
            f"{needed} are needed"
        )
    return table


class UnreadableError(ValueError):
    """A file that was understood and refused, with the reason and the remedy."""


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand there more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def _read_csv(content: bytes, stem: str) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(content))
    _refuse_width(table.shape[1])
    if table.shape[1] == 1 and any(mark in str(table.columns[0]) for mark in ";\t|"):
        raise UnreadableError(
            f"its first line {str(table.columns[0])[:60]!r} holds no comma: save it with commas "
            "between the columns"
        )
    return table.rename(columns=str)


def _read_parquet(content: bytes, stem: str) -> pd.DataFrame:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(content))
    rows, columns = file.metadata.num_rows, file.metadata.num_columns
    _refuse_width(columns)
    _refuse_bomb(rows * columns * 8)  # the sizes it declares are those of its encoding
    twice = repeated(file.schema_arrow.names)
    if twice:
        raise UnreadableError(f"the column name {twice[0]!r} is repeated: give each its own name")
    return file.read().to_pandas().rename(columns=str)


def _read_npz(content: bytes, stem: str) -> pd.DataFrame:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _refuse_bomb(sum(entry.file_size for entry in archive.infolist()))
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return _columns(
            {key: _unpickled(key, partial(arrays.__getitem__, key)) for key in arrays.files}
        )


def _read_npy(content: bytes, stem: str) -> pd.DataFrame:
    def load() -> np.ndarray:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)

    return _columns({stem: _unpickled(stem, load)})


def _read_safetensors(content: bytes, stem: str) -> pd.DataFrame:
    from safetensors.torch import load  # numpy does not know bfloat16

    tensors = load(content)
    return _columns(
        {
            key: tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()
            for key, tensor in sorted(tensors.items())  # files keep no order
        }
    )


_READERS = {
    "npz": _read_npz,
    "npy": _read_npy,
    "csv": _read_csv,
    "parquet": _read_parquet,
    "safetensors": _read_safetensors,
}


def _unpickled(key: str, load: Callable[[], np.ndarray]) -> np.ndarray:
    try:
        array = load()
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise UnreadableError(
            f"array {key!r} cannot be loaded without unpickling ({error}), which alignlab "
            "never does: save numbers, not objects"
        ) from error
    if not isinstance(array, np.ndarray):
        raise UnreadableError(f"its member {key!r} is no array: save it with numpy.savez")
    return array


def _columns(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Arrays (n, d) or (n,) as named columns."""
    columns: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        if array.ndim not in (1, 2):
            raise UnreadableError(
                f"array {key!r} has shape {array.shape}: views are (samples, features), "
                "labels (samples,)"
            )
        _refuse_width(array[:1].size + len(columns))
        named = (
            {key: array}
            if array.ndim == 1
            else {f"{key}[{j}]": array[:, j] for j in range(array.shape[1])}
        )
        if named.keys() & columns.keys():
            raise UnreadableError(f"array {key!r} clashes with the name of another: rename it")
        columns |= named
    rows = {key: len(array) for key, array in arrays.items()}
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
