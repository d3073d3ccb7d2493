"""The diagnosis page's entry in the menu, with its presets."""

from __future__ import annotations

from alignlab.ui.parts import spiked
from alignlab.ui.parts.diagnose import material
from alignlab.ui.parts.spiked import MODEL
from alignlab.ui.state import Page

PAGE = Page(
    path="diagnose",
    title=material.TITLE,
    short="Diagnose",
    icon=":material/troubleshoot:",
    summary="Align, predict, or neither? Bring two views and a few labels, and get the regime, the "
    "direction and a confidence before training anything.",
    controls=(*material.DIAGNOSIS, *MODEL, spiked.SOURCE_VIEW),
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
