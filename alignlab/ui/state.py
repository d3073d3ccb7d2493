"""The state of a page: controls <-> session <-> address.

The address carries every control that is not at its default, so it is the share link. Values
live in the session under the control's name, so two pages that have a control in common share
its value. What an address may not carry falls back to the default, and the page says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alignlab.ui.controls import Control, Value

Values = dict[str, Value]

LOADING = 10.0
"""So many seconds after a visitor has come, a browser may still be loading its widgets."""

_REPLACED = "values before the set"
"""What the controls held before `Page.set`, until a run has drawn their widgets to its end."""

_LATELY = "values before the set of late"
"""The same once that run has ended: a browser that is busy drawing may still send them, until it
has been seen to send others."""

SENT_BEFORE = 20
"""So many addresses are remembered that a browser may still send while it learns of a new one."""

# Pictures near the top of a projector's screen, and no fading while a control is dragged.
_STYLE = """<style>
.stMainBlockContainer { padding: 3.2rem 2rem 4rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0.4rem 0 0.2rem; }
.st-key-presets button { min-height: 1.9rem; padding: 0 0.6rem; }
.st-key-presets button p { font-size: 0.85rem; }
[data-stale="true"] { opacity: 1 !important; }
</style>"""


class Refused(Exception):  # noqa: N818
    """What the user asked for cannot be done; the message names cause and remedy."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page is called, what it lets the user turn, and its presets.

    path : of the script and of the address, "alignment" for `pages/alignment.py`.
    short : the title in the navigation, where it differs.
    summary : one sentence for the home page.
    controls : all of them, shown or not.
    presets : by name, the values that differ from the defaults.
    """

    path: str
    title: str
    icon: str
    summary: str
    short: str = ""
    controls: Sequence[Control] = ()
    presets: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"pages/{self.path}.py"

    def run(self, body: Callable[[], None], sidebar: Callable[[], None] = lambda: None) -> None:
        """Draw the page: its title and presets, its body, its controls.

        body : draws pictures, numbers and words from `values()`; may raise `Refused`.
        sidebar : draws the widgets of `controls`.

        The body runs before the widgets above and beside it are drawn: the session knows their
        values already, and the new pictures reach the browser first.
        """
        _insist_on_router()
        self.open()
        top = st.container()
        try:
            body()
        except Refused as refused:
            st.error(str(refused), icon=":material/block:")
        with top:
            st.html(_STYLE)
            st.title(self.title)
            if self.presets:
                self._preset_bar()
            for note in st.session_state.get("notes", []):
                st.warning(note, icon=":material/link_off:")
        with st.sidebar:
            sidebar()
        self.publish()

    def open(self) -> None:
        """Bring address and session together; to be called before any widget is drawn."""
        session, store = st.session_state, _store()
        query = st.query_params.to_dict()
        arrived = session.get("page") != self.path
        # those that the last run drew to its end; one cut short by the next key press may not have
        # come to its widgets
        shown = set() if arrived else session.get("drawn", set())
        session["drawing"] = set()
        if arrived:
            session["arrived"] = time.monotonic()
        # a browser that is still loading its widgets may have missed those of the run before
        by_itself = session.pop("again by itself", False)
        missed = by_itself and time.monotonic() - session["arrived"] < LOADING
        self._set_again(shown, by_itself)
        current = {
            c.name: c.clean(session[c.key])
            for c in self.controls
            if c.name in shown and c.key in session
        }
        touched = any(store.get(name) != value for name, value in current.items())
        store |= current
        # An address that this page did not write itself came by a link or by the browser's Back.
        # While a slider moves, the address may lag behind: then the slider is right.
        wanted = session.pop("wanted", None)
        if wanted is not None:
            self.set(wanted)
        elif (arrived and query) or (not arrived and not touched and _is_new(query)):
            self._take(query)
        elif touched or arrived:
            session["notes"] = []
        for control in self.controls:
            # Streamlit forgets the value of a widget that was not drawn, and a widget drawn anew
            # shows a value only if it was set in the same run.
            if missed or control.name not in shown or control.key not in session:
                session[control.key] = store.setdefault(control.name, control.default)
        session["page"] = self.path
        if arrived:
            session["addresses"] = []
        _remember(query)

    def values(self) -> Values:
        """The current value of every control, by name."""
        return {c.name: c.clean(st.session_state[c.key]) for c in self.controls}

    def publish(self) -> None:
        """Write the values to the session's store and to the address."""
        values = self.values()
        _store().update(values)
        st.session_state["drawn"] = st.session_state["drawing"]
        if _REPLACED in st.session_state:
            st.session_state[_LATELY] = st.session_state.pop(_REPLACED)
        address = self.address(values)
        # before the browser hears of it: the next key press may cut this run short in between
        st.session_state["address"] = address
        _remember(address)
        if address != st.query_params.to_dict():
            st.query_params.from_dict(address)

    def address(self, values: Mapping[str, Value]) -> dict[str, str]:
        """The query parameters for these values: those that differ from the defaults."""
        full = {c.name: c.default for c in self.controls} | dict(values)
        return {
            c.name: c.format(values[c.name])
            for c in self.controls
            if c.name in values
            and values[c.name] != c.default
            and (c.needs is None or any(full.get(n) in need for n, need in c.needs.items()))
        }

    def read(self, query: Mapping[str, str]) -> tuple[Values, list[str]]:
        """The values that an address stands for, and a note for each parameter left out."""
        known = {c.name: c for c in self.controls}
        values = {name: c.default for name, c in known.items()}
        notes = []
        for name, text in query.items():
            if name not in known:
                notes.append(f"The link's parameter “{name}” is not known here and was left out.")
                continue
            try:
                values[name] = known[name].parse(text)
            except ValueError as reason:
                shown = known[name].format(values[name]) or "none"
                notes.append(f"The link's “{name}”: {reason}. Using {shown}.")
        return values, notes

    def set(self, values: Mapping[str, Value]) -> None:
        """Set the given controls, put all others to their defaults, and drop the selection."""
        full = {c.name: c.default for c in self.controls} | dict(values)
        _store().update(full)
        before = _before(_LATELY), _before(_REPLACED)
        st.session_state[_REPLACED] = {
            c.key: [*before[0].get(c.key, []), *before[1].get(c.key, []), self._held(c)]
            for c in self.controls
            if c.key in st.session_state
        }
        for control in self.controls:
            st.session_state[control.key] = full[control.name]
        st.session_state["notes"] = []
        st.session_state["selection"] = ()

    def _set_again(self, shown: Collection[str], by_itself: bool) -> None:
        """Set once more what a run that was cut short has set before the browser heard of it.

        Whatever is touched next, the browser then sends the values from before with it; and so it
        may later, until it has drawn what the last run sent. One touch changes one control: a
        control that goes back beside a change of another, or without any touch, has not been
        touched itself.

        shown : the controls that the last run drew.
        by_itself : nobody has touched anything.
        """
        cut_short, lately = _before(_REPLACED), _before(_LATELY)
        held = [(c, self._held(c)) for c in self.controls if c.key in st.session_state]
        changed = [c for c, value in held if c.name in shown and value != _store().get(c.name)]
        touched = not by_itself and len(changed) == 1
        for control, value in held:
            late = value in lately.get(control.key, []) and not touched
            if late or value in cut_short.get(control.key, []):
                st.session_state[control.key] = _store()[control.name]
            elif not by_itself:
                lately.pop(control.key, None)  # the browser has heard of the new value

    def _held(self, control: Control) -> Value:
        return control.clean(st.session_state[control.key])

    def want(self, values: Mapping[str, Value]) -> None:
        """Have the next run of the whole page begin with `set`: for callbacks within a fragment."""
        st.session_state["wanted"] = dict(values)

    def _preset_bar(self) -> None:
        """One button a preset, the active one marked, and a reset."""
        current = self.address(self.values())
        with st.container(horizontal=True, gap="small", key="presets"):
            for name, values in self.presets.items():
                st.button(
                    name,
                    key=f"preset {name}",
                    on_click=self.set,
                    args=(values,),
                    type="primary" if self.address(values) == current else "secondary",
                )
            st.button(
                "Reset",
                icon=":material/restart_alt:",
                on_click=self.set,
                args=({},),
                type="tertiary",
            )

    def _take(self, query: Mapping[str, str]) -> None:
        values, notes = self.read(query)
        self.set(values)
        st.session_state["notes"] = notes


