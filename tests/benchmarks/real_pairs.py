"""Does the advice of `diagnose` come true? Held-out scores on real pairs, by separate, plain code.

Run: `ALIGNLAB_TEST_DATA=FOLDER python -m tests.benchmarks.real_pairs`; without the variable only
the sets that scikit-learn ships are measured.

The winner. Twenty splits hold out 30 % of the rows; everything else is fitted on the training rows:
at most 100 principal components of a view, CCA and reduced-rank regression by textbook formulas
(`scipy.linalg`), a shrinkage LDA (accuracy) or a ridge regression (mean R^2) on top. CA is both
projections at k, CP and CP reversed the 2k leading predictors. With l label directions, one less
than the classes or one a column of numbers, k is l, and with the argument `wide` l + l // 2, the
dimension that is advised. Rules are compared by regret: the winner's mean score less
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
from sklearn.model_selection import (
    KFold,
    ShuffleSplit,
    StratifiedShuffleSplit,
)

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


def scores(X: np.ndarray, Y: np.ndarray, labels: np.ndarray, wide: bool = False) -> np.ndarray:
    """Held-out scores (splits, methods)."""
    numbers = labels.dtype.kind == "f"
    targets = labels.reshape(len(labels), -1) if numbers else labels
    k = targets.shape[1] if numbers else len(np.unique(labels)) - 1
    k += k // 2 if wide else 0
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


def paper(X: np.ndarray, Y: np.ndarray, labels: np.ndarray) -> str:
    """The paper's estimator, both ways of prediction: the objective of the largest Delta above 1.

    At most 100 principal components of a view, ridge 1e-6; the 50 leading singular components of C
    and A are judged by 5-fold ridge R^2 of their scores (C: of both views, A: of the source) on the
    labels, summed over label columns; a two-segment elbow of the sorted curve parts signal from
    nuisance. "none" where no Delta exceeds 1.
    """
    targets = labels.reshape(len(labels), -1).astype(np.float64) if labels.dtype.kind == "f" else (
        (labels[:, None] == np.unique(labels)).astype(np.float64)
    )  # fmt: skip
    (x, _), (y, _) = (_components(V, V[:1]) for V in (X, Y))
    n, (to_x, to_y) = len(x), (_root(V.T @ V / len(V)) for V in (x, y))
    half = to_x @ (x.T @ y / n)
    deltas = {
        "CA": _delta(*_triplets(half @ to_y), (x @ to_x, y @ to_y), targets),
        "CP": _delta(*_triplets(half), (x @ to_x, None), targets),
        "CP reversed": _delta(*_triplets(to_y @ (y.T @ x / n)), (y @ to_y, None), targets),
    }
    best = max(deltas, key=lambda name: deltas[name])
    return best if deltas[best] > 1 else "none"


def _triplets(M: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    U, s, Vt = scipy.linalg.svd(M, full_matrices=False)
    return U, s, Vt.T


def _delta(
    U: np.ndarray,
    s: np.ndarray,
    V: np.ndarray,
    views: tuple[np.ndarray, np.ndarray | None],
    targets: np.ndarray,
) -> float:
    told = []
    folds = list(KFold(5, shuffle=True, random_state=0).split(targets))
    for j in range(min(50, len(s))):
        scores = [views[0] @ U[:, j]] + ([views[1] @ V[:, j]] if views[1] is not None else [])
        seen, sums = np.column_stack(scores), []
        for train, test in folds:
            guessed = Ridge(alpha=1.0).fit(seen[train], targets[train]).predict(seen[test])
            error = ((guessed.reshape(targets[test].shape) - targets[test]) ** 2).sum(0)
            spread = ((targets[test] - targets[test].mean(0)) ** 2).sum(0)
            sums.append((1 - error / np.maximum(spread, 1e-12)).sum())
        told.append(np.mean(sums))
    signal = _elbow(np.array(told))
    if not signal.any() or signal.all():
        return 0.0
    return float(s[: len(told)][signal].min() / s[: len(told)][~signal].max())


def _elbow(told: np.ndarray) -> np.ndarray:
    """Which components come before the break of two lines fitted to the sorted curve."""
    order, at = np.argsort(-told), np.arange(len(told))
    if len(told) < 4:
        return told > max(0.0, told.max() / 2)

    def misfit(part: slice) -> float:
        line = np.polyfit(at[part], told[order][part], 1)
        return float(((np.polyval(line, at[part]) - told[order][part]) ** 2).sum())

    best = min(range(2, len(told) - 1), key=lambda b: misfit(slice(b)) + misfit(slice(b, None)))
    return np.isin(at, order[:best])


def main(wide: bool = False) -> None:
    rows: list[tuple[str, float, bool | None]] = []
    spent: list[tuple[float, float]] = []
    print("| set | winner | alignlab advises | gain (90 %) | regret |\n|---|---|---|---|---|")
    for name, (X, Y, labels) in sets():
        for scaled in (False, True):
            views = [standardised(V) if scaled else np.asarray(V, np.float64) for V in (X, Y)]
            held_out = scores(*views, labels, wide)
            means = held_out.mean(0)
            winner = int(means[: len(RULED)].argmax())
            start = time.process_time()
            found = al.diagnose(*views, labels=labels)
            ours = time.process_time() - start
            start = time.process_time()
            theirs = paper(*views, labels)
            spent.append((ours, time.process_time() - start))
            assert found.advice is not None
            one = found.advice.both
            single = one.against
            told = {"none": single, "undetermined": None}
            picks = {
                "alignlab's advice": told.get(one.objective, one.objective),
                "the paper's estimator": single if theirs == "none" else theirs,
                "the better view alone": single,
                "always CA": "CA",
            }
            for rule, pick in picks.items():
                at = METHODS.index(pick or single)
                right = within_noise(held_out[:, winner] - held_out[:, at]) if pick else None
                rows.append((rule, float(means[winner] - means[at]), right))
            title = f"{name}{', standardised' if scaled else ''}"
            print(f"| {title} | {METHODS[winner]} {means[winner]:.3f} | "
                  f"{picks[rows[-4][0]] or 'undetermined'} | {one.gain:+.3f} ({one.low:+.3f} to "
                  f"{one.high:+.3f}) | {rows[-4][1]:.3f} |", flush=True)  # fmt: skip
    print("\n| rule | claims | right, of claims | mean regret, of all runs |\n|---|---|---|---|")
    for rule in dict.fromkeys(rule for rule, _, _ in rows):
        own = [(regret, right) for one, regret, right in rows if one == rule]
        claims = [right for _, right in own if right is not None]
        print(f"| {rule} | {len(claims) / len(own):.0%} | {np.mean(claims):.0%} | "
              f"{np.mean([regret for regret, _ in own]):.4f} |")  # fmt: skip
    regrets = {rule: np.array([r for one, r, _ in rows if one == rule]) for rule, _, _ in rows}
    saved = (regrets["the better view alone"] - regrets["alignlab's advice"]).reshape(-1, 2).mean(1)
    rng = np.random.default_rng(0)
    draws = saved[rng.integers(0, len(saved), (10_000, len(saved)))].mean(1)
    low, high = np.quantile(draws, [0.05, 0.95])
    print(f"\nadvice against the better view alone: better by {saved.mean():.4f} "
          f"({low:.4f} to {high:.4f}, 90 % of a bootstrap over {len(saved)} sets)")  # fmt: skip
    ratio = np.median([ours / theirs for ours, theirs in spent])
    print(f"CPU time of al.diagnose over that of the paper's estimator, median: {ratio:.2f}")


if __name__ == "__main__":
    main("wide" in sys.argv[1:])
