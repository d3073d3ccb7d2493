"""Many small problems at once: pieces of work shared out among threads, watched as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread, main_thread
from typing import Protocol, TypeVar

from alignlab import linalg

Piece = TypeVar("Piece")


class Stepping(Protocol):
    """Work that counts its steps in `done`, of which `run` may take several between two pauses."""

    @property
    def done(self) -> int: ...

    def run(self) -> Iterator[None]: ...


class Work(Stepping, Protocol):
    """Work that can be watched: `run` pauses often, and `done` of `total` says how far it is."""

    @property
    def total(self) -> int: ...


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
        problems gain nothing from threads within a factorisation. They stop when the program
        ends, unlike those of `ThreadPoolExecutor`, which first do all that is left.
    """
    left, steps, closed = iter(list(pieces)), SimpleQueue[BaseException | None](), Event()

    def over() -> bool:
        return closed.is_set() or not main_thread().is_alive()

    def some() -> None:
        try:
            for piece in left:  # a list's iterator gives each piece to one thread only
                if over():
                    return
                for _ in work(piece):
                    steps.put(None)
                    if over():
                        return
        except BaseException as error:  # also a wish to exit, which threads would swallow
            steps.put(error)

    with linalg.one_thread_each():
        threads = [Thread(target=some) for _ in range(min(workers, len(pieces)))]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) or not steps.empty():
                with suppress(Empty):
                    if (error := steps.get(timeout=0.02)) is not None:
                        raise error
                    yield
        finally:
            closed.set()
            for thread in threads:
                thread.join()
