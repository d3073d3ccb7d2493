"""The result of a diagnosis: regime, ratios, components, scores, advice and pairing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignlab.data.label_reading import LabelReading
from alignlab.diagnosis.advice import Advice
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.diagnosis.pairing import Pairing
from alignlab.diagnosis.reduction import Scale
from alignlab.diagnosis.verdict import Recommendation, Verdict

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """Singular components of C, A or A reversed, in the sample.

    values : (c,), descending. r2 : (c,), R^2 of the labels on each component's scores, summed over
    label columns (C: both views' scores, A: the source's). shared : (c,), squared projection of
    each component's source direction onto the label subspace.
    floor : 95th percentile of the permutation null of the largest value; NaN before it is known.
    """

    values: np.ndarray
    r2: np.ndarray
    shared: np.ndarray
    floor: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One set of ratios: regime, Delta, signal values (k,) and largest nuisance values.

    ratios, signal and nuisance are keyed by `spiked.model.OBJECTIVES`.
    """

    regime: Verdict
    ratios: dict[str, float]
    signal: dict[str, np.ndarray]
    nuisance: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Rescaled:
    """The result with the other choice of `scale`: a first verdict, and the objective advised.

    objective : as in `advice.Choice`, "undetermined" also if the interval of the gain contains 0;
        empty without scores.
    """

    scale: Scale
    regime: Verdict
    objective: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Diagnosis:
    """Where pairs with labels lie in the phase diagram, and what to train.

    regime : by CA and forward CP in the population; "Undetermined" if unclear, then `reason` says
        why.
    delta_ca, delta_cp, delta_cp_reverse : corrected `Delta = min signal / max nuisance`; infinite
        if no nuisance exceeds the noise; NaN if the label subspace is empty.
    intervals : 90 % intervals of these, keyed by `spiked.model.OBJECTIVES`.
    support : fraction of resamples in the same regime as all rows; NaN before the first resample.
    scores : held-out label scores of trained and untrained representations; None without enough
        labels, and before they are measured. advice : the advice derived from them.
    recommendation : the advice in one line, objective and direction; `objective` is "none" if no
        trained representation beats the better single view.
    population, sample : the ratios corrected for sampling noise, and the uncorrected ones, which
        apply to training on these pairs. None if the label subspace is empty.
    directions : k, the dimension of the label subspace. axes : whether the label subspace was also
        constrained to be invariant under the views' own covariances.
    spectra : components by objective. pairing : strength of the pairing; None until measured.
    cloud : (3, r) ratios of the resamples, shifted to have the median at the ratio of all rows.
    scale : of the columns, as asked for. scaled, constant : indices of the columns of x and of y
        that were rescaled, and of constant ones, which are left out. rescaled : the result with
        standardised columns, or with columns as given if `scale` is "standardised"; None before it
        is known.
    labels_read : how every label column was read; None without labels.
    n, labelled : numbers of rows and of labelled rows. components, explained : principal components
        kept of x and y, and their fraction of the variance. resamples : number of resamples so far.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", section 4.4
    and Appendix B, for regimes and Delta.

    Examples
    --------
    Without labels, spectra and pairing are known, but no regime:

    >>> import alignlab as al
    >>> data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=100, seed=0)
    >>> found = al.diagnose(data.X1, data.X2, resamples=2)
    >>> found.regime, found.n, found.components, found.labelled
    ('Undetermined', 100, (6, 6), 0)
    >>> found.pairing.paired
    True

    What it says, its numbers, and a text that brings it back:

    >>> found.summary().startswith("Undetermined: there are no labels")
    True
    >>> found.to_frame().columns.tolist()
    ['part', 'row', 'quantity', 'value']
    >>> al.Diagnosis.from_json(found.to_json()).n
    100
    """

    regime: Verdict
    reason: str
    delta_ca: float
    delta_cp: float
    delta_cp_reverse: float
    intervals: dict[str, tuple[float, float]]
    support: float
    scores: LabelScores | None
    advice: Advice | None
    recommendation: Recommendation
    population: Reading | None
    sample: Reading | None
    directions: int
    axes: bool
    spectra: dict[str, Component]
    pairing: Pairing | None
    cloud: np.ndarray
    n: int
    labelled: int
    components: tuple[int, int]
    explained: tuple[float, float]
    resamples: int
    scale: Scale
    scaled: tuple[tuple[int, ...], tuple[int, ...]]
    constant: tuple[tuple[int, ...], tuple[int, ...]]
    rescaled: Rescaled | None
    labels_read: LabelReading | None = None

    def __repr__(self) -> str:
        from alignlab.display.diagnosis import brief

        return brief(self)

    def _repr_html_(self) -> str:
        from alignlab.display.diagnosis import as_html

        return as_html(self)

    def summary(self) -> str:
        """The result in plain English: what to train, the regime, and one line per finding."""
        from alignlab.display.diagnosis import summary

        return summary(self)

    def to_frame(self) -> pd.DataFrame:
        """All numbers as a tidy table: one row per part, row and quantity, with its value.

        Parts are the ratios, the held-out scores, the advice and the pairing; a number that is not
        known is NaN.
        """
        from alignlab.display.diagnosis import frame

        return frame(self)

    def to_json(self) -> str:
        """The result as JSON, for `from_json`, other programs and the record of an analysis.

        The keys of the app's JSON file, for readers; `fields`, all fields of the result, exactly,
        which alone `from_json` reads; and `format` and `version`.
        """
        from alignlab.display.diagnosis import text

        return text(self)

    @staticmethod
    def from_json(text: str) -> Diagnosis:
        """The diagnosis in a text that `to_json` wrote, or in a JSON file of the app.

        Raises ValueError for another text, version or field. Nothing in the text is executed.
        """
        from alignlab.display.diagnosis import parsed

        return parsed(text)

    def plot(self, name: str | None = None) -> go.Figure:
        """A Plotly figure, by default the first of these that is known.

        name : "held-out scores", "scores by dimension", "ratios", "where", "spectrum of C",
            "spectrum of A", "spectrum of A reversed", "labels", "signal and nuisance", "pairing" or
            "pairing along the rows".

        Raises ValueError for a name that is unknown, or needs labels that are not there, and
        ModuleNotFoundError without Plotly: `pip install 'alignlab[plot]'`.
        """
        from alignlab.display.diagnosis import plot

        return plot(self, name)
