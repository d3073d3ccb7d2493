"""Cross-modal transfer: classify modality 2 with labels of modality 1 only.

Two methods do so with unlabelled pairs. Gaussian transfer clusters the pairs and projects the
clusters; aligned transfer trains a classifier on the latent of modality 1 and applies it to that of
modality 2. Source: Kamboj et al., "Cross-modal transfer through perfect alignment" (Figure 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from alignlab import linalg
from alignlab.aligners.alignment import Alignment
from alignlab.arrays import columns_of
from alignlab.checks import (
    InputError,
    as_count,
    as_view,
    check_columns,
    check_row_counts,
    check_same_order,
    check_varies,
)
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_values import as_labels

if TYPE_CHECKING:  # scikit-learn takes as long to import as everything else here together
    from sklearn.mixture import GaussianMixture
    from sklearn.pipeline import Pipeline

RESTARTS = 5
"""Number of random starts of the mixture; the fit with the highest likelihood is kept."""

RIDGE = 1e-6
"""Added to each variance of a cluster, relative to that of the feature in all pairs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianTransfer:
    """The three steps of Gaussian transfer, fitted.

    classes : (C,) the classes.
    classifier : step 1, P(y | x1).
    mixture : step 2, over the pairs [x1, x2].
    names : (clusters, C), step 3, P(y | cluster) from the classifier of step 1.
    d1 : features of modality 1. features : names of the columns of modality 2, or None.
    """

    classes: np.ndarray
    classifier: Pipeline
    mixture: GaussianMixture
    names: np.ndarray
    d1: int
    features: tuple | None = None

    def posterior(self, X2: np.ndarray) -> np.ndarray:
        """P(y | x2) (n, C) of X2 (n, d2), by the mixture projected onto modality 2."""
        check_columns(self.features, X2, "X2", "gaussian_transfer")
        X2 = as_view(X2, "X2", "gaussian_transfer", rows=1)
        d2 = self.mixture.means_.shape[1] - self.d1
        if X2.shape[1] != d2:
            raise InputError("gaussian_transfer", f"X2 has {X2.shape[1]} features, not {d2}")
        return _responsibilities(self.mixture, X2, slice(self.d1, None)) @ self.names

    def predict(self, X2: np.ndarray) -> np.ndarray:
        """The likeliest label (n,) of every row of X2 (n, d2)."""
        return self.classes[self.posterior(X2).argmax(axis=1)]


def gaussian_transfer(
    X1_labelled: np.ndarray,
    y: np.ndarray,
    X1_pairs: np.ndarray,
    X2_pairs: np.ndarray,
    X2_test: np.ndarray,
    seed: int = 0,
) -> np.ndarray:
    """Labels of modality 2 from labels of modality 1 and unlabelled pairs.

    A classifier of modality 1 labels the clusters of a Gaussian mixture of the pairs, whose
    projection onto modality 2 then classifies: see `fit_gaussian_transfer`.

    Parameters
    ----------
    X1_labelled : (m, d1), y : (m,) its labels, at least two classes with two rows each.
    X1_pairs : (n, d1), X2_pairs : (n, d2), row i of both the same sample, no labels.
    X2_test : (n_test, d2).
    seed : of the mixture's starts.

    Returns
    -------
    Labels (n_test,) of X2_test, with the values of y.

    Raises
    ------
    ValueError
        As `fit_gaussian_transfer`, and when X2_test has other features than X2_pairs.

    Source: Kamboj et al., "Cross-modal transfer through perfect alignment", Figure 1.

    Examples
    --------
    Modality 2 is classified although none of its rows is labelled:

    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=200, d1=3, d2=3, k=2, seed=1))
    >>> labelled, pairs, test = slice(0, 30), slice(30, 130), slice(130, 200)
    >>> found = al.gaussian_transfer(
    ...     data.X1[labelled], data.labels[labelled], data.X1[pairs], data.X2[pairs], data.X2[test]
    ... )
    >>> found.shape, bool((found == data.labels[test]).mean() > 0.95)
    ((70,), True)
    """
    return fit_gaussian_transfer(X1_labelled, y, X1_pairs, X2_pairs, seed=seed).predict(X2_test)


