"""Figures of a comparison: the latent of every aligner, and the training curves."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import plotly.graph_objects as go

from alignlab.aligners.training import EncoderTraining
from alignlab.experiments.compare import Compared, Comparison
from alignlab.experiments.methods import METHODS
from alignlab.figures.animation import Frame, animated
from alignlab.figures.scatter import Members, pairs
from alignlab.figures.theme import class_colour, figure, log_axis
from alignlab.projection import Plane, to_plane

DRAWN_PAIRS = 400
"""Each small figure shows at most this many pairs, the first ones."""

LINES = 100
"""This many pairs of partners are joined by a line."""


def latents(
    comparison: Comparison, *, plane: Plane, selected: Collection[int], keep: str
) -> dict[str, go.Figure]:
    """The fitted pairs in the latent of every finished aligner, by its name."""
    return {
        name: _latent(comparison, one, plane, selected, keep)
        for name, one in comparison.results.items()
    }


def course(training: EncoderTraining) -> dict[str, go.Figure]:
    """Loss and CMAE against the steps of a training so far."""
    steps = [step for step, _, _ in training.history]
    lines = {
        "loss": (training.loss, [loss for _, loss, _ in training.history], 0),
        "error": ("CMAE of all fitted pairs", [error for _, _, error in training.history], 3),
    }
    return {
        name: figure(
            title,
            [
                {
                    "type": "scatter", "x": steps, "y": values, "mode": "lines", "name": title,
                    "line": {"color": class_colour(colour), "width": 2},
                    "hovertemplate": "step %{x}: %{y:.4g}<extra></extra>",
                }
            ],
            xaxis={"title": {"text": "step"}, "range": [0, training.total]},
            yaxis=log_axis("") | {"dtick": "D2"} if name == "error" else {"title": {"text": ""}},
            keep=f"course {name}",
            showlegend=False,
        )
        for name, (title, values, colour) in lines.items()
    }  # fmt: skip


def playback(comparison: Comparison, training: EncoderTraining) -> go.Figure:
    """The latent of the first pairs during a training, as an animation."""
    who = _members(comparison, len(training.snapshots[0].Z1))
    frames = []
    for snapshot in training.snapshots:
        (p1, p2), _ = to_plane(snapshot.Z1, snapshot.Z2, how="first", symbol="ẑ", labels=who.labels)
        frames.append(Frame(name=f"step {snapshot.step}", points1=p1, points2=p2, who=who))
    title = "The latent during training: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×"
    return animated(frames, title=title, axes=("ẑ₁", "ẑ₂"), keep="playback")


def _latent(
    comparison: Comparison, one: Compared, plane: Plane, selected: Collection[int], keep: str
) -> go.Figure:
    who = _members(comparison, DRAWN_PAIRS)
    Z1, Z2 = (Z[:DRAWN_PAIRS] for Z in one.train)
    (p1, p2), axes = to_plane(Z1, Z2, how=plane, symbol="ẑ", labels=who.labels)
    title = METHODS[one.method].label
    return pairs(p1, p2, who, title=title, axes=axes, lines=LINES, selected=selected, keep=keep)


def _members(comparison: Comparison, count: int) -> Members:
    rows = comparison.train_rows[:count]
    labels = comparison.data.labels
    return Members(
        labels=None if labels is None else np.asarray(labels)[rows],
        classes=comparison.data.classes,
        rows=rows,
    )
