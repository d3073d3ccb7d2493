"""The phase diagram: where alignment and prediction recover the shared subspace, and why."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.phase import moving_diagram, phase_diagram, ratios_along, singular_values
from alignlab.figures.theme import OTHER
from alignlab.phase import plane_table, recovered_shares
from alignlab.phase_words import SYMBOLS, TOUR, play_words, regime_words, tour_table
from alignlab.spiked import SpikedSpec, separation_ratios
from alignlab.ui import spiked as p
from alignlab.ui.cache import phase_frames, phase_picture, phase_ratios
from alignlab.ui.catalog import PHASE as PAGE
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import folded, refusal, widgets
from alignlab.ui.scripts import phase_script
from alignlab.ui.takeaway import takeaway

GRID = (31, 41)  # cells that a click can hit
FRAMES = 41


def sidebar() -> None:
    """What can be turned."""
    p.model_controls()
    widgets(p.SOURCE_VIEW, p.PLAYED)
    folded("Axes", ":material/grid_4x4:", axes_controls)


def axes_controls() -> None:
    """Which two parameters span the plane."""
    widgets(p.OVER_X, p.OVER_Y)


def body() -> None:
    """The plane, the operating point, the plane in motion, and the tour."""
    values = PAGE.values()
    prediction = values["direction"]
    with refusal():
        spec = p.model_spec(values)
        axes = p.axes(spec, values, GRID)
        plane, curves = phase_picture(spec, axes, prediction)
    found = separation_ratios(spec)
    played = p.played(values)
    steps = p.values_shown(played, p.at(spec, values, played), FRAMES)
    here = [p.at(spec, values, name) for name in (plane.over_x, plane.over_y, played)]
    frames = phase_frames(spec, axes, played, steps, prediction)
    shares = recovered_shares([one for _, one, _ in frames], ("ca", prediction))
    classic = (plane.over_x, plane.over_y) == ("kappa", "nu")

    def figures() -> dict[str, go.Figure]:
        named = {stop.name: (stop.kappa, stop.nu) for stop in TOUR} if classic else {}
        keep = f"{plane.over_x} {plane.over_y}"
        return {
            "phase diagram": phase_diagram(
                plane, curves, here=(here[0], here[1]), named=named, keep=keep
            ),
            "singular values": singular_values(found, keep=f"{spec.d} {spec.k}"),
            "motion": moving_diagram(frames, SYMBOLS[played], keep=f"{played} {keep}"),
            "ratios": ratios_along(
                steps,
                phase_ratios(spec, played, steps),
                parameter=played,
                marks=[(here[2], OTHER)],
                keep=played,
            ),
        }

    top = st.container()
    captions = {
        "phase diagram": "Colours: by CA and CP, as the sidebar has it; they are exact at any "
        "zoom. Click to move the operating point (the star).",
        "singular values": "Sorted. The objective keeps the first k, left of the dotted line: it "
        "recovers the shared subspace where these are all signal.",
        "motion": play_words(shares, played)
        + (
            " (The parameter chosen to be played is an axis.)" if played != values["played"] else ""
        ),
        "ratios": "All else as set; the dotted lines are Δ = 1 and the operating point.",
    }
    charts(
        [
            Panel(
                name=name,
                figure=figure,
                caption=captions[name],
                height=520 if at < 2 else 420,
                picks=name == "phase diagram",
            )
            for at, (name, figure) in enumerate(figures().items())
        ],
        key="phase",
        columns=2,
        on_pick=lambda cell: PAGE.want(p.moved(values, plane, cell)),
    )
    top.markdown(regime_words(spec, found, prediction))
    tour(spec, prediction, values)
    takeaway(
        PAGE.title,
        figures=figures,
        table=lambda: plane_table(plane),
        parameters=asdict(spec) | {"axes": axes, "prediction": prediction},
        script=phase_script(spec, axes, prediction),
    )


def tour(spec: SpikedSpec, prediction: str, values: Mapping[str, Any]) -> None:
    """The paper's examples as places to go to."""
    st.subheader("Redundant or complementary? A tour of the plane")
    st.markdown(
        "The phase diagram's paper tells *redundant* views, which share what dominates them, from "
        "*complementary* ones, each of which has its own. Go to one of its examples; where they "
        "stand in the plane is our illustration, the regimes are those of the present settings."
    )
    with st.container(horizontal=True, gap="small"):
        for stop in TOUR:
            place = {"kappa": stop.kappa, "nu": stop.nu, "over_x": "kappa", "over_y": "nu"}
            st.button(
                stop.name, key=f"tour {stop.name}", on_click=PAGE.set, args=({**values, **place},)
            )
    st.table(tour_table(spec, prediction))


PAGE.run(body, sidebar)
