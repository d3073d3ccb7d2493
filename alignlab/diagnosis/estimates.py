"""Signal and nuisance values of C, A and A reversed, corrected for sampling noise and as sampled.

Noise inflates the largest nuisance value: with 17 equal population values of 0.6, sample values
reach 0.74 at n = 500. Two estimates of the population's largest value nearly avoid this bias. The
noise-corrected root mean square of all nuisance values is unbiased and precise if they are equal. A
leading pair of directions fitted on some blocks and measured on the others is also valid if they
are not, with a larger error. The estimate moves smoothly from the first to the second as their
difference grows in units of its standard error, so it has no jumps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab import linalg
from alignlab.diagnosis.block_moments import FOLDS, BlockMoments, OfViews
from alignlab.diagnosis.shared_directions import Split, Whitened
from alignlab.spiked.model import separation_ratio

BLEND = (1.0, 3.0)
"""Standard errors above the root mean square at which the held-out value begins to count, and at
which only it counts."""

DIVISIONS = 4
"""The estimate from all rows is the mean over this many divisions into folds."""

POWER = 6
"""Number of squarings in the power iteration for singular vectors, `(M'M)^(2^POWER)`."""

RIDGE = 1e-6
"""Added to the variances in subsets of the rows, as a subset may not vary in a direction; the
variances over all rows are 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Values:
    """Signal and nuisance values by objective, in the order of `spiked.model.OBJECTIVES`.

    signal : (3, r, k) descending. nuisance : (3, r), the largest one.
    """

    signal: np.ndarray
    nuisance: np.ndarray

    @property
    def ratios(self) -> np.ndarray:
        """`Delta = min signal / max nuisance` (3, r); infinite without nuisance."""
        return separation_ratio(self.signal[..., -1], self.nuisance)


def corrected(
    moments: BlockMoments, chosen: np.ndarray, white: Whitened, parts: Split, seed: int = 0
) -> Values:
    """Estimates of the population values from the blocks chosen (r, BLOCKS), 0 or 1.

    white, parts : whitened moments and split of the same blocks. seed : of the division into folds.
    A single set of rows (r = 1) is divided into folds `DIVISIONS` times.
    """
    R = parts.Ux.mT @ white.C @ parts.Uy
    # A multiplies R by its target's full root: the bases may be oblique in feature space
    into_y, into_x = parts.Uy.mT @ white.root_y, white.root_x @ parts.Ux
    signal = [linalg.singular_values(M) for M in (R, R @ into_y, into_x @ R)]
    if 0 in (parts.Nx.shape[-1], parts.Ny.shape[-1]):
        return Values(signal=np.stack(signal), nuisance=np.zeros((3, len(chosen))))
    pooled = _pooled(white, parts)
    found = []
    for number in range(DIVISIONS if len(chosen) == 1 else 1):
        rng = np.random.default_rng([seed, 17, number])
        value, error = _held_out(moments, chosen, _divided(chosen, rng), white, parts)
        excess = np.divide(value - pooled, error, out=np.zeros_like(value), where=error > 0)
        share = np.clip((excess - BLEND[0]) / (BLEND[1] - BLEND[0]), 0.0, 1.0)
        found.append(pooled + share * np.maximum(value - pooled, 0.0))
    return Values(signal=np.stack(signal), nuisance=np.mean(found, axis=0))


