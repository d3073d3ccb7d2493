"""Clouds of points in a plane: one latent, one modality, or two modalities with partners joined."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import (
    CLASS_COLOURS,
    LATENT_SYMBOL,
    MODALITY_SYMBOLS,
    OTHER,
    VIEW_SYMBOLS,
    Trace,
    as_drawn,
    class_colour,
    figure,
)
from alignlab.projection import SPREAD

GL_FROM = 3000
"""Clouds of at least this many points are drawn with WebGL."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """The classes, row ids and names of the points of a cloud.

    labels : (n,) codes into `classes`, or None; rows : (n,) the row ids that a selection sends.
    names : (n,) hover texts in a figure of pairs; None shows class and row id.
    """

    labels: np.ndarray | None
    classes: Sequence[str]
    rows: np.ndarray
    names: Sequence[str] | None = None

    def by_class(self) -> Iterator[tuple[int, str, np.ndarray]]:
        """Code, name as drawn and positions of each class; one class if there are no labels."""
        if self.labels is None:
            yield 0, "all pairs", np.arange(len(self.rows))
            return
        for code, name in enumerate(self.classes):
            yield code, as_drawn(name), np.flatnonzero(self.labels == code)


def cloud(
    points: np.ndarray,
    who: Members,
    *,
    title: str,
    axes: Sequence[str],
    modality: int | None = None,
    selected: Collection[int] = (),
    legend: bool = True,
    keep: str = "view",
) -> go.Figure:
    """The points (n, 2) coloured by class; `modality` 1 or 2 chooses the symbol, None the latent's.

    selected : row ids to highlight, all others are faded; empty for no highlight.
    """
    symbol = LATENT_SYMBOL if modality is None else MODALITY_SYMBOLS[modality - 1]
    traces = [
        _points(points[chosen], who.rows[chosen], code, name, symbol, len(points), selected)
        for code, name, chosen in who.by_class()
    ]
    return _square(title, traces, axes, keep, legend)


def pairs(
    points1: np.ndarray,
    points2: np.ndarray,
    who: Members,
    *,
    title: str,
    axes: Sequence[str],
    lines: int,
    selected: Collection[int] = (),
    keep: str = "view",
    reach: float | None = None,
) -> go.Figure:
    """Clouds points1 and points2 (n, 2) in one plane, the first `lines` partners joined.

    reach : both axes run from -reach to reach; None for the range of the points.
    """
    ends = np.arange(len(points1))
    if selected:  # the lines of the others would hide the selection
        ends = np.flatnonzero(np.isin(who.rows, list(selected)))
    traces = [partner_lines(points1[ends[:lines]], points2[ends[:lines]])]
    total = 2 * len(points1)
    for code, name, chosen in who.by_class():
        for modality, points in enumerate((points1, points2)):
            symbol = MODALITY_SYMBOLS[modality]
            trace = _points(points[chosen], who.rows[chosen], code, name, symbol, total, selected)
            trace |= {"legendgroup": name, "showlegend": modality == 0}
            if who.names is not None:
                trace["text"] = [who.names[at] for at in chosen]
                trace["hovertemplate"] = f"{'○×'[modality]} %{{text}}<extra></extra>"
            traces.append(trace)
    return _square(title, traces, axes, keep, reach=reach)


def many(
    clouds: Sequence[np.ndarray], who: Members, *, title: str, axes: Sequence[str], keep: str
) -> go.Figure:
    """Several clouds (n, 2) in one plane, coloured by class, a symbol for each view."""
    total = sum(map(len, clouds))
    traces = []
    for code, name, chosen in who.by_class():
        for view, points in enumerate(clouds):
            symbol = VIEW_SYMBOLS[view % len(VIEW_SYMBOLS)]
            trace = _points(points[chosen], who.rows[chosen], code, name, symbol, total, ())
            trace |= {"legendgroup": name, "showlegend": view == 0}
            traces.append(trace)
    return _square(title, traces, axes, keep)


def partner_line_coordinates(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    """(3 n, d): the two ends of each pair of points1 and points2 (n, d) and a gap, as one line."""
    ends = np.stack([points1, points2, np.full_like(points1, np.nan)], axis=1)
    return ends.reshape(-1, points1.shape[1]).astype(np.float32)


def partner_lines(points1: np.ndarray, points2: np.ndarray) -> Trace:
    """The lines between the partners points1 and points2, (n, 2) or (n, 3)."""
    ends = partner_line_coordinates(points1, points2)
    return {
        "type": "scatter" if ends.shape[1] == 2 else "scatter3d",
        **dict(zip("xyz", ends.T, strict=False)),
        "mode": "lines",
        "line": {"color": OTHER, "width": 1},
        "opacity": 0.6,
        "name": "partners",
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _points(
    points: np.ndarray,
    rows: np.ndarray,
    code: int,
    name: str,
    symbol: str,
    total: int,
    selected: Collection[int],
) -> Trace:
    colour = class_colour(code)
    trace: Trace = {
        "type": "scattergl" if total >= GL_FROM else "scatter",
        "x": points[:, 0].astype(np.float32),
        "y": points[:, 1].astype(np.float32),
        "customdata": rows.astype(np.int32),
        "mode": "markers",
        "name": name,
        "marker": {
            "symbol": symbol,
            "size": 7 if symbol.startswith("x-thin") else 6,
            "color": colour,
            "line": {"width": 1.2, "color": colour},
        },
        "opacity": 0.75,
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 0.08}},
        "hovertemplate": f"{name}, pair %{{customdata}}<br>(%{{x:.4g}}, %{{y:.4g}})<extra></extra>",
    }
    if selected:
        trace["selectedpoints"] = np.flatnonzero(np.isin(rows, list(selected)))
    return trace


def _narrow(traces: Sequence[Trace], axis: str) -> dict[str, Any]:
    """Room for the long numbers at an axis that spans rounding errors only."""
    farthest = max((float(np.nanmax(np.abs(t[axis]), initial=0.0)) for t in traces), default=0.0)
    return {"exponentformat": "e", "automargin": True, "nticks": 4} if farthest < 1e-3 else {}


def _square(
    title: str,
    traces: Sequence[Trace],
    axes: Sequence[str],
    keep: str,
    legend: bool = True,
    reach: float | None = None,
) -> go.Figure:
    """Equal scales on both axes, except for a spread; no legend if there are many classes."""
    equal = {} if axes[1] == SPREAD else {"scaleanchor": "x", "scaleratio": 1}
    ends = {} if reach is None else {"range": [-reach, reach]}
    classes = {trace["name"] for trace in traces if trace.get("showlegend", True)}
    rows = 0 if not legend else 1 if len(classes) <= 4 else 2
    return figure(
        title,
        traces,
        xaxis={"title": {"text": axes[0]}, **ends, **_narrow(traces, "x")},
        yaxis={"title": {"text": axes[1]}, **equal, **ends, **_narrow(traces, "y")},
        keep=keep,
        showlegend=legend and len(classes) <= len(CLASS_COLOURS),
        margin={"t": 48 + 22 * rows},
    )
