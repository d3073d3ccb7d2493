"""A linear probe in closed form, hence converged: what there is in some numbers about a class."""

from __future__ import annotations

import numpy as np

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Penalties of a probe, factors of the squared weights in the sum of squared errors."""


def probe_of(fitted: np.ndarray, targets: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Ridge regression from fitted (n, r) to targets (n, t), applied to tested (m, r): (m, t).

    Numbers are standardised. Of `PENALTIES`, it takes the one that is best where each row in turn
    is left out of the fit.
    """
    from sklearn.linear_model import RidgeCV  # takes as long as alignlab itself to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RidgeCV(alphas=PENALTIES))
    return model.fit(fitted, targets).predict(tested)


def told(fitted: np.ndarray, labels: np.ndarray, tested: np.ndarray, classes: int) -> np.ndarray:
    """The class (m,) of each row of tested (m, r), from fitted (n, r) with labels (n,).

    Each class is a column of zeros and ones to the probe; the largest one names the class.
    """
    return probe_of(fitted, np.eye(classes)[labels], tested).argmax(axis=1)
