"""Home: what alignlab is, one live picture, every page and every preset."""

import numpy as np
import streamlit as st

from alignlab.figures.pipeline import morph
from alignlab.figures.scatter import Members
from alignlab.study import StudySpec
from alignlab.synthetic import SyntheticSpec
from alignlab.ui.cache import synthetic_study
from alignlab.ui.catalog import HOME as PAGE
from alignlab.ui.catalog import PAGES
from alignlab.ui.chart import chart
from alignlab.ui.page import gallery
from alignlab.words import number

PICTURED = SyntheticSpec(n=500, components=3, seed=5)

PAGE.open()
PAGE.publish()
st.title("alignlab: see multimodal alignment")
words, picture = st.columns([2, 3], vertical_alignment="center")

study = synthetic_study(PICTURED, StudySpec(k=PICTURED.k))
ends = study.informative.train
start = tuple(X / np.abs(X).max() for X in (study.train.X1, study.train.X2))
end = tuple(Z / np.abs(ends).max() for Z in ends)
error = number(study.table.loc["NCMAE", ("informative", "train")])

words.markdown(
    """
Two views of the same things, video and motion, image and caption, spectrum and light curve,
can be mapped into one space. **alignlab** shows how, and when it fails:

- **Perfect alignment**: the maps are a null space, found by one singular value decomposition.
- **Collapse**: a perfect score that means nothing, and the scale-free figures that see it.
- **Your own pairs**: the same pictures and numbers for a file that you bring.
- Every picture has a **link**, a **preset** and a **script** that makes its numbers again.
"""
)
with picture:
    chart(
        morph(
            start,
            end,
            Members(
                labels=study.train.labels, classes=study.train.classes, rows=study.train_rows
            ),
            title="Modality 1 ○ and modality 2 ×, on their way into one space",
        ),
        key="home",
        height=430,
        alt="Two clouds of points, circles and crosses, move until each circle meets its cross",
    )  # fmt: skip
    st.caption(
        f"Press ▶. {study.train.n} pairs from {PICTURED.components} Gaussians; at t = 0 what each "
        f"modality sees, scaled to fit, at t = 1 the aligned latent: partners coincide, "
        f"NCMAE {error}."
    )
for page in PAGES[1:]:
    gallery(page)
