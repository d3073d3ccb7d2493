import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import streamlit as st

from alignlab.diagnosis.tables import pairing_table, ratio_table
from alignlab.figures import diagnose as draw
from alignlab.figures import diagnose_spectra as spectra
from alignlab.ui.parts.diagnose import report as module
from alignlab.ui.parts.diagnose.report import offer_report, report
from alignlab.words.diagnose import diagnosis_words, headline, picture_words
from alignlab.words.numbers import number
from tests.diagnoses import KINDS, diagnosis

EVIL = "<script>alert(1)</script>"
NAME = "Diagnose paired embeddings"
SCRIPT = "import pandas as pd\ntable = pd.DataFrame()\n"


class Page(HTMLParser):
    """A report as parsed by a browser: tags with attributes, text, and the scripts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.scripts, self._open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if "script" in self._open:
            self.scripts[-1] += data
        else:
            self.text.append(data)

    def cells(self):
        return [piece.strip() for piece in self.text if piece.strip()]


def pictures(found):
    drawn = {"spectrum of C": spectra.spectrum(found, "ca", keep="v")}
    if found.population is not None:
        drawn["where"] = draw.located(found, None, keep="v")
    return drawn


def reported(kind="Both", **changed):
    found = diagnosis(kind)
    parts = {
        "name": NAME, "words": [headline(found), *diagnosis_words(found)],
        "figures": pictures(found), "captions": picture_words(found),
        "tables": {
            "Ratios": ratio_table(found).map(number), "Pairing": pairing_table(found).map(number),
        },
        "numbers": ratio_table(found),
        "settings": {"case": "spiked", "seed": 0}, "script": SCRIPT,
    }  # fmt: skip
    return report(**(parts | changed))


@pytest.fixture(scope="module")
def page():
    return Page(reported())


def test_nothing_is_fetched_from_elsewhere(page):
    for tag, attributes in page.tags:
        assert not {"src", "href", "srcset", "data", "action"} & set(attributes)
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form")


def test_plotly_is_there_once_and_before_what_needs_it(page):
    large = [i for i, script in enumerate(page.scripts) if len(script) > 1_000_000]
    assert len(large) == 1
    plots = [i for i, script in enumerate(page.scripts) if "Plotly.newPlot(" in script[:5000]]
    assert len(plots) >= 2
    assert large[0] < min(set(plots) - set(large))


def test_a_report_is_one_whole_document(page):
    whole = reported()
    assert whole.startswith("<!DOCTYPE html>")
    assert whole.endswith("</body></html>")
    assert [tag for tag, _ in page.tags].count("body") == 1
    assert ("html", {"lang": "en"}) in page.tags
    assert ("meta", {"charset": "utf-8"}) in page.tags


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_and_numbers_are_those_of_the_diagnosis(kind):
    found = diagnosis(kind)
    page = Page(reported(kind))
    text = re.sub(r"\s+", " ", "".join(page.text))
    for sentence in (headline(found), *diagnosis_words(found)):
        assert sentence.replace("**", "") in text
    assert "**" not in text
    cells = page.cells()
    for name, row in ratio_table(found).iterrows():
        at = cells.index(name)
        assert cells[at + 1 : at + 1 + len(row)] == [number(value) for value in row]
    for name, row in pairing_table(found).iterrows():
        at = cells.index(name)
        assert cells[at + 1 : at + 1 + len(row)] == [number(value) for value in row]
    captions = picture_words(found)
    assert all(captions[title] in text for title in pictures(found))


def test_the_verdict_comes_first_and_in_bold(page):
    tags = [tag for tag, _ in page.tags]
    assert tags.index("strong") < tags.index("ul")
    assert reported().count("<p><strong>Train nothing</strong>: ") == 1
    assert reported().count("<strong>Both</strong> (all 20 resamples agree)") == 1


def test_settings_versions_and_script_are_in_it(page):
    text = "".join(page.text)
    settled = json.loads(text[text.index('{\n  "page"') : text.index("Script")])
    assert settled["parameters"] == {"case": "spiked", "seed": 0}
    assert settled["page"] == NAME
    assert settled["versions"]["numpy"] == np.__version__
    script = text[text.index('"""Diagnose') :]
    assert SCRIPT in script
    assert "these are not the numbers of the page" in script
    compile(script, "reproduce.py", "exec")


