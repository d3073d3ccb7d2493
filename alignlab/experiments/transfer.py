"""The transfer experiment: labels of modality 1, unlabelled pairs, accuracy on modality 2.

Each modality is one coordinate of a mixture of Gaussians in the plane (Figure 1 of the paper).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alignlab.aligners.perfect import perfect_alignment
from alignlab.aligners.regress import least_squares, procrustes
from alignlab.aligners.whitened import cca
from alignlab.checks import InputError, as_count, as_real, unbox
from alignlab.experiments.gaussian_transfer import (
    GaussianTransfer,
    aligned_transfer,
    classifier,
    fit_gaussian_transfer,
)

FIRST_MEAN = (0.0, 1.0)
"""Mean of the first class; each next one is `separation` further along each axis."""


@dataclass(frozen=True, kw_only=True)
class TransferSpec:
    """The distribution and the sample sizes. The defaults are the setting of Figure 1.

    classes : 2 to 6 of equal size.
    separation1, separation2 : distance of the means of neighbouring classes in each modality; 0
        makes a modality uninformative.
    spread : standard deviation of every class in each modality.
    correlation : between the modalities within a class, in (-1, 1).
    labelled : labelled rows of modality 1 per class, at least 2.
    pairs : unlabelled pairs, at least 2.
    test : rows of modality 2 to be classified, at least 2.
    shuffled : whether the pairs are shuffled, so that partners no longer belong together.
    seed : of all draws.
    """

    classes: int = 2
    separation1: float = 4.0
    separation2: float = 4.0
    spread: float = 1.0
    correlation: float = 0.0
    labelled: int = 50
    pairs: int = 1000
    test: int = 2000
    shuffled: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "TransferSpec"
        as_count(self.classes, "classes", name, 2, 6)
        for real in ("separation1", "separation2"):
            as_real(getattr(self, real), real, name, 0, np.inf)
        as_real(self.spread, "spread", name, np.nextafter(0, 1), np.inf)
        as_real(self.correlation, "correlation", name, np.nextafter(-1, 0), 1)
        for count in ("labelled", "pairs", "test"):
            as_count(getattr(self, count), count, name, 2)
        as_count(self.seed, "seed", name, 0)
        if self.pairs < self.classes:
            raise InputError(
                name,
                f"{self.classes} clusters cannot be found in {self.pairs} pairs: use "
                "more pairs or fewer classes",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferData:
    """Three independent draws.

    X1, y : labelled rows of modality 1 (m, 1); X2 : their partners, only for the ceiling.
    pairs1, pairs2 : (n, 1) unlabelled pairs, pairs_y : (n,) their labels, which no method uses.
    test2, test_y : (t, 1) rows of modality 2 and their labels.
    """

    X1: np.ndarray
    X2: np.ndarray
    y: np.ndarray
    pairs1: np.ndarray
    pairs2: np.ndarray
    pairs_y: np.ndarray
    test2: np.ndarray
    test_y: np.ndarray


ROUTES = (
    "Gaussian transfer", "perfect alignment", "CCA", "Procrustes", "least squares",
    "supervised on modality 2",
)  # fmt: skip
"""Methods to classify modality 2; the last one uses its labels and is the ceiling."""


def draw(spec: TransferSpec) -> TransferData:
    """The three draws of a spec, nested in their sizes."""
    X, y = _mixture(spec, spec.labelled * spec.classes, 0)
    P, pairs_y = _mixture(spec, spec.pairs, 1)
    T, test_y = _mixture(spec, spec.test, 2)
    if spec.shuffled:
        P[:, 1] = P[np.random.default_rng([spec.seed, 3]).permutation(len(P)), 1]
    return TransferData(
        X1=X[:, :1], X2=X[:, 1:], y=y, pairs1=P[:, :1], pairs2=P[:, 1:], pairs_y=pairs_y,
        test2=T[:, 1:], test_y=test_y,
    )  # fmt: skip


def fit(data: TransferData, spec: TransferSpec) -> GaussianTransfer:
    """The three steps of Gaussian transfer."""
    return fit_gaussian_transfer(data.X1, data.y, data.pairs1, data.pairs2, seed=spec.seed)


def accuracies(spec: TransferSpec) -> dict[str, float]:
    """Accuracy on modality 2 of every route (`ROUTES`)."""
    data = draw(spec)
    predicted = {"Gaussian transfer": fit(data, spec).predict(data.test2)}
    aligners = {
        "perfect alignment": perfect_alignment(data.pairs1, data.pairs2, 1),
        "CCA": cca(data.pairs1, data.pairs2, 1),
        "Procrustes": procrustes(data.pairs1, data.pairs2, 1),
        "least squares": least_squares(data.pairs1, data.pairs2),
    }
    for name, alignment in aligners.items():
        predicted[name] = aligned_transfer(alignment, data.X1, data.y, data.test2)
    predicted["supervised on modality 2"] = classifier(data.X2, data.y).predict(data.test2)
    return {name: float((predicted[name] == data.test_y).mean()) for name in ROUTES}


class TransferCurves:
    """Accuracy against labelled rows and against pairs, over seeds; the work of a job.

    table : columns `over` ("labelled" or "pairs"), `value`, `seed`, `route`, `accuracy`; the rows
        measured so far.
    """

    def __init__(
        self, spec: TransferSpec, labelled: tuple[int, ...], pairs: tuple[int, ...], seeds: int
    ) -> None:
        points = [("labelled", value) for value in labelled] + [("pairs", v) for v in pairs]
        self._todo = [
            (over, value, _changed(spec, over, value, spec.seed + offset))
            for offset in range(as_count(seeds, "seeds", "TransferCurves", 1))
            for over, value in points
            if over == "labelled" or value >= spec.classes
        ]
        self._rows: list[dict[str, object]] = []
        self.done, self.total = 0, len(self._todo)

    def run(self) -> Iterator[None]:
        """Measure point by point, all of them with one seed first."""
        for over, value, spec in self._todo:
            found = accuracies(spec)
            self._rows += [
                {"over": over, "value": value, "seed": spec.seed, "route": route, "accuracy": share}
                for route, share in found.items()
            ]
            self.done += 1
            yield

    @property
    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            list(self._rows), columns=["over", "value", "seed", "route", "accuracy"]
        )


def _changed(spec: TransferSpec, over: str, value: int, seed: int) -> TransferSpec:
    if over == "labelled":
        return replace(spec, labelled=value, seed=seed)
    return replace(spec, pairs=value, seed=seed)


def _mixture(spec: TransferSpec, n: int, stream: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, 2), one column per modality, and their classes (n,), in cyclic order."""
    random = np.random.default_rng([spec.seed, stream])
    y = np.arange(n) % spec.classes
    noise = random.standard_normal((n, 2))
    r = spec.correlation
    noise[:, 1] = r * noise[:, 0] + np.sqrt(1 - r**2) * noise[:, 1]
    steps = np.array([spec.separation1, spec.separation2])
    return np.array(FIRST_MEAN) + y[:, None] * steps + spec.spread * noise, y


def transfer_table(found: dict[str, float]) -> pd.DataFrame:
    """One row, the accuracy of every route."""
    return pd.DataFrame([found], index=["accuracy"], columns=list(ROUTES))
