"""AnnData and MuData files, read with h5py alone: what describes the observations, as columns.

Arrays of `obsm` and a dense X are views, columns of `obs` are labels, and the index of `obs` is the
column `obs_names`. Of MuData, each modality brings its own, with its name before a colon; the rows
are those observations that are in all modalities.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.arrays import as_columns, no_view, refuse_nothing
from alignlab.files.formats.format import Format
from alignlab.files.formats.hdf5_heaps import Heaps, check_heaps
from alignlab.files.formats.hdf5_members import (
    attribute,
    check_stored,
    datasets,
    need,
    opened,
    refusal,
    values,
)
from alignlab.files.formats.missing import with_missing
from alignlab.files.limits import MAX_COLUMNS, LeftOutError, UnreadableError, refuse_bomb
from alignlab.files.reading_notes import annotated

KEY = "obs_names"
"""The column that holds the names of the observations."""

_SPARSE = (
    "is sparse: save it whole (adata.X.toarray()), or its leading principal components in obsm "
    "(scanpy.pp.pca)"
)


@dataclass(frozen=True)
class _Part:
    """A column or array: the datasets that it is made of, and how."""

    datasets: tuple[Any, ...]
    make: Callable[..., Any]
    shape: tuple[int, ...]


def read_anndata(content: bytes, stem: str) -> pd.DataFrame:
    """The columns of an AnnData or MuData file (.h5ad, .h5mu); layers, var and uns are not read.

    Raises
    ------
    UnreadableError
        Another kind of file, one that points at other files, more declared bytes than
        `alignlab.files.limits` allows, modalities without a common observation, or nothing that
        can be read. A damaged file may raise the errors of h5py as well.
    """
    file = io.BytesIO(content)
    with opened(file, "an AnnData file") as h5:
        heaps = check_heaps(file, at_once=True)  # attributes are texts in heaps, too
        members = datasets(h5, {})
        if any(name.startswith("mod/") for name in members):
            return _modalities(h5, members, heaps)
        return _single(h5, members, heaps)


def _single(h5: Any, members: dict[str, Any], heaps: Heaps) -> pd.DataFrame:
    left_out: dict[str, str] = {}
    notes: list[str] = []
    _, labels, views = _parts(h5, members, "", left_out, notes)
    found = labels | views
    refuse_nothing("array", list(views), left_out)
    _fit_width(found, left_out)
    arrays = _read(found, left_out, heaps)
    return annotated(as_columns(arrays), notes, left_out)


def _modalities(h5: Any, members: dict[str, Any], heaps: Heaps) -> pd.DataFrame:
    if attribute(h5, "axis", 0) != 0:
        raise UnreadableError(
            "its modalities share variables, not observations: save those of one modality that "
            "are two views of the same observations as arrays of obsm"
        )
    names = _texts(attribute(h5["mod"], "mod-order"))
    present = list(dict.fromkeys(name.split("/")[1] for name in members if name[:4] == "mod/"))
    names = [name for name in names if name in present] or present
    left_out: dict[str, str] = {}
    notes: list[str] = []
    count, labels, shared = _parts(h5, members, "", left_out, notes, skip=names)
    places: dict[str, np.ndarray] = {}
    ranked: list[list[tuple[str, _Part]]] = []
    of: dict[str, str] = {}
    for name in names:
        prefix = f"mod/{name}/"
        rows, own, views = _parts(h5, members, prefix, left_out, notes, f"{name}:")
        own = {key: part for key, part in own.items() if key not in (*labels, f"{name}:{KEY}")}
        labels |= own
        of |= dict.fromkeys([*own, *views], name)
        # X first: it is what each modality has
        ranked.append(sorted(views.items(), key=lambda view: not view[0].endswith(":X")))
        places[name] = _places(members.get(f"obsmap/{name}"), name, count, rows, heaps)
    common = np.logical_and.reduce([rows > 0 for rows in places.values()])
    told = f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
    if not common.any():
        raise UnreadableError(
            f"no observation is in all of its modalities ({told}): remove those without partners"
        )
    notes.append(
        f"{common.sum():,} of {count:,} observations are in all modalities ({told})"
        + ("." if common.all() else "; the others are left out.")
    )
    views = {key: part for rank in zip_longest(*ranked) for key, part in filter(None, rank)}
    refuse_nothing("array", [*views, *shared], left_out)
    found = labels | views | shared
    _fit_width(found, left_out)
    arrays = {
        key: array[places[of[key]][common] - 1 if key in of else common]
        for key, array in _read(found, left_out, heaps).items()
    }
    return annotated(as_columns(arrays), notes, left_out)


def _places(dataset: Any, name: str, count: int, rows: int, heaps: Heaps) -> np.ndarray:
    """By observation of the file, its row in a modality, counted from 1; 0 where it is not."""
    if dataset is None or refusal(dataset) or dataset.dtype.kind not in "iu":
        raise UnreadableError(
            f"it does not say which observations are in modality {name!r} (obsmap): open it with "
            "mudata, and write it again"
        )
    refuse_bomb(need(dataset))
    check_stored(f"obsmap/{name}", dataset, heaps)
    found = values(name, dataset, heaps.longest).ravel().astype(np.int64)
    if len(found) != count or found.min() < 0 or found.max() > rows:
        raise UnreadableError(
            f"its map of observations to modality {name!r} is damaged: open it with mudata, and "
            "write it again"
        )
    return found


def _parts(
    h5: Any,
    members: dict[str, Any],
    prefix: str,
    left_out: dict[str, str],
    notes: list[str],
    before: str = "",
    skip: Any = (),
) -> tuple[int, dict[str, _Part], dict[str, _Part]]:
    """The number of observations, the columns of obs and the arrays of the AnnData at `prefix`.

    before : what comes before their names. skip : names in obsm that mark modalities.
    """
    h5py = needed("h5py", "hdf5", "an AnnData file")
    obs: Any = h5.get(f"{prefix}obs")
    index = _text(attribute(obs, "_index", "_index")) if isinstance(obs, h5py.Group) else ""
    names = members.get(f"{prefix}obs/{index}")
    if names is None or names.shape is None or len(names.shape) != 1:
        raise UnreadableError(
            "it holds no AnnData of version 0.7 or later (its obs has no index): give it the "
            "ending .h5 if it is a plain HDF5 file, or open it with anndata and write it again"
        )
    rows = names.shape[0]
    labels: dict[str, _Part] = {}
    views: dict[str, _Part] = {}

    def add(to: dict[str, _Part], key: str, part: _Part | str) -> None:
        if isinstance(part, _Part):
            part = next(filter(None, map(refusal, part.datasets)), None) or part
        if isinstance(part, _Part) and part.shape[0] != rows:
            part = f"has {part.shape[0]:,} rows but there are {rows:,} observations: save it again"
        if isinstance(part, _Part):
            clash = to is views and before + key in labels  # an array called like a column of obs
            to[f"{before}obsm/{key}" if clash else before + key] = part
        else:
            left_out[before + key] = part

    for column in _texts(attribute(obs, "column-order")) or _below(members, f"{prefix}obs/"):
        if column not in (index, "__categories"):
            add(labels, column, _column(members, f"{prefix}obs/", column))
    add(labels, KEY, _Part((names,), _as_is, names.shape))
    for key in _below(members, f"{prefix}obsm/"):
        if key in skip and f"{prefix}obsm/{key}" in members:
            continue
        add(views, key, _array(h5, members, f"{prefix}obsm/", key, notes, before))
    if _below(members, f"{prefix}X/"):
        left_out[f"{before}X"] = _SPARSE
    elif f"{prefix}X" in members:
        add(views, "X", _array(h5, members, prefix, "X", notes, before))
    return rows, labels, views


def _column(members: dict[str, Any], path: str, name: str) -> _Part | str:
    """A column of obs: plain, categorical or with a mask of missing values."""
    at = path + name
    if at in members:
        plain = members[at]
        if (categories := members.get(f"{path}__categories/{name}")) is None:
            return _Part((plain,), _as_is, plain.shape or ())
        return _Part((plain, categories), _categorical, plain.shape or ())  # anndata 0.7
    below = [members.get(f"{at}/{part}") for part in ("codes", "categories", "values", "mask")]
    codes, categories, stored, mask = below
    if codes is not None and categories is not None:
        return _Part((codes, categories), _categorical, codes.shape or ())
    if stored is not None and mask is not None and stored.shape == mask.shape:
        return _Part((stored, mask), _masked, stored.shape or ())
    return "is stored in a way that alignlab does not know: save it as numbers or text"


def _array(
    h5: Any, members: dict[str, Any], path: str, key: str, notes: list[str], before: str
) -> _Part | str:
    """An array of obsm: plain, or a frame, whose numeric columns are taken."""
    at = path + key
    if at in members:
        member = members[at]
        return no_view(member.shape or ()) or _Part((member,), _as_is, member.shape)
    if f"{at}/indptr" in members:
        return _SPARSE.replace("adata.X", f"adata.obsm[{key!r}]")
    index = _text(attribute(h5[at], "_index", ""))
    names = [name for name in _texts(attribute(h5[at], "column-order")) if name != index]
    columns = {name: members.get(f"{at}/{name}") for name in names}
    numeric = {
        name: column
        for name, column in columns.items()
        if column is not None and not refusal(column) and column.dtype.kind in "biuf"
    }
    shapes = {column.shape for column in numeric.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 1:
        return "is no array of numbers: save it as one (adata.obsm[key] = frame.to_numpy())"
    shown = ", ".join(list(numeric)[:4]) + (" …" if len(numeric) > 4 else "")
    notes.append(f"{before}{key} is a frame, whose columns of numbers are read: {shown}.")
    return _Part(tuple(numeric.values()), _stacked, (*shape, len(numeric)))


def _fit_width(parts: dict[str, _Part], left_out: dict[str, str]) -> None:
    """Leave X of thousands of variables out if it would pass `MAX_COLUMNS`."""
    width = {key: part.shape[1] if len(part.shape) == 2 else 1 for key, part in parts.items()}
    for key in [key for key in parts if key.rpartition(":")[2] == "X"]:
        if sum(width.values()) > MAX_COLUMNS and len(parts) > 1:
            left_out[key] = (
                f"has {width.pop(key):,} columns, the limit is {MAX_COLUMNS:,} for all: save its "
                "leading principal components in obsm (scanpy.pp.pca)"
            )
            del parts[key]


def _read(parts: dict[str, _Part], left_out: dict[str, str], heaps: Heaps) -> dict[str, Any]:
    refuse_bomb(sum(need(one) for part in parts.values() for one in part.datasets))
    arrays = {}
    for key, part in parts.items():
        for one in part.datasets:
            check_stored(key, one, heaps)
        try:
            arrays[key] = part.make(*(values(key, one, heaps.longest) for one in part.datasets))
        except LeftOutError as error:
            left_out[key] = str(error)
    return arrays


def _as_is(found: np.ndarray) -> np.ndarray:
    return found


def _stacked(*columns: np.ndarray) -> np.ndarray:
    return np.column_stack(columns)


def _masked(found: np.ndarray, mask: np.ndarray) -> Any:
    return with_missing(found, mask.astype(bool))


def _categorical(codes: np.ndarray, categories: np.ndarray) -> Any:
    codes = codes.astype(np.int64)
    if codes.ndim != 1 or categories.ndim != 1 or codes.max(initial=-1) >= len(categories):
        raise LeftOutError("has codes beyond its categories: save it again")
    if not len(categories):
        return np.full(len(codes), None, dtype=object)
    return with_missing(categories[np.maximum(codes, 0)], codes < 0)


def _below(members: dict[str, Any], path: str) -> list[str]:
    """The names that come right after a path."""
    found = (name[len(path) :].split("/")[0] for name in members if name.startswith(path))
    return list(dict.fromkeys(found))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _texts(value: Any) -> list[str]:
    return [] if value is None else [_text(one) for one in np.ravel(value)]


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Arrays left (n, d1) and right (n, d2) of obsm, and class names (n,) as the column label."""
    h5py = needed("h5py", "hdf5", "an AnnData file")
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as h5:
        _encode(h5, "anndata", "0.1.0")
        obs = _encode(h5.create_group("obs"), "dataframe", "0.2.0")
        obs.attrs["_index"], obs.attrs["column-order"] = "_index", ["label"]
        cells = [f"cell{j}" for j in range(len(names))]
        for name, texts in {"_index": cells, "label": list(map(str, names))}.items():
            column = obs.create_dataset(name, data=texts, dtype=h5py.string_dtype())
            _encode(column, "string-array", "0.2.0")
        var = _encode(h5.create_group("var"), "dataframe", "0.2.0")
        var.attrs["_index"], var.attrs["column-order"] = "_index", np.zeros(0)
        genes = var.create_dataset("_index", (0,), dtype=h5py.string_dtype())
        _encode(genes, "string-array", "0.2.0")
        obsm = _encode(h5.create_group("obsm"), "dict", "0.1.0")
        for name, array in {"left": left, "right": right}.items():
            _encode(obsm.create_dataset(name, data=array), "array", "0.2.0")
    return buffer.getvalue()


def _encode(member: Any, kind: str, version: str) -> Any:
    member.attrs["encoding-type"], member.attrs["encoding-version"] = kind, version
    return member


FORMAT = Format(
    label="AnnData",
    endings=("h5ad", "h5mu"),
    read=read_anndata,
    sample=sample,
    extra="hdf5",
    modules=("h5py",),
)
