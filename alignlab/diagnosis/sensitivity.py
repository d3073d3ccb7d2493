"""How far a verdict depends on what it was made of: labels and their noise, ridge, components.

Each check varies one thing and gives a verdict at every value, with all else as it was. The data
are reduced once: labels enter as new moments of the same scores, ridge as a term of the same
moments, and fewer components are leading columns of both. So do held-out scores and the advice.

What is varied, by kind:

- labels: how many labelled rows keep their label. Subsets are nested, in an order by the seed.
- noise: classes: the share of labelled rows among which labels are permuted, so that classes keep
  their sizes, with all of their columns; real columns alone: Gaussian noise in standard deviations
  of the column. Nested too: the same rows, or the same noise, at every value.
- coarser: classes: into how many groups they are merged, those of the nearest means (over both
  views' scores) first, by Ward's rule; real columns: into how many groups of equally many rows,
  each of which has its mean for a label. At or beyond the number there is nothing changes.
- ridge and components: as the arguments of `diagnose`.

The paper tests its diagnostic the same way, against noisy and coarser labels, in its public code.
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
"""Of permuted labels."""

DEVIATIONS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Of the noise on real labels, in standard deviations."""

LEVELS = (16, 8, 4, 3, 2)
"""Groups of real labels, after all of them."""

MOST = 8
"""At most so many values are chosen where none are given."""

FEWEST_COMPONENTS = 5
"""The fewest that are chosen where no values are given."""

RESAMPLES = 20
"""Of every verdict, where nothing else is asked for: there are many of them."""

AS_CHECKED = DiagnosisSpec(resamples=RESAMPLES)
"""The diagnosis that is checked, where nothing else is asked for."""


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One check: what is varied, and over which values.

    kind : one of `KINDS`. values : in order; None for some that suit the data, the first or last
        of which changes nothing (ridge: 0).
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
            raise InputError(name, "no value is chosen: choose at least one, or None")
        if len(set(self.values)) < len(self.values):
            raise InputError(name, f"values {self.values} repeat themselves: give each once")
        low = {"labels": 1, "coarser": 2, "components": 1}
        for value in self.values:
            if self.kind in low:
                as_count(value, self.kind, name, low[self.kind])
            else:
                as_real(value, self.kind, name, 0, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The verdict at one value; None where there is none, then `reason` says why."""

    kind: Kind
    value: float
    pairs: int
    labelled: int
    found: Diagnosis | None
    reason: str


class Checks:
    """The work of some checks: `run` pauses at every verdict, and often before the first.

    done, total : verdicts so far and all of them, the reading of the data counting as one.
    points : the verdicts that are there, by check and place in it.
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

        specs : the checks, one of each kind at most.
        diagnosis : all that a check does not vary; its seed is that of the draws too, and its
            resamples are those of every verdict.
        """
        if labels is None:
            raise InputError(
                "checks", "there are no labels, so there is no verdict to check: label some rows"
            )
        if not specs or len({spec.kind for spec in specs}) < len(specs):
            raise InputError("checks", "give at least one check, and none of a kind twice")
        self.specs, self.diagnosis = specs, diagnosis
        check_same_order("checks", X=X, Y=Y, labels=labels)
        labels = as_labels(labels, "diagnose")
        scheme = LabelColumns.of(labels, kind=diagnosis.kind)
        L, known = scheme.columns(labels)
        self._labels = LabelMatrix(L=L, known=known, parts=scheme.parts)
        # the reading is all that is wanted of it
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
        """Read the data and give all verdicts, several at a time; close it to stop."""
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
        """Tidy, in order: one row a verdict. Columns `kind`, `value`, `pairs`, `labelled` (rows
        with a label), `regime`, `recommendation` (what held-out labels advise for both
        views, as `advice.Choice.objective`; "none" without a verdict), `gain` over the better view
        alone, with its 90 % interval `low_gain` and `high_gain`, `support`,
        `directions`, `reason` (why it is undetermined, else empty), and for each of
        `spiked.model.OBJECTIVES` `delta_*`, `low_*` and `high_*`, the 90 % interval.
        """  # fmt: skip
        columns = ["kind", "value", "pairs", "labelled", "regime", "recommendation", "support",
                   "directions", "reason"]  # fmt: skip
        columns += ["gain", "low_gain", "high_gain"]
        columns += [f"{part}_{name}" for name in OBJECTIVES for part in ("delta", "low", "high")]
        rows = [_row(point) for _, point in sorted(self.points.items())]
        return pd.DataFrame(rows, columns=columns)

    def _reduce(self) -> Iterator[None]:
        """The reading of `diagnose`, and the scores it was made of."""
        assert self._views is not None
        work, spec, (X, Y) = self._work, self.diagnosis, self._views
        for _ in work.run():
            yield
        assert work.gathered is not None
        self._gathered = work.gathered
        # of all components that any part of a diagnosis looks at
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
            # a new dictionary: others may be reading the one before
            self.points = self.points | {piece: point}
            self.done += 1
        yield

    def _changed_to(self, labels: LabelMatrix, components: int) -> Gathered:
        """What `diagnose` would gather of the same rows with other labels or fewer components."""
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
        """Scores of the rows that `diagnose` holds for the permutation null."""
        keep = null_rows(len(self._blocks), self.diagnosis.seed)
        x, y = self._leading(d1, d2)
        return x[keep], y[keep]

    def _pairs(self, moments: BlockMoments, ridge: float) -> Pairs:
        """The permutation null anew."""
        x, y = self._kept(moments.d1, moments.d2)
        return Pairs(x, y, moments, self.diagnosis.seed, moments.ridged(ridge).ridge)

    def _changed(self, kind: Kind, value: float) -> LabelMatrix:
        """Labels that are fewer, noisier or coarser."""
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
    """Values that suit the labels and the number of components, at most `MOST`."""
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
