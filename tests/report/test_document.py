import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import ratio_table
from alignlab.figures import diagnose_spectra as spectra
from alignlab.provenance import versions
from alignlab.report import document, figures
from alignlab.report.data import DataDescription
from alignlab.report.document import report, sentences
from alignlab.report.method import PAPER, method_steps
from alignlab.report.page import Document
from alignlab.words.diagnose import headline, picture_words, ratio
from alignlab.words.glossary import DIAGNOSIS as TERMS
from tests.diagnoses import KINDS, diagnosis

EVIL = "<script>alert(1)</script>"
SCRIPT = "table = found = None"
NAMES = tuple(f"x{i}" for i in range(20)), tuple(f"y{i}" for i in range(20))
DATA = DataDescription(
    title="Diagnosis of left.npy + right.npy", dimensions=(20, 20),
    files=(("left.npy", "a1" * 32), ("right.npy", "b2" * 32)), columns=NAMES, labels=("z",),
    notes=("no names in the first line of left.npy",),
)  # fmt: skip
DATE = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
SPEC = DiagnosisSpec(seed=7, resamples=20)


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
        elif "style" not in self._open:
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"\s+", " ", "".join(self.text))

    def cells(self):
        return [piece.strip() for piece in self.text if piece.strip()]


def reported(kind="Both", **changed):
    parts = {"data": DATA, "spec": SPEC, "script": SCRIPT, "date": DATE}
    return report(diagnosis(kind), **(parts | changed))


@pytest.fixture(scope="module")
def shown():
    return Page(reported())


def test_nothing_is_fetched_from_elsewhere(shown):
    for tag, attributes in shown.tags:
        assert not {"src", "href", "srcset", "data", "action"} & set(attributes)
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form")


def test_plotly_is_there_once_and_before_what_needs_it(shown):
    large = [i for i, script in enumerate(shown.scripts) if len(script) > 1_000_000]
    assert len(large) == 1
    plots = [i for i, script in enumerate(shown.scripts) if "Plotly.newPlot(" in script[:5000]]
    assert len(plots) >= 2
    assert large[0] < min(set(plots) - set(large))


def test_a_report_is_one_whole_document(shown):
    whole = reported()
    assert whole.startswith("<!DOCTYPE html>")
    assert whole.endswith("</body></html>")
    assert [tag for tag, _ in shown.tags].count("body") == 1
    assert ("html", {"lang": "en"}) in shown.tags
    assert ("meta", {"charset": "utf-8"}) in shown.tags


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_are_those_of_the_diagnosis(kind):
    found = diagnosis(kind)
    page = Page(reported(kind))
    for sentence in (headline(found), *sentences(found, columns=NAMES), *method_steps(found, SPEC)):
        assert re.sub(r"\s+", " ", sentence).replace("**", "") in page.words
    assert "**" not in page.words


def test_the_numbers_are_those_of_the_diagnosis(shown):
    cells, found = shown.cells(), diagnosis("Both")
    at = cells.index("Δ, population")
    deltas = [ratio(value) for value in ratio_table(found)["delta"]]
    assert cells[at + 1 : at + 4] == deltas
    assert cells[cells.index("Labels 3") + 1] == f"read as {found.labels_read.columns[2].words}"


def test_the_head_tells_data_date_versions_and_seed(shown):
    cells = shown.cells()
    assert cells[:2] == [DATA.title, DATA.title]  # of the window, and on the shown
    for told in (
        f"left.npy, SHA-256 {'a1' * 32}", "400", "20 features: x0 … x19 (20 columns)",
        "0 of 400 (0%)", "No names in the first line of left.npy.", "3 November 2026, 09:05 UTC",
        "7", "seed=7, resamples=20, components=100, ridge=0.0, scale='auto', kind=None",
        ", ".join(f"{name} {number}" for name, number in versions().items()),
    ):  # fmt: skip
        assert told in cells
    assert f"numpy {np.__version__}" in shown.words


