"""Presenting: the pictures and a few controls alone, in large type, operated by keys.

The address holds `present=1`, and `controls=nu,kappa` names the controls that stay in sight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import segno
import streamlit as st

from alignlab.ui.beside import BESIDE, present_setting
from alignlab.ui.companions import Companion, page_controls
from alignlab.ui.controls import Choice, Control, Named, Text
from alignlab.ui.panel import plain, widgets
from alignlab.ui.plain import as_written
from alignlab.ui.setting import address, store


def names_of(text: str) -> list[str]:
    """The names in a list with commas; ValueError if there is anything else."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if not re.fullmatch(r"\w+", name):
            raise ValueError(
                f"{name!r} is no name of a control: give names with commas, as nu,kappa"
            )
    return names


PRESENT = Choice(name="present", label="Present", default=0, options={0: "no", 1: "yes"})
SHOWN = Text(name="controls", label="Controls shown", default="", read=names_of)

_HERE = Path(__file__).parent

_presenter = st.components.v2.component(
    "alignlab_presenter",
    html='<div class="alignlab-presenter"></div>',
    css=(_HERE / "presenter.css").read_text(),
    js=(_HERE / "presenter.js").read_text(),
    isolate_styles=False,  # it hides parts of the page
)


def presenting() -> bool:
    """Whether the page is shown without menus: presented, or embedded in another page."""
    return not plain() and (_presented() or bool(st.context.is_embedded))


def _presented() -> bool:
    return bool(store().get(PRESENT.name))


def presented_controls(controls: Sequence[Control]) -> None:
    """Draw those of a page's controls that the address names, in a bar at the lower edge."""
    known = {control.name: control for control in _offered(controls)}
    names = names_of(store()[SHOWN.name])
    with st.container(key="presented"):
        widgets(*(known[name] for name in names if name in known))
        if unknown := [name for name in names if name not in known]:
            st.caption(f"Not among this page's controls: {as_written(', '.join(unknown))}.")


def draw(path: str) -> None:
    """The button that begins to present, or the tools of who presents."""
    if plain():
        return
    told: dict[str, object] = {
        "on": presenting(),
        "large": _presented(),
        "setting": present_setting(path) if page_controls() else "",
        "beside": store().get(BESIDE.name, ""),
    }
    if presenting():
        every: Sequence[Control] = st.session_state["controls"]
        linked = [one for one in every if one.name not in (PRESENT.name, SHOWN.name)]
        link = _link(address(linked, {c.name: store().get(c.name, c.default) for c in linked}))
        told |= {
            "controls": [[one.name, one.label] for one in _offered(page_controls())],
            "shown": names_of(store()[SHOWN.name]),
            "link": link,
            "code": qr_code(link),
        }
    _presenter(key="presenter", data=told)


def qr_code(link: str) -> str:
    """A QR code of a link as SVG, dark on light whatever the theme; empty if it is too long."""
    try:
        code = segno.make(link, error="m", boost_error=False)
    except segno.DataOverflowError:
        return ""
    return code.svg_inline(scale=1, border=4, dark="black", light="white", omitsize=True)


def _offered(controls: Sequence[Control]) -> list[Control]:
    """The controls that can stand alone: the names that the data have are known to their page."""
    return [one for one in controls if not isinstance(one, Named)]


def _link(query: dict[str, str]) -> str:
    """The address of the present setting, as the browser reaches this server."""
    place = str(st.context.url).partition("?")[0]
    return f"{place}?{urlencode(query)}" if query else place


PRESENTER = Companion(name="presenter", controls=(PRESENT, SHOWN), draw=draw)
"""What the app lets accompany every page."""
