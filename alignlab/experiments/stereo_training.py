"""Stereo shapes: small convolutional encoders trained on the images, as work with progress.

`experiments.stereo` fits closed forms on fixed features; here everything is trained. The probe is
the same, and so are the draws: training pairs, those of the probe and those of its scores have
nothing in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_real, unbox
from alignlab.data.stereo.features import WIDTH, averaged
from alignlab.data.stereo.images import StereoPairs, stereo_pairs
from alignlab.data.stereo.scenes import PARTS, Part
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import SCORES, probed
from alignlab.extras import needed

if TYPE_CHECKING:  # torch takes seconds to import
    import torch

    from alignlab.experiments.stereo_networks import Method

METHODS = {"CA": 0, "CP": 0, "CP reversed": 1, "supervised": 0}
"""The methods, and the view that each encodes: 0 is x, the left one, 1 is y."""

OBJECTIVES = ("VICReg", "DeepCCA")
"""What CA is trained for."""

WIDEST = 256
"""Largest bottleneck."""

FEWEST_PAIRS = 400
"""As for the closed forms."""

HELD_OUT = 1000
"""Pairs that a probe is fitted on, and as many others that it is scored on."""

CHUNK = 500
"""Images that are encoded at once outside the training."""

PAUSE = 4
"""Steps between two pauses."""

PROBES = 8
"""Times that the encoder is probed in a training, besides before its first step."""

CURVE = ("step", "loss", *SCORES)


@dataclass(frozen=True, kw_only=True)
class StereoTrainingSpec:
    """Settings of a training.

    spec : the pairs; its seed is also that of the initial weights and of the batches.
    method : a name in `METHODS`.
    k : bottleneck, numbers per image, 1 to `WIDEST`.
    objective : of CA, "VICReg" or "DeepCCA"; the other methods have one each.
    epochs : times that every pair is seen, at least 1.
    batch : pairs per step, at least 2, or all pairs if there are fewer.
    learning_rate : the highest of the cycle.

    Raises ValueError naming the field, its range and the value given.
    """

    spec: StereoSpec = field(default_factory=lambda: StereoSpec(n=8192))
    method: str = "CA"
    k: int = 8
    objective: str = "VICReg"
    epochs: int = 4
    batch: int = 256
    learning_rate: float = 4e-3

    def __post_init__(self) -> None:
        unbox(self)
        name = "StereoTrainingSpec"
        if self.method not in METHODS:
            raise InputError(name, f"method = {self.method!r} is not one of {', '.join(METHODS)}")
        if self.objective not in OBJECTIVES:
            raise InputError(name, f"objective = {self.objective!r} is not VICReg or DeepCCA")
        if self.method != "CA" and self.objective != OBJECTIVES[0]:
            raise InputError(name, f"objective = {self.objective!r} is for CA alone: leave it out")
        as_count(self.k, "k", name, 1, WIDEST)
        as_count(self.epochs, "epochs", name, 1)
        as_count(self.batch, "batch", name, 2)
        as_real(self.learning_rate, "learning_rate", name, 1e-6, 1, closed=True)
        as_count(self.spec.n, "n", name, FEWEST_PAIRS)

    @property
    def steps(self) -> int:
        """Steps of the optimiser in all; what does not fill a batch waits for the next epoch."""
        return self.epochs * max(1, self.spec.n // self.batch)


Images = dict[Part, StereoPairs]


def training_images(spec: StereoSpec) -> Images:
    """The pairs of every part, with images averaged to `WIDTH`: for all methods on one spec."""
    found: Images = {}
    for part in PARTS:
        pairs = stereo_pairs(spec, part, None if part == "train" else HELD_OUT)
        X1, X2 = averaged(pairs.X1, WIDTH), averaged(pairs.X2, WIDTH)
        found[part] = replace(pairs, X1=X1, X2=X2)
    return found


class StereoTraining:
    """A training as the work of a job: `run` yields every few steps.

    done, total : steps taken, and all steps.
    history : (step, loss of the batch, accuracy, place R²) at every pause, the last two NaN where
        the encoder was not probed: it is before the first step, `PROBES` times on the way, and
        after the last step.
    snapshots : (step, latents (n, k)) of the test images, whenever the encoder was probed.

    The same spec on the same CPU gives the same numbers. A training has one thread, and runs on a
    GPU where there is one (`ALIGNLAB_DEVICE`).
    """

    def __init__(self, spec: StereoTrainingSpec, images: Images | None = None) -> None:
        """With the images that `training_images` gives for `spec.spec`, or None to draw them.

        Raises ModuleNotFoundError where torch is not installed: it comes with `alignlab[train]`.
        """
        needed("torch", "train", "training on stereo pairs")
        self.spec, self._images = spec, images
        self.done, self.total = 0, spec.steps
        self.history: list[tuple[int, float, float, float]] = []
        self.snapshots: list[tuple[int, np.ndarray]] = []
        self._method: Method | None = None

    @property
    def curve(self) -> pd.DataFrame:
        """The history as a table with the columns `CURVE`."""
        return pd.DataFrame(self.history, columns=list(CURVE))

    @property
    def probes(self) -> pd.DataFrame:
        """The rows of the curve where the encoder was probed."""
        return self.curve.dropna(subset=list(SCORES), ignore_index=True)

    @property
    def scores(self) -> dict[str, float]:
        """`SCORES` of the last probe; empty before the first one."""
        found = self.probes
        return {name: float(found[name].iloc[-1]) for name in SCORES if len(found)}

    def run(self) -> Iterator[None]:
        """Draw the pairs and train, yielding every `PAUSE` steps; stop by closing the iterator.

        Raises ValueError when the loss becomes NaN or infinite.
        """
        import torch

        spec = self.spec
        if self._images is None:
            self._images = training_images(spec.spec)
            yield
        threads = ThreadpoolController()  # searches for the libraries once, not at every pause
        # more threads do not help such small batches, and slow a busy machine
        with threads.limit(limits=1, user_api="openmp"):
            random = torch.Generator().manual_seed(spec.spec.seed)
            self._method = method = self._initial(random)
            train = self._images["train"]
            X, Y, shapes = (
                torch.from_numpy(values).to(linalg.device())
                for values in (*self._views(train), train.scenes.labels[:, METHODS[spec.method]])
            )
            optimiser = torch.optim.AdamW(method.parameters(), spec.learning_rate)
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimiser, spec.learning_rate, total_steps=self.total + 1
            )
            self._remember(float("nan"))
        yield
        batches = self._batches(random)
        while self.done < self.total:
            with threads.limit(limits=1, user_api="openmp"):
                method.train()
                for _ in range(min(PAUSE, self.total - self.done)):
                    rows = next(batches)
                    loss = method.loss(X[rows], Y[rows], shapes[rows])
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
                    schedule.step()
                    self.done += 1
                self._remember(loss.item())
            yield

    def on(self, images: Images) -> Iterator[None]:
        """`run` on these images, which are not kept."""
        self._images = images
        try:
            yield from self.run()
        finally:  # also where it is stopped
            self._images = self._method = None

    def latents(self, part: Part) -> np.ndarray:
        """The k numbers (n, k) by which the encoder of this step encodes the images of a part."""
        import torch

        assert self._images is not None  # once `run` has begun
        assert self._method is not None
        encoder = self._method.encoder.eval()
        images = torch.from_numpy(self._views(self._images[part])[0])
        with torch.no_grad():
            pieces = [encoder(piece.to(linalg.device())).cpu() for piece in images.split(CHUNK)]
        return torch.cat(pieces).numpy().astype(np.float64)

    def _views(self, pairs: StereoPairs) -> tuple[np.ndarray, np.ndarray]:
        """The images of the view that is encoded, and of the other one."""
        views = pairs.X1, pairs.X2
        return views if METHODS[self.spec.method] == 0 else views[::-1]

    def _initial(self, random: torch.Generator) -> Method:
        """The networks before the first step, with weights from the generator."""
        from alignlab.experiments.stereo_networks import Aligning, Classifying, Encoder, Predicting

        spec = self.spec
        assert self._images is not None
        X, Y = self._views(self._images["train"])
        encoder = Encoder(X, spec.k, spec.spec.seed, random)
        made: Method
        if spec.method == "CA":
            other = Encoder(Y, spec.k, spec.spec.seed, random)
            made = Aligning(encoder, other, spec.objective)
        elif spec.method == "supervised":
            made = Classifying(encoder, spec.k, random)
        else:
            made = Predicting(encoder, spec.k, Y.mean(axis=0), random)
        return made.to(linalg.device())

    def _batches(self, random: torch.Generator) -> Iterator[torch.Tensor]:
        import torch

        n, size = self.spec.spec.n, min(self.spec.batch, self.spec.spec.n)
        while True:
            order = torch.randperm(n, generator=random)
            yield from order[: n - n % size].split(size)

    def _remember(self, loss: float) -> None:
        """Add to the history, with a probe where one is due."""
        if self.done and not np.isfinite(loss):
            raise InputError(
                "StereoTraining",
                f"the training diverged by step {self.done}: lower the learning rate",
            )
        part_done = self.done * PROBES // self.total
        due = not self.history or part_done > self.history[-1][0] * PROBES // self.total
        found = self._probed() if due else (float("nan"), float("nan"))
        self.history.append((self.done, loss, *found))

    def _probed(self) -> tuple[float, float]:
        assert self._images is not None
        (fitted, probe), (tested, test) = (
            (self.latents(part), self._images[part].scenes) for part in PARTS[1:]
        )
        self.snapshots.append((self.done, tested.astype(np.float32)))
        return probed(fitted, probe, tested, test, METHODS[self.spec.method])


class StereoTrainings:
    """Trainings of several methods on the same pairs, one after the other, as the work of a job.

    works : the trainings by name; curves, scores and snapshots stay, the images go at the end of
        each. labels : (n, 2), the shapes that either view of the test images shows, None until they
        are drawn. done, total : steps taken, and all steps.
    """

    def __init__(self, specs: Mapping[str, StereoTrainingSpec]) -> None:
        """With specs that differ in no setting of the pairs."""
        self.works = {name: StereoTraining(spec) for name, spec in specs.items()}
        self.labels: np.ndarray | None = None
        self.total = sum(work.total for work in self.works.values())

    @property
    def done(self) -> int:
        return sum(work.done for work in self.works.values())

    def run(self) -> Iterator[None]:
        """Draw the pairs and train; stop by closing the iterator."""
        images = training_images(next(iter(self.works.values())).spec.spec)
        self.labels = images["test"].scenes.labels
        yield
        for work in self.works.values():
            yield from work.on(images)

    def table(self) -> pd.DataFrame:
        """The last scores of every method that has any: one row per method, columns `SCORES`."""
        found = {name: work.scores for name, work in self.works.items() if work.scores}
        return pd.DataFrame.from_dict(found, orient="index", columns=list(SCORES))
