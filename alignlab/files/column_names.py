"""What names of columns, arrays and files tell: which belong together, which number rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd


def family(column: str) -> str:
    """The part of a column's name that others share: x1_ of x1_0, left of left[3], a. of a.7."""
    return re.sub(r"\[?\d+\]?$", "", column)


def numbers_rows(name: str, column: pd.Series) -> bool:
    """Whether whole numbers only tell rows apart: they are called so, or go up by one each row."""
    if not pd.api.types.is_integer_dtype(column):
        return False
    if re.fullmatch(r"(?i:(.*[_.\- ])?(id|ids|uid|idx|index|key|row|rowid))|.*[a-z]I[dD]", name):
        return True
    if len(column) < 3 or column.hasnans:
        return False
    return bool((np.diff(column.to_numpy(dtype=np.float64)) == 1).all())


def shard_of(name: str) -> tuple[str, int, bool] | None:
    """What a name is a part of, its number, and whether it says so: x-00001-of-00002; else None.

    img_emb_0 may be a part of img_emb; x1 is a name, and arr_0 is numpy's.
    """
    name = name.rstrip("_.- ")
    if found := re.fullmatch(r"(.+?)[_.\- ]*(\d+)[_.\- ]*of[_.\- ]*\d+", name):
        return found[1], int(found[2]), True
    found = re.fullmatch(r"(.*[^\d_.\- ])[_.\- ](\d+)", name)
    return (found[1], int(found[2]), False) if found and found[1] != "arr" else None


def shards(names: Iterable[str]) -> dict[str, list[str]]:
    """Names that may be parts of one thing, by that: numbered from 0, or called 1 of 2."""
    found: dict[str, list[str]] = {}
    first: set[str] = set()
    for name in names:
        if part := shard_of(name):
            found.setdefault(part[0], []).append(name)
            if part[1] == 0 or part[2]:
                first.add(part[0])
    return {thing: parts for thing, parts in found.items() if len(parts) > 1 and thing in first}


def further_shards(names: Iterable[str]) -> set[str]:
    """All parts but the first, where two or more things come in parts: a view of each is there."""
    found = shards(names)
    return {name for parts in found.values() for name in parts[1:]} if len(found) > 1 else set()
