"""What a MAT-file of version 4 or 5 declares: the variables with their kinds and sizes.

The file is walked without scipy, whose reader of version 5 trusts what a file says of itself and
ends the process on damaged bytes. It is given one variable at a time that was found sound here.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass, replace

from alignlab.files.limits import UnreadableError, refuse_bomb, refuse_width

Shape = tuple[int, ...]

Bytes = bytes | memoryview
"""Views, where a slice would copy hundreds of megabytes."""

NUMBERS, TEXT, CELL, LOGICAL = "numbers", "text", "cell", "logical"
"""Kinds of variables that can be read; any other kind is named as MATLAB does."""

CLASSES = {1: CELL, 2: "struct", 3: "object", 4: TEXT, 5: "sparse", 16: "function handle",
           17: "object", **dict.fromkeys(range(6, 16), NUMBERS)}  # fmt: skip
"""Kinds by MATLAB's number of the class, in version 5."""

_MATRIX, _COMPRESSED = 14, 15
_LOGICAL_FLAG, _COMPLEX_FLAG = 0x200, 0x800
_READ = 2**20

_INT8, _INT32, _UINT32, _UTF8 = 1, 5, 6, 16
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
"""Bytes per number, by MATLAB's number of the type that it is stored in."""

_TEXT_WIDTHS = {1: 1, 2: 1, 4: 2, 17: 2, 18: 4}
"""Bytes per character, for all types but UTF-8."""


@dataclass(frozen=True)
class Variable:
    """A variable as a file declares it, or a cell of one.

    kind : `NUMBERS`, `TEXT`, `CELL`, "complex", "sparse", "struct", ... shape : as in MATLAB.
    cells : of a cell array, its cells; they have no cells themselves.
    at : where its element begins in a file of version 5.
    """

    name: str
    kind: str
    shape: Shape
    cells: tuple[Variable, ...] = ()
    at: int = 0


def is_version5(content: bytes) -> bool:
    """Whether the bytes begin like a MAT-file of version 5."""
    return content[126:128] in (b"IM", b"MI") and content[124:126] in (b"\0\1", b"\1\0")


def version5(content: bytes) -> list[Variable]:
    """The variables of a MAT-file of version 5.

    Raises `UnreadableError` for a truncated file, and `refuse_bomb` for one that unpacks too far.
    """
    found: list[Variable] = []
    at, unpacked = 128, 0
    while at + 8 <= len(content):
        kind, body, end = _element(content, at, unpacked)
        if kind == _COMPRESSED:
            unpacked += len(body)
        if kind in (_COMPRESSED, _MATRIX):
            refuse_width(len(found))
            found.append(replace(_matrix(body, _order(content), top=True), at=at))
        at = end
    return found


def alone(content: bytes, variable: Variable) -> bytes:
    """A file of version 5 that holds nothing but that variable, not packed."""
    kind, size = struct.unpack_from(_order(content) + "II", content, variable.at)
    if kind == _COMPRESSED:
        packed = memoryview(content)[variable.at + 8 : variable.at + 8 + size]
        whole = _inflated(packed, 0, content[:128])
        _, length, start = _tag(whole, 128, _order(content))
        return whole[: start + length]  # what may follow was not checked
    return content[:128] + content[variable.at : variable.at + 8 + size]


def _order(content: bytes) -> str:
    return "<" if content[126:128] == b"IM" else ">"


def _element(content: bytes, at: int, unpacked: int) -> tuple[int, Bytes, int]:
    """The kind, body and end of the element at a place; of a packed one, the body of its matrix.

    unpacked : number of bytes that others unpacked to.
    """
    order = _order(content)
    kind, size = struct.unpack_from(order + "II", content, at)
    body: Bytes = memoryview(content)[at + 8 : at + 8 + size]
    if len(body) < size:
        raise _truncated()
    if kind == _COMPRESSED:
        whole = memoryview(_inflated(body, unpacked))
        inner, length, start = _tag(whole, 0, order)
        if inner != _MATRIX:
            raise _truncated()
        body = _part(whole, start, length)
    return kind, body, at + 8 + size


def _inflated(packed: Bytes, so_far: int, before: bytes = b"") -> bytes:
    """The element that is packed, behind the bytes `before`; so_far : bytes unpacked already."""
    unpack, rest = zlib.decompressobj(), packed
    found = io.BytesIO()
    found.write(before)
    while not unpack.eof:
        try:
            part = unpack.decompress(rest, _READ)
        except zlib.error as error:
            raise _truncated() from error
        rest = unpack.unconsumed_tail
        found.write(part)
        so_far += len(part)
        refuse_bomb(so_far)
        if not part and not rest:
            raise _truncated()
    return found.getvalue()


