"""Does the advice of `diagnose` come true? Held-out scores on real pairs, by separate, plain code.

Run: `ALIGNLAB_TEST_DATA=FOLDER python -m tests.benchmarks.real_pairs`; without the variable only
the sets that scikit-learn ships are measured.

The winner. Twenty splits hold out 30 % of the rows; everything else is fitted on the training rows:
at most 100 principal components of a view, CCA and reduced-rank regression by textbook formulas
(`scipy.linalg`), a shrinkage LDA (accuracy) or a ridge regression (mean R^2) on top. CA is both
projections at k, CP and CP reversed the 2k leading predictors, k being one less than the number of
classes, or the number of label columns. Rules are compared by regret: the winner's mean score less
that of what the rule chose. A choice is right where that is within noise: less than twice the
standard error of the paired difference over splits (corrected for their overlap), or below 0.005.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.linalg
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedShuffleSplit

import alignlab as al

SPLITS, HELD_OUT = 20, 0.3
COMPONENTS = 100
METHODS = ("CA", "CP", "CP reversed", "x alone", "y alone", "x and y")
RULED = METHODS[:5]
"""What a rule chooses among: both views side by side is a reference that trains nothing."""

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def sets() -> Iterator[tuple[str, Pairs]]:
    """Real pairs with labels, by name."""
    digits = load_digits()
    images, rows = digits.images, len(digits.images)
    for name, first, second in (
        ("digits left, right", images[:, :, :4], images[:, :, 4:]),
        ("digits top, bottom", images[:, :4], images[:, 4:]),
    ):
        yield name, (first.reshape(rows, 32), second.reshape(rows, 32), digits.target)
    wine, cancer = load_wine(), load_breast_cancer()
    yield "wine", (wine.data[:, :5], wine.data[:, 5:], wine.target)
    yield "breast cancer", (cancer.data[:, :10], cancer.data[:, 20:], cancer.target)
    folder = os.environ.get("ALIGNLAB_TEST_DATA")
    for path in sorted(Path(folder, "paired").glob("*.npz")) if folder else ():
        with np.load(path) as file:
            yield path.stem, (file["x"], file["y"], file["labels"])


def standardised(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=np.float64)
    spread = X.std(0)
    return (X - X.mean(0)) / np.where(spread > 0, spread, 1.0)


def scores(X: np.ndarray, Y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Held-out scores (splits, methods)."""
    numbers = labels.dtype.kind == "f"
    targets = labels.reshape(len(labels), -1) if numbers else labels
    k = targets.shape[1] if numbers else len(np.unique(labels)) - 1
    splitter = ShuffleSplit if numbers else StratifiedShuffleSplit
    splits = splitter(SPLITS, test_size=HELD_OUT, random_state=0).split(X, labels)
    return np.array([_of_split(X, Y, targets, k, numbers, *rows) for rows in splits])


def _of_split(
    X: np.ndarray,
    Y: np.ndarray,
    targets: np.ndarray,
    k: int,
    numbers: bool,
    train: np.ndarray,
    test: np.ndarray,
) -> list[float]:
    (x, x_test), (y, y_test) = (_components(V[train], V[test]) for V in (X, Y))
    Wx, Wy = _canonical(x, y, min(k, x.shape[1], y.shape[1]))
    P, Q = _predictors(x, y, 2 * k), _predictors(y, x, 2 * k)
    seen = {
        "CA": (np.hstack([x @ Wx, y @ Wy]), np.hstack([x_test @ Wx, y_test @ Wy])),
        "CP": (x @ P, x_test @ P),
        "CP reversed": (y @ Q, y_test @ Q),
        "x alone": (x, x_test),
        "y alone": (y, y_test),
        "x and y": (np.hstack([x, y]), np.hstack([x_test, y_test])),
    }
    score = _ridge if numbers else _accuracy
    return [score(*seen[name], targets[train], targets[test]) for name in METHODS]


def _components(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = train.mean(0)
    _, s, Vt = scipy.linalg.svd(train - mean, full_matrices=False)
    V = Vt[: min(COMPONENTS, np.count_nonzero(s > 1e-10 * s[0]))].T
    return (train - mean) @ V, (test - mean) @ V


def _root(S: np.ndarray) -> np.ndarray:
    """`S^-1/2`, with a ridge of a millionth of the mean variance."""
    values, V = scipy.linalg.eigh(S + 1e-6 * np.trace(S) / len(S) * np.eye(len(S)))
    return V / np.sqrt(values) @ V.T


def _canonical(x: np.ndarray, y: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    n = len(x)
    to_x, to_y = _root(x.T @ x / n), _root(y.T @ y / n)
    U, _, Vt = scipy.linalg.svd(to_x @ (x.T @ y / n) @ to_y, full_matrices=False)
    return to_x @ U[:, :k], to_y @ Vt[:k].T


def _predictors(source: np.ndarray, target: np.ndarray, k: int) -> np.ndarray:
    """The k leading directions of the source that predict the target with least squared error."""
    to_source = _root(source.T @ source / len(source))
    U, _, _ = scipy.linalg.svd(to_source @ (source.T @ target) / len(source), full_matrices=False)
    return to_source @ U[:, :k]


def _accuracy(train: np.ndarray, test: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> float:
    spread = train.std(0) + 1e-300
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return float(model.fit(train / spread, y).score(test / spread, y_test))


def _ridge(train: np.ndarray, test: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> float:
    mean, spread = train.mean(0), train.std(0) + 1e-300
    model = RidgeCV(np.logspace(-2, 4, 13)).fit((train - mean) / spread, y)
    error = ((model.predict((test - mean) / spread).reshape(y_test.shape) - y_test) ** 2).mean(0)
    return float((1 - error / ((y_test - y.mean(0)) ** 2).mean(0)).mean())


def within_noise(differences: np.ndarray) -> bool:
    """Whether the mean of paired differences (splits,) is below twice its standard error.

    Splits share most of their training rows: the variance is corrected as by Nadeau and Bengio.
    """
    variance = differences.var(ddof=1) * (1 / len(differences) + HELD_OUT / (1 - HELD_OUT))
    return bool(differences.mean() <= max(2 * np.sqrt(variance), 0.005))
