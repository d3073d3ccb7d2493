"""Small convolutional encoders, one kind for signals and one for frames, and their input.

Both treat a sequence as feature vectors over time: the channels of a signal, or the output of a
small 2-D network for each frame. Convolutions over time, averages over quarters of the sequence
(so that order matters) and a hidden layer give one embedding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from alignlab.har.dataset import ActivityDataset
from alignlab.har.frames import FRAMES, pooled

SAMPLES = 64
"""Number of samples to which each signal is resampled."""

SIDE = 24
"""Side in pixels to which frames are reduced."""

QUARTERS = 4
"""Number of parts of a sequence that are averaged separately."""

SIGNALS = ("inertial", "skeleton")
"""Modalities that are signals; all others are frames."""


def prepared(dataset: ActivityDataset, modality: str) -> np.ndarray:
    """The input of the encoder of a modality, not yet standardised, float32.

    Signals (n, channels, 64): the inertial signal unchanged; the skeleton joints relative to the
    hip centre in the first eighth of the sequence, divided by the length of the trunk, so that
    neither the position in the room nor the height of the subject matters. Frames
    (n, channels, 16, 24, 24).
    """
    if modality in SIGNALS:
        signals = dataset.resampled(modality, SAMPLES)
        if modality == "skeleton":
            signals = _in_body_units(signals)
        return np.ascontiguousarray(signals.reshape(len(dataset), SAMPLES, -1).swapaxes(1, 2))
    small = [pooled(one.modalities[modality], SIDE) for one in dataset]
    frames = dataset.with_modality(
        modality, {one.name: array for one, array in zip(dataset, small, strict=True)}
    ).resampled(modality, FRAMES)
    if frames.ndim == 4:  # one channel
        frames = frames[..., None]
    return np.ascontiguousarray(np.moveaxis(frames, -1, 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Standardiser:
    """Mean and standard deviation of every channel, from training sequences only.

    mean, scale : (channels,) float32.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> Standardiser:
        """Fitted on X (n, channels, ...)."""
        rest = (0, *range(2, X.ndim))
        scale = X.std(axis=rest)
        return cls(mean=X.mean(axis=rest), scale=np.where(scale > 0, scale, 1.0))

    def __call__(self, X: np.ndarray) -> torch.Tensor:
        shape = (-1, *[1] * (X.ndim - 2))
        return torch.from_numpy((X - self.mean.reshape(shape)) / self.scale.reshape(shape))


class Dropout(nn.Module):
    """Sets a share of the inputs to zero in training, with its own generator."""

    def __init__(self, share: float, random: torch.Generator) -> None:
        super().__init__()
        self.share, self.random = share, random

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return X
        kept = torch.rand(X.shape, generator=self.random, device=X.device) >= self.share
        return X * kept / (1 - self.share)


class Quarters(nn.Module):
    """The means of each quarter of (b, channels, time), flat; time is a multiple of 4."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return X.reshape(*X.shape[:2], QUARTERS, -1).mean(dim=-1).flatten(1)


class SignalEncoder(nn.Module):
    """1-D convolutions over (b, channels, time), then a hidden layer, to (b, k)."""

    def __init__(self, channels: int, k: int, dropout: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_convolution(channels, 64, 5, 1),
            *_convolution(64, 128, 5, 2),
            *_convolution(128, 128, 3, 2),
            Quarters(),
            dropout,
            nn.Linear(128 * QUARTERS, 256),
            nn.ReLU(),
            nn.Linear(256, k),
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.layers(X)


class FrameEncoder(nn.Module):
    """2-D convolutions over each frame of (b, channels, T, 24, 24), then a `SignalEncoder`."""

    FEATURES = 96

    def __init__(self, channels: int, k: int, dropout: nn.Module) -> None:
        super().__init__()
        self.frame = nn.Sequential(
            nn.Conv2d(channels, 16, 3, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * (SIDE // 4) ** 2, self.FEATURES),
        )
        self.time = SignalEncoder(self.FEATURES, k, dropout)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        b, channels, times, height, width = X.shape
        frames = X.transpose(1, 2).reshape(b * times, channels, height, width)
        features = self.frame(frames).reshape(b, times, self.FEATURES)
        return self.time(features.transpose(1, 2))


def encoder(modality: str, channels: int, k: int, dropout: nn.Module) -> nn.Module:
    """A new encoder of a modality to k dimensions."""
    kind = SignalEncoder if modality in SIGNALS else FrameEncoder
    return kind(channels, k, dropout)


def _convolution(inputs: int, outputs: int, width: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv1d(inputs, outputs, width, stride=stride, padding=width // 2),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    ]


def _in_body_units(joints: np.ndarray) -> np.ndarray:
    """Joints (n, T, 20, 3) relative to the initial hip centre, in lengths of the trunk."""
    hips = joints[:, : SAMPLES // 8, 3].mean(axis=1)
    trunk = np.linalg.norm(joints[:, :, 1] - joints[:, :, 3], axis=-1).mean(axis=1)
    return (joints - hips[:, None, None]) / np.where(trunk > 0, trunk, 1)[:, None, None, None]
