"""Broken stretches of rows as a clause, with their cause and the remedy."""

from __future__ import annotations

from collections.abc import Sequence

from alignlab.diagnosis.stretches import Stretch

TOLD = 3
"""Maximum number of stretches that are named."""


def broken_words(broken: Sequence[Stretch], n: int, sampled: bool = False) -> str:
    """The broken stretches of n rows and the remedy, as a clause.

    sampled : whether they were found in a sample of the rows, so that their ends are approximate.
    """
    told = "; ".join(_told(one, n) for one in broken[:TOLD])
    more = f"; and {len(broken) - TOLD} more stretches" if len(broken) > TOLD else ""
    about = ", approximately" if sampled else ""
    return (
        f"the pairing is broken in {told}{more} (rows are counted from 0{about}); bring both views "
        "into the same order, by an id that both have (al.match_rows, or the key of the files), or "
        "leave these rows out"
    )


def _told(one: Stretch, n: int) -> str:
    rows = "all rows" if one.last - one.first + 1 >= n else f"rows {one.first:,} to {one.last:,}"
    if one.lag is None:
        return f"{rows}, where x and y are not coupled as elsewhere: they may be in another order"
    sign, view = ("+", "x") if one.lag > 0 else ("-", "y")
    count = abs(one.lag)
    lost = f"{count} rows of {view} seem" if count > 1 else f"one row of {view} seems"
    return (
        f"{rows}, where row i of x matches row i {sign} {count} of y: {lost} to be lost at or "
        f"before row {one.first:,}"
    )
