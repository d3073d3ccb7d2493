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


def reach(study: Study) -> float:
    """Where the axes of both pictures end, on either side of zero."""
    both = (*study.plain.train, *study.informative.train)
    return STEP * float(np.ceil(max(float(np.abs(Z).max()) for Z in both) / STEP))


def home_figures(study: Study) -> dict[str, go.Figure]:
    """Plain and informative alignment with the same axes: a latent that shrinks is seen to."""
    latents = {"plain": study.plain.train, "informative": study.informative.train}
    train, end = study.train, reach(study)
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
            reach=end,
        )
        for name, (Z1, Z2) in latents.items()
    }
