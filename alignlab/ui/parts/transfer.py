"""The transfer page: its controls, spec, cached results, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alignlab.experiments.gaussian_transfer import GaussianTransfer
from alignlab.experiments.transfer import TransferSpec, accuracies, draw, fit
from alignlab.ui.controls import Control, Number, Steps, Value
from alignlab.ui.parts.pairs import PAIRING
from alignlab.ui.parts.synthetic import SEED
from alignlab.ui.state import Page

_TRANSFER = TransferSpec()
TRANSFER: tuple[Control, ...] = (
    Number(
        name="classes", label="Classes", default=_TRANSFER.classes, low=2, high=6,
        help="Gaussians of equal size in the plane of both modalities.",
    ),
    Number(
        name="separation1", label="Class separation, modality 1", default=_TRANSFER.separation1,
        low=0.0, high=10.0, step=0.5,
        help="Distance of neighbouring class means along x⁽¹⁾; at 0 it says nothing of the class.",
    ),
    Number(
        name="separation2", label="Class separation, modality 2", default=_TRANSFER.separation2,
        low=0.0, high=10.0, step=0.5,
        help="Distance of neighbouring class means along x⁽²⁾; at 0 it says nothing of the class.",
    ),
    Number(
        name="spread", label="Within-class spread σ", default=_TRANSFER.spread, low=0.1, high=5.0,
        step=0.1, help="Standard deviation within a class, along either modality.",
    ),
    Number(
        name="correlation2", label="Correlation r of the modalities",
        default=_TRANSFER.correlation, low=-0.95, high=0.95, step=0.05,
        help="Correlation of the two modalities within a class.",
    ),
    Steps(
        name="labelled", label="Labelled rows per class", default=_TRANSFER.labelled, low=2,
        high=5000, stops=(2, 5, 10, 20, 50, 100, 200, 500, 1000), help="Rows of modality 1 only.",
    ),
    Steps(
        name="pairs_n", label="Unlabelled pairs", default=_TRANSFER.pairs, low=2, high=20_000,
        stops=(2, 5, 10, 30, 100, 300, 1000, 3000, 10_000), help="Pairs of both modalities.",
    ),
    PAIRING,
    Number(
        name="runs", label="Seeds of the curves", default=5, low=1, high=50,
        help="Draws per point of the accuracy curves.",
    ),
    SEED,
)  # fmt: skip


def transfer_spec(values: Mapping[str, Value]) -> TransferSpec:
    """The spec that the controls of the transfer page stand for."""
    return TransferSpec(
        classes=values["classes"],
        separation1=values["separation1"],
        separation2=values["separation2"],
        spread=values["spread"],
        correlation=values["correlation2"],
        labelled=values["labelled"],
        pairs=values["pairs_n"],
        shuffled=values["pairing"] == "shuffled",
        seed=values["seed"],
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def transfer_fit(spec: TransferSpec) -> GaussianTransfer:
    """`fit` of the drawn pairs of a spec."""
    return fit(draw(spec), spec)


@st.cache_resource(max_entries=8, show_spinner="Transferring …")
def transfer_accuracies(spec: TransferSpec) -> dict[str, float]:
    """`accuracies` of a spec."""
    return accuracies(spec)


def transfer_script(spec: TransferSpec) -> str:
    """The accuracy of every route."""
    return f"""from alignlab.experiments.transfer import TransferSpec, accuracies
from alignlab.experiments.transfer import transfer_table

table = transfer_table(accuracies({spec!r}))
"""


PAGE = Page(
    path="transfer",
    follows=True,
    title="Cross-modal transfer",
    short="Transfer",
    icon=":material/swap_horiz:",
    summary="Labels of one modality, unlabelled pairs, a classifier for the other: the three steps "
    "of Gaussian transfer, compared with the routes through an aligned latent.",
    controls=TRANSFER,
    presets={
        "Figure 1 of the transfer paper": {},
        "One modality is blind": {"separation2": 0.0},
        "The labelled one is blind": {"separation1": 0.0},
        "Four classes": {"classes": 4, "separation1": 3.0, "separation2": 3.0},
        "Pairs torn apart": {"pairing": "shuffled"},
        "Few labels, few pairs": {"labelled": 2, "pairs_n": 30},
    },
)
