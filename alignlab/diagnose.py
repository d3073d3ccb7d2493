"""Which regime of the phase diagram a set of paired embeddings is in, from pairs and few labels.

1. Each view is centred and reduced to at most 100 principal components, or as many as are asked
   for (`reduction`).
2. Labels split the whitened views into what is shared and seen by labels, and the rest
   (`label_split`); what labels do not see counts as nuisance.
3. Signal and nuisance values of C and A are corrected for what n, d1 and d2 alone produce
   (`separation`); so `regime` reads the population, and `sample` what training on these pairs sees.
4. Halves of the rows, drawn from block moments, give intervals and support (`verdict`).
5. A permutation null says whether there are pairs at all (`pairing`).

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
from dataclasses import dataclass

import numpy as np

from alignlab import linalg
from alignlab.block_moments import BLOCKS, BlockMoments, Dealer, halves
from alignlab.checks import as_count, as_real, as_view, check_varies
from alignlab.label_columns import LabelColumns
from alignlab.label_split import Whitened, fitted, label_rank, split
from alignlab.pairing import PERMUTATIONS, Pairing, Pairs
from alignlab.passes import Gathering, Survey, check_again, check_count, check_rows
from alignlab.reduction import COMPONENTS, Reduction
from alignlab.separation import Values, as_sampled, corrected
from alignlab.spiked import OBJECTIVES
from alignlab.verdict import UNDETERMINED, Recommendation, Resampled, Verdict, recommend

Chunk = tuple  # (X, Y) or (X, Y, labels)
Chunks = Callable[[], Iterable[Chunk]]

FEWEST_LABELS = 20

KEPT = 5000
"""At most so many rows are held for the permutation null."""

COUPLED = 4.0
"""Pairs count as such where the coupling is so many deviations above its permutation null."""

AGAIN = 3
"""Rounds of the split in a resample, which starts from that of all rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """Singular components of C, A or A reversed, in the sample.

    values : (c,), descending. r2 : (c,), how well each component's scores explain the labels,
    summed over label columns (C: both views' scores, A: the source's). shared : (c,), share of
    each component's direction in the source within the directions that labels see.
    floor : 95 % quantile of the largest value when pairs are broken; NaN before it is known.
    """

    values: np.ndarray
    r2: np.ndarray
    shared: np.ndarray
    floor: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One reading of the ratios: regime, Delta, signal values (k,) and largest nuisance values.

    ratios, signal and nuisance go by the names of `spiked.OBJECTIVES`.
    """

    regime: Verdict
    ratios: dict[str, float]
    signal: dict[str, np.ndarray]
    nuisance: dict[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """What pairs and labels say of the phase diagram.

    regime : by CA and forward CP in the population, or "Undetermined", then `reason` says why.
    delta_ca, delta_cp, delta_cp_reverse : corrected `Delta = min signal / max nuisance`; infinite
        where no nuisance stands above noise; NaN without label directions.
    intervals : 90 % intervals of these by the names of `spiked.OBJECTIVES`.
    support : share of resamples in the regime that all rows together are in; NaN before the first.
    recommendation : objective and direction; `objective` "none" where there is nothing to train.
    population, sample : the corrected reading, and the uncorrected one: what training on these
        pairs sees. None without label directions.
    directions : k, how many directions labels see. axes : whether these were taken as invariant
        directions of the views' own covariances too.
    spectra : components by objective. pairing : strength of the pairing; None until measured.
    cloud : (3, r) ratios of the resamples, moved so that their median is that of all rows.
    n, labelled : rows and labelled rows. components, explained : principal components of x and y
        that were kept, and the share of variance in them. resamples : so many so far.
    """

    regime: Verdict
    reason: str
    delta_ca: float
    delta_cp: float
    delta_cp_reverse: float
    intervals: dict[str, tuple[float, float]]
    support: float
    recommendation: Recommendation
    population: Reading | None
    sample: Reading | None
    directions: int
    axes: bool
    spectra: dict[str, Component]
    pairing: Pairing | None
    cloud: np.ndarray
    n: int
    labelled: int
    components: tuple[int, int]
    explained: tuple[float, float]
    resamples: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Gathered:
    """What both readings of the data leave: all that a verdict is made of.

    x, y : the reductions. moments : of their scores and the labels, by block. labelled : whether
    labels were given. pairs : rows for the permutation null, or what it was found to be.
    ridge : in units of the mean variance; not in the moments yet, but in what pairs measure.
    """

    x: Reduction
    y: Reduction
    moments: BlockMoments
    labelled: bool
    pairs: Pairs
    ridge: float = 0.0


def diagnose(
    X: np.ndarray,
    Y: np.ndarray,
    labels: object = None,
    seed: int = 0,
    resamples: int = 50,
    *,
    components: int = COMPONENTS,
    ridge: float = 0.0,
) -> Diagnosis:
    """Locate paired embeddings in the phase diagram.

    Parameters
    ----------
    X : (n, d1), Y : (n, d2), row i of both the same thing, n of at least 30. Dask arrays or
        dataframes are read where they lie, in two passes of a cluster's workers, or of Dask's
        default scheduler: the same verdict, and no rows but those of the null come here.
    labels : (n,) class names or numbers, or (n, p) numbers, of which NaN or None are missing; at
        least 20 must be there. One column of up to 30 different integers is taken for classes.
        None gives spectra and pairing only: without labels signal and correlated nuisance cannot
        be told apart.
    seed : of the resamples and the null.
    resamples : halves of the rows behind intervals and support.
    components : at most so many principal components of a view are kept, at least 1.
    ridge : added to the variance of every component before whitening, in units of their mean
        variance in the view. It damps what components of little variance share; the correction for
        noise knows nothing of it, so that all values are shrunk where it is not small.

    Raises ValueError naming cause and remedy: unequal rows, NaN or infinite values, text, a
    constant view, identical views, too few rows or labels, labels that do not vary.
    """
    work = Work.of(X, Y, labels, seed, resamples, components=components, ridge=ridge)
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
) -> Diagnosis:
    """`diagnose` for data larger than memory; the same verdict, however the rows are cut.

    Parameters
    ----------
    chunks : a function without arguments that returns the chunks (X, Y) or (X, Y, labels) anew
        each time: they are read twice, for the principal components and for the moments.
    """
    work = Work(chunks, seed, resamples, components=components, ridge=ridge)
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
    ) -> None:
        self.chunks: Chunks | None = chunks
        self.components = as_count(components, "components", "diagnose", 1)
        self.ridge = as_real(ridge, "ridge", "diagnose", 0, np.inf)
        self.seed = as_count(seed, "seed", "diagnose", 0)
        self.resamples = as_count(resamples, "resamples", "diagnose", 2)
        self.done, self.ready = 0, False
        self._aside = PERMUTATIONS + 2 + self.resamples
        self.total = 4 + self._aside
        self.gathered: Gathered | None = None
        self._ratios = np.empty((3, 0))

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
    ) -> Work:
        """The work for arrays; they are checked at once, those of Dask as they are read."""
        if any(type(data).__module__.startswith("dask.") for data in (X, Y, labels)):
            from alignlab.dask_work import DaskWork, partitions  # Dask is optional

            return DaskWork(
                partitions(X, Y, labels), seed, resamples, components=components, ridge=ridge
            )
        X, Y = as_view(X, "X", "diagnose"), as_view(Y, "Y", "diagnose")
        check_rows(len(X), len(Y), None if labels is None else len(np.asarray(labels)))
        for name, view in (("X", X), ("Y", Y)):
            check_varies(view, name, "diagnose")
        check_count(len(X))
        if X.shape == Y.shape and np.array_equal(X, Y):
            raise ValueError(
                "diagnose: X and Y are identical, so that every direction is shared: give two "
                "different views of the same things"
            )
        if labels is not None:
            LabelColumns.of(labels)
        chunk = (X, Y) if labels is None else (X, Y, labels)
        return cls(lambda: [chunk], seed, resamples, components=components, ridge=ridge)

    @classmethod
    def after(cls, gathered: Gathered, seed: int = 0, resamples: int = 50) -> Work:
        """The work that is left when the data have been read; `gathered` settles all else."""
        work = cls(lambda: [], seed, resamples)
        work.gathered = gathered
        return work

    def run(self) -> Iterator[None]:
        """Work; close it to stop."""
        try:
            with linalg.one_thread_each():  # many small problems: threads in them would only wait
                for _ in self._steps():
                    self.done += 1
                    self.total = max(self.total, self.done + self._aside)
                    yield
        finally:
            self.chunks = None
        self.total = self.done

    def _steps(self) -> Iterator[None]:
        if self.gathered is None:
            yield from self._reduce()
            yield from self._gather()
        assert self.gathered is not None
        self._estimate(self.gathered)
        self.ready = True
        yield
        if self.gathered.pairs.found is None:
            for _ in self.gathered.pairs.run():
                self._aside -= 1
                yield
        for part in self._batches():
            self._resample(part)
            self._aside -= len(part)
            yield

    def _reduce(self) -> Iterator[None]:
        """First pass: principal components, and what labels there are."""
        survey = Survey()
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
        )

    def _read(self) -> Iterator[tuple[np.ndarray, np.ndarray, object]]:
        assert self.chunks is not None
        for chunk in self.chunks():
            X, Y, labels = (*chunk, None)[:3]
            X, Y = as_view(X, "X", "diagnose", 1), as_view(Y, "Y", "diagnose", 1)
            check_rows(len(X), len(Y), None if labels is None else len(np.asarray(labels)))
            yield X, Y, labels

    def _estimate(self, gathered: Gathered) -> None:
        """The first verdict: all rows."""
        self.x, self.y, self.labelled = gathered.x, gathered.y, gathered.labelled
        everything, plain = np.ones((1, BLOCKS)), gathered.moments
        self.moments = plain.ridged(gathered.ridge) if gathered.ridge else plain
        self.white = Whitened.of(self.moments.covariances(everything))
        # what labels see is tested without ridge, which would hide it from the test
        untouched = Whitened.of(plain.covariances(everything)) if gathered.ridge else self.white
        if self.labelled and self.white.m[0] < FEWEST_LABELS:
            raise ValueError(
                f"diagnose: {int(self.white.m[0])} rows have a label, at least {FEWEST_LABELS} are "
                "needed: label more rows, or give labels=None"
            )
        most = min(self.moments.d1, self.moments.d2)
        self.k = min(most, label_rank(untouched)) if self.labelled else 0
        self.axes = False
        if not self.k:
            return
        self.axes, self.parts = fitted(self.white, self.k)
        self.population = corrected(self.moments, everything, self.white, self.parts)
        self.sample = as_sampled(self.white, self.parts)

    def _batches(self) -> Iterator[np.ndarray]:
        """Halves of the blocks, as many at once as stay within the processor's cache."""
        chosen = halves(self.resamples if self.k else 0, self.seed)
        width = self.moments.d1 + self.moments.d2
        step = max(1, 100_000 // width**2)
        return (chosen[start : start + step] for start in range(0, len(chosen), step))

    def _resample(self, chosen: np.ndarray) -> None:
        white = Whitened.of(self.moments.covariances(chosen))
        parts = split(white, self.k, axes=self.axes, rounds=AGAIN, start=self.parts)
        found = corrected(self.moments, chosen, white, parts).ratios
        self._ratios = np.concatenate([self._ratios, found], axis=1)

    def result(self) -> Diagnosis:
        """What is known so far; from `ready` on."""
        if not self.ready:
            raise RuntimeError("diagnose: nothing is known yet: run until `ready`")
        assert self.gathered is not None
        pairing = self.gathered.pairs.found
        nan = np.full(3, np.nan)
        ratios = self.population.ratios[:, 0] if self.k else nan
        resampled = Resampled(ratios=ratios, resamples=self._ratios)
        reason = self._obstacle(pairing) or self._nothing_left()
        reason = reason or (resampled.doubt if self.k else "")
        regime = UNDETERMINED if reason else resampled.regime
        if reason:
            recommendation = Recommendation(objective="none", direction="", reason=reason)
        else:
            recommendation = recommend(ratios)
        return Diagnosis(
            regime=regime,
            reason=reason,
            delta_ca=float(ratios[0]),
            delta_cp=float(ratios[1]),
            delta_cp_reverse=float(ratios[2]),
            intervals={name: resampled.interval(name) for name in OBJECTIVES},
            support=resampled.support if self.k else float("nan"),
            recommendation=recommendation,
            population=self._reading(self.population) if self.k else None,
            sample=self._reading(self.sample) if self.k else None,
            directions=self.k,
            axes=self.axes,
            spectra=self._spectra(pairing),
            pairing=pairing,
            cloud=resampled.cloud,
            n=int(self.moments.rows().sum()),
            labelled=int(self.white.m[0]),
            components=(self.moments.d1, self.moments.d2),
            explained=(self.x.explained, self.y.explained),
            resamples=resampled.cloud.shape[1],
        )

    @property
    def _units(self) -> np.ndarray:
        """Units of C, A and A reversed, which has those of its target."""
        return np.array([1.0, self.y.unit, self.x.unit])

    def _reading(self, values: Values) -> Reading:
        ratios = values.ratios[:, 0]
        signal = values.signal[:, 0] * self._units[:, None]
        nuisance = values.nuisance[:, 0] * self._units
        return Reading(
            regime=Resampled(ratios=ratios, resamples=np.empty((3, 0))).regime,
            ratios=dict(zip(OBJECTIVES, ratios.tolist(), strict=True)),
            signal=dict(zip(OBJECTIVES, signal, strict=True)),
            nuisance=dict(zip(OBJECTIVES, nuisance.tolist(), strict=True)),
        )

    def _nothing_left(self) -> str:
        """Said where label directions fill what is kept of a view, of which more was cut off."""
        cut = min(self.x.explained, self.y.explained) < 1 - 1e-9
        if not self.k or not cut or self.k < min(self.moments.d1, self.moments.d2):
            return ""
        return (
            f"labels see all {self.k} directions that are kept of a view, so that nothing is left "
            "which could be nuisance: keep more components, or bring more pairs to allow them"
        )

    def _obstacle(self, pairing: Pairing | None) -> str:
        """Why no verdict can be given, whatever the ratios; empty where one can."""
        if not self.labelled:
            return (
                "there are no labels: without them signal cannot be told from correlated nuisance; "
                "label some rows"
            )
        if pairing is not None and pairing.coupling.z < COUPLED:
            return (
                f"no signal found: the views are coupled no more than permuted pairs are (p = "
                f"{pairing.coupling.p:.2f}); check that row i of both views is the same thing"
            )
        if not self.k:
            return (
                f"no signal found: neither view tells the labels of {int(self.white.m[0])} rows "
                "better than chance; label more rows, or other properties"
            )
        return ""

    def _spectra(self, pairing: Pairing | None) -> dict[str, Component]:
        white = self.white
        C, root_x, root_y = white.C[0], white.root_x[0], white.root_y[0]
        floor = np.full(3, np.nan)
        if pairing is not None:
            floor = pairing.floor * np.sqrt(pairing.rows / white.n[0])
        # correlations of the whitened views with each label column
        S = self.moments.covariances(np.ones((1, BLOCKS)))
        spread = np.sqrt(np.maximum(np.diagonal(S.ll[0]), np.finfo(float).tiny))
        label_x, label_y = white.to_x[0] @ S.xl[0] / spread, white.to_y[0] @ S.yl[0] / spread
        found = {}
        couplings = (C, C @ root_y, (root_x @ C).T)
        for name, M, unit, level in zip(OBJECTIVES, couplings, self._units, floor, strict=True):
            U, values, V = linalg.singular_triplets(M, min(M.shape))
            own, other = (label_y, label_x) if name == "cp_reverse" else (label_x, label_y)
            a, b = U.T @ own, V.T @ other
            r2 = a**2
            if name == "ca":
                s = np.minimum(values, 1 - linalg.RCOND)[:, None]
                r2 = (a**2 + b**2 - 2 * s * a * b) / (1 - s**2)
            shared = np.full(len(values), np.nan)
            if self.k:
                basis = self.parts.Uy[0] if name == "cp_reverse" else self.parts.Ux[0]
                shared = ((U.T @ basis) ** 2).sum(1)
            found[name] = Component(
                values=values * unit,
                r2=r2.clip(0, 1).sum(1),
                shared=shared,
                floor=float(level * unit),
            )
        return found
