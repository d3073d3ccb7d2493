"""Twenty sessions on one server, over Streamlit's own websocket protocol, at a person's pace.

Counted and compared: what one link computes when twenty open it at once; errors; whether every
session's charts are those of its address in a lone session; whether a session receives anything
of another's upload; the lag from a press to new chart data against that of one session; memory.
Run: `python -m tests.benchmarks.sessions [--minutes 20] [--sessions 20] [--seed 0]`
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

from tests.load.client import Client
from tests.load.people import PLACES, Person
from tests.load.pictures import differences
from tests.load.server import Server, started

PACE = (2.0, 6.0)
"""Seconds that a person looks before the next act."""

LINKS = ("whitening?noise=0.37", "compare?noise=0.21", "phase?nu=0.41&kappa=1.7")
"""Links that a class opens at once; the second one trains."""

UPLOADERS = ("alignment", "diagnose", "inspect")
"""Pages on which a session works with a file of its own."""

SLOWER = 3.0
"""The bound on the 95th percentile of the lag, against one session."""

GROWTH = 1.10
"""The bound on the most memory in the last fifth of the time, against that in the first 40 %.

The caches are full after some six minutes, so a run of ten ends while they fill."""


def opened(server: Server, place: str) -> Client:
    page, _, query = place.partition("?")
    return Client(server.address, page, query, seconds=300)


def at_once(work: list[Callable[[], object]]) -> list:
    """Do all of it at the same time, each in a thread; the results, exceptions raised."""
    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]


def one_link(sessions: int) -> list[str]:
    """A class opens a link: each value is computed once, all see the same charts."""
    wrong = []
    print(f"\n{sessions} sessions open one link at once")
    print(f"{'link':<28} {'computed':>8} {'jobs':>5} {'first':>8} {'last':>8} {'memory':>8}")
    for link in LINKS:
        with TemporaryDirectory() as folder:
            lines = Path(folder) / "computed"
            lines.touch()
            with started(module="tests.load.counting", ALIGNLAB_TEST_COUNT=str(lines)) as server:
                began = time.monotonic()

                def look(server=server, link=link, began=began):
                    with opened(server, link) as client:
                        client.settle(300)
                        return client.charts, client.errors, time.monotonic() - began

                seen = at_once([look] * sessions)
                counts = Counter(lines.read_text().splitlines())
                memory = server.memory()
        jobs = sum(n for line, n in counts.items() if line.startswith("job "))
        times = [elapsed for _, _, elapsed in seen]
        print(
            f"{link:<28} {len(counts):8d} {jobs:5d} {min(times):6.1f} s {max(times):6.1f} s "
            f"{memory / 2**20:4.0f} MiB"
        )
        wrong += [f"{link}: {line} was computed {n} times" for line, n in counts.items() if n > 1]
        for charts, errors, _ in seen:
            wrong += [f"{link}: {error}" for error in errors]
            wrong += [f"{link}: {line}" for line in differences(charts, seen[0][0])[:3]]
    return wrong


def alone(sessions: int, seed: int, acts: int) -> tuple[list[float], int]:
    """The lags of the same people one after the other, and the memory after the first page."""
    lags: list[float] = []
    with started() as server:
        opened(server, "home").close()
        memory = server.memory()
        for number in range(sessions):
            with opened(server, PLACES[number % len(PLACES)]) as client:
                client.settle(300)
                person = Person(client, seed + number)
                for _ in range(acts):
                    person.act()
                    client.settle(300)
                lags += person.lags
    return lags, memory


def secret(number: int) -> tuple[str, bytes]:
    """A file that only one session has; its name stands in the name and in the columns."""
    random = np.random.default_rng(number)
    names = [f"secret{number:02d}_{side}{i}" for side in "xy" for i in range(3)]
    rows = random.standard_normal((60, 3)) @ random.standard_normal((3, 6))
    text = "\n".join([",".join(names), *(",".join(f"{v:.6f}" for v in row) for row in rows)])
    return f"secret{number:02d}.csv", text.encode()


def bring(client: Client, number: int) -> None:
    """Upload the session's own file on this page."""
    if client.page == "alignment":
        client.set("Source of the pairs", client.widgets["Source of the pairs"].options[-1])
    elif client.page == "diagnose":
        client.press("Your files")
    else:
        labels = [k for k, one in client.widgets.items() if "Your files" in one.options]
        if not labels:
            raise ValueError(f"no control with “Your files” among {', '.join(client.widgets)}")
        label = labels[0]
        client.set(label, "Your files")
    label = next(k for k, one in client.widgets.items() if one.kind == "file_uploader")
    name, content = secret(number)
    client.upload(label, {name: content})
    client.settle(300)