def test_terms_method_citation_and_script_follow(shown):
    cells = shown.cells()
    order = ["Data and settings", "Findings", "Tables", "Figures", "Method", "Terms", "How to cite",
             "Reproduction"]  # fmt: skip
    places = [cells.index(title) for title in order]
    assert places == sorted(places)
    assert all(term.name in cells and f": {term.meaning}" in cells for term in TERMS)
    assert PAPER in shown.words
    assert "at most 100, and at least 5 rows per component" in shown.words


def test_figures_and_tables_are_numbered_and_every_figure_can_be_saved(shown):
    drawn = figures.pictures(diagnosis("Both"))
    bold = [cell for cell in shown.cells() if re.fullmatch(r"(Table|Figure) \d+\.", cell)]
    tables = [cell for cell in bold if cell.startswith("Table")]
    assert tables == [f"Table {i + 1}." for i in range(5)]
    assert bold[5:] == [f"Figure {i + 1}." for i in range(len(drawn))]
    saves = [attributes["data-saves"] for tag, attributes in shown.tags if tag == "button"]
    assert saves == ["figure", *(f"#figure-{i + 1}" for i in range(len(drawn)))]
    captions = picture_words(diagnosis("Both"))
    for name in drawn:
        assert f"{figures.TITLES[name]}. {captions[name]}" in shown.words


def test_the_verdict_comes_first_and_in_bold(shown):
    tags = [tag for tag, _ in shown.tags]
    assert tags.index("strong") < tags.index("ul")
    assert reported().count('<p class="result"><strong>Train nothing</strong>: ') == 1
    assert reported().count("<strong>Both</strong> (all 20 resamples agree)") == 1


def test_many_columns_are_runs_in_the_settings():
    names = tuple(f"emb[{i}]" for i in range(1280))
    whole = Page(reported(settings={"view1": names, "seed": 0})).words
    assert '"view1": "emb[0] … emb[1279] (1,280 columns)"' in whole
    assert "emb[17]" not in whole


@pytest.mark.parametrize(
    "evil", [EVIL, "<img src=x onerror=alert(1)>", '"><b onload="x">', "a&lt;b"]
)
def test_names_of_the_user_are_text_and_never_tags(evil, monkeypatch):
    figure = spectra.spectrum(diagnosis("Both"), "ca", keep=evil)
    figure.layout.title.text = evil
    figure.data[0].name = evil
    monkeypatch.setattr(document, "pictures", lambda *_, **__: {evil: figure})
    tables = {evil: ratio_table(diagnosis("Both")).rename(index={"ca": evil}).map(str)}
    monkeypatch.setattr(document, "shown_tables", lambda found: tables)
    monkeypatch.setattr(document, "headline", lambda *_: f"**{evil}**: x.")
    monkeypatch.setattr(document, "sentences", lambda *_, **__: [evil])
    hostile = DataDescription(
        title=evil, dimensions=(1, 1), files=((evil, "0"),), columns=((evil,), (evil,)),
        labels=(evil,), notes=(evil,),
    )  # fmt: skip
    whole = reported(data=hostile, settings={evil: evil}, script=f"# {evil}")
    page = Page(whole)
    plain = Page(reported(settings={"a": 1}))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}
    for tag in ("script", "b", "button"):
        assert sum(one == tag for one, _ in page.tags) == sum(one == tag for one, _ in plain.tags)
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    # window, title, result, file, two views, note, finding, table, row, caption, script, settings
    assert "".join(page.text).count(evil) >= 13


def test_a_hostile_label_stays_inside_the_data_of_a_figure():
    figure = spectra.spectrum(diagnosis("Both"), "ca", keep="v")
    figure.data[0].name = "</script><script>alert(1)</script>"
    page = Document("t")
    page.figures({"a": figure}, {"a": "b"})
    assert not any(script.strip() == "alert(1)" for script in Page(page.html()).scripts)


def test_without_plotly_the_remedy_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "plotly", None)
    for name in [name for name in sys.modules if name.startswith("plotly.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=r"a report .* pip install 'alignlab\[plot\]'"):
        reported()
