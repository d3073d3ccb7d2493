"""A beside B: one setting is held as A, and what is set next stands beside it on the same axes.

The address names A as `beside=phase?nu=0.3`. The session keeps the pictures, the numbers and the
verdict of A; where a link brings both settings, the page is drawn at A first, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alignlab.ui.companions import Companion, page_controls
from alignlab.ui.controls import Control, Text, Value
from alignlab.ui.panel import plain
from alignlab.ui.plain import as_written
from alignlab.ui.setting import address, put, read, store

if TYPE_CHECKING:
    from alignlab.ui.chart import Panel
    from alignlab.ui.points import Cloud, Marks

BESIDE = Text(name="beside", label="Compared with", default="", read=str)

_HELD = "held as A"

Half = tuple[list["Cloud"], "Marks"]
"""The pictures of a grid of points, and what they share."""


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
            before, after = (as_written(_read_out(control, v)) for v in (values[control.name], now))
            said.append(f"{control.label} **{before}** and **{after}**")
    words = "are the same: move a control to change B"
    if said:
        words = f"differ in {'; '.join(said)}. Words and tables below the charts are those of B"
    st.caption(f":material/compare: A and B {words}.")


def _read_out(control: Control, value: Value) -> str:
    """A value as the control shows it."""
    options: Mapping[Value, str] = getattr(control, "options", {})
    if isinstance(value, tuple):
        return ", ".join(str(options.get(one, one)) for one in value) or "none"
    return str(options[value]) if value in options else control.format(value)


COMPARISON = Companion(name="comparison", controls=(BESIDE,), draw=draw)
"""What the app lets accompany every page."""
