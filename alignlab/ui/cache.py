"""Cached calls: everything that computes is keyed by its spec, never by an array.

Results are shared between reruns and sessions and must not be changed. What comes from an upload
is keyed by the digest of its bytes and lives in the session that brought it.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from alignlab.align import Alignment
from alignlab.bridge import Family, Member, corners, member, path
from alignlab.datasets import ColumnChoice, digits_halves, pairs_from_table
from alignlab.study import Study, StudySpec, study
from alignlab.synthetic import PairedData, SyntheticSpec, generate


@st.cache_resource(max_entries=4, show_spinner=False)
def synthetic_pairs(spec: SyntheticSpec) -> PairedData:
    """`generate(spec)`."""
    return generate(spec)


@st.cache_resource(max_entries=4, show_spinner="Aligning …")
def synthetic_study(data: SyntheticSpec, spec: StudySpec) -> Study:
    """`study` of the synthetic pairs."""
    return study(synthetic_pairs(data), spec)


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


@st.cache_resource(show_spinner=False)
def digits_pairs() -> PairedData:
    """`digits_halves()`."""
    return digits_halves()


@st.cache_resource(max_entries=4, show_spinner="Aligning …")
def digits_study(spec: StudySpec) -> Study:
    """`study` of the digits' halves."""
    return study(digits_pairs(), spec)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Aligning …")
def upload_study(digest: str, choice: ColumnChoice, spec: StudySpec, _table: pd.DataFrame) -> Study:
    """`study` of the pairs of an uploaded table, for the session that brought it."""
    return study(pairs_from_table(_table, choice), spec)
