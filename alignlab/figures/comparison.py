"""Two figures on the same axes, so that they can be compared by eye."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from alignlab.figures.theme import HouseFigure, MovingFigure

Trace = Mapping[str, Any]
Ends = tuple[float, float]

ROOM = 0.05
"""Share of an axis that is left free at each end of what has no ends of its own."""

STEPS = 16
"""Ends are at multiples of about this share of an axis: they rest while a slider moves a little."""


def on_common_axes(one: go.Figure, other: go.Figure) -> tuple[go.Figure, go.Figure]:
    """Both figures with the same ends of each numeric axis, and the same scale of each heat map.

    An axis that is in one of them alone, that has categories, or that has another meaning or scale
    in the other one, stays as it is.
    """
    parts = [_Parts(one), _Parts(other)]
    for axis in [name for name in parts[0].axes() if name in parts[1].axes()]:
        if parts[0].meaning(axis) != parts[1].meaning(axis):
            continue
        found = [part.ends(axis) for part in parts]
        if None not in found:
            low, high = min(ends[0] for ends in found if ends), max(e[1] for e in found if e)
            given = all("range" in part.layout[axis] for part in parts)
            for part in parts:
                part.set_ends(axis, (low, high) if given else _rounded(low, high))
    for first, second in zip(parts[0].data, parts[1].data, strict=False):
        if "zmin" in first and "zmin" in second:
            ends = min(first["zmin"], second["zmin"]), max(first["zmax"], second["zmax"])
            for trace in (first, second):
                trace["zmin"], trace["zmax"] = ends
    return parts[0].figure(), parts[1].figure()


def lettered(figure: go.Figure, letter: str, name: str) -> go.Figure:
    """A copy whose title begins with a letter; name : the title of a figure that has none."""
    parts = _Parts(figure)
    title = dict(parts.layout.get("title") or {})
    title["text"] = f"<b>{letter}</b> {title.get('text') or name}"
    parts.layout["title"] = title
    return parts.figure()


class _Parts:
    """Traces, layout and frames of a figure; the traces and the axes are copies, not the arrays."""

    def __init__(self, figure: go.Figure) -> None:
        self.data: list[dict[str, Any]] = [dict(trace) for trace in figure._data]
        self.layout: dict[str, Any] = {"xaxis": {}, "yaxis": {}} | figure._layout
        self.frames = getattr(figure, "_moving", [])

    def figure(self) -> go.Figure:
        whole = {"data": self.data, "layout": self.layout}
        if not self.frames:
            return HouseFigure(whole, _validate=False)
        return MovingFigure(whole | {"frames": self.frames}, _validate=False)

    def axes(self) -> list[str]:
        return [name for name in self.layout if re.fullmatch(r"[xy]axis\d*", name)]

    def meaning(self, axis: str) -> tuple[Any, Any]:
        """The title and the scale of an axis."""
        whole = self.layout[axis]
        return (whole.get("title") or {}).get("text"), whole.get("type") == "log"

    def set_ends(self, axis: str, ends: Ends) -> None:
        whole = dict(self.layout[axis])
        turned = whole.pop("autorange", None) == "reversed"
        given = whole.get("range")
        if given is not None and given[0] > given[1]:
            turned = True
        whole["range"] = [*reversed(ends)] if turned else [*ends]
        self.layout[axis] = whole

    def ends(self, axis: str) -> Ends | None:
        """The lowest and the highest number on an axis, of a logarithmic one as its exponents.

        None where there are none, or where they are not to be known from the traces.
        """
        whole = self.layout[axis]
        if whole.get("type") == "category":
            return None
        if (given := whole.get("range")) is not None:
            return None if None in given else (float(min(given)), float(max(given)))
        letter, ref = axis[0], axis.replace("axis", "")
        spans: list[Ends] = []
        for trace in self._drawn():
            if trace.get(f"{letter}axis", letter) != ref or trace.get("visible") == "legendonly":
                continue
            span = _span(trace, letter, whole.get("type") == "log")
            if span is None:
                return None
            spans.append(span)
        spans = [span for span in spans if span[0] <= span[1]]
        if not spans:
            return None
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        if whole.get("rangemode") == "tozero":
            low, high = min(low, 0.0), max(high, 0.0)
        room = ROOM * (high - low) or 0.5
        at_zero = low == 0 and any(trace.get("type") == "bar" for trace in self.data)
        return (low if at_zero else low - room), high + room

    def _drawn(self) -> Iterator[Trace]:
        """The traces, and what they are in each frame."""
        yield from self.data
        for frame in self.frames:
            which = frame.get("traces") or range(len(frame.get("data", ())))
            for index, part in zip(which, frame.get("data", ()), strict=False):
                yield self.data[index] | dict(part)


def _span(trace: Trace, letter: str, logarithmic: bool) -> Ends | None:
    """The ends of a trace; None if they are not known, and ends in reverse if it has no points."""
    if trace.get("type") == "histogram" and letter not in trace:
        return None  # counts
    values = np.asarray([] if trace.get(letter) is None else trace[letter])
    if not values.size:
        return math.inf, -math.inf
    if values.dtype.kind not in "iufb":
        try:
            values = values.astype(float)  # None is a gap of a line
        except (TypeError, ValueError):
            return None
    values = np.asarray(values, dtype=float).ravel()
    reach = trace.get(f"error_{letter}") or {}
    around = reach.get("array")
    if around is not None and len(around) == len(values):
        around = np.nan_to_num(np.asarray(around, dtype=float))
        values = np.concatenate([values - around, values + around])
    if trace.get("type") == "heatmap" and len(values) > 1:
        half = values[1] - values[0], values[-1] - values[-2]  # the width of the outer cells
        values = np.append(values, [values[0] - half[0] / 2, values[-1] + half[1] / 2])
    if trace.get("type") == "bar":
        lengthwise = (trace.get("orientation") == "h") == (letter == "x")
        more = [0.0] if lengthwise else [values.min() - 0.5, values.max() + 0.5]
        values = np.append(values, more)
    if logarithmic:
        values = np.log10(values[values > 0])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (math.inf, -math.inf)


def _rounded(low: float, high: float) -> Ends:
    """The ends moved outwards to multiples of a step that people read easily."""
    raw = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
