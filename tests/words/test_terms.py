import re
from html.parser import HTMLParser

import pytest

from alignlab.words.terms import TERMS, html_formula, terms_markdown

MUST = ("CA", "CP", "CP reversed", "Δ", "C", "A", "Signal", "Nuisance", "Support",
        "Permutation null", "Label subspace")  # fmt: skip


def test_every_term_of_a_diagnosis_is_explained():
    names = [term.name for term in TERMS]
    assert set(MUST) <= set(names)
    assert len(set(names)) == len(names)
    assert all(term.meaning.endswith(".") for term in TERMS)
    with_formula = {term.name for term in TERMS if term.formula}
    assert set(MUST) - {"Label subspace"} <= with_formula


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_formula_reads_the_same_in_html(term):
    text = html_formula(term.formula)
    assert not re.search(r"[\\{}$^_]", text)
    tags = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append(tag)

    Tags().feed(text)
    assert len(tags) == term.formula.count("_{") + term.formula.count("^{")


def test_a_formula_becomes_subscripts_superscripts_and_words():
    assert html_formula(r"S_{xx}^{-1/2} < \text{min signal}") == (
        "S<sub>xx</sub><sup>−1/2</sup> &lt; min signal"
    )


def test_markdown_lists_all_terms_with_balanced_formulas():
    lines = terms_markdown().splitlines()
    assert len(lines) == len(TERMS)
    for line, term in zip(lines, TERMS, strict=True):
        assert line.startswith(f"- **{term.name}**: {term.meaning}")
        assert line.count("$") == 2 * bool(term.formula)
