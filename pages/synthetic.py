"""Synthetic data: a latent cloud, two modalities of it, and the recovered latent."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.data.synthetic import mixture_table, moments
from alignlab.experiments.alignment import StudySpec
from alignlab.figures.alignment import DRAWN_PAIRS
from alignlab.figures.synthetic import PIPELINE_PAIRS, synthetic_figures
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widget
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.alignment import synthetic_study
from alignlab.ui.parts.synthetic import (
    PAGE,
    PLANE,
    generate_script,
    synthetic_controls,
    synthetic_pairs,
    synthetic_spec,
)
from alignlab.ui.takeaway import takeaway
from alignlab.words.synthetic import data_words, headline


def sidebar() -> None:
    """The page's controls."""
    synthetic_controls()
    widget(PLANE)


def body() -> None:
    """Charts of the draw that the controls ask for."""
    values = PAGE.values()
    with refusal():
        spec = synthetic_spec(values)
        data = synthetic_pairs(spec)
        study = synthetic_study(spec, StudySpec(k=spec.k))

    def figures() -> dict[str, go.Figure]:
        keep = f"{spec.latent} {values['plane']}"
        return synthetic_figures(data, study, noise=spec.noise, plane=values["plane"], keep=keep)

    drawn, shown = figures(), min(spec.n, DRAWN_PAIRS)
    captions = {
        "pipeline": f"{min(PIPELINE_PAIRS, study.train.n)} of {spec.n:,} pairs. S⁽¹⁾ and S⁽²⁾ turn "
        "the latent into two modalities; A⁽¹⁾ and A⁽²⁾ are estimated from the pairs alone, by "
        "plain perfect alignment.",
        "S1": f"S⁽¹⁾, {spec.d1} × {spec.k}",
        "S2": f"S⁽²⁾, {spec.d2} × {spec.k}",
    }
    line = verdict()
    charts(
        [
            Panel(
                name=name,
                figure=figure,
                caption=captions.get(name, f"{shown:,} of {spec.n:,} pairs drawn, by class"),
                height=430 if name == "pipeline" else 360,
                wide=name == "pipeline",
            )
            for name, figure in drawn.items()
            if name not in ("S1", "S2")
        ],
        key="draw",
        columns=3,
    )
    line.markdown(headline(spec))
    st.markdown(data_words(spec))
    charts(
        [Panel(name=s, figure=drawn[s], caption=captions[s], height=330) for s in ("S1", "S2")],
        key="matrices",
        columns=2,
    )
    if spec.latent == "gmm":
        st.dataframe(mixture_table(spec, data))
    st.page_link(
        ALIGNMENT.script,
        label="Align these pairs",
        icon=ALIGNMENT.icon,
        query_params=ALIGNMENT.address(values),
    )
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: moments(data),
        parameters=asdict(spec),
        script=generate_script(spec),
    )


PAGE.run(body, sidebar)
