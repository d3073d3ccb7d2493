"""The phase diagram: where alignment and prediction recover the shared subspace, and why."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.phase import phase_diagram, ratios_along, singular_values
from alignlab.figures.theme import OTHER
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.phase import Axes, Plane, off_axes, plane_table, recovered_shares
from alignlab.spiked.theory import separation_ratios
from alignlab.ui.chart import Panel, charts
from alignlab.ui.halves import numbers_beside
from alignlab.ui.page import folded, refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts import phase as phase_part
from alignlab.ui.parts import spiked as p
from alignlab.ui.parts.phase import (
    OVER_X,
    OVER_Y,
    PAGE,
    PLAYED,
    moved,
    phase_frames,
    phase_picture,
    phase_ratios,
    phase_repairs,
    phase_script,
)
from alignlab.ui.parts.phase_pictures import phase_motion
from alignlab.ui.takeaway import takeaway
from alignlab.words.phase import TOUR, headline, play_words, ratios_table, regime_words, tour_table

GRID = (31, 41)  # cells that a click can hit
FRAMES = 31
STRONGEST = p.RANGES["kappa"][1]


def sidebar() -> None:
    """The page's controls."""
    p.model_controls()
    widgets(p.SOURCE_VIEW, PLAYED)
    folded("Axes", ":material/grid_4x4:", axes_controls)


def axes_controls() -> None:
    """Which two parameters span the plane."""
    widgets(OVER_X, OVER_Y)


def body() -> None:
    """The plane, the operating point, the animated plane, and the tour."""
    values = PAGE.values()
    prediction = values["direction"]
    with refusal():
        spec = p.model_spec(values)
        axes = phase_part.axes(values, GRID)
        plane, curves = phase_picture(off_axes(spec, axes), axes, prediction)
    found = separation_ratios(spec)
    here = p.at(values, plane.over_x), p.at(values, plane.over_y)
    keep = f"{plane.over_x} {plane.over_y}"
    line = verdict()

    def at_rest() -> dict[str, go.Figure]:
        named = {stop.name: (stop.kappa, stop.nu) for stop in TOUR} if classic(plane) else {}
        return {
            "phase diagram": phase_diagram(plane, curves, here=here, named=named, keep=keep),
            "singular values": singular_values(found, keep=f"{spec.d} {spec.k}"),
        }

    captions = {
        "phase diagram": "Colours show the regime of CA and of CP in the direction set in the "
        "sidebar; borders are exact at any zoom. Click to move the operating point (star).",
        "singular values": "In descending order. The objective keeps the first k, left of the "
        "dotted line; it recovers the shared subspace if all of these are signal.",
    }
    charts(
        [
            Panel(
                name=name, figure=figure, caption=captions[name], height=500,
                picks=name == "phase diagram", lead=name == "phase diagram",
            )
            for name, figure in at_rest().items()
        ],
        key="phase",
        columns=2,
        on_pick=lambda cell: PAGE.want(moved(values, plane, cell)),
    )  # fmt: skip
    line.markdown(headline(found, prediction))
    tour_bar(values)
    st.markdown(regime_words(found, phase_repairs(spec), prediction) + stop_words(values))
    numbers_beside(PAGE.title, lambda: ratios_table(found))
    moving = in_motion(spec, values, axes)
    st.subheader("Redundant or complementary? The stops of the tour")
    st.markdown(
        "The phase-diagram paper distinguishes *redundant* views, whose dominant factors are "
        "shared, from *complementary* ones, each with its own. Where its examples lie in the plane "
        "is our illustration; the regimes are those of the current settings."
    )
    st.table(tour_table(spec, prediction))
    takeaway(
        PAGE.title,
        figures=lambda: at_rest() | moving,
        table=lambda: plane_table(plane),
        parameters=asdict(spec) | {"axes": axes, "prediction": prediction},
        script=phase_script(off_axes(spec, axes), axes, prediction),
    )


def in_motion(spec: SpikedSpec, values: Mapping[str, Any], axes: Axes) -> dict[str, go.Figure]:
    """The plane and the ratios as one parameter varies, drawn after the static charts."""
    prediction, played = values["direction"], phase_part.played(values)
    at = p.at(values, played)
    steps = p.values_shown(played, at, FRAMES)
    asked = off_axes(spec, axes, played), axes, played, steps, prediction
    shares = recovered_shares([one for _, one, _ in phase_frames(*asked)], ("ca", prediction))
    start = min(range(FRAMES), key=lambda number: abs(steps[number] - at))
    figures = {
        "motion": phase_motion(*asked, start),
        "ratios": ratios_along(
            steps,
            phase_ratios(spec, played, steps),
            parameter=played,
            marks=[(at, OTHER)],
            keep=played,
        ),
    }
    instead = " (The parameter to be animated is an axis.)" if played != values["played"] else ""
    captions = {
        "motion": f"Press ▶. {play_words(shares, played)}{instead}",
        "ratios": "All other parameters as set. Dotted lines: Δ = 1 and the operating point.",
    }
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name], height=420)
            for name, figure in figures.items()
        ],
        key="phase in motion",
        columns=2,
    )
    return figures


def classic(plane: Plane) -> bool:
    """Whether the plane is that of the paper, in which the tour's stops lie."""
    return (plane.over_x, plane.over_y) == ("kappa", "nu") and plane.xs[-1] == STRONGEST


def stop_words(values: Mapping[str, Any]) -> str:
    """Why the operating point is a stop of the tour, if it is one."""
    for stop in TOUR:
        if (values["kappa"], values["nu"]) == (stop.kappa, stop.nu):
            return f"\n\n*{stop.name.capitalize()}.* {stop.why}"
    return ""


def tour_bar(values: Mapping[str, Any]) -> None:
    """The paper's examples, each a button that moves the operating point there."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="tour"):
        st.caption("Tour", width="content")
        for stop in TOUR:
            place = {"kappa": stop.kappa, "nu": stop.nu, "over_x": "kappa", "over_y": "nu"}
            st.button(
                stop.name, key=f"tour {stop.name}", on_click=PAGE.set, args=({**values, **place},),
                type="tertiary",
            )  # fmt: skip


PAGE.run(body, sidebar)
