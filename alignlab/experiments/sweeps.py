"""Sweeps: one field of a synthetic spec varied, over many seeds and several aligners.

All points of a sweep use the same draws (`synthetic.NestedDraws`), and all problems of one shape
are factorised as one batch. The numbers equal those of the functions for a single problem:
`generate`, the aligner, the metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import groupby
from numbers import Real
from threading import Lock

import numpy as np
import pandas as pd

from alignlab import linalg, metrics
from alignlab.aligners.alignment import Maps
from alignlab.aligners.registry import ALIGNERS
from alignlab.checks import InputError, as_count, as_values
from alignlab.data.synthetic import NestedDraws, SyntheticSpec
from alignlab.linalg import Array
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.work import Progress, finish, shared_out

HELD_OUT = 500
"""Number of held-out pairs, which follow the n fitted ones."""

SPREAD = (10, 90)
"""Percentiles over seeds at the edges of a band."""

BATCH_NUMBERS = 300_000
"""A batch has about this many numbers, so that it fits into the CPU cache."""

SEED_NUMBERS = 20_000_000
"""The draws of seeds that are computed together have at most about this many numbers."""

SMALL_NUMBERS, SMALL_PROBLEM, SMALL_COUNT = 1_000_000, 16_000, 1_000
"""A small evaluation has at most so many numbers in all and in one problem, and so many problems.

