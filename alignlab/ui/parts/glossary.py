"""The glossary: all terms, section by section."""

from __future__ import annotations

from html import escape

import streamlit as st

from alignlab.ui.state import Page
from alignlab.ui.terms import PATH
from alignlab.words.glossary import SECTIONS
from alignlab.words.terms import Term, html_formula

PAGE = Page(
    path=PATH,
    title="Glossary",
    icon=":material/book_2:",
    summary="Every symbol and abbreviation of the pages, with meaning and formula.",
)


def glossary() -> None:
    """All terms; the sections are headings, which a link can name."""
    for title, terms in SECTIONS.items():
        st.subheader(title)
        st.html(f"<dl>{''.join(map(_entry, terms))}</dl>")


def _entry(term: Term) -> str:
    full = f": {escape(term.full)}" if term.full else ""
    formula = f"<br><em>{html_formula(term.formula)}</em>" if term.formula else ""
    return (
        f"<dt><strong>{escape(term.name)}</strong>{full}</dt>"
        f"<dd>{escape(term.meaning)}{formula}</dd>"
    )
