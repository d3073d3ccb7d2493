"""Linked pictures of paired points: up to hundreds of thousands, drawn in the browser by WebGL.

Modality 1 is a circle, modality 2 a cross. Every picture of a grid shows the same pairs: a lasso,
a hover or a hidden class acts on all of them at once, in the browser. The server hears of a
selection and of a picked point. Positions, colours and names travel as raw arrays in one message.

The scripts in `points/` are one module, an idea a file. They share the page's colours and the
player with `chart.js`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import streamlit as st

from alignlab.ui.halves import clouds_beside
from alignlab.ui.jobs import charts_sent
from alignlab.ui.setting import heard, pause

Positions = np.ndarray | None
"""(n, 2) or (n, 3) positions of one modality, None where a picture does not show it."""

SCRIPTS = (
    "theme.js", "player.js", "points/message.js", "points/marks.js", "points/looks.js",
    "points/renderer.js", "points/view.js", "points/motion.js", "points/nearest.js",
    "points/selection.js", "points/joins.js", "points/pens.js", "points/axes.js",
    "points/emphasis.js", "points/legend.js", "points/saving.js", "points/tools.js",
    "points/gestures.js", "points/panel.js", "points/grid.js",
)  # fmt: skip
STYLES = ("player.css", "points/points.css")
_HERE = Path(__file__).parent

MODULE = "\n".join((_HERE / name).read_text() for name in SCRIPTS)
"""The component's script: the files in the order in which they build on each other."""

