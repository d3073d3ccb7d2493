"""The state of a page: controls <-> session <-> address.

The address carries every control that is not at its default, so it is the share link. Values are
stored in the session under the control's name, so two pages with a control in common share its
value. A value that an address may not carry falls back to the default, with a note on the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import clear_frames
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alignlab.checks import out_of_memory
from alignlab.ui.controls import Control, Value
from alignlab.ui.plain import MOST, as_written, shortened

Values = dict[str, Value]

LOADING = 10.0
"""Seconds after the start of a visit during which a browser may still be loading its widgets."""

_REPLACED = "values before the set"
"""The values of the controls before `Page.set`, until a run has drawn all their widgets."""

_LATELY = "values before the set of late"
"""The same after that run has ended: a browser that is busy drawing may still send them, until it
has sent other values."""

_UNHEARD = "address after the set"
"""The address published since `Page.set`, None before, until the browser has sent it: before that,
the browser may still receive the values of the set, after the user has changed them again."""

_BEGUN = "session has begun"
"""Whether no run of this session has come to its end yet."""

UNKNOWN = 6
"""Number of a link's unknown parameters that are named one by one."""

SENT_BEFORE = 20
"""Number of earlier addresses that a browser may still send before it receives a new one."""

A_DAY = 86_400.0
"""Seconds between two runs of a timer whose runs do nothing."""

# Charts near the top of a projector's screen, and no fading while a control is dragged.
_STYLE = """<style>
.stMainBlockContainer { padding: 3.2rem 2rem 4rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0.4rem 0 0.2rem; }
.st-key-presets button { min-height: 1.9rem; padding: 0 0.6rem; }
.st-key-presets button p { font-size: 0.85rem; }
[data-stale="true"] { opacity: 1 !important; }
</style>"""


class Refused(Exception):  # noqa: N818
    """The user's request cannot be carried out; the message names cause and remedy."""


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Show why a request cannot be carried out, in place of what it would have drawn.

    Also where memory runs out: the controls are then still drawn, so that less can be requested.
    """
    try:
        yield
        return
    except Refused as refused:
        reason = str(refused)
    except (MemoryError, RuntimeError) as error:
        reason = out_of_memory(error)
        if not reason:
            raise
        clear_frames(error.__traceback__)  # gives back what the failed computation still holds
    st.error(as_written(reason), icon=":material/block:")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its names, its controls, and its presets.

    path : of the script and of the address, "alignment" for `pages/alignment.py`.
    short : the title in the navigation, if it differs.
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

        body : draws charts, numbers and text from `values()`; may raise `Refused`.
        sidebar : draws the widgets of `controls`.

        The body runs before the widgets above and beside it are drawn: the session already has
        their values, and the new charts reach the browser first.
        """
        _insist_on_router()
        self.open()
        top = st.container()
        with refusals_shown():
            body()
        with top:
            st.html(_STYLE)
            st.title(self.title)
            if self.presets:
                self._preset_bar()
            for note in st.session_state.get("notes", []):
                st.warning(as_written(note), icon=":material/link_off:")
        with st.sidebar:
            sidebar()
        self.publish()
        _heard_after_a_lost_connection()
        if unheard := self._unheard():
            self.want(self.values() | unheard)
            run_again()

    def open(self) -> None:
        """Synchronise address and session; must be called before any widget is drawn."""
        session, store = st.session_state, _store()
        query = st.query_params.to_dict()
        arrived = session.get("page") != self.path
        # the controls that the last complete run drew; a run interrupted by the next key press may
        # not have reached its widgets
        shown = set() if arrived else session.get("drawn", set())
        session["drawing"] = set()
        if arrived:
            session["arrived"] = time.monotonic()
        if "page" not in session:
            session[_BEGUN] = True
        # a browser that is still loading its widgets may have missed those of the previous run
        by_itself = session.pop("again by itself", False)
        missed = by_itself and time.monotonic() - session["arrived"] < LOADING
        if session.get(_UNHEARD, None) == query:
            del session[_UNHEARD]
        self._set_again(shown, by_itself)
        came_back = session.get("connection") is not _connection() and not arrived
        session["connection"] = _connection()
        if came_back:  # with sliders as they were left in a drag that the cut has interrupted
            missed, session[_UNHEARD] = True, None
        current = {
            c.name: c.clean(session[c.key])
            for c in self.controls
            if c.name in shown and c.key in session
        }
        touched = any(store.get(name) != value for name, value in current.items())
        store |= current
        # An address that this page did not write itself comes from a link or the browser's Back.
        # While a slider moves, the address may lag behind: then the slider has the right value.
        wanted = session.pop("wanted", None)
        if wanted is not None:
            self.set(wanted)
        elif (arrived and query) or (not arrived and not touched and _is_new(query)):
            self._take(query)
        elif touched or arrived:
            session["notes"] = []
        for control in self.controls:
            # Streamlit discards the value of a widget that was not drawn, and a new widget shows a
            # value only if it was set in the same run.
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
        if _UNHEARD in st.session_state:
            st.session_state[_UNHEARD] = address
        # a browser that sent this address may since have received that of the previous run
        stays = address == st.query_params.to_dict() == st.session_state.get("address")
        # before the browser receives it: the next key press may interrupt this run in between
        st.session_state["address"] = address
        _remember(address)
        if not stays:
            st.query_params.from_dict(address)

    def address(self, values: Mapping[str, Value]) -> dict[str, str]:
        """The query parameters for these values: only those that differ from the defaults."""
        full = {c.name: c.default for c in self.controls} | dict(values)
        return {
            c.name: c.format(values[c.name])
            for c in self.controls
            if c.name in values
            and values[c.name] != c.default
            and (c.needs is None or any(full.get(n) in need for n, need in c.needs.items()))
        }

    def read(self, query: Mapping[str, str]) -> tuple[Values, list[str]]:
        """The values that an address stands for, and a note for each parameter that is ignored."""
        known = {c.name: c for c in self.controls}
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

    def set(self, values: Mapping[str, Value]) -> None:
        """Set the given controls, reset all others to their defaults, and clear the selection."""
        full = {c.name: c.default for c in self.controls} | dict(values)
        _store().update(full)
        lately, cut_short = _before(_LATELY), _before(_REPLACED)
        st.session_state[_REPLACED] = {
            c.key: {*lately.get(c.key, ()), *cut_short.get(c.key, ()), self._held(c)}
            for c in self.controls
            if c.key in st.session_state
        }
        for control in self.controls:
            st.session_state[control.key] = full[control.name]
        st.session_state[_UNHEARD] = None
        st.session_state["notes"] = []
        st.session_state["selection"] = ()

    def _set_again(self, shown: Collection[str], by_itself: bool) -> None:
        """Set again the values that an interrupted run has set before the browser received them.

        With the next action of the user, the browser then sends the old values of all widgets; it
        may do so later, too, until it has drawn what the last run sent. One action changes one
        control: a control that returns to an old value together with a change of another control,
        or without any action, has not been changed by the user.

        shown : the controls that the last run drew.
        by_itself : whether this run was started without an action of the user.
        """
        cut_short, lately = _before(_REPLACED), _before(_LATELY)
        held = [(c, self._held(c)) for c in self.controls if c.key in st.session_state]
        changed = [c for c, value in held if c.name in shown and value != _store().get(c.name)]
        touched = not by_itself and len(changed) == 1
        for control, value in held:
            late = value in lately.get(control.key, ()) and not touched
            if late or value in cut_short.get(control.key, ()):
                st.session_state[control.key] = _store()[control.name]
                continue
            if not by_itself:
                lately.pop(control.key, None)  # the browser has received the new value
            if control in changed and _UNHEARD in st.session_state:
                self._overtake(control, value)

    def _overtake(self, control: Control, value: Value) -> None:
        """Set a control to what the user has chosen before the browser received the last set.

        Otherwise the value of that set arrives in the browser last, and stays in the control.
        """
        key = _REPLACED if _REPLACED in st.session_state else _LATELY
        replaced = st.session_state.setdefault(key, {}).setdefault(control.key, set())
        replaced.add(_store().get(control.name))
        st.session_state[control.key] = value
        st.session_state[_UNHEARD] = None

    def _unheard(self) -> Values:
        """Values that the browser shows and its address lacks, in a session that has just begun.

        A page whose server went and returned begins a session there. With the first act of its user
        it sends all that its widgets hold, and the address from before that act.
        """
        if not st.session_state.pop(_BEGUN, False):
            return {}
        known = self.values()
        held = {
            c.name: c.clean(value)
            for c in self.controls
            if c.name in st.session_state["drawn"] and (value := _sent(c.key)) is not None
        }
        return {name: value for name, value in held.items() if value != known[name]}

    def _held(self, control: Control) -> Value:
        return control.clean(st.session_state[control.key])

    def want(self, values: Mapping[str, Value]) -> None:
        """Apply `set` at the start of the next run of the page: for callbacks within a fragment."""
        st.session_state["wanted"] = dict(values)

    def _preset_bar(self) -> None:
        """One button per preset, the active one highlighted, and a reset."""
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


