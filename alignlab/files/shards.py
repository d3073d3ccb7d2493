"""Shards: files of one series that hold consecutive rows of one table, found by their names.

img_emb_0.npy, img_emb_1.npy, ...; train-00000-of-00002.parquet; part-0.arrow. Their rows come below
each other in the order of their numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from alignlab.files.column_names import family, shard_of
from alignlab.files.columns import is_numeric
from alignlab.files.large_files import LargeTable, digest_of, stamp_of
from alignlab.files.large_tables import open_large
from alignlab.files.limits import UnreadableError, refuse_bomb
from alignlab.files.reading_notes import left_out_of, notes_of, restated
from alignlab.files.registry import split_name

_TOLD = 3
"""Maximum number of missing shards that are named."""

_PARTS = re.compile(r"(.*[_.\- ])?(part|shard|chunk|batch)", re.IGNORECASE)
"""What is numbered under such a name is a shard, whatever lies beside it."""


@dataclass(frozen=True)
class Series:
    """The files of one table. name : as if it were a single file. members : names, in order."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """What the name of a shard tells: of which series, its number, and how many there are."""

    base: str
    number: int
    of: int | None


def _part_of(name: str) -> _Part | None:
    stem = split_name(name)[0]
    if found := re.fullmatch(r"(.+?)[_.\- ]*(\d+)[_.\- ]*of[_.\- ]*(\d+)", stem):
        return _Part(found[1], int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(part)-(\d+)-[\w\-.]+", stem):  # as Spark names them
        return _Part(found[1], int(found[2]), None)
    part = shard_of(stem)
    return _Part(part[0], part[1], None) if part else None


def grouped(names: Sequence[str], alike: Callable[[str, str], bool]) -> list[Series]:
    """The series among these file names, in the order of their first members.

    Two files x_0 and x_1 alone may also be two views. They are shards if `alike` says that each of
    them holds a whole table with the same columns.

    Raises ValueError for a series that lacks a shard, with the name of that shard.
    """
    parts = {name: part for name in names if (part := _part_of(name))}
    series: dict[tuple[str, str, int | None], list[str]] = {}
    for name, part in parts.items():
        series.setdefault((part.base, split_name(name)[1], part.of), []).append(name)
    counted = {
        place: sorted(members, key=lambda name: parts[name].number)
        for place, members in series.items()
        if place[2] is not None or _is_counted([parts[name] for name in members])
    }
    several = sum(place[2] is None for place in counted) > 1
    found: dict[str, Series] = {}
    for (base, ending, of), members in counted.items():
        sure = several or of is not None or len(members) > 2 or bool(_PARTS.fullmatch(base))
        if not sure and not alike(*members):
            continue
        _refuse_gaps(members, [parts[name].number for name in members], of)
        whole = Series(f"{base.rstrip('_.- ')}.{ending}", tuple(members))
        found |= dict.fromkeys(members, whole)
    together = dict.fromkeys(found.get(name, Series(name, (name,))) for name in names)
    return list(together)


def _is_counted(parts: Sequence[_Part]) -> bool:
    """Whether files are numbered as shards are: from 0, or parts from 1."""
    first = min(part.number for part in parts)
    return len(parts) > 1 and first <= (1 if _PARTS.fullmatch(parts[0].base) else 0)


def _refuse_gaps(members: Sequence[str], numbers: Sequence[int], of: int | None) -> None:
    """ValueError for a missing shard, or one that is there twice."""
    twice = [name for name, a, b in zip(members[1:], numbers, numbers[1:], strict=False) if a == b]
    if twice:
        raise ValueError(f"{twice[0]} has the number of another shard: remove one of them")
    first = 0 if 0 in numbers or (of is None and min(numbers) != 1) else 1
    count = of if of is not None else max(numbers) - first + 1
    missing = sorted(set(range(first, first + count)) - set(numbers))
    if not missing:
        return
    shown = ", ".join(map(str, missing[:_TOLD])) + (" …" if len(missing) > _TOLD else "")
    raise ValueError(
        f"shards are missing between or beside {members[0]} and {members[-1]}: {len(members)} of "
        f"{count} are there, without number {shown}; bring these too, since row i of all views "
        "must be the same sample; if the files are views, name them without numbers"
    )


def stacked(name: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of shards below each other; tables by file name, in order.

    Columns that are named after their file, as those of NPY, are named after the series.
    Raises ValueError if the shards differ in their columns, or exceed the limit on memory together.
    """
    renamed: dict[str, pd.DataFrame] = {}
    used = 0
    for member, table in tables.items():
        new = table.set_axis(renamed_columns(list(table), member, name), axis=1)
        if renamed:
            first, other = next(iter(renamed.items()))
            _refuse_unlike(
                first, {column: is_numeric(other[column]) for column in other},
                member, {column: is_numeric(new[column]) for column in new},
            )  # fmt: skip
        used += int(table.memory_usage(index=False).sum())
        try:
            refuse_bomb(used)
        except UnreadableError as error:
            raise ValueError(f"{name} in {len(tables)} shards: {error}") from error
        renamed[member] = new
    first = next(iter(tables.values()))
    whole = pd.concat(renamed.values(), ignore_index=True)
    restated(whole, notes_of(first), left_out_of(first))
    return whole


