"""HDF5 files: datasets in nested groups as columns, whole or in blocks of rows.

A dataset (n, d) at `group/name` becomes columns `group/name[0]`, ..., one (n,) a single column.
Attributes are ignored; a file that points outside itself is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.arrays import as_columns, column_names, refuse_nothing, same_rows
from alignlab.files.formats.format import Format
from alignlab.files.formats.hdf5_heaps import Heaps, check_heaps
from alignlab.files.formats.hdf5_members import (
    check_stored,
    datasets,
    keeps_order,
    need,
    opened,
    refusal,
    values,
)
from alignlab.files.large_files import LargeTable
from alignlab.files.limits import LeftOutError, UnreadableError, refuse_bomb
from alignlab.files.reading_notes import annotated, left_out_notes


def read_hdf5(content: bytes, stem: str) -> pd.DataFrame:
    """The datasets of an HDF5 file that share their row count, as columns.

    Raises
    ------
    UnreadableError
        Another kind of file, one that points at other files, more columns or declared bytes than
        `alignlab.files.limits` allows, unequal row counts, or nothing that can be read. A damaged
        file may raise the errors of h5py as well.
    """
    left_out: dict[str, str] = {}
    file = io.BytesIO(content)
    with opened(file) as h5:
        kept = usable(datasets(h5, left_out), left_out)
        arrays = read_all(kept, left_out, file)
        notes = order_note(h5, arrays)
    refuse_nothing("dataset", list(arrays), left_out)
    return annotated(as_columns(arrays), notes, left_out)


def usable(members: dict[str, Any], left_out: dict[str, str]) -> dict[str, Any]:
    """The datasets that can be columns and share their row count; reasons go to `left_out`."""
    found = {}
    for name, member in members.items():
        if reason := refusal(member):
            left_out[name] = reason
        else:
            found[name] = member
    names, others = same_rows({name: member.shape for name, member in found.items()})
    left_out |= others
    refuse_nothing("dataset", names, left_out)
    return {name: found[name] for name in names}


def read_all(members: dict[str, Any], left_out: dict[str, str], file: Any) -> dict[str, np.ndarray]:
    """The arrays of datasets, after a check of their sizes and of how they are stored."""
    refuse_bomb(sum(need(member) for member in members.values()))
    heaps = None
    if any(member.dtype.hasobject for member in members.values()):
        heaps = check_heaps(file)
    arrays = {}
    for name, member in members.items():
        check_stored(name, member, heaps)
        try:
            arrays[name] = values(name, member, heaps.longest if heaps else 0)
        except LeftOutError as error:
            left_out[name] = str(error)
    return arrays


def order_note(h5: Any, arrays: dict[str, Any]) -> list[str]:
    """A note if the file's own order may have put either view first."""
    if keeps_order(h5) or sum(len(array.shape) == 2 for array in arrays.values()) < 2:
        return []
    return ["An HDF5 file orders its datasets by name: the order does not say which view is first."]


class Hdf5(LargeTable):
    """The columns of an HDF5 file of any size, by the same rules as `read_hdf5`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        left_out: dict[str, str] = {}
        self._places: dict[str, tuple[str, int | None]] = {}
        """By column, its dataset and its place in there, None for a dataset (n,)."""
        self._bytes: dict[str, int] = {}
        self._sound: set[str] = set()
        self._longest = -1
        with path.open("rb") as file, opened(file) as h5:
            kept = usable(datasets(h5, left_out), left_out)
            text = {name for name in kept if self._is_text(kept[name])}
            for name, member in kept.items():
                columns = column_names(name, member.shape, self._places)
                whole = len(member.shape) == 1
                for j, column in enumerate(columns):
                    self._places[column] = name, None if whole else j
                self.rows = member.shape[0]
                self._bytes[name] = need(member) // max(1, self.rows)
            self.notes = (*order_note(h5, kept), *left_out_notes(left_out))
        self.columns, self.left_out = tuple(self._places), left_out
        self.numeric = tuple(c for c in self.columns if self._places[c][0] not in text)

    @staticmethod
    def _is_text(member: Any) -> bool:
        h5py = needed("h5py", "hdf5", "an HDF5 file")
        names = h5py.check_enum_dtype(member.dtype)
        return member.dtype.kind in "OS" or names is not None

    def row_bytes(self, columns: Sequence[str]) -> int:
        return sum(self._bytes[name] for name in {self._places[column][0] for column in columns})

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        names = list(dict.fromkeys(self._places[column][0] for column in columns))
        with self.path.open("rb") as file, opened(file) as h5:
            members = {name: h5[name] for name in names}
            if self._longest < 0 and any(m.dtype.hasobject for m in members.values()):
                self._longest = check_heaps(file).longest
            for name in names:
                if name not in self._sound:
                    check_stored(name, members[name], Heaps(file, self._longest))
                    self._sound.add(name)
            for first in range(0, self.rows, rows):
                part = slice(first, min(first + rows, self.rows))
                yield self._frame(members, columns, part)

    def _frame(self, members: dict[str, Any], columns: list[str], part: slice) -> pd.DataFrame:
        found = {}
        for name, member in members.items():
            try:
                array = values(name, member, self._longest, part)
            except LeftOutError as error:
                raise UnreadableError(f"dataset {name!r} {error}") from error
            for column in columns:
                source, j = self._places[column]
                if source == name:
                    found[column] = array if j is None else array[:, j]
        return pd.DataFrame(found, columns=columns)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Datasets left (n, d1) and right (n, d2), and class names (n,) as label."""
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as h5:
        h5["left"], h5["right"] = left, right
        h5.create_dataset("label", data=list(map(str, names)), dtype=h5py.string_dtype())
    return buffer.getvalue()


FORMAT = Format(
    label="HDF5",
    endings=("h5", "hdf5"),
    read=read_hdf5,
    sample=sample,
    opened=Hdf5,
    extra="hdf5",
    modules=("h5py",),
)
