"""Principal components: the map itself, and the start of t-SNE and UMAP."""

from __future__ import annotations

import numpy as np

from alignlab import linalg


def principal_components(X: np.ndarray, dims: int) -> tuple[np.ndarray, tuple[float, ...]]:
    """The first `dims` principal components (m, dims) of centred X (m, k), and their shares.

    A share is that of the variance of X. Where X has fewer than `dims` dimensions, the rest is
    zero.
    """
    Y = np.zeros((len(X), dims))
    within = min(dims, *X.shape)
    with linalg.one_thread_each():  # the sums of several threads differ in rounding
        V, _ = linalg.leading_directions(X, within)
        Y[:, :within] = X @ V
        explained = (Y**2).sum(axis=0) / (X**2).sum()
    return Y, tuple(explained.tolist())
