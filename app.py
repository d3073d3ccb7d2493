"""alignlab: the router. Run it with `streamlit run app.py`, or `alignlab app`."""

import os

import streamlit as st

# threads that wait for others leave the processor to other sessions and to the browser
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from alignlab.ui.beside import COMPARISON
from alignlab.ui.catalog import HOME, SECTIONS
from alignlab.ui.companions import accompany
from alignlab.ui.folder import app_folder
from alignlab.ui.jobs import give_way, page_first
from alignlab.ui.lessons.player import LESSONS
from alignlab.ui.presenter import PRESENTER
from alignlab.ui.server import arrange
from alignlab.ui.sessions import admitted
from alignlab.ui.setting import moving

ICON = app_folder() / "assets" / "icon.png"

arrange()
accompany(LESSONS)
accompany(COMPARISON)
accompany(PRESENTER)
st.set_page_config(page_title="alignlab", page_icon=ICON, layout="wide")
page = st.navigation(
    {
        section: [
            st.Page(
                page.script, title=page.short or page.title, icon=page.icon, default=page is HOME
            )
            for page in pages
        ]
        for section, pages in SECTIONS.items()
    },
    position="top",
)
if admitted():
    if moving():  # a slider is dragged: the next value comes soon, and others wait for one only
        give_way()
    with page_first():
        page.run()
