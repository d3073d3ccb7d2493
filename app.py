"""alignlab: the router. Run it with `streamlit run app.py`."""

import streamlit as st

from alignlab.ui.catalog import HOME, SECTIONS

st.set_page_config(page_title="alignlab", page_icon="assets/icon.png", layout="wide")
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
