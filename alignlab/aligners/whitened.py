"""CCA, reduced-rank regression and PLS-SVD: one cross-covariance, whitened on both sides or not.

With `Sxx`, `Sxy`, `Syy` the covariances of the centred views, all three take the leading singular
vectors of `Sxx^(-a/2) Sxy Syy^(-b/2)`: PLS-SVD at (a, b) = (0, 0), reduced-rank regression (CP,
X1 predicts X2) at (1, 0), CP reversed at (0, 1), CCA at (1, 1). The smallest directions of the
stack `[X1 Sxx^(-a/2), -X2 Syy^(-b/2)]` are another path, from plain perfect alignment at (0, 0) to
CCA at (1, 1).

Where a view is fully whitened, a = 1, nothing depends on the units of its columns: computations,
and all ranks, use columns scaled to equal length (`linalg.standardised`). A column of zeros, or one
that is constant up to rounding, is ignored. Ranks depend on the precision of the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment, Maps, feature_probe
from alignlab.aligners.perfect import pair_with_noise
from alignlab.checks import InputError, aligner, as_count, as_real
from alignlab.linalg import Array
from alignlab.precision import Rounding
from alignlab.units import drowned_columns, warn_of_drowned

TIE = 1e-8
"""Singular values closer than `TIE * s[0]` count as equal: rounding mixes their directions."""


@aligner
def cca(X1: np.ndarray, X2: np.ndarray, k: int, ridge: float = 0.0) -> Alignment:
    """Canonical correlation analysis (CCA): singular vectors after whitening both views.

    `Wm = Smm^(-1/2) Um` with the leading singular vectors Um of `Sxx^(-1/2) Sxy Syy^(-1/2)`, whose
    singular values, the canonical correlations, are `spectrum`. Centred; without ridge every
    canonical variate has unit variance (over n). A rank-deficient view is whitened within its own
    span. Without ridge nothing depends on the units of single columns.

    `undetermined` where correlation k equals the next one (up to `TIE`; zero after the last), so
    that their directions are arbitrary: with `r1 + r2 >= n` the first `r1 + r2 - (n - 1)` are 1
    whatever the data. Also where a view has more features than pairs, `r_m = n - 1 < d_m`, since
    other maps then give the same variates. Ridge makes the solution unique with too few pairs.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : number of canonical pairs, at most min(d1, d2), and at most the rank of either view.
    ridge : added to the variance in every direction, in squared units of the data.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (min(d1, d2),).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, a constant view, k out of range, or a ridge
        that is negative or not finite.

    Source: Hotelling, "Relations between two sets of variates", 1936.

    Equivalent to, without ridge and column by column up to sign:

    - `cca_zoo.linear.CCA(n_components=k)`, whose weights are `sqrt((n - 1) / n)` times W1 and W2
      (unit variance over n - 1);
    - `sklearn.cross_decomposition.CCA(n_components=k, scale=False)`, whose rotations have another
      length: scores of scikit-learn are not of unit variance.

    With ridge r, up to the length of each column, to `cca_zoo.linear.RidgeCCA(shrinkage=c)` where
    `c / (1 - c) = r n / (n - 1)`.

    Examples
    --------
    Variates are uncorrelated with unit variance, and partners have correlations `spectrum`:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=3, d2=4, k=2, noise=1.0))
    >>> maps = al.cca(data.X1, data.X2, k=2)
    >>> Z1, Z2 = maps.embed(data.X1, data.X2)
    >>> bool(np.allclose(Z1.T @ Z1 / 200, np.eye(2)))
    True
    >>> bool(np.allclose(Z1.T @ Z2 / 200, np.diag(maps.spectrum[:2])))
    True
    """
    return plain_cca(X1, X2, k, ridge)


def plain_cca(X1: np.ndarray, X2: np.ndarray, k: int, ridge: float = 0.0) -> Alignment:
    """`cca` of X1 (n, d1) and X2 (n, d2), without the warning about wide views."""
    X1, X2, *noises = pair_with_noise(X1, X2, "cca")
    ridge = as_real(ridge, "ridge", "cca", 0, np.inf)
    return _single(X1, X2, k, "cca", 1, 1, noises, ridge)


@aligner
def reduced_rank_regression(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """Reduced-rank regression, X1 predicts X2 through k dimensions (CP): only X1 is whitened.

    With `Syx Sxx^(-1/2) = U Sigma V'`: `Z1 = X1 Sxx^(-1/2) V Sigma`, `Z2 = X2 U`, so `Z1 U'`
    predicts X2 with the least squared error of any map of rank k. Centred. Independent of the
    units of single columns of X1; those of X2 weight its errors.

    `undetermined` as in `cca`: where value k of Sigma equals the next one, or X1 has rank
    `r1 = n - 1 < d1`.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : dimension of the bottleneck, at most min(d1, d2), and at most the rank of either view.

    Returns
    -------
    Alignment with W1 (d1, k), W2 = U (d2, k) and spectrum = Sigma (min(d1, d2),).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, a constant view, or k out of range.

    Source: Izenman, "Reduced-rank regression for the multivariate linear model", 1975.

    Equivalent to: at k = d2, predictions of `sklearn.linear_model.LinearRegression().fit(X1, X2)`,
    as `Z1 W2' + mean2`; the directions, up to sign and the length of the columns of W1, of
    `cca_zoo.linear.RidgeCCA(n_components=k, shrinkage=[0, 1])`.

    Examples
    --------
    With as many dimensions as X2 has features, it is ordinary least squares:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=4, d2=3, k=2, noise=1.0))
    >>> maps = al.reduced_rank_regression(data.X1, data.X2, k=3)
    >>> Z1, _ = maps.embed(data.X1, data.X2)
    >>> A, B = data.X1 - data.X1.mean(axis=0), data.X2 - data.X2.mean(axis=0)
    >>> bool(np.allclose(Z1 @ maps.W2.T, A @ np.linalg.lstsq(A, B)[0]))
    True
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "reduced_rank_regression")
    return _single(X1, X2, k, "reduced_rank_regression", 1, 0, noises)


