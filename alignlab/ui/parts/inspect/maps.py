"""The maps of the page: drawn while they form, started from the map before."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alignlab.checks import reason_of
from alignlab.experiments.pick import Pick
from alignlab.experiments.space import Spaces
from alignlab.ui.controls import Value
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.inspect.picture import Scene, show
from alignlab.ui.parts.inspect.work import Plan, Step
from alignlab.ui.plain import as_written
from alignlab.ui.setting import put

_LAST = "settings of the last map"
"""How `BEFORE` would write the settings of the t-SNE map that was finished last."""


def draw_maps(
    plan: Plan, made: Spaces, scene: Scene, pick: Pick | None, values: Mapping[str, Value]
) -> Step | None:
    """Draw the maps as far as they have formed; None if there is none, which the page explains.

    A refusal, as of a perplexity too high for so few points, takes the place of the picture: the
    rest of the page does not depend on it.
    """
    try:
        start = plan.start(made)
        if start is not None and not start.complete:
            return start
        maps = plan.pictures(scene.spaces, start, lambda work: show(scene, work, pick))
    except ValueError as error:
        st.error(as_written(reason_of(error)), icon=":material/block:")
        return None
    if values["map"] == "tsne" and values["map_start"] == "previous" and plan.earlier is None:
        st.caption(":material/info: No earlier map is known: this one starts from PCA.")
    if maps.complete:
        show(scene, maps.work, pick)
        if values["map"] == "tsne" and values["map_start"] != "previous":
            st.session_state[_LAST] = c.as_before(values)
    return maps


def take_previous() -> None:
    """When "previous map" is chosen: the map that was finished last is the start."""
    if st.session_state[c.MAP_START.key] == "previous":
        put(c.BEFORE, st.session_state.get(_LAST, ""))
