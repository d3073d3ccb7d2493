"""The values of a sweep, and the thresholds of perfect alignment in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweeps import point
from alignlab.grid import spaced

Range = tuple[float, float, bool]
"""Lowest value, highest value, whether they are spaced evenly in the logarithm."""

_USUAL: dict[str, Callable[[SyntheticSpec], Range]] = {
    "n": lambda spec: (2, 2000, True),
    "d": lambda spec: (spec.k + spec.k % 2, max(40, 10 * spec.k), False),
    "k": lambda spec: (1, spec.d1 + spec.d2, False),
    "noise": lambda spec: (0.01, 1000.0, True),
    "condition": lambda spec: (1.0, 1e6, True),
    "components": lambda spec: (1, 6, False),
    "d1_share": lambda spec: (0.0, 1.0, False),
}

LAWS: dict[str, dict[str, Callable[[float, float, float], float]]] = {
    "n = d − k": {
        "n": lambda n, d, k: d - k,
        "d": lambda n, d, k: n + k,
        "k": lambda n, d, k: d - n,
    },
    "k = d/2": {"d": lambda n, d, k: 2 * k, "k": lambda n, d, k: d / 2},
    "k = d": {"d": lambda n, d, k: k, "k": lambda n, d, k: d},
}
"""The thresholds of exact alignment, d = d1 + d2, each solved for every parameter it contains.

In the sample CMAE is 0 without noise iff k <= d - rank, that is k <= d/2 with enough pairs, and
with noise iff n <= d - k; k cannot exceed d.
"""


def usual_range(spec: SyntheticSpec, over: str) -> Range:
    """A useful default range of one swept field, given the rest of the spec."""
    return _USUAL[over](spec)


def sweep_values(
    spec: SyntheticSpec, over: str, points: int, low: float, high: float, log: bool
) -> tuple[float, ...]:
    """At most `points` values of a swept field, for `sweeps.sweep`.

    Values of d are even, and values of d1_share are shares of d1 + d2 that give whole numbers of
    features, at least one in each modality. ValueError for an empty range.
    """
    values = spaced(low, high, points, log=log, whole=over in ("n", "k", "components"))
    if over == "d":
        even = {2 * int(-(-value // 2)) for value in values}
        return tuple(sorted(d for d in even if d <= high))
    if over == "d1_share":
        d = spec.d1 + spec.d2
        features = {min(max(round(value * d), 1), d - 1) for value in values}
        return tuple(count / d for count in sorted(features))
    return values


def thresholds(spec: SyntheticSpec, over: str) -> dict[str, float]:
    """The thresholds within a sweep of one field, by name of the law."""
    n, d, k = spec.n, spec.d1 + spec.d2, spec.k
    laws = _laws(spec, over).items()
    return {name: solve[over](n, d, k) for name, solve in laws if over in solve}


def law_lines(
    spec: SyntheticSpec, x: str, xs: tuple[float, ...], y: str, ys: tuple[float, ...]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The threshold lines in the plane of two swept fields, by name: x and y of their points."""
    lines = {}
    for name, solve in _laws(spec, x, y).items():
        across, upright = (np.array(values, dtype=float) for values in (xs, ys))
        if y in solve:
            at = [_crossing(spec, x, value, solve[y]) for value in across]
            lines[name] = across, np.array(at)
        elif x in solve:
            at = [_crossing(spec, y, value, solve[x]) for value in upright]
            lines[name] = np.array(at), upright
    return lines


def _laws(
    spec: SyntheticSpec, *swept: str
) -> dict[str, dict[str, Callable[[float, float, float], float]]]:
    """The laws that apply: one is for pairs without noise, one for noisy pairs, one for both."""
    void = set() if "noise" in swept else {"k = d/2" if spec.noise else "n = d − k"}
    return {name: solve for name, solve in LAWS.items() if name not in void}


def _crossing(
    spec: SyntheticSpec, over: str, value: float, solve: Callable[[float, float, float], float]
) -> float:
    if over == "k":  # also where k exceeds d, which no spec allows
        return solve(spec.n, spec.d1 + spec.d2, value)
    if over == "d":
        return solve(spec.n, value, spec.k)
    at = point(spec, over, value)
    return float("nan") if at is None else solve(at.n, at.d1 + at.d2, at.k)
