"""How much labelled data would settle a verdict, from the check that varies the number of labels.

A verdict counts as settled at some number of labels if it is not "Undetermined", the 90 % intervals
of Delta of CA and of CP both exclude 1, and the regime and the dimension of the label subspace stay
the same at every larger number tried.

Labels act only through the label subspace. On spiked data the intervals are as wide with a
twentieth of the labels, once these span the whole label subspace; they narrow with the number of
pairs, as 1/sqrt(n). So the number of labels is never extrapolated beyond those available; if the
intervals are too wide, the number of pairs is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from alignlab.checks import InputError
from alignlab.diagnosis.verdict import UNDETERMINED

DECIDING = ("ca", "cp")
"""The ratios that determine the regime."""

DEVIATIONS = float(ndtri(0.95))
"""Half the width of a 90 % interval, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What would settle a verdict.

    labels : the smallest number of labelled rows tried that settles it; NaN if none does.
    pairs : if intervals contain 1, the number of pairs at which they would exclude it, with the
        same fraction labelled; else NaN.
    tried, rows : the largest number of labels tried, and the number of pairs available.
    reason : why `labels` is NaN; else empty.
    """

    labels: float
    pairs: float
    tried: int
    rows: int
    reason: str


def labels_to_settle(table: pd.DataFrame) -> Settled:
    """The number of labels needed, from the rows of kind "labels" of `Checks.table`.

    A number of labels counts as settled only if a larger one confirms it. `pairs` assumes that the
    interval shrinks around the current estimate as 1/sqrt(n), as for any smooth function of
    moments; it is accurate to a factor of about 3, and NaN if the estimate is within one standard
    deviation of 1, since then it is not clear on which side of 1 Delta is.

    Raises ValueError if the table has no such rows.
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
        reason = last.reason or "the label subspace is empty"
    elif before is not None and before.directions != last.directions:
        reason = (
            f"between {int(before.value):,} and {tried:,} labels the dimension of the label "
            f"subspace changed from {int(before.directions)} to {int(last.directions)}: more "
            "labels may add further directions"
        )
    elif not _clear(last):
        pairs = _pairs(last)
        reason = "the 90 % interval of " + " and of ".join(
            f"Delta of {name.upper()} ({last[f'low_{name}']:.2f}-{last[f'high_{name}']:.2f})"
            for name in DECIDING
            if _holds_one(last, name)
        )
        reason += " contains 1; it narrows with the number of pairs, not of labels"
        if np.isnan(pairs):
            reason += "; the estimate is too near 1 to say on which side of 1 Delta is"
    elif last.regime == UNDETERMINED:
        reason = last.reason
    elif before is None:
        reason = "no fewer labels were tried"
    else:
        reason = f"with {int(before.value):,} labels " + (
            f'the verdict was "{before.regime}"'
            if before.regime != last.regime
            else "an interval contained 1"
        )
        reason += ", so the verdict is not confirmed yet: label more rows"
    return Settled(labels=float("nan"), pairs=pairs, tried=tried, rows=rows, reason=reason)


def _clear(row: pd.Series) -> bool:
    return not any(_holds_one(row, name) for name in DECIDING)


def _holds_one(row: pd.Series, name: str) -> bool:
    """Whether the interval contains 1; also True without an interval."""
    return not (row[f"low_{name}"] > 1 or row[f"high_{name}"] < 1)


def _pairs(row: pd.Series) -> float:
    """Number of pairs at which the intervals that contain 1 would end at 1; NaN if unknown."""
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
