"""Animation of two point clouds, as frames that are played in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.scatter import Members, pairs, partner_line_coordinates
from alignlab.figures.theme import with_frames

LINES = 150
"""This many pairs of partners are joined by a line in an animation."""

FIXED_UP_TO = 30.0
"""Axes are fixed if the largest frame is at most this many times the smallest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One frame: its name, two clouds (n, 2), and the classes and row ids of their points."""

    name: str
    points1: np.ndarray
    points2: np.ndarray
    who: Members


def animated(frames: Sequence[Frame], *, title: str, axes: Sequence[str], keep: str) -> go.Figure:
    """An animated figure of frames with the same classes.

    The axes are those of the largest frame, so that shrinking is visible, unless the smallest
    frame would be a dot: then they follow each frame, and its name gives their limits.
    """
    first = frames[0]
    figure = pairs(
        first.points1, first.points2, first.who, title=title, axes=axes, lines=LINES, keep=keep
    )
    reaches = [_reach(frame) for frame in frames]
    follow = max(reaches) > FIXED_UP_TO * min(reaches)
    drawn = []
    for frame, reach in zip(frames, reaches, strict=True):
        # in the order of the traces of `pairs`
        traces = [partner_line_coordinates(frame.points1[:LINES], frame.points2[:LINES])]
        for _, _, chosen in frame.who.by_class():
            traces += [frame.points1[chosen], frame.points2[chosen]]
        data = [{"x": xy[:, 0].astype("f4"), "y": xy[:, 1].astype("f4")} for xy in traces]
        drawn.append(
            {
                "name": frame.name + (f", axes ±{reach:.2g}" if follow else ""),
                "data": data,
                "traces": list(range(len(data))),
                "layout": _ranges(figure, reach if follow else max(reaches)),
            }
        )
    return with_frames(figure, drawn)


def _reach(frame: Frame) -> float:
    both = np.abs(np.concatenate([frame.points1, frame.points2]))
    return max(1.08 * float(both.max()), 1e-12)


def _ranges(figure: go.Figure, reach: float) -> dict:
    axes = {name: figure.layout[name].to_plotly_json() for name in ("xaxis", "yaxis")}
    return {name: axis | {"range": [-reach, reach]} for name, axis in axes.items()}
