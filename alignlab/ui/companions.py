"""Parameters of the address that belong to no page, such as those of a lesson.

Presets, Reset and the way to another page keep them; a link and the browser's Back set them, as
they set a page's own. Each group of them may draw something at the top of every page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from alignlab.ui.controls import Control
from alignlab.ui.setting import address, store


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Parameters that accompany every page.

    controls : the parameters; their names are those of no control of a page.
    draw : draws at the top of the page of this path, once its body has run; may set the controls.
    """

    name: str
    controls: Sequence[Control]
    draw: Callable[[str], None] = lambda path: None


_COMPANIONS: dict[str, Companion] = {}


def accompany(companion: Companion) -> None:
    """Let it accompany every page; once for each name."""
    _COMPANIONS.setdefault(companion.name, companion)


def companion_controls() -> tuple[Control, ...]:
    """The parameters of all companions."""
    return tuple(control for one in _COMPANIONS.values() for control in one.controls)


def page_controls() -> list[Control]:
    """The controls of the present page without those of companions."""
    names = {control.name for control in companion_controls()}
    return [control for control in st.session_state["controls"] if control.name not in names]


def accompanied(query: Mapping[str, str], but: str = "") -> dict[str, str]:
    """The query parameters of a page, and before them those of all companions at present.

    but : the name of a companion whose parameters are left out.
    """
    controls = [c for one in _COMPANIONS.values() if one.name != but for c in one.controls]
    held = {control.name: store().get(control.name, control.default) for control in controls}
    return {**address(controls, held), **query}


def draw_companions(path: str) -> None:
    """What all companions draw at the top of the page of this path."""
    for one in _COMPANIONS.values():
        one.draw(path)
