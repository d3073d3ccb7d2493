"""Two or more views in one latent: perfect alignment by the stacked null space, and GCCA."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignlab import linalg, metrics, records
from alignlab.aligners.alignment import cutoff_of
from alignlab.aligners.whitened import View, levels_of
from alignlab.arrays import columns_of
from alignlab.checks import (
    InputError,
    as_count,
    as_fitted_view,
    as_real,
    as_view,
    check_same_order,
    check_varies,
)
from alignlab.precision import Rounding, arrival_precision
from alignlab.units import drowned, drowned_columns, warn_of_drowned


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ViewsAlignment:
    """Maps of several views into one space, `Zi = (Xi - mean_i) @ Wi`.

    W : one (d_i, k) per view, mean : one (d_i,) per view.
    spectrum : (s,), singular values of the matrix that was factorised, descending.
    rank : how many of them exceed `cutoff` times the largest; counted after scaling columns to unit
        length where their lengths differ strongly.
    method : the public name of the function that made it.
    features : column names of the fitted tables, one tuple per view; None without names.
    precision : the coarsest type of the fitted views; ranks hold up to its rounding.
    cutoff : `linalg.RCOND` for float64.
    drowned : for each view, the columns lost because they are so much smaller than others.
    """

    W: tuple[np.ndarray, ...]
    mean: tuple[np.ndarray, ...]
    spectrum: np.ndarray
    rank: int
    method: str
    features: tuple[tuple | None, ...] | None = None
    precision: str = "float64"
    cutoff: float = linalg.RCOND
    drowned: tuple[tuple[int, ...], ...] = ()

    @property
    def k(self) -> int:
        """Dimension of the space."""
        return self.W[0].shape[1]

    @property
    def null_dim(self) -> int:
        """Dimension of the null space of the factorised matrix."""
        return self.spectrum.size - self.rank

    def embed(self, views: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Z (n, k) of every view (n, d_i); ValueError when views or features do not match."""
        views = _as_list(views, "embed")
        if len(views) != len(self.W):
            raise InputError("embed", f"{len(views)} views were given, {len(self.W)} were fitted")
        check_same_order("embed", **{f"view {i}": X for i, X in enumerate(views, start=1)})
        names = self.features or (None,) * len(self.W)
        return [
            self._image(as_fitted_view(X, f"view {i + 1}", len(self.W[i]), names[i]), i)
            for i, X in enumerate(views)
        ]

    def transform(self, X: np.ndarray, view: int) -> np.ndarray:
        """Z (n, k) of one view X (n, d_i) alone, the same to the bit as by `embed`.

        view : the index of its map in `W`, from 0.

        Raises ValueError as `embed`, and for a view that was not fitted.
        """
        i = as_count(view, "view", "transform", 0, len(self.W) - 1)
        names = None if self.features is None else self.features[i]
        X = as_fitted_view(X, f"view {i + 1}", len(self.W[i]), names, "transform")
        return self._image(X, i)

    def _image(self, X: np.ndarray, i: int) -> np.ndarray:
        return (X - self.mean[i]) @ self.W[i]

    def __repr__(self) -> str:
        from alignlab.display.alignment import brief_of_views

        return brief_of_views(self)

    def to_frame(self) -> pd.DataFrame:
        """The weights of all maps as a tidy table, as `Alignment.to_frame`."""
        from alignlab.display.alignment import frame

        return frame(self)

    def to_json(self) -> str:
        """All fields as JSON, exactly, for `from_json`."""
        return records.to_text(self)

    @staticmethod
    def from_json(text: str) -> ViewsAlignment:
        """The alignment in a text that `to_json` wrote; ValueError as `Alignment.from_json`."""
        return records.from_text(ViewsAlignment, text)