def together(sessions: int, minutes: float, seed: int) -> tuple[list[Person], list[str], list]:
    """All at once for some minutes; the people, what was wrong, memory by time."""
    wrong: list[str] = []
    memory: list[tuple[float, int]] = []
    with started() as server:
        began = time.monotonic()
        end = began + 60 * minutes

        def live(number: int) -> Person:
            client = opened(server, PLACES[number % len(PLACES)])
            client.forbidden = [f"secret{n:02d}".encode() for n in range(sessions) if n != number]
            person = Person(client, seed + number)
            try:
                _live(person, number, (began + end) / 2, end)
            except Exception as error:  # one session's failure is a finding, the others go on
                wrong.append(f"session {number}, {person.place}: {type(error).__name__}: {error}")
            finally:
                client.close()
            wrong.extend(f"session {number} received {what}" for what in client.overheard)
            wrong.extend(f"session {number}, {failure}" for failure in person.failures)
            return person

        with ThreadPoolExecutor(sessions) as pool:
            futures = [pool.submit(live, number) for number in range(sessions)]
            while wait(futures, timeout=2).not_done:
                memory.append((time.monotonic() - began, server.memory()))
            people = [future.result() for future in futures]
        log = [line for line in server.log().splitlines() if line.strip()]
        wrong += [f"the log: {line}" for line in log[3:]]
    return people, wrong, memory


def _live(person: Person, number: int, half: float, end: float) -> None:
    client, private = person.client, False
    client.rest(person.random.uniform(0, PACE[1]))
    while time.monotonic() < end:
        person.act()
        client.rest(person.random.uniform(*PACE))
        if person.acts % 10 == 0:
            person.remember()
        if client.page in UPLOADERS and not private and time.monotonic() > half:
            private = True
            work_on_own_file(person, number)
    person.remember()


def work_on_own_file(person: Person, number: int) -> None:
    """Upload a file, select rows of it, look for a while, and reset the page."""
    client = person.client
    bring(client, number)
    if not client.mentions(f"secret{number:02d}"):
        person.failures.append(f"{person.place}: its own file is not shown")
    client.select(next(iter(client.charts)), [number, number + 1])
    client.settle(300)
    client.rest(10)
    client.press("Reset")
    client.settle(300)


def compared(people: list[Person], most: int) -> tuple[int, list[str]]:
    """Remembered states, the last of each session first, against a lone session's page."""
    wrong = []
    states_seen = [state for person in people for state in person.states[:-1]]
    Random(0).shuffle(states_seen)
    states_seen = [person.states[-1] for person in people if person.states] + states_seen
    states = list({state.place: state for state in reversed(states_seen)}.values())[::-1][:most]
    with started() as server:
        for state in states:
            with opened(server, state.place) as client:
                client.settle(300)
                found = differences(client.charts, state.charts)
                wrong += [f"{state.place}, not as alone: {line}" for line in found[:2]]
    return len(states), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--acts", type=int, default=6, help="acts a person alone, for comparison")
    parser.add_argument("--states", type=int, default=60, help="pages compared with a lone session")
    chosen = parser.parse_args()
    wrong = one_link(chosen.sessions)
    lone, before = alone(chosen.sessions, chosen.seed, chosen.acts)
    people, found, memory = together(chosen.sessions, chosen.minutes, chosen.seed)
    wrong += found
    count, found = compared(people, chosen.states)
    wrong += found

    lags = [lag for person in people for lag in person.lags]
    print(f"\n{chosen.sessions} sessions for {chosen.minutes:g} minutes")
    print(f"acts: {sum(person.acts for person in people)}, states compared: {count}")
    print(f"{'press to new chart data':>26} {'acts':>6} {'median':>8} {'p95':>8}")
    for name, values in (("one session", lone), (f"{chosen.sessions} sessions", lags)):
        low, high = np.percentile(values, (50, 95)) * 1000
        print(f"{name:>26} {len(values):6d} {low:5.0f} ms {high:5.0f} ms")
    times, sizes = np.array(memory).T
    warm = sizes[times <= 0.4 * times[-1]].max()
    last = sizes[times >= 0.8 * times[-1]].max()
    print(
        f"memory: {before / 2**20:.0f} MiB with one session on the home page, "
        f"{warm / 2**20:.0f} MiB after warm-up, {last / 2**20:.0f} MiB at the end; "
        f"{(last - before) / 2**20 / chosen.sessions:.0f} MiB a session"
    )
    ratio = np.percentile(lags, 95) / np.percentile(lone, 95)
    print(f"95th percentile: {ratio:.1f} times that of one session; memory: {last / warm:.2f}")
    if ratio > SLOWER:
        wrong.append(f"the 95th percentile of the lag is {ratio:.1f} times that of one session")
    if last > GROWTH * warm:
        wrong.append(f"memory grew {last / warm:.2f} times after the warm-up")
    for line in list(dict.fromkeys(wrong))[:40]:
        print("WRONG:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
