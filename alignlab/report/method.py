"""The method of a diagnosis in numbered steps, with the settings that were used."""

from __future__ import annotations

from alignlab.diagnosis.block_moments import BLOCKS, FOLDS
from alignlab.diagnosis.label_scores import DIVISIONS
from alignlab.diagnosis.pairing import PERMUTATIONS
from alignlab.diagnosis.reduction import ROWS_PER_COMPONENT, Scale
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.shared_directions import LEVEL
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.stretches import LAGS
from alignlab.diagnosis.verdict import WIDER
from alignlab.version import __version__
from alignlab.words.numbers import number, share

PAPER = (
    "Kamai, I., Van Assel, H., Regev, A., Perets, H. B. and Balestriero, R. (2026). When to Align, "
    "When to Predict: A Phase Diagram for Multimodal Learning. arXiv:2606.11190. Section 4.4 and "
    "Appendix B."
)
"""The paper that the regimes and Δ are taken from."""

SOFTWARE = (
    "alignlab contributors. alignlab: see multimodal alignment "
    f"(version {__version__}) [computer software]. MIT licence."
)
"""How alignlab itself is cited."""

_SCALES: dict[Scale, str] = {
    "as given": "Columns are kept in their units",
    "standardised": "Every column is scaled to unit standard deviation",
    "auto": "Columns are kept in their units, except those on another scale than the others, which "
    "are brought to the median standard deviation",
}

_ADVISED = (
    "Advice: an objective is advised if its held-out score exceeds that of the better view alone "
    "by more than one standard error of the difference."
)


def method_steps(found: Diagnosis, spec: DiagnosisSpec) -> list[str]:
    """The steps that led to these numbers, one paragraph each."""
    steps = [_reduced(found, spec), _matrices(spec)]
    if found.population is not None:
        steps += [_labels(found), _corrected()]
    if found.resamples and found.population is not None:
        steps.append(
            f"Intervals are 90% intervals over {found.resamples} resamples: each is a random half "
            f"of the rows (half of {BLOCKS} blocks, rows assigned to blocks at random). The spread "
            f"of the resamples is widened by a factor of {WIDER:g} for the choices made once, on "
            "all rows. Support is the share of resamples in the regime of all rows."
        )
    if found.pairing is not None:
        steps.append(
            f"Pairing: the rows of y are permuted {PERMUTATIONS} times among {found.pairing.rows:,}"
            " rows, and every statistic is computed again. Neighbours and retrieval use "
            f"{found.pairing.distances_between:,} rows. The correlation of held-out canonical pairs"
            " is compared with the normal distribution instead. Stretches of rows in which the "
            f"pairing is broken are sought by coupling each row with rows up to {LAGS} away, with "
            "maps fitted on other rows."
        )
    if found.scores is not None:
        steps += [_scored(found), _ADVISED]
    steps.append(f"Random numbers: seed {spec.seed}. The same seed gives the same numbers.")
    return steps


def _reduced(found: Diagnosis, spec: DiagnosisSpec) -> str:
    d1, d2 = found.components
    first, second = (share(one) for one in found.explained)
    constant = sum(map(len, found.constant))
    left_out = f" {constant:,} constant columns are left out." if constant else ""
    return (
        f"Each view is centred. {_SCALES[found.scale]}. It is then reduced to its leading "
        f"principal components: at most {spec.components}, and at least {ROWS_PER_COMPONENT} rows "
        f"per component. Kept: {d1} of x, which explain {first} of its variance, and {d2} of y, "
        f"which explain {second}.{left_out}"
    )


def _matrices(spec: DiagnosisSpec) -> str:
    ridge = (
        "no ridge"
        if spec.ridge == 0
        else f"a ridge of {number(spec.ridge)} times the mean variance of the view"
    )
    return (
        "The views are whitened and decomposed as C (for CA), A (for CP, x predicts y) and A "
        f"reversed (y predicts x), with {ridge}."
    )


def _labels(found: Diagnosis) -> str:
    kinds = "" if found.labels_read is None else f" Labels are read as {found.labels_read.words()}."
    return (
        f"Label subspace: the directions of both whitened views that the {found.labelled:,} "
        f"labelled rows determine (further directions are added while they are significant at "
        f"{LEVEL:.0%}); here {found.directions} dimension{'s' * (found.directions != 1)}.{kinds} "
        "Singular values within it are signal, all others nuisance. The paper classifies singular "
        "components one by one by their R² against the labels; the subspace also tells them apart "
        "where close values mix."
    )


def _corrected() -> str:
    return (
        "Values of the population are corrected for sampling noise by fitting directions on some "
        f"of the {BLOCKS} blocks of rows and measuring them on the others ({FOLDS} folds). Values "
        "of these pairs are not."
    )


def _scored(found: Diagnosis) -> str:
    scores = found.scores
    assert scores is not None
    probe = (
        "linear discriminant analysis with shrunk covariance, balanced accuracy"
        if scores.metric == "balanced accuracy"
        else "ridge regression, R²"
    )
    return (
        f"Held-out scores: {FOLDS}-fold cross-validation over the blocks, {DIVISIONS} times. "
        f"CA and CP are fitted on the moments of the other folds, a linear probe ({probe}) on their"
        f" labelled rows; {scores.rows:,} labelled rows are scored. Methods are compared at "
        f"k = {scores.k}; 90% intervals come from the variation over rows, those of gains from "
        "paired differences."
    )
