"""Images and captions: align or predict, in closed form on fixed features of both.

The noun of the largest object is the signal. Images are distorted at a level, captions are not: the
direction of prediction matters. Maps are fitted on training pairs, without labels; a linear probe
is fitted on the latents of other pairs, and scored on those of a third set. `CaptionSweep` repeats
it along the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from alignlab.aligners.alignment import Alignment
from alignlab.aligners.whitened import cca, reduced_rank_regression
from alignlab.checks import as_count
from alignlab.data.captions.distortion import distorted
from alignlab.data.captions.images import drawn
from alignlab.data.captions.scenes import NOUNS, Scenes, scenes
from alignlab.data.captions.spec import CaptionSpec
from alignlab.data.captions.texts import captions, common_pairs, pair_counts, word_counts
from alignlab.data.stereo.features import RandomFeatures, averaged
from alignlab.data.stereo.scenes import PARTS, Part
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.run import diagnose
from alignlab.experiments.probe import told

ENCODERS = {"CA, image": "image", "CA, text": "text", "image → text": "image",
            "text → image": "text"}  # fmt: skip
"""The methods, and the modality that each encodes. A CA has an encoder for either."""

CEILINGS = {"supervised, image": "image", "supervised, text": "text"}
"""A probe on all features of a modality: what there is to be found. It is fitted on the training
pairs too, with their labels: with those of `HELD_OUT` pairs alone, the encoders surpass it, since
they saw the training pairs. image → text comes close to it: the words hold the noun."""

CLEAN = ", clean"
"""Ends the name of a row whose probe sees images without distortion, as the paper's public code
does; the encoder was trained with it."""

CHANCE = 1 / len(NOUNS)

HELD_OUT = 600
"""Pairs that a probe is fitted on, and as many others that it is scored on."""

FEWEST_PAIRS = 600

WIDEST = 32
"""Largest bottleneck: the counts of words span 37 dimensions."""

RIDGE = 0.1
"""Ridge of CA, in units of the variance of a feature."""

PAIRS = 150
"""Pairs of neighbouring words that are counted, the most frequent ones."""

TARGET = 8
"""Width in pixels of what text predicts: the image, averaged in blocks."""

BOTTLENECKS = (2, 4, 8, 16, 32)
"""Bottlenecks that a sweep measures unless told otherwise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CaptionCell:
    """CA and CP in both directions at one setting, for every bottleneck up to `WIDEST`.

    scenes : what each part shows. features : standardised features by part, of "image", "text" and
    "clean", the images without distortion. maps : the fitted methods; W1, and for CA W2, encode.
    """

    spec: CaptionSpec
    scenes: dict[Part, Scenes]
    features: dict[Part, dict[str, np.ndarray]]
    maps: dict[str, Alignment]

    def scores(self, k: int) -> pd.DataFrame:
        """Held-out accuracy of a probe of the dominant noun; one row per encoder and ceiling.

        Rows that end in `CLEAN` show the encoder and its probe images without distortion.
        """
        as_count(k, "k", "scores", 1, WIDEST)
        found = {}
        for name, modality in ENCODERS.items():
            found[name] = self._probed(name, modality, k)
            if modality == "image":
                found[name + CLEAN] = self._probed(name, "clean", k)
        return pd.concat([_table(found), self.ceilings])

    @cached_property
    def ceilings(self) -> pd.DataFrame:
        """The rows of `CEILINGS` in `scores`."""
        return _table({name: self._probed(name, seen, 0) for name, seen in CEILINGS.items()})

    def latents(self, name: str, seen: str, part: Part, k: int) -> np.ndarray:
        """The k numbers (n, k) by which an encoder encodes "image", "clean" or "text" of a part."""
        X = self.features[part][seen]
        if name == "CA, text":
            found = self.maps["CA"]
            return (X - found.mean2) @ found.W2[:, :k]
        found = self.maps["CA" if name == "CA, image" else name]
        return (X - found.mean1) @ found.W1[:, :k]

    def diagnosis(self, seed: int = 0) -> Diagnosis:
        """The verdict of `al.diagnose` on the features of the training pairs, x is the image."""
        nouns = np.array(NOUNS)[self.scenes["train"].labels]
        found = self.features["train"]
        return diagnose(found["image"], found["text"], nouns, seed=seed)

    def _probed(self, name: str, seen: str, k: int) -> float:
        *fitted, test = PARTS[1:] if name in ENCODERS else PARTS
        *X, X_test = (
            self.latents(name, seen, part, k) if name in ENCODERS else self.features[part][seen]
            for part in (*fitted, test)
        )
        labels = np.concatenate([self.scenes[part].labels for part in fitted])
        found = told(np.concatenate(X), labels, X_test, len(NOUNS))
        return float(np.mean(found == self.scenes[test].labels))


def caption_cell(spec: CaptionSpec) -> CaptionCell:
    """Draw the pairs of a spec, and fit CA and CP both ways on the features of images and captions.

    Images have `RandomFeatures`, captions the counts of their words and of their `PAIRS` most
    frequent pairs of neighbours. CA is CCA with `RIDGE`; image → text is reduced-rank regression to
    the counts of words, text → image to the images at `TARGET` x `TARGET` pixels.

    Raises ValueError for fewer than `FEWEST_PAIRS` pairs.
    """
    as_count(spec.n, "n", "caption_cell", FEWEST_PAIRS)
    parts = {part: scenes(spec, part, None if part == "train" else HELD_OUT) for part in PARTS}
    texts = {part: captions(one) for part, one in parts.items()}
    clean = {part: drawn(one) for part, one in parts.items()}
    images = {part: distorted(clean[part], one) for part, one in parts.items()}
    of_images, X = RandomFeatures.fitted(images["train"], spec.seed)
    pairs = common_pairs(texts["train"], PAIRS)
    counts = {
        part: np.concatenate([word_counts(one), pair_counts(one, pairs)], axis=1)
        for part, one in texts.items()
    }
    mean, scale = counts["train"].mean(axis=0), counts["train"].std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    features = {}
    for part in PARTS:
        seen = X if part == "train" else of_images.of(images[part])
        same = images[part] is clean[part]
        without = seen if same or part == "train" else of_images.of(clean[part])
        features[part] = {
            "image": seen, "clean": without, "text": (counts[part] - mean) / scale,
        }  # fmt: skip
    Y = features["train"]["text"]
    pixels = averaged(images["train"], TARGET).reshape(spec.n, -1).astype(np.float64)
    maps = {
        "CA": cca(X, Y, WIDEST, ridge=RIDGE),
        "image → text": reduced_rank_regression(X, word_counts(texts["train"]), WIDEST),
        "text → image": reduced_rank_regression(Y, pixels, WIDEST),
    }
    return CaptionCell(spec=spec, scenes=parts, features=features, maps=maps)


def _table(accuracies: dict[str, float]) -> pd.DataFrame:
    index = pd.Index(list(accuracies), name="method")
    return pd.DataFrame({"accuracy": list(accuracies.values())}, index=index)
