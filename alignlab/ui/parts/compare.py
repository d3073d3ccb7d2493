"""The comparison page: its controls, spec, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.aligners.fourier import FourierSpec
from alignlab.experiments.compare import ComparisonSpec
from alignlab.experiments.methods import METHODS
from alignlab.ui.controls import Control, Count, Several, Steps, Value
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
from alignlab.ui.parts.pairs import (
    BEND,
    DIMS,
    HOLDOUT,
    SOURCE,
    SPLIT_SEED,
    aligned_dimension,
)
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
    help="Added to the variance in every direction, in squared units of the data; of random "
    "Fourier features, whose variances add up to less than 1, too.",
)  # fmt: skip
_FOURIER = FourierSpec()
FEATURES = Steps(
    name="fourier_features", label="Fourier features D", default=_FOURIER.features, low=1,
    high=1024, stops=(4, 8, 16, 32, 64, 128, 256, 512),
    help="Random Fourier features of each view; as D grows their inner products approach a "
    "Gaussian kernel, whose width is the median distance of the fitted rows.",
)  # fmt: skip
FEATURE_RANK = Count(
    name="feature_rank", label="Rank of RFF informative PA", default=_FOURIER.rank, low=1,
    high=1024, help="Number of leading directions of the features that it uses.",
)  # fmt: skip
FEATURE_SEED = Count(
    name="feature_seed", label="Seed of the features", default=_FOURIER.seed, low=0,
    high=2**31 - 1, help="Seed of their frequencies and phases.",
)  # fmt: skip

COMPARISON: tuple[Control, ...] = (
    SOURCE, BEND, DIMS, HOLDOUT, SPLIT_SEED, PLANE, COMPARED, RIDGE, TEMPERATURE,
    TRAIN_STEPS, BATCH, LEARNING_RATE, SCORES, TRAIN_SEED, FEATURES, FEATURE_RANK, FEATURE_SEED,
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
        fourier=FourierSpec(
            features=values["fourier_features"],
            rank=values["feature_rank"],
            seed=values["feature_seed"],
        ),
    )


def comparison_script(pairs: str, spec: ComparisonSpec) -> str:
    """The table of a comparison on held-out pairs; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.fourier import FourierSpec
from alignlab.experiments.compare import ComparisonSpec, compare

table = compare(data, {spec!r}).table().drop(columns="seconds")
"""


PAGE = Page(
    path="compare",
    title="Aligners compared",
    short="Compare",
    icon=":material/compare:",
    summary="Perfect alignment beside CCA, regression, Procrustes, PLS, contrastive learning, and "
    "nonlinear aligners: the same pairs, the same split, one table, and every latent; training is "
    "shown live.",
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
        "Bent differently": {
            "source": "bent", "d1": 8, "d2": 8, "noise": 0.1,
            "methods": (
                "cca", "fourier_cca", "fourier_informative", "kernel_cca", "deep_cca",
            ),
        },
        "Nonlinear, and overfitted": {
            "n": 200, "d1": 4, "d2": 4, "noise": 4.0, "components": 1, "holdout": 0.5, "seed": 1,
            "methods": ("cca", "fourier_cca", "kernel_cca", "deep_cca"),
        },
        "Digits, left and right halves": {
            "source": "digits", "dims": 8, "ridge": 1.0,
            "methods": ("perfect_alignment", "informative_alignment", "cca", "contrastive"),
        },
    },
)  # fmt: skip
