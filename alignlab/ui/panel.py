"""The controls of every page as one component: native inputs, presets, and the address.

Its script holds what the user has changed until the server has heard it (`alignlab.ui.setting`),
sends the values of a slider while it is dragged, the next one when the last picture is drawn, and
writes the address once the hand lets go. If it fails in a browser, Streamlit's own widgets are
used instead, with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from alignlab.ui.controls import Control, Value
from alignlab.ui.setting import after_change, hear, heard

_FAILURE = "controls failure"

_SCRIPTS = Path(__file__).parent / "desk"

_VERSION = blake2b(b"".join(p.read_bytes() for p in sorted(_SCRIPTS.iterdir())), digest_size=4)

st.components.v1.declare_component(_VERSION.hexdigest(), path=_SCRIPTS)

SCRIPT = f"component/alignlab.ui.panel.{_VERSION.hexdigest()}/parts.js"
"""Address of the component's script in the app; another version has another one."""

# Each message for a part holds this text: the script itself is loaded once.
_panel = st.components.v2.component(
    "alignlab_controls",
    html='<div class="alignlab-controls"></div>',
    js=f"""
const loading = import(new URL({SCRIPT!r}, document.baseURI).href)
export default function (args) {{
  const shown = loading.then(({{ default: show }}) => show(args)).catch((error) => {{
    console.warn("alignlab controls:", error)
    args.setStateValue("failed", String(error.message ?? error))
  }})
  return () => shown.then((end) => end?.())
}}
""",
    isolate_styles=False,
)


def plain() -> bool:
    """Whether Streamlit's widgets stand in for the component."""
    return os.environ.get("ALIGNLAB_CONTROLS") == "plain" or _FAILURE in st.session_state


def widgets(*controls: Control) -> None:
    """Draw these controls, one below the other."""
    draw([(control, {}) for control in controls])


def widget(control: Control, **more: Any) -> None:
    """Draw a control.

    more : `disabled`, `placeholder`, `options` of a `Named`, and `on_change`, which is called
        before the page runs again, when the user has changed the control.
    """
    draw([(control, more)])


def draw(parts: Sequence[tuple[Control, Mapping[str, Any]]]) -> None:
    """`widget` of several controls."""
    if not parts:
        return
    if plain():
        for control, more in parts:
            st.session_state.setdefault("drawing", set()).add(control.name)
            control.draw(**more)
        return
    shown = []
    for control, more in parts:
        told = dict(more)
        if on_change := told.pop("on_change", None):
            after_change(control, on_change)
        shown.append(_shown(control, told))
    _mount("inputs", parts[0][0].name, {"controls": shown})


def presets(
    offered: Mapping[str, Mapping[str, str]], active: str | None, reset: Mapping[str, str]
) -> None:
    """A button for each preset, by name with its address, and a reset.

    active : the preset that is marked, None for none. reset : the address of the reset.
    """
    _mount("presets", "presets", {"presets": offered, "active": active, "reset": reset})


def publish(address: Mapping[str, str], visit: int, follows: bool) -> None:
    """Tell the browser that all of the page is sent, and its address.

    visit : counts arrivals at a page: the first address after an arrival replaces that of the link.
    follows : whether the charts follow a slider while it is dragged.
    """
    if failure := st.session_state.get(_FAILURE):
        st.caption(
            f":material/warning: The controls could not load ({failure}). Basic ones are shown "
            "instead, which send their values when they are let go. Reload the page to retry."
        )
    _mount(
        "address",
        "address",
        {"address": urlencode(address), "visit": visit, "follows": follows},
    )


def _shown(control: Control, more: dict[str, Any]) -> dict[str, Any]:
    """What the browser needs to draw a control at its present value."""
    value: Value = st.session_state[control.key]
    disabled = more.pop("disabled", False)
    return {
        "name": control.name,
        "label": control.label,
        "help": control.help,
        "value": control.format(value),
        "default": control.format(control.default),
        "disabled": disabled,
        **control.shown(value, **more),
    }


def _mount(kind: str, name: str, content: Mapping[str, Any]) -> None:
    key = f"panel {name}"
    controls = st.session_state["controls"]

    def told() -> None:
        hear(controls, st.session_state[key].changes or ())

    result = _panel(
        key=key,
        data={
            "kind": kind,
            "page": st.session_state["page"],
            "heard": heard(),
            "connection": st.session_state["connection"],
            **content,
        },
        default={"failed": ""},
        on_changes_change=told,
        on_failed_change=lambda: None,
    )
    if result.failed and _FAILURE not in st.session_state:
        st.session_state[_FAILURE] = result.failed
        st.rerun()
