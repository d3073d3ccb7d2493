"""alignlab: the router. Run it with `streamlit run app.py`, or `alignlab app`."""

import os

import streamlit as st

# threads that wait for others leave the processor to other sessions and to the browser
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from alignlab.ui.catalog import HOME, SECTIONS
from alignlab.ui.disk import need_no_disk
from alignlab.ui.ending import end_in_time
from alignlab.ui.folder import app_folder
from alignlab.ui.whole_runs import keep_runs_whole

ICON = app_folder() / "assets" / "icon.png"

keep_runs_whole()
need_no_disk()
end_in_time()

st.set_page_config(page_title="alignlab", page_icon=ICON, layout="wide")
st.navigation(
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
).run()
