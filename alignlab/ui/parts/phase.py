"""The phase-diagram page: its axes, cached planes, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import (
    RATIO,
    Axes,
    Boundaries,
    Plane,
    picture,
    pictures,
    ratio_of,
    varied,
)
from alignlab.spiked.repairs import Repairs, repairs
from alignlab.spiked.theory import separation_ratios
from alignlab.ui.controls import Choice, Value
from alignlab.ui.parts import spiked
from alignlab.ui.parts.spiked import (
    FIGURE_3,
    MODEL,
    OPTIONS,
    PATTERN,
    at,
    read_pattern,
    values_shown,
)
from alignlab.ui.state import Page

OVER_X = Choice(
    name="over_x", label="Horizontal axis", default="kappa", options=OPTIONS,
    help="Parameter on the horizontal axis of the plane.",
)  # fmt: skip
OVER_Y = Choice(
    name="over_y", label="Vertical axis", default="nu", options=OPTIONS,
    help="Parameter on the vertical axis of the plane.",
)  # fmt: skip
PLAYED = Choice(
    name="played", label="Animated parameter", default="gamma_tilde_y", options=OPTIONS,
    help="Parameter that varies in the animation and along the curves of Δ.",
)  # fmt: skip


def axes(values: Mapping[str, Value], grid: tuple[int, int]) -> Axes:
    """The plane's two axes; ValueError if they are the same parameter."""
    chosen = values["over_x"], values["over_y"]
    if chosen[0] == chosen[1]:
        raise ValueError("Both axes of the plane are the same: choose two different parameters")
    x, y = (
        (name, values_shown(name, at(values, name), count))
        for name, count in zip(chosen, grid, strict=True)
    )
    return x, y


def played(values: Mapping[str, Value]) -> str:
    """The animated parameter: the chosen one, or the next if it is an axis or an undefined q."""
    taken = {values["over_x"], values["over_y"]}
    pattern = read_pattern(values["kappas"])
    if pattern is not None and ratio_of(pattern) is None:
        taken.add(RATIO)
    order = (values["played"], "gamma_tilde_y", "gamma_tilde_x", "nu")
    return next(name for name in order if name not in taken)


def moved(values: Mapping[str, Value], plane: Plane, cell: int) -> dict[str, Value]:
    """The controls with the operating point at a cell of the plane."""
    i, j = divmod(cell, len(plane.xs))
    places = {
        plane.over_x: round(float(plane.xs[j]), 6),
        plane.over_y: round(float(plane.ys[i]), 6),
    }
    pattern = {PATTERN.name: ""} if RATIO in places else {}
    return {**values, **pattern, **places}


@st.cache_resource(max_entries=8, show_spinner=False)
def phase_picture(spec: SpikedSpec, axes: Axes, prediction: str) -> tuple[Plane, Boundaries]:
    """`phase.picture`; `spec` must come from `phase.off_axes`."""
    return picture(spec, axes, prediction)


@st.cache_resource(max_entries=4, show_spinner="Computing frames …")
def phase_frames(
    spec: SpikedSpec, axes: Axes, played: str, steps: tuple[float, ...], prediction: str
) -> list[tuple[float, Plane, Boundaries]]:
    """`phase.picture` at every step of a parameter; `spec` must come from `phase.off_axes`."""
    found = pictures(spec, axes, prediction, played, steps)
    return [(step, *one) for step, one in zip(steps, found, strict=True)]


@st.cache_resource(max_entries=8, show_spinner=False)
def phase_ratios(spec: SpikedSpec, over: str, values: tuple[float, ...]) -> dict[str, list[float]]:
    """The separation ratios along a parameter, by objective."""
    found = [separation_ratios(varied(spec, over, value)) for value in values]
    return {name: [getattr(one, name) for one in found] for name in OBJECTIVES}


@st.cache_resource(max_entries=32, show_spinner=False)
def phase_repairs(spec: SpikedSpec) -> Repairs:
    """`repairs` of an operating point."""
    return repairs(spec)


def phase_script(spec: SpikedSpec, axes: Axes, prediction: str) -> str:
    """The separation ratios over a plane of two parameters."""
    return f"""from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.phase import plane, plane_table

(over_x, xs), (over_y, ys) = {axes!r}
table = plane_table(plane({spec!r}, over_x, xs, over_y, ys, {prediction!r}))
"""


PAGE = Page(
    path="phase",
    follows=True,
    title="Align or predict: the phase diagram",
    short="Phase diagram",
    icon=":material/map:",
    summary="Where alignment (CA) and prediction (CP) recover what two views share: four regimes, "
    "the singular values that decide, and what would repair a failure.",
    controls=(*MODEL, spiked.SOURCE_VIEW, OVER_X, OVER_Y, PLAYED),
    presets={
        "Figure 2a": {},
        "Figure 2b": {"gamma_tilde_y": 0.05},
        "Variance trap": {"gamma_tilde_y": 0.05, "kappa": 1.5, "nu": 0.4},
        "Figure 3's setting": FIGURE_3,
        "Unequal strengths": {"kappa": 3.0, "kappa_ratio": 0.6, "nu": 0.4},
        "Predict x from y": {"direction": "cp_reverse"},
        "Complementary views": {"kappa": 0.4, "nu": 0.8},
        "Nuisance against nuisance": {"over_x": "gamma_tilde_x", "over_y": "gamma_tilde_y"},
    },
)
