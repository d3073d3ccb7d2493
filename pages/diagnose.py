"""Paired embeddings in the phase diagram: the verdict, its evidence, and its sensitivity."""

import streamlit as st

from alignlab.data.features import label_summary, summary
from alignlab.ui.jobs import job
from alignlab.ui.page import folded, refusal
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts import spiked
from alignlab.ui.parts.diagnose import heads, sensitivity, verdict
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.diagnose.page import PAGE
from alignlab.ui.parts.pairs import PAIRING
from alignlab.ui.parts.synthetic import SEED
from alignlab.ui.progress import follow
from alignlab.words.glossary import named
from alignlab.words.numbers import number
from alignlab.words.terms import meanings

PARTS = {"verdict": verdict, "check": sensitivity, "train": heads}


def sidebar() -> None:
    """The page's controls."""
    widgets(d.CASE, d.PART)
    st.latex(
        r"\Delta = \tfrac{\min\,\text{signal}}{\max\,\text{nuisance}}",
        help=meanings(named("Δ", "Signal", "Nuisance")),
    )
    st.latex(r"C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2}", help=meanings(named("C", "CA")))
    st.latex(r"A = S_{xx}^{-1/2} S_{xy}", help=meanings(named("A", "CP")))
    drawn = st.session_state[d.CASE.key] == "spiked"
    if drawn:
        widget(d.ROWS)
    if st.session_state[d.PART.key] == "train":
        widgets(*d.HEADS)
    widgets(
        d.AT_HAND,
        d.LABELLED,
        d.LABEL_KIND,
        d.SCALE,
        d.PRINCIPAL,
        d.RESAMPLES,
        spiked.SOURCE_VIEW,
        PAIRING,
        SEED,
    )
    if drawn:
        spiked.model_controls()


def body() -> None:
    """The part that the controls ask for."""
    values = PAGE.values()
    first, files = st.container(), st.container()  # the charts come before the user's files
    with refusal(), files:
        material = d.choose_material(values)
        if material is None:
            st.info(
                "Provide two views of the same samples, and labels for some of them if you have "
                "any. Or choose one of the examples above.",
                icon=":material/upload_file:",
            )
            return
        work = job(*material.begin(values), own=material.own)
    part = PARTS[values["part"]]
    with first:
        follow(work, lambda: part.draw(material, work), "steps")
    if material.features is not None:
        folded("Data as read", ":material/table_view:", lambda: read(material))
    if work.complete:
        part.take(material, work)


def read(material: d.Material) -> None:
    """A summary of what was read."""
    assert material.features is not None
    st.dataframe(summary(material.features).map(number), height="content")
    st.caption(label_summary(material.features))


PAGE.run(body, sidebar)
