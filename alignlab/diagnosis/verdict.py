"""From separation ratios and their resamples to a regime, its support, and what to train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignlab.diagnosis.advice import Advice
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import REGIMES, regime_codes

Verdict = Literal["Both", "CA only", "CP only", "Neither", "Undetermined"]

UNDETERMINED: Verdict = "Undetermined"

NEAR, CLEAR = 1.06, 0.9
"""If Delta is within a factor `NEAR` of 1, a verdict needs a support of at least `CLEAR`."""

MAJORITY = 0.5
"""Minimum support of any verdict."""

WIDER = 1.4
"""Factor by which the spread of resamples is widened: they reuse choices made on all rows (the
dimension of the label subspace and its starting point), and in simulations their spread is too
narrow by this factor."""

LARGEST = 1e3
"""Ratios are clipped to this value and its inverse; an interval that reaches one is open there."""

NAMES = {
    "ca": ("CA", "symmetric"),
    "cp": ("CP", "x -> y"),
    "cp_reverse": ("CP reversed", "y -> x"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """Ratios (3,) of all rows, in the order of `OBJECTIVES`, and of resamples, (3, r).

    Resamples contain half of the rows, so their bias is larger: they are shifted, in logarithms, to
    have the estimate from all rows as median, and widened by `WIDER`. The shift estimates the bias
    that remains with all rows: the interval is extended by it.
    """

    ratios: np.ndarray
    resamples: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """Logarithms (3, r) of the resamples, shifted to the estimate and widened."""
        logs = _log(self.resamples)
        return _log(self.ratios)[:, None] + WIDER * (logs - np.median(logs, axis=1)[:, None])

    @property
    def cloud(self) -> np.ndarray:
        """The resamples (3, r), shifted to the estimate and widened."""
        return np.exp(self.spread) if self.resamples.shape[1] else self.resamples

    @property
    def regime(self) -> Verdict:
        return REGIMES[int(regime_codes(self.ratios[0], self.ratios[1]))]

    @property
    def support(self) -> float:
        """Fraction of resamples in the regime of the estimate; NaN without resamples."""
        if not self.resamples.shape[1]:
            return float("nan")
        ca, cp, _ = np.exp(self.spread)
        own = regime_codes(self.ratios[0], self.ratios[1])
        return float((regime_codes(ca, cp) == own).mean())

    def interval(self, objective: str, level: float = 0.9) -> tuple[float, float]:
        """The central interval of an objective's ratio; NaN without resamples."""
        if not self.resamples.shape[1]:
            return float("nan"), float("nan")
        row = OBJECTIVES.index(objective)
        spread = self.spread[row]
        tail = (1 - level) / 2
        bias = float(_log(self.ratios)[row] - np.median(_log(self.resamples)[row]))
        low, high = np.quantile(spread, [tail, 1 - tail])
        low, high = np.exp([low + min(bias, 0.0), high + max(bias, 0.0)])
        low, high = min(low, LARGEST), max(high, 1 / LARGEST)
        return (
            0.0 if low <= 1.001 / LARGEST else float(low),
            float("inf") if high >= LARGEST / 1.001 else float(high),
        )

    @property
    def doubt(self) -> str:
        """Why the regime is not reliable; empty if it is."""
        support = self.support
        if np.isnan(support):
            return ""
        nearest = int(np.argmin(np.abs(_log(self.ratios[:2]))))
        name, value = NAMES[OBJECTIVES[nearest]][0], self.ratios[nearest]
        for objective in ("ca", "cp"):
            if self.interval(objective) == (0.0, float("inf")):
                return (
                    f"the interval of Delta of {NAMES[objective][0]} from resamples is unbounded, "
                    "0 to infinity: a few rows determine it; check for outliers, or add more pairs"
                )
        if support < MAJORITY:
            return (
                f"only {support:.0%} of resamples agree on {self.regime}: add more pairs or labels"
            )
        if 1 / NEAR < value < NEAR and support < CLEAR:
            return (
                f"Delta of {name} is {value:.2f}, within {NEAR - 1:.0%} of the boundary at 1, and "
                f"{support:.0%} of resamples agree on {self.regime}: add more pairs or labels"
            )
        return ""


def _log(ratios: np.ndarray) -> np.ndarray:
    return np.log(np.clip(ratios, 1 / LARGEST, LARGEST))


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What to train: "CA", "CP", "CP reversed" or "none", its direction, and the reason."""

    objective: str
    direction: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.direction})" if self.objective.startswith("CP") else ""
        return f"{self.objective}{where}: {self.reason}"


def recommend(advice: Advice, metric: str, ratios: np.ndarray) -> Recommendation:
    """The recommendation if both views are available; `reason` explains if Delta differs from it.

    ratios : (3,), Delta by objective.
    """
    one = advice.both
    score = f"held-out {metric} {one.score:.2f} against {one.untrained:.2f} of {one.against}"
    gain = f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
    numbers = f"{one.method} with k = {one.k}: {score}, {gain}"
    if one.objective == "undetermined":
        return Recommendation(objective="none", direction="", reason=f"{one.doubt}; {numbers}")
    theory = _theory(one.objective, ratios)
    if one.objective == "none":
        reason = f"no trained representation beats {one.against}; {numbers}{theory}"
        return Recommendation(objective="none", direction="", reason=reason)
    _, direction = next(pair for pair in NAMES.values() if pair[0] == one.objective)
    return Recommendation(objective=one.objective, direction=direction, reason=f"{numbers}{theory}")


def listed(names: Sequence[str]) -> str:
    """Names as an enumeration: "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _theory(objective: str, ratios: np.ndarray) -> str:
    """How theory differs from the measurement, and why both can be right; empty if they agree."""
    if np.isnan(ratios).any():
        return ""
    recovers = [NAMES[name][0] for name, value in zip(OBJECTIVES, ratios, strict=True) if value > 1]
    if objective == "none" and recovers:
        return (
            f"; in theory {listed(recovers)} would keep every label direction (Delta above "
            "1), but one view alone predicts these labels as well"
        )
    if objective != "none" and objective not in recovers:
        return (
            f"; in theory {objective} loses the weakest label direction (Delta of 1 or less), but "
            "the others suffice"
        )
    return ""
