"""How much labelled data would settle a verdict, from the check that varies the labels.

A verdict counts as settled at some number of labels where it is not "Undetermined", the 90 %
intervals of Delta of CA and of CP both leave out 1, and regime and number of label directions stay
the same at every larger number that was tried.

Labels act through the directions that they see. On spiked data the intervals are as wide with a
twentieth of the labels, once these see all directions; they narrow with the number of pairs, as
1/sqrt(n). So beyond the labels that are there nothing is extrapolated in their number; where the
intervals are what is wanting, the number of pairs is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from alignlab.checks import InputError
from alignlab.diagnosis.verdict import UNDETERMINED

DECIDING = ("ca", "cp")
"""The ratios that the regime is made of."""

DEVIATIONS = float(norm.ppf(0.95))
"""Half the width of a 90 % interval, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What would settle a verdict.

    labels : the fewest labelled rows of those tried that settle it; NaN where none did.
    pairs : where intervals that hold 1 are what is wanting, the pairs at which they would leave it
        out, with as large a share of them labelled; else NaN.
    tried, rows : the most labels that were tried, and the pairs there are.
    reason : why there is no number of labels; empty where there is one.
    """

    labels: float
    pairs: float
    tried: int
    rows: int
    reason: str


def labels_to_settle(table: pd.DataFrame) -> Settled:
    """What the rows of kind "labels" of `Checks.table` tell of the labels that are needed.

    One number of labels is settled only when a larger one confirms it. `pairs` takes the interval
    to shrink around the present estimate as 1/sqrt(n), as that of any smooth function of moments
    does; it is good to a factor of about 3, and left out where the estimate is within one standard
    deviation of 1, so that not even its side is known.

    Raises ValueError where the table has no such rows.
    """
    sweep = table[table.kind == "labels"].sort_values("value")
    if sweep.empty:
        raise InputError("labels_to_settle", "the table holds no check of kind 'labels': run one")
    last = sweep.iloc[-1]
    tried, rows = int(last.labelled), int(last.pairs)
    same = (sweep.regime == last.regime) & (sweep.directions == last.directions)
    clear = np.array([_clear(row) for _, row in sweep.iterrows()])
    settled = (same & (sweep.regime != UNDETERMINED)).to_numpy() & clear
    run = int(np.argmin([*settled[::-1], False]))
    pairs, reason = float("nan"), ""
    if run >= 2:
        first = float(sweep.value.iloc[-run])
        return Settled(labels=first, pairs=pairs, tried=tried, rows=rows, reason=reason)
    before = sweep.iloc[-2] if len(sweep) > 1 else None
    if last.directions == 0:
        reason = last.reason or "labels see no direction"
    elif before is not None and before.directions != last.directions:
        reason = (
            f"between {int(before.value):,} and {tried:,} labels the directions that they see went "
            f"from {int(before.directions)} to {int(last.directions)}: more labels may see more"
        )
    elif not _clear(last):
        pairs = _pairs(last)
        reason = "the 90 % interval of " + " and of ".join(
            f"Delta of {name.upper()} ({last[f'low_{name}']:.2f}-{last[f'high_{name}']:.2f})"
            for name in DECIDING
            if _holds_one(last, name)
        )
        reason += " holds 1, and it is the number of pairs that narrows it"
        if np.isnan(pairs):
            reason += "; the estimate is so near 1 that not even its side is known"
    elif last.regime == UNDETERMINED:
        reason = last.reason
    elif before is None:
        reason = "no fewer labels were tried"
    else:
        reason = f"with {int(before.value):,} labels " + (
            f'the verdict was "{before.regime}"'
            if before.regime != last.regime
            else "an interval held 1"
        )
        reason += ", so that nothing confirms it yet: label more rows"
    return Settled(labels=float("nan"), pairs=pairs, tried=tried, rows=rows, reason=reason)


def _clear(row: pd.Series) -> bool:
    return not any(_holds_one(row, name) for name in DECIDING)


def _holds_one(row: pd.Series, name: str) -> bool:
    """Also where there is no interval."""
    return not (row[f"low_{name}"] > 1 or row[f"high_{name}"] < 1)


def _pairs(row: pd.Series) -> float:
    """At how many pairs the intervals that hold 1 would end at 1; NaN where that is not known."""
    needed = []
    for name in DECIDING:
        if not _holds_one(row, name):
            continue
        delta, low, high = (row[f"{part}_{name}"] for part in ("delta", "low", "high"))
        if not (0 < delta < np.inf and low > 0 and high < np.inf):
            return float("nan")
        away = abs(np.log(delta))
        reach = np.log(delta / low) if delta > 1 else np.log(high / delta)
        if away < reach / DEVIATIONS:
            return float("nan")
        needed.append(row.pairs * (reach / away) ** 2)
    return float(max(needed, default=np.nan))