def put(control: Control, value: Value) -> None:
    """Set a control that is not drawn here; the value stays should this run be cut short."""
    st.session_state[control.key] = value
    _store()[control.name] = value


def run_again() -> None:
    """Run the page again although nobody has touched it."""
    st.session_state["again by itself"] = True
    st.rerun()


def _is_new(query: Mapping[str, str]) -> bool:
    """Whether this address came by a link or by the browser's Back.

    A page still busy with its pictures has not yet heard of the address that goes with them: what
    is touched there meanwhile comes with one of the addresses before.
    """
    session = st.session_state
    if query == session.get("address"):
        return False
    return _went_back() or query not in session.get("addresses", [])


def _went_back() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _remember(address: Mapping[str, str]) -> None:
    """Keep an address as one that has been dealt with."""
    before = [a for a in st.session_state.get("addresses", []) if a != address]
    st.session_state["addresses"] = [*before, dict(address)][-SENT_BEFORE:]


def _insist_on_router() -> None:
    """Run `app.py` when this page was reached around it.

    Until `st.navigation` has been called once, Streamlit takes the folder `pages/` for its older
    kind of app, and a fresh server whose first visitor opens a page's own address runs the page
    without the router. There is no setting against it.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _before(key: str) -> dict[str, list[Value]]:
    """By the key of a control, the values that it had before it was set."""
    return st.session_state.get(key, {})


def _store() -> dict[str, Any]:
    return st.session_state.setdefault("values", {})
