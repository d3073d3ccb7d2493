"""Sample moments of n Gaussian pairs, drawn directly at a cost independent of n.

The centred moments of n Gaussian pairs are Wishart with m = n - 1 degrees of freedom, so by
Bartlett's decomposition they are `F F'` with `F = L T / sqrt(m)`: L the Cholesky factor of the
joint covariance of (x, y), T lower triangular with independent entries, standard normal below the
diagonal and roots of chi-squared variables with m - i degrees of freedom on it (i = 0, 1, ...).
Whitening x needs no factorisation: its factor is a block of F.

Q_x and Q_y are identities here. Rotating a view rotates every fit with it, so singular values and
distances to the shared coordinates do not depend on them.

Source: M. S. Bartlett, "On the theory of statistical regression", 1933.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from alignlab import linalg
from alignlab.checks import MOST, InputError, as_count, as_float
from alignlab.linalg import Array


def bartlett(width: int, degrees: int, seeds: Sequence[int]) -> np.ndarray:
    """T (len(seeds), width, min(width, degrees)) of the decomposition, one per seed.

    The numbers of a seed change smoothly with the degrees of freedom: the chi-squared variables are
    quantiles of the same uniform draws. With fewer degrees of freedom than columns T has only that
    many columns (the moments are then singular, and still exact in distribution).
    """
    reach = min(width, degrees)
    freedom = degrees - np.arange(reach)
    T = np.empty((len(seeds), width, width))
    for number, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        T[number] = np.tril(rng.standard_normal((width, width)), -1)
        quantiles = rng.random(width)[:reach]
        diagonal = np.sqrt(2 * gammaincinv(freedom / 2, quantiles))
        T[number, np.arange(reach), np.arange(reach)] = diagonal
    return np.ascontiguousarray(T[..., :reach])


def turned(T: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
    """T (..., 2d, r) with its first d columns rotated at random: the moments `F F'` are the same.

    Where sample correlations are exactly 1, as with fewer degrees of freedom than columns or in a
    model without noise, the directions of CA among them are arbitrary: after the rotation no
    coordinate is favoured.
    """
    d = T.shape[-2] // 2
    turns = [linalg.random_rotation(d, np.random.default_rng([seed, 1])) for seed in seeds]
    return np.concatenate([T[..., :d] @ np.stack(turns), T[..., d:]], axis=-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Factors:
    """A factor `F = [[x, 0], [xy, y]]` of joint moments (2d, 2d) of (x, y), any leading axes.

    x : (..., d, d), `Sxx = x x'`.
    xy : (..., d, d), `Syx = xy x'`.
    y : (..., d, r), `Syy = xy xy' + y y'`.
    """

    x: Array
    xy: Array
    y: Array

    @property
    def root_y(self) -> Array:
        """The Cholesky factor (..., d, d) of Syy."""
        return linalg.lower_root(self.xy @ self.xy.mT + self.y @ self.y.mT)

    def couplings(self) -> tuple[Array, Array, Array, Array]:
        """C, A and A reversed (..., d, d) up to rotations of the whitened views, and `root_y`.

        Singular values are those of `Sxx^-1/2 Sxy Syy^-1/2` and so on; columns belong to the
        whitened source: x for C (whose rows belong to y) and for A, y for A reversed.
        """
        root_y = self.root_y
        C = linalg.solved(root_y, self.xy)
        return C, self.xy, self.x @ C.mT, root_y


def sampled(
    variance_x: np.ndarray, variance_y: np.ndarray, covariance: np.ndarray, T: np.ndarray, n: int
) -> Factors:
    """The factor of the moments of n pairs with independent coordinates.

    Parameters
    ----------
    variance_x, variance_y, covariance : (..., d), as in `spiked.model`; variances are positive.
    T : (..., 2d, r), draws of `bartlett` with n - 1 degrees of freedom.
    """
    return _scaled(variance_x, variance_y, covariance, T / np.sqrt(n - 1))


def population(variance_x: np.ndarray, variance_y: np.ndarray, covariance: np.ndarray) -> Factors:
    """The factor of the population moments, for infinitely many pairs; as `sampled`.

    variance_x, variance_y, covariance : (..., d).
    """
    T = np.eye(2 * variance_x.shape[-1])
    return _scaled(variance_x, variance_y, covariance, T)


def _scaled(
    variance_x: np.ndarray, variance_y: np.ndarray, covariance: np.ndarray, T: np.ndarray
) -> Factors:
    """The factor `L T`."""
    d = variance_x.shape[-1]
    T = linalg.to_device(T)
    onto = covariance / np.sqrt(variance_x)
    left = np.sqrt(np.maximum(variance_y - onto**2, 0.0))
    root_x, onto, left = (linalg.to_device(part)[..., None] for part in
                          (np.sqrt(variance_x), onto, left))  # fmt: skip
    return Factors(
        x=root_x * T[..., :d, :d],
        xy=onto * T[..., :d, :d] + left * T[..., d:, :d],
        y=left * T[..., d:, d:],
    )


def check_pairs(n: int, d: int, caller: str) -> int:
    """N as an int; ValueError if covariances of n centred pairs cannot be inverted."""
    n = as_count(n, "n", caller, 2)
    if n > MOST:
        raise InputError(
            caller, f"n = {as_float(n):.3g} pairs are out of range: use at most {MOST:.0e}"
        )
    if n <= d:
        raise InputError(
            caller,
            f"n = {n} pairs of d = {d} features have singular covariances, which "
            f"cannot be whitened: use n of at least {d + 1}, or lower d",
        )
    return n
