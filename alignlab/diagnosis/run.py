"""Which regime of the phase diagram paired embeddings are in, from pairs and a few labels.

1. Each view is centred and reduced to its leading principal components, by default at most 100
   (`reduction`).
2. Labels split the whitened views into the shared label subspace and its complement
   (`shared_directions`); everything outside the label subspace counts as nuisance.
3. Signal and nuisance values of C and A are corrected for sampling noise, which depends on n, d1
   and d2 (`estimates`); `regime` is that of the population, `sample` applies to training on these
   pairs.
4. Halves of the rows, drawn from block moments, give intervals and support (`verdict`).
5. A permutation null shows whether the rows are paired at all (`pairing`).
6. CA, CP and CP reversed are fitted on some blocks of rows and scored on the labels of the others,
   next to each view alone (`label_scores`). The advice is based on these scores (`advice`): that an
   objective keeps all label directions in theory does not mean that training it is worthwhile.

The rows are read by `work`; `assess` continues from their moments.

Source: "When to Align, When to Predict", section 4.4 and Appendix B. The paper judges each singular
component by its R^2 against the labels and splits the curve at an elbow; if signal and nuisance
values are close, components mix both, which the label subspace does not.

Limits. Signal is exactly what the labels capture: with labels of one of three shared coordinates
the other two count as nuisance, and a label column that only one view predicts counts as signal
that the other view lacks. Pairs are assumed independent, relations linear. If the largest nuisance
value does not exceed the others by more than its error, all are assumed equal.
"""

from __future__ import annotations

import numpy as np

from alignlab.checks import (
    InputError,
    as_view,
    check_row_counts,
    check_same_order,
    check_varies,
    renamed,
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
from alignlab.work import Progress, finish


@renamed(random_state="seed")
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
    progress: Progress = None,
) -> Diagnosis:
    """Locate paired embeddings in the phase diagram.

    Parameters
    ----------
    X : (n, d1), Y : (n, d2), row i of both is the same sample, n at least 30. Dask arrays or
        dataframes are processed on the workers that hold them, in two passes on the current cluster
        or Dask's default scheduler: the verdict is the same, and only the rows of the null and of
        the held-out scores are transferred.
    labels : (n,) class names or numbers, or (n, p) columns of either, NaN or None where missing; at
        least 20 rows must have a label in every column. Every column is read on its own, as classes
        or as a measurement; `label_reading` says how whole numbers are read, and `labels_read` of
        the result how each column was read. None gives spectra and pairing only: without labels,
        signal and correlated nuisance cannot be distinguished.
    seed : of the resamples and the permutation null.
    resamples : number of random halves of the rows for intervals and support.
    components : maximum number of principal components kept of a view, at least 1.
    ridge : added to the variance of every component before whitening, in units of their mean
        variance in the view. It damps correlations of components with little variance; the noise
        correction does not account for it, so all values are shrunk if it is not small.
    scale : units of the columns. "as given" keeps them; "standardised" scales every column to unit
        standard deviation; "auto" keeps them, except that columns whose standard deviation is more
        than 100 times above the median, or a million times below, are scaled to the median.
    kind : "classes" or "numbers" for label columns that could be either, or one for each column;
        None decides from the values.
    progress : called with (done, total) after every step, or a bar: `progress=tqdm()`. An exception
        raised there, such as KeyboardInterrupt, stops the work.

    Returns
    -------
    Diagnosis, with the regime, the ratios, held-out scores of the labels and the advice.

    Raises
    ------
    ValueError
        Naming cause and remedy: unequal rows, NaN or infinite values, text, a constant view,
        identical views, too few rows or labels, labels that do not vary.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", section 4.4
    and Appendix B; the module docstring lists the differences.

    Examples
    --------
    The nuisance of y is strong here: in theory only alignment recovers the shared coordinates, and
    the diagnosis of 200 pairs with these coordinates as labels agrees:

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
    return _finished(work_of(X, Y, labels, spec), progress, "diagnose")


@renamed(random_state="seed")
def diagnose_chunks(
    chunks: Chunks,
    seed: int = DiagnosisSpec.seed,
    resamples: int = DiagnosisSpec.resamples,
    *,
    components: int = DiagnosisSpec.components,
    ridge: float = DiagnosisSpec.ridge,
    scale: Scale = DiagnosisSpec.scale,
    kind: Kind = DiagnosisSpec.kind,
    progress: Progress = None,
) -> Diagnosis:
    """`diagnose` for data larger than memory; the verdict does not depend on the chunks.

    Parameters
    ----------
    chunks : a function without arguments that returns all chunks (X, Y) or (X, Y, labels) at each
        call: they are read twice, for the principal components and for the moments. X is
        (n_c, d1), Y (n_c, d2), labels (n_c,) or (n_c, p); n_c may differ.
    seed, resamples, components, ridge, scale, kind, progress : as for `diagnose`.

    Returns
    -------
    Diagnosis, as for `diagnose`.

    Raises
    ------
    ValueError
        As `diagnose`; if chunks differ in their columns, or in whether there are labels; if the
        second pass reads a different number of rows.

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
    return _finished(Work(chunks, spec), progress, "diagnose_chunks")


def _finished(work: Work, progress: Progress, caller: str) -> Diagnosis:
    finish(work, progress, caller)
    return work.result()


def work_of(
    X: np.ndarray,
    Y: np.ndarray,
    labels: object,
    spec: DiagnosisSpec | None = None,
) -> Work:
    """The work for X (n, d1), Y (n, d2) and labels (n,) or (n, p), None for none.

    Arrays are checked immediately, Dask collections when they are read.
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
    if labels is None:  # otherwise their number shows which axis is the samples
        warn_if_transposed(X, Y, "diagnose")
    labels = None if labels is None else as_labels(labels, "diagnose")
    check_rows(len(X), len(Y), None if labels is None else len(labels))
    for name, view in (("X", X), ("Y", Y)):
        check_varies(view, name, "diagnose")
    check_count(len(X))
    if X.shape == Y.shape and np.array_equal(X, Y):
        raise InputError(
            "diagnose",
            "X and Y are identical, so every direction is shared: give two "
            "different views of the same samples",
        )
    if labels is not None:
        LabelColumns.of(labels, kind=spec.kind)
    chunk = (X, Y) if labels is None else (X, Y, labels)
    work = Work(lambda: [chunk], spec)
    work.in_memory = True
    return work
