"""Four sessions train: how much that slows down another one's slider, and how a fifth one waits.

Run: `python -m tests.benchmarks.trainings [presses] [NAME=VALUE ...]`, settings of the server's
environment after the number. Exit status 1 if a bound does not hold: a key press takes at most
twice as long as alone (medians), also one that starts a short sweep; of five trainings one waits,
with its place and an estimate; a cancel frees the place of one that waits, and one that waits goes
on when another is cancelled.

Alone is measured before and after, since other programs on the machine change both.
"""

import re
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


def places(tabs: list[Tab]) -> list[str]:
    """The places of those that wait, in order: ["1 of 2", "2 of 2"]."""
    found = [re.match(r"Waiting: place (\d+ of \d+)", tab.progress) for tab in tabs]
    return sorted(one[1] for one in found if one)


def waiting(tabs: list[Tab], yes: bool) -> Tab:
    """One that waits, or one that computes."""
    return next(tab for tab in tabs if tab.progress.startswith("Waiting") is yes)


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


def cancel(tabs: list[Tab], tab: Tab) -> None:
    with tab.alone():
        tab.press("Cancel")
    tab.leave()
    tabs.remove(tab)


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
        time.sleep(15)  # none of them is new any more
        beside = measured()
        tabs.append(Tab(server.address, "compare", f"{TRAINING}{AT_ONCE}"))
        await_("one of five waits", lambda: places(tabs) == ["1 of 1"])
        await_("it has an estimate", lambda: "about" in waiting(tabs, True).progress)
        words = waiting(tabs, True).progress
        during = measured()
        tabs.append(Tab(server.address, "compare", f"{TRAINING}{AT_ONCE + 1}"))
        await_("two of six wait", lambda: places(tabs) == ["1 of 2", "2 of 2"])
        cancel(tabs, waiting(tabs, True))
        await_("a cancel frees the place", lambda: places(tabs) == ["1 of 1"])
        began = time.monotonic()
        cancel(tabs, waiting(tabs, False))
        await_("the one that waits goes on", lambda: places(tabs) == [])
        went_on = time.monotonic() - began
        for tab in tabs:
            tab.leave()
        again = measured()
        errors = [
            *slider.errors,
            *sweeper.errors,
        ]
    print(f"key press to new data, {count} presses each: median (p95) in ms, and times alone")
    settings = {"alone": alone, "beside 4": beside, "beside 5": during, "after": again}
    for name in alone:
        both = np.median([*alone[name], *again[name]])
        for setting, times in settings.items():
            ratio = np.median(times[name]) / both
            print(f"{name:>16}, {setting:>9}: {np.median(times[name]):5.0f} "
                  f"({np.percentile(times[name], 95):.0f}) {ratio:5.2f}")  # fmt: skip
            if ratio > MOST:
                failed.append(f"{name}, {setting}: {ratio:.2f} times as long as alone")
    print(f"one of five says {words!r}; the next goes on {went_on:.1f} s after a cancel")
    failed += errors
    print("\n".join(failed) or "all bounds hold")
    return 1 if failed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    number = int(given.pop(0)) if given and given[0].isdigit() else 20
    sys.exit(main(number, dict(one.split("=", 1) for one in given)))
