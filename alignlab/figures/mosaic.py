"""Images side by side, as one picture."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from alignlab.figures.theme import figure

GAP = 2
"""Pixels between two images."""


def mosaic(
    rows: list[np.ndarray], names: list[str], *, title: str, keep: str, **layout: Any
) -> go.Figure:
    """Rows of images, each row with a name.

    rows : each (m, size, size) or (m, size, size, 3), values 0 to 1. layout : of Plotly.
    """
    whole = np.concatenate([_side_by_side(row) for row in rows], axis=0)[:-GAP]
    size = rows[0].shape[1] + GAP
    middles = (np.arange(len(rows)) * size + (size - GAP) / 2).tolist()
    axis: dict[str, Any] = {"showgrid": False, "ticks": "", "title": {"text": ""}}
    given = layout.pop("xaxis", {})
    return figure(
        title,
        [{"type": "image", "source": _png(whole), "hoverinfo": "skip"}],
        xaxis=axis | {"showticklabels": False, "range": [-0.5, whole.shape[1] - 0.5]} | given,
        yaxis=axis
        | {
            "range": [whole.shape[0] - 0.5, -0.5],
            "scaleanchor": "x",
            "tickvals": middles,
            "ticktext": names,
        },
        keep=f"{keep} {whole.shape}",
        **{"margin": {"t": 48, "l": 28, "r": 8, "b": 8}} | layout,
    )


def _side_by_side(images: np.ndarray) -> np.ndarray:
    """Images (m, size, size, ...) in a row, and a white gap below: uint8 (size + GAP, width, 3)."""
    m, size = images.shape[:2]
    colours = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    room = np.full((size + GAP, m * (size + GAP), 3), 255, dtype=np.uint8)
    for i, image in enumerate(np.rint(colours * 255).astype(np.uint8)):
        room[:size, i * (size + GAP) : i * (size + GAP) + size] = image
    return room[:, :-GAP]


def _png(pixels: np.ndarray) -> str:
    """Pixels (height, width, 3) uint8 as the address of a picture that holds its own data."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()
