"""The charts of every page: living Plotly nodes, updated in place.

`st.plotly_chart` builds a new chart for new data and forgets zoom and selection. This component
keeps its nodes and calls `Plotly.react`. Plotly itself comes from the installed package, served
by this app. Should it not load in some browser, `st.plotly_chart` takes over, with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
import plotly
import plotly.graph_objects as go
import streamlit as st

PLAIN_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["sendChartToCloud"]}
"""For charts outside the component: Plotly's own buttons, less the one that uploads the data."""

st.components.v1.declare_component(  # serves component/alignlab.ui.chart.plotlyjs/plotly.min.js
    "plotlyjs", path=Path(plotly.__file__).parent / "package_data"
)

_living_charts = st.components.v2.component(
    "alignlab_charts",
    html='<div class="alignlab-charts"></div>',
    css=(Path(__file__).parent / "chart.css").read_text(),
    js=(Path(__file__).parent / "chart.js").read_text(),
    isolate_styles=False,  # Plotly's own style sheet lives in the page
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """One chart.

    name : unique on the page; also that of a saved picture.
    caption : stands below the chart, and says what it shows to those who do not see it.
    height : pixels.
    linked : whether lasso, box and clicks choose rows.
    wide : whether it takes a whole row.
    picks : whether a click picks what it hits, by its `customdata`.
    links : addresses in this app; a click opens the one at the `customdata` of what it hits, in a
        new tab, or none where that is empty.
    """

    name: str
    figure: go.Figure
    caption: str
    height: int = 430
    linked: bool = False
    wide: bool = False
    picks: bool = False
    links: Sequence[str] = ()


def charts(
    panels: Sequence[Panel],
    *,
    key: str,
    columns: int = 1,
    on_select: Callable[[Sequence[int]], None] | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw charts in a grid; in a narrow window it has fewer columns.

    key : of this grid in the app.
    on_select : called before the page runs again, with the row ids (the traces' `customdata`)
        that a lasso, a box or a click on a linked panel has chosen; none when the choice is
        dropped, by a double click or another click on the one mark that is chosen.
    on_pick : called before the page runs again, with the number that a click on a panel that
        picks has hit.
    """
    if os.environ.get("ALIGNLAB_CHARTS") == "native":  # to compare the two
        _native(panels, columns)
        return
    if failure := st.session_state.get("chart failure"):
        st.caption(
            f":material/warning: The live charts could not load ({failure}). These are plain "
            "ones: they forget zoom when data change, and send no selection. Reload the page to "
            "retry."
        )
        _native(panels, columns)
        return

    def selected() -> None:
        if on_select is not None:
            on_select(st.session_state[key].selected or ())

    def dropped() -> None:
        if on_select is not None:
            on_select(())

    def picked() -> None:
        if on_pick is not None and st.session_state[key].picked is not None:
            on_pick(st.session_state[key].picked)

    result = _living_charts(
        key=key,
        data=orjson.dumps({"columns": columns, "panels": [_packed(panel) for panel in panels]}),
        default={"selected": [], "failed": ""},
        on_selected_change=selected,
        on_dropped_change=dropped,
        on_picked_change=picked,
        on_failed_change=lambda: None,
    )
    if result.failed:
        st.session_state["chart failure"] = result.failed
        st.rerun()


def _packed(panel: Panel) -> dict[str, Any]:
    figure = panel.figure.to_json(validate=False).encode()
    return {
        "name": panel.name,
        "figure": orjson.Fragment(figure),
        "digest": blake2b(figure, digest_size=8).hexdigest(),  # tells whether to draw again
        "caption": panel.caption,
        "height": panel.height,
        "linked": panel.linked,
        "wide": panel.wide,
        "picks": panel.picks,
        "links": list(panel.links),
    }


def _native(panels: Sequence[Panel], columns: int) -> None:
    places = [place for _ in range(0, len(panels), columns) for place in st.columns(columns)]
    for panel, place in zip(panels, places, strict=False):
        panel.figure.update_layout(height=panel.height)
        with place:
            st.plotly_chart(panel.figure, key=f"plain {panel.name}", config=PLAIN_CONFIG)
            st.caption(panel.caption)
