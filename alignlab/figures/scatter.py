"""Clouds of points in a plane: one latent, one modality, or two modalities with partners joined."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import (
    CLASS_COLOURS,
    LATENT_SYMBOL,
    MODALITY_SYMBOLS,
    OTHER,
    class_colour,
    figure,
)

GL_FROM = 3000
"""From so many points on, a cloud is drawn by WebGL."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """Who the points of a cloud are.

    labels : (n,) codes into `classes`, or None; rows : (n,) the row ids that a selection sends.
    """

    labels: np.ndarray | None
    classes: Sequence[str]
    rows: np.ndarray

    def by_class(self) -> Iterator[tuple[int, str, np.ndarray]]:
        """Code, name and positions of each class; one class of all where there are no labels."""
        if self.labels is None:
            yield 0, "all pairs", np.arange(len(self.rows))
            return
        for code, name in enumerate(self.classes):
            yield code, name, np.flatnonzero(self.labels == code)


def cloud(
    points: np.ndarray,
    who: Members,
    *,
    title: str,
    axes: Sequence[str],
    modality: int | None = None,
    keep: str = "view",
) -> go.Figure:
    """Points (n, 2) coloured by class; `modality` 1 or 2 chooses the symbol, None the latent's."""
    fig = figure(title, keep=keep)
    symbol = LATENT_SYMBOL if modality is None else MODALITY_SYMBOLS[modality - 1]
    for code, name, chosen in who.by_class():
        fig.add_trace(_points(points[chosen], who.rows[chosen], code, name, symbol, len(points)))
    return _square(fig, axes)


def pairs(
    points1: np.ndarray,
    points2: np.ndarray,
    who: Members,
    *,
    title: str,
    axes: Sequence[str],
    lines: int,
    keep: str = "view",
) -> go.Figure:
    """Two clouds (n, 2) in one plane, the first `lines` partners joined by thin lines."""
    fig = figure(title, keep=keep)
    fig.add_trace(_partner_lines(points1[:lines], points2[:lines]))
    total = 2 * len(points1)
    for code, name, chosen in who.by_class():
        for modality, points in enumerate((points1, points2)):
            trace = _points(
                points[chosen], who.rows[chosen], code, name, MODALITY_SYMBOLS[modality], total
            )
            trace.update(
                legendgroup=name,
                showlegend=modality == 0,
                hovertemplate=f"{name}, modality {modality + 1}, pair %{{customdata}}"
                "<br>(%{x:.4g}, %{y:.4g})<extra></extra>",
            )
            fig.add_trace(trace)
    return _square(fig, axes)


def partner_line_coordinates(points1: np.ndarray, points2: np.ndarray) -> np.ndarray:
    """(3 n, 2): each pair's two ends and a gap, as one broken line."""
    ends = np.stack([points1, points2, np.full_like(points1, np.nan)], axis=1)
    return ends.reshape(-1, 2).astype(np.float32)


def _partner_lines(points1: np.ndarray, points2: np.ndarray) -> go.Scatter:
    ends = partner_line_coordinates(points1, points2)
    return go.Scatter(
        x=ends[:, 0],
        y=ends[:, 1],
        mode="lines",
        line={"color": OTHER, "width": 1},
        opacity=0.6,
        name="partners",
        hoverinfo="skip",
        showlegend=False,
    )


def _points(
    points: np.ndarray, rows: np.ndarray, code: int, name: str, symbol: str, total: int
) -> go.Scatter | go.Scattergl:
    kind = go.Scattergl if total >= GL_FROM else go.Scatter
    thin = symbol.startswith("x-thin")
    return kind(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        customdata=rows.astype(np.int32),
        mode="markers",
        name=name,
        marker={
            "symbol": symbol,
            "size": 7 if thin else 6,
            "color": class_colour(code),
            "line": {"width": 1.2, "color": class_colour(code)},
        },
        opacity=0.75,
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 0.08}},
        hovertemplate=f"{name}, pair %{{customdata}}<br>(%{{x:.4g}}, %{{y:.4g}})<extra></extra>",
    )


def _square(fig: go.Figure, axes: Sequence[str]) -> go.Figure:
    """Equal axes: a distance is the same length in both directions. Many classes, no legend."""
    names = {trace.name for trace in fig.data if trace.showlegend is not False}
    fig.update_layout(
        showlegend=len(names) <= len(CLASS_COLOURS),
        margin_t=70 if len(names) <= 4 else 90,
    )
    fig.update_xaxes(title_text=axes[0])
    fig.update_yaxes(title_text=axes[1], scaleanchor="x", scaleratio=1)
    return fig


def mark(fig: go.Figure, selected: Collection[int]) -> go.Figure:
    """Bring out the selected row ids and fade all other points; nothing when none is selected."""
    if selected:
        ids = np.fromiter(selected, dtype=np.int32)
        for trace in fig.data:
            if trace.customdata is not None:
                trace.selectedpoints = np.flatnonzero(np.isin(trace.customdata, ids))
    return fig
