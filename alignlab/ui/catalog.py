"""The pages of the app, their controls and their presets: the list that a new page joins."""

from __future__ import annotations

from alignlab.ui.controls import Choice
from alignlab.ui.parameters import PLANE, STUDY, SYNTHETIC, UPLOAD
from alignlab.ui.state import Page

RECOVERY = Choice(
    name="recovery", label="Beside the true latent", default="linear",
    options={"linear": "best linear map", "pinv": "pinv(S)"},
    help="The plain estimate after its best linear map onto z, or the sanity check of Table 2: "
    "the pseudo-inverse of the true S⁽ᵐ⁾ applied to x⁽ᵐ⁾. Computes nothing again.",
)  # fmt: skip

HOME = Page(
    path="home",
    title="alignlab: see multimodal alignment",
    short="Home",
    icon=":material/home:",
    summary="What alignlab is, and where to start.",
)

SYNTHETIC_DATA = Page(
    path="synthetic",
    title="Synthetic data",
    icon=":material/scatter_plot:",
    summary="Draw a latent cloud, see it through two linear modalities, and follow the pipeline "
    "from z to x and back.",
    controls=(*SYNTHETIC, PLANE),
    presets={
        "Table 1": {},
        "Uniform (Fig. 7)": {"latent": "uniform"},
        "Six unequal classes": {"components": 6, "imbalance": 0.3, "correlation": 0.6},
        "Noisy": {"noise": 1.0},
        "Ten dimensions, 32 features": {"k": 10, "d1": 32, "d2": 32, "plane": "principal"},
    },
)

ALIGNMENT = Page(
    path="alignment",
    title="Perfect alignment",
    icon=":material/join_inner:",
    summary="Align two views by the null space of their stack: synthetic pairs, digits cut in "
    "half, or a file of yours; plain and informative side by side.",
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

PAGES = (HOME, SYNTHETIC_DATA, ALIGNMENT)