@aligner
def pls_svd(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """The leading singular vectors of the cross-covariance `Sxy`: no view is whitened.

    W1 and W2 have orthonormal columns. Centred. Columns in units that give large values weigh more;
    ranks do not depend on units. `undetermined` where singular value k equals the next one.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : dimension of the space, at most min(d1, d2), and at most the rank of either view.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (min(d1, d2),), the singular values of Sxy.

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, a constant view, or k out of range.

    Source: the limit of contrastive learning with a linear loss, Nakada et al., "Understanding
    Multimodal Contrastive Learning and Incorporating Unpaired Data", 2023.

    Equivalent to, up to sign: `sklearn.cross_decomposition.PLSSVD(n_components=k, scale=False)`
    (its default `scale=True` divides columns by their standard deviation first) and
    `cca_zoo.linear.PLS(n_components=k)`.

    Examples
    --------
    The maps are orthonormal, and covariances of the latents are the singular values:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=3, d2=4, k=2, noise=1.0))
    >>> maps = al.pls_svd(data.X1, data.X2, k=2)
    >>> bool(np.allclose(maps.W1.T @ maps.W1, np.eye(2)))
    True
    >>> Z1, Z2 = maps.embed(data.X1, data.X2)
    >>> bool(np.allclose(Z1.T @ Z2 / 200, np.diag(maps.spectrum[:2])))
    True
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "pls_svd")
    return _single(X1, X2, k, "pls_svd", 0, 0, noises)


@aligner
def whitened_cross(X1: np.ndarray, X2: np.ndarray, k: int, a: float, b: float) -> Alignment:
    """Leading singular vectors Um of `Sxx^(-a/2) Sxy Syy^(-b/2)`, `Wm = Smm^(-exponent/2) Um`.

    PLS-SVD at (0, 0), CP at (1, 0) up to the scale of Z1's columns, CP reversed at (0, 1), CCA at
    (1, 1). Centred.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : as for `cca`.
    a, b : whitening exponents of the two views, each in [0, 1].

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (min(d1, d2),).

    Raises
    ------
    ValueError
        As `cca`, and for an exponent outside [0, 1].

    Source: interpolates between the operators `Sxy`, A and C of "When to Align, When to Predict: A
    Phase Diagram for Multimodal Learning"; the exponents between 0 and 1 are not from the paper.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=3, d2=4, k=2, noise=1.0))
    >>> both = al.whitened_cross(data.X1, data.X2, k=2, a=1, b=1)
    >>> bool(np.allclose(both.W1, al.cca(data.X1, data.X2, k=2).W1))
    True
    >>> neither = al.whitened_cross(data.X1, data.X2, k=2, a=0, b=0)
    >>> bool(np.allclose(neither.W1, al.pls_svd(data.X1, data.X2, k=2).W1))
    True
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "whitened_cross")
    a, b = _exponents(a, b, "whitened_cross")
    return _single(X1, X2, k, "whitened_cross", a, b, noises)


