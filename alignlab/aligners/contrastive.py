"""Contrastive alignment: two encoders trained so that partners score higher than other pairs.

The loss is InfoNCE (van den Oord et al., "Representation Learning with Contrastive Predictive
Coding", 2018), the mean of both directions. The defaults are settings under which the papers'
Table 1 is a typical result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import ThreadpoolController

from alignlab import linalg, metrics
from alignlab.aligners.alignment import Alignment, Maps
from alignlab.aligners.info_nce import info_nce
from alignlab.checks import (
    Features,
    InputError,
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

PAUSE = 5
"""Number of steps between two reports of the training."""

SNAPSHOTS = 40
"""At most this many embeddings are kept during a training."""

LEAST = 1e-6
"""The lowest temperature and learning rate."""

WATCHED = 250
"""The kept embeddings are those of at most this many first pairs."""


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
        return _encoded(X1, self.weights1), _encoded(X2, self.weights2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """The state of a training: the step, and Z1, Z2 (m, k) of the first pairs."""

    step: int
    Z1: np.ndarray
    Z2: np.ndarray


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


@dataclass(eq=False)
class _Encoder:
    """The parameters of one modality's encoder, as trainable tensors."""

    parameters: list[torch.Tensor] = field(default_factory=list)

    def __call__(self, X: torch.Tensor) -> torch.Tensor:
        if len(self.parameters) == 1:
            return X @ self.parameters[0]
        U, b, V = self.parameters
        return (X @ U + b).relu() @ V


class Training:
    """A training with progress: `run` yields every few steps.

    done, total : steps taken, and all steps.
    history : (step, loss of the batch, CMAE of all pairs) at every yield.
    snapshots : the embeddings of the first pairs at some of these steps.
    """

    def __init__(self, X1: np.ndarray, X2: np.ndarray, spec: ContrastiveSpec) -> None:
        X1, X2 = as_pair(X1, X2, "contrastive")
        torch = self._torch = needed("torch", "train", "contrastive learning")
        self.spec = spec
        self.done, self.total = 0, spec.steps
        self.history: list[tuple[int, float, float]] = []
        self.snapshots: list[Snapshot] = []
        self._views = [torch.tensor(X, device=linalg.device()) for X in (X1, X2)]
        # drawn on the CPU, so that every device starts from the same weights
        self._random = torch.Generator().manual_seed(spec.seed)
        self._encoders = [_Encoder(self._first_weights(X.shape[1])) for X in self._views]

    def run(self) -> Iterator[None]:
        """Train, yielding every `PAUSE` steps; stop by closing the iterator.

        Raises ValueError when the loss becomes NaN or infinite.
        """
        spec, n, torch = self.spec, len(self._views[0]), self._torch
        everything = [p for encoder in self._encoders for p in encoder.parameters]
        optimiser = torch.optim.Adam(everything, lr=spec.learning_rate)
        batch = min(spec.batch, n)
        self._remember(float("nan"))
        threads = ThreadpoolController()  # searches for the libraries once, not at every pause
        while self.done < self.total:
            # more threads do not help such small batches, and slow a busy machine
            with threads.limit(limits=1, user_api="openmp"):
                for _ in range(min(PAUSE, self.total - self.done)):
                    rows = torch.randperm(n, generator=self._random)[:batch]
                    optimiser.zero_grad()
                    loss = self._backward(*self._embedded(rows))
                    optimiser.step()
                    self.done += 1
                if not np.isfinite(loss.item()):
                    raise InputError(
                        "contrastive",
                        f"the training diverged by step {self.done}: lower the "
                        "learning rate or raise the temperature",
                    )
                self._remember(loss.item())
            yield

    def encoders(self) -> Alignment | Encoders:
        """The encoders trained so far."""
        weights = [
            tuple(p.detach().cpu().numpy().copy() for p in encoder.parameters)
            for encoder in self._encoders
        ]
        if self.spec.hidden:
            return Encoders(weights1=weights[0], weights2=weights[1])
        (W1,), (W2,) = weights
        _, s, _ = linalg.singular_triplets(np.concatenate([W1, W2]), 1)
        return Alignment(
            W1=W1, W2=W2, mean1=np.zeros(len(W1)), mean2=np.zeros(len(W2)), spectrum=s,
            rank=linalg.numerical_rank(s), ranks=(len(W1), len(W2)), method="contrastive",
        )  # fmt: skip

    def _first_weights(self, d: int) -> list[torch.Tensor]:
        spec, torch = self.spec, self._torch
        shapes = [(d, spec.k)] if not spec.hidden else [(d, spec.hidden), (spec.hidden, spec.k)]
        weights = [
            torch.randn(shape, generator=self._random, dtype=torch.float64) / shape[0] ** 0.5
            for shape in shapes
        ]
        if spec.hidden:
            weights.insert(1, torch.zeros(spec.hidden, dtype=torch.float64))
        return [w.to(linalg.device()).requires_grad_() for w in weights]

    def _backward(self, Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
        """The loss of a batch, whose gradients are added to those of the parameters."""
        if self.spec.normalised:
            normalize = self._torch.nn.functional.normalize
            Z1, Z2 = normalize(Z1, dim=1), normalize(Z2, dim=1)
        loss, *gradients = info_nce(Z1.detach(), Z2.detach(), self.spec.temperature)
        self._torch.autograd.backward([Z1, Z2], gradients)
        return loss

    def _embedded(self, rows: torch.Tensor | slice) -> list[torch.Tensor]:
        return [e(X[rows]) for e, X in zip(self._encoders, self._views, strict=True)]

    def _remember(self, loss: float) -> None:
        with self._torch.no_grad():
            Z1, Z2 = (Z.cpu().numpy() for Z in self._embedded(slice(None)))
        self.history.append((self.done, loss, metrics.cmae(Z1, Z2)))
        apart = self.total / (SNAPSHOTS - 1)  # the first is that of step 0
        if self.done in (0, self.total) or self.done >= len(self.snapshots) * apart:
            self.snapshots.append(Snapshot(step=self.done, Z1=Z1[:WATCHED], Z2=Z2[:WATCHED]))


def _encoded(X: np.ndarray, weights: tuple[np.ndarray, ...]) -> np.ndarray:
    U, b, V = weights
    return np.maximum(X @ U + b, 0.0) @ V
