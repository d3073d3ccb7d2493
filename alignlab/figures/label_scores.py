"""Held-out scores of every representation: dots with intervals, and curves by dimension."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from alignlab.diagnosis.advice import OBJECTIVES
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import label_score_table, score_curves
from alignlab.figures.phase import COLOURS
from alignlab.figures.theme import CLASS_COLOURS, OTHER, Trace, figure, translucent

ROW_COLOURS = {
    "x alone": OTHER, "y alone": OTHER, "x and y": CLASS_COLOURS[7], "CA": COLOURS["ca"],
    "CP": COLOURS["cp"], "CP reversed": COLOURS["cp_reverse"], "CA of x": COLOURS["ca"],
    "CA of y": COLOURS["ca"],
}  # fmt: skip
"""Representations from top to bottom; untrained ones are grey, violet for both views."""

CURVES = {"CA": "solid", "CP": "solid", "CP reversed": "dash"}

LEVELS = {"x alone": "dot", "y alone": "dash", "x and y": "dashdot"}

EQUAL, BEST = "at equal dimension", "at its best dimension"


def dots(found: Diagnosis, *, keep: str) -> go.Figure:
    """The score of every representation with its 90% interval, at equal and at best dimension."""
    assert found.scores is not None
    scores, table = found.scores, label_score_table(found)
    traces: list[Trace] = []
    said: set[str] = set()
    for method, row in table.loc[list(ROW_COLOURS)].iterrows():
        told = method in OBJECTIVES  # the legend has the colour of a trained method
        for part, name in (("", f"{EQUAL}, k = {scores.k}"), ("best ", BEST)):
            if part and row["best k"] == row["k"]:
                continue
            shown = told and name not in said
            said |= {name} if told else set()
            traces.append(_dot(str(method), row, part, name, shown))
    labels = list(ROW_COLOURS)
    return figure(
        f"Held-out {scores.metric}, {scores.rows:,} labelled rows",
        traces,
        xaxis={"title": {"text": scores.metric}},
        yaxis={
            "categoryorder": "array", "categoryarray": labels[::-1], "range": [-0.6, 7.6],
            "automargin": True,
        },
        keep=keep,
        shapes=[_chance(scores, "x")],
        annotations=[
            {
                "text": "chance", "x": scores.chance, "yref": "paper", "y": 1, "xanchor": "left",
                "yanchor": "top", "showarrow": False, "font": {"size": 12}, "xshift": 3,
            }
        ],
        margin={"l": 96},
    )  # fmt: skip


def _dot(method: str, row: pd.Series, part: str, name: str, shown: bool) -> Trace:
    best, colour = part == "best ", ROW_COLOURS[method]
    value, low, high = (float(row[f"{part}{end}"]) for end in ("score", "low", "high"))
    return {
        "type": "scatter", "x": [value], "y": [method], "mode": "markers", "name": name,
        "legendgroup": name, "showlegend": shown,
        "marker": {
            "size": 9 if best else 11, "color": colour, "line": {"width": 2},
            "symbol": "circle-open" if best else "circle",
        },
        "error_x": {
            "type": "data", "array": [high - value], "thickness": 1.5 if best else 3,
            "width": 4 if best else 7, "color": colour,
        },
        "customdata": [[f"{value:.3f}", f"{low:.3f}", f"{high:.3f}", int(row[f"{part}k"])]],
        "hovertemplate": "%{y}, k = %{customdata[3]}: %{customdata[0]}, 90% interval "
        "%{customdata[1]} to %{customdata[2]}<extra></extra>",
    }  # fmt: skip


def by_dimension(found: Diagnosis, *, keep: str) -> go.Figure:
    """The score of CA, CP and CP reversed by dimension k, with 90% bands.

    Horizontal lines are the scores of untrained views. The hover gives the share of both views'
    score above chance.
    """
    assert found.scores is not None
    scores, table = found.scores, score_curves(found)
    whole = float(scores.values[scores.place("x and y")]) - scores.chance
    traces: list[Trace] = []
    for method, dash in CURVES.items():
        own = table[table["method"] == method].sort_values("k")
        k, colour = own["k"].tolist(), ROW_COLOURS[method]
        kept = ["not known" if whole <= 0 else f"{(score - scores.chance) / whole:.0%}"
                for score in own["score"]]  # fmt: skip
        traces += [
            {
                "type": "scatter", "x": [*k, *k[::-1]],
                "y": [*own["high"], *own["low"][::-1]], "fill": "toself", "mode": "lines",
                "fillcolor": translucent(colour, 0.18), "line": {"width": 0}, "hoverinfo": "skip",
                "legendgroup": method, "showlegend": False, "name": f"{method}, 90%",
            },
            {
                "type": "scatter", "x": k, "y": own["score"].tolist(), "mode": "lines+markers",
                "name": method, "legendgroup": method, "line": {"color": colour, "dash": dash},
                "marker": {"size": 8}, "customdata": kept,
                "hovertemplate": f"{method}, k = %{{x}}: %{{y:.3f}}, %{{customdata}} of both "
                "views' score above chance<extra></extra>",
            },
        ]  # fmt: skip
    ticks = _ticks(k, scores.k)
    ends = [float(table["k"][table["method"] == "CA"].min()), float(max(k))]
    for method, dash in LEVELS.items():
        level = float(scores.values[scores.place(method)])
        traces.append(
            {
                "type": "scatter", "x": ends, "y": [level, level], "mode": "lines", "name": method,
                "line": {"color": ROW_COLOURS[method], "dash": dash, "width": 2},
                "hovertemplate": f"{method}, untrained: %{{y:.3f}}<extra></extra>",
            }
        )  # fmt: skip
    return figure(
        "Score by trained dimension k",
        traces,
        xaxis={
            "title": {"text": "dimension k"}, "type": "log", "tickangle": 0,
            "tickvals": ticks, "ticktext": [str(one) for one in ticks],
        },
        yaxis={"title": {"text": scores.metric}},
        keep=keep,
        shapes=[_chance(scores, "y"), _equal(scores)],
        margin={"t": 104},
    )  # fmt: skip


def _ticks(dimensions: list[int], k: int) -> list[int]:
    """The dimensions labelled on a logarithmic axis, far enough apart not to overlap.

    k, at which methods are compared, comes first, then the largest.
    """
    kept: list[int] = []
    for one in (k, *sorted(dimensions, reverse=True)):
        if all(max(one, other) >= 1.5 * min(one, other) for other in kept):
            kept.append(one)
    return sorted(kept)


def _chance(scores: LabelScores, axis: str) -> dict[str, Any]:
    other = "y" if axis == "x" else "x"
    return {
        "type": "line", f"{axis}0": scores.chance, f"{axis}1": scores.chance,
        f"{other}ref": "paper", f"{other}0": 0, f"{other}1": 1,
        "line": {"dash": "dot", "color": OTHER, "width": 2},
    }  # fmt: skip


def _equal(scores: LabelScores) -> dict[str, Any]:
    """The dimension at which methods are compared."""
    return {
        "type": "line", "x0": scores.k, "x1": scores.k, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": OTHER, "width": 1},
    }  # fmt: skip
