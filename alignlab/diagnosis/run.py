"""Which regime of the phase diagram a set of paired embeddings is in, from pairs and few labels.

1. Each view is centred and reduced to at most 100 principal components, or as many as are asked
   for (`reduction`).
2. Labels split the whitened views into what is shared and seen by labels, and the rest
   (`shared_directions`); what labels do not see counts as nuisance.
3. Signal and nuisance values of C and A are corrected for what n, d1 and d2 alone produce
   (`estimates`); so `regime` reads the population, and `sample` what training on these pairs sees.
4. Halves of the rows, drawn from block moments, give intervals and support (`verdict`).
5. A permutation null says whether there are pairs at all (`pairing`).
6. CA, CP and CP reversed are fitted on some blocks of rows and scored on the labels of the others,
   beside each view alone (`label_scores`). That is what the advice goes by (`advice`): whether an
   objective keeps all label directions in theory does not say whether it pays.

The rows are read by `work`; `assess` goes on from their moments.

Source: "When to Align, When to Predict", section 4.4 and Appendix B. The paper judges each singular
component by its R^2 against the labels and splits the curve at an elbow; where signal and nuisance
values are near each other components mix them, which the label directions do not.

Limits. Signal is what the labels see, all of it: with labels of one of three shared coordinates the
other two count as nuisance, and a column that only one view tells counts as signal that the other
lacks. Pairs are taken as independent, relations as linear. Where the largest nuisance value does
not stand out from the others by its error, all are taken as equal.
"""

from __future__ import annotations

import numpy as np

from alignlab.checks import (
    InputError,
    as_view,
    check_row_counts,
    check_same_order,
    check_varies,
    warn_if_transposed,
)
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind
from alignlab.data.label_values import as_labels
from alignlab.data.pairs import Chunks
from alignlab.diagnosis.passes import check_count, check_rows
from alignlab.diagnosis.reduction import Scale
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.work import Work


def diagnose(
    X: np.ndarray,
    Y: np.ndarray,
    labels: object = None,
    seed: int = DiagnosisSpec.seed,
    resamples: int = DiagnosisSpec.resamples,
    *,
    components: int = DiagnosisSpec.components,
    ridge: float = DiagnosisSpec.ridge,
    scale: Scale = DiagnosisSpec.scale,
    kind: Kind = DiagnosisSpec.kind,
) -> Diagnosis:
    """Locate paired embeddings in the phase diagram.

    Parameters
    ----------
    X : (n, d1), Y : (n, d2), row i of both the same thing, n of at least 30. Dask arrays or
        dataframes are read where they lie, in two passes of a cluster's workers, or of Dask's
        default scheduler: the same verdict, and no rows but those of the null and of the held-out
        scores come here.
    labels : (n,) class names or numbers, or (n, p) columns of either, of which NaN or None are
        missing; at least 20 rows must have all. Every column is read on its own, as classes or as
        a measurement; how whole numbers are read says `label_reading`, and `labels_read` of the
        result what was taken. None gives spectra and pairing only: without labels signal and
        correlated nuisance cannot be told apart.
    seed : of the resamples and the null.
    resamples : halves of the rows behind intervals and support.
    components : at most so many principal components of a view are kept, at least 1.
    ridge : added to the variance of every component before whitening, in units of their mean
        variance in the view. It damps what components of little variance share; the correction for
        noise knows nothing of it, so that all values are shrunk where it is not small.
    scale : units of the columns. "auto" takes them as given but for columns whose deviation is
        over 100 times above the median's, or a million times below: they are brought to it;
        "as given" and "standardised" (every column to unit deviation) do what they say.
    kind : "classes" or "numbers" for label columns that could be either, or one for each column;
        None takes what they look like.

    Returns
    -------
    Diagnosis, with the regime, the ratios, held-out scores of the labels and the advice.

    Raises
    ------
    ValueError
        Naming cause and remedy: unequal rows, NaN or infinite values, text, a constant view,
        identical views, too few rows or labels, labels that do not vary.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", section 4.4
    and Appendix B; the head of this module says what is done otherwise.

    Examples
    --------
    The nuisance of y is strong here, so that theory says that only alignment recovers what is
    shared, and so do 200 pairs with the shared coordinates as labels:

    >>> import alignlab as al
    >>> spec = al.SpikedSpec(d=6, k=2, gamma_tilde_y=25.0)
    >>> data = al.sample_spiked(spec, n=200, seed=0)
    >>> found = al.diagnose(data.X1, data.X2, labels=data.Z, resamples=2)
    >>> al.separation_ratios(spec).regime, found.regime, found.directions
    ('CA only', 'CA only', 2)
    >>> found.delta_ca > 1 > found.delta_cp
    True
    """
    spec = DiagnosisSpec(
        seed=seed, resamples=resamples, components=components, ridge=ridge, scale=scale, kind=kind
    )
    return _finished(work_of(X, Y, labels, spec))


