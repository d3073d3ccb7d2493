"""What trained encoders find in the stereo shapes, in sentences and numbers from their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo_training import StereoTrainingSpec

SIDES = (("CA", 8), ("CP", 32))
"""The methods and bottlenecks that cross."""


@dataclass(frozen=True, kw_only=True)
class Near:
    """The shipped setting that is nearest to the present one."""

    jitter: float
    noise_y: float


def nearest(table: pd.DataFrame, spec: StereoSpec) -> Near:
    """The jitter and the noise of y among those of the shipped trainings that are nearest."""

    def closest(column: str, value: float) -> float:
        known = table[column].unique()
        return float(known[np.abs(known - value).argmin()])

    return Near(jitter=closest("jitter", spec.jitter), noise_y=closest("noise_y", spec.noise_y))


def median(rows: pd.DataFrame, jitter: float, method: str, k: int) -> float:
    """The median accuracy of a method at a jitter; NaN if there is none."""
    chosen = (rows["jitter"] == jitter) & (rows["method"] == method) & (rows["k"] == k)
    return float(rows.loc[chosen, "accuracy"].median())


def headline(rows: pd.DataFrame, near: Near, chance: float) -> str:
    """The verdict in one line: which of CA and CP found more of the shape."""
    ca, cp = (median(rows, near.jitter, *side) for side in SIDES)
    ahead = "CA is ahead of CP" if ca > cp else "CP is ahead of CA"
    if abs(ca - cp) < 0.02:
        ahead = "CA and CP are level"
    return (
        f"**Trained at jitter {near.jitter:g}, {ahead}**: CA (k = 8) {ca:.2f}, CP (k = 32) "
        f"{cp:.2f}, chance {chance:.2f}."
    )


def crossing_words(rows: pd.DataFrame) -> str:
    """Where the curves cross, and what that depends on."""
    jitters = np.sort(rows["jitter"].unique())
    gaps = {j: median(rows, j, *SIDES[0]) - median(rows, j, *SIDES[1]) for j in jitters}
    ahead = [f"{jitter:g}" for jitter, gap in gaps.items() if gap > 0]
    told = ", ".join(f"{gap:+.2f} at {jitter:g}" for jitter, gap in gaps.items())
    said = f"CA (k = 8) less CP (k = 32), by jitter: {told}. "
    if not ahead:
        said += "CA is ahead at no jitter. "
    elif len(ahead) == len(gaps):
        said += "CA is ahead at every jitter. "
    else:
        said += f"The order changes: CA is ahead at {', '.join(ahead)}. "
    wide = median(rows, jitters[0], "CP", 128)
    if not np.isnan(wide):
        said += (
            "It depends on the bottleneck: CP with k = 128 keeps shape and place "
            f"({wide:.2f} at jitter 0)."
        )
    return said


def offer_words(specs: Mapping[str, StereoTrainingSpec]) -> str:
    """What a press on the button trains."""
    one = next(iter(specs.values()))
    names = ", ".join(f"{name} (k = {spec.k})" for name, spec in specs.items())
    return (
        f"Small convolutional encoders on {one.spec.n:,} pairs, {one.epochs} epochs: {names}. "
        f"{sum(spec.steps for spec in specs.values())} steps in the background; you can watch, "
        "cancel, and play them back. The time left is shown after the first steps."
    )


def captions(near: Near | None, held_out: int) -> dict[str, str]:
    """A caption for every figure; also its alternative text."""
    probe = f"Linear probe, fitted on {held_out:,} pairs and scored on {held_out:,} others."
    found = {
        "pairs": "The same object seen twice: x (left camera) above y (right camera), at the "
        "present setting.",
        "accuracy while learning": f"{probe} It is fitted anew each time.",
        "loss": "Of single batches, on a logarithmic axis. Each method has its own loss: compare "
        "shapes, not heights.",
        "forming": "Press ▶: test images in one plane, that of the largest variance of all steps "
        "together, each step scaled to unit spread; colour: the shape.",
    }
    if near is not None:
        found["trained encoders"] = (
            f"Shipped trainings at 32 × 32, noise of x 0.1 and of y {near.noise_y:g} (the nearest "
            f"to the present setting), 8,192 pairs. {probe}"
        )
    return found
