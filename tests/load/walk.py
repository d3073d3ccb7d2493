"""Persons at the app for a while, what the server holds meanwhile, and the bounds of that."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from threading import Event, Thread
from traceback import extract_tb

from alignlab.ui.catalog import PAGES
from alignlab.ui.state import Page
from tests.load.acts import Person, tour
from tests.load.client import Client
from tests.load.server import Server

PATIENCE = 180.0
"""Seconds that an act may take before it counts as an error."""

WARM = 300.0
"""Seconds after which everything has been used once; half the time of a walk that is shorter."""

AROUND = 1 / 12
"""The part of the time over which readings are averaged, after that and at the end."""

MEMORY = 1.10
"""Memory at the end, relative to that after `WARM`."""

COUNTS = 1.25, 16
"""The same for open files and threads, as a factor and a number: closed sessions are kept for two
minutes with three open files each, and how many these are is a matter of chance."""

START = re.compile(r"You can now view your Streamlit app|URL: http://|Stopping\.\.\.")
"""Lines that the server prints when it starts, and when it is asked to stop."""

NAMED = re.compile(r"^\\?_?([A-Z]\w*)?(Error|Exception)\b")
"""A message on the page that begins with the name of an exception, which is a defect."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the server held at a time.

    seconds : since the start. acts : done so far. memory : bytes. temporary : number of files.
    log : number of lines but those of the start. errors : so far.
    """

    seconds: float
    acts: int
    memory: int
    files: int
    threads: int
    temporary: int
    log: int
    errors: int


@dataclass
class Walk:
    """Persons at the app, and what was seen.

    pace : seconds from one act to the next; 0 for as fast as they go. pages : where they go.
    readings : in order. errors : what should not be. refused : the messages in boxes.
    times : seconds and words of each act. stop : ends the walk early.
    """

    server: Server
    persons: int
    acts: int
    seed: int
    pace: float = 0.0
    pages: Sequence[Page] = PAGES
    readings: list[Reading] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    times: list[tuple[float, str]] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def run(self, every: float, show: Callable[[Reading], None] = lambda reading: None) -> None:
        """Walk to the end or until `stop`; a reading every so many seconds."""
        self._began = time.monotonic()
        threads = [
            Thread(target=self._walk, args=(number,), daemon=True) for number in range(self.persons)
        ]
        for thread in threads:
            thread.start()
        try:
            while not self.stop.is_set() and any(thread.is_alive() for thread in threads):
                self.stop.wait(every)
                self.readings.append(self.read())
                show(self.readings[-1])
                if self.server.process.poll() is not None:
                    self.errors.append(f"the server has ended: {self.server.process.poll()}")
                    break
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(PATIENCE)

    def read(self) -> Reading:
        """What the server holds now."""
        return Reading(
            seconds=time.monotonic() - self._began,
            acts=len(self.times),
            memory=self.server.memory(),
            files=self.server.files(),
            threads=self.server.threads(),
            temporary=len(self.server.temporary()),
            log=len(unexpected(self.server.log())),
            errors=len(self.errors),
        )

    def _walk(self, number: int) -> None:
        def open_tab(page: str, query: str) -> Client:
            return Client(self.server.address, page, query, seconds=PATIENCE)

        part = tour(self.pages)[number :: self.persons]
        person = Person(open_tab, 1000 * self.seed + number, part, self.pages)
        mine = range(number, self.acts, self.persons)
        for at in mine:
            if self.stop.is_set():
                break
            start = time.monotonic()
            try:
                person.act()
                trouble = [*person.tab.errors, *filter(NAMED.match, person.tab.boxes)]
                self.refused.update(person.tab.boxes)
            except Exception as error:  # whatever it is, the walk goes on and tells it at the end
                trouble = [
                    f"{type(error).__name__}: {error} ({extract_tb(error.__traceback__)[-1]})"
                ]
                if self.stop.is_set():
                    break
            self.times.append((time.monotonic() - start, person.doing))
            if trouble:
                self.errors += [
                    f"person {number}, act {at}, {person.doing}: {one}" for one in trouble
                ]
                person.begin_anew()
            left = self._began + self.pace * (at + 1) - time.monotonic()
            person.tab.rest(max(left, 0.0))
        person.leave()


def unexpected(log: str) -> list[str]:
    """The lines of a server's log that do not belong to its start."""
    return [line for line in log.splitlines() if line.strip() and not START.search(line)]


def broken(readings: Sequence[Reading]) -> list[str]:
    """Which bounds do not hold, in words: the last readings against those after `WARM`."""
    whole = readings[-1].seconds
    some, begin = whole * AROUND, min(WARM, whole / 2)
    warm = [one for one in readings if begin <= one.seconds <= begin + some]
    late = [one for one in readings if one.seconds >= whole - some]
    if not warm:
        return ["too few readings to compare: walk for longer"]
    found = []
    factor, number = COUNTS
    for name, most in {
        "memory": lambda held: held * MEMORY,
        "files": lambda held: held * factor + number,
        "threads": lambda held: held * factor + number,
        "temporary": lambda held: held,
    }.items():
        before, after = (median(getattr(one, name) for one in some) for some in (warm, late))
        if after > most(before):
            found.append(f"{name}: {after:,.0f} at the end, {before:,.0f} after the first part")
    for name in ("log", "errors"):
        if count := getattr(readings[-1], name):
            found.append(f"{name}: {count} that should not be")
    return found
