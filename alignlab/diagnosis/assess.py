"""From moments to a diagnosis: verdict on all rows, then scores, permutation null and resamples.

These are steps 2 to 6 of `run`, whose docstring explains them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.data.label_reading import IDENTIFY, LabelReading
from alignlab.diagnosis.advice import Advice
from alignlab.diagnosis.block_moments import BLOCKS, BlockMoments, Covariances, halves
from alignlab.diagnosis.estimates import Values, as_sampled, corrected
from alignlab.diagnosis.label_scores import CURVE, DIVISIONS, Labelled, LabelScores, Scoring
from alignlab.diagnosis.label_scores import FEWEST as FEWEST_LABELS
from alignlab.diagnosis.left_out import LeftOut, left_out
from alignlab.diagnosis.pairing import COUPLED, Pairing, Pairs
from alignlab.diagnosis.reduction import Reduction, Scale
from alignlab.diagnosis.result import Component, Diagnosis, Reading, Rescaled
from alignlab.diagnosis.shared_directions import Whitened, fitted, label_rank, split
from alignlab.diagnosis.stretch_words import broken_words
from alignlab.diagnosis.verdict import UNDETERMINED, Recommendation, Resampled, recommend
from alignlab.spiked.model import OBJECTIVES

CLEARLY = 1.25
"""With the other scale there are no resamples; its regime counts only if both ratios differ from 1
by more than this factor."""

AGAIN = 3
"""Iterations of the split in a resample, which starts from the split of all rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """The input of held-out scores: labelled rows, and moments of all rows.

    They may have more components than the verdict uses: a probe needs fewer rows per component.
    wide : the same with the components that the verdict leaves out; None if there are none.
    """

    moments: BlockMoments
    rows: Labelled
    wide: tuple[BlockMoments, Labelled] | None = None

    @classmethod
    def of(
        cls, wide: BlockMoments, rows: Labelled, components: int, kept: tuple[int, int]
    ) -> Scored:
        """From all components that were read, of which the verdict uses the `kept` ones."""
        size = min(wide.d1, components), min(wide.d2, components)
        further = kept != (wide.d1, wide.d2)
        return cls(
            moments=wide.leading(*size),
            rows=rows.leading(*size),
            wide=(wide, rows) if further else None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Gathered:
    """The result of both passes over the data: everything that a verdict needs.

    x, y : the reductions. moments : of their scores and the labels, by block. labelled : whether
    labels were given. scored : input of the held-out scores; None without labels.
    pairs : rows for the permutation null, or its result.
    tails : noise relative to Gaussian rows, see `block_moments.heavy_tails`.
    ridge : in units of the mean variance; not yet added to `moments`, but used by `pairs`.
    scale : of the columns.
    labels_read : how the labels were read; None without labels.
    """

    x: Reduction
    y: Reduction
    moments: BlockMoments
    labelled: bool
    pairs: Pairs
    scored: Scored | None = None
    tails: float = 1.0
    ridge: float = 0.0
    scale: Scale = "auto"
    labels_read: LabelReading | None = None


class Diagnosing:
    """The verdict on all rows, available at once; `run` adds scores, permutations and resamples.

    left : upper bound for the remaining steps of `run`.
    """

    def __init__(
        self,
        gathered: Gathered,
        seed: int,
        resamples: int,
        divisions: int = DIVISIONS,
    ) -> None:
        """Compute the first verdict; ValueError with labels on fewer than `FEWEST_LABELS` rows."""
        self.gathered, self.seed = gathered, seed
        everything, plain = np.ones((1, BLOCKS)), gathered.moments
        self.moments = plain.ridged(gathered.ridge) if gathered.ridge else plain
        self.all = self.moments.covariances(everything)
        self.white = self._whitened(self.all)
        # the label subspace is tested without ridge, which would weaken the test
        untouched = self._whitened(plain.covariances(everything)) if gathered.ridge else self.white
        labelled = int(self.white.m[0])
        if gathered.labelled and labelled < FEWEST_LABELS:
            raise InputError(
                "diagnose",
                f"{labelled} rows have a label, at least {FEWEST_LABELS} are needed: "
                "label more rows, or give labels=None",
            )
        most = min(self.moments.d1, self.moments.d2)
        self.k = min(most, label_rank(untouched)) if gathered.labelled else 0
        self.axes = False
        if self.k:
            self.axes, self.parts = fitted(self.white, self.k)
            self.population = corrected(self.moments, everything, self.white, self.parts, seed)
            self.sample = as_sampled(self.white, self.parts)
        self.resamples = resamples if self.k else 0
        self.left = self.resamples + (0 if gathered.pairs.found else gathered.pairs.total)
        self._ratios = np.empty((3, 0))
        self._other: Diagnosing | None = None
        self._left_out: LeftOut | None = None
        self.scores: LabelScores | None = None
        self._scoring: Scoring | None = None
        if gathered.scored is not None and labelled >= FEWEST_LABELS:
            scored = gathered.scored
            curve = CURVE if divisions == DIVISIONS else 0
            self._scoring = Scoring(scored.moments, scored.rows, seed, divisions, curve)
            self.left += self._scoring.total

    def run(self) -> Iterator[None]:
        """Score, measure the pairing unless that is done, then resample; yields often."""
        yield from self._score()
        scored = self.gathered.scored
        if scored is not None and scored.wide is not None:
            kept = self.moments.d1, self.moments.d2
            self._left_out = left_out(*scored.wide, kept, self.seed)
            yield
        if self.gathered.pairs.found is None:
            for _ in self.gathered.pairs.run():
                self.left -= 1
                yield
        for part in self._batches():
            self._resample(part)
            self.left -= len(part)
            yield

    def compare(self, other: Gathered) -> None:
        """Compute the verdict of the same rows with another scale of the columns."""
        found = Diagnosing(other, self.seed, 0, divisions=1)
        for _ in found._score():
            pass
        self._other = found

    def _score(self) -> Iterator[None]:
        if self._scoring is None:
            return
        for _ in self._scoring.run():
            self.left -= 1
            yield
        self.scores = self._scoring.result()
        self._scoring = None

    def _whitened(self, S: Covariances) -> Whitened:
        """Whitened moments, with n replaced by the number of equally noisy Gaussian rows."""
        return replace(white := Whitened.of(S), n=white.n / self.gathered.tails)

    def _batches(self) -> Iterator[np.ndarray]:
        """Halves of the blocks, in batches that fit into the processor's cache."""
        chosen = halves(self.resamples, self.seed)
        width = self.moments.d1 + self.moments.d2
        step = max(1, 100_000 // width**2)
        return (chosen[start : start + step] for start in range(0, len(chosen), step))

    def _resample(self, chosen: np.ndarray) -> None:
        white = self._whitened(self.moments.covariances(chosen))
        parts = split(white, self.k, axes=self.axes, rounds=AGAIN, start=self.parts)
        part = self._ratios.shape[1]  # different folds in every batch
        found = corrected(self.moments, chosen, white, parts, self.seed + part).ratios
        self._ratios = np.concatenate([self._ratios, found], axis=1)

    def result(self) -> Diagnosis:
        """The diagnosis so far."""
        pairing, x, y = self.gathered.pairs.found, self.gathered.x, self.gathered.y
        nan = np.full(3, np.nan)
        ratios = self.population.ratios[:, 0] if self.k else nan
        resampled = Resampled(ratios=ratios, resamples=self._ratios)
        reason = (
            self._obstacle(pairing)
            or self._unseen(ratios)
            or self._unseeing()
            or self._nothing_left()
        )
        reason = reason or (resampled.doubt if self.k else "")
        regime = UNDETERMINED if reason else resampled.regime
        paired = pairing is None or pairing.intact
        advice = Advice.of(self.scores) if self.scores is not None and paired else None
        if advice is None or self.scores is None:
            missing = reason or "held-out labels have not been scored yet"
            recommendation = Recommendation(objective="none", direction="", reason=missing)
        else:
            recommendation = recommend(advice, self.scores.metric, ratios)
        return Diagnosis(
            regime=regime,
            reason=reason,
            delta_ca=float(ratios[0]),
            delta_cp=float(ratios[1]),
            delta_cp_reverse=float(ratios[2]),
            intervals={name: resampled.interval(name) for name in OBJECTIVES},
            support=resampled.support if self.k else float("nan"),
            scores=self.scores,
            advice=advice,
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
            explained=(x.explained, y.explained),
            resamples=resampled.cloud.shape[1],
            scale=self.gathered.scale,
            scaled=(x.scaled, y.scaled),
            constant=(x.constant, y.constant),
            rescaled=self._rescaled(),
            labels_read=self.gathered.labels_read,
        )

    @property
    def _units(self) -> np.ndarray:
        """Units of C, A and A reversed; A has the units of its target."""
        return np.array([1.0, self.gathered.y.unit, self.gathered.x.unit])

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

    def _rescaled(self) -> Rescaled | None:
        """The verdict with the other choice of scale, once it has been computed."""
        if self._other is None:
            return None
        found, objective = self._other.result(), ""
        if found.advice is not None:
            one = found.advice.both
            objective = one.objective if one.low > 0 or one.high < 0 else "undetermined"
        deciding = np.array([found.delta_ca, found.delta_cp])
        near = ((deciding > 1 / CLEARLY) & (deciding < CLEARLY)).any()
        regime = UNDETERMINED if near else found.regime
        return Rescaled(scale=found.scale, regime=regime, objective=objective)

    def _nothing_left(self) -> str:
        """The reason if the label subspace is all that is kept of a view; else empty."""
        filled = [name for name, d in (("x", self.moments.d1), ("y", self.moments.d2))
                  if d == self.k]  # fmt: skip
        if not self.k or not filled:
            return ""
        return (
            f"the label subspace spans all {self.k} components kept of {' and of '.join(filled)}, "
            "so no nuisance direction remains and Delta is infinite for any labels: use the "
            "held-out scores, or keep more components"
        )

    def _unseen(self, ratios: np.ndarray) -> str:
        """The reason if components that are left out could change the verdict; else empty."""
        beyond = self._left_out
        if beyond is None:
            return ""
        for name, gain, count in zip("xy", beyond.gains, beyond.components, strict=True):
            if gain:
                return (
                    f"components of {name} that are left out also predict the labels: {count} "
                    f"more of them raise its held-out score by {gain:.2f}; keep more components, "
                    "or add more pairs to allow them"
                )
        if not self.k:
            return ""
        weakest = float(self.population.signal[0, 0, -1])
        if ratios[:2].max() > 1 and beyond.coupling > weakest:
            return (
                "components that are left out have a held-out correlation of "
                f"{beyond.coupling:.2f} with the other view, above the weakest signal value of "
                f"{weakest:.2f}: they could be nuisance; keep more components"
            )
        return ""

    def _obstacle(self, pairing: Pairing | None) -> str:
        """The reason if no verdict is possible whatever the ratios; else empty."""
        if pairing is not None and pairing.broken:
            n = int(self.moments.rows().sum())
            return broken_words(pairing.broken, n, sampled=pairing.rows < n)
        if not self.gathered.labelled:
            return (
                "there are no labels: without them signal cannot be distinguished from correlated "
                "nuisance; label some rows"
            )
        if pairing is not None and not pairing.paired:
            return (
                "no signal found: the held-out canonical correlations do not exceed those of "
                f"permuted pairs by enough ({pairing.held_out.z:.1f} standard deviations, "
                f"{COUPLED} are needed), and no other statistic shows that rows are paired; check "
                "that row i of both views is the same sample"
            )
        return ""

    def _unseeing(self) -> str:
        """The reason if the label subspace is empty; else empty."""
        if self.k:
            return ""
        read = self.gathered.labels_read
        identify = [note for note in (read.notes if read else ()) if IDENTIFY.search(note)]
        return "; ".join([
            f"no signal found: neither view predicts the labels of {int(self.white.m[0]):,} rows "
            "better than chance",
            *(identify or ["add labelled pairs, or label other properties"]),
        ])  # fmt: skip

    def _spectra(self, pairing: Pairing | None) -> dict[str, Component]:
        floor = np.full(3, np.nan)
        if pairing is not None:
            floor = pairing.floor * np.sqrt(pairing.rows / self.all.n[0]) * self._units
        return {
            name: replace(part, floor=float(level))
            for (name, part), level in zip(self._components.items(), floor, strict=True)
        }

    @cached_property
    def _components(self) -> dict[str, Component]:
        """The spectra without their floor: singular values, R^2 and share in the label subspace."""
        white = self.white
        C, root_x, root_y = white.C[0], white.root_x[0], white.root_y[0]
        label_x, label_y = _label_correlations(self.all, white)
        found = {}
        couplings = (C, C @ root_y, (root_x @ C).T)
        for name, M, unit in zip(OBJECTIVES, couplings, self._units, strict=True):
            U, values, V = linalg.singular_triplets(M, min(M.shape))
            own, other = (label_y, label_x) if name == "cp_reverse" else (label_x, label_y)
            a, b = U.T @ own, V.T @ other
            shared = np.full(len(values), np.nan)
            if self.k:
                basis = self.parts.Uy[0] if name == "cp_reverse" else self.parts.Ux[0]
                shared = ((U.T @ basis) ** 2).sum(1)
            r2 = _of_both(a, b, values[:, None]) if name == "ca" else a**2
            found[name] = Component(
                values=values * unit,
                r2=r2.clip(0, 1).sum(1),
                shared=shared,
                floor=float("nan"),
            )
        return found


def _label_correlations(S: Covariances, white: Whitened) -> tuple[np.ndarray, np.ndarray]:
    """Correlations (d, p) of the coordinates of each whitened view with each label column."""
    spread = np.sqrt(np.maximum(np.diagonal(S.ll[0]), np.finfo(float).tiny))
    return white.to_x[0] @ S.xl[0] / spread, white.to_y[0] @ S.yl[0] / spread


def _of_both(a: np.ndarray, b: np.ndarray, s: np.ndarray) -> np.ndarray:
    """R^2 on two scores with correlations a and b to the target and s to each other."""
    s = np.minimum(s, 1 - linalg.RCOND)
    return (a**2 + b**2 - 2 * s * a * b) / (1 - s**2)
