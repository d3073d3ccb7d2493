"""The server killed at seeded moments, ended by signals, and short of what a machine should have.

Run: `python -m tests.benchmarks.kills [--kills 12] [--writes 200] [--seed 0]`

Exit code 1, with the names of what differs, where a bound does not hold: after each kill the next
start serves the same page, nothing half-written is read; a signal ends the server within 2 s with
status 0; without space on disk, a cache folder, a home, memory or a clock that goes forward the app
works on and names what it lacks.
"""

import argparse
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from alignlab.har import ProtocolSpec, run_protocol
from alignlab.har.store import ResultCache, load_result
from tests.load.client import Client
from tests.load.server import Server, free_port, started
from tests.load.tab import LostError
from tests.load.test_kill import TRAINING, stalled_upload
from tests.recordings import few

LIMIT = 2.0
"""Seconds within which a signal ends the server."""

FREE = 512 * 2**20
"""Bytes of memory that a server has left once its libraries are loaded."""

ACTIVITY = "size=4&epochs=1&trainings=1&directions=2"
LARGE = "n=100000&d1=512&d2=512"

CLOCK = """import os, time
_now = time.time
time.time = lambda: _now() - (86_400 * 365 if os.path.exists({!r}) else 0)
"""
"""A `sitecustomize` that sets the clock back by a year as soon as a file exists."""

troubles: list[str] = []


def expect(holds: object, what: str) -> None:
    if not holds:
        troubles.append(what)
        print(f"  DIFFERS: {what}", flush=True)


def killed_servers(kills: int, random: np.random.Generator, home: Path) -> None:
    """Kill it while it trains, while it receives a file, while it draws; start it again."""
    port, page, shown, cores = free_port(), None, None, []
    for at in range(kills + 1):
        with started(home, port=port) as server, ExitStack() as stack:
            if page is not None:
                began = time.monotonic()
                page.resume()
                cores.append(time.monotonic() - began)
                expect(page.query == "n=500&noise=0.1", f"kill {at}: address {page.query}")
                expect(page.charts == shown, f"kill {at}: other charts")
                expect(not page.errors, f"kill {at}: {page.errors}")
            else:
                page = Client(server.address, "synthetic", "n=500&noise=0.1")
                shown = page.charts
            with Client(server.address, "synthetic", "n=500&noise=0.1") as fresh:
                expect(fresh.charts == shown, f"kill {at}: the link shows other charts")
            if at == kills:
                break
            kind = ("training", "upload", "first run")[at % 3]
            if kind == "training":
                Client(server.address, "compare", TRAINING)
            elif kind == "upload":
                stack.enter_context(stalled_upload(server, page))
            else:
                page.set("Noise σ", 0.3, wait=False)
            time.sleep(random.uniform(0, 2) if kind != "first run" else random.uniform(0, 0.05))
            server.stop(signal.SIGKILL)
            expect(server.temporary() == [], f"kill {at}: {server.temporary()} left")
            if kind == "first run":  # heard or not, the act is not lost
                page = None
    print(
        f"{kills} kills of the server; page back in {np.median(cores):.2f} s (median)", flush=True
    )


def killed_writers(writes: int, random: np.random.Generator, folder: Path) -> None:
    """Kill a process that stores results, and read what it leaves."""
    spec = ProtocolSpec(k=8, epochs=1, batch=64, seeds=(0,), methods=("ca",))
    dataset = few()
    result = run_protocol(dataset, spec)
    specs = [replace(spec, temperature=t) for t in (0.1, 0.2, 0.3, 0.4)]
    ResultCache(folder).holds(dataset, spec)  # which takes the digest of the data, once
    whole = half = 0
    for _ in range(writes):
        child = os.fork()
        if child == 0:
            cache = ResultCache(folder)
            while True:
                for other in specs:
                    cache.put(dataset, replace(result, spec=other))
        time.sleep(random.uniform(0.001, 0.04))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for path in folder.glob("har-*.npz"):
            with suppress(ValueError):
                load_result(path)
                whole += 1
                continue
            expect(False, f"{path.name} is half written")
        half += len(list(folder.glob(".har-*")))
        for left in folder.glob(".har-*"):
            os.utime(left, (0, 0))
    ResultCache(folder).put(dataset, result)
    left = list(folder.glob(".har-*"))
    expect(not left, f"{left} stay")
    expect(whole and half, "no kill has hit the writing of a file")
    print(
        f"{writes} kills of a writer: {whole} results read whole, {half} half-written files removed"
    )


