"""The linear aligners as scikit-learn estimators: X is one view, y the other.

For pipelines, cross-validation and grid search. Each is a thin cover of the function of
`alignlab` that its `fit` calls, whose result is `alignment_`; the functions themselves, which
check more and take more kinds of input, are the place to start from.

    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import alignlab as al
    >>> from alignlab.estimators import CanonicalCorrelation
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=5, d2=4, k=2, noise=1.0))
    >>> model = make_pipeline(StandardScaler(), CanonicalCorrelation(n_components=2))
    >>> grid = {"canonicalcorrelation__ridge": [0.0, 0.1]}
    >>> search = GridSearchCV(model, grid, cv=3)
    >>> search.fit(data.X1, data.X2).transform(data.X1).shape
    (100, 2)

`transform` embeds X alone, as scikit-learn's pipelines ask. The other view is embedded by
`alignment_.transform(X2=y)`, both by `alignment_.embed(X, y)`. (scikit-learn's own CCA and PLSSVD,
whose names are left to them, return both views from `fit_transform`: no pipeline can pass these
on.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted, validate_data

from alignlab.aligners.alignment import Alignment, correlations
from alignlab.aligners.perfect import informative_alignment, perfect_alignment
from alignlab.aligners.regress import procrustes
from alignlab.aligners.whitened import cca, pls_svd, reduced_rank_regression
from alignlab.checks import as_count, as_view

__all__ = [
    "CanonicalCorrelation",
    "InformativeAlignment",
    "PartialLeastSquares",
    "PerfectAlignment",
    "Procrustes",
    "ReducedRankRegression",
]


class Aligner(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What all estimators share.

    n_components : dimension k of the space.
    alignment_ : the `Alignment`, after `fit`.
    """

    def __init__(self, n_components: int = 1) -> None:
        self.n_components = n_components

    def fit(self, X: np.ndarray, y: np.ndarray) -> Aligner:
        """Fit the maps of X (n, d1) and y (n, d2) or (n,), row i of both the same sample.

        Raises ValueError as the function of alignlab does.
        """
        X, y = validate_data(
            self, X, y, dtype="numeric", multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        as_count(self.n_components, "n_components", type(self).__name__, 1)
        self._one_column = y.ndim == 1
        self.alignment_ = self._aligned(X, _matrix(y))
        return self

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        raise NotImplementedError

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Z1 (n, k) of X (n, d1)."""
        return self._fitted().transform(self._checked(X))

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """The mean correlation of partner components on X (n, d1) and y (n, d2), at most 1.

        A component that is constant on these rows counts as 0.
        """
        found = self._fitted()
        given = as_view(_matrix(np.asarray(y)), "y", f"{type(self).__name__}.score")
        Z1, Z2 = found.embed(self._checked(X), given)
        return float(np.nan_to_num(np.diagonal(correlations(Z1, Z2))).mean())

    def _fitted(self) -> Alignment:
        check_is_fitted(self)
        return self.alignment_

    def _checked(self, X: np.ndarray) -> np.ndarray:
        return validate_data(self, X, dtype="numeric", reset=False)

    @property
    def _n_features_out(self) -> int:
        return self.alignment_.k

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.transformer_tags.preserves_dtype = []  # float64, whatever came
        return tags


def _matrix(y: np.ndarray) -> np.ndarray:
    return y[:, None] if y.ndim == 1 else y


class CanonicalCorrelation(Aligner):
    """Canonical correlation analysis, as `alignlab.cca`.

    n_components : number of canonical pairs, at most the rank of either view.
    ridge : added to the variance in every direction, in squared units of the data.

    `score` is the mean canonical correlation on the given rows.

    Examples
    --------
    >>> import alignlab as al
    >>> from alignlab.estimators import CanonicalCorrelation
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=5, d2=4, k=2, noise=1.0))
    >>> model = CanonicalCorrelation(n_components=2).fit(data.X1, data.X2)
    >>> bool(abs(model.score(data.X1, data.X2) - model.alignment_.spectrum[:2].mean()) < 1e-9)
    True
    >>> model.get_feature_names_out().tolist()
    ['canonicalcorrelation0', 'canonicalcorrelation1']
    """

    def __init__(self, n_components: int = 1, ridge: float = 0.0) -> None:
        super().__init__(n_components)
        self.ridge = ridge

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return cca(X, Y, self.n_components, self.ridge)


class PartialLeastSquares(Aligner):
    """Singular vectors of the cross-covariance, as `alignlab.pls_svd`.

    n_components : at most the rank of either view.

    Examples
    --------
    >>> import alignlab as al
    >>> from alignlab.estimators import PartialLeastSquares
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=5, d2=4, k=2, noise=1.0))
    >>> PartialLeastSquares(n_components=2).fit_transform(data.X1, data.X2).shape
    (100, 2)
    """

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return pls_svd(X, Y, self.n_components)


class PerfectAlignment(Aligner):
    """Plain perfect alignment, as `alignlab.perfect_alignment`; not centred.

    n_components : at most d1 + d2.

    Examples
    --------
    >>> import alignlab as al
    >>> from alignlab.estimators import PerfectAlignment
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=3, d2=3, k=2))
    >>> model = PerfectAlignment(n_components=2).fit(data.X1, data.X2)
    >>> round(model.score(data.X1, data.X2), 6)
    1.0
    """

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return perfect_alignment(X, Y, self.n_components)


class InformativeAlignment(Aligner):
    """Perfect alignment of leading principal directions, as `alignlab.informative_alignment`.

    n_components : dimension of the space. rank : number of principal directions per view; None
    for n_components.

    Examples
    --------
    >>> import alignlab as al
    >>> from alignlab.estimators import InformativeAlignment
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=5, d2=5, k=2))
    >>> model = InformativeAlignment(n_components=2).fit(data.X1, data.X2)
    >>> round(model.score(data.X1, data.X2), 6)
    1.0
    """

    def __init__(self, n_components: int = 1, rank: int | None = None) -> None:
        super().__init__(n_components)
        self.rank = rank

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return informative_alignment(X, Y, self.n_components, self.rank)


class Procrustes(Aligner):
    """Principal components of X rotated onto those of y, as `alignlab.procrustes`.

    n_components : at most the rank of either view.

    Examples
    --------
    >>> import numpy as np
    >>> from alignlab.estimators import Procrustes
    >>> X = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, 1.0]])
    >>> model = Procrustes(n_components=2).fit(X @ [[0.0, 1.0], [-1.0, 0.0]], X)
    >>> round(model.score(X @ [[0.0, 1.0], [-1.0, 0.0]], X), 6)
    1.0
    """

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return procrustes(X, Y, self.n_components)


class ReducedRankRegression(RegressorMixin, Aligner):
    """X predicts y through few dimensions, as `alignlab.reduced_rank_regression`.

    n_components : dimension of the bottleneck, at most the rank of either view.

    `score` is R^2 of `predict`, as of every regressor of scikit-learn: the mean over the columns
    of y.

    Examples
    --------
    >>> import alignlab as al
    >>> from alignlab.estimators import ReducedRankRegression
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=5, d2=4, k=2))
    >>> model = ReducedRankRegression(n_components=2).fit(data.X1, data.X2)
    >>> model.predict(data.X1).shape, round(model.score(data.X1, data.X2), 6)
    ((100, 4), 1.0)
    """

    def _aligned(self, X: np.ndarray, Y: np.ndarray) -> Alignment:
        return reduced_rank_regression(X, Y, self.n_components)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The prediction (n, d2) of y from X (n, d1); (n,) if y was fitted so."""
        found = self._fitted()
        Y = found.transform(self._checked(X)) @ found.W2.T + found.mean2
        return Y[:, 0] if self._one_column else Y