def renamed_columns(columns: Sequence[str], member: str, name: str) -> list[str]:
    """Columns named after their file, named after the series; any other unchanged."""
    own, new = split_name(member)[0], split_name(name)[0]
    if own == new or not all(column == own or column.startswith(f"{own}[") for column in columns):
        return list(columns)
    return [new + column.removeprefix(own) for column in columns]


def _refuse_unlike(
    first: str, known: Mapping[str, bool], member: str, columns: Mapping[str, bool]
) -> None:
    """ValueError if two shards differ in columns; both by name, whether they hold numbers."""
    if known == columns:
        return
    for column in [*known, *columns]:
        if known.get(column) != columns.get(column):
            there = {None: "is not in", True: "holds numbers in", False: "holds text in"}
            raise ValueError(
                f"{first} and {member} are shards of one table but differ: column {column!r} "
                f"{there[known.get(column)]} the first and {there[columns.get(column)]} the other "
                f"({len(known):,} and {len(columns):,} columns); save them alike"
            )


def are_alike(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether each of two tables holds two views or more, under the same names."""
    families = Counter(family(column) for column in first if is_numeric(first[column]))
    views = [name for name, count in families.items() if count > 1]
    return list(first) == list(second) and len(views) > 1


class Shards(LargeTable):
    """Shards as one table, of which at most one file is open at a time."""

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        super().__init__(paths[0])
        self.name, self.paths = name, tuple(paths)
        self._stamps = [stamp_of(path) for path in paths]
        first = open_large(paths[0])
        self.columns = tuple(renamed_columns(first.columns, paths[0].name, name))
        places = dict(zip(first.columns, self.columns, strict=True))
        self.numeric = tuple(places[column] for column in first.numeric)
        self.notes, self.left_out = first.notes, first.left_out
        numbers = set(self.numeric)
        known = {column: column in numbers for column in self.columns}
        self._rows = [first.rows]
        self._in_order = [True]
        """By shard, whether its columns come in the order of those of the first."""
        for path in paths[1:]:
            table = open_large(path)
            names = renamed_columns(table.columns, path.name, name)
            others = set(table.numeric)
            told = {new: own in others for new, own in zip(names, table.columns, strict=True)}
            _refuse_unlike(paths[0].name, known, path.name, told)
            self._rows.append(table.rows)
            self._in_order.append(tuple(names) == self.columns)
        self.rows = sum(self._rows)
        self._row_bytes = first.row_bytes
        self._own = {new: old for old, new in places.items()}

    def row_bytes(self, columns: Sequence[str]) -> int:
        return self._row_bytes([self._own[column] for column in columns])

    def _changed(self) -> bool:
        return [stamp_of(path) for path in self.paths] != self._stamps

    def _digested(self) -> str:
        each = map(digest_of, self.paths, self._stamps)
        return sha256("".join(each).encode()).hexdigest()

    def _blocks(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        waiting: list[pd.DataFrame] = []
        held = 0
        for block in self._pieces(columns, rows):
            waiting.append(block)
            held += len(block)
            if held >= rows:  # a block has no more rows than are asked for, so one is complete
                whole = _below(waiting)
                yield whole.iloc[:rows]
                held -= rows
                waiting = [whole.iloc[rows:]] if held else []
        if held:
            yield _below(waiting)

    def _pieces(self, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
        """Blocks of at most so many rows, each from one shard."""
        place = {column: at for at, column in enumerate(self.columns)}
        places, index = [place[column] for column in columns], pd.Index(columns)
        for path, count, in_order in zip(self.paths, self._rows, self._in_order, strict=True):
            table = open_large(path)
            if table.rows != count:
                raise UnreadableError(f"{path.name} has changed since it was opened: open it again")
            if in_order:
                own = [table.columns[at] for at in places]
            else:
                names = renamed_columns(table.columns, path.name, self.name)
                known = dict(zip(names, table.columns, strict=True))
                own = [known[column] for column in columns]
            for block in table.blocks(own, rows):
                yield block.set_axis(index, axis=1)


def _below(blocks: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(blocks, ignore_index=True) if len(blocks) > 1 else blocks[0]
