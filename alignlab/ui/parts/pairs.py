"""Pairs that several pages use: synthetic ones, digits, or the user's file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from alignlab.data.bent import BENDS, BentSpec, bent_pairs
from alignlab.data.digits import digits_halves
from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec, labels_as_view
from alignlab.experiments.alignment import StudySpec
from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import ColumnChoice
from alignlab.ui.controls import Choice, Count, Number, Value
from alignlab.ui.files.scripts import table_lines
from alignlab.ui.files.upload import bring_file
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts.synthetic import (
    D1,
    D2,
    NOISE,
    SEED,
    N,
    labels_lines,
    synthetic_controls,
    synthetic_lines,
    synthetic_pairs,
    synthetic_spec,
)

_STUDY = StudySpec()

DRAWN_SOURCES = ("synthetic", "labels")
"""The sources whose pairs are drawn from a spec, which then sets k."""

SOURCE = Choice(
    name="source", label="Source of the pairs", default="synthetic",
    options={
        "synthetic": "Synthetic", "bent": "Bent", "labels": "Labels", "digits": "Digits",
        "upload": "Your file",
    },
    help="Synthetic pairs, two views bent differently, synthetic pairs with class labels as "
    "modality 2, the two halves of scikit-learn's digits, or your own file.",
)  # fmt: skip
BEND = Choice(
    name="bend", label="Bend", default="double angle",
    options={bend: bend for bend in BENDS}, needs={"source": ("bent",)},
    help="Double angle: (cos t, sin t) and (cos 2t, sin 2t). Square: (a, b) and (a², b²). Swiss "
    "roll: the roll and its plane. Each is mapped to the features by a random matrix.",
)  # fmt: skip
DIMS = Number(
    name="dims", label="Aligned dimension k", default=2, low=1, high=32,
    help="Number of directions of the stack that are kept.",
)  # fmt: skip
HOLDOUT = Number(
    name="holdout", label="Held-out share", default=_STUDY.holdout, low=0.0, high=0.9, step=0.05,
    help="Share of the pairs that are not fitted; all metrics are also computed on them.",
)  # fmt: skip
SPLIT_SEED = Count(
    name="split_seed", label="Split seed", default=_STUDY.split_seed, low=0, high=2**31 - 1,
    help="Which pairs are held out.",
)  # fmt: skip
PAIRING = Choice(
    name="pairing", label="Pairing", default="kept",
    options={"kept": "kept", "shuffled": "shuffled"},
    help="Shuffled: the rows of one view are permuted, so that partners no longer correspond.",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs with their provenance.

    key : identifies them, without holding the data.
    name : the zoom of charts is kept per name; settings : values that JSON can hold.
    lines : Python lines that make `data`; notes : for the export pack.
    own : whether they were uploaded in this session and belong to it alone.
    """

    data: PairedData
    key: Hashable
    name: str
    settings: dict[str, Any]
    lines: str
    notes: dict[str, str] = field(default_factory=dict)
    own: bool = False


def choose_pairs(values: Mapping[str, Value]) -> Pairs | None:
    """The pairs that the controls ask for; None while the user's file is missing.

    ValueError when the settings or the file do not allow it.
    """
    source = values["source"]
    if source in DRAWN_SOURCES:
        spec = synthetic_spec(values)
        with_labels = source == "labels"
        return Pairs(
            data=labels_pairs(spec) if with_labels else synthetic_pairs(spec),
            key=(source, spec),
            name=f"{source} {spec.latent}",
            settings={"source": source, "synthetic": asdict(spec)},
            lines=labels_lines(spec) if with_labels else synthetic_lines(spec),
        )
    if source == "bent":
        bent = bent_spec(values)
        return Pairs(
            data=shared_bent_pairs(bent),
            key=bent,
            name=f"bent {bent.bend}",
            settings={"source": source, "bent": asdict(bent)},
            lines=bent_lines(bent),
        )
    if source == "digits":
        return Pairs(
            data=digits_pairs(),
            key=source,
            name=source,
            settings={"source": source},
            lines=digits_lines(),
        )
    brought = bring_file()
    if brought is None:
        return None
    upload, columns = brought
    file = {"files": dict(upload.files)} | asdict(columns)
    return Pairs(
        data=upload_pairs(upload.digest, columns, upload.head),
        key=(upload.digest, columns),
        name=f"upload {upload.digest}",
        own=True,
        settings={"source": source, "file": file},
        lines=upload_lines(upload.files, columns),
        notes={
            "BRING YOUR FILE.txt": f"Put {upload.name} beside reproduce.py; it is not packed.\n"
        },
    )


def aligned_dimension(values: Mapping[str, Value]) -> int:
    """The k of the aligned space: the latent's for drawn pairs, a separate control for others."""
    return values["k"] if values["source"] in DRAWN_SOURCES else values["dims"]


def pairs_controls() -> None:
    """The controls of drawn pairs, or the aligned dimension for given ones."""
    if st.session_state[SOURCE.key] in DRAWN_SOURCES:
        synthetic_controls()
        return
    if st.session_state[SOURCE.key] == "bent":
        widgets(BEND, N, D1, D2, NOISE, SEED)
    widget(DIMS)


def bent_spec(values: Mapping[str, Value]) -> BentSpec:
    """The spec of bent views that the controls stand for."""
    return BentSpec(**{c.name: values[c.name] for c in (BEND, N, D1, D2, NOISE, SEED)})


@st.cache_resource(max_entries=4, show_spinner=False)
def shared_bent_pairs(spec: BentSpec) -> PairedData:
    """`bent_pairs(spec)`."""
    return bent_pairs(spec)


@st.cache_resource(show_spinner=False)
def digits_pairs() -> PairedData:
    """`digits_halves()`."""
    return digits_halves()


@st.cache_resource(max_entries=4, show_spinner=False)
def labels_pairs(spec: SyntheticSpec) -> PairedData:
    """`labels_as_view` of the synthetic pairs."""
    return labels_as_view(synthetic_pairs(spec))


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def upload_pairs(digest: str, choice: ColumnChoice, _table: pd.DataFrame) -> PairedData:
    """The pairs of an uploaded table, for the session that uploaded it."""
    return pairs_from_table(_table, choice)


def bent_lines(spec: BentSpec) -> str:
    """Lines that make views bent differently."""
    return f"""from alignlab.data.bent import BentSpec, bent_pairs

data = bent_pairs({spec!r})"""


def digits_lines() -> str:
    """Lines that make the digits' halves."""
    return """from alignlab.data.digits import digits_halves

data = digits_halves()"""


def upload_lines(files: Sequence[tuple[str, str]], choice: ColumnChoice) -> str:
    """Lines that read the pairs of the user's files, which must lie beside the script."""
    return f"""from alignlab.files.chosen import pairs_from_table
{table_lines(files)}

data = pairs_from_table(table, {choice!r})"""
