"""The many-views page: its controls, cached alignments, script and entry."""

from __future__ import annotations

import numpy as np
import streamlit as st

from alignlab.aligners.views import ViewsAlignment, gcca, perfect_alignment_views
from alignlab.data.synthetic import SyntheticSpec, generate_views
from alignlab.ui.controls import Number
from alignlab.ui.parts.compare import RIDGE
from alignlab.ui.parts.synthetic import PLANE, SYNTHETIC
from alignlab.ui.state import Page

VIEWS = Number(
    name="views", label="Views", default=3, low=2, high=6,
    help="Number of views of one latent; odd views have d₁ features, even views d₂.",
)  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def many_views(spec: SyntheticSpec, count: int) -> list[np.ndarray]:
    """`generate_views`."""
    return generate_views(spec, count)


@st.cache_resource(max_entries=4, show_spinner="Aligning …")
def many_alignments(spec: SyntheticSpec, count: int, ridge: float) -> dict[str, ViewsAlignment]:
    """Perfect alignment of all views and GCCA, by name."""
    views = many_views(spec, count)
    return {
        "perfect alignment": perfect_alignment_views(views, spec.k),
        "GCCA": gcca(views, spec.k, ridge),
    }


def views_script(spec: SyntheticSpec, count: int, ridge: float) -> str:
    """The table of all views' alignment."""
    return f"""from alignlab.aligners.views import gcca, perfect_alignment_views
from alignlab.data.synthetic import SyntheticSpec, generate_views
from alignlab.experiments.views import views_table

views = generate_views({spec!r}, {count})
found = {{
    "perfect alignment": perfect_alignment_views(views, {spec.k}),
    "GCCA": gcca(views, {spec.k}, {ridge!r}),
}}
table = views_table(views, found)
"""


PAGE = Page(
    path="views",
    follows=True,
    title="Many views",
    icon=":material/hub:",
    summary="Two to six views of one latent, aligned jointly by one stacked null space, and "
    "compared with generalised CCA.",
    controls=(*SYNTHETIC, VIEWS, RIDGE, PLANE),
    presets={
        "Three views": {"components": 3},
        "Six views, noisy": {
            "views": 6, "d1": 6, "d2": 5, "noise": 1.0, "components": 4,
        },
        "Collapse at d = 32": {"views": 4, "d1": 32, "d2": 32, "noise": 1.0, "components": 3},
        "Too few null directions": {"views": 3, "d1": 2, "d2": 1, "k": 3},
    },
)  # fmt: skip
