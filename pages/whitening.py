"""Whitening: from perfect alignment to CCA, and between PLS-SVD, prediction and CCA."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.whitening import Member, corner_table
from alignlab.figures.whitening import along, distances, journey, latent
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.synthetic import synthetic_controls, synthetic_pairs, synthetic_spec
from alignlab.ui.parts.whitening import (
    FAMILY,
    PAGE,
    WHITEN1,
    WHITEN2,
    bridge_corners,
    bridge_member,
    bridge_script,
    bridge_way,
)
from alignlab.ui.takeaway import takeaway
from alignlab.words.numbers import number
from alignlab.words.whitening import bridge_words, headline, same_words

FORMULAS = {
    "stack": (
        r"M = [X_1 S_{xx}^{-a/2},\; -X_2 S_{yy}^{-b/2}]",
        r"\min_{W^\top W = I} \lVert M W \rVert_F",
    ),
    "cross": (r"S_{xx}^{-a/2} S_{xy} S_{yy}^{-b/2} = U \Sigma V^\top",),
}


def sidebar() -> None:
    """The page's controls."""
    widgets(FAMILY, WHITEN1, WHITEN2)
    family = st.session_state[FAMILY.key]
    for line in FORMULAS[family]:
        st.latex(line)
    synthetic_controls()


def body() -> None:
    """The member of the family at the slider settings, and the path through its corners."""
    values = PAGE.values()
    family, a, b = values["family"], values["a"], values["b"]
    with refusal():
        spec = synthetic_spec(values)
        data = synthetic_pairs(spec)
        ends = bridge_corners(spec)
        found = bridge_member(spec, family, a, b)
        way = bridge_way(spec, family)

    def figures() -> dict[str, go.Figure]:
        return {
            "latent": latent(found, data, lines=200, keep=f"{family} {spec.latent}"),
            "distances": distances(found),
            "errors": along(way, family, (a, b)),
            "journey": journey(way, data, family),
        }

    line = verdict()
    captions = caption_words(found)
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name], height=400)
            for name, figure in figures().items()
        ],
        key="whitening",
        columns=2,
    )
    line.markdown(headline(found))
    st.markdown(bridge_words(found, family))
    st.markdown(same_words(bridge_member(spec, "stack", 1.0, 1.0), ends, data))
    st.caption("Subspace distances between the maps, at these settings and at the corners:")
    st.dataframe(corner_table(ends, found).map(number))
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: corner_table(ends, found),
        parameters={"synthetic": asdict(spec), "family": family, "a": a, "b": b},
        script=bridge_script(spec, family, a, b),
    )


def caption_words(found: Member) -> dict[str, str]:
    """A caption for every figure."""
    return {
        "latent": "Both views centred; every latent aligned with the true one by a rigid motion.",
        "distances": "‖P − P′‖ / √(2k) of the spans; plain bars: the map of modality 1, hatched: "
        "that of modality 2.",
        "errors": "NCMAE, relative CMAE and pair retrieval among the first "
        f"{min(RETRIEVAL_PAIRS, len(found.Z1))} pairs (chance "
        f"{1 / min(RETRIEVAL_PAIRS, len(found.Z1)):.2g}). Dotted: the slider settings, if they "
        "lie on the path. Prediction (CP) leaves each latent on its own scale, which worsens "
        "relative CMAE and retrieval but not the directions.",
        "journey": "Press ▶: the latent moves through the corners of the family.",
    }


PAGE.run(body, sidebar)
