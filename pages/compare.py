"""Aligners compared: the same pairs, the same split, one table; training is shown live."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.compare import FIGURES, Comparison
from alignlab.experiments.methods import METHODS
from alignlab.figures.compare import DRAWN_PAIRS, course, latents, playback
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import folded, refusal, remember_selection, selection, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.compare import (
    COMPARED,
    FEATURE_RANK,
    FEATURE_SEED,
    FEATURES,
    PAGE,
    RIDGE,
    comparison_script,
    comparison_spec,
)
from alignlab.ui.parts.contrastive import (
    BATCH,
    LEARNING_RATE,
    SCORES,
    TEMPERATURE,
    TRAIN_SEED,
    TRAIN_STEPS,
)
from alignlab.ui.parts.pairs import (
    HOLDOUT,
    SOURCE,
    SPLIT_SEED,
    choose_pairs,
    pairs_controls,
)
from alignlab.ui.parts.synthetic import PLANE
from alignlab.ui.progress import follow
from alignlab.ui.takeaway import takeaway
from alignlab.words.compare import comparison_words, headline, table_words
from alignlab.words.numbers import number


def sidebar() -> None:
    """The page's controls."""
    widgets(SOURCE, COMPARED)
    folded("Training", ":material/model_training:", training_controls)
    folded("Random Fourier features", ":material/waves:", feature_controls)
    widgets(RIDGE, HOLDOUT, SPLIT_SEED, PLANE)
    pairs_controls()


def training_controls() -> None:
    """How both contrastive methods are trained; DeepCCA has the same steps, batch and rate."""
    st.latex(
        r"\mathcal{L} = -\tfrac12 \sum_i \log \tfrac{e^{s_{ii}/\tau}}{\sum_j e^{s_{ij}/\tau}}"
        r" + \log \tfrac{e^{s_{ii}/\tau}}{\sum_j e^{s_{ji}/\tau}}"
    )
    widgets(TEMPERATURE, TRAIN_STEPS, BATCH, LEARNING_RATE, SCORES, TRAIN_SEED)


def feature_controls() -> None:
    """How random Fourier features are drawn."""
    st.latex(r"\varphi(x) = \sqrt{2/D}\,\cos(W^T x + b)")
    widgets(FEATURES, FEATURE_RANK, FEATURE_SEED)


def body() -> None:
    """The comparison that the controls ask for, as far as it has run."""
    values = PAGE.values()
    first, files = st.container(), st.container()  # the charts come before the user's file
    with refusal():
        with files:
            pairs = choose_pairs(values)
        if pairs is None:
            return
        spec = comparison_spec(values)
        measured = job((pairs.key, spec), lambda: Comparison(pairs.data, spec), own=pairs.own)
    with first:
        follow(measured, lambda: draw(measured, values, pairs.name), "steps")
    if not measured.complete:
        return
    play(measured.work)
    takeaway(
        PAGE.title,
        figures=lambda: drawn(measured.work, values, pairs.name),
        table=lambda: measured.work.table().drop(columns="seconds"),
        parameters=pairs.settings | {"comparison": asdict(spec)},
        script=comparison_script(pairs.lines, spec),
        notes=pairs.notes,
    )


def drawn(comparison: Comparison, values: dict[str, Value], name: str) -> dict[str, go.Figure]:
    """The charts of the latents, by name of the aligner."""
    keep = f"{name} {values['plane']}"
    return latents(comparison, plane=values["plane"], selected=selection(), keep=keep)


def draw(measured: Followed[Comparison], values: dict[str, Value], name: str) -> None:
    """Charts, text and table of the results so far."""
    comparison = measured.work
    line = verdict()
    if comparison.results:
        charts(
            [
                Panel(name=method, figure=figure, caption=caption(comparison, method), height=330,
                      linked=True)
                for method, figure in drawn(comparison, values, name).items()
            ],
            key="latents",
            columns=3,
            on_select=remember_selection,
        )  # fmt: skip
    line.markdown(headline(comparison))
    watch(comparison)
    st.markdown("\n".join(f"- {sentence}" for sentence in comparison_words(comparison)))
    if comparison.results:
        numbers(comparison)


def numbers(comparison: Comparison) -> None:
    """The table on held-out pairs; that on the fitted pairs is in an expander."""
    split = "held out" if len(comparison.test_rows) else "train"
    st.dataframe(comparison.table(split).map(number), height="content")
    st.caption(f"{split.capitalize()} pairs. {table_words(comparison)}")
    if split == "held out":

        def fitted() -> None:
            st.dataframe(comparison.table("train").map(number), height="content")

        folded("The same metrics on the fitted pairs", ":material/table_chart:", fitted)


def watch(comparison: Comparison) -> None:
    """Loss and error of the current training, or of the last one."""
    trainings = [one.training for one in comparison.results.values() if one.training is not None]
    training = comparison.training or (trainings[-1] if trainings else None)
    if training is None or len(training.history) < 2:
        return
    method = METHODS[training.method].label
    words = f"{method}: step {training.done:,} of {training.total:,}."
    charts(
        [
            Panel(name=name, figure=figure, caption=words, height=280)
            for name, figure in course(training).items()
        ],
        key="course",
        columns=2,
    )


def caption(comparison: Comparison, method: str) -> str:
    """The caption of an aligner's latent."""
    figures = comparison.results[method].figures
    shown = min(len(comparison.train_rows), DRAWN_PAIRS)
    return (
        f"In-sample NCMAE {number(figures['train', FIGURES[1]])}; {shown} of "
        f"{len(comparison.train_rows):,} fitted pairs shown."
    )


def play(comparison: Comparison) -> None:
    """The trainings, played back."""
    panels = [
        Panel(
            name=f"{name} training",
            figure=playback(comparison, one.training),
            caption=f"Press ▶: {METHODS[name].label}, from the initial weights to the last step.",
        )
        for name, one in comparison.results.items()
        if one.training is not None
    ]
    if panels:
        charts(panels, key="playback", columns=2)


PAGE.run(body, sidebar)
