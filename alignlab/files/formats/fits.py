"""FITS files: the columns of binary and ASCII tables, and images of two axes, read with astropy.

A column of vectors (n, d) becomes d columns. Tables of equal length lie side by side. Values that
a table declares as undefined (TNULL) are missing, also where they are scaled (TSCAL) or text, which
astropy reads as ordinary numbers.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any

import numpy as np
import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.arrays import (
    COMPLEX,
    Shape,
    as_columns,
    no_view,
    refuse_nothing,
    same_rows,
)
from alignlab.files.formats.format import Format
from alignlab.files.formats.gz import unpacked
from alignlab.files.formats.missing import with_missing
from alignlab.files.limits import (
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
    refuse_width,
)
from alignlab.files.reading_notes import annotated

MOST_PARTS = 100
"""Maximum number of header and data units of a file."""

_KIND = re.compile(r"\s*(\d*)\s*([A-Z])")
"""Number and kind of the values of a column."""

_OTHER = {
    "X": "holds bits: save them as numbers (format B or L)",
    "P": "holds lists of different lengths: give every row the same number of values",
    "Q": "holds lists of different lengths: give every row the same number of values",
    "C": COMPLEX,
    "M": COMPLEX,
}
_DAMAGED = "is damaged: copy the file again, or save it again with astropy"


class _Column:
    """A column of a table: `place` among its columns, `kind` as FITS calls it, shape (n, ...)."""

    def __init__(self, part: Any, place: int) -> None:
        self._part, self._place = part, place
        self.column = part.columns[place]
        found = _KIND.match(str(self.column.format))
        self.text = type(part).__name__ == "TableHDU"
        self.kind = found[2] if found else ""
        if self.text:  # F10.3: the letter comes first
            self.kind = "A" if str(self.column.format).strip().startswith("A") else "D"
        dtype = part.columns.dtype[place]
        self.shape: Shape = (_count(part.header, "NAXIS2"), *dtype.shape)
        if self.text:
            self.shape = self.shape[:1]

    def refusal(self) -> str | None:
        if self.kind in _OTHER:
            return _OTHER[self.kind]
        if self.kind not in "LBIJKEDA":
            return "is of a kind that alignlab does not know: save it as numbers"
        if not all(self.shape[1:]) or (self.kind == "A" and not self._stored().itemsize):
            return "is empty: remove it"
        return no_view(self.shape)

    def _stored(self) -> np.dtype:
        return self._part.columns.dtype[self._place].base

    def need(self) -> int:
        """Memory in bytes that it takes as columns."""
        width = 4 * self._stored().itemsize + TEXT_BYTES if self.kind == "A" else 8
        return math.prod(self.shape) * width

    def values(self) -> Any:
        """Its values, missing where the table says so. Raises `LeftOutError` if it is damaged."""
        data = self._part.data
        plain = data.view(np.ndarray)
        stored = plain[plain.dtype.names[self._place]]  # neither scaled nor turned
        if self.kind == "A":
            return _texts(stored)
        if self.kind == "L":
            if not np.isin(stored, [ord("T"), ord("F"), 0]).all():
                raise LeftOutError("holds values that are neither true nor false: save numbers")
            return with_missing(stored == ord("T"), stored == 0)
        null = self.column.null
        missing = np.zeros(stored.shape, dtype=bool)
        if self.text:
            written = np.char.strip(stored)
            missing = (written == b"") | (written == str(null).strip().encode())
        elif isinstance(null, int) and stored.dtype.kind in "iu":
            missing = stored == null
        try:
            found = np.asarray(data.field(self._place))
        except ValueError as error:
            raise LeftOutError(f"holds a number that cannot be read: {_DAMAGED}") from error
        if found.shape != stored.shape:
            raise LeftOutError(_DAMAGED)
        return with_missing(found.astype(found.dtype.newbyteorder("="), copy=False), missing)


def read_fits(content: bytes, stem: str) -> pd.DataFrame:
    """The columns and images of a FITS file that share their row count, as columns.

    Raises
    ------
    UnreadableError
        Another kind of file, a truncated one, more columns or declared bytes than
        `alignlab.files.limits` allows, unequal row counts, or nothing that can be read. A damaged
        file may raise the errors of astropy as well.
    """
    content = unpacked(content)
    if not content.startswith(b"SIMPLE  ="):
        raise UnreadableError(
            "it does not begin like a FITS file: give it the ending of its true format, or save it "
            "again with astropy"
        )
    fits = needed("astropy.io.fits", "fits", "a FITS file")
    left_out: dict[str, str] = {}
    with fits.open(io.BytesIO(content), memmap=False, disable_image_compression=True) as file:
        parts = _parts(file)
        members = _members(parts, stem, len(content), left_out)
        shapes: dict[str, Shape] = {}
        for name, member in members.items():
            if isinstance(member, _Column):
                reason, shape = member.refusal(), member.shape
            else:
                shape = _image_shape(member)
                reason = no_view(shape)
            if reason:
                left_out[name] = reason
            else:
                shapes[name] = shape
        kept, others = same_rows(shapes)
        left_out |= others
        refuse_nothing("column", kept, left_out)
        if not kept:
            raise UnreadableError(
                "it holds no table and no image: save the views as columns of a table"
            )
        refuse_width(sum(shapes[name][1] if len(shapes[name]) > 1 else 1 for name in kept))
        refuse_bomb(sum(_need(members[name]) for name in kept))
        arrays = {}
        for name in kept:
            try:
                arrays[name] = _values(members[name])
            except LeftOutError as error:
                left_out[name] = str(error)
        refuse_nothing("column", list(arrays), left_out)
        notes = _rest(parts, content)
    return annotated(as_columns(arrays), notes, left_out)


def _parts(file: Any) -> list[Any]:
    """The header and data units of a file, of which astropy reads the headers one by one."""
    found: list[Any] = []
    while True:
        try:
            found.append(file[len(found)])
        except IndexError:
            return found
        except Exception as error:  # astropy raises errors of any type on a broken header
            raise UnreadableError(f"its part number {len(found) + 1} {_DAMAGED}") from error
        if len(found) > MOST_PARTS:
            raise UnreadableError(
                f"it has more than {MOST_PARTS} extensions: save the table as a file of its own"
            )


def _members(
    parts: list[Any], stem: str, size: int, left_out: dict[str, str]
) -> dict[str, _Column | Any]:
    """The columns and images of a file by name, which extensions that share one are put before."""
    found: list[tuple[str, str, Any]] = []
    for number, part in enumerate(parts):
        header = part.header
        title = str(part.name) if part.name and part.name != "PRIMARY" else ""
        own = title or (f"HDU{number}" if number else stem)
        if not _count(header, "NAXIS"):
            continue
        end = part.fileinfo()["datLoc"] + _declared(header)
        if end > size:
            raise UnreadableError(
                f"its part {own!r} declares {end:,} bytes but the file has {size:,}: it is "
                "truncated; copy or save it again"
            )
        kind = type(part).__name__
        if header.get("ZIMAGE") is True:
            left_out[own] = "is a compressed image: unpack it (funpack)"
        elif kind in ("BinTableHDU", "TableHDU"):
            columns = part.columns
            if columns.dtype.itemsize > _count(header, "NAXIS1"):
                left_out[own] = _DAMAGED
                continue
            for place in range(len(columns)):
                name = str(columns[place].name or f"column {place + 1}").strip()
                found.append((own, name, _Column(part, place)))
        elif kind in ("PrimaryHDU", "ImageHDU"):
            found.append(("", own, part))
        else:
            left_out[own] = "is neither a table nor an image: save it as a table"
    names = [name for _, name, _ in found]
    members: dict[str, Any] = {}
    for own, name, member in found:
        full = f"{own}.{name}" if own and names.count(name) > 1 else name
        if full in members:
            raise UnreadableError(f"the column name {full!r} is repeated: give each its own name")
        members[full] = member
    return members


def _count(header: Any, key: str) -> int:
    value = header.get(key, 0)
    if not isinstance(value, int) or value < 0:
        raise UnreadableError(f"its header gives {key} = {value!r}, not a number: {_save()}")
    return value


def _save() -> str:
    return "copy it again, or save it again with astropy"


def _declared(header: Any) -> int:
    """The bytes of a unit's data by its header, not more than it also needs at its end."""
    axes = _count(header, "NAXIS")
    lengths = [_count(header, f"NAXIS{axis + 1}") for axis in range(min(axes, 999))]
    bits = header.get("BITPIX", 8)
    if bits not in (8, 16, 32, 64, -32, -64):
        raise UnreadableError(f"its header gives BITPIX = {bits!r}: {_save()}")
    return abs(bits) // 8 * math.prod(lengths) if lengths else 0


