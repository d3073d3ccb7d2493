"""Synthetic data: a latent cloud, two modalities of it, and the way back."""

from dataclasses import asdict

import streamlit as st

from alignlab.figures.study import DRAWN_PAIRS
from alignlab.figures.synthetic import PIPELINE_PAIRS, synthetic_figures
from alignlab.study import StudySpec
from alignlab.synthetic import mixture_table, moments
from alignlab.ui import parameters
from alignlab.ui.cache import synthetic_pairs, synthetic_study
from alignlab.ui.catalog import ALIGNMENT
from alignlab.ui.catalog import SYNTHETIC_DATA as PAGE
from alignlab.ui.chart import chart
from alignlab.ui.page import refusal, synthetic_controls
from alignlab.ui.scripts import generate_script
from alignlab.ui.takeaway import takeaway
from alignlab.words import data_words

PAGE.open()
with st.sidebar:
    synthetic_controls()
    parameters.PLANE.widget()
st.title(PAGE.title)
PAGE.preset_bar()
values = PAGE.values()
with refusal(PAGE):
    spec = parameters.synthetic_spec(values)
    data = synthetic_pairs(spec)
    study = synthetic_study(spec, StudySpec(k=spec.k))
PAGE.publish()
st.markdown(data_words(spec))
make = lambda: synthetic_figures(  # noqa: E731
    data, study, plane=values["plane"], keep=f"{spec.latent} {values['plane']}"
)
figures = make()

chart(
    figures["pipeline"],
    key="pipeline",
    height=430,
    alt=f"Pipeline: {data_words(spec)} Plain perfect alignment brings both back to one space.",
)
st.caption(
    f"{min(PIPELINE_PAIRS, study.train.n)} of {spec.n:,} pairs. S⁽¹⁾ and S⁽²⁾ turn the latent into "
    "two modalities; A⁽¹⁾ and A⁽²⁾ are estimated from the pairs alone, by plain perfect alignment."
)
columns = st.columns(3)
for column, name in zip(columns, ("latent", "modality 1", "modality 2"), strict=True):
    with column:
        chart(figures[name], key=name, height=400, alt=f"{name}: {min(spec.n, DRAWN_PAIRS)} points")
if spec.n > DRAWN_PAIRS:
    st.caption(f"Showing {DRAWN_PAIRS:,} of {spec.n:,} pairs; everything computed uses all.")

left, right = st.columns(2)
for column, name, d in ((left, "S1", spec.d1), (right, "S2", spec.d2)):
    with column:
        chart(figures[name], key=name, height=330, alt=f"{name}, {d} by {spec.k}, as a heat map")

if spec.latent == "gmm":
    st.dataframe(mixture_table(spec, data))
st.page_link(
    ALIGNMENT.script,
    label="Align these pairs",
    icon=ALIGNMENT.icon,
    query_params=ALIGNMENT.address(values),
)
takeaway(
    PAGE.title,
    figures=make,
    table=moments(data),
    parameters=asdict(spec),
    script=generate_script(spec),
)
