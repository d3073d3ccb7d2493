"""The coupling along the rows, where a stretch of them is broken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignlab.diagnosis.stretches import Along, Rows, Stretch, row_coupling

PLACES = 40
"""Maximum number of places along the rows."""

FEWEST = 10
"""Minimum number of rows of a place."""


def coupling_along(
    x: np.ndarray, y: np.ndarray, along: Along, broken: Sequence[Stretch], seed: int = 0
) -> np.ndarray:
    """The coupling of row i of x (m, d1) with row i of y (m, d2) at places along the rows.

    broken : stretches, whose rows are not used to fit canonical pairs unless a lag restores them.

    Returns (p, 2): the middle row of each place, and `sum_k r_k u_k v_k` of its rows relative to
    its mean over intact rows, `sum_k r_k^2 (u_k^2 + v_k^2) / 2`: 1 where rows are paired as
    elsewhere, 0 where they are not paired.
    """
    rows, positions = Rows(x, y, along, seed), along.positions
    lags = np.zeros(len(x))
    for one in broken:
        inside = (positions >= one.first) & (positions <= one.last)
        lags[inside] = np.nan if one.lag is None else one.lag
    pairs = rows.fitted(*rows.with_lags(lags))
    told, expected = row_coupling(pairs)
    places = np.array_split(np.arange(len(x)), min(PLACES, max(1, len(x) // FEWEST)))
    return np.array([
        (positions[place].mean(), told[place].sum() / max(expected[place].sum(), 1e-300))
        for place in places
    ])  # fmt: skip
