"""Figures of human activity: t-SNE of paired embeddings, accuracies, an animated sequence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.scatter import Members, pairs
from alignlab.figures.theme import (
    CHOSEN,
    GREYS,
    OTHER,
    SEQUENTIAL,
    Trace,
    aligner_colour,
    channels,
    class_colour,
    figure,
    with_frames,
)
from alignlab.har.dataset import ACTIONS, BONES, MODALITIES, UNITS, Activity, on_clock
from alignlab.har.methods import METHODS
from alignlab.har.protocol import ProtocolResult
from alignlab.maps import PairMap

PLAYED = 40
"""Frames of an animated sequence."""

OF_OTHERS = 0.3
"""Opacity of the marks that are not selected."""

AXES = ("t-SNE 1", "t-SNE 2")

AS_SIGNALS = ("skeleton", "inertial")

_ALIGNERS = {
    "ca": "contrastive", "ca_pa": "perfect_alignment", "ca_informative": "informative_alignment",
    "ca_cca": "cca", "ca_procrustes": "procrustes",
}  # fmt: skip

METHOD_COLOURS = {name: aligner_colour(aligner) for name, aligner in _ALIGNERS.items()} | {
    "ceiling": OTHER
}
"""Each method in the colour of its aligner on the other pages."""


def action_colour(action: int, chosen: Sequence[int]) -> str:
    """The colour of an action among those that are shown."""
    return class_colour(sorted(chosen).index(action))


def action_colours(actions: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    """The same for many actions (n,): (n, 3) uint8, red, green and blue."""
    order = sorted(chosen)
    shades = [channels(action_colour(action, order)) for action in order]
    return np.array(shades, dtype=np.uint8)[np.searchsorted(order, actions)]


def sequence_names(result: ProtocolResult, rows: np.ndarray) -> list[str]:
    """Hover texts of rows (n,) of a result."""
    return [
        f"{ACTIONS[result.actions[row] - 1]}, subject {result.subjects[row]}, trial "
        f"{result.trials[row]}"
        for row in rows
    ]


def pictures(
    maps: Mapping[tuple[str, int], PairMap],
    result: ProtocolResult,
    rows: np.ndarray,
    actions: Sequence[int],
    *,
    selected: Collection[int] = (),
    keep: str,
) -> dict[tuple[str, int], go.Figure]:
    """t-SNE maps by method and seed; source a circle, target a cross, colour the action.

    rows : (n,) rows of the result in the order of the maps, also the row ids of selections.
    """
    order = sorted(actions)
    who = Members(
        labels=np.searchsorted(order, result.actions[rows]),
        classes=[ACTIONS[action - 1] for action in order],
        rows=rows,
        names=sequence_names(result, rows),
    )
    found, several = {}, len({seed for _, seed in maps}) > 1
    for (method, seed), one in maps.items():
        name = METHODS[method].label + (f", t-SNE seed {seed}" if several else "")
        apart = f"pair distance {one.total:,.0f}, {one.relative:.3f} of random"
        title = f"{name}<br><span style='font-size: 14px'>{apart}</span>"
        drawn = pairs(
            one.Y1, one.Y2, who, title=title, axes=AXES, lines=len(rows), selected=selected,
            keep=f"{keep} {method} {seed}",
        )  # fmt: skip
        drawn.update_layout(
            margin={"t": drawn.layout.margin.t + 26, "l": 48},
            title={"y": 0.94, "yanchor": "top"},
        )
        # the others stay visible, since they are clicked one after another
        drawn.update_traces(unselected={"marker": {"opacity": OF_OTHERS}}, selector=_is_mark)
        found[method, seed] = drawn
    return found


def accuracies(result: ProtocolResult, figure_name: str = "top-1") -> go.Figure:
    """The accuracy of every method for every seed, the means, and chance."""
    table = result.table()
    methods = [name for name in METHODS if name in set(table["method"])]
    labels = [METHODS[name].label for name in methods]
    traces: list[Trace] = []
    for seed, of_seed in table.groupby("seed"):
        found = of_seed.set_index("method")[figure_name].reindex(methods)
        traces.append(
            {
                "type": "scatter", "mode": "lines+markers", "x": (100 * found).tolist(),
                "y": labels, "line": {"color": OTHER, "width": 1},
                "marker": {"color": [METHOD_COLOURS[name] for name in methods], "size": 8},
                "hovertemplate": f"seed {seed}: %{{x:.1f}} %<extra>%{{y}}</extra>",
                "name": f"seed {seed}", "opacity": 0.7,
            }
        )  # fmt: skip
    means = table.groupby("method")[figure_name].mean().reindex(methods)
    traces.append(
        {
            "type": "scatter", "mode": "markers", "x": (100 * means).tolist(), "y": labels,
            "marker": {
                "symbol": "line-ns-open", "size": 24, "line": {"width": 3},
                "color": [METHOD_COLOURS[name] for name in methods],
            },
            "hovertemplate": "mean %{x:.1f} %<extra>%{y}</extra>", "name": "mean",
        }
    )  # fmt: skip
    return figure(
        f"{figure_name} on D_Test, one line per seed",
        traces,
        xaxis={"title": {"text": "% of D_Test"}, "range": [0, 102]},
        yaxis={"title": {"text": ""}, "autorange": "reversed", "automargin": True},
        keep="accuracies",
        showlegend=False,
        shapes=[_upright(100 * result.chance)],
        annotations=[
            {
                "x": 100 * result.chance, "y": 1, "yref": "paper", "text": "chance",
                "showarrow": False, "xanchor": "left", "yanchor": "bottom",
                "font": {"size": 12},
            }
        ],
    )  # fmt: skip


def action_by_action(
    labels: Sequence[str], actions: Sequence[int], accuracy: np.ndarray
) -> go.Figure:
    """A heat map of accuracy (methods, actions), one row for each action."""
    return figure(
        "Top-1 by action, %",
        [
            {
                "type": "heatmap", "z": (100 * accuracy.T).astype(np.float32), "x": list(labels),
                "y": [ACTIONS[action - 1] for action in actions], "zmin": 0, "zmax": 100,
                "colorscale": SEQUENTIAL, "texttemplate": "%{z:.0f}", "xgap": 1, "ygap": 1,
                "colorbar": {"thickness": 12, "ticksuffix": " %"},
                "hovertemplate": "%{y}, %{x}: %{z:.0f} %<extra></extra>",
            }
        ],
        xaxis={"title": {"text": ""}, "tickangle": 30, "automargin": True},
        yaxis={"title": {"text": ""}, "autorange": "reversed", "automargin": True},
        keep="action by action",
        margin={"t": 44},
    )  # fmt: skip


def losses(by_seed: Mapping[int, Sequence[float]], epochs: int) -> go.Figure:
    """The InfoNCE loss of every seed by epoch."""
    return figure(
        "InfoNCE on D_Align",
        [
            {
                "type": "scatter", "mode": "lines", "x": list(range(1, len(values) + 1)),
                "y": list(values), "name": f"seed {seed}",
                "line": {"color": class_colour(at), "width": 2},
                "hovertemplate": f"seed {seed}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
            }
            for at, (seed, values) in enumerate(by_seed.items())
        ],
        xaxis={"title": {"text": "epoch"}, "range": [0, epochs]},
        yaxis={"title": {"text": "mean loss over batches"}, "rangemode": "tozero"},
        keep="losses",
        showlegend=True,
    )  # fmt: skip


def played(activity: Activity, source: str, target: str, *, play: bool) -> go.Figure:
    """An animated sequence: both modalities, each on its own time from 0 to 1.

    play : whether it starts by itself, which happens once for each sequence.
    """
    times = np.linspace(0, 1, PLAYED)
    views = [_view(activity, name) for name in (source, target)]
    data: list[Trace] = []
    moving: list[list[Trace]] = [[] for _ in times]
    traces_moving: list[int] = []
    layout: dict[str, Any] = {}
    for column, (still, frames, axes) in enumerate(views):
        left, right = ((0.0, 0.38), (0.5, 1.0))[column]
        suffix = str(column + 1) if column else ""
        placed = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        for name, axis in axes.items():
            layout[f"{name}{suffix}"] = axis | (
                {"domain": [left, right], "anchor": f"y{suffix}"}
                if name == "xaxis"
                else {"anchor": f"x{suffix}"}
            )
            if "scaleanchor" in axis:
                layout[f"{name}{suffix}"]["scaleanchor"] = f"x{suffix}"
        data += [trace | placed for trace in still]
        traces_moving += range(len(data), len(data) + len(frames[0]))
        data += [trace | placed for trace in frames[0]]
        for at, of_frame in enumerate(frames):
            moving[at] += [_changing(trace) for trace in of_frame]
    names = [MODALITIES[name] for name in (source, target)]
    drawn = figure(
        f"{activity.label}, subject {activity.subject}, trial {activity.trial}",
        data,
        keep=f"played {activity.name} {source} {target}",
        showlegend=True,
        legend={"x": 0.5, "y": 1.08, "traceorder": "normal"},
        meta={"play": f"{activity.name} {source} {target}"} if play else {},
        margin={"t": 96},
        annotations=[
            {
                "x": x, "y": 1.0, "xref": "paper", "yref": "paper", "text": name,
                "showarrow": False, "xanchor": "left", "yanchor": "bottom", "font": {"size": 12},
            }
            for x, name in zip((0.0, 0.5), names, strict=True)
        ],
        **layout,
    )  # fmt: skip
    frames_drawn = [
        {"name": f"{100 * time:.0f} %", "data": of_frame, "traces": traces_moving}
        for time, of_frame in zip(times, moving, strict=True)
    ]
    return with_frames(drawn, frames_drawn)


View = tuple[list[Trace], list[list[Trace]], dict[str, Any]]
"""Static traces, traces of each frame, and both axes."""


def _view(activity: Activity, modality: str) -> View:
    if modality == "skeleton":
        return _skeleton(activity)
    if modality in AS_SIGNALS:
        return _signals(activity)
    return _frames(activity, modality)


def _skeleton(activity: Activity) -> View:
    """Joints and bones in the camera's plane."""
    joints = on_clock(activity.modalities["skeleton"], PLAYED)[:, :, :2]
    low, high = joints.min(axis=(0, 1)) - 0.1, joints.max(axis=(0, 1)) + 0.1
    gap = np.full((PLAYED, len(BONES), 1, 2), np.nan, dtype=np.float32)
    ends = np.concatenate([joints[:, np.array(BONES)], gap], axis=2).reshape(PLAYED, -1, 2)
    frames = [
        [
            {
                "type": "scatter", "mode": "lines+markers", "x": at[:, 0], "y": at[:, 1],
                "line": {"color": class_colour(0), "width": 3}, "marker": {"size": 4},
                "showlegend": False, "hoverinfo": "skip",
            }
        ]
        for at in ends
    ]  # fmt: skip
    axes = {
        "xaxis": {"title": {"text": "x, m"}, "range": [float(low[0]), float(high[0])]},
        "yaxis": {
            "title": {"text": "y, m"}, "range": [float(low[1]), float(high[1])],
            "scaleanchor": "x", "scaleratio": 1,
        },
    }  # fmt: skip
    return [], frames, axes


