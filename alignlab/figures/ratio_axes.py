"""Shared parts of the diagnosis figures: the axis of a ratio, and ratios as text."""

from __future__ import annotations

from typing import Any

import numpy as np

from alignlab.diagnosis.verdict import LARGEST
from alignlab.figures.theme import UNITY, log_axis

REACH = 10.0
"""The axes run at least from 1 / REACH to REACH."""

POPULATION, SAMPLE = "population", "these pairs"
"""The two readings of a diagnosis."""


def told(value: float) -> str:
    """A ratio or share as hover text: JSON has no infinity, it would be read as 0."""
    if np.isnan(value):
        return "not known"
    return "∞" if np.isinf(value) else f"{value:.3g}"


def reach_of(values: list[float]) -> float:
    """The limit of the axes on either side of 1; values beyond it are drawn at the ends."""
    finite = np.clip(np.array([v for v in values if v == v]), 1 / LARGEST, LARGEST)
    farthest = float(np.exp(np.abs(np.log(finite)).max(initial=0.0)))
    return REACH if farthest <= REACH else min(1.6 * farthest, LARGEST)


def within(value: float | np.ndarray, reach: float) -> np.ndarray:
    """Each value (...), clipped to 1 / reach and reach."""
    return np.clip(value, 1 / reach, reach)


def ratio_axis(title: str, reach: float) -> dict[str, Any]:
    """A logarithmic axis from 1 / reach to reach, with ticks as plain numbers."""
    end = float(np.log10(reach))
    ticks = [0.001, 0.01, 0.1, 0.3, 1, 3, 10, 100, 1000]
    return log_axis(title) | {
        "range": [-end, end], "exponentformat": "none", "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks], "constrain": "domain",
    }  # fmt: skip


def crosshair() -> list[dict[str, Any]]:
    """A horizontal and a vertical line at 1."""
    line = {"color": UNITY, "width": 2}
    return [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": line},
        {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 1, "x1": 1, "line": line},
    ]
