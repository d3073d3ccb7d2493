"""What a file may take in memory, and how one that takes more is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MAX_COLUMNS = 20_000
"""Most columns that a file may have, both views together."""

MAX_UNPACKED_BYTES = 2 * 2**30
"""Largest size that a compressed file may unpack to."""

MAX_FOOTER_BYTES = 2**24
"""Largest footer of a Parquet file, and header of safetensors: they take many times that."""

TEXT_BYTES = 64
"""What a short text takes in memory."""


class UnreadableError(ValueError):
    """A file that was understood and refused, with the reason and the remedy."""


class LeftOutError(UnreadableError):
    """A part of a file that can be no column; the others can be read without it."""


def refuse_width(columns: int) -> None:
    """`UnreadableError` for more than `MAX_COLUMNS` columns."""
    if columns > MAX_COLUMNS:
        raise UnreadableError(
            f"it has {columns:,} columns, the limit is {MAX_COLUMNS:,}: reduce the views first, "
            "by their principal components for example"
        )


def refuse_bomb(unpacked: int) -> None:
    """`UnreadableError` for more than `MAX_UNPACKED_BYTES` once unpacked."""
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableError(
            f"it unpacks to {unpacked / 2**30:.1f} GB, the limit is "
            f"{MAX_UNPACKED_BYTES / 2**30:.0f} GB: bring fewer rows or columns"
        )


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand there more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def first_line(error: Exception) -> str:
    """The first line of an error's message, which may hold much of the file."""
    return str(error).split("\n", 1)[0][:200] or type(error).__name__
