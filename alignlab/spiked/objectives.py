"""Further measures: errors, the joint objective and the soft bottleneck, in samples.

Each is a `Measure` for `monte_carlo.Sampling`; population values come from the same function. The
settings are those of the linear experiments of "When to Align, When to Predict".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.spiked.monte_carlo import Measure, Moments, encoder_spans, recovered
from alignlab.spiked.wishart import Factors


def _errors(factors: Factors, k: int, moments: Moments) -> np.ndarray:
    x, y, covariance = (linalg.to_device(part) for part in moments)
    columns = []
    for span in encoder_spans(factors, k)[:2]:
        code = factors.x.mT @ span  # encoder applied to the sample, up to a rotation
        probe = linalg.solved(code.mT @ code, code.mT @ factors.xy.mT)
        prediction = span @ probe  # (d, d), y = x @ prediction in the coordinates
        explained = 2 * covariance * linalg.diagonal(prediction)
        spread = (x[..., :, None] * prediction**2).sum(-2)
        missed = spread - explained
        signal = (missed[..., :k] + covariance[..., :k]).sum(-1)
        columns += [(missed + y).sum(-1), signal]
        columns.append(recovered(span, k)[1])
    return np.stack([linalg.to_numpy(column) for column in columns], axis=-1)


ERRORS = Measure(
    names=("ca total", "ca signal", "ca distance", "cp total", "cp signal", "cp distance"),
    of=_errors,
)
"""Errors of predicting y from the k-dimensional code of CA (by a linear probe) and of CP.

Encoder and probe are fitted to the sample; the errors are exact expectations over new pairs:
`total` is E||y - yhat||^2, `signal` is E||z - yhat_shared||^2 for the shared coordinates without
noise, and `distance` is the subspace distance of the encoder. CP's total error is the lowest
possible with a code of k dimensions.

Source: section 3.2 ("failure modes") and Figure 9.
"""


def joint_objective(weights: Sequence[float]) -> Measure:
    """Subspace distances of encoders between CP and CA, one for each weight lambda.

    Subject to `W Sxx W' = I`, `W Sxx^1/2` holds the k leading eigenvectors of
    `GG' + lambda (CC' - I)` with `G = Sxx^-1/2 Sxy`: CP at lambda = 0, CA as it grows.

    Source: the public code of the phase diagram's paper, joint objective.
    """

    def of(factors: Factors, k: int, _: Moments) -> np.ndarray:
        C, A, _, _ = factors.couplings()
        found = []
        for weight in weights:
            # C'C - I has the eigenvectors of C'C, and A is G' up to a rotation
            both = linalg.concatenate([A, np.sqrt(weight) * C], -2)
            leading, _ = linalg.leading_directions(both, k)
            found.append(recovered(linalg.solved(factors.x.mT, leading), k)[1])
        return np.stack(found, axis=-1)

    return Measure(names=tuple(f"{weight:g}" for weight in weights), of=of)


def _soft_bottleneck(factors: Factors, k: int, _: Moments) -> np.ndarray:
    C = factors.couplings()[0]
    phi = linalg.to_numpy(linalg.leading_directions(C, k)[1])
    return np.stack([2 * (1 / phi).sum(-1), 2 / phi[..., -1]], axis=-1)


SOFT_BOTTLENECK = Measure(names=("norm", "bound"), of=_soft_bottleneck)
"""`||W Sxx^1/2||_F^2 + ||V Syy^1/2||_F^2` of CA's encoders, and its bound `2 / phi_k`.

With `W = Phi_k^-1/2 P_k' Sxx^-1/2` and V likewise, the norm is `2 sum_i 1/phi_i`: a shared
direction with canonical correlation phi costs 2/phi, which diverges as phi -> 0.

Source: Theorem A.1 (eq. 9) and the public code's soft bottleneck.
"""


def shared_dimensions(k: int, rank_x: int, rank_y: int, rank_xy: int) -> int:
    """How many shared dimensions CA can recover when the views are rank-limited.

    View x contains the first rank_x of k shared coordinates (variance 1, with noise 0.5), y the
    first rank_y, and the first rank_xy of them covary. The number of non-zero canonical
    correlations, counted by an SVD of the population C: the smallest of the three ranks.

    Source: the public code's hard bottleneck.
    """
    held_x, held_y, covary = (np.arange(k) < rank for rank in (rank_x, rank_y, rank_xy))
    C = np.diag((held_x & held_y & covary) / np.sqrt((held_x + 0.5) * (held_y + 0.5)))
    return linalg.numerical_rank(linalg.singular_triplets(C, 1)[1])


def shared_dimensions_table(k: int, rank_xy: int) -> pd.DataFrame:
    """`shared_dimensions` (k + 1, k + 1) by the ranks of y (rows) and of x (columns)."""
    ranks = range(k + 1)
    counts = [[shared_dimensions(k, x, y, rank_xy) for x in ranks] for y in ranks]
    return pd.DataFrame(counts, index=pd.Index(ranks, name="r_y"), columns=list(ranks))


def shared_by_all(k: int, views: int, rank_xy: int) -> int:
    """How many dimensions are shared by all of several views with ranks k, k - 1, ...

    The smallest number of non-zero canonical correlations of any two views: `k - views + 1`, or the
    rank of the coupling if that is lower.
    """
    ranks = [k - view for view in range(views)]
    return min(
        shared_dimensions(k, a, b, rank_xy) for i, a in enumerate(ranks) for b in ranks[i + 1 :]
    )
