"""NPY files: one array as columns, whole or in blocks. Nothing is ever unpickled."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import (
    HEADER_BYTES,
    array_of,
    as_columns,
    bfloat16_notes,
    npy_header,
    plain,
)
from alignlab.files.formats.format import Format
from alignlab.files.large_files import LargeTable
from alignlab.files.limits import LeftOutError, UnreadableError
from alignlab.files.reading_notes import annotated


def read_npy(content: bytes, stem: str) -> pd.DataFrame:
    """The array of an NPY file as columns named after the file."""
    try:
        array = array_of(content, stem)
        _, _, dtype = npy_header(io.BytesIO(content[:HEADER_BYTES]), len(content), stem)
    except LeftOutError as error:
        raise UnreadableError(f"array {stem!r} {error}") from error
    return annotated(as_columns({stem: array}), bfloat16_notes(dtype, stem))


class Npy(LargeTable):
    """The columns of an NPY file, named as by `tables.read_table`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        stem = path.stem
        with path.open("rb") as file:
            try:
                shape, self._by_column, self._dtype = npy_header(file, self._stamp[0], stem)
            except LeftOutError as error:
                raise UnreadableError(f"array {stem!r} {error}") from error
            self._start = file.tell()
        self.rows, self._width = shape[0], shape[1] if len(shape) == 2 else 1
        self.columns = (
            (stem,) if len(shape) == 1 else tuple(f"{stem}[{j}]" for j in range(self._width))
        )
        self.numeric = () if self._dtype.kind in "US" else self.columns
        self.notes = tuple(bfloat16_notes(self._dtype, stem))

    def row_bytes(self, columns: Sequence[str]) -> int:
        return max(8, self._dtype.itemsize) * self._width  # rows are read whole

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        at = {column: j for j, column in enumerate(self.columns)}
        chosen = [at[column] for column in columns]
        with self.path.open("rb") as file:
            for first in range(0, self.rows, rows):
                count = min(rows, self.rows - first)
                block = (
                    np.stack([self._read(file, j * self.rows + first, count) for j in chosen], 1)
                    if self._by_column
                    else self._read(file, first * self._width, count * self._width)
                    .reshape(count, self._width)[:, chosen]
                )  # fmt: skip
                yield pd.DataFrame(plain(block, self.path.stem), columns=columns)

    def _read(self, file: Any, first: int, count: int) -> np.ndarray:
        """`count` elements of the array in file order, starting with element `first`."""
        file.seek(self._start + first * self._dtype.itemsize)
        values = np.fromfile(file, self._dtype, count)
        if len(values) < count:
            raise UnreadableError("it ends early, it may have been truncated: open it again")
        return values


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) side by side; one array of numbers holds no names."""
    buffer = io.BytesIO()
    np.save(buffer, np.column_stack([left, right]))
    return buffer.getvalue()


FORMAT = Format(label="NPY", endings=("npy",), read=read_npy, sample=sample, opened=Npy)
