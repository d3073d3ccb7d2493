"""Recovery in finite samples: CA, CP and CP reversed fitted to sampled moments of spiked models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from alignlab import linalg
from alignlab.checks import as_count
from alignlab.linalg import Array
from alignlab.pool import shared_out
from alignlab.spiked import OBJECTIVES, SpikedSpec, coordinate_moments
from alignlab.wishart import Factors, bartlett, check_pairs, sampled

OVERLAP = 0.8
"""A shared direction counts as kept where so much of its squared length lies in the subspace."""

BATCH = 256
"""So many problems are factorised at once: more of them leave the processor's cache."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MonteCarlo:
    """Sampled recovery, every array (len(specs), len(seeds)).

    ca, cp, cp_reverse : subspace distances `||P_Uhat - P_U||_F / sqrt(2k)` in [0, 1] between the
        span of the encoder's rows and the shared coordinates, in x for CA and CP, in y for CP
        reversed; NaN for a spec in which a coordinate has no variance.
    kept_ca, kept_cp, kept_cp_reverse : how many of the k shared directions have a squared overlap
        of at least `OVERLAP` with the span.
    """

    ca: np.ndarray
    cp: np.ndarray
    cp_reverse: np.ndarray
    kept_ca: np.ndarray
    kept_cp: np.ndarray
    kept_cp_reverse: np.ndarray


def monte_carlo(specs: Sequence[SpikedSpec], n: int, seeds: Sequence[int]) -> MonteCarlo:
    """Fit CA (CCA) and CP (reduced-rank regression) both ways to n sampled pairs of every spec.

    The moments are drawn directly (see `wishart`), at a cost that does not depend on n. All specs
    see the same draws of a seed, so that curves and maps are smooth.

    Parameters
    ----------
    specs : of any d and k.
    n : pairs, more than d. (Below 2d + 1 some sample correlations are exactly 1.)
    seeds : of the draws.

    Raises ValueError where n or a seed is out of range.

    Source: the paper's Figure 3 and Appendix B, Theorems A.1 and A.2.
    """
    work = Sampling(specs, n, seeds)
    for _ in work.run():
        pass
    return work.result()


class Sampling:
    """`monte_carlo` as work that can be watched: `run` pauses after every batch.

    distances : (3, specs, seeds), of `OBJECTIVES`; kept : the same, as numbers; both NaN where
        nothing is known yet.
    done, total : problems (spec, seed) so far, and all of them.
    """

    def __init__(self, specs: Sequence[SpikedSpec], n: int, seeds: Sequence[int]) -> None:
        self.specs = list(specs)
        self.seeds = [as_count(seed, "seed", "monte_carlo", 0) for seed in seeds]
        self.n = max((check_pairs(n, spec.d, "monte_carlo") for spec in self.specs), default=2)
        if not self.seeds:
            raise ValueError("monte_carlo: there are no seeds: give at least one")
        shape = (len(OBJECTIVES), len(self.specs), len(self.seeds))
        self.distances, self.kept = np.full(shape, np.nan), np.full(shape, np.nan)
        self.done, self.total = 0, len(self.specs) * len(self.seeds)
        self._counting = Lock()
        self._moments = [coordinate_moments(spec) for spec in self.specs]

    def run(self) -> Iterator[None]:
        """Work, one seed after the other so that all specs are seen early; close it to stop."""
        workers = linalg.threads()
        pieces = [
            (number, members)
            for number in range(len(self.seeds))
            for members in self._members(workers)
        ]
        yield from shared_out(pieces, self._measure, workers)

    def result(self) -> MonteCarlo:
        """What has been measured."""
        arrays = dict(zip(OBJECTIVES, self.distances, strict=True))
        kept = {f"kept_{name}": found for name, found in zip(OBJECTIVES, self.kept, strict=True)}
        return MonteCarlo(**arrays, **kept)

    def _members(self, workers: int) -> Iterator[list[int]]:
        """The specs in groups of one shape."""
        shapes: dict[tuple[int, int], list[int]] = {}
        for index, (spec, moments) in enumerate(zip(self.specs, self._moments, strict=True)):
            if min(moments[0].min(), moments[1].min()) > 0:
                shapes.setdefault((spec.d, spec.k), []).append(index)
        for members in shapes.values():
            step = min(BATCH, -(-len(members) // workers))
            yield from (members[a : a + step] for a in range(0, len(members), step))

    def _measure(self, piece: tuple[int, list[int]]) -> Iterator[None]:
        number, members = piece
        spec = self.specs[members[0]]
        T = bartlett(2 * spec.d, self.n - 1, [self.seeds[number]])
        x, y, covariance = (
            np.stack([self._moments[index][which] for index in members]) for which in range(3)
        )
        factors = sampled(x, y, covariance, T, self.n)
        for which, span in enumerate(encoder_spans(factors, spec.k)):
            overlap, distance = recovered(span, spec.k)
            self.distances[which, members, number] = distance
            self.kept[which, members, number] = (overlap >= OVERLAP).sum(-1)
        with self._counting:
            self.done += len(members)
        yield


def encoder_spans(factors: Factors, k: int) -> tuple[Array, Array, Array]:
    """Bases (..., d, k) of what the encoders of `OBJECTIVES` see: the spans of their rows.

    The leading directions of each coupling, led back through the whitening of its source.
    """
    C, A, A_reverse, root_y = factors.couplings()
    leading = [linalg.leading_directions(M, k)[0] for M in (C, A, A_reverse)]
    from_x = linalg.solved(factors.x.mT, linalg.concatenate(leading[:2], -1))
    return from_x[..., :k], from_x[..., k:], linalg.solved(root_y.mT, leading[2])


def recovered(span: Array, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared overlaps (..., k) of the first k coordinates with a span (..., d, k), and distance.

    The distance (...) is taken from what lies outside, so that a small one is exact.
    """
    Q = linalg.to_numpy(linalg.orthonormal_columns(span))
    overlap = (Q[..., :k, :] ** 2).sum(-1)
    outside = (Q[..., k:, :] ** 2).sum((-2, -1))
    return overlap, np.sqrt(np.minimum(outside / k, 1.0))


def noise_floor(specs: Sequence[SpikedSpec], n: int, seeds: Sequence[int]) -> np.ndarray:
    """The largest nuisance value of C, A and A reversed in samples of n pairs, (3, len(specs)).

    The mean over seeds, with the nuisance coordinates alone: what a signal value must exceed in
    such samples. Theory's nuisance values are those of n -> infinity. All specs share d and k.
    """
    k = specs[0].k
    T = bartlett(2 * (specs[0].d - k), n - 1, seeds)
    moments = [coordinate_moments(spec) for spec in specs]
    x, y, covariance = (np.stack([one[which][k:] for one in moments]) for which in range(3))
    factors = sampled(x[:, None], y[:, None], covariance[:, None], T, n)
    C, A, A_reverse, _ = factors.couplings()
    top = [linalg.leading_directions(M, 1)[1][..., 0] for M in (C, A, A_reverse)]
    return np.stack([linalg.to_numpy(values).mean(-1) for values in top])
