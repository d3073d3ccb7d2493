"""MAT-files of version 7.3: HDF5 with turned axes, texts as numbers and cells by reference.

A reference is followed inside the file only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from alignlab.extras import needed
from alignlab.files.formats.hdf5_heaps import Heaps, check_heaps
from alignlab.files.formats.hdf5_members import (
    attribute,
    check_stored,
    datasets,
    need,
    opened,
    refusal,
    refuse_elsewhere,
    values,
)
from alignlab.files.formats.matlab_headers import CELL, LOGICAL, NUMBERS, TEXT, Variable
from alignlab.files.limits import UnreadableError, refuse_bomb

_HIDDEN = ("#refs#", "#subsystem#")
"""Groups that hold the contents of cells and of objects."""

_WHOLE = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
_KINDS = {"char": TEXT, "cell": CELL, "logical": LOGICAL, "struct": "struct"}
_KINDS |= dict.fromkeys(["double", "single", *_WHOLE], NUMBERS)


@contextmanager
def opened73(content: bytes) -> Iterator[Variables73]:
    """The variables of a MAT-file of version 7.3 in these bytes."""
    file = io.BytesIO(content)
    with opened(file, "a MAT-file of version 7.3") as h5:
        heaps = check_heaps(file, at_once=True)  # attributes may be texts in heaps
        yield Variables73(h5, heaps)


class Variables73:
    """The variables that such a file declares, and a way to load some of them."""

    def __init__(self, h5: Any, heaps: Heaps) -> None:
        self._h5, self._heaps = h5, heaps
        self._members = datasets(h5, {}, without=_HIDDEN)
        self._inside: dict[str, list[Any]] = {}
        """By name of a cell array, its cells."""
        names = [name for name in h5 if name not in _HIDDEN]
        self.variables = [self._variable(name, h5.get(name), top=True) for name in names]

    def load(self, variables: Sequence[Variable]) -> dict[str, np.ndarray]:
        """These variables, as scipy gives those of version 5."""
        found: dict[str, np.ndarray] = {}
        refuse_bomb(sum(need(one) for variable in variables for one in self._parts(variable.name)))
        for variable in variables:
            name = variable.name
            if variable.kind != CELL:
                found[name] = self._array(name, self._members[name], variable)
                continue
            cells = np.empty(len(variable.cells), dtype=object)
            for j, (one, cell) in enumerate(zip(self._inside[name], variable.cells, strict=True)):
                cells[j] = self._array(name, one, cell)
            found[name] = cells
        return found

    def _parts(self, name: str) -> list[Any]:
        return self._inside.get(name) or [self._members[name]]

    def _variable(self, name: str, member: Any, top: bool) -> Variable:
        h5py = needed("h5py", "hdf5", "a MAT-file of version 7.3")
        if not isinstance(member, h5py.Dataset):
            sparse = isinstance(member, h5py.Group) and "MATLAB_sparse" in member.attrs
            return Variable(name, "sparse" if sparse else "struct", ())
        refuse_elsewhere(name, member)
        given = attribute(member, "MATLAB_class", b"double")
        label = given.decode("latin-1") if isinstance(given, bytes) else str(given)
        kind = "object" if "MATLAB_object_decode" in member.attrs else _KINDS.get(label, "object")
        shape = tuple(reversed(member.shape or ()))
        if "MATLAB_empty" in member.attrs:  # it holds its shape instead
            return Variable(name, kind, (0, 0))
        if kind == CELL:
            return self._cell(name, member, shape) if top else Variable(name, CELL, shape)
        if kind in (NUMBERS, LOGICAL, TEXT):
            if member.dtype.kind == "V":
                return Variable(name, "complex", shape)
            if (reason := refusal(member)) and not reason.startswith("has shape"):
                raise UnreadableError(f"its variable {name!r} {reason}")
        return Variable(name, kind, shape)

    def _cell(self, name: str, member: Any, shape: tuple[int, ...]) -> Variable:
        h5py = needed("h5py", "hdf5", "a MAT-file of version 7.3")
        if h5py.check_ref_dtype(member.dtype) is not h5py.Reference:
            return Variable(name, "object", shape)
        refuse_bomb(member.size * 1024)  # each cell is a dataset of its own
        check_stored(name, member, self._heaps)
        inside = [self._h5[reference] for reference in member[()].ravel() if reference]
        if len(inside) < member.size:
            return Variable(name, "object", shape)
        cells = tuple(self._variable(name, one, top=False) for one in inside)
        if {cell.kind for cell in cells} <= {NUMBERS, LOGICAL, TEXT}:
            self._inside[name] = inside
        return Variable(name, CELL, shape, cells)

    def _array(self, name: str, member: Any, variable: Variable) -> np.ndarray:
        if 0 in variable.shape:
            return np.zeros((0, 0))
        check_stored(name, member, self._heaps)
        found = values(name, member, self._heaps.longest).T  # MATLAB stores columns first
        if variable.kind != TEXT:
            return found
        lines = found.astype("<u2").reshape(-1, found.shape[-1])
        return np.array([line.tobytes().decode("utf-16-le", "replace") for line in lines])
