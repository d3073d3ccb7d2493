"""What the sensitivity checks of a verdict show, in sentences computed from their table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.diagnosis.labels_needed import Settled, labels_to_settle
from alignlab.diagnosis.verdict import UNDETERMINED
from alignlab.words.diagnose import reason_words
from alignlab.words.numbers import number, share

NAMES = {
    "labels": "Fewer labels",
    "noise": "Noise on labels",
    "coarser": "Coarser labels",
    "ridge": "Ridge",
    "components": "Principal components",
}


def checks_words(table: pd.DataFrame) -> list[str]:
    """Advice and verdict along each check of `Checks.table`, and how many labels settle it."""
    sentences = [_check(str(kind), rows) for kind, rows in table.groupby("kind", sort=False)]
    if (table.kind == "labels").sum() > 1:
        sentences.append(_settled(labels_to_settle(table)))
    return sentences


TOLD = {"none": "train nothing", "undetermined": "no advice"}


def _check(kind: str, rows: pd.DataFrame) -> str:
    rows = rows.sort_values("value")
    span = f"{_value(kind, rows.value.iloc[0])} to {_value(kind, rows.value.iloc[-1])}"
    advised = rows.recommendation.map(lambda one: TOLD.get(one, f"train {one}"))
    words = f"**{NAMES[kind]}** ({span}): the advice {_runs(kind, rows, advised)}"
    words += f"; the verdict of theory {_runs(kind, rows, rows.regime)}."
    seen = rows.directions
    if seen.nunique() > 1 and rows.regime.nunique() > 1:
        words += f" The label subspace has {int(seen.min())} to {int(seen.max())} dimensions."
    return words + _reason(rows)


def _runs(kind: str, rows: pd.DataFrame, told: pd.Series) -> str:
    """Which text applies at which values; rows are sorted by value."""
    if told.nunique() == 1:
        return f'is "{told.iloc[0]}" at each of {len(rows)} values'
    parts = []
    for _, run in rows.assign(told=told).groupby((told != told.shift()).cumsum()):
        first, last = _value(kind, run.value.iloc[0]), _value(kind, run.value.iloc[-1])
        where = f"at {first}" if len(run) == 1 else f"from {first} to {last}"
        parts.append(f'"{run.told.iloc[0]}" {where}')
    return f"depends on it: {', '.join(parts)}"


def _reason(rows: pd.DataFrame) -> str:
    """Why the verdict is undetermined, if all undetermined values have the same reason."""
    reasons = rows.reason[rows.regime == UNDETERMINED].unique()
    if len(reasons) != 1:
        return ""
    return f" Undetermined because {reason_words(reasons[0]).rstrip('.')}."


def _value(kind: str, value: float) -> str:
    if kind in ("labels", "coarser", "components"):
        return f"{int(value):,}"
    if kind == "noise" and value <= 1:
        return share(value) if value else "none"
    return number(value)


def _settled(found: Settled) -> str:
    if np.isfinite(found.labels):
        words = f"**{int(found.labels):,} labels settle theory's verdict**: from there to "
        return (
            f"{words}{found.tried:,} neither the regime nor the number of label directions changes."
        )
    words = f"**{found.tried:,} labels do not settle theory's verdict**: "
    words += f"{reason_words(found.reason)}."
    if np.isfinite(found.pairs):
        words += (
            f" If the interval narrows as 1/√n around the present estimate, about "
            f"{number(float(f'{found.pairs:.2g}'))} pairs would, instead of {found.rows:,}."
        )
    return words