def perfect_alignment_views(views: Sequence[np.ndarray], k: int) -> ViewsAlignment:
    """Perfect alignment of all views at once: one stacked null space.

    The stacked `W = [W1; ...; Wv]` has orthonormal columns and minimises the sum over all pairs of
    views of `||Xi Wi - Xj Wj||_F^2`. With two views this is `perfect_alignment`. Neither centred
    nor scaled; null directions and the UserWarning are defined as there.

    Parameters
    ----------
    views : at least 2, each (n, d_i), row i of all the same sample.
    k : dimension of the space, 1 <= k <= d_1 + ... + d_v.

    Returns
    -------
    ViewsAlignment with W, one (d_i, k) per view, and spectrum (d_1 + ... + d_v,).

    Raises
    ------
    ValueError
        Fewer than two views, NaN or infinite values, unequal row counts, a constant view, or k
        out of range.

    Source: the papers' future work, stated for two views by Kamboj and Do, "Towards Achieving
    Perfect Multimodal Alignment".

    Examples
    --------
    Three views of one latent align exactly, each with each:

    >>> import numpy as np
    >>> import alignlab as al
    >>> rng = np.random.default_rng(0)
    >>> Z = rng.standard_normal((50, 2))
    >>> views = [Z @ rng.standard_normal((2, d)) for d in (2, 3, 4)]
    >>> maps = al.perfect_alignment_views(views, k=2)
    >>> [W.shape for W in maps.W]
    [(2, 2), (3, 2), (4, 2)]
    >>> Z1, Z2, Z3 = maps.embed(views)
    >>> round(al.cmae(Z1, Z2), 6), round(al.cmae(Z2, Z3), 6)
    (0.0, 0.0)
    """
    views = _as_list(views, "perfect_alignment_views")
    checked, noises = _as_views(views, "perfect_alignment_views")
    k = as_count(k, "k", "perfect_alignment_views", 1, sum(X.shape[1] for X in checked))
    contrasts = _contrasts(len(checked))
    stack = np.concatenate(
        [
            np.concatenate([c * X for c, X in zip(row, checked, strict=True)], axis=1)
            for row in contrasts
        ]
    )
    noise = noises[0].through(np.eye(checked[0].shape[1]) * np.linalg.norm(contrasts[:, 0]))
    for other, c in zip(noises[1:], contrasts.T[1:], strict=True):
        noise = noise.beside(other.through(np.eye(other.squares.size) * np.linalg.norm(c)))
    found = linalg.smallest_directions(stack, k, noise=noise.levels)
    lengths = [linalg.column_lengths(X) for X in checked]
    longest = float(max(one.max() for one in lengths))
    lost = tuple(drowned(one, longest) for one in lengths)
    warn_of_drowned(lost, "perfect_alignment_views")
    return ViewsAlignment(
        W=tuple(np.split(found.W, _borders(checked))),
        mean=tuple(np.zeros(X.shape[1]) for X in checked),
        spectrum=found.spectrum,
        rank=found.rank,
        method="perfect_alignment_views",
        features=tuple(map(columns_of, views)),
        precision=noise.precision,
        cutoff=cutoff_of(found.spectrum, noise),
        drowned=lost,
    )


