"""The terms of a page, and the page of all terms, without a browser."""

from html import escape

import orjson
import pytest

from alignlab.ui.catalog import ALIGNMENT, GLOSSARY, HOME, PHASE
from alignlab.ui.terms import message
from alignlab.words.glossary import SECTIONS, TERMS
from alignlab.words.terms import html_formula
from tests.apptest import open_page, text


def components(app):
    """The names of the app's own components, in the order in which they are sent."""
    return [element.proto.component_name for element in app.get("bidi_component")]


@pytest.mark.parametrize("page", [HOME, ALIGNMENT], ids=lambda page: page.path)
def test_a_page_sends_its_terms_once_and_links_the_glossary(page):
    app = open_page(page)
    sent = [e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("terms")]
    assert [proto.bytes for proto in sent] == [message(page.path)]
    pictures = "alignlab_points" if page is HOME else "alignlab_charts"
    assert components(app).index(pictures) < components(app).index("alignlab_terms")
    assert "All terms: the glossary" in [link.proto.label for link in app.get("page_link")]


def test_words_are_sent_as_plain_markdown():
    assert "<" not in text(open_page(ALIGNMENT))


def test_the_message_holds_what_is_shown_of_every_term():
    told = {term["name"]: term for term in orjson.loads(message(ALIGNMENT.path))}
    assert told["CMAE"]["full"] == "cross-modal alignment error"
    assert told["ν"]["formula"].startswith("ν = η / √(γ̃<sub>x</sub>")
    assert told["relative CMAE"]["spellings"] == ["relative CMAE", "Relative CMAE"]
    assert told["d"]["meaning"] != orjson.loads(message(PHASE.path))[1]["meaning"]


def test_the_glossary_lists_every_term_with_its_formula():
    app = open_page(GLOSSARY)
    assert app.title[0].value == "Glossary"
    assert [one.value for one in app.subheader] == list(SECTIONS)
    shown = "".join(element.proto.body for element in app.get("html"))
    for term in TERMS:
        assert f"<dt><strong>{escape(term.name)}</strong>" in shown
        assert f"<dd>{escape(term.meaning)}" in shown
        assert html_formula(term.formula) in shown
    assert "alignlab_terms" not in components(app)
