"""The aligners by public name: how to fit a batch of problems, and which k they allow.

Their labels in the app are in `names.ALIGNER_NAMES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alignlab.aligners.alignment import Maps
from alignlab.aligners.contrastive import contrastive_maps
from alignlab.aligners.perfect import informative_maps, perfect_maps
from alignlab.aligners.regress import least_squares_maps, procrustes_maps
from alignlab.aligners.whitened import cca_maps, pls_maps, reduced_rank_maps
from alignlab.linalg import Array


@dataclass(frozen=True, kw_only=True)
class Aligner:
    """A linear aligner.

    fit : maps of every problem of a batch, from X1 (b, n, d1), X2 (b, n, d2) and k.
    allows : whether views of these n, d1, d2 can be aligned in k dimensions.
    trained : whether a problem takes seconds instead of milliseconds.
    """

    fit: Callable[[Array, Array, int], Maps]
    allows: Callable[[int, int, int, int], bool]
    trained: bool = False


def _within_both(n: int, d1: int, d2: int, k: int) -> bool:
    return k <= min(d1, d2, n - 1)  # centring removes a direction


CLOSED_FORM = {
    "perfect_alignment": Aligner(
        fit=perfect_maps,
        allows=lambda n, d1, d2, k: k <= d1 + d2,
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
