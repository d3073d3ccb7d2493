"""The passes over the rows behind `diagnose`, as a job that can be monitored and stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from alignlab import linalg
from alignlab.arrays import columns_of
from alignlab.checks import (
    as_view,
    check_columns,
    check_same_order,
)
from alignlab.data.label_values import count_labels
from alignlab.data.pairs import Chunks
from alignlab.diagnosis.assess import Diagnosing, Gathered, Scored
from alignlab.diagnosis.block_moments import Dealer, heavy_tails
from alignlab.diagnosis.label_scores import DIVISIONS
from alignlab.diagnosis.left_out import MARGIN, looked_at
from alignlab.diagnosis.pairing import PERMUTATIONS, Pairs, null_rows
from alignlab.diagnosis.passes import Gathering, Survey, check_again, check_rows
from alignlab.diagnosis.reduction import Reduction, Scale, fewer_components
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.stretches import Along


def _other(scale: Scale) -> Scale:
    """The other scale, with which a verdict is compared."""
    return "as given" if scale == "standardised" else "standardised"


class Work:
    """`diagnose` as a job that can be monitored: `run` pauses often, `result` is available early.

    done, total : steps so far and in all (estimated until the rows have been counted).
    ready : whether `result` has a first verdict; support and pairing follow.
    gathered : the reduced data, None until then. survey : result of the first pass. The data
        themselves are released when `run` ends.
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

    def run(self) -> Iterator[None]:
        """Run the job; close the iterator to stop."""
        try:
            with linalg.one_thread_each():  # many small problems: more threads would only wait
                for _ in self._steps():
                    self.done += 1
                    self.total = max(self.total, self.done + self._left)
                    yield
        finally:
            self.chunks = None
            self._found = {}
        self.total = self.done

    def result(self) -> Diagnosis:
        """The diagnosis so far, once `ready`; RuntimeError before."""
        if self._diagnosing is None:
            raise RuntimeError("diagnose: there is no result yet: run until `ready`")
        return self._diagnosing.result()

    @property
    def ready(self) -> bool:
        return self._diagnosing is not None

    @property
    def _left(self) -> int:
        """Upper bound for the remaining steps once the data have been read."""
        if self._diagnosing is None:
            return DIVISIONS + PERMUTATIONS + 2 + self.spec.resamples
        return self._diagnosing.left

    def _steps(self) -> Iterator[None]:
        yield from self._reduce()
        scales = (self.spec.scale, _other(self.spec.scale))
        # for rows in memory the other scale is read after the first verdict
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
        """First pass: principal components, and how labels are read."""
        survey = Survey(self.spec.kind)
        for X, Y, labels in self._read():
            yield from survey.add(X, Y, labels)
        self._surveyed(survey)

    def _surveyed(self, survey: Survey) -> None:
        survey.check()
        self.n, self.scheme, self.survey = survey.n, survey.scheme, survey

    def _views(self, scale: Scale) -> tuple[Reduction, Reduction]:
        """The principal components of both views, and further ones if these leave out much."""
        found: list[Reduction] = []
        for view, name in zip(self.survey.views, "XY", strict=True):
            one = view.reduction(name, self.spec.components + MARGIN, scale)
            found.append(looked_at(one, self.spec.components, self.n))
        return found[0], found[1]

    def _gather(self, scales: Sequence[Scale]) -> Iterator[None]:
        """Second pass: moments by block, and rows for the permutation null and the scores."""
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
        """The result of the second pass; with few rows, the verdict uses fewer components."""
        wide, rows = gathering.moments, gathering.labelled
        spec = self.spec
        most = fewer_components(spec.components, self.n)
        d1, d2 = min(wide.d1, most), min(wide.d2, most)
        moments = wide.leading(d1, d2)
        x, y, labels = gathering.kept
        x, y = x[:, :d1], y[:, :d2]
        return Gathered(
            x=gathering.x.leading(d1),
            y=gathering.y.leading(d2),
            moments=moments,
            labelled=self.scheme is not None,
            pairs=Pairs(
                x,
                y,
                moments,
                spec.seed,
                moments.ridged(spec.ridge).ridge,
                Along(null_rows(self.n, spec.seed), labels),
            ),
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
