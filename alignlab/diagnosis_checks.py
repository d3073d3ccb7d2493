"""How far a verdict depends on what it was made of: labels and their noise, ridge, components.

Each check varies one thing and gives a verdict at every value, with all else as it was. The data
are reduced once: labels enter as new moments of the same scores, ridge as a term of the same
moments, and fewer components are leading columns of both.

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
from scipy.cluster.hierarchy import fcluster, linkage

from alignlab import linalg
from alignlab.block_moments import BLOCKS, Dealer
from alignlab.checks import as_count, as_real
from alignlab.diagnose import KEPT, Work
from alignlab.diagnosis import FEWEST_LABELS, Diagnosing, Diagnosis, Gathered
from alignlab.label_columns import LabelColumns
from alignlab.label_reading import Kind as LabelKind
from alignlab.label_values import as_labels
from alignlab.pairing import Pairs
from alignlab.pool import shared_out
from alignlab.reduction import COMPONENTS, ROWS_PER_COMPONENT
from alignlab.spiked import OBJECTIVES
from alignlab.verdict import UNDETERMINED

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


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One check: what is varied, and over which values.

    kind : one of `KINDS`. values : in order; None for some that suit the data, the first or last
        of which changes nothing (ridge: 0). seed : of the draws and of `diagnose`. resamples : as
        there.
    """

    kind: Kind
    values: tuple[float, ...] | None = None
    seed: int = 0
    resamples: int = 20

    def __post_init__(self) -> None:
        name = "CheckSpec"
        if self.kind not in KINDS:
            raise ValueError(f"{name}: kind {self.kind!r} is not known: use {', '.join(KINDS)}")
        as_count(self.seed, "seed", name, 0)
        as_count(self.resamples, "resamples", name, 2)
        if self.values is None:
            return
        if not self.values:
            raise ValueError(f"{name}: no value is chosen: choose at least one, or None")
        if len(set(self.values)) < len(self.values):
            raise ValueError(f"{name}: values {self.values} repeat themselves: give each once")
        low = {"labels": 1, "coarser": 2, "components": 1}
        for value in self.values:
            if self.kind in low:
                as_count(value, self.kind, name, low[self.kind])
            else:
                as_real(value, self.kind, name, 0, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Labels:
    """Labels as columns L (n, p), and which rows are known (n,).

    parts : for each column of the labels its columns of L, and whether these are classes.
    """

    L: np.ndarray
    known: np.ndarray
    parts: tuple[tuple[slice, bool], ...]

    @property
    def classes(self) -> bool:
        """Whether a column of the labels is classes."""
        return any(classes for _, classes in self.parts)

    @property
    def finest(self) -> int:
        """The largest number of classes, or of different numbers, of a column."""
        return max(
            part.stop - part.start if classes else len(np.unique(self.L[self.known, part]))
            for part, classes in self.parts
        )


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
        *,
        components: int = COMPONENTS,
        ridge: float = 0.0,
        kind: LabelKind = None,
    ) -> None:
        """X, Y, labels, components, ridge, kind : as for `diagnose`, whose errors are raised too.

        specs : the checks. One of each kind at most; all of one seed.
        """
        if labels is None:
            raise ValueError(
                "checks: there are no labels, so there is no verdict to check: label some rows"
            )
        if not specs or len({spec.kind for spec in specs}) < len(specs):
            raise ValueError("checks: give at least one check, and none of a kind twice")
        if len({spec.seed for spec in specs}) > 1:
            raise ValueError("checks: the checks have different seeds: give all of them the same")
        self.specs, self.seed = specs, specs[0].seed
        labels = as_labels(labels, "diagnose")
        scheme = LabelColumns.of(labels, kind=kind)
        L, known = scheme.columns(labels)
        self._labels = _Labels(L=L, known=known, parts=_parts(scheme))
        self._work = Work.of(
            X, Y, labels, self.seed, 2, components=components, ridge=ridge, kind=kind
        )
        views = np.asarray(X), np.asarray(Y)
        self._views: tuple[np.ndarray, np.ndarray] | None = views
        self._scores: tuple[np.ndarray, np.ndarray] | None = None
        most = min(components, max(1, len(X) // ROWS_PER_COMPONENT), max(V.shape[1] for V in views))
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
        with a label), `regime`, `recommendation` ("CA", "CP", "CP reversed" or "none"), `support`,
        `directions`, `reason` (why it is undetermined, else empty), and for each of
        `spiked.OBJECTIVES` `delta_*`, `low_*` and `high_*`, the 90 % interval.
        """  # fmt: skip
        columns = ["kind", "value", "pairs", "labelled", "regime", "recommendation", "support",
                   "directions", "reason"]  # fmt: skip
        columns += [f"{part}_{name}" for name in OBJECTIVES for part in ("delta", "low", "high")]
        rows = [_row(point) for _, point in sorted(self.points.items())]
        return pd.DataFrame(rows, columns=columns)

    def _reduce(self) -> Iterator[None]:
        """The reading of `diagnose`, and the scores it was made of."""
        assert self._views is not None
        work, (X, Y) = self._work, self._views
        for _ in work.run():
            yield
        assert work.gathered is not None
        self._gathered = work.gathered
        self._scores = self._gathered.x.all_scores(X), self._gathered.y.all_scores(Y)
        self._blocks = Dealer(self.seed).deal(len(X))
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
                gathered = self._fewer(gathered, int(value))
            else:
                changed = self._changed(spec.kind, value)
                labelled = int(changed.known.sum())
                gathered = self._relabelled(gathered, changed)
            work = Diagnosing(gathered, self.seed, spec.resamples)
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

    def _relabelled(self, gathered: Gathered, labels: _Labels) -> Gathered:
        assert self._scores is not None
        _check_tell(labels)
        moments = gathered.moments.relabelled(*self._scores, labels.L, labels.known, self._blocks)
        return replace(gathered, moments=moments)

    def _ridged(self, gathered: Gathered, ridge: float) -> Gathered:
        if ridge == gathered.ridge:
            return gathered
        size = gathered.moments.d1, gathered.moments.d2
        return replace(gathered, ridge=ridge, pairs=self._pairs(gathered, size, ridge))

    def _fewer(self, gathered: Gathered, components: int) -> Gathered:
        old = gathered.moments.d1, gathered.moments.d2
        size = min(old[0], components), min(old[1], components)
        if size == old:
            return gathered
        S = gathered.moments.covariances(np.ones((1, BLOCKS)))
        x = gathered.x.leading(size[0], np.diagonal(S.xx[0]))
        y = gathered.y.leading(size[1], np.diagonal(S.yy[0]))
        moments = gathered.moments.leading(*size)
        gathered = replace(gathered, x=x, y=y, moments=moments)
        return replace(gathered, pairs=self._pairs(gathered, size, gathered.ridge))

    def _pairs(self, gathered: Gathered, size: tuple[int, int], ridge: float) -> Pairs:
        """The permutation null anew, of the rows that `diagnose` takes."""
        assert self._scores is not None
        n = len(self._blocks)
        rng = np.random.default_rng([self.seed, 4])
        keep = np.sort(rng.choice(n, min(n, KEPT), replace=False))
        x, y = (view[keep, :r] for view, r in zip(self._scores, size, strict=True))
        return Pairs(x, y, self.seed, gathered.moments.ridged(ridge).ridge)

    def _changed(self, kind: Kind, value: float) -> _Labels:
        """Labels that are fewer, noisier or coarser."""
        labels, seed = self._labels, [self.seed, 12]
        if kind == "labels":
            return _fewer_labels(labels, int(value), np.random.default_rng(seed))
        if kind == "noise":
            return _noisier(labels, value, np.random.default_rng(seed))
        return _coarser(labels, int(value), self._scores)


def _parts(scheme: LabelColumns) -> tuple[tuple[slice, bool], ...]:
    columns = scheme.reading.columns
    ends = np.cumsum([column.width for column in columns]).tolist()
    return tuple(
        (slice(end - column.width, end), column.classes is not None)
        for end, column in zip(ends, columns, strict=True)
    )


def chosen(kind: Kind, labels: _Labels, components: int) -> tuple[float, ...]:
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


def _fewer_labels(labels: _Labels, count: int, rng: np.random.Generator) -> _Labels:
    order = rng.permutation(np.flatnonzero(labels.known))
    known = np.zeros_like(labels.known)
    known[order[:count]] = True
    return replace(labels, L=labels.L * known[:, None], known=known)


def _noisier(labels: _Labels, value: float, rng: np.random.Generator) -> _Labels:
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    if not labels.classes:
        noise = rng.standard_normal((len(rows), L.shape[1]))
        L[rows] += value * L[rows].std(0) * noise
        return replace(labels, L=L)
    if value > 1:
        raise ValueError(f"checks: a share of {value:g} of the labels was to be permuted: give 0-1")
    order = rng.permutation(rows)[: round(value * len(rows))]
    L[order] = L[rng.permutation(order)]
    return replace(labels, L=L)


def _coarser(labels: _Labels, count: int, scores: tuple[np.ndarray, np.ndarray] | None) -> _Labels:
    """Every column of the labels in at most so many groups; scores : for classes."""
    found, parts, start = [], [], 0
    for columns, classes in labels.parts:
        part = replace(labels, L=labels.L[:, columns])
        if classes:
            assert scores is not None
            L = _merged(part, count, np.hstack(scores))
        else:
            L = _levels(part, count)
        found.append(L)
        parts.append((slice(start, start + L.shape[1]), classes))
        start += L.shape[1]
    return replace(labels, L=np.hstack(found), parts=tuple(parts))


def _levels(labels: _Labels, count: int) -> np.ndarray:
    """Each column in so many groups of neighbouring values, which have their mean for a label."""
    L, rows = labels.L.copy(), np.flatnonzero(labels.known)
    for column in L.T:
        values, which = np.unique(column[rows], return_inverse=True)
        if len(values) <= count:
            continue
        # equal values share a group, that of the middle of their ranks
        sizes = np.bincount(which)
        middle = (np.cumsum(sizes) - sizes / 2) / len(rows)
        group = (middle * count).astype(int)[which]
        means = np.bincount(group, column[rows], count) / np.maximum(np.bincount(group), 1)
        column[rows] = means[group]
    return L


def _merged(labels: _Labels, groups: int, scores: np.ndarray) -> np.ndarray:
    """Indicators of groups of classes: those of the nearest means are merged first."""
    if groups >= labels.L.shape[1]:
        return labels.L
    L = labels.L[labels.known]
    means = L.T @ scores[labels.known] / np.maximum(L.sum(0), 1)[:, None]
    group = fcluster(linkage(means, "ward"), groups, "maxclust") - 1
    return labels.L @ np.eye(groups)[group]


def _check_tell(labels: _Labels) -> None:
    """ValueError where the labels that are left cannot tell anything."""
    if not labels.known.any():
        raise ValueError("checks: no row has a label: keep more labels")
    if not np.ptp(labels.L[labels.known], axis=0).any():
        what = "are of one class" if labels.classes else "are constant"
        raise ValueError(
            f"checks: the {int(labels.known.sum())} labels that are left {what}: keep more labels"
        )


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
    for name in OBJECTIVES:
        low, high = found.intervals[name]
        row |= {f"delta_{name}": getattr(found, f"delta_{name}")}
        row |= {f"low_{name}": low, f"high_{name}": high}
    return row
