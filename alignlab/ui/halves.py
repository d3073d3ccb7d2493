"""A and B beside each other: charts on the same axes, pictures of points, numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.figures.comparison import lettered, on_common_axes
from alignlab.ui.beside import Half, held

if TYPE_CHECKING:
    from alignlab.ui.chart import Panel
    from alignlab.ui.points import Cloud, Marks

ROWS = 1_000
"""Maximum number of numbers that are compared in the table of a page."""


def panels_beside(key: str, panels: Sequence[Panel], columns: int) -> tuple[list[Panel], int]:
    """The panels of a grid and its columns: those of A and B in turn, if there is an A."""
    kept = held()
    if kept is None:
        return list(panels), columns
    if not kept.complete:
        kept.panels[key] = list(panels)
    if kept.alone:
        return list(panels), columns
    before = {panel.name: _without_clicks(panel) for panel in kept.panels.get(key, ())}
    pairs: list[Panel] = []
    left: list[Panel] = []
    for panel in panels:
        if panel.name not in before:
            left.append(_named(panel, "B"))
            continue
        other = before.pop(panel.name)
        figures = on_common_axes(other.figure, panel.figure)
        pairs.append(_named(replace(other, figure=figures[0]), "A"))
        pairs.append(_named(replace(panel, figure=figures[1]), "B"))
    # what only one of them shows: A still stands left of B, and what is left takes a row
    for first, second in zip_longest([_named(p, "A") for p in before.values()], left):
        both = [panel for panel in (first, second) if panel is not None]
        pairs += both if len(both) == 2 else [replace(both[0], wide=True)]
    return pairs, 2


def _without_clicks(panel: Panel) -> Panel:
    """The panel of A, whose rows and marks the page does not know any more."""
    return replace(panel, linked=False, picks=False)


def _named(panel: Panel, letter: str) -> Panel:
    """The panel with the letter in its name and its title."""
    figure = lettered(panel.figure, letter, panel.name)
    return replace(panel, name=f"{panel.name} {letter}", figure=figure, wide=False, lead=False)


def clouds_beside(key: str, clouds: Sequence[Cloud], marks: Marks) -> list[Half]:
    """The pictures of a grid of points with their pairs; before them those of A, if there are."""
    kept = held()
    if kept is None:
        return [(list(clouds), marks)]
    if not kept.complete:
        kept.clouds[key] = (list(clouds), marks)
    if kept.alone or key not in kept.clouds:
        return [(list(clouds), marks)]
    before, theirs = kept.clouds[key]
    first, second = {c.name: c for c in before}, {c.name: c for c in clouds}
    return [
        ([_lettered(cloud, "A", second.get(cloud.name)) for cloud in before], theirs),
        ([_lettered(cloud, "B", first.get(cloud.name)) for cloud in clouds], marks),
    ]


def _lettered(cloud: Cloud, letter: str, other: Cloud | None) -> Cloud:
    """The cloud with the letter in its names, on the other's axes too if they have a meaning."""
    around = cloud.around
    if other is not None and cloud.axes and cloud.axes == other.axes:
        ends = cloud.ends(), other.ends()
        lows, highs = (np.array(side) for side in zip(*ends, strict=True))
        around = lows.min(axis=0).tolist(), highs.max(axis=0).tolist()
    name, title = f"{cloud.name} {letter}", f"{letter}: {cloud.title}"
    return replace(cloud, name=name, title=title, around=around)


def numbers_beside(name: str, table: Callable[[], pd.DataFrame]) -> None:
    """The numbers of A and B in columns, if there is an A, and their differences.

    name : of the table. The first of a run counts: a page may place its own before `takeaway`.
    """
    kept = held()
    if kept is None or name in kept.shown:
        return
    kept.shown.add(name)
    now = table()
    if not kept.complete:
        kept.tables[name] = now
    if kept.alone or name not in kept.tables:
        return
    both = differences(kept.tables[name], now)
    st.markdown("**A and B in numbers**")
    st.dataframe(both.head(ROWS), height="content" if len(both) <= 12 else 460)
    if len(both) > ROWS:
        st.caption(f"The first {ROWS:,} of {len(both):,} numbers.")


def differences(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Each number of two tables by its row and column: in A, in B, and B - A.

    Numbers that only one of them has stand there alone.
    """
    first, second = _numbers(before), _numbers(now)
    names = [*second, *(name for name in first if name not in second)]
    table = pd.DataFrame(
        {"A": [first.get(name) for name in names], "B": [second.get(name) for name in names]},
        index=names,
        dtype=float,
    )
    table["B − A"] = table["B"] - table["A"]
    return table


def _numbers(table: pd.DataFrame) -> dict[str, float]:
    """The numbers of a table, named by the texts of their row and by their column."""
    numeric = table.select_dtypes("number").columns
    texts = [column for column in table.columns if column not in numeric]
    plain_index = isinstance(table.index, pd.RangeIndex) and bool(texts)
    found: dict[str, float] = {}
    for row, (index, values) in enumerate(table.iterrows()):
        levels = [] if plain_index else list(index) if isinstance(index, tuple) else [index]
        start = [_text(part) for part in (*levels, *(values[text] for text in texts))]
        for column in numeric:
            end = list(column) if isinstance(column, tuple) else [column]
            name = " · ".join([*start, *(_text(part) for part in end)])
            found[name if name not in found else f"{name} · {row}"] = float(values[column])
    return found


def _text(part: object) -> str:
    return f"{part:.4g}" if isinstance(part, float) else str(part)
