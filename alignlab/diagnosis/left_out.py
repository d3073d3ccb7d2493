"""Whether components that the verdict leaves out could change it, by held-out rows.

A verdict uses only the components that are kept. The next `MARGIN` components are examined as well:
do they improve the label score, and do they correlate with the other view? They stand for all
components that are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab import linalg
from alignlab.diagnosis.block_moments import BlockMoments, folds, whitening
from alignlab.diagnosis.label_scores import Labelled, at_best_penalty, probe_of
from alignlab.diagnosis.pairing import correlations
from alignlab.diagnosis.reduction import Reduction, fewer_components

MARGIN = 100
"""Maximum number of further components examined."""

WHOLE = 0.95
"""If the kept components explain this fraction of a view's variance, no more are examined."""

CERTAIN = 3.0
"""Standard errors by which a gain or a correlation must exceed zero to count."""

WORTH = 0.01
"""A gain in held-out label score below this is ignored."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """The effect of the components that are left out of x and of y.

    components : number of components examined. gains : by how much they raise the held-out label
    score of their view, 0 if not significant. coupling : the largest held-out correlation that
    involves them, 0 if none is significant.
    """

    components: tuple[int, int]
    gains: tuple[float, float]
    coupling: float


def looked_at(view: Reduction, components: int, n: int) -> Reduction:
    """The components read of a view of n rows: `components`, and `MARGIN` more if they leave out
    more than `1 - WHOLE` of the variance.

    view : with at least that many components, if there are enough rows.
    """
    kept = view.leading(fewer_components(components, n))
    return view.leading(components if kept.explained >= WHOLE else components + MARGIN)


def left_out(
    moments: BlockMoments, rows: Labelled, kept: tuple[int, int], seed: int
) -> LeftOut | None:
    """Measure the effect of components beyond the `kept` leading ones of x and y.

    moments, rows : of kept and further components. None if there are no further ones.
    """
    further = moments.d1 - kept[0], moments.d2 - kept[1]
    if further == (0, 0):
        return None
    held = folds(np.random.default_rng([seed, 19]))
    return LeftOut(
        components=further,
        gains=_gains(rows, kept, held),
        coupling=_coupling(moments, kept, held),
    )


def _gains(rows: Labelled, kept: tuple[int, int], held: np.ndarray) -> tuple[float, float]:
    """The gain in score of a probe of each view from the further components."""
    d1, d2 = rows.x.shape[1], rows.y.shape[1]
    probe, one = probe_of(rows), (np.eye(d1), np.eye(d2))
    columns = [np.arange(kept[0]), np.arange(d1), d1 + np.arange(kept[1]), d1 + np.arange(d2)]
    gains = np.zeros((probe.penalties, len(columns), len(rows.L)))
    Z = np.hstack([rows.x, rows.y])
    for blocks in held:
        own = blocks[rows.blocks] > 0
        fitted = probe.fitted(1 - blocks, one)
        for at, seen in enumerate(columns):
            gains[:, at, own] = fitted.gains(Z[own], seen, rows.L[own])
    weights = rows.weights()
    told = at_best_penalty(gains, weights)[0]
    found = []
    for few, all_ in ((0, 1), (2, 3)):
        difference = told[all_] - told[few]
        gain = float(difference @ weights)
        error = float(np.sqrt((((difference - gain) * weights) ** 2).sum()))
        found.append(gain if gain > max(WORTH, CERTAIN * error) else 0.0)
    return found[0], found[1]


def _coupling(moments: BlockMoments, kept: tuple[int, int], held: np.ndarray) -> float:
    """The largest held-out correlation of a view's left-out components with the other view."""
    fitted, measured = moments.covariances(1 - held), moments.covariances(held)
    largest = 0.0
    for part in (0, 1):
        x = slice(kept[0] if part == 0 else 0, None)
        y = slice(kept[1] if part == 1 else 0, None)
        if (part == 0 and moments.d1 == kept[0]) or (part == 1 and moments.d2 == kept[1]):
            continue
        to_x, to_y = whitening(fitted.xx[:, x, x]), whitening(fitted.yy[:, y, y])
        U, _, V = linalg.singular_triplets(to_x @ fitted.xy[:, x, y] @ to_y, 1)
        u, v = to_x @ U, to_y @ V
        xx = (u.mT @ measured.xx[:, x, x] @ u)[:, 0, 0]
        yy = (v.mT @ measured.yy[:, y, y] @ v)[:, 0, 0]
        r = correlations(xx, yy, (u.mT @ measured.xy[:, x, y] @ v)[:, 0, 0])
        if r.mean() > CERTAIN / np.sqrt(measured.n.sum()):
            largest = max(largest, float(r.mean()))
    return largest