def _signals(activity: Activity) -> View:
    """Acceleration and angular rate over time, with a moving time mark."""
    signal = np.asarray(activity.modalities["inertial"], dtype=np.float32)
    time = np.linspace(0, 1, len(signal), dtype=np.float32)
    scales = (1.0, 100.0)
    still: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "x": time,
            "y": signal[:, 3 * kind + axis] / scales[kind],
            "name": f"{('a', 'ω')[kind]}<sub>{'xyz'[axis]}</sub>",
            "line": {"color": class_colour(axis), "width": 1.5, "dash": ("solid", "dot")[kind]},
            "hoverinfo": "skip",
        }
        for kind in range(2)
        for axis in range(3)
    ]  # fmt: skip
    low, high = (float(f([trace["y"] for trace in still], axis=None)) for f in (np.min, np.max))
    frames = [
        [
            {
                "type": "scatter", "mode": "lines", "x": [float(at)] * 2, "y": [low, high],
                "line": {"color": CHOSEN, "width": 2}, "showlegend": False, "hoverinfo": "skip",
            }
        ]
        for at in np.linspace(0, 1, PLAYED)
    ]  # fmt: skip
    axes = {
        "xaxis": {"title": {"text": "fraction of the sequence"}, "range": [0, 1]},
        "yaxis": {"title": {"text": "a in g, ω in 100 deg/s"}},
    }
    return still, frames, axes


