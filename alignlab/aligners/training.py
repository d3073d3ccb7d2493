"""Encoders of two views trained by gradient, with progress: what every such training shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from threadpoolctl import ThreadpoolController

from alignlab import linalg, metrics
from alignlab.aligners.perfect import Embedding
from alignlab.checks import InputError

if TYPE_CHECKING:  # torch takes seconds to import
    import torch

PAUSE = 5
"""Number of steps between two reports of the training."""

SNAPSHOTS = 40
"""At most this many embeddings are kept during a training."""

LEAST = 1e-6
"""The lowest learning rate."""

WATCHED = 250
"""The kept embeddings are those of at most this many first pairs."""


class TrainingSpec(Protocol):
    """The settings that every training has; see `contrastive.ContrastiveSpec`."""

    @property
    def k(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def hidden(self) -> int: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """The state of a training: the step, and Z1, Z2 (m, k) of the first pairs."""

    step: int
    Z1: np.ndarray
    Z2: np.ndarray


@dataclass(eq=False)
class _Encoder:
    """The parameters of one modality's encoder, as trainable tensors."""

    parameters: list[torch.Tensor] = field(default_factory=list)

    def __call__(self, X: torch.Tensor) -> torch.Tensor:
        if len(self.parameters) == 1:
            return X @ self.parameters[0]
        U, b, V = self.parameters
        return (X @ U + b).relu() @ V


def encoded(X: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
    """`relu(X U + b) V` (n, k) of X (n, d); weights U (d, hidden), b (hidden,), V (hidden, k)."""
    U, b, V = weights
    return np.maximum(X @ U + b, 0.0) @ V


class EncoderTraining:
    """A training with progress: `run` yields every few steps. Subclasses give loss and result.

    done, total : steps taken, and all steps.
    history : (step, loss of the batch, CMAE of all pairs) at every yield.
    snapshots : the embeddings of the first pairs at some of these steps.
    """

    caller: ClassVar[str]
    """The name in refusals."""
    loss: ClassVar[str]
    """The name of the loss on its chart."""
    remedy: ClassVar[str]
    """What helps against a training that diverges."""

    def __init__(self, views: Sequence[np.ndarray], spec: TrainingSpec, torch: ModuleType) -> None:
        self._torch, self._settings = torch, spec
        self.done, self.total = 0, spec.steps
        self.history: list[tuple[int, float, float]] = []
        self.snapshots: list[Snapshot] = []
        self._views = [torch.tensor(X, device=linalg.device()) for X in views]
        # drawn on the CPU, so that every device starts from the same weights
        self._random = torch.Generator().manual_seed(spec.seed)
        self._encoders = [_Encoder(self._first_weights(X.shape[1])) for X in self._views]

    @property
    def method(self) -> str:
        """The name among the aligners that can be compared."""
        return self.caller

    def run(self) -> Iterator[None]:
        """Train, yielding every `PAUSE` steps; stop by closing the iterator.

        Raises ValueError when the loss becomes NaN or infinite.
        """
        spec, n, torch = self._settings, len(self._views[0]), self._torch
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
                    raise self._diverged()
                self._remember(loss.item())
            yield

    def encoders(self) -> Embedding:
        """The encoders trained so far."""
        raise NotImplementedError

    def latents(self) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of all fitted pairs at this step."""
        Z1, Z2 = self._outputs()
        return Z1, Z2

    def _backward(self, Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
        """The loss of a batch, whose gradients are added to those of the parameters."""
        raise NotImplementedError

    def _diverged(self) -> InputError:
        return InputError(self.caller, f"the training diverged by step {self.done}: {self.remedy}")

    def _first_weights(self, d: int) -> list[torch.Tensor]:
        spec, torch = self._settings, self._torch
        shapes = [(d, spec.k)] if not spec.hidden else [(d, spec.hidden), (spec.hidden, spec.k)]
        weights = [
            torch.randn(shape, generator=self._random, dtype=torch.float64) / shape[0] ** 0.5
            for shape in shapes
        ]
        if spec.hidden:
            weights.insert(1, torch.zeros(spec.hidden, dtype=torch.float64))
        return [w.to(linalg.device()).requires_grad_() for w in weights]

    def _weights(self) -> list[tuple[np.ndarray, ...]]:
        return [
            tuple(p.detach().cpu().numpy().copy() for p in encoder.parameters)
            for encoder in self._encoders
        ]

    def _embedded(self, rows: torch.Tensor | slice) -> list[torch.Tensor]:
        return [e(X[rows]) for e, X in zip(self._encoders, self._views, strict=True)]

    def _outputs(self) -> list[np.ndarray]:
        with self._torch.no_grad():
            return [Z.cpu().numpy() for Z in self._embedded(slice(None))]

    def _remember(self, loss: float) -> None:
        Z1, Z2 = self.latents()
        self.history.append((self.done, loss, metrics.cmae(Z1, Z2)))
        apart = self.total / (SNAPSHOTS - 1)  # the first is that of step 0
        if self.done in (0, self.total) or self.done >= len(self.snapshots) * apart:
            self.snapshots.append(Snapshot(step=self.done, Z1=Z1[:WATCHED], Z2=Z2[:WATCHED]))
