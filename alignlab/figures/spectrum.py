"""Singular values, with the directions that were taken marked."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import CHOSEN, CLASS_COLOURS, OTHER, figure


def spectrum(
    values: np.ndarray, k: int, rcond: float, *, title: str, keep: str = "spectrum"
) -> go.Figure:
    """Singular values (d,) in descending order on a log axis, the last k of them marked.

    Zeros are drawn on the floor of the axis. A dashed line shows the cutoff `rcond * values[0]`
    below which a value counts as zero.
    """
    fig = figure(title, keep=keep)
    index = np.arange(1, len(values) + 1)
    floor = max(values[0], np.finfo(float).tiny) * 1e-18
    heights = np.maximum(values, floor)
    taken = index > len(values) - k
    for name, chosen, colour, symbol in (
        ("other directions", ~taken, CLASS_COLOURS[0], "circle"),
        (f"the {k} directions taken", taken, CHOSEN, "star"),
    ):
        fig.add_trace(
            go.Scatter(
                x=index[chosen],
                y=heights[chosen],
                customdata=values[chosen],
                mode="markers",
                name=name,
                marker={"color": colour, "symbol": symbol, "size": 9},
                hovertemplate="σ<sub>%{x}</sub> = %{customdata:.4g}<extra></extra>",
            )
        )
    fig.add_hline(
        y=max(rcond * values[0], floor),
        line={"dash": "dash", "color": OTHER, "width": 1},
        annotation={"text": "counts as zero below", "font": {"size": 12}},
        annotation_position="bottom right",
    )
    fig.update_xaxes(title_text="index i of the singular value", rangemode="tozero")
    fig.update_yaxes(title_text="σᵢ of [X₁, −X₂]", type="log", exponentformat="power")
    return fig
