"""The experiment: align two modalities by pairs, train a task on one, test it on the other.

Contrastive alignment (CA) trains two encoders on D_Align, pairs without labels. A second step, also
fitted on D_Align, may bring their embeddings closer (`methods`). The decoder is trained with the
labels of D_HAR on the source embedding only and tested on the target embedding. Source: Kamboj and
Do, "Towards Achieving Perfect Multimodal Alignment", Table 1.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignlab import linalg, metrics
from alignlab.checks import InputError, as_count, as_real
from alignlab.extras import needed
from alignlab.har.dataset import MODALITIES, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.recipe import Recipe
from alignlab.har.splits import SPLITS, Split

if TYPE_CHECKING:  # these import torch: results can be shown without it
    from alignlab.har.training import LabelTraining, PairTraining, Training

TOPS = (1, 3, 5, 7)

COMPONENTS = 64
"""Default dimension of the methods that choose directions."""

CLOSED_FORM = 0.15
"""Seconds in an estimate for a closed-form method and its decoder."""

NULL_SPACE = 6e-10
"""Seconds in an estimate for a null space of 2k dimensions, in units of k³ (two CPU cores)."""

DISTANCES = ("CMAE", "NCMAE", "relative CMAE")

FIGURES = (*DISTANCES, *(f"top-{count}" for count in TOPS), "R@1", "R@5")
"""Metrics on D_Test. R@ is the share of sequences whose partner in the target modality is among the
nearest; the ceiling, which has no common embedding, has only the top-k accuracies."""

MORE = ("CMAE on D_Align", "NCMAE on D_Align", "top-1 on D_Val")
"""Further metrics: on the aligned pairs, and on D_Val, which is not used for any selection."""

PUBLISHED = pd.DataFrame(
    {
        "CMAE": ("2210 ± 20.5", "8.66 ± 0.306"),
        "top-1": ("38.6 %", "43.9 %"),
        "top-3": ("56.1 %", "60.6 %"),
        "top-5": ("66.3 %", "69.7 %"),
        "top-7": ("73.9 %", "75.8 %"),
    },
    index=["CA", "CA+PA"],
)
"""Table 1 of the paper: RGB video to inertial, 2048 dimensions, mean of 3. Not measured here."""


@dataclass(frozen=True, kw_only=True)
class ProtocolSpec:
    """Settings of the experiment.

    source, target : modalities by name; labels belong to the source.
    split : "subject" (3-3-1-1 of the eight), "random" (40-40-10-10) or "lists" (from the data set).
    methods : keys of `METHODS`, at least one.
    k : embedding size, 2 to 2048.
    pa_k : dimension of plain perfect alignment, 1 to 2 k; None for k, as in the paper.
    components : dimension of informative alignment (also its rank), CCA and Procrustes, at most k;
        None for 64, or k if that is less.
    ridge : of CCA, in units of the mean variance of a component.
    temperature, epochs, batch, learning_rate : of InfoNCE; the ceiling has as many epochs.
    seeds : one run each: of the split, the initial weights, the batches and the decoder.
    """

    source: str = "skeleton"
    target: str = "inertial"
    split: str = "subject"
    methods: tuple[str, ...] = tuple(METHODS)
    k: int = 256
    pa_k: int | None = None
    components: int | None = None
    ridge: float = 0.1
    temperature: float = 0.1
    epochs: int = 60
    batch: int = 86
    learning_rate: float = 0.002
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        name = "ProtocolSpec"
        if self.source == self.target:
            raise InputError(
                name, f"source and target are both {self.source}: choose two modalities"
            )
        if self.split not in SPLITS:
            raise InputError(name, f"split {self.split!r} is not known: use {', '.join(SPLITS)}")
        if not self.methods or not self.seeds:
            raise InputError(name, "no method or no seed is chosen: choose at least one of each")
        for method in self.methods:
            if method not in METHODS:
                raise InputError(name, f"{method!r} is not known: use {', '.join(METHODS)}")
        if len(set(self.seeds)) < len(self.seeds):
            raise InputError(name, f"seeds {self.seeds} are repeated: give each once")
        for seed in self.seeds:
            as_count(seed, "a seed", name, 0)
        as_count(self.k, "k", name, 2, 2048)
        as_count(self.plain_k, "pa_k", name, 1, 2 * self.k)
        as_count(self.dimensions, "components", name, 1, self.k)
        as_count(self.epochs, "epochs", name, 1)
        as_count(self.batch, "batch", name, 2)
        as_real(self.ridge, "ridge", name, 0, np.inf)
        for real in ("temperature", "learning_rate"):
            as_real(getattr(self, real), real, name, 1e-6, np.inf)

    @property
    def plain_k(self) -> int:
        return self.k if self.pa_k is None else self.pa_k

    @property
    def dimensions(self) -> int:
        return min(COMPONENTS, self.k) if self.components is None else self.components

    def recipe(self, seed: int) -> Recipe:
        return Recipe(
            epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate,
            temperature=self.temperature, seed=seed,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodRun:
    """One method with one seed.

    figures : by name (`FIGURES`, `MORE`); NaN where one is undefined.
    source, target : (n, k') float32 embeddings of all sequences, those of D_HAR and D_Align too;
        None for the ceiling.
    predicted : (n_test,) actions, 1 to 27, in the order of the split's test rows.
    seconds : of fitting and decoding; contrastive training is counted in CA.
    """

    method: str
    seed: int
    figures: dict[str, float]
    source: np.ndarray | None
    target: np.ndarray | None
    predicted: np.ndarray
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ProtocolResult:
    """Results by method and seed; while the work runs, the finished ones.

    names, actions, subjects, trials : of the sequences that have both modalities, (n,) each.
    splits : by seed; losses : of contrastive training by seed, one per epoch.
    runs : by (method, seed); failures : why others could not be fitted.
    """

    spec: ProtocolSpec
    dataset: str
    names: tuple[str, ...]
    actions: np.ndarray
    subjects: np.ndarray
    trials: np.ndarray
    splits: dict[int, Split] = field(default_factory=dict)
    losses: dict[int, list[float]] = field(default_factory=dict)
    runs: dict[tuple[str, int], MethodRun] = field(default_factory=dict)
    failures: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def chance(self) -> float:
        """Top-1 accuracy of guessing among the actions of the data set."""
        return 1 / len(np.unique(self.actions))

    def table(self) -> pd.DataFrame:
        """One row per method and seed: `method`, `seed`, one column per metric, `seconds`."""
        columns = ["method", "seed", *FIGURES, *MORE, "seconds"]
        rows = [
            {"method": one.method, "seed": one.seed, "seconds": one.seconds} | one.figures
            for one in self.runs.values()
        ]
        return pd.DataFrame(rows, columns=columns)

    def summary(self) -> pd.DataFrame:
        """Mean and standard deviation (n - 1) over seeds; columns (metric, "mean" or "std")."""
        grouped = self.table().drop(columns="seed").groupby("method", sort=False)
        found = grouped.agg(["mean", "std"])
        return found.loc[[method for method in METHODS if method in found.index]]

    def against(self, baseline: str = "ca") -> pd.DataFrame:
        """Paired differences from a baseline method over the seeds that both have.

        One row per method; columns (metric, "mean", "std" or "pairs"); std is the standard
        deviation (n - 1) of the differences.
        """
        table = self.table().drop(columns="seconds").set_index(["method", "seed"])
        rows = {}
        for method in METHODS:
            if method == baseline or method not in table.index.get_level_values(0):
                continue
            if baseline not in table.index.get_level_values(0):
                break
            difference = (table.loc[method] - table.loc[baseline]).dropna(how="all")
            rows[method] = {
                (figure, what): value
                for figure in (*FIGURES, *MORE)
                for what, value in (
                    ("mean", difference[figure].mean()),
                    ("std", difference[figure].std()),
                    ("pairs", difference[figure].count()),
                )
            }
        return pd.DataFrame.from_dict(rows, orient="index")


class Experiment:
    """The experiment as the work of a job: `run` yields after every step of a training.

    done, total : steps of trainings, a closed-form method counting as one.
    result : what is finished; replaced, never modified.
    training : the current training, or None.
    """

    def __init__(self, dataset: ActivityDataset, spec: ProtocolSpec) -> None:
        """Split and check; ValueError if a modality is missing or a split cannot be made."""
        for modality in (spec.source, spec.target):
            if modality not in dataset.modalities:
                there = ", ".join(MODALITIES.get(name, name) for name in dataset.modalities)
                raise InputError(
                    "run_protocol",
                    f"the data set has no {modality}; it has {there or 'nothing'}: "
                    "choose among these",
                )
        self.spec, self.dataset = spec, dataset.having(spec.source, spec.target)
        self._splits = {seed: SPLITS[spec.split](self.dataset, seed) for seed in spec.seeds}
        self._classes = self.dataset.actions - 1
        self._inputs: tuple[np.ndarray, np.ndarray] | None = None
        self.training: Training | None = None
        self.result = ProtocolResult(
            spec=spec,
            dataset=dataset.source,
            names=tuple(self.dataset.names),
            actions=self.dataset.actions,
            subjects=self.dataset.subjects,
            trials=self.dataset.trials,
            splits=self._splits,
        )
        self.done = 0
        self._costs = {seed: self._steps(split) for seed, split in self._splits.items()}
        self.total = sum(sum(costs.values()) for costs in self._costs.values())

    def estimate(self, steps: int = 3) -> float:
        """Estimated seconds in all, from a few steps of each training on the first split."""
        seed = self.spec.seeds[0]
        before = time.perf_counter()
        X1, X2 = self._prepared()
        seconds = time.perf_counter() - before
        split = self._splits[seed]
        for method in self._costs[seed]:
            count = sum(costs[method] for costs in self._costs.values())
            if method == "pairs":
                seconds += count * _a_step(self._pair_training(X1, X2, split, seed), steps)
            elif METHODS[method].fit is None:
                seconds += count * _a_step(self._label_training(X2, split, seed), steps)
            else:
                seconds += count * (CLOSED_FORM + (method == "ca_pa") * NULL_SPACE * self.spec.k**3)
        return seconds

    def run(self) -> Iterator[None]:
        """Every seed: train, then align, decode and measure method by method."""
        X1, X2 = self._prepared()
        yield
        for seed in self.spec.seeds:
            yield from self._run_seed(X1, X2, seed)
        self.training = None

    def _run_seed(self, X1: np.ndarray, X2: np.ndarray, seed: int) -> Iterator[None]:
        spec, split, costs = self.spec, self._splits[seed], self._costs[seed]
        start, before = time.perf_counter(), self.done
        latents = None
        if "pairs" in costs:
            pairs = self._pair_training(X1, X2, split, seed)
            yield from self._train(pairs)
            latents = pairs.embeddings()
            self._replace(losses=self.result.losses | {seed: pairs.losses})
        trained = time.perf_counter() - start
        for method in spec.methods:
            start, before = time.perf_counter(), self.done
            try:
                if METHODS[method].fit is None:
                    run = yield from self._ceiling(X2, split, seed)
                else:
                    assert latents is not None  # trained for any method but the ceiling
                    run = self._aligned(method, latents, split, seed)
                took = time.perf_counter() - start + (trained if method == "ca" else 0.0)
                kept = MethodRun(**(vars(run) | {"seconds": took}))
                self._replace(runs=self.result.runs | {(method, seed): kept})
            except ValueError as error:
                failed = self.result.failures | {(method, seed): str(error)}
                self._replace(failures=failed)
            self.done = before + costs[method]
            yield

    def _train(self, training: Training) -> Iterator[None]:
        self.training, before = training, self.done
        for _ in training.run():
            self.done = before + training.done
            yield
        self.done = before + training.total

    def _aligned(
        self, method: str, latents: tuple[np.ndarray, np.ndarray], split: Split, seed: int
    ) -> MethodRun:
        fit = METHODS[method].fit
        assert fit is not None  # the ceiling is trained elsewhere
        # such small matrices are factorised faster in one thread
        with linalg.one_thread_each():
            found = fit(latents[0][split.align], latents[1][split.align], self.spec)
            Z1, Z2 = found.embed(*latents)
        from alignlab.har.decoder import decoder, top

        # the decoder is trained on labels and source embeddings of D_HAR only
        task = decoder(Z1[split.har], self._classes[split.har], seed)
        scores = task.scores(Z2[split.test])
        figures = self._tops(scores, split) | _distances(Z1, Z2, split)
        if len(split.val):
            of_val = task.scores(Z2[split.val])
            figures["top-1 on D_Val"] = top(of_val, self._classes[split.val], 1)
        return MethodRun(
            method=method, seed=seed, figures=figures, source=Z1.astype(np.float32),
            target=Z2.astype(np.float32), predicted=scores.argmax(axis=1) + 1, seconds=0.0,
        )  # fmt: skip

    def _ceiling(self, X2: np.ndarray, split: Split, seed: int) -> Generator[None, None, MethodRun]:
        from alignlab.har.decoder import top

        training = self._label_training(X2, split, seed)
        yield from self._train(training)
        scores = training.scores(split.test)
        figures = dict.fromkeys((*FIGURES, *MORE), float("nan")) | self._tops(scores, split)
        if len(split.val):
            figures["top-1 on D_Val"] = top(training.scores(split.val), self._classes[split.val], 1)
        return MethodRun(
            method="ceiling", seed=seed, figures=figures, source=None, target=None,
            predicted=scores.argmax(axis=1) + 1, seconds=0.0,
        )  # fmt: skip

    def _pair_training(
        self, X1: np.ndarray, X2: np.ndarray, split: Split, seed: int
    ) -> PairTraining:
        from alignlab.har.encoders import Standardiser
        from alignlab.har.training import PairTraining

        spec = self.spec
        # the source of D_HAR is available in training; its target only for the ceiling
        seen = np.concatenate([split.har, split.align])
        return PairTraining(
            Standardiser.of(X1[seen])(X1), Standardiser.of(X2[split.align])(X2),
            (spec.source, spec.target), spec.k, split.align, spec.recipe(seed),
        )  # fmt: skip

    def _label_training(self, X2: np.ndarray, split: Split, seed: int) -> LabelTraining:
        from alignlab.har.encoders import Standardiser
        from alignlab.har.training import LabelTraining

        # trained on D_HAR only, including the standardisation
        standardised = Standardiser.of(X2[split.har])(X2)
        spec = self.spec
        return LabelTraining(
            standardised, self._classes, spec.target, spec.k, split.har, spec.recipe(seed)
        )

    def _prepared(self) -> tuple[np.ndarray, np.ndarray]:
        needed("torch", "train", "training on activity")
        from alignlab.har.encoders import prepared

        if self._inputs is None:
            self._inputs = (
                prepared(self.dataset, self.spec.source),
                prepared(self.dataset, self.spec.target),
            )
        return self._inputs

    def _steps(self, split: Split) -> dict[str, int]:
        """Units of work of a seed: of contrastive training, and of every method."""
        recipe = self.spec.recipe(0)
        costs = {}
        if any(METHODS[method].fit is not None for method in self.spec.methods):
            costs["pairs"] = recipe.epochs * recipe.batches(len(split.align))
        for method in self.spec.methods:
            trained = METHODS[method].fit is None
            costs[method] = recipe.epochs * recipe.batches(len(split.har)) if trained else 1
        return costs

    def _tops(self, scores: np.ndarray, split: Split) -> dict[str, float]:
        from alignlab.har.decoder import top

        return {f"top-{count}": top(scores, self._classes[split.test], count) for count in TOPS}

    def _replace(self, **changes: object) -> None:
        # a new result: other threads may be reading the old one
        self.result = ProtocolResult(**(vars(self.result) | changes))


def run_protocol(dataset: ActivityDataset, spec: ProtocolSpec | None = None) -> ProtocolResult:
    """The whole experiment, results by method and seed; see `Experiment` for a stepwise version.

    The same spec on the same device gives the same numbers. Runs on CUDA if available
    (`ALIGNLAB_DEVICE` overrides). Methods that cannot be fitted are listed in `failures`.

    Parameters
    ----------
    dataset : from `simulate` or `load_utd_mhad`; sequences that lack a modality are left out.
    spec : the defaults align skeleton and inertial sensor, split by subject, with three seeds.

    Raises ValueError if a modality is missing, a split cannot be made, or training diverges.
    """
    experiment = Experiment(dataset, ProtocolSpec() if spec is None else spec)
    for _ in experiment.run():
        pass
    return experiment.result


def _a_step(training: Training, steps: int) -> float:
    """Seconds per step of this training, from a few steps."""
    took = []
    start = time.perf_counter()
    for _, _ in zip(range(steps + 1), training.run(), strict=False):
        took.append(time.perf_counter() - start)
        start = time.perf_counter()
    return float(np.median(took[1:] or took))  # the first one warms up


def _distances(Z1: np.ndarray, Z2: np.ndarray, split: Split) -> dict[str, float]:
    A, B = Z1[split.test], Z2[split.test]
    C, D = Z1[split.align], Z2[split.align]
    return {
        "CMAE": metrics.cmae(A, B),
        "NCMAE": metrics.ncmae(A, B),
        "relative CMAE": metrics.relative_cmae(A, B),
        "R@1": metrics.retrieval(A, B),
        "R@5": metrics.retrieval(A, B, top=min(5, len(A))),
        "CMAE on D_Align": metrics.cmae(C, D),
        "NCMAE on D_Align": metrics.ncmae(C, D),
        "top-1 on D_Val": float("nan"),
    }
