"""Sensitivity of a verdict to its inputs: labels and their noise, ridge, components.

Each check varies one input and computes a verdict at every value, with everything else unchanged.
The data are reduced once: changed labels give new moments of the same scores, ridge adds a term to
the same moments, and fewer components are leading columns of both. Held-out scores and advice are
recomputed in the same way.

What is varied, by kind:

- labels: the number of labelled rows that keep their label. Subsets are nested, in an order drawn
  with the seed.
- noise: with classes, the fraction of labelled rows among which labels are permuted, all columns
  together, so class sizes do not change; with real columns only, the Gaussian noise in standard
  deviations of the column. Nested too: the same rows, or the same noise, at every value.
- coarser: for classes, the number of groups into which they are merged by Ward's method, classes
  with the nearest means (over both views' scores) first; for real columns, the number of groups of
  equal size, each labelled by its mean. Values at or above the number present change nothing.
- ridge and components: as the arguments of `diagnose`.

The public code of the paper tests its diagnostic in the same way, with noisy and coarser labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_real, as_view, check_same_order, unbox
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_values import as_labels
from alignlab.diagnosis.assess import Diagnosing, Gathered, Scored
from alignlab.diagnosis.block_moments import BlockMoments, Dealer, heavy_tails
from alignlab.diagnosis.label_changes import (
    LabelMatrix,
    check_tell,
    coarser,
    fewer,
    noisier,
    told_apart,
)
from alignlab.diagnosis.label_scores import FEWEST as FEWEST_LABELS
from alignlab.diagnosis.label_scores import Labelled
from alignlab.diagnosis.left_out import MARGIN, looked_at
from alignlab.diagnosis.pairing import Pairs, null_rows
from alignlab.diagnosis.passes import lots, lowest
from alignlab.diagnosis.reduction import ROWS_PER_COMPONENT, fewer_components
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.run import work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.verdict import UNDETERMINED
from alignlab.spiked.model import OBJECTIVES
from alignlab.work import shared_out

Kind = Literal["labels", "noise", "coarser", "ridge", "components"]

KINDS: tuple[Kind, ...] = get_args(Kind)

RIDGES = (0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0)

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)
"""Default fractions of permuted labels."""

DEVIATIONS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Default noise on real labels, in standard deviations."""

LEVELS = (16, 8, 4, 3, 2)
"""Default numbers of groups of real labels, in addition to the number of different values."""

MOST = 8
"""Maximum number of values chosen by default."""

FEWEST_COMPONENTS = 5
"""The smallest number of components chosen by default."""

RESAMPLES = 20
"""Default number of resamples per verdict; small, since there are many verdicts."""

AS_CHECKED = DiagnosisSpec(resamples=RESAMPLES)
"""The diagnosis that is checked by default."""


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One check: what is varied, and over which values.

    kind : one of `KINDS`. values : in order; None chooses values that suit the data, of which the
        first or last changes nothing (ridge: 0).
    """

    kind: Kind
    values: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        unbox(self)
        name = "CheckSpec"
        if self.kind not in KINDS:
            raise InputError(name, f"kind {self.kind!r} is not known: use {', '.join(KINDS)}")
        if self.values is None:
            return
        if not self.values:
            raise InputError(name, "no value is given: give at least one, or None")
        if len(set(self.values)) < len(self.values):
            raise InputError(name, f"values {self.values} contain repetitions: give each once")
        low = {"labels": 1, "coarser": 2, "components": 1}
        for value in self.values:
            if self.kind in low:
                as_count(value, self.kind, name, low[self.kind])
            else:
                as_real(value, self.kind, name, 0, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The verdict at one value; `found` is None if there is none, then `reason` says why."""

    kind: Kind
    value: float
    pairs: int
    labelled: int
    found: Diagnosis | None
    reason: str


