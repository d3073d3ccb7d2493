"""The linear experiments on the spiked model: one parameter varied, theory against samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import bisect, brentq

from alignlab.checks import InputError, as_real
from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.monte_carlo import RECOVERY, Measure, Sampling
from alignlab.spiked.objectives import ERRORS, SOFT_BOTTLENECK, joint_objective
from alignlab.spiked.phase import PARAMETERS, WEAKEST, WEIGHT, varied
from alignlab.spiked.theory import separation_ratios

Experiment = Literal["distance", "errors", "joint", "soft"]
Held = Literal["nu", "eta"]

MOST = 0.99
"""With eta held fixed, nu is at most this: a larger covariance is not possible."""

FINER = 8

SPREAD = (10, 90)
"""Percentiles over seeds at the edges of a band."""


@dataclass(frozen=True, kw_only=True)
class SpikedStudy:
    """An experiment: which parameter is varied, and how it is sampled.

    experiment : "distance" (recovery of CA, CP and CP reversed), "errors" (CP against CA with a
        probe), "joint" (from CP to CA, along lambda) or "soft" (the norm that CA's encoders need).
    over, values : a parameter of `phase.PARAMETERS`, or `WEIGHT` for "joint" and `WEAKEST` for
        "soft", which vary nothing else.
    held : what is held fixed when a nuisance variance is varied: the correlation nu, or the
        covariance `eta = nu sqrt(gamma_tilde_x gamma_tilde_y)` of the spec.
    n : pairs per sample; seeds : of the draws.

    Raises ValueError as `SpikedSpec`, and if `over` is not a parameter of the experiment.
    """

    experiment: Experiment
    spec: SpikedSpec
    over: str
    values: tuple[float, ...]
    held: Held = "nu"
    n: int = 5000
    seeds: tuple[int, ...] = tuple(range(20))

    def __post_init__(self) -> None:
        known = {"joint": (WEIGHT,), "soft": (WEAKEST,)}.get(self.experiment, PARAMETERS)
        if self.over not in known:
            raise InputError(
                "SpikedStudy",
                f"over = {self.over!r} is not known for {self.experiment}: use {', '.join(known)}",
            )
        if not self.values:
            raise InputError("SpikedStudy", "there are no values: give at least one")
        for value in self.values:
            if self.over == WEIGHT:
                as_real(value, self.over, "SpikedStudy", 0, np.inf)
            else:
                point(self.spec, self.over, value, self.held)

    @property
    def measure(self) -> Measure:
        """The measure applied to each sample."""
        if self.experiment == "joint":
            return joint_objective(self.values)
        return {"distance": RECOVERY, "errors": ERRORS, "soft": SOFT_BOTTLENECK}[self.experiment]

    def specs(self) -> list[SpikedSpec]:
        """The spec at every value; for the joint objective the single spec."""
        if self.over == WEIGHT:
            return [self.spec]
        return [point(self.spec, self.over, value, self.held) for value in self.values]

    def sampling(self) -> Sampling:
        """The measurement, not yet started; with noise floors of the specs where they are used."""
        specs = self.specs()
        floor_of = specs if self.experiment in ("distance", "soft") else ()
        return Sampling(specs, self.n, self.seeds, self.measure, floor_of)

    @cached_property
    def theory(self) -> pd.DataFrame:
        """Theory at every value: separation ratios and singular values; empty for "joint"."""
        if self.over == WEIGHT:
            return pd.DataFrame(index=pd.Index(self.values, name=self.over))
        rows = []
        for value, spec in zip(self.values, self.specs(), strict=True):
            found = separation_ratios(spec)
            row: dict[str, Any] = {f"delta {name}": getattr(found, name) for name in OBJECTIVES}
            for name, (signal, nuisance) in self._extremes(value).items():
                row |= {f"signal {name}": signal, f"nuisance {name}": nuisance}
            rows.append(row | {"regime": found.regime})
        return pd.DataFrame(rows, index=pd.Index(self.values, name=self.over))

    @property
    def cap(self) -> float | None:
        """The nuisance variance below which the fixed covariance would need nu above `MOST`.

        None if nu is held fixed, or no nuisance variance is varied.
        """
        if self.held == "nu" or not self.over.startswith("gamma_tilde"):
            return None
        nu, now = self.spec.values("nu"), self.spec.values(self.over)
        return float(now.max() * (nu.max() / MOST) ** 2)

    @cached_property
    def thresholds(self) -> dict[str, float]:
        """Where the Delta of an objective first crosses 1 along the values, by objective."""
        found = {}
        for name in OBJECTIVES if self.over in PARAMETERS else ():

            def excess(value: float, name: str = name) -> float:
                signal, nuisance = self._extremes(value)[name]
                return signal - nuisance

            heights = [excess(value) for value in self.values]
            for a, b, low, high in zip(
                self.values, self.values[1:], heights, heights[1:], strict=False
            ):
                if (low > 0) != (high > 0):
                    found[name] = float(brentq(excess, a, b, xtol=1e-12))
                    break
        return found

    def _extremes(self, value: float) -> dict[str, tuple[float, float]]:
        """The smallest signal and the largest nuisance value, by objective."""
        found = separation_ratios(point(self.spec, self.over, value, self.held))
        return {
            "ca": (found.rho.min(), found.nu.max()),
            "cp": (found.tau.min(), found.xi.max()),
            "cp_reverse": (found.tau_reverse.min(), found.xi_reverse.max()),
        }

    @cached_property
    def jump(self) -> float | None:
        """The weight at which the population distance of the joint objective first changes.

        None if it is the same at all values.
        """

        def distance(weight: float) -> float:
            return float(joint_objective([weight]).in_the_population(self.spec)[0])

        found = self.population["distance"].to_numpy()
        changes = np.flatnonzero(np.abs(np.diff(found)) > 1e-6)
        if not changes.size:
            return None
        low, high = self.values[changes[0]], self.values[changes[0] + 1]
        before = distance(low)

        def changed(weight: float) -> float:
            return 1.0 if abs(distance(weight) - before) > 1e-6 else -1.0

        return float(bisect(changed, low, high, xtol=1e-9))

    @cached_property
    def population(self) -> pd.DataFrame:
        """The measure for infinitely many pairs: one row per value, one column per number."""
        return self._frame(self.measure.in_populations(self.specs()))

    @cached_property
    def population_curve(self) -> pd.DataFrame:
        """`population` at `FINER` times as many values, so that its jumps are drawn steep."""
        if len(self.values) < 2:
            return self.population
        at = np.linspace(0, len(self.values) - 1, FINER * len(self.values))
        values = np.interp(at, np.arange(len(self.values)), self.values)
        return replace(self, values=tuple(values.tolist())).population

    def found(self, sampling: Sampling) -> pd.Series | None:
        """Whether the weak direction can be distinguished from nuisance in samples, by value.

        True where its canonical correlation exceeds the largest one of nuisance samples; for the
        soft bottleneck. None if nothing is measured yet.
        """
        if not np.isfinite(sampling.floors).all():
            return None
        kappa = np.array(self.values)
        x, y = (self.spec.values(name)[-1] for name in ("gamma_x", "gamma_y"))
        phi = kappa**2 / np.sqrt((kappa**2 + x) * (kappa**2 + y))
        return pd.Series(phi > sampling.floors[0], index=pd.Index(self.values, name=self.over))

    def summary(self, sampling: Sampling) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Mean and the percentiles of `SPREAD` over the finished seeds, each as `population`."""
        values = sampling.values.copy()  # workers may write meanwhile
        possible = np.isfinite(values).any(axis=(1, 2))
        known = np.isfinite(values[possible]).all(axis=(0, 2))
        if not possible.any() or not known.any():
            return tuple(self._frame(np.full(values[:, 0].shape, np.nan)) for _ in range(3))
        found = values[:, known]
        low, high = np.percentile(found, SPREAD, axis=1)
        return self._frame(found.mean(axis=1)), self._frame(low), self._frame(high)

    def table(self, sampling: Sampling) -> pd.DataFrame:
        """Sample means, population values and theory, one row per value."""
        parts = [
            self.summary(sampling)[0].add_suffix(f" (n = {self.n})"),
            self.population.add_suffix(" (population)"),
            self.theory.drop(columns="regime", errors="ignore"),
        ]
        return pd.concat(parts, axis=1)

    def _frame(self, found: np.ndarray) -> pd.DataFrame:
        index = pd.Index(self.values, name=self.over)
        if self.over == WEIGHT:
            return pd.DataFrame({"distance": found[0]}, index=index)
        return pd.DataFrame(found, index=index, columns=list(self.measure.names))


def point(spec: SpikedSpec, over: str, value: float, held: Held = "nu") -> SpikedSpec:
    """The spec with one parameter (or `WEAKEST`, the last kappa) changed; nu or eta is fixed."""
    if over == WEAKEST:
        kappa = tuple(spec.values("kappa")[:-1].tolist())
        return replace(spec, kappa=(*kappa, float(value)))
    changed = varied(spec, over, value)
    if held == "nu" or not over.startswith("gamma_tilde"):
        return changed
    eta = spec.values("nu") * np.sqrt(spec.values("gamma_tilde_x") * spec.values("gamma_tilde_y"))
    nu = eta / np.sqrt(changed.values("gamma_tilde_x") * changed.values("gamma_tilde_y"))
    return replace(changed, nu=tuple(np.minimum(nu, MOST).tolist()))
