"""safetensors files: their tensors as columns, whole or in blocks; nothing but numbers is read.

The format is a JSON header with the type, shape and place of each tensor, then their bytes. The
header is read and checked here, as numpy and the library's own numpy side have neither bfloat16 nor
float8, and torch is not needed to tell their bits.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.arrays import (
    BFLOAT16,
    COMPLEX,
    Shape,
    as_columns,
    column_names,
    no_view,
    plain,
    refuse_nothing,
    same_rows,
)
from alignlab.files.formats.format import Format
from alignlab.files.large_files import LargeTable
from alignlab.files.limits import MAX_FOOTER_BYTES, UnreadableError, refuse_width
from alignlab.files.reading_notes import annotated, left_out_notes

_TYPES: dict[str, np.dtype] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": BFLOAT16,
    "F8_E4M3": np.dtype("u1"), "F8_E5M2": np.dtype("u1"), "BOOL": np.dtype("u1"),
    "U8": np.dtype("u1"), "U16": np.dtype("<u2"), "U32": np.dtype("<u4"), "U64": np.dtype("<u8"),
    "I8": np.dtype("i1"), "I16": np.dtype("<i2"), "I32": np.dtype("<i4"), "I64": np.dtype("<i8"),
    "C64": np.dtype("<c8"),
}  # fmt: skip
"""How the bytes of each type are stored."""

_WIDENED = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}
"""Types that are read as float32, which holds all of their values, with their names in torch."""


@dataclass(frozen=True)
class _Tensor:
    """Type as the header names it, shape, and byte offset from the start of the file."""

    kind: str
    shape: Shape
    start: int

    @property
    def dtype(self) -> np.dtype:
        return _TYPES[self.kind]

    @property
    def width(self) -> int:
        """The number of elements of a row."""
        return math.prod(self.shape[1:])


def read_safetensors(content: bytes, stem: str) -> pd.DataFrame:
    """The tensors of a safetensors file that share their row count, as columns."""
    kept, left_out = _kept(_header(io.BytesIO(content), len(content)))
    arrays = {
        key: _numbers(
            np.frombuffer(content, tensor.dtype, math.prod(tensor.shape), tensor.start).reshape(
                tensor.shape
            ),
            tensor.kind,
        )
        for key, tensor in kept.items()
    }
    return annotated(as_columns(arrays), _notes(kept), left_out)


class SafeTensors(LargeTable):
    """The columns of a safetensors file, by the same rules as `read_safetensors`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as file:
            self._tensors, self.left_out = _kept(_header(file, path.stat().st_size))
        self._places: dict[str, tuple[str, int]] = {}
        """By name, the tensor and the index in its rows."""
        for key, tensor in self._tensors.items():
            names = column_names(key, tensor.shape, self._places)
            self._places |= {name: (key, j) for j, name in enumerate(names)}
        self.columns = self.numeric = tuple(self._places)
        self.rows = next(iter(self._tensors.values())).shape[0]
        self.notes = (*_notes(self._tensors), *left_out_notes(self.left_out))

    def row_bytes(self, columns: Sequence[str]) -> int:
        whole = [self._tensors[key] for key in {self._places[name][0] for name in columns}]
        return sum(max(8, tensor.dtype.itemsize) * tensor.width for tensor in whole)

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        with self.path.open("rb") as file:
            for first in range(0, self.rows, rows):
                count = min(rows, self.rows - first)
                parts: list[pd.DataFrame] = []
                for key in dict.fromkeys(self._places[name][0] for name in columns):
                    chosen = [name for name in columns if self._places[name][0] == key]
                    block = _rows(file, self._tensors[key], first, count)
                    places = [self._places[name][1] for name in chosen]
                    parts.append(pd.DataFrame(block[:, places], columns=chosen))
                yield pd.concat(parts, axis=1)[columns] if len(parts) > 1 else parts[0]


def _rows(file: Any, tensor: _Tensor, first: int, count: int) -> np.ndarray:
    """Rows of a tensor (count, width), from row `first` on."""
    file.seek(tensor.start + first * tensor.width * tensor.dtype.itemsize)
    values = np.fromfile(file, tensor.dtype, count * tensor.width)
    if len(values) < count * tensor.width:
        raise UnreadableError("it ends early, it may have been truncated: open it again")
    return _numbers(values.reshape(count, tensor.width), tensor.kind)


def _numbers(values: np.ndarray, kind: str) -> np.ndarray:
    """Stored values as numbers; those of `_WIDENED` as float32, without loss."""
    if kind == "F8_E4M3":
        return _E4M3[values]
    if kind == "F8_E5M2":  # the upper half of a float16
        return (values.astype(np.uint16) << 8).view(np.float16).astype(np.float32)
    return values != 0 if kind == "BOOL" else plain(values, kind)


