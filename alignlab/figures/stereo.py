"""Figures of the stereo shapes: pairs as images, scores, latents, curves along the jitter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.experiments.stereo_published import JITTERS
from alignlab.figures.mosaic import mosaic
from alignlab.figures.probes import (
    SCORE_AXIS,
    Look,
    along,
    bands_of,
    bars,
    chance_line,
    published_line,
)
from alignlab.figures.theme import (
    ALIGNER_COLOURS,
    OTHER,
    Trace,
    class_colour,
    figure,
    with_frames,
)

ACROSS = 4
"""Pairs in a row of the picture of pairs."""

LOOKS = {
    "CA": Look(colour=ALIGNER_COLOURS["CCA"]),
    "CP": Look(colour=ALIGNER_COLOURS["CP"]),
    "CP reversed": Look(colour=ALIGNER_COLOURS["CP reversed"]),
    "supervised": Look(colour=OTHER),
    "supervised, x": Look(colour=OTHER, dash="dash", level=True),
    "supervised, y": Look(colour=OTHER, dash="dot", level=True),
}
"""CA is CCA here, CP reduced-rank regression, in the colours that they have on every page."""

JITTER = "jitter of the cameras σ"

TITLES = {"accuracy": "Accuracy of the shape", "place R²": "R² of the place"}


def sample_pairs(X1: np.ndarray, X2: np.ndarray, *, keep: str) -> go.Figure:
    """Pairs as images, x above its y.

    X1, X2 : (n, size, size) or (n, size, size, 3), values 0 to 1, n a multiple of `ACROSS`.
    """
    starts = range(0, len(X1), ACROSS)
    rows = [view[start : start + ACROSS] for start in starts for view in (X1, X2)]
    names = ["x", "y"] * len(starts)
    return mosaic(rows, names, title="Pairs as both cameras see them", keep=keep)


def scored(scores: pd.DataFrame, *, chance: float, k: int, keep: str) -> go.Figure:
    """Bars of the accuracy of the shape and of R² of the place, one row per method and ceiling."""
    return bars(
        scores,
        LOOKS,
        columns={"accuracy": "shape: accuracy", "place R²": "place: R²"},
        chance=chance,
        title=f"What a probe finds in k = {k} numbers",
        keep=keep,
    )


def along_jitter(
    table: pd.DataFrame, now: Mapping[str, float], jitter: float, *, score: str,
    chance: float | None, reported: Mapping[str, Sequence[float]], keep: str,
) -> go.Figure:  # fmt: skip
    """A score of every method along the jitter, with bands over seeds.

    table : one row per seed, jitter and method. now : the present scores. reported : the published
    ones at `JITTERS` by method, or none.
    """
    published = [
        published_line(
            JITTERS, values, LOOKS[name], legend=f"{name}, published", hover=f"{name}, published"
        )
        for name, values in reported.items()
    ]
    return along(
        bands_of(table, "jitter", score), LOOKS, jitter, title=TITLES[score], axis=JITTER, now=now,
        chance=chance, keep=f"{keep} {score}", more=published,
    )  # fmt: skip


def of_trained(table: pd.DataFrame, jitter: float, *, chance: float, keep: str) -> go.Figure:
    """Accuracy of trained encoders along the jitter: lines of medians, bands of all seeds.

    table : one row per training, with columns method, k, jitter and accuracy. The line tells
    bottlenecks of one method apart.
    """
    looks, named = {}, []
    for method, rows in table.groupby("method", sort=False):
        for (k, one), dash in zip(rows.groupby("k"), ("solid", "dash", "dot"), strict=False):
            name = str(method) if method == "supervised" else f"{method}, k = {k}"
            looks[name] = Look(colour=LOOKS[str(method)].colour, dash=dash)
            named.append(one.assign(method=name))
    return along(
        bands_of(pd.concat(named), "jitter", "accuracy"), looks, jitter,
        title="Trained encoders: accuracy of the shape", axis=JITTER, now={}, chance=chance,
        keep=f"{keep} trained",
    )  # fmt: skip


def latent(
    points: np.ndarray, axes: tuple[str, str], labels: np.ndarray, names: Sequence[str],
    *, method: str, keep: str,
) -> go.Figure:  # fmt: skip
    """The latent of a method as points (n, 2); labels (n,), codes into names, are the colour."""
    return figure(
        f"Latent of {method}",
        [
            {
                "type": "scatter", "mode": "markers", "name": name,
                "x": points[labels == code, 0], "y": points[labels == code, 1],
                "marker": {"color": class_colour(code), "size": 5, "opacity": 0.7},
                "hovertemplate": f"{name}<extra></extra>",
            }
            for code, name in enumerate(names)
        ],
        xaxis={"title": {"text": axes[0]}},
        yaxis={"title": {"text": axes[1]}},
        keep=f"{keep} {method}",
        showlegend=True,
    )  # fmt: skip


def forming(
    snapshots: Sequence[tuple[int, np.ndarray]], labels: np.ndarray, names: Sequence[str],
    *, method: str, keep: str,
) -> go.Figure:  # fmt: skip
    """The latent of a method as it forms, in frames, the shape as colour.

    snapshots : the step and the points (n, 2) of each frame. labels : (n,), codes into names.
    """
    reach = 1.05 * max(float(np.abs(points).max()) for _, points in snapshots)
    axes = {"range": [-reach, reach]}
    first = snapshots[0][1]
    still = latent(first, ("principal ẑ₁", "principal ẑ₂"), labels, names, method=method, keep=keep)
    still.layout.xaxis.update(axes)
    still.layout.yaxis.update(axes)
    frames = [
        {
            "name": f"step {step}",
            "data": [
                {"x": points[labels == code, 0], "y": points[labels == code, 1]}
                for code in range(len(names))
            ],
            "traces": list(range(len(names))),
        }
        for step, points in snapshots
    ]
    return with_frames(still, frames)


def learning(
    curves: Mapping[str, pd.DataFrame], *, column: str, chance: float | None, steps: int, keep: str
) -> go.Figure:
    """A column of the learning curves of methods by step: "loss", or a score of the probe."""
    traces: list[Trace] = []
    for name, curve in curves.items():
        known = curve.dropna(subset=[column])
        traces.append(
            {
                "type": "scatter", "x": known["step"].to_numpy(), "y": known[column].to_numpy(),
                "mode": "lines" if column == "loss" else "lines+markers", "name": name,
                "line": {"color": LOOKS[name].colour, "width": 2},
                "hovertemplate": f"{name}, step %{{x}}: %{{y:.3g}}<extra></extra>",
            }
        )  # fmt: skip
    if chance is not None:
        traces.append(chance_line([0, steps], chance))
    loss: dict[str, Any] = {"title": {"text": ""}, "type": "log"}
    return figure(
        "Loss of a batch" if column == "loss" else f"Probe while learning: {TITLES[column]}",
        traces,
        xaxis={"title": {"text": "step"}, "range": [0, steps]},
        yaxis=loss if column == "loss" else SCORE_AXIS,
        keep=f"{keep} {column}",
        showlegend=True,
    )


def shares(found: pd.Series, k: int, *, keep: str) -> go.Figure:
    """The share of the shape that each method recovers, from 0 (chance) to 1 (all there is)."""
    names = list(found.index)
    return figure(
        f"Share of the shape recovered, k = {k}",
        [
            {
                "type": "bar", "x": names, "y": found.to_numpy(),
                "marker": {"color": [LOOKS[name].colour for name in names]},
                "text": [f"{value:.0%}" for value in found], "textposition": "auto",
                "hovertemplate": "%{x}: %{text}<extra></extra>",
            }
        ],
        xaxis={"title": {"text": ""}},
        yaxis={"range": [0, 1.1], "tickformat": ".0%", "title": {"text": ""}},
        keep=keep,
        showlegend=False,
    )  # fmt: skip
