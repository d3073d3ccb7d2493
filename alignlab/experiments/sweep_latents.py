"""Latents of an aligner along a sweep, rotated towards the true latent so they are comparable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from alignlab import linalg
from alignlab.aligners.registry import ALIGNERS
from alignlab.data.synthetic import generate
from alignlab.experiments.sweeps import Sweep, point
from alignlab.projection import first_two, turned_towards

SHOWN = 250
"""An animation shows at most this many first pairs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SweptLatent:
    """Both latents at one value of a sweep: Z1, Z2 (m, 2), labels (m,) into `classes`."""

    value: float
    Z1: np.ndarray
    Z2: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]


def latents_along(sweep: Sweep, aligner: str, seed: int) -> list[SweptLatent]:
    """The first pairs in latent space at every value of a sweep that aligner and spec allow.

    Each latent is rotated towards the true one (`turned_towards`); the first two coordinates are
    kept.
    """
    found = []
    for value in sweep.values:
        spec = point(sweep.spec, sweep.over, value)
        how = ALIGNERS[aligner]
        if spec is None or not how.allows(spec.n, spec.d1, spec.d2, spec.k):
            continue
        data = generate(replace(spec, seed=seed))
        assert data.Z is not None  # drawn data have one
        assert data.labels is not None
        X1, X2 = (linalg.to_device(X[None]) for X in (data.X1, data.X2))
        maps = how.fit(X1, X2, spec.k)
        Z1, Z2 = (linalg.to_numpy(Z[0]) for Z in maps.embed(X1, X2))
        if not np.isfinite(Z1).all():
            continue
        Z1, Z2 = (first_two(Z[:SHOWN]) for Z in turned_towards(data.Z, Z1, Z2))
        found.append(
            SweptLatent(value=value, Z1=Z1, Z2=Z2, labels=data.labels[:SHOWN], classes=data.classes)
        )
    return found
