"""A linear probe: how well a representation tells labels of rows that it was not fitted on.

Classes are told by logistic regression with weights that balance them, scored by balanced accuracy
(the mean over classes of the share that is named right); real columns by ridge regression, scored
by R^2 on the held-out rows, each column for itself. Both see every feature of the representation at
unit variance, have penalty 1, and are fitted on training rows alone.

Source: "When to Align, When to Predict", Table 1 and Appendix B, with the probes of its code.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alignlab.checks import InputError, as_matrix
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind, LabelReading
from alignlab.data.label_values import as_labels

PENALTY = 1.0
"""Of both probes: the factor of half the squared weights against the summed loss (ridge: all)."""

ROUNDS = 300
"""At most so many iterations of logistic regression."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """One column of labels that a probe is to tell.

    classes : in order; None for numbers. values : (n,) codes into classes, or numbers.
    """

    name: str
    classes: tuple | None
    values: np.ndarray

    @property
    def metric(self) -> str:
        return "R²" if self.classes is None else "balanced accuracy"

    @property
    def chance(self) -> float:
        """What a probe scores that knows nothing: 0, or 1 over the number of classes."""
        return 0.0 if self.classes is None else 1 / len(self.classes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Targets:
    """What a probe is to tell: all columns of the labels. known : (n,), rows that have all."""

    columns: tuple[Target, ...]
    known: np.ndarray
    reading: LabelReading

    @classmethod
    def of(
        cls, labels: object, names: tuple[str, ...] | None, caller: str, kind: Kind = None
    ) -> Targets:
        """From labels and kind as `diagnose` takes them; names default to "label" or "label 1", ...

        Raises ValueError as `LabelColumns`, and where there are not as many names as targets.
        """
        found = as_labels(labels, caller)
        scheme = LabelColumns.of(found, caller, kind)
        count = len(found.columns)
        if names is None:
            names = ("label",) if count == 1 else tuple(f"label {i + 1}" for i in range(count))
        if len(names) != count:
            raise InputError(
                caller, f"{len(names)} names for {count} targets: give one name a label column"
            )
        read = zip(names, scheme.reading.columns, scheme.values(found), strict=True)
        columns = tuple(
            Target(name=name, classes=column.classes, values=values)
            for name, column, values in read
        )
        return cls(columns=columns, known=found.known, reading=scheme.reading)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def split_labelled(
    targets: Targets, holdout: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sorted rows (training, test): a share of the labelled rows is held out, of every class alike.

    The classes are those of the first column that has any. Rows without label all go to training;
    so does a class of one row.
    """
    held = []
    labelled = np.flatnonzero(targets.known)
    classes = [column for column in targets.columns if column.classes is not None]
    if not classes:
        groups = [labelled]
    else:
        codes = classes[0].values[labelled]
        groups = [labelled[codes == code] for code in np.unique(codes)]
    for rows in groups:
        count = min(len(rows) - 1, max(1, round(holdout * len(rows))))
        held.append(rng.permutation(rows)[:count])
    test = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(targets.known)), test), test


def probe(
    train: np.ndarray, test: np.ndarray, targets: Targets, rows: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Held-out scores, one a target, of a representation train (n_train, r), test (n_test, r).

    rows : which rows these are; only labelled ones count. NaN where a target does not vary.
    """
    train, test = as_matrix(train, "train", "probe"), as_matrix(test, "test", "probe")
    known = [targets.known[part] for part in rows]
    fitted, tested = (Z[mask] for Z, mask in zip((train, test), known, strict=True))
    of_fit, of_test = (part[mask] for part, mask in zip(rows, known, strict=True))
    scores = np.empty(len(targets.columns))
    numbers = [i for i, column in enumerate(targets.columns) if column.classes is None]
    if numbers:
        y, y_test = (
            np.column_stack([targets.columns[i].values[part] for i in numbers])
            for part in (of_fit, of_test)
        )
        scores[numbers] = _explained(fitted, tested, y, y_test)
    for i, column in enumerate(targets.columns):
        if column.classes is not None:
            scores[i] = _told(fitted, tested, column.values[of_fit], column.values[of_test])
    return scores


def _explained(
    fitted: np.ndarray, tested: np.ndarray, y: np.ndarray, y_test: np.ndarray
) -> np.ndarray:
    """R^2 of numbers (m, p), by ridge regression of all at once."""
    model = make_pipeline(StandardScaler(), Ridge(alpha=PENALTY)).fit(fitted, y)
    predicted = model.predict(tested).reshape(y_test.shape)
    scores = r2_score(y_test, predicted, multioutput="raw_values")
    return np.where(y.std(0) * y_test.std(0) > 0, scores, np.nan)


def _told(fitted: np.ndarray, tested: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> float:
    """Balanced accuracy of classes (m,), by logistic regression; NaN with one class to learn."""
    if len(np.unique(y)) < 2:
        return float("nan")
    logistic = LogisticRegression(C=1 / PENALTY, class_weight="balanced", max_iter=ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        named = make_pipeline(StandardScaler(), logistic).fit(fitted, y).predict(tested)
    return float(recall_score(y_test, named, labels=np.unique(y_test), average="macro"))
