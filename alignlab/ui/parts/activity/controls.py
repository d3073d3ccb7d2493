"""The controls of the human-activity page, and the data, specs and maps that they stand for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import streamlit as st

from alignlab.har.dataset import ACTIONS, MODALITIES, Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import FIGURE_6, PictureSpec
from alignlab.har.protocol import COMPONENTS, ProtocolSpec
from alignlab.har.reader import READERS, Reading, state_of
from alignlab.har.runs import KeptExperiment, cache_folder
from alignlab.har.shipped import MAPPED, SEED, shipped, shipped_maps
from alignlab.har.simulator import Simulation, simulated_sequence
from alignlab.har.store import ResultCache, Stored
from alignlab.maps import PairMap
from alignlab.ui.controls import Choice, Control, Count, Number, Several, Steps, Text, Value
from alignlab.ui.files.paths import allowed, readable
from alignlab.ui.folder import app_folder
from alignlab.ui.panel import widget
from alignlab.ui.parts.maps import EXAGGERATION, PERPLEXITY
from alignlab.words.activity import MODALITY_NAMES

ASSETS = app_folder() / "assets" / "har"
"""Results that are shipped with the app (`alignlab.har.shipped`)."""

SIMULATED = ("skeleton", "video", "inertial")
"""Modalities of the simulated data set."""

_SPEC = ProtocolSpec()
_PICTURE = PictureSpec()
_OF_FOLDER, _OF_SIMULATION = {"activity": ("folder",)}, {"activity": ("simulated",)}

DATA = Choice(
    name="activity", label="Sequences", default="simulated",
    options={"simulated": "Simulated", "folder": "UTD-MHAD folder"},
    help="A simulated data set, or the official UTD-MHAD download on this machine.",
)  # fmt: skip
FOLDER = Text(
    name="folder", label="Folder", default="", read=str, needs=_OF_FOLDER,
    placeholder="/home/me/UTD-MHAD",
    help="The folder that holds Inertial, Skeleton, Depth or RGB, whichever you have; files are "
    "found up to 6 levels below it. Nothing is copied.",
)  # fmt: skip
DRAWN = Count(
    name="simulation", label="Seed of the simulation", default=SEED, low=0, high=2**31 - 1,
    needs=_OF_SIMULATION, help="Seed of the subjects, their habits and the sensor noise.",
)  # fmt: skip
CAMERA = Choice(
    name="from_modality", label="Source, with labels ○", default=_SPEC.source,
    options=MODALITY_NAMES, help="The modality whose labels train the decoder.",
)  # fmt: skip
WEARABLE = Choice(
    name="to_modality", label="Target, without labels ×", default=_SPEC.target,
    options=MODALITY_NAMES, help="The modality that the decoder is tested on.",
)  # fmt: skip
SPLIT = Choice(
    name="parts", label="Split", default=_SPEC.split,
    options={"subject": "by subject", "random": "at random", "lists": "folder's lists"},
    help="40, 40, 10 and 10 % of the sequences. By subject: no person is in two parts, which is "
    "harder and closer to practice. Lists: train.txt, train_2.txt, val.txt and test.txt in the "
    "folder.",
)  # fmt: skip
SIZE = Steps(
    name="size", label="Embedding size k", default=_SPEC.k, low=2, high=2048,
    stops=(2, 8, 16, 32, 64, 128, 256, 512, 1024, 2048),
    help="Output dimension of both encoders; 2048 in the paper.",
)  # fmt: skip
TAU = Steps(
    name="tau", label="Temperature τ", default=_SPEC.temperature, low=1e-3, high=100.0,
    stops=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0), help="Divides the cosines in InfoNCE.",
)  # fmt: skip
EPOCHS = Steps(
    name="epochs", label="Epochs", default=_SPEC.epochs, low=1, high=1000,
    stops=(1, 5, 10, 20, 40, 60, 100, 200), help="Passes over D_Align; for the ceiling, D_HAR.",
)  # fmt: skip
TRAININGS = Number(
    name="trainings", label="Seeds", default=len(_SPEC.seeds), low=1, high=10,
    help="Number of trainings, each with its own split, initial weights and batches.",
)  # fmt: skip
FIRST = Count(
    name="first", label="First seed", default=0, low=0, high=2**20, help="The others follow it."
)
SEQUENCES = Steps(
    name="per_batch", label="Batch", default=_SPEC.batch, low=2, high=400,
    stops=(8, 16, 32, 64, 86, 128, 256, 324), help="Sequences per step.",
)  # fmt: skip
RATE = Steps(
    name="rate", label="Learning rate", default=_SPEC.learning_rate, low=1e-6, high=1.0,
    stops=(1e-4, 5e-4, 1e-3, 0.002, 0.005, 0.01), help="Peak learning rate of AdamW.",
)  # fmt: skip
PLAIN_K = Count(
    name="plain_k", label="k of plain PA", default=None, low=1, high=4096,
    placeholder="embedding size",
    help="Directions of the stack that plain alignment keeps; if empty, as many as the embedding "
    "has dimensions, as in the paper.",
)  # fmt: skip
DIRECTIONS = Count(
    name="directions", label="k of the other steps", default=None, low=1, high=2048,
    placeholder=f"{COMPONENTS}",
    help="Number of directions of informative PA, CCA and Procrustes.",
)  # fmt: skip
SHRINKAGE = Steps(
    name="shrinkage", label="Ridge of CCA", default=_SPEC.ridge, low=0.0, high=100.0,
    stops=(0.0, 0.001, 0.01, 0.1, 1.0, 10.0), help="In units of the mean variance of a component.",
)  # fmt: skip

PICTURED = Several(
    name="pictures", label="Methods shown", default=_PICTURE.methods,
    options={name: METHODS[name].label for name in MAPPED.methods},
    help="One t-SNE map per method. Nothing is trained again.",
)  # fmt: skip
SHOWN_ACTIONS = Several(
    name="actions", label="Actions", default=tuple(map(str, FIGURE_6)),
    options={str(at): name for at, name in enumerate(ACTIONS, start=1)},
    help="Figure 6 shows five. Colours repeat after ten; hover over a point to see its action.",
)  # fmt: skip
GROUP = Choice(
    name="group", label="Sequences shown", default=_PICTURE.group,
    options={
        "held_out": "held out", "test": "D_Test", "align": "D_Align", "all": "all",
    },
    help="Held out: D_Val and D_Test, on which neither encoders nor alignments were fitted.",
)  # fmt: skip
OF_SEED = Count(
    name="of_seed", label="Training seed shown", default=None, low=0, high=2**20 + 9,
    placeholder="the first", help="Seed of the training whose embeddings are shown.",
)  # fmt: skip
MAP_SEED = Count(
    name="tsne_seed", label="Seed of t-SNE", default=None, low=0, high=2**20,
    placeholder="principal components",
    help="Empty: t-SNE starts from the principal components. A number: from random positions "
    "drawn with that seed; the same seed gives the same map.",
)  # fmt: skip
MAP_SEEDS = Number(
    name="tsne_seeds", label="Random starts", default=1, low=1, high=3,
    help="More than one: a row of maps per method, one per seed. What all maps share comes from "
    "the data, what differs comes from t-SNE.",
)  # fmt: skip
JOINT = Choice(
    name="fit", label="Fit", default="apart",
    options={"apart": "separate", "joint": "joint"},
    help="A joint fit of all methods has one scale, so that distances are comparable; each "
    "embedding is rescaled to a common size and rotated onto the first.",
)  # fmt: skip

OF_DATA = (DATA, FOLDER, DRAWN, CAMERA, WEARABLE, SPLIT)
OF_TRAINING = (SIZE, TAU, EPOCHS, TRAININGS, FIRST, SEQUENCES, RATE)
OF_STEPS = (PLAIN_K, DIRECTIONS, SHRINKAGE)
OF_PICTURES = (
    PICTURED, SHOWN_ACTIONS, GROUP, OF_SEED, PERPLEXITY, EXAGGERATION, MAP_SEED, MAP_SEEDS, JOINT,
)  # fmt: skip
ACTIVITY: tuple[Control, ...] = (*OF_DATA, *OF_TRAINING, *OF_STEPS, *OF_PICTURES)


def protocol_spec(values: Mapping[str, Value]) -> ProtocolSpec:
    """The experiment that the controls ask for; ValueError names what does not fit."""
    if values["from_modality"] == values["to_modality"]:
        name = MODALITY_NAMES[values["from_modality"]]
        raise ValueError(f"source and target are both {name}: choose two modalities")
    size = values["size"]
    for control, most in ((PLAIN_K, 2 * size), (DIRECTIONS, size)):
        if (values[control.name] or 0) > most:
            raise ValueError(
                f"{control.label} is {values[control.name]}: with {size} dimensions it can be "
                f"{most} at most"
            )
    return ProtocolSpec(
        source=values["from_modality"],
        target=values["to_modality"],
        split=values["parts"],
        k=size,
        pa_k=values["plain_k"],
        components=values["directions"],
        ridge=values["shrinkage"],
        temperature=values["tau"],
        epochs=values["epochs"],
        batch=values["per_batch"],
        learning_rate=values["rate"],
        seeds=tuple(range(values["first"], values["first"] + values["trainings"])),
    )


def picture_spec(values: Mapping[str, Value]) -> PictureSpec:
    """The t-SNE maps that the controls ask for."""
    first = values["tsne_seed"] or 0
    return PictureSpec(
        methods=values["pictures"],
        actions=tuple(map(int, values["actions"])),
        group=values["group"],
        run=values["first"] if values["of_seed"] is None else values["of_seed"],
        perplexity=values["perplexity"],
        early_exaggeration=values["exaggeration"],
        seeds=tuple(range(first, first + values["tsne_seeds"])),
        random_start=values["tsne_seed"] is not None or values["tsne_seeds"] > 1,
        joint=values["fit"] == "joint",
    )


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the sequences come from.

    folder : of the official download, or None for the simulation with `seed`.
    changed : the state of its files, so that it is read again when one of them changes.
    """

    folder: Path | None = None
    changed: str = ""
    seed: int = SEED

    @property
    def key(self) -> Hashable:
        """The key of the job that loads them."""
        return ("har data", self)

    @property
    def unit(self) -> str:
        """The unit in which that job counts its progress."""
        return "sequences" if self.folder is None else "files"

    def work(self) -> Simulation | Reading:
        """The job's work; ValueError where the folder cannot be read."""
        if self.folder is None:
            return Simulation(self.seed)
        return Reading(self.folder, readable=readable)

    def lines(self) -> str:
        """Python lines that make `dataset`."""
        if self.folder is None:
            return f"from alignlab.har import simulate\n\ndataset = simulate({self.seed})"
        path = str(self.folder)
        return f"from alignlab.har import load_utd_mhad\n\ndataset = load_utd_mhad({path!r})"


