"""All pictures of one alignment study."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import plotly.graph_objects as go

from alignlab.experiments.alignment import Recovery, Study, recovered
from alignlab.figures.comparison import on_common_axes
from alignlab.figures.scatter import Members, cloud, pairs
from alignlab.figures.spectrum import spectrum
from alignlab.projection import Plane, to_plane

DRAWN_PAIRS = 5000
"""At most this many pairs are drawn, the first ones."""

ESTIMATES: dict[Recovery, tuple[str, str]] = {
    "linear": ("Plain, after the best linear map onto z", "ẑM"),
    "pinv": ("pinv(S⁽¹⁾)x⁽¹⁾ ○ and pinv(S⁽²⁾)x⁽²⁾ ×", "z"),
}
"""Titles and symbols of the estimates of the latent, by how they were made."""


def study_figures(
    study: Study,
    *,
    plane: Plane,
    lines: int,
    recovery: Recovery,
    selected: Collection[int] = (),
    keep: str,
) -> dict[str, go.Figure]:
    """Figures by name: plain, informative, latent and recovered where z is known, spectrum.

    plane : which two dimensions of a latent are drawn.
    lines : how many pairs of partners are joined by a line.
    recovery : which estimate of the latent is drawn; see `experiments.alignment.recovered`.
    selected : row ids of the data to highlight.
    keep : the zoom is kept while this stays the same.

    Where the plain latent has collapsed, it and the informative one have the same axes.
    """
    drawn = slice(0, DRAWN_PAIRS)
    train, rows = study.train, study.train_rows[drawn]
    labels = None if train.labels is None else train.labels[drawn]
    who = Members(labels=labels, classes=train.classes, rows=rows)

    def both(Z1: np.ndarray, Z2: np.ndarray, title: str, symbol: str) -> go.Figure:
        (p1, p2), axes = to_plane(Z1[drawn], Z2[drawn], how=plane, symbol=symbol, labels=labels)
        return pairs(p1, p2, who, title=title, axes=axes, lines=lines, selected=selected, keep=keep)

    plain = both(*study.plain.train, "Plain alignment: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×", "ẑ")
    informative = both(*study.informative.train, "Informative alignment: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×", "ẑ")
    if study.collapsed:  # seen on the same axes
        plain, informative = on_common_axes(plain, informative)
    figures = {"plain": plain, "informative": informative}
    if train.Z is not None:
        points, axes = to_plane(train.Z[drawn], how=plane, symbol="z", labels=labels)
        figures["latent"] = cloud(
            points[0], who, title="True latent z ◆", axes=axes, selected=selected, keep=keep
        )
        how, Z1, Z2 = recovered(study, recovery)
        figures["recovered"] = both(Z1, Z2, *ESTIMATES[how])
    figures["spectrum"] = spectrum(
        study.plain.alignment.spectrum,
        study.plain.alignment.k,
        study.plain.alignment.cutoff,
        title="Singular values of the stack",
    )
    return figures
