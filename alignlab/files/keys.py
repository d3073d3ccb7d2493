"""Which rows of several files belong together: by a column that identifies rows, or by position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from alignlab.data.matching import Match, comparable, match_keys
from alignlab.files.column_names import identifies_rows, is_id, numbers_rows

POSITION = "position"
"""The `key` with which row i of all files is the same sample, whatever their columns hold."""

_FEW = 0.5
"""A column that was not asked for is no key if a smaller fraction of the shortest file matches."""


JOINED = "Rows are joined on"
"""How the note begins that says so."""


class UnmatchedError(ValueError):
    """Files whose rows do not belong together by position, nor by the key.

    offered : names of columns that could be the key.
    """

    def __init__(self, reason: str, offered: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.offered = tuple(offered)


@dataclass(frozen=True, kw_only=True)
class MatchedBy:
    """How rows of several files were matched.

    key : the column; None if by position. moved : whether rows are in another order than in the
    files, or left out; report : what matched, if so. offered : all columns that could be the key.
    """

    key: str | None = None
    moved: bool = False
    offered: tuple[str, ...] = ()
    report: str = ""


def join_on(
    tables: Mapping[str, pd.DataFrame], key: str | None = None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Tables by file name with their rows in the same order, and notes on what was matched.

    key : the column that identifies rows; `POSITION` for none; None to find one: a column of the
        same name in two or more files, with text or row numbers that differ from row to row.

    Rows without a partner are left out. Where the files are in the same order, nothing changes.
    `matched_by` tells what became of it for a table that holds the result.

    Raises UnmatchedError if no file or not every file has the column, if a value occurs twice, or
    if the files have no value in common; without `key`, if a column that is called an identifier
    has less than half of its values in common.
    """
    found, _, notes = joined_by(tables, key)
    return found, notes


def joined_by(
    tables: Mapping[str, pd.DataFrame], key: str | None = None
) -> tuple[dict[str, pd.DataFrame], MatchedBy, list[str]]:
    """`join_on`, and how rows were matched."""
    offered = offered_keys(tables)
    if len(tables) < 2 or key == POSITION:
        return dict(tables), MatchedBy(offered=offered), []
    if key is not None:
        return _joined(tables, key, offered)
    notes: list[str] = []
    same: tuple[str, ...] = ()
    problem: UnmatchedError | None = None
    for name in sorted(offered, key=lambda name: only_count(_keys(tables, name))):
        keys = _keys(tables, name)
        if all(same_keys(first, second, name) for first, second in _neighbours(keys)):
            same = (*same, name)
        elif only_count(keys):
            notes.append(
                f"{name} only counts the rows in {_and(keys)}, so it is not used to match them; if "
                f"it identifies the samples, match rows by {name}"
            )
        elif _are_shared(keys, name):
            if not same:
                return _joined(tables, name, offered)
        elif is_id(name) and any(column.dropna().is_unique for column in keys.values()):
            problem = problem or UnmatchedError(_apart(keys, name), offered)
        else:
            notes.append(_ignored(name, keys))
    if problem and not same:
        raise problem
    notes = [agree(name, _keys(tables, name)) for name in same[:1]] + notes
    return dict(tables), MatchedBy(key=next(iter(same), None), offered=offered), notes


def _keys(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, pd.Series]:
    return {file: table[name] for file, table in tables.items() if name in table}


def _are_shared(keys: Mapping[str, pd.Series], name: str) -> bool:
    """Whether columns in different orders identify the same rows.

    Most values are in common, and are all different in a file, or repeated as often in all files.
    """
    try:
        columns = list(comparable(keys, name)[0].values())
    except ValueError:
        return False
    first, *others = columns
    if any(column.dropna().is_unique for column in columns):
        shared = [column.isin(other).mean() * len(column) / min(len(column), len(other))
                  for column in columns for other in columns if other is not column]  # fmt: skip
        return min(shared) >= _FEW
    return all(Counter(first) == Counter(other) for other in others)


