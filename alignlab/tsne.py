"""t-SNE of paired latents: both modalities in one picture, and how far the partners lie apart.

t-SNE is scikit-learn's (van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008; Barnes-Hut
approximation). Every map has its own scale, so total distances of pairs cannot be compared between
maps: relative distances can, and so can totals within a joint fit.

The library fails on some inputs: points without spread can crash the process in its compiled code.
It is given centred points of unit size, all of them different, and never too few; repeated rows
are drawn once and share one position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_pair, as_real, unbox

NEIGHBOURS = 10
"""Number of neighbours in trustworthiness."""

ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""A column whose values differ from their mean by a smaller share of the largest is constant."""

COMPONENTS = 128
"""A joint fit uses at most this many principal components of each latent."""

LEAST = 4
"""The smallest number of different points, and of pairs, that can be drawn."""

GRID = 2.0**-20
"""Points that agree to this share of their root mean square size count as one point:
single precision, in which t-SNE computes, does not separate them."""

COMBINED = 16
"""Number of random combinations of coordinates by which points are compared."""

EXACT = 50
"""Up to this many different points all pairs are summed, without the Barnes-Hut tree."""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Settings of t-SNE.

    perplexity : effective number of neighbours, at least 1, below the number of points.
    early_exaggeration : factor of the attraction in the first 250 steps, at least 1.
    steps : of gradient descent, at least 250.
    random_start : start from random points instead of the first two principal components, from
        which every seed gives nearly the same map.
    seed : of the library's random numbers.
    """

    perplexity: float = 30.0
    early_exaggeration: float = 12.0
    steps: int = 750
    random_start: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        as_real(self.perplexity, "perplexity", "MapSpec", 1, np.inf)
        as_real(self.early_exaggeration, "early_exaggeration", "MapSpec", 1, np.inf)
        as_count(self.steps, "steps", "MapSpec", 250)
        as_count(self.seed, "seed", "MapSpec", 0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class PairMap:
    """Both modalities in the plane.

    Y1, Y2 : (n, 2), row i of both the same sample.
    trustworthiness : in [0, 1], how far neighbours in the map are neighbours in the latent.
    total : sum of the distances between partners; random : that sum for random pairs.
    divergence : final Kullback-Leibler divergence of t-SNE.
    """

    Y1: np.ndarray
    Y2: np.ndarray
    trustworthiness: float
    total: float
    random: float
    divergence: float

    @property
    def relative(self) -> float:
        """The total over that of random pairs: 1 where partners are no closer than these."""
        return self.total / self.random if self.random else float("nan")


class Maps:
    """Many maps as the work of a job: `run` yields after each of them.

    A map shows the 2n points of Z1 (n, k) and Z2 (n, k), fitted together; distances are
    Euclidean, in the unscaled latent, and the same seed gives the same map. A joint fit contains
    several latents of the same pairs, whose totals can then be compared: every latent is centred,
    scaled to unit root mean square length and rotated onto the first one (orthogonal Procrustes of
    its leading components), since latents share no axes. k may differ.

    Raises ValueError as the aligners do, and where fewer than `LEAST` points are different, or not
    more of them than the perplexity.

    latents : (Z1, Z2) by name. joint : whether they are fitted together.
    done, total : maps drawn, and all, a joint fit counting as one.
    maps : by (name, seed); replaced, never modified.
    """

    def __init__(
        self,
        latents: Mapping[str, tuple[np.ndarray, np.ndarray]],
        specs: tuple[MapSpec, ...],
        *,
        joint: bool = False,
    ) -> None:
        self._latents = {name: _checked(*pair) for name, pair in latents.items()}
        self._specs, self._joint = specs, joint
        self.maps: dict[tuple[str, int], PairMap] = {}
        self.done, self.total = 0, len(specs) * (1 if joint else len(latents))

    def run(self) -> Iterator[None]:
        """Draw map by map, all of one seed first."""
        for spec in self._specs:
            groups = [self._latents] if self._joint else [{n: p} for n, p in self._latents.items()]
            for group in groups:
                found = _fitted(group, spec, joint=self._joint)
                self.maps = self.maps | {(name, spec.seed): one for name, one in found.items()}
                self.done += 1
                yield


def _fitted(
    latents: Mapping[str, tuple[np.ndarray, np.ndarray]], spec: MapSpec, *, joint: bool
) -> dict[str, PairMap]:
    pairs = {name: _checked(*pair) for name, pair in latents.items()}
    clouds = {name: np.concatenate(pair) for name, pair in pairs.items()}
    if joint:
        if len({len(X) for X in clouds.values()}) > 1:
            raise InputError(
                "tsne",
                "the latents have different numbers of pairs: give the same pairs for each",
            )
        clouds = _on_common_axes(clouds)
    else:
        clouds = {name: _at_unit_size(X) for name, X in clouds.items()}
    Y, divergence = _in_the_plane(np.concatenate(list(clouds.values())), spec)
    found, start = {}, 0
    for name, cloud in clouds.items():
        own = Y[start : start + len(cloud)]
        start += len(cloud)
        found[name] = _pair_map(cloud, own, divergence)
    return found


def different(Z1: np.ndarray, Z2: np.ndarray) -> int:
    """How many of the 2n points of Z1 (n, k) and Z2 (n, k) are different for t-SNE.

    Raises ValueError as `Maps`.
    """
    return len(_first_of_each(_at_unit_size(np.concatenate(_checked(Z1, Z2))))[0])


def _in_the_plane(X: np.ndarray, spec: MapSpec) -> tuple[np.ndarray, float]:
    """t-SNE of centred points X (m, k) of unit size: (m, 2), and the final divergence.

    ValueError where too few of them are different, for this perplexity or at all.
    """
    first, which = _first_of_each(X)
    n, repeat = len(first), len(X) - len(first)
    alike = f" ({repeat} of {len(X)} repeat others)" if repeat else ""
    if n < LEAST:
        raise InputError(
            "tsne",
            f"the {len(X)} points lie in {n} places only, all others repeat one of these to "
            f"within {GRID:.0e} of the latent's size: at least {LEAST} are needed; the latent has "
            "collapsed, or a few outliers dwarf the rest: look at its values",
        )
    if spec.perplexity >= n:
        raise InputError(
            "tsne",
            f"perplexity {spec.perplexity:g} of {n} points{alike}: lower it below their number",
        )
    from sklearn.manifold import TSNE  # slow to import

    distinct = X[first].astype(np.float32)
    if distinct.shape[1] == 1:  # the plane needs a second axis
        distinct = np.column_stack([distinct, np.zeros_like(distinct)])
    fit = TSNE(
        perplexity=spec.perplexity,
        early_exaggeration=spec.early_exaggeration,
        max_iter=spec.steps,
        random_state=spec.seed,
        init="random" if spec.random_start else "pca",
        method="exact" if n <= EXACT else "barnes_hut",
        n_jobs=1,
    )
    # sums of several threads differ in rounding, which t-SNE amplifies to another map
    with linalg.one_thread_each(), threadpool_limits(1, user_api="openmp"):
        Y = fit.fit_transform(distinct).astype(np.float64)
    if not np.isfinite(Y).all():
        raise InputError(
            "tsne",
            f"t-SNE of {n} points diverged to infinite values: raise the perplexity "
            f"({spec.perplexity:g}) or lower the early exaggeration ({spec.early_exaggeration:g})",
        )
    return Y[which], float(fit.kl_divergence_)


def _first_of_each(X: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The first of each group of equal points of X (m, k) at unit size, and each row's group.

    Points in one cell of a grid are equal. There are four grids, each shifted by a quarter of a
    cell, so that no cell border separates points that differ only by rounding. With many
    coordinates, which would be slow, random combinations are compared: equal for equal points.
    """
    if X.shape[1] > COMBINED:
        G = np.random.default_rng(0).normal(size=(X.shape[1], COMBINED))
        X = X @ G / np.sqrt(COMBINED)  # keeps distances, on average
    points, cells = [], []
    known: dict[tuple[int, bytes], int] = {}
    for quarter in range(4):
        for at, row in enumerate(np.rint(X / GRID + quarter / 4) + 0.0):  # + 0.0: no negative zero
            points.append(at)
            cells.append(known.setdefault((quarter, row.tobytes()), len(known)))
    inside = coo_matrix((np.ones(len(points)), (points, cells)), (len(X), len(known)))
    _, kind = connected_components(inside @ inside.T, directed=False)
    first = np.sort(np.unique(kind, return_index=True)[1])
    place = np.empty(len(first), dtype=np.int64)
    place[kind[first]] = np.arange(len(first))
    return first.tolist(), place[kind]


