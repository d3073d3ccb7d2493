"""The terms of a page: the first one of each in its texts is marked, and explained on request.

A component below the page marks them in the browser, among all texts that the page shows, in the
order in which a reader meets them. An explanation opens under the pointer or the keyboard's focus.
What stands in charts and tables, which cannot be marked, is listed below the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
import streamlit as st

from alignlab.words.glossary import TERMS
from alignlab.words.terms import html_formula, on_page

PATH = "glossary"
"""Path of the page with all terms."""

_HERE = Path(__file__).parent

MODULE = (_HERE / "terms.js").read_text()
"""The component's script."""

_terms = st.components.v2.component(
    "alignlab_terms",
    html='<div class="alignlab-terms"></div>',
    css=(_HERE / "terms.css").read_text(),
    js=MODULE,
    isolate_styles=False,  # it marks the page's own text
)


def explained_terms(path: str) -> None:
    """Explain the terms of the page with this path, and link the glossary; once a page."""
    if path == PATH:
        return
    _terms(key="terms", data=message(path))
    st.page_link(f"pages/{PATH}.py", label="All terms: the glossary", icon=":material/book_2:")


@cache
def message(path: str) -> bytes:
    """The terms of a page for the component, which the browser keeps from run to run."""
    return orjson.dumps(
        [
            {
                "name": term.name,
                "full": term.full,
                "meaning": term.meaning,
                "formula": html_formula(term.formula),
                "plain": term.plain,
                "spellings": term.written,
                "tex": term.tex,
            }
            for term in on_page(TERMS, path)
        ]
    )