def gcca(views: Sequence[np.ndarray], k: int, ridge: float = 0.0) -> ViewsAlignment:
    """Generalised CCA (MAXVAR): the k common variates best predicted by all views together.

    `G` (n, k), with unit variance, holds the leading left singular vectors of the concatenated
    whitened views; `Wi` predicts G from view i by least squares. With two views the spans are those
    of CCA. Centred. `spectrum` holds the singular values, the largest of which is sqrt(v) where
    all v views agree. Without ridge nothing depends on the units of single columns.

    Parameters
    ----------
    views : at least 2, each (n, d_i), row i of all the same sample.
    k : dimension of the space, at most the rank of all views together.
    ridge : added to the variance in every direction, in squared units of the data.

    Returns
    -------
    ViewsAlignment with W, one (d_i, k) per view, and spectrum (s,), s the smaller of n and the sum
    of the ranks of the views.

    Raises
    ------
    ValueError
        As `perfect_alignment_views`, and for a ridge that is negative or not finite.

    Source: Kettenring, "Canonical analysis of several sets of variables", 1971.

    Equivalent to, without ridge and column by column up to sign:
    `cca_zoo.linear.GCCA(n_components=k)`, whose weights are `sqrt((n - 1) / n)` times W (G has unit
    variance over n - 1 there), and `cca_zoo.linear.MCCA(n_components=k)`, whose weights for v views
    are those times `sqrt(v) / spectrum[:k]`.

    Examples
    --------
    Where v views agree on a variate, its singular value is sqrt(v); each view then predicts it:

    >>> import numpy as np
    >>> import alignlab as al
    >>> rng = np.random.default_rng(0)
    >>> Z = rng.standard_normal((50, 2))
    >>> views = [Z @ rng.standard_normal((2, d)) for d in (2, 3, 4)]
    >>> maps = al.gcca(views, k=2)
    >>> (maps.spectrum[:2] ** 2).round(6).tolist()
    [3.0, 3.0]
    >>> Z1, Z2, Z3 = maps.embed(views)
    >>> bool(np.allclose(Z1, Z2)), bool(np.allclose(Z1, Z3)), bool(np.allclose(Z1.var(axis=0), 1))
    (True, True, True)
    """
    views = _as_list(views, "gcca")
    checked, noises = _as_views(views, "gcca")
    ridge = as_real(ridge, "ridge", "gcca", 0, np.inf)
    n = len(checked[0])
    lost = tuple(drowned_columns(X - X.mean(axis=0)) if ridge else () for X in checked)
    warn_of_drowned(lost, "gcca")
    whitened, whitenings, means = [], [], []
    for X, noise in zip(checked, noises, strict=True):
        view = View.of(linalg.to_device(X)[None], ridge > 0, levels_of(noise))
        _, T = view.directions(1.0, ridge)
        whitened.append(linalg.to_numpy((view.X @ T)[0]))
        whitenings.append(linalg.to_numpy(view.in_features(T)[0]))
        means.append(linalg.to_numpy(view.mean[0]))
    Y = np.concatenate(whitened, axis=1)
    V, every = linalg.leading_directions(Y, min(Y.shape))
    noise = noises[0].through(whitenings[0])
    for other, T in zip(noises[1:], whitenings[1:], strict=True):
        noise = noise.beside(other.through(T))
    levels = levels_of(noise)
    rank = int(
        linalg.leading_ranks(linalg.to_device(Y)[None], linalg.to_device(every)[None], levels)[0]
    )
    k = as_count(k, "k", "gcca (directions of all views together)", 1, rank)
    V, s = V[:, :k], every[:k]
    return ViewsAlignment(
        # T T' X' G / n with G = Y V sqrt(n) / s
        W=tuple(
            T @ (Yi.T @ (Y @ V)) / (s * np.sqrt(n))
            for T, Yi in zip(whitenings, whitened, strict=True)
        ),
        mean=tuple(means),
        spectrum=every / np.sqrt(n),
        rank=rank,
        method="gcca",
        features=tuple(map(columns_of, views)),
        precision=noise.precision,
        cutoff=cutoff_of(every, noise),
        drowned=lost,
    )


def pairwise_cmae(latents: Sequence[np.ndarray]) -> np.ndarray:
    """CMAE (v, v) of every pair of v latents, each (n, k)."""
    latents = _as_list(latents, "pairwise_cmae")
    return np.array([[metrics.cmae(Z1, Z2) for Z2 in latents] for Z1 in latents])


def _contrasts(v: int) -> np.ndarray:
    """C (v - 1, v) with `||C a||^2 = sum over i < j of (a_i - a_j)^2`; [1, -1] for two."""
    C = np.zeros((v - 1, v))
    for i in range(1, v):
        C[i - 1, :i], C[i - 1, i] = 1.0, -i
        C[i - 1] *= np.sqrt(v / (i * (i + 1)))
    return C


def _borders(views: Sequence[np.ndarray]) -> np.ndarray:
    return np.cumsum([X.shape[1] for X in views])[:-1]


def _as_list(views: Any, caller: str) -> list:
    """Several views as a list; ValueError if a single table or another object was given."""
    several = isinstance(views, Iterable) and not isinstance(views, Mapping | str | bytes)
    if not several or columns_of(views) is not None:
        raise InputError(
            caller, f"one {type(views).__name__} was given: give a list of views, each (n, d_i)"
        )
    return list(views)


def _as_views(views: Sequence[np.ndarray], caller: str) -> tuple[list[np.ndarray], list[Rounding]]:
    """The views as float64 matrices, and the rounding errors of their input."""
    if len(views) < 2:
        raise InputError(caller, f"{len(views)} views were given: at least 2 are needed")
    check_same_order(caller, **{f"view {i}": X for i, X in enumerate(views, start=1)})
    checked = [as_view(X, f"view {i}", caller) for i, X in enumerate(views, start=1)]
    rows = [len(X) for X in checked]
    if len(set(rows)) > 1:
        raise InputError(
            caller,
            f"the views have {', '.join(map(str, rows))} rows: row i of all must be the "
            "same sample; drop the rows without partners",
        )
    for i, X in enumerate(checked, start=1):
        check_varies(X, f"view {i}", caller)
    precisions = map(arrival_precision, views, checked)
    return checked, list(map(Rounding.of, checked, precisions))
