"""Images and captions: align or predict, as the images are distorted."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.data.captions.distortion import NAMES
from alignlab.data.captions.spec import CaptionSpec
from alignlab.diagnosis.work import Work
from alignlab.experiments.caption_sweep import CaptionSweepSpec
from alignlab.experiments.captions import CHANCE, HELD_OUT
from alignlab.experiments.captions_published import COCO
from alignlab.figures import captions as draw
from alignlab.figures.diagnose import located
from alignlab.figures.probes import by_bottleneck
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.captions import (
    CONTROLS,
    PAGE,
    all_bottlenecks,
    caption_script,
    caption_spec,
    diagnosis_job,
    scores_of,
    shown_scenes,
    sweep_job,
)
from alignlab.ui.progress import follow
from alignlab.ui.takeaway import takeaway
from alignlab.words import captions as words

KEEP = "captions"


def sidebar() -> None:
    """The page's controls."""
    widgets(*CONTROLS)


def body() -> None:
    """Scenes, what a probe finds in each encoder's numbers, the sweep, the place on the map."""
    values = PAGE.values()
    k = values["code"]
    with refusal():
        spec = caption_spec(values)
        scores, seen = scores_of(spec, k), shown_scenes(spec)

    def figures() -> dict[str, go.Figure]:
        return {
            "scenes": draw.scene_pairs(seen.clean, seen.seen, seen.texts, keep=KEEP),
            "scores": draw.scored(scores, chance=CHANCE, k=k, keep=KEEP),
        }

    line = verdict()
    grid(figures(), spec, k, "scenes", height=400)
    line.markdown(words.headline(scores, spec.level, CHANCE))
    st.markdown(words.scores_words(scores, round(len(NAMES) * spec.level)))
    swept = sweep_job(spec, k)
    st.subheader("Along the level of distortion")

    def curves() -> dict[str, go.Figure]:
        now = scores["accuracy"].to_dict()
        return draw.along_level(
            swept.work.at(k), now, spec.level, chance=CHANCE, reported=COCO, keep=KEEP
        )

    follow(swept, lambda: grid(curves(), spec, k, "along"), "settings")
    if not swept.complete:
        return
    st.markdown(words.trend_words(swept.work.at(k)))
    diagnosed = diagnosis_job(spec, k)
    st.subheader("Place in the phase diagram, and the bottleneck")
    follow(diagnosed, lambda: place(diagnosed, spec, k), "steps")
    if not diagnosed.complete:
        return
    takeaway(
        PAGE.title,
        figures=lambda: figures() | curves() | place_figures(diagnosed, spec, k),
        table=lambda: scores,
        parameters=asdict(spec) | {"k": k},
        script=caption_script(spec, k),
    )


def grid(
    figures: dict[str, go.Figure], spec: CaptionSpec, k: int, key: str, height: int = 400
) -> None:
    """Charts with their captions."""
    said = words.captions_of(k, HELD_OUT, spec.n, CaptionSweepSpec.seeds)
    charts(
        [
            Panel(name=name, figure=figure, caption=said[name], height=height)
            for name, figure in figures.items()
        ],
        key=f"captions {key}",
        columns=2,
    )


def place(diagnosed: Followed[Work], spec: CaptionSpec, k: int) -> None:
    """Where the features lie among the regimes, and the accuracy at every bottleneck."""
    if not diagnosed.work.ready:
        return
    found = diagnosed.work.result()
    grid(place_figures(diagnosed, spec, k), spec, k, "place")
    paired = found.pairing is None or found.pairing.paired
    st.markdown(words.verdict_words(found.regime, found.delta_ca, found.delta_cp, paired=paired))


def place_figures(diagnosed: Followed[Work], spec: CaptionSpec, k: int) -> dict[str, go.Figure]:
    """The features' place among the regimes, and the accuracy at every bottleneck."""
    table = all_bottlenecks(spec)
    return {
        "where": located(diagnosed.work.result(), None, keep=KEEP),
        "bottleneck": by_bottleneck(table, draw.LOOKS, k, chance=CHANCE, keep=KEEP),
    }


PAGE.run(body, sidebar)
