"""The linear experiments of the phase-diagram paper, in theory and in samples."""

from dataclasses import asdict

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.figures import recovery as draw
from alignlab.spiked.infonce import Trainings, TrainingSweep
from alignlab.spiked.monte_carlo import Sampling
from alignlab.spiked.objectives import shared_by_all, shared_dimensions_table
from alignlab.spiked.recovery import SpikedStudy
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import folded, refusal, verdict
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts import recovery as recovery_part
from alignlab.ui.parts import spiked as p
from alignlab.ui.parts.contrastive import BATCH, LEARNING_RATE, TRAIN_STEPS
from alignlab.ui.parts.recovery import (
    EXPERIMENT,
    HELD,
    PAGE,
    RANK_XY,
    START,
    STOP,
    TEMPERATURES,
    VALUES,
    VARIED,
    bottleneck_script,
    closed_forms,
    spiked_script,
    training_sweep,
    trainings_script,
    what_varies,
)
from alignlab.ui.parts.sampling import DRAWS, SAMPLE_N
from alignlab.ui.parts.synthetic import SEED
from alignlab.ui.progress import follow
from alignlab.ui.setting import put
from alignlab.ui.takeaway import takeaway
from alignlab.words.recovery import headline, study_words, trained_headline, trained_words
from alignlab.words.samples import sample_warning

FORMULAS = {
    "distance": r"\lVert P_{\hat U} - P_U \rVert_F / \sqrt{2k}",
    "errors": r"\mathbb{E}\lVert y - \hat y \rVert^2,\quad \mathbb{E}\lVert z - \hat y_z \rVert^2",
    "joint": r"G G^\top + \lambda\,(C C^\top - I)",
    "infonce": r"-\log \tfrac{e^{s_{ii}/\tau}}{\sum_j e^{s_{ij}/\tau}}",
    "soft": r"\lVert W S_{xx}^{1/2}\rVert^2 + \lVert V S_{yy}^{1/2}\rVert^2",
    "hard": r"\min(r_x, r_y, r_{xy})",
}


def sidebar() -> None:
    """The page's controls."""
    widget(EXPERIMENT, on_change=forget_range)
    experiment = st.session_state[EXPERIMENT.key]
    st.latex(FORMULAS[experiment])
    if experiment == "hard":
        widgets(p.SHARED_K, RANK_XY)
        return
    if experiment in ("distance", "errors", "infonce"):
        widget(VARIED, on_change=forget_range)
    if experiment in ("distance", "errors"):
        widget(HELD)
    for place, control in zip(st.columns(2), (START, STOP), strict=True):
        with place:
            widget(control)
    widgets(VALUES, SAMPLE_N, DRAWS)
    if experiment == "infonce":
        widget(TEMPERATURES)
        folded("Training", ":material/model_training:", training_controls)
    p.model_controls(what_varies(PAGE.values()))
    widget(SEED)


def forget_range() -> None:
    """Reset the range: each varied parameter has its own."""
    for control in (START, STOP):
        put(control, control.default)


def training_controls() -> None:
    """How the encoders are trained."""
    widgets(TRAIN_STEPS, BATCH, LEARNING_RATE)


def body() -> None:
    """The experiment that the controls ask for."""
    values = PAGE.values()
    {"hard": hard, "infonce": infonce}.get(values["experiment"], sampled)()


def sampled() -> None:
    """One parameter varied: theory, and the samples measured so far."""
    with refusal():
        study = recovery_part.study(PAGE.values())
        measured = job(study, study.sampling)
    follow(measured, lambda: draw_study(study, measured), "problems")
    if not measured.complete:
        return
    takeaway(
        PAGE.title,
        figures=lambda: draw.experiment_figures(study, measured.work),
        table=lambda: study.table(measured.work),
        parameters=asdict(study),
        script=spiked_script(study),
    )


