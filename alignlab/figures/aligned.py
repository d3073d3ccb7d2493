"""Figures of one fitted alignment by name: its spectrum, and its two maps."""

from __future__ import annotations

import plotly.graph_objects as go

from alignlab.aligners.alignment import SMALLEST, Alignment
from alignlab.checks import InputError
from alignlab.figures.matrix import matrix
from alignlab.figures.spectrum import spectrum
from alignlab.names import ALIGNER_NAMES

NAMES = ("spectrum", "W1", "W2")


def plotted(found: Alignment, name: str = "spectrum") -> go.Figure:
    """The singular values with those of the components marked, or a map as a heat map."""
    method = ALIGNER_NAMES.get(found.method, found.method)
    if name == "spectrum":
        return spectrum(
            found.spectrum,
            found.k,
            found.cutoff,
            title=f"Singular values, {method}",
            of="the factorised matrix",
            last=found.method in SMALLEST,
        )
    if name in NAMES:
        return matrix(
            getattr(found, name), title=f"{name}, {method}", rows="feature", columns="component"
        )
    raise InputError(
        "Alignment.plot", f"name = {name!r} is not known: use one of {', '.join(NAMES)}"
    )
