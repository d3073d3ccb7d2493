"""A map of both modalities, while it forms and when it is finished."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """Both modalities while their map forms.

    step : number of steps taken; 0 is the start.
    exaggerated : whether t-SNE's early exaggeration is still at work.
    divergence : t-SNE's Kullback-Leibler divergence at the latest snapshot that is kept for
        playback, without the exaggeration; the mean of both maps where each modality has its own;
        NaN until then and for other methods.
    Y1, Y2 : (n, dims) float32, row i of both the same sample. A map of t-SNE grows about a
        millionfold from its start, so each snapshot is drawn at its own size.
    """

    step: int
    exaggerated: bool
    divergence: float
    Y1: np.ndarray
    Y2: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class PairMap:
    """Both modalities in a finished map.

    Y1, Y2 : (n, dims), row i of both the same sample.
    trustworthiness : in [0, 1], how far neighbours in the map are neighbours in the latent.
    continuity : in [0, 1], how far neighbours in the latent are neighbours in the map.
    total : sum of the distances between partners; random : that sum for random pairs. NaN where
        each modality has a map of its own.
    divergence : final Kullback-Leibler divergence of t-SNE; NaN for other methods.
    shares : of the variance, that each axis of PCA explains; empty for other methods.

    Trustworthiness and continuity are those of 10 neighbours; beyond 5,000 points, of a random
    subset of so many. Beyond 5,000 pairs, `random` is estimated from 100 random partners of each.
    Where each modality has a map of its own, the other figures are means over both.
    """

    Y1: np.ndarray
    Y2: np.ndarray
    trustworthiness: float
    continuity: float
    total: float
    random: float
    divergence: float
    shares: tuple[float, ...] = ()

    @property
    def relative(self) -> float:
        """The total over that of random pairs: 1 where partners are no closer than these."""
        return self.total / self.random if self.random else float("nan")
