import json
import re
import sys
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest

import alignlab as al
from alignlab.diagnosis.tables import all_numbers, numbers
from alignlab.figures.diagnosis import FIGURES, known
from alignlab.words.diagnose import diagnosis_words, headline, without_noise
from tests.diagnoses import KINDS, diagnosis

each_kind = pytest.mark.parametrize("kind", KINDS)


class Page(HTMLParser):
    """The text, tags and attributes of HTML; every tag that opens closes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], set(), [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def same(one, other, where="found"):
    """Equal field by field: types, shapes and every bit; NaN equals NaN."""
    assert type(one) is type(other) or isinstance(one, np.generic), where
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            same(one[key], other[key], f"{where}[{key}]")
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{i}]")
    elif isinstance(one, np.ndarray):
        assert (one.shape, one.dtype) == (other.shape, other.dtype), where
        np.testing.assert_array_equal(one, other, where)
    else:
        np.testing.assert_equal(other, one, where)


@each_kind
def test_json_brings_every_field_back(kind):
    found = diagnosis(kind)
    same(found, al.Diagnosis.from_json(found.to_json()))


@each_kind
def test_the_json_holds_the_numbers_of_the_page(kind):
    told = json.loads(diagnosis(kind).to_json(), parse_constant=pytest.fail)
    expected = json.loads(json.dumps(numbers(diagnosis(kind))))
    assert {name: told[name] for name in expected} == expected
    assert set(told) == {*expected, "format", "version", "fields"}


def test_the_json_file_of_the_app_is_read():
    file = {"page": "Diagnose", "diagnosis": json.loads(diagnosis("Both").to_json())}
    same(diagnosis("Both"), al.Diagnosis.from_json(json.dumps(file)))


def test_names_of_classes_come_back_as_they_were():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3))
    labels = np.array(["<b>", "é", "NaN?"])[np.arange(60) % 3]
    found = al.diagnose(X, X + rng.standard_normal((60, 3)), labels, resamples=2)
    again = al.Diagnosis.from_json(found.to_json())
    same(found, again)
    assert set(again.labels_read.columns[0].classes) == {"<b>", "é", "NaN?"}


def test_the_json_of_an_alignment_is_no_diagnosis():
    text = al.pls_svd(np.eye(5)[:, :2], np.eye(5)[:, 1:3], 1).to_json()
    with pytest.raises(ValueError, match=r"an Alignment: read it with Alignment\.from_json"):
        al.Diagnosis.from_json(text)


@each_kind
def test_the_repr_is_short_and_names_the_verdict(kind):
    found = diagnosis(kind)
    assert len(repr(found)) <= 300
    assert f"regime={found.regime!r}" in repr(found)
    assert f"n={found.n}," in repr(found)


@each_kind
def test_the_summary_is_the_words_of_the_page_without_markup(kind):
    found = diagnosis(kind)
    first, empty, *rest = found.summary().split("\n")
    assert first == headline(found).replace("**", "")
    assert empty == ""
    assert rest == [f"- {words}".replace("**", "") for words in diagnosis_words(found)]
    assert "*" not in found.summary()


@each_kind
def test_the_html_is_well_formed_and_loads_nothing(kind):
    page = Page(diagnosis(kind)._repr_html_())
    assert page.tags <= {"div", "p", "strong", "table", "caption", "tr", "th", "td"}
    assert {name for name, _ in page.attributes} <= {"style"}
    assert not any("url" in value for _, value in page.attributes)


def test_the_html_takes_all_its_colours_from_the_notebook():
    styles = [value for _, value in Page(diagnosis("Both")._repr_html_()).attributes]
    told = [one.strip().split(": ") for style in styles for one in style.split(";") if one.strip()]
    coloured = [value for name, value in told if re.match("color|background|border", name)]
    assert len(coloured) > 20
    assert set(coloured) <= {"inherit", "transparent", "1px solid currentColor", "collapse"}


def test_the_html_tells_scores_and_ratios():
    texts = " ".join(Page(diagnosis("Both")._repr_html_()).texts)
    assert "x and y" in texts
    assert "3.09" in texts  # Delta of CA
    texts = " ".join(Page(diagnosis("torn")._repr_html_()).texts)
    assert "weakest signal" not in texts  # of rows that are no pairs


def test_the_html_escapes_what_it_tells():
    reason = 'labels & <script>alert("x")</script> **bold**'
    found = replace(diagnosis("unlabelled"), reason=reason)
    page = Page(found._repr_html_())
    assert "script" not in page.tags
    assert '<script>alert("x")</script>' in " ".join(page.texts)


@each_kind
def test_the_frame_is_tidy_and_holds_all_numbers(kind):
    found, frame = diagnosis(kind), diagnosis(kind).to_frame()
    assert frame.columns.tolist() == ["part", "row", "quantity", "value"]
    assert frame["value"].dtype == float
    assert not frame.duplicated(["part", "row", "quantity"]).any()
    keyed = frame.set_index(["part", "row", "quantity"])["value"]
    np.testing.assert_array_equal(keyed[: len(all_numbers(found))], all_numbers(found)["value"])
    if found.pairing is not None:
        assert keyed["pairing", "linear CKA", "z"] == found.pairing.cka.z


@each_kind
def test_every_figure_that_is_known_is_drawn(kind):
    found = diagnosis(kind)
    names = known(without_noise(found))
    for name in names:
        go.Figure(found.plot(name).to_dict())  # validates every property
    default = "held-out scores" if found.scores is not None else "ratios"
    default = default if default in names else "spectrum of C"
    assert found.plot().layout.title.text == found.plot(default).layout.title.text


@pytest.mark.parametrize("name", [name for name, one in FIGURES.items() if one.needs])
def test_a_figure_that_is_not_known_says_why(name):
    with pytest.raises(ValueError, match=rf"no figure {name!r}, .+; known: spectrum of C"):
        diagnosis("early, unlabelled").plot(name)


def test_rows_that_are_no_pairs_have_no_ratios_to_draw():
    assert diagnosis("torn").population is not None
    with pytest.raises(ValueError, match="no figure 'ratios'"):
        diagnosis("torn").plot("ratios")


def test_an_unknown_figure_names_those_that_there_are():
    with pytest.raises(ValueError, match="name = 'pie' is not known: use one of held-out scores, "):
        diagnosis("Both").plot("pie")


def test_only_plot_needs_plotly(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    found = diagnosis("Both")
    assert found.summary()
    assert found._repr_html_()
    assert found.to_json()
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'alignlab\[plot\]'$"):
        found.plot()
