"""The live picture of the home page: its control, its study and its figures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.alignment import Study, StudySpec
from alignlab.figures.scatter import Members, pairs
from alignlab.projection import first_two
from alignlab.ui.controls import Number
from alignlab.ui.parts.alignment import synthetic_study

SIGMA = Number(
    name="sigma", label="Noise σ", default=0.0, low=0.0, high=5.0, step=0.1,
    help="Standard deviation of the Gaussian noise on every feature of both modalities.",
)  # fmt: skip

TITLES = {"plain": "Plain alignment", "informative": "Informative alignment"}

LINES = 150
"""This many partners are joined by a line."""


def pictured(sigma: float) -> SyntheticSpec:
    """Pairs whose plain alignment collapses: more features than the latent has dimensions."""
    return SyntheticSpec(n=400, components=3, d1=16, d2=16, noise=sigma)


def pictured_study(sigma: float) -> Study:
    """Both alignments of the pairs at a noise."""
    return synthetic_study(pictured(sigma), StudySpec(k=2))


def home_figures(study: Study) -> dict[str, go.Figure]:
    """Both alignments, drawn to the same scale, so that a latent that shrinks is seen to."""
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
            reach=5.0 * np.ceil(farthest / 5.0),
        )
        for name, (Z1, Z2) in latents.items()
    }
