"""The controls of the page of latent spaces, and the specs that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from alignlab.experiments.space import SPACES, SpaceSpec
from alignlab.maps import MapSpec
from alignlab.ui.controls import (
    Choice,
    Control,
    Count,
    Menu,
    Named,
    Number,
    Several,
    Steps,
    Text,
    Value,
)
from alignlab.ui.files.controls import DROP, UPLOAD
from alignlab.ui.files.local_files import PATHS
from alignlab.ui.parts.compare import RIDGE
from alignlab.ui.parts.contrastive import (
    BATCH,
    LEARNING_RATE,
    SCORES,
    TEMPERATURE,
    TRAIN_SEED,
    TRAIN_STEPS,
    contrastive_spec,
)
from alignlab.ui.parts.maps import EXAGGERATION, PERPLEXITY
from alignlab.ui.parts.pairs import HOLDOUT, SPLIT_SEED
from alignlab.words.inspect import space_name

DATA = Choice(
    name="data", label="Pairs", default="clip",
    options={
        "clip": "Two cones", "digits": "Digits", "activity": "Activity", "upload": "Your files",
        "path": "A path",
    },
    help="Two cones: synthetic embeddings of images and captions that lie apart, as those of CLIP "
    "do. The halves of scikit-learn's digits; trained embeddings of simulated activity; your own "
    "files, uploaded or, if this server accepts it, by path.",
)  # fmt: skip

_SPACES = {how: space_name(how) for how in SPACES}
SPACE = Menu(
    name="space", label="Common space", default="common", options=_SPACES,
    help="As they are: both views have the same dimensions, as CLIP's do. Each by its PCA: the "
    "leading k principal components of each view. Or an aligner, fitted on the training part.",
)  # fmt: skip
SPACE_B = Menu(
    name="space_b", label="Second picture", default="", options={"": "none", **_SPACES},
    help="The same pairs in another space, side by side; a selection is shown in both.",
)  # fmt: skip
SPACE_DIMS = Steps(
    name="space_dims", label="Dimensions k of the space", default=8, low=1, high=1024,
    stops=(1, 2, 3, 4, 8, 16, 32, 64, 128, 256),
    help="Directions that PCA or an aligner keeps. Least squares and the views as they are have "
    "dimensions of their own.",
)  # fmt: skip
UNIT = Choice(
    name="unit", label="Length of the vectors", default="kept",
    options={"kept": "as they are", "unit": "unit length"},
    help="Unit length: every vector is divided by its norm, so that distances follow cosines.",
)  # fmt: skip
MAP = Choice(
    name="map", label="Map", default="pca",
    options={"pca": "PCA", "pca3": "PCA, 3-D", "tsne": "t-SNE", "umap": "UMAP"},
    help="PCA shows distances in the directions of most variance. t-SNE and UMAP show who is near "
    "whom; sizes of clusters and the distances between them mean little there.",
)  # fmt: skip
MAP_FIT = Choice(
    name="map_fit", label="Fit of the map", default="together",
    options={"together": "both modalities", "apart": "each alone", "one": "both pictures"},
    help="Both modalities together: partners can be compared. Each alone: two maps, which share no "
    "axes. Both pictures: one fit of all points of both spaces, so that distances can be compared "
    "between the pictures.",
)  # fmt: skip
_TSNE = {"map": ("tsne",)}
PERPLEXITIES = Several(
    name="perplexities", label="Perplexities side by side", default=(), needs=_TSNE,
    options={name: name for name in ("5", "15", "30", "50", "100")},
    help="One t-SNE map for each; none: a single map at the perplexity above.",
)  # fmt: skip
MAP_STEPS = Steps(
    name="map_steps", label="Iterations", default=750, low=250, high=10_000, needs=_TSNE,
    stops=(500, 750, 1000, 2000, 5000),
    help="Steps of gradient descent; clusters are pulled together in the first 250.",
)  # fmt: skip
MAP_START = Choice(
    name="map_start", label="Start from", default="pca", needs=_TSNE,
    options={"pca": "PCA", "random": "random", "previous": "previous map"},
    help="Principal components give nearly the same map each time; random positions do not. "
    "Previous map: after a change, t-SNE continues from the map last shown, so that the points "
    "move only where they must.",
)  # fmt: skip
MAP_SEED = Count(
    name="map_seed", label="Seed of the map", default=0, low=0, high=2**20,
    help="Seed of random starts, of UMAP and of t-SNE's own random numbers.",
    needs={"map": ("tsne", "umap")},
)  # fmt: skip
MAP_SEEDS = Number(
    name="map_seeds", label="Random starts side by side", default=1, low=1, high=4,
    needs={"map_start": ("random",), "map": ("umap",)},
    help="One map per seed. What all maps share comes from the data, what differs from the start.",
)  # fmt: skip
UMAP_NEIGHBOURS = Steps(
    name="umap_neighbours", label="Neighbours", default=15, low=2, high=500,
    stops=(5, 10, 15, 30, 50, 100), needs={"map": ("umap",)},
    help="Size of the neighbourhoods that UMAP preserves.",
)  # fmt: skip
MIN_DIST = Steps(
    name="min_dist", label="Least distance", default=0.1, low=0.0, high=1.0,
    stops=(0.0, 0.05, 0.1, 0.25, 0.5, 0.99), needs={"map": ("umap",)},
    help="How densely UMAP may pack points.",
)  # fmt: skip


def read_before(text: str) -> dict[str, str]:
    """The settings of an earlier map, written as an address; ValueError if they are not."""
    values = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
    known = {control.name: control for control in OF_MAP}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"{name!r} is no setting of a map")
        known[name].parse(value)
    if values.get("map_start") == "previous":
        raise ValueError("the map that it starts from must itself start from PCA or at random")
    return values


BEFORE = Text(
    name="before", label="Map that it starts from", default="", read=read_before,
    needs={"map_start": ("previous",)},
)  # fmt: skip
COLOUR = Named(
    name="colour", label="Colour", default="",
    help="A column of the data, the rank of a pair's partner, the distance between partners, or "
    "which pairs were fitted. Automatic: the first column of classes, else the first of numbers, "
    "else the distance.",
)  # fmt: skip
PARTNERS = Choice(
    name="partners", label="Lines between partners", default="selected",
    options={"none": "none", "selected": "of the selection", "all": "all"},
    help="Selected: those of the point that was clicked, and of the points of a lasso or a box.",
)  # fmt: skip
WORST = Choice(
    name="worst_by", label="Worst aligned by", default="rank",
    options={"rank": "rank", "distance": "distance"},
    help="Rank of the partner among all points of the other modality (the worse of both "
    "directions), or distance between the partners.",
)  # fmt: skip


def read_picked(text: str) -> tuple[int, int] | None:
    """Row and modality of a point, written "row:modality"; None for no point."""
    if not text:
        return None
    row, _, modality = text.partition(":")
    if not row.isdigit() or len(row) > 9 or modality not in ("1", "2"):
        raise ValueError(f"{text!r} is not a row and a modality such as 12:1")
    return int(row), int(modality)


PICKED = Text(name="picked", label="Point", default="", read=read_picked)

OF_TRAINING = (TEMPERATURE, TRAIN_STEPS, BATCH, LEARNING_RATE, SCORES, TRAIN_SEED)
OF_SPACE = (SPACE, SPACE_DIMS, UNIT, HOLDOUT, SPLIT_SEED, RIDGE, *OF_TRAINING)
OF_TSNE = (PERPLEXITY, EXAGGERATION, MAP_STEPS, MAP_START, MAP_SEED)
OF_MAP: tuple[Control, ...] = (*OF_SPACE, *OF_TSNE)
"""What a t-SNE map depends on, data apart: the settings that `before` may hold."""

INSPECT: tuple[Control, ...] = (
    DATA, *OF_SPACE, SPACE_B, MAP, MAP_FIT, *OF_TSNE, PERPLEXITIES, MAP_SEEDS, UMAP_NEIGHBOURS,
    MIN_DIST, BEFORE, COLOUR, PARTNERS, WORST, PICKED, DROP, *PATHS, *UPLOAD,
)  # fmt: skip


def space_spec(values: Mapping[str, Value], how: str) -> SpaceSpec:
    """The space that the controls ask for; how : one of the options of `SPACE`."""
    return SpaceSpec(
        how=how,
        k=values["space_dims"],
        unit=values["unit"] == "unit",
        holdout=values["holdout"],
        split_seed=values["split_seed"],
        ridge=values["ridge"],
        contrastive=contrastive_spec(values),
    )


def space_specs(values: Mapping[str, Value]) -> tuple[SpaceSpec, ...]:
    """The spaces of the first and, if there is one, of the second picture."""
    hows = dict.fromkeys(how for how in (values["space"], values["space_b"]) if how)
    return tuple(space_spec(values, how).canonical() for how in hows)


def map_specs(values: Mapping[str, Value]) -> tuple[MapSpec, ...]:
    """The maps of each space, one for every perplexity or seed that is asked for."""
    kind = values["map"]
    together = values["map_fit"] != "apart"
    if kind in ("pca", "pca3"):
        return (MapSpec(method="pca", dims=3 if kind == "pca3" else 2, together=together),)
    first, count = values["map_seed"], values["map_seeds"]
    if kind == "umap":
        return tuple(
            MapSpec(
                method="umap",
                together=together,
                neighbours=values["umap_neighbours"],
                min_dist=values["min_dist"],
                seed=seed,
            )
            for seed in range(first, first + count)
        )
    random = values["map_start"] == "random"
    chosen = tuple(map(float, values["perplexities"])) or (values["perplexity"],)
    return tuple(
        MapSpec(
            method="tsne",
            together=together,
            perplexity=perplexity,
            early_exaggeration=values["exaggeration"],
            steps=values["map_steps"],
            random_start=random,
            seed=seed,
        )
        for perplexity in chosen
        for seed in range(first, first + (count if random else 1))
    )


def as_before(values: Mapping[str, Value]) -> str:
    """The settings of the map on show, as `BEFORE` writes them; the inverse of `from_before`.

    Never empty, so that it differs from no earlier map.
    """
    return urlencode(
        {
            control.name: control.format(values[control.name])
            for control in OF_MAP
            if values[control.name] != control.default or control in (SPACE, PERPLEXITY)
        }
    )


def from_before(text: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values of all controls with the settings of an earlier map in their place."""
    written = read_before(text)
    earlier = {
        control.name: control.parse(written[control.name])
        if control.name in written
        else control.default
        for control in OF_MAP
    }
    return {**values, **earlier, "map": "tsne", "perplexities": (), "map_seeds": 1}
