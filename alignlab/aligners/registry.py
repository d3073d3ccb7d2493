"""The aligners by public name: how to fit a batch of problems, and which k they allow.

Their labels in the app are in `names.ALIGNER_NAMES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from alignlab.aligners.alignment import Maps
from alignlab.aligners.contrastive import contrastive_maps
from alignlab.aligners.perfect import informative_maps, perfect_maps, perfect_maps_of_nested
from alignlab.aligners.regress import least_squares_maps, procrustes_maps
from alignlab.aligners.whitened import cca_maps, pls_maps, reduced_rank_maps
from alignlab.linalg import Array


@dataclass(frozen=True, kw_only=True)
class Aligner:
    """A linear aligner.

    fit : maps of every problem of a batch, from X1 (b, n, d1), X2 (b, n, d2) and k.
    allows : whether views of these n, d1, d2 can be aligned in k dimensions.
    trained : whether a problem takes seconds instead of milliseconds.
    nested : maps of the first n pairs of X1 (b, N, d1) and X2 (b, N, d2) for several n, and k, or
        None where that is no less work than to fit each n by itself.
    """

    fit: Callable[[Array, Array, int], Maps]
    allows: Callable[[int, int, int, int], bool]
    trained: bool = False
    nested: Callable[[Array, Array, Sequence[int], int], list[Maps]] | None = None

    def fit_nested(self, X1: Array, X2: Array, counts: Sequence[int], k: int) -> Iterator[Maps]:
        """`fit` of the first n pairs of X1 (b, n, d1) and X2 (b, n, d2), for each n of counts."""
        if self.nested and len(counts) > 1:
            return iter(self.nested(X1, X2, counts, k))
        return (self.fit(X1[:, :n], X2[:, :n], k) for n in counts)


def _within_both(n: int, d1: int, d2: int, k: int) -> bool:
    return k <= min(d1, d2, n - 1)  # centring removes a direction


CLOSED_FORM = {
    "perfect_alignment": Aligner(
        fit=perfect_maps,
        allows=lambda n, d1, d2, k: k <= d1 + d2,
        nested=perfect_maps_of_nested,
    ),
    "informative_alignment": Aligner(
        fit=informative_maps,
        allows=lambda n, d1, d2, k: k <= min(k, d1, n) + min(k, d2, n),
    ),
    "cca": Aligner(fit=cca_maps, allows=_within_both),
    "reduced_rank_regression": Aligner(fit=reduced_rank_maps, allows=_within_both),
    "pls_svd": Aligner(fit=pls_maps, allows=_within_both),
    "procrustes": Aligner(fit=procrustes_maps, allows=_within_both),
    "least_squares": Aligner(
        fit=lambda X1, X2, k: least_squares_maps(X1, X2),
        allows=lambda n, d1, d2, k: True,
    ),
}
"""Aligners that solve an eigenvalue or a least-squares problem."""

ALIGNERS = CLOSED_FORM | {
    "contrastive": Aligner(fit=contrastive_maps, allows=lambda n, d1, d2, k: True, trained=True),
}
"""All aligners."""