def diagnose_chunks(
    chunks: Chunks,
    seed: int = DiagnosisSpec.seed,
    resamples: int = DiagnosisSpec.resamples,
    *,
    components: int = DiagnosisSpec.components,
    ridge: float = DiagnosisSpec.ridge,
    scale: Scale = DiagnosisSpec.scale,
    kind: Kind = DiagnosisSpec.kind,
) -> Diagnosis:
    """`diagnose` for data larger than memory; the same verdict, however the rows are cut.

    Parameters
    ----------
    chunks : a function without arguments that returns the chunks (X, Y) or (X, Y, labels) anew
        each time: they are read twice, for the principal components and for the moments. X is
        (n_c, d1), Y (n_c, d2), labels (n_c,) or (n_c, p); n_c may differ.
    seed, resamples, components, ridge, scale, kind : as of `diagnose`.

    Returns
    -------
    Diagnosis, as of `diagnose`.

    Raises
    ------
    ValueError
        As `diagnose`; when chunks differ in their columns, or in whether there are labels; when
        the second reading has another number of rows.

    Source: as `diagnose`.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=100, seed=0)
    >>> def chunks():
    ...     return ((data.X1[i : i + 40], data.X2[i : i + 40]) for i in range(0, 100, 40))
    >>> found = al.diagnose_chunks(chunks, resamples=2)
    >>> whole = al.diagnose(data.X1, data.X2, resamples=2)
    >>> found.n, bool(np.isclose(found.pairing.coupling.value, whole.pairing.coupling.value))
    (100, True)
    """
    spec = DiagnosisSpec(
        seed=seed, resamples=resamples, components=components, ridge=ridge, scale=scale, kind=kind
    )
    return _finished(Work(chunks, spec))


def _finished(work: Work) -> Diagnosis:
    for _ in work.run():
        pass
    return work.result()


def work_of(
    X: np.ndarray,
    Y: np.ndarray,
    labels: object,
    spec: DiagnosisSpec | None = None,
) -> Work:
    """The work for X (n, d1), Y (n, d2) and labels (n,) or (n, p), None for none.

    Arrays are checked at once, those of Dask as they are read.
    """
    spec = DiagnosisSpec() if spec is None else spec
    if any(type(data).__module__.startswith("dask.") for data in (X, Y, labels)):
        from alignlab.diagnosis.dask_work import (
            DaskWork,
            partitions,  # Dask is optional
        )

        return DaskWork(partitions(X, Y, labels), spec)
    check_same_order("diagnose", X=X, Y=Y, labels=labels)
    X, Y = as_view(X, "X", "diagnose"), as_view(Y, "Y", "diagnose")
    check_row_counts("diagnose", X=X, Y=Y)
    if labels is None:  # else their number tells what the samples are
        warn_if_transposed(X, Y, "diagnose")
    labels = None if labels is None else as_labels(labels, "diagnose")
    check_rows(len(X), len(Y), None if labels is None else len(labels))
    for name, view in (("X", X), ("Y", Y)):
        check_varies(view, name, "diagnose")
    check_count(len(X))
    if X.shape == Y.shape and np.array_equal(X, Y):
        raise InputError(
            "diagnose",
            "X and Y are identical, so that every direction is shared: give two "
            "different views of the same things",
        )
    if labels is not None:
        LabelColumns.of(labels, kind=spec.kind)
    chunk = (X, Y) if labels is None else (X, Y, labels)
    work = Work(lambda: [chunk], spec)
    work.in_memory = True
    return work
