"""What the names of columns, arrays and files suggest: groups, shards, row identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

FEW = 30
"""At most this many texts may all differ and still be classes."""

_ID = r"(?i:(.*[_.\- ])?(id|ids|uid|uuid|idx|index|key|row|rowid))|.*[a-z]I[dD]"

_SAVED_INDEX = r"__index_level_\d+__|Unnamed: 0"
"""Names of an index without a name, saved by pandas in Parquet and CSV files."""

_KEY_OF_TEXT = r"(?i:(.*[_.\- ])?(name|file|filename|path|url|word|barcode|sample))"

_INCREASING = 10


def family(column: str) -> str:
    """The column name without its number: x1_ for x1_0, left for left[3], a. for a.7."""
    return re.sub(r"\[?\d+\]?$", "", column)


def numbers_rows(name: str, column: pd.Series) -> bool:
    """Whether a column of whole numbers identifies rows: by its name, or since it always increases.

    An increase by one counts as such from 3 rows on, any increase from `_INCREASING` rows on, as
    that of the index of a table from which rows were dropped.
    """
    if not pd.api.types.is_integer_dtype(column):
        return False
    if re.fullmatch(f"{_ID}|{_SAVED_INDEX}", name):
        return True
    if len(column) < 3 or column.hasnans:
        return False
    steps = np.diff(column.to_numpy(dtype=np.float64))
    return bool((steps == 1).all() or (len(column) >= _INCREASING and (steps > 0).all()))


def are_identifiers(column: pd.Series) -> bool:
    """Whether a column holds texts that mostly differ, such as file names or captions."""
    known = column.dropna()
    texts = not pd.api.types.is_numeric_dtype(column)
    return texts and len(known) > FEW and known.nunique() > len(known) / 2


def is_id(name: str) -> bool:
    """Whether a column is called an identifier: id, sample_id, clipId, index, key, ..."""
    return bool(re.fullmatch(_ID, name))


def identifies_rows(name: str, column: pd.Series) -> bool:
    """Whether a column may be the key of its rows: row numbers, or texts that mostly differ."""
    if pd.api.types.is_numeric_dtype(column):
        return numbers_rows(name, column)
    named = re.fullmatch(f"{_ID}|{_SAVED_INDEX}|{_KEY_OF_TEXT}", name)
    return are_identifiers(column) or bool(named and column.dropna().is_unique)


def shard_of(name: str) -> tuple[str, int, bool] | None:
    """Base name, number, and whether it is explicit (x-00001-of-00002); None if not a shard name.

    img_emb_0 may be a shard of img_emb; x1 is an ordinary name, and arr_0 is numpy's default.
    """
    name = name.rstrip("_.- ")
    if found := re.fullmatch(r"(.+?)[_.\- ]*(\d+)[_.\- ]*of[_.\- ]*\d+", name):
        return found[1], int(found[2]), True
    found = re.fullmatch(r"(.*[^\d_.\- ])[_.\- ](\d+)", name)
    return (found[1], int(found[2]), False) if found and found[1] != "arr" else None


def shards(names: Iterable[str]) -> dict[str, list[str]]:
    """Names that may be shards, by base name: numbered from 0, or named like 1-of-2."""
    found: dict[str, list[str]] = {}
    first: set[str] = set()
    for name in names:
        if part := shard_of(name):
            found.setdefault(part[0], []).append(name)
            if part[1] == 0 or part[2]:
                first.add(part[0])
    return {thing: parts for thing, parts in found.items() if len(parts) > 1 and thing in first}


def further_shards(names: Iterable[str]) -> set[str]:
    """All shards but the first of each base name, if two or more base names come in shards."""
    found = shards(names)
    return {name for parts in found.values() for name in parts[1:]} if len(found) > 1 else set()
