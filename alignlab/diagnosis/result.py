"""What a diagnosis holds: readings, components, scores, advice and pairing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab.data.label_reading import LabelReading
from alignlab.diagnosis.advice import Advice
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.diagnosis.pairing import Pairing
from alignlab.diagnosis.reduction import Scale
from alignlab.diagnosis.verdict import Recommendation, Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """Singular components of C, A or A reversed, in the sample.

    values : (c,), descending. r2 : (c,), how well each component's scores explain the labels,
    summed over label columns (C: both views' scores, A: the source's). shared : (c,), share of
    each component's direction in the source within the directions that labels see.
    floor : 95 % quantile of the largest value when pairs are broken; NaN before it is known.
    """

    values: np.ndarray
    r2: np.ndarray
    shared: np.ndarray
    floor: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One reading of the ratios: regime, Delta, signal values (k,) and largest nuisance values.

    ratios, signal and nuisance go by the names of `spiked.model.OBJECTIVES`.
    """

    regime: Verdict
    ratios: dict[str, float]
    signal: dict[str, np.ndarray]
    nuisance: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Rescaled:
    """What the other choice of `scale` says: a first verdict, and the objective advised.

    objective : as in `advice.Choice`, "undetermined" also where the interval of the gain holds 0;
        empty without scores.
    """

    scale: Scale
    regime: Verdict
    objective: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """What pairs and labels say of the phase diagram.

    regime : by CA and forward CP in the population, or "Undetermined", then `reason` says why.
    delta_ca, delta_cp, delta_cp_reverse : corrected `Delta = min signal / max nuisance`; infinite
        where no nuisance stands above noise; NaN without label directions.
    intervals : 90 % intervals of these by the names of `spiked.model.OBJECTIVES`.
    support : share of resamples in the regime that all rows together are in; NaN before the first.
    scores : held-out label scores of what can be trained and of what costs no training; None
        without enough labels, and before they are measured. advice : what they advise.
    recommendation : the advice in one line, objective and direction; `objective` "none" where
        nothing that is trained beats the better view alone.
    population, sample : the corrected reading, and the uncorrected one: what training on these
        pairs sees. None without label directions.
    directions : k, how many directions labels see. axes : whether these were taken as invariant
        directions of the views' own covariances too.
    spectra : components by objective. pairing : strength of the pairing; None until measured.
    cloud : (3, r) ratios of the resamples, moved so that their median is that of all rows.
    scale : of the columns, as asked for. scaled, constant : positions of the columns of x and of y
        whose unit was changed, and of those left out since they are constant. rescaled : what
        standardised columns say, or columns as given where they are standardised; None before it
        is known.
    labels_read : as what every column of the labels was read; None without labels.
    n, labelled : rows and labelled rows. components, explained : principal components of x and y
        that were kept, and the share of variance in them. resamples : so many so far.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", section 4.4
    and Appendix B, for regimes and Delta.

    Examples
    --------
    Without labels spectra and pairing are known, and no regime:

    >>> import alignlab as al
    >>> data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=100, seed=0)
    >>> found = al.diagnose(data.X1, data.X2, resamples=2)
    >>> found.regime, found.n, found.components, found.labelled
    ('Undetermined', 100, (6, 6), 0)
    >>> found.pairing.paired
    True
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
