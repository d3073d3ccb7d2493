"""Contrastive alignment: two encoders trained so that partners score higher than other pairs.

The loss is InfoNCE (van den Oord et al., "Representation Learning with Contrastive Predictive
Coding", 2018), the mean of both directions. The defaults are settings under which the papers'
Table 1 is a typical result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment, Maps
from alignlab.aligners.info_nce import info_nce
from alignlab.aligners.training import LEAST, EncoderTraining, encoded
from alignlab.checks import (
    Features,
    aligner,
    as_count,
    as_fitted,
    as_pair,
    as_real,
    unbox,
)
from alignlab.extras import needed
from alignlab.linalg import Array
from alignlab.work import Progress, finish

if TYPE_CHECKING:  # torch takes seconds to import
    import torch


@dataclass(frozen=True, kw_only=True)
class ContrastiveSpec:
    """Settings of the training.

    k : dimension of the space, at least 1.
    temperature : divides the scores; at least `LEAST`.
    steps : of Adam, at least 1; batch : pairs per step, at least 2; all if there are fewer.
    learning_rate : of Adam, at least `LEAST`.
    normalised : whether scores are cosines; else inner products.
    hidden : width of the hidden layer of each encoder; 0 for linear maps.
    seed : of the initial weights and of the batches.
    """

    k: int = 2
    temperature: float = 0.1
    steps: int = 500
    batch: int = 512
    learning_rate: float = 0.01
    normalised: bool = True
    hidden: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "contrastive"
        for count, low in (("k", 1), ("steps", 1), ("batch", 2), ("hidden", 0), ("seed", 0)):
            as_count(getattr(self, count), count, name, low)
        for real in ("temperature", "learning_rate"):
            as_real(getattr(self, real), real, name, LEAST, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoders:
    """Two trained encoders with one hidden layer each: `Zm = relu(Xm Um + bm) Vm`.

    weights1, weights2 : U (d_m, hidden), b (hidden,) and V (hidden, k) of either modality.
    method : "nonlinear_contrastive".
    features : column names of the fitted tables, as in `Alignment`.
    """

    weights1: tuple[np.ndarray, ...]
    weights2: tuple[np.ndarray, ...]
    method: str = "nonlinear_contrastive"
    features: Features = None

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2); ValueError as `Alignment.embed`."""
        X1, X2 = as_fitted(X1, X2, len(self.weights1[0]), len(self.weights2[0]), self.features)
        return encoded(X1, self.weights1), encoded(X2, self.weights2)


@aligner
def contrastive(
    X1: np.ndarray,
    X2: np.ndarray,
    k: int,
    temperature: float = 0.1,
    steps: int = 500,
    seed: int = 0,
    batch: int = 512,
    learning_rate: float = 0.01,
    normalised: bool = True,
    *,
    progress: Progress = None,
) -> Alignment:
    """Linear contrastive alignment: W1 and W2 trained by InfoNCE. Neither centred nor scaled.

    Initial weights are `N(0, 1/d_m)`. The same seed on the same device gives the same maps.
    `spectrum` and `rank` are those of the stack [W1; W2].

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : dimension of the space, at least 1.
    temperature, steps, batch, learning_rate, normalised, seed : see `ContrastiveSpec`.
    progress : called with (done, total) steps, or a bar: `progress=tqdm()`. An exception raised
        there, such as KeyboardInterrupt, stops the training.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (min(d1 + d2, k),).

    Raises
    ------
    ValueError
        As `perfect_alignment`, for settings out of range, and when the training diverges.
    ModuleNotFoundError
        torch is not installed: it comes with `alignlab[train]`.

    Source: van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018,
    with the loss of both directions; the setting is that of Kamboj and Do, "Towards Achieving
    Perfect Multimodal Alignment", Table 1, whose training settings are not published.

    Examples
    --------
    After training, partners have nearly the same direction, and rows of other pairs do not:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=64, d1=3, d2=3, k=2))
    >>> maps = al.contrastive(data.X1, data.X2, k=2, steps=50)
    >>> Z1, Z2 = maps.embed(data.X1, data.X2)
    >>> al.ncmae(Z1, Z2) < 0.25 * al.ncmae(Z1, np.roll(Z2, 1, axis=0))
    True
    """
    spec = ContrastiveSpec(
        k=k, temperature=temperature, steps=steps, batch=batch, learning_rate=learning_rate,
        normalised=normalised, seed=seed,
    )  # fmt: skip
    found = _trained(X1, X2, spec, progress)
    assert isinstance(found, Alignment)  # without hidden layer
    return found


@aligner
def trained(X1: np.ndarray, X2: np.ndarray, spec: ContrastiveSpec) -> Alignment | Encoders:
    """The encoders of X1 (n, d1) and X2 (n, d2) after all steps, as `contrastive` trains them.

    An `Alignment`, or `Encoders` if there is a hidden layer.
    """
    return _trained(X1, X2, spec)


def _trained(
    X1: np.ndarray, X2: np.ndarray, spec: ContrastiveSpec, progress: Progress = None
) -> Alignment | Encoders:
    training = Training(X1, X2, spec)
    finish(training, progress, "contrastive")
    return training.encoders()


def contrastive_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`contrastive` with its defaults for every problem of a batch, one after the other.

    X1 : (b, n, d1), X2 : (b, n, d2).
    """
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    found = [
        contrastive(linalg.to_numpy(A), linalg.to_numpy(B), k) for A, B in zip(X1, X2, strict=True)
    ]

    def batch(name: str) -> Array:
        return linalg.to_device(np.stack([getattr(one, name) for one in found]))

    return Maps(
        W1=batch("W1"),
        W2=batch("W2"),
        mean1=batch("mean1"),
        mean2=batch("mean2"),
        spectrum=batch("spectrum"),
        rank=np.array([one.rank for one in found]),
        ranks=(
            np.array([one.ranks[0] for one in found]),
            np.array([one.ranks[1] for one in found]),
        ),
    )


class Training(EncoderTraining):
    """A contrastive training with progress: `run` yields every few steps.

    done, total, history, snapshots : as in `EncoderTraining`.
    """

    caller, loss = "contrastive", "InfoNCE loss of the batch"
    remedy = "lower the learning rate or raise the temperature"

    def __init__(self, X1: np.ndarray, X2: np.ndarray, spec: ContrastiveSpec) -> None:
        views = as_pair(X1, X2, "contrastive")
        self.spec = spec
        super().__init__(views, spec, needed("torch", "train", "contrastive learning"))

    @property
    def method(self) -> str:
        """The name among the aligners that can be compared."""
        return "nonlinear_contrastive" if self.spec.hidden else "contrastive"

    def encoders(self) -> Alignment | Encoders:
        """The encoders trained so far."""
        weights = self._weights()
        if self.spec.hidden:
            return Encoders(weights1=weights[0], weights2=weights[1])
        (W1,), (W2,) = weights
        _, s, _ = linalg.singular_triplets(np.concatenate([W1, W2]), 1)
        return Alignment(
            W1=W1, W2=W2, mean1=np.zeros(len(W1)), mean2=np.zeros(len(W2)), spectrum=s,
            rank=linalg.numerical_rank(s), ranks=(len(W1), len(W2)), method="contrastive",
        )  # fmt: skip

    def _backward(self, Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
        if self.spec.normalised:
            normalize = self._torch.nn.functional.normalize
            Z1, Z2 = normalize(Z1, dim=1), normalize(Z2, dim=1)
        loss, *gradients = info_nce(Z1.detach(), Z2.detach(), self.spec.temperature)
        self._torch.autograd.backward([Z1, Z2], gradients)
        return loss
