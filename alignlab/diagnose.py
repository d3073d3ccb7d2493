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
from typing import Any

import numpy as np

from alignlab import linalg
from alignlab.arrays import columns_of
from alignlab.block_moments import Dealer, heavy_tails
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
from alignlab.diagnosis import Diagnosing, Diagnosis, Gathered, Scored
from alignlab.label_columns import LabelColumns
from alignlab.label_reading import Kind, kinds_of
from alignlab.label_scores import DIVISIONS
from alignlab.label_values import as_labels, count_labels
from alignlab.left_out import MARGIN, looked_at
from alignlab.pairing import PERMUTATIONS, Pairs
from alignlab.pairs import Chunks
from alignlab.passes import Gathering, Survey, check_again, check_count, check_rows
from alignlab.reduction import COMPONENTS, SCALES, Reduction, Scale, fewer_components

__all__ = ["Diagnosis", "Work", "diagnose", "diagnose_chunks"]

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
    scale: Scale = "auto",
    kind: Kind = None,
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

    Raises ValueError naming cause and remedy: unequal rows, NaN or infinite values, text, a
    constant view, identical views, too few rows or labels, labels that do not vary.
    """
    work = Work.of(
        X, Y, labels, seed, resamples, components=components, ridge=ridge, scale=scale, kind=kind
    )
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
    scale: Scale = "auto",
    kind: Kind = None,
) -> Diagnosis:
    """`diagnose` for data larger than memory; the same verdict, however the rows are cut.

    Parameters
    ----------
    chunks : a function without arguments that returns the chunks (X, Y) or (X, Y, labels) anew
        each time: they are read twice, for the principal components and for the moments.
    """
    work = Work(chunks, seed, resamples, components=components, ridge=ridge, scale=scale, kind=kind)
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

    def __init__(
        self,
        chunks: Chunks,
        seed: int = 0,
        resamples: int = 50,
        *,
        components: int = COMPONENTS,
        ridge: float = 0.0,
        scale: Scale = "auto",
        kind: Kind = None,
    ) -> None:
        self.chunks: Chunks | None = chunks
        self.components = as_count(components, "components", "diagnose", 1)
        self.ridge = as_real(ridge, "ridge", "diagnose", 0, np.inf)
        self.kind = kinds_of(kind, "diagnose")
        self.seed = as_count(seed, "seed", "diagnose", 0)
        self.resamples = as_count(resamples, "resamples", "diagnose", 2)
        if scale not in SCALES:
            raise ValueError(f"diagnose: scale = {scale!r} is not known: use {', '.join(SCALES)}")
        self.scale: Scale = scale
        self.done, self.total = 0, 4 + DIVISIONS + PERMUTATIONS + 2 + self.resamples
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
        seed: int = 0,
        resamples: int = 50,
        *,
        components: int = COMPONENTS,
        ridge: float = 0.0,
        scale: Scale = "auto",
        kind: Kind = None,
    ) -> Work:
        """The work for arrays; they are checked at once, those of Dask as they are read."""
        named: dict[str, Any] = {
            "components": components, "ridge": ridge, "scale": scale, "kind": kind
        }  # fmt: skip
        if any(type(data).__module__.startswith("dask.") for data in (X, Y, labels)):
            from alignlab.dask_work import DaskWork, partitions  # Dask is optional

            return DaskWork(partitions(X, Y, labels), seed, resamples, **named)
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
        work = cls(lambda: [chunk], seed, resamples, **named)
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
            return DIVISIONS + PERMUTATIONS + 2 + self.resamples
        return self._diagnosing.left

    def _steps(self) -> Iterator[None]:
        yield from self._reduce()
        scales = (self.scale, _other(self.scale))
        # rows in memory are read again once there is a first verdict
        first = scales[:1] if self.in_memory else scales
        yield from self._gather(first)
        self.gathered = self._found[self.scale]
        diagnosing = Diagnosing(self.gathered, self.seed, self.resamples)
        self._diagnosing = diagnosing
        yield
        yield from diagnosing.run()
        if scales[1] not in self._found:
            yield from self._gather(scales[1:])
        diagnosing.compare(self._found.pop(scales[1]))
        yield

    def _reduce(self) -> Iterator[None]:
        """First pass: principal components, and what labels there are."""
        survey = Survey(self.kind)
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
            one = view.reduction(name, self.components + MARGIN, scale)
            found.append(looked_at(one, self.components, self.n))
        return found[0], found[1]

    def _gather(self, scales: Sequence[Scale]) -> Iterator[None]:
        """Second pass: moments by block, and some rows for the permutation null and the scores."""
        gatherings = []
        for scale in scales:
            gatherings.append(Gathering(*self._views(scale), self.scheme, self.seed))
            yield
        dealers = [Dealer(self.seed) for _ in scales]
        keep, start = self._keep(), 0
        for X, Y, labels in self._read():
            for gathering, dealer in zip(gatherings, dealers, strict=True):
                yield from gathering.add(X, Y, labels, dealer, keep - start)
            start += len(X)
        check_again(start, self.n)
        for scale, gathering in zip(scales, gatherings, strict=True):
            self._found[scale] = self._collected(gathering, scale)

    def _keep(self) -> np.ndarray:
        """Which rows to hold for the permutation null."""
        rng = np.random.default_rng([self.seed, 4])
        return np.sort(rng.choice(self.n, min(self.n, KEPT), replace=False))

    def _collected(self, gathering: Gathering, scale: Scale) -> Gathered:
        """What a pass leaves: a verdict looks at fewer components where rows are few."""
        wide, rows = gathering.moments, gathering.labelled
        most = fewer_components(self.components, self.n)
        d1, d2 = min(wide.d1, most), min(wide.d2, most)
        moments = wide.leading(d1, d2)
        x, y = gathering.kept
        x, y = x[:, :d1], y[:, :d2]
        return Gathered(
            x=gathering.x.leading(d1),
            y=gathering.y.leading(d2),
            moments=moments,
            labelled=self.scheme is not None,
            pairs=Pairs(x, y, moments, self.seed, moments.ridged(self.ridge).ridge),
            scored=None if rows is None else Scored.of(wide, rows, self.components, (d1, d2)),
            tails=heavy_tails(x, y, moments),
            ridge=self.ridge,
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
