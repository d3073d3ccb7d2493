"""Which regime of the phase diagram a set of paired embeddings is in, from pairs and few labels.

1. Each view is centred and reduced to at most 100 principal components, or as many as are asked
   for (`reduction`).
2. Labels split the whitened views into what is shared and seen by labels, and the rest
   (`label_split`); what labels do not see counts as nuisance.
3. Signal and nuisance values of C and A are corrected for what n, d1 and d2 alone produce
   (`separation`); so `regime` reads the population, and `sample` what training on these pairs sees.
4. Halves of the rows, drawn from block moments, give intervals and support (`verdict`).
5. A permutation null says whether there are pairs at all (`pairing`).
6. CA, CP and CP reversed are fitted on some blocks of rows and scored on the labels of the others,
   beside each view alone (`label_scores`). That is what the advice goes by (`advice`): whether an
   objective keeps all label directions in theory does not say whether it pays.

Here the rows are read; `diagnosis` goes on from their moments.

Source: "When to Align, When to Predict", section 4.4 and Appendix B. The paper judges each singular
component by its R^2 against the labels and splits the curve at an elbow; where signal and nuisance
values are near each other components mix them, which the label directions do not.

Limits. Signal is what the labels see, all of it: with labels of one of three shared coordinates the
other two count as nuisance, and a column that only one view tells counts as signal that the other
lacks. Pairs are taken as independent, relations as linear. Where the largest nuisance value does
not stand out from the others by its error, all are taken as equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from alignlab import linalg
from alignlab.arrays import columns_of
from alignlab.block_moments import Dealer, heavy_tails
from alignlab.checks import (
    InputError,
    as_view,
    check_columns,
    check_row_counts,
    check_same_order,
    check_varies,
    warn_if_transposed,
)
from alignlab.diagnosis import Diagnosing, Diagnosis, Gathered, Scored
from alignlab.diagnosis_spec import DiagnosisSpec
from alignlab.label_columns import LabelColumns
from alignlab.label_reading import Kind
from alignlab.label_scores import DIVISIONS
from alignlab.label_values import as_labels, count_labels
from alignlab.left_out import MARGIN, looked_at
from alignlab.pairing import PERMUTATIONS, Pairs, null_rows
from alignlab.pairs import Chunks
from alignlab.passes import Gathering, Survey, check_again, check_count, check_rows
from alignlab.reduction import Reduction, Scale, fewer_components

__all__ = ["Diagnosis", "Work", "diagnose", "diagnose_chunks"]


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
    return _finished(Work.of(X, Y, labels, spec))


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


def _other(scale: Scale) -> Scale:
    """The choice of scale that a verdict is held against."""
    return "as given" if scale == "standardised" else "standardised"


class Work:
    """`diagnose` as work that can be watched: `run` pauses often, `result` is there early.

    done, total : steps so far, and all of them (estimated until the rows have been counted).
    ready : whether `result` has a first verdict; support and pairing follow.
    gathered : what the data were reduced to; None before. survey : what the first pass found. The
        data themselves are let go when `run` ends.
    """

    in_memory = False

    def __init__(self, chunks: Chunks, spec: DiagnosisSpec | None = None) -> None:
        self.chunks: Chunks | None = chunks
        self.spec = DiagnosisSpec() if spec is None else spec
        self.done, self.total = 0, 4 + DIVISIONS + PERMUTATIONS + 2 + self.spec.resamples
        self.gathered: Gathered | None = None
        self._found: dict[Scale, Gathered] = {}
        self._diagnosing: Diagnosing | None = None
        self._columns: dict[str, tuple | None] = {}  # of the first chunk, by view

    @classmethod
    def of(
        cls,
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
            from alignlab.dask_work import DaskWork, partitions  # Dask is optional

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
        work = cls(lambda: [chunk], spec)
        work.in_memory = True
        return work

    def run(self) -> Iterator[None]:
        """Work; close it to stop."""
        try:
            with linalg.one_thread_each():  # many small problems: threads in them would only wait
                for _ in self._steps():
                    self.done += 1
                    self.total = max(self.total, self.done + self._left)
                    yield
        finally:
            self.chunks = None
            self._found = {}
        self.total = self.done

    def result(self) -> Diagnosis:
        """What is known so far; from `ready` on."""
        if self._diagnosing is None:
            raise RuntimeError("diagnose: nothing is known yet: run until `ready`")
        return self._diagnosing.result()

    @property
    def ready(self) -> bool:
        return self._diagnosing is not None

    @property
    def _left(self) -> int:
        """Steps to come once the data have been read, at most."""
        if self._diagnosing is None:
            return DIVISIONS + PERMUTATIONS + 2 + self.spec.resamples
        return self._diagnosing.left

    def _steps(self) -> Iterator[None]:
        yield from self._reduce()
        scales = (self.spec.scale, _other(self.spec.scale))
        # rows in memory are read again once there is a first verdict
        first = scales[:1] if self.in_memory else scales
        yield from self._gather(first)
        self.gathered = self._found[self.spec.scale]
        diagnosing = Diagnosing(self.gathered, self.spec.seed, self.spec.resamples)
        self._diagnosing = diagnosing
        yield
        yield from diagnosing.run()
        if scales[1] not in self._found:
            yield from self._gather(scales[1:])
        diagnosing.compare(self._found.pop(scales[1]))
        yield

    def _reduce(self) -> Iterator[None]:
        """First pass: principal components, and what labels there are."""
        survey = Survey(self.spec.kind)
        for X, Y, labels in self._read():
            yield from survey.add(X, Y, labels)
        self._surveyed(survey)

    def _surveyed(self, survey: Survey) -> None:
        survey.check()
        self.n, self.scheme, self.survey = survey.n, survey.scheme, survey

    def _views(self, scale: Scale) -> tuple[Reduction, Reduction]:
        """The principal components of both views, and some more where these leave out much."""
        found: list[Reduction] = []
        for view, name in zip(self.survey.views, "XY", strict=True):
            one = view.reduction(name, self.spec.components + MARGIN, scale)
            found.append(looked_at(one, self.spec.components, self.n))
        return found[0], found[1]

    def _gather(self, scales: Sequence[Scale]) -> Iterator[None]:
        """Second pass: moments by block, and some rows for the permutation null and the scores."""
        gatherings = []
        for scale in scales:
            gatherings.append(Gathering(*self._views(scale), self.scheme, self.spec.seed))
            yield
        dealers = [Dealer(self.spec.seed) for _ in scales]
        keep, start = null_rows(self.n, self.spec.seed), 0
        for X, Y, labels in self._read():
            for gathering, dealer in zip(gatherings, dealers, strict=True):
                yield from gathering.add(X, Y, labels, dealer, keep - start)
            start += len(X)
        check_again(start, self.n)
        for scale, gathering in zip(scales, gatherings, strict=True):
            self._found[scale] = self._collected(gathering, scale)

    def _collected(self, gathering: Gathering, scale: Scale) -> Gathered:
        """What a pass leaves: a verdict looks at fewer components where rows are few."""
        wide, rows = gathering.moments, gathering.labelled
        spec = self.spec
        most = fewer_components(spec.components, self.n)
        d1, d2 = min(wide.d1, most), min(wide.d2, most)
        moments = wide.leading(d1, d2)
        x, y = gathering.kept
        x, y = x[:, :d1], y[:, :d2]
        return Gathered(
            x=gathering.x.leading(d1),
            y=gathering.y.leading(d2),
            moments=moments,
            labelled=self.scheme is not None,
            pairs=Pairs(x, y, moments, spec.seed, moments.ridged(spec.ridge).ridge),
            scored=None if rows is None else Scored.of(wide, rows, spec.components, (d1, d2)),
            tails=heavy_tails(x, y, moments),
            ridge=spec.ridge,
            scale=scale,
            labels_read=None if self.scheme is None else self.scheme.reading,
        )

    def _read(self) -> Iterator[tuple[np.ndarray, np.ndarray, object]]:
        assert self.chunks is not None
        for chunk in self.chunks():
            X, Y, labels = (*chunk, None)[:3]
            check_same_order("diagnose", X=X, Y=Y, labels=labels)
            for name, view in (("X", X), ("Y", Y)):
                names = self._columns.setdefault(name, columns_of(view))
                check_columns(names, view, f"a chunk of {name}", "diagnose")
            X, Y = as_view(X, "X", "diagnose", 1), as_view(Y, "Y", "diagnose", 1)
            check_rows(len(X), len(Y), None if labels is None else count_labels(labels, "diagnose"))
            yield X, Y, labels
