"""Synthetic pairs whose geometry is that of CLIP's embeddings: two narrow cones and a gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.checks import InputError, as_count, as_real, unbox
from alignlab.data.inspected import Inspected
from alignlab.data.metadata import Metadata
from alignlab.data.pairs import PairedData

CONCEPTS = (
    "bicycle", "boat", "bridge", "cake", "cat", "chair", "clock", "dog", "guitar", "horse", "kite",
    "lamp", "piano", "pizza", "sheep", "table", "train", "tree", "umbrella", "zebra",
)  # fmt: skip
COLOURS = ("black", "blue", "brown", "green", "grey", "red", "white", "yellow")
PLACES = (
    "at night", "by the sea", "in a garden", "in a kitchen", "in a museum", "in the rain",
    "in the snow", "on a street",
)  # fmt: skip
"""What the captions name: one of each per pair."""

SHARES = {"concept": 0.45, "colour": 0.15, "place": 0.15, "detail": 0.25}
"""Shares of the variance of what both modalities share; detail is of each pair alone."""

AMBIGUITY = 0.5
"""Standard deviation of the logarithm of the ambiguity of a pair."""


@dataclass(frozen=True, kw_only=True)
class ConeSpec:
    """Settings of the pairs on two cones.

    n : pairs, at least 2. d : dimensions of both modalities, at least 8.
    gap : distance of the means of the modalities, about; at least 0 and at most `2 sqrt(cone)`.
    cone : mean cosine of two points of one modality, about, in [0, 1): larger is narrower.
    noise : standard deviation of what one modality alone holds, relative to what both share.
    """

    n: int = 2000
    d: int = 64
    gap: float = 0.82
    cone: float = 0.55
    noise: float = 1.2
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "ConeSpec"
        as_count(self.n, "n", name, 2)
        as_count(self.d, "d", name, 8)
        as_count(self.seed, "seed", name, 0)
        as_real(self.cone, "cone", name, 0, 1)
        as_real(self.gap, "gap", name, 0, np.inf)
        as_real(self.noise, "noise", name, 0, np.inf)
        if self.gap**2 > 4 * self.cone:
            raise InputError(
                name,
                f"gap = {self.gap} exceeds 2 sqrt(cone) = {2 * self.cone**0.5:.3g}: lower the gap "
                "or raise cone",
            )


def cone_pairs(spec: ConeSpec) -> Inspected:
    """Images and captions as a contrastive model might embed them; everything here is synthetic.

    No model, image or text was used: the vectors are drawn at random with the geometry that Liang
    et al. report of CLIP, and the captions are put together from three lists of words. Both
    modalities (n, d) lie on the unit sphere. In random orthonormal directions,

        z_m = sqrt(cone - gap^2 / 4) c ± gap / 2 g + sqrt(1 - cone) u_m,

    where c is common to all points (the cone effect), g has opposite signs in the two modalities
    (the gap), and the unit vector u_m holds the content. Before it is scaled to unit length, that
    is a sum of Gaussian vectors of the concept, the colour, the place and a detail of the pair
    (`SHARES`), the same in both modalities, plus noise of one modality alone, `noise` times the
    ambiguity of the pair. The gap is orthogonal to the content and the same for all pairs: moving
    both means together removes it. The default gap is that of CLIP on MS COCO; the other defaults
    are chosen, so that partners are found far more often than by chance, and not always.

    Returns pairs labelled by their concept, and metadata: concept, colour, caption, and ambiguity,
    by which pairs with a large one are the worst aligned. Modality 1 stands for images.

    Source: Liang, Zhang, Kwon, Yeung and Zou, "Mind the Gap: Understanding the Modality Gap in
    Multi-modal Contrastive Representation Learning", NeurIPS 2022; the gap of 0.82 is their
    distance between the means of CLIP's images and captions.
    """
    n, width = spec.n, spec.d - 2
    concept, colour, place = (
        _stream(spec, i).integers(0, len(words), n)
        for i, words in enumerate((CONCEPTS, COLOURS, PLACES))
    )
    ambiguity = np.exp(AMBIGUITY * _stream(spec, 3).standard_normal(n))
    shared = SHARES["detail"] ** 0.5 * _stream(spec, 4).standard_normal((n, width))
    named = {"concept": (CONCEPTS, concept), "colour": (COLOURS, colour), "place": (PLACES, place)}
    for i, (name, (words, codes)) in enumerate(named.items()):
        means = _stream(spec, 5 + i).standard_normal((len(words), width))
        shared += SHARES[name] ** 0.5 * (means - means.mean(axis=0))[codes]
    views = []
    for m, sign in enumerate((1, -1)):
        own = spec.noise * ambiguity[:, None] * _stream(spec, 8 + m).standard_normal((n, width))
        content = (shared + own) / np.linalg.norm(shared + own, axis=1, keepdims=True)
        common = np.full((n, 1), (spec.cone - spec.gap**2 / 4) ** 0.5)
        apart = np.full((n, 1), sign * spec.gap / 2)
        Z = np.concatenate([common, apart, (1 - spec.cone) ** 0.5 * content], axis=1)
        views.append(_turned(Z, spec))
    captions = [
        f"a {COLOURS[b]} {CONCEPTS[a]} {PLACES[c]}"
        for a, b, c in zip(concept, colour, place, strict=True)
    ]
    table = pd.DataFrame(
        {
            "concept": np.array(CONCEPTS)[concept],
            "colour": np.array(COLOURS)[colour],
            "caption": captions,
            "ambiguity": ambiguity,
        }
    )
    data = PairedData(X1=views[0], X2=views[1], labels=concept, classes=CONCEPTS)
    return Inspected(data=data, metadata=Metadata(table), key=("cones", spec))


def _turned(Z: np.ndarray, spec: ConeSpec) -> np.ndarray:
    """Z (n, d) after two fixed reflections, so that no coordinate is special."""
    for v in _stream(spec, 10).standard_normal((2, spec.d)):
        Z = Z - 2 / (v @ v) * np.outer(Z @ v, v)
    return Z


def _stream(spec: ConeSpec, number: int) -> np.random.Generator:
    return np.random.default_rng([spec.seed, 41, number])
