"""Recovery in finite samples: CA, CP and CP reversed fitted to sampled moments of spiked models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError, as_count
from alignlab.linalg import Array
from alignlab.spiked.model import OBJECTIVES, SpikedSpec, coordinate_moments
from alignlab.spiked.wishart import Factors, bartlett, check_pairs, population, sampled, turned
from alignlab.work import Progress, finish, shared_out

OVERLAP = 0.8
"""A shared direction counts as kept if this share of its squared length is in the subspace."""

FLOOR_DRAWS = 10
"""The largest nuisance value varies little: this many draws suffice for its mean."""

BATCH_NUMBERS = 400_000
"""Moments with about this many numbers are factorised at once: more exceed the CPU cache."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MonteCarlo:
    """Recovery in samples, every array (len(specs), len(seeds)).

    ca, cp, cp_reverse : subspace distances `||P_Uhat - P_U||_F / sqrt(2k)` in [0, 1] between the
        span of the encoder's rows and the shared coordinates, in x for CA and CP, in y for CP
        reversed; NaN for a spec in which a coordinate has no variance.
    kept_ca, kept_cp, kept_cp_reverse : how many of the k shared directions have a squared overlap
        of at least `OVERLAP` with the span.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", Figure 3.

    Examples
    --------
    >>> import alignlab as al
    >>> specs = [al.SpikedSpec(d=6, k=2, nu=nu) for nu in (0.1, 0.5, 0.9)]
    >>> found = al.monte_carlo(specs, n=500, seeds=range(4))
    >>> found.ca.shape, found.kept_ca.shape
    ((3, 4), (3, 4))
    >>> bool((found.ca >= 0).all() and (found.ca <= 1).all())
    True
    """

    ca: np.ndarray
    cp: np.ndarray
    cp_reverse: np.ndarray
    kept_ca: np.ndarray
    kept_cp: np.ndarray
    kept_cp_reverse: np.ndarray


def monte_carlo(
    specs: Sequence[SpikedSpec], n: int, seeds: Sequence[int], progress: Progress = None
) -> MonteCarlo:
    """Fit CA (CCA) and CP (reduced-rank regression, both ways) to n sampled pairs of every spec.

    Sample moments are drawn directly (see `wishart`), at a cost that does not depend on n. All
    specs use the same random numbers of a seed, so that curves and maps are smooth.

    Parameters
    ----------
    specs : of any d and k.
    n : pairs, more than d. (Below 2d + 1 some sample correlations are exactly 1.)
    seeds : of the draws.
    progress : called with (done, total), the sampled problems (spec, seed), or a bar:
        `progress=tqdm()`. An exception raised there, such as KeyboardInterrupt, stops the work.

    Returns
    -------
    MonteCarlo of arrays (len(specs), len(seeds)).

    Raises
    ------
    ValueError
        n or a seed is out of range, or there are no specs or no seeds.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", Figure 3 and
    Appendix B, Theorems A.1 and A.2.

    Examples
    --------
    In theory both CA and CP recover the shared subspace at nu = 0.1, and neither does at 0.9;
    samples of 500 pairs agree:

    >>> import alignlab as al
    >>> specs = [al.SpikedSpec(d=6, k=2, nu=nu) for nu in (0.1, 0.9)]
    >>> [al.separation_ratios(spec).regime for spec in specs]
    ['Both', 'Neither']
    >>> found = al.monte_carlo(specs, n=500, seeds=range(4))
    >>> (found.ca.mean(axis=1) < 0.5).tolist(), (found.cp.mean(axis=1) < 0.5).tolist()
    ([True, False], [True, False])
    """
    work = Sampling(specs, n, seeds, RECOVERY)
    finish(work, progress, "monte_carlo")
    return MonteCarlo(**dict(zip(RECOVERY.names, np.moveaxis(work.values, -1, 0), strict=True)))


Moments = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Variances in x, variances in y and covariances (..., d) of the coordinates, shared ones first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """A measurement on every sample.

    names : of its m numbers.
    of : the numbers (b, m) from sampled factors of b problems, k, and the population moments.
    """

    names: tuple[str, ...]
    of: Callable[[Factors, int, Moments], np.ndarray]

    def in_the_population(self, spec: SpikedSpec) -> np.ndarray:
        """The numbers (m,) for infinitely many pairs; NaN if a coordinate has no variance."""
        return self.in_populations([spec])[0]

    def in_populations(self, specs: Sequence[SpikedSpec]) -> np.ndarray:
        """The same (len(specs), m) for specs of one shape."""
        found = np.full((len(specs), len(self.names)), np.nan)
        x, y, covariance = map(np.stack, zip(*map(coordinate_moments, specs), strict=True))
        known = np.minimum(x, y).min(axis=1) > 0
        if known.any():
            moments = x[known], y[known], covariance[known]
            found[known] = self.of(population(*moments), specs[0].k, moments)
        return found