def _at_unit_size(X: np.ndarray) -> np.ndarray:
    """X (m, k) centred, with rows of unit root mean square length, float64.

    Columns that vary only by rounding count as constant. ValueError where all do.
    """
    largest = np.abs(X).max(axis=0)
    reach = float(largest.max()) or 1.0  # without it squares could leave floating point's range
    X, _ = linalg.centred(X / reach)
    X[:, np.abs(X).max(axis=0) <= ROUNDING * largest / reach] = 0.0
    size = float(np.sqrt((X**2).sum(axis=1).mean()))
    if size == 0.0:
        raise InputError(
            "tsne",
            f"the {len(X)} points have no spread: at values up to {reach:.2g} they differ only "
            "by rounding; the latent has collapsed: check its values",
        )
    return X / size


def _pair_map(X: np.ndarray, Y: np.ndarray, divergence: float) -> PairMap:
    from sklearn.manifold import trustworthiness

    n = len(Y) // 2
    Y1, Y2 = Y[:n], Y[n:]
    apart = cdist(Y1, Y2)
    total = float(np.trace(apart))
    return PairMap(
        Y1=Y1,
        Y2=Y2,
        trustworthiness=float(
            trustworthiness(X, Y, n_neighbors=max(1, min(NEIGHBOURS, n // 2 - 1)))
        ),
        total=total,
        random=float((apart.sum() - total) / (n - 1)),
        divergence=divergence,
    )


def _checked(Z1: np.ndarray, Z2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    Z1, Z2 = as_pair(Z1, Z2, "tsne")
    if Z1.shape[1] != Z2.shape[1]:
        raise InputError(
            "tsne", f"latents of {Z1.shape[1]} and {Z2.shape[1]} dimensions: align them first"
        )
    if len(Z1) < LEAST:
        raise InputError("tsne", f"{len(Z1)} pairs: at least {LEAST} are needed")
    return Z1, Z2


def _on_common_axes(clouds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each cloud (m, k) with the same number of coordinates and size, rotated onto the first."""
    width = min(COMPONENTS, len(next(iter(clouds.values()))))
    turned: dict[str, np.ndarray] = {}
    for name, X in clouds.items():
        X = _at_unit_size(X)
        V, _ = linalg.leading_directions(X, min(width, *X.shape))
        scores = np.zeros((len(X), width))
        scores[:, : V.shape[1]] = X @ V
        scores /= np.sqrt((scores**2).sum(axis=1).mean())
        if turned:
            first = next(iter(turned.values()))
            U, _, W = linalg.singular_triplets(scores.T @ first, width)
            scores = scores @ U @ W.T
        turned[name] = scores
    return turned
