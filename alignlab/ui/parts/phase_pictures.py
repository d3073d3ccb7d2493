"""The animation of the phase-diagram page, drawn once for all operating points that share it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.phase import moving_diagram
from alignlab.names import PLAIN
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.phase import Axes
from alignlab.ui.parts.phase import phase_frames


@st.cache_resource(max_entries=4, show_spinner=False)
def phase_motion(
    spec: SpikedSpec,
    axes: Axes,
    played: str,
    steps: tuple[float, ...],
    prediction: str,
    start: int,
) -> go.Figure:
    """`moving_diagram` of `phase_frames`, shown first at the frame of the number `start`."""
    frames = phase_frames(spec, axes, played, steps, prediction)
    keep = f"{played} {axes[0][0]} {axes[1][0]}"
    return moving_diagram(frames, PLAIN[played], start=start, keep=keep)
