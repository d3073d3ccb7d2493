"""Figures of the phase diagram: regimes, an operating point, and an animation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from scipy.ndimage import distance_transform_edt

from alignlab.figures.theme import (
    ALIGNER_COLOURS,
    CLASS_COLOURS,
    IN_THEORY,
    INNER_OUTLINE,
    INVISIBLE,
    OTHER,
    OUTLINE,
    Shared,
    Trace,
    figure,
    log_axis,
    translucent,
    with_frames,
)
from alignlab.names import AXES, LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.phase import LOG_VARIED, Boundaries, Plane
from alignlab.spiked.theory import REGIMES, SeparationRatios

COLOURS = {
    "ca": ALIGNER_COLOURS["CCA"], "cp": ALIGNER_COLOURS["CP"],
    "cp_reverse": ALIGNER_COLOURS["CP reversed"],
}  # fmt: skip

DASHES = {"ca": "solid", "cp": "solid", "cp_reverse": "dash"}
"""Line styles of the objectives along a parameter."""

REGIONS = {
    "Both": CLASS_COLOURS[0], "CA only": COLOURS["ca"], "CP only": COLOURS["cp"], "Neither": OTHER,
}  # fmt: skip

LABEL_SHARE = 0.01
"""A regime is named in the figure if it fills at least this share of the plane."""


def axis(parameter: str, ends: Sequence[float] | None = None) -> dict[str, Any]:
    """The axis of a parameter, with limits if `ends` are given."""
    log = parameter in LOG_VARIED and (ends is None or min(ends) > 0)
    found = log_axis(AXES[parameter]) if log else {"title": {"text": AXES[parameter]}}
    if log:
        found |= {"exponentformat": "none", "dtick": 1}
    if ends is None:
        return found
    low, high = float(min(ends)), float(max(ends))
    return found | {"range": [np.log10(low), np.log10(high)] if log else [low, high]}


def phase_diagram(
    plane: Plane,
    curves: Boundaries,
    *,
    here: tuple[float, float],
    named: Mapping[str, tuple[float, float]],
    keep: str,
) -> go.Figure:
    """The regimes over a plane; a click on cell (i, j) of its grid sends `i * len(xs) + j`.

    plane : the values of the hover; curves : the exact borders.
    here : the operating point; named : further points by their label.
    """
    traces = [*_regions(curves, plane.prediction), _cells(plane), *_borders(plane, curves)]
    traces.append(
        {
            "type": "scatter", "x": [here[0]], "y": [here[1]], "mode": "markers",
            "name": "operating point", "hoverinfo": "skip", "cliponaxis": False,
            "marker": {"symbol": "star", "size": 18, "color": IN_THEORY,
                       "line": {"width": 1.5, "color": OUTLINE}},
        }
    )  # fmt: skip
    if named:
        xs, ys = zip(*named.values(), strict=True)
        right = [x > (curves.xs[0] + curves.xs[-1]) / 2 for x in xs]
        traces.append(
            {
                "type": "scatter", "x": xs, "y": ys, "mode": "markers+text",
                "text": [f" {name} " for name in named],
                "textposition": [f"middle {'left' if far else 'right'}" for far in right],
                "textfont": {"size": 12}, "showlegend": False, "hoverinfo": "skip",
                "marker": {"symbol": "diamond", "size": 9, "color": OUTLINE,
                           "line": {"width": 1, "color": INNER_OUTLINE}},
            }
        )  # fmt: skip
    return figure(
        "What CA and CP recover",
        traces,
        **_axes(curves),
        keep=keep,
        annotations=_labels(plane, [here, *named.values()]),
        margin={"t": 72},
    )


def moving_diagram(
    frames: Sequence[tuple[float, Plane, Boundaries]], symbol: str, *, start: int, keep: str
) -> go.Figure:
    """The regimes as the parameter `symbol` takes the values of the frames, animated client-side.

    start : the index of the frame that is shown first.
    """
    drawn = []
    for value, plane, curves in frames:
        traces = [*_regions(curves, plane.prediction), *_borders(plane, curves)]
        data = [{key: trace[key] for key in ("x", "y")} for trace in traces]
        drawn.append(
            {
                "name": f"{symbol} = {value:.3g}",
                "data": data,
                "traces": list(range(len(data))),
                "layout": {"annotations": _labels(plane)},
            }
        )
    _, plane, curves = frames[0]
    whole = figure(
        f"Play {symbol} from {frames[0][0]:.3g} to {frames[-1][0]:.3g}",
        [*_regions(curves, plane.prediction), *_borders(plane, curves)],
        **_axes(curves),
        keep=keep,
        annotations=_labels(plane),
        margin={"t": 72},
        meta={"start": start},
    )
    return with_frames(whole, drawn)


def singular_values(found: SeparationRatios, *, keep: str) -> go.Figure:
    """The spectra of C, A and A reversed at an operating point, signal and nuisance coloured."""
    parts = {
        "ca": ("C: ρ and ν", found.rho, found.nu),
        "cp": ("A: τ and ξ", found.tau, found.xi),
        "cp_reverse": ("A reversed", found.tau_reverse, found.xi_reverse),
    }
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    shapes, annotations = [], []
    for at, (name, (title, signal, nuisance)) in enumerate(parts.items()):
        values = np.concatenate([nuisance, signal])
        order = np.argsort(-values, kind="stable")  # nuisance first where they tie
        ranks = 1 + np.arange(values.size)
        is_signal = order >= nuisance.size
        number = "" if at == 0 else str(at + 1)
        for chosen, label, colour in (
            (is_signal, f"signal, {LEGENDS[name]}", COLOURS[name]),
            (~is_signal, "nuisance", OTHER),
        ):
            traces.append(
                {
                    "type": "bar", "x": ranks[chosen], "y": values[order][chosen], "name": label,
                    "marker": {"color": colour}, "xaxis": f"x{number}", "yaxis": f"y{number}",
                    "legendgroup": label, "showlegend": label != "nuisance" or at == 0,
                    "hovertemplate": f"{label} value %{{y:.4g}}, rank %{{x}}<extra></extra>",
                }
            )  # fmt: skip
        last = at == len(parts) - 1
        domain = [1 - (at + 0.8) / 3, 1 - (at + 0.12) / 3]
        layout[f"xaxis{number}"] = {
            "anchor": f"y{number}", "title": {"text": "rank" if last else ""},
            "showticklabels": last, "range": [0.4, values.size + 0.6],
        }  # fmt: skip
        layout[f"yaxis{number}"] = {
            "anchor": f"x{number}", "domain": domain, "range": [0, _above(values.max())],
            "nticks": 4,
        }  # fmt: skip
        kept = signal.size + 0.5
        shapes += [
            {
                "type": "line", "xref": f"x{number}", "yref": f"y{number} domain",
                "x0": kept, "x1": kept, "y0": 0, "y1": 1,
                "line": {"dash": "dot", "color": OTHER},
            }
        ]  # fmt: skip
        annotations.append(
            {
                "text": f"<b>{LEGENDS[name]}</b>, {title}", "x": 0, "y": domain[1],
                "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 13},
            }
        )  # fmt: skip
    return figure(
        "Singular values at the operating point",
        traces,
        keep=keep,
        shapes=shapes,
        annotations=annotations,
        barmode="overlay",
        bargap=0.15,
        margin={"t": 76, "l": 40},
        **layout,
    )


def _above(largest: float) -> float:
    """The end of an axis above the largest value; it stays while that changes a little."""
    power = 10.0 ** np.floor(np.log10(largest)) if largest > 0 else 1.0
    ends = power * np.array([1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10, 12])
    return float(ends[ends > 1.02 * largest][0])


def ratios_along(
    values: Sequence[float],
    ratios: Mapping[str, Sequence[float]],
    *,
    parameter: str,
    marks: Sequence[tuple[float, str]],
    keep: str,
) -> go.Figure:
    """Separation ratios (by objective) along one parameter, on a logarithmic axis.

    marks : values of the parameter with a vertical line, and the colours of the lines.
    """
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "x": values, "y": ratios[name],
            "name": f"Δ {LEGENDS[name]}",
            "line": {"color": COLOURS[name], "width": 2.5, "dash": DASHES[name]},
            "hovertemplate": "%{y:.3g}",
        }
        for name in OBJECTIVES
    ]  # fmt: skip
    return figure(
        f"Separation ratios along {AXES[parameter]}",
        traces,
        xaxis=axis(parameter, (values[0], values[-1])),
        yaxis=log_axis("Δ, recovery above 1") | {"exponentformat": "none", "dtick": 1},
        keep=keep,
        hovermode="x unified",
        shapes=[level(1.0), *(upright(*mark) for mark in marks)],
        margin={"t": 76},
    )


def level(y: float, yref: str = "y") -> dict[str, Any]:
    """A dotted horizontal line at y."""
    return {
        "type": "line", "xref": "x domain", "yref": yref, "x0": 0, "x1": 1, "y0": y, "y1": y,
        "line": {"dash": "dot", "color": OTHER, "width": 1.5},
    }  # fmt: skip


def upright(x: float, colour: str) -> dict[str, Any]:
    """A dotted vertical line at x."""
    return {
        "type": "line", "xref": "x", "yref": "y domain", "x0": x, "x1": x, "y0": 0, "y1": 1,
        "line": {"dash": "dot", "color": colour, "width": 2},
    }  # fmt: skip


def _borders(plane: Plane, curves: Boundaries) -> list[Trace]:
    """The curves `Delta = 1`, without the parts along the edge of the plane.

    The direction of prediction that does not define the regimes is dashed.
    """
    traces = []
    for name in OBJECTIVES:
        solid = name in ("ca", plane.prediction)
        y = np.array(getattr(curves, name))
        inside = (y > curves.low) & (y < curves.high)
        near = inside.copy()  # and the points where a curve meets the edge
        near[1:] |= inside[:-1]
        near[:-1] |= inside[1:]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": curves.xs.astype("f4"),
                "y": np.where(near, y, np.nan).astype("f4"), "name": f"Δ {LEGENDS[name]} = 1",
                "line": {"color": COLOURS[name], "width": 3 if solid else 2,
                         "dash": "solid" if solid else "dash"},
                "hoverinfo": "skip",
            }
        )  # fmt: skip
    return traces


def _regions(curves: Boundaries, prediction: str) -> list[Trace]:
    """One filled area for each regime, empty if it has none."""
    traces = []
    for regime in REGIMES:
        low, high = curves.region(regime, prediction)
        high = np.maximum(low, high)
        traces.append(
            {
                "type": "scatter", "mode": "none", "fill": "toself", "name": regime,
                "x": np.concatenate([curves.xs, curves.xs[::-1]]).astype("f4"),
                "y": np.concatenate([low, high[::-1]]).astype("f4"),
                "fillcolor": translucent(REGIONS[regime], 0.3), "hoverinfo": "skip",
                "showlegend": False,  # its name is in the picture
            }
        )  # fmt: skip
    return traces


@lru_cache(maxsize=8)
def _told(plane: Plane) -> Shared:
    """What the hover tells of each cell, after the number of the cell that a click sends."""
    shape = plane.codes.shape
    spectra = plane.spectra
    numbers = [
        np.broadcast_to(values, shape)
        for values in (
            spectra.rho.min(-1), spectra.nu.max(-1), spectra.tau.min(-1), spectra.xi.max(-1),
        )
    ]  # fmt: skip
    deltas = [plane.ca, plane.cp, plane.cp_reverse]
    return Shared(
        [
            [
                int(i * shape[1] + j),
                _called(REGIMES[plane.codes[i, j]], plane.prediction),
                *("∞" if np.isinf(delta[i, j]) else f"{delta[i, j]:.3g}" for delta in deltas),
                *(f"{values[i, j]:.3g}" for values in numbers),
            ]
            for j in range(shape[1])
        ]
        for i in range(shape[0])
    )


def _cells(plane: Plane) -> Trace:
    """An invisible grid for the hover and for clicks."""
    return {
        "type": "heatmap", "x": plane.xs, "y": plane.ys, "z": plane.codes.tolist(),
        "customdata": _told(plane), "colorscale": [[0, INVISIBLE], [1, INVISIBLE]],
        "showscale": False, "name": "",
        "hovertemplate": "<b>%{customdata[1]}</b> at (%{x:.3g}, %{y:.3g})<br>"
        "Δ CA %{customdata[2]}: ρ %{customdata[5]}, ν %{customdata[6]}<br>"
        "Δ CP %{customdata[3]}: τ %{customdata[7]}, ξ %{customdata[8]}<br>"
        "Δ CP reversed %{customdata[4]}<extra></extra>",
    }  # fmt: skip


def _labels(plane: Plane, taken: Sequence[tuple[float, float]] = ()) -> list[dict[str, Any]]:
    """The regimes' names, each placed where its area is widest, away from the points `taken`."""
    found = []
    free = np.ones(plane.codes.shape, dtype=bool)
    columns = len(plane.xs)
    for x, y in taken:
        j, i = int(np.abs(plane.xs - x).argmin()), int(np.abs(plane.ys - y).argmin())
        reach = columns // 3  # room for the label of the point
        left = slice(max(j - reach, 0), j + 2) if 2 * j > columns else slice(j, j + reach)
        free[max(i - 1, 0) : i + 2, left] = False
    log_x, log_y = plane.over_x in LOG_VARIED, plane.over_y in LOG_VARIED
    for code, regime in enumerate(REGIMES):
        if (plane.codes == code).mean() < LABEL_SHARE:
            continue
        inside = np.pad(plane.codes == code, 1)
        inside[1:-1, 1:-1] &= free
        if not inside.any():
            continue
        # a name is wider than it is high
        room = distance_transform_edt(inside, sampling=(1, 0.4))[1:-1, 1:-1]
        i, j = np.unravel_index(room.argmax(), room.shape)
        column, row = plane.xs[j], plane.ys[i]
        found.append(
            {
                "x": float(np.log10(column) if log_x else column),
                "y": float(np.log10(row) if log_y else row),
                "text": f"<b>{_called(regime, plane.prediction)}</b>", "showarrow": False,
                "font": {"size": 17},
            }
        )  # fmt: skip
    return found


def _called(regime: str, prediction: str) -> str:
    return "CP reversed only" if (regime, prediction) == ("CP only", "cp_reverse") else regime


def _axes(curves: Boundaries) -> dict[str, Any]:
    return {
        "xaxis": axis(curves.over_x, (curves.xs[0], curves.xs[-1])) | {"showgrid": False},
        "yaxis": axis(curves.over_y, (curves.low, curves.high)) | {"showgrid": False},
    }
