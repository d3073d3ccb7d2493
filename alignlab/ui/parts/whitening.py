"""The whitening page: its controls, cached members, script and entry."""

from __future__ import annotations

import streamlit as st

from alignlab.aligners.alignment import Alignment
from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.whitening import Family, Member, corners, member, path
from alignlab.ui.controls import Choice, Number
from alignlab.ui.parts.synthetic import SYNTHETIC, synthetic_lines, synthetic_pairs
from alignlab.ui.state import Page

FAMILY = Choice(
    name="family", label="Family", default="stack",
    options={"stack": "Stack", "cross": "Cross-covariance"},
    help="The directions of smallest singular value of the stack of both views (plain PA to CCA), "
    "or of largest singular value of their cross-covariance (PLS-SVD, CP, CP reversed, CCA).",
)  # fmt: skip
WHITEN1 = Number(
    name="a", label="Whitening of view 1, a", default=0.0, low=0.0, high=1.0, step=0.05,
    help="0 leaves the view as it is, 1 gives it unit variance in every direction.",
)  # fmt: skip
WHITEN2 = Number(
    name="b", label="Whitening of view 2, b", default=0.0, low=0.0, high=1.0, step=0.05,
    help="0 leaves the view as it is, 1 gives it unit variance in every direction.",
)  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def bridge_corners(spec: SyntheticSpec) -> dict[str, Alignment]:
    """`corners` of the synthetic pairs."""
    return corners(synthetic_pairs(spec), spec.k)


@st.cache_resource(max_entries=8, show_spinner=False)
def bridge_member(spec: SyntheticSpec, family: Family, a: float, b: float) -> Member:
    """`member` of a family on the synthetic pairs."""
    return member(synthetic_pairs(spec), spec.k, family, a, b, bridge_corners(spec))


@st.cache_resource(max_entries=4, show_spinner="Computing path …")
def bridge_way(spec: SyntheticSpec, family: Family) -> list[Member]:
    """The members on the `path` of a family."""
    data, ends = synthetic_pairs(spec), bridge_corners(spec)
    return [member(data, spec.k, family, a, b, ends) for a, b in path(family)]


def bridge_script(spec: SyntheticSpec, family: str, a: float, b: float) -> str:
    """Subspace distances between the corners of the families and one member."""
    return f"""{synthetic_lines(spec)}
from alignlab.experiments.whitening import corners, member
from alignlab.experiments.whitening import corner_table

ends = corners(data, {spec.k})
table = corner_table(ends, member(data, {spec.k}, {family!r}, {a!r}, {b!r}, ends))
"""


_UNEVEN = {"k": 2, "d1": 8, "d2": 6, "noise": 3.0, "components": 3}

PAGE = Page(
    path="whitening",
    follows=True,
    title="Whitening",
    icon=":material/tune:",
    summary="One slider per view leads from perfect alignment to CCA, and from PLS-SVD through "
    "prediction to CCA: the methods are corners of two families.",
    controls=(*SYNTHETIC, FAMILY, WHITEN1, WHITEN2),
    presets={
        "Plain PA": _UNEVEN,
        "Half way to CCA": {**_UNEVEN, "a": 0.5, "b": 0.5},
        "CCA (stack)": {**_UNEVEN, "a": 1.0, "b": 1.0},
        "One side is not CP": {**_UNEVEN, "a": 1.0},
        "PLS-SVD": {**_UNEVEN, "family": "cross"},
        "CP: x⁽¹⁾ predicts x⁽²⁾": {**_UNEVEN, "family": "cross", "a": 1.0},
        "CCA (cross)": {**_UNEVEN, "family": "cross", "a": 1.0, "b": 1.0},
    },
)
