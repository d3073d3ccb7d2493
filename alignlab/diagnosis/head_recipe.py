"""How heads are trained, apart from the training: reading the settings needs no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How heads are trained: AdamW with cosine annealing to zero.

    steps, batch, learning_rate, weight_decay : of AdamW; batch in pairs, all pairs if fewer.
    hidden : width of the hidden layer; 0 for none.
    validation : fraction of the training pairs held out for validation; the weights with the lowest
        validation loss are used (early stopping).
    vicreg : weights of invariance, variance and covariance, as defined by `head_training.vicreg`.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    hidden: int
    validation: float
    vicreg: tuple[float, float, float]
