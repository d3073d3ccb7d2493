"""Thresholds around an operating point: the value of one parameter at which an objective changes.

All other parameters are fixed. An objective that fails starts to recover at its threshold, one
that recovers starts to fail. Source: Proposition 3.1, solved for each parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import PARAMETERS, RATIO, ratio_of, threshold
from alignlab.spiked.theory import SeparationRatios, separation_ratios

_REPAIRS = {
    "kappa": (0.0, 1e6), "nu": (0.0, 1.0), "gamma_x": (0.0, 1e9), "gamma_y": (0.0, 1e9),
    "gamma_tilde_x": (1e-9, 1e9), "gamma_tilde_y": (1e-9, 1e9), RATIO: (0.0, 1.0),
}  # fmt: skip
"""The range in which each threshold is searched."""

BREAKERS = ("kappa", "nu", "gamma_tilde_x", "gamma_tilde_y")
"""Parameters reported for an objective that recovers; noise on the signal matters less."""


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """For each objective, its threshold in each single parameter, by parameter.

    ca, cp, cp_reverse : for all `phase.PARAMETERS` if the objective fails, for `BREAKERS` if it
        recovers, in that order; parameters without a threshold are left out.

    A tuple is varied as in `phase.varied`: the value is that of its largest entry.
    """

    ca: Mapping[str, float]
    cp: Mapping[str, float]
    cp_reverse: Mapping[str, float]


def repairs(spec: SpikedSpec) -> Repairs:
    """The thresholds of all objectives, each parameter varied alone from an operating point."""
    found = separation_ratios(spec)
    turns: dict[str, dict[str, float]] = {}
    for objective in OBJECTIVES:
        looked_at = BREAKERS if tied_delta(found, objective) > 1 else PARAMETERS
        values = {name: turning(spec, objective, name) for name in looked_at}
        turns[objective] = {name: at for name, at in values.items() if at is not None}
    return Repairs(**turns)


def tied_delta(found: SeparationRatios, objective: str) -> float:
    """A separation ratio, set to exactly 1 where it differs from 1 only by rounding: a tie."""
    delta = getattr(found, objective)
    return 1.0 if np.isclose(delta, 1.0, rtol=1e-12, atol=0) else delta


def turning(spec: SpikedSpec, objective: str, parameter: str) -> float | None:
    """The value of a parameter at which an objective starts to recover or to fail, or None.

    Also None for the ratio of the kappas if they are not geometric. ValueError as
    `phase.threshold`.
    """
    if parameter == RATIO and (spec.k == 1 or ratio_of(spec.values("kappa")) is None):
        return None
    return threshold(spec, objective, parameter, *_REPAIRS[parameter])