class Checks:
    """A job that runs checks: `run` pauses at every verdict, and often before the first.

    done, total : number of verdicts so far and in all; reading the data counts as one.
    points : the verdicts so far, by index of the check and index of the value.
    """

    def __init__(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        labels: object,
        specs: tuple[CheckSpec, ...],
        diagnosis: DiagnosisSpec = AS_CHECKED,
    ) -> None:
        """X, Y, labels : as for `diagnose`, whose errors are raised too.

        specs : the checks, at most one of each kind.
        diagnosis : the settings that a check does not vary; its seed is also used for random draws
            of the checks, its `resamples` for every verdict.
        """
        if labels is None:
            raise InputError(
                "checks", "without labels there is no verdict to check: label some rows"
            )
        if not specs or len({spec.kind for spec in specs}) < len(specs):
            raise InputError("checks", "give at least one check, and no kind twice")
        self.specs, self.diagnosis = specs, diagnosis
        check_same_order("checks", X=X, Y=Y, labels=labels)
        labels = as_labels(labels, "diagnose")
        scheme = LabelColumns.of(labels, kind=diagnosis.kind)
        L, known = scheme.columns(labels)
        self._labels = LabelMatrix(L=L, known=known, parts=scheme.parts)
        # only its pass over the data is used
        self._work = work_of(X, Y, labels, replace(diagnosis, resamples=2))
        views = as_view(X, "X", "checks"), as_view(Y, "Y", "checks")
        self._views: tuple[np.ndarray, np.ndarray] | None = views
        self._scores: tuple[np.ndarray, np.ndarray] | None = None
        most = min(
            diagnosis.components,
            max(1, len(views[0]) // ROWS_PER_COMPONENT),
            max(V.shape[1] for V in views),
        )
        self.values = [spec.values or chosen(spec.kind, self._labels, most) for spec in specs]
        self.points: dict[tuple[int, int], Point] = {}
        self.done, self.total = 0, 1 + sum(map(len, self.values))
        self._counting = Lock()

    def run(self) -> Iterator[None]:
        """Read the data, then compute verdicts, several in parallel; close the iterator to stop."""
        try:
            with linalg.one_thread_each():
                yield from self._reduce()
            self.done += 1
            yield
            pieces = [(a, b) for a, values in enumerate(self.values) for b in range(len(values))]
            yield from shared_out(pieces, self._point, linalg.threads())
        finally:
            self._views = None
            self._scores = None

    def table(self) -> pd.DataFrame:
        """Tidy, in order: one row per verdict. Columns `kind`, `value`, `pairs`, `labelled`
        (labelled rows), `regime`, `recommendation` (the objective advised by held-out labels for
        both views, as `advice.Choice.objective`; "none" without a verdict), `gain` over the better
        single view, with its 90 % interval `low_gain` and `high_gain`, `support`, `directions`
        (dimension of the label subspace), `reason` (why it is undetermined, else empty), and for
        each of `spiked.model.OBJECTIVES` `delta_*`, `low_*` and `high_*`, the 90 % interval.
        """  # fmt: skip
        columns = ["kind", "value", "pairs", "labelled", "regime", "recommendation", "support",
                   "directions", "reason"]  # fmt: skip
        columns += ["gain", "low_gain", "high_gain"]
        columns += [f"{part}_{name}" for name in OBJECTIVES for part in ("delta", "low", "high")]
        rows = [_row(point) for _, point in sorted(self.points.items())]
        return pd.DataFrame(rows, columns=columns)

    def _reduce(self) -> Iterator[None]:
        """Read the data as `diagnose` does, and compute the scores of all rows."""
        assert self._views is not None
        work, spec, (X, Y) = self._work, self.diagnosis, self._views
        for _ in work.run():
            yield
        assert work.gathered is not None
        self._gathered = work.gathered
        # all components that any part of a diagnosis uses
        self._wide = [
            view.reduction(name, spec.components + MARGIN, spec.scale)
            for view, name in zip(work.survey.views, "XY", strict=True)
        ]
        x, y = (one.all_scores(V) for one, V in zip(self._wide, (X, Y), strict=True))
        self._scores = x, y
        self._blocks = Dealer(spec.seed).deal(len(X))
        self._moments = BlockMoments(x.shape[1], y.shape[1], 0)
        nothing = np.empty((len(X), 0)), np.zeros(len(X), dtype=bool)
        self._moments.add(x, y, *nothing, self._blocks)
        self._views = None
        yield

    def _point(self, piece: tuple[int, int]) -> Iterator[None]:
        spec, value = self.specs[piece[0]], self.values[piece[0]][piece[1]]
        labelled, found, reason = int(self._labels.known.sum()), None, ""
        try:
            gathered = self._gathered
            if spec.kind == "ridge":
                gathered = self._ridged(gathered, value)
            elif spec.kind == "components":
                gathered = self._changed_to(self._labels, int(value))
            else:
                changed = self._changed(spec.kind, value)
                labelled = int(changed.known.sum())
                check_tell(changed)
                gathered = self._changed_to(changed, self.diagnosis.components)
            work = Diagnosing(gathered, self.diagnosis.seed, self.diagnosis.resamples)
            for _ in work.run():
                yield
            found = work.result()
            reason = found.reason
        except ValueError as error:
            reason = str(error)
        point = Point(
            kind=spec.kind,
            value=value,
            pairs=len(self._blocks),
            labelled=labelled,
            found=found,
            reason=reason,
        )
        with self._counting:
            # a new dictionary: other threads may be reading the previous one
            self.points = self.points | {piece: point}
            self.done += 1
        yield

    def _changed_to(self, labels: LabelMatrix, components: int) -> Gathered:
        """What `diagnose` would gather from the same rows with other labels or fewer components."""
        assert self._scores is not None
        n, before = len(self._blocks), self._gathered
        few = fewer_components(components, n)
        views = [looked_at(one, components, n) for one in self._wide]
        d1, d2 = (one.V.shape[1] for one in views)
        told = labels.L, labels.known, self._blocks
        wide = self._moments.leading(d1, d2).relabelled(*self._leading(d1, d2), *told)
        kept = min(d1, few), min(d2, few)
        moments = wide.leading(*kept)
        scored = Scored.of(wide, self._rows(labels, d1, d2), components, kept)
        same = kept == (before.moments.d1, before.moments.d2)
        return replace(
            before,
            x=views[0].leading(kept[0]),
            y=views[1].leading(kept[1]),
            moments=moments,
            scored=scored,
            tails=heavy_tails(*self._kept(*kept), moments),
            pairs=before.pairs if same else self._pairs(moments, before.ridge),
        )

    def _leading(self, d1: int, d2: int) -> tuple[np.ndarray, np.ndarray]:
        """The leading columns of the scores."""
        assert self._scores is not None
        return self._scores[0][:, :d1], self._scores[1][:, :d2]

    def _rows(self, labels: LabelMatrix, d1: int, d2: int) -> Labelled:
        """The labelled rows that `diagnose` scores, drawn as `passes.Gathering` draws them."""
        rows = np.flatnonzero(labels.known)
        rows = rows[lowest(lots(self.diagnosis.seed).random(len(labels.known))[rows])]
        told = told_apart(replace(labels, L=labels.L[rows], known=labels.known[rows]))
        x, y = self._leading(d1, d2)
        return Labelled(x=x[rows], y=y[rows], L=told.L, blocks=self._blocks[rows], parts=told.parts)

    def _ridged(self, gathered: Gathered, ridge: float) -> Gathered:
        if ridge == gathered.ridge:
            return gathered
        return replace(gathered, ridge=ridge, pairs=self._pairs(gathered.moments, ridge))

    def _kept(self, d1: int, d2: int) -> tuple[np.ndarray, np.ndarray]:
        """Scores of the rows that `diagnose` keeps for the permutation null."""
        keep = null_rows(len(self._blocks), self.diagnosis.seed)
        x, y = self._leading(d1, d2)
        return x[keep], y[keep]

    def _pairs(self, moments: BlockMoments, ridge: float) -> Pairs:
        """The pairing, to be measured again for these moments and this ridge."""
        x, y = self._kept(moments.d1, moments.d2)
        known = self._gathered.pairs.found
        return Pairs(
            x,
            y,
            moments,
            self.diagnosis.seed,
            moments.ridged(ridge).ridge,
            broken=() if known is None else known.broken,
        )

    def _changed(self, kind: Kind, value: float) -> LabelMatrix:
        """Fewer, noisier or coarser labels."""
        labels, seed = self._labels, [self.diagnosis.seed, 12]
        if kind == "labels":
            return fewer(labels, int(value), np.random.default_rng(seed))
        if kind == "noise":
            return noisier(labels, value, np.random.default_rng(seed))
        if not labels.classes:
            return coarser(labels, int(value), None)
        size = self._gathered.moments
        return coarser(labels, int(value), self._leading(size.d1, size.d2))


def chosen(kind: Kind, labels: LabelMatrix, components: int) -> tuple[float, ...]:
    """Default values for a check that suit the labels and the number of components."""
    if kind == "ridge":
        return RIDGES
    if kind == "noise":
        return SHARES if labels.classes else DEVIATIONS
    if kind == "coarser" and not labels.classes:
        there = labels.finest
        return (there, *(level for level in LEVELS if level < there))
    high, low = {
        "labels": (int(labels.known.sum()), FEWEST_LABELS),
        "coarser": (labels.finest, 2),
        "components": (components, FEWEST_COMPONENTS),
    }[kind]
    halved = [high]
    while len(halved) < MOST and halved[-1] // 2 >= low:
        halved.append(halved[-1] // 2)
    return tuple(halved) if kind == "coarser" else tuple(reversed(halved))


def _row(point: Point) -> dict[str, object]:
    row: dict[str, object] = {
        "kind": point.kind,
        "value": point.value,
        "pairs": point.pairs,
        "labelled": point.labelled,
        "regime": UNDETERMINED,
        "recommendation": "none",
        "support": float("nan"),
        "directions": 0,
        "reason": point.reason,
        "gain": float("nan"),
        "low_gain": float("nan"),
        "high_gain": float("nan"),
    }
    found = point.found
    if found is None:
        return row
    row |= {
        "regime": found.regime,
        "recommendation": found.recommendation.objective,
        "support": found.support,
        "directions": found.directions,
    }
    if found.advice is not None:
        one = found.advice.both
        row |= {"recommendation": one.objective}
        row |= {"gain": one.gain, "low_gain": one.low, "high_gain": one.high}
    for name in OBJECTIVES:
        low, high = found.intervals[name]
        row |= {f"delta_{name}": getattr(found, f"delta_{name}")}
        row |= {f"low_{name}": low, f"high_{name}": high}
    return row