def _divided(chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The fold of every block (r, BLOCKS); the chosen blocks are in folds of equal sizes."""
    order = np.argsort(rng.random(chosen.shape) + (chosen == 0), axis=1)
    fold = np.empty(chosen.shape, dtype=np.int64)
    np.put_along_axis(fold, order, np.arange(chosen.shape[1])[None] % FOLDS, axis=1)
    return fold


def as_sampled(white: Whitened, parts: Split) -> Values:
    """Uncorrected sample values: those of the shared directions and of all other directions."""
    C = white.C
    A, A_reverse = C @ white.root_y, C.mT @ white.root_x
    seen = ((C, parts.Ux, parts.Nx), (A, parts.Ux, parts.Nx), (A_reverse, parts.Uy, parts.Ny))
    signal = [linalg.singular_values(M.mT @ U) for M, U, _ in seen]
    nuisance = [_largest(M.mT @ N) for M, _, N in seen]
    return Values(signal=np.stack(signal), nuisance=np.stack(nuisance))


def _largest(M: np.ndarray) -> np.ndarray:
    return linalg.singular_values(M)[..., 0] if M.shape[-1] else np.zeros(len(M))


def _pooled(white: Whitened, parts: Split) -> np.ndarray:
    """Root mean squares (3, r) of the nuisance values, corrected for the noise of n rows.

    With q the smaller and w the larger number of nuisance directions, the sample's `|C|^2 / q`
    has mean `nu^2 + (1 - nu^2) w / n`: a regression on w coordinates explains w / n by chance.
    """
    N = parts.Nx.mT @ white.C @ parts.Ny
    into_x, into_y = _targets(white, parts)
    q, n = min(N.shape[-2:]), white.n
    chance = max(N.shape[-2:]) / n
    square = np.maximum(((N**2).sum((-2, -1)) / q - chance) / (1 - chance), 0.0)
    squares = [square]
    for M, into, sources in (
        (N @ into_y, into_y, N.shape[-2]),
        (into_x @ N, into_x, N.shape[-1]),
    ):
        noise = (into**2).sum((-2, -1)) / q * sources / n * (1 - square)
        squares.append(np.maximum((M**2).sum((-2, -1)) / q - noise, 0.0))
    return np.sqrt(np.stack(squares))


def _targets(white: Whitened, parts: Split) -> tuple[np.ndarray, np.ndarray]:
    """Maps of whitened nuisance to the units of the target: (r, d1, d1 - k), (r, d2 - k, d2)."""
    return white.root_x @ parts.Nx, parts.Ny.mT @ white.root_y


def _held_out(
    moments: BlockMoments,
    chosen: np.ndarray,
    fold: np.ndarray,
    white: Whitened,
    parts: Split,
) -> tuple[np.ndarray, np.ndarray]:
    """Held-out values (3, r) of the leading nuisance directions, and their standard errors."""
    from_x, from_y = white.to_x @ parts.Nx, white.to_y @ parts.Ny
    into_x, into_y = _targets(white, parts)
    found, everything = [], moments.sums(chosen)
    for number in range(FOLDS):
        held = moments.sums(chosen * (fold == number))
        (xx, yy, xy), measured = (
            _within(moments.of_views(sums), from_x, from_y) for sums in (everything - held, held)
        )
        root_x, root_y = linalg.lower_root(xx), linalg.lower_root(yy)
        half = linalg.solved(root_x, xy)
        C = linalg.solved(root_y, half.mT).mT
        u, v = _leading_pair(C)
        pairs = [(linalg.solved(root_x.mT, u), linalg.solved(root_y.mT, v), (True, True))]
        u, v = _leading_pair(half @ into_y)
        pairs.append((linalg.solved(root_x.mT, u), into_y @ v, (True, False)))
        u, v = _leading_pair(into_x @ linalg.solved(root_y, xy.mT).mT)
        pairs.append((into_x.mT @ u, linalg.solved(root_y.mT, v), (False, True)))
        found.append([_measure(*pair, measured) for pair in pairs])
    value, variance = np.moveaxis(np.array(found).mean(0), 1, 0)
    return value, np.sqrt(variance / white.n)


def _within(S: OfViews, from_x: np.ndarray, from_y: np.ndarray) -> tuple[np.ndarray, ...]:
    xx, yy = from_x.mT @ S.xx @ from_x, from_y.mT @ S.yy @ from_y
    ridged = (M + RIDGE * linalg.identity(M) for M in (xx, yy))
    return (*ridged, from_x.mT @ S.xy @ from_y)


def _leading_pair(M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Approximate leading singular vectors u (r, p, 1) and v (r, q, 1) of M (r, p, q).

    By `POWER` squarings of `M'M`: other vectors remain only if their values are near the leading
    one, and the resulting pair is measured on other rows without bias.
    """
    gram = M.mT @ M
    for _ in range(POWER):
        gram = gram / np.maximum(np.trace(gram, axis1=1, axis2=2), 1e-300)[:, None, None]
        gram = gram @ gram
    longest = np.einsum("rii->ri", gram).argmax(1)
    v = np.take_along_axis(gram, longest[:, None, None], 2)
    v = v / np.maximum(linalg.lengths(v.mT), 1e-300)[..., None]
    u = M @ v
    return u / np.maximum(linalg.lengths(u.mT), 1e-300)[..., None], v


def _measure(
    u: np.ndarray, v: np.ndarray, to_unit: tuple[bool, bool], moments: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance (r,) along u and v, and n times its squared error; to_unit : normalise a side."""
    xx, yy, xy = moments
    variances = [(w.mT @ S @ w)[..., 0, 0] for w, S in ((u, xx), (v, yy))]
    covariance = (u.mT @ xy @ v)[..., 0, 0]
    spread = variances[0] * variances[1] - covariance**2
    scale = np.ones_like(covariance)
    for unit, variance in zip(to_unit, variances, strict=True):
        scale *= variance if unit else 1.0
    scale[scale == 0] = 1.0  # without coupling u and v are zero, and so is the covariance
    return covariance / np.sqrt(scale), np.maximum(spread, 0.0) / scale
