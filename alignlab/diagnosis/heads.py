"""Test the verdict: train CA, CP and CP reversed on the features, and probe them on labels.

Every seed holds out labelled rows; everything else is fitted on the remaining rows, labelled or
not: the reduction of each view to principal components (as in `diagnose`), the heads, and, on the
labelled ones, the linear probe. With a shared space of dimension k, the probes use

- CA (VICReg), CA (CCA): the concatenated projections of both views, 2k numbers;
- CP, CP reversed: the bottleneck activations of the source, 2k numbers but at most as many as the
  target has;
- x alone, y alone: all principal components of the view, no training;
- x and y: the concatenated components of both views, no training. The paper's table lacks it.

CP predicts principal components in the units of its target, with one common scale: scaling each to
unit variance would be a different objective, without the nuisance that the ratio of CP measures.
The inputs of the heads are whitened, which does not change the solutions and speeds up training.
"CA (CCA)" is the closed form.

Source: "When to Align, When to Predict", section 4.5, Table 1 and Appendix B: MLPs with VICReg, a
predictor with a bottleneck and squared error, AdamW with cosine annealing and early stopping; the
probe uses "concatenated projections for CA, bottleneck activations for CP", 512 numbers each in the
paper's code. There all seeds share one split; here each seed has its own, so the spread over seeds
includes the randomness of the split.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.aligners.whitened import cca
from alignlab.checks import (
    InputError,
    as_count,
    as_real,
    as_view,
    check_same_order,
    check_varies,
    unbox,
)
from alignlab.data.label_reading import Kind
from alignlab.data.label_values import as_labels
from alignlab.diagnosis.head_recipe import Recipe
from alignlab.diagnosis.label_scores import FEWEST as FEWEST_LABELS
from alignlab.diagnosis.probe import Targets, probe, split_labelled
from alignlab.diagnosis.reduction import (
    COMPONENTS,
    SCALES,
    SLAB,
    Reducing,
    Reduction,
    Scale,
    fewer_components,
)
from alignlab.extras import needed
from alignlab.work import advances, shared_out

if TYPE_CHECKING:
    from alignlab.diagnosis.head_training import HeadTraining

METHODS = ("CA (VICReg)", "CA (CCA)", "CP", "CP reversed", "x alone", "y alone", "x and y")
"""In the order of Table 1's columns; Table 1 lacks the last."""

TRAINED = ("CA (VICReg)", "CP", "CP reversed")
"""The methods trained by gradient steps."""

NAME = "light heads"


@dataclass(frozen=True, kw_only=True)
class HeadsSpec:
    """What to train, and how.

    k : dimension of the shared space, at least 1; every trained representation has 2k numbers, but
        CP's at most as many as its target.
    hidden : width of the hidden layer parallel to the heads' linear path; 0 for linear heads, as in
        the theory.
    steps, batch, learning_rate, weight_decay : of AdamW.
    invariance, variance, covariance : weights of VICReg, whose variance and covariance terms are
        means over both views (`head_training.vicreg`): 25/25/1 differs between implementations.
    holdout : fraction of the labelled rows held out as the test set; validation : fraction of the
        training pairs held out for early stopping.
    seeds : one run per seed, which determines the split, the initial weights and the batches.
    scale : of the columns, as for `diagnose`.
    """

    k: int = 8
    hidden: int = 128
    steps: int = 500
    batch: int = 256
    learning_rate: float = 0.01
    weight_decay: float = 1e-4
    invariance: float = 25.0
    variance: float = 25.0
    covariance: float = 1.0
    holdout: float = 0.3
    validation: float = 0.15
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    scale: Scale = "auto"

    def __post_init__(self) -> None:
        unbox(self)
        name = "HeadsSpec"
        for count, low in (("k", 1), ("hidden", 0), ("steps", 1), ("batch", 2)):
            as_count(getattr(self, count), count, name, low)
        as_real(self.learning_rate, "learning_rate", name, 1e-6, np.inf)
        for weight in ("weight_decay", "invariance", "variance", "covariance"):
            as_real(getattr(self, weight), weight, name, 0, np.inf)
        for share in ("holdout", "validation"):
            as_real(getattr(self, share), share, name, 0.05, 0.8, closed=True)
        if not self.seeds:
            raise InputError(name, "no seed is given: give at least one")
        if len(set(self.seeds)) < len(self.seeds):
            raise InputError(name, f"seeds {self.seeds} contain repetitions: give each once")
        for seed in self.seeds:
            as_count(seed, "a seed", name, 0)
        if self.scale not in SCALES:
            raise InputError(name, f"scale {self.scale!r} is not known: use {', '.join(SCALES)}")

    @property
    def recipe(self) -> Recipe:
        return Recipe(
            steps=self.steps,
            batch=self.batch,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            hidden=self.hidden,
            validation=self.validation,
            vicreg=(self.invariance, self.variance, self.covariance),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """Held-out scores of one method with one seed, one per target."""

    method: str
    seed: int
    values: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class _View:
    """A view reduced and whitened, fitted on its training rows.

    scores : (n, r) principal components in the units of the view, with one common scale.
    white : (n, r), each of unit variance over the training rows.
    """

    scores: np.ndarray
    white: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, reduction: Reduction, train: np.ndarray) -> _View:
        scores = reduction.all_scores(X)
        return cls(scores=scores, white=scores / scores[train].std(0))


