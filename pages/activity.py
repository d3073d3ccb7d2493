"""Human activity: encoders aligned on pairs, four further steps, t-SNE of the embeddings."""

from dataclasses import asdict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alignlab.har.dataset import ActivityDataset
from alignlab.har.runs import KeptExperiment, cache_folder
from alignlab.har.store import LIMIT, Stored
from alignlab.ui.files.paths import paths_accepted
from alignlab.ui.jobs import finished
from alignlab.ui.page import folded, refusal, verdict
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts.activity import controls as p
from alignlab.ui.parts.activity.controls import activity_script
from alignlab.ui.parts.activity.numbers import numbers
from alignlab.ui.parts.activity.page import PAGE
from alignlab.ui.parts.activity.pictures import Shown, draw_pictures, figures, train_here
from alignlab.ui.parts.activity.runs import ask_for_folder, bring, trained
from alignlab.ui.takeaway import takeaway
from alignlab.words.activity import headline, result_words, setting

CONTRASTIVE = (
    r"-\log \tfrac{e^{s_{ii}/\tau}}{\sum_j e^{s_{ij}/\tau}}",
    r"s_{ij} = \cos(z_{1i}, z_{2j})",
)
PLAIN = (r"\min \lVert Z_1 A_1 - Z_2 A_2 \rVert", r"A_1^\top A_1 + A_2^\top A_2 = I")
NEIGHBOURS = (
    r"\mathrm{KL}(P \,\Vert\, Q)",
    r"q_{ij} \propto (1 + \lVert y_i - y_j \rVert^2)^{-1}",
)


def sidebar() -> None:
    """The page's controls."""
    values = PAGE.values()
    widget(p.DATA)
    if values["activity"] == "folder":
        widget(p.FOLDER, disabled=not paths_accepted())
    else:
        widget(p.DRAWN)
    there = p.modalities_there(read_already(values), values)
    p.modality_widget(p.CAMERA, there)
    p.modality_widget(p.WEARABLE, there)
    p.split_widget(values["activity"] == "folder")
    folded("Training", ":material/model_training:", training_controls)
    folded("Alignment steps", ":material/join_inner:", step_controls)
    widgets(p.PICTURED, p.GROUP, p.JOINT)
    folded("Actions shown", ":material/palette:", lambda: widgets(p.SHOWN_ACTIONS))
    folded("t-SNE", ":material/bubble_chart:", picture_controls)


def formulas(lines: tuple[str, ...]) -> None:
    """A formula, split into lines that fit the sidebar."""
    for line in lines:
        st.latex(line)


def training_controls() -> None:
    """How the encoders are trained."""
    formulas(CONTRASTIVE)
    widgets(*p.OF_TRAINING)


def step_controls() -> None:
    """The settings of the steps after the training."""
    formulas(PLAIN)
    widgets(*p.OF_STEPS)


def picture_controls() -> None:
    """The settings of t-SNE."""
    formulas(NEIGHBOURS)
    widgets(p.PERPLEXITY, p.EXAGGERATION, p.MAP_SEED, p.MAP_SEEDS, p.OF_SEED)


def read_already(values: dict) -> ActivityDataset | None:
    """The data set that the values name, if it has been read already."""
    try:
        work = finished(p.origin(values).key)
    except ValueError:  # the body reports what is wrong with the folder
        return None
    return None if work is None else work.dataset


def body() -> None:
    """The experiment that the controls ask for, as far as it has run."""
    first, below = st.container(), st.container()  # the maps come before the words
    below.markdown(
        "Contrastive alignment (CA) trains two encoders on pairs of recordings without labels; "
        "perfect alignment (PA) or another step may follow. A decoder is then trained on the "
        "actions of the source sensor alone, and tested on the target."
    )
    values = PAGE.values()
    if values["activity"] == "folder" and not values["folder"].strip():
        ask_for_folder()
        return
    with refusal():
        where, spec = p.origin(values), p.protocol_spec(values)
    stored = p.shipped_result(spec) if where == p.Origin() else None
    if stored is not None and st.session_state.get("train here") != spec:
        low, high = spec.seeds[0], spec.seeds[-1]
        below.caption(
            f"Trained beforehand and shipped with the app: {setting(spec)} ({low} to {high}), on "
            f"{stored.result.dataset}; {stored.made['date']}."
        )
        show(Shown(result=stored.result, where=where), first)
        folded("How the shipped results were made", ":material/history:", lambda: remade(stored))
        return
    with below:
        dataset = bring(where)
        run = None if dataset is None else trained(dataset, spec)
    if run is not None:
        told = "read from the cache" if run.was_kept else "trained on this machine"
        below.caption(f"{setting(spec)}: {told}. {where_cached(run)}")
        show(Shown(result=run.result, where=where, dataset=dataset), first)


def where_cached(run: KeptExperiment) -> str:
    """Where results are cached, and why this one could not be."""
    folder = cache_folder()
    if run.not_kept:
        where = "on disk" if folder is None else f"in `{folder}`"
        return (
            f"It could not be cached {where} ({run.not_kept}) and is lost when the server ends: "
            "name a folder with space for it in XDG_CACHE_HOME."
        )
    return (
        f"Results are cached in `{folder}`, at most {LIMIT / 2**20:.0f} MiB; the folder is safe to "
        "delete."
    )


def show(shown: Shown, first: DeltaGenerator) -> None:
    """t-SNE maps and a sequence, in the container `first`; text and tables."""
    result = shown.result
    with first:
        line = verdict()
        picture, maps = draw_pictures(shown, PAGE.values())
    line.markdown(headline(result))
    said, *further = result_words(result)
    st.markdown(said)
    st.subheader("Table 1, measured here and published")
    st.markdown("\n".join(f"- {sentence}" for sentence in further))
    numbers(result)
    if maps is None:
        return
    takeaway(
        PAGE.title,
        figures=lambda: figures(result, picture, maps),
        table=lambda: result.summary().drop(columns="seconds", level=0),
        parameters={
            "data": str(shown.where.folder or f"simulated, seed {shown.where.seed}"),
            "experiment": asdict(result.spec),
            "pictures": asdict(picture) if picture else None,
        },
        script=activity_script(shown.where.lines(), result.spec),
    )


def remade(stored: Stored) -> None:
    """The versions behind the shipped results, and how to reproduce them."""
    made = ", ".join(f"{name} {what}" for name, what in stored.made.items())
    st.markdown(
        f"Made with: {made}. In a checkout, `python -m alignlab.har.shipped assets/har` trains "
        "them again. Metrics are those of the training run; embeddings are stored in half "
        "precision, for the first seed only and, except for the default settings, for the "
        "held-out sequences only."
    )
    train_here(stored.result.spec, "below how they were made")


PAGE.run(body, sidebar)
