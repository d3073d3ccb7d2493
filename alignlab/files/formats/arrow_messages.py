"""What the messages of an Arrow file declare, read before any of them is unpacked.

pyarrow unpacks a record batch whole, however large it says that it is; a file of 183 KB may unpack
to 400 MB. The rows and sizes stand in each message's metadata and at the start of each packed
buffer, and are read here by plain seeks. Source: the Arrow columnar format, "Serialization and
Interprocess Communication", and its Message.fbs and File.fbs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from alignlab.files.limits import UnreadableError

MAGIC = b"ARROW1"
"""The first and last bytes of a file; a stream has none."""

MAX_METADATA_BYTES = 2**26
"""Largest metadata of a message accepted."""

_CONTINUATION = b"\xff\xff\xff\xff"
_SCHEMA, _DICTIONARY, _BATCH, _TENSORS = 1, 2, 3, (4, 5)


@dataclass(frozen=True)
class Message:
    """A record batch or dictionary: its rows, and its size in bytes once unpacked."""

    is_batch: bool
    rows: int
    unpacked: int


def messages(file: IO[bytes], size: int) -> Iterator[Message]:
    """The messages of an Arrow file or stream of `size` bytes, in order; bodies are not read.

    The footer of a file is not followed, as it may name a batch any number of times.
    Raises `UnreadableError` for a file that is truncated or malformed.
    """
    at = start_of(file)
    number = 0
    while at < size:
        file.seek(at)
        word = file.read(4)
        at += 4
        if word == _CONTINUATION:
            word = file.read(4)
            at += 4
        length = int.from_bytes(word, "little")
        if not length:
            return
        if len(word) < 4 or length > min(size - at, MAX_METADATA_BYTES):
            raise UnreadableError(
                f"its message {number + 1:,} declares {length:,} bytes but {size - at:,} follow: "
                "it is truncated, or no Arrow file; copy or save it again"
            )
        try:
            found, body = _message(file, file.read(length), at + length, size)
        except (struct.error, IndexError) as error:
            raise UnreadableError(
                f"its message {number + 1:,} is malformed: copy or save it again"
            ) from error
        if found:
            yield found
        at += length + body
        number += 1


def start_of(file: IO[bytes]) -> int:
    """The offset of the first message: 8 in a file, 0 in a stream."""
    file.seek(0)
    return 8 if file.read(len(MAGIC)) == MAGIC else 0


def _message(file: IO[bytes], metadata: bytes, body: int, size: int) -> tuple[Message | None, int]:
    """The message whose body begins at byte `body`, None for a schema, and the body's length."""
    table = _Table(metadata, _offset(metadata, 0))
    kind, length = table.number(1, "<B"), table.number(3, "<q")
    if not 0 <= length <= size - body:
        raise UnreadableError(
            f"a message declares {length:,} bytes but {size - body:,} follow: it is truncated; "
            "copy or save it again"
        )
    if kind == _SCHEMA:
        return None, length
    if kind in _TENSORS:
        raise UnreadableError("it holds tensors: save a table of columns instead")
    if kind not in (_DICTIONARY, _BATCH):
        raise IndexError(kind)
    batch = table.table(2)
    if kind == _DICTIONARY:
        batch = batch.table(1)
    rows = batch.number(0, "<q")
    packed = batch.has(3)
    unpacked = 0
    for offset, stored in batch.pairs(2):
        if not 0 <= offset <= offset + stored <= length:
            raise UnreadableError("a buffer lies outside its message: copy or save it again")
        if packed and stored >= 8:
            file.seek(body + offset)
            (declared,) = struct.unpack("<q", file.read(8))
            stored = declared if declared >= 0 else stored - 8  # -1: it is not packed
        unpacked += stored
    if rows < 0:
        raise UnreadableError(f"a message declares {rows:,} rows: copy or save it again")
    return Message(kind == _BATCH, rows, unpacked), length


class _Table:
    """A table of a flatbuffer: fields by number, each at an offset that its vtable holds."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        vtable = at - struct.unpack_from("<i", data, _inside(data, at))[0]
        (length,) = struct.unpack_from("<H", data, _inside(data, vtable))
        fields = max(0, length // 2 - 2)
        self.fields = struct.unpack_from(f"<{fields}H", data, vtable + 4)

    def has(self, number: int) -> bool:
        return number < len(self.fields) and self.fields[number] > 0

    def number(self, number: int, kind: str) -> int:
        if not self.has(number):
            return 0
        return int(struct.unpack_from(kind, self.data, self.at + self.fields[number])[0])

    def table(self, number: int) -> _Table:
        if not self.has(number):
            raise IndexError(number)
        return _Table(self.data, _offset(self.data, self.at + self.fields[number]))

    def pairs(self, number: int) -> Iterator[tuple[int, int]]:
        """A vector of structs of two 64-bit numbers."""
        if not self.has(number):
            return iter(())
        at = _offset(self.data, self.at + self.fields[number])
        (count,) = struct.unpack_from("<I", self.data, _inside(self.data, at))
        if at + 4 + 16 * count > len(self.data):
            raise IndexError(count)
        return struct.iter_unpack("<qq", self.data[at + 4 : at + 4 + 16 * count])


def _offset(data: bytes, at: int) -> int:
    """The position that the offset at `at` points to."""
    return int(at + struct.unpack_from("<I", data, _inside(data, at))[0])


def _inside(data: bytes, at: int) -> int:
    if not 0 <= at < len(data):  # a negative position would count from the end
        raise IndexError(at)
    return at
