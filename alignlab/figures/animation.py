"""Two clouds that move: frames that the browser plays by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.scatter import Members, pairs, partner_line_coordinates

LINES = 150
"""So many partners are joined in a moving picture."""

FIXED_UP_TO = 30.0
"""Axes stay as they are while the largest frame is no more than so many times the smallest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One moment: its name, two clouds (n, 2) and who their points are."""

    name: str
    points1: np.ndarray
    points2: np.ndarray
    who: Members


def animated(frames: Sequence[Frame], *, title: str, axes: Sequence[str], keep: str) -> go.Figure:
    """Frames of the same classes as a figure to be played.

    The axes are those of the largest frame, so that shrinking is seen, unless that would make a
    point of the smallest: then they follow, and the name of each frame says how far they reach.
    """
    first = frames[0]
    figure = pairs(
        first.points1, first.points2, first.who, title=title, axes=axes, lines=LINES, keep=keep
    )
    reaches = [_reach(frame) for frame in frames]
    follow = max(reaches) > FIXED_UP_TO * min(reaches)
    moving = []
    for frame, reach in zip(frames, reaches, strict=True):
        # in the order of the traces of `pairs`
        traces = [partner_line_coordinates(frame.points1[:LINES], frame.points2[:LINES])]
        for _, _, chosen in frame.who.by_class():
            traces += [frame.points1[chosen], frame.points2[chosen]]
        data = [{"x": xy[:, 0].astype("f4"), "y": xy[:, 1].astype("f4")} for xy in traces]
        moving.append(
            {
                "name": frame.name + (f", axes ±{reach:.2g}" if follow else ""),
                "data": data,
                "traces": list(range(len(data))),
                "layout": _ranges(figure, reach if follow else max(reaches)),
            }
        )
    whole = {"data": figure.data, "layout": figure.layout, "frames": moving}
    return go.Figure(whole, _validate=False)


def _reach(frame: Frame) -> float:
    both = np.abs(np.concatenate([frame.points1, frame.points2]))
    return max(1.08 * float(both.max()), 1e-12)


def _ranges(figure: go.Figure, reach: float) -> dict:
    axes = {name: figure.layout[name].to_plotly_json() for name in ("xaxis", "yaxis")}
    return {name: axis | {"range": [-reach, reach]} for name, axis in axes.items()}
