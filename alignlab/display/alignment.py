"""A fitted alignment as a user sees it in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignlab.aligners.alignment import Alignment
from alignlab.aligners.views import ViewsAlignment
from alignlab.display import html
from alignlab.extras import needed
from alignlab.words.fitted import alignment_words, headline
from alignlab.words.numbers import number

if TYPE_CHECKING:
    import plotly.graph_objects as go

LEADING = 5
"""At most this many singular values and components are shown."""

LARGEST = 8
"""At most this many features of a view are shown."""


def brief(found: Alignment) -> str:
    """The most important values in one line."""
    d1, d2 = len(found.W1), len(found.W2)
    return f"Alignment(method={found.method!r}, k={found.k}, d1={d1}, d2={d2}, {_rest(found)})"


def brief_of_views(found: ViewsAlignment) -> str:
    """The most important values of a map of several views in one line."""
    sizes = [len(W) for W in found.W]
    d = f"{sizes[:LEADING]}".replace("]", ", ...]") if len(sizes) > LEADING else f"{sizes}"
    return f"ViewsAlignment(method={found.method!r}, k={found.k}, d={d}, {_rest(found)})"


def _rest(found: Alignment | ViewsAlignment) -> str:
    values = [f"{one:.3g}" for one in found.spectrum[:LEADING]]
    values += ["..."] * (found.spectrum.size > LEADING)
    return f"rank={found.rank}, spectrum=[{', '.join(values)}]"


def summary(found: Alignment) -> str:
    """The headline, and one line per finding."""
    lines = [headline(found), "", *(f"- {words}" for words in alignment_words(found))]
    return html.plain("\n".join(lines))


def as_html(found: Alignment) -> str:
    """The headline, and the first weights of each map."""
    shown = min(found.k, LEADING)
    head = ["", *(f"component {j + 1}" for j in range(shown))]
    parts = [html.paragraph(headline(found))]
    for view, (W, names) in enumerate(_maps(found), start=1):
        rows = [
            [str(name), *(number(float(one)) for one in row[:shown])]
            for name, row in zip(names[:LARGEST], W[:LARGEST], strict=True)
        ]
        part = f", the first {LARGEST}" if len(W) > LARGEST else ""
        title = f"W{view}: weights of the {len(W):,} features of view {view}{part}"
        parts.append(html.table(title, head, rows))
    rest = "summary() says more, to_frame() has all weights, plot() draws the spectrum."
    return html.whole(*parts, html.paragraph(rest))


def frame(found: Alignment | ViewsAlignment) -> pd.DataFrame:
    """The weights of all maps, one per row."""
    parts = [
        pd.DataFrame(
            {
                "view": view,
                "feature": _repeated(names, W.shape[1]),
                "component": np.tile(np.arange(1, W.shape[1] + 1), len(W)),
                "weight": W.ravel(),
            }
        )
        for view, (W, names) in enumerate(_maps(found), start=1)
    ]
    return pd.concat(parts, ignore_index=True)


def _maps(found: Alignment | ViewsAlignment) -> list[tuple[np.ndarray, Sequence]]:
    """Every map with the names of its features, or their positions."""
    maps = (found.W1, found.W2) if isinstance(found, Alignment) else found.W
    names = found.features or (None,) * len(maps)
    return [(W, range(len(W)) if own is None else own) for W, own in zip(maps, names, strict=True)]


def _repeated(names: Sequence, times: int) -> list:
    return [name for name in names for _ in range(times)]


def plot(found: Alignment, name: str) -> go.Figure:
    """The figure of this name; ModuleNotFoundError with the remedy where Plotly is missing."""
    needed("plotly", "plot", "Alignment.plot")
    from alignlab.figures.aligned import plotted

    return plotted(found, name)
