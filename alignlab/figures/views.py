"""Figures of many views: a cloud and a matrix of distances per aligner, and the spectrum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from alignlab.experiments.views import AlignedViews
from alignlab.figures.matrix import distances
from alignlab.figures.scatter import Members, many
from alignlab.figures.spectrum import spectrum
from alignlab.projection import Plane, to_plane

DRAWN = 300
"""At most this many rows of each latent are drawn, the first ones."""


def views_figures(
    found: Mapping[str, AlignedViews],
    labels: np.ndarray,
    classes: tuple[str, ...],
    *,
    plane: Plane,
    rounding: float,
    keep: str,
) -> dict[str, go.Figure]:
    """Figures by name: latents and distances of each alignment, the spectrum of the first.

    labels : (n,) integer codes into `classes`.
    plane : which two dimensions of the latents are drawn.
    rounding : distances below this keep the darkest colour.
    keep : the zoom is kept while this stays the same.
    """
    rows = slice(0, DRAWN)
    codes = labels[rows]
    who = Members(labels=codes, classes=classes, rows=np.arange(len(codes)))
    most = max(rounding, *(float(one.between.max()) for one in found.values()))
    figures = {}
    for name, one in found.items():
        points, axes = to_plane(
            *(Z[rows] for Z in one.latents), how=plane, symbol="ẑ", labels=codes
        )
        figures[name] = many(points, who, title=name, axes=axes, keep=f"{name} {keep}")
        figures[f"{name}, between views"] = distances(
            one.between, title=f"CMAE between views, {name}", names="view", most=most
        )
    plain = next(iter(found.values())).alignment
    figures["spectrum"] = spectrum(
        plain.spectrum,
        plain.k,
        plain.cutoff,
        title="Singular values of the stacked differences",
        of="all Xᵢ − Xⱼ",
    )
    return figures
