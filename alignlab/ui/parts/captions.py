"""The page of images and captions: its controls, cached cells, jobs, script and entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from alignlab import linalg
from alignlab.data.captions.distortion import NAMES, distorted
from alignlab.data.captions.images import drawn
from alignlab.data.captions.scenes import NOUNS, scenes
from alignlab.data.captions.spec import MOST_OBJECTS, CaptionSpec
from alignlab.data.captions.texts import captions
from alignlab.diagnosis.run import work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.work import Work
from alignlab.experiments.caption_sweep import CaptionSweep, CaptionSweepSpec
from alignlab.experiments.captions import (
    BOTTLENECKS,
    FEWEST_PAIRS,
    WIDEST,
    CaptionCell,
    caption_cell,
)
from alignlab.experiments.cell_sweep import by_bottleneck
from alignlab.ui.controls import Choice, Control, Count, Number, Steps, Value
from alignlab.ui.jobs import Followed, job
from alignlab.ui.state import Page

SHOWN = 4
"""Scenes that are shown."""

_SPEC = CaptionSpec(n=1500)

LEVEL = Number(
    name="level", label="Distortion of the images", default=0.5, low=0.0, high=1.0, step=0.05,
    help=f"The share of six groups of distortion that are active in every image: "
    f"{', '.join(NAMES)}. Captions stay as they are.",
)  # fmt: skip
OBJECTS = Number(
    name="objects", label="Objects, at most", default=_SPEC.objects, low=1, high=MOST_OBJECTS,
    help="The largest one is dominant, its noun is the class. A second and third object distract.",
)  # fmt: skip
KEPT = Steps(
    name="code", label="Bottleneck k", default=WIDEST, low=1, high=WIDEST,
    stops=(1, 2, 4, 8, 16, 32), help="How many numbers an encoder may keep.",
)  # fmt: skip
PAIRS = Steps(
    name="scenes", label="Pairs n", default=_SPEC.n, low=FEWEST_PAIRS, high=20_000,
    stops=(600, 1000, 1500, 2000, 3000, 5000, 10_000),
    help="Images with captions that the methods are fitted on. Draws are nested.",
)  # fmt: skip
TELLS = Choice(
    name="tells", label="The caption tells of", default="own",
    options={"own": "its own image", "other": "another image"},
    help="With captions of other images nothing is shared.",
)  # fmt: skip
DRAW = Count(
    name="scene_seed", label="Seed", default=0, low=0, high=2**31 - 1,
    help="Seed of scenes, captions, distortions and features.",
)  # fmt: skip

CONTROLS: tuple[Control, ...] = (LEVEL, OBJECTS, KEPT, PAIRS, TELLS, DRAW)


def caption_spec(values: Mapping[str, Value]) -> CaptionSpec:
    """The spec that the controls stand for."""
    return CaptionSpec(
        n=values["scenes"],
        level=values["level"],
        objects=values["objects"],
        shared=values["tells"] == "own",
        seed=values["scene_seed"],
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def cell_of(spec: CaptionSpec) -> CaptionCell:
    """`caption_cell`, on one thread: its problems are small."""
    with linalg.one_thread_each():
        return caption_cell(spec)


@st.cache_resource(max_entries=16, show_spinner=False)
def scores_of(spec: CaptionSpec, k: int) -> pd.DataFrame:
    """`CaptionCell.scores`."""
    with linalg.one_thread_each():
        return cell_of(spec).scores(k)


@st.cache_resource(max_entries=4, show_spinner=False)
def all_bottlenecks(spec: CaptionSpec) -> pd.DataFrame:
    """The scores at each of `BOTTLENECKS`."""
    with linalg.one_thread_each():
        return by_bottleneck(cell_of(spec), BOTTLENECKS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """The first scenes that no method and no probe has seen: images, distorted ones, captions."""

    clean: np.ndarray
    seen: np.ndarray
    texts: list[str]


@st.cache_resource(max_entries=8, show_spinner=False)
def shown_scenes(spec: CaptionSpec) -> Shown:
    """`SHOWN` scenes of the test part."""
    found = scenes(spec, "test", SHOWN)
    clean = drawn(found)
    return Shown(clean=clean, seen=distorted(clean, found), texts=captions(found))


def sweep_spec(spec: CaptionSpec, k: int) -> CaptionSweepSpec:
    """The sweep over level, with all else as it is set; the same one whatever the level is."""
    ks = BOTTLENECKS if k in BOTTLENECKS else tuple(sorted((*BOTTLENECKS, k)))
    return CaptionSweepSpec(spec=replace(spec, level=0.0), ks=ks)


def sweep_job(spec: CaptionSpec, k: int) -> Followed[CaptionSweep]:
    """The sweep over level."""
    keys = _keys(spec, k)
    _, asked = keys[0]
    return job(keys[0], lambda: CaptionSweep(asked), beside=keys)


def diagnosis_job(spec: CaptionSpec, k: int) -> Followed[Work]:
    """The diagnosis of the features of the training pairs, with the nouns as labels."""

    def work() -> Work:
        cell = cell_of(spec)
        nouns = np.array(NOUNS)[cell.scenes["train"].labels]
        features = cell.features["train"]
        return work_of(features["image"], features["text"], nouns, DiagnosisSpec())

    keys = _keys(spec, k)
    return job(keys[1], work, beside=keys)


def _keys(
    spec: CaptionSpec, k: int
) -> tuple[tuple[str, CaptionSweepSpec], tuple[str, CaptionSpec]]:
    """The keys of both jobs, which a session keeps together."""
    return ("caption sweep", sweep_spec(spec, k)), ("caption diagnosis", spec)


def caption_script(spec: CaptionSpec, k: int) -> str:
    """The scores of all methods at the present setting."""
    return f"""from alignlab.data.captions.spec import CaptionSpec
from alignlab.experiments.captions import caption_cell

cell = caption_cell({spec!r})
table = cell.scores({k})
"""


PAGE = Page(
    path="captions",
    title="Images and captions",
    icon=":material/image:",
    summary="Scenes and what is told of them. Distort the images, and see which direction of "
    "prediction suffers: the one that starts from the image.",
    controls=CONTROLS,
    presets={
        "Clean images": {"level": 0.0},
        "Figure 6: style 0.2": {"level": 0.2},
        "Figure 6: style 0.5": {"level": 0.5},
        "Distorted throughout": {"level": 1.0},
        "One object": {"objects": 1},
        "Few numbers": {"code": 4},
        "Captions of other images": {"tells": "other"},
    },
)