def _frames(activity: Activity, modality: str) -> View:
    """Small frames, the mean of their channels."""
    array = np.asarray(activity.modalities[modality])
    array = array.mean(axis=-1) if array.ndim == 4 else array
    at = np.linspace(0, len(array) - 1, PLAYED).round().astype(int)
    low, high = float(array.min()), float(array.max())
    frames = [
        [
            {
                "type": "heatmap", "z": array[frame].astype(np.float32), "colorscale": GREYS,
                "reversescale": True, "zmin": low, "zmax": high, "showscale": False,
                "hovertemplate": f"%{{z:.0f}} ({UNITS[modality]})<extra></extra>",
            }
        ]
        for frame in at
    ]  # fmt: skip
    axes = {
        "xaxis": {"title": {"text": "pixels"}, "constrain": "domain"},
        "yaxis": {
            "title": {"text": ""}, "autorange": "reversed", "scaleanchor": "x", "scaleratio": 1,
            "constrain": "domain",
        },
    }  # fmt: skip
    return [], frames, axes


def _is_mark(trace: Any) -> bool:
    return trace.mode == "markers"


def _changing(trace: Trace) -> Trace:
    """What of a trace changes from frame to frame."""
    return {name: trace[name] for name in ("type", "x", "y", "z") if name in trace}


def _upright(at: float) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": OTHER, "width": 1, "dash": "dot"},
    }  # fmt: skip
