"""Split two whitened views into the shared subspace that the labels determine, and the rest.

Write `C = Sxx^-1/2 Sxy Syy^-1/2`, and `Bx = Sxx^-1/2 SxL SLL^-1/2`, By alike. In the spiked model
the k shared coordinates are subspaces Ux, Uy (d, k) of the whitened views such that Bx and By lie
within them and C has no entry between them and their complements Nx, Ny. Sampled, all of these
parts are noise of size 1/sqrt(n), so the likeliest subspaces make them smallest in total:

    minimise  m |Nx' Bx|^2 + m |Ny' By|^2 + n |Nx' C Uy|^2 + n |Ux' C Ny|^2

with m labelled of n rows. For a given Uy the best Ux are the k leading eigenvectors of
`(m/n) Bx Bx' + C (2 Uy Uy' - I) C'`, and the other way round: a few rounds of eigenvectors.

Where the bases Q_x, Q_y of the model are orthogonal in the features too, Ux is also an invariant
subspace of Sxx, hence of `G = log Sxx`, and `|Nx' G Ux|^2` joins the sum. Embeddings need not be
so: `fitted` tests it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from alignlab import linalg
from alignlab.diagnosis.block_moments import Covariances, roots

ROUNDS = 10
"""Iterations of `split`, starting from the labels only."""

AXES = 0.3
"""Weight of the terms in log Sxx and log Syy relative to those in C."""

FLOOR = 1e-10
"""Label directions with less variance than `FLOOR` times the largest are left out."""

LEVEL, AXES_LEVEL = 0.01, 0.02
"""Significance levels of the tests for a further label direction, and against invariance."""

CARRIED = 0.015
"""A direction counts as signal if it carries at least this fraction of the squared correlations of
a view with the labels. With many rows even very weak directions are significant, and the weakest
signal direction decides the regime."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Whitened:
    """Whitened moments of r subsets of the rows, along the leading axis.

    C : (r, d1, d2). Bx, By : (r, d1, p), (r, d2, p), scaled by sqrt(m/n). n, m : (r,) numbers of
    rows and of labelled rows.
    to_x, to_y : `Sxx^-1/2` and `Syy^-1/2`. root_x, root_y : their inverses; both within the spans
    of Sxx and Syy. Gx, Gy : sqrt(AXES) log Sxx and sqrt(AXES) log Syy, with trace zero.
    directions : (r,), number of linearly independent label columns.
    """

    C: np.ndarray
    Bx: np.ndarray
    By: np.ndarray
    n: np.ndarray
    m: np.ndarray
    to_x: np.ndarray
    to_y: np.ndarray
    root_x: np.ndarray
    root_y: np.ndarray
    Gx: np.ndarray
    Gy: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, S: Covariances) -> Whitened:
        to_x, root_x, Gx = roots(S.xx)
        to_y, root_y, Gy = roots(S.yy)
        variances, V = linalg.symmetric_eigen(S.ll) if S.ll.size else (S.ll.sum(-1), S.ll)
        kept = variances > FLOOR * variances[..., :1]
        scale = np.where(kept, variances, np.inf) ** -0.5
        to_l = V * (scale * np.sqrt(S.labelled / S.n)[:, None])[..., None, :]
        return cls(
            C=to_x @ S.xy @ to_y,
            Bx=to_x @ S.xl @ to_l,
            By=to_y @ S.yl @ to_l,
            n=S.n,
            m=S.labelled,
            to_x=to_x,
            to_y=to_y,
            root_x=root_x,
            root_y=root_y,
            Gx=AXES**0.5 * Gx,
            Gy=AXES**0.5 * Gy,
            directions=kept.sum(-1),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Orthonormal bases in the whitened views: Ux (r, d1, k), Nx (r, d1, d1 - k), and of y."""

    Ux: np.ndarray
    Nx: np.ndarray
    Uy: np.ndarray
    Ny: np.ndarray


def label_rank(white: Whitened) -> int:
    """Dimension of the label subspace in x or in y, the larger, by sequential chi-squared tests.

    With r directions found, n times the sum of the squared remaining singular values of B is
    chi-squared with (d - r)(p - r) degrees of freedom if there are no more (Bartlett, Lawley).
    """
    return max(_rank(B[0], float(white.n[0]), int(white.directions[0]))
               for B in (white.Bx, white.By))  # fmt: skip


def _rank(B: np.ndarray, n: float, directions: int) -> int:
    d, rank = len(B), 0
    values = linalg.singular_values(B) if B.size else np.empty(0)
    most = min(d, directions)
    while rank < most:
        rest = n * (values[rank:] ** 2).sum()
        if chdtrc((d - rank) * (directions - rank), rest) >= LEVEL:
            break
        rank += 1
    squares = values[:rank] ** 2
    return int(np.count_nonzero(squares >= CARRIED * squares.sum())) if rank else 0


def split(
    white: Whitened, k: int, *, axes: bool, rounds: int = ROUNDS, start: Split | None = None
) -> Split:
    """The most likely k shared directions; axes : require invariance under Sxx and Syy too."""
    C, weight = white.C, float(axes)
    if start is None:
        Ux, Uy = (_leading(B @ B.mT)[..., :k] for B in (white.Bx, white.By))
    else:
        Ux, Uy = start.Ux, start.Uy
    for _ in range(rounds):
        x = _leading(_pull(white.Bx, C @ Uy, C, white.Gx, Ux, weight))
        Ux = x[..., :k]
        y = _leading(_pull(white.By, C.mT @ Ux, C.mT, white.Gy, Uy, weight))
        Uy = y[..., :k]
    return Split(Ux=Ux, Nx=x[..., k:], Uy=Uy, Ny=y[..., k:])


def _pull(
    B: np.ndarray, CU: np.ndarray, C: np.ndarray, G: np.ndarray, U: np.ndarray, weight: float
) -> np.ndarray:
    """The matrix whose leading eigenvectors are the next U; the term in G is linearised in U."""
    M = B @ B.mT + 2 * CU @ CU.mT - C @ C.mT
    if weight:
        GU = G @ U
        M = M + 2 * GU @ GU.mT - G @ G
    return M


def _leading(M: np.ndarray) -> np.ndarray:
    return linalg.symmetric_eigen(M)[1]


def fitted(white: Whitened, k: int) -> tuple[bool, Split]:
    """Whether the shared directions may also be invariant under Sxx and Syy, and their split.

    The fits with and without invariance differ in the k (d - k) angles of each view: the increase
    of the minimised sum is compared with a chi-squared distribution with as many degrees of
    freedom.
    """
    free, bound = (split(white, k, axes=axes) for axes in (False, True))
    angles = k * (white.C.shape[-2] - k) + k * (white.C.shape[-1] - k)
    # the free fit may end above the bound one by rounding; chdtrc of less than 0 is NaN
    excess = max(_misfit(white, bound) - _misfit(white, free), 0.0)
    axes = angles == 0 or bool(chdtrc(angles, excess) > AXES_LEVEL)
    return axes, bound if axes else free


def _misfit(white: Whitened, parts: Split) -> float:
    """The sum that `split` minimises, times n, without the terms in G, for the first subset."""
    C = white.C
    leaks = (
        parts.Nx.mT @ white.Bx,
        parts.Ny.mT @ white.By,
        parts.Nx.mT @ C @ parts.Uy,
        parts.Ux.mT @ C @ parts.Ny,
    )
    return float(white.n[0] * sum((leak[0] ** 2).sum() for leak in leaks))
