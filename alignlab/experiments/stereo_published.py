"""Accuracies that the phase-diagram paper reports for its stereo shapes, read off its Figure 4."""

from __future__ import annotations

from collections.abc import Mapping

NOISES = (0.2, 0.5, 0.9)
"""Pixel noise of y in its low, medium and high panel; that of x is 0.1."""

NOISE_X = 0.1

JITTERS = (0.0, 0.2, 0.5)

FLAT: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "CA": ((0.39, 0.84, 0.69), (0.37, 0.61, 0.70), (0.37, 0.39, 0.54)),
    "CP": ((0.95, 0.45, 0.43), (0.88, 0.45, 0.46), (0.85, 0.43, 0.39)),
}
"""Stereo dSprites: by method, for each of `NOISES` the accuracy at each of `JITTERS`.

Read from the printed curves to about 0.02. Single settings vary by up to 0.25 between the paper's
runs. Its probe takes 50 steps from zero on features as they are, so it is not converged.

Source: "When to Align, When to Predict", Figure 4.
"""


def published(
    noise_x: float, noise_y: float, table: Mapping[str, tuple[tuple[float, float, float], ...]]
) -> dict[str, tuple[float, ...]]:
    """The published accuracies at `JITTERS` by method; empty at another noise."""
    if noise_x != NOISE_X or noise_y not in NOISES:
        return {}
    return {name: rows[NOISES.index(noise_y)] for name, rows in table.items()}
