"""Cross-modal transfer: labels of modality 1 only, unlabelled pairs, accuracy on modality 2."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.transfer import TransferCurves, draw, transfer_table
from alignlab.figures.transfer import accuracy_curves, three_steps
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.transfer import (
    PAGE,
    TRANSFER,
    transfer_accuracies,
    transfer_fit,
    transfer_script,
    transfer_spec,
)
from alignlab.ui.progress import follow
from alignlab.ui.takeaway import takeaway
from alignlab.words.numbers import share
from alignlab.words.transfer import headline, transfer_words

LABELLED = (2, 5, 10, 20, 50, 100, 200)
PAIRS = (10, 30, 100, 300, 1000, 3000)


def sidebar() -> None:
    """The page's controls."""
    st.latex(r"(x^{(1)}, x^{(2)}) \sim \textstyle\sum_y \tfrac1C\, \mathcal{N}(\mu_y, \Sigma)")
    st.latex(r"\Sigma = \sigma^2 \begin{pmatrix} 1 & r \\ r & 1 \end{pmatrix}")
    widgets(*TRANSFER)


def body() -> None:
    """The three steps, their accuracy, and how it depends on labels and pairs."""
    values = PAGE.values()
    with refusal():
        spec = transfer_spec(values)
        data, fitted = draw(spec), transfer_fit(spec)
        found = transfer_accuracies(spec)
        curves = job(
            (spec, values["runs"]),
            lambda: TransferCurves(spec, LABELLED, PAIRS, values["runs"]),
        )

    def figures() -> dict[str, go.Figure]:
        return three_steps(data, fitted)

    line = verdict()
    captions = {
        "step 1": f"{spec.labelled} labelled rows of modality 1 per class; red: the decision "
        "boundary.",
        "step 2": f"{spec.pairs:,} pairs without labels; ellipses: two standard deviations of "
        "each cluster, with P(class | cluster) from the step 1 predictions for its pairs.",
        "step 3": f"{spec.test:,} rows of modality 2, whose labels are used for scoring only. Red: "
        "the projected boundary; dotted: that of a classifier trained on modality 2's labels.",
    }
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name], height=400)
            for name, figure in figures().items()
        ],
        key="steps",
        columns=3,
    )
    line.markdown(headline(spec, found))
    st.markdown(transfer_words(spec, found))
    st.dataframe(transfer_table(found).map(share), height="content")
    st.caption(
        f"Accuracy on {spec.test:,} rows of modality 2; chance is {share(1 / spec.classes)}. The "
        "routes through an aligned latent are trained on ẑ⁽¹⁾ and applied to ẑ⁽²⁾, k = 1."
    )
    st.subheader("Accuracy by number of labels and of pairs")
    follow(curves, lambda: draw_curves(curves, spec.classes), "runs")
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: transfer_table(found),
        parameters=asdict(spec),
        script=transfer_script(spec),
    )


def draw_curves(curves: Followed[TransferCurves], classes: int) -> None:
    """Accuracy against labels and against pairs, as far as it has been measured."""
    table = curves.work.table
    seeds = table["seed"].nunique()
    charts(
        [
            Panel(
                name=over,
                figure=accuracy_curves(table, over, label, 1 / classes),
                caption=f"Mean of {seeds} seeds ± one standard deviation; all else as set."
                if seeds > 1
                else "One seed so far; all else as set.",
            )
            for over, label in (
                ("labelled", "labelled rows per class"), ("pairs", "unlabelled pairs"),
            )
        ],
        key="curves",
        columns=2,
    )  # fmt: skip


PAGE.run(body, sidebar)
