"""The setting of a page: the values of its controls, which only the server holds.

A browser tells what its user changes, in numbered changes, and repeats those that were not yet
heard; each is heard once, in order. What it shows is the setting here with those on top.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from alignlab.ui.controls import Control, Value
from alignlab.ui.plain import MOST, shortened

Values = dict[str, Value]

UNKNOWN = 6
"""Number of a link's unknown parameters that are named one by one."""

PAUSE, PAUSE_WHILE_MOVING = 0.04, 0.3
"""Seconds between the first charts that a change brings and the rest of the page."""

_VALUES, _HEARD, _HOOKS = "values", "heard", "hooks"
_MOVING, _PAUSE = "moving", "pause"


def store() -> Values:
    """The values by name; pages with a control in common share its value."""
    return st.session_state.setdefault(_VALUES, {})


def put(control: Control, value: Value) -> None:
    """Set a control; the value is kept even if this run is interrupted."""
    st.session_state[control.key] = store()[control.name] = value


def put_all(controls: Sequence[Control], values: Mapping[str, Value]) -> None:
    """Set the given values, reset all others to their defaults, and clear the selection."""
    for control in controls:
        put(control, values.get(control.name, control.default))
    st.session_state["notes"] = []
    st.session_state["selection"] = ()


def put_address(controls: Sequence[Control], query: Mapping[str, str]) -> None:
    """Set what an address stands for, with a note on the page for what is ignored."""
    values, notes = read(controls, query)
    put_all(controls, values)
    st.session_state["notes"] = notes


def after_change(control: Control, do: Callable[[], None]) -> None:
    """Call `do` when the user has changed the control, and nothing when a preset or link did."""
    st.session_state.setdefault(_HOOKS, {})[control.name] = do


def forget_hooks() -> None:
    """On another page, changes have other effects."""
    st.session_state[_HOOKS] = {}


def hear(controls: Sequence[Control], told: Sequence[Mapping[str, Any]]) -> None:
    """Carry out the changes that a browser tells, each once.

    told : number, texts by the name of the control, whether they replace the whole setting, as a
        preset or the browser's Back does, and whether the hand still moves. A text that its
        control cannot take changes nothing.
    """
    known = {control.name: control for control in controls}
    for change in told:
        if change["number"] <= heard():
            continue
        st.session_state[_HEARD] = change["number"]
        st.session_state[_MOVING] = change["moving"]
        st.session_state[_PAUSE] = PAUSE_WHILE_MOVING if change["moving"] else PAUSE
        if change["whole"]:
            put_address(controls, change["values"])
            continue
        st.session_state["notes"] = []
        for name, text in change["values"].items():
            if name in known:
                _change(known[name], text)


def heard() -> int:
    """The number of the last change that was heard, 0 before the first."""
    return st.session_state.get(_HEARD, 0)


def moving() -> bool:
    """Whether a slider is being dragged, and its next value is likely to come at once."""
    return st.session_state.get(_MOVING, False)


def pause() -> None:
    """After the first charts that a change brings: wait a moment before the rest of the page.

    The browser draws them meanwhile, without more to do. While a slider is dragged, its next value
    may come: then the run ends here.
    """
    end = time.monotonic() + st.session_state.pop(_PAUSE, 0.0)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.005))
        moving()  # looking at the session ends the run if another is asked for
    st.session_state[_MOVING] = False


def _change(control: Control, text: str) -> None:
    try:
        value = control.typed(text)
    except ValueError:
        return
    put(control, value)
    if hook := st.session_state.get(_HOOKS, {}).get(control.name):
        hook()


def address(controls: Sequence[Control], values: Mapping[str, Value]) -> dict[str, str]:
    """The query parameters for these values: only those that differ from the defaults."""
    full = {c.name: c.default for c in controls} | dict(values)
    return {
        c.name: c.format(values[c.name])
        for c in controls
        if c.name in values
        and values[c.name] != c.default
        and (c.needs is None or any(full.get(n) in need for n, need in c.needs.items()))
    }


def read(controls: Sequence[Control], query: Mapping[str, str]) -> tuple[Values, list[str]]:
    """The values that an address stands for, and a note for each parameter that is ignored."""
    known = {c.name: c for c in controls}
    values = {name: c.default for name, c in known.items()}
    notes = []
    unknown = [name for name in query if name not in known]
    for name in unknown[:UNKNOWN]:
        told = shortened(name)
        notes.append(f"The link's parameter “{told}” is unknown here and was ignored.")
    if len(unknown) > UNKNOWN:
        more = len(unknown) - UNKNOWN
        notes.append(f"{more:,} further parameters of the link are unknown and were ignored.")
    for name, text in query.items():
        if name not in known:
            continue
        try:
            values[name] = known[name].parse(text)
        except ValueError as reason:
            shown = known[name].format(values[name]) or "none"
            why = shortened(str(reason), 2 * MOST)
            notes.append(f"The link's “{name}”: {why}. Using {shortened(shown)}.")
    return values, notes