@pytest.mark.parametrize(
    "evil", [EVIL, "<img src=x onerror=alert(1)>", '"><b onload="x">', "a&lt;b"]
)
def test_names_of_the_user_are_text_and_never_tags(evil):
    found = diagnosis("Both")
    table = ratio_table(found).rename(index={"ca": evil}, columns={"delta": evil})
    figure = spectra.spectrum(found, "ca", keep=evil)
    figure.layout.title.text = evil
    figure.data[0].name = evil
    whole = reported(
        name=evil, words=[f"**{evil}**: x.", evil], figures={evil: figure}, captions={evil: evil},
        tables={evil: table.map(number)}, numbers=table,
        settings={"files": {evil: "0"}, "labels": evil},
        script=f"# {evil!r}\ntable = 1\n",
    )  # fmt: skip
    page, plain = Page(whole), Page(reported(figures={"spectrum of C": figure}))
    kinds = {tag for tag, _ in page.tags}
    assert kinds <= {tag for tag, _ in plain.tags}
    assert len(page.scripts) == len([1 for tag, _ in page.tags if tag == "script"])
    assert sum(tag == "script" for tag, _ in page.tags) == sum(
        tag == "script" for tag, _ in plain.tags
    )
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    text = "".join(page.text)
    # title, heading, two sentences, caption, heading of the table, row, column, and so on
    assert text.count(evil) >= 8


def test_a_hostile_label_stays_inside_the_data_of_a_figure():
    found = diagnosis("Both")
    figure = spectra.spectrum(found, "ca", keep="v")
    figure.data[0].name = "</script><script>alert(1)</script>"
    page = Page(reported(figures={"spectrum of C": figure}))
    assert not any(script.strip() == "alert(1)" for script in page.scripts)


# --- Downloads ---


@pytest.fixture
def offered(monkeypatch):
    """The downloads that a page offers, by label, with their content when requested."""
    found = {}
    monkeypatch.setattr(module, "folded", lambda title, icon, offer: offer())
    monkeypatch.setattr(st, "download_button", lambda label, **more: found.__setitem__(label, more))

    def of(kind):
        diagnosed, asked = diagnosis(kind), []
        offer_report(
            NAME,
            diagnosed,
            words=[headline(diagnosed), *diagnosis_words(diagnosed)],
            figures=lambda: asked.append(kind) or pictures(diagnosed),
            captions=picture_words(diagnosed),
            tables={"Ratios": ratio_table(diagnosed).map(number)},
            numbers=ratio_table(diagnosed),
            settings={"files": {EVIL: "0"}},
            script=SCRIPT,
        )
        assert asked == []  # charts are made when the report is requested
        return found

    return of


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_strict_json(offered, kind):
    button = offered(kind)["Numbers (JSON)"]
    assert button["file_name"].endswith(".json")

    def refused(constant):
        raise AssertionError(f"{constant} is no JSON")

    read = json.loads(button["data"](), parse_constant=refused)
    assert read["diagnosis"]["regime"] == diagnosis(kind).regime
    assert read["diagnosis"]["n"] == diagnosis(kind).n
    assert read["parameters"] == {"files": {EVIL: "0"}}
    assert read["versions"]["alignlab"]


def test_the_report_is_one_file(offered):
    button = offered("Neither")["Report (one HTML file)"]
    content = button["data"]()
    assert isinstance(content, bytes)
    assert button["file_name"].endswith(".html")
    assert Page(content.decode()).cells()[0] == NAME
    assert EVIL.encode() not in content
