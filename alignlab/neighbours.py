"""The nearest rows of a matrix: exact up to `EXACT_UP_TO` rows, by an inverted file beyond.

Exact: squared distances to all rows are screened in single precision, as one matrix product for a
block of queries. Every row within the rounding error of the k-th is then measured in double
precision, from differences of coordinates, so that the result does not depend on the rounding of
the product, and hence not on the number of threads or the BLAS library either.

Approximate: k-means divides the rows into lists, and the lists whose centres are nearest to a
query are searched (faiss, `IndexIVFFlat`). Their distances are measured in double precision too.

Sources: Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs", IEEE Transactions on
Big Data, 2019 (faiss); Jégou, Douze and Schmid, "Product quantization for nearest neighbor search",
2011, for inverted files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError, as_count, as_view
from alignlab.extras import needed
from alignlab.work import shared_out

EXACT_UP_TO = 20_000
"""With more rows than this, neighbours are approximate."""

BLOCK_NUMBERS = 4_000_000
"""A block of screened distances holds about this many numbers."""

QUERIES = 256
"""Queries of a block at most, so that a search is soon stopped."""

STRIDE = 16
"""One in so many distances is looked at to guess how near the k nearest are."""

LISTS_PER_ROOT = 4
"""The inverted file has so many lists times the root of the number of rows, as faiss advises."""

SEARCHED = 0.02
"""This share of the lists is searched: among 100,000 rows of 64 columns that finds 99 to 100 % of
the 10 nearest in clusters or near a plane of 8 dimensions, and 32 % in a Gaussian cloud."""

TRAINING, ROUNDS = 39, 8
"""Rows a list that k-means is trained on, and its iterations."""

CROWDED = 4
"""More candidates than about so many times k are too many to measure one by one."""

LARGEST = float(np.finfo(np.float32).max)

SPARE = 16
"""Rows beyond k that are measured in double precision."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours:
    """The k nearest rows of m queries, the nearest first.

    indices : (m, k), int32. distances : (m, k), Euclidean, ascending.
    exact : whether all rows were compared. If not, some of the nearest may be missing.
    """

    indices: np.ndarray
    distances: np.ndarray
    exact: bool


def nearest(X: np.ndarray, k: int, queries: np.ndarray | None = None) -> Neighbours:
    """The k nearest rows of X (n, d) of every row of queries (m, d), or of X itself.

    Rows of equal distance are ordered by index. Exact for n up to `EXACT_UP_TO`; beyond, an
    inverted file is searched, whose result is the same in every run, for any number of threads.
    Memory beyond the result is a few copies of X and a block of bounded size per thread.

    queries : None for the neighbours of the rows of X, each without itself (but with its
        duplicates).

    Raises ValueError for a k outside 1 to n (n - 1 without queries), values that are not finite,
    different widths, and a missing library beyond `EXACT_UP_TO`.

    Equivalent to: `sklearn.neighbors.NearestNeighbors(n_neighbors=k).fit(X).kneighbors(queries)`
    up to the order of ties.
    """
    search = Search(X, k, queries)
    for _ in search.run():
        pass
    return search.found


