"""Heat maps of a matrix."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import DIVERGING, SEQUENTIAL, figure


def matrix(M: np.ndarray, *, title: str, rows: str, columns: str) -> go.Figure:
    """M (r, c) as a heat map centred at zero; small matrices show their numbers."""
    reach = float(np.abs(M).max()) or 1.0
    heat = {
        "type": "heatmap",
        "z": M.astype(np.float32),
        "x": np.arange(1, M.shape[1] + 1),
        "y": np.arange(1, M.shape[0] + 1),
        "zmin": -reach,
        "zmax": reach,
        "colorscale": DIVERGING,
        "texttemplate": "%{z:.2f}" if M.size <= 40 else "",
        "hovertemplate": f"{rows} %{{y}}, {columns} %{{x}}: %{{z:.4g}}<extra></extra>",
        "colorbar": {"thickness": 12},
    }
    axes = [
        {"title": {"text": text}, "dtick": max(1, size // 8), "showgrid": False}
        for text, size in ((columns, M.shape[1]), (rows, M.shape[0]))
    ]
    return figure(
        title, [heat], xaxis=axes[0], yaxis={**axes[1], "autorange": "reversed"}, keep=title
    )


def distances(M: np.ndarray, *, title: str, names: str, most: float) -> go.Figure:
    """M (v, v), non-negative, as a heat map with its numbers; rows and columns are the same items.

    most : the value of the brightest colour, so that figures can be compared.
    """
    index = [str(i + 1) for i in range(len(M))]
    heat = {
        "type": "heatmap",
        "z": M.astype(np.float32),
        "x": index,
        "y": index,
        "zmin": 0,
        "zmax": most,
        "colorscale": SEQUENTIAL,
        "text": [[f"{value:.2g}" for value in row] for row in M],
        "texttemplate": "%{text}",
        "hovertemplate": f"{names} %{{y}}, {names} %{{x}}: %{{text}}<extra></extra>",
        "showscale": False,  # each cell has its number
    }
    axis = {"showgrid": False, "type": "category", "title": {"text": names}}
    return figure(title, [heat], xaxis=axis, yaxis={**axis, "autorange": "reversed"}, keep=title)
