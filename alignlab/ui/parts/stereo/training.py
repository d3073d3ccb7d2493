"""Trained encoders: the shipped sweep, and a training at the present setting as it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.data.stereo.outlines import SHAPES
from alignlab.experiments.stereo import CHANCE
from alignlab.experiments.stereo_trained import shipped
from alignlab.experiments.stereo_training import (
    HELD_OUT,
    METHODS,
    StereoTrainings,
    StereoTrainingSpec,
)
from alignlab.figures import stereo as draw
from alignlab.projection import to_plane
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.folder import app_folder
from alignlab.ui.jobs import job
from alignlab.ui.page import refusal, verdict
from alignlab.ui.parts.stereo.cells import shown_pairs
from alignlab.ui.parts.stereo.page import KEEP, PAGE, stereo_spec, training_specs
from alignlab.ui.progress import follow
from alignlab.ui.state import Refused
from alignlab.ui.takeaway import takeaway
from alignlab.words import stereo_trained as words

ASSETS = app_folder() / "assets" / "stereo"
"""Results that are shipped with the app (`alignlab.experiments.stereo_trained`)."""


@st.cache_resource(max_entries=1, show_spinner=False)
def shipped_table() -> pd.DataFrame:
    """The trainings that are shipped with the app, CA by VICReg alone."""
    found = shipped(ASSETS)
    if found is None:
        raise Refused(
            f"The results of training are missing: {ASSETS} holds no readable file. Install "
            "alignlab again."
        )
    return found.table[found.table["objective"] == "VICReg"]


def trained_tier(values: Mapping[str, Value]) -> None:
    """Pairs, what trained encoders find along the jitter, and a training on request."""
    with refusal():
        spec = stereo_spec(values)
        specs = training_specs(values)
        seen = shown_pairs(spec)
    table = shipped_table()
    near = words.nearest(table, spec)
    rows = table[table["noise_y"] == near.noise_y]

    def figures() -> dict[str, go.Figure]:
        return {
            "pairs": draw.sample_pairs(seen.X1, seen.X2, keep=KEEP),
            "trained encoders": draw.of_trained(rows, spec.jitter, chance=CHANCE, keep=KEEP),
        }

    line = verdict()
    said = words.captions(near, HELD_OUT)
    charts(
        [
            Panel(name=name, figure=figure, caption=said[name], height=400)
            for name, figure in figures().items()
        ],
        key="stereo trained",
        columns=2,
    )
    line.markdown(words.headline(rows, near, CHANCE))
    st.markdown(words.crossing_words(rows))
    st.subheader("Train at this setting")
    if not specs:
        st.caption("Choose at least one method in the sidebar.")
        return
    key = ("stereo training", tuple(specs.values()))
    if st.session_state.get("train stereo") != key:
        st.markdown(words.offer_words(specs))
        start = {"train stereo": key}
        st.button("Train", type="primary", on_click=st.session_state.update, args=(start,))
        return
    with refusal():
        training = job(key, lambda: StereoTrainings(specs))
    follow(training, lambda: watch(training.work), "steps")
    if not training.complete:
        return
    moving = playback(training.work)
    takeaway(
        PAGE.title,
        figures=lambda: figures() | curves(training.work) | moving,
        table=training.work.table,
        parameters={name: asdict(one) for name, one in specs.items()},
        script=training_script(specs),
    )


def watch(work: StereoTrainings) -> None:
    """The learning curves so far, and what was found."""
    said = words.captions(None, HELD_OUT)
    charts(
        [
            Panel(name=name, figure=figure, caption=said[name], height=340)
            for name, figure in curves(work).items()
        ],
        key="stereo learning",
        columns=2,
    )
    found = work.table()
    if len(found):
        st.dataframe(found.map("{:.2f}".format), height="content")


def curves(work: StereoTrainings) -> dict[str, go.Figure]:
    """The probe's accuracy and the loss by step, of every method."""
    histories = {name: training.curve for name, training in work.works.items()}
    steps = max(training.total for training in work.works.values())
    return {
        name: draw.learning(histories, column=column, chance=chance, steps=steps, keep=KEEP)
        for name, column, chance in (
            ("accuracy while learning", "accuracy", CHANCE), ("loss", "loss", None),
        )
    }  # fmt: skip


def playback(work: StereoTrainings) -> dict[str, go.Figure]:
    """The latents as they formed, to be played."""
    st.subheader("The latents as they formed")
    assert work.labels is not None  # the trainings are complete
    figures = {}
    for name, training in work.works.items():
        labels = work.labels[:, METHODS[name]]
        steps, clouds = zip(*training.snapshots, strict=True)
        last, _ = to_plane(*[one / one.std() for one in clouds], how="principal", symbol="ẑ")
        figures[f"forming: {name}"] = draw.forming(
            list(zip(steps, last, strict=True)), labels, SHAPES, method=name, keep=KEEP
        )
    said = words.captions(None, HELD_OUT)["forming"]
    charts(
        [
            Panel(name=name, figure=figure, caption=said, height=400)
            for name, figure in figures.items()
        ],
        key="stereo forming",
        columns=2,
    )
    return figures


def training_script(specs: Mapping[str, StereoTrainingSpec]) -> str:
    """Python that trains the same encoders."""
    made = ",\n".join(f"    {name!r}: {spec!r}" for name, spec in specs.items())
    return f"""from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo_training import StereoTrainings, StereoTrainingSpec

trainings = StereoTrainings({{
{made},
}})
for _ in trainings.run():
    pass
table = trainings.table()
"""
