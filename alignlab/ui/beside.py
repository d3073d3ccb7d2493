"""A beside B: one setting is held as A, and what is set next stands beside it on the same axes.

The address names A as `beside=phase?nu=0.3`. The session keeps the pictures, the numbers and the
verdict of A; where a link brings both settings, the page is drawn at A first, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alignlab.figures.comparison import lettered, on_common_axes
from alignlab.ui.companions import Companion, page_controls
from alignlab.ui.controls import Control, Text, Value
from alignlab.ui.panel import plain
from alignlab.ui.plain import as_written
from alignlab.ui.setting import address, put, read, store

if TYPE_CHECKING:
    from alignlab.ui.chart import Panel
    from alignlab.ui.points import Cloud, Marks

BESIDE = Text(name="beside", label="Compared with", default="", read=str)

ROWS = 1_000
"""Maximum number of numbers that are compared in the table of a page."""

_HELD = "held as A"


@dataclass(eq=False)
class Held:
    """What the session keeps of A.

    setting : the page's path and A's query, as in the address.
    complete : whether A's jobs have ended, so that nothing of it changes any more.
    alone : whether the page is drawn at A at present, and at nothing else.
    waits : whether a job of A runs.
    shown : names of the tables of this run.
    """

    setting: str
    complete: bool = False
    alone: bool = False
    waits: bool = False
    panels: dict[str, list[Panel]] = field(default_factory=dict)
    clouds: dict[str, Half] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    verdict: str = ""
    shown: set[str] = field(default_factory=set)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.setting.partition("?")[2], keep_blank_values=True))


def present_setting(path: str) -> str:
    """The page's present setting as `beside` holds it."""
    controls = page_controls()
    values = {control.name: store().get(control.name, control.default) for control in controls}
    query = urlencode(address(controls, values))
    return f"{path}?{query}" if query else path


def held() -> Held | None:
    """A, if the page shows something beside it or is about to."""
    return None if plain() else st.session_state.get(_HELD)


@contextmanager
def first_at_a(path: str, controls: Sequence[Control]) -> Iterator[None]:
    """Context in which a page is drawn: at A until all of A is there, then at its own setting."""
    kept = _held_by(path)
    if kept is not None:
        kept.shown = set()
    if kept is None or kept.complete:
        yield
        return
    values, _ = read(controls, kept.query)
    present = {control.name: control.clean(st.session_state[control.key]) for control in controls}
    kept.alone, kept.waits = present != values, False
    _show(controls, values)
    try:
        yield
    finally:
        _show(controls, present)
    if kept.waits:
        return
    kept.complete = True
    if kept.alone:
        kept.alone = False
        st.rerun()


def _show(controls: Sequence[Control], values: Mapping[str, Value]) -> None:
    for control in controls:
        st.session_state[control.key] = values[control.name]


def job_runs() -> None:
    """A job of the page runs: if the page is drawn at A, it is not complete."""
    if kept := held():
        kept.waits = True


def panels_beside(key: str, panels: Sequence[Panel], columns: int) -> tuple[list[Panel], int]:
    """The panels of a grid and its columns: those of A and B in turn, if there is an A."""
    kept = held()
    if kept is None:
        return list(panels), columns
    if not kept.complete:
        kept.panels[key] = list(panels)
    if kept.alone:
        return list(panels), columns
    before = {panel.name: panel for panel in kept.panels.get(key, ())}
    drawn: list[Panel] = []
    for panel in panels:
        if panel.name not in before:
            drawn.append(_named(panel, "B"))
            continue
        other = before.pop(panel.name)
        figures = on_common_axes(other.figure, panel.figure)
        drawn.append(_named(replace(other, figure=figures[0], linked=False, picks=False), "A"))
        drawn.append(_named(replace(panel, figure=figures[1]), "B"))
    drawn += [_named(replace(p, linked=False, picks=False), "A") for p in before.values()]
    return drawn, 2


def _named(panel: Panel, letter: str) -> Panel:
    """The panel with the letter in its name and its title."""
    figure = lettered(panel.figure, letter, panel.name)
    return replace(panel, name=f"{panel.name} {letter}", figure=figure, wide=False, lead=False)


Half = tuple[list["Cloud"], "Marks"]


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
    around = other.ends() if other is not None and cloud.axes and cloud.axes == other.axes else None
    name, title = f"{cloud.name} {letter}", f"{letter}: {cloud.title}"
    return replace(cloud, name=name, title=title, around=around)


class Verdict:
    """The place of the one line that says what the page shows."""

    def __init__(self, place: DeltaGenerator) -> None:
        self.place = place

    def markdown(self, words: str) -> None:
        """Write it; below that of A, if there is an A."""
        kept = held()
        if kept is not None and not kept.complete:
            kept.verdict = words
        if kept is None or kept.alone:
            self.place.markdown(words)
            return
        before = f"**A** {kept.verdict}  \n" if kept.verdict else ""
        self.place.markdown(f"{before}**B** {words}")


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


def _held_by(path: str) -> Held | None:
    """A of this page; whatever else was held is forgotten."""
    setting = store().get(BESIDE.name, "")
    if setting and setting.partition("?")[0] != path:  # that of another page
        put(BESIDE, "")
        setting = ""
    kept: Held | None = st.session_state.get(_HELD)
    if not setting or plain():
        st.session_state.pop(_HELD, None)
        return None
    if kept is None or kept.setting != setting:
        kept = st.session_state[_HELD] = Held(setting)
    return kept


def draw(path: str) -> None:
    """At the top of the page: in which controls A and B differ."""
    kept = held()
    if kept is None:
        return
    controls = page_controls()
    values, _ = read(controls, kept.query)
    if kept.alone:
        st.caption(":material/compare: A is computed first, then B.")
        return
    said = []
    for control in controls:
        now = store().get(control.name, control.default)
        if now != values[control.name]:
            before, after = control.format(values[control.name]), control.format(now)
            said.append(f"{control.label} **{as_written(before)}** and **{as_written(after)}**")
    words = "differ in " + "; ".join(said) if said else "are the same: move a control to change B"
    st.caption(f":material/compare: A and B {words}.")


COMPARISON = Companion(name="comparison", controls=(BESIDE,), draw=draw)
"""What the app lets accompany every page."""
