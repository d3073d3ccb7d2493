"""A matrix as a picture."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import figure


def matrix(M: np.ndarray, *, title: str, rows: str, columns: str) -> go.Figure:
    """M (r, c) as a heat map around zero; the numbers are printed where there is room."""
    fig = figure(title, keep=title)
    reach = float(np.abs(M).max()) or 1.0
    fig.add_trace(
        go.Heatmap(
            z=M.astype(np.float32),
            x=np.arange(1, M.shape[1] + 1),
            y=np.arange(1, M.shape[0] + 1),
            zmin=-reach,
            zmax=reach,
            colorscale="RdBu",
            texttemplate="%{z:.2f}" if M.size <= 40 else None,
            hovertemplate=f"{rows} %{{y}}, {columns} %{{x}}: %{{z:.4g}}<extra></extra>",
            colorbar={"thickness": 12},
        )
    )
    fig.update_xaxes(title_text=columns, dtick=max(1, M.shape[1] // 8), showgrid=False)
    fig.update_yaxes(
        title_text=rows, dtick=max(1, M.shape[0] // 8), autorange="reversed", showgrid=False
    )
    return fig