def _image_shape(part: Any) -> Shape:
    axes = _count(part.header, "NAXIS")
    return tuple(_count(part.header, f"NAXIS{axis}") for axis in range(axes, 0, -1))


def _need(member: Any) -> int:
    return member.need() if isinstance(member, _Column) else 8 * math.prod(_image_shape(member))


def _values(member: Any) -> Any:
    if isinstance(member, _Column):
        return member.values()
    found = np.asarray(member.data)  # what its header calls blank is NaN
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def _texts(stored: np.ndarray) -> np.ndarray:
    try:
        return np.char.rstrip(np.char.decode(stored, "utf-8"))
    except UnicodeDecodeError as error:
        raise LeftOutError("holds bytes that are not text: save names as text") from error


def _rest(parts: list[Any], content: bytes) -> list[str]:
    """A note on bytes behind the last part, which astropy passes over, but for zeros."""
    end = max(part.fileinfo()["datLoc"] + part.fileinfo()["datSpan"] for part in parts)
    if not content[end:].strip(b"\0"):
        return []
    return [
        f"The file's last {len(content) - end:,} bytes are not read: they are no part of a FITS "
        "file, or a damaged one."
    ]


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """A table with columns left (n, d1), right (n, d2) and label, the class names (n,)."""
    fits = needed("astropy.io.fits", "fits", "a FITS file")
    texts = np.array([str(name).encode() for name in names])
    columns = [
        fits.Column("left", f"{left.shape[1]}D", array=left),
        fits.Column("right", f"{right.shape[1]}D", array=right),
        fits.Column("label", f"{texts.dtype.itemsize}A", array=texts),
    ]
    buffer = io.BytesIO()
    table = fits.BinTableHDU.from_columns(columns)
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(buffer)
    return buffer.getvalue()


FORMAT = Format(
    label="FITS",
    endings=("fits", "fit", "fts", "fits.gz", "fit.gz", "fts.gz"),
    read=read_fits,
    sample=sample,
    extra="fits",
    modules=("astropy.io.fits",),
)
