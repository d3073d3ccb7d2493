"""An hour of a few people at the app: memory, open files, threads, temporary files, log, errors.

Three persons with a tab each take a tour over all pages and presets and then do as they like, from
a seed: controls, presets, links, small files, Back, reload, closed tabs, lost connections. The
exit status is 1 if a bound does not hold. Ctrl+C ends it with what was seen so far.
Run: `python -m tests.benchmarks.hour [--minutes 60] [--acts 3600] [--seed 0]`; with 0 minutes the
acts follow each other as fast as they go.
"""

import signal
import sys
import time
from argparse import ArgumentParser

from alignlab.ui.jobs import GRACE
from tests.load.client import Client
from tests.load.server import started
from tests.load.walk import Reading, Walk, broken, unexpected

PERSONS = 3

EVERY = 5.0
"""Seconds between two readings."""

ROWS = 24
"""About so many rows has the table of an hour."""


def main(minutes: float, acts: int, seed: int) -> int:
    rows = max(60 * minutes / ROWS, 30.0)
    shown = [-rows]

    def show(reading: Reading) -> None:
        if reading.seconds - shown[0] >= rows:
            shown[0] = reading.seconds
            print(row(reading), flush=True)

    with started() as server:
        walk = Walk(server, PERSONS, acts, seed, pace=60 * minutes / acts)
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: walk.stop.set())
        print(f"{PERSONS} persons, {acts:,} acts, seed {seed}; memory in MB")
        print("minute   acts  memory  files  threads  temporary  log  errors")
        walk.run(EVERY, show)
        whole = len(walk.times) >= acts
        if whole:
            print(f"{row(rested(walk))}  two minutes after all have left")
        log = unexpected(server.log())
    times = sorted(walk.times)
    print(f"{len(times):,} acts, median {times[len(times) // 2][0]:.2f} s, the slowest:")
    for seconds, what in times[-5:]:
        print(f"  {seconds:5.1f} s {what}")
    print(f"{len(walk.refused)} messages in boxes, such as:")
    for text in sorted(walk.refused):
        print(f"  {text[:160]!r}")
    for line in [*walk.errors, *log[:40]]:
        print(f"  {line[:1000]}")
    found = broken(walk.readings)
    print("\n".join(f"does not hold: {one}" for one in found) or "all bounds hold")
    return 1 if found else 0


def row(reading: Reading) -> str:
    return (
        f"{reading.seconds / 60:6.1f} {reading.acts:6,} {reading.memory / 2**20:7.0f} "
        f"{reading.files:6} {reading.threads:8} {reading.temporary:10} {reading.log:4} "
        f"{reading.errors:7}"
    )


def rested(walk: Walk) -> Reading:
    """A reading when everybody has left and the server has forgotten them."""
    time.sleep(GRACE + 5)
    Client(walk.server.address).close()  # closed sessions are dropped when another one comes
    time.sleep(1)
    return walk.read()


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--acts", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(main(given.minutes, given.acts, given.seed))
