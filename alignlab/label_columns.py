"""Labels as columns of numbers: class names become indicators, real columns stay, gaps are found.

What counts as classes: names, booleans, and one column of at most `CLASSES` different whole
numbers. Everything else is real columns, one a label. A row is without a label where any column is
NaN or None; there its numbers are zero and its mask is False.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

CLASSES = 30
"""One column of so many different whole numbers or fewer are classes, of more measurements."""

NAMES = 1000
"""With more different names than this they are taken for identifiers, and refused."""


class LabelColumns:
    """What labels mean, learnt from `see` on every chunk of them; then `columns` of any chunk.

    Raises
    ------
    ValueError
        One class only, constant labels, values that are neither numbers nor names, too many
        names, or a change of their kind or width between chunks.
    """

    def __init__(self, caller: str = "diagnose") -> None:
        self.caller = caller
        self._kind: str | None = None
        self._width = 1
        self._values: set = set()
        self._whole = True
        self._low: np.ndarray | None = None
        self._high: np.ndarray | None = None

    @classmethod
    def of(cls, labels: object, caller: str = "diagnose") -> LabelColumns:
        """What all labels at once mean; ValueError where they can tell nothing."""
        scheme = cls(caller)
        scheme.see(labels)
        scheme.check()
        return scheme

    def see(self, labels: object) -> None:
        """Learn the classes, or the range of each column, from labels (n,) or (n, p)."""
        kind, values, known = self._read(labels)
        if not known.any():  # of what kind they would be cannot be told
            return
        found = values[known]
        part = LabelColumns(self.caller)
        part._kind, part._width = kind, values.shape[1]
        part._whole = kind == "names" or bool((found == np.round(found)).all())
        if part._whole:
            values = np.unique(found)
            part._values = set((values if kind == "names" else values[: CLASSES + 1]).tolist())
        if kind != "names":
            part._low, part._high = found.min(0), found.max(0)
        self.merge(part)

    def merge(self, other: LabelColumns) -> None:
        """Learn what another has seen."""
        if other._kind is None:
            return
        if self._kind not in (None, other._kind) or (self._kind and self._width != other._width):
            raise ValueError(
                f"{self.caller}: labels change from {self._kind} to {other._kind} "
                f"({self._width} and {other._width} columns) between chunks: give every chunk the "
                "same columns of the same kind"
            )
        self._kind, self._width = other._kind, other._width
        self._whole = self._whole and other._whole
        if self._whole and (self._kind == "names" or len(self._values) <= CLASSES):
            self._values = self._values | other._values
        if self._kind == "names" and len(self._values) > NAMES:
            raise ValueError(
                f"{self.caller}: labels hold more than {NAMES} different names: they look like "
                "identifiers; give classes or numbers"
            )
        if other._low is not None and other._high is not None:
            low, high = self._low, self._high
            self._low = other._low if low is None else np.minimum(low, other._low)
            self._high = other._high if high is None else np.maximum(high, other._high)

    def check(self) -> None:
        """ValueError where the labels seen can tell nothing: none, one class, or constant."""
        if not self._values and self._low is None:
            raise ValueError(
                f"{self.caller}: every label is missing: give labels of some rows, or labels=None"
            )
        if self.classes is not None and len(self.classes) == 1:
            raise ValueError(
                f"{self.caller}: labels hold one class only, {self.classes[0]}: label rows of at "
                "least two classes"
            )
        if self.classes is None and (self._low == self._high).all():  # type: ignore[union-attr]
            raise ValueError(
                f"{self.caller}: labels are constant: give labels that vary over the rows"
            )

    @property
    def classes(self) -> list | None:
        """The classes in order; None for real columns."""
        few = self._whole and self._width == 1 and len(self._values) <= CLASSES
        return sorted(self._values) if self._kind == "names" or few else None

    @property
    def width(self) -> int:
        """Number of columns."""
        return self._width if self.classes is None else len(self.classes)

    def columns(self, labels: object) -> tuple[np.ndarray, np.ndarray]:
        """Labels as L (n, p) and which rows have one (n,); real columns are scaled to [-1, 1]."""
        _, values, known = self._read(labels)
        if not known.any():
            return np.zeros((len(values), self.width)), known
        if (classes := self.classes) is not None:
            L = (values == np.array(classes)).astype(np.float64)
        else:
            assert self._low is not None
            assert self._high is not None
            reach = np.where(self._high > self._low, (self._high - self._low) / 2, 1.0)
            L = (values - (self._high + self._low) / 2) / reach
        L[~known] = 0.0
        return L, known

    def _read(self, labels: object) -> tuple[str, np.ndarray, np.ndarray]:
        """Kind, values (n, p) and which rows have them all."""
        values = np.asarray(labels)
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2 or values.shape[1] < 1:
            raise ValueError(
                f"{self.caller}: labels have shape {values.shape}: give one a row, or a matrix "
                "(rows, columns)"
            )
        if values.dtype == object:
            values, known = _objects(values, self.caller)
        elif values.dtype.kind == "f":
            if np.isinf(values).any():
                row, column = np.argwhere(np.isinf(values))[0]
                raise ValueError(
                    f"{self.caller}: labels hold an infinite value in row {row}, column {column}: "
                    "use NaN for a label that is missing"
                )
            known = ~np.isnan(values).any(1)
        else:
            known = np.ones(len(values), dtype=bool)
        if values.dtype.kind in "US" and values.shape[1] == 1:
            return "names", values, known
        if values.dtype.kind in "biuf":
            return "numbers", values.astype(np.float64), known
        raise ValueError(
            f"{self.caller}: labels of type {values.dtype} and {values.shape[1]} columns: give one "
            "column of class names, or columns of numbers"
        )


def _objects(values: np.ndarray, caller: str) -> tuple[np.ndarray, np.ndarray]:
    """Objects as names or numbers; None, NaN and the NA of pandas are missing."""
    known = ~pd.isna(values).any(1)
    given = [v for row in values[known] for v in row]
    if given and all(isinstance(v, str) for v in given):
        return np.where(known[:, None], values, "").astype(str), known
    try:
        return np.where(known[:, None], values, 0).astype(np.float64), known
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{caller}: labels mix names and numbers ({error}): give one kind"
        ) from error
