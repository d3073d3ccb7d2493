"""The pages of the app, their controls and their presets: the list that a new page joins."""

from __future__ import annotations

from alignlab.aligners import CLOSED_FORM
from alignlab.comparison import METHODS
from alignlab.ui import diagnosis, spiked
from alignlab.ui import parameters as p
from alignlab.ui.activity import ACTIVITY
from alignlab.ui.controls import Choice
from alignlab.ui.parameters import (
    COMPARISON,
    FAMILY,
    PLANE,
    STUDY,
    SWEEP,
    SYNTHETIC,
    TRANSFER,
    UPLOAD,
    WHITEN1,
    WHITEN2,
)
from alignlab.ui.spiked import MODEL
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

_TEN = {"n": 1000, "k": 10, "d1": 10, "d2": 10}
"""What fits the papers' "n > d = k"; they print no base values."""

SWEEPS = Page(
    path="sweeps",
    title="Sweeps",
    icon=":material/show_chart:",
    summary="How pairs, features, latent dimension and noise decide the error: the papers' "
    "robustness analysis with error bars, maps of two parameters, and the latent in motion.",
    controls=(*SYNTHETIC, *SWEEP),
    presets={
        "Figure 4": {**_TEN, "show": "figure4", "aligners": ("perfect_alignment",)},
        "Jump at n = d − k": {
            **_TEN, "over": "n", "high": 200.0, "noise": 1.0, "pairs": "both",
            "aligners": ("perfect_alignment",), "metrics": ("cmae", "relative_cmae"),
        },
        "Collapse with d": {
            "over": "d", "low": 4.0, "noise": 1.0,
            "metrics": ("cmae", "ncmae", "retrieval", "kept_norm"),
        },
        "Aligners and noise": {
            "n": 500, "k": 4, "d1": 16, "d2": 16, "over": "noise", "pairs": "held_out",
            "aligners": tuple(CLOSED_FORM),
            "metrics": ("ncmae", "relative_cmae", "retrieval", "kept_norm"),
        },
        "Ill-conditioned": {
            "k": 4, "d1": 8, "d2": 8, "over": "condition", "noise": 0.1,
            "metrics": ("relative_cmae", "mlre_up_to_linear"),
        },
        "Map: k and n": {
            **_TEN, "show": "map", "over": "k", "over2": "n", "high2": 100.0, "noise": 1.0,
            "seeds": 5, "aligners": ("perfect_alignment",),
        },
        "Map: d and noise": {
            **_TEN, "show": "map", "over": "d", "over2": "noise", "seeds": 5,
            "aligners": ("perfect_alignment",), "metrics": ("relative_cmae",),
        },
    },
)  # fmt: skip

_UNEVEN = {"k": 2, "d1": 8, "d2": 6, "noise": 3.0, "components": 3}

