"""Recovery in samples over the phase plane, with the theory curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.phase import axis
from alignlab.figures.theme import NOISE_FLOOR, OVER_MAP, OVER_MAP_GROUND, SEQUENTIAL, Trace, figure


def recovery_map(
    share: np.ndarray,
    kappas: Sequence[float],
    nus: Sequence[float],
    *,
    title: str,
    of: str,
    theory: np.ndarray,
    floor: np.ndarray | None,
    keep: str,
) -> go.Figure:
    """The recovered share (nus, kappas), from 0 to 1, over the (kappa, nu) plane.

    of : the name of the recovered share, for the hover.
    theory : curves (any number, len(kappas)) of nu; below each, one more direction is recovered.
    floor : the kappa (len(nus)) from which the weakest signal exceeds the sample's nuisance.
    """
    traces: list[Trace] = [
        {
            "type": "heatmap", "x": kappas, "y": nus, "z": share.astype("f4"), "zmin": 0,
            "zmax": 1, "colorscale": SEQUENTIAL, "hoverongaps": False, "name": "",
            "colorbar": {"thickness": 12, "title": {"text": ""}},
            "hovertemplate": f"κ = %{{x:.3g}}, ν = %{{y:.3g}}<br>{of}: %{{z:.3f}}<extra></extra>",
        },
        *(
            {
                "type": "scatter", "mode": "lines", "x": kappas,
                "y": np.where(curve <= nus[-1], curve, np.nan),
                "line": {"color": OVER_MAP, "width": 3}, "name": "theory, n → ∞",
                "showlegend": False, "hoverinfo": "skip",
            }
            for curve in theory
        ),
    ]  # fmt: skip
    if floor is not None:
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": floor, "y": nus,
                "line": {"color": NOISE_FLOOR, "width": 3, "dash": "dash"},
                "name": "sample-noise floor", "hoverinfo": "skip", "showlegend": False,
            }
        )  # fmt: skip
    return figure(
        title,
        traces,
        xaxis=axis("kappa", (kappas[0], kappas[-1])) | {"showgrid": False},
        yaxis=axis("nu", (nus[0], nus[-1])) | {"showgrid": False},
        keep=keep,
        annotations=_numbered(theory, kappas, nus[-1]),
        margin={"t": 48, "r": 24, "l": 56},
    )


def _numbered(theory: np.ndarray, kappas: Sequence[float], highest: float) -> list[dict[str, Any]]:
    """The numbers of several curves, placed where each leaves the plane, if there is room."""
    found: list[dict[str, Any]] = []
    room = 0.08 * (kappas[-1] - kappas[0]), 0.08 * highest
    for number, curve in enumerate(theory, start=1) if len(theory) > 1 else ():
        within = np.flatnonzero(curve <= highest)
        if not within.size:
            continue
        last = int(within[-1])
        x, y = kappas[last], curve[last]
        if any(abs(x - one["x"]) < room[0] and abs(y - one["y"]) < room[1] for one in found):
            continue
        found.append(
            {
                "x": x, "y": y, "text": f"<b>{number}</b>",
                "showarrow": False, "font": {"color": OVER_MAP, "size": 13},
                "bgcolor": OVER_MAP_GROUND,
            }
        )  # fmt: skip
    return found
