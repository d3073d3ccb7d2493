"""Many small problems at once: pieces of work shared out among threads, watched as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event
from typing import Protocol, TypeVar

from alignlab import linalg

Piece = TypeVar("Piece")


class Stepping(Protocol):
    """Work that counts its steps in `done`, of which `run` may take several between two pauses."""

    @property
    def done(self) -> int: ...

    def run(self) -> Iterator[None]: ...


def advances(work: Stepping) -> Iterator[int]:
    """Run the work; at each pause, how many steps it has taken since the one before."""
    before = work.done
    for _ in work.run():
        yield work.done - before
        before = work.done


def shared_out(
    pieces: Sequence[Piece], work: Callable[[Piece], Iterable[None]], workers: int
) -> Iterator[None]:
    """Do the work of every piece, pausing whenever some thread does. Close it to stop.

    work : an iterable that pauses often; what it raises is raised here.
    workers : threads; within each, factorisations run in that thread alone, since many small
        problems gain nothing from threads within a factorisation.
    """
    steps, closed = SimpleQueue[BaseException | None](), Event()

    def one(piece: Piece) -> None:
        try:
            for _ in work(piece):
                steps.put(None)
                if closed.is_set():
                    return
        except BaseException as error:  # also a wish to exit, which threads would swallow
            steps.put(error)

    with linalg.one_thread_each(), ThreadPoolExecutor(workers) as pool:
        try:
            running = {pool.submit(one, piece) for piece in pieces}
            while running or not steps.empty():
                with suppress(Empty):
                    if (error := steps.get(timeout=0.02)) is not None:
                        raise error
                    yield
                running = {future for future in running if not future.done()}
        finally:
            closed.set()
            pool.shutdown(cancel_futures=True)
