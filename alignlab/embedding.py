"""t-SNE of paired latents: both modalities in one picture, and how far the partners lie apart.

t-SNE is scikit-learn's (van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008; Barnes-Hut
approximation). It sets the scale of every picture anew, so that the total distance of the pairs
means nothing between two of them: the relative one does, and so does the total within a joint fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.manifold import TSNE, trustworthiness
from threadpoolctl import threadpool_limits

from alignlab import linalg
from alignlab.checks import as_count, as_pair, as_real, unbox

NEIGHBOURS = 10
"""Trustworthiness looks at so many neighbours."""

COMPONENTS = 128
"""A joint fit takes at most so many principal components of each latent."""

SPREAD = 1e-15
"""Latents that spread less than this, in units of their largest number, are one point."""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """How to draw.

    perplexity : effective number of neighbours, at least 1, below the number of points.
    early_exaggeration : by which the clusters are drawn together at first, at least 1.
    steps : of gradient descent, at least 250, which the exaggeration lasts.
    random_start : begin at random points instead of the first two principal components, from which
        every seed gives much the same picture.
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

    Y1, Y2 : (n, 2), row i of both the same thing.
    trustworthiness : share in [0, 1] to which neighbours here are neighbours in the latent.
    total : distance of the partners, summed; random : what that sum is between random pairs.
    divergence : Kullback-Leibler divergence that t-SNE ended with.
    """

    Y1: np.ndarray
    Y2: np.ndarray
    trustworthiness: float
    total: float
    random: float
    divergence: float

    @property
    def relative(self) -> float:
        """The total over that of random pairs: 1 where partners are nothing special."""
        return self.total / self.random if self.random else float("nan")


def tsne(Z1: np.ndarray, Z2: np.ndarray, spec: MapSpec | None = None) -> PairMap:
    """One picture of Z1 (n, k) and Z2 (n, k), their 2n points fitted together.

    The same seed gives the same picture. Distances are Euclidean, in the latent as it is.

    Raises ValueError as the aligners do, and where perplexity is not below the number of points.
    """
    return _fitted({"": (Z1, Z2)}, spec or MapSpec(), joint=False)[""]


def joint_tsne(
    latents: Mapping[str, tuple[np.ndarray, np.ndarray]], spec: MapSpec | None = None
) -> dict[str, PairMap]:
    """One fit of several latents of the same pairs, (Z1, Z2) by name: their totals compare.

    Every latent is centred, brought to unit root mean square length and turned onto the first one
    (orthogonal Procrustes of its leading components), since latents share no axes. k may differ.
    """
    return _fitted(latents, spec or MapSpec(), joint=True)


class Maps:
    """Many pictures as a job's work: `run` pauses after each of them.

    done, total : pictures drawn, and all, a joint fit counting as one.
    maps : by (name, seed); replaced, never changed.
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
        """Draw picture by picture, all of one seed first."""
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
    clouds = {name: _centred(np.concatenate(pair)) for name, pair in pairs.items()}
    if joint:
        if len({len(X) for X in clouds.values()}) > 1:
            raise ValueError("joint_tsne: the latents are of different numbers of pairs: give the "
                             "same pairs of each")  # fmt: skip
        clouds = _on_common_axes(clouds)
    X = np.concatenate(list(clouds.values()))
    if spec.perplexity >= len(X):
        raise ValueError(
            f"tsne: perplexity {spec.perplexity:g} of {len(X)} points: lower it below their number"
        )
    fit = TSNE(
        perplexity=spec.perplexity,
        early_exaggeration=spec.early_exaggeration,
        max_iter=spec.steps,
        random_state=spec.seed,
        init="random" if spec.random_start else "pca",
        n_jobs=1,
    )
    # sums of several threads differ in rounding, and t-SNE lets that grow to another picture
    with linalg.one_thread_each(), threadpool_limits(1, user_api="openmp"):
        Y = fit.fit_transform(X.astype(np.float32)).astype(np.float64)
    found, start = {}, 0
    for name, cloud in clouds.items():
        own = Y[start : start + len(cloud)]
        start += len(cloud)
        found[name] = _pair_map(cloud, own, float(fit.kl_divergence_))
    return found


def _pair_map(X: np.ndarray, Y: np.ndarray, divergence: float) -> PairMap:
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


def _centred(X: np.ndarray) -> np.ndarray:
    """X less its mean, its largest number between 0.5 and 1; ValueError where it has no spread.

    The library computes in float32, where latents that are tiny, or lie close together far from
    zero, become one point or NaN, of which its search tree ends the whole process.
    """
    X, _ = linalg.centred(_near_one(X))
    reach = float(np.abs(X).max())
    if reach <= SPREAD:
        raise ValueError(
            f"tsne: the latents spread over {reach:.1e} of their size, which is rounding: centre "
            "them before they are stored, or choose others"
        )
    return _near_one(X)


def _near_one(X: np.ndarray) -> np.ndarray:
    """X divided by the power of two, which rounds nothing, that brings its largest number to 1."""
    return np.ldexp(X, -np.frexp(np.abs(X).max())[1])


def _checked(Z1: np.ndarray, Z2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    Z1, Z2 = as_pair(Z1, Z2, "tsne")
    if Z1.shape[1] != Z2.shape[1]:
        raise ValueError(
            f"tsne: latents of {Z1.shape[1]} and {Z2.shape[1]} dimensions: align them first"
        )
    if len(Z1) < 4:
        raise ValueError(f"tsne: {len(Z1)} pairs: at least 4 are needed")
    return Z1, Z2


def _on_common_axes(clouds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each cloud (m, k) in as many coordinates, of one size, turned onto the first."""
    width = min(COMPONENTS, len(next(iter(clouds.values()))))
    turned: dict[str, np.ndarray] = {}
    for name, X in clouds.items():
        X, _ = linalg.centred(X)
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
