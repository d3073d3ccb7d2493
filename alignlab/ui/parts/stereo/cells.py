"""Closed forms on fixed features: cached cells, and jobs that go on from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from alignlab import linalg
from alignlab.data.stereo.images import StereoPairs, stereo_pairs
from alignlab.data.stereo.outlines import SHAPES
from alignlab.data.stereo.spec import StereoSpec
from alignlab.diagnosis.run import work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.work import Work
from alignlab.experiments.cell_sweep import by_bottleneck
from alignlab.experiments.stereo import METHODS, StereoCell, stereo_cell
from alignlab.experiments.stereo_sweep import BOTTLENECKS, StereoSweep, StereoSweepSpec
from alignlab.projection import to_plane
from alignlab.ui.jobs import Followed, job

SHOWN = 8
"""Pairs that are shown as images."""


@st.cache_resource(max_entries=6, show_spinner=False)
def cell_of(spec: StereoSpec) -> StereoCell:
    """`stereo_cell`, on one thread: its problems are small."""
    with linalg.one_thread_each():
        return stereo_cell(spec)


@st.cache_resource(max_entries=16, show_spinner=False)
def scores_of(spec: StereoSpec, k: int) -> pd.DataFrame:
    """`StereoCell.scores`."""
    with linalg.one_thread_each():
        return cell_of(spec).scores(k)


@st.cache_resource(max_entries=6, show_spinner=False)
def all_bottlenecks(spec: StereoSpec) -> pd.DataFrame:
    """The scores at each of `BOTTLENECKS`."""
    with linalg.one_thread_each():
        return by_bottleneck(cell_of(spec), BOTTLENECKS)


@st.cache_resource(max_entries=6, show_spinner=False)
def shown_pairs(spec: StereoSpec) -> StereoPairs:
    """The first pairs that no method and no probe has seen."""
    return stereo_pairs(spec, "test", SHOWN)


def latent_points(
    spec: StereoSpec, k: int, method: str
) -> tuple[np.ndarray, tuple[str, str], np.ndarray]:
    """The latent of the test images as points (m, 2), its axes, and the shapes (m,) shown."""
    cell = cell_of(spec)
    labels = cell.scenes["test"].labels[:, METHODS[method]]
    (points,), axes = to_plane(
        cell.latents(method, "test", k), how="principal", symbol="ẑ", labels=labels
    )
    return points, axes, labels


def sweep_spec(spec: StereoSpec, k: int) -> StereoSweepSpec:
    """The sweep over jitter, with all else as it is set; the same one whatever the jitter is."""
    ks = BOTTLENECKS if k in BOTTLENECKS else tuple(sorted((*BOTTLENECKS, k)))
    return StereoSweepSpec(spec=replace(spec, jitter=0.0), ks=ks)


def sweep_job(spec: StereoSpec, k: int) -> Followed[StereoSweep]:
    """The sweep over jitter."""
    keys = _keys(spec, k)
    _, asked = keys[0]
    return job(keys[0], lambda: StereoSweep(asked), beside=keys)


def diagnosis_job(spec: StereoSpec, k: int) -> Followed[Work]:
    """The diagnosis of the features of the training pairs, with the shapes as labels."""

    def work() -> Work:
        cell = cell_of(spec)
        shapes = np.array(SHAPES)[cell.scenes["train"].labels[:, 0]]
        return work_of(*cell.features["train"], shapes, DiagnosisSpec())

    keys = _keys(spec, k)
    return job(keys[1], work, beside=keys)


def _keys(spec: StereoSpec, k: int) -> tuple[tuple[str, StereoSweepSpec], tuple[str, StereoSpec]]:
    """The keys of both jobs, which a session keeps together."""
    return ("stereo sweep", sweep_spec(spec, k)), ("stereo diagnosis", spec)


def stereo_script(spec: StereoSpec, k: int) -> str:
    """The scores of all methods at the present setting."""
    return f"""from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import stereo_cell

cell = stereo_cell({spec!r})
table = cell.scores({k})
"""
