"""The entry of the page of latent spaces in the menu, with its presets."""

from __future__ import annotations

from alignlab.ui.parts.inspect.controls import INSPECT
from alignlab.ui.state import Page

PAGE = Page(
    path="inspect",
    title="Inspect: latent spaces of pairs",
    short="Inspect",
    icon=":material/scatter_plot:",
    summary="See where the partners of your own pairs lie: PCA, t-SNE that forms before your eyes, "
    "or UMAP, before and after alignment, with the worst-aligned pairs, neighbours on a click, and "
    "numbers beside their nulls.",
    controls=INSPECT,
    presets={
        "Modality gap": {},
        "Gap closed by CCA": {"space_b": "cca"},
        "t-SNE forms": {"map": "tsne"},
        "Three perplexities": {"map": "tsne", "perplexities": ("5", "30", "100")},
        "Three random starts": {"map": "tsne", "map_start": "random", "map_seeds": 3},
        "Colour by rank": {"space": "cca", "colour": "rank", "partners": "all"},
        "Digits, left and right halves": {"data": "digits", "space": "cca", "map": "pca3"},
        "Simulated activity": {"data": "activity", "map": "tsne"},
        "Your files": {"data": "upload"},
    },
)  # fmt: skip
