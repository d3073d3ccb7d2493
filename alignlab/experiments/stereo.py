"""Stereo shapes: align or predict on images, in closed form on fixed random features.

The class of a shape is the signal; its place is nuisance that both views share, until the jitter of
the cameras takes the correlation of the nuisance away. A cell of that phase diagram is fitted on
training pairs, without labels; a linear probe is fitted on the latents of other pairs, and scored
on those of a third set. `stereo_sweep` repeats it along the jitter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from alignlab.aligners.alignment import Alignment
from alignlab.aligners.whitened import cca, reduced_rank_regression
from alignlab.checks import as_count
from alignlab.data.stereo.features import RandomFeatures, averaged
from alignlab.data.stereo.images import stereo_pairs
from alignlab.data.stereo.outlines import SHAPES
from alignlab.data.stereo.scenes import PARTS, Part, Scenes
from alignlab.data.stereo.spec import StereoSpec
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.run import diagnose
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments.probe import probe_of

METHODS = {"CA": 0, "CP": 0, "CP reversed": 1}
"""The methods, and the view that each encodes: 0 is x, the left one, 1 is y."""

CEILINGS = {"supervised, x": 0, "supervised, y": 1}
"""A probe on all features of a view: what there is to be found."""

CHANCE = 1 / len(SHAPES)

SCORES = ("accuracy", "place R²")

HELD_OUT = 600
"""Pairs that a probe is fitted on, and as many others that it is scored on."""

FEWEST_PAIRS = 400
"""About twice the number of features of a view; with fewer, CCA finds any pairs correlated."""

WIDEST = 64
"""Largest bottleneck."""

RIDGE = 0.003
"""Ridge of CA, in units of the variance of a feature."""

TARGET = 16
"""Width in pixels of what CP predicts: the other view, averaged in blocks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StereoCell:
    """CA, CP and CP reversed at one setting, for every bottleneck up to `WIDEST`.

    scenes : what the images of each part show.
    features : standardised features (n, 192) of both views, by part.
    maps : the fitted methods by name; W1 (192, WIDEST) encodes the features of the view in
        `METHODS`, and its first k columns are the fit with a bottleneck of k.
    """

    spec: StereoSpec
    scenes: dict[Part, Scenes]
    features: dict[Part, tuple[np.ndarray, np.ndarray]]
    maps: dict[str, Alignment]

    def scores(self, k: int) -> pd.DataFrame:
        """Held-out scores of a probe on the k numbers of each method, and the ceilings.

        One row per method and ceiling: "accuracy" of the shape (chance is `CHANCE`), and "place
        R²", the mean over both coordinates of the place in the world.
        """
        as_count(k, "k", "scores", 1, WIDEST)
        rows = {name: self._probed(name, k) for name in METHODS}
        return pd.concat([_table(rows), self.ceilings])

    def latents(self, name: str, part: Part, k: int) -> np.ndarray:
        """The k numbers (n, k) by which a method of `METHODS` encodes the images of a part."""
        fitted = self.maps[name]
        return (self.features[part][METHODS[name]] - fitted.mean1) @ fitted.W1[:, :k]

    @cached_property
    def ceilings(self) -> pd.DataFrame:
        """The rows of `CEILINGS` in `scores`."""
        return _table({name: self._probed(name) for name in CEILINGS})

    @cached_property
    def nuisance_correlations(self) -> np.ndarray:
        """Canonical correlations (2,) between the places at which both views see the object.

        Of the training pairs, largest first. The paper's axis is 1 - jitter instead, which is no
        correlation.
        """
        seen = self.scenes["train"].seen
        return cca(seen[:, 0], seen[:, 1], 2).spectrum

    def diagnosis(self, seed: int = 0, resamples: int = DiagnosisSpec.resamples) -> Diagnosis:
        """The verdict of `al.diagnose` on the features of the training pairs, with x's shapes."""
        shapes = np.array(SHAPES)[self.scenes["train"].labels[:, 0]]
        return diagnose(*self.features["train"], shapes, seed=seed, resamples=resamples)

    def _probed(self, name: str, k: int = 0) -> tuple[float, float]:
        view = (METHODS | CEILINGS)[name]
        fitted, tested = (
            self.latents(name, part, k) if name in METHODS else self.features[part][view]
            for part in PARTS[1:]
        )
        return probed(fitted, self.scenes["probe"], tested, self.scenes["test"], view)


