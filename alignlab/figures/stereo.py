"""Figures of the stereo shapes: pairs as images, scores, latents, and curves along a sweep."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from alignlab.experiments.stereo_published import JITTERS
from alignlab.figures.theme import (
    ALIGNER_COLOURS,
    OTHER,
    SHUFFLED,
    Trace,
    class_colour,
    figure,
    translucent,
)

ACROSS = 4
"""Pairs in a row of the picture of pairs."""

GAP = 2
"""Pixels between two images."""

COLOURS = {
    "CA": ALIGNER_COLOURS["CCA"],
    "CP": ALIGNER_COLOURS["CP"],
    "CP reversed": ALIGNER_COLOURS["CP reversed"],
    "supervised, x": OTHER,
    "supervised, y": OTHER,
}
"""CA is CCA here, CP reduced-rank regression, in the colours that they have on every page."""

DASHES = {"supervised, x": "dash", "supervised, y": "dot"}


def sample_pairs(X1: np.ndarray, X2: np.ndarray, *, keep: str) -> go.Figure:
    """Pairs as images, x above its y.

    X1, X2 : (n, size, size) or (n, size, size, 3), values 0 to 1, n a multiple of `ACROSS`.
    """
    rows = [
        _side_by_side(view[start : start + ACROSS])
        for start in range(0, len(X1), ACROSS)
        for view in (X1, X2)
    ]
    whole = np.concatenate(rows, axis=0)[:-GAP]
    size = X1.shape[1] + GAP
    middles = (np.arange(len(rows)) * size + (size - GAP) / 2).tolist()
    axis: dict[str, Any] = {"showgrid": False, "ticks": "", "title": {"text": ""}}
    return figure(
        "Pairs as both cameras see them",
        [{"type": "image", "source": _png(whole), "hoverinfo": "skip"}],
        xaxis=axis | {"showticklabels": False, "range": [-0.5, whole.shape[1] - 0.5]},
        yaxis=axis
        | {
            "range": [whole.shape[0] - 0.5, -0.5],
            "scaleanchor": "x",
            "tickvals": middles,
            "ticktext": ["x", "y"] * (len(rows) // 2),
        },
        keep=f"{keep} {whole.shape}",
        margin={"t": 48, "l": 28, "r": 8, "b": 8},
    )


def scored(scores: pd.DataFrame, *, chance: float, k: int, keep: str) -> go.Figure:
    """Bars of the accuracy of the shape and of R² of the place, one row per method and ceiling."""
    names = list(scores.index)
    traces: list[Trace] = []
    for column, x in (("accuracy", "x"), ("place R²", "x2")):
        values = scores[column].to_numpy()
        traces.append(
            {
                "type": "bar", "orientation": "h", "xaxis": x, "yaxis": "y",
                "x": np.maximum(values, 0), "y": names,
                "marker": {"color": [COLOURS[name] for name in names]},
                "text": [f"{value:.2f}" for value in values], "textposition": "auto",
                "textangle": 0, "insidetextanchor": "end",
                "hovertemplate": f"%{{y}}: {column} %{{text}}<extra></extra>",
            }
        )  # fmt: skip
    side = {"range": [0, 1.02], "dtick": 0.5}
    return figure(
        f"What a probe finds in k = {k} numbers",
        traces,
        xaxis=side | {"title": {"text": "shape: accuracy"}, "domain": [0, 0.48]},
        yaxis={"autorange": "reversed", "title": {"text": ""}},
        xaxis2=side | {"title": {"text": "place: R²"}, "domain": [0.54, 1], "anchor": "y"},
        keep=keep,
        margin={"t": 60, "l": 108},
        showlegend=False,
        bargap=0.25,
        shapes=[_upright(chance)],
        annotations=[
            {
                "text": "chance", "x": chance, "y": 1, "yref": "paper", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 12},
            }
        ],
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


def along_jitter(
    bands: pd.DataFrame, now: pd.Series, jitter: float, *, score: str, chance: float | None,
    reported: Mapping[str, Sequence[float]], keep: str,
) -> go.Figure:  # fmt: skip
    """A score of every method along the jitter, with bands over seeds.

    bands : columns min, median and max, by method and jitter. now : the scores of the present
    setting by method, marked at its jitter. chance : a level that is drawn, or None. reported : the
    published scores at `JITTERS` by method, or none.
    """
    title = {"accuracy": "Accuracy of the shape", "place R²": "R² of the place"}[score]
    traces: list[Trace] = []
    for name, colour in COLOURS.items():
        if name not in bands.index.get_level_values("method"):
            continue
        one = bands.loc[name].sort_index()
        traces += _band(name, one, colour)
        traces.append(
            {
                "type": "scatter", "x": [jitter], "y": [now[name]], "mode": "markers",
                "name": f"{name}, now", "showlegend": False,
                "marker": {"size": 11, "color": colour, "symbol": "diamond"},
                "hovertemplate": f"{name} at the present setting: %{{y:.2f}}<extra></extra>",
            }
        )  # fmt: skip
    traces += [
        {
            "type": "scatter", "x": JITTERS, "y": values, "mode": "lines+markers",
            "name": f"{name}, published",
            "line": {"color": COLOURS[name], "width": 1, "dash": "dot"},
            "marker": {"symbol": "square-open", "size": 9},
            "hovertemplate": f"{name}, published: %{{y:.2f}}<extra></extra>",
        }
        for name, values in reported.items()
    ]  # fmt: skip
    if chance is not None and not bands.empty:
        traces.append(_chance(bands.index.get_level_values("jitter"), chance))
    return figure(
        title,
        traces,
        xaxis={"title": {"text": "jitter of the cameras σ"}},
        yaxis={"range": [0, 1.04], "title": {"text": ""}},
        keep=f"{keep} {score}",
        shapes=[_upright(jitter)],
        margin={"t": 92},
    )


def shares(found: pd.Series, k: int, *, keep: str) -> go.Figure:
    """The share of the shape that each method recovers, from 0 (chance) to 1 (all there is)."""
    names = list(found.index)
    return figure(
        f"Share of the shape recovered, k = {k}",
        [
            {
                "type": "bar", "x": names, "y": found.to_numpy(),
                "marker": {"color": [COLOURS[name] for name in names]},
                "text": [f"{value:.0%}" for value in found], "textposition": "auto",
                "hovertemplate": "%{x}: %{text}<extra></extra>",
            }
        ],
        xaxis={"title": {"text": ""}},
        yaxis={"range": [0, 1.1], "tickformat": ".0%", "title": {"text": ""}},
        keep=keep,
        showlegend=False,
    )  # fmt: skip


def by_bottleneck(table: pd.DataFrame, k: int, *, chance: float, keep: str) -> go.Figure:
    """The accuracy of every method at each bottleneck, k marked; the ceilings are level."""
    ks = np.unique(table["k"])
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers" if name not in DASHES else "lines",
            "name": name, "x": one["k"].to_numpy(), "y": one["accuracy"].to_numpy(),
            "line": {"color": COLOURS[name], "dash": DASHES.get(name, "solid"), "width": 2},
            "hovertemplate": f"{name}, k = %{{x}}: %{{y:.2f}}<extra></extra>",
        }
        for name, one in table.groupby("method", sort=False)
    ]  # fmt: skip
    traces.append(_chance(ks, chance))
    return figure(
        "Accuracy by bottleneck",
        traces,
        xaxis={"title": {"text": "bottleneck k"}, "type": "log", "tickvals": ks.tolist()},
        yaxis={"range": [0, 1.04], "title": {"text": ""}},
        keep=keep,
        shapes=[_upright(k)],
        margin={"t": 92},
    )


def _band(name: str, one: pd.DataFrame, colour: str) -> list[Trace]:
    """The band from the least to the largest score, and the line of the medians."""
    common: Trace = {"type": "scatter", "x": one.index.to_numpy(), "legendgroup": name}
    edge = common | {
        "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    return [
        edge | {"y": one["min"].to_numpy(), "name": f"{name}, least"},
        edge
        | {
            "y": one["max"].to_numpy(),
            "name": f"{name}, largest",
            "fill": "tonexty",
            "fillcolor": translucent(colour, 0.15),
        },
        common
        | {
            "y": one["median"].to_numpy(),
            "name": name,
            "mode": "lines+markers" if name not in DASHES else "lines",
            "line": {"color": colour, "width": 2, "dash": DASHES.get(name, "solid")},
            "marker": {"size": 5},
            "hovertemplate": f"{name}, σ = %{{x}}: %{{y:.2f}}<extra></extra>",
        },
    ]


def _chance(xs: Any, level: float) -> Trace:
    ends = [float(np.min(xs)), float(np.max(xs))]
    return {
        "type": "scatter", "x": ends, "y": [level, level], "mode": "lines", "name": "chance",
        "line": {"color": SHUFFLED, "dash": "dashdot", "width": 1.5},
        "hovertemplate": f"chance {level:.2f}<extra></extra>",
    }  # fmt: skip


def _upright(at: float) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"dash": "dot", "color": OTHER, "width": 1.5},
    }  # fmt: skip


def _side_by_side(images: np.ndarray) -> np.ndarray:
    """Images (m, size, size, ...) in a row, and a white gap below: uint8 (size + GAP, width, 3)."""
    m, size = images.shape[:2]
    colours = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    room = np.full((size + GAP, m * (size + GAP), 3), 255, dtype=np.uint8)
    for i, image in enumerate(np.rint(colours * 255).astype(np.uint8)):
        room[:size, i * (size + GAP) : i * (size + GAP) + size] = image
    return room[:, :-GAP]


def _png(pixels: np.ndarray) -> str:
    """Pixels (height, width, 3) uint8 as the address of a picture that holds its own data."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()