class Search:
    """`nearest` as the work of a job: `run` yields after each block of queries.

    done, total : queries answered, and all. found : the result, once all are answered.

    X : (n, d); queries : (m, d) or None, as for `nearest`.
    """

    def __init__(self, X: np.ndarray, k: int, queries: np.ndarray | None = None) -> None:
        self._X = X = as_view(X, "X", "nearest", rows=1)
        self._own = queries is None
        self._queries = X if queries is None else as_view(queries, "queries", "nearest", rows=1)
        if self._queries.shape[1] != X.shape[1]:
            raise InputError(
                "nearest",
                f"X has {X.shape[1]} columns and queries {self._queries.shape[1]}: "
                "the same columns were expected",
            )
        self._k = as_count(k, "k", "nearest", 1, len(X) - self._own)
        self._most = CROWDED * self._k + 200
        self.done, self.total = 0, len(self._queries)
        shape = (self.total, self._k)
        self._indices, self._distances = np.empty(shape, np.int32), np.empty(shape)

    @property
    def exact(self) -> bool:
        """Whether all rows are compared."""
        return len(self._X) <= EXACT_UP_TO

    @property
    def found(self) -> Neighbours:
        """The result."""
        assert self.done == self.total
        return Neighbours(indices=self._indices, distances=self._distances, exact=self.exact)

    def run(self) -> Iterator[None]:
        """Answer the queries, block by block, distributed over threads."""
        self._screen = screen = _Screen(self._X, self._queries, np.float32)
        index: list[Any] = []
        if not self.exact:
            faiss = needed("faiss", "maps", f"nearest with more than {EXACT_UP_TO:,} rows")
            yield from shared_out([index], lambda into: _build(faiss, screen.X, into), 1)
        step = max(1, min(QUERIES, BLOCK_NUMBERS // len(self._X) if self.exact else QUERIES))
        starts = range(0, self.total, step)

        def block(start: int) -> Iterator[None]:
            rows = np.arange(start, min(start + step, self.total))
            if self.exact:
                self._compare(rows, self._screen)
            else:
                self._look_up(faiss, index[0], rows)
            yield

        if self.exact and len(starts) <= 1:  # not worth a thread
            answered = block(0)
        else:
            answered = shared_out(starts, block, linalg.threads())
        for _ in answered:
            self.done = min(self.done + step, self.total)
            yield

    def _compare(self, rows: np.ndarray, screen: _Screen) -> None:
        """Answer some queries (b,) by comparing all rows.

        Where single precision leaves too many candidates, as in tight clusters that lie far apart,
        double precision screens again.
        """
        values, sizes = screen.of(rows)
        crowded = []
        for row, s, size in zip(rows, values, sizes, strict=True):
            if self._own:
                s[row] = np.inf
            members = screen.candidates(s, self._k, size)
            if len(members) > self._most and screen is not self._fine:
                crowded.append(row)
            else:
                self._keep(row, members)
        if crowded:
            self._compare(np.array(crowded), self._fine)

    @cached_property
    def _fine(self) -> _Screen:
        return _Screen(self._X, self._queries, np.float64)

    @cached_property
    def _kinds(self) -> np.ndarray:
        """A number for each row of X (n,), the same for equal rows."""
        rows = np.ascontiguousarray(self._X)
        return np.unique(rows.view(f"V{rows.itemsize * rows.shape[1]}"), return_inverse=True)[1]

    def _look_up(self, faiss: Any, index: Any, rows: np.ndarray) -> None:
        """Answer some queries (b,) by the lists near them."""
        faiss.omp_set_num_threads(1)  # of this thread
        _, found = index.search(self._screen.queries[rows], self._k + self._own + SPARE)
        for row, members in zip(rows, found, strict=True):
            members = np.sort(members[(members >= 0) & ~(self._own & (members == row))])
            if len(members) < self._k:  # so few rows lie in the lists: compare all
                self._compare(np.array([row]), self._screen)
            else:
                self._keep(row, members)

    def _keep(self, row: int, members: np.ndarray) -> None:
        """Keep the k nearest of some rows of X, whose indices ascend."""
        if len(members) > self._most:  # repeated rows are measured once
            _, first, which = np.unique(
                self._kinds[members], return_index=True, return_inverse=True
            )
            squared = self._squared(row, members[first])[which.ravel()]
        else:
            squared = self._squared(row, members)
        order = np.argsort(squared, kind="stable")[: self._k]
        self._indices[row] = members[order]
        self._distances[row] = np.sqrt(squared[order])

    def _squared(self, row: int, members: np.ndarray) -> np.ndarray:
        """Squared distances (m,) of a query from some rows of X."""
        found = np.empty(len(members))
        step = max(1, BLOCK_NUMBERS // self._X.shape[1])
        for start in range(0, len(members), step):
            part = slice(start, start + step)
            difference = self._X[members[part]]
            difference -= self._queries[row]
            found[part] = np.einsum("ij,ij->i", difference, difference)
        return found


class _Screen:
    """Half the squared distance, less half the squared length of the query, in a precision.

    X, queries : centred, in units in which the largest number is 1.
    """

    def __init__(self, X: np.ndarray, queries: np.ndarray, precision: type[np.floating]) -> None:
        middle = np.median(X, axis=0)  # amid most rows, whatever the outliers
        both = [X - middle] if queries is X else [X - middle, queries - middle]
        reach = max(float(np.abs(M).max()) for M in both) or 1.0
        both = [(M / reach).astype(precision) for M in both]
        self.X, self.queries = both[0], both[-1]
        self._halves = _squared_lengths(self.X).astype(precision) / 2
        self._rounding = (X.shape[1] + 4) * float(np.finfo(precision).eps)
        self._least = (X.shape[1] + 4) * float(np.finfo(precision).tiny)

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values (b, n) of some queries (b,), and the squared lengths of these."""
        Q = self.queries[rows]
        values = Q @ self.X.T
        np.subtract(self._halves, values, out=values)
        return values, _squared_lengths(Q)

    def candidates(self, s: np.ndarray, k: int, size: float) -> np.ndarray:
        """Ascending indices of all rows that can be among the k nearest, from the values s (n,).

        size : squared length of the query.
        """
        sample = s[::STRIDE]
        expected = k / STRIDE
        guess = min(len(sample) - 1, int(expected + 3 * expected**0.5) + 2)
        border = np.partition(sample, guess)[guess]
        members = np.flatnonzero(s <= border)
        among = s[members] if len(members) >= k else s
        kth = float(np.partition(among, k - 1)[k - 1])
        reach = min(kth + 2 * self._error(kth, size), LARGEST)  # not the row itself, at infinity
        if len(members) >= k and reach <= border:
            return members[among <= reach]
        return np.flatnonzero(s <= reach)

    def _error(self, kth: float, size: float) -> float:
        """A bound on the rounding error of every value that may be among the k smallest.

        A value errs by at most `rounding (|q| |x| + |x|^2)`. Rows x within the distance r of a
        query q have `|x| <= |q| + r`, and `2 kth + |q|^2` is the square of that of the k-th, up to
        the rounding that the generous factor allows for.
        """
        if self._rounding > 1 / 16:  # hundreds of thousands of columns: measure all rows
            return np.inf
        squared = max(0.0, 2 * kth + size)
        return 4 * self._rounding * (3 * size + 2 * squared) + self._least


def _squared_lengths(X: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", X, X, dtype=np.float64)


def _build(faiss: Any, X: np.ndarray, into: list[Any]) -> Iterator[None]:
    """Put the inverted file of X (n, d), single precision, into a list: in one thread."""
    faiss.omp_set_num_threads(1)  # of this thread: sums of several differ in rounding
    lists = int(LISTS_PER_ROOT * len(X) ** 0.5)
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(X.shape[1]), X.shape[1], lists)
    index.cp.seed, index.cp.niter = 0, ROUNDS
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, TRAINING
    index.train(X)
    yield
    index.add(X)
    index.nprobe = max(1, int(SEARCHED * lists))
    into.append(index)
    yield
