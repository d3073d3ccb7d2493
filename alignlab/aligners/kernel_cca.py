"""Kernel CCA: kernel principal components of each view, then CCA with a ridge that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alignlab import linalg, metrics
from alignlab.aligners.kernels import gaussian_kernel, median_distance, spaced
from alignlab.aligners.mapped import MappedAlignment
from alignlab.aligners.whitened import plain_cca
from alignlab.checks import InputError, aligner, as_count, as_pair

LANDMARKS = 1000
"""The kernel is evaluated at no more fitted rows than this, evenly spaced among all."""

COMPONENTS = 256
"""At most this many kernel principal components of each view are used."""

NEGLIGIBLE = 1e-10
"""Components whose variance is below this share of the first one's are left out."""

RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""The ridges that are tried; the variances of all components add up to less than 1."""

FOLDS = 3
"""The ridge is chosen on this many folds of the fitted pairs."""

BLOCK = 4096
"""Rows are mapped in blocks of this size, so that memory is bounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelComponents:
    """Kernel principal components of one view, from a Gaussian kernel at some of its rows.

    rows : (m, d), the rows; width : of the kernel.
    means : (m,), of the kernel's columns at these rows; total : their mean.
    V : (m, r), the eigenvectors of the centred kernel over the roots of their eigenvalues.
    """

    rows: np.ndarray
    width: float
    means: np.ndarray
    total: float
    V: np.ndarray

    @property
    def d(self) -> int:
        """Number of columns of the view."""
        return self.rows.shape[1]

    @classmethod
    def of(cls, X: np.ndarray) -> KernelComponents:
        """The components of the fitted rows X (n, d), at most `COMPONENTS`."""
        rows, width = X[spaced(len(X), LANDMARKS)], median_distance(X)
        K = gaussian_kernel(rows, rows, width)
        means, total = K.mean(axis=0), float(K.mean())
        most = min(COMPONENTS, max(len(rows) - 1, 1))
        values, V = linalg.leading_eigen(K - means - means[:, None] + total, most)
        kept = values > NEGLIGIBLE * values[0]
        V = V[:, kept] / np.sqrt(values[kept])
        return cls(rows=rows, width=width, means=means, total=total, V=V)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The components (n, r) of X (n, d)."""
        return np.concatenate([self._block(X[i : i + BLOCK]) for i in range(0, len(X), BLOCK)])

    def _block(self, X: np.ndarray) -> np.ndarray:
        K = gaussian_kernel(X, self.rows, self.width)
        return (K - K.mean(axis=1, keepdims=True) - self.means + self.total) @ self.V


@aligner
def kernel_cca(
    X1: np.ndarray, X2: np.ndarray, k: int, ridge: float | None = None
) -> MappedAlignment:
    """Kernel CCA with a Gaussian kernel: CCA with ridge of each view's kernel principal components.

    The width is the median distance of the fitted rows of each view. With up to `LANDMARKS` rows
    and `COMPONENTS` components nothing is left out; of more, the kernel is that of evenly spaced
    rows, and the leading components are used. The ridge is that of `RIDGES` with the largest mean
    correlation of the k components on `FOLDS` folds of the fitted pairs, each held out once; the
    components, which do not know the pairs, are those of all fitted rows.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : number of canonical pairs.
    ridge : as of `cca`, added to the variances of the components; None for the choice above.

    Returns
    -------
    MappedAlignment with the ridge, and its correlation on the folds as `score` if it was chosen.

    Raises
    ------
    ValueError
        As `cca`, and for too few pairs to choose a ridge.

    Source: Bach and Jordan, "Kernel Independent Component Analysis", 2002; Hardoon et al.,
    "Canonical Correlation Analysis", 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from alignlab.aligners.kernel_cca import kernel_cca
    >>> t = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    >>> X1, X2 = (np.column_stack([np.cos(m * t), np.sin(m * t)]) for m in (1, 2))
    >>> found = kernel_cca(X1, X2, k=2)
    >>> found.ridge, bool(found.score > 0.99)
    (1e-06, True)
    """
    X1, X2 = as_pair(X1, X2, "kernel_cca")
    k = as_count(k, "k", "kernel_cca", 1)
    maps = KernelComponents.of(X1), KernelComponents.of(X2)
    F1, F2 = maps[0](X1), maps[1](X2)
    if k > (most := min(F1.shape[1], F2.shape[1])):
        raise InputError(
            "kernel_cca",
            f"k = {k} exceeds the {most} kernel principal components of a view: lower k or use "
            "more pairs that differ",
        )
    score = None
    if ridge is None:
        ridge, score = _chosen(F1, F2, k)
    inner = plain_cca(F1, F2, k, ridge)
    return MappedAlignment(maps=maps, inner=inner, method="kernel_cca", ridge=ridge, score=score)


def _chosen(F1: np.ndarray, F2: np.ndarray, k: int) -> tuple[float, float]:
    """The ridge with the largest held-out correlation, and that correlation."""
    fitted = len(F1) - -(-len(F1) // FOLDS)
    if fitted < k + 2:
        raise InputError(
            "kernel_cca",
            f"{len(F1)} pairs on {FOLDS} folds leave {fitted} to fit, too few to choose a ridge "
            f"for k = {k}: use more pairs or lower k",
        )
    folds = [held_out_correlations(F1, F2, k, held_out) for held_out in _folds(len(F1))]
    scores = np.mean(folds, axis=0)
    best = int(scores.argmax())
    return RIDGES[best], float(scores[best])


def _folds(n: int) -> Iterator[np.ndarray]:
    """Masks (n,) of the held-out rows."""
    fold = np.random.default_rng(0).permutation(n) % FOLDS
    return (fold == i for i in range(FOLDS))


def held_out_correlations(
    F1: np.ndarray, F2: np.ndarray, k: int, held_out: np.ndarray
) -> list[float]:
    """Mean correlation of the k components on held-out pairs, for each of `RIDGES`.

    F1 (n, r1) and F2 (n, r2) are the features of all pairs, held_out (n,) is True where they are
    not fitted. The same as by `cca`, with one factorisation of each view for all ridges.
    """
    views = [_Principal.of(F[~held_out]) for F in (F1, F2)]
    cross = views[0].scores.T @ views[1].scores / np.count_nonzero(~held_out)
    new = [view.of_new(F[held_out]) for view, F in zip(views, (F1, F2), strict=True)]
    found = []
    for ridge in RIDGES:
        one, two = ((view.variances + ridge) ** -0.5 for view in views)
        U, _, V = linalg.singular_triplets(one[:, None] * cross * two, k)
        value = metrics.mean_correlation(new[0] @ (one[:, None] * U), new[1] @ (two[:, None] * V))
        found.append(0.0 if np.isnan(value) else value)
    return found


class _Principal(NamedTuple):
    """The principal directions V (r, p) of fitted features, with variances (p,), scores (n, p)."""

    mean: np.ndarray
    V: np.ndarray
    variances: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, F: np.ndarray) -> _Principal:
        centred, mean = linalg.centred(F)
        V, s = linalg.leading_directions(centred, min(centred.shape))
        return cls(mean, V, s**2 / len(F), centred @ V)

    def of_new(self, F: np.ndarray) -> np.ndarray:
        return (F - self.mean) @ self.V
