"""The glossary: every symbol and abbreviation, with meaning and formula."""

import streamlit as st

from alignlab.ui.parts.glossary import PAGE, glossary


def body() -> None:
    """All terms."""
    st.caption(
        "On the pages, terms that are underlined with dots explain themselves under the pointer, "
        "or when the Tab key reaches them; Escape closes the explanation. The browser's search "
        "finds them here."
    )
    glossary()


PAGE.run(body)
