import ast
import re
import unicodedata
from collections import Counter
from functools import cache

import pytest

from alignlab.ui.catalog import PAGES
from alignlab.words.glossary import DIAGNOSIS, SECTIONS, TERMS, named
from alignlab.words.terms import on_page
from tests.server import ROOT

ASKED = (
    "CMAE", "NCMAE", "relative CMAE", "MLRE", "PA", "CA", "CP", "CP reversed", "CCA", "PLS-SVD",
    "RRR", "InfoNCE", "ν", "κ", "γ", "γ̃", "ρ", "τ", "ξ", "η", "Δ", "Ridge", "Trustworthiness",
    "R@1",
)  # fmt: skip

EXEMPT = {
    "CSV", "JSON", "MiB", "NaN", "SHA-256",  # of computers
    "ALIGNLAB_DATA_ROOTS", "XDG_CACHE_HOME", "BRING", "FILE", "FILES", "YOUR",  # of scripts
    "AdamW", "RdBu", "ICIP",  # names of an optimiser, a colour scale and a conference
    "ε", "π", "ω",  # standard noise, weights and angular velocity, each beside its own words
}  # fmt: skip

ABBREVIATION = re.compile(r"(?<![\w\\#/.])[\w²@-]*(?:[A-Z][\w²@-]*[A-Z]|R@\d|R²)[\w²@-]*")
GREEK = re.compile("[\u0370-\u03ff]\u0303?")


def strings(path):
    """The texts in a module that are shown: no docstrings, keys that are compared, or formulas."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and not re.fullmatch("#[0-9A-Fa-f]{6}", node.value):
            yield node.value


@cache
def used():
    """Abbreviations and Greek symbols in words, figures, names and the labels of controls."""
    folders = [ROOT / "alignlab" / name for name in ("words", "figures")]
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    paths = [path for path in paths if path.name not in ("glossary.py", "terms.py")]
    texts = [text for path in (*paths, ROOT / "alignlab" / "names.py") for text in strings(path)]
    drawing = [*(ROOT / "alignlab" / "ui" / "parts").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    sentences = re.compile(r"^[A-Z]\w* \w+|\w \w+[.:]$")  # and no scripts
    texts += [text for path in drawing for text in strings(path) if sentences.search(text)]
    for page in PAGES:
        for control in page.controls:
            texts += [control.label, control.help]
            texts += map(str, getattr(control, "options", {}).values())
    found = Counter()
    for text in texts:
        plain = re.sub(r"\$[^$]*\$|<[^>]*>|%\{[^}]*\}", " ", unicodedata.normalize("NFC", text))
        found.update(ABBREVIATION.findall(plain))
        found.update(GREEK.findall(plain))
    return found


@cache
def known():
    """The words and symbols in all spellings."""
    spellings = {word for term in TERMS for word in term.written}
    words = {part for one in spellings for part in re.split(r"[\s()]+", one)}
    return spellings | words | {sign for one in spellings for sign in GREEK.findall(one)}


def test_the_search_finds_what_is_used():
    assert {"CMAE", "PLS-SVD", "R@1", "D_Test", "IMU", "CCA", "κ", "γ̃", "Δ"} <= set(used())


def test_every_abbreviation_and_greek_symbol_is_in_the_glossary():
    missing = {name for name in used() if name not in known() | EXEMPT}
    assert missing == set()


def test_nothing_is_exempt_that_is_not_used_or_is_explained():
    assert set(used()) >= EXEMPT
    assert not EXEMPT & known()


@pytest.mark.parametrize("name", ASKED)
def test_a_term_has_a_meaning_and_a_formula_or_needs_none(name):
    (term,) = named(name)
    assert term.meaning.endswith(".")
    assert term.formula or name in ("CP reversed", "R@1", "κ", "γ̃")


def test_names_are_unique_and_every_meaning_is_a_sentence():
    names = [term.name for term in TERMS]
    assert len(set(names)) == len(names)
    for term in TERMS:
        assert re.match(r"[A-Z1-9“CMAEκt]", term.meaning)
        assert term.meaning.endswith(".")
        assert not term.full.endswith(".")
    assert sum(map(len, SECTIONS.values())) == len(TERMS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_spelling_has_two_meanings_on_a_page(page):
    found = Counter(word for term in on_page(TERMS, page.path) for word in term.written)
    assert [word for word, count in found.items() if count > 1] == []


def test_the_terms_of_a_diagnosis_are_all_there():
    names = [term.name for term in DIAGNOSIS]
    must = ("CA", "CP", "CP reversed", "Δ", "C", "A", "Signal", "Nuisance", "Support",
            "Permutation null", "Label subspace")  # fmt: skip
    assert set(must) <= set(names)
    assert set(must) - {"Label subspace"} <= {term.name for term in DIAGNOSIS if term.formula}
