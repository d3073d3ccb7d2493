"""The sensitivity of a diagnosis as one setting varies, and the scores of trained heads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.figures.phase import COLOURS, DASHES, REGIONS
from alignlab.figures.ratio_axes import crosshair, ratio_axis, reach_of, told, within
from alignlab.figures.theme import (
    CLASS_COLOURS,
    DATA_SET,
    OTHER,
    OUTLINE,
    Trace,
    figure,
    translucent,
)
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES

CHECKS = {
    "labels": ("Fewer labels", "rows with a label"),
    "noise": ("Noisier labels", "noise on the labels"),
    "coarser": ("Coarser labels", "groups of labels"),
    "ridge": ("Ridge", "ridge, in units of the mean component variance"),
    "components": ("Principal components", "maximum number per view"),
}
"""The title of each check and the quantity it varies."""

ADVISED = {
    "CA": "CA", "CP": "CP", "CP reversed": "CP<br>rev.", "none": "–", "undetermined": "?",
}  # fmt: skip
"""The advice, shown above the verdicts."""


def check(table: pd.DataFrame, kind: str, *, keep: str) -> go.Figure:
    """The three ratios with 90% intervals at every value of a check, the verdicts, and above them
    the advice of held-out labels.

    table : that of `diagnosis.sensitivity.Checks.table`. Values are drawn evenly spaced.
    """
    own = table[table["kind"] == kind].reset_index(drop=True)
    title, axis = CHECKS[kind]
    columns = [f"{part}_{name}" for part in ("delta", "low", "high") for name in OBJECTIVES]
    reach = reach_of(own[columns].to_numpy(dtype=float).ravel().tolist())
    top, above = (reach * 10 ** (part * np.log10(reach)) for part in (0.14, 0.36))
    traces: list[Trace] = []
    for offset, name in zip((-0.08, 0.0, 0.08), OBJECTIVES, strict=True):
        delta, low, high = (
            within(own[f"{part}_{name}"].to_numpy(dtype=float), reach)
            for part in ("delta", "low", "high")
        )
        traces.append(
            {
                "type": "scatter", "x": own.index + offset, "y": delta, "mode": "lines+markers",
                "name": LEGENDS[name], "line": {"color": COLOURS[name], "dash": DASHES[name]},
                "marker": {"size": 8}, "customdata": list(map(told, own[f"delta_{name}"])),
                "error_y": {
                    "type": "data", "symmetric": False, "array": high - delta,
                    "arrayminus": delta - low, "thickness": 1.5, "width": 4,
                },
                "hovertemplate": f"{LEGENDS[name]}: Δ %{{customdata}}<extra></extra>",
            }
        )  # fmt: skip
    regimes = own["regime"].tolist()
    traces.append(
        {
            "type": "scatter", "x": own.index, "y": [top] * len(own), "mode": "markers",
            "marker": {
                "symbol": "square", "size": 15, "line": {"width": 1, "color": OUTLINE},
                "color": [REGIONS.get(regime, DATA_SET) for regime in regimes],
            },
            "showlegend": False, "customdata": np.stack([regimes, own["reason"]], axis=1),
            "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        }
    )  # fmt: skip
    advised = own["recommendation"].tolist()
    traces.append(
        {
            "type": "scatter", "x": own.index, "y": [above] * len(own), "mode": "text",
            "text": [f"<b>{ADVISED[one]}</b>" for one in advised], "showlegend": False,
            "customdata": [
                [told(row[name]) for name in ("gain", "low_gain", "high_gain")]
                for _, row in own.iterrows()
            ],
            "hovertemplate": "gain over the better view alone %{customdata[0]}, 90% interval "
            "%{customdata[1]} to %{customdata[2]}<extra></extra>",
        }
    )  # fmt: skip
    end = float(np.log10(reach))
    return figure(
        title,
        traces,
        xaxis={
            "title": {"text": axis}, "tickvals": own.index,
            "ticktext": [f"{value:,g}" for value in own["value"]], "range": [-0.5, len(own) - 0.5],
        },
        yaxis=ratio_axis("Δ", reach) | {"range": [-end, 1.5 * end]},
        keep=keep,
        shapes=crosshair()[:1],
    )  # fmt: skip


HEAD_COLOURS = {
    "CA (VICReg)": COLOURS["ca"], "CA (CCA)": COLOURS["ca"], "CP": COLOURS["cp"],
    "CP reversed": COLOURS["cp_reverse"], "x alone": OTHER, "y alone": OTHER,
    "x and y": CLASS_COLOURS[7],
}  # fmt: skip


def scores(table: pd.DataFrame, target: str, chance: float, *, keep: str) -> go.Figure:
    """Held-out scores of the light heads on one target: seeds, mean and standard deviation.

    table : tidy, that of `diagnosis.heads.Heads.table`.
    """
    own = table[table["target"] == target]
    metric = str(own["metric"].iloc[0])
    traces: list[Trace] = []
    for method, colour in HEAD_COLOURS.items():
        values = own.loc[own["method"] == method, "score"].to_numpy()
        if not len(values):
            continue
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        symbol = "diamond" if method == "CA (CCA)" else "circle"
        traces += [
            {
                "type": "scatter", "x": [method] * len(values), "y": values, "mode": "markers",
                "marker": {"size": 6, "color": translucent(colour, 0.45)}, "hoverinfo": "skip",
            },
            {
                "type": "scatter", "x": [method], "y": [float(values.mean())], "mode": "markers",
                "marker": {"size": 13, "color": colour, "symbol": symbol},
                "error_y": {"type": "data", "array": [spread], "thickness": 2, "width": 6},
                "hovertemplate": f"{method}: %{{y:.3f}} ± {spread:.3f}<extra></extra>",
            },
        ]  # fmt: skip
    return figure(
        f"{target}: {metric} on held-out rows",
        traces,
        xaxis={
            "categoryorder": "array", "categoryarray": list(HEAD_COLOURS),
            "tickvals": list(HEAD_COLOURS), "tickangle": 0,
            # for narrow windows
            "ticktext": [name.replace(" ", "<br>", 1) for name in HEAD_COLOURS],
        },
        yaxis={"title": {"text": metric}},
        keep=keep,
        showlegend=False,
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": chance, "y1": chance,
                "line": {"dash": "dot", "color": OTHER, "width": 2},
            }
        ],
        annotations=[
            {
                "text": "chance", "xref": "paper", "x": 1, "y": chance, "xanchor": "right",
                "yanchor": "bottom", "showarrow": False, "font": {"size": 12},
            }
        ],
    )  # fmt: skip
