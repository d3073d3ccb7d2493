"""The figures of a diagnosis, by name; they need plotly, which is imported here and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignlab.diagnosis.result import Diagnosis
from alignlab.extras import needed
from alignlab.spiked.theory import SeparationRatios

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLES = {
    "held-out scores": "Scores on held-out labels",
    "scores by dimension": "Held-out scores by shared dimension",
    "where": "Position in the phase diagram",
    "ratios": "Separation ratios Δ",
    "spectrum of C": "Spectrum of C",
    "spectrum of A": "Spectrum of A",
    "labels": "Labels explained by each component",
    "signal and nuisance": "Signal against nuisance",
    "pairing": "Strength of the pairing",
    "pairing along the rows": "Coupling along the rows",
}
"""Titles by name, in the order of the page; each is one of `figures.diagnosis.FIGURES`."""

NOTES = {
    "where": "A resample is a verdict on a random half of the rows.",
    "ratios": "Population: corrected for sampling noise. These pairs: what training on exactly "
    "these pairs finds, their noise included.",
    "spectrum of C": "Permutation null: the largest value after the rows of y are permuted.",
    "spectrum of A": "Permutation null: the largest value after the rows of y are permuted.",
    "labels": "A component that mixes signal and nuisance carries both into any encoder that "
    "keeps it.",
    "pairing": "Permutation null: the same statistic after the rows of y are permuted; its 95th "
    "percentile is rarely exceeded without pairing.",
}
"""What a caption takes for granted, in one line each."""


def pictures(
    found: Diagnosis,
    *,
    truth: SeparationRatios | None = None,
    direction: str = "cp",
    keep: str = "",
) -> dict[str, go.Figure]:
    """All figures of a diagnosis, by name.

    truth : the ratios of the model that generated the pairs. direction : "cp" or "cp_reverse",
    whose matrix A is drawn. keep : zoom is kept while this stays the same.

    Raises ModuleNotFoundError, with the remedy, without plotly.
    """
    needed("plotly.graph_objects", "plot", "a report")
    from alignlab.figures.diagnosis import FIGURES, known

    drawn, names = {}, known(found)
    for name in TITLES:
        backward = name == "spectrum of A" and direction == "cp_reverse"
        figure = f"{name} reversed" if backward else name
        if figure in names:
            kept = f"{keep} {direction}" if name == "spectrum of A" else keep
            drawn[name] = FIGURES[figure].draw(found, truth, kept)
    return drawn
