"""The chart of every page: one living Plotly node, updated in place.

`st.plotly_chart` builds a new chart for new data and forgets zoom and selection. This component
keeps its node and calls `Plotly.react`. Plotly itself comes from the installed package, served
by this app. Should it not load in some browser, `st.plotly_chart` takes over, with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st

st.components.v1.declare_component(  # serves component/alignlab.ui.chart.plotlyjs/plotly.min.js
    "plotlyjs", path=Path(plotly.__file__).parent / "package_data"
)

_living_chart = st.components.v2.component(
    "alignlab_chart",
    html="""
<div class="alignlab-chart">
  <div class="alignlab-plot" role="img"></div>
  <div class="alignlab-player" hidden></div>
</div>
""",
    css="""
.alignlab-chart { display: flex; flex-direction: column; width: 100%; }
.alignlab-chart:fullscreen { padding: 1rem; }
.alignlab-chart:fullscreen .alignlab-plot { flex: 1; height: auto !important; }
.alignlab-player { display: flex; gap: 0.4rem; align-items: center; color: var(--st-text-color); }
.alignlab-player[hidden] { display: none; }
.alignlab-player input { flex: 1; min-width: 4rem; accent-color: var(--st-primary-color); }
.alignlab-player button, .alignlab-player select {
  min-width: 2.4rem; height: 2rem; cursor: pointer; color: inherit; font: inherit;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: 0.4rem;
}
.alignlab-player output { min-width: 5rem; text-align: right; font-variant-numeric: tabular-nums; }
""",
    js=(Path(__file__).parent / "chart.js").read_text(),
    isolate_styles=False,  # Plotly's own style sheet lives in the page
)


def chart(
    fig: go.Figure,
    *,
    key: str,
    alt: str,
    height: int = 420,
    on_select: Callable[[Sequence[int]], None] | None = None,
) -> None:
    """Draw a figure.

    key : of the chart in this app; also the name of a saved picture.
    alt : what the picture shows, in words, for those who do not see it.
    height : pixels.
    on_select : called before the page runs again, with the row ids (the traces' `customdata`)
        that a lasso, a box or a click has chosen; none when the choice is dropped.
    """
    if _forced_native():
        _native(fig, key, height)
        return
    if failure := st.session_state.get("chart failure"):
        st.caption(
            f":material/warning: The live chart could not load ({failure}). This is a plain one: "
            "it forgets zoom when data change, and sends no selection. Reload the page to retry."
        )
        _native(fig, key, height)
        return

    def chosen() -> None:
        if on_select is not None:
            on_select(st.session_state[key].selected or ())

    fig.update_layout(meta={"alt": alt})
    result = _living_chart(
        key=key,
        data={
            "figure": fig.to_json(),
            "height": height,
            "name": key,
            "alt": alt,
            "select": on_select is not None,
        },
        default={"selected": [], "failed": ""},
        on_selected_change=chosen,
        on_failed_change=lambda: None,
    )
    if result.failed:
        st.session_state["chart failure"] = result.failed
        st.rerun()


def _forced_native() -> bool:
    """`ALIGNLAB_CHARTS=native` draws with `st.plotly_chart`, to compare the two."""
    return os.environ.get("ALIGNLAB_CHARTS") == "native"


def _native(fig: go.Figure, key: str, height: int) -> None:
    fig.update_layout(height=height)
    st.plotly_chart(fig, key=f"{key} (plain)", config={"displaylogo": False})
