"""How many canonical pairs are more than chance: permutation p-values by component.

With `U` and `V` the canonical variates of both views (each completed to a basis of its span), the
test of component k asks whether `U[:, k:]` and `V[:, k:]` are related. The rows of one of them are
permuted against the other, and their canonical correlations r give Wilks' statistic,
`prod (1 - r^2)`. Earlier components are thus removed from both views before the permutation:
testing the k-th correlation of permuted whole views instead declares too many.

The squared correlations themselves are not needed: `prod (1 - r^2)` is the determinant of
`[[I, M], [M', I]]` with `M = U[:, k:]' V[:, k:]`, and with the last components first the
determinants for all k come from one Cholesky factor.

Source: Winkler, Renaud, Smith and Nichols, "Permutation inference for canonical correlation
analysis", NeuroImage 220, 2020; their Algorithm 1 without nuisance variables but the mean, which
permutations leave as it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.aligners.perfect import pair_with_noise
from alignlab.aligners.whitened import View, levels_of
from alignlab.checks import InputError, as_count
from alignlab.precision import Rounding
from alignlab.work import Progress, reporter

NUMBERS, AT_ONCE = 1_000_000, 50
"""Permuted rows of about this many numbers are held at once, of at most this many permutations."""

SHRUNK = 1 - 1e-10
"""Correlations are multiplied by this, so that those of exactly 1 have a finite statistic."""

EQUAL = 1e-9
"""Statistics that differ by less than this share count as equal: rounding, not chance."""


def component_p_values(
    X1: np.ndarray,
    X2: np.ndarray,
    permutations: int = 999,
    seed: int = 0,
    *,
    progress: Progress = None,
) -> pd.DataFrame:
    """Permutation p-values of the canonical correlations, component by component.

    Views are centred; the units of columns do not matter. Rows are assumed to be exchangeable under
    the null hypothesis: independent samples, no time series. Valid for components beyond the first,
    since earlier ones are removed before the rows are permuted.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample, with n - 1 >= r1 + r2 for the ranks
        r1 and r2 of the views.
    permutations : number of random permutations of the rows of X2 against those of X1. The smallest
        p-value is 1 / (permutations + 1).
    seed : of the permutations.
    progress : called with (done, total) permutations, or a bar: `progress=tqdm()`.

    Returns
    -------
    A frame with one row per component, min(r1, r2) in all, and the index `component` from 1:

    correlation : the canonical correlation.
    wilks : Wilks' statistic of this component and all later ones, the product of `1 - r^2`.
    p : share of permutations with a statistic as small, counting the pairs as they are as one.
    p_fwer : the largest p up to this component. To call components real while `p_fwer <= 0.05`
        errs anywhere with a probability of at most 0.05.

    Raises
    ------
    ValueError
        As `cca`; too few rows for the ranks of the views; a number of permutations below 1.

    Source: Winkler, Renaud, Smith and Nichols, "Permutation inference for canonical correlation
    analysis", NeuroImage 220, 2020.

    Examples
    --------
    Two of four coordinates are shared, and two canonical pairs are more than chance:

    >>> import alignlab as al
    >>> data = al.sample_spiked(al.SpikedSpec(d=4, k=2, nu=0.0), n=200, seed=0)
    >>> table = al.component_p_values(data.X1, data.X2, permutations=99)
    >>> (table.p_fwer <= 0.05).tolist()
    [True, True, False, False]
    >>> bool((abs(table.correlation - al.cca(data.X1, data.X2, k=4).spectrum) < 1e-9).all())
    True
    """
    name = "component_p_values"
    X1, X2, *noises = pair_with_noise(X1, X2, name)
    count = as_count(permutations, "permutations", name, 1)
    seed = as_count(seed, "seed", name, 0)
    report = reporter(progress, name)
    U, correlations, V = _variates(_basis(X1, noises[0]), _basis(X2, noises[1]))
    n, width = V.shape
    if U.shape[1] + width > n - 1:
        raise InputError(
            name,
            f"{n} pairs of views with ranks {U.shape[1]} and {width} correlate perfectly in every "
            "permutation: use more pairs, or reduce the features first (PCA)",
        )
    own = _statistics(U, V[None])[0]
    rng, smaller = np.random.default_rng([seed, 22]), np.zeros(len(own), dtype=int)
    step = int(np.clip(NUMBERS // V.size, 1, AT_ONCE))
    for start in range(0, count, step):
        report(start, count)
        orders = [rng.permutation(n) for _ in range(min(step, count - start))]
        smaller += (_statistics(U, V[np.array(orders)]) <= own + EQUAL * np.abs(own)).sum(0)
    report(count, count)
    p = (1 + smaller) / (1 + count)
    return pd.DataFrame(
        {
            "correlation": correlations,
            "wilks": np.cumprod(1 - np.minimum(correlations, 1.0)[::-1] ** 2)[::-1],
            "p": p,
            "p_fwer": np.maximum.accumulate(p),
        },
        index=pd.RangeIndex(1, len(p) + 1, name="component"),
    )


def _basis(X: np.ndarray, noise: Rounding) -> np.ndarray:
    """An orthonormal basis (n, r) of the centred columns of X (n, d)."""
    view = View.of(linalg.to_device(X)[None], raw=False, noise=levels_of(noise))
    _, T = view.directions(1.0)
    return linalg.to_numpy((view.X @ T)[0]) / len(X) ** 0.5


def _variates(Q1: np.ndarray, Q2: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical variates U (n, r1), correlations (r1,) and V (n, r2) of bases Q1 and Q2, r1 <= r2.

    The last r2 - r1 columns of V complete its basis. The views are exchanged where r1 > r2.
    """
    if Q1.shape[1] > Q2.shape[1]:
        Q1, Q2 = Q2, Q1
    r1, r2 = Q1.shape[1], Q2.shape[1]
    W1, s, W2 = linalg.singular_triplets(Q1.T @ Q2, r1)
    rest = linalg.fixed_gaussian(r2, r2)[:, r1:]
    W2 = linalg.orthonormal_columns(np.concatenate([W2, rest], axis=1))
    return Q1 @ W1, s, Q2 @ W2


def _statistics(U: np.ndarray, V: np.ndarray) -> np.ndarray:
    """The logarithm of Wilks' statistic of every component (b, r1), for U (n, r1), V (b, n, r2)."""
    M = SHRUNK * (U.T @ V)
    r1, r2 = M.shape[1:]
    G = np.zeros((len(M), r1 + r2, r1 + r2)) + np.eye(r1 + r2)
    G[:, :r1, r1:], G[:, r1:, :r1] = M, M.mT
    # what completes V, then the last pair of variates, ..., the first
    pairs = [(j, r1 + j) for j in reversed(range(r1))]
    order = [*range(2 * r1, r1 + r2), *(i for pair in pairs for i in pair)]
    L = linalg.lower_root(np.ascontiguousarray(G[:, order][:, :, order]))
    logs = 2 * np.log(np.diagonal(L, axis1=1, axis2=2)).cumsum(1)
    return logs[:, r2 - r1 + 1 :: 2][:, ::-1]
