"""Recovery in samples over the (kappa, nu) plane, compared with the prediction of theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.checks import InputError
from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.monte_carlo import OVERLAP, RECOVERY, Sampling
from alignlab.spiked.phase import RATIO, plane, varied

FINE = 2001
"""Number of points at which a curve is interpolated."""


@dataclass(frozen=True, kw_only=True)
class RecoveryMaps:
    """One plane for each ratio q of successive kappas, sampled at every point.

    spec : the fixed parameters; ratios : the q, or None to keep the pattern of the spec's kappas.
    kappas, nus : the points, ascending; n : pairs per sample; seeds : of the draws.

    Source: Figures 2 and 7.
    """

    spec: SpikedSpec
    kappas: tuple[float, ...]
    nus: tuple[float, ...]
    ratios: tuple[float | None, ...] = (None,)
    n: int = 5000
    seeds: tuple[int, ...] = tuple(range(10))

    def __post_init__(self) -> None:
        if not (self.kappas and self.nus and self.ratios and self.seeds):
            raise InputError(
                "RecoveryMaps",
                "there are no specs or no seeds: give at least one each of kappas, "
                "nus, ratios and seeds",
            )

    def same_strengths(self, which: int = 0) -> bool:
        """Whether all shared coordinates have one kappa."""
        return not isinstance(self.base(which).kappa, tuple)

    def specs(self) -> list[SpikedSpec]:
        """Every point's spec: by ratio, then by nu, then by kappa."""
        bases = [self.base(which) for which in range(len(self.ratios))]
        rows = [varied(base, "nu", nu) for base in bases for nu in self.nus]
        return [varied(row, "kappa", kappa) for row in rows for kappa in self.kappas]

    def base(self, which: int) -> SpikedSpec:
        """The spec with the pattern of a ratio, at the largest kappa."""
        ratio = self.ratios[which]
        spec = varied(self.spec, "kappa", max(self.kappas[-1], 1e-3))
        return spec if ratio is None else varied(spec, RATIO, ratio)

    def sampling(self) -> Sampling:
        """The measurement, not yet started; its floors are those of the nus."""
        # the floor does not depend on the signal strengths
        floor_of = [varied(self.base(0), "nu", nu) for nu in self.nus]
        return Sampling(self.specs(), self.n, self.seeds, RECOVERY, floor_of)

    def share(
        self, sampling: Sampling, objective: str, which: int = 0, kept: bool = False
    ) -> np.ndarray:
        """The recovered share (nus, kappas) of the shared subspace, mean over the finished seeds.

        The mean squared overlap, `1 - distance^2`, or with `kept` the share of directions whose
        overlap is at least `monte_carlo.OVERLAP`. NaN where nothing is measured yet.
        """
        column = RECOVERY.names.index(f"kept_{objective}" if kept else objective)
        values = sampling.values[..., column].copy()  # workers may write meanwhile
        values = values / self.spec.k if kept else 1 - values**2
        known = np.isfinite(values)
        count = known.sum(axis=1)
        mean = np.full(count.shape, np.nan)
        np.divide(np.where(known, values, 0).sum(axis=1), count, out=mean, where=count > 0)
        shape = (len(self.ratios), len(self.nus), len(self.kappas))
        return mean.reshape(shape)[which]

    def promised(self, objective: str, which: int = 0) -> np.ndarray:
        """Curves (k, kappas): the nu below which theory predicts recovery of direction i.

        Source: Proposition 3.2: its signal value exceeds every nuisance value.
        """
        top = varied(self.base(which), "nu", 1.0)  # nuisance values are proportional to nu
        found = plane(top, "kappa", self.kappas, "nu", [1.0]).spectra
        signal, nuisance = found.pairs[objective]
        per_nu = nuisance.max(-1)[0, 0]
        return np.broadcast_to(signal[0], (len(self.kappas), self.spec.k)).T / per_nu

    def floor(self, sampling: Sampling, objective: str, which: int = 0) -> np.ndarray:
        """The kappa (nus) above which the weakest signal value exceeds the nuisance of samples.

        NaN where this holds for no kappa of the plane, or the floor is not measured yet.
        """
        kappas = np.linspace(self.kappas[0], self.kappas[-1], FINE)
        found = plane(self.base(which), "kappa", kappas, "nu", [0.0]).spectra
        signal = np.broadcast_to(found.pairs[objective][0].min(-1)[0], FINE)
        floors = sampling.floors[OBJECTIVES.index(objective)].copy()
        return np.interp(floors, signal, kappas, left=kappas[0], right=np.nan)

    def lost(self, sampling: Sampling, objective: str, which: int = 0) -> float:
        """The share of points with full recovery in theory where samples fail.

        Samples fail where the mean overlap is below `OVERLAP`; NaN where theory predicts full
        recovery nowhere.
        """
        promised = np.array(self.nus)[:, None] < self.promised(objective, which).min(axis=0)
        share = self.share(sampling, objective, which)[promised]
        share = share[np.isfinite(share)]
        return float((share < OVERLAP).mean()) if share.size else float("nan")

    def table(self, sampling: Sampling) -> pd.DataFrame:
        """Mean overlaps and shares of directions kept, one row per point."""
        ratios = [float("nan") if ratio is None else ratio for ratio in self.ratios]
        index = pd.MultiIndex.from_product(
            [ratios, self.nus, self.kappas], names=["kappa_ratio", "nu", "kappa"]
        )
        columns = {}
        for objective in OBJECTIVES:
            for kept, name in ((False, "overlap"), (True, "kept")):
                parts = [
                    self.share(sampling, objective, which, kept).ravel()
                    for which in range(len(self.ratios))
                ]
                columns[f"{name} {objective}"] = np.concatenate(parts)
        return pd.DataFrame(columns, index=index)