WHITENING = Page(
    path="whitening",
    title="Whitening",
    icon=":material/tune:",
    summary="One slider a view leads from perfect alignment to CCA, and from PLS-SVD by way of "
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

COMPARE = Page(
    path="compare",
    title="Aligners compared",
    short="Compare",
    icon=":material/compare:",
    summary="Perfect alignment beside CCA, regression, Procrustes, PLS and contrastive learning: "
    "the same pairs, the same split, one table, and every latent; trainings can be watched.",
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

TRANSFER_PAGE = Page(
    path="transfer",
    title="Cross-modal transfer",
    short="Transfer",
    icon=":material/swap_horiz:",
    summary="Labels of one modality, unlabelled pairs, a classifier for the other: the three steps "
    "of Gaussian transfer, drawn, beside the routes through an aligned latent.",
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

VIEWS = Page(
    path="views",
    title="Many views",
    icon=":material/hub:",
    summary="Two to six views of one latent, aligned all at once by one stacked null space, with "
    "generalised CCA beside it.",
    controls=(*SYNTHETIC, p.VIEWS, p.RIDGE, PLANE),
    presets={
        "Three views": {"components": 3},
        "Six views, noisy": {
            "views": 6, "d1": 6, "d2": 5, "noise": 1.0, "components": 4,
        },
        "Collapse at d = 32": {"views": 4, "d1": 32, "d2": 32, "noise": 1.0, "components": 3},
        "Too few null directions": {"views": 3, "d1": 2, "d2": 1, "k": 3},
    },
)  # fmt: skip

_FIGURE_3 = {
    "shared": 3, "kappa": 3.0, "kappas": "3, 2, 1.5", "gamma_x": 0.5, "gamma_tilde_y": 50.0,
}  # fmt: skip
"""What Figures 3 and 9 have in common; the rest are defaults."""

PHASE = Page(
    path="phase",
    title="Align or predict: the phase diagram",
    short="Phase diagram",
    icon=":material/map:",
    summary="Where alignment (CA) and prediction (CP) recover what two views share: four regimes, "
    "the values that decide, and what would repair a failure.",
    controls=(*MODEL, spiked.SOURCE_VIEW, spiked.OVER_X, spiked.OVER_Y, spiked.PLAYED),
    presets={
        "Figure 2a": {},
        "Figure 2b": {"gamma_tilde_y": 0.05},
        "Variance trap": {"gamma_tilde_y": 0.05, "kappa": 1.5, "nu": 0.4},
        "Figure 3's setting": _FIGURE_3,
        "Unequal strengths": {"kappa": 3.0, "kappa_ratio": 0.6, "nu": 0.4},
        "Predict x from y": {"direction": "cp_reverse"},
        "Complementary views": {"kappa": 0.4, "nu": 0.8},
        "Nuisance against nuisance": {"over_x": "gamma_tilde_x", "over_y": "gamma_tilde_y"},
    },
)

SAMPLES = Page(
    path="samples",
    title="Theory against samples",
    short="Samples",
    icon=":material/grain:",
    summary="What CA and CP recover from n pairs, over the whole phase plane, under the curves "
    "that theory draws for infinitely many.",
    controls=(*MODEL, *spiked.SAMPLING, spiked.SIDE, spiked.MAPS, spiked.GRADED),
    presets={
        "Figure 2a, sampled": {},
        "Figure 2b, sampled": {"gamma_tilde_y": 0.05},
        "Figure 7": {"maps": "ratios", "graded": "kept"},
        "100 pairs": {"sample": 100},
        "A million pairs": {"sample": 1_000_000},
        "Too few pairs": {"sample": 30},
    },
)

_E3 = {
    "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5, "gamma_y": 0.5,
    "gamma_tilde_y": 1.0, "varied": "gamma_tilde_y", "start": 0.1, "stop": 100.0, "draws": 20,
}  # fmt: skip

RECOVERY_PAGE = Page(
    path="recovery",
    title="Linear experiments",
    short="Experiments",
    icon=":material/science:",
    summary="The phase diagram paper's linear experiments, live: when recovery breaks, lower error "
    "with the wrong subspace, bottlenecks, and InfoNCE on the same model.",
    controls=(*MODEL, *spiked.SAMPLING, *spiked.EXPERIMENTS),
    presets={
        "Figure 3": {**_FIGURE_3, "stop": 0.95, "draws": 20},
        "Figure 9": {**_FIGURE_3, "experiment": "errors", "stop": 0.95, "draws": 20},
        "Nuisance variance, ν held": _E3,
        "Nuisance variance, η held": {**_E3, "held": "eta"},
        "Direction of prediction": {"kappa": 1.0, "varied": "gamma_x", "nu": 0.4, "draws": 20},
        "Joint objective": {
            "experiment": "joint", "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5,
            "gamma_y": 0.1, "gamma_tilde_y": 10.0, "nu": 0.63246, "draws": 20,
        },
        "InfoNCE": {
            **_FIGURE_3, "experiment": "infonce", "stop": 0.95, "values": 9, "draws": 1,
            "steps": 300, "batch": 256,
        },
        "Soft bottleneck": {
            "experiment": "soft", "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5,
            "gamma_y": 0.5, "gamma_tilde_y": 1.0, "nu": 0.0, "draws": 20,
        },
        "Hard bottleneck": {"experiment": "hard"},
    },
)  # fmt: skip

DIAGNOSE = Page(
    path="diagnose",
    title=diagnosis.TITLE,
    short="Diagnose",
    icon=":material/troubleshoot:",
    summary="Align, predict, or neither? Bring two views and a few labels, and get the regime, the "
    "direction and a confidence before training anything.",
    controls=(*diagnosis.DIAGNOSIS, *MODEL, spiked.SOURCE_VIEW),
    presets={
        "Both": {"gamma_tilde_x": 5.0, "gamma_tilde_y": 1.0, "nu": 0.3, "shared": 3},
        "CA only": {
            "kappa": 1.0, "gamma_tilde_x": 20.0, "gamma_tilde_y": 20.0, "nu": 0.3, "shared": 3,
        },
        "CP only": {"kappa": 0.6, "gamma_tilde_y": 0.05, "nu": 0.7, "shared": 3},
        "Neither": {"kappa": 0.6, "nu": 0.9, "shared": 3},
        "On the border": {
            "kappa": 1.0, "gamma_tilde_x": 5.0, "nu": 0.66, "shared": 3, "rows": 300,
            "labels_kept": 60,
        },
        "Too few pairs": {
            "kappa": 0.6, "gamma_tilde_y": 0.05, "nu": 0.4, "shared": 3, "rows": 100,
        },
        "Pairs torn apart": {
            "gamma_tilde_x": 5.0, "gamma_tilde_y": 1.0, "nu": 0.3, "shared": 3,
            "pairing": "shuffled",
        },
        "Without labels": {
            "gamma_tilde_x": 5.0, "gamma_tilde_y": 1.0, "nu": 0.3, "shared": 3, "labels_kept": 0,
        },
        "Digits, left and right halves": {"case": "digits"},
        "Simulated activity": {"case": "activity"},
        "Your files": {"case": "upload"},
    },
)  # fmt: skip

ACTIVITY_PAGE = Page(
    path="activity",
    title="Human activity across sensors",
    short="Human activity",
    icon=":material/directions_run:",
    summary="From a camera to a wearable sensor without its labels: contrastive alignment, and "
    "what four further steps change, on simulated activity or your UTD-MHAD download.",
    controls=ACTIVITY,
    presets={
        "Figure 6 (simulated)": {},
        "One fit for all methods": {"fit": "joint"},
        "Three t-SNE seeds": {"tsne_seeds": 3, "pictures": ("ca", "ca_pa")},
        "All methods": {
            "pictures": ("ca", "ca_pa", "ca_informative", "ca_cca", "ca_procrustes"),
        },
        "Random split": {"parts": "random"},
        "Video → IMU (simulated)": {"from_modality": "video"},
        "2048 dimensions (Table 1)": {"parts": "random", "size": 2048},
        "UTD-MHAD folder": {"activity": "folder"},
    },
)  # fmt: skip

SECTIONS = {
    "": (HOME,),
    "Perfect alignment": (SYNTHETIC_DATA, ALIGNMENT, SWEEPS, WHITENING),
    "Other aligners": (COMPARE, TRANSFER_PAGE, VIEWS),
    "Align or predict": (PHASE, SAMPLES, RECOVERY_PAGE, DIAGNOSE),
    "Human activity": (ACTIVITY_PAGE,),
}
"""The pages as the menu has them."""

PAGES = tuple(page for pages in SECTIONS.values() for page in pages)
