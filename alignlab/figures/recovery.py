"""Figures of recovery in samples: curves along one parameter, trained encoders, bottlenecks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.figures.phase import COLOURS, DASHES, axis, level, ratios_along, upright
from alignlab.figures.theme import (
    CLASS_COLOURS,
    OTHER,
    SEQUENTIAL,
    Trace,
    figure,
    log_axis,
    translucent,
)
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.monte_carlo import Sampling
from alignlab.spiked.phase import LOG_VARIED
from alignlab.spiked.recovery import SpikedStudy

TEMPERATURES = tuple(CLASS_COLOURS[code] for code in (0, 1, 7, 8, 6))
"""Colours of trained encoders, one for each temperature."""


def experiment_figures(study: SpikedStudy, sampling: Sampling) -> dict[str, go.Figure]:
    """The figures of an experiment, by name."""
    mean, low, high = study.summary(sampling)
    thresholds = study.thresholds
    keep = f"{study.experiment} {study.over} {study.values[0]} {study.values[-1]}"
    styles = {name: (LEGENDS[name], COLOURS[name], DASHES[name]) for name in OBJECTIVES}

    def curves(title: str, columns: dict, unit: str, *, log_y: bool = False) -> go.Figure:
        return along(
            mean, low, high, study.population_curve, columns, title=title, unit=unit,
            thresholds=thresholds, log_y=log_y, keep=keep,
        )  # fmt: skip

    unit = "distance to the shared subspace"
    if study.experiment == "joint":
        style = {"distance": ("joint objective", COLOURS["ca"], "solid")}
        return {"joint": curves("From prediction to alignment", style, unit)}
    if study.experiment == "soft":
        style = {
            "norm": ("norm of CA's encoders", COLOURS["ca"], "solid"),
            "bound": ("bound 2/φ<sub>k</sub>", OTHER, "dash"),
        }
        return {"soft": curves("The cost of a weak direction", style, "norm²", log_y=True)}
    if study.experiment == "errors":
        titles = {
            "total": ("Error of predicting y", "E‖y − ŷ‖²"),
            "signal": ("Error on the noiseless signal", "E‖z − ŷ<sub>z</sub>‖²"),
            "distance": ("Subspace distance", unit),
        }
        return {
            kind: curves(
                title,
                {
                    "ca " + kind: ("CA + probe", COLOURS["ca"], "solid"),
                    "cp " + kind: ("CP", COLOURS["cp"], "solid"),
                },
                of,
            )
            for kind, (title, of) in titles.items()
        }
    theory, floor = study.theory, sampling.floors
    ratios = {name: theory[f"delta {name}"].tolist() for name in OBJECTIVES}
    marks = [(at, COLOURS[name]) for name, at in thresholds.items()]
    return {
        "distance": curves("Recovery in samples", styles, unit),
        "ratios": ratios_along(
            study.values, ratios, parameter=study.over, marks=marks, keep=keep
        ),
        "values ca": values_and_floor(theory, floor[0], "ca", study.n, keep=keep),
        "values cp": values_and_floor(theory, floor[1], "cp", study.n, keep=keep),
    }  # fmt: skip


def along(
    mean: pd.DataFrame,
    low: pd.DataFrame,
    high: pd.DataFrame,
    population: pd.DataFrame,
    columns: Mapping[str, tuple[str, str, str]],
    *,
    title: str,
    unit: str,
    thresholds: Mapping[str, float],
    log_y: bool,
    keep: str,
) -> go.Figure:
    """Sample means with bands from the 10th to the 90th percentile; the population dotted.

    columns : name, colour and line style of each column of the frames.
    thresholds : where Delta = 1 in theory, by objective.
    """
    parameter = str(mean.index.name)
    shapes = [upright(value, COLOURS[name]) for name, value in thresholds.items()]
    if parameter in LOG_VARIED and mean.index[0] == 0 and len(mean) > 1:
        # a logarithmic axis has no 0
        levels = [float(mean[column].iloc[0]) for column in columns]
        shapes += [level(height) for height in levels if np.isfinite(height)]
        mean, low, high = (frame.iloc[1:] for frame in (mean, low, high))
        population = population[population.index > 0]
    x = mean.index.to_numpy()
    traces: list[Trace] = []
    for column, (name, colour, dash) in columns.items():
        common = {"type": "scatter", "x": x, "legendgroup": name}
        edge = common | {
            "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False,
        }  # fmt: skip
        traces += [
            edge | {"y": low[column], "name": f"{name}, 10th percentile"},
            edge
            | {
                "y": high[column], "name": f"{name}, 90th percentile", "fill": "tonexty",
                "fillcolor": translucent(colour, 0.18),
            },
            common
            | {
                "y": mean[column], "name": name, "mode": "lines+markers",
                "line": {"color": colour, "width": 2.5, "dash": dash}, "marker": {"size": 4},
                "hovertemplate": "%{y:.3g}",
            },
            common
            | {
                "x": population.index, "y": population[column], "name": f"{name}, n → ∞",
                "mode": "lines",
                "line": {"color": colour, "width": 1.5, "dash": "dot"}, "showlegend": False,
                "hovertemplate": "%{y:.3g}",
            },
        ]  # fmt: skip
    y: dict[str, Any] = {"title": {"text": unit}}
    return figure(
        title,
        traces,
        xaxis=axis(parameter, (x[0], x[-1])),
        yaxis=log_axis(unit) | {"exponentformat": "none", "dtick": 1} if log_y else y,
        keep=keep,
        hovermode="x unified",
        shapes=shapes,
        margin={"t": 76},
    )


def values_and_floor(
    theory: pd.DataFrame, floor: np.ndarray, objective: str, n: int, *, keep: str
) -> go.Figure:
    """The weakest signal and the strongest nuisance value, the latter also in samples.

    floor : (len(theory),), the strongest nuisance value in samples of n pairs.
    """
    x = theory.index.to_numpy()
    symbols = ("ρ", "ν", "C") if objective == "ca" else ("τ", "ξ", "A")
    lines = {
        f"weakest signal, min {symbols[0]}": (
            theory[f"signal {objective}"],
            COLOURS[objective],
            "solid",
        ),
        f"strongest nuisance, max {symbols[1]}": (theory[f"nuisance {objective}"], OTHER, "solid"),
        f"strongest nuisance in samples, n = {n:,}": (floor, CLASS_COLOURS[6], "dash"),
    }
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "name": name,
            "line": {"color": colour, "width": 2.5, "dash": dash}, "hovertemplate": "%{y:.3g}",
        }
        for name, (y, colour, dash) in lines.items()
    ]  # fmt: skip
    return figure(
        f"Singular values of {symbols[2]}, {LEGENDS[objective]}",
        traces,
        xaxis=axis(str(theory.index.name), (x[0], x[-1])),
        yaxis={"title": {"text": "singular value"}, "rangemode": "tozero"},
        keep=keep,
        hovermode="x unified",
        margin={"t": 76},
    )


def trained(table: pd.DataFrame, closed: pd.DataFrame, *, keep: str) -> go.Figure:
    """Subspace distances of trained encoders (columns), with those of the closed forms."""
    x = table.index.to_numpy()
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": closed[name], "name": LEGENDS[name],
            "line": {"color": COLOURS[name], "width": 2, "dash": "dot"},
            "hovertemplate": "%{y:.3g}",
        }
        for name in ("ca", "cp")
    ]  # fmt: skip
    traces += [
        {
            "type": "scatter", "mode": "lines+markers", "x": x, "y": table[name], "name": name,
            "line": {"color": colour, "width": 2.5}, "marker": {"size": 6},
            "hovertemplate": "%{y:.3g}",
        }
        for name, colour in zip(table, TEMPERATURES, strict=False)
    ]  # fmt: skip
    return figure(
        "Trained InfoNCE and the closed forms",
        traces,
        xaxis=axis(str(table.index.name), (x[0], x[-1])),
        yaxis={"title": {"text": "distance to the shared subspace"}, "range": [0, 1.03]},
        keep=keep,
        hovermode="x unified",
        margin={"t": 76},
    )


def bottleneck(counts: np.ndarray, rank_xy: int, *, keep: str) -> go.Figure:
    """Counts (k + 1, k + 1) of shared dimensions by the ranks of y (rows) and x, for one rank_xy.

    counts : whole numbers from 0 to k.
    """
    size = len(counts)
    traces: list[Trace] = [
        {
            "type": "heatmap", "z": counts.tolist(), "x": list(range(size)),
            "y": list(range(size)), "text": counts.tolist(), "texttemplate": "%{text}",
            "colorscale": SEQUENTIAL, "zmin": 0, "zmax": size - 1, "showscale": False,
            "hovertemplate": "r<sub>x</sub> = %{x}, r<sub>y</sub> = %{y}: %{z} shared"
            "<extra></extra>",
        }
    ]  # fmt: skip
    return figure(
        f"Non-zero canonical correlations, r<sub>xy</sub> = {rank_xy}",
        traces,
        xaxis={"title": {"text": "rank of x's channel r<sub>x</sub>"}, "dtick": 1},
        yaxis={"title": {"text": "rank of y's channel r<sub>y</sub>"}, "dtick": 1},
        keep=keep,
    )


def falling_ranks(views: Sequence[int], counts: Sequence[int], k: int, *, keep: str) -> go.Figure:
    """Dimensions shared by all of N views of ranks k, k - 1, ..., as bars."""
    traces: list[Trace] = [
        {
            "type": "bar", "x": list(views), "y": list(counts), "marker": {"color": COLOURS["ca"]},
            "text": [str(count) for count in counts], "textposition": "outside",
            "hovertemplate": "%{x} views: %{y} shared<extra></extra>",
        }
    ]  # fmt: skip
    return figure(
        f"Shared by all of N views of ranks {k}, {k - 1}, …",
        traces,
        xaxis={"title": {"text": "views N"}, "dtick": 1},
        yaxis={"title": {"text": "shared dimensions"}, "dtick": 1, "range": [0, k + 0.5]},
        keep=keep,
    )
