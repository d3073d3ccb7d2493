"""A linear probe: how well a representation predicts the labels of held-out rows.

Classes are predicted by logistic regression with balanced class weights, scored by balanced
accuracy (mean recall over classes); real columns by ridge regression, scored by R^2 on the held-out
rows, each column separately. Both standardise the features of the representation, use penalty 1,
and are fitted on training rows only. scikit-learn is imported where it is used: that takes as
long as `import alignlab` itself.

Source: "When to Align, When to Predict", Table 1 and Appendix B, with the probes of its code.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from alignlab.checks import InputError, as_matrix
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind, LabelReading
from alignlab.data.label_values import as_labels

PENALTY = 1.0
"""Penalty of both probes: factor of the squared weights (logistic: half of them) in the loss."""

ROUNDS = 300
"""Maximum number of iterations of logistic regression."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """One label column that a probe predicts.

    classes : sorted; None for numbers. values : (n,) codes into classes, or numbers.
    """

    name: str
    classes: tuple | None
    values: np.ndarray

    @property
    def metric(self) -> str:
        return "R²" if self.classes is None else "balanced accuracy"

    @property
    def chance(self) -> float:
        """Score at chance level: 0, or 1 / (number of classes)."""
        return 0.0 if self.classes is None else 1 / len(self.classes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Targets:
    """All label columns that a probe predicts. known : (n,), rows with a label in every column."""

    columns: tuple[Target, ...]
    known: np.ndarray
    reading: LabelReading

    @classmethod
    def of(
        cls, labels: object, names: tuple[str, ...] | None, caller: str, kind: Kind = None
    ) -> Targets:
        """From labels and kind as for `diagnose`; names default to "label" or "label 1", ...

        Raises ValueError as `LabelColumns` does, and if the number of names is wrong.
        """
        found = as_labels(labels, caller)
        scheme = LabelColumns.of(found, caller, kind)
        count = len(found.columns)
        if names is None:
            names = ("label",) if count == 1 else tuple(f"label {i + 1}" for i in range(count))
        if len(names) != count:
            raise InputError(
                caller, f"{len(names)} names for {count} targets: give one name per label column"
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
    """Sorted rows (training, test): a fraction of the labelled rows is held out, by class.

    The split is stratified by the first column of classes. Rows without label, and classes with a
    single row, are in the training set.
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
    """Held-out scores, one per target, of a representation train (n_train, r), test (n_test, r).

    rows : indices of these rows; only labelled ones are used. NaN if a target does not vary.
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
    """R^2 of numbers (m, p), by multivariate ridge regression."""
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), Ridge(alpha=PENALTY)).fit(fitted, y)
    predicted = model.predict(tested).reshape(y_test.shape)
    scores = r2_score(y_test, predicted, multioutput="raw_values")
    return np.where(y.std(0) * y_test.std(0) > 0, scores, np.nan)


def _told(fitted: np.ndarray, tested: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> float:
    """Balanced accuracy of classes (m,), by logistic regression; NaN with one training class."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import recall_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(y)) < 2:
        return float("nan")
    logistic = LogisticRegression(C=1 / PENALTY, class_weight="balanced", max_iter=ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        named = make_pipeline(StandardScaler(), logistic).fit(fitted, y).predict(tested)
    return float(recall_score(y_test, named, labels=np.unique(y_test), average="macro"))
