"""Perfect alignment: two views, plain and informative, in the sample and on held-out pairs."""

import streamlit as st

from alignlab.figures.study import DRAWN_PAIRS, study_figures
from alignlab.ui import parameters
from alignlab.ui.catalog import ALIGNMENT as PAGE
from alignlab.ui.catalog import RECOVERY
from alignlab.ui.chart import chart
from alignlab.ui.page import group, refusal, remember_selection, selection, synthetic_controls
from alignlab.ui.study import choose_study, numbers_table, selected_pairs
from alignlab.ui.takeaway import takeaway
from alignlab.words import headline, number, retrieval_words, study_words

PAGE.open()
with st.sidebar:
    parameters.SOURCE.widget()
    if st.session_state[parameters.SOURCE.key] == "synthetic":
        synthetic_controls()
    else:
        parameters.DIMS.widget()
    group("Alignment", parameters.HOLDOUT, parameters.RANK, parameters.SPLIT_SEED, expanded=True)
    group("Pictures", RECOVERY, parameters.PLANE, parameters.LINES)
st.title(PAGE.title)
PAGE.preset_bar()

with refusal(PAGE):
    chosen = choose_study(PAGE.values())
PAGE.publish()
if chosen is None:
    st.stop()
study, values, selected = chosen.study, PAGE.values(), selection()
st.markdown(headline(study))

make = lambda: study_figures(  # noqa: E731
    study,
    plane=values["plane"],
    lines=values["lines"],
    recovery=values["recovery"],
    selected=selected,
    keep=f"{chosen.name} {values['plane']} {values['recovery']}",
)
figures = make()
error = study.table.loc["NCMAE"]


def picture(name: str, words: str) -> None:
    """A figure with its words below, linked with the others by what is selected."""
    chart(figures[name], key=name, height=430, alt=words, on_select=remember_selection)
    st.caption(words)


left, right = st.columns(2)
with left:
    picture("plain", f"Plain: NCMAE {number(error['plain', 'train'])} in the sample.")
with right:
    picture("informative", f"Informative: NCMAE {number(error['informative', 'train'])}.")
shown = min(study.train.n, DRAWN_PAIRS)
st.caption(
    f"{shown:,} of {study.train.n:,} fitted pairs drawn, {min(values['lines'], shown):,} partners "
    "joined by lines. ○ modality 1, × modality 2. Lasso or box a region: the same pairs light up "
    "in all pictures."
)
if selected:
    selected_pairs(study, selected, chosen)
st.markdown("\n".join(f"- {sentence}" for sentence in study_words(study)))

st.subheader("Numbers")
numbers_table(study)
st.caption(retrieval_words(study))

left, right = st.columns(2)
plain = study.plain.alignment
with left:
    chart(
        figures["spectrum"],
        key="spectrum",
        alt=f"Spectrum: {plain.null_dim} of {plain.spectrum.size} singular values count as zero, "
        f"{plain.k} directions are taken",
    )
    st.latex(r"W^\star = \arg\min_{W^\top W = I_k} \lVert [X_1, -X_2]\, W \rVert_F")
if "latent" in figures:
    with right:
        chart(
            figures["latent"],
            key="latent",
            alt="The true latent, coloured by class",
            on_select=remember_selection,
        )
    left, right = st.columns(2)
    with left:
        linear = number(study.table.loc["MLRE 1, up to linear", ("plain", "train")])
        pinv = number(study.table.loc["MLRE 1, pinv(S1)", ("plain", "train")])
        picture(
            "recovered",
            f"MLRE {pinv} with pinv(S⁽¹⁾): the sanity check of Table 2."
            if values["recovery"] == "pinv"
            else f"MLRE {linear} after the best linear map: what can be known of z is known.",
        )

takeaway(
    PAGE.title,
    figures=make,
    table=study.table,
    parameters=chosen.parameters,
    script=chosen.script,
    notes=chosen.notes,
)
