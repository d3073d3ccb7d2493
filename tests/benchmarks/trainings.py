"""Four sessions train: how much that slows down another one's slider, and how a fifth one waits.

Run: `python -m tests.benchmarks.trainings [presses] [NAME=VALUE ...]`, settings of the server's
environment after the number. Exit status 1 if a bound does not hold: a key press takes at most
twice as long as alone (medians), also one that starts a short sweep; the fifth training waits with
its place and an estimate, goes on when another is cancelled, and a cancel frees its place.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import numpy as np

from tests.load.client import Client, LostError
from tests.load.server import started

TRAINING = "methods=contrastive%2Cnonlinear_contrastive&steps=20000&train_seed="
AT_ONCE = 4
MOST = 2.0
"""How many times as long as alone a key press may take."""


class Tab(Client):
    """A tab that a thread of its own keeps up to date, as a browser does."""

    def __init__(self, address: str, page: str, query: str) -> None:
        super().__init__(address, page, query)
        self._over = Event()
        self._thread = Thread(target=self._stay, daemon=True)
        self._thread.start()

    def _stay(self) -> None:
        with suppress(LostError):
            while not self._over.is_set():
                self.rest(0.1)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Its thread pauses, so that another one may act."""
        self._over.set()
        self._thread.join()
        yield
        self._over.clear()
        self._thread = Thread(target=self._stay, daemon=True)
        self._thread.start()

    @property
    def progress(self) -> str:
        """What stands on its bar of progress."""
        bars = [node.proto.progress.text for node in self._elements() if node.kind == "progress"]
        return bars[0] if bars else ""

    def leave(self) -> None:
        self._over.set()
        self._thread.join()
        self.close()


def await_(what: str, holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until it holds; SystemExit names what does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"not in {seconds:.0f} s: {what}")
        time.sleep(0.05)


def waits(tab: Tab) -> bool:
    return tab.progress.startswith("Waiting: place")


def presses(tab: Client, label: str, values: list) -> list[float]:
    """Milliseconds from each value to the first new chart."""
    taken = []
    for value in values:
        tab.set(label, value)
        if tab.lag is None:
            raise SystemExit(f"{label} = {value}: no new chart")
        taken.append(1000 * tab.lag)
        tab.settle()
        time.sleep(0.1)
    return taken


def main(count: int, environment: dict[str, str]) -> int:
    failed = []
    with started(**environment) as server:
        slider = Client(server.address, "alignment")
        sweeper = Client(server.address, "sweeps")
        sweeper.settle()
        seeds = iter(range(1, 10_000))

        def measured() -> dict[str, list[float]]:
            return {
                "alignment: seed": presses(slider, "Seed", [next(seeds) for _ in range(count)]),
                "sweeps: seed": presses(sweeper, "Seed", [next(seeds) for _ in range(count)]),
            }

        measured()  # warm
        alone = measured()
        tabs = [Tab(server.address, "compare", f"{TRAINING}{seed}") for seed in range(AT_ONCE)]
        await_("all train", lambda: all("left" in tab.progress for tab in tabs))
        time.sleep(70)  # none of them is new any more
        beside = measured()
        tabs.append(Tab(server.address, "compare", f"{TRAINING}{AT_ONCE}"))
        await_("the fifth waits", lambda: waits(tabs[4]))
        waiting = tabs[4].progress
        during = measured()
        await_("it waits still", lambda: waits(tabs[4]))
        tabs.append(Tab(server.address, "compare", f"{TRAINING}{AT_ONCE + 1}"))
        await_("the sixth waits behind it", lambda: "place 2 of 2" in tabs[5].progress)
        with tabs[4].alone():
            tabs[4].press("Cancel")
        await_("a cancel frees the place", lambda: "place 1 of 1" in tabs[5].progress, 5)
        cancelled = time.monotonic()
        with tabs[0].alone():
            tabs[0].press("Cancel")
        await_("the next one goes on", lambda: "left" in tabs[5].progress, 10)
        went_on = time.monotonic() - cancelled
        for tab in tabs:
            tab.leave()
        errors = [*slider.errors, *sweeper.errors, *(e for tab in tabs for e in tab.errors)]
    print(f"key press to new data, {count} presses each: median (p95) in ms, and times alone")
    for name in alone:
        for words, times in (("alone", alone), ("beside 4", beside), ("5th waits", during)):
            ratio = np.median(times[name]) / np.median(alone[name])
            print(f"{name:>16}, {words:>9}: {np.median(times[name]):5.0f} "
                  f"({np.percentile(times[name], 95):.0f}) {ratio:5.2f}")  # fmt: skip
            if ratio > MOST:
                failed.append(f"{name}, {words}: {ratio:.2f} times as long as alone")
    print(f"the fifth training says: {waiting!r}; the next goes on {went_on:.1f} s after a cancel")
    failed += errors
    print("\n".join(failed) or "all bounds hold")
    return 1 if failed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    number = int(given.pop(0)) if given and given[0].isdigit() else 20
    sys.exit(main(number, dict(one.split("=", 1) for one in given)))
