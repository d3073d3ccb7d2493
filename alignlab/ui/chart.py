"""The charts of every page: persistent Plotly nodes, updated in place.

`st.plotly_chart` builds a new chart for new data and loses zoom and selection. This component
keeps its nodes and calls `Plotly.react`. Plotly itself is served by this app from the installed
package. If it does not load in the browser, `st.plotly_chart` is used instead, with a notice.
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

from alignlab.ui.halves import panels_beside
from alignlab.ui.jobs import charts_sent
from alignlab.ui.setting import heard, pause

PLAIN_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["sendChartToCloud"]}
"""For charts outside the component: Plotly's buttons except the one that uploads the data."""

st.components.v1.declare_component(  # serves component/alignlab.ui.chart.plotlyjs/plotly.min.js
    "plotlyjs", path=Path(plotly.__file__).parent / "package_data"
)

_HERE = Path(__file__).parent

_SCRIPTS = ("theme.js", "player.js", "moves.js", "titles.js", "chart.js")

MODULE = "\n".join((_HERE / name).read_text() for name in _SCRIPTS)
"""The component's script."""

_living_charts = st.components.v2.component(
    "alignlab_charts",
    html='<div class="alignlab-charts"></div>',
    css="\n".join((_HERE / name).read_text() for name in ("player.css", "chart.css")),
    js=MODULE,
    isolate_styles=False,  # Plotly's own style sheet lives in the page
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """One chart.

    name : unique on the page; also the name of a saved image.
    caption : shown below the chart, and its text alternative for screen readers.
    height : in pixels.
    linked : whether lasso, box and clicks select rows.
    wide : whether it takes a whole row of the grid. lead : of a narrow grid only.
    picks : whether a click reports the `customdata` of the mark that it hits.
    links : addresses in this app, indexed by the `customdata` of the mark that is hit; a click
        opens the address in a new tab, unless it is empty.
    """

    name: str
    figure: go.Figure
    caption: str
    height: int = 430
    linked: bool = False
    wide: bool = False
    lead: bool = False
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
    """Draw charts in a grid, which has fewer columns in a narrow window.

    key : identifies this grid in the app.
    on_select : called before the page runs again, with the row ids (the traces' `customdata`)
        that a lasso, a box or a click on a linked panel has selected; empty when the selection is
        cleared, by a double click or a second click on the only selected mark.
    on_pick : called before the page runs again, with the number that a click on a panel with
        `picks` has hit.
    """
    panels, columns = panels_beside(key, panels, columns)
    if os.environ.get("ALIGNLAB_CHARTS") == "native":  # to compare the two
        _native(panels, columns)
        return
    if failure := st.session_state.get("chart failure"):
        st.caption(
            f":material/warning: The live charts could not load ({failure}). Basic charts are "
            "shown instead: they lose zoom when the data change, and do not support selection. "
            "Reload the page to retry."
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
        data=orjson.dumps(
            {
                "columns": columns,
                "heard": heard(),
                "panels": [_packed(panel) for panel in panels],
            }
        ),
        default={"selected": [], "failed": ""},
        on_selected_change=selected,
        on_dropped_change=dropped,
        on_picked_change=picked,
        on_failed_change=lambda: None,
    )
    charts_sent()
    pause()
    if result.failed:
        st.session_state["chart failure"] = result.failed
        st.rerun()


def _packed(panel: Panel) -> dict[str, Any]:
    figure = panel.figure.to_json(validate=False).encode()
    return {
        "name": panel.name,
        "figure": orjson.Fragment(figure),
        "digest": blake2b(figure, digest_size=8).hexdigest(),  # redrawn only when this changes
        "caption": panel.caption,
        "height": panel.height,
        "linked": panel.linked,
        "wide": panel.wide,
        "lead": panel.lead,
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
    charts_sent()
