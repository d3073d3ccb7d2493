"""The generative model as a figure: z -> S -> x -> A -> zhat (Figure 1 of the papers)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.scatter import Members
from alignlab.figures.theme import LATENT_SYMBOL, MODALITY_SYMBOLS, OTHER, class_colour, figure

_CELLS = {  # axis number: (x domain, y domain, title)
    1: ([0.0, 0.22], [0.2, 0.8], "z, the latent"),
    2: ([0.39, 0.61], [0.58, 1.0], "x⁽¹⁾ = S⁽¹⁾z"),
    3: ([0.39, 0.61], [0.0, 0.40], "x⁽²⁾ = S⁽²⁾z"),
    4: ([0.78, 1.0], [0.2, 0.8], "ẑ⁽¹⁾ and ẑ⁽²⁾"),
}
_ARROWS = (  # tip in paper coordinates, tail in pixels from it, text
    (0.345, 0.76, -48, 36, "S⁽¹⁾"),
    (0.345, 0.24, -48, -36, "S⁽²⁾"),
    (0.735, 0.62, -48, -36, "A⁽¹⁾"),
    (0.735, 0.38, -48, 36, "A⁽²⁾"),
)


def pipeline(
    *,
    latent: np.ndarray,
    modality1: np.ndarray,
    modality2: np.ndarray,
    estimates: Sequence[np.ndarray],
    who: Members,
    noisy: bool,
) -> go.Figure:
    """Five clouds (n, 2) of the same items: latent, modality1, modality2 and both estimates."""
    groups = [(1, latent, LATENT_SYMBOL)]
    groups += zip((2, 3), (modality1, modality2), MODALITY_SYMBOLS, strict=True)
    groups += zip((4, 4), estimates, MODALITY_SYMBOLS, strict=True)
    traces = [
        {
            "type": "scatter",
            "x": points[chosen, 0].astype(np.float32),
            "y": points[chosen, 1].astype(np.float32),
            "xaxis": f"x{axis}",
            "yaxis": f"y{axis}",
            "mode": "markers",
            "name": name,
            "legendgroup": name,
            "showlegend": axis == 1,
            "marker": {
                "symbol": symbol,
                "size": 4,
                "color": class_colour(code),
                "line": {"width": 1, "color": class_colour(code)},
            },
            "opacity": 0.7,
            "hoverinfo": "skip",
        }
        for code, name, chosen in who.by_class()
        for axis, points, symbol in groups
    ]
    axes: dict[str, dict[str, Any]] = {}
    annotations = []
    for axis, (x_domain, y_domain, title) in _CELLS.items():
        number = "" if axis == 1 else axis
        small = {"tickfont": {"size": 12}, "nticks": 4}
        axes[f"xaxis{number}"] = {"domain": x_domain, "anchor": f"y{axis}", **small}
        axes[f"yaxis{number}"] = {"domain": y_domain, "anchor": f"x{axis}", **small}
        noise = " + σε" if noisy and axis in (2, 3) else ""
        annotations.append(
            {
                "text": f"<b>{title}{noise}</b>", "x": x_domain[0], "y": y_domain[1],
                "xref": "paper", "yref": "paper",
                "xanchor": "left", "yanchor": "bottom", "showarrow": False,
            }
        )  # fmt: skip
    for x, y, ax, ay, text in _ARROWS:
        annotations.append(
            {
                "text": text, "x": x, "y": y, "xref": "paper", "yref": "paper", "ax": ax, "ay": ay,
                "arrowcolor": OTHER, "arrowwidth": 2, "arrowhead": 3,
            }
        )  # fmt: skip
    return figure(
        "From one latent to two modalities and back",
        traces,
        keep="pipeline",
        legend={"y": -0.12, "yanchor": "top"},
        margin={"t": 60},
        annotations=annotations,
        **axes,
    )
