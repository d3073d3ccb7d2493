"""Many views: two to six views of one latent, aligned jointly."""

from dataclasses import asdict

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.views import aligned_views, views_table
from alignlab.figures.views import DRAWN, views_figures
from alignlab.metrics import RETRIEVAL_PAIRS, mean_norm
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.compare import RIDGE
from alignlab.ui.parts.synthetic import PLANE, synthetic_controls, synthetic_pairs, synthetic_spec
from alignlab.ui.parts.views import PAGE, VIEWS, many_alignments, many_views, views_script
from alignlab.ui.takeaway import takeaway
from alignlab.words.numbers import ROUNDING, number
from alignlab.words.views import headline, views_words

SYMBOLS = "○×△□+☆"


def sidebar() -> None:
    """The page's controls."""
    widgets(VIEWS, RIDGE, PLANE)
    st.latex(r"\min_{W^\top W = I_k} \textstyle\sum_{i<j}")
    st.latex(r"\lVert X_i W_i - X_j W_j \rVert_F^2")
    synthetic_controls()


def body() -> None:
    """Joint perfect alignment of all views, compared with GCCA."""
    values = PAGE.values()
    count = values["views"]
    with refusal():
        spec = synthetic_spec(values)
        data = synthetic_pairs(spec)
        views = many_views(spec, count)
        found = many_alignments(spec, count, values["ridge"])
    aligned = aligned_views(views, found)
    labels = np.asarray(data.labels)  # drawn data have them

    def figures() -> dict[str, go.Figure]:
        return views_figures(
            aligned, labels, data.classes, plane=values["plane"],
            rounding=ROUNDING * mean_norm(views[0]), keep=spec.latent,
        )  # fmt: skip

    line = verdict()
    shown = min(spec.n, DRAWN)
    charts(
        [
            Panel(
                name=name,
                figure=figure,
                caption=caption(name, shown, spec.n, count),
                height=400,
                wide=name == "spectrum",
            )
            for name, figure in figures().items()
        ],
        key="views",
        columns=2,
    )
    line.markdown(headline(views, aligned["perfect alignment"]))
    st.markdown(views_words(views, aligned["perfect alignment"]))
    table = views_table(views, found)
    st.dataframe(table.map(number), height="content")
    pool = min(spec.n, RETRIEVAL_PAIRS)
    st.caption(
        f"Means over all pairs of {count} views. Retrieval among "
        f"{pool} rows, chance {number(1 / pool)}."
    )
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: table,
        parameters={"synthetic": asdict(spec), "views": count, "ridge": values["ridge"]},
        script=views_script(spec, count, values["ridge"]),
    )


def caption(name: str, shown: int, n: int, count: int) -> str:
    """The caption of a figure."""
    if name == "spectrum":
        return "Spectrum of all differences between views; stars mark the directions kept."
    if "between" in name:
        return f"Mean distance between the latents of the same row, for each two of {count} views."
    symbols = ", ".join(f"{view + 1} {SYMBOLS[view]}" for view in range(count))
    return f"{shown} of {n:,} rows; views {symbols}; colours are classes."


PAGE.run(body, sidebar)
