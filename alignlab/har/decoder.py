"""The task decoder h: one hidden layer, trained on one modality's latent, applied to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from alignlab import linalg
from alignlab.checks import as_matrix
from alignlab.har.dataset import ACTIONS
from alignlab.har.encoders import Dropout
from alignlab.har.training import DROPOUT, WEIGHT_DECAY, embedded, initialised, steady

HIDDEN, STEPS, LEARNING_RATE = 128, 200, 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoder:
    """A trained decoder.

    mean : (k,) of the directions it was trained on; scale : their root mean square deviation.
    """

    network: nn.Module
    mean: np.ndarray
    scale: float

    def scores(self, Z: np.ndarray) -> np.ndarray:
        """(n, 27) scores of the actions of latents Z (n, k)."""
        return embedded(self.network, _input(as_matrix(Z, "Z", "decoder"), self.mean, self.scale))


def decoder(Z: np.ndarray, classes: np.ndarray, seed: int) -> Decoder:
    """Train a decoder of the classes (n,), 0 to 26, from latents Z (n, k).

    Only the direction of a latent is used, as in the score of InfoNCE; directions are standardised
    with the mean and deviation of the training directions.
    """
    Z = as_matrix(Z, "Z", "decoder")
    directions = _directions(Z)
    mean = directions.mean(axis=0)
    scale = float(np.sqrt(((directions - mean) ** 2).mean())) or 1.0
    random = torch.Generator().manual_seed(seed)
    device = linalg.device()
    noise = torch.Generator(device).manual_seed(seed)
    network = initialised(
        nn.Sequential(
            nn.Linear(Z.shape[1], HIDDEN),
            nn.ReLU(),
            Dropout(DROPOUT, noise),
            nn.Linear(HIDDEN, len(ACTIONS)),
        ),
        random,
    ).to(device)
    X, y = _input(Z, mean, scale).to(device), torch.tensor(classes, dtype=torch.int64).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    with steady():
        for _ in range(STEPS):
            loss = cross_entropy(network(X), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return Decoder(network=network, mean=mean, scale=scale)


def top(scores: np.ndarray, classes: np.ndarray, count: int) -> float:
    """Share of rows whose class, of classes (n,), is among the `count` highest scores (n, 27)."""
    if not len(classes):
        return float("nan")
    own = scores[np.arange(len(classes)), classes][:, None]
    return float(((scores > own).sum(axis=1) < count).mean())


def _input(Z: np.ndarray, mean: np.ndarray, scale: float) -> torch.Tensor:
    return torch.from_numpy(((_directions(Z) - mean) / scale).astype(np.float32))


def _directions(Z: np.ndarray) -> np.ndarray:
    lengths = linalg.lengths(Z)[:, None]
    return Z / np.where(lengths > 0, lengths, 1.0)  # a zero latent stays zero
