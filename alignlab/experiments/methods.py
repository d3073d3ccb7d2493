"""The aligners that can be chosen by name, and the one way to fit any of them with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from alignlab.aligners.contrastive import ContrastiveSpec, Training
from alignlab.aligners.deep_cca import DeepSpec, DeepTraining
from alignlab.aligners.fourier import FourierSpec, fourier_cca, fourier_informative
from alignlab.aligners.kernel_cca import kernel_cca
from alignlab.aligners.perfect import Embedding, informative_alignment, perfect_alignment
from alignlab.aligners.regress import least_squares, procrustes
from alignlab.aligners.training import EncoderTraining
from alignlab.aligners.whitened import cca, pls_svd, reduced_rank_regression
from alignlab.names import ALIGNER_NAMES, NONLINEAR_NAMES

HIDDEN = 64
"""Width of the hidden layer of the nonlinear contrastive encoders, and of those of DeepCCA."""


class Settings(Protocol):
    """The settings of a spec that the methods use.

    k : dimension of the space. ridge : of CCA, in squared units of the data, and of CCA in random
        Fourier features, in those of the features.
    contrastive : of both contrastive methods; its k is replaced by this k. DeepCCA has the same
        steps, batch, learning rate and seed.
    fourier : of the aligners in random Fourier features.
    """

    @property
    def k(self) -> int: ...
    @property
    def ridge(self) -> float: ...
    @property
    def contrastive(self) -> ContrastiveSpec: ...
    @property
    def fourier(self) -> FourierSpec: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Swapped:
    """An aligner fitted with the views exchanged."""

    inner: Embedding

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2): Z2 and Z1 of the fitted aligner."""
        Z2, Z1 = self.inner.embed(X2, X1)
        return Z1, Z2


@dataclass(frozen=True, kw_only=True)
class Method:
    """The label in the app, how to fit it (None if it is trained), whether its maps are linear."""

    label: str
    fit: Callable[[np.ndarray, np.ndarray, Settings], Embedding] | None
    linear: bool = True


METHODS: dict[str, Method] = {
    "perfect_alignment": Method(
        label=ALIGNER_NAMES["perfect_alignment"],
        fit=lambda X1, X2, s: perfect_alignment(X1, X2, s.k),
    ),
    "informative_alignment": Method(
        label=ALIGNER_NAMES["informative_alignment"],
        fit=lambda X1, X2, s: informative_alignment(X1, X2, s.k),
    ),
    "cca": Method(label=ALIGNER_NAMES["cca"], fit=lambda X1, X2, s: cca(X1, X2, s.k, s.ridge)),
    "reduced_rank_regression": Method(
        label="RRR, x⁽¹⁾ → x⁽²⁾", fit=lambda X1, X2, s: reduced_rank_regression(X1, X2, s.k)
    ),
    "reduced_rank_reversed": Method(
        label="RRR, x⁽²⁾ → x⁽¹⁾",
        fit=lambda X1, X2, s: Swapped(inner=reduced_rank_regression(X2, X1, s.k)),
    ),
    "pls_svd": Method(label=ALIGNER_NAMES["pls_svd"], fit=lambda X1, X2, s: pls_svd(X1, X2, s.k)),
    "procrustes": Method(
        label=ALIGNER_NAMES["procrustes"], fit=lambda X1, X2, s: procrustes(X1, X2, s.k)
    ),
    "least_squares": Method(
        label=f"{ALIGNER_NAMES['least_squares']}, x⁽²⁾ → x⁽¹⁾",
        fit=lambda X1, X2, s: least_squares(X1, X2),
    ),
    "least_squares_reversed": Method(
        label=f"{ALIGNER_NAMES['least_squares']}, x⁽¹⁾ → x⁽²⁾",
        fit=lambda X1, X2, s: Swapped(inner=least_squares(X2, X1)),
    ),
    "contrastive": Method(label=f"{ALIGNER_NAMES['contrastive']}, linear", fit=None),
    "nonlinear_contrastive": Method(
        label=f"{ALIGNER_NAMES['contrastive']}, 2 layers", fit=None, linear=False
    ),
    "fourier_cca": Method(
        label=NONLINEAR_NAMES["fourier_cca"],
        fit=lambda X1, X2, s: fourier_cca(X1, X2, s.k, s.fourier, s.ridge),
        linear=False,
    ),
    "fourier_informative": Method(
        label=NONLINEAR_NAMES["fourier_informative"],
        fit=lambda X1, X2, s: fourier_informative(X1, X2, s.k, s.fourier),
        linear=False,
    ),
    "kernel_cca": Method(
        label=NONLINEAR_NAMES["kernel_cca"],
        fit=lambda X1, X2, s: kernel_cca(X1, X2, s.k),
        linear=False,
    ),
    "deep_cca": Method(label=NONLINEAR_NAMES["deep_cca"], fit=None, linear=False),
}
"""The aligners that can be compared, by name."""


def steps_of(method: str, settings: Settings) -> int:
    """Steps of progress that fitting takes: those of a training, or one in closed form."""
    return settings.contrastive.steps if METHODS[method].fit is None else 1


class Fitting:
    """One aligner fitted to pairs, as work with progress.

    done, total : steps of the training, or one step in closed form.
    found : the aligner, None before the end. training : that of a trained method, else None.
    """

    def __init__(self, X1: np.ndarray, X2: np.ndarray, method: str, settings: Settings) -> None:
        self.method, self.settings = method, settings
        self.found: Embedding | None = None
        self.training: EncoderTraining | None = None
        self.done, self.total = 0, steps_of(method, settings)
        self._views = X1, X2

    def run(self) -> Iterator[None]:
        """Fit; only a training yields, every few steps. ValueError as the aligner."""
        fit, settings = METHODS[self.method].fit, self.settings
        if fit is not None:
            self.found = fit(*self._views, settings)
            self.done = self.total
            return
        training = self.training = _training(*self._views, self.method, settings)
        for _ in training.run():
            self.done = training.done
            yield
        self.found = training.encoders()


def _training(X1: np.ndarray, X2: np.ndarray, method: str, settings: Settings) -> EncoderTraining:
    given, k = settings.contrastive, settings.k
    if method == "deep_cca":
        deep = DeepSpec(
            k=k, steps=given.steps, batch=given.batch, learning_rate=given.learning_rate,
            hidden=HIDDEN, seed=given.seed,
        )  # fmt: skip
        return DeepTraining(X1, X2, deep)
    hidden = HIDDEN if method == "nonlinear_contrastive" else 0
    return Training(X1, X2, replace(given, k=k, hidden=hidden))
