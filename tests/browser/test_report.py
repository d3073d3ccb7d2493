"""The report on a diagnosis in Chromium: saved figures, and what it looks like on paper."""

import re
from itertools import pairwise

import pytest
from pypdf import PdfReader, mult

from alignlab.report.document import report
from alignlab.report.page import Document
from alignlab.report.tables import displayed
from alignlab.words.glossary import DIAGNOSIS as TERMS
from tests.diagnoses import diagnosis
from tests.report.test_document import DATA, DATE, SPEC

pytestmark = pytest.mark.xdist_group("browser")


def lines_of(pdf):
    """The lines of text of every page, from top to bottom."""
    pages = []
    for page in PdfReader(pdf).pages:
        found: dict[float, str] = {}

        def note(text, cm, tm, font, size, found=found):
            if text.strip():
                height = round(mult(tm, cm)[5])
                found[height] = found.get(height, "") + text

        page.extract_text(visitor_text=note)
        pages.append([re.sub(r"\s+", " ", found[y]).strip() for y in sorted(found, reverse=True)])
    return pages


def printed(page, html, path):
    page.set_content(html)
    page.pdf(path=path, prefer_css_page_size=True)
    return lines_of(path)


def test_a_printed_report_holds_everything_and_its_figures_are_saved_as_svg(page, tmp_path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    script = "found = 'the whole script'\ntable = found"
    html = report(diagnosis("Both"), data=DATA, spec=SPEC, script=script, date=DATE)
    pages = printed(page, html, tmp_path / "report.pdf")
    text = re.sub(r"\s+", "", "".join(line for lines in pages for line in lines)).replace("ﬁ", "fi")
    for told in (
        DATA.title, "left.npy", "a1" * 32, "x0 … x19 (20 columns)", "3 November 2026",
        "Theory says Both", "seed=7", "Table 5.", "Figure 9.", "< 0.01 (100 permutations)",
        "at most 100", "arXiv:2606.11190", "the whole script", "reported = [",
        *(term.meaning for term in TERMS),
    ):  # fmt: skip
        assert re.sub(r"\s+", "", told) in text
    assert "SaveasSVG" not in text
    assert not any(url.startswith("http") for url in asked)
    saved = []
    page.on("download", lambda download: saved.append(download))
    page.get_by_role("button", name="All figures as SVG").click()
    page.wait_for_function("document.querySelectorAll('figure').length == 9")
    while len(saved) < 9:
        page.wait_for_timeout(50)
    names = [download.suggested_filename for download in saved]
    assert names[:2] == ["Figure 1 held-out scores.svg", "Figure 2 scores by dimension.svg"]
    assert saved[0].path().read_text().startswith("<svg")


def test_no_heading_is_the_last_line_of_a_page_and_no_table_is_cut(page, tmp_path):
    document = Document("Long")
    table = displayed(diagnosis("Both"))
    for number in range(24):
        document.bullets(["Filled " * (40 + 37 * number % 300)])
        document.section(f"Heading {number}")
        if number % 3 == 0:
            document.table(f"of {number}", table)
        elif number % 3 == 1:
            document.code(f"Folded {number}", "line\n" * 9)
        else:
            document.steps(["one step of the method " * 12] * 3)
    pages = printed(page, document.html(), tmp_path / "long.pdf")
    assert len(pages) > 8
    for lines in pages:
        assert not re.match(r"Heading|Table|Folded|▾ Folded", lines[-1])
    heads = [
        (i, first, then)
        for i, lines in enumerate(pages)
        for first, then in pairwise(lines)
        if first.startswith("Table")
    ]
    assert len(heads) == 8
    for lines in pages:  # a table that starts on a page also ends there
        assert sum(line.startswith("Table") for line in lines) == sum(
            line.startswith("dimension of the label subspace") for line in lines
        )
