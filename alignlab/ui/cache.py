"""Cached calls: everything that computes is keyed by its spec, never by an array.

Results are shared between reruns and sessions and must not be changed. What comes from an upload
is keyed by the digest of its bytes and lives in the session that brought it.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.align import Alignment
from alignlab.bridge import Family, Member, corners, member, path
from alignlab.datasets import ColumnChoice, digits_halves, pairs_from_table
from alignlab.features import (
    Changes,
    ExampleSpec,
    Features,
    activity_features,
    changed,
    example,
    features_from_table,
    incomplete_rows,
)
from alignlab.monte_carlo import monte_carlo
from alignlab.pairs import PairedData
from alignlab.phase import Axes, Boundaries, Plane, picture, varied
from alignlab.repairs import Repairs, repairs
from alignlab.spiked import OBJECTIVES, SpikedSpec, separation_ratios
from alignlab.spiked_training import TrainingSweep
from alignlab.study import Study, StudySpec, study
from alignlab.synthetic import SyntheticSpec, generate, generate_views, labels_as_view
from alignlab.transfer import GaussianTransfer
from alignlab.transfer_study import TransferSpec, accuracies, draw, fit
from alignlab.views import ViewsAlignment, gcca, perfect_alignment_views


@st.cache_resource(max_entries=4, show_spinner=False)
def synthetic_pairs(spec: SyntheticSpec) -> PairedData:
    """`generate(spec)`."""
    return generate(spec)


def synthetic_study(data: SyntheticSpec, spec: StudySpec) -> Study:
    """`study` of the synthetic pairs."""
    return shared_study(("synthetic", data), spec, synthetic_pairs(data))


@st.cache_resource(max_entries=4, show_spinner=False)
def many_views(spec: SyntheticSpec, count: int) -> list[np.ndarray]:
    """`generate_views`."""
    return generate_views(spec, count)


@st.cache_resource(max_entries=4, show_spinner="Aligning …")
def many_alignments(spec: SyntheticSpec, count: int, ridge: float) -> dict[str, ViewsAlignment]:
    """Perfect alignment of all views and GCCA, by name."""
    views = many_views(spec, count)
    return {
        "perfect alignment": perfect_alignment_views(views, spec.k),
        "GCCA": gcca(views, spec.k, ridge),
    }


@st.cache_resource(max_entries=8, show_spinner=False)
def transfer_fit(spec: TransferSpec) -> GaussianTransfer:
    """`fit` of the drawn pairs of a spec."""
    return fit(draw(spec), spec)


@st.cache_resource(max_entries=8, show_spinner="Transferring …")
def transfer_accuracies(spec: TransferSpec) -> dict[str, float]:
    """`accuracies` of a spec."""
    return accuracies(spec)


@st.cache_resource(max_entries=4, show_spinner=False)
def bridge_corners(spec: SyntheticSpec) -> dict[str, Alignment]:
    """`corners` of the synthetic pairs."""
    return corners(synthetic_pairs(spec), spec.k)


@st.cache_resource(max_entries=8, show_spinner=False)
def bridge_member(spec: SyntheticSpec, family: Family, a: float, b: float) -> Member:
    """`member` of a family on the synthetic pairs."""
    return member(synthetic_pairs(spec), spec.k, family, a, b, bridge_corners(spec))


@st.cache_resource(max_entries=4, show_spinner="On the way …")
def bridge_way(spec: SyntheticSpec, family: Family) -> list[Member]:
    """The members on the `path` of a family."""
    data, ends = synthetic_pairs(spec), bridge_corners(spec)
    return [member(data, spec.k, family, a, b, ends) for a, b in path(family)]


@st.cache_resource(max_entries=8, show_spinner=False)
def phase_picture(spec: SpikedSpec, axes: Axes, prediction: str) -> tuple[Plane, Boundaries]:
    """`phase.picture`; to be asked for with a spec of `phase.off_axes`."""
    return picture(spec, axes, prediction)


@st.cache_resource(max_entries=4, show_spinner="Moving …")
def phase_frames(
    spec: SpikedSpec, axes: Axes, played: str, steps: tuple[float, ...], prediction: str
) -> list[tuple[float, Plane, Boundaries]]:
    """`phase.picture` at every step of a parameter, the spec being one of `phase.off_axes`."""
    return [(step, *picture(varied(spec, played, step), axes, prediction)) for step in steps]


@st.cache_resource(max_entries=8, show_spinner=False)
def closed_forms(sweep: TrainingSweep) -> pd.DataFrame:
    """Mean subspace distances of CA and CP along a sweep, on the moments of as many pairs."""
    found = monte_carlo(sweep.specs(), sweep.n, range(10))
    index = pd.Index(sweep.values, name=sweep.over)
    return pd.DataFrame({"ca": found.ca.mean(axis=1), "cp": found.cp.mean(axis=1)}, index=index)


@st.cache_resource(max_entries=8, show_spinner=False)
def phase_ratios(spec: SpikedSpec, over: str, values: tuple[float, ...]) -> dict[str, list[float]]:
    """The separation ratios along a parameter, by objective."""
    found = [separation_ratios(varied(spec, over, value)) for value in values]
    return {name: [getattr(one, name) for one in found] for name in OBJECTIVES}


@st.cache_resource(max_entries=32, show_spinner=False)
def phase_repairs(spec: SpikedSpec) -> Repairs:
    """`repairs` of an operating point."""
    return repairs(spec)


@st.cache_resource(show_spinner=False)
def digits_pairs() -> PairedData:
    """`digits_halves()`."""
    return digits_halves()


@st.cache_resource(max_entries=4, show_spinner=False)
def labels_pairs(spec: SyntheticSpec) -> PairedData:
    """`labels_as_view` of the synthetic pairs."""
    return labels_as_view(synthetic_pairs(spec))


@st.cache_resource(max_entries=6, show_spinner="Aligning …")
def shared_study(key: Hashable, spec: StudySpec, _data: PairedData) -> Study:
    """`study` of pairs that anybody may have, told apart by their key."""
    return study(_data, spec)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def upload_pairs(digest: str, choice: ColumnChoice, _table: pd.DataFrame) -> PairedData:
    """The pairs of an uploaded table, for the session that brought it."""
    return pairs_from_table(_table, choice)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Aligning …")
def upload_study(key: Hashable, spec: StudySpec, _data: PairedData) -> Study:
    """`study` of the pairs of an uploaded table, for the session that brought it."""
    return study(_data, spec)


@st.cache_resource(max_entries=8, show_spinner="Drawing …")
def example_features(spec: ExampleSpec) -> Features:
    """`example`; of simulated activity, which takes long, what is drawn is kept too."""
    if spec.case != "activity":
        return example(spec)
    return changed(simulated_activity(spec.changes.seed), spec.changes)


@st.cache_resource(max_entries=2, show_spinner="Simulating …")
def simulated_activity(seed: int) -> Features:
    """`activity_features`."""
    return activity_features(seed)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def table_features(
    digest: str, choice: ColumnChoice, drop: bool, changes: Changes, _table: pd.DataFrame
) -> Features:
    """Features of a table that this session brought, changed as `changed` does."""
    return changed(features_from_table(_table, choice, drop), changes)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def table_gaps(digest: str, choice: ColumnChoice, _table: pd.DataFrame) -> np.ndarray:
    """`incomplete_rows` of a table that this session brought."""
    return incomplete_rows(_table, choice)