def stereo_cell(spec: StereoSpec) -> StereoCell:
    """Draw the pairs of a spec, and fit CA, CP and CP reversed on the features of their images.

    CA is CCA of the features of both views, with `RIDGE`. CP is reduced-rank regression from the
    features of x to y at `TARGET` x `TARGET` pixels, CP reversed that from y to x. Features are
    `RandomFeatures`, fitted on the training images of each view.

    Raises ValueError for fewer than `FEWEST_PAIRS` pairs.
    """
    as_count(spec.n, "n", "stereo_cell", FEWEST_PAIRS)
    train = stereo_pairs(spec)
    of_x, X = RandomFeatures.fitted(train.X1, spec.seed)
    of_y, Y = RandomFeatures.fitted(train.X2, spec.seed)
    scenes, features = {PARTS[0]: train.scenes}, {PARTS[0]: (X, Y)}
    for part in PARTS[1:]:
        held = stereo_pairs(spec, part, HELD_OUT)
        scenes[part], features[part] = held.scenes, (of_x.of(held.X1), of_y.of(held.X2))
    maps = {
        "CA": cca(X, Y, WIDEST, ridge=RIDGE),
        "CP": reduced_rank_regression(X, _target(train.X2), WIDEST),
        "CP reversed": reduced_rank_regression(Y, _target(train.X1), WIDEST),
    }
    return StereoCell(spec=spec, scenes=scenes, features=features, maps=maps)


def probed(
    fitted: np.ndarray, scenes: Scenes, tested: np.ndarray, test: Scenes, view: int
) -> tuple[float, float]:
    """`SCORES` on tested (m, r) of a linear probe that was fitted on fitted (n, r).

    scenes, test : what the images of these rows show. view : whose shapes are told.

    The probe is ridge regression of the shape, as one column of zeros and ones for each, and of the
    place; the largest of the former names the shape.
    """
    from sklearn.metrics import r2_score

    shapes = np.eye(len(SHAPES))[scenes.labels[:, view]]
    found = probe_of(fitted, np.column_stack([shapes, scenes.place]), tested)
    told = found[:, : len(SHAPES)].argmax(axis=1)
    accuracy = float(np.mean(told == test.labels[:, view]))
    return accuracy, float(r2_score(test.place, found[:, len(SHAPES) :]))


def _target(images: np.ndarray) -> np.ndarray:
    """What is predicted of images (n, size, size): (n, TARGET^2)."""
    return averaged(images, TARGET).reshape(len(images), -1).astype(np.float64)


def _table(rows: dict[str, tuple[float, float]]) -> pd.DataFrame:
    index = pd.Index(list(rows), name="method")
    return pd.DataFrame(list(rows.values()), index=index, columns=list(SCORES))


def recovered_shares(scores: pd.DataFrame) -> pd.Series:
    """The share of what there is to be found in shapes that each method finds: 0 chance, 1 all.

    scores : those of a cell. (accuracy - chance) / (ceiling - chance), with the ceiling of the view
    that the method encodes, not below 0; NaN if that ceiling is chance.
    """
    accuracy = scores["accuracy"]
    shares = {}
    for name, view in METHODS.items():
        ceiling = accuracy[list(CEILINGS)[view]] - CHANCE
        shares[name] = max(accuracy[name] - CHANCE, 0.0) / ceiling if ceiling > 0 else np.nan
    return pd.Series(shares)
