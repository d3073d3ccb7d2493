"""Of every row, how many rows of the other latent are closer than its partner, and as close.

Distances of all n^2 pairs are compared with those of partners, in single precision: one matrix
product a tile serves both directions. Pairs within the rounding error of a comparison are measured
in double precision, from differences of coordinates, so that the counts are exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial.distance import cdist

from alignlab import linalg

ROWS, COLUMNS = 250, 4096
"""Size of a tile of distances; sums of at most 255 truth values fit in a byte."""

DENSE = 0.02
"""Where more than this share of a tile needs double precision, all of it is measured."""

SINGLE = float(np.finfo(np.float32).eps) / 2

WIDE = 0.02
"""Above this relative rounding error of a squared distance all pairs are measured."""


class Partners:
    """The counts for Z1 (n, k) and Z2 (n, k), finite: `run` yields after each row of tiles.

    closer, as_close : (2, n), whole numbers; first for the rows of Z1 among those of Z2, then the
        reverse. `as_close` counts the partner itself. Distances that differ by less than
        `linalg.RCOND` of the largest coordinate are equal, since a latent is exact only up to
        rounding.
    done, total : rows compared, and all.
    """

    def __init__(self, Z1: np.ndarray, Z2: np.ndarray) -> None:
        # a power of two changes no digit, and squares neither overflow nor vanish
        _, exponent = np.frexp(max(np.abs(Z1).max(), np.abs(Z2).max()))
        Z1, Z2 = self._Z = np.ldexp(Z1, -exponent), np.ldexp(Z2, -exponent)
        n, k = Z1.shape
        self.closer, self.as_close = np.zeros((2, n), int), np.ones((2, n), int)
        self.done, self.total = 0, n
        self._rounding = linalg.RCOND * max(np.abs(Z1).max(), np.abs(Z2).max())
        self._partner = linalg.lengths(Z1 - Z2)
        middle = (Z1.mean(axis=0) + Z2.mean(axis=0)) / 2
        A, B = Z1 - middle, Z2 - middle
        reach = max(np.abs(A).max(), np.abs(B).max()) or 1.0
        A, B = A / reach, B / reach
        lengths = np.stack([linalg.lengths(A), linalg.lengths(B)])
        self._low, self._high = self._borders(lengths, reach, k)
        half_A, half_B = lengths[:, :, None] ** 2 / 2
        one = np.ones((n, 1))
        # their product is half the squared distance
        self._A = np.hstack([-A, half_A, one]).astype(np.float32)
        self._B = np.hstack([B, one, half_B]).astype(np.float32)

    def _borders(self, lengths: np.ndarray, reach: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Half squared distances (2, n) below which a row is surely closer, above which surely not.

        Half the squared distance of q and x is computed to within `error (|q| + |x|)^2 / 2`, where
        the error is relative, of a sum of k + 2 products. Rows longer than `2 (|q| + p)` are
        farther away than the partner, at p, whatever their rounding.
        """
        error = (k + 8) * SINGLE
        least, most = ((self._partner + side * self._rounding) / reach for side in (-1, 1))
        longest = np.minimum(2 * (lengths + most), lengths[::-1].max(axis=1)[:, None])
        margin = error * (lengths + longest) ** 2 / 2 + error * most**2
        margin += (k + 8) * float(np.finfo(np.float32).tiny)
        if error > WIDE:
            margin[:] = np.inf
        low = np.where(least > 0, least**2 / 2, -1.0) - margin
        return low.astype(np.float32), (most**2 / 2 + margin).astype(np.float32)

    def run(self) -> Iterator[None]:
        """Count, row of tiles by row of tiles, in the calling thread."""
        n = self.total
        for start in range(0, n, ROWS):
            rows = slice(start, min(start + ROWS, n))
            for left in range(0, n, COLUMNS):
                self._count(rows, slice(left, min(left + COLUMNS, n)))
            self.done = rows.stop
            yield

    def recall(self, side: int, top: int) -> float:
        """Share of rows whose partner is among the `top` nearest; ties count in expectation.

        side : 0 for the rows of Z1, 1 for those of Z2.
        """
        hits = (top - self.closer[side]) / self.as_close[side]
        return float(np.clip(hits, 0.0, 1.0).mean())

    def _count(self, rows: slice, columns: slice) -> None:
        halves = self._A[rows] @ self._B[columns].T
        own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
        halves[own - rows.start, own - columns.start] = np.nan  # neither closer nor farther
        measured: np.ndarray | None = None
        for side, part in enumerate((rows, columns)):
            shape = (-1, 1) if side == 0 else (1, -1)
            below = halves <= self._high[side, part].reshape(shape)
            self.closer[side, part] += np.add.reduce(
                below.view(np.uint8), axis=1 - side, dtype=np.uint16 if side == 0 else np.uint8
            )
            below &= halves >= self._low[side, part].reshape(shape)
            unsure = np.flatnonzero(below)
            if not len(unsure):
                continue
            i, j = np.divmod(unsure, halves.shape[1])
            if len(unsure) > DENSE * halves.size:
                if measured is None:
                    measured = cdist(self._Z[0][rows], self._Z[1][columns])
                distances = measured[i, j]
            else:
                Z1, Z2 = self._Z
                distances = linalg.lengths(Z1[i + rows.start] - Z2[j + columns.start])
            at = i + rows.start if side == 0 else j + columns.start
            excess = distances - self._partner[at]
            self._add(self.closer[side], at[excess >= -self._rounding], -1)
            self._add(self.as_close[side], at[np.abs(excess) <= self._rounding], 1)

    @staticmethod
    def _add(counts: np.ndarray, at: np.ndarray, one: int) -> None:
        first = at.min(initial=len(counts))
        found = np.bincount(at - first)
        counts[first : first + len(found)] += one * found