It takes some hundredths of a second: handing it to threads would take longer than it saves.
"""


class Embedded:
    """A batch of b problems with their embeddings, and the distances measured so far.

    X1 : (b, n, d1), X2 : (b, n, d2), Z : (b, n, k) the true latent, Z1, Z2 : (b, n, k').
    """

    def __init__(self, maps: Maps, X1: Array, X2: Array, Z: Array) -> None:
        self.maps, self.X1, self.X2, self.Z = maps, X1, X2, Z
        self.Z1, self.Z2 = maps.embed(X1, X2)
        self._distances: dict[tuple[str, str], Array] = {}

    def distances(self, first: str, second: str) -> Array:
        """Between the rows of two of its arrays (b, n)."""
        if (first, second) not in self._distances:
            apart = linalg.lengths(getattr(self, first) - getattr(self, second))
            self._distances[first, second] = apart
        return self._distances[first, second]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The same rows of every problem of a batch; X1, X2, Z, Z1 and Z2 as in `Embedded`."""

    whole: Embedded
    which: slice

    def __getattr__(self, name: str) -> Array:
        if name not in ("X1", "X2", "Z", "Z1", "Z2"):
            raise AttributeError(name)
        return getattr(self.whole, name)[:, self.which]

    def mean_distance(self, first: str, second: str) -> Array:
        """Mean distance (b,) between the rows of two of the arrays."""
        distances = self.whole.distances(first, second)[:, self.which]
        return distances.sum(-1) / distances.shape[-1]

    @cached_property
    def onto_latent(self) -> tuple[Array, Array]:
        """The least-squares maps (b, k', k) of Z1 and Z2 onto Z; zeros where these are NaN."""
        Z1, Z2 = (linalg.zero_for_nan(Z) for Z in (self.Z1, self.Z2))
        return linalg.least_squares_map(Z1, self.Z), linalg.least_squares_map(Z2, self.Z)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure of merit.

    label : its name in the app.
    measure : its value (b,) on some rows, given the rows on which the maps were fitted.
    """

    label: str
    measure: Callable[[Rows, Rows], Array]


def _mlre(rows: Rows, fitted: Rows) -> Array:
    if rows.Z1.shape != rows.Z.shape:
        return rows.Z[:, 0, 0] * float("nan")
    return (rows.mean_distance("Z", "Z1") + rows.mean_distance("Z", "Z2")) / 2


def _mlre_up_to_linear(rows: Rows, fitted: Rows) -> Array:
    M1, M2 = fitted.onto_latent
    distances = (
        metrics.mean_distance(rows.Z, Zhat @ M) for Zhat, M in ((rows.Z1, M1), (rows.Z2, M2))
    )
    return sum(distances) / 2


def _retrieval(rows: Rows, fitted: Rows) -> Array:
    pools = (linalg.to_numpy(Z[:, :RETRIEVAL_PAIRS]) for Z in (rows.Z1, rows.Z2))
    found = [metrics.retrieval(Z1, Z2) for Z1, Z2 in zip(*pools, strict=True)]
    return linalg.to_device(np.array(found))


def _kept_norm(rows: Rows, fitted: Rows) -> Array:
    kept = (metrics.kept_length(X, Z) for X, Z in ((rows.X1, rows.Z1), (rows.X2, rows.Z2)))
    return sum(kept) / 2


IN_SAMPLE = {
    "cmae": Metric(label="CMAE", measure=lambda rows, _: rows.mean_distance("Z1", "Z2")),
    "ncmae": Metric(
        label="NCMAE",
        measure=lambda rows, _: metrics.mean_distance_of_directions(rows.Z1, rows.Z2),
    ),
    "relative_cmae": Metric(
        label="relative CMAE",
        measure=lambda rows, _: metrics.relative_mean_distance(rows.Z1, rows.Z2),
    ),
    "mlre": Metric(label="MLRE", measure=_mlre),
    "mlre_up_to_linear": Metric(label="MLRE up to linear", measure=_mlre_up_to_linear),
    "retrieval": Metric(label="pair retrieval", measure=_retrieval),
    "kept_norm": Metric(label="kept norm", measure=_kept_norm),
    "latent_norm": Metric(
        label="length of the true latent",
        measure=lambda rows, _: linalg.lengths(rows.Z).mean(-1),
    ),
}
"""Metrics by name, on the fitted pairs; MLRE and kept norm are means of both modalities."""

_PREFIX = "held_out_"

METRICS = (*IN_SAMPLE, *(f"{_PREFIX}{name}" for name in IN_SAMPLE))
"""All names: every metric on the fitted and on held-out pairs."""

SWEPT = (
    "n", "k", "d", "d1", "d2", "d1_share", "noise", "condition", "components", "separation",
    "imbalance", "correlation",
)  # fmt: skip
"""What can be swept: fields of a spec; `d`, the total number of features, half in each modality (an
odd one goes to modality 1); and `d1_share`, the share of d1 in a given d1 + d2."""

_WHOLE = ("n", "k", "d", "d1", "d2", "components")
_NESTED = ("n", "k", "d1", "d2", "noise", "seed")


def sweep(
    spec: SyntheticSpec,
    over: str,
    values: Sequence[float],
    seeds: Sequence[int],
    aligners: Sequence[str],
    metrics: Sequence[str],
    progress: Progress = None,
) -> pd.DataFrame:
    """Measure aligners on synthetic pairs while one field of the spec varies.

    Parameters
    ----------
    spec : the fixed fields; its seed is not used. `spec.n` pairs are fitted.
    over : the swept field, one of `SWEPT`.
    values : of that field; an impossible value (k above d1 + d2, say) gives no rows, and neither
        does one beyond the limit of an aligner.
    seeds : of the draws.
    aligners : public names, keys of `aligners.registry.ALIGNERS`.
    metrics : names from `METRICS`. The prefix "held_out_" measures on the `HELD_OUT` pairs that
        the same seed would draw next; retrieval is among the first `RETRIEVAL_PAIRS`.
    progress : called with (done, total), the measured problems (value, seed), or a bar:
        `progress=tqdm()`. An exception raised there, such as KeyboardInterrupt, stops the work.

    Returns
    -------
    A tidy frame: one row per value, seed and aligner, in this order, with a column named after
    `over`, `seed`, `aligner`, and one per metric. Undefined metrics are NaN: MLRE of an aligner
    whose space has another dimension than z, normalised metrics of zero latents.

    Raises
    ------
    ValueError
        An unknown name, a value that is not a number, or no seeds.

    Source: the robustness analysis of Kamboj and Do, "Towards Achieving Perfect Multimodal
    Alignment", Figure 4.

    Examples
    --------
    With four features in total, a latent with k = 2 leaves two null directions, enough for exact
    alignment; one with k = 3 leaves one, too few:

    >>> import alignlab as al
    >>> table = al.sweep(
    ...     al.SyntheticSpec(n=100, d1=2, d2=2), over="k", values=[2, 3, 5], seeds=[0, 1],
    ...     aligners=["perfect_alignment"], metrics=["cmae"],
    ... )
    >>> table.columns.tolist()
    ['k', 'seed', 'aligner', 'cmae']
    >>> (table.cmae < 1e-9).groupby(table.k).all().to_dict()  # k = 5 exceeds d1 + d2: no rows
    {2: True, 3: False}
    """
    plan = Plan(
        sweeps=(Sweep(spec=spec, over=over, values=as_values(values, "values", "sweep")),),
        seeds=as_values(seeds, "seeds", "sweep"),
        aligners=tuple(aligners),
        metrics=tuple(metrics),
    )
    evaluation = plan.evaluation()
    finish(evaluation, progress, "sweep")
    return evaluation.frame({over: list(plan.sweeps[0].values)})


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """The sweep of one field `over` of a spec, or of two fields against each other.

    over2, values2 : the second field, or None and none.
    """

    spec: SyntheticSpec
    over: str
    values: tuple[float, ...]
    over2: str | None = None
    values2: tuple[float, ...] = ()

    def points(self) -> Iterator[tuple[float, float | None, SyntheticSpec | None]]:
        """Every point: its value, that of the second field, and its spec or None if impossible."""
        for value2 in self.values2 if self.over2 else (None,):
            for value in self.values:
                yield value, value2, self._point(value, value2)

    def _point(self, value: float, value2: float | None) -> SyntheticSpec | None:
        if self.over2 is None or value2 is None:
            return point(self.spec, self.over, value)
        # in one of the two orders the intermediate spec may be impossible
        changes = (self.over, value), (self.over2, value2)
        for (first, a), (second, b) in (changes, changes[::-1]):
            between = point(self.spec, first, a)
            if between is not None and (spec := point(between, second, b)) is not None:
                return spec
        return None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Several sweeps with the same seeds, aligners and metrics, measured together."""

    sweeps: tuple[Sweep, ...]
    seeds: tuple[int, ...]
    aligners: tuple[str, ...]
    metrics: tuple[str, ...]

    def evaluation(self) -> Evaluation:
        """The measurement of all points, not yet started; ValueError as `sweep`."""
        specs = [spec for sweep in self.sweeps for _, _, spec in sweep.points()]
        return Evaluation(specs, self.seeds, self.aligners, self.metrics)

    def frame(self, evaluation: Evaluation) -> pd.DataFrame:
        """The results: columns `sweep` (its number), `value`, `value2` if there is a second field,
        `seed`, `aligner`, and the metrics.
        """
        points = [(i, *at) for i, sweep in enumerate(self.sweeps) for at in sweep.points()]
        columns: dict[str, list] = {"sweep": [at[0] for at in points]}
        columns["value"] = [at[1] for at in points]
        if any(sweep.over2 for sweep in self.sweeps):
            columns["value2"] = [at[2] for at in points]
        return evaluation.frame(columns)


def run(plan: Plan, progress: Progress = None) -> pd.DataFrame:
    """Measure a whole plan; returns `Plan.frame`."""
    evaluation = plan.evaluation()
    finish(evaluation, progress, "sweep")
    return plan.frame(evaluation)


def means(table: pd.DataFrame) -> pd.DataFrame:
    """The mean of every metric over seeds, one row per point and aligner, and the count `seeds`.

    table : a frame of `Plan.frame`.
    """
    keys = [name for name in ("sweep", "value2", "value", "aligner") if name in table]
    grouped = table.groupby(keys, sort=False, dropna=False)
    found = grouped[[name for name in table if name in METRICS]].mean()
    return found.assign(seeds=grouped.size().astype(float))


def point(spec: SyntheticSpec, over: str, value: float) -> SyntheticSpec | None:
    """The spec with one field (of `SWEPT`) changed; None if that spec is impossible.

    ValueError for an unknown field or a value that is not a finite number.
    """
    if over not in SWEPT:
        raise InputError("sweep", f"over = {over!r} is not known: use one of {', '.join(SWEPT)}")
    if isinstance(value, bool) or not isinstance(value, Real) or not np.isfinite(float(value)):
        raise InputError("sweep", f"{over} = {value!r} is not a finite number")
    if over in _WHOLE and value != int(value):
        raise InputError("sweep", f"{over} = {value} is not a whole number: round the values")
    number = int(value) if over in _WHOLE else float(value)
    try:
        if over == "d":
            return replace(spec, d1=int(number + 1) // 2, d2=int(number) // 2)
        if over == "d1_share":
            total = spec.d1 + spec.d2
            d1 = round(number * total)
            return replace(spec, d1=d1, d2=total - d1)
        return replace(spec, **{over: number})
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """An evaluation over its seeds, each (specs, aligners, metrics), NaN where not yet measured.

    mean : the arithmetic mean; low, high : the percentiles of `SPREAD`.
    seeds : (specs, aligners), number of seeds measured.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: np.ndarray


class Evaluation:
    """Many specs, each with the same seeds, aligners and metrics, measured batch by batch.

    values : (specs, seeds, aligners, metrics), filled during `run`; NaN where undefined.
    measured : (specs, seeds, aligners), whether there is a result.
    impossible : (specs, aligners), whether the spec or the aligner excludes it.
    done, total : problems (spec, seed) measured so far, and in all.
    """

    def __init__(
        self,
        specs: Sequence[SyntheticSpec | None],
        seeds: Sequence[int],
        aligners: Sequence[str],
        metrics: Sequence[str],
    ) -> None:
        self.specs = list(specs)
        self.seeds = [as_count(seed, "seed", "sweep", 0) for seed in seeds]
        self.aligners, self.metrics = list(aligners), list(metrics)
        _check_names("aligner", self.aligners, ALIGNERS)
        _check_names("metric", self.metrics, METRICS)
        if not self.seeds:
            raise InputError("sweep", "there are no seeds: give at least one")
        shape = (len(self.specs), len(self.seeds), len(self.aligners))
        self.values = np.full((*shape, len(self.metrics)), np.nan)
        self.measured = np.zeros(shape, dtype=bool)
        allowed = [[_allows(spec, aligner) for aligner in self.aligners] for spec in self.specs]
        self.impossible = ~np.array(allowed, dtype=bool).reshape(shape[0], shape[2])
        self._possible = np.flatnonzero(~self.impossible.all(axis=1)).tolist()
        self.done, self.total = 0, len(self._possible) * len(self.seeds)
        self._counting = Lock()
        self._trained = any(ALIGNERS[name].trained for name in self.aligners)
        self._by_rows = any(ALIGNERS[name].nested is None for name in self.aligners)
        held_out = any(name.startswith(_PREFIX) for name in self.metrics)
        self._more = HELD_OUT if held_out else 0

    def run(self) -> Iterator[None]:
        """Measure, yielding after every batch; the first seed comes first. Close it to stop.

        The seeds are distributed over as many threads as there are cores. Small evaluations run in
        the calling thread, all seeds of one shape together.
        """
        if self._small():
            yield from self._run_seeds(slice(0, len(self.seeds)))
            return
        workers = linalg.threads()
        yield from shared_out(self._slices(workers), self._run_seeds, workers)

    def frame(self, columns: dict[str, list[float]]) -> pd.DataFrame:
        """The results so far as a tidy frame; `columns` identify the specs, one value each."""
        # a copy: numpy counts first and fills afterwards, and workers may write meanwhile
        at, seed, aligner = np.nonzero(self.measured.copy())
        table = {name: np.array(values)[at] for name, values in columns.items()}
        table["seed"] = np.array(self.seeds)[seed]
        table["aligner"] = np.array(self.aligners, dtype=object)[aligner]
        found = self.values[at, seed, aligner]
        return pd.DataFrame(table | {name: found[:, j] for j, name in enumerate(self.metrics)})

    def summary(self) -> Summary:
        """Mean and spread over the seeds measured so far."""
        values = self.values.copy()
        known = np.isfinite(values)
        count = known.sum(axis=1)
        total = np.where(known, values, 0.0).sum(axis=1)
        mean, low, high = (np.full(count.shape, np.nan) for _ in range(3))
        np.divide(total, count, out=mean, where=count > 0)
        if known.any():
            per_seed = np.moveaxis(values, 1, -1)[count > 0]
            low[count > 0], high[count > 0] = np.nanpercentile(per_seed, SPREAD, axis=-1)
        seeds = self.measured.copy().sum(axis=1)
        return Summary(mean=mean, low=low, high=high, seeds=seeds)

    def _run_seeds(self, which: slice) -> Iterator[None]:
        """All specs with some of the seeds, in batches of equal shape."""
        draws = {
            family: NestedDraws(specs, self.seeds[which])
            for family, specs in self._families().items()
        }
        for batch in self._batches(len(self.seeds[which])):
            yield from self._run_batch(batch, which, draws)

    def _run_batch(
        self, batch: list[list[int]], which: slice, draws: dict[tuple, NestedDraws]
    ) -> Iterator[None]:
        """The specs of one of `_batches`, yielding after each n."""
        columns = _views(draws, self._drawn(batch[0]))
        # Where several bases fit equally well, the last bits decide: most aligners get the rows as
        # `generate` stores them. Only those with `nested` do not depend on it.
        rows = [np.ascontiguousarray(part) for part in columns] if self._by_rows else columns
        fits: list[tuple[Iterator[Maps], list[Array]]] = []
        for a, name in enumerate(self.aligners):
            data = [linalg.to_device(X) for X in (columns if ALIGNERS[name].nested else rows)]
            counts = [self._spec(at[0]).n for at in batch if not self.impossible[at[0], a]]
            k = self._spec(batch[0][0]).k
            fits.append((ALIGNERS[name].fit_nested(data[0], data[1], counts, k), data))
        embedded: dict[int, Embedded] = {}
        for indices in batch:
            n, block = self._spec(indices[0]).n, (len(indices), len(rows[0]) // len(indices))
            for a, (fit, data) in enumerate(fits):
                if self.impossible[indices[0], a]:
                    continue
                maps = next(fit)
                if a not in embedded or maps.W1 is not embedded[a].maps.W1:
                    embedded[a] = Embedded(maps, *(part[:, : n + self._more] for part in data))
                self.values[indices, which, a] = self._measure(embedded[a], n).reshape(*block, -1)
                mapped = linalg.to_numpy(maps.W1[:, 0, 0] == maps.W1[:, 0, 0])  # not NaN
                self.measured[indices, which, a] = mapped.reshape(block)
            with self._counting:
                self.done += len(rows[0])
            yield

    def _measure(self, embedded: Embedded, n: int) -> np.ndarray:
        """Every metric (b, metrics) of one aligner on a batch whose first n pairs are fitted."""
        fitted = Rows(whole=embedded, which=slice(0, n))
        held_out = Rows(whole=embedded, which=slice(n, n + self._more)) if self._more else fitted
        columns = []
        for name in self.metrics:
            metric = IN_SAMPLE[name.removeprefix(_PREFIX)]
            chosen = held_out if name.startswith(_PREFIX) else fitted
            columns.append(linalg.to_numpy(metric.measure(chosen, fitted)))
        return np.stack(columns, axis=-1) if columns else np.empty((len(embedded.X1), 0))

    def _shape(self, index: int) -> tuple[int, int, int, int]:
        spec = self._spec(index)
        return spec.k, spec.n, spec.d1, spec.d2

    def _spec(self, index: int) -> SyntheticSpec:
        spec = self.specs[index]
        assert spec is not None  # only possible ones are requested
        return spec

    def _drawn(self, indices: Sequence[int]) -> list[SyntheticSpec]:
        """The specs with the held-out pairs added."""
        specs = [self._spec(index) for index in indices]
        return [replace(spec, n=spec.n + self._more) for spec in specs] if self._more else specs

    def _families(self) -> dict[tuple, list[SyntheticSpec]]:
        """The specs that share draws."""
        families: dict[tuple, list[SyntheticSpec]] = {}
        for spec in self._drawn(self._possible):
            families.setdefault(_family(spec), []).append(spec)
        return families

    def _small(self) -> bool:
        """Whether all of it is computed within some hundredths of a second (`SMALL_NUMBERS`)."""
        if self._trained:
            return False
        distances = RETRIEVAL_PAIRS * sum(name.endswith("retrieval") for name in self.metrics)
        problems = [
            (spec.n + self._more) * (spec.d1 + spec.d2 + min(spec.n, distances))
            for spec in map(self._spec, self._possible)
        ]
        count = len(self.seeds) * len(self.aligners)
        return (
            len(problems) * count <= SMALL_COUNT
            and sum(problems) * count <= SMALL_NUMBERS
            and max(problems, default=0) <= SMALL_PROBLEM
        )

    def _slices(self, workers: int) -> list[slice]:
        """The seeds in slices: the first one alone, so that all points appear early."""
        if not self.total:
            return []
        numbers = sum(
            max(s.n for s in specs)
            * (max(s.k for s in specs) + 2 * max(s.d1 + s.d2 for s in specs))
            for specs in self._families().values()
        )
        fitting = SEED_NUMBERS // (numbers * workers)
        even = 1 if self._trained else -(-(len(self.seeds) - 1) // workers)
        at_once = int(np.clip(fitting, 1, np.clip(even, 1, 16)))
        stops = [*range(1, len(self.seeds), at_once), len(self.seeds)]
        return [slice(a, b) for a, b in zip([0, *stops], stops, strict=False) if b > a]

    def _batches(self, seeds: int) -> list[list[list[int]]]:
        """The possible specs in batches, k ascending: lists of the indices that have the same n.

        A batch has specs of one shape, or, for aligners that gain from it, of descending n and
        otherwise equal: their pairs are the first ones of the largest.
        """
        nests: dict[object, list[int]] = {}
        nested = any(ALIGNERS[name].nested for name in self.aligners)
        for index in sorted(self._possible, key=self._shape):
            nests.setdefault(_but_n(self._spec(index)) if nested else index, []).append(index)
        batches = [[[index] for index in nest[::-1]] for nest in nests.values() if len(nest) > 1]
        alone = [nest[0] for nest in nests.values() if len(nest) == 1]
        for _, members in groupby(alone, key=self._shape):
            batches += [[piece] for piece in self._pieces(list(members), seeds)]
        return sorted(batches, key=lambda batch: self._shape(batch[0][0]))

    def _pieces(self, members: list[int], seeds: int) -> list[list[int]]:
        _, n, d1, d2 = self._shape(members[0])
        step = max(1, BATCH_NUMBERS // ((n + self._more) * (d1 + d2) * seeds))
        step = 1 if self._trained else step  # for frequent progress and quick cancelling
        return [members[start : start + step] for start in range(0, len(members), step)]


def _allows(spec: SyntheticSpec | None, aligner: str) -> bool:
    return spec is not None and ALIGNERS[aligner].allows(spec.n, spec.d1, spec.d2, spec.k)


def _family(spec: SyntheticSpec) -> tuple:
    return tuple(getattr(spec, field.name) for field in fields(spec) if field.name not in _NESTED)


def _views(
    draws: dict[tuple, NestedDraws], specs: Sequence[SyntheticSpec]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X1, X2 and Z of all specs, which have one shape, each (specs x seeds, n, d)."""
    k, n, d1, d2 = specs[0].k, specs[0].n, specs[0].d1, specs[0].d2
    first = draws[_family(specs[0])]
    if len(specs) == 1:
        return first.views(specs[0])
    seeds = len(first.Z)
    stack, Z = (np.empty((len(specs) * seeds, d, n)).mT for d in (d1 + d2, k))
    for i, spec in enumerate(specs):
        part = slice(i * seeds, (i + 1) * seeds)
        Z[part] = draws[_family(spec)].fill(spec, stack[part])[2]
    return stack[..., :d1], stack[..., d1:], Z


def _but_n(spec: SyntheticSpec) -> tuple:
    return (*_family(spec), spec.k, spec.d1, spec.d2, spec.noise)


def _check_names(kind: str, names: Sequence[str], known: Sequence[str] | dict) -> None:
    for name in names:
        if name not in known:
            raise InputError("sweep", f"{kind} {name!r} is not known: use {', '.join(known)}")
