"""What the pages of a Parquet file declare, read before any of them is unpacked.

pyarrow takes the memory that the header of a page asks for, whatever the footer says: a file of a
few hundred bytes may ask for 2 GB a page, or for billions of repeated values. The headers are
therefore read here. Source: the Apache Parquet format, "File Format" and its parquet.thrift, and
the Thrift compact protocol.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alignlab.files.limits import UnreadableError

MAX_PAGES = 500_000
"""Maximum number of pages read: their headers are looked at one by one."""

_DEEPEST = 16
"""Deepest nesting of a footer that is followed."""

PREFIXES = 7
"""The encoding that writes a text as the length of the beginning that it shares with the last."""

_DATA, _DICTIONARY, _DATA_2 = 5, 7, 8
"""Fields of a page's header that tell its kind."""

Struct = dict[int, Any]


@dataclass(frozen=True)
class Pages:
    """The pages of some columns of a file.

    unpacked : bytes of all. values : number of values in all.
    prefixed : whether any has the encoding `PREFIXES`.
    """

    unpacked: int = 0
    values: int = 0
    prefixed: bool = False


def pages_of(content: bytes, leaves: Sequence[int]) -> list[Pages]:
    """The pages of each of these stored columns, of all row groups together.

    Raises `UnreadableError` for a footer or header that is malformed, and for too many pages.
    """
    found = []
    left = MAX_PAGES
    groups = _chunks(content)
    for leaf in leaves:
        pages = Pages()
        for chunks in groups:
            if leaf >= len(chunks):
                raise _malformed()
            pages, left = _walk(content, chunks[leaf], pages, left)
        found.append(pages)
    return found


def _chunks(content: bytes) -> list[list[Struct]]:
    """The metadata of each column chunk, by row group."""
    length = int.from_bytes(content[-8:-4], "little")
    footer = content[max(0, len(content) - 8 - length) : -8]
    try:
        whole, _ = _struct(footer, 0)
        return [[chunk[3] for chunk in group[1]] for group in whole.get(4, [])]
    except (IndexError, KeyError, TypeError, struct.error) as error:
        raise _malformed() from error


def _walk(content: bytes, chunk: Struct, pages: Pages, left: int) -> tuple[Pages, int]:
    """The pages seen so far and those of a chunk, and how many more may come."""
    starts = [at for field in (9, 11) if isinstance(at := chunk.get(field), int) and at > 0]
    size = chunk.get(7)
    if not starts or not isinstance(size, int) or size < 0:
        raise _malformed()
    at, end = min(starts), min(min(starts) + size, len(content))
    unpacked, values, prefixed = pages.unpacked, pages.values, pages.prefixed
    while at < end:
        try:
            header, at = _struct(content, at)
            packed, whole = header[3], header[2]
            told = header.get(_DATA) or header.get(_DATA_2) or {}
            count = told.get(1, 0)
            dictionary = header.get(_DICTIONARY, {}).get(1, 0)
        except (IndexError, KeyError, AttributeError, TypeError, struct.error) as error:
            raise _malformed() from error
        numbers = (packed, whole, count, dictionary)
        if not all(isinstance(number, int) and number >= 0 for number in numbers):
            raise _malformed()
        if (left := left - 1) < 0:
            raise UnreadableError(
                f"it has more than {MAX_PAGES:,} pages: save it again in fewer row groups"
            )
        encoding = told.get(2) if _DATA in header else told.get(4)
        prefixed = prefixed or encoding == PREFIXES
        unpacked, values = unpacked + whole, values + count
        at += packed
    return Pages(unpacked, values, prefixed), left


def _struct(data: bytes, at: int, deep: int = 0) -> tuple[Struct, int]:
    """The fields of a struct by number, and where it ends; texts by their length only."""
    if deep > _DEEPEST:
        raise IndexError(at)
    found: Struct = {}
    field = 0
    while (head := data[at]) != 0:
        at += 1
        if step := head >> 4:
            field += step
        else:
            field, at = _number(data, at)
        kind = head & 15
        if kind in (1, 2):  # a truth value is its kind
            found[field] = kind == 1
        else:
            found[field], at = _value(data, at, kind, deep)
    return found, at + 1


def _value(data: bytes, at: int, kind: int, deep: int) -> tuple[Any, int]:
    if kind in (4, 5, 6):
        return _number(data, at)
    if kind == 12:
        return _struct(data, at, deep + 1)
    if kind == 8:
        length, at = _unsigned(data, at)
        return length, at + length
    if kind in (9, 10):
        size, kind = data[at] >> 4, data[at] & 15
        at += 1
        if size == 15:
            size, at = _unsigned(data, at)
        values = []
        for _ in range(size):
            if at >= len(data):
                raise IndexError(at)
            value, at = (data[at], at + 1) if kind in (1, 2) else _value(data, at, kind, deep + 1)
            values.append(value)
        return values, at
    if kind == 3:
        return data[at], at + 1
    if kind == 7:
        return struct.unpack_from("<d", data, at)[0], at + 8
    raise IndexError(kind)


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        part = data[at]
        value |= (part & 127) << shift
        at, shift = at + 1, shift + 7
        if part < 128:
            return value, at
        if shift > 63:
            raise IndexError(at)


def _number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _unsigned(data, at)
    return value >> 1 ^ -(value & 1), at


def _malformed() -> UnreadableError:
    return UnreadableError("its footer or the header of a page is malformed: copy or save it again")
