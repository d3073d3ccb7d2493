"""Limits on the memory a file may take, and the errors for files that exceed them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MAX_COLUMNS = 20_000
"""Maximum number of columns of a file, both views together."""

READING_BYTES = 4000 * 2**20
"""Largest memory in bytes that reading files whole takes, beyond that of the files' own bytes."""

MAX_UNPACKED_BYTES = READING_BYTES // 5
"""Maximum size of what is read whole, unpacked and as numbers of 8 bytes.

The readers take up to 4.1 times that while they convert it. A file of float16 of the largest size
that is read whole, `tables.MAX_BYTES`, comes to just that.
"""

MAX_FOOTER_BYTES = 2**24
"""Largest Parquet footer and safetensors header accepted: parsed, they take many times that."""

TEXT_BYTES = 64
"""Approximate memory of a short text, in bytes."""


class UnreadableError(ValueError):
    """A file that is refused, with the reason and the remedy."""


class LeftOutError(UnreadableError):
    """A part of a file that cannot become a column; the rest can be read without it."""


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
            f"{MAX_UNPACKED_BYTES / 2**30:.1f} GB: use fewer rows or columns"
        )


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def first_line(error: Exception) -> str:
    """The first line of an error's message; the whole may quote much of the file."""
    return str(error).split("\n", 1)[0][:200] or type(error).__name__
