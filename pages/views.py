"""Many views: two to six of one latent, aligned all at once."""

from dataclasses import asdict

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.matrix import distances
from alignlab.figures.scatter import Members, many
from alignlab.figures.spectrum import spectrum
from alignlab.metrics import RETRIEVAL_PAIRS, mean_norm
from alignlab.numbers import ROUNDING, number
from alignlab.projection import to_plane
from alignlab.ui import parameters as p
from alignlab.ui.cache import many_alignments, many_views, synthetic_pairs
from alignlab.ui.catalog import VIEWS as PAGE
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import refusal, synthetic_controls, widgets
from alignlab.ui.scripts import views_script
from alignlab.ui.takeaway import takeaway
from alignlab.views import pairwise_cmae
from alignlab.views_words import views_table, views_words

DRAWN = 300  # rows of each latent
SYMBOLS = "○×△□+☆"


def sidebar() -> None:
    """What can be turned."""
    widgets(p.VIEWS, p.RIDGE, p.PLANE)
    st.latex(r"\min_{W^\top W = I_k} \textstyle\sum_{i<j}")
    st.latex(r"\lVert X_i W_i - X_j W_j \rVert_F^2")
    synthetic_controls()


def body() -> None:
    """Perfect alignment of all views at once, and GCCA beside it."""
    values = PAGE.values()
    count = values["views"]
    with refusal():
        spec = p.synthetic_spec(values)
        data = synthetic_pairs(spec)
        views = many_views(spec, count)
        found = many_alignments(spec, count, values["ridge"])

    def figures() -> dict[str, go.Figure]:
        drawn = {}
        rows = slice(0, DRAWN)
        codes = np.asarray(data.labels)[rows]
        latents = {name: alignment.embed(views) for name, alignment in found.items()}
        between = {name: pairwise_cmae(Z) for name, Z in latents.items()}
        # rounding noise stays dark
        most = max(ROUNDING * mean_norm(views[0]), *(float(M.max()) for M in between.values()))
        for name, Z in latents.items():
            points, axes = to_plane(
                *(one[rows] for one in Z),
                how=values["plane"],
                symbol="ẑ",
                labels=codes,
            )
            who = Members(labels=codes, classes=data.classes, rows=np.arange(len(codes)))
            drawn[name] = many(points, who, title=name, axes=axes, keep=f"{name} {spec.latent}")
            drawn[f"{name}, between views"] = distances(
                between[name], title=f"CMAE between views, {name}", names="view", most=most
            )
        plain = found["perfect alignment"]
        drawn["spectrum"] = spectrum(
            plain.spectrum,
            plain.k,
            plain.cutoff,
            title="Singular values of the stacked differences",
            of="all Xᵢ − Xⱼ",
        )
        return drawn

    top = st.container()
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
    top.markdown(views_words(views, found))
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
    """What stands below a figure."""
    if name == "spectrum":
        return "Of all differences between views; the stars are the directions taken."
    if "between" in name:
        return f"Mean distance of the same rows in the latents of every two of {count} views."
    symbols = ", ".join(f"{view + 1} {SYMBOLS[view]}" for view in range(count))
    return f"{shown} of {n:,} rows; views {symbols}; colours are classes."


PAGE.run(body, sidebar)
