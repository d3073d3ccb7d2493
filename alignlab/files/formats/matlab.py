"""MATLAB's MAT-files: version 4 and 5 by scipy, version 7.3 by h5py.

A matrix (n, d) becomes columns, a vector (n, 1) or (1, n) one column; character matrices and cell
arrays of text are labels, and a cell array of a few matrices holds one view per cell, `X{1}`, ....
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import COMPLEX, as_columns, no_view, refuse_nothing, same_rows
from alignlab.files.formats.format import Format
from alignlab.files.formats.hdf5_members import starts_hdf5
from alignlab.files.formats.matlab_headers import (
    CELL,
    LOGICAL,
    NUMBERS,
    TEXT,
    Shape,
    Variable,
    alone,
    is_version5,
    version4,
    version5,
)
from alignlab.files.limits import TEXT_BYTES, UnreadableError, refuse_bomb
from alignlab.files.reading_notes import annotated

MOST_VIEWS = 10
"""Maximum number of matrices of a cell array that are taken for views."""

_OTHER = {
    "complex": COMPLEX,
    "sparse": "is sparse: save full(x), or its leading principal components",
    "struct": "is a struct: save its fields as variables (save(file, '-struct', 's'))",
    "function handle": "is a function handle: save numbers, or names as a cell array of text",
    "object": "is an object of MATLAB: save strings and categories by cellstr(x), tables column "
    "by column",
}


def read_matlab(content: bytes, stem: str) -> pd.DataFrame:
    """The variables of a MAT-file that share their row count, as columns.

    Raises
    ------
    UnreadableError
        Another kind of file, a truncated one, more columns or declared bytes than
        `alignlab.files.limits` allows, unequal row counts, or nothing that can be read. A damaged
        file may raise the errors of scipy and h5py as well.
    """
    if starts_hdf5(content):
        from alignlab.files.formats.matlab_v73 import opened73

        try:
            with opened73(content) as file:
                return _table(file.variables, file.load)
        except ModuleNotFoundError as error:  # only this version needs more than scipy
            raise UnreadableError(str(error)) from error
    if is_version5(content):
        return _table(version5(content), partial(_load5, content))
    if (variables := version4(content)) is None:
        raise UnreadableError(
            "it does not begin like a MAT-file: give it the ending of its true format, or save it "
            "again in MATLAB"
        )
    return _table(variables, partial(_load4, content))


def _load5(content: bytes, variables: Sequence[Variable]) -> Mapping[str, np.ndarray]:
    """These variables, numbers in the type that they have in MATLAB."""
    from scipy.io import loadmat

    found = {}
    for variable in variables:  # one by one, so that scipy sees nothing that was not checked
        one = loadmat(io.BytesIO(alone(content, variable)), mat_dtype=True)
        found[variable.name] = one[variable.name]
    return found


def _load4(content: bytes, variables: Sequence[Variable]) -> Mapping[str, np.ndarray]:
    from scipy.io import loadmat

    names = [variable.name for variable in variables]
    return loadmat(io.BytesIO(content), variable_names=names)


def _table(
    variables: Sequence[Variable], load: Callable[[Sequence[Variable]], Mapping[str, np.ndarray]]
) -> pd.DataFrame:
    """The columns of the variables that can be columns, of which only those are loaded."""
    left_out: dict[str, str] = {}
    shapes: dict[str, Shape] = {}
    of: dict[str, tuple[Variable, int | None]] = {}
    for variable in variables:
        if not variable.name:  # what MATLAB keeps of its objects and functions
            continue
        if variable.name in {owner.name for owner, _ in of.values()} | left_out.keys():
            raise UnreadableError(
                f"its variable {variable.name!r} occurs twice: save it again in MATLAB"
            )
        for name, shape, place in parts(variable, left_out):
            shapes[name], of[name] = shape, (variable, place)
    kept, others = same_rows(shapes)
    left_out |= others
    refuse_nothing("variable", kept, left_out)
    refuse_bomb(sum(_bytes(*of[name]) for name in kept))
    owners = {of[name][0].name: of[name][0] for name in kept}
    loaded = load(list(owners.values()))
    arrays = {}
    for name in kept:
        owner, place = of[name]
        found = loaded[owner.name]
        if place is not None:
            found = found.ravel(order="F")[place]
        found = _values(found, owner, place)
        if found.shape != shapes[name]:
            raise UnreadableError(
                f"its variable {owner.name!r} is not of the shape that it declares: copy the file "
                "again, or save it again in MATLAB"
            )
        arrays[name] = found
    return annotated(as_columns(arrays), (), left_out)


def parts(variable: Variable, left_out: dict[str, str]) -> list[tuple[str, Shape, int | None]]:
    """The names and shapes of what a variable holds; the place is that of a matrix in its cells.

    What cannot be a column goes to `left_out`.
    """
    reason: str | None
    if variable.kind == CELL and _are_texts(variable.cells):
        if sum(length != 1 for length in variable.shape) == 1:
            return [(variable.name, (len(variable.cells),), None)]
        reason = "holds texts in several columns, or one: save one column of text per variable"
    elif variable.kind == CELL and _are_views(variable.cells):
        found: list[tuple[str, Shape, int | None]] = []
        for j, cell in enumerate(variable.cells):
            name = f"{variable.name}{{{j + 1}}}"
            if reason := _no_view(shape := _shape(cell)):
                left_out[name] = reason
            else:
                found.append((name, shape, j))
        return found
    elif variable.kind == CELL:
        reason = (
            f"is a cell array of neither text nor 2 to {MOST_VIEWS} matrices: save each view as a "
            "matrix, numbers by cell2mat(x)"
        )
    elif variable.kind in (NUMBERS, LOGICAL, TEXT):
        reason = _no_view(shape := _shape(variable))
        if not reason:
            return [(variable.name, shape, None)]
    else:
        reason = _OTHER.get(variable.kind, _OTHER["object"])
    left_out[variable.name] = reason
    return []


def _are_texts(cells: Sequence[Variable]) -> bool:
    """Whether all cells are texts of one line, or empty."""
    lines = [cell.kind == TEXT and len(cell.shape) == 2 and cell.shape[0] == 1 for cell in cells]
    return any(lines) and all(
        line or 0 in cell.shape for line, cell in zip(lines, cells, strict=True)
    )


def _are_views(cells: Sequence[Variable]) -> bool:
    return 1 < len(cells) <= MOST_VIEWS and all(cell.kind in (NUMBERS, LOGICAL) for cell in cells)


def _shape(variable: Variable) -> Shape:
    """The shape as columns: vectors have one axis, single numbers and texts none."""
    if variable.kind == TEXT and len(variable.shape) == 2:  # one text per row
        return () if variable.shape[0] == 1 else variable.shape[:1]
    if len(variable.shape) == 2 and 1 in variable.shape:
        return () if variable.shape == (1, 1) else (max(variable.shape),)
    return variable.shape


def _no_view(shape: Shape) -> str | None:
    if 0 in shape:
        return "is empty: remove it"
    reason = no_view(shape)
    return reason and reason.replace("x.reshape(len(x), -1)", "reshape(x, size(x, 1), [])")


def _bytes(variable: Variable, place: int | None) -> int:
    """Memory in bytes that a variable takes as columns."""
    if variable.kind == CELL and place is not None:
        return _bytes(variable.cells[place], None)
    if variable.kind == CELL:
        return sum(4 * math.prod(cell.shape) + 2 * TEXT_BYTES for cell in variable.cells)
    size = math.prod(variable.shape)
    return 4 * size + TEXT_BYTES * variable.shape[0] if variable.kind == TEXT else 8 * size


def _values(found: np.ndarray, owner: Variable, place: int | None) -> np.ndarray:
    """The array of a variable as columns: vectors with one axis, texts without padding."""
    if owner.kind == CELL and place is None:
        texts = [str(cell[0]) if np.size(cell) else "" for cell in found.ravel(order="F")]
        return np.array(texts, dtype=object)
    if owner.kind == TEXT:
        return np.array([str(line).rstrip(" ") for line in found], dtype=object)
    kind = owner.kind if place is None else owner.cells[place].kind
    if kind == LOGICAL:
        found = found.astype(bool)
    if found.ndim == 2 and 1 in found.shape:
        found = found.ravel()
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Matrices left (n, d1) and right (n, d2), and class names (n,) as a cell array label."""
    from scipy.io import savemat

    buffer = io.BytesIO()
    label = np.array([[str(name)] for name in names], dtype=object)
    savemat(buffer, {"left": left, "right": right, "label": label}, do_compression=True)
    return buffer.getvalue()


FORMAT = Format(label="MATLAB", endings=("mat",), read=read_matlab, sample=sample)
"""Version 7.3 needs the extra "hdf5", which its reader asks for; the others need nothing more."""