@st.cache_resource(scope="session", show_spinner=False)
def _connection() -> object:
    """The present connection: Streamlit forgets it when a browser's connection is lost."""
    return object()


@st.fragment(run_every=A_DAY)
def _heard_after_a_lost_connection() -> None:
    """A timer, because of which the browser runs the page again when its connection returns.

    A value set while the connection was lost unnoticed never reaches the server. Streamlit's
    browser side sends the values of all widgets again, but only to a page that was running or has
    a timer; otherwise the control would show the new value and the charts the old one.
    """


def put(control: Control, value: Value) -> None:
    """Set a control that is not drawn here; the value is kept even if this run is interrupted."""
    st.session_state[control.key] = value
    _store()[control.name] = value


def run_again() -> None:
    """Run the page again without an action of the user."""
    st.session_state["again by itself"] = True
    st.rerun()


def _is_new(query: Mapping[str, str]) -> bool:
    """Whether this address comes from a link or from the browser's Back.

    A browser still busy drawing charts has not yet received the address that belongs to them: a
    control changed in the meantime arrives with one of the earlier addresses.
    """
    session = st.session_state
    if query == session.get("address"):
        return False
    return _went_back() or query not in session.get("addresses", [])


def _went_back() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _remember(address: Mapping[str, str]) -> None:
    """Remember an address as one that has been handled."""
    before = [a for a in st.session_state.get("addresses", []) if a != address]
    st.session_state["addresses"] = [*before, dict(address)][-SENT_BEFORE:]


def _insist_on_router() -> None:
    """Run `app.py` if this page was reached without it.

    Until `st.navigation` has been called once, Streamlit treats the folder `pages/` as an app of
    the older kind, and a fresh server whose first visitor opens the address of a page runs the
    page without the router. No setting prevents this.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _sent(key: str) -> Any:
    """What the browser has sent with this run for the widget of this key, None if nothing.

    `st.session_state` has the value that the run itself has set, and no other.
    """
    context = get_script_run_ctx()
    if context is None:
        return None
    state = context.session_state._state
    return state._new_widget_state.get(state._key_id_mapper.get_id_from_key(key) or "")


def _before(key: str) -> dict[str, set[Value]]:
    """The values that each control had before it was set, by the key of the control."""
    return st.session_state.get(key, {})


def _store() -> dict[str, Any]:
    return st.session_state.setdefault("values", {})
