"""A person at a page: moves a control, looks, moves the next one; the same seed does the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.load.client import Client
from tests.load.widgets import Widget

PLACES = (
    "synthetic?latent=uniform",
    "alignment?noise=0.3",
    "sweeps",
    "whitening",
    "compare",
    "transfer",
    "views",
    "phase",
    "samples",
    "recovery",
    "diagnose",
    "inspect",
    "activity",
    "synthetic?noise=0.4",
    "alignment?noise=1.2&d1=8&d2=8",
    "whitening?noise=0.5",
    "phase?nu=0.7",
    "views?noise=0.2",
    "samples?kappa=2.5",
    "alignment?latent=uniform&noise=0.1",
)
"""Twenty addresses, each page at least once."""

MOVED = ("slider", "select_slider")
CHOSEN = ("selectbox", "radio", "button_group", "checkbox")

AVOIDED = ("Pairs", "Your files", "Source of the pairs", "CP predicts")
"""Controls that lead to an uploader or to pages of another size."""


@dataclass
class State:
    """What a session saw at rest: an address and its charts."""

    place: str
    charts: dict[str, Any]


@dataclass
class Person:
    """One session and what happened in it.

    lags : seconds from each press to the first new chart data, of acts that changed a chart.
    """

    client: Client
    seed: int
    lags: list[float] = field(default_factory=list)
    acts: int = 0
    states: list[State] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    @property
    def place(self) -> str:
        return f"{self.client.page}?{self.client.query}"

    def act(self) -> None:
        """One act: mostly a slider by a step, sometimes a drag of three steps or a choice."""
        draw, widgets = self.random.random(), self.client.widgets
        sliders = [k for k, one in widgets.items() if _usable(k, one) and one.kind in MOVED]
        choices = [k for k, one in widgets.items() if _usable(k, one) and one.kind in CHOSEN]
        drag = False
        self.acts += 1
        if choices and (draw < 0.15 or not sliders):
            label = self.random.choice(choices)
            self.client.set(label, _other_choice(widgets[label], self.random))
        elif sliders:
            label = self.random.choice(sliders)
            way = self.random.choice((-1, 1))
            drag = draw > 0.85  # the next value is set before the answer to the last one
            for _ in range(2 if drag else 0):
                self.client.set(label, moved(self.client.widgets[label], way), wait=False)
            self.client.set(label, moved(self.client.widgets[label], way))
        if self.client.lag is not None and not drag:
            self.lags.append(self.client.lag)
        self._look()

    def remember(self) -> None:
        """Wait until all is at rest and keep what is seen; not where a training takes minutes."""
        with suppress(TimeoutError):
            self.client.settle(60)
            self._look()
            self.states.append(State(self.place, self.client.charts))

    def _look(self) -> None:
        self.failures += [f"{self.place}: {error}" for error in self.client.errors]


def _usable(label: str, one: Widget) -> bool:
    return not one.disabled and not label.startswith(AVOIDED)


def moved(one: Widget, way: int) -> Any:
    """The value a step away, in the other direction at the end of the range."""
    if one.kind == "select_slider":
        if isinstance(one.value, list):
            return one.value
        place = one.options.index(one.value)
        return one.options[place + way if 0 <= place + way < len(one.options) else place - way]
    if isinstance(one.value, list):
        return one.value
    value = one.value + way * one.step
    if not one.low <= value <= one.high:
        value = one.value - way * one.step
    return min(max(round(value, 10), one.low), one.high)


def _other_choice(one: Widget, random: Random) -> Any:
    if one.kind == "checkbox":
        return not one.value
    if one.several:
        return [o for o in one.options if random.random() < 0.6] or [one.options[0]]
    return random.choice(one.options)
