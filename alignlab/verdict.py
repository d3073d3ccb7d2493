"""From separation ratios and their resamples to a regime, its support, and what to train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignlab.spiked import OBJECTIVES, REGIMES, regime_codes

Verdict = Literal["Both", "CA only", "CP only", "Neither", "Undetermined"]

UNDETERMINED: Verdict = "Undetermined"

NEAR, CLEAR = 1.06, 0.9
"""Within a factor `NEAR` of a boundary a verdict needs the support `CLEAR`."""

MAJORITY = 0.5
"""Anywhere, a verdict needs so much support."""

LARGEST = 1e3
"""Ratios beyond this, or below its inverse, are not told apart; the interval then is open."""

NAMES = {
    "ca": ("CA", "symmetric"),
    "cp": ("CP", "x -> y"),
    "cp_reverse": ("CP reversed", "y -> x"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """Ratios (3,) of all rows, in the order of `OBJECTIVES`, and of resamples, (3, r).

    Resamples hold half of the rows and so more of any bias: they are moved, in logarithms, so
    that their median is the estimate from all rows. Their spread is what they are for.
    """

    ratios: np.ndarray
    resamples: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """The resamples about the estimate, as logarithms (3, r)."""
        logs = _log(self.resamples)
        return logs + (_log(self.ratios) - np.median(logs, axis=1))[:, None]

    @property
    def cloud(self) -> np.ndarray:
        """The resamples about the estimate (3, r)."""
        return np.exp(self.spread) if self.resamples.shape[1] else self.resamples

    @property
    def regime(self) -> Verdict:
        return REGIMES[int(regime_codes(self.ratios[0], self.ratios[1]))]

    @property
    def support(self) -> float:
        """Share of resamples in the regime of the estimate; NaN while there are none."""
        if not self.resamples.shape[1]:
            return float("nan")
        ca, cp, _ = np.exp(self.spread)
        own = regime_codes(self.ratios[0], self.ratios[1])
        return float((regime_codes(ca, cp) == own).mean())

    def interval(self, objective: str, level: float = 0.9) -> tuple[float, float]:
        """The central interval of an objective's ratio; NaN while there are no resamples."""
        if not self.resamples.shape[1]:
            return float("nan"), float("nan")
        spread = self.spread[OBJECTIVES.index(objective)]
        tail = (1 - level) / 2
        low, high = np.exp(np.quantile(spread, [tail, 1 - tail]))
        low, high = min(low, LARGEST), max(high, 1 / LARGEST)
        return (
            0.0 if low <= 1.001 / LARGEST else float(low),
            float("inf") if high >= LARGEST / 1.001 else float(high),
        )

    @property
    def doubt(self) -> str:
        """Why the regime is not to be relied on; empty where it is."""
        support = self.support
        if np.isnan(support):
            return ""
        nearest = int(np.argmin(np.abs(_log(self.ratios[:2]))))
        name, value = NAMES[OBJECTIVES[nearest]][0], self.ratios[nearest]
        if support < MAJORITY:
            return (
                f"only {support:.0%} of resamples agree on {self.regime}: bring more pairs or "
                "labels"
            )
        if 1 / NEAR < value < NEAR and support < CLEAR:
            return (
                f"Delta of {name} is {value:.2f}, within {NEAR - 1:.0%} of the boundary at 1, and "
                f"{support:.0%} of resamples agree on {self.regime}: bring more pairs or labels"
            )
        return ""


def _log(ratios: np.ndarray) -> np.ndarray:
    return np.log(np.clip(ratios, 1 / LARGEST, LARGEST))


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What to train: "CA", "CP", "CP reversed" or "none", its direction, and why in numbers."""

    objective: str
    direction: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.direction})" if self.objective.startswith("CP") else ""
        return f"{self.objective}{where}: {self.reason}"


def recommend(ratios: np.ndarray) -> Recommendation:
    """The objective of the largest ratio, where that exceeds 1."""
    best = int(np.argmax(ratios))
    numbers = ", ".join(
        f"Delta of {NAMES[name][0]} {value:.2f}"
        for name, value in zip(OBJECTIVES, ratios, strict=True)
    )
    if not ratios[best] > 1:
        return Recommendation(
            objective="none",
            direction="",
            reason=f"{numbers}: in every objective nuisance, which is all that is shared and that "
            "these labels do not see, exceeds the weakest signal",
        )
    objective, direction = NAMES[OBJECTIVES[best]]
    return Recommendation(
        objective=objective,
        direction=direction,
        reason=f"{numbers}: its weakest signal stands highest above nuisance",
    )