_living_points = st.components.v2.component(
    "alignlab_points",
    html='<div class="alignlab-points"></div>',
    css="\n".join((_HERE / name).read_text() for name in STYLES),
    js=MODULE,
    isolate_styles=False,  # full screen and the page's fonts
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cloud:
    """One picture of the pairs.

    name : unique on the page; also the name of a saved image.
    caption : shown below the picture, and its text alternative for screen readers.
    Y1, Y2 : (n, 2) or (n, 3) positions; None leaves a modality out. A position that is not finite
        is not drawn.
    frames : label, Y1 and Y2 of each step of an animation that ends at the positions above.
    forming : whether points move to the positions of the next message instead of jumping there.
    axes : names of the axes; none for a map whose axes have no meaning.
    keep : the zoom is kept while this stays the same.
    around : the lowest and the highest value of each coordinate that must be in sight, besides
        those of the positions.
    """

    name: str
    title: str
    caption: str
    Y1: Positions
    Y2: Positions
    frames: Sequence[tuple[str, Positions, Positions]] = ()
    forming: bool = False
    axes: tuple[str, ...] = ()
    keep: str = "view"
    around: tuple[Sequence[float], Sequence[float]] | None = None

    def ends(self) -> tuple[list[float], list[float]]:
        """The lowest and the highest value of each coordinate in sight, in frames as well."""
        shown: list[Any] = [Y for Y in (self.Y1, self.Y2) if Y is not None]
        shown += [Y for _, *both in self.frames for Y in both if Y is not None]
        shown += self.around or ()
        whole = np.concatenate([np.atleast_2d(Y) for Y in shown] or [np.zeros((1, 2))])
        whole = whole[np.isfinite(whole).all(axis=1)]
        if not len(whole):
            return [0.0, 0.0], [0.0, 0.0]
        return whole.min(axis=0).tolist(), whole.max(axis=0).tolist()


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The legend of a continuous colour scale.

    low, high : the values at the ends of `colours`, CSS colours at equal distances.
    """

    title: str
    low: float
    high: float
    colours: Sequence[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """What all pictures of a grid share: the pairs, their colours, and what is emphasised.

    rows : (n,) the row id of each pair, in the order of the positions.
    colours : (n, 3) uint8, red, green and blue.
    legend : name and CSS colour of each class, or a `Scale`.
    codes : (n,) the class of each pair, an index into `legend`; with it a click on a class hides
        it, and the hover text names it.
    modalities : names of both modalities.
    marked : (n,) bool; these pairs are drawn bold, and the legend says that they are `marked_as`.
    names : (n,) hover texts; None shows class and row id.
    selected : row ids to highlight, all others are faded; empty for no highlight.
    lines : which partners are joined.
    chosen : row id and modality (1 or 2) of the picked point; it, its partner and the line between
        them are emphasised.
    neighbours : row id and modality of points that are ringed.
    """

    rows: np.ndarray
    colours: np.ndarray
    legend: Sequence[tuple[str, str]] | Scale = ()
    codes: np.ndarray | None = None
    modalities: tuple[str, str] = ("modality 1", "modality 2")
    marked: np.ndarray | None = None
    marked_as: str = "held out"
    names: Sequence[str] | None = None
    selected: Collection[int] = ()
    lines: Literal["none", "selected", "all"] = "selected"
    chosen: tuple[int, int] | None = None
    neighbours: Sequence[tuple[int, int]] = ()


def points(
    clouds: Sequence[Cloud],
    marks: Marks,
    *,
    key: str,
    fallback: Callable[[], None],
    columns: int = 1,
    height: int = 520,
    on_select: Callable[[Sequence[int]], None] | None = None,
    on_pick: Callable[[tuple[int, int] | None], None] | None = None,
) -> None:
    """Draw pictures in a grid, which has fewer columns in a narrow window.

    key : identifies this grid in the app. height : of each picture, in pixels.
    fallback : draws instead where the browser has no WebGL2.
    on_select : called before the page runs again, with the row ids that a lasso or a box has
        selected; empty when the selection is cleared, by a click beside all points or by Escape.
    on_pick : called before the page runs again, with row id and modality of the point that was
        clicked, or None after a click beside all points or on the point that was picked before.
    Raises ValueError if the arrays do not belong to the same pairs.

    While the pointer is over a point the browser's window gets an event "alignlab-hover", whose
    `detail` holds `row`, `modality`, and the point's place in the window, `x` and `y`; `detail` is
    null when it leaves.
    """
    halves = clouds_beside(key, clouds, marks)
    if len(halves) == 1:
        _grid(clouds, marks, key, fallback, columns, height, on_select, on_pick)
        return
    before, now = halves
    left, right = st.columns(2)
    with left:
        _grid(*before, f"{key} A", lambda: None, 1, height, None, None)
    with right:
        _grid(*now, f"{key} B", fallback, 1, height, on_select, on_pick)


def _grid(
    clouds: Sequence[Cloud],
    marks: Marks,
    key: str,
    fallback: Callable[[], None],
    columns: int,
    height: int,
    on_select: Callable[[Sequence[int]], None] | None,
    on_pick: Callable[[tuple[int, int] | None], None] | None,
) -> None:
    """Draw a grid by the component, or what stands in for it."""
    if os.environ.get("ALIGNLAB_CHARTS") == "native":  # to compare the two
        fallback()
        return
    if failure := st.session_state.get("points failure"):
        st.caption(
            f":material/warning: The live picture could not be drawn ({failure}). Basic charts are "
            "shown instead. Enable WebGL2 in the browser and reload the page to retry."
        )
        fallback()
        return

    def selected() -> None:
        found = st.session_state[key].selected
        if on_select is not None and found is not None:
            on_select(found)

    def picked() -> None:
        found = st.session_state[key].picked
        if on_pick is not None and found is not None:
            on_pick((found[0], found[1]) if found else None)

    result = _living_points(
        key=key,
        data=message(clouds, marks, columns=columns, height=height, heard=heard()),
        default={"failed": ""},
        on_selected_change=selected,
        on_picked_change=picked,
        on_failed_change=lambda: None,
    )
    charts_sent()
    pause()
    if result.failed:
        st.session_state["points failure"] = result.failed
        st.rerun()


def message(
    clouds: Sequence[Cloud], marks: Marks, *, columns: int, height: int, heard: int = 0
) -> bytes:
    """The bytes for the browser: length of the header (uint32), header (JSON), arrays.

    heard : the number of the last change that the pictures show.

    The header says for each array at which byte after the header it starts, its type and length.
    Every array starts at a multiple of 8, as typed views in the browser need.
    """
    n = len(marks.rows)
    arrays = _Arrays()
    header = {
        "columns": columns,
        "height": height,
        "heard": heard,
        "panels": [_panel(cloud, n, arrays) for cloud in clouds],
        "marks": _marks(marks, n, arrays),
    }
    text = orjson.dumps(header)
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join([len(text).to_bytes(4, "little"), text, *arrays.parts])


class _Arrays:
    """Arrays one after another, each padded to a multiple of 8 bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, array: np.ndarray, kind: str) -> dict[str, Any]:
        return self.add_bytes(np.ascontiguousarray(array, dtype=kind).tobytes(), kind)

    def add_bytes(self, raw: bytes, kind: str = "u1") -> dict[str, Any]:
        place = {
            "at": self.size,
            "type": kind.lstrip("<"),
            "bytes": len(raw),
            "digest": blake2b(raw, digest_size=8).hexdigest(),  # sent again, it costs nothing
        }
        padded = raw + b"\0" * (-len(raw) % 8)
        self.parts.append(padded)
        self.size += len(padded)
        return place


