"""Latent spaces of pairs: both modalities on a map, and how near the partners are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.inspect_colours import Colouring
from alignlab.figures.scatter import GL_FROM, partner_lines
from alignlab.figures.theme import (
    MODALITY_SYMBOLS,
    OTHER,
    PICTURES,
    SHUFFLED,
    Trace,
    figure,
    log_axis,
)

SYMBOLS_3D = ("circle-open", "x")
"""The symbols of both modalities in three dimensions, where Plotly has fewer."""

BINS = 60
"""Number of bins of a histogram of distances."""

DASHES = ("solid", "dot")
"""The lines of random pairs in the first and the second space; and of both directions."""


def picture(
    Y1: np.ndarray | None,
    Y2: np.ndarray | None,
    colours: Colouring,
    *,
    title: str,
    axes: Sequence[str] = (),
    names: Sequence[str] | None = None,
    lines: Sequence[int] = (),
    keep: str = "view",
) -> go.Figure:
    """Both modalities, Y1 and Y2 (n, 2) or (n, 3), or one of them alone, coloured by row.

    axes : their names; () for a map without meaningful axes. names : (n,) hover texts.
    lines : rows whose partners are joined.
    """
    clouds = [(m, Y) for m, Y in enumerate((Y1, Y2)) if Y is not None]
    flat = clouds[0][1].shape[1] == 2
    total = sum(len(Y) for _, Y in clouds)
    traces: list[Trace] = []
    if len(lines) and Y1 is not None and Y2 is not None:
        traces.append(partner_lines(Y1[list(lines)], Y2[list(lines)]))
    for modality, Y in clouds:
        for name, chosen, marker, legend in _groups(colours):
            traces.append(_trace(Y[chosen], chosen, modality, marker, total, flat, names)
                          | {"name": name, "legendgroup": name,
                             "showlegend": legend and modality == clouds[0][0]})  # fmt: skip
    if flat:
        hidden: Trace = {} if axes else {"showticklabels": False, "ticks": ""}
        named = [{"title": {"text": axis}} for axis in axes] or [{}, {}]
        return figure(
            title,
            traces,
            xaxis=named[0] | hidden,
            yaxis=named[1] | hidden | {"scaleanchor": "x", "scaleratio": 1},
            keep=keep,
            margin={"t": 48 + 22 * (1 + len(colours.entries) // 8)},
        )
    scene: Trace = {"aspectmode": "data", "uirevision": keep}
    for letter, axis in zip("xyz", axes, strict=False):
        scene[f"{letter}axis"] = {"title": {"text": axis}}
    return figure(title, traces, xaxis={}, yaxis={}, keep=keep, scene=scene)


def _groups(colours: Colouring) -> list[tuple[str, np.ndarray, Trace, bool]]:
    """Name, rows and marker of each class; a single one if numbers are shown."""
    if colours.codes is not None:
        return [
            (name, rows, {"color": colour}, True)
            for code, (name, colour) in enumerate(colours.entries)
            if (rows := np.flatnonzero(colours.codes == code)).size
        ]
    shades = ["#" + bytes(shade).hex() for shade in colours.rgb.tolist()]
    scale = [[i / (len(colours.scale) - 1), shade] for i, shade in enumerate(colours.scale)]
    marker: Trace = {
        "color": shades, "colorscale": scale, "cmin": colours.low, "cmax": colours.high,
        "showscale": False,
    }  # fmt: skip
    return [(colours.title, np.arange(len(colours.rgb)), marker, False)]


def _trace(
    Y: np.ndarray,
    rows: np.ndarray,
    modality: int,
    marker: Trace,
    total: int,
    flat: bool,
    names: Sequence[str] | None,
) -> Trace:
    mark = "○×"[modality]
    hover = f"{mark} pair %{{customdata}}<extra></extra>"
    colour = marker["color"]
    kind = ("scattergl" if total >= GL_FROM else "scatter") if flat else "scatter3d"
    trace: Trace = {
        "type": kind,
        "customdata": rows.astype(np.int32),
        "mode": "markers",
        "opacity": 0.75,
        "hovertemplate": hover,
        "marker": marker
        | (
            {"symbol": MODALITY_SYMBOLS[modality], "size": 6, "line": {"width": 1.2,
             "color": colour}}
            if flat
            else {"symbol": SYMBOLS_3D[modality], "size": 3}
        ),
    }  # fmt: skip
    for letter, column in zip("xyz", Y.T.astype(np.float32), strict=False):
        trace[letter] = column
    if names is not None:
        trace["text"] = [names[row] for row in rows]
        trace["hovertemplate"] = f"{mark} %{{text}}<extra></extra>"
    return trace


def distances(spaces: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> go.Figure:
    """Histograms of the distances of partners and of random pairs, by name of the space.

    spaces : (distances of partners (n,), of random pairs (m,)); each space in units of the median
        distance of its random pairs, since spaces have scales of their own.
    """
    traces: list[Trace] = []
    for (name, (partners, random)), own, dash in zip(
        spaces.items(), PICTURES, DASHES, strict=False
    ):
        unit = float(np.median(random)) or 1.0
        both = np.concatenate([partners, random]) / unit
        edges = np.linspace(0, max(float(both.max()), 1e-12) * 1.02, BINS + 1)
        for what, values, colour in (
            ("partners", partners, own), ("random pairs", random, SHUFFLED),
        ):  # fmt: skip
            counts, _ = np.histogram(values / unit, edges)
            traces.append({
                "type": "scatter", "mode": "lines", "line": {"color": colour, "dash": dash,
                "shape": "hvh", "width": 2}, "x": (edges[:-1] + edges[1:]) / 2,
                "y": counts / max(len(values), 1),
                "name": what if len(spaces) == 1 else f"{what}, {name}",
                "hovertemplate": f"{what}: %{{y:.2%}} at %{{x:.3g}}<extra>{name}</extra>",
            })  # fmt: skip
    return figure(
        "Distances of partners and of random pairs",
        traces,
        xaxis={"title": {"text": "distance ÷ random median"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "share"}, "tickformat": ".0%", "rangemode": "tozero"},
        keep="distances",
    )


def ranks(spaces: Mapping[str, tuple[np.ndarray, np.ndarray]], n: int) -> go.Figure:
    """Share of the pairs whose partner has at most a rank, both ways, by name of the space.

    spaces : ranks (m,) of partners from modality 1 to 2, and from 2 to 1; 1 is the nearest of n
        points.
    """
    at = np.unique(np.round(np.geomspace(1, max(n, 2), 80)).astype(int))
    traces: list[Trace] = [{
        "type": "scatter", "mode": "lines", "x": at, "y": at / n, "name": "chance",
        "line": {"color": OTHER, "dash": "dash", "width": 1.5},
        "hovertemplate": "chance: %{y:.2%} within rank %{x:,}<extra></extra>",
    }]  # fmt: skip
    for (name, both), colour in zip(spaces.items(), PICTURES, strict=False):
        for way, found, dash in zip(("○ → ×", "× → ○"), both, DASHES, strict=True):
            share = np.searchsorted(np.sort(found), at, side="right") / len(found)
            traces.append({
                "type": "scatter", "mode": "lines", "x": at, "y": share,
                "name": way if len(spaces) == 1 else f"{way}, {name}",
                "line": {"color": colour, "dash": dash, "width": 2},
                "hovertemplate": f"{way}: %{{y:.2%}} within rank %{{x:,}}<extra>{name}</extra>",
            })  # fmt: skip
    return figure(
        "Partner among the k nearest",
        traces,
        xaxis=log_axis("number of nearest points k") | {"exponentformat": "none", "dtick": 1},
        yaxis={"title": {"text": "share of pairs"}, "tickformat": ".0%", "range": [0, 1.02]},
        keep="ranks",
    )
