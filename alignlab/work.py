"""Many small problems in parallel: pieces of work distributed over threads, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread, main_thread
from typing import Any, Protocol, TypeVar, cast

from alignlab import linalg
from alignlab.checks import InputError

Piece = TypeVar("Piece")

PATIENCE = 0.2
"""Seconds without their caller after which the threads of `shared_out` pause."""


class Bar(Protocol):
    """A progress bar, as those of tqdm: `n` of `total` are complete, `update` adds to `n`."""

    n: Any
    total: Any

    def update(self, n: Any) -> Any: ...


Progress = Callable[[int, int], object] | Bar | None
"""What long computations report to: a function of (done, total), or a bar such as `tqdm()`.

`total` may grow while the work is still being counted; the last call has done = total.
"""


class Stepping(Protocol):
    """Work that counts its steps in `done`; `run` may take several between two yields."""

    @property
    def done(self) -> int: ...

    def run(self) -> Iterator[None]: ...


class Work(Stepping, Protocol):
    """Work with progress: `run` yields often, and `done` of `total` steps are complete."""

    @property
    def total(self) -> int: ...


def advances(work: Stepping) -> Iterator[int]:
    """Run the work; at each yield, the number of steps since the previous one."""
    before = work.done
    for _ in work.run():
        yield work.done - before
        before = work.done


def reporter(progress: Progress, caller: str) -> Callable[[int, int], object]:
    """The function of (done, total) that reports to `progress`; ValueError if it cannot be used."""
    if progress is None:
        return lambda done, total: None
    made = not isinstance(progress, type)  # tqdm() and not tqdm
    if made and hasattr(progress, "update") and hasattr(progress, "total"):
        bar = cast(Bar, progress)

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return show
    if not made or not callable(progress):
        raise InputError(
            caller,
            f"progress = {progress!r} cannot be used: give a function of (done, total), or a bar "
            "such as tqdm()",
        )
    return progress


def finish(work: Work, progress: Progress, caller: str) -> None:
    """Run the work to its end, reporting to `progress`; an exception raised there stops it."""
    report = reporter(progress, caller)
    report(work.done, work.total)
    with closing(cast(Generator, work.run())) as steps:
        for _ in steps:
            report(work.done, work.total)
    report(work.done, work.total)


def shared_out(
    pieces: Sequence[Piece], work: Callable[[Piece], Iterable[None]], workers: int
) -> Iterator[None]:
    """Do the work of every piece in threads, yielding whenever one of them does; close to stop.

    A caller that does not return for more soon pauses the threads, until it does.

    work : returns an iterable that yields often; its exceptions are raised here.
    workers : number of threads. Each factorisation uses only its own thread, since small problems
        gain nothing from more. The threads stop when the program ends, unlike those of
        `ThreadPoolExecutor`, which finish all remaining work first.
    """
    left, steps, closed = iter(list(pieces)), SimpleQueue[BaseException | None](), Event()
    called = time.monotonic()

    def over() -> bool:
        return closed.is_set() or not main_thread().is_alive()

    def paused() -> bool:
        return not steps.empty() and time.monotonic() - called > PATIENCE and not over()

    def some() -> None:
        try:
            for piece in left:  # a list's iterator gives each piece to one thread only
                if over():
                    return
                for _ in work(piece):
                    steps.put(None)
                    while paused():
                        closed.wait(0.05)
                    if over():
                        return
        except BaseException as error:  # also SystemExit, which a thread would swallow
            steps.put(error)

    with linalg.one_thread_each():
        threads = [Thread(target=some) for _ in range(min(workers, len(pieces)))]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) or not steps.empty():
                called = time.monotonic()
                with suppress(Empty):
                    if (error := steps.get(timeout=0.02)) is not None:
                        raise error
                    yield
        finally:
            closed.set()
            for thread in threads:
                thread.join()
