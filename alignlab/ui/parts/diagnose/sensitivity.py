"""The sensitivity analysis of a verdict on the diagnosis page."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnosis.sensitivity import Checks
from alignlab.diagnosis.tables import check_table
from alignlab.diagnosis.work import Work
from alignlab.figures import sensitivity as figures_of
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Chain, Followed
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.diagnose.scripts import checks_script
from alignlab.ui.parts.diagnose.verdict import reference, whole_verdict
from alignlab.ui.takeaway import takeaway
from alignlab.words.sensitivity import checks_words

CAPTION = (
    "Top: what to train according to held-out labels, “–” for nothing, “?” for no advice. "
    "Squares: the verdict at each value, in the colours of the phase diagram, orange if "
    "undetermined. Bars: central 90% of resamples. An objective recovers the signal above 1."
)


def draw(material: d.Material, work: Followed[Chain[Work, Checks]]) -> None:
    """The verdict, and how it changes with labels, ridge and components."""
    checking = work.work.then
    found = reference(material, work.work.first)
    if found is None:
        return
    table = checking.table()
    if not len(table):
        whole_verdict(material, found)
        return
    charts(
        [
            Panel(name=name, figure=figure, caption=CAPTION, height=360)
            for name, figure in pictures(material, checking).items()
        ],
        key="checks",
        columns=2,
    )
    whole_verdict(material, found)
    st.markdown("\n".join(f"- {sentence}" for sentence in checks_words(table)))


def pictures(material: d.Material, checking: Checks) -> dict[str, go.Figure]:
    """A chart for each check that has started."""
    table = checking.table()
    return {
        kind: figures_of.check(table, kind, keep=f"{material.name} {kind}")
        for kind in figures_of.CHECKS
        if (table["kind"] == kind).any()
    }


def take(material: d.Material, work: Followed[Chain[Work, Checks]]) -> None:
    """The export pack of the checks."""
    checking = work.work.then
    takeaway(
        f"{d.TITLE}, checks",
        figures=lambda: pictures(material, checking),
        table=lambda: check_table(checking.table()),
        parameters=material.settings,
        script=checks_script(material.lines, checking.specs, checking.diagnosis),
        notes=material.notes,
    )
