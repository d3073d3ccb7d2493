"""Between perfect alignment, CCA and prediction: the effect of whitening either view.

Two families of aligners with whitening exponents a and b in [0, 1] (`whitened`): the smallest
directions of a stack, from plain perfect alignment to CCA, and the leading directions of a
cross-covariance, from PLS-SVD through prediction (CP) to CCA. All views are centred here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from alignlab import metrics
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.perfect import pair_with_noise, plain_alignment
from alignlab.aligners.whitened import (
    cca,
    pls_svd,
    reduced_rank_regression,
    whitened_cross,
    whitened_stack,
)
from alignlab.checks import as_array
from alignlab.data.pairs import PairedData
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.projection import turned_towards

Family = Literal["stack", "cross"]

CORNERS: dict[Family, dict[tuple[float, float], str]] = {
    "stack": {(0, 0): "plain PA", (1, 1): "CCA"},
    "cross": {(0, 0): "PLS-SVD", (1, 0): "CP", (1, 1): "CCA", (0, 1): "CP reversed"},
}
"""The aligners at the ends of each family, by their exponents (a, b)."""

STEPS = 12
"""Number of steps from one corner to the next."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """One aligner of a family, and how far it is from those at the corners of both families.

    a, b : its exponents.
    Z1, Z2 : (n, k) its latents of all pairs, rotated towards the true latent if that is known.
    distances : subspace distances of W1 and of W2 by name of the corner; NaN where a map has
        dependent columns, hence no subspace of dimension k.
    errors : NCMAE, relative CMAE and pair retrieval, by name.
    """

    a: float
    b: float
    Z1: np.ndarray
    Z2: np.ndarray
    distances: dict[str, tuple[float, float]]
    errors: dict[str, float]


def corners(data: PairedData, k: int) -> dict[str, Alignment]:
    """The five named aligners of both families on centred views, by name.

    Raises ValueError as `cca`: k is at most min(d1, d2) and the rank of either view.
    """
    X1, X2 = data.X1, data.X2  # unconverted: their precision decides what counts as zero
    white = cca(X1, X2, k)  # first, so that errors name the views in the right order
    back = reduced_rank_regression(X2, X1, k)
    _, _, *noises = pair_with_noise(X1, X2, "perfect_alignment")
    return {
        "plain PA": plain_alignment(*centred(data), k, noises),
        "PLS-SVD": pls_svd(X1, X2, k),
        "CP": reduced_rank_regression(X1, X2, k),
        "CP reversed": back.reversed(),
        "CCA": white,
    }


def member(
    data: PairedData, k: int, family: Family, a: float, b: float, ends: dict[str, Alignment]
) -> Member:
    """The aligner of a family at exponents a, b in [0, 1], compared with `corners(data, k)`."""
    X1, X2 = data.X1, data.X2
    align = {"stack": whitened_stack, "cross": whitened_cross}[family]
    found = align(X1, X2, k, a, b)
    Z1, Z2 = found.embed(X1, X2)
    if data.Z is not None:
        Z1, Z2 = turned_towards(data.Z - data.Z.mean(axis=0), Z1, Z2)
    return Member(
        a=a,
        b=b,
        Z1=Z1,
        Z2=Z2,
        distances={
            name: (distance(found.W1, end.W1), distance(found.W2, end.W2))
            for name, end in ends.items()
        },
        errors={
            "NCMAE": metrics.ncmae(Z1, Z2),
            "relative CMAE": metrics.relative_cmae(Z1, Z2),
            "pair retrieval": metrics.retrieval(Z1[:RETRIEVAL_PAIRS], Z2[:RETRIEVAL_PAIRS]),
        },
    )


def path(family: Family) -> list[tuple[float, float]]:
    """Exponents along the path through the corners of a family; a path of four is closed.

    From plain PA the steps are small at first, since a little whitening changes most.
    """
    ends = list(CORNERS[family])
    if len(ends) > 2:
        ends.append(ends[0])
    way = [ends[0]]
    for (a0, b0), (a1, b1) in pairwise(ends):
        ts = (np.arange(1, STEPS + 1) / STEPS) ** (2 if family == "stack" else 1)
        way += [(float(a0 + t * (a1 - a0)), float(b0 + t * (b1 - b0))) for t in ts]
    return way


def centred(data: PairedData) -> tuple[np.ndarray, np.ndarray]:
    """Both views minus their means."""
    X1, X2 = as_array(data.X1, "X1", "centred"), as_array(data.X2, "X2", "centred")
    return X1 - X1.mean(axis=0), X2 - X2.mean(axis=0)


def distance(W: np.ndarray, V: np.ndarray) -> float:
    """`metrics.subspace_distance` of W (d, k) and V (d, k); NaN where columns are dependent."""
    try:
        return metrics.subspace_distance(W, V)
    except ValueError:
        return float("nan")


def corner_table(ends: dict[str, Alignment], found: Member) -> pd.DataFrame:
    """Subspace distances of the named aligners from the current one and from each other."""
    table = pd.DataFrame(index=list(ends))
    table["here, W⁽¹⁾"] = [found.distances[name][0] for name in ends]
    table["here, W⁽²⁾"] = [found.distances[name][1] for name in ends]
    for other, end in ends.items():
        table[f"{other}, W⁽¹⁾"] = [distance(ends[name].W1, end.W1) for name in ends]
    return table
