"""The coupling of paired rows along the rows, with the stretches where the pairing is broken."""

from __future__ import annotations

import plotly.graph_objects as go

from alignlab.diagnosis.result import Diagnosis
from alignlab.figures.theme import PAIRED, SHUFFLED, Trace, figure, translucent


def along_rows(found: Diagnosis, *, keep: str) -> go.Figure:
    """The coupling at places along the rows, 1 where rows are paired; bands: broken stretches."""
    pairing = found.pairing
    assert pairing is not None
    assert pairing.along is not None
    row, coupling = pairing.along.T
    line: Trace = {
        "type": "scatter", "x": row, "y": coupling, "mode": "lines+markers", "showlegend": False,
        "marker": {"color": PAIRED}, "line": {"color": PAIRED},
        "hovertemplate": "around row %{x:,.0f}<br>coupling %{y:.2f}<extra></extra>",
    }  # fmt: skip
    bands = [
        {
            "type": "rect", "xref": "x", "yref": "paper", "layer": "below",
            "x0": one.first - 0.5, "x1": one.last + 0.5, "y0": 0, "y1": 1,
            "fillcolor": translucent(SHUFFLED, 0.2), "line": {"width": 0},
        }
        for one in pairing.broken
    ]  # fmt: skip
    levels = [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": level,
            "y1": level, "line": {"width": 1, "dash": "dot", "color": SHUFFLED},
        }
        for level in (0, 1)
    ]  # fmt: skip
    return figure(
        "Coupling along the rows",
        [line],
        xaxis={"title": {"text": "row, counted from 0"}},
        yaxis={"title": {"text": "coupling, relative to paired rows"}},
        keep=keep,
        shapes=[*bands, *levels],
    )
