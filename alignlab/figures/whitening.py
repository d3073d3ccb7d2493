"""Figures of the families of whitened aligners: one member, and the path between corners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from alignlab.data.pairs import PairedData
from alignlab.experiments.whitening import CORNERS, STEPS, Family, Member
from alignlab.figures.animation import Frame, animated
from alignlab.figures.scatter import Members, pairs
from alignlab.figures.theme import ALIGNER_COLOURS as COLOURS
from alignlab.figures.theme import OTHER, Trace, class_colour, figure
from alignlab.projection import first_two

DRAWN = 2000
"""The latent is drawn for at most this many pairs, animated for at most `MOVING`."""

MOVING = 250


def latent(found: Member, data: PairedData, lines: int, keep: str) -> go.Figure:
    """Both latents of one member of a family."""
    return pairs(
        first_two(found.Z1[:DRAWN]),
        first_two(found.Z2[:DRAWN]),
        _members(data, DRAWN),
        title=f"The latent at a = {found.a:g}, b = {found.b:g}: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×",
        axes=("ẑ₁", "ẑ₂"),
        lines=lines,
        keep=keep,
    )


def distances(found: Member) -> go.Figure:
    """How far each map of a member is from those of the named aligners, as bars."""
    names = list(found.distances)
    traces: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": [found.distances[name][m] for name in names],
            "name": f"W⁽{'¹²'[m]}⁾",
            "marker": {
                "color": [COLOURS[name] for name in names],
                "pattern": {"shape": "/" if m else ""},
            },
            "hovertemplate": "%{y}: %{x:.3g}",
        }
        for m in (0, 1)
    ]
    return figure(
        "Subspace distance to the named aligners",
        traces,
        xaxis={"title": {"text": "0 = the same, 1 = orthogonal"}, "range": [0, 1]},
        yaxis={"autorange": "reversed", "tickfont": {"size": 12}},
        keep="distances",
        barmode="group",
        margin={"l": 96},
        showlegend=True,
    )


def along(members: Sequence[Member], family: Family, at: tuple[float, float]) -> go.Figure:
    """Errors along the path through the corners; `at` is marked if the path passes it."""
    position = np.arange(len(members))
    names = list(members[0].errors)
    traces: list[Trace] = [
        {
            "type": "scatter",
            "x": position,
            "y": [member.errors[name] for member in members],
            "customdata": [f"a = {member.a:.2f}, b = {member.b:.2f}" for member in members],
            "mode": "lines",
            "name": name,
            "line": {"color": class_colour(6 + i), "width": 2, "dash": ("solid", "dash", "dot")[i]},
            "hovertemplate": f"%{{customdata}}<br>{name} %{{y:.3g}}<extra></extra>",
        }
        for i, name in enumerate(names)
    ]
    here = [i for i, member in enumerate(members) if np.allclose((member.a, member.b), at)]
    ends = list(CORNERS[family].items())
    ends += ends[:1] if len(ends) > 2 else []
    return figure(
        "Along the path: errors, and retrieval (higher is better)",
        traces,
        xaxis={
            "tickvals": [STEPS * i for i in range(len(ends))],
            "ticktext": [
                f"{name.replace(' reversed', '<br>reversed')}<br>({a:g}, {b:g})"
                for (a, b), name in ends
            ],
            "tickangle": 0, "range": [-0.1 * len(members), 1.1 * len(members)],
            "title": {"text": ""},
        },
        yaxis={"rangemode": "tozero", "title": {"text": ""}},
        keep=f"along {family}",
        margin={"b": 64},
        shapes=[
            {
                "type": "line", "x0": i, "x1": i, "y0": 0, "y1": 1, "yref": "paper",
                "line": {"dash": "dot", "color": OTHER, "width": 1.5},
            }
            for i in here
        ],
    )  # fmt: skip


def journey(members: Sequence[Member], data: PairedData, family: Family) -> go.Figure:
    """The latent along the path through the corners, as an animation."""
    who = _members(data, MOVING)
    frames = [
        Frame(
            name=CORNERS[family].get((found.a, found.b), f"a = {found.a:.2f}, b = {found.b:.2f}"),
            points1=first_two(found.Z1[:MOVING]),
            points2=first_two(found.Z2[:MOVING]),
            who=who,
        )
        for found in members
    ]
    title = "The latent along the path between corners"
    return animated(frames, title=title, axes=("ẑ₁", "ẑ₂"), keep=f"journey {family}")


def _members(data: PairedData, count: int) -> Members:
    labels = None if data.labels is None else data.labels[:count]
    return Members(labels=labels, classes=data.classes, rows=np.arange(min(count, data.n)))