def _panel(cloud: Cloud, n: int, arrays: _Arrays) -> dict[str, Any]:
    frames = [(label, _together(cloud.name, Y1, Y2, n)) for label, Y1, Y2 in cloud.frames]
    whole = _together(cloud.name, cloud.Y1, cloud.Y2, n)
    return {
        "name": cloud.name,
        "title": cloud.title,
        "caption": cloud.caption,
        "dims": whole.shape[2],
        "modalities": [i for i, Y in ((1, cloud.Y1), (2, cloud.Y2)) if Y is not None],
        "positions": arrays.add(whole, "<f4"),
        "frames": [
            {"label": label, "positions": arrays.add(XY, "<f4")} for label, XY in frames
        ],
        "forming": cloud.forming,
        "axes": list(cloud.axes),
        "keep": cloud.keep,
        "around": None if cloud.around is None else [list(map(float, end)) for end in cloud.around],
    }  # fmt: skip


def _together(name: str, Y1: Positions, Y2: Positions, n: int) -> np.ndarray:
    """(n, modalities, dims): partners one after the other, as their lines are drawn."""
    shown = [np.asarray(Y) for Y in (Y1, Y2) if Y is not None]
    if not shown:
        return np.empty((n, 0, 2))
    shapes = {Y.shape for Y in shown}
    if len(shapes) > 1 or shown[0].ndim != 2 or shown[0].shape[1] not in (2, 3):
        arrived = " and ".join(str(Y.shape) for Y in shown)
        raise ValueError(f"{name}: positions of shape {arrived}: expected ({n}, 2) or ({n}, 3)")
    if len(shown[0]) != n:
        raise ValueError(f"{name}: {len(shown[0])} positions for {n} rows: pass one for each row")
    return np.stack(shown, axis=1)


def _marks(marks: Marks, n: int, arrays: _Arrays) -> dict[str, Any]:
    for what, values in (
        ("colours", marks.colours), ("codes", marks.codes), ("marked", marks.marked),
        ("names", marks.names),
    ):  # fmt: skip
        if values is not None and len(values) != n:
            raise ValueError(f"marks: {len(values)} {what} for {n} rows: pass one for each row")
    if marks.colours.shape != (n, 3):
        raise ValueError(f"marks: colours of shape {marks.colours.shape}: expected ({n}, 3)")
    continuous = isinstance(marks.legend, Scale)
    names = None if marks.names is None else orjson.dumps([str(name) for name in marks.names])
    return {
        "rows": arrays.add(marks.rows, "<i4"),
        "colours": arrays.add(marks.colours, "u1"),
        "codes": None if marks.codes is None else arrays.add(marks.codes, "<i4"),
        "marked": None if marks.marked is None else arrays.add(marks.marked, "u1"),
        "marked_as": marks.marked_as,
        "names": None if names is None else arrays.add_bytes(names),
        "modalities": marks.modalities,
        "legend": [] if continuous else marks.legend,
        "scale": marks.legend if continuous else None,
        "selected": arrays.add(np.array(sorted(marks.selected), dtype=np.int32), "<i4"),
        "lines": marks.lines,
        "chosen": _point(marks.chosen),
        "neighbours": [_point(neighbour) for neighbour in marks.neighbours],
    }


def _point(point: tuple[int, int] | None) -> list[int] | None:
    return None if point is None else [int(point[0]), int(point[1])]