def _tag(body: Bytes, at: int, order: str) -> tuple[int, int, int]:
    """Type, size and start of the data of the element at a place."""
    if at + 8 > len(body):
        raise _truncated()
    kind, size = struct.unpack_from(order + "II", body, at)
    if kind >> 16:  # small elements have size, type and data in the place of the tag
        return kind & 0xFFFF, kind >> 16, at + 4
    return kind, size, at + 8


def _matrix(body: Bytes, order: str, top: bool) -> Variable:
    """The variable in the body of a matrix element; top : whether its cells are looked at."""
    if not body:  # an empty cell
        return Variable("", NUMBERS, (0, 0))
    stored, size, at = _tag(body, 0, order)
    if (stored, size) != (_UINT32, 8):
        raise _truncated()
    flags = struct.unpack_from(order + "I", _part(body, at, size))[0]
    kind = CLASSES.get(flags & 0xFF, "object")
    at = _next(at, size)
    if flags & 0xFF == 17:  # such objects declare no shape
        _, size, at = _tag(body, at, order)
        return Variable(bytes(_part(body, at, size)).decode("latin-1"), kind, ())
    stored, size, at = _tag(body, at, order)
    if stored not in (_INT32, _UINT32) or not 8 <= size <= 4 * 32 or size % 4:
        raise _truncated()
    shape = struct.unpack(f"{order}{size // 4}i", _part(body, at, size))
    if min(shape) < 0:
        raise _truncated()
    at = _next(at, size)
    stored, size, at = _tag(body, at, order)
    if stored not in (_INT8, _UTF8):
        raise _truncated()
    name = bytes(_part(body, at, size)).decode("latin-1")
    at = _next(at, size)
    if kind == NUMBERS and flags & _COMPLEX_FLAG:
        kind = "complex"
    elif kind == NUMBERS and flags & _LOGICAL_FLAG:
        kind = LOGICAL
    if kind in (NUMBERS, LOGICAL, TEXT):
        _check_values(body, at, kind, math.prod(shape), order)
    return Variable(
        name, kind, shape, _cells(body, at, shape, order) if top and kind == CELL else ()
    )


def _check_values(body: Bytes, at: int, kind: str, count: int, order: str) -> None:
    """`UnreadableError` unless the numbers or characters stored are as many as the shape says."""
    if not count and at + 8 > len(body):
        return
    stored, size, start = _tag(body, at, order)
    widths = _TEXT_WIDTHS if kind == TEXT else _WIDTHS
    if kind == TEXT and stored == _UTF8:
        sound = count <= size <= 4 * count
    else:
        sound = stored in widths and size == count * widths[stored]
    if not sound or start + size > len(body):
        raise _truncated()


def _cells(body: Bytes, at: int, shape: Shape, order: str) -> tuple[Variable, ...]:
    found: list[Variable] = []
    for _ in range(math.prod(shape)):
        kind, size, start = _tag(body, at, order)
        if kind != _MATRIX:
            raise _truncated()
        found.append(_matrix(_part(body, start, size), order, top=False))
        at = start + size
    return tuple(found)


def _part(body: Bytes, at: int, size: int) -> Bytes:
    if at + size > len(body):
        raise _truncated()
    return body[at : at + size]


def _next(at: int, size: int) -> int:
    """Where the element after that with data at `at` begins."""
    return at + 4 if at % 8 == 4 else at + -(-size // 8) * 8


def version4(content: bytes) -> list[Variable] | None:
    """The variables of a MAT-file of version 4; None if the bytes do not begin like one."""
    widths = (8, 4, 4, 2, 2, 1)
    kinds = (NUMBERS, TEXT, "sparse")
    found: list[Variable] = []
    at = 0
    while at < len(content):
        for order, machine in (("<", 0), (">", 1)):
            head = content[at : at + 20]
            if len(head) < 20:
                return _cut(found)
            code, rows, columns, imaginary, length = struct.unpack(order + "5i", head)
            if code // 1000 == machine and code % 1000 // 100 == 0:
                break
        else:
            return _cut(found)
        width, kind = code % 100 // 10, code % 10
        if width > 5 or kind > 2 or min(rows, columns) < 0 or not 0 < length <= 2**10:
            return _cut(found)
        name = content[at + 20 : at + 20 + length].rstrip(b"\0").decode("latin-1")
        at += 20 + length + rows * columns * widths[width] * (2 if imaginary else 1)
        if at > len(content):
            return _cut(found)
        refuse_width(len(found))
        what = "complex" if imaginary and kind == 0 else kinds[kind]
        found.append(Variable(name, what, (rows, columns)))
    return found or None


def _cut(found: list[Variable]) -> list[Variable] | None:
    """None if nothing was found yet, so another kind of file; otherwise it is a truncated one."""
    if found:
        raise _truncated()
    return None


def _truncated() -> UnreadableError:
    return UnreadableError(
        "it ends or breaks within a variable: copy it again, or save it again in MATLAB"
    )