def _e4m3() -> np.ndarray:
    """The 256 values of float8_e4m3fn by their bits: sign, 4 of exponent, 3 of fraction; no inf."""
    bits = np.arange(256)
    exponent, fraction = bits >> 3 & 15, bits & 7
    normal = np.ldexp(8 + fraction, exponent - 10)
    values = np.where(exponent == 0, np.ldexp(fraction, -9), normal)
    values[(bits & 127) == 127] = np.nan
    return np.where(bits > 127, -values, values).astype(np.float32)


_E4M3 = _e4m3()


def _header(file: IO[bytes], size: int) -> dict[str, _Tensor]:
    """The tensors that a file of `size` bytes declares, by name, in the order of its header.

    Raises `UnreadableError` for a header that is not one, or that declares other bytes than follow.
    """
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise UnreadableError(
            f"its header declares {length:,} bytes but the file has {size:,}: it is truncated, or "
            "not safetensors; copy or save it again"
        )
    if length > MAX_FOOTER_BYTES:
        raise UnreadableError(
            f"its header has {length / 2**20:.0f} MB, the limit is {MAX_FOOTER_BYTES // 2**20} MB: "
            "save fewer tensors"
        )
    try:
        header = json.loads(file.read(length), object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(
            f"its header is no JSON ({str(error)[:100]}): copy or save it again"
        ) from error
    if not isinstance(header, dict):
        raise UnreadableError("its header names no tensors: copy or save it again")
    header.pop("__metadata__", None)
    refuse_width(len(header))
    found: dict[str, _Tensor] = {}
    spans: list[tuple[int, int, str]] = []
    for key, entry in header.items():
        kind, shape, first, last = _entry(key, entry)
        if last > size - 8 - length:
            raise UnreadableError(
                f"tensor {key!r} ends at byte {last:,} but {size - 8 - length:,} follow the "
                "header: it is truncated; copy or save it again"
            )
        spans.append((first, last, key))
        found[key] = _Tensor(kind, shape, 8 + length + first)
    at = 0
    for first, last, key in sorted(spans):
        if first != at:
            raise UnreadableError(
                f"tensor {key!r} begins at byte {first:,} but the one before ends at {at:,}: save "
                "it again"
            )
        at = last
    if at != size - 8 - length:
        raise UnreadableError(
            f"its tensors take {at:,} bytes but {size - 8 - length:,} follow the header: save it "
            "again"
        )
    return found


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("its header names a tensor twice: save it again")
    return found


def _entry(key: str, entry: Any) -> tuple[str, Shape, int, int]:
    """Type, shape, and first and last byte of a tensor, from its entry in the header."""
    try:
        kind, shape, (first, last) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"tensor {key!r} has no dtype, shape and data_offsets in the header: save it again"
        ) from error
    whole = all(type(number) is int and number >= 0 for number in (*shape, first, last))
    if not isinstance(kind, str) or not whole or len(shape) > 64 or first > last:
        raise UnreadableError(f"tensor {key!r} has a malformed entry in the header: save it again")
    if kind in _TYPES and last - first != math.prod(shape) * _TYPES[kind].itemsize:
        raise UnreadableError(
            f"tensor {key!r} of shape {shape} and type {kind[:20]} has {last - first:,} bytes: "
            "save it again"
        )
    return kind, shape, first, last


def _kept(tensors: Mapping[str, _Tensor]) -> tuple[dict[str, _Tensor], dict[str, str]]:
    """The tensors that share their row count, and why the others are left out."""
    left_out: dict[str, str] = {}
    shapes: dict[str, Shape] = {}
    for key, tensor in tensors.items():
        if tensor.kind == "C64":
            left_out[key] = COMPLEX
        elif tensor.kind not in _TYPES:
            left_out[key] = (
                f"is of type {tensor.kind[:20]}, which numpy cannot hold: save it as float32 "
                "(x.float())"
            )
        elif reason := no_view(tensor.shape):
            left_out[key] = reason
        else:
            shapes[key] = tensor.shape
    kept, others = same_rows(shapes)
    left_out |= others
    refuse_nothing("tensor", kept, left_out)
    if not kept:
        raise UnreadableError("it holds no tensors: save one for each view")
    return {key: tensors[key] for key in kept}, left_out


def _notes(tensors: Mapping[str, _Tensor]) -> list[str]:
    notes = [
        f"{key!r} is of type {_WIDENED[tensor.kind]}, and is read as float32, without loss."
        for key, tensor in tensors.items()
        if tensor.kind in _WIDENED
    ]
    if sum(len(tensor.shape) == 2 for tensor in tensors.values()) > 1:
        notes.append(
            "A safetensors file orders its tensors by type and name: the order does not say which "
            "view is first."
        )
    return notes


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2), and classes names (n,) by number: it has no text."""
    save = needed("safetensors.numpy", "files", "a safetensors sample").save
    codes = np.unique(names, return_inverse=True)[1]
    arrays = {"left": left, "right": right, "label": codes}
    # safetensors writes an array's memory as it is, so it must be in C order
    return bytes(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


FORMAT = Format(
    label="safetensors",
    endings=("safetensors",),
    read=read_safetensors,
    sample=sample,
    opened=SafeTensors,
)
