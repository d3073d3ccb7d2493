"""The user's files as tables: columns of named numbers or text. Nothing is ever unpickled."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import IO

import numpy as np
import pandas as pd

from alignlab.limits import (
    MAX_FOOTER_BYTES,
    TEXT_BYTES,
    UnreadableError,
    first_line,
    refuse_bomb,
    refuse_width,
)
from alignlab.parquet import read_parquet

MAX_BYTES = 200 * 2**20
"""Largest file that is read."""

MAX_FIRST_BYTES = 2**22
"""Largest first two lines of a CSV file."""

FORMATS = ("npz", "npy", "csv", "parquet", "safetensors")
"""Endings of the files that `read_table` reads."""


def read_table(content: bytes, name: str, columns: int = 2) -> pd.DataFrame:
    """The columns of a file; the ending of `name` says of which of `FORMATS` it is.

    An NPZ or safetensors file holds one array a view (n, d) and optionally one of labels (n,): the
    columns of an array `A` are named `A[0]`, `A[1]`, ... An NPY file holds one array, named as
    the file. So are those of a Parquet column that holds a list a row.
    columns : at least so many are needed, one a view.

    Raises
    ------
    ValueError
        An unknown ending, a file over `MAX_BYTES`, one that cannot be read, pickled objects, one
        that takes more than `MAX_UNPACKED_BYTES` once unpacked, or no rows. Sizes that a file
        declares are checked before there is memory for them.
    """
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        known = ", ".join(f".{known}" for known in FORMATS)
        what = f"the ending .{ending} is not known" if ending else "it has no ending"
        raise ValueError(f"{name}: {what}: bring one of {known}")
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
        cause = first_line(error)
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


def _read_csv(content: bytes, stem: str) -> pd.DataFrame:
    # before the parser makes room for cells that a short line leaves out
    first = list(_first_lines(content))
    width = max(map(len, first), default=0)
    refuse_width(width)
    lines = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    refuse_bomb((lines + 1) * width * 8)
    if len(first) == 2 and len(first[1]) > len(first[0]):
        raise UnreadableError(
            f"its first line names {len(first[0])} columns and the next has {len(first[1])}: name "
            "every column in the first line"
        )
    table = pd.read_csv(io.BytesIO(content))
    if table.shape[1] == 1 and any(mark in str(table.columns[0]) for mark in ";\t|"):
        raise UnreadableError(
            f"its first line {str(table.columns[0])[:60]!r} holds no comma: save it with commas "
            "between the columns"
        )
    return table.rename(columns=str)


def _first_lines(content: bytes) -> Iterator[list[str]]:
    """The fields of the first two lines that hold any."""
    start = content[:MAX_FIRST_BYTES].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    whole, found = len(content) <= MAX_FIRST_BYTES, 0
    reader = csv.reader(io.StringIO(start, newline=""))
    for row in reader:
        if len(row) > 1 or "".join(row).strip():
            found += 1
            yield row
        if found == 2:
            break
    # the line that the limit has cut is not known
    if not whole and (found < 2 or next(reader, None) is None):
        raise UnreadableError(
            f"its first two lines have more than {MAX_FIRST_BYTES // 2**20} MB: check that every "
            "row is a line, and every quote is closed"
        )


def _read_npz(content: bytes, stem: str) -> pd.DataFrame:
    refuse_width(content.count(b"PK\x01\x02"))  # entries of the directory, which is read at once
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        refuse_bomb(sum(entry.file_size for entry in archive.infolist()))
        used = 0
        for entry in archive.infolist():
            key = entry.filename.removesuffix(".npy")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UnreadableError(  # of which the unpacked size cannot be limited
                    f"its member {key!r} is packed as numpy never does: save it with "
                    "numpy.savez_compressed"
                )
            if key in arrays:
                raise UnreadableError(f"its member {key!r} is there twice: save it again")
            with archive.open(entry) as member:
                # a size given, no more than that is unpacked
                unpacked = member.read(entry.file_size)
            if not unpacked.startswith(np.lib.format.MAGIC_PREFIX):
                raise UnreadableError(f"its member {key!r} is no array: save it with numpy.savez")
            arrays[key] = _array(unpacked, key)
            used += _array_bytes(arrays[key].size, arrays[key].dtype)
            refuse_bomb(used)
    return _columns(arrays)


def _read_npy(content: bytes, stem: str) -> pd.DataFrame:
    return _columns({stem: _array(content, stem)})


def _array(content: bytes, key: str) -> np.ndarray:
    """The array in the bytes of an NPY file, which it shares."""
    file = io.BytesIO(content)
    shape, by_column, dtype = npy_header(file, len(content), key)
    refuse_bomb(_array_bytes(math.prod(shape), dtype))
    values = np.frombuffer(content, dtype, math.prod(shape), file.tell())
    values = values.reshape(shape, order="F" if by_column else "C")
    return values.astype(dtype.newbyteorder("="), copy=False)


def npy_header(file: IO[bytes], size: int, key: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether columns follow each other, and type of the NPY file of `size` bytes.

    Leaves the file where the numbers start. Raises `UnreadableError` for pickled objects, arrays
    that are neither views nor labels, more than `MAX_COLUMNS`, and a file shorter than it says.
    """
    form = np.lib.format
    version = form.read_magic(file)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise UnreadableError(f"array {key!r} is of an unknown version, {version}: save it again")
    # version 3 differs from 2 in the letters that names of fields may have
    read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
    shape, by_column, dtype = read(file)
    if dtype.hasobject:
        raise UnreadableError(
            f"array {key!r} cannot be loaded without unpickling, which alignlab never does: save "
            "numbers, not objects"
        )
    if dtype.kind not in "biufcUS" or not dtype.itemsize:
        raise UnreadableError(
            f"array {key!r} is of type {str(dtype)[:60]}: save numbers, or names as text"
        )
    if len(shape) not in (1, 2) or min(shape) < 0:
        raise UnreadableError(
            f"array {key!r} has shape {shape}: views are (samples, features), labels (samples,)"
        )
    refuse_width(shape[1] if len(shape) == 2 else 1)
    need = file.tell() + math.prod(shape) * dtype.itemsize
    if need > size:
        raise UnreadableError(
            f"array {key!r} declares {need:,} bytes and has {size:,}: it is cut short; copy or "
            "save it again"
        )
    return shape, by_column, dtype


