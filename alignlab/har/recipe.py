"""Settings of a training, apart from the training: reading them needs no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings of a training; see `protocol.ProtocolSpec`."""

    epochs: int
    batch: int
    learning_rate: float
    temperature: float
    seed: int

    def batches(self, n: int) -> int:
        """Steps per epoch of n sequences."""
        return max(1, round(n / self.batch))
