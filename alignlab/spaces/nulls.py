"""The null of each measure: what is permuted, how the value is drawn again, and how they compare.

Every null breaks what its measure is about and keeps everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.spaces.similarity import cross, is_wide, own_size
from alignlab.spaces.uniformity import directions, uniformity

PAIRING = "Row i of modality 1 is paired with a random row of modality 2 (a permutation)."
LABELS = "In each pair, the two modalities are exchanged with a probability of one half."
QUERIES = "The neighbours of each row are drawn at random from all rows of the other modality."
COORDINATES = "Each coordinate is permuted on its own, so that they are independent."
POSITIONS = "The positions in the map are permuted among its points."

NULLS = {
    "cmae": PAIRING,
    "ncmae": PAIRING,
    "alignment": PAIRING,
    "gap": LABELS,
    "gap_explained": LABELS,
    "cka": PAIRING,
    "uniformity1": COORDINATES,
    "uniformity2": COORDINATES,
    "mutual_knn": PAIRING,
    "retrieval_1": PAIRING,
    "retrieval_1_back": PAIRING,
    "retrieval_5": PAIRING,
    "retrieval_5_back": PAIRING,
    "hubness": QUERIES,
    "hubness_back": QUERIES,
    "trustworthiness": POSITIONS,
    "continuity": POSITIONS,
}
"""In words, what is permuted for each measure."""

SMALL_IS_EXTREME = {"cmae", "ncmae", "alignment"}
"""Measures that count as extreme when they are small; all others when they are large. A large
uniformity is that of a cloud less uniform than its coordinates alone would make it."""

EQUAL = 1e-9
"""Values that differ by a smaller share are equal: rounding, not chance."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure with its null.

    name : a key of `NULLS`, which says what is permuted.
    value : measured. null : mean of the null; low, high : its 2.5th and 97.5th percentile.
    p : share of the null at least as extreme as the value, counting the value as one of it.
    n : number of pairs (map measures: of points) measured. draws : of the null.
    exact : whether these are all pairs, and not a random subset.
    """

    name: str
    value: float
    null: float
    low: float
    high: float
    p: float
    n: int
    draws: int
    exact: bool


def compared(name: str, value: float, null: np.ndarray, n: int, *, exact: bool) -> Measure:
    """The value with its null (draws,); NaN where the value or a draw is undefined."""
    side = -1.0 if name in SMALL_IS_EXTREME else 1.0
    rounding = EQUAL * max(abs(value), float(np.abs(null).max()))
    extreme = np.count_nonzero(side * null >= side * value - rounding)
    defined = bool(np.isfinite(value) and np.isfinite(null).all())
    low, high = np.quantile(null, [0.025, 0.975])
    return Measure(
        name=name,
        value=float(value),
        null=float(null.mean()),
        low=float(low),
        high=float(high),
        p=float((1 + extreme) / (1 + len(null))) if defined else float("nan"),
        n=n,
        draws=len(null),
        exact=exact,
    )


def as_table(found: dict[str, Measure]) -> pd.DataFrame:
    """One row a measure; the index `measure` is its name."""
    columns = ["value", "null", "low", "high", "p", "n", "draws", "exact"]
    frame = pd.DataFrame([asdict(one) for one in found.values()], columns=["name", *columns])
    return frame.set_index(frame.pop("name").rename("measure"))


def permuted_distances(
    Z1: np.ndarray, Z2: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[tuple[float, float, float]]:
    """CMAE, NCMAE and alignment of permuted pairs of Z1 (n, k) and Z2 (n, k)."""
    n = len(Z1)
    U1, U2 = directions(Z1), directions(Z2)
    for _ in range(draws):
        order = rng.permutation(n)
        apart = _lengths(Z1, Z2, order)
        turned = _lengths(U1, U2, order)
        yield float(apart.mean()), float(turned.mean()), float((turned**2).mean())


def _lengths(Z1: np.ndarray, Z2: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Distances (n,) of permuted partners, in blocks of rows."""
    found = np.empty(len(Z1))
    for start in range(0, len(Z1), linalg.BLOCK_ROWS):
        rows = slice(start, start + linalg.BLOCK_ROWS)
        difference = Z2[order[rows]]
        difference -= Z1[rows]
        found[rows] = linalg.lengths(difference)
    return found


def exchanged_gaps(
    Z1: np.ndarray, Z2: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Gap of Z1 (n, k) and Z2 (n, k), and the share of CMAE due to it, with exchanged labels.

    Exchanging a pair changes the sign of its difference, and nothing else.
    """
    difference = Z1 - Z2
    squared = (difference**2).sum(axis=1)
    apart = linalg.nan_for_zero(np.sqrt(squared).mean())
    for _ in range(draws):
        signs = rng.integers(0, 2, len(Z1)) * 2.0 - 1
        gap = signs @ difference / len(Z1)
        rest = squared - 2 * signs * (difference @ gap) + gap @ gap
        moved = np.sqrt(np.maximum(rest, 0.0)).mean()
        yield float(np.sqrt(gap @ gap)), float(1 - moved / apart)


def permuted_cka(
    A: np.ndarray, B: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[float]:
    """CKA of permuted pairs of A (n, k1) and B (n, k2), both centred."""
    size = own_size(A) * own_size(B)
    wide = is_wide(A, B)
    K, L = (A @ A.T, B @ B.T) if wide else (A, B)
    for _ in range(draws):
        order = rng.permutation(len(A))
        shared = K * L[order[:, None], order] if wide else cross(A, B, order) ** 2
        yield float(shared.sum() / size) if size else float("nan")


def independent_coordinates(Z: np.ndarray, draws: int, rng: np.random.Generator) -> Iterator[float]:
    """Uniformity of Z (n, k) with each coordinate permuted on its own."""
    Z = Z.copy()
    for _ in range(draws):
        rng.permuted(Z, axis=0, out=Z)
        yield uniformity(directions(Z))


def permuted_lists(
    near1: np.ndarray, near2: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[float]:
    """Mutual kNN of permuted pairs, from the neighbours near1 (n, k) and near2 (n, k) in each."""
    n = len(near1)
    among = np.zeros((n, n), bool)
    among[np.arange(n)[:, None], near2] = True
    for _ in range(draws):
        order = rng.permutation(n)
        yield float(among[order[:, None], order[near1]].mean())


def permuted_hits(
    near: np.ndarray, tops: tuple[int, ...], draws: int, rng: np.random.Generator
) -> Iterator[tuple[float, ...]]:
    """Recall at each of tops of permuted partners, from cross-modal neighbours near (n, k)."""
    for _ in range(draws):
        hits = near[:, : max(tops)] == rng.permutation(len(near))[:, None]
        yield tuple(float(hits[:, :top].any(axis=1).mean()) for top in tops)


def random_lists(n: int, k: int, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Neighbours (n, k) of n queries, each drawn without replacement from n rows.

    Floyd's algorithm, for all queries at once: the j-th neighbour is drawn from the first
    n - k + j rows, or is the last of these if what was drawn is chosen already.
    """
    for _ in range(draws):
        chosen = np.empty((n, k), np.int64)
        for j in range(k):
            last = n - k + j
            drawn = rng.integers(0, last + 1, n)
            taken = (chosen[:, :j] == drawn[:, None]).any(axis=1)
            chosen[:, j] = np.where(taken, last, drawn)
        yield chosen


def permuted_positions(
    ranks: np.ndarray, near: np.ndarray, draws: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Ranks (n, k), by ranks (n, n), of the neighbours near (n, k) of permuted rows."""
    for _ in range(draws):
        order = rng.permutation(len(near))
        yield ranks[order[:, None], order[near]]
