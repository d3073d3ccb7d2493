"""Singular values, with the directions used by the aligner marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import CHOSEN, CLASS_COLOURS, OTHER, figure


def spectrum(
    values: np.ndarray,
    k: int,
    rcond: float,
    *,
    title: str,
    of: str = "[X₁, −X₂]",
    keep: str = "spectrum",
    last: bool = True,
) -> go.Figure:
    """Singular values (d,) in descending order on a log axis, k of them marked.

    last : whether the aligner uses the smallest directions; otherwise the largest are marked.

    Zeros are drawn at the bottom of the axis. A dashed line shows the cutoff `rcond * values[0]`
    below which a value counts as zero.
    """
    index = np.arange(1, len(values) + 1)
    floor = max(values[0], 1e-280) * 1e-18  # above 0, also where all values are 0
    heights = np.maximum(values, floor)
    taken = index > len(values) - k if last else index <= k
    traces = [
        {
            "type": "scatter",
            "x": index[chosen],
            "y": heights[chosen],
            "customdata": values[chosen],
            "mode": "markers",
            "name": name,
            "marker": {"color": colour, "symbol": symbol, "size": 9},
            "hovertemplate": "σ<sub>%{x}</sub> = %{customdata:.4g}<extra></extra>",
        }
        for name, chosen, colour, symbol in (
            ("other directions", ~taken, CLASS_COLOURS[0], "circle"),
            (f"the {k} directions used", taken, CHOSEN, "star"),
        )
    ]
    cutoff = max(rcond * values[0], floor)
    right = 1.07 * len(values)
    traces.append(
        {
            "type": "scatter", "x": [0, right], "y": [cutoff, cutoff], "mode": "lines",
            "name": "counts as zero below", "hoverinfo": "skip",
            "line": {"dash": "dash", "color": OTHER, "width": 1},
        }
    )  # fmt: skip
    # ends in whole decades, which stay while the values change a little
    bottom = np.floor(np.log10(min(heights.min(), cutoff)) - 0.3)
    top = np.ceil(np.log10(max(heights[0], cutoff)) + 0.3)
    return figure(
        title,
        traces,
        xaxis={
            "title": {"text": "index i of the singular value"},
            "range": [0, right],
            "dtick": max(1, len(values) // 8),
        },
        yaxis={
            "title": {"text": f"σᵢ of {of}"},
            "type": "log",
            "range": [bottom, top],
            "exponentformat": "power",
            "dtick": 3,
        },
        keep=keep,
    )
