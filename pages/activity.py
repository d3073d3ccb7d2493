"""Human activity: encoders aligned by pairs, four further steps, t-SNE of what comes out."""

from collections.abc import Hashable
from dataclasses import asdict, dataclass

import plotly.graph_objects as go
import streamlit as st

from alignlab import linalg
from alignlab.embedding import Maps, PairMap
from alignlab.figures import activity as draw
from alignlab.har.dataset import ACTIONS, Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec
from alignlab.har.protocol import PUBLISHED, TOPS, ProtocolResult, ProtocolSpec
from alignlab.har.runs import Estimation, KeptExperiment, cache_folder
from alignlab.har.store import LIMIT
from alignlab.har.words import (
    MODALITY_NAMES,
    by_action,
    data_words,
    differences,
    further_figures,
    picture_caption,
    picture_words,
    result_words,
    setting,
    table_1,
    time_words,
)
from alignlab.ui import activity as p
from alignlab.ui.catalog import ACTIVITY_PAGE as PAGE
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed, finished, follow, job
from alignlab.ui.page import folded, refusal, remember_selection, selection, widgets
from alignlab.ui.paths import paths_accepted
from alignlab.ui.scripts import activity_script
from alignlab.ui.takeaway import takeaway

CONTRASTIVE = (
    r"-\log \tfrac{e^{s_{ii}/\tau}}{\sum_j e^{s_{ij}/\tau}}",
    r"s_{ij} = \cos(z_{1i}, z_{2j})",
)
PLAIN = (r"\min \lVert Z_1 A_1 - Z_2 A_2 \rVert", r"A_1^\top A_1 + A_2^\top A_2 = I")
NEIGHBOURS = (
    r"\mathrm{KL}(P \,\Vert\, Q)",
    r"q_{ij} \propto (1 + \lVert y_i - y_j \rVert^2)^{-1}",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A result on the page, and where its sequences are from; no data set where it came along."""

    result: ProtocolResult
    where: p.Origin
    dataset: ActivityDataset | None = None

    @property
    def key(self) -> Hashable:
        """Of jobs that go on from it."""
        return (self.result.spec, self.where, self.dataset and self.dataset.digest)


def sidebar() -> None:
    """What can be turned."""
    values = PAGE.values()
    p.DATA.widget()
    if values["activity"] == "folder":
        p.FOLDER.widget(disabled=not paths_accepted())
    else:
        p.DRAWN.widget()
    there = p.modalities_there(read_already(values), values)
    p.modality_widget(p.CAMERA, there)
    p.modality_widget(p.WEARABLE, there)
    p.split_widget(values["activity"] == "folder")
    folded("Training", ":material/model_training:", training_controls)
    folded("Alignment steps", ":material/join_inner:", step_controls)
    widgets(p.PICTURED, p.GROUP, p.JOINT)
    folded("Actions drawn", ":material/palette:", lambda: widgets(p.SHOWN_ACTIONS))
    folded("t-SNE", ":material/bubble_chart:", picture_controls)


def formulas(lines: tuple[str, ...]) -> None:
    """A formula in lines as narrow as the sidebar."""
    for line in lines:
        st.latex(line)


def training_controls() -> None:
    """How the encoders are trained."""
    formulas(CONTRASTIVE)
    widgets(*p.OF_TRAINING)


def step_controls() -> None:
    """What the steps after the training take."""
    formulas(PLAIN)
    widgets(*p.OF_STEPS)


def picture_controls() -> None:
    """How t-SNE draws."""
    formulas(NEIGHBOURS)
    widgets(p.PERPLEXITY, p.EXAGGERATION, p.MAP_SEED, p.MAP_SEEDS, p.OF_SEED)


def read_already(values: dict) -> ActivityDataset | None:
    """The data set that the values name, where it is at hand."""
    try:
        work = finished(p.origin(values).key)
    except ValueError:  # the body says what is wrong with the folder
        return None
    return None if work is None else work.dataset


def body() -> None:
    """The experiment that the controls ask for, as far as it is."""
    values = PAGE.values()
    if values["activity"] == "folder" and not values["folder"].strip():
        ask_for_folder()
        return
    with refusal():
        where, spec, picture = p.origin(values), p.protocol_spec(values), p.picture_spec(values)
    stored = p.shipped_result(spec) if where == p.Origin() else None
    if stored is not None and st.session_state.get("train here") != spec:
        made = ", ".join(f"{name} {what}" for name, what in stored.made.items())
        first, last = spec.seeds[0], spec.seeds[-1]
        st.caption(
            f"Trained beforehand and shipped with the app: {setting(spec)} ({first} to {last}), on "
            f"{stored.result.dataset}; {made}."
        )
        show(Shown(result=stored.result, where=where), picture)
        folded("How the shipped results were made", ":material/history:", lambda: remade(spec))
        return
    dataset = bring(where)
    if dataset is None:
        return
    run = trained(dataset, spec)
    if run is not None:
        told = "read from the cache" if run.was_kept else "trained on this machine"
        why = f" It could not be kept ({run.not_kept})." if run.not_kept else ""
        st.caption(
            f"{setting(spec)}: {told}. Results are kept in `{cache_folder()}`, at most "
            f"{LIMIT / 2**20:.0f} MiB; the folder is safe to delete.{why}"
        )
        show(Shown(result=run.result, where=where, dataset=dataset), picture)


def ask_for_folder() -> None:
    """What to do to see real data."""
    if not paths_accepted():
        st.error(
            "This server is open to other machines, so no path of it is read. Ask who runs it to "
            "name a root in ALIGNLAB_DATA_ROOTS, or run the app yourself.",
            icon=":material/block:",
        )
        return
    st.info(
        "Name the folder of the official UTD-MHAD download in the sidebar: the one that holds "
        "`Inertial`, `Skeleton`, `Depth` or `RGB`, whichever you have. Files are read where they "
        "lie; those that cannot be used are named and left out. Published by C. Chen, R. Jafari "
        "and N. Kehtarnavaz (ICIP 2015).",
        icon=":material/folder_open:",
    )
    st.subheader("What the paper measured there")
    published = PUBLISHED.rename(lambda method: f"paper: {method} (RGB)")
    st.dataframe(published, height="content")
    words = "Simulated, until there are real ones. "
    play(p.sequence(p.Origin(), None, 22, 1, 1), ("skeleton", "inertial"), words, by_itself=False)


def bring(where: p.Origin) -> ActivityDataset | None:
    """The data set, once it has been read or drawn, with what was found."""
    work = finished(where.key)
    if work is None:
        with refusal():
            reading = job(where.key, where.work)
        if not reading.complete:
            follow(reading, lambda: None, where.unit)
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
    """What the data set holds, and what reading it met."""
    report = dataset.report
    st.caption(data_words(dataset))
    if report is None:
        return
    if report.skipped:
        files = "file was" if report.skipped == 1 else "files were"
        st.warning(f"{report.skipped} {files} left out, as told below.", icon=":material/warning:")

    def told() -> None:
        st.code("\n".join(report.lines()), language=None, wrap_lines=True)

    folded("What was found in the folder", ":material/fact_check:", told)


def trained(dataset: ActivityDataset, spec: ProtocolSpec) -> KeptExperiment | None:
    """The finished experiment; else an offer to train, or how far the training is."""
    key = ("har run", dataset.digest, spec)
    run = finished(key)
    if run is not None:
        return run
    if st.session_state.get("train") != key and not p.cache().holds(dataset, spec):
        offer(dataset, spec, key)
        return None
    with refusal():
        training = job(key, p.experiment(dataset, spec))
    if training.complete:
        return training.work
    follow(training, lambda: watch(training), "steps")
    return None


def offer(dataset: ActivityDataset, spec: ProtocolSpec, key: tuple) -> None:
    """How long it will take, and the button that begins it."""
    with refusal():
        measured = job(("har estimate", key), lambda: Estimation(dataset, spec))
    seconds, sizes = measured.work.seconds, measured.work.sizes
    if measured.complete and seconds is not None:
        st.info(
            f"**Not trained yet:** {setting(spec)}. {len(spec.seeds)} trainings of {spec.epochs} "
            f"epochs, then every method: **{time_words(seconds)}** on this machine "
            f"({linalg.device()}), measured on a few steps. D_HAR {sizes['har']}, D_Align "
            f"{sizes['align']}, D_Val {sizes['val']}, D_Test {sizes['test']} sequences.",
            icon=":material/timer:",
        )
        start = {"train": key}
        st.button("Train", type="primary", on_click=st.session_state.update, args=(start,))
    else:
        follow(measured, lambda: None, "estimates")
    with refusal():
        having = dataset.having(spec.source, spec.target)
    play(having[len(having) // 2], (spec.source, spec.target), "", by_itself=False)


def watch(training: Followed[KeptExperiment]) -> None:
    """What is trained so far."""
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


def show(shown: Shown, picture: PictureSpec) -> None:
    """Words, pictures, a sequence, the table."""
    result = shown.result
    first, *further = result_words(result)
    st.markdown(first)
    maps = draw_pictures(shown, picture)
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
            "pictures": asdict(picture),
        },
        script=activity_script(shown.where.lines(), result.spec),
    )


def draw_pictures(shown: Shown, picture: PictureSpec) -> dict[tuple[str, int], PairMap] | None:
    """The pictures, drawn before or in the background; None where there are none yet."""
    before = p.drawn_before(shown.result.spec, picture) if shown.dataset is None else None
    if before is not None:
        st.fragment(pictures)(shown, picture, before)
        return before
    try:
        drawing: Followed[Maps] = job(
            ("har maps", shown.key, picture), lambda: picture.drawing(shown.result)
        )
    except ValueError as error:
        st.error(str(error).removeprefix("PictureSpec: "), icon=":material/block:")
        return None
    follow(drawing, lambda: pictures(shown, picture, drawing.work.maps), "fits of t-SNE")
    return drawing.work.maps if drawing.complete else None


def pictures(shown: Shown, picture: PictureSpec, maps: dict[tuple[str, int], PairMap]) -> None:
    """The pictures that are drawn so far, and the sequence that was clicked."""
    result = shown.result
    rows = picture.rows(result)
    chosen = [row for row in selection() if row in rows]
    st.html(legend(result, picture))
    drawn = draw.pictures(
        maps,
        result,
        rows,
        picture.actions,
        selected=chosen,
        keep=f"{picture.group} {picture.joint}",
    )
    charts(
        [
            Panel(
                name=f"{METHODS[method].label}, t-SNE seed {seed}",
                figure=figure,
                caption=picture_caption(maps[method, seed], METHODS[method].label, len(rows)),
                height=400,
                linked=True,
            )
            for method in picture.methods
            for (name, seed), figure in drawn.items()
            if name == method
        ],
        key="t-SNE",
        columns=min(3, len(picture.methods)) if len(picture.seeds) == 1 else len(picture.seeds),
        on_select=remember_selection,
    )
    st.markdown(picture_words(maps, picture))
    row = chosen[0] if chosen else rows[0]
    words = "Click a mark to play its sequence. "
    if len(chosen) > 1:
        words = f"The first of {len(chosen)} chosen sequences; click a mark to play its own. "
    who = tuple(int(of[row]) for of in (result.actions, result.subjects, result.trials))
    one = p.sequence(shown.where, shown.dataset, *who)
    play(one, (result.spec.source, result.spec.target), words, by_itself=len(chosen) == 1)


def legend(result: ProtocolResult, picture: PictureSpec) -> str:
    """What the symbols and colours of all pictures mean."""
    marks = [
        f'<span style="white-space:nowrap"><span style="color:'
        f'{draw.action_colour(action, picture.actions)}">■</span> {ACTIONS[action - 1]}</span>'
        for action in sorted(picture.actions)
    ]
    source, target = (MODALITY_NAMES[name] for name in (result.spec.source, result.spec.target))
    return f"○ {source} &ensp; × {target} &ensp; – partners &emsp; {' &ensp; '.join(marks)}"


def play(one: Activity, modalities: tuple[str, str], words: str, *, by_itself: bool) -> None:
    """A sequence to be played."""
    lengths = ", ".join(f"{MODALITY_NAMES[name]} {one.length(name)}" for name in modalities)
    caption = (
        f"{words}{one.label}, subject {one.subject}, trial {one.trial}; samples: {lengths}. The "
        f"inertial sensor is on the {one.sensor}. Each sensor has its own clock, from 0 to 1."
    )
    figure = draw.played(one, *modalities, play=by_itself)
    charts([Panel(name="sequence", figure=figure, caption=caption, height=360)], key="sequence")


def accuracy_panel(result: ProtocolResult) -> Panel:
    """Accuracies by method and seed."""
    caption = (
        f"Of {setting(result.spec)}. Bars are means; dotted, chance. The last method is taught by "
        "labels of the target that no other one sees."
    )
    return Panel(name="accuracies", figure=draw.accuracies(result), caption=caption, height=300)


def numbers(result: ProtocolResult) -> None:
    """The layout of Table 1, and the paired differences."""
    st.dataframe(table_1(result), height="content")
    seeds = len(result.spec.seeds)
    spread = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed, no spread"
    st.caption(
        f"On D_Test, {spread}. CMAE is the mean distance of partners, ‖z₁ − z₂‖; NCMAE the same "
        "after both embeddings are centred and brought to unit spread; R@1 the share whose partner "
        "is the nearest. The published rows are of RGB video to IMU, 2048 dimensions, 3 seeds: "
        "they were not measured here, and the data here are others unless you brought them."
    )
    st.markdown("**Against CA**, paired over the seeds; accuracies in points")
    st.dataframe(differences(result), height="content")
    panels = [accuracy_panel(result)]
    if result.losses:
        panels.append(
            Panel(
                name="losses",
                figure=draw.losses(result.losses, result.spec.epochs),
                height=300,
                caption="Mean over the batches of each epoch, on the pairs of D_Align.",
            )
        )
    charts(panels, key="numbers", columns=2)
    folded("Action by action", ":material/grid_view:", lambda: actions_told(result))
    folded("More figures", ":material/table_chart:", lambda: more_told(result))
    folded("The experiment, step by step", ":material/account_tree:", explained)


def actions_told(result: ProtocolResult) -> None:
    """Which actions each method names."""
    labels, actions, accuracy = by_action(result)
    caption = (
        f"Share of each action's test sequences, all {len(result.splits)} seeds together, that the "
        "decoder named. Empty: no test held the action."
    )
    drawn = draw.action_by_action(labels, actions, accuracy)
    height = 170 + 24 * len(actions)
    charts([Panel(name="actions", figure=drawn, caption=caption, height=height)], key="actions")


def more_told(result: ProtocolResult) -> None:
    """Further figures of every method."""
    st.dataframe(further_figures(result), height="content")
    st.caption(
        "Relative CMAE is CMAE over the mean distance of random pairs. D_Align is what was "
        "aligned; D_Val chooses nothing here. CA's seconds are those of its training."
    )


def explained() -> None:
    """What is taught to what, and by which part of the sequences."""
    st.markdown(
        "1. **D_Align** (40 %, pairs without labels): two small convolutional encoders "
        "$f_1, f_2$ are trained so that partners have similar directions (InfoNCE). This is CA.\n"
        "2. **A further step** may be fitted to the same pairs: plain or informative perfect "
        "alignment, CCA with a ridge, or Procrustes.\n"
        "3. **D_HAR** (40 %, labels of the source only): a decoder $h$ learns the action from the "
        "source's embedding.\n"
        "4. **D_Test** (10 %): $h$ names the action from the *target's* embedding, which it never "
        "saw with a label. D_Val (10 %) is kept apart and chooses nothing here.\n\n"
        "The ceiling is an encoder of the target taught by D_HAR's labels. No sequence is in two "
        "parts, by subject no person either; standardisation is fitted to training data."
    )
    st.latex(r"\hat y = h(A_2^\top f_2(x_2)),\qquad h \text{ taught on } (A_1^\top f_1(x_1), y)")


def figures(
    result: ProtocolResult, picture: PictureSpec, maps: dict[tuple[str, int], PairMap]
) -> dict[str, go.Figure]:
    """What can be taken away."""
    drawn = draw.pictures(
        maps, result, picture.rows(result), picture.actions, legend=True, keep="pack"
    )
    found = {f"{METHODS[name].label}, seed {seed}": one for (name, seed), one in drawn.items()}
    found |= {f"top-{at} by method": draw.accuracies(result, f"top-{at}") for at in TOPS}
    return found | {"losses": draw.losses(result.losses, result.spec.epochs)}


def remade(spec: ProtocolSpec) -> None:
    """How the shipped results can be made again."""
    st.markdown(
        "`python -m alignlab.har.shipped assets/har` trains them again, in a checkout. Figures are "
        "those of the training; embeddings are kept in half precision, of the first seed alone, "
        "and but for the default those of the held-out sequences alone."
    )
    st.button(
        "Train these settings here",
        on_click=st.session_state.update,
        args=({"train here": spec},),
        icon=":material/replay:",
    )


PAGE.run(body, sidebar)