@aligner
def whitened_stack(X1: np.ndarray, X2: np.ndarray, k: int, a: float, b: float) -> Alignment:
    """Perfect alignment of whitened views: smallest directions of `[X1 T1, -X2 T2]`, `Tm Cm = Wm`.

    `T1 = Sxx^(-a/2)`, `T2 = Syy^(-b/2)`: plain perfect alignment at (0, 0), CCA at (1, 1), where
    the squared singular values over n are 1 - rho. Centred. Each view is restricted to its own
    span, since directions without variance cannot be whitened; this excludes the directions that
    are null in one view alone.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    k : at most the rank of X1 plus the rank of X2.
    a, b : whitening exponents of the two views, each in [0, 1].

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (r1 + r2,), r_m the rank of a view.

    Raises
    ------
    ValueError
        As `cca`, for k above r1 + r2, and for an exponent outside [0, 1].

    Source: the stack is that of Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment",
    eqs 5-7; whitening it is not from the papers.

    Examples
    --------
    With both views whitened the squared singular values over n are 1 - rho:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=2, d2=2, k=2, noise=1.0))
    >>> stack = al.whitened_stack(data.X1, data.X2, k=2, a=1, b=1)
    >>> rho = al.cca(data.X1, data.X2, k=2).spectrum
    >>> bool(np.allclose(stack.spectrum[-2:] ** 2 / 200, 1 - rho[::-1]))
    True
    >>> round(al.subspace_distance(stack.W1, al.cca(data.X1, data.X2, k=2).W1), 6)
    0.0
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "whitened_stack")
    a, b = _exponents(a, b, "whitened_stack")
    views = [
        View.of(linalg.to_device(X)[None], exponent < 1, levels_of(noise))
        for X, exponent, noise in ((X1, a, noises[0]), (X2, b, noises[1]))
    ]
    directions = [view.directions(e) for view, e in zip(views, (a, b), strict=True)]
    ranks = [V.shape[-1] for V, _ in directions]
    k = as_count(k, "k", "whitened_stack (r1 + r2 directions)", 1, sum(ranks))
    (V1, T1), (V2, T2) = directions
    stack = linalg.concatenate([views[0].X @ T1, -(views[1].X @ T2)], -1)
    # as in plain perfect alignment the basis is determined in the coordinates of the features
    G1, G2 = feature_probe(views[0].X, views[1].X, k)
    probe = linalg.concatenate([V1.mT @ G1, V2.mT @ G2], -2)
    T1, T2 = (view.in_features(T) for view, T in zip(views, (T1, T2), strict=True))
    noise = (
        noises[0].through(linalg.to_numpy(T1[0])).beside(noises[1].through(linalg.to_numpy(T2[0])))
    )
    found = linalg.smallest_directions_of_many(stack, k, probe=probe, noise=levels_of(noise))
    maps = Maps(
        W1=T1 @ found.W[:, : ranks[0]],
        W2=T2 @ found.W[:, ranks[0] :],
        mean1=views[0].mean,
        mean2=views[1].mean,
        spectrum=found.spectrum,
        rank=found.rank,
        ranks=(views[0].rank, views[1].rank),
        units=(views[0].fitted_units(a), views[1].fitted_units(b)),
    )
    undetermined = sum(ranks) - int(maps.rank[0]) > k
    alignment = maps.single("whitened_stack", undetermined=undetermined, noise=noise)
    return _with_drowned(alignment, X1, X2, (a < 1, b < 1))


def cca_maps(X1: Array, X2: Array, k: int, ridge: float = 0.0) -> Maps:
    """`cca` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    return _cross(X1, X2, k, 1, 1, ridge)


