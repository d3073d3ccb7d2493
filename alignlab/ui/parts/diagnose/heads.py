"""Light heads trained to compare with the verdict on the diagnosis page."""

from __future__ import annotations

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnosis.heads import Heads
from alignlab.diagnosis.tables import score_table
from alignlab.diagnosis.work import Work
from alignlab.figures import sensitivity as figures_of
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Chain, Followed
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.diagnose.scripts import heads_script
from alignlab.ui.parts.diagnose.verdict import reference, whole_verdict
from alignlab.ui.takeaway import takeaway
from alignlab.words.heads import heads_words

TABLE_1 = (
    "The layout of the paper's Table 1: mean ± standard deviation over seeds, which share one "
    "split in the paper and have one each here. CA's probe uses both views' projections, CP's the "
    "bottleneck; x alone, y alone, and x and y (not in the paper's table) use principal "
    "components. Training disagrees with the advice if the better view alone, or another "
    "representation trained on pairs, exceeds the advised one by more than the larger of the two "
    "deviations."
)

WIDTH = 104
"""Width of a column of scores, in pixels."""

DRAWN_TARGETS = 6
"""Maximum number of targets that are drawn; the table has all."""


def draw(material: d.Material, work: Followed[Chain[Work, Heads]]) -> None:
    """The verdict, and the scores of the light heads trained so far."""
    heads = work.work.then
    found = reference(material, work.work.first)
    if found is None:
        return
    if not heads.scores:
        whole_verdict(material, found)
        return
    charts(
        [
            Panel(name=name, figure=figure, caption=caption(heads), height=380)
            for name, figure in pictures(material, heads).items()
        ],
        key="heads",
        columns=1 if len(heads.targets) == 1 else 2,
    )
    whole_verdict(material, found)
    advised = "" if found.advice is None else found.advice.objective
    said = heads_words(heads.summary(), advised, found.scores, heads.spec.k)
    st.markdown("\n".join(f"- {sentence}" for sentence in said))
    shown = score_table(heads.summary())
    # otherwise a column keeps the narrow width of the dots it starts with
    wide = {name: st.column_config.TextColumn(width=WIDTH) for name in shown}
    st.dataframe(shown, height="content", column_config=wide)
    st.caption(TABLE_1)


def caption(heads: Heads) -> str:
    """The caption of a chart of scores."""
    seeds = len({one.seed for one in heads.scores})
    return (
        f"{seeds} seed{'s' * (seeds != 1)}: small dots, with mean and standard deviation. "
        f"{heads.labelled:,} of {heads.n:,} rows have a label; chance is {_chance(heads)}."
    )


def _chance(heads: Heads) -> str:
    """Chance level of every target; given once if they are all equal."""
    said = {f"{chance:.3g}" for chance in heads.chances.values()}
    if len(said) == 1:
        return said.pop()
    return ", ".join(f"{chance:.3g} ({target})" for target, chance in heads.chances.items())


def pictures(material: d.Material, heads: Heads) -> dict[str, go.Figure]:
    """A chart for each of the first targets."""
    table, keep = heads.table(), material.name
    return {
        target: figures_of.scores(table, target, heads.chances[target], keep=f"{keep} {target}")
        for target in heads.targets[:DRAWN_TARGETS]
    }


def take(material: d.Material, work: Followed[Chain[Work, Heads]]) -> None:
    """The export pack of the trainings."""
    heads = work.work.then
    takeaway(
        f"{d.TITLE}, light heads",
        figures=lambda: pictures(material, heads),
        table=heads.summary,
        parameters=material.settings | {"heads": asdict(heads.spec)},
        script=heads_script(material.lines, heads.spec),
        notes=material.notes,
    )
