"""The controls of contrastive training, shared by the pages that train."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.ui.controls import Choice, Count, Steps, Value

_TRAINING = ContrastiveSpec()
TEMPERATURE = Steps(
    name="temperature", label="Temperature τ", default=_TRAINING.temperature, low=1e-3, high=1e3,
    stops=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
    help="Divides the scores; at high temperature all pairs look alike.",
)  # fmt: skip
TRAIN_STEPS = Steps(
    name="steps", label="Steps", default=_TRAINING.steps, low=1, high=20_000,
    stops=(1, 10, 50, 100, 200, 500, 1000, 2000, 5000), help="Number of Adam steps.",
)  # fmt: skip
BATCH = Steps(
    name="batch", label="Batch", default=_TRAINING.batch, low=2, high=4096,
    stops=(2, 8, 32, 128, 512, 1024, 2048), help="Pairs per step; all pairs if there are fewer.",
)  # fmt: skip
LEARNING_RATE = Steps(
    name="learning_rate", label="Learning rate", default=_TRAINING.learning_rate, low=1e-6,
    high=10.0, stops=(1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 1.0), help="Learning rate of Adam.",
)  # fmt: skip
SCORES = Choice(
    name="scores", label="Scores", default="cosine",
    options={"cosine": "cosine", "inner": "inner product"},
    help="Cosine: latent vectors are normalised to unit length before they are compared.",
)  # fmt: skip
TRAIN_SEED = Count(
    name="train_seed", label="Training seed", default=0, low=0, high=2**31 - 1,
    help="Seed of the initial weights and of the batches.",
)  # fmt: skip


def contrastive_spec(values: Mapping[str, Value]) -> ContrastiveSpec:
    """How contrastive encoders are trained."""
    return ContrastiveSpec(
        temperature=values["temperature"],
        steps=values["steps"],
        batch=values["batch"],
        learning_rate=values["learning_rate"],
        normalised=values["scores"] == "cosine",
        seed=values["train_seed"],
    )
