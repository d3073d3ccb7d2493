"""The jobs of the page, one after another: spaces, maps, ranks of the partners, numbers.

Finished work is remembered under a key that says what it depends on, so a change of a control
repeats only what depends on that control.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from alignlab.experiments.space import Space, Spaces, SpaceSpec, unseen
from alignlab.maps import Maps, MapSpec, PairMap
from alignlab.spaces.map_measures import MapMeasures
from alignlab.spaces.measures import Measures, MeasureSpec
from alignlab.spaces.ranks import Ranks
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Series, finished, job
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.inspect.source import Brought
from alignlab.ui.progress import REFRESH, awaited
from alignlab.words.inspect import space_name
from alignlab.work import Work

SMOOTH, SMOOTH_UP_TO = 0.15, 10_000
"""Seconds between two pictures of a map that forms, up to this number of pairs."""


def nothing(work: Any) -> None:
    """Draw nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """A piece of work: partial while it runs and when it was cancelled."""

    work: Any
    complete: bool
    running: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What the controls ask for, of which pairs.

    specs : the spaces on show, one or two. maps : the maps of each of them.
    earlier : space and settings of the map that the maps start from, or None.
    joint : whether the maps of both spaces are fitted together.
    """

    brought: Brought
    specs: tuple[SpaceSpec, ...]
    maps: tuple[MapSpec, ...]
    earlier: tuple[SpaceSpec, MapSpec] | None
    joint: bool
    measured: MeasureSpec = field(default_factory=MeasureSpec)

    @classmethod
    def of(cls, brought: Brought, values: Mapping[str, Value]) -> Plan:
        """The plan of these values; ValueError names what does not fit."""
        earlier = None
        if values["map"] == "tsne" and values["map_start"] == "previous" and values["before"]:
            before = c.from_before(values["before"], values)
            earlier = c.space_spec(before, before["space"]).canonical(), c.map_specs(before)[0]
        specs = c.space_specs(values)
        return cls(
            brought=brought,
            specs=specs,
            maps=c.map_specs(values),
            earlier=earlier,
            joint=values["map_fit"] == "one" and len(specs) > 1,
        )

    @cached_property
    def keys(self) -> dict[str, Hashable]:
        """The keys of all jobs of this plan."""
        after = self.earlier
        asked: dict[str, Hashable] = {
            "spaces": (self.specs, after and after[0]),
            "earlier": after and ("maps", (after[0],), (after[1],), None, False),
            "maps": ("maps", self.specs, self.maps, after, self.joint),
            "ranks": self.specs,
            "measures": (self.specs, self.measured),
            "map measures": (self.specs, self.maps, after, self.joint, self.measured),
        }
        kind = {"earlier": "maps"}
        return {
            what: ("inspect", kind.get(what, what), self.brought.key, of)
            for what, of in asked.items()
        }

    def known(self, what: str) -> Any:
        """The finished work, or None."""
        return finished(self.keys[what], self.brought.own)

    def bring(
        self,
        what: str,
        make: Callable[[], Work],
        *,
        unit: str,
        draw: Callable[[Any], None] = nothing,
        every: float = REFRESH,
    ) -> Step:
        """The work, begun if necessary; until it is complete, the page shows how far it is.

        draw : draws the results of the work so far.
        """
        found = self.known(what)
        if found is not None:
            return Step(work=found, complete=True)
        asked = job(self.keys[what], make, own=self.brought.own, beside=tuple(self.keys.values()))
        complete = awaited(asked, lambda: draw(asked.work), unit, every)
        return Step(work=asked.work, complete=complete, running=asked.running)

    def spaces(self) -> Step:
        """Both modalities in every space, that of the earlier map included."""
        specs = self.specs if self.earlier is None else (*self.specs, self.earlier[0])
        return self.bring(
            "spaces", lambda: Spaces(self.brought.inspected.data, specs), unit="steps"
        )

    def start(self, made: Spaces) -> Step | None:
        """The earlier map, from which the maps start; None if they start by themselves."""
        if self.earlier is None or self.earlier[0] not in made.spaces:
            return None
        spec, how = self.earlier
        space = made.spaces[spec]
        name = space_name(spec.how)
        return self.bring(
            "earlier",
            lambda: Maps({name: (space.Z1, space.Z2)}, (how,)),
            unit="steps of the map before",
        )

    def pictures(
        self, shown: Mapping[str, Space], start: Step | None, draw: Callable[[Maps], None]
    ) -> Step:
        """The maps of the spaces on show, drawn while they form."""

        def make() -> Maps:
            positions = None
            if start is not None:
                (one,) = start.work.maps.values()
                positions = dict.fromkeys(shown, (one.Y1, one.Y2))
            latents = {name: (space.Z1, space.Z2) for name, space in shown.items()}
            return Maps(latents, self.maps, joint=self.joint, start=positions)

        few = self.brought.inspected.data.n <= SMOOTH_UP_TO
        every = SMOOTH if few else REFRESH
        return self.bring("maps", make, unit="steps", draw=draw, every=every)

    def ranks(self, shown: Mapping[str, Space]) -> Step:
        """The ranks of all partners, by name of the space."""
        return self.bring(
            "ranks",
            lambda: Series({name: Ranks(s.Z1, s.Z2) for name, s in shown.items()}),
            unit="rows ranked",
        )

    def numbers(self, shown: Mapping[str, Space], draw: Callable[[Series], None]) -> Step:
        """The measures of every space with their nulls, from pairs that no aligner has seen."""

        def make() -> Series:
            rows = unseen(shown.values())
            return Series(
                {name: Measures(s.Z1[rows], s.Z2[rows], self.measured) for name, s in shown.items()}
            )

        return self.bring("measures", make, unit="shuffles", draw=draw)

    def map_numbers(
        self, titles: Mapping[str, tuple[Space, PairMap]], draw: Callable[[Series], None]
    ) -> Step:
        """Trustworthiness and continuity of every map by title, with their nulls."""
        return self.bring(
            "map measures",
            lambda: Series(
                {
                    title: MapMeasures(
                        np.concatenate([space.Z1, space.Z2]),
                        np.concatenate([one.Y1, one.Y2]),
                        self.measured,
                    )
                    for title, (space, one) in titles.items()
                }
            ),
            unit="shuffles of the maps",
            draw=draw,
        )


def ranks_by_name(series: Series) -> dict[str, tuple[Any, Any]]:
    """Both ranks (n,) of every partner, by the name of the space."""
    return {name: work.found for name, work in series.works.items()}
