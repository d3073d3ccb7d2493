"""The figures of a diagnosis by name, for whoever asks for one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from alignlab.checks import InputError
from alignlab.diagnosis.result import Diagnosis
from alignlab.figures import diagnose, label_scores
from alignlab.figures.diagnose_pairing import along_rows
from alignlab.figures.diagnose_spectra import explained, separated, spectrum, strengths
from alignlab.spiked.theory import SeparationRatios

KEEP = "diagnosis"


@dataclass(frozen=True, kw_only=True)
class _Figure:
    """A figure of a diagnosis.

    draw : makes it; the ratios of the model that generated the pairs, or None, and a name under
    which zoom is kept, follow the diagnosis. needs : the field of `Diagnosis`, or of a part of it,
    that must be known, and why it may not be.
    """

    draw: Callable[[Diagnosis, SeparationRatios | None, str], go.Figure]
    needs: tuple[str, str] | None = None


_SCORES = ("scores", "held-out scores need labels of enough rows")
_LABELS = (
    "population",
    "there are no ratios: they need rows that are pairs, and labels that the views predict",
)
_PAIRING = ("pairing", "the pairing is not measured yet")
_BROKEN = ("pairing.along", "no stretch of rows is known in which the pairing is broken")

FIGURES: dict[str, _Figure] = {
    "held-out scores": _Figure(
        draw=lambda found, _, keep: label_scores.dots(found, keep=keep), needs=_SCORES
    ),
    "scores by dimension": _Figure(
        draw=lambda found, _, keep: label_scores.by_dimension(found, keep=keep), needs=_SCORES
    ),
    "ratios": _Figure(
        draw=lambda found, truth, keep: diagnose.ratios(found, truth, keep=keep), needs=_LABELS
    ),
    "where": _Figure(
        draw=lambda found, truth, keep: diagnose.located(found, truth, keep=keep), needs=_LABELS
    ),
    "spectrum of C": _Figure(draw=lambda found, _, keep: spectrum(found, "ca", keep=keep)),
    "spectrum of A": _Figure(draw=lambda found, _, keep: spectrum(found, "cp", keep=keep)),
    "spectrum of A reversed": _Figure(
        draw=lambda found, _, keep: spectrum(found, "cp_reverse", keep=keep)
    ),
    "labels": _Figure(draw=lambda found, _, keep: explained(found, keep=keep), needs=_LABELS),
    "signal and nuisance": _Figure(
        draw=lambda found, _, keep: separated(found, keep=keep), needs=_LABELS
    ),
    "pairing": _Figure(draw=lambda found, _, keep: strengths(found, keep=keep), needs=_PAIRING),
    "pairing along the rows": _Figure(
        draw=lambda found, _, keep: along_rows(found, keep=keep), needs=_BROKEN
    ),
}
"""Every figure; the first that is known is the default."""


def known(found: Diagnosis) -> list[str]:
    """The names of the figures that this diagnosis has."""
    return [
        name
        for name, one in FIGURES.items()
        if one.needs is None or _part(found, one.needs[0]) is not None
    ]


def _part(found: Diagnosis, path: str) -> object:
    """The field of a diagnosis, or of a part of it, which may be None as well."""
    part: object = found
    for name in path.split("."):
        part = None if part is None else getattr(part, name)
    return part


def plotted(found: Diagnosis, name: str | None = None) -> go.Figure:
    """The figure of this name, or the first that is known; ValueError if there is none."""
    names = known(found)
    name = names[0] if name is None else name
    if name not in FIGURES:
        raise InputError(
            "Diagnosis.plot", f"name = {name!r} is not known: use one of {', '.join(names)}"
        )
    if name not in names:
        _, reason = FIGURES[name].needs or ("", "")
        raise InputError(
            "Diagnosis.plot", f"there is no figure {name!r}, {reason}; known: {', '.join(names)}"
        )
    return FIGURES[name].draw(found, None, KEEP)
