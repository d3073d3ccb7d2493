"""Perfect alignment: two views, plain and informative, in-sample and on held-out pairs."""

import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.alignment import Study
from alignlab.figures.alignment import DRAWN_PAIRS, study_figures
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import folded, refusal, remember_selection, selection, verdict
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts.alignment import (
    LINES,
    PAGE,
    RANK,
    RECOVERY,
    Chosen,
    choose_study,
    numbers_table,
    selected_pairs,
)
from alignlab.ui.parts.pairs import HOLDOUT, SOURCE, SPLIT_SEED, pairs_controls
from alignlab.ui.parts.synthetic import PLANE
from alignlab.ui.takeaway import takeaway
from alignlab.words.alignment import (
    headline,
    picture_words,
    retrieval_words,
    study_words,
    verdict_words,
)


def sidebar() -> None:
    """The page's controls."""
    widget(SOURCE)
    pairs_controls()
    widget(HOLDOUT)
    folded("Alignment", ":material/join_inner:", alignment_controls)
    folded("Charts", ":material/visibility:", picture_controls)


def alignment_controls() -> None:
    """How to align."""
    widgets(RANK, SPLIT_SEED)


def picture_controls() -> None:
    """What the charts show."""
    widgets(RECOVERY, PLANE, LINES)


def body() -> None:
    """The charts of the study that the controls ask for, its numbers and their interpretation."""
    values = PAGE.values()
    first, files = st.container(), st.container()  # the charts come before the user's file
    with refusal(), files:
        chosen = choose_study(values)
    if chosen is None:
        return
    study, selected = chosen.study, selection()

    def figures() -> dict[str, go.Figure]:
        return study_figures(
            study,
            plane=values["plane"],
            lines=values["lines"],
            recovery=values["recovery"],
            selected=selected,
            keep=f"{chosen.name} {values['plane']} {values['recovery']}",
        )

    drawn, words = figures(), picture_words(study, values["recovery"])

    with first:
        line = verdict()
        charts(
            [
                Panel(
                    name=name,
                    figure=figure,
                    caption=words[name],
                    linked=name != "spectrum",
                    wide=name == "spectrum",
                )
                for name, figure in drawn.items()
            ],
            key="study",
            columns=2,
            on_select=remember_selection,
        )
    line.markdown(verdict_words(study))
    st.markdown(headline(study))
    findings(study, chosen, values["lines"])
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: study.table,
        parameters=chosen.parameters,
        script=chosen.script,
        notes=chosen.notes,
    )


def findings(study: Study, chosen: Chosen, lines: int) -> None:
    """What the charts show, what it means, and all numbers."""
    shown = min(study.train.n, DRAWN_PAIRS)
    st.caption(
        f"{shown:,} of {study.train.n:,} fitted pairs drawn, {min(lines, shown):,} "
        "partners joined by lines. ○ modality 1, × modality 2. Select a region with lasso or box "
        "to highlight the same pairs in all charts."
    )
    if selection():
        selected_pairs(study, selection(), chosen)
    st.markdown("\n".join(f"- {sentence}" for sentence in study_words(study)))
    st.latex(
        r"W^\star = \arg\min_{W^\top W = I_k} \lVert [X_1, -X_2]\, W \rVert_F, \quad "
        r"\mathrm{CMAE} = \tfrac1n \sum_i \lVert \hat z^{(1)}_i - \hat z^{(2)}_i \rVert_2"
    )
    st.subheader("Numbers")
    numbers_table(study)
    st.caption(retrieval_words(study))


PAGE.run(body, sidebar)
