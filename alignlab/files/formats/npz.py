"""NPZ files: the arrays of an archive as columns. Nothing is ever unpickled."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping

import numpy as np
import pandas as pd

from alignlab.files.formats.arrays import (
    HEADER_BYTES,
    Shape,
    array_bytes,
    array_of,
    as_columns,
    bfloat16_notes,
    npy_header,
    refuse_nothing,
    same_rows,
)
from alignlab.files.formats.format import Format
from alignlab.files.limits import LeftOutError, UnreadableError, refuse_bomb, refuse_width
from alignlab.files.reading_notes import annotated


def read_npz(content: bytes, stem: str) -> pd.DataFrame:
    """The arrays of an NPZ file that share their row count, as columns; others are left out."""
    refuse_width(content.count(b"PK\x01\x02"))  # zipfile reads the whole directory at once
    left_out: dict[str, str] = {}
    notes: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        shapes: dict[str, Shape] = {}
        entries: dict[str, zipfile.ZipInfo] = {}
        types: dict[str, np.dtype] = {}
        for entry in archive.infolist():
            key = entry.filename.removesuffix(".npy")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UnreadableError(  # the unpacked size of other methods cannot be limited
                    f"its member {key!r} uses a compression that numpy does not use: save it with "
                    "numpy.savez_compressed"
                )
            if key in entries:
                raise UnreadableError(f"its member {key!r} occurs twice: save it again")
            entries[key] = entry
            with archive.open(entry) as member:
                start = member.read(min(entry.file_size, HEADER_BYTES))
            if not start.startswith(np.lib.format.MAGIC_PREFIX):
                left_out[key] = "is not an array: save it with numpy.savez"
                continue
            try:
                shapes[key], _, types[key] = npy_header(io.BytesIO(start), entry.file_size, key)
            except LeftOutError as error:
                left_out[key] = str(error)
        _refuse_sparse(entries)
        kept, others = same_rows(shapes)
        left_out |= others
        refuse_nothing("array", kept, left_out)
        refuse_bomb(sum(entries[key].file_size for key in kept))
        refuse_bomb(sum(array_bytes(math.prod(shapes[key]), types[key]) for key in kept))
        arrays = {}
        for key in kept:
            with archive.open(entries[key]) as member:
                # with a size given, no more than that is unpacked
                arrays[key] = array_of(member.read(entries[key].file_size), key)
            notes += bfloat16_notes(types[key], key)
    return annotated(as_columns(arrays), notes, left_out)


def _refuse_sparse(names: Mapping[str, object]) -> None:
    if {"format", "shape", "data"} <= set(names) and {"indices", "row", "offsets"} & set(names):
        raise UnreadableError(
            "it is a sparse matrix of scipy: save it whole (X.toarray()), or its leading principal "
            "components (sklearn.decomposition.TruncatedSVD)"
        )


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) and class names (n,) as three arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, left=left, right=right, label=names)
    return buffer.getvalue()


FORMAT = Format(label="NPZ", endings=("npz",), read=read_npz, sample=sample)
