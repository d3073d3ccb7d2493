"""Training on sequences: two encoders by InfoNCE on pairs, or one with its decoder on labels.

Every random number of a training comes from its own generator, never from the global one of torch,
so that trainings in several threads are independent: the same seed on the same device gives the
same encoders.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.har.dataset import ACTIONS
from alignlab.har.encoders import Dropout, encoder
from alignlab.har.recipe import Recipe

WEIGHT_DECAY = 0.01
NOISE = 0.1
"""Noise added to the input in training, in standard deviations of each channel."""

DROPOUT = 0.3

BATCH_OF_EVALUATION = 128


class Training:
    """The common part of both trainings: batches, optimiser, and the generator.

    done, total : steps taken, and all steps; losses : one per epoch.
    """

    def __init__(self, rows: np.ndarray, recipe: Recipe, stream: int) -> None:
        self.recipe, self.rows = recipe, torch.from_numpy(rows)
        self.device = linalg.device()
        # weights and batches are drawn on the CPU, the same for every device
        self.random = torch.Generator().manual_seed(recipe.seed * 101 + stream)
        self.noise = torch.Generator(self.device).manual_seed(recipe.seed * 101 + stream)
        self.done = 0
        self.total = recipe.epochs * recipe.batches(len(rows))
        self.losses: list[float] = []

    def new(self, modality: str, channels: int, k: int) -> nn.Module:
        """An encoder with weights from the generator of this training."""
        made = encoder(modality, channels, k, Dropout(DROPOUT, self.noise))
        return initialised(made, self.random).to(self.device)

    def run(self) -> Iterator[None]:
        """Train, yielding after every step; ValueError if the loss becomes NaN or infinite."""
        recipe = self.recipe
        parameters = [p for module in self.modules() for p in module.parameters()]
        optimiser = torch.optim.AdamW(parameters, recipe.learning_rate, weight_decay=WEIGHT_DECAY)
        # a short warm-up, then decay to zero: few epochs suffice
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, recipe.learning_rate, total_steps=self.total + 1
        )
        for module in self.modules():
            module.train()
        for _ in range(recipe.epochs):
            order = self.rows[torch.randperm(len(self.rows), generator=self.random)]
            losses = []
            for rows in torch.tensor_split(order, recipe.batches(len(self.rows))):
                with steady():
                    loss = self.loss(rows)
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
                    schedule.step()
                    losses.append(loss.item())
                self.done += 1
                if not np.isfinite(losses[-1]):
                    raise InputError(
                        "har",
                        f"the training diverged by step {self.done}: lower the learning rate "
                        "or raise the temperature",
                    )
                yield
            self.losses = [*self.losses, float(np.mean(losses))]

    def modules(self) -> list[nn.Module]:
        raise NotImplementedError

    def loss(self, rows: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def noisy(self, X: torch.Tensor) -> torch.Tensor:
        """A batch with the noise added in training."""
        X = X.to(self.device)
        return X + NOISE * torch.randn(X.shape, generator=self.noise, device=self.device)


class PairTraining(Training):
    """Two encoders to k dimensions by InfoNCE with a temperature, the mean of both directions.

    X1, X2 : standardised input of both modalities, all sequences; trained on the rows of D_Align.
    """

    def __init__(
        self,
        X1: torch.Tensor,
        X2: torch.Tensor,
        modalities: tuple[str, str],
        k: int,
        rows: np.ndarray,
        recipe: Recipe,
    ) -> None:
        super().__init__(rows, recipe, 0)
        self.X1, self.X2 = X1, X2
        self.encoder1 = self.new(modalities[0], X1.shape[1], k)
        self.encoder2 = self.new(modalities[1], X2.shape[1], k)

    def modules(self) -> list[nn.Module]:
        return [self.encoder1, self.encoder2]

    def loss(self, rows: torch.Tensor) -> torch.Tensor:
        Z1 = normalize(self.encoder1(self.noisy(self.X1[rows])), dim=1)
        Z2 = normalize(self.encoder2(self.noisy(self.X2[rows])), dim=1)
        scores = Z1 @ Z2.T / self.recipe.temperature
        partners = torch.arange(len(rows), device=self.device)
        return (cross_entropy(scores, partners) + cross_entropy(scores.T, partners)) / 2

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) float64 of all sequences."""
        return embedded(self.encoder1, self.X1), embedded(self.encoder2, self.X2)


class LabelTraining(Training):
    """One encoder and a decoder trained on labels of D_HAR: the ceiling, on the target modality.

    X : standardised input of all sequences; classes (n,) 0 to 26, used only for `rows`.
    """

    def __init__(
        self,
        X: torch.Tensor,
        classes: np.ndarray,
        modality: str,
        k: int,
        rows: np.ndarray,
        recipe: Recipe,
    ) -> None:
        super().__init__(rows, recipe, 1)
        self.X, self.classes = X, torch.from_numpy(classes)
        self.network = nn.Sequential(
            self.new(modality, X.shape[1], k),
            nn.ReLU(),
            initialised(nn.Linear(k, len(ACTIONS)), self.random).to(self.device),
        )

    def modules(self) -> list[nn.Module]:
        return [self.network]

    def loss(self, rows: torch.Tensor) -> torch.Tensor:
        return cross_entropy(
            self.network(self.noisy(self.X[rows])), self.classes[rows].to(self.device)
        )

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), 27) scores of the classes."""
        return embedded(self.network, self.X[torch.from_numpy(rows)])


def initialised(module: nn.Module, random: torch.Generator) -> nn.Module:
    """The module with weights drawn from a generator, uniform as in torch's default."""
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, (nn.Linear, nn.Conv1d, nn.Conv2d)):
                bound = part.weight[0].numel() ** -0.5
                part.weight.uniform_(-bound, bound, generator=random)
                if part.bias is not None:
                    part.bias.uniform_(-bound, bound, generator=random)
    return module


@torch.no_grad()
def embedded(module: nn.Module, X: torch.Tensor) -> np.ndarray:
    """The output of a trained module for X, in batches of bounded memory, float64."""
    module.eval()
    with steady():
        pieces = [
            module(piece.to(linalg.device())).cpu().numpy()
            for piece in torch.split(X, BATCH_OF_EVALUATION)
        ]
    return np.concatenate(pieces).astype(np.float64)


@contextmanager
def steady() -> Iterator[None]:
    """One thread and deterministic algorithms: the same numbers every time.

    Such small batches gain little from more threads, which other work can use.
    """
    with (
        _threads().limit(limits=1, user_api="openmp"),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        yield


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # searches for the libraries once, not in every step
