"""Loading human activity and training on it: folders, time estimates, running trainings."""

from __future__ import annotations

import streamlit as st

from alignlab import linalg
from alignlab.figures import activity as draw
from alignlab.har.dataset import ActivityDataset
from alignlab.har.protocol import PUBLISHED, ProtocolSpec
from alignlab.har.runs import Estimation, KeptExperiment
from alignlab.ui.chart import Panel, charts
from alignlab.ui.files.paths import paths_accepted
from alignlab.ui.jobs import GRACE, Followed, finished, job
from alignlab.ui.page import folded, refusal
from alignlab.ui.parts.activity import controls as p
from alignlab.ui.parts.activity.numbers import accuracy_panel, step_by_step
from alignlab.ui.parts.activity.pictures import play
from alignlab.ui.plain import as_written
from alignlab.ui.progress import awaited, counted
from alignlab.words.activity import data_words, result_words, setting, table_1, time_words


def ask_for_folder() -> None:
    """Instructions for loading real data."""
    if not paths_accepted():
        st.error(
            "This server is open to others, so it reads no paths. Ask its administrator "
            "to name a root in ALIGNLAB_DATA_ROOTS, or run the app yourself.",
            icon=":material/block:",
        )
        return
    st.info(
        "Name the folder of the official UTD-MHAD download in the sidebar: the one that holds "
        "`Inertial`, `Skeleton`, `Depth` or `RGB`, whichever you have. Files are read in place; "
        "unusable ones are listed and left out. Published by C. Chen, R. Jafari "
        "and N. Kehtarnavaz (ICIP 2015).",
        icon=":material/folder_open:",
    )
    st.subheader("Results of the paper on this data set")
    published = PUBLISHED.rename(lambda method: f"paper: {method} (RGB)")
    st.dataframe(published, height="content")
    words = "A simulated sequence, until real ones are loaded. "
    play(p.sequence(p.Origin(), None, 22, 1, 1), ("skeleton", "inertial"), words, by_itself=False)


def bring(where: p.Origin) -> ActivityDataset | None:
    """The data set with a summary, once it has been read or simulated; None until then."""
    work = finished(where.key)
    if work is None:
        with refusal():
            reading = job(where.key, where.work)
        if not awaited(reading, lambda: None, where.unit):
            return None
        work = reading.work
    dataset = work.dataset
    with refusal():
        if len(dataset) == 0:
            raise ValueError(
                "No file of this folder could be used: " + "; ".join(dataset.report.lines())
            )
    found(dataset)
    return dataset


def found(dataset: ActivityDataset) -> None:
    """Summary of the data set, and the problems met while reading it."""
    report = dataset.report
    st.caption(data_words(dataset))
    if report is None:
        return
    if report.skipped:
        files = "file was" if report.skipped == 1 else "files were"
        st.warning(f"{report.skipped} {files} left out; see below.", icon=":material/warning:")
    for note in report.notes:
        st.warning(as_written(f"{note[:1].upper()}{note[1:]}."), icon=":material/folder_open:")

    def told() -> None:
        st.code("\n".join(report.lines()), language=None, wrap_lines=True)

    folded("What was found in the folder", ":material/fact_check:", told)


def trained(dataset: ActivityDataset, spec: ProtocolSpec) -> KeptExperiment | None:
    """The finished experiment; None while the page offers to train it or shows the progress."""
    key = ("har run", dataset.digest, spec)
    run = finished(key)
    if run is not None:
        return run
    if st.session_state.get("train") != key and not p.cache().holds(dataset, spec):
        offer(dataset, spec, key)
        return None
    with refusal():
        training = job(key, p.experiment(dataset, spec))
    complete = awaited(training, lambda: watch(training), "steps")
    return training.work if complete else None


def offer(dataset: ActivityDataset, spec: ProtocolSpec, key: tuple) -> None:
    """The estimated training time, and the button that starts the training."""
    with refusal():
        measured = job(("har estimate", key), lambda: Estimation(dataset, spec))
    complete = awaited(measured, lambda: None, "estimates")
    seconds, sizes = measured.work.seconds, measured.work.sizes
    if complete and seconds is not None:
        st.info(
            f"**Not trained yet:** {setting(spec)}. {counted(len(spec.seeds), 'trainings')} of "
            f"{counted(spec.epochs, 'epochs')}, then every method: **{time_words(seconds)}** on "
            f"this machine ({linalg.device()}), extrapolated from a few steps. Training stops "
            f"{GRACE / 60:.0f} minutes after this page is closed. D_HAR {sizes['har']}, D_Align "
            f"{sizes['align']}, D_Val {sizes['val']}, D_Test {sizes['test']} sequences.",
            icon=":material/timer:",
        )
        start = {"train": key}
        st.button("Train", type="primary", on_click=st.session_state.update, args=(start,))
    with refusal():
        having = dataset.having(spec.source, spec.target)
    play(having[len(having) // 2], (spec.source, spec.target), "", by_itself=False)
    step_by_step()


def watch(training: Followed[KeptExperiment]) -> None:
    """The losses and results of the training so far."""
    run = training.work
    result = run.result
    st.caption(setting(result.spec))
    said = result_words(result)
    st.markdown("\n".join(f"- {sentence}" for sentence in said))
    by_seed = dict(result.losses)
    under_way = [seed for seed in result.spec.seeds if seed not in by_seed]
    if under_way and run.training is not None:
        by_seed[under_way[0]] = run.training.losses
    panels = [
        Panel(name="losses", figure=draw.losses(by_seed, result.spec.epochs), height=300,
              caption="Mean over the batches of each epoch, on the pairs of D_Align.")
    ]  # fmt: skip
    if result.runs:
        panels.append(accuracy_panel(result))
    charts(panels, key="training", columns=2)
    if result.runs:
        st.dataframe(table_1(result), height="content")
