"""The verdict on the diagnosis page: text, charts, numbers and exports."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import all_numbers
from alignlab.diagnosis.work import Work
from alignlab.figures import diagnose as figures_of
from alignlab.report.document import report, sentences
from alignlab.report.figures import pictures
from alignlab.report.numbers import numbers_json
from alignlab.report.tables import SCORED, displayed, displayed_advice, displayed_scores
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed
from alignlab.ui.page import verdict
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.diagnose.report import offer_report
from alignlab.ui.takeaway import takeaway
from alignlab.words.advice import scores_words
from alignlab.words.diagnose import headline, picture_words, verdict_words, without_noise
from alignlab.words.glossary import DIAGNOSIS
from alignlab.words.terms import terms_markdown

SCORE_PICTURES = ("held-out scores", "scores by dimension")

THEORY = "Regime according to theory"


def reference(material: d.Material, diagnosis: Work) -> Diagnosis | None:
    """The verdict in one line; returns the diagnosis so far, or None."""
    line = verdict()
    if not diagnosis.ready:
        line.markdown("Reading the rows …")
        return None
    found = diagnosis.result()
    bold = f"**{found.regime}**"
    badge = f":{figures_of.regime_colour(found.regime)}-background[{bold}]"
    line.markdown(verdict_words(found, material.at_hand).replace(bold, badge, 1))
    return found


def whole_verdict(material: d.Material, found: Diagnosis) -> None:
    """The advice and the verdict with their reasons, and the terms."""
    colour = figures_of.regime_colour(found.regime)
    with st.container(border=True):
        bold = f"**{found.regime}**"
        said = headline(found, material.at_hand)
        st.markdown(said.replace(bold, f":{colour}-background[{bold}]", 1))
    with st.expander("Terms: CA, CP, Δ, C, A, signal, nuisance …", icon=":material/menu_book:"):
        st.markdown(terms_markdown(DIAGNOSIS))


def draw(material: d.Material, work: Followed[Work]) -> None:
    """The verdict with its text, charts and numbers, as far as it is known."""
    known = reference(material, work.work)
    if known is None:
        return
    found = without_noise(known)
    drawn, captions = drawn_figures(material, found), picture_words(found)
    scored = [name for name in drawn if name in SCORE_PICTURES]
    if known.scores is not None:
        _charts(drawn, scored, captions, "scores")
        whole_verdict(material, known)
        st.markdown(f"##### {SCORED}")
        _bullets(scores_words(known))
        if known.advice is not None:
            st.dataframe(displayed_advice(found), height="content")
        st.dataframe(displayed_scores(found), height="content")
        st.markdown(f"##### {THEORY}")
    _charts(drawn, [name for name in drawn if name not in scored], captions, "diagnosis")
    if known.scores is None:
        whole_verdict(material, known)
    _bullets(words(material, known)[len(scores_words(known)) :])
    st.dataframe(displayed(found), height="content")


def _bullets(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def _charts(
    drawn: dict[str, go.Figure], names: list[str], captions: dict[str, str], key: str
) -> None:
    panels = [
        Panel(name=name, figure=drawn[name], caption=captions[name], height=400) for name in names
    ]
    charts(panels, key=key, columns=2)


def words(material: d.Material, found: Diagnosis) -> list[str]:
    """All sentences below the headline: on held-out labels first, then on theory."""
    return sentences(found, truth=material.truth, columns=material.columns)


def drawn_figures(material: d.Material, found: Diagnosis) -> dict[str, go.Figure]:
    """All charts of a diagnosis, by name."""
    return pictures(found, truth=material.truth, direction=material.prediction, keep=material.name)


def take(material: d.Material, work: Followed[Work]) -> None:
    """The export pack, the report in one file, and the numbers as JSON."""
    found = work.work.result()
    offer_report(
        lambda: report(
            found,
            data=material.data,
            spec=material.how,
            script=material.script,
            settings=material.settings,
            truth=material.truth,
            direction=material.prediction,
            available=material.at_hand,
        ),
        lambda: numbers_json(found, material.settings),
    )
    takeaway(
        d.TITLE,
        figures=lambda: drawn_figures(material, without_noise(found)),
        table=lambda: all_numbers(found),
        parameters=material.settings,
        script=material.script,
        notes=material.notes,
    )
