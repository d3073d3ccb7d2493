"""One template and one palette; each colour and symbol has one meaning on every page.

The colours can be distinguished with the common colour-vision deficiencies and on light and dark
backgrounds (Paul Tol's vibrant scheme, darkened or lightened to make ten classes). Colours of text,
grid and background are not set here: they come from the page's light or dark theme.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go

from alignlab.names import ALIGNER_NAMES

Trace = dict[str, Any]


class Shared(list):
    """A list that is never changed: figures share it, a copy of a figure does not copy it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Shared:
        return self


CLASS_COLOURS = (
    "#2288CC",
    "#EE7733",
    "#009988",
    "#CC3311",
    "#33BBEE",
    "#EE3377",
    "#997700",
    "#AA6FC5",
    "#77AA33",
    "#8C8C8C",
)
CHOSEN = CLASS_COLOURS[3]
"""The null directions that an aligner uses."""
OTHER = CLASS_COLOURS[9]
"""Everything that is in the background of a figure."""
SIGNAL_VALUE, NUISANCE_VALUE = CLASS_COLOURS[0], CLASS_COLOURS[5]
"""Signal values, and the level of the largest nuisance value."""
PAIRED = CLASS_COLOURS[0]
"""A statistic above its permutation null."""
SHUFFLED, NOISE_FLOOR = CLASS_COLOURS[6], CLASS_COLOURS[5]
"""The permutation null, and the level that samples of pure noise reach."""
PICTURES = CLASS_COLOURS[0], CLASS_COLOURS[1]
"""The first and the second space, where two are compared."""
DATA_SET = CLASS_COLOURS[1]
"""The data set that is diagnosed, among the regimes."""
IN_THEORY = "#FFD21F"
"""The star at the theoretical position of an operating point or a data set."""
OUTLINE, INNER_OUTLINE = "#222222", "#ffffff"
"""Outline of a mark on a coloured background, and of a mark that is itself dark."""
OVER_MAP, OVER_MAP_GROUND = "#ffffff", "rgba(60,60,60,0.75)"
"""Lines and text over a map, and the background of the text."""
UNITY = "#888888"
"""The lines at 1, between recovery and failure."""
INVISIBLE = "rgba(0,0,0,0)"
"""Traces that only serve hover and clicks."""
SEQUENTIAL, DIVERGING, GREYS = "Viridis", "RdBu", "Greys"
"""Colour scales of magnitudes, of signed values, and of depth in a camera image."""
NO_CLASS = "#bbbbbb"
"""Points without a class or number, and those of the rarest of very many classes."""
RULE, FAINT_TEXT, CODE_GROUND = "#bbbbbb", "#555555", "#f4f4f4"
"""Colours of a report on white: table rules, captions, and the background of code."""
MODALITY_SYMBOLS = ("circle-open", "x-thin-open")
"""Modality 1 is a circle, modality 2 a cross, everywhere."""
VIEW_SYMBOLS = (
    *MODALITY_SYMBOLS, "triangle-up-open", "square-open", "cross-thin-open", "star-open",
)  # fmt: skip
"""Further views, where there are more than two modalities."""
ALIGNER_COLOURS = {
    "plain PA": CLASS_COLOURS[0], "CCA": CLASS_COLOURS[2], "CP": CLASS_COLOURS[3],
    "PLS-SVD": CLASS_COLOURS[4], "CP reversed": CLASS_COLOURS[5],
}  # fmt: skip
"""CCA is alignment (CA), CP reduced-rank regression."""
LATENT_SYMBOL = "diamond"
"""The true latent, which is no modality."""

_AXIS = {
    "showgrid": True,
    "zeroline": False,
    "ticks": "outside",
    # to hide labels at the edge, Plotly measures each one, which takes a fifth of a redraw
    "ticklabeloverflow": "allow",
}

TEMPLATE: dict[str, Any] = {
    "layout": {
        "font": {"size": 14},
        "title": {"font": {"size": 16}, "x": 0, "xanchor": "left", "y": 0.98, "yanchor": "top"},
        "margin": {"l": 64, "r": 12, "t": 70, "b": 48},
        "colorway": CLASS_COLOURS,
        "hovermode": "closest",
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "itemsizing": "constant",
            "itemwidth": 30,
            "tracegroupgap": 0,
            "font": {"size": 13},
        },
        "xaxis": _AXIS,
        "yaxis": _AXIS,
    }
}


