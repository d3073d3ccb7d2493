"""The human-activity page's entry in the menu, with its presets."""

from __future__ import annotations

from alignlab.ui.parts.activity.controls import ACTIVITY
from alignlab.ui.state import Page

PAGE = Page(
    path="activity",
    title="Human activity across sensors",
    short="Human activity",
    icon=":material/directions_run:",
    summary="From a camera to a wearable sensor that has no labels: contrastive alignment, and "
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
