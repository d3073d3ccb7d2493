"""Match rows of tables by a key that identifies them: an id column, or the index of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignlab.checks import InputError

_TOLD = 3
"""Maximum number of keys given as examples."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """The rows of several tables that have the same key.

    rows : by table, positions (m,) of its rows with a partner in every table, in the order of the
        first table. same : whether these are all rows of every table, in the order they are in.
    report : a clause with the numbers of rows that match.
    """

    rows: dict[str, np.ndarray]
    same: bool
    report: str


def match_keys(keys: Mapping[str, pd.Series], what: str, first: int = 1) -> Match:
    """Rows of tables with equal keys; keys (n_t,) by table, `what` names them in messages.

    Keys are compared by their values, and numbers with texts as numbers if all texts are whole
    numbers ("001" is 1), otherwise as texts. Rows without a key have no partner.
    first : number of the first row in messages.

    Raises ValueError if a key occurs twice in a table, or if no key is in all tables.
    """
    found, notes = comparable(keys, what)
    known = {name: np.flatnonzero(column.notna()) for name, column in found.items()}
    index = {name: pd.Index(found[name].iloc[rows]) for name, rows in known.items()}
    for name, own in index.items():
        _refuse_repeats(own, known[name], name, what, first)
    start, *others = index
    common = index[start]
    for name in others:
        common = common[common.isin(index[name])]
    if not len(common):
        examples = ", ".join(f"{_some(own)} in {name}" for name, own in index.items())
        raise ValueError(
            f"no {what} is in all of {_and(index)} ({examples}): check that they identify the "
            "same samples, written alike"
        )
    rows = {name: known[name][own.get_indexer(common)] for name, own in index.items()}
    same = all(np.array_equal(rows[name], np.arange(len(keys[name]))) for name in rows)
    counts = [f"{len(common):,} of {len(keys[name]):,} rows of {name}" for name in rows]
    report = f"{_and(counts)} match"
    if alone := [
        f"{_some(rest)} of {name}" for name, own in index.items()
        if len(rest := own[~own.isin(common)])
    ]:  # fmt: skip
        report += f"; first without a partner: {_and(alone)}"
    if gaps := [
        f"{len(keys[name]) - len(own):,} of {name}" for name, own in index.items()
        if len(own) < len(keys[name])
    ]:  # fmt: skip
        report += f"; rows without {what}: {_and(gaps)}"
    return Match(rows=rows, same=same, report="; ".join([report, *notes]))


def comparable(keys: Mapping[str, pd.Series], what: str) -> tuple[dict[str, pd.Series], list[str]]:
    """Keys as values that can be compared, with clauses on what was converted."""
    found = {name: _plain(column, what, name) for name, column in keys.items()}
    texts = [name for name, column in found.items() if not _are_numbers(column)]
    if not texts:
        return found, []
    numbers = [name for name in found if name not in texts]
    whole = all(found[name].dropna().str.fullmatch(r"[+-]?\d+").all() for name in texts)
    if not numbers and not (whole and _only_as_numbers([found[name] for name in texts])):
        return found, []
    if whole:
        for name in texts:
            found[name] = found[name].map(int, na_action="ignore").astype("Int64")
        return found, [f"{what} is text in {_and(texts)} and compared as numbers, 001 is 1"]
    for name in numbers:
        found[name] = found[name].map(_written, na_action="ignore").astype(object)
    return found, [f"{what} is numbers in {_and(numbers)} and compared as text"]


def _plain(column: pd.Series, what: str, name: str) -> pd.Series:
    """Keys as Int64, float64 or objects that are texts; ValueError for anything else."""
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(column.dtype) and column.dtype != object:
        raise ValueError(f"{what} of {name} is true or false: choose a key that identifies rows")
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.astype("Int64")
    if pd.api.types.is_float_dtype(column.dtype):
        known = column.dropna().to_numpy(dtype=np.float64)
        # whole numbers become floats where one is missing
        exact = bool((np.abs(known) < 2**53).all() and (known == np.floor(known)).all())
        return column.astype("Int64" if exact else "float64")
    known = column.dropna()
    if known.map(lambda value: isinstance(value, int) and not isinstance(value, bool)).all():
        return column.astype("Int64")
    return column.map(str, na_action="ignore").astype(object)


def _are_numbers(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype))


def _written(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(float(value))


def _only_as_numbers(texts: list[pd.Series]) -> bool:
    """Whether texts of whole numbers have nothing in common as they are written: 01 and 1."""
    first, *others = texts
    return bool(others) and not any(first.isin(other.dropna()).any() for other in others)


def _refuse_repeats(own: pd.Index, rows: np.ndarray, name: str, what: str, first: int) -> None:
    """ValueError if a key occurs twice; rows : the row of each key."""
    repeated = own.duplicated(keep="first")
    if not repeated.any():
        return
    value = own[int(repeated.argmax())]
    where = rows[np.flatnonzero(own == value)[:2]] + first
    kind = "data rows" if first else "rows"
    more = f", and {repeated.sum() - 1:,} more are repeated" if repeated.sum() > 1 else ""
    raise ValueError(
        f"{what} {_shown(value)} occurs more than once in {name}, in {kind} {where[0]} and "
        f"{where[1]}{more}: keep one row for each {what}"
    )


def _some(keys: pd.Index) -> str:
    return ", ".join(map(_shown, keys[:_TOLD])) + (" …" if len(keys) > _TOLD else "")


def _shown(key: Any) -> str:
    text = repr(key) if isinstance(key, str) else str(key)
    return text if len(text) <= 40 else f"{text[:38]}…"


def _and(names: Any) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else str(last)


class Matched(NamedTuple):
    """Frames with their rows in the same order, and a report; see `match_rows`."""

    X: pd.DataFrame
    Y: pd.DataFrame
    labels: pd.DataFrame | pd.Series | None
    report: str


def match_rows(X: Any, Y: Any, labels: Any = None, on: Any = None) -> Matched:
    """Bring the rows of pandas tables into the same order, by their index or by a column.

    An inner join: rows without a partner in every table are left out, those that stay have the
    order of X. Keys are compared by value; numbers and texts as numbers if all texts are whole
    numbers ("001" is 1), otherwise as texts.

    Parameters
    ----------
    X : (n1, d1), Y : (n2, d2), labels : (n3,) or (n3, p), tables of pandas; labels may be None.
    on : name of a column that identifies the rows, or of the index where it is one already; it is
        the index of the result. None matches all tables by their indices.

    Returns
    -------
    (X (n, d1), Y (n, d2), labels (n,) or (n, p), report), where report says how many rows match.

    Raises
    ------
    ValueError
        Input that is not a table of pandas, a key that occurs twice in a table, or no common key.

    See Also
    --------
    pandas.merge : joins two tables into one.

    Examples
    --------
    >>> import alignlab as al
    >>> import pandas as pd
    >>> X = pd.DataFrame({"id": [7, 8, 9], "a": [0.1, 0.2, 0.3]})
    >>> Y = pd.DataFrame({"id": [9, 7, 5], "b": [3.0, 1.0, 0.0]})
    >>> X, Y, labels, report = al.match_rows(X, Y, on="id")
    >>> Y.b.tolist(), Y.index.tolist()
    ([1.0, 3.0], [7, 9])
    >>> report
    '2 of 3 rows of X and 2 of 3 rows of Y match; first without a partner: 8 of X and 5 of Y'
    """
    given = {"X": X, "Y": Y} | ({} if labels is None else {"labels": labels})
    tables: dict[str, pd.DataFrame | pd.Series] = {}
    for name, table in given.items():
        if not isinstance(table, pd.DataFrame | pd.Series):
            raise InputError(
                "match_rows",
                f"{name} is a {type(table).__name__}, whose rows have no names: give a pandas "
                "DataFrame or Series with an index, or with the column `on`",
            )
        if on is not None and isinstance(table, pd.DataFrame) and on in table:
            table = table.set_index(on)
        elif on is not None and table.index.name != on:
            raise InputError(
                "match_rows",
                f"{name} has neither a column nor an index named {on!r}: add it, or give on=None "
                "to match by the indices",
            )
        tables[name] = table
    what = "row label" if on is None else str(on)
    keys = {name: _keys(table.index) for name, table in tables.items()}
    try:
        match = match_keys(keys, what, first=0)
    except ValueError as error:
        raise InputError("match_rows", str(error)) from error
    index = tables["X"].index[match.rows["X"]]
    X, Y, labels = (
        tables[name].iloc[match.rows[name]].set_axis(index, axis=0) if name in tables else None
        for name in ("X", "Y", "labels")
    )
    return Matched(X, Y, labels, match.report)


def _keys(index: pd.Index) -> pd.Series:
    return pd.Series(index.map(repr) if isinstance(index, pd.MultiIndex) else index)
