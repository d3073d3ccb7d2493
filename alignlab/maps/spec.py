"""Settings of one map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab.checks import InputError, as_count, as_real, unbox

METHODS = {"tsne": "t-SNE", "pca": "PCA", "umap": "UMAP"}
"""Methods by key, and their names."""

EXAGGERATED = 250
"""Number of gradient steps of t-SNE with early exaggeration, and the smallest number of steps."""

SNAPSHOTS = 60
"""Number of snapshots of one map that are kept for playback, at most."""

KEPT_BYTES = 8 * 2**20
"""Size of these snapshots, at most."""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Settings of one map.

    method : a key of `METHODS`.
    dims : dimensions of the map; 3 for PCA only.
    together : both modalities in one map; otherwise each in a map of its own, whose positions
        cannot be compared.
    perplexity : t-SNE's effective number of neighbours, at least 1, below the number of points.
    early_exaggeration : factor of the attraction in the first `EXAGGERATED` steps of t-SNE, at
        least 1.
    steps : of t-SNE's gradient descent, at least `EXAGGERATED`.
    random_start : start t-SNE and UMAP from random positions instead of the first two principal
        components, from which every seed of t-SNE gives nearly the same map.
    seed : of the random numbers of t-SNE and UMAP.
    neighbours : UMAP's number of neighbours, the point itself included, at least 2, below the
        number of points.
    min_dist : UMAP's smallest distance between points of the map, in [0, 1].
    """

    method: str = "tsne"
    dims: int = 2
    together: bool = True
    perplexity: float = 30.0
    early_exaggeration: float = 12.0
    steps: int = 750
    random_start: bool = False
    seed: int = 0
    neighbours: int = 15
    min_dist: float = 0.1

    def __post_init__(self) -> None:
        unbox(self)
        if self.method not in METHODS:
            raise InputError(
                "MapSpec", f"method = {self.method!r} is not known: use {', '.join(METHODS)}"
            )
        as_count(self.dims, "dims", "MapSpec", 2, 3)
        if self.dims == 3 and self.method != "pca":
            raise InputError(
                "MapSpec", f"{METHODS[self.method]} is drawn in the plane: dims = 3 is for PCA only"
            )
        for name in ("together", "random_start"):
            if not isinstance(getattr(self, name), bool):
                raise InputError("MapSpec", f"{name} = {getattr(self, name)!r}: give True or False")
        as_real(self.perplexity, "perplexity", "MapSpec", 1, np.inf)
        as_real(self.early_exaggeration, "early_exaggeration", "MapSpec", 1, np.inf)
        as_count(self.steps, "steps", "MapSpec", EXAGGERATED)
        as_count(self.seed, "seed", "MapSpec", 0, 2**32 - 1)
        as_count(self.neighbours, "neighbours", "MapSpec", 2)
        as_real(self.min_dist, "min_dist", "MapSpec", 0, 1, closed=True)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long a map is drawn, and how often it is shown.

    steps : of t-SNE, epochs of UMAP, or 1 for PCA.
    shown : number of steps from one snapshot to the next. kept : the same for those that are kept
        for playback, a multiple of it; the first and the last snapshot are kept as well.
    """

    steps: int
    shown: int
    kept: int


def planned(spec: MapSpec, points: int, pairs: int) -> Plan:
    """The plan for a map of so many points, in which a latent has so many pairs.

    It is shown at least five times a second on one core up to 20,000 points.
    """
    epochs = 500 if points <= 10_000 else 200  # as the library chooses them
    steps = {"tsne": spec.steps, "umap": epochs, "pca": 1}[spec.method]
    most = max(2, min(SNAPSHOTS, KEPT_BYTES // (2 * 4 * spec.dims * pairs)))
    shown = max(1, min(-(-steps // (SNAPSHOTS - 1)), 100_000 // points))
    return Plan(steps=steps, shown=shown, kept=shown * -(-steps // (shown * (most - 1))))
