"""Long lists of column names written as runs: a0 … a511 for readers, a short expression in code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SHORT = 3
"""Runs of fewer names are spelled one by one."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Names that differ in a number that rises by one: prefix, number from `first`, suffix.

    width : digits of a number padded with zeros, else 0. A single name has `count` 1.
    """

    prefix: str
    first: int
    suffix: str
    width: int
    count: int

    def name(self, i: int) -> str:
        """The name at position i of the run."""
        return f"{self.prefix}{self.first + i:0{self.width}d}{self.suffix}"


def column_runs(names: Sequence[str]) -> list[str | Run]:
    """The names in order, with runs of at least `SHORT` consecutive numbers joined."""
    found: list[str | Run] = []
    at = 0
    while at < len(names):
        run = _run(names, at)
        if run is None or run.count < SHORT:
            found.append(names[at])
            at += 1
        else:
            found.append(run)
            at += run.count
    return found


def _run(names: Sequence[str], at: int) -> Run | None:
    """The longest run that starts with names[at]; None for a name without a number."""
    # the number that changes may be any in the name; embeddings count in the last one
    split = re.fullmatch(r"(.*?)(\d+)(\D*)", names[at], re.DOTALL | re.ASCII)
    if split is None:
        return None
    prefix, digits, suffix = split.groups()
    padded = len(digits) > 1 and digits.startswith("0")
    width = len(digits) if padded else 0
    run = Run(prefix=prefix, first=int(digits), suffix=suffix, width=width, count=1)
    count = 1
    while at + count < len(names) and names[at + count] == run.name(count):
        count += 1
    return Run(prefix=prefix, first=run.first, suffix=suffix, width=width, count=count)


def listed_runs(names: Sequence[str], most: int = 6) -> str:
    """The names for a reader: "a0 … a511 (512 columns), b, c"; at most `most` runs are named."""
    runs = column_runs(names)
    told = [
        one if isinstance(one, str) else
        f"{one.name(0)} … {one.name(one.count - 1)} ({one.count:,} columns)"
        for one in runs[:most]
    ]  # fmt: skip
    if len(runs) > most:
        told.append(f"… ({len(names):,} columns in all)")
    return ", ".join(told) or "none"


def spelled(names: Sequence[str]) -> str:
    """A Python expression of the tuple of these names."""
    parts = [repr(one) if isinstance(one, str) else _spelled(one) for one in column_runs(names)]
    return f"({', '.join(parts)}{',' * bool(parts)})"


def _spelled(run: Run) -> str:
    numbers = f"range({run.first}, {run.first + run.count})"
    prefix, suffix = (part.replace("{", "{{").replace("}", "}}") for part in
                      (run.prefix, run.suffix))  # fmt: skip
    number = f"{{:0{run.width}d}}" if run.width else "{}"
    return f"*map({prefix + number + suffix!r}.format, {numbers})"
