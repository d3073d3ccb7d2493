"""What probes find in the numbers of several methods: bars, bands along a sweep, bottlenecks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.figures.theme import OTHER, SHUFFLED, Trace, figure, translucent

SCORE_AXIS: dict[str, Any] = {"range": [0, 1.04], "title": {"text": ""}}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a method is drawn. level : whether it is a ceiling, which has no bottleneck."""

    colour: str
    dash: str = "solid"
    level: bool = False


Looks = Mapping[str, Look]


def bars(
    scores: pd.DataFrame, looks: Looks, *, columns: Mapping[str, str], chance: float, title: str,
    keep: str,
) -> go.Figure:  # fmt: skip
    """Bars of one or two scores, one row per method.

    columns : the columns of `scores` with their titles; the first has the level of chance.
    """
    names = list(scores.index)
    traces: list[Trace] = []
    axes: dict[str, Any] = {}
    width = 1 / len(columns)
    for number, (column, label) in enumerate(columns.items()):
        values = scores[column].to_numpy()
        axis = "x" if number == 0 else f"x{number + 1}"
        traces.append(
            {
                "type": "bar", "orientation": "h", "xaxis": axis, "yaxis": "y",
                "x": np.maximum(values, 0), "y": names,
                "marker": {"color": [looks[name].colour for name in names]},
                "text": [f"{value:.2f}" for value in values], "textposition": "auto",
                "textangle": 0, "insidetextanchor": "end",
                "hovertemplate": f"%{{y}}: {column} %{{text}}<extra></extra>",
            }
        )  # fmt: skip
        end = number * width + (width if number == len(columns) - 1 else width - 0.03)
        axes[axis.replace("x", "xaxis")] = {
            "range": [0, 1.02], "dtick": 0.5, "title": {"text": label}, "anchor": "y",
            "domain": [number * width + (0.03 if number else 0), end],
        }  # fmt: skip
    return figure(
        title,
        traces,
        yaxis={"autorange": "reversed", "title": {"text": ""}},
        keep=keep,
        margin={"t": 60, "l": 12 + 8 * max(map(len, names))},
        showlegend=False,
        bargap=0.25,
        shapes=[upright(chance)],
        annotations=[
            {
                "text": "chance", "x": chance, "y": 1, "yref": "paper", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 12},
            }
        ],
        **axes,
    )  # fmt: skip


def by_bottleneck(
    table: pd.DataFrame, looks: Looks, k: int, *, chance: float, keep: str
) -> go.Figure:
    """The accuracy of every method at each bottleneck, k marked."""
    ks = np.unique(table["k"])
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines" if looks[name].level else "lines+markers",
            "name": name, "x": one["k"].to_numpy(), "y": one["accuracy"].to_numpy(),
            "line": {"color": looks[name].colour, "dash": looks[name].dash, "width": 2},
            "hovertemplate": f"{name}, k = %{{x}}: %{{y:.2f}}<extra></extra>",
        }
        for name, one in table.groupby("method", sort=False)
    ]  # fmt: skip
    return figure(
        "Accuracy by bottleneck",
        [*traces, chance_line(ks, chance)],
        xaxis={"title": {"text": "bottleneck k"}, "type": "log", "tickvals": ks.tolist()},
        yaxis=SCORE_AXIS,
        keep=keep,
        shapes=[upright(k)],
        margin={"t": 92},
    )


def along(
    bands: Mapping[str, pd.DataFrame], looks: Looks, at: float, *, title: str, axis: str,
    now: Mapping[str, float], chance: float | None, keep: str, more: Sequence[Trace] = (),
) -> go.Figure:  # fmt: skip
    """A score of every method along a swept setting: medians, and bands over seeds.

    bands : columns min, median and max by swept value, of each method. at : the present value.
    now : the scores there, as diamonds. chance : a level that is drawn, or None. more : further
    traces.
    """
    traces: list[Trace] = []
    for name, one in bands.items():
        traces += _band(name, one.sort_index(), looks[name])
        if name in now:
            traces.append(
                {
                    "type": "scatter", "x": [at], "y": [now[name]], "mode": "markers",
                    "name": f"{name}, now", "showlegend": False,
                    "marker": {"size": 11, "color": looks[name].colour, "symbol": "diamond"},
                    "hovertemplate": f"{name} at the present setting: %{{y:.2f}}<extra></extra>",
                }
            )  # fmt: skip
    traces += more
    if chance is not None and bands:
        traces.append(chance_line([x for one in bands.values() for x in one.index], chance))
    return figure(
        title,
        traces,
        xaxis={"title": {"text": axis}},
        yaxis=SCORE_AXIS,
        keep=keep,
        shapes=[upright(at)],
        margin={"t": 92},
    )


def published_line(
    xs: Sequence[float], values: Sequence[float], look: Look, *, legend: str, hover: str
) -> Trace:
    """Published scores at xs (n,), squares on a thin line."""
    return {
        "type": "scatter", "x": xs, "y": values, "mode": "lines+markers", "name": legend,
        "line": {"color": look.colour, "width": 1, "dash": "dot"},
        "marker": {"symbol": "square-open", "size": 9},
        "hovertemplate": f"{hover}: %{{y:.2f}}<extra></extra>",
    }  # fmt: skip


def bands_of(table: pd.DataFrame, over: str, score: str) -> dict[str, pd.DataFrame]:
    """Least, median and largest score by swept value, of every method in the table."""
    return {
        str(name): one.groupby(over)[score].agg(["min", "median", "max"])
        for name, one in table.groupby("method", sort=False)
    }


def chance_line(xs: Sequence[float] | np.ndarray, level: float) -> Trace:
    """The level of chance from the least to the largest of xs (n,)."""
    ends = [float(np.min(xs)), float(np.max(xs))]
    return {
        "type": "scatter", "x": ends, "y": [level, level], "mode": "lines", "name": "chance",
        "line": {"color": SHUFFLED, "dash": "dashdot", "width": 1.5},
        "hovertemplate": f"chance {level:.2f}<extra></extra>",
    }  # fmt: skip


def upright(at: float) -> dict[str, Any]:
    """A dotted line over the whole height."""
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"dash": "dot", "color": OTHER, "width": 1.5},
    }  # fmt: skip


def _band(name: str, one: pd.DataFrame, look: Look) -> list[Trace]:
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
            "fillcolor": translucent(look.colour, 0.15),
        },
        common
        | {
            "y": one["median"].to_numpy(),
            "name": name,
            "mode": "lines" if look.level else "lines+markers",
            "line": {"color": look.colour, "width": 2, "dash": look.dash},
            "marker": {"size": 5},
            "hovertemplate": f"{name}, %{{x}}: %{{y:.2f}}<extra></extra>",
        },
    ]
