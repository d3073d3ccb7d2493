"""What is degenerate about two embeddings in one space, in sentences: no error, but to be said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from alignlab import linalg

ROUNDING = 1e-13
"""Spread below this share of the size of an embedding is rounding error."""

FLAT = 1e-9
"""So is a dimension with less than this share of the spread of the widest one."""

MOSTLY = 0.95
"""A modality that spans this share of the dimensions lacks none that matter."""

UNEVEN = 20.0
"""One modality looks like a point beside the other when it is this many times narrower."""


def degeneracies(Z1: np.ndarray, Z2: np.ndarray) -> tuple[str, ...]:
    """Sentences on what is degenerate about Z1 (n, k) and Z2 (n, k), both finite; often none.

    Named are a modality that is a single point, rows that are copies of others, a modality that
    spans less than `MOSTLY` of the k dimensions, and one that is `UNEVEN` times as wide as the
    other.
    """
    spreads = [_spread(Z) for Z in (Z1, Z2)]
    notes = [
        note
        for m, (Z, spread) in enumerate(zip((Z1, Z2), spreads, strict=True), start=1)
        for note in _of_one(Z, spread, m)
    ]
    widths = [float(linalg.lengths(s)) for s in spreads]
    narrow, wide = min(widths), max(widths)
    if 0 < narrow * UNEVEN <= wide:
        m = 1 + widths.index(wide)
        notes.append(
            f"Modality {m} is {wide / narrow:,.3g} times as wide as modality {3 - m}, which looks "
            "like a single point where both are drawn together"
        )
    return tuple(f"{note}." for note in notes)


def _of_one(Z: np.ndarray, spread: np.ndarray, m: int) -> Iterator[str]:
    n, k = Z.shape
    rank = int(np.count_nonzero(spread))
    if rank == 0:
        yield (
            f"Modality {m} is a single point: all {n:,} rows are equal up to rounding, so no row "
            "can be told from another"
        )
        return
    if copies := n - different_rows(Z):
        yield (
            f"Modality {m}: {copies:,} of {n:,} rows are exact copies of others, whose partners "
            "cannot be told apart"
        )
    if rank < MOSTLY * k:
        yield f"Modality {m} spans only {rank} of the {k} dimensions"


def different_rows(Z: np.ndarray) -> int:
    """Number of different rows of Z (n, k)."""
    Z = np.ascontiguousarray(Z + 0.0)  # -0.0 is 0.0
    return len(np.unique(Z.view(np.dtype((np.void, Z.dtype.itemsize * Z.shape[1])))))


def _spread(Z: np.ndarray) -> np.ndarray:
    """Singular values of centred Z (n, k), those within the rounding error zero."""
    _, s = linalg.leading_directions(linalg.centred(Z)[0], min(Z.shape))
    return np.where(s > max(ROUNDING * linalg.frobenius(Z), FLAT * s[0]), s, 0.0)