def draw_study(study: SpikedStudy, measured: Followed[Sampling]) -> None:
    """Text and curves of an experiment."""
    line = verdict()
    drawn = draw.experiment_figures(study, measured.work)
    caption = (
        f"Mean of {len(study.seeds)} samples of {study.n:,} pairs, band from the 10th to the 90th "
        "percentile; thin dotted lines: the limit of infinitely many pairs."
    )
    captions = {
        "joint": f"{caption} Horizontal dotted line: λ = 0, which is CP.",
        "ratios": "Theory. Vertical lines: where Δ crosses 1.",
        "values ca": "Recovery needs signal above nuisance; finite samples raise the nuisance.",
        "values cp": "The same for prediction, y from x.",
    }
    charts(
        [
            Panel(
                name=name,
                figure=figure,
                caption=captions.get(name, caption),
                height=420,
                wide=len(drawn) == 1,
            )
            for name, figure in drawn.items()
        ],
        key=f"study {study.experiment}",
        columns=2,
    )
    line.markdown(headline(study, measured.work))
    floor = measured.work.floors[0, :1].max(initial=0.0)
    if warning := sample_warning(study.spec.d, study.n, floor if study.over == "nu" else 0.0):
        st.warning(warning, icon=":material/warning:")
    st.markdown(study_words(study, measured.work))


def infonce() -> None:
    """Trained encoders compared with the closed forms."""
    with refusal():
        sweep = training_sweep(PAGE.values())
        closed = closed_forms(sweep)
        measured = job(sweep, lambda: Trainings(sweep))
    follow(measured, lambda: draw_trainings(sweep, measured.work, closed), "steps")
    if not measured.complete:
        return
    takeaway(
        PAGE.title,
        figures=lambda: {"InfoNCE": trained_figure(sweep, measured.work, closed)},
        table=measured.work.table,
        parameters=asdict(sweep),
        script=trainings_script(sweep),
    )


def trained_figure(sweep: TrainingSweep, work: Trainings, closed: pd.DataFrame) -> go.Figure:
    """Distances at every temperature, with those of the closed forms."""
    return draw.trained(work.table(), closed, keep=f"infonce {sweep.over}")


def draw_trainings(sweep: TrainingSweep, work: Trainings, closed: pd.DataFrame) -> None:
    """Text and curves of the trainings so far."""
    line = verdict()
    trainings = "1 training" if len(sweep.seeds) == 1 else f"{len(sweep.seeds)} trainings"
    caption = (
        f"{trainings} per point, {sweep.training.steps} steps of Adam on "
        f"{sweep.n:,} pairs, batches of {sweep.training.batch}. Dotted: the closed forms on the "
        "moments of the same number of pairs."
    )
    figure = trained_figure(sweep, work, closed)
    panel = Panel(name="InfoNCE", figure=figure, caption=caption, height=480)
    charts([panel], key="trainings")
    line.markdown(trained_headline(sweep, work.table(), closed))
    st.markdown(trained_words(sweep, work.table(), closed))


def hard() -> None:
    """How many shared dimensions remain when views and coupling have limited rank."""
    values = PAGE.values()
    k, rank_xy = values["shared"], values["rank_xy"]
    with refusal():
        if rank_xy > k:
            raise ValueError(
                f"The coupling's rank {rank_xy} exceeds k = {k} shared dimensions: lower it, or "
                "raise k"
            )
    table = shared_dimensions_table(k, rank_xy)
    counts = table.to_numpy()
    views = list(range(2, k + 2))
    falling = [shared_by_all(k, count, rank_xy) for count in views]

    def figures() -> dict[str, go.Figure]:
        return {
            "bottleneck": draw.bottleneck(counts, rank_xy, keep=f"{k}"),
            "views": draw.falling_ranks(views, falling, k, keep=f"{k}"),
        }

    line = verdict()
    captions = {
        "bottleneck": "Counted from the SVD of the population C.",
        "views": "The minimum over all pairs of views, each with the coupling rank set in the "
        "sidebar: k − N + 1 where the ranks of the views are the limit.",
    }
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name])
            for name, figure in figures().items()
        ],
        key="hard",
        columns=2,
    )
    line.markdown(f"**CA can recover at most {counts.max()}** of {k} shared coordinates.")
    st.markdown(
        f"If view x passes on $r_x$ of {k} shared coordinates, view y $r_y$, and {rank_xy} of "
        f"them covary, CA can recover $\\min(r_x, r_y, r_{{xy}})$, here at most {counts.max()}. "
        f"With more views, of ranks {k}, {k - 1}, …, the two of lowest rank set the limit."
    )
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: table,
        parameters={"k": k, "rank_xy": rank_xy},
        script=bottleneck_script(k, rank_xy),
    )


PAGE.run(body, sidebar)
