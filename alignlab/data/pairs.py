"""Paired data: two views of the same samples, in memory or in blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from alignlab.checks import InputError, as_array, as_plain, check_same_order

Chunk = tuple
"""A block of rows: (X, Y) or (X, Y, labels)."""

Chunks = Callable[[], Iterable[Chunk]]
"""A function that returns all blocks of rows, starting from the first at every call."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedData:
    """Two views of the same n samples, and what is known about them.

    X1 : (n, d1), X2 : (n, d2).
    Z : (n, k) the true latent, labels : (n,) integer codes into `classes`,
    S1 : (d1, k), S2 : (d2, k) with `Xm = Z Sm' + noise`; each None if it is not known.

    Raises ValueError if an array is not numeric, or if two tables have the same row index in
    different orders.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> pairs = al.PairedData(X1=np.arange(8.0).reshape(4, 2), X2=np.ones((4, 3)))
    >>> pairs.n, pairs.Z is None
    (4, True)
    >>> pairs.rows(np.array([3, 0])).X1.tolist()
    [[6.0, 7.0], [0.0, 1.0]]
    """

    X1: np.ndarray
    X2: np.ndarray
    Z: np.ndarray | None = None
    labels: np.ndarray | None = None
    S1: np.ndarray | None = None
    S2: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # any container becomes an array; the views keep their precision
        check_same_order("PairedData", X1=self.X1, X2=self.X2, labels=self.labels)
        for name in ("X1", "X2"):
            object.__setattr__(self, name, as_plain(getattr(self, name), name, "PairedData"))
        for name in ("Z", "S1", "S2"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_array(given, name, "PairedData"))

    @property
    def n(self) -> int:
        """Number of pairs."""
        return len(self.X1)

    def rows(self, chosen: np.ndarray) -> PairedData:
        """The pairs at the row indices `chosen` (m,), or where a boolean mask (n,) is True."""
        return replace(
            self,
            X1=self.X1[chosen],
            X2=self.X2[chosen],
            Z=None if self.Z is None else self.Z[chosen],
            labels=None if self.labels is None else self.labels[chosen],
        )


def split_rows(n: int, holdout: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted row indices (training, held out) of n pairs, `round(holdout * n)` of them held out.

    Each row gets a random number, from a stream that is nested in n, and the rows with the smallest
    numbers are held out: most rows stay in the same part when n grows a little.
    """
    n_test = round(holdout * n)
    if n - n_test < 2:
        raise InputError(
            "split_rows",
            f"holding out {n_test} of {n} pairs leaves fewer than 2 to fit: "
            "lower the held-out fraction or add more pairs",
        )
    order = np.argsort(np.random.default_rng([seed, 99]).random(n), kind="stable")
    return np.sort(order[n_test:]), np.sort(order[:n_test])
