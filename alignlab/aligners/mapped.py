"""Nonlinear alignment: each view is mapped to features by itself, these are aligned linearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from alignlab.aligners.alignment import Alignment
from alignlab.checks import Features, InputError, as_fitted, as_fitted_view


class FeatureMap(Protocol):
    """A fixed map of one view to its features."""

    @property
    def d(self) -> int:
        """Number of columns of the view."""

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The features (n, D) of X (n, d)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MappedAlignment:
    """A linear alignment after a nonlinear map of each view, `Zm = (f_m(Xm) - mean_m) @ Wm`.

    maps : f_1 and f_2.
    inner : the alignment of the features.
    method : the public name of the function that made it.
    ridge : the ridge that was chosen, None where none was.
    score : the mean correlation on held-out folds by which it was chosen, else None.
    features : column names of the fitted tables, as in `Alignment`.
    """

    maps: tuple[FeatureMap, FeatureMap]
    inner: Alignment
    method: str
    ridge: float | None = None
    score: float | None = None
    features: Features = None

    @property
    def k(self) -> int:
        """Dimension of the aligned space."""
        return self.inner.k

    @property
    def spectrum(self) -> np.ndarray:
        """The spectrum (s,) of the alignment of the features; for CCA, their correlations."""
        return self.inner.spectrum

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2); ValueError as `Alignment.embed`."""
        one, two = self.maps
        X1, X2 = as_fitted(X1, X2, one.d, two.d, self.features)
        return self.inner.embed(one(X1), two(X2))

    def transform(self, X1: Any = None, X2: Any = None) -> np.ndarray:
        """Z1 (n, k) of X1 (n, d1) alone, or Z2 (n, k) of X2 (n, d2) alone.

        Raises ValueError as `embed`, and unless exactly one view is given.
        """
        if (X1 is None) == (X2 is None):
            raise InputError("transform", "give X1, or X2=; for both use embed")
        view, X = (0, X1) if X2 is None else (1, X2)
        names, f = (self.features or (None, None))[view], self.maps[view]
        F = f(as_fitted_view(X, f"X{view + 1}", f.d, names, "transform"))
        return self.inner.transform(F) if view == 0 else self.inner.transform(X2=F)