def reduced_rank_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`reduced_rank_regression` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    maps = _cross(X1, X2, k, 1, 0)
    maps.W1[:] = maps.W1 * maps.spectrum[:, None, :k]
    return maps


def pls_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`pls_svd` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    return _cross(X1, X2, k, 0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A centred view of every problem of a batch, and its whitening.

    X : (b, n, d), divided by `units` (b, d) unless `raw`.
    mean : (b, d), units : (b, d), lengths of the centred columns.
    V : (b, d, r), s : (b, r), principal directions of X, and its singular values over sqrt(n). Only
        the first `kept` (b,) are used.
    rank : (b,), independent of units.
    """

    X: Array
    mean: Array
    units: Array
    raw: bool
    V: Array
    s: Array
    kept: np.ndarray
    rank: np.ndarray

    @classmethod
    def of(cls, X: Array, raw: bool, noise: Array | None = None) -> View:
        """The view X (b, n, d), centred; raw : with the principal directions of unscaled features.

        noise : (b, d), levels of the rounding errors in a narrower type than float64.
        """
        X, mean, units = linalg.standardised(X, noise)
        most = min(X.shape[-2:])
        V, s = linalg.leading_directions(X, most)
        rank = kept = linalg.standard_ranks(s)
        if noise is not None:
            X, lengths, V, s = linalg.evened(X, V, rank)
            units = units * lengths
        if raw:
            X = X * units[:, None, :]
            V, s = linalg.leading_directions(X, most)
            kept = linalg.leading_ranks(X, s, noise)
        s = s / X.shape[-2] ** 0.5
        return cls(X=X, mean=mean, units=units, raw=raw, V=V, s=s, kept=kept, rank=rank)

    def in_features(self, W: Array) -> Array:
        """W (b, d, k) for X as the map of the unscaled features."""
        return W if self.raw else W / self.units[..., None]

    def fitted_units(self, exponent: float) -> Array | None:
        """The units (b, d) used in the fit; None where the map depends on units."""
        return None if self.raw or exponent == 0 else self.units

    def scale(self, exponent: float, ridge: float = 0.0) -> Array:
        """The whitening factor (b, r) of each principal direction, zero for those not kept."""
        there = linalg.to_device(np.arange(self.s.shape[-1]) < self.kept[:, None])
        s = linalg.nan_for_zero(self.s * there)
        return linalg.zero_for_nan((s**2 + ridge) ** (-exponent / 2))

    def whitening(self, exponent: float, ridge: float) -> Array:
        """`(S + ridge I)^(-exponent/2)` (b, d, d) within the span of the view."""
        return (self.V * self.scale(exponent, ridge)[:, None, :]) @ self.V.mT

    def directions(self, exponent: float, ridge: float = 0.0) -> tuple[Array, Array]:
        """For a batch of one, the principal directions (1, d, rank), and the same whitened."""
        V = self.V[..., : int(self.kept[0])]
        return V, V * self.scale(exponent, ridge)[:, None, : V.shape[-1]]


def _cross(
    X1: Array,
    X2: Array,
    k: int,
    a: float,
    b: float,
    ridge: float = 0.0,
    noise1: Array | None = None,
    noise2: Array | None = None,
) -> Maps:
    sides = [
        (View.of(linalg.to_device(X), ridge > 0 or 0 < exponent < 1, noise), exponent)
        for X, exponent, noise in ((X1, a, noise1), (X2, b, noise2))
    ]
    (view1, _), (view2, _) = sides
    T1, T2 = (None if e == 0 else view.whitening(e, ridge) for view, e in sides)
    Y1, Y2 = (
        view.X if T is None else view.X @ T for (view, _), T in zip(sides, (T1, T2), strict=True)
    )
    C = Y1.mT @ Y2 / X1.shape[-2]
    if T1 is None and not view1.raw:
        C = C * view1.units[..., :, None]
    if T2 is None and not view2.raw:
        C = C * view2.units[..., None, :]
    U, s, V = linalg.singular_triplets(C, k)
    W1 = U if T1 is None else view1.in_features(T1 @ U)
    W2 = V if T2 is None else view2.in_features(T2 @ V)
    W1, W2 = linalg.turned_in_units(W1, W2, view1.units)
    most = np.minimum(view1.rank, view2.rank)
    few = most < k
    W1[few], W2[few] = float("nan"), float("nan")
    return Maps(
        W1=W1,
        W2=W2,
        mean1=view1.mean,
        mean2=view2.mean,
        spectrum=s,
        rank=np.minimum(linalg.numerical_ranks(s), most),
        ranks=(view1.rank, view2.rank),
        units=(view1.fitted_units(a), view2.fitted_units(b)),
    )


def levels_of(noise: Rounding) -> Array | None:
    """The levels (1, d) of a view's rounding errors, None at float64."""
    return None if noise.levels is None else linalg.to_device(noise.levels)[None]


def _with_drowned(
    alignment: Alignment, X1: np.ndarray, X2: np.ndarray, raw: tuple[bool, bool]
) -> Alignment:
    """The alignment, with a warning about columns that are lost in views used unscaled."""
    lost1, lost2 = (
        drowned_columns(X - X.mean(axis=0)) if worked else ()
        for X, worked in zip((X1, X2), raw, strict=True)
    )
    lost = (lost1, lost2)
    warn_of_drowned(lost, alignment.method)
    return replace(alignment, drowned=lost)


def _single(
    X1: np.ndarray,
    X2: np.ndarray,
    k: int,
    method: str,
    a: float,
    b: float,
    noises: Sequence[Rounding],
    ridge: float = 0.0,
) -> Alignment:
    d1, d2 = X1.shape[1], X2.shape[1]
    k = as_count(k, "k", method, 1)
    if k > min(d1, d2):
        raise InputError(
            method, f"k = {k} exceeds min(d1, d2) = {min(d1, d2)}: lower k or add features"
        )
    levels = [levels_of(noise) for noise in noises]
    maps = _cross(X1[None], X2[None], k, a, b, ridge, *levels)
    if method == "reduced_rank_regression":
        maps.W1[:] = maps.W1 * maps.spectrum[:, None, :k]
    r1, r2 = (int(r[0]) for r in maps.ranks)
    if k > min(r1, r2):
        raise InputError(
            method,
            f"k = {k} exceeds the rank of a view ({r1} and {r2} for "
            f"{len(X1)} pairs): lower k or use more pairs",
        )
    s = [*linalg.to_numpy(maps.spectrum[0]), 0.0]
    blur = sum(
        _blur(X, noise) ** 2 for X, e, noise in ((X1, a, noises[0]), (X2, b, noises[1])) if e == 1
    )
    tied = s[k - 1] - s[k] <= max(TIE, blur) * s[0]
    # centred pairs span n - 1 directions: the whitening of a view with all of them is not unique
    full = (e > 0 and r == len(X1) - 1 < d for e, r, d in ((a, r1, d1), (b, r2, d2)))
    undetermined = bool(tied or (ridge == 0 and any(full)))
    alignment = maps.single(method, undetermined=undetermined)
    alignment = replace(alignment, precision=noises[0].beside(noises[1]).precision)
    raw = [ridge > 0 or 0 < e < 1 for e in (a, b)]
    return _with_drowned(alignment, X1, X2, (raw[0], raw[1]))


def _blur(X: np.ndarray, noise: Rounding) -> float:
    """Level of the rounding errors of X (n, d) after whitening, relative to its variates.

    Equal correlations of 1 differ by about its square.
    """
    if noise.levels is None:
        return 0.0
    view = View.of(linalg.to_device(X)[None], raw=False, noise=levels_of(noise))
    _, T = view.directions(1.0)
    levels = noise.through(linalg.to_numpy(view.in_features(T)[0])).levels
    return 0.0 if levels is None else float(levels.max()) / len(X) ** 0.5


def _exponents(a: float, b: float, caller: str) -> tuple[float, float]:
    first, second = (
        as_real(x, name, caller, 0, 1, closed=True) for name, x in (("a", a), ("b", b))
    )
    return first, second
