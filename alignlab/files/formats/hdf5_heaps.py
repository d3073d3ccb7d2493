"""The heaps of an HDF5 file, which hold its texts of any length, and the references to them.

HDF5 trusts both: on some damaged heaps it never ends, and for a reference it takes as much memory
as that declares, up to 4 GB each, before it looks into the heap. So both are read here first.
Source: the HDF5 file format specification 3.0, "III.E. Disk Format: Level 1E - Global Heap" and
"IV.B. Disk Format: Level 2B - Data Object Data Storage" (variable-length types).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from alignlab.files.limits import UnreadableError, refuse_bomb

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of an HDF5 file, or those after a block of the user's."""

PLACES = (0, *(512 * 2**power for power in range(12)))
"""Where the signature may be."""

REFERENCE_BYTES = 16
"""Size of what stands in a dataset for a text: length (4), address of the heap (8), number (4)."""

_HEAP = b"GCOL\x01"

_VIRTUAL = b"\x04\x03"
"""What stands before the address of a heap in a virtual dataset, which has no length there."""

_READ = 2**20
"""Number of bytes searched at a time."""


@dataclass(frozen=True)
class Heaps:
    """The heaps of a file that are sound. longest : bytes of the longest text in them."""

    file: IO[bytes]
    longest: int

    def check_chunk(self, references: bytes) -> None:
        """`UnreadableError` for references to more bytes than any text has."""
        whole = len(references) // REFERENCE_BYTES * REFERENCE_BYTES
        if (np.frombuffer(references[:whole], "<u4")[::4] > self.longest).any():
            raise _long()

    def check_run(self, start: int, size: int) -> None:
        """The same for references that lie one after the other in the file."""
        self.file.seek(start)
        step = _READ // REFERENCE_BYTES * REFERENCE_BYTES
        for first in range(0, size, step):
            self.check_chunk(self.file.read(min(step, size - first)))


def check_heaps(file: IO[bytes], at_once: bool = False) -> Heaps:
    """The heaps of a file, and the size in bytes of the longest text in them.

    at_once : whether all texts may come to be read at once, as those of attributes.

    Raises `UnreadableError` for a heap whose entries do not fill it one after the other, for a
    reference to more bytes than any entry has, and over the limit for all texts at once.
    """
    entries = {place: _entries(file, place) for place in _heaps(file)}
    longest = max((length for one in entries.values() for length in one.values()), default=0)
    total = _check_references(file, entries, longest) if entries else 0
    if at_once:
        refuse_bomb(total)
    return Heaps(file, longest)


def _blocks(file: IO[bytes], overlap: int) -> Iterator[tuple[int, bytes]]:
    """The file in blocks that overlap, with the place of each."""
    file.seek(0)
    start, tail = 0, b""
    while part := file.read(_READ):
        yield start - len(tail), tail + part
        start += len(part)
        tail = (tail + part)[-overlap:]


def _heaps(file: IO[bytes]) -> list[int]:
    """Where heaps begin, or what looks like one."""
    found: dict[int, None] = {}
    for start, text in _blocks(file, len(_HEAP) - 1):
        at = text.find(_HEAP)
        while at >= 0:
            found[start + at] = None
            at = text.find(_HEAP, at + 1)
    return list(found)


def _entries(file: IO[bytes], place: int) -> dict[int, int]:
    """The length of each entry of a heap, by its number."""
    end = file.seek(0, 2)
    file.seek(place + 8)
    size = int.from_bytes(file.read(8), "little")
    if not 16 <= size <= end - place:
        raise _broken()
    body = file.read(size - 16)
    found: dict[int, int] = {}
    at = 0
    while at + 16 <= len(body):
        number = int.from_bytes(body[at : at + 2], "little")
        length = int.from_bytes(body[at + 8 : at + 16], "little")
        # number 0 is the free rest, its own head included
        step = 16 + -(-length // 8) * 8 if number else length
        if step < 16 or at + step > len(body):
            raise _broken()
        if number:
            found[number] = length
        at += step
    return found


def _check_references(file: IO[bytes], entries: dict[int, dict[int, int]], longest: int) -> int:
    """The bytes that all references mean together; those in packed chunks are not seen.

    A reference is assumed wherever the address of a heap stands before the number of one of its
    entries: attributes, for example, lie anywhere in the file.
    """
    base, total = _base(file), 0
    heaps = np.array(sorted(entries)) - base
    for _, text in _blocks(file, REFERENCE_BYTES - 1):
        for shift in range(4, 12):
            count = (len(text) - shift - 4) // 8
            if count < 1:
                continue
            addresses = np.frombuffer(text, "<u8", count, shift)
            near = np.flatnonzero(addresses <= heaps[-1])  # most bytes are no address at all
            near = near[np.isin(addresses[near], heaps)]
            for at in (shift + 8 * near).tolist():
                address, number = struct.unpack_from("<QI", text, at)
                if number not in entries[address + base] or text[at - 2 : at] == _VIRTUAL:
                    continue
                length = int.from_bytes(text[at - 4 : at], "little")
                if length > longest:
                    raise _long()
                total += length
    return total


def _base(file: IO[bytes]) -> int:
    """Where the file begins behind a block of the user's: addresses count from there."""
    file.seek(0)
    start = file.read(PLACES[-1] + len(SIGNATURE))
    return next((at for at in PLACES if start[at : at + len(SIGNATURE)] == SIGNATURE), 0)


def _broken() -> UnreadableError:
    return UnreadableError(
        "the heap that holds its texts is damaged: copy the file again, or save it again"
    )


def _long() -> UnreadableError:
    return UnreadableError(
        "it means a text that is longer than any it holds, so it is damaged: copy the file again, "
        "or save it again"
    )
