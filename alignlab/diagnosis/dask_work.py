"""`diagnose` for Dask collections: both passes run on the workers that hold the rows.

Every partition is reduced to sums on the worker that holds it; the sums are merged in a tree, so
only one result is transferred. Runs on the cluster of the current `distributed.Client`, or on
Dask's default scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np

from alignlab.checks import InputError, as_array, as_view
from alignlab.data.label_columns import LabelColumns
from alignlab.data.label_reading import Kind
from alignlab.data.label_values import as_labels, uncategorised
from alignlab.diagnosis.block_moments import Dealer
from alignlab.diagnosis.pairing import null_rows
from alignlab.diagnosis.passes import Gathering, Survey, check_rows
from alignlab.diagnosis.reduction import Reduction, Scale
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.work import Work

AT_ONCE = 8
"""Number of sums merged by one task."""


class Gatherings:
    """One `Gathering` for every scale of the columns, over the same rows."""

    def __init__(self, parts: list[Gathering]) -> None:
        self.parts = parts

    def merge(self, other: Gatherings) -> None:
        """Add the rows of another instance."""
        for own, more in zip(self.parts, other.parts, strict=True):
            own.merge(more)


Pass = TypeVar("Pass", Survey, Gatherings)
Partition = tuple[int, int, list]
"""First row, number of rows, and delayed [X, Y] or [X, Y, labels] of a partition."""


class DaskWork(Work):
    """`Work` whose passes are run by Dask."""

    def __init__(self, parts: list[Partition], spec: DiagnosisSpec) -> None:
        super().__init__(lambda: [], spec)
        self.partitions = parts

    def _reduce(self) -> Iterator[None]:
        import dask

        found = [
            dask.delayed(_surveyed)(self.spec.kind, start, *data)
            for start, _, data in self.partitions
        ]
        self._surveyed(_added(found))
        yield

    def _gather(self, scales: Sequence[Scale]) -> Iterator[None]:
        import dask

        views = [self._views(scale) for scale in scales]
        fixed = [dask.delayed(value) for value in (views, self.scheme, self.spec.seed)]
        dealer, keep, found = Dealer(self.spec.seed), null_rows(self.n, self.spec.seed), []
        for start, rows, data in self.partitions:
            here = keep[(keep >= start) & (keep < start + rows)] - start
            found.append(dask.delayed(_gathered)(*fixed, start, deepcopy(dealer), here, *data))
            dealer.deal(rows)  # advance to the start of the next partition
        for scale, gathering in zip(scales, _added(found).parts, strict=True):
            self._found[scale] = self._collected(gathering, scale)
        yield


def partitions(X: Any, Y: Any, labels: Any) -> list[Partition]:
    """X, Y and labels partitioned at the same rows, with all columns in one partition.

    Dask dataframes do not know their number of rows, so rows are counted first. Data in memory are
    sent to the workers.

    Raises
    ------
    ValueError
        Unequal rows, or views that are not matrices. Other errors are raised by the workers.
    """
    X, Y = _view(X, "X"), _view(Y, "Y")
    labels = None if labels is None else _labels(labels)
    for name, view in (("X", X), ("Y", Y)):
        if view.ndim != 2:
            raise InputError(
                "diagnose",
                f"{name} has shape {view.shape}, a matrix (samples, features) was "
                "expected: reshape it to one sample per row",
            )
    check_rows(len(X), len(Y), None if labels is None else len(labels))
    # row partitions of X, all columns together
    cuts = X.chunks[0]
    data = [array.rechunk((cuts, *array.shape[1:])) for array in (X, Y)]
    starts = np.concatenate([[0], np.cumsum(cuts)])
    delayed = [array.to_delayed().reshape(len(cuts)) for array in data]
    if labels is not None:
        delayed.append(_cut(labels, cuts, starts))
    return [
        (int(start), int(rows), list(blocks))
        for start, rows, *blocks in zip(starts[:-1], cuts, *delayed, strict=True)
        if rows  # filters leave empty partitions
    ]


def _view(data: Any, name: str) -> Any:
    """A Dask view unchanged; any other as an array, with NaN for masked values."""
    lazy = type(data).__module__.startswith("dask.")
    return _array(data if lazy else as_array(data, name, "diagnose"))


def _array(data: Any) -> Any:
    import dask.array as da

    if hasattr(data, "to_dask_array"):
        return data.to_dask_array(lengths=True)
    if not isinstance(data, da.Array):
        return da.from_array(np.asarray(data))
    if any(np.isnan(size) for sizes in data.chunks for size in sizes):
        return data.compute_chunk_sizes()
    return data


def _labels(labels: Any) -> Any:
    """Labels as a Dask array; labels in memory as columns of cells."""
    if not type(labels).__module__.startswith("dask."):
        return as_labels(labels, "diagnose")
    if hasattr(labels, "to_dask_array"):
        # arrays have no categories; category names, even numeric ones, are classes
        labels = labels.map_partitions(uncategorised)
    return _array(labels)


def _cut(labels: Any, cuts: tuple[int, ...], starts: np.ndarray) -> list:
    """Labels of every partition."""
    import dask

    if not hasattr(labels, "rechunk"):
        return [
            dask.delayed(labels[start : start + rows], traverse=False)
            for start, rows in zip(starts[:-1], cuts, strict=True)
        ]
    return list(labels.rechunk((cuts, *labels.shape[1:])).to_delayed().reshape(len(cuts)))


def _added(parts: list[Any]) -> Any:
    """Merge delayed passes in a tree and compute the result."""
    import dask

    while len(parts) > 1:
        firsts = range(0, len(parts), AT_ONCE)
        parts = [dask.delayed(_sum)(parts[first : first + AT_ONCE]) for first in firsts]
    return parts[0].compute() if parts else Survey()


# --- Tasks of the workers ---


def _surveyed(kind: Kind, start: int, X: Any, Y: Any, labels: Any = None) -> Survey:
    survey = Survey(kind)
    try:
        for _ in survey.add(*_read(X, Y, labels)):
            pass
    except ValueError as error:  # its row numbers count within the partition
        rows = f"rows {start} to {start + len(X) - 1}"
        raise ValueError(f"{error} (in the partition of {rows})") from error
    return survey


def _gathered(
    views: list[tuple[Reduction, Reduction]],
    scheme: LabelColumns | None,
    seed: int,
    start: int,
    dealer: Dealer,
    keep: np.ndarray,
    X: Any,
    Y: Any,
    labels: Any = None,
) -> Gatherings:
    found = []
    for x, y in views:
        gathering = Gathering(x, y, scheme, seed, start)
        # a task must not change its arguments, as it may be run again
        for _ in gathering.add(*_read(X, Y, labels), deepcopy(dealer), keep):
            pass
        found.append(gathering)
    return Gatherings(found)


def _sum(parts: list[Pass]) -> Pass:
    total = deepcopy(parts[0])
    for part in parts[1:]:
        total.merge(part)
    return total


def _read(X: Any, Y: Any, labels: Any) -> tuple[np.ndarray, np.ndarray, object]:
    return as_view(X, "X", "diagnose", 1), as_view(Y, "Y", "diagnose", 1), labels