def ended(how: signal.Signals) -> None:
    """A signal with pages open, two trainings, a stalled upload and a tab that reads nothing."""
    with started() as server, ExitStack() as stack:
        pages = [Client(server.address, "alignment"), Client(server.address, "sweeps")]
        for seed in (1, 2):
            pages.append(Client(server.address, "compare", f"{TRAINING}&train_seed={seed}"))
        stack.enter_context(stalled_upload(server, pages[0]))
        for seed in range(40):  # what it would send fills the buffers of a tab that sleeps
            pages[1].query = f"seed={seed}"
            pages[1]._rerun()
            time.sleep(0.05)
        began = time.monotonic()
        status = server.stop(how)
        took = time.monotonic() - began
        expect(status == 0, f"{how.name}: status {status}")
        expect(took < LIMIT, f"{how.name}: {took:.2f} s")
        print(f"{how.name}: status {status} after {took:.2f} s", flush=True)


def trained(server: Server, reason: str) -> None:
    """Train on activity; the page names why the result could not be cached."""
    with Client(server.address, "activity", ACTIVITY, seconds=240) as page:
        page.settle()
        page.press("Train")
        page.settle()
        told = " ".join(page.texts)
        expect("trained on this machine" in told, f"{reason}: no training: {page.boxes}")
        expect(reason == "" or f"({reason})" in told, f"{reason} is not named: {told[-300:]}")
        expect(not page.errors, f"{reason}: {page.errors}")


def full_disk() -> None:
    with started() as server:
        psutil.Process(server.process.pid).rlimit(resource.RLIMIT_FSIZE, (0, 0))
        trained(server, "File too large")
        with Client(server.address, "alignment", "source=upload") as page:
            rows = np.random.default_rng(0).normal(size=(90_000, 2))
            content = "a,b\n" + "".join(f"{x:.6f},{y:.6f}\n" for x, y in rows)
            uploader = next(name for name in page.widgets if name.startswith("A file"))
            page.upload(uploader, {"a.csv": content.encode()})
            expect(page.charts and not page.errors, f"full disk: {page.boxes} {page.errors}")


def read_only_cache() -> None:
    with started(XDG_CACHE_HOME="/proc") as server:
        trained(server, "No such file or directory")


def no_home() -> None:
    with started(HOME="/proc/none", XDG_CACHE_HOME="") as server:
        trained(server, "No such file or directory")


def little_memory() -> None:
    with started() as server:
        with Client(server.address, "compare", "methods=contrastive&n=500&steps=100") as page:
            page.settle()
        process = psutil.Process(server.process.pid)
        most = process.memory_info().vms + FREE
        process.rlimit(resource.RLIMIT_AS, (most, most))
        for path in ("alignment", "synthetic", "compare"):
            with Client(server.address, path, LARGE) as page:
                page.settle()
                named = any("not enough memory" in box for box in page.boxes)
                expect(named and not page.errors, f"{path}: {page.boxes} {page.errors}")
                page.press("Reset")
                page.settle()
                expect(page.charts and not page.errors, f"{path}: no charts after it")
        expect(process.is_running(), "the server ended")


def clock_set_back() -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = Path(folder) / "back"
        (Path(folder) / "sitecustomize.py").write_text(CLOCK.format(str(back)))
        with started(PYTHONPATH=folder) as server:
            training = TRAINING.replace("20000", "1000")
            with Client(server.address, "compare", training) as page:
                back.touch()
                page.settle(120)
                expect("Cancel" not in page.widgets, "clock: the training does not end")
                expect(not page.errors, f"clock: {page.errors}")
            with Client(server.address, "synthetic", "n=500") as page:
                page.set("Noise σ", 0.1)
                expect(page.query == "n=500&noise=0.1", f"clock: {page.query}")


def main(kills: int, writes: int, seed: int) -> int:
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        killed_writers(writes, random, Path(folder) / "cache")
        killed_servers(kills, random, Path(folder) / "home")
    for how in (signal.SIGTERM, signal.SIGINT):
        ended(how)
    lacks: tuple[Callable[[], None], ...] = (
        full_disk, read_only_cache, no_home, little_memory, clock_set_back,
    )  # fmt: skip
    for lack in lacks:
        before = len(troubles)
        try:
            lack()
        except (LostError, TimeoutError, ValueError) as error:
            expect(False, f"{lack.__name__}: {error!r}")
        print(
            f"{lack.__name__}: {'works on' if len(troubles) == before else 'DIFFERS'}", flush=True
        )
    return 1 if troubles else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--writes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    sys.exit(main(asked.kills, asked.writes, asked.seed))
