"""Light heads on frozen features: CA trained with VICReg, CP trained to predict the other view.

A head is a linear map, optionally with a parallel hidden layer: `z = x W + c + gelu(x U + b) V`,
with V initialised to zero. CA trains one head per view; CP trains an encoder to the bottleneck and
a linear decoder to the other view.

Source: "When to Align, When to Predict", section 4.5 and Appendix B. Heads there are MLPs without
the linear path. On spiked data mixed into 100 features (10,000 pairs), a probe has an R^2 of 0.55
after VICReg with such MLPs, 0.75 with the linear path, and 0.79 after CCA.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch.nn.functional import gelu

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.diagnosis.head_recipe import Recipe

PAUSE = 10
"""Number of steps between two pauses, each with an evaluation of the validation loss."""

FLOOR = 1e-4
"""Added to the variances under the square root of VICReg's variance term."""

DTYPE = torch.float64


def vicreg(Z1: torch.Tensor, Z2: torch.Tensor, weights: tuple[float, float, float]) -> torch.Tensor:
    """VICReg of two batches (n, k): weighted invariance, variance and covariance.

    Invariance: squared differences, mean over pairs and coordinates. Variance: hinge
    `max(0, 1 - std)`, mean over the coordinates of both views. Covariance: squared off-diagonal
    covariances, summed and divided by k, mean of both views. The last two terms are thus half
    their sums over views, as in the phase diagram paper's code; the code of VICReg's authors halves
    only the variance term, so the same weights define a different loss there.
    """
    invariance, variance, covariance = weights
    n, k = Z1.shape
    loss = invariance * (Z1 - Z2).square().mean()
    for Z in (Z1, Z2):
        Z = Z - Z.mean(0)
        S = Z.mT @ Z / (n - 1)
        variances = S.diagonal()
        lack = torch.relu(1 - (variances + FLOOR).sqrt()).mean()
        off = (S.square().sum() - variances.square().sum()) / k
        loss = loss + variance * lack / 2 + covariance * off / 2
    return loss


class HeadTraining(ABC):
    """A training run that can be monitored: `run` pauses every few steps.

    done : steps taken. best : lowest validation loss so far.
    """

    def __init__(self, views: tuple[np.ndarray, ...], recipe: Recipe, seed: int) -> None:
        self.recipe, self.done, self.best = recipe, 0, float("inf")
        # drawn on the CPU, so the initial weights are the same on every device
        self._random = torch.Generator().manual_seed(seed)
        self._views = [self._tensor(view) for view in views]
        n = len(views[0])
        order = torch.randperm(n, generator=self._random)
        aside = max(2, round(recipe.validation * n))
        self._kept, self._rows = order[:aside], order[aside:]
        self._weights: list[torch.Tensor] = []
        self._chosen: list[torch.Tensor] = []

    @abstractmethod
    def _loss(self, rows: torch.Tensor) -> torch.Tensor: ...

    def run(self) -> Iterator[None]:
        """Train, pausing every `PAUSE` steps; stop by closing the iterator.

        Raises ValueError if the loss is not finite.
        """
        recipe = self.recipe
        optimiser = torch.optim.AdamW(
            self._weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        annealing = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.steps)
        batches = self._batches()
        threads = ThreadpoolController()  # searches for the libraries once, not at every pause
        while self.done < recipe.steps:
            # more threads do not speed up such small batches, and slow down a busy machine
            with threads.limit(limits=1, user_api="openmp"):
                for _ in range(min(PAUSE, recipe.steps - self.done)):
                    loss = self._loss(next(batches))
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
                    annealing.step()
                    self.done += 1
                self._validate()
            yield

    def _batches(self) -> Iterator[torch.Tensor]:
        n = len(self._rows)
        size = min(self.recipe.batch, n)
        while True:
            order = self._rows[torch.randperm(n, generator=self._random)]
            for start in range(0, n - size + 1, size):
                yield order[start : start + size]

    @torch.no_grad()
    def _validate(self) -> None:
        loss = float(self._loss(self._kept))
        if not np.isfinite(loss):
            raise InputError(
                "light heads", f"training diverged by step {self.done}: lower the learning rate"
            )
        if loss < self.best:
            self.best, self._chosen = loss, [w.detach().clone() for w in self._weights]

    def _head(self, d: int, k: int) -> list[torch.Tensor]:
        """Initial weights W, c, U, b and V of a head: W and U `N(0, 1/d)`, the others zero."""
        hidden = self.recipe.hidden
        weights = [self._gaussian(d, k), torch.zeros(k, dtype=DTYPE)]
        if hidden:
            weights += [self._gaussian(d, hidden), torch.zeros(hidden, dtype=DTYPE)]
            weights += [torch.zeros((hidden, k), dtype=DTYPE)]
        return self._learning(weights)

    def _gaussian(self, inputs: int, outputs: int) -> torch.Tensor:
        W = torch.randn((inputs, outputs), generator=self._random, dtype=DTYPE)
        return W / inputs**0.5

    def _learning(self, weights: list[torch.Tensor]) -> list[torch.Tensor]:
        """The weights on the training device, registered for training."""
        weights = [w.to(linalg.device()).requires_grad_() for w in weights]
        self._weights += weights
        return weights

    def _tensor(self, X: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(X, dtype=DTYPE, device=linalg.device())

    @torch.no_grad()
    def _embedded(self, X: np.ndarray, first: int, count: int) -> np.ndarray:
        """Rows X mapped by one head: the `count` best weights starting at index `first`."""
        Z = _applied(self._tensor(X), self._chosen[first : first + count])
        return linalg.to_numpy(Z)


class Aligning(HeadTraining):
    """CA with VICReg: two heads into k dimensions, x (n, d1) and y (n, d2)."""

    def __init__(self, x: np.ndarray, y: np.ndarray, k: int, recipe: Recipe, seed: int) -> None:
        super().__init__((x, y), recipe, seed)
        self._heads = [self._head(view.shape[1], k) for view in (x, y)]

    def represent(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The concatenated projections (n, 2k) of x (n, d1) and y (n, d2)."""
        count = len(self._heads[0])
        parts = [self._embedded(view, at * count, count) for at, view in enumerate((x, y))]
        return np.hstack(parts)

    def _loss(self, rows: torch.Tensor) -> torch.Tensor:
        Z1, Z2 = (_applied(X[rows], w) for X, w in zip(self._views, self._heads, strict=True))
        return vicreg(Z1, Z2, self.recipe.vicreg)


class Predicting(HeadTraining):
    """CP: predict target (n, d2) from source (n, d1) through r dimensions, by least squares."""

    def __init__(
        self, source: np.ndarray, target: np.ndarray, r: int, recipe: Recipe, seed: int
    ) -> None:
        super().__init__((source, target), recipe, seed)
        self._encoder = self._head(source.shape[1], r)
        (self._decoder,) = self._learning([self._gaussian(r, target.shape[1])])

    def represent(self, source: np.ndarray) -> np.ndarray:
        """The bottleneck activations (n, r) of the source (n, d1)."""
        return self._embedded(source, 0, len(self._encoder))

    def _loss(self, rows: torch.Tensor) -> torch.Tensor:
        source, target = (view[rows] for view in self._views)
        return (_applied(source, self._encoder) @ self._decoder - target).square().mean()


def _applied(X: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
    W, c, *hidden = weights
    Z = X @ W + c
    if hidden:
        U, b, V = hidden
        Z = Z + gelu(X @ U + b) @ V
    return Z
