"""The alignment page: its controls, spec, cached study, script and entry."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.alignment import Study, StudySpec, study
from alignlab.metrics import cmae
from alignlab.ui.controls import Choice, Control, Count, Number, Value
from alignlab.ui.files.controls import UPLOAD
from alignlab.ui.parts.pairs import (
    BEND,
    DIMS,
    HOLDOUT,
    SOURCE,
    SPLIT_SEED,
    aligned_dimension,
    choose_pairs,
)
from alignlab.ui.parts.synthetic import PLANE, SYNTHETIC, synthetic_pairs
from alignlab.ui.state import Page
from alignlab.words.numbers import number

RECOVERY = Choice(
    name="recovery", label="Recovered latent", default="linear",
    options={"linear": "best linear map", "pinv": "pinv(S)"},
    help="Drawn beside the true latent: the plain estimate after its best linear map onto z, or "
    "the sanity check of Table 2, the pseudo-inverse of the true S⁽ᵐ⁾ applied to x⁽ᵐ⁾. Nothing "
    "is recomputed.",
)  # fmt: skip

RANK = Count(
    name="rank", label="Rank for informative alignment", default=None, low=1, high=128,
    placeholder="k",
    help="Number of leading directions of each view that informative alignment uses; empty for k.",
)  # fmt: skip
LINES = Number(
    name="lines", label="Partner lines", default=200, low=0, high=1000, step=50,
    help="Number of pairs whose partners are joined by a line. Nothing is recomputed.",
)  # fmt: skip

STUDY: tuple[Control, ...] = (SOURCE, BEND, DIMS, RANK, HOLDOUT, SPLIT_SEED, LINES, PLANE)

LOOK_CLOSER = 8
"""Number of selected digits that are shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """A study with its provenance: a name for its charts, all settings, and a script."""

    study: Study
    name: str
    parameters: dict[str, Any]
    script: str
    notes: dict[str, str] = field(default_factory=dict)


def choose_study(values: Mapping[str, Value]) -> Chosen | None:
    """The study that the controls ask for; None while the user's file is missing.

    ValueError when the settings or the file do not allow it.
    """
    spec = study_spec(values)
    pairs = choose_pairs(values)
    if pairs is None:
        return None
    # uploaded data stay in the session that uploaded them
    compute = upload_study if values["source"] == "upload" else shared_study
    study = compute(pairs.key, spec, pairs.data)
    # not a setting, but the precision to which the numbers hold
    precision = {"precision of the data": study.plain.alignment.precision}
    return Chosen(
        study=study,
        name=pairs.name,
        parameters=pairs.settings | {"study": asdict(spec)} | precision,
        script=study_script(pairs.lines, spec),
        notes=pairs.notes,
    )


def numbers_table(study: Study) -> None:
    """All metrics, both aligners, both splits; undefined metrics are marked."""
    table = study.table.dropna(how="all").map(number)
    table.columns = pd.MultiIndex.from_tuples(
        (aligner, f"{split} (n = {_size(study, split):,})") for aligner, split in table.columns
    )
    st.dataframe(table, height="content")


def selected_pairs(study: Study, selected: Collection[int], chosen: Chosen) -> None:
    """The mean distance within the selected pairs, and the images where they are digits."""
    at = np.flatnonzero(np.isin(study.train_rows, list(selected)))
    if at.size == 0:
        return
    distance = {
        name: cmae(*(Z[at] for Z in fitted.train))
        for name, fitted in (("plain", study.plain), ("informative", study.informative))
    }
    st.markdown(
        f"**{at.size:,} pairs selected**: mean distance of partners {number(distance['plain'])} "
        f"(plain), {number(distance['informative'])} (informative)."
    )
    if chosen.name == "digits":
        few = at[:LOOK_CLOSER]
        halves = (study.train.X1[few], study.train.X2[few])
        images = np.concatenate([half.reshape(-1, 8, 4) for half in halves], axis=2) / 16
        st.image(
            list(np.kron(images, np.ones((1, 10, 10)))),
            caption=[f"pair {row}" for row in study.train_rows[few]],
            width=80,
        )


def _size(study: Study, split: str) -> int:
    return study.train.n if split == "train" else study.test.n


def study_spec(values: Mapping[str, Value]) -> StudySpec:
    """How to align: k is the latent's for synthetic pairs, a control of its own for others."""
    return StudySpec(
        k=aligned_dimension(values),
        rank=values["rank"],
        holdout=values["holdout"],
        split_seed=values["split_seed"],
    )


def synthetic_study(data: SyntheticSpec, spec: StudySpec) -> Study:
    """`study` of the synthetic pairs."""
    return shared_study(("synthetic", data), spec, synthetic_pairs(data))


@st.cache_resource(max_entries=6, show_spinner="Aligning …")
def shared_study(key: Hashable, spec: StudySpec, _data: PairedData) -> Study:
    """`study` of pairs that all sessions share, identified by their key."""
    return study(_data, spec)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Aligning …")
def upload_study(key: Hashable, spec: StudySpec, _data: PairedData) -> Study:
    """`study` of the pairs of an uploaded table, for the session that uploaded it."""
    return study(_data, spec)


def study_script(pairs: str, spec: StudySpec) -> str:
    """The table of a study; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.experiments.alignment import StudySpec, study

result = study(data, {spec!r})
table = result.table
"""


PAGE = Page(
    path="alignment",
    follows=True,
    title="Perfect alignment",
    icon=":material/join_inner:",
    summary="Align two views by the null space of their stack: synthetic pairs, digits cut in "
    "half, or your own file; plain and informative alignment side by side.",
    controls=(*SYNTHETIC, *STUDY, RECOVERY, *UPLOAD),
    presets={
        "Table 1": {},
        "Uniform (Fig. 7)": {"latent": "uniform"},
        "Pseudo-inverse check (Table 2)": {"recovery": "pinv"},
        "Collapse at d = 32": {"d1": 32, "d2": 32},
        "Noisy": {"noise": 1.0},
        "Noisy at d = 32": {"d1": 32, "d2": 32, "noise": 1.0},
        "Too few null directions (Cor. 2.3)": {"k": 3},
        "Zero by too few pairs": {
            "k": 10, "d1": 10, "d2": 10, "n": 20, "noise": 1.0, "holdout": 0.5,
        },
        "Digits, left and right halves": {"source": "digits"},
    },
)  # fmt: skip
