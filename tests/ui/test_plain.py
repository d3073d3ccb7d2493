"""Text from outside never becomes a link, a picture, a colour or a formula on a page."""

import re

import numpy as np
import pandas as pd
import pytest

from alignlab.figures.theme import NAME, as_drawn
from alignlab.ui.catalog import ALIGNMENT, PAGES, SYNTHETIC_DATA
from alignlab.ui.files.paths import allowed
from alignlab.ui.plain import MOST, as_written, named, shortened
from alignlab.ui.setting import UNKNOWN
from tests.apptest import open_page, panels
from tests.benchmarks.fuzz_addresses import SECRET, TEXTS, addresses, leaks, wrong_with

LIVE = re.compile(
    r"(?<!\\)(?:\\\\)*(\*|`|\[|\]|<|\$|~|:(?=\w|/)|\bwww\.|(?<![^\W_])_|_(?![^\W_]))|^[>#+-]"
)
"""A sign of Markdown that no backslash stands before."""


SIGNS = (*TEXTS, "a\\*b*", "www.x.org", "- a", "me@x.org", "_a_ b_c")


@pytest.mark.parametrize("text", SIGNS, ids=range(len(SIGNS)))
def test_no_sign_of_markdown_is_left_and_the_text_reads_the_same(text):
    written = as_written(text)
    assert not LIVE.search(written)
    assert written.isprintable()
    shown = re.sub(r"\\([^\w\s]|_)", r"\1", written)
    same = re.sub(r"\s+", " ", text)
    assert len(shown) == len(same)
    assert all(a in (b, "�") for a, b in zip(shown, same, strict=True))


def test_ordinary_names_and_sentences_stay_as_they_are():
    for text in ("img_emb_0.npy", "x.csv: line 3 has 2 fields (of 5): remove it", "a-b, 3 > 2; é"):
        assert as_written(text) == text
        assert as_drawn(text.replace(">", "")) == text.replace(">", "")


def test_long_names_are_cut_in_the_middle():
    assert shortened("a" * MOST) == "a" * MOST
    assert shortened("a" * 9999 + ".npy", 20) == "a" * 10 + " … " + "aaaaaa.npy"
    assert len(named("_" * 10_000)) < 3 * MOST


def test_plotly_finds_neither_html_nor_templates_in_a_name():
    assert as_drawn("<a href='x'>&%{x}") == "&lt;a href='x'&gt;&amp;%&#123;x}"
    assert len(as_drawn("x" * 1000)) == NAME


# --- Addresses ---


def test_fuzzed_addresses_are_read_with_named_notes_only():
    assert [found for _, page, query in addresses(390) if (found := wrong_with(page, query))] == []


def test_further_unknown_parameters_are_counted():
    _, notes = SYNTHETIC_DATA.read({f"unknown{j}": "1" for j in range(500)})
    assert len(notes) == UNKNOWN + 1
    assert notes[-1].startswith(f"{500 - UNKNOWN} further parameters")
    for page in PAGES:
        _, notes = page.read({"x" * 10_000: "y" * 10_000})
        assert max(map(len, notes)) < 400


def test_fuzzed_paths_are_refused_by_name_or_become_absolute():
    for text in filter(str.strip, TEXTS):
        try:
            told = str(allowed(text))
        except ValueError as error:
            told = str(error)
        assert told.startswith("/") or ": " in told


def test_a_hostile_link_is_shown_as_it_is_written():
    link = f"![x](https://{SECRET}/a.png)"
    app = open_page(ALIGNMENT, source="upload", file=link, digest=link, noise=link, **{link: "1"})
    shown = [*(one.value for one in app.warning), *(one.value for one in app.info)]
    assert len(shown) == 3
    assert all(SECRET in text for text in shown)
    assert leaks(shown) == ""


# --- Uploads ---

ODD = (
    "../../etc/x.csv", "a\0b.csv", "a\nb.csv", "\u202egnp.csv", "x" * 300 + ".csv", ".csv", "..csv",
    "<img src=x>.csv", f"![x](https://{SECRET}!a.png).csv", "C:\\x.csv", "a%00.csv", "CON.csv",
    "é" * 200 + ".CSV", " .csv ", "{0}.csv", "$x$.csv", "-rf.csv", "a.csv.exe", "x", "🐈.csv",
)  # fmt: skip


def test_uploads_of_any_name_and_with_any_names_in_them_are_shown_as_they_are_written():
    X = np.random.default_rng(0).standard_normal((40, 4))
    bad = f"![p](https://{SECRET}/a.png)<b>"
    frame = pd.DataFrame(X, columns=[f"{bad}{view}_{j}" for view in "vw" for j in range(2)])
    frame[f"{bad}kind"] = [f"{bad}{'one' if x > 0 else 'two'}" for x in X[:, 0]]
    content = frame.to_csv(index=False).encode()
    app = open_page(ALIGNMENT, source="upload")
    for name in ODD:
        app.file_uploader[0].upload(name, content).run()
        assert not app.exception
        kinds = (app.error, app.warning, app.info, app.caption, app.markdown)
        assert leaks([one.value for kind in kinds for one in kind]) == ""
    drawn = [trace for panel in panels(app).values() for trace in panel["figure"]["data"]]
    names = [trace["name"] for trace in drawn if SECRET in trace.get("name", "")]
    assert names
    assert not any("<b>" in name for name in names)
