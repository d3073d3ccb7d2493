"""The state of a page: controls <-> session <-> address.

The address carries every control that is not at its default, so it is the share link. Values are
stored in the session under the control's name, so two pages with a control in common share its
value. A value that an address may not carry falls back to the default, with a note on the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import clear_frames

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alignlab.checks import out_of_memory
from alignlab.ui.beside import first_at_a
from alignlab.ui.companions import accompanied, companion_controls, draw_companions
from alignlab.ui.controls import Control, Value
from alignlab.ui.panel import plain, presets, publish
from alignlab.ui.plain import as_written
from alignlab.ui.presenter import presented_controls, presenting
from alignlab.ui.setting import (
    Values,
    address,
    forget_hooks,
    put,
    put_address,
    put_all,
    read,
    store,
)
from alignlab.ui.terms import explained_terms

A_DAY = 86_400.0
"""Seconds between two runs of a timer whose runs do nothing."""

# Charts near the top of a projector's screen, and no fading while a control is dragged.
# The progress of a job stays in sight below them.
_STYLE = """<style>
.stMainBlockContainer { padding: 3.7rem 2rem 4rem; }
.stMainBlockContainer h1 { font-size: 1.5rem; line-height: 1.2; padding: 0; }
.st-key-top .stHeading [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.stVerticalBlock:has(> [data-testid="stLayoutWrapper"] > .st-key-verdict) { gap: 0.5rem; }
.st-key-verdict { min-height: 1.5rem; }
.st-key-verdict p { line-height: 1.5rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-progress"]) {
  position: sticky; bottom: 0; z-index: 5; background: var(--alignlab-ground, Canvas);
}
[class*="st-key-progress"] { min-height: 3rem; }
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
    follows : whether the charts follow a slider while it is dragged; not where a value starts work
        that takes longer than a moment.
    """

    path: str
    title: str
    icon: str
    summary: str
    short: str = ""
    controls: Sequence[Control] = ()
    presets: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    follows: bool = False

    @property
    def script(self) -> str:
        return f"pages/{self.path}.py"

    def run(self, body: Callable[[], None], sidebar: Callable[[], None] | None = None) -> None:
        """Draw the page: its title and presets, its body, its controls.

        body : draws charts, numbers and text from `values()`; may raise `Refused`.
        sidebar : draws the widgets of `controls`; None if they are among the charts.

        The body runs before what is above and beside it is drawn: the session already has the
        values, and the new charts reach the browser first.
        """
        _insist_on_router()
        self.open()
        top = st.container(gap="xsmall", key="top")
        with first_at_a(self.path, self.controls), refusals_shown():
            body()
        explained_terms(self.path)
        with top:
            st.html(_STYLE)
            draw_companions(self.path)
            st.title(self.title)
            if self.presets:
                self._preset_bar()
            for note in st.session_state.get("notes", []):
                st.warning(as_written(note), icon=":material/link_off:")
        if presenting():
            presented_controls(self.controls if sidebar else ())
            self.publish()
        elif sidebar is None:
            self.publish()
        else:
            with st.sidebar:
                sidebar()
                self.publish()
        _run_when_a_connection_returns()

    def open(self) -> None:
        """Bring the session to the page's setting; must be called before any control is drawn."""
        session = st.session_state
        query = st.query_params.to_dict()
        arrived = session.get("page") != self.path
        drawn = set() if arrived else session.get("drawn", set())
        session["drawing"] = set()
        session["connection"] = _connection()
        _hear_widgets([c for c in self.controls if c.name in drawn])
        everything = (*self.controls, *companion_controls())
        if arrived:
            session["page"], session["controls"] = self.path, everything
            session["visit"] = session.get("visit", 0) + 1
            session["notes"] = []
            forget_hooks()
        wanted = session.pop("wanted", None)
        if wanted is not None:
            self.set(wanted)
        elif self._came_by_address(query, arrived):
            put_address(everything, query)
        for control in everything:
            # Streamlit discards the value of a widget that was not drawn, and a new widget shows a
            # value only if it was set in the same run.
            if not plain() or control.name not in drawn or control.key not in session:
                put(control, store().get(control.name, control.default))

    def _came_by_address(self, query: Mapping[str, str], arrived: bool) -> bool:
        """Whether the address stands for another setting, by a link or the browser's Back.

        On the page itself, the controls tell of Back as of any other change.
        """
        asks = (arrived and query) or (_went_back() and (arrived or plain()))
        held = {c.name: store().get(c.name, c.default) for c in self.controls}
        return bool(asks) and accompanied(self.address(held)) != query

    def values(self) -> Values:
        """The current value of every control, by name."""
        return {c.name: c.clean(st.session_state[c.key]) for c in self.controls}

    def publish(self) -> None:
        """Write the address, once all of the page is sent."""
        session, address = st.session_state, accompanied(self.address(self.values()))
        session["drawn"] = session["drawing"]
        publish(address, session["visit"], self.follows)
        if plain() and address != st.query_params.to_dict():
            st.query_params.from_dict(address)

    def address(self, values: Mapping[str, Value]) -> dict[str, str]:
        """The query parameters for these values: only those that differ from the defaults."""
        return address(self.controls, values)

    def read(self, query: Mapping[str, str]) -> tuple[Values, list[str]]:
        """The values that an address stands for, and a note for each parameter that is ignored."""
        return read(self.controls, query)

    def set(self, values: Mapping[str, Value]) -> None:
        """Set the given controls, reset all others to their defaults, and clear the selection."""
        put_all(self.controls, values)

    def want(self, values: Mapping[str, Value]) -> None:
        """Apply `set` at the start of the next run of the page: for callbacks within a fragment."""
        st.session_state["wanted"] = dict(values)

    def _preset_bar(self) -> None:
        """One button per preset, the active one highlighted, and a reset."""
        offered = {name: self.address(values) for name, values in self.presets.items()}
        current = self.address(self.values())
        active = next((name for name, at in offered.items() if at == current), None)
        if not plain():
            presets(
                {name: accompanied(at) for name, at in offered.items()}, active, accompanied({})
            )
            return
        with st.container(horizontal=True, gap="small", key="presets"):
            for name, values in self.presets.items():
                st.button(
                    name,
                    key=f"preset {name}",
                    on_click=self.set,
                    args=(values,),
                    type="primary" if name == active else "secondary",
                )
            st.button(
                "Reset",
                icon=":material/restart_alt:",
                on_click=self.set,
                args=({},),
                type="tertiary",
            )


@st.cache_resource(scope="session", show_spinner=False)
def _connection() -> str:
    """The present connection: Streamlit forgets it when a browser's connection is lost."""
    return secrets.token_hex(4)


@st.fragment(run_every=A_DAY)
def _run_when_a_connection_returns() -> None:
    """A timer, because of which the browser runs the page again when its connection returns.

    The controls then learn that what they told may not have been heard. Without a timer,
    Streamlit's browser side runs the page again only if it was running.
    """


def _hear_widgets(drawn: Sequence[Control]) -> None:
    """Take what the user has changed in Streamlit's widgets, where they stand in."""
    if not plain():
        return
    held = [(c, c.clean(st.session_state[c.key])) for c in drawn if c.key in st.session_state]
    changed = {c.name: value for c, value in held if value != store().get(c.name)}
    store().update(changed)
    if changed:
        st.session_state["notes"] = []


def _went_back() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _insist_on_router() -> None:
    """Run `app.py` if this page was reached without it.

    Until `st.navigation` has been called once, Streamlit treats the folder `pages/` as an app of
    the older kind, and a fresh server whose first visitor opens the address of a page runs the
    page without the router. No setting prevents this.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
