"""Display names of parameters, objectives, swept fields and aligners: one table for each use.

Each table is keyed by the public name. No module of this package is imported, so that names do not
depend on the code that computes what they name.
"""

from __future__ import annotations

SYMBOLS = {
    "kappa": "κ", "nu": "ν", "gamma_x": r"$\gamma_x$", "gamma_y": r"$\gamma_y$",
    "gamma_tilde_x": r"$\tilde\gamma_x$", "gamma_tilde_y": r"$\tilde\gamma_y$", "kappa_ratio": "q",
    "weight": "λ", "kappa_weakest": r"$\kappa_k$",
}  # fmt: skip
"""Parameters of the spiked model in running text and as options (Markdown)."""

PLAIN = SYMBOLS | {
    "gamma_x": "γx", "gamma_y": "γy", "gamma_tilde_x": "γ̃x", "gamma_tilde_y": "γ̃y",
    "kappa_weakest": "κk",
}  # fmt: skip
"""Parameters in plain text without markup: captions, the names of frames."""

AXES = {
    "kappa": "signal strength κ",
    "nu": "nuisance correlation ν",
    "gamma_x": "noise on the signal γ<sub>x</sub>",
    "gamma_y": "noise on the signal γ<sub>y</sub>",
    "gamma_tilde_x": "nuisance variance γ̃<sub>x</sub>",
    "gamma_tilde_y": "nuisance variance γ̃<sub>y</sub>",
    "kappa_ratio": "ratio q of successive κ",
    "weight": "weight λ of alignment",
    "kappa_weakest": "weakest signal κ<sub>k</sub>",
}
"""Parameters on an axis."""

LABELS = {"ca": "CA", "cp": "CP (x → y)", "cp_reverse": "CP reversed (y → x)"}
"""Objectives in running text."""

LEGENDS = {"ca": "CA", "cp": "CP", "cp_reverse": "CP reversed"}
"""Objectives in legends and titles."""

WAYS = {"ca": "CA", "cp": "CP x → y", "cp_reverse": "CP y → x"}
"""Objectives by direction: the names stay right when x and y are swapped."""

FIELD_NAMES = {
    "n": "n",
    "d": "d = d₁ + d₂",
    "k": "k",
    "noise": "noise σ",
    "condition": "condition number of S",
    "components": "number of classes",
    "d1_share": "d₁/d",
}
"""Swept fields in running text."""

FIELD_OPTIONS = FIELD_NAMES | {
    "d": "d", "condition": "condition of S", "components": "classes", "d1_share": "d₁ / d",
}  # fmt: skip
"""Swept fields as options."""

FIELD_AXES = FIELD_NAMES | {
    "n": "pairs n",
    "d": "features d = d₁ + d₂",
    "k": "latent dimension k",
    "d1_share": "share of features in modality 1, d₁/d",
}
"""Swept fields on an axis."""

ALIGNER_NAMES = {
    "perfect_alignment": "plain PA",
    "informative_alignment": "informative PA",
    "cca": "CCA",
    "reduced_rank_regression": "reduced-rank regression",
    "pls_svd": "PLS-SVD",
    "procrustes": "Procrustes",
    "least_squares": "least squares",
    "contrastive": "contrastive",
}
"""Aligners, in the order of their colours."""

NONLINEAR_NAMES = {
    "fourier_cca": "RFF CCA",
    "fourier_informative": "RFF informative PA",
    "kernel_cca": "kernel CCA",
    "deep_cca": "DeepCCA",
}
"""Aligners that map each view to features by itself; sweeps have no curves of them."""
