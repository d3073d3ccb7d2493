"""Paired embeddings in the phase diagram: the verdict, what it rests on, and how firm it is."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st
from alignlab.heads_words import checks_words, heads_words

from alignlab.diagnose import Diagnosis, Work
from alignlab.diagnosis_checks import Checks
from alignlab.diagnosis_tables import check_table, pairing_table, ratio_table, score_table
from alignlab.diagnosis_words import (
    diagnosis_words,
    headline,
    picture_words,
    truth_words,
)
from alignlab.features import label_summary, summary
from alignlab.figures import diagnosis as draw
from alignlab.light_heads import Heads
from alignlab.ui import diagnosis as d
from alignlab.ui import parameters as p
from alignlab.ui import spiked
from alignlab.ui.catalog import DIAGNOSE as PAGE
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Chain, Followed, follow, job
from alignlab.ui.page import folded, refusal, widgets
from alignlab.ui.report import offer_report
from alignlab.ui.scripts import checks_script, heads_script
from alignlab.ui.takeaway import takeaway
from alignlab.words import number

COLUMNS = {
    "delta": "Δ, population", "low": "from", "high": "to", "sample delta": "Δ, these pairs",
    "signal": "weakest signal", "nuisance": "largest nuisance",
    "sample nuisance": "largest nuisance, these pairs", "floor": "broken pairs, 95%",
    "above": "directions above nuisance", "directions": "directions that labels see",
}  # fmt: skip


CHECK_CAPTION = (
    "Squares: the verdict at each value, in the colours of the phase diagram, orange where it is "
    "undetermined. Bars: 90% of resamples. An objective recovers above 1."
)

TABLE_1 = (
    "The layout of the paper's Table 1: mean ± standard deviation over seeds, which there share "
    "one split and here have one each. CA's probe sees both views' projections, CP's the "
    "bottleneck, x alone and y alone their principal components."
)

DRAWN_TARGETS = 6  # the table has all


def sidebar() -> None:
    """What can be turned."""
    widgets(d.CASE, d.PART)
    st.latex(r"\Delta = \tfrac{\min\,\text{signal}}{\max\,\text{nuisance}}")
    st.latex(r"C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2}")
    st.latex(r"A = S_{xx}^{-1/2} S_{xy}")
    drawn = st.session_state[d.CASE.key] == "spiked"
    if drawn:
        d.ROWS.widget()
    if st.session_state[d.PART.key] == "train":
        widgets(*d.HEADS)
    widgets(d.LABELLED, d.RESAMPLES, spiked.SOURCE_VIEW, p.PAIRING, p.SEED)
    if drawn:
        spiked.model_controls()


def body() -> None:
    """The part that the controls ask for."""
    values = PAGE.values()
    with refusal():
        material = d.choose_material(values)
        if material is None:
            st.info(
                "Bring two views of the same things, and labels of some of them if there are any. "
                "Or press one of the examples above.",
                icon=":material/upload_file:",
            )
            return
        part, begin = PARTS[values["part"]], material.begin(values)
        work = job(*begin, own=material.own)
    follow(work, lambda: part(material, work), "steps")
    if material.features is not None:
        folded("What was read", ":material/table_view:", lambda: read(material))
    if work.complete:
        TAKEN[values["part"]](material, work)


def verdict(material: d.Material, work: Followed[Work]) -> None:
    """The verdict with its words, pictures and numbers, as far as it is known."""
    if not work.work.ready:
        st.markdown("Looking at the rows …")
        return
    found = work.work.result()
    banner(found)
    words = diagnosis_words(found)
    if material.truth is not None:
        words.insert(0, truth_words(material.truth))
    st.markdown("\n".join(f"- {sentence}" for sentence in words))
    captions = picture_words(found)
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name], height=400)
            for name, figure in figures(material, found).items()
        ],
        key="diagnosis",
        columns=2,
    )
    table = ratio_table(found).rename(columns=COLUMNS, index=draw.NAMES)
    st.dataframe(table.map(number).T, height="content")


def banner(found: Diagnosis) -> None:
    """The verdict in one line."""
    colour = draw.regime_colour(found.regime)
    with st.container(border=True):
        st.markdown(f":{colour}-badge[{found.regime}]  {headline(found)}")


def figures(material: d.Material, found: Diagnosis) -> dict[str, go.Figure]:
    """All pictures of a diagnosis, by name."""
    keep, truth = material.name, material.truth
    direction = PAGE.values()[spiked.SOURCE_VIEW.name]
    drawn: dict[str, go.Figure] = {}
    if found.population is not None:
        drawn["where"] = draw.located(found, truth, keep=keep)
        drawn["ratios"] = draw.ratios(found, truth, keep=keep)
    drawn["spectrum of C"] = draw.spectrum(found, "ca", keep=keep)
    drawn["spectrum of A"] = draw.spectrum(found, direction, keep=f"{keep} {direction}")
    if found.population is not None:
        drawn["labels"] = draw.explained(found, keep=keep)
        drawn["signal and nuisance"] = draw.separated(found, keep=keep)
    if found.pairing is not None:
        drawn["pairing"] = draw.strengths(found, keep=keep)
    return drawn


def read(material: d.Material) -> None:
    """A summary of what was read."""
    assert material.features is not None
    st.dataframe(summary(material.features).map(number), height="content")
    st.caption(label_summary(material.features))


def take_verdict(material: d.Material, work: Followed[Work]) -> None:
    """The pack, the report in one file, and the numbers as JSON."""
    found = work.work.result()
    offer_report(
        PAGE.title,
        found,
        words=[headline(found), *diagnosis_words(found)],
        figures=lambda: figures(material, found),
        captions=picture_words(found),
        tables={"Ratios": ratio_table(found), "Pairing": pairing_table(found)},
        settings=material.settings,
        script=material.script,
    )
    takeaway(
        PAGE.title,
        figures=lambda: figures(material, found),
        table=lambda: ratio_table(found),
        parameters=material.settings,
        script=material.script,
        notes=material.notes,
    )


def checks(material: d.Material, work: Followed[Chain]) -> None:
    """The verdict, and how it changes with what it was made of."""
    diagnosis, checking = work.work.works
    if not reference(diagnosis):
        return
    table = checking.table()
    if not len(table):
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in checks_words(table)))
    charts(
        [
            Panel(name=name, figure=figure, caption=CHECK_CAPTION, height=360)
            for name, figure in check_figures(material, checking).items()
        ],
        key="checks",
        columns=2,
    )


def check_figures(material: d.Material, checking: Checks) -> dict[str, go.Figure]:
    """A picture for each check that has begun."""
    table = checking.table()
    return {
        kind: draw.check(table, kind, keep=f"{material.name} {kind}")
        for kind in draw.CHECKS
        if (table["kind"] == kind).any()
    }


def take_checks(material: d.Material, work: Followed[Chain]) -> None:
    """The pack of the checks."""
    checking = work.work.works[1]
    takeaway(
        f"{PAGE.title}, checks",
        figures=lambda: check_figures(material, checking),
        table=lambda: check_table(checking),
        parameters=material.settings,
        script=checks_script(material.lines, checking.specs),
        notes=material.notes,
    )


def trainings(material: d.Material, work: Followed[Chain]) -> None:
    """The verdict, and the scores of light heads as far as they are trained."""
    diagnosis, heads = work.work.works
    if not reference(diagnosis):
        return
    found = diagnosis.result()
    if not heads.scores:
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in heads_words(heads.table(), found)))
    charts(
        [
            Panel(name=name, figure=figure, caption=scores_caption(heads), height=380)
            for name, figure in score_figures(material, heads).items()
        ],
        key="heads",
        columns=1 if len(heads.targets) == 1 else 2,
    )
    st.dataframe(score_table(heads.summary()), height="content")
    st.caption(TABLE_1)


def scores_caption(heads: Heads) -> str:
    """What stands below a picture of scores."""
    seeds = len({one.seed for one in heads.scores})
    return (
        f"{seeds} seed{'s' * (seeds != 1)}: small dots, with mean and standard deviation. "
        f"{heads.labelled:,} of {heads.n:,} rows have a label; chance is {heads.chance:.3g}."
    )


def score_figures(material: d.Material, heads: Heads) -> dict[str, go.Figure]:
    """A picture for each of the first targets."""
    table, keep = heads.table(), material.name
    return {
        target: draw.scores(table, target, heads.chance, keep=f"{keep} {target}")
        for target in heads.targets[:DRAWN_TARGETS]
    }


def take_trainings(material: d.Material, work: Followed[Chain]) -> None:
    """The pack of the trainings."""
    heads = work.work.works[1]
    takeaway(
        f"{PAGE.title}, light heads",
        figures=lambda: score_figures(material, heads),
        table=heads.summary,
        parameters=material.settings | {"heads": asdict(heads.spec)},
        script=heads_script(material.lines, heads.spec),
        notes=material.notes,
    )


def reference(diagnosis: Work) -> bool:
    """The verdict in one line; whether it is known."""
    if not diagnosis.ready:
        st.markdown("Looking at the rows …")
        return False
    banner(diagnosis.result())
    return True


PARTS = {"verdict": verdict, "check": checks, "train": trainings}
TAKEN = {"verdict": take_verdict, "check": take_checks, "train": take_trainings}

PAGE.run(body, sidebar)
