"""The numbers of the spaces and of their maps, each beside its null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.experiments.space import Space, unseen
from alignlab.figures import inspect as draw
from alignlab.maps import Maps
from alignlab.ui.chart import Panel
from alignlab.ui.jobs import Series
from alignlab.ui.parts.inspect.page import PAGE
from alignlab.ui.parts.inspect.pairs import Ranks
from alignlab.ui.parts.inspect.picture import Scene, figures
from alignlab.ui.parts.inspect.scripts import inspect_script
from alignlab.ui.parts.inspect.work import Plan
from alignlab.ui.takeaway import takeaway
from alignlab.words.inspect import (
    compared_words,
    distance_caption,
    map_words,
    nearest_shares,
    numbers_caption,
    numbers_table,
    rank_caption,
    rows_words,
    space_words,
)

RANDOM_PAIRS = 100_000
"""Number of random pairs whose distances are drawn, at most."""


def findings(
    spaces: Mapping[str, Space],
    ranks: Mapping[str, Ranks],
    series: Series,
    plan: Plan,
    maps: Maps | None,
) -> None:
    """What the numbers say, as far as they are known."""
    rows = unseen(spaces.values())
    said = [compared_words({name: nearest_shares(ranks[name], rows) for name in spaces})]
    for name, space in spaces.items():
        said += space_words(name, space, ranks[name], series.works[name].found, rows)
    said.append(rows_words(list(spaces.values()), rows))
    if maps is not None:
        said.append(map_words(plan.maps[0], list(maps.maps.values())))
    st.markdown("\n".join(f"- {sentence}" for sentence in said if sentence))


def panels(spaces: Mapping[str, Space], ranks: Mapping[str, Ranks]) -> list[Panel]:
    """The charts of distances and of ranks."""
    rows = unseen(spaces.values())
    both = {name: distances(space, rows) for name, space in spaces.items()}
    ranked = {name: (forth[rows], back[rows]) for name, (forth, back) in ranks.items()}
    return [
        Panel(
            name="distances", figure=draw.distances(both), caption=distance_caption(both),
            height=330,
        ),
        Panel(
            name="ranks", figure=draw.ranks(ranked, len(rows)),
            caption=rank_caption(ranked, len(rows)), height=330,
        ),
    ]  # fmt: skip


def distances(space: Space, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances of the partners (m,), and those of random pairs, at most `RANDOM_PAIRS`.

    rows : (n,) bool, the m pairs that count.
    """
    Z1, Z2 = space.Z1[rows], space.Z2[rows]
    chosen = np.random.default_rng(0).permutation(len(Z1))[:RANDOM_PAIRS]
    others = np.roll(chosen, 1)  # another row for each, in a circle
    random = np.linalg.norm(Z1[chosen] - Z2[others], axis=1)
    return np.linalg.norm(Z1 - Z2, axis=1), random


def offer(
    plan: Plan, scene: Scene, maps: Maps, works: Sequence[Series], ranks: Mapping[str, Ranks]
) -> None:
    """The export pack."""
    takeaway(
        PAGE.title,
        figures=lambda: figures(scene, maps.maps)
        | {panel.name: panel.figure for panel in panels(scene.spaces, ranks)},
        table=lambda: number_table(*works),
        parameters=plan.brought.settings
        | {
            "spaces": [asdict(spec) for spec in plan.specs],
            "maps": [asdict(spec) for spec in plan.maps],
            "joint": plan.joint,
            "start": plan.earlier and [asdict(one) for one in plan.earlier],
        },
        script=inspect_script(
            plan.brought.lines, dict(zip(scene.spaces, plan.specs, strict=False)), plan.maps,
            plan.measured, joint=plan.joint, earlier=plan.earlier,
            titles={key: scene.title(key) for key in scene.drawn()} if len(works) > 1 else {},
        ),
        notes=plan.brought.notes,
    )  # fmt: skip


def show(*works: Series) -> None:
    """The numbers so far, and what each null shuffles."""
    table = number_table(*works)
    if len(table):
        st.dataframe(numbers_table(table), height="content")
        st.caption(numbers_caption(table))


def number_table(*works: Series) -> pd.DataFrame:
    """All numbers, by the name of the space or map, and of the measure."""
    tables = [
        pd.concat({name: table}, names=["space"])
        for series in works
        for name, one in series.works.items()
        if len(table := one.table())
    ]
    return pd.concat(tables) if tables else pd.DataFrame()
