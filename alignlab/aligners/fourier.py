"""Alignment in random Fourier features: the linear aligners on a fixed nonlinear map of each view.

The inner product of two rows of features approaches the Gaussian kernel of the two rows as the
number of features grows, so CCA of the features approaches kernel CCA, at the cost of linear CCA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from alignlab.aligners.kernels import median_distance
from alignlab.aligners.mapped import MappedAlignment
from alignlab.aligners.perfect import plain_informative
from alignlab.aligners.whitened import plain_cca
from alignlab.checks import aligner, as_count, as_pair, unbox


@dataclass(frozen=True, kw_only=True)
class FourierSpec:
    """How the random Fourier features are drawn.

    features : D, their number in each view, at least 1.
    rank : number of leading directions of the features that informative alignment uses, at least 1;
        never more than there are features.
    seed : of the frequencies and phases, not negative.
    """

    features: int = 64
    rank: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        for count, low in (("features", 1), ("rank", 1), ("seed", 0)):
            as_count(getattr(self, count), count, "FourierSpec", low)


DEFAULT = FourierSpec()


@dataclass(frozen=True, kw_only=True, eq=False)
class FourierFeatures:
    """Random Fourier features of one view, `sqrt(2 / D) cos(X W + b) - mean`.

    W : (d, D), from N(0, 1 / width^2); b : (D,), uniform in [0, 2 pi).
    mean : (D,), of the features of the fitted rows.
    """

    W: np.ndarray
    b: np.ndarray
    mean: np.ndarray

    @property
    def d(self) -> int:
        """Number of columns of the view."""
        return len(self.W)

    @classmethod
    def of(cls, X: np.ndarray, features: int, seed: int, stream: int = 0) -> FourierFeatures:
        """The features for the fitted rows X (n, d), whose median distance is the width.

        seed, stream : the numbers of the random draws, independent for each stream.
        """
        draws = np.random.default_rng([seed, stream])
        W = draws.standard_normal((features, X.shape[1])).T / median_distance(X)
        raw = cls(W=W, b=draws.uniform(0, 2 * np.pi, features), mean=np.zeros(features))
        return replace(raw, mean=raw(X).mean(axis=0))

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The features (n, D) of X (n, d)."""
        return np.sqrt(2 / len(self.b)) * np.cos(X @ self.W + self.b) - self.mean


@aligner
def fourier_cca(
    X1: np.ndarray, X2: np.ndarray, k: int, spec: FourierSpec = DEFAULT, ridge: float = 0.0
) -> MappedAlignment:
    """CCA of random Fourier features of both views: nonlinear CCA in closed form.

    The features are those of a Gaussian kernel whose width is the median distance of the fitted
    rows of each view (`kernels.median_distance`), centred by the fitted rows. Variates of the
    fitted pairs have unit variance without ridge.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : number of canonical pairs, at most the number of features and n - 1.
    spec : number of features and seed.
    ridge : as of `cca`, added to the variances of the features, whose sum is below 1.

    Returns
    -------
    MappedAlignment with spectrum (D,).

    Raises
    ------
    ValueError
        As `cca`.

    Source: Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", 2007; for CCA,
    Lopez-Paz et al., "Randomized Nonlinear Component Analysis", 2014.

    Examples
    --------
    The double angle has no linear correlation, and a nonlinear one close to 1:

    >>> import numpy as np
    >>> from alignlab.aligners.fourier import fourier_cca
    >>> t = np.random.default_rng(0).uniform(0, 2 * np.pi, 500)
    >>> X1, X2 = (np.column_stack([np.cos(m * t), np.sin(m * t)]) for m in (1, 2))
    >>> Z1, Z2 = fourier_cca(X1, X2, k=2).embed(X1, X2)
    >>> bool(np.corrcoef(Z1[:, 0], Z2[:, 0])[0, 1] > 0.99)
    True
    """
    maps, F1, F2 = _featured(X1, X2, spec, "fourier_cca")
    return MappedAlignment(maps=maps, inner=plain_cca(F1, F2, k, ridge), method="fourier_cca")


@aligner
def fourier_informative(
    X1: np.ndarray, X2: np.ndarray, k: int, spec: FourierSpec = DEFAULT
) -> MappedAlignment:
    """Informative perfect alignment of random Fourier features of both views.

    The features are as in `fourier_cca`; `spec.rank` leading directions of each view's are used.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : dimension of the aligned space, at most twice the rank.
    spec : number of features, rank and seed.

    Returns
    -------
    MappedAlignment whose spectrum (s,) is that of `informative_alignment`.

    Raises
    ------
    ValueError
        As `informative_alignment`.

    Source: features of Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", 2007;
    aligning them perfectly is not from the papers.

    Examples
    --------
    >>> import numpy as np
    >>> from alignlab.aligners.fourier import fourier_informative
    >>> t = np.random.default_rng(0).uniform(0, 2 * np.pi, 500)
    >>> X1, X2 = (np.column_stack([np.cos(m * t), np.sin(m * t)]) for m in (1, 2))
    >>> fourier_informative(X1, X2, k=2).embed(X1, X2)[0].shape
    (500, 2)
    """
    maps, F1, F2 = _featured(X1, X2, spec, "fourier_informative")
    rank = min(spec.rank, spec.features, len(F1))
    inner = plain_informative(F1, F2, k, rank=rank)
    return MappedAlignment(maps=maps, inner=inner, method="fourier_informative")


def _featured(
    X1: np.ndarray, X2: np.ndarray, spec: FourierSpec, caller: str
) -> tuple[tuple[FourierFeatures, FourierFeatures], np.ndarray, np.ndarray]:
    X1, X2 = as_pair(X1, X2, caller)
    one = FourierFeatures.of(X1, spec.features, spec.seed, 0)
    two = FourierFeatures.of(X2, spec.features, spec.seed, 1)
    return (one, two), one(X1), two(X2)