class Sampling:
    """A measurement in samples of many specs; `run` yields after every batch.

    values : (specs, seeds, m), filled during `run`; NaN where nothing is measured yet.
    floors : (3, len(floor_of)), the `noise_floor` of the specs `floor_of`, measured first.
    done, total : problems (spec, seed) so far, and in all.

    A spec with a coordinate without variance stays NaN.
    """

    def __init__(
        self,
        specs: Sequence[SpikedSpec],
        n: int,
        seeds: Sequence[int],
        measure: Measure,
        floor_of: Sequence[SpikedSpec] = (),
    ) -> None:
        self.specs = list(specs)
        self.seeds = [as_count(seed, "seed", "monte_carlo", 0) for seed in seeds]
        if not self.specs or not self.seeds:
            raise InputError(
                "monte_carlo", "there are no specs or no seeds: give at least one each"
            )
        self.n = max(check_pairs(n, spec.d, "monte_carlo") for spec in self.specs)
        self.measure, self.floor_of = measure, list(floor_of)
        self.floors = np.full((len(OBJECTIVES), len(self.floor_of)), np.nan)
        self._moments = [coordinate_moments(spec) for spec in self.specs]
        self.values = np.full((len(self.specs), len(self.seeds), len(measure.names)), np.nan)
        self._pieces = list(self._groups(linalg.threads()))
        self.done, self.total = 0, sum(len(members) for _, members in self._pieces)
        self._counting = Lock()

    def run(self) -> Iterator[None]:
        """Measure, one seed after the other so that all specs appear early; close it to stop.

        A second run starts from the beginning and gives the same numbers.
        """
        self.done = 0
        for number, spec in enumerate(self.floor_of):
            self.floors[:, number] = noise_floor([spec], self.n, self.seeds)[:, 0]
            yield
        yield from shared_out(self._pieces, self._run_piece, linalg.threads())

    def _groups(self, workers: int) -> Iterator[tuple[int, list[int]]]:
        """The index of every seed with the specs of one shape, in batches."""
        shapes: dict[tuple[int, int], list[int]] = {}
        for index, (spec, (x, y, _)) in enumerate(zip(self.specs, self._moments, strict=True)):
            if min(x.min(), y.min()) > 0:
                shapes.setdefault((spec.d, spec.k), []).append(index)
        for number in range(len(self.seeds)):
            for members in shapes.values():
                fitting = max(1, BATCH_NUMBERS // (2 * self.specs[members[0]].d) ** 2)
                step = min(fitting, -(-len(members) // workers))
                for start in range(0, len(members), step):
                    yield number, members[start : start + step]

    def _run_piece(self, piece: tuple[int, list[int]]) -> Iterator[None]:
        number, members = piece
        spec = self.specs[members[0]]
        seed = [self.seeds[number]]
        T = turned(bartlett(2 * spec.d, self.n - 1, seed), seed)
        x, y, covariance = (
            np.stack([self._moments[index][which] for index in members]) for which in range(3)
        )
        factors = sampled(x, y, covariance, T, self.n)
        self.values[members, number] = self.measure.of(factors, spec.k, (x, y, covariance))
        with self._counting:
            self.done += len(members)
        yield


def _recovery(factors: Factors, k: int, _: Moments) -> np.ndarray:
    found = [recovered(span, k) for span in encoder_spans(factors, k)]
    kept = [(overlap >= OVERLAP).sum(-1) for overlap, _ in found]
    return np.stack([*(distance for _, distance in found), *kept], axis=-1)


RECOVERY = Measure(names=(*OBJECTIVES, *(f"kept_{name}" for name in OBJECTIVES)), of=_recovery)
"""The fields of `MonteCarlo`: distances, and numbers of directions kept."""


def encoder_spans(factors: Factors, k: int) -> tuple[Array, Array, Array]:
    """Bases (..., d, k) of the row spaces of the encoders of `OBJECTIVES`.

    The leading directions of each coupling, mapped back through the whitening of its source.
    """
    C, A, A_reverse, root_y = factors.couplings()
    leading = [linalg.leading_directions(M, k)[0] for M in (C, A, A_reverse)]
    from_x = linalg.solved(factors.x.mT, linalg.concatenate(leading[:2], -1))
    return from_x[..., :k], from_x[..., k:], linalg.solved(root_y.mT, leading[2])


def recovered(span: Array, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared overlaps (..., k) of the first k coordinates with a span (..., d, k), and distance.

    The distance (...) is computed from the part outside the span, so that small ones are exact.
    """
    Q = linalg.to_numpy(linalg.orthonormal_columns(span))
    overlap = (Q[..., :k, :] ** 2).sum(-1)
    outside = (Q[..., k:, :] ** 2).sum((-2, -1))
    return overlap, np.sqrt(np.minimum(outside / k, 1.0))


def noise_floor(specs: Sequence[SpikedSpec], n: int, seeds: Sequence[int]) -> np.ndarray:
    """The largest nuisance value of C, A and A reversed in samples of n pairs, (3, len(specs)).

    The mean over the first `FLOOR_DRAWS` seeds, with the nuisance coordinates only: a signal value
    must exceed it in such samples. The nuisance values of theory are those for n -> infinity.

    Raises ValueError where n or a seed is out of range, there are no specs or seeds, or specs
    differ in d or k.
    """
    seeds = [as_count(seed, "seed", "noise_floor", 0) for seed in seeds]
    if not len(specs) or not seeds:
        raise InputError("noise_floor", "there are no specs or no seeds: give at least one each")
    shapes = sorted({(spec.d, spec.k) for spec in specs})
    if len(shapes) > 1:
        raise InputError(
            "noise_floor",
            f"specs have different (d, k), {shapes[0]} and {shapes[1]}: call it with "
            "specs of one shape at a time",
        )
    k = specs[0].k
    n = check_pairs(n, specs[0].d - k, "noise_floor")
    T = bartlett(2 * (specs[0].d - k), n - 1, seeds[:FLOOR_DRAWS])
    moments = [coordinate_moments(spec) for spec in specs]
    x, y, covariance = (np.stack([one[which][k:] for one in moments]) for which in range(3))
    factors = sampled(x[:, None], y[:, None], covariance[:, None], T, n)
    C, A, A_reverse, _ = factors.couplings()
    top = [linalg.leading_directions(M, 1)[1][..., 0] for M in (C, A, A_reverse)]
    return np.stack([linalg.to_numpy(values).mean(-1) for values in top])