class Heads:
    """The experiment as a job that can be monitored: `run` pauses often.

    done, total : training steps so far and in all; a method without training counts as one.
    scores : of the finished methods, by seed.
    targets : names of the label columns. labels_read : how they are read.
    metrics, chances : by target, "balanced accuracy" and 1 / (number of classes), or "R²" and 0.
    """

    def __init__(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        labels: object,
        spec: HeadsSpec | None = None,
        targets: tuple[str, ...] | None = None,
        kind: Kind = None,
    ) -> None:
        """X (n, d1), Y (n, d2), labels and kind as for `diagnose`; targets : label column names.

        Raises ValueError naming cause and remedy: what `diagnose` refuses, labels=None, fewer than
        20 labelled rows, k larger than the features or than a fifth of the training rows, and
        torch not installed.
        """
        needed("torch", "train", "training heads")
        self.spec = HeadsSpec() if spec is None else spec
        check_same_order(NAME, X=X, Y=Y, labels=labels)
        X, Y = as_view(X, "X", NAME), as_view(Y, "Y", NAME)
        if labels is None:
            raise InputError(NAME, "there are no labels to probe: label some rows")
        labels = as_labels(labels, NAME)
        if not len(X) == len(Y) == len(labels):
            raise InputError(
                NAME,
                f"X has {len(X)} rows, Y has {len(Y)} and there are "
                f"{len(labels)} labels: give one of each per sample, NaN or None "
                "where a label is missing",
            )
        for view, name in ((X, "X"), (Y, "Y")):
            check_varies(view, name, NAME)
        self._targets = Targets.of(labels, targets, NAME, kind)
        labelled = int(self._targets.known.sum())
        if labelled < FEWEST_LABELS:
            raise InputError(
                NAME,
                f"{labelled} rows have a label, at least {FEWEST_LABELS} are needed to "
                "train and test a probe: label more rows",
            )
        self.targets = self._targets.names
        self.labels_read = self._targets.reading
        self.metrics = {column.name: column.metric for column in self._targets.columns}
        self.chances = {column.name: column.chance for column in self._targets.columns}
        self.n, self.labelled = len(X), labelled
        self._pairs: tuple[np.ndarray, np.ndarray] | None = (X, Y)
        self.scores: tuple[Score, ...] = ()
        self.done = 0
        closed = len(METHODS) - len(TRAINED)
        self.total = len(self.spec.seeds) * (len(TRAINED) * self.spec.steps + closed)
        self._counting = Lock()
        self._check_k(min(X.shape[1], Y.shape[1]), "the features of a view")

    @property
    def chance(self) -> float:
        """Chance level of the first target."""
        return self.chances[self.targets[0]]

    @property
    def metric(self) -> str:
        """Metric of the first target."""
        return self.metrics[self.targets[0]]

    def run(self) -> Iterator[None]:
        """Train and probe, seeds in order, several in parallel; close the iterator to stop."""
        try:
            yield from shared_out(self.spec.seeds, self._seed, linalg.threads())
        finally:
            self._pairs = None  # a finished job keeps only its results

    def table(self) -> pd.DataFrame:
        """Tidy: one row per method, seed and target, with columns `method, seed, target, score`
        and `metric`.
        """  # fmt: skip
        rows = [
            (one.method, one.seed, target, float(value), self.metrics[target])
            for one in sorted(self.scores, key=self._place)
            for target, value in zip(self.targets, one.values, strict=True)
        ]
        return pd.DataFrame(rows, columns=["method", "seed", "target", "score", "metric"])

    def summary(self) -> pd.DataFrame:
        """In Table 1's layout: one row per target, columns (method, "mean" or "std").

        Over the seeds so far; std with n - 1 in the denominator, NaN for one seed; both are NaN if
        a method has no score yet.
        """
        grouped = self.table().groupby(["target", "method"])["score"]
        columns = pd.MultiIndex.from_product([METHODS, ["mean", "std"]], names=["method", None])
        found = grouped.agg(["mean", "std"]).unstack("method").swaplevel(axis=1)
        return found.reindex(index=pd.Index(self.targets, name="target"), columns=columns)

    def _seed(self, seed: int) -> Iterator[None]:
        assert self._pairs is not None
        X, Y = self._pairs
        rows = split_labelled(self._targets, self.spec.holdout, np.random.default_rng([seed, 11]))
        reductions = []
        for view, name in ((X, "X"), (Y, "Y")):
            reducing = Reducing(view.shape[1])
            for start in range(0, len(rows[0]), SLAB):  # no second copy of the view
                yield from reducing.add(view[rows[0][start : start + SLAB]])
            most = fewer_components(COMPONENTS, reducing.n)
            reductions.append(reducing.reduction(name, most, self.spec.scale))
        x, y = (_View.of(V, r, rows[0]) for V, r in zip((X, Y), reductions, strict=True))
        self._check_k(min(x.white.shape[1], y.white.shape[1]), "the principal components of a view")
        for method in METHODS:
            Z = yield from self._representation(method, x, y, rows[0], seed)
            values = probe(Z[rows[0]], Z[rows[1]], self._targets, rows)
            # a new tuple: other threads may be reading the previous one
            with self._counting:
                self.scores = (*self.scores, Score(method=method, seed=seed, values=values))
                self.done += method not in TRAINED
            yield

    def _representation(
        self, method: str, x: _View, y: _View, train: np.ndarray, seed: int
    ) -> Generator[None, None, np.ndarray]:
        """The representation (n, r) of all rows, fitted on the training rows."""
        k, recipe = self.spec.k, self.spec.recipe
        if method == "x alone":
            return x.scores
        if method == "y alone":
            return y.scores
        if method == "x and y":
            return np.hstack([x.scores, y.scores])
        if method == "CA (CCA)":
            maps = cca(x.white[train], y.white[train], k)
            return np.hstack(maps.embed(x.white, y.white))
        from alignlab.diagnosis.head_training import Aligning, Predicting  # imports torch

        if method == "CA (VICReg)":
            aligning = Aligning(x.white[train], y.white[train], k, recipe, seed)
            yield from self._counted(aligning)
            return aligning.represent(x.white, y.white)
        source, target = (x, y) if method == "CP" else (y, x)
        # a linear decoder uses at most as many numbers as its target has: others stay untrained
        width = min(2 * k, target.scores.shape[1])
        predicting = Predicting(source.white[train], target.scores[train], width, recipe, seed)
        yield from self._counted(predicting)
        return predicting.represent(source.white)

    def _counted(self, training: HeadTraining) -> Iterator[None]:
        for steps in advances(training):
            with self._counting:
                self.done += steps
            yield

    def _check_k(self, most: int, what: str) -> None:
        if self.spec.k > most:
            raise InputError(
                NAME, f"k = {self.spec.k} exceeds {most}, {what}: lower k or add more pairs"
            )

    def _place(self, one: Score) -> tuple[int, int]:
        return self.spec.seeds.index(one.seed), METHODS.index(one.method)