def origin(values: Mapping[str, Value]) -> Origin:
    """Where the sequences come from; ValueError where the folder may not, or cannot, be read."""
    if values["activity"] == "simulated":
        return Origin(seed=values["simulation"])
    folder = allowed(values["folder"])
    if not folder.is_dir():
        raise ValueError(f"{folder} is a file: name the folder that holds Inertial and Skeleton")
    try:
        changed = state_of(folder, readable)
    except OSError as error:
        raise ValueError(f"{folder} cannot be read ({error.strerror}): check its rights") from error
    return Origin(folder=folder, changed=changed)


def modality_widget(control: Choice, there: Sequence[str]) -> None:
    """The choice among the available modalities; a chosen unavailable one stays, to be refused."""
    chosen = st.session_state[control.key]
    options = {name: MODALITY_NAMES[name] for name in MODALITIES if name in there or name == chosen}
    widget(replace(control, options=options))


def split_widget(with_lists: bool) -> None:
    """The choice of a split; lists are offered for a folder only."""
    chosen = st.session_state[SPLIT.key]
    options = {
        name: label
        for name, label in SPLIT.options.items()
        if name != "lists" or with_lists or name == chosen
    }
    widget(replace(SPLIT, options=options))


def modalities_there(dataset: ActivityDataset | None, values: Mapping[str, Value]) -> Sequence[str]:
    """The modalities on offer: those that were read, or else those that could be there."""
    if dataset is not None:
        return dataset.modalities
    return SIMULATED if values["activity"] == "simulated" else tuple(READERS)


