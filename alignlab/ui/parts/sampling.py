"""The controls of sampled pairs, shared by the pages on recovery in samples."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.ui.controls import Control, Number, Steps, Value
from alignlab.ui.parts.synthetic import SEED

SAMPLE_N = Steps(
    name="sample", label="Pairs n per sample", default=5000, low=2, high=10**9,
    stops=(22, 30, 41, 60, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000),
    help="Theory is for n → ∞. The moments of n pairs are drawn directly, at a cost independent "
    "of n.",
)  # fmt: skip
DRAWS = Number(
    name="draws", label="Samples per point", default=10, low=1, high=50, limit=200,
    help="Samples of n pairs, with consecutive seeds starting at the one below. All points share "
    "the random numbers, so that only the model differs between them.",
)  # fmt: skip

SAMPLING: tuple[Control, ...] = (SAMPLE_N, DRAWS, SEED)


def seeds(values: Mapping[str, Value]) -> tuple[int, ...]:
    """The seeds of the draws."""
    return tuple(range(values["seed"], values["seed"] + values["draws"]))