def fit_gaussian_transfer(
    X1_labelled: np.ndarray,
    y: np.ndarray,
    X1_pairs: np.ndarray,
    X2_pairs: np.ndarray,
    clusters: int | None = None,
    seed: int = 0,
) -> GaussianTransfer:
    """The three steps: a classifier on modality 1, a mixture of the pairs, labels of its clusters.

    Parameters
    ----------
    X1_labelled : (m, d1), y : (m,) its labels, at least two classes with two rows each.
    X1_pairs : (n, d1), X2_pairs : (n, d2), row i of both the same sample, no labels.
    clusters : Gaussians in the mixture; as many as classes by default.
    seed : of the mixture's starts.

    Raises
    ------
    ValueError
        A single class, a class of one row, unequal row counts, a constant view, or more clusters
        than pairs.
    """
    caller = "gaussian_transfer"
    check_same_order(caller, X1_labelled=X1_labelled, y=y)
    check_same_order(caller, X1_pairs=X1_pairs, X2_pairs=X2_pairs)
    check_columns(columns_of(X1_labelled), X1_pairs, "X1_pairs", caller)
    X1 = as_view(X1_labelled, "X1_labelled", caller)
    A, B = as_view(X1_pairs, "X1_pairs", caller), as_view(X2_pairs, "X2_pairs", caller)
    y = check_labels(y, len(X1), caller)
    classes = np.unique(y)
    check_row_counts(caller, X1_pairs=A, X2_pairs=B)
    if A.shape[1] != X1.shape[1]:
        raise InputError(
            caller,
            f"X1_pairs has {A.shape[1]} features and X1_labelled has {X1.shape[1]}: "
            "both must be modality 1",
        )
    for name, X in (("X1_labelled", X1), ("X1_pairs", A), ("X2_pairs", B)):
        check_varies(X, name, caller)
    clusters = len(classes) if clusters is None else as_count(clusters, "clusters", caller, 1)
    if clusters > len(A):
        raise InputError(
            caller, f"{clusters} clusters of {len(A)} pairs: use more pairs or fewer clusters"
        )
    named = classifier(X1, y)
    pairs = np.concatenate([A, B], axis=1)
    mixture = _mixture(pairs, clusters, seed)
    # P(y | cluster): step 1's posteriors of the pairs, weighted by their share in the cluster
    shares = mixture.predict_proba(pairs)
    names = shares.T @ named.predict_proba(A)
    totals = names.sum(axis=1, keepdims=True)
    names = np.where(totals > 0, names / np.where(totals > 0, totals, 1), 1 / len(classes))
    return GaussianTransfer(
        classes=classes,
        classifier=named,
        mixture=mixture,
        names=names,
        d1=X1.shape[1],
        features=columns_of(X2_pairs),
    )


def aligned_transfer(
    alignment: Alignment, X1_labelled: np.ndarray, y: np.ndarray, X2_test: np.ndarray
) -> np.ndarray:
    """Labels (n_test,) of X2_test through an aligned latent: trained on z1, applied to z2.

    Works with any aligner that has `.embed`. Rows of X1 and X2 need no partners here.

    X1_labelled : (m, d1), y : (m,) its labels, X2_test : (n_test, d2). Raises ValueError as
    `fit_gaussian_transfer`, and when features are not the fitted ones.
    """
    check_same_order("aligned_transfer", X1_labelled=X1_labelled, y=y)
    fitted = getattr(alignment, "features", None) or (None, None)
    check_columns(fitted[0], X1_labelled, "X1_labelled", "aligned_transfer")
    check_columns(fitted[1], X2_test, "X2_test", "aligned_transfer")
    X1 = as_view(X1_labelled, "X1_labelled", "aligned_transfer")
    X2 = as_view(X2_test, "X2_test", "aligned_transfer", rows=1)
    y = check_labels(y, len(X1), "aligned_transfer")
    check_varies(X1, "X1_labelled", "aligned_transfer")
    Z1, _ = alignment.embed(X1, np.zeros((len(X1), X2.shape[1])))
    _, Z2 = alignment.embed(np.zeros((len(X2), X1.shape[1])), X2)
    return classifier(Z1, y).predict(Z2)


