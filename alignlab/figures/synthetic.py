"""All figures of one synthetic data set."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.data.pairs import PairedData
from alignlab.experiments.alignment import Study
from alignlab.figures.alignment import DRAWN_PAIRS
from alignlab.figures.matrix import matrix
from alignlab.figures.pipeline import pipeline
from alignlab.figures.scatter import Members, cloud
from alignlab.projection import Plane, to_plane

PIPELINE_PAIRS = 300
"""The small figures of the pipeline show at most this many pairs."""


def synthetic_figures(
    data: PairedData, study: Study, *, noise: float, plane: Plane, keep: str
) -> dict[str, go.Figure]:
    """Figures by name: pipeline, latent, modality 1, modality 2, S1, S2.

    data : with Z, S1 and S2 known; study : of the same data, for the estimates in the pipeline;
    noise : that of the modalities, for the formulas of the pipeline.
    """
    assert data.Z is not None
    assert data.S1 is not None
    assert data.S2 is not None

    def one(X: np.ndarray, title: str, symbol: str, modality: int | None) -> go.Figure:
        drawn = X[:DRAWN_PAIRS]
        labels = None if data.labels is None else data.labels[:DRAWN_PAIRS]
        points, axes = to_plane(drawn, how=plane, symbol=symbol, labels=labels)
        who = Members(labels=labels, classes=data.classes, rows=np.arange(len(drawn)))
        return cloud(
            points[0], who, title=title, axes=axes, modality=modality, legend=False, keep=keep
        )

    return {
        "pipeline": _pipeline(study, noise, plane),
        "latent": one(data.Z, "Latent z ◆", "z", None),
        "modality 1": one(data.X1, "Modality 1, x⁽¹⁾ ○", "x⁽¹⁾", 1),
        "modality 2": one(data.X2, "Modality 2, x⁽²⁾ ×", "x⁽²⁾", 2),
        "S1": matrix(data.S1, title="S⁽¹⁾", rows="feature", columns="latent coordinate"),
        "S2": matrix(data.S2, title="S⁽²⁾", rows="feature", columns="latent coordinate"),
    }


def _pipeline(study: Study, noise: float, plane: Plane) -> go.Figure:
    train, few = study.train, slice(0, PIPELINE_PAIRS)
    assert train.Z is not None
    labels = None if train.labels is None else train.labels[few]
    who = Members(labels=labels, classes=train.classes, rows=study.train_rows[few])

    def plane_of(*clouds: np.ndarray) -> list[np.ndarray]:
        return to_plane(*(c[few] for c in clouds), how=plane, symbol="", labels=labels)[0]

    return pipeline(
        latent=plane_of(train.Z)[0],
        modality1=plane_of(train.X1)[0],
        modality2=plane_of(train.X2)[0],
        estimates=plane_of(*study.plain.train),
        who=who,
        noisy=noise > 0,
    )
