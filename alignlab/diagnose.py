"""Which regime of the phase diagram a set of paired embeddings is in, from pairs and few labels.

1. Each view is centred and reduced to at most 100 principal components, or as many as are asked
   for (`reduction`).
2. Labels split the whitened views into what is shared and seen by labels, and the rest
   (`label_split`); what labels do not see counts as nuisance.
3. Signal and nuisance values of C and A are corrected for what n, d1 and d2 alone produce
   (`separation`); so `regime` reads the population, and `sample` what training on these pairs sees.
4. Halves of the rows, drawn from block moments, give intervals and support (`verdict`).
5. A permutation null says whether there are pairs at all (`pairing`).

Here the rows are read; `diagnosis` goes on from their moments.

Source: "When to Align, When to Predict", section 4.4 and Appendix B. The paper judges each singular
component by its R^2 against the labels and splits the curve at an elbow; where signal and nuisance
values are near each other components mix them, which the label directions do not.

Limits. Signal is what the labels see, all of it: with labels of one of three shared coordinates the
other two count as nuisance, and a column that only one view tells counts as signal that the other
lacks. Pairs are taken as independent, relations as linear. Where the largest nuisance value does
not stand out from the others by twice its error, all are taken as equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from alignlab import linalg
from alignlab.arrays import columns_of
from alignlab.block_moments import Dealer
from alignlab.checks import (
    as_count,
    as_real,
    as_view,
    check_columns,
    check_row_counts,
    check_same_order,
    check_varies,
    warn_if_transposed,
)
from alignlab.diagnosis import Diagnosing, Diagnosis, Gathered
from alignlab.label_columns import LabelColumns
from alignlab.label_reading import Kind, kinds_of
from alignlab.label_values import as_labels, count_labels
from alignlab.pairing import PERMUTATIONS, Pairs
from alignlab.passes import Gathering, Survey, check_again, check_count, check_rows
from alignlab.reduction import COMPONENTS, Reduction

__all__ = ["Chunks", "Diagnosis", "Work", "diagnose", "diagnose_chunks"]

Chunk = tuple  # (X, Y) or (X, Y, labels)
Chunks = Callable[[], Iterable[Chunk]]

KEPT = 5000
"""At most so many rows are held for the permutation null."""


def diagnose(
    X: np.ndarray,
    Y: np.ndarray,
    labels: object = None,
    seed: int = 0,
    resamples: int = 50,
    *,
    components: int = COMPONENTS,
    ridge: float = 0.0,
    kind: Kind = None,
) -> Diagnosis:
    """Locate paired embeddings in the phase diagram.

    Parameters
    ----------
    X : (n, d1), Y : (n, d2), row i of both the same thing, n of at least 30. Dask arrays or
        dataframes are read where they lie, in two passes of a cluster's workers, or of Dask's
        default scheduler: the same verdict, and no rows but those of the null come here.
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
    kind : "classes" or "numbers" for label columns that could be either, or one for each column;
        None takes what they look like.

    Raises ValueError naming cause and remedy: unequal rows, NaN or infinite values, text, a
    constant view, identical views, too few rows or labels, labels that do not vary.
    """
    work = Work.of(X, Y, labels, seed, resamples, components=components, ridge=ridge, kind=kind)
    for _ in work.run():
        pass
    return work.result()


def diagnose_chunks(
    chunks: Chunks,
    seed: int = 0,
    resamples: int = 50,
    *,
    components: int = COMPONENTS,
    ridge: float = 0.0,
    kind: Kind = None,
) -> Diagnosis:
    """`diagnose` for data larger than memory; the same verdict, however the rows are cut.

    Parameters
    ----------
    chunks : a function without arguments that returns the chunks (X, Y) or (X, Y, labels) anew
        each time: they are read twice, for the principal components and for the moments.
    """
    work = Work(chunks, seed, resamples, components=components, ridge=ridge, kind=kind)
    for _ in work.run():
        pass
    return work.result()


class Work:
    """`diagnose` as work that can be watched: `run` pauses often, `result` is there early.

    done, total : steps so far, and all of them (estimated until the rows have been counted).
    ready : whether `result` has a first verdict; support and pairing follow.
    gathered : what the data were reduced to; None before. The data themselves are let go when
        `run` ends.
    """

    def __init__(
        self,
        chunks: Chunks,
        seed: int = 0,
        resamples: int = 50,
        *,
        components: int = COMPONENTS,
        ridge: float = 0.0,
        kind: Kind = None,
    ) -> None:
        self.chunks: Chunks | None = chunks
        self.components = as_count(components, "components", "diagnose", 1)
        self.ridge = as_real(ridge, "ridge", "diagnose", 0, np.inf)
        self.kind = kinds_of(kind, "diagnose")
        self.seed = as_count(seed, "seed", "diagnose", 0)
        self.resamples = as_count(resamples, "resamples", "diagnose", 2)
        self.done, self.total = 0, 4 + PERMUTATIONS + 2 + self.resamples
        self.gathered: Gathered | None = None
        self._diagnosing: Diagnosing | None = None
        self._columns: dict[str, tuple | None] = {}  # of the first chunk, by view

    @classmethod
    def of(
        cls,
        X: np.ndarray,
        Y: np.ndarray,
        labels: object,
        seed: int = 0,
        resamples: int = 50,
        *,
        components: int = COMPONENTS,
        ridge: float = 0.0,
        kind: Kind = None,
    ) -> Work:
        """The work for arrays; they are checked at once, those of Dask as they are read."""
        if any(type(data).__module__.startswith("dask.") for data in (X, Y, labels)):
            from alignlab.dask_work import DaskWork, partitions  # Dask is optional

            parts, named = partitions(X, Y, labels), {"components": components, "ridge": ridge}
            return DaskWork(parts, seed, resamples, **named, kind=kind)
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
            raise ValueError(
                "diagnose: X and Y are identical, so that every direction is shared: give two "
                "different views of the same things"
            )
        if labels is not None:
            LabelColumns.of(labels, kind=kind)
        chunk = (X, Y) if labels is None else (X, Y, labels)
        return cls(lambda: [chunk], seed, resamples, components=components, ridge=ridge, kind=kind)

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
            return PERMUTATIONS + 2 + self.resamples
        return self._diagnosing.left

    def _steps(self) -> Iterator[None]:
        yield from self._reduce()
        yield from self._gather()
        assert self.gathered is not None
        diagnosing = Diagnosing(self.gathered, self.seed, self.resamples)
        self._diagnosing = diagnosing
        yield
        yield from diagnosing.run()

    def _reduce(self) -> Iterator[None]:
        """First pass: principal components, and what labels there are."""
        survey = Survey(self.kind)
        for X, Y, labels in self._read():
            yield from survey.add(X, Y, labels)
        yield from self._surveyed(survey)

    def _surveyed(self, survey: Survey) -> Iterator[None]:
        survey.check()
        self.n, self.scheme = survey.n, survey.scheme
        reductions: list[Reduction] = []
        for view, name in zip(survey.views, "XY", strict=True):
            reductions.append(view.reduction(name, self.components))
            yield
        self.x, self.y = reductions

    def _gather(self) -> Iterator[None]:
        """Second pass: moments by block, and some rows for the permutation null."""
        gathering = Gathering(self.x, self.y, self.scheme)
        dealer, keep, start = Dealer(self.seed), self._keep(), 0
        for X, Y, labels in self._read():
            yield from gathering.add(X, Y, labels, dealer, keep - start)
            start += len(X)
        check_again(start, self.n)
        self._collect(gathering)

    def _keep(self) -> np.ndarray:
        """Which rows to hold for the permutation null."""
        rng = np.random.default_rng([self.seed, 4])
        return np.sort(rng.choice(self.n, min(self.n, KEPT), replace=False))

    def _collect(self, gathering: Gathering) -> None:
        ridge = gathering.moments.ridged(self.ridge).ridge
        self.gathered = Gathered(
            x=self.x,
            y=self.y,
            moments=gathering.moments,
            labelled=self.scheme is not None,
            pairs=Pairs(*gathering.kept, self.seed, ridge),
            ridge=self.ridge,
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
