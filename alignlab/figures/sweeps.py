"""Figures of sweeps: curves with bands, the twelve panels of Figure 4, maps of two fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import (
    CLASS_COLOURS,
    OTHER,
    SEQUENTIAL,
    Trace,
    aligner_colour,
    figure,
    log_axis,
    translucent,
)
from alignlab.names import ALIGNER_NAMES, FIELD_AXES

FLOOR = 1e-17
"""Where zeros are drawn on a logarithmic axis."""

LINEAR = ("retrieval", "kept_norm", "ncmae")
"""Metrics between 0 and about 1: their axes are linear, all others logarithmic."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A metric of one aligner along a sweep: mean and band over seeds, each (values,).

    held_out : whether this is the held-out curve beside one of the fitted pairs.
    """

    aligner: str
    held_out: bool
    x: Sequence[float]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curves(
    lines: Sequence[Curve],
    *,
    metric: str,
    label: str,
    over: str,
    log: bool,
    marks: Mapping[str, float],
    chance: Mapping[str, Sequence[float]],
    keep: str,
) -> go.Figure:
    """One metric along one sweep, a line and a band for each aligner; held out is dashed.

    marks : thresholds of the swept field by name, drawn as vertical lines.
    chance : chance levels at each value, by name; empty if there are none.
    """
    traces = [trace for line in lines for trace in _line(line, metric, "x", "y")]
    traces += [
        {
            "type": "scatter", "x": lines[0].x, "y": level, "mode": "lines", "name": name,
            "line": {"color": OTHER, "dash": dash}, "hovertemplate": "%{y:.3g}",
        }
        for (name, level), dash in zip(chance.items(), ("dot", "dashdot"), strict=False)
    ]  # fmt: skip
    x = log_axis(FIELD_AXES[over]) if log else {"title": {"text": FIELD_AXES[over]}}
    shown = _within(marks, lines[0].x)
    return figure(
        label,
        traces,
        xaxis=x,
        yaxis={"rangemode": "tozero"} if metric in LINEAR else _powers(_common_range(lines)),
        keep=keep,
        hovermode="x unified",
        margin={"t": 48 + 22 * (1 + len(lines) // 4), "l": 60},
        shapes=[_upright(value, "x", "y domain") for value in shown.values()],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class PanelOfFigure4:
    """One of the twelve panels: its place, its content, and the number that a click sends."""

    row: int
    column: int
    number: int
    over: str
    metric: str
    label: str
    log: bool
    lines: Sequence[Curve]
    marks: Mapping[str, float]


def figure_4(panels: Sequence[PanelOfFigure4], *, keep: str) -> go.Figure:
    """Panels in a grid; those of one column share their x axis and hover.

    All panels of one metric have the same range, so that rounding noise is not magnified.
    """
    rows, columns = (1 + max(getattr(p, side) for p in panels) for side in ("row", "column"))
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    annotations, shapes = [], []
    ranges = {
        p.metric: _common_range([line for q in panels if q.metric == p.metric for line in q.lines])
        for p in panels
    }
    for panel in panels:
        x, y = _axis("x", panel.column + 1), _axis("y", panel.row * columns + panel.column + 1)
        top = 1 - panel.row / rows
        domain = [top - 0.86 / rows, top - 0.1 / rows]
        left = panel.column / columns
        for line in panel.lines:
            drawn = _line(line, panel.metric, x, y)
            first = panel.row == panel.column == 0
            traces += [
                trace
                | {"showlegend": first and trace.get("showlegend", True)}
                | _hover(panel, trace)
                | {"customdata": [panel.number] * len(line.x), "legendgroup": line.aligner}
                for trace in drawn
            ]
        title = FIELD_AXES[panel.over] if panel.row == rows - 1 else ""
        layout[x.replace("x", "xaxis")] = {
            **(log_axis(title) if panel.log else {"title": {"text": title}}),
            "domain": [left, left + 0.96 / columns],
            "anchor": _axis("y", (rows - 1) * columns + panel.column + 1),
            "tickfont": {"size": 12},
            "hoverformat": ".4~g",
        }
        layout[y.replace("y", "yaxis")] = {
            **_powers(ranges[panel.metric]),
            "domain": domain,
            "anchor": x,
            "showticklabels": panel.column == 0,
            "tickfont": {"size": 12},
        }
        annotations.append(
            {
                "text": f"<b>{panel.label}</b>", "x": left, "y": domain[1],
                "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 12},
            }
        )  # fmt: skip
        within = _within(panel.marks, panel.lines[0].x)
        shapes += [_upright(value, x, f"{y} domain") for value in within.values()]
    return figure(
        "Robustness analysis",
        traces,
        keep=keep,
        annotations=annotations,
        shapes=shapes,
        hovermode="x unified",
        hoversubplots="axis",
        margin={"t": 64, "l": 48},
        **layout,
    )


def heat_map(
    values: np.ndarray,
    *,
    x: str,
    xs: Sequence[float],
    log_x: bool,
    y: str,
    ys: Sequence[float],
    log_y: bool,
    metric: str,
    label: str,
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    keep: str,
) -> go.Figure:
    """The values (ys, xs) of a metric over two swept fields.

    A click on cell (i, j) sends `i * len(xs) + j`.

    lines : curves in that plane, by name.
    """
    titles = FIELD_AXES[x], FIELD_AXES[y]
    log = metric not in LINEAR
    heights = np.log10(np.maximum(values, FLOOR)) if log else values
    known = heights[np.isfinite(heights)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    ticks = np.unique(np.round(np.linspace(low, high, 7))) if log else None
    heat: Trace = {
        "type": "heatmap",
        "x": xs,  # cell centres, so that the hover gives the swept value itself
        "y": ys,
        "z": heights.astype(np.float32),
        "customdata": np.arange(values.size).reshape(values.shape).tolist(),
        "text": [
            [
                f"{titles[0]}: {at_x:.4g}<br>{titles[1]}: {at_y:.4g}<br>{label}: {value:.3g}"
                for at_x, value in zip(xs, row, strict=True)
            ]
            for at_y, row in zip(ys, values, strict=True)
        ],
        "hovertemplate": "%{text}<extra>click to align these pairs</extra>",
        "hoverongaps": False,
        "colorscale": SEQUENTIAL,
        "colorbar": {"title": {"text": label}, "thickness": 14}
        | (
            {"tickvals": ticks.tolist(), "ticktext": [f"10<sup>{int(t)}</sup>" for t in ticks]}
            if ticks is not None
            else {}
        ),
    }
    dashes = ("solid", "dash", "dot")
    traces: list[Trace] = [heat] + [
        {
            "type": "scatter",
            "x": at_x,
            "y": at_y,
            "mode": "lines",
            "name": name,
            "line": {"color": CLASS_COLOURS[3], "width": 3, "dash": dash},
            "hoverinfo": "skip",
        }
        for (name, (at_x, at_y)), dash in zip(lines.items(), dashes, strict=False)
        if ((min(xs) <= at_x) & (at_x <= max(xs)) & (min(ys) <= at_y) & (at_y <= max(ys))).any()
    ]
    axes = [
        (log_axis(title) if log_it else {"title": {"text": title}})
        | {"range": _range(_edges(values, log_it), log_it), "showgrid": False}
        for title, log_it, values in zip(titles, (log_x, log_y), (xs, ys), strict=True)
    ]
    margin = {"t": 80, "r": 48}  # room for the mode bar beside the colour bar
    return figure(
        f"{label}, mean over seeds", traces, xaxis=axes[0], yaxis=axes[1], keep=keep, margin=margin
    )


def _line(line: Curve, metric: str, x: str, y: str) -> list[Trace]:
    """The band and the mean of a curve on the axes x and y."""
    colour = aligner_colour(line.aligner)
    name = ALIGNER_NAMES[line.aligner] + (", held out" if line.held_out else "")
    floor = -np.inf if metric in LINEAR else FLOOR
    common = {"type": "scatter", "xaxis": x, "yaxis": y, "x": line.x, "legendgroup": name}
    edge = common | {
        "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    return [
        edge | {"y": np.maximum(line.low, floor), "name": f"{name}, 10th percentile"},
        edge
        | {
            "y": np.maximum(line.high, floor),
            "name": f"{name}, 90th percentile",
            "fill": "tonexty",
            "fillcolor": translucent(colour, 0.1 if line.held_out else 0.18),
        },
        common
        | {
            "y": np.maximum(line.mean, floor),
            "name": name,
            "mode": "lines+markers",
            "line": {"color": colour, "width": 2, "dash": "dash" if line.held_out else "solid"},
            "marker": {"color": colour, "size": 5},
            "hovertemplate": "%{y:.3g}",
        },
    ]


def _hover(panel: PanelOfFigure4, trace: Trace) -> Trace:
    """The hover of a mean when several panels respond at once; bands have none."""
    if "hovertemplate" not in trace:
        return {}
    return {"hovertemplate": f"{panel.label}, {trace['name']}: %{{y:.3g}}<extra></extra>"}


def _common_range(lines: Sequence[Curve]) -> list[float]:
    """The range of all curves in powers of ten, at least one decade, so that rounding is flat."""
    heights = np.concatenate([part for line in lines for part in _ends(line)])
    heights = np.log10(np.maximum(heights[np.isfinite(heights)], FLOOR))
    if not heights.size:
        return [0.0, 1.0]
    room = max(0.05 * np.ptp(heights), (1 - np.ptp(heights)) / 2)
    return [float(heights.min() - room), float(heights.max() + room)]


def _powers(ends: list[float]) -> dict[str, Any]:
    """A logarithmic axis between two exponents, labelled at whole powers if the range has any."""
    decades = ends[1] - ends[0]
    step = {"dtick": max(1, round(decades / 5))} if decades > 2 else {}
    return log_axis("") | {"range": ends} | step


def _ends(line: Curve) -> tuple[np.ndarray, np.ndarray]:
    return np.minimum(line.low, line.mean), np.maximum(line.high, line.mean)


def _axis(letter: str, number: int) -> str:
    return letter if number == 1 else f"{letter}{number}"


def _upright(value: float, x: str, y: str) -> dict[str, Any]:
    return {
        "type": "line", "xref": x, "yref": y, "x0": value, "x1": value, "y0": 0, "y1": 1,
        "line": {"dash": "dot", "color": OTHER, "width": 1.5},
    }  # fmt: skip


def _within(marks: Mapping[str, float], values: Sequence[float]) -> dict[str, float]:
    return {name: at for name, at in marks.items() if min(values) <= at <= max(values)}


def _edges(values: Sequence[float], log: bool) -> np.ndarray:
    """Cell borders halfway between the values, in the logarithm on a logarithmic axis."""
    at = np.log(values) if log else np.asarray(values, dtype=float)
    if len(at) == 1:
        at = np.array([at[0] - 0.5, at[0] + 0.5])
    else:
        inner = (at[1:] + at[:-1]) / 2
        at = np.array([2 * at[0] - inner[0], *inner, 2 * at[-1] - inner[-1]])
    return np.exp(at) if log else at


def _range(edges: np.ndarray, log: bool) -> list[float]:
    return [float(np.log10(e)) if log else float(e) for e in (edges[0], edges[-1])]