@st.cache_resource(max_entries=4, show_spinner=False)
def shipped_result(spec: ProtocolSpec) -> Stored | None:
    """The result of a spec on the default simulation, if it is shipped with the app."""
    return shipped(ASSETS, spec)


@st.cache_resource(show_spinner=False)
def _maps_that_came() -> dict[tuple[str, int], PairMap]:
    return shipped_maps(ASSETS)


def drawn_before(spec: ProtocolSpec, picture: PictureSpec) -> dict[tuple[str, int], PairMap] | None:
    """The maps of the default result, if they are shipped with the app; None otherwise."""
    if spec != _SPEC or replace(picture, methods=MAPPED.methods) != MAPPED:
        return None
    came = _maps_that_came()
    wanted = [(method, seed) for method in picture.methods for seed in picture.seeds]
    return {key: came[key] for key in wanted} if set(wanted) <= set(came) else None


def cache() -> ResultCache:
    """The cache of results in the user's cache folder."""
    return ResultCache(cache_folder())


def experiment(dataset: ActivityDataset, spec: ProtocolSpec) -> partial[KeptExperiment]:
    """A factory for the work of an experiment."""
    return partial(KeptExperiment, dataset, spec, cache())


@st.cache_resource(max_entries=16, show_spinner=False)
def _simulated(seed: int, action: int, subject: int, trial: int) -> Activity:
    return simulated_sequence(seed, action, subject, trial)


def sequence(
    where: Origin, dataset: ActivityDataset | None, action: int, subject: int, trial: int
) -> Activity:
    """One sequence, for the animation."""
    if where.folder is None:
        return _simulated(where.seed, action, subject, trial)
    assert dataset is not None  # results of a folder are shown once it has been read
    return dataset[dataset.names.index(f"a{action}_s{subject}_t{trial}")]


def activity_script(dataset: str, spec: ProtocolSpec) -> str:
    """The table of an experiment with human activity; `dataset` are the lines that make it."""
    return f"""{dataset}
from alignlab.har import ProtocolSpec, run_protocol

# This trains again, which takes as long as on the page. The same machine and torch version give
# the same numbers; another processor or device rounds differently, and training amplifies that.
result = run_protocol(dataset, {spec!r})
table = result.summary().drop(columns="seconds", level=0)
"""