def _array_bytes(size: int, dtype: np.dtype) -> int:
    """What an array takes as columns of float64, or as texts."""
    return size * (dtype.itemsize + TEXT_BYTES if dtype.kind in "US" else max(8, dtype.itemsize))


def _read_safetensors(content: bytes, stem: str) -> pd.DataFrame:
    from safetensors.torch import load  # numpy does not know bfloat16

    length = int.from_bytes(content[:8], "little")
    if MAX_FOOTER_BYTES < length <= len(content):
        raise UnreadableError(
            f"its header has {length / 2**20:.0f} MB, the limit is {MAX_FOOTER_BYTES // 2**20} MB: "
            "save fewer tensors"
        )
    tensors = load(content)  # in an order that changes from one time to the next
    ordered = [(key, tensors[key]) for key in json.loads(content[8 : 8 + length]) if key in tensors]
    return _columns(
        {
            key: tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()
            for key, tensor in ordered
        }
    )


_READERS = {
    "npz": _read_npz,
    "npy": _read_npy,
    "csv": _read_csv,
    "parquet": lambda content, stem: read_parquet(content),
    "safetensors": _read_safetensors,
}


def _columns(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Arrays (n, d) or (n,) as named columns."""
    columns: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        if array.ndim not in (1, 2):
            raise UnreadableError(
                f"array {key!r} has shape {array.shape}: views are (samples, features), "
                "labels (samples,)"
            )
        refuse_width((array.shape[1] if array.ndim == 2 else 1) + len(columns))
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
