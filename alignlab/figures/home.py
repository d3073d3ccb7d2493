"""Two alignments of the same pairs, drawn to one scale."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.experiments.alignment import Study
from alignlab.figures.scatter import Members, pairs
from alignlab.projection import first_two

TITLES = {"plain": "Plain alignment", "informative": "Informative alignment"}

LINES = 150
"""This many partners are joined by a line."""

STEP = 5.0
"""The ends of the axes are multiples of this, so that they rarely move."""


def home_figures(study: Study) -> dict[str, go.Figure]:
    """Plain and informative alignment with the same axes: a latent that shrinks is seen to."""
    latents = {"plain": study.plain.train, "informative": study.informative.train}
    farthest = max(float(np.abs(Z).max()) for both in latents.values() for Z in both)
    train = study.train
    who = Members(labels=train.labels, classes=train.classes, rows=study.train_rows)
    return {
        name: pairs(
            first_two(Z1),
            first_two(Z2),
            who,
            title=f"{TITLES[name]}: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×",
            axes=("ẑ₁", "ẑ₂"),
            lines=LINES,
            keep="home",
            reach=STEP * float(np.ceil(farthest / STEP)),
        )
        for name, (Z1, Z2) in latents.items()
    }
