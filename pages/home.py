"""Home: a question with a live picture, where to go on, every page and every preset."""

import streamlit as st

from alignlab.ui.catalog import HOME as PAGE
from alignlab.ui.catalog import PAGES
from alignlab.ui.lessons.library import shipped
from alignlab.ui.lessons.progress import link
from alignlab.ui.lessons.shelf import lessons
from alignlab.ui.page import gallery, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.diagnose.page import PAGE as DIAGNOSE
from alignlab.ui.parts.home import SIGMA, pictured, pictured_study
from alignlab.ui.parts.home_picture import home_picture
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.words.home import answer_words, headline

WORDS = """
Two views of the same things, video and motion, image and caption, spectrum and light curve,
can be mapped into one space. **alignlab** shows how, and when it fails:

- **Perfect alignment**: the maps are a null space, found by one singular value decomposition.
- **Collapse**: a perfect score that means nothing, and the scale-free metrics that detect it.
- **Your own pairs**: the same charts and numbers for a file of yours.
- Every page has a **share link**, **presets** and a **script** that reproduces its numbers.
"""

# where to go on: title, icon, sentence, label of the link, page and its query
DOORS = (
    ("Teach", ":material/school:", "Move a slider in front of the class; a link brings the same "
     "picture back tomorrow.", "Start with collapse", ALIGNMENT,
     lambda: link(shipped("collapse"))),
    ("Explore", ":material/explore:", "Align or predict? Click through the phase diagram and see "
     "what decides.", "Open the phase diagram", PHASE,
     lambda: PHASE.address(PHASE.presets["Figure 2a"])),
    ("Bring your data", ":material/upload_file:", "Two views of the same samples: whether to "
     "align, to predict, or to train nothing.", "Diagnose your files", DIAGNOSE,
     lambda: DIAGNOSE.address(DIAGNOSE.presets["Your files"])),
)  # fmt: skip


def body() -> None:
    """The question with its picture, the doors, the gallery."""
    sigma = PAGE.values()["sigma"]
    line = verdict()
    side, picture = st.columns([1, 2.4])
    study = pictured_study(sigma)
    with picture:
        home_picture(study)
    line.markdown(headline(study, sigma))
    with side:
        widgets(SIGMA)
        st.markdown(answer_words(study))
        st.page_link(
            ALIGNMENT.script,
            label="Look closer at such pairs",
            icon=ALIGNMENT.icon,
            query_params=ALIGNMENT.address(pictured(sigma)),
        )
    doors()
    lessons()
    st.subheader("Every page")
    gallery(PAGES[1:])
    st.markdown(WORDS)


def doors() -> None:
    """Three ways to go on."""
    for place, (title, icon, words, label, page, query) in zip(st.columns(3), DOORS, strict=True):
        with place.container(border=True, height="stretch", gap="xsmall", key=f"door {title}"):
            st.markdown(f"**{icon} {title}**  \n{words}")
            st.page_link(page.script, label=label, icon=page.icon, query_params=query())


PAGE.run(body)