def _joined(
    tables: Mapping[str, pd.DataFrame], key: str, offered: tuple[str, ...]
) -> tuple[dict[str, pd.DataFrame], MatchedBy, list[str]]:
    keys = _keys(tables, key)
    without = [file for file in tables if file not in keys]
    if len(keys) < 2:
        where = f"only {next(iter(keys))}" if keys else "no file"
        raise UnmatchedError(
            f"{where} has a column {key!r}: rows are matched by a column that two or more files "
            f"have{f', such as {_and(offered)}' if offered else ''}; name it, or match rows by "
            "position",
            offered,
        )
    try:
        match = match_keys(keys, key)
    except ValueError as error:
        raise UnmatchedError(_choose(str(error), key), offered) from error
    if match.same:
        return dict(tables), MatchedBy(key=key, offered=offered), [agree(key, keys)]
    if without:
        raise UnmatchedError(
            f"the rows of {_and(keys)} are matched by {key!r}, which {_and(without)} does not "
            "have: add this column, put all files into the same order, or match rows by position",
            offered,
        )
    found = {file: _taken(table, match, file) for file, table in tables.items()}
    return (
        found,
        MatchedBy(key=key, moved=True, offered=offered, report=match.report),
        [f"{JOINED} {key}, not by position: {match.report}"],
    )


def _taken(table: pd.DataFrame, match: Match, file: str) -> pd.DataFrame:
    found = table.iloc[match.rows[file]].reset_index(drop=True)
    found.attrs = dict(table.attrs)
    return found


def offered_keys(tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Columns in two or more files that identify the rows of at least one."""
    holders: dict[str, list[pd.DataFrame]] = {}
    for table in tables.values():
        for name in table:
            holders.setdefault(str(name), []).append(table)
    return tuple(
        name
        for name, those in holders.items()
        if len(those) > 1 and any(identifies_rows(name, table[name]) for table in those)
    )


def _neighbours(keys: Mapping[str, pd.Series]) -> list[tuple[pd.Series, pd.Series]]:
    columns = list(keys.values())
    return list(pairwise(columns))


def same_keys(first: pd.Series, second: pd.Series, name: str) -> bool:
    """Whether two columns hold the same keys in the same order, as numbers or as text."""
    if len(first) != len(second):
        return False
    if first.dtype == second.dtype:
        return bool(first.reset_index(drop=True).equals(second.reset_index(drop=True)))
    try:
        found, _ = comparable({"a": first, "b": second}, name)
    except ValueError:
        return False
    return bool(found["a"].equals(found["b"]))


def only_count(keys: Mapping[str, pd.Series]) -> bool:
    """Whether all columns count the rows from the same number on."""
    columns = list(keys.values())
    return all(
        numbers_rows("", column)
        and column.iloc[0] == columns[0].iloc[0]
        and column.iloc[-1] - column.iloc[0] == len(column) - 1
        for column in columns
    )


def _apart(keys: Mapping[str, pd.Series], name: str) -> str:
    """Why identifiers with little or nothing in common are refused."""
    try:
        report = match_keys(keys, name).report
    except ValueError as error:
        return f"{error}; or match rows by position"
    return (
        f"only {report}: check that {name} identifies the same samples in {_and(keys)}; or match "
        f"rows by {name} to keep these, or by position"
    )


def agree(name: str, keys: Sequence[str] | Mapping[str, pd.Series]) -> str:
    """A note on files, whose names are given, that have the same key in every row."""
    return f"{name} is the same in every row of {_and(keys)}"


def _ignored(name: str, keys: Mapping[str, pd.Series]) -> str:
    examples = " and ".join(f"{column.iloc[0]} in {file}" for file, column in keys.items())
    return (
        f"{name} has few values in common in {_and(keys)}, first {examples}, so it is not used to "
        f"match rows; if it identifies the samples, match rows by {name}"
    )


def _choose(reason: str, name: str) -> str:
    return f"{reason}; or match rows by position, or by a column other than {name}"


def _and(names: Sequence[str] | Mapping[str, object]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


_ATTRIBUTE = "matched by"


def remember(table: pd.DataFrame, how: MatchedBy) -> None:
    """Keep with a table how the rows of its files were matched."""
    table.attrs[_ATTRIBUTE] = how


def matched_by(table: pd.DataFrame) -> MatchedBy:
    """How the rows of the files of a table from `columns.join_tables` were matched."""
    found = table.attrs.get(_ATTRIBUTE)
    return found if isinstance(found, MatchedBy) else MatchedBy()
