"""Home: what alignlab is, one animated chart, every page and every preset."""

import streamlit as st

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.alignment import StudySpec
from alignlab.figures.pipeline import morph
from alignlab.figures.scatter import Members
from alignlab.ui.catalog import HOME as PAGE
from alignlab.ui.catalog import PAGES
from alignlab.ui.chart import Panel, charts
from alignlab.ui.lessons.shelf import lessons
from alignlab.ui.page import gallery
from alignlab.ui.parts.alignment import synthetic_study
from alignlab.words.numbers import number

PICTURED = SyntheticSpec(n=500, components=3, seed=168)

WORDS = """
Two views of the same things, video and motion, image and caption, spectrum and light curve,
can be mapped into one space. **alignlab** shows how, and when it fails:

- **Perfect alignment**: the maps are a null space, found by one singular value decomposition.
- **Collapse**: a perfect score that means nothing, and the scale-free metrics that detect it.
- **Your own pairs**: the same charts and numbers for a file of yours.
- Every page has a **share link**, **presets** and a **script** that reproduces its numbers.
"""


def body() -> None:
    """Introduction, one animated chart, the pages."""
    words, picture = st.columns([2, 3], vertical_alignment="center")
    study = synthetic_study(PICTURED, StudySpec(k=PICTURED.k))
    error = number(study.table.loc["NCMAE", ("informative", "train")])
    figure = morph(
        start=(study.train.X1, study.train.X2),
        end=study.informative.train,
        who=Members(labels=study.train.labels, classes=study.train.classes, rows=study.train_rows),
        title="Modality 1 ○ and modality 2 ×, mapped into one space",
    )
    caption = (
        f"Press ▶. {study.train.n} pairs from {PICTURED.components} Gaussians; at t = 0 both "
        "modalities as observed, scaled to fit; at t = 1 the aligned latent, where partners "
        f"coincide: NCMAE {error}."
    )
    with picture:
        charts([Panel(name="morph", figure=figure, caption=caption)], key="home")
    words.markdown(WORDS)
    lessons()
    for page in PAGES[1:]:
        gallery(page)


PAGE.run(body)
