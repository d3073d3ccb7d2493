import re
from html.parser import HTMLParser

import pytest

from alignlab.words.glossary import DIAGNOSIS, TERMS
from alignlab.words.terms import (
    Term,
    html_formula,
    meanings,
    on_page,
    plain_formula,
    terms_markdown,
)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_formula_reads_the_same_in_html_and_in_plain_text(term):
    text = html_formula(term.formula)
    assert not re.search(r"[\\{}$^_]", text)
    tags = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append(tag)

    Tags().feed(text)
    assert len(tags) == term.formula.count("_{") + term.formula.count("^{")
    plain = plain_formula(term.formula)
    assert not re.search(r"[\\{}$]", plain)
    assert re.sub(r"[_^()]", "", plain) == re.sub(r"<[^>]*>|[()]", "", text).replace("&lt;", "<")


def test_a_formula_becomes_subscripts_superscripts_and_words():
    formula = r"S_{xx}^{-1/2} < \text{min signal}"
    assert html_formula(formula) == "S<sub>xx</sub><sup>−1/2</sup> &lt; min signal"
    assert plain_formula(formula) == "S_xx^(−1/2) < min signal"


def test_markdown_lists_all_terms_with_balanced_formulas():
    lines = terms_markdown(DIAGNOSIS).splitlines()
    assert len(lines) == len(DIAGNOSIS)
    for line, term in zip(lines, DIAGNOSIS, strict=True):
        assert line.startswith(f"- **{term.name}**: {term.meaning}")
        assert line.count("$") == 2 * bool(term.formula)
    assert meanings(DIAGNOSIS[:2]).count("\n\n") == 1


def test_words_may_begin_a_sentence_and_symbols_stay_as_they_are():
    term = Term(name="κ", meaning="", spellings=("κ", "x → y", "R@1", "null space", "top-1"))
    assert term.written == (*term.spellings, "Null space", "Top-1")
    assert Term(name="CP", meaning="").written == ("CP",)


def test_a_spelling_means_on_a_page_what_it_means_there():
    general = Term(name="d", meaning="Of both.")
    there = Term(name="d there", meaning="Of each.", spellings=("d",), pages=("there",))
    other = Term(name="k", meaning="Another.")
    assert on_page((general, there, other), "here") == [general, other]
    assert on_page((general, there, other), "there") == [there, other]


def test_all_is_told_in_one_plain_line():
    term = Term(name="κ", full="strength", meaning="A deviation.", formula="κ^{2} = 1")
    assert term.plain == "strength: A deviation. κ^2 = 1"
    assert Term(name="κ", meaning="A deviation.").plain == "A deviation."
