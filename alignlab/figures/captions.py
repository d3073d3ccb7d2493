"""Figures of images with captions: scenes and what is told of them, curves along the level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.experiments.captions import CLEAN
from alignlab.experiments.captions_published import LEVELS
from alignlab.figures.mosaic import mosaic
from alignlab.figures.probes import Look, along, bands_of, bars, published_line
from alignlab.figures.theme import ALIGNER_COLOURS, CLASS_COLOURS, OTHER

_IMAGE, _TEXT = ALIGNER_COLOURS["CCA"], CLASS_COLOURS[0]

LOOKS = {
    "CA, image": Look(colour=_IMAGE, dash="dot"),
    "CA, image" + CLEAN: Look(colour=_IMAGE),
    "CA, text": Look(colour=_TEXT),
    "image → text": Look(colour=ALIGNER_COLOURS["CP"], dash="dot"),
    "image → text" + CLEAN: Look(colour=ALIGNER_COLOURS["CP"]),
    "text → image": Look(colour=ALIGNER_COLOURS["CP reversed"]),
    "supervised, image": Look(colour=OTHER, dash="dash", level=True),
    "supervised, text": Look(colour=OTHER, dash="dot", level=True),
}
"""CA is CCA here, CP reduced-rank regression, in the colours that they have on every page."""

LINE = 22
"""Letters of a line of a caption."""


def scene_pairs(
    clean: np.ndarray, seen: np.ndarray, texts: Sequence[str], *, keep: str
) -> go.Figure:
    """Each scene in a row: as it was drawn, as it is seen, and what is told of it.

    clean, seen : (n, size, size, 3), values 0 to 1. texts : the captions.
    """
    n, size = len(clean), clean.shape[1]
    return mosaic(
        [np.stack(pair) for pair in zip(clean, seen, strict=True)],
        [""] * n,
        title="Scenes and their captions",
        keep=keep,
        xaxis={
            "domain": [0, 0.5], "showticklabels": True, "side": "top",
            "tickvals": [size / 2, 1.5 * size + 2], "ticktext": ["drawn", "seen"],
        },
        margin={"t": 68, "l": 8, "r": 4, "b": 8},
        annotations=[
            {
                "text": "<br>".join(wrap(text, LINE)), "x": 0.53, "y": 1 - (i + 0.5) / n,
                "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "middle",
                "showarrow": False, "align": "left", "font": {"size": 12},
            }
            for i, text in enumerate(texts)
        ],
    )  # fmt: skip


def scored(scores: pd.DataFrame, *, chance: float, k: int, keep: str) -> go.Figure:
    """Bars of the accuracy of the dominant noun, one row per encoder and ceiling."""
    return bars(
        scores,
        LOOKS,
        columns={"accuracy": "accuracy of the noun"},
        chance=chance,
        title=f"What a probe finds in k = {k} numbers",
        keep=keep,
    )


def along_level(
    table: pd.DataFrame, now: Mapping[str, float], level: float, *, chance: float,
    reported: Mapping[str, Sequence[float]], keep: str,
) -> dict[str, go.Figure]:  # fmt: skip
    """Accuracy along the level: with the probe on images without distortion, and on distorted ones.

    table : one row per seed, level and method. now : the present scores. reported : the published
    ones at `LEVELS` by method.
    """
    bands = bands_of(table, "level", "accuracy")
    clean = {"CA, image" + CLEAN, "CA, text", "image → text" + CLEAN, "text → image"}
    noisy = {"CA, image", "image → text", "text → image", "supervised, image"}
    published = [
        published_line(
            LEVELS, values, LOOKS[name], legend=f"{name.removesuffix(CLEAN)}, COCO",
            hover=f"{name}, published for COCO",
        )
        for name, values in reported.items()
    ]  # fmt: skip
    return {
        key: along(
            {name: one for name, one in bands.items() if name in names}, LOOKS, level, title=title,
            axis="level of distortion", now={name: now[name] for name in names}, chance=chance,
            keep=f"{keep} {key}", more=published if key == "clean probe" else (),
        )
        for key, title, names in (
            ("clean probe", "Probe on images without distortion", clean),
            ("distorted probe", "Probe on distorted images", noisy),
        )
    }  # fmt: skip
