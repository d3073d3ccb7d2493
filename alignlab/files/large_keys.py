"""Keys of files too large for memory: they are compared block by block, and no row is moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alignlab.data.matching import comparable
from alignlab.files.column_names import identifies_rows
from alignlab.files.keys import POSITION, UnmatchedError, agree, only_count, same_keys
from alignlab.files.large_files import LargeTable

BLOCK_ROWS = 2**16
"""Number of keys compared at a time."""

_LOOKED_AT = 1000
"""Number of rows read to see whether a column identifies rows."""


def check_large(tables: Sequence[LargeTable], key: str | None = None) -> list[str]:
    """Notes on the keys of files that are read in blocks; their rows must be in the same order.

    key : as for `keys.join_on`. Rows are not moved: the files would be read in random order.

    Raises UnmatchedError with the remedy if the keys differ in a row.
    """
    if len(tables) < 2 or key == POSITION:
        return []
    offered = _offered(tables)
    chosen = offered[:1] if key is None else [key]
    for name in chosen:
        holders = [table for table in tables if name in table.columns]
        if len(holders) < 2:
            where = f"only {holders[0].name}" if holders else "no file"
            raise UnmatchedError(
                f"{where} has a column {name!r}: name a column that two or more files have, or "
                "match rows by position",
                offered,
            )
        first, *others = holders
        for other in others:
            _compare(first, other, name, offered)
        return [agree(name, [table.name for table in holders])]
    return []


def _offered(tables: Sequence[LargeTable]) -> list[str]:
    """Columns in two or more files that identify the first rows; mere row counts come last."""
    counts = Counter(name for table in tables for name in table.columns)
    shared = [name for name, count in counts.items() if count > 1]
    heads = {}
    for table in tables:
        own = [name for name in shared if name in set(table.columns)]
        if own:
            heads[table.name] = next(table.blocks(own, _LOOKED_AT))
    keys = {
        name: {file: head[name] for file, head in heads.items() if name in head} for name in shared
    }
    found = [name for name in shared if any(identifies_rows(name, c) for c in keys[name].values())]
    return sorted(found, key=lambda name: only_count(keys[name]))


def _compare(first: LargeTable, other: LargeTable, name: str, offered: Sequence[str]) -> None:
    """UnmatchedError if a key differs in a row of two files."""
    remedy = (
        f"files of this size are not joined: keep the rows whose {name!r} is in both and sort both "
        f'files by it, as DuckDB does ("FROM a SEMI JOIN b USING ({name}) ORDER BY {name}"), or '
        "match rows by position"
    )
    row = 0
    both = (table.blocks([name], BLOCK_ROWS) for table in (first, other))
    for block in zip(*both, strict=False):
        m = min(map(len, block))
        a, b = (part[name].iloc[:m] for part in block)
        if not same_keys(a, b, name):
            found = comparable({"a": a, "b": b}, name)[0]
            differ = (found["a"] != found["b"]).to_numpy(dtype=bool, na_value=True)
            at = int(differ.argmax())
            raise UnmatchedError(
                f"{name!r} differs in data row {row + at + 1:,}, {a.iloc[at]} in {first.name} and "
                f"{b.iloc[at]} in {other.name}; {remedy}",
                offered,
            )
        row += m
    if first.rows != other.rows:
        raise UnmatchedError(
            f"{first.name} has {first.rows:,} rows and {other.name} has {other.rows:,}, with the "
            f"same {name!r} in the first {row:,}; {remedy}",
            offered,
        )
