"""Comparison of many aligners on the same pairs and the same split, in one table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alignlab import linalg, metrics
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.fourier import FourierSpec
from alignlab.aligners.mapped import MappedAlignment
from alignlab.aligners.perfect import Embedding
from alignlab.aligners.training import EncoderTraining
from alignlab.checks import InputError, as_count, as_pair, as_real, unbox
from alignlab.data.pairs import PairedData, split_rows
from alignlab.experiments.gaussian_transfer import check_labels, classifier
from alignlab.experiments.methods import METHODS, Fitting, steps_of
from alignlab.metrics import RETRIEVAL_PAIRS

STACKED = ("perfect_alignment", "informative_alignment")
"""Aligners whose maps are scaled together: `||W1||^2 + ||W2||^2 = k`."""


@dataclass(frozen=True, kw_only=True)
class ComparisonSpec:
    """Which aligners are compared, and their settings.

    k : dimension of the space, at least 1.
    methods : keys of `METHODS`, at least one.
    ridge : of CCA, in squared units of the data, also in random Fourier features.
    holdout, split_seed : as in `experiments.alignment.StudySpec`.
    contrastive : settings of both contrastive methods; its k is replaced by this k. DeepCCA has the
        same steps, batch, learning rate and seed.
    fourier : of the aligners in random Fourier features.
    """

    k: int = 2
    methods: tuple[str, ...] = ("perfect_alignment", "contrastive")
    ridge: float = 0.0
    holdout: float = 0.2
    split_seed: int = 0
    contrastive: ContrastiveSpec = field(default_factory=ContrastiveSpec)
    fourier: FourierSpec = field(default_factory=FourierSpec)

    def __post_init__(self) -> None:
        unbox(self)
        name = "ComparisonSpec"
        as_count(self.k, "k", name, 1)
        as_count(self.split_seed, "split_seed", name, 0)
        as_real(self.ridge, "ridge", name, 0, np.inf)
        as_real(self.holdout, "holdout", name, 0, 0.9, closed=True)
        if not self.methods:
            raise InputError(name, "no method is chosen: choose at least one")
        for method in self.methods:
            if method not in METHODS:
                raise InputError(name, f"{method!r} is not known: use {', '.join(METHODS)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """One aligner on the split: both embeddings and its metrics.

    train, test : (Z1, Z2), each (n_split, k').
    figures : values by split ("train", "held out") and metric.
    seconds : duration of the fit.
    training : the training of a trained method, else None.
    blocks : Frobenius norms of W1 and W2 if they form one orthonormal stack, else None.
    ridge, score : the ridge that kernel CCA chose, and its correlation on the folds, else None.
    """

    method: str
    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    figures: dict[tuple[str, str], float]
    seconds: float
    training: EncoderTraining | None = None
    blocks: tuple[float, float] | None = None
    ridge: float | None = None
    score: float | None = None


ROUNDING = 1e-12
"""A latent below this share of the length of its view is zero up to rounding."""

FIGURES = (
    "CMAE", "NCMAE", "correlation", "relative CMAE", "MLRE 1", "MLRE 2", "MLRE 1 affine", "R@1",
    "R@5", "transfer", "kept norm 1", "kept norm 2",
)  # fmt: skip
"""The metrics of each aligner on both splits; transfer only on held-out pairs.

correlation is the mean over the k components of the correlation of z1 and z2, undefined where a
latent is zero up to rounding.
MLRE 1 affine is MLRE after the best affine map of modality 1 onto z, fitted on the training pairs;
transfer is the accuracy on held-out z2 of a classifier trained on z1."""


class Comparison:
    """The comparison as work: `run` yields after every aligner and during trainings.

    done, total : units of work, a closed-form aligner counting as one and a training as its steps.
    results : finished aligners by name; failures : why others could not be fitted.
    training : the current training, or None.
    unclassified : why transfer is not measured, or which classes it cannot predict; else empty.
    """

    def __init__(self, data: PairedData, spec: ComparisonSpec) -> None:
        as_pair(data.X1, data.X2, "compare")
        train, test = split_rows(data.n, spec.holdout, spec.split_seed)
        self.data, self.spec = data, spec
        self.train_rows, self.test_rows = train, test
        self._train, self._test = data.rows(train), data.rows(test)
        self.results: dict[str, Compared] = {}
        self.failures: dict[str, str] = {}
        self.training: EncoderTraining | None = None
        self.unclassified = _unclassified(self._train, self._test)
        self.done = 0
        self.total = sum(steps_of(name, spec) for name in spec.methods)

    def run(self) -> Iterator[None]:
        """Fit and measure one aligner after the other."""
        for name in self.spec.methods:
            start, before = time.perf_counter(), self.done
            try:
                yield from self._fit(name, start)
            except ValueError as error:
                self.failures = self.failures | {name: str(error)}
                self.training = None
            self.done = before + steps_of(name, self.spec)
            yield

    def table(self, split: str = "held out") -> pd.DataFrame:
        """One row per aligner: the `FIGURES` of one split ("train" or "held out") and seconds."""
        rows = {
            METHODS[name].label: {figure: one.figures[split, figure] for figure in FIGURES}
            | {"seconds": one.seconds}
            for name, one in self.results.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=[*FIGURES, "seconds"])

    def _fit(self, name: str, start: float) -> Iterator[None]:
        fitting, before = Fitting(self._train.X1, self._train.X2, name, self.spec), self.done
        for _ in fitting.run():
            self.training = fitting.training
            self.done = before + fitting.done
            yield
        assert fitting.found is not None
        self._keep(name, fitting.found, time.perf_counter() - start, fitting.training)
        self.training = None

    def _keep(
        self, name: str, found: Embedding, seconds: float, training: EncoderTraining | None
    ) -> None:
        train = found.embed(self._train.X1, self._train.X2)
        test = found.embed(self._test.X1, self._test.X2) if self._test.n else train
        onto = None
        if self._train.Z is not None:
            onto = linalg.least_squares_map(_with_one(train[0]), self._train.Z)
        figures = _figures(train, self._train, onto)
        held_out = (
            _figures(test, self._test, onto) if self._test.n else dict.fromkeys(FIGURES, np.nan)
        )
        if self._test.n:
            held_out["transfer"] = _transfer(train, self._train, test, self._test)
        one = Compared(
            method=name,
            train=train,
            test=test,
            figures={("train", f): v for f, v in figures.items()}
            | {("held out", f): v for f, v in held_out.items()},
            seconds=seconds,
            training=training,
            blocks=_blocks(found),
            ridge=found.ridge if isinstance(found, MappedAlignment) else None,
            score=found.score if isinstance(found, MappedAlignment) else None,
        )
        # a new dictionary: other threads may be reading the old one
        self.results = self.results | {name: one}


def compare(data: PairedData, spec: ComparisonSpec) -> Comparison:
    """The whole comparison; ValueError when the views are not pairs or cannot be split."""
    comparison = Comparison(data, spec)
    for _ in comparison.run():
        pass
    return comparison


def _figures(
    latents: tuple[np.ndarray, np.ndarray], data: PairedData, onto: np.ndarray | None
) -> dict[str, float]:
    Z1, Z2 = latents
    pool = slice(0, RETRIEVAL_PAIRS)
    values = dict.fromkeys(FIGURES, float("nan")) | {
        "CMAE": metrics.cmae(Z1, Z2),
        "NCMAE": metrics.ncmae(Z1, Z2),
        "relative CMAE": metrics.relative_cmae(Z1, Z2),
        "kept norm 1": metrics.kept_norm(data.X1, Z1),
        "kept norm 2": metrics.kept_norm(data.X2, Z2),
        "R@1": metrics.retrieval(Z1[pool], Z2[pool]),
        "R@5": metrics.retrieval(Z1[pool], Z2[pool], top=min(5, data.n)),
    }
    if min(values["kept norm 1"], values["kept norm 2"]) > ROUNDING:
        values["correlation"] = metrics.mean_correlation(Z1, Z2)
    if data.Z is not None:
        if Z1.shape == data.Z.shape:
            values["MLRE 1"], values["MLRE 2"] = (metrics.mlre(data.Z, Z) for Z in (Z1, Z2))
        if onto is not None:
            values["MLRE 1 affine"] = metrics.mlre(data.Z, _with_one(Z1) @ onto)
    return values


def _blocks(found: Embedding) -> tuple[float, float] | None:
    if not isinstance(found, Alignment) or found.method not in STACKED:
        return None
    return float(np.linalg.norm(found.W1)), float(np.linalg.norm(found.W2))


def _with_one(Z: np.ndarray) -> np.ndarray:
    """Z with a column of ones: some aligners centre, so the best map onto z needs an offset."""
    return np.column_stack([Z, np.ones(len(Z))])


def _named_labels(data: PairedData) -> np.ndarray:
    return np.array(data.classes)[data.labels] if data.classes else np.asarray(data.labels)


def _unclassified(train: PairedData, test: PairedData) -> str:
    """Why a classifier of the training pairs cannot label all held-out pairs; else empty."""
    if train.labels is None:
        return ""
    if not test.n:
        return "no pairs are held out to be classified"
    labels = _named_labels(train)
    try:
        check_labels(labels, train.n, "compare")
    except ValueError as error:
        return str(error)
    missing = np.setdiff1d(_named_labels(test), labels)
    if not missing.size:
        return ""
    return (
        f"compare: no training pair is of class {', '.join(map(str, missing))}, so the classifier "
        "cannot predict it: hold out fewer pairs or use another split seed"
    )


def _transfer(
    train: tuple[np.ndarray, np.ndarray],
    fitted: PairedData,
    test: tuple[np.ndarray, np.ndarray],
    held_out: PairedData,
) -> float:
    """Accuracy on held-out z2 of a classifier trained on z1; NaN without labels of two classes."""
    if fitted.labels is None or held_out.labels is None:
        return float("nan")
    try:
        y = check_labels(fitted.labels, fitted.n, "compare")
    except ValueError:
        return float("nan")
    return float((classifier(train[0], y).predict(test[1]) == held_out.labels).mean())
