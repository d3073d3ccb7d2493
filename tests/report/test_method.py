import re

from alignlab.report.method import PAPER, SOFTWARE
from tests.server import ROOT


def test_paper_and_software_are_cited_as_the_citation_file_does():
    cited = (ROOT / "CITATION.cff").read_text()
    paper = next(one for one in cited.split("  - type: article") if "When to Align" in one)
    names = re.findall(r"family-names: (.+)", paper)
    assert len(names) == 5
    assert all(f"{name}, " in PAPER for name in names)
    for found in (re.search(r'title: "(.+)"', paper), re.search(r'value: "(.+)"', paper)):
        assert found[1] in PAPER
    for pattern in (r'^title: "(.+)"', r"^version: (.+)", r'name: "(.+)"'):
        assert re.search(pattern, cited, re.M)[1] in SOFTWARE