def classifier(X: np.ndarray, y: np.ndarray) -> Pipeline:
    """P(y | x) of X (n, d) and y (n,), by logistic regression on standardised features.

    Also works for constant features.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X, y)


def check_labels(y: np.ndarray, n: int, caller: str) -> np.ndarray:
    """Classes (n,) of labels y (n,) or (n, 1), numbers or names: two or more.

    Read as in `diagnose`, but always as classes. ValueError otherwise.
    """
    found = as_labels(y, caller)
    if len(found.columns) != 1 or len(found) != n:
        shape = (len(found),) if len(found.columns) == 1 else (len(found), len(found.columns))
        raise InputError(caller, f"labels have shape {shape}, ({n},) was expected")
    if not found.known.all():
        raise InputError(
            caller,
            f"the label of row {int((~found.known).argmax())} is missing: drop rows "
            "without a label",
        )
    scheme = LabelColumns(caller, "classes")
    scheme.see(found)
    read = scheme.reading.columns[0]
    if read.unfit or read.refused:
        raise InputError(caller, f"{read.unfit or read.refused}: give class names or codes")
    assert read.classes is not None
    names = np.array(read.classes)
    if read.cells == "truth values":
        names = names.astype(bool)
    y = names[scheme.values(found)[0]]
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            caller, f"all labelled rows have one class, {classes[0]}: add rows of another class"
        )
    if counts.min() < 2:
        raise InputError(
            caller, f"class {classes[counts.argmin()]} has one labelled row: label at least 2"
        )
    return y


def _mixture(X: np.ndarray, clusters: int, seed: int) -> GaussianMixture:
    """The mixture of X, fitted to features of unit variance so that units do not matter."""
    from sklearn.mixture import GaussianMixture

    scale = X.std(axis=0)
    scale[scale == 0] = 1.0
    mixture = GaussianMixture(clusters, n_init=RESTARTS, reg_covar=RIDGE, random_state=seed)
    # threads slow such small problems; OpenMP limits apply to each calling thread
    with linalg.one_thread_each(), threadpool_limits(1, user_api="openmp"):
        mixture.fit(X / scale)
    mixture.means_ *= scale
    mixture.covariances_ *= np.outer(scale, scale)
    mixture.precisions_cholesky_ /= scale[:, None]
    mixture.precisions_ /= np.outer(scale, scale)
    return mixture


def _responsibilities(mixture: GaussianMixture, X: np.ndarray, which: slice) -> np.ndarray:
    """P(cluster | some of the coordinates) (n, clusters): a projected Gaussian is Gaussian."""
    scale = np.sqrt(mixture.covariances_.mean(axis=0).diagonal()[which])
    means, covariances = mixture.means_[:, which] / scale, mixture.covariances_[:, which, which]
    parts = zip(mixture.weights_, means, covariances / np.outer(scale, scale), strict=True)
    logs = np.stack(
        [
            np.log(weight) + _log_density(X / scale, mean, covariance)
            for weight, mean, covariance in parts
        ],
        axis=1,
    )
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _log_density(X: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Log N(x; mean (d,), covariance (d, d)) (n,) of every row x of X (n, d)."""
    L = linalg.lower_root(covariance)
    white = linalg.solved(L, (X - mean).T)  # columns are samples
    log_determinant = 2 * np.log(np.diag(L)).sum()
    return -0.5 * (len(mean) * np.log(2 * np.pi) + log_determinant + (white**2).sum(axis=0))