NAME = 80
"""Maximum number of characters of a name in a figure."""


def figure(
    title: str,
    traces: Sequence[Trace],
    *,
    xaxis: Mapping[str, Any],
    yaxis: Mapping[str, Any],
    keep: str,
    **layout: Any,
) -> go.Figure:
    """A figure in the house template.

    traces, xaxis, yaxis, layout : as Plotly's reference names their properties.
    keep : zoom and selection are kept while this stays the same.

    Plotly's validation of every property takes most of the time to make a figure, so it is left
    to the tests, which validate each figure of the app.
    """
    whole = {
        "template": TEMPLATE,
        "title": {"text": title},
        "uirevision": keep,
        "xaxis": xaxis,
        "yaxis": yaxis,
        **layout,
    }
    return HouseFigure({"data": list(traces), "layout": whole}, _validate=False)


class HouseFigure(go.Figure):
    """A figure that is quick to send: Plotly's own JSON takes ten times as long, for copies."""

    def to_json(self, *args: Any, **options: Any) -> str:
        """The same values as Plotly's, arrays of numbers in base64; quick with `validate=False`."""
        if args or options != {"validate": False}:
            return super().to_json(*args, **options)
        try:
            written = orjson.dumps(_typed(self._parts()), option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError:  # values that only Plotly can write, as those of pandas
            return super().to_json(*args, **options)
        return written.decode()

    def _parts(self) -> dict[str, Any]:
        return {"data": self._data, "layout": self._layout}


class MovingFigure(HouseFigure):
    """A figure with frames, which are kept as they are given.

    Plotly makes an object of each trace of each frame: thirty frames take it longer than all that
    is computed and drawn besides.
    """

    def __init__(self, whole: Mapping[str, Any], **options: Any) -> None:
        still = {name: part for name, part in whole.items() if name != "frames"}
        super().__init__(still, **options)
        self._moving = list(whole.get("frames", ()))

    @property
    def frames(self) -> tuple[go.Frame, ...]:
        """The frames as objects of Plotly."""
        return go.Figure(frames=self._moving).frames

    def to_dict(self) -> dict[str, Any]:
        """The whole figure as Plotly's JSON has it, long arrays in base64."""
        return super().to_dict() | {"frames": _typed(self._moving)}

    def _parts(self) -> dict[str, Any]:
        return super()._parts() | {"frames": self._moving}


def with_frames(still: go.Figure, frames: Sequence[Mapping[str, Any]]) -> go.Figure:
    """A figure that is animated: each frame replaces some properties of some traces."""
    whole = {"data": still.data, "layout": still.layout, "frames": frames}
    return MovingFigure(whole, _validate=False)


TYPED = {"f8", "f4", "i4", "u4", "i2", "u2", "i1", "u1"}
"""The types of numbers that Plotly reads from base64."""


def _typed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _typed(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        kind = value.dtype.str[1:]
        if kind not in TYPED:
            return value.tolist()
        raw = np.ascontiguousarray(value, dtype="<" + kind).tobytes()
        spec = {"dtype": kind, "bdata": b64encode(raw).decode()}
        return spec | ({"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {})
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        return [_typed(part) for part in value]
    return value


def log_axis(title: str) -> dict[str, Any]:
    """A logarithmic axis with powers of ten."""
    return {"title": {"text": title}, "type": "log", "exponentformat": "power"}


def as_drawn(name: str) -> str:
    """A name of the user's in which Plotly finds neither its HTML nor its templates."""
    cut = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    return escape(cut, quote=False).replace("%{", "%&#123;")


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour of the palette, each from 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def translucent(colour: str, opacity: float) -> str:
    """A colour of the palette as rgba."""
    red, green, blue = channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def aligner_colour(name: str) -> str:
    """The colour of an aligner by its public name, the same on every page."""
    return class_colour(list(ALIGNER_NAMES).index(name))


def class_colour(code: int) -> str:
    """The colour of a class by its integer code, the same on every page."""
    return CLASS_COLOURS[code % len(CLASS_COLOURS)]
