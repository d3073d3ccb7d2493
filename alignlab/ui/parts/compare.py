"""The comparison page: its controls, spec, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.experiments.compare import ComparisonSpec
from alignlab.experiments.methods import METHODS
from alignlab.ui.controls import Control, Several, Steps, Value
from alignlab.ui.files.controls import UPLOAD
from alignlab.ui.parts.contrastive import (
    BATCH,
    LEARNING_RATE,
    SCORES,
    TEMPERATURE,
    TRAIN_SEED,
    TRAIN_STEPS,
    contrastive_spec,
)
from alignlab.ui.parts.pairs import DIMS, HOLDOUT, SOURCE, SPLIT_SEED, aligned_dimension
from alignlab.ui.parts.synthetic import PLANE, SYNTHETIC
from alignlab.ui.state import Page

COMPARED = Several(
    name="methods", label="Aligners",
    default=("perfect_alignment", "informative_alignment", "cca", "contrastive"),
    options={name: method.label for name, method in METHODS.items()},
    help="All are fitted on the same pairs, with the same split.",
)  # fmt: skip
RIDGE = Steps(
    name="ridge", label="Ridge of CCA", default=0.0, low=0.0, high=1e6,
    stops=(0.0, 1e-6, 1e-4, 1e-2, 0.1, 1.0, 10.0, 100.0),
    help="Added to the variance in every direction, in squared units of the data.",
)  # fmt: skip

COMPARISON: tuple[Control, ...] = (
    SOURCE, DIMS, HOLDOUT, SPLIT_SEED, PLANE, COMPARED, RIDGE, TEMPERATURE, TRAIN_STEPS, BATCH,
    LEARNING_RATE, SCORES, TRAIN_SEED,
)  # fmt: skip


def comparison_spec(values: Mapping[str, Value]) -> ComparisonSpec:
    """Which aligners are compared, and how."""
    return ComparisonSpec(
        k=aligned_dimension(values),
        methods=values["methods"],
        ridge=values["ridge"],
        holdout=values["holdout"],
        split_seed=values["split_seed"],
        contrastive=contrastive_spec(values),
    )


def comparison_script(pairs: str, spec: ComparisonSpec) -> str:
    """The table of a comparison on held-out pairs; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.experiments.compare import ComparisonSpec, compare

table = compare(data, {spec!r}).table().drop(columns="seconds")
"""


PAGE = Page(
    path="compare",
    title="Aligners compared",
    short="Compare",
    icon=":material/compare:",
    summary="Perfect alignment beside CCA, regression, Procrustes, PLS and contrastive learning: "
    "the same pairs, the same split, one table, and every latent; training is shown live.",
    controls=(*SYNTHETIC, *COMPARISON, *UPLOAD),
    presets={
        "Table 1, both rows": {"methods": ("perfect_alignment", "contrastive")},
        "All aligners, noisy": {
            "d1": 8, "d2": 6, "noise": 1.0, "components": 3, "methods": tuple(METHODS),
        },
        "Contrastive with high temperature": {
            "methods": ("perfect_alignment", "contrastive"), "temperature": 10.0,
        },
        "Labels as a modality": {
            "source": "labels", "d1": 8, "components": 4,
            "methods": ("perfect_alignment", "informative_alignment", "cca"),
        },
        "Digits, left and right halves": {
            "source": "digits", "dims": 8, "ridge": 1.0,
            "methods": ("perfect_alignment", "informative_alignment", "cca", "contrastive"),
        },
    },
)  # fmt: skip
