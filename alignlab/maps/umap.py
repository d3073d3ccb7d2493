"""UMAP, one epoch at a time.

McInnes, Healy and Melville, "UMAP: Uniform manifold approximation and projection for dimension
reduction" (2018), by umap-learn: its graph and its optimiser, which starts here from principal
components and not from a spectral layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from types import ModuleType

import numpy as np

from alignlab.extras import needed
from alignlab.maps.layout import Layout
from alignlab.maps.pca import principal_components
from alignlab.maps.spec import MapSpec, Plan
from alignlab.neighbours import Search

REACH = 10.0
"""Width and height of the positions at the start."""

NOISE = 1e-4
"""Random part of these positions."""


def umap(
    X: np.ndarray, spec: MapSpec, start: np.ndarray | None, plan: Plan
) -> Iterator[Layout | int]:
    """UMAP of different points X (m, k), from the positions start (m, 2) if there are any.

    Parameters and yields are those of `tsne`, with epochs for steps.
    """
    Y = _start(X, spec, start)
    yield Layout(Y=Y, step=0)
    search = Search(X, spec.neighbours - 1)
    for _ in search.run():
        yield 0
    library = _library()
    random = np.random.RandomState(spec.seed)
    itself = np.arange(len(X), dtype=np.int32)[:, None]
    graph, _, _ = library.fuzzy_simplicial_set(
        X,
        spec.neighbours,
        random,
        "euclidean",
        knn_indices=np.hstack([itself, search.found.indices]),
        knn_dists=np.hstack([np.zeros((len(X), 1)), search.found.distances]).astype(np.float32),
    )
    graph = graph.tocoo()
    graph.data[graph.data < graph.data.max() / plan.steps] = 0.0  # edges that are never sampled
    graph.eliminate_zeros()
    epochs = _Epochs(plan.steps)
    thread = Thread(
        target=epochs.work,
        args=(
            Y,
            Y,
            graph.row,
            graph.col,
            epochs,
            len(X),
            library.make_epochs_per_sample(graph.data, plan.steps),
            *library.find_ab_params(1.0, spec.min_dist),
            random.randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64),
        ),
        daemon=True,
    )
    thread.start()
    try:
        for step in range(1, plan.steps + 1):
            epochs.wait()
            shown = step % plan.shown == 0 or step == plan.steps
            yield Layout(Y=Y, step=step) if shown else step
            epochs.go_on.put(True)
    finally:
        epochs.go_on.put(False)
        thread.join()


def _library() -> ModuleType:
    """umap-learn; where no folder can be written for its compiled code, it is compiled each time.

    That is the case of a service: the environment belongs to another user, and it has no home.
    """
    try:
        return needed("umap.umap_", "umap", "UMAP")
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
    caching = import_module("numba.core.caching")
    caching.FunctionCache.__new__ = lambda *_: caching.NullCache()
    try:
        return needed("umap.umap_", "umap", "UMAP")
    finally:
        caching.FunctionCache.__new__ = lambda cls, *_: object.__new__(cls)


def _start(X: np.ndarray, spec: MapSpec, start: np.ndarray | None) -> np.ndarray:
    random = np.random.default_rng(spec.seed)
    if start is None and spec.random_start:
        return random.uniform(0, REACH, (len(X), 2)).astype(np.float32)
    Y = principal_components(X, 2)[0] if start is None else start
    Y = Y - Y.min(axis=0)
    Y = REACH * Y / np.where(Y.max(axis=0) > 0, Y.max(axis=0), 1.0)
    return (Y + NOISE * random.normal(size=Y.shape)).astype(np.float32)


class _StoppedError(Exception):
    """No further epoch is wanted."""


class _Epochs(list):
    """The epochs after which the library is to keep positions, which are none of them.

    The library runs all epochs in one call; after each it asks whether that epoch is in this list,
    which is how a thread of its own is paused there, and stopped.
    """

    def __init__(self, steps: int) -> None:
        super().__init__([steps])
        self.go_on: SimpleQueue[bool] = SimpleQueue()
        self._paused: SimpleQueue[BaseException | None] = SimpleQueue()

    def __contains__(self, epoch: object) -> bool:
        self._paused.put(None)
        if not self.go_on.get():
            raise _StoppedError
        return False

    def work(self, *arguments: object) -> None:
        """Run the library's optimiser, in this thread, until it is stopped."""
        try:
            needed("umap.layouts", "umap", "UMAP").optimize_layout_euclidean(
                *arguments, move_other=True
            )
        except _StoppedError:
            pass
        except BaseException as error:  # raised where the epochs are waited for
            self._paused.put(error)

    def wait(self) -> None:
        """Wait for the end of an epoch; what the library raised is raised here."""
        if (error := self._paused.get()) is not None:
            raise error
