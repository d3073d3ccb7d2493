"""Figures of a diagnosis: its position among the regimes, and its ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import ratio_table
from alignlab.figures.phase import COLOURS, REGIONS
from alignlab.figures.ratio_axes import (
    POPULATION,
    SAMPLE,
    crosshair,
    ratio_axis,
    reach_of,
    told,
    within,
)
from alignlab.figures.theme import DATA_SET, IN_THEORY, OTHER, OUTLINE, Trace, figure, translucent
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import SeparationRatios

_QUADRANTS: Mapping[str, tuple[int, int]] = {
    "Both": (1, 1), "CA only": (0, 1), "CP only": (1, 0), "Neither": (0, 0),
}  # fmt: skip
"""Which side of 1 the ratios of CP and CA are on."""


BADGES = {"Both": "blue", "CA only": "green", "CP only": "red", "Neither": "gray"}
"""The named Streamlit colours closest to those of the regimes."""


def regime_colour(regime: str) -> str:
    """The name of a badge's colour; orange for an undetermined regime."""
    return BADGES.get(regime, "orange")


def located(found: Diagnosis, truth: SeparationRatios | None, *, keep: str) -> go.Figure:
    """Where the ratios of CA and CP lie among the regimes, with all resamples.

    truth : the ratios of the model that generated the pairs, if there is one.
    """
    ratios = {} if found.population is None else found.population.ratios
    points = [*(ratios.get(name, 1.0) for name in ("ca", "cp")), *found.cloud[:2].ravel()]
    reach = reach_of([*points, *([truth.ca, truth.cp] if truth else [])])
    traces: list[Trace] = []
    if found.population is not None and found.sample is not None:
        traces = _points(found, reach)
    if truth is not None:
        traces.append(
            _marker(truth.cp, truth.ca, reach, "theory", {"symbol": "star", "color": IN_THEORY}, 18)
        )
    return figure(
        "Where these pairs lie",
        traces,
        xaxis=ratio_axis("Δ of CP, x → y", reach),
        yaxis=ratio_axis("Δ of CA", reach),
        keep=keep,
        shapes=[*_quadrants(reach), *crosshair()],
        annotations=_names(),
        margin={"t": 84},
    )


def _points(found: Diagnosis, reach: float) -> list[Trace]:
    assert found.population is not None
    assert found.sample is not None
    ca, cp = (within(found.cloud[row], reach) for row in (0, 1))
    inner = {"color": DATA_SET, "line": {"width": 2, "color": OUTLINE}}
    open_ = {"symbol": "circle-open", "color": DATA_SET, "line": {"width": 3}}
    at, seen = found.population.ratios, found.sample.ratios
    traces: list[Trace] = [
        {
            "type": "scatter", "x": cp, "y": ca, "mode": "markers", "hoverinfo": "skip",
            "name": "resamples", "cliponaxis": False,
            "marker": {"size": 7, "color": translucent(DATA_SET, 0.45)},
        },
        _marker(at["cp"], at["ca"], reach, POPULATION, inner, 14),
        _marker(seen["cp"], seen["ca"], reach, SAMPLE, open_, 14),
    ]  # fmt: skip
    for axis, name in (("x", "cp"), ("y", "ca")):
        low, high = (float(within(end, reach)) for end in found.intervals[name])
        if np.isnan(low):
            continue
        middle = float(within(at[name], reach))
        traces[1][f"error_{axis}"] = {
            "type": "data", "symmetric": False, "array": [max(high - middle, 0.0)],
            "arrayminus": [max(middle - low, 0.0)], "color": DATA_SET, "thickness": 2, "width": 5,
        }  # fmt: skip
    return traces


def _marker(
    x: float, y: float, reach: float, name: str, marker: Mapping[str, Any], size: int
) -> Trace:
    return {
        "type": "scatter", "x": [float(within(x, reach))], "y": [float(within(y, reach))],
        "mode": "markers", "name": name, "customdata": [[told(x), told(y)]], "cliponaxis": False,
        "marker": {"size": size, "line": {"width": 1.5, "color": OUTLINE}, **marker},
        "hovertemplate": f"{name}: Δ of CP %{{customdata[0]}}, of CA %{{customdata[1]}}"
        "<extra></extra>",
    }  # fmt: skip


def _quadrants(reach: float) -> list[dict[str, Any]]:
    ends = (1 / reach, 1.0, reach)
    return [
        {
            "type": "rect", "layer": "below", "line": {"width": 0},
            "x0": ends[i], "x1": ends[i + 1], "y0": ends[j], "y1": ends[j + 1],
            "fillcolor": translucent(REGIONS[name], 0.22),
        }
        for name, (i, j) in _QUADRANTS.items()
    ]  # fmt: skip


def _names() -> list[dict[str, Any]]:
    """The regimes' names in the outer corners."""
    return [
        {
            "text": f"<b>{name}</b>", "showarrow": False, "font": {"size": 16},
            "xref": "paper", "yref": "paper", "x": float(i), "y": float(j),
            "xanchor": "right" if i else "left", "yanchor": "top" if j else "bottom",
            "xshift": -6 if i else 6, "yshift": -4 if j else 4,
        }
        for name, (i, j) in _QUADRANTS.items()
    ]  # fmt: skip


def ratios(found: Diagnosis, truth: SeparationRatios | None, *, keep: str) -> go.Figure:
    """The three ratios with 90% intervals, and the ratios of training on these pairs."""
    table = ratio_table(found)
    known = table[["delta", "low", "high", "sample delta"]].to_numpy().ravel()
    theory = {name: getattr(truth, name) for name in OBJECTIVES} if truth else {}
    reach = reach_of([*known, *theory.values()])
    labels = [LEGENDS[name] for name in OBJECTIVES]
    traces: list[Trace] = []
    for name, row in table.iterrows():
        middle, low, high = (float(within(row[c], reach)) for c in ("delta", "low", "high"))
        bars = {} if np.isnan(low) else {
            "error_x": {
                "type": "data", "symmetric": False, "array": [high - middle],
                "arrayminus": [middle - low], "thickness": 3, "width": 8,
            }
        }  # fmt: skip
        traces.append(
            {
                "type": "scatter", "x": [middle], "y": [LEGENDS[str(name)]], "mode": "markers",
                "marker": {"size": 14, "color": COLOURS[str(name)]},
                "name": POPULATION, "showlegend": name == "ca",
                "customdata": [[told(row[c]) for c in ("delta", "low", "high")]],
                "hovertemplate": "Δ %{customdata[0]}, 90% interval "
                "%{customdata[1]} to %{customdata[2]}<extra></extra>",
                **bars,
            }
        )  # fmt: skip
    extra = [(SAMPLE, table["sample delta"].tolist(), {"symbol": "circle-open", "color": OTHER})]
    if theory:
        star = {"symbol": "star", "color": IN_THEORY}
        extra.append(("theory", list(theory.values()), star))
    for name, values, marker in extra:
        traces.append(
            {
                "type": "scatter", "x": within(np.array(values, dtype=float), reach).tolist(),
                "y": labels, "mode": "markers", "name": name, "customdata": list(map(told, values)),
                "marker": {"size": 14, "line": {"width": 2, "color": OUTLINE}, **marker},
                "hovertemplate": f"{name}: Δ %{{customdata}}<extra></extra>",
            }
        )  # fmt: skip
    return figure(
        "Δ = weakest signal / largest nuisance",
        traces,
        xaxis=ratio_axis("Δ (recovers above 1)", reach),
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "range": [-0.6, 2.6]},
        keep=keep,
        shapes=crosshair()[1:],
        margin={"l": 110},
    )
