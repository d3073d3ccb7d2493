"""Terms in the texts of a page: what is marked, and how it is explained."""

import re

import pytest
from playwright.sync_api import Page, expect

from alignlab.ui.catalog import PHASE
from alignlab.ui.terms import MODULE, message
from alignlab.words.glossary import TERMS, named
from alignlab.words.terms import on_page
from tests.browser.driver import slide
from tests.server import ROOT

pytestmark = pytest.mark.xdist_group("browser 2")

BARE = """<!doctype html><style>{css}</style><main data-testid="stMain">
<div id="texts">{texts}</div><div id="parent"><div class="alignlab-terms"></div></div></main>"""

OPEN = """async ([source, data]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
  const { default: show } = await import(url)
  const parentElement = document.getElementById("parent")
  const bytes = Uint8Array.from(data)
  window.show = () => (window.end = show({ parentElement, data: bytes }))
  window.show()
}"""

MARK = ".alignlab-term"
TOLD = ".alignlab-meaning"
MARKED = "[...document.querySelectorAll('#texts .alignlab-term')].map((one) => one.textContent)"
LISTED = (
    "[...document.querySelectorAll('.alignlab-terms-line .alignlab-term')].map(e => e.textContent)"
)
SETTLED_MS = 400
"""Milliseconds after which a changed page has its marks."""


@pytest.fixture
def bare(page: Page):
    """A function that shows texts, as Streamlit nests them, and returns the page."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def show(*texts: str, path: str = "alignment", drawn: str = "") -> Page:
        blocks = "".join(f'<div data-testid="stMarkdownContainer">{one}</div>' for one in texts)
        css = (ROOT / "alignlab" / "ui" / "terms.css").read_text()
        page.set_content(BARE.format(css=css, texts=blocks + drawn))
        page.evaluate(OPEN, [MODULE, list(message(path))])
        page.wait_for_timeout(SETTLED_MS)
        return page

    yield show
    assert errors == []


def marked(page: Page) -> list[str]:
    return page.evaluate(MARKED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>CMAE, then CMAE</p><p>and CMAE</p>", ["CMAE"]),
        ("<p>relative CMAE before CMAE</p>", ["relative CMAE", "CMAE"]),
        ("<p>CP reversed, CP reversed and CP</p>", ["CP reversed", "CP"]),
        ("<p>Relative\nCMAE</p>", ["Relative\nCMAE"]),
        ("<p>CCAs, PCAN, xCMAE, CMAE_1, scape</p>", []),
        ("<p>PLS-SVD, not SVD alone</p>", ["PLS-SVD", "SVD"]),
        ("<p>γ̃ and γ, κ₁ and κᵢ, Δ: 2</p>", ["γ̃", "γ", "κ₁", "Δ"]),
        ("<p>γ̃x, γy and σ₁</p>", ["γ̃x", "γy", "σ₁"]),
        ("<p>I'd say n-th and k = 2, d₁ + d₂</p>", ["k", "d₁"]),
        ("<p>A view, a map; the spectrum of A</p>", ["of A"]),
        ("<p><code>CMAE</code> <a href='#'>CMAE</a> <button>CMAE</button></p>", []),
        ("<pre>CMAE</pre><h1>CMAE</h1><details><summary>CMAE</summary></details>", []),
        ("<p><span class='katex'><span>ν</span></span></p>", []),
        ("<details><p>CMAE</p></details>", []),
        ("<p><strong>CMAE is 2</strong> and <em>NCMAE</em></p>", ["CMAE", "NCMAE"]),
        ("<table><tr><th>MLRE</th></tr><tr><td>CMAE</td></tr></table>", ["MLRE", "CMAE"]),
    ],
)
def test_the_first_of_each_term_is_marked_and_only_in_running_text(bare, text, expected):
    page = bare(text)
    before = page.evaluate("document.getElementById('texts').textContent")
    assert marked(page) == expected
    assert before == page.evaluate(
        "(html) => { const p = document.createElement('p'); p.innerHTML = html;"
        " return p.textContent }",
        text,
    )


def test_the_order_is_that_of_the_page_and_folded_texts_follow_when_opened(bare):
    page = bare("<details><p>CMAE</p></details>", "<p>CMAE and ν</p>", "<p>ν</p>")
    parent = f"{MARK} >> nth=0"
    assert marked(page) == ["CMAE", "ν"]
    assert page.evaluate("document.querySelector('.alignlab-term').closest('details')") is None
    page.evaluate("document.querySelector('details').open = true")
    page.wait_for_timeout(SETTLED_MS)
    assert marked(page) == ["CMAE", "ν"]
    assert page.locator(parent).evaluate("(mark) => mark.closest('details') !== null")


def test_texts_are_never_read_as_html(bare):
    page = bare("<p>&lt;img src=x onerror=alert(1)&gt; CMAE &lt;b&gt;ν&lt;/b&gt;</p>")
    assert page.locator("#texts :is(img, b)").count() == 0
    expect(page.locator("#texts p")).to_have_text("<img src=x onerror=alert(1)> CMAE <b>ν</b>")
    assert marked(page) == ["CMAE", "ν"]


@pytest.mark.parametrize(
    ("change", "shown", "expected"),
    [
        ("node.nodeValue = 'Now NCMAE, then CMAE'", "Now NCMAE, then CMAE", ["NCMAE", "CMAE"]),
        ("p.textContent = 'Only ν'", "Only ν", ["ν"]),
        ("node.remove()", "", []),
        ("p.append(' and ν')", "At first CMAE, then NCMAE and ν", ["CMAE", "NCMAE", "ν"]),
        ("p.replaceWith(new Text('ν'))", "ν", ["ν"]),
    ],
)
def test_what_react_changes_is_shown_as_changed_at_once_and_marked_again(
    bare, change, shown, expected
):
    page = bare("<p>At first CMAE, then NCMAE</p>")
    page.evaluate("p = document.querySelector('#texts p'); node = p.firstChild; 0")
    assert marked(page) == ["CMAE", "NCMAE"]
    at_once = page.evaluate(
        f"async () => {{ {change}; await Promise.resolve();"
        " return document.getElementById('texts').textContent }"
    )
    assert at_once == shown
    page.wait_for_timeout(SETTLED_MS)
    assert marked(page) == expected
    assert page.evaluate("document.getElementById('texts').textContent") == shown


def test_another_run_keeps_the_marks_and_the_end_leaves_the_text_whole(bare):
    page = bare("<p>CMAE is 2</p>")
    page.evaluate(f"mark = document.querySelector('{MARK}'); mark.focus(); window.show(); 0")
    page.wait_for_timeout(SETTLED_MS)
    assert page.evaluate("mark.isConnected && document.activeElement === mark")
    expect(page.locator(TOLD)).to_be_visible()
    page.evaluate("document.getElementById('parent').remove(); window.end()")
    assert page.evaluate("document.querySelector('#texts p').innerHTML") == "CMAE is 2"


def test_what_only_charts_tables_and_formulas_hold_is_listed(bare):
    drawn = (
        '<div class="alignlab-plot"><svg><text>CMAE against ν</text></svg></div>'
        "<canvas><table><tr><th>MLRE</th><td>CCA</td></tr><tr><td>GCCA</td><td>PCA</td></tr>"
        "</table></canvas>"
    )
    formula = r"<span class='katex'><annotation>\tilde\gamma_x \nu \tauber</annotation></span>"
    page = bare(f"<p>CMAE {formula}</p>", drawn=drawn)
    assert page.evaluate(LISTED) == ["ν", "MLRE", "GCCA", "γ̃"]
    page.locator(".alignlab-terms-line").get_by_text("GCCA").hover()
    expect(page.locator(TOLD)).to_contain_text("generalised canonical correlation analysis")


def test_a_screen_reader_is_told_the_meaning(bare):
    page = bare("<p>CMAE is 2</p>")
    (term,) = named("CMAE")
    mark = page.locator(MARK)
    described = mark.get_attribute("aria-describedby")
    assert page.locator(f"#{described}").text_content() == term.plain
    assert "mean_i ‖ẑ_i^(1) − ẑ_i^(2)‖" in term.plain
    assert mark.evaluate("(mark) => mark.tabIndex") == 0
    assert page.locator(TOLD).get_attribute("role") == "tooltip"


def test_pointer_and_focus_open_the_explanation_and_leave_or_escape_closes_it(bare):
    page = bare("<p>CMAE is 2</p>", "<p style='margin-top: 300px'>NCMAE is 1</p>")
    told = page.locator(TOLD)
    expect(told).to_be_hidden()
    page.get_by_text("NCMAE", exact=True).hover()
    expect(told).to_contain_text("normalised cross-modal alignment error")
    told.hover()  # its text may be read, and selected, under the pointer
    page.wait_for_timeout(SETTLED_MS)
    expect(told).to_be_visible()
    page.mouse.move(0, 0)
    expect(told).to_be_hidden()
    page.keyboard.press("Tab")
    expect(told).to_contain_text("Mean distance of partners")
    expect(told.locator("sub").first).to_have_text("i")
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    page.keyboard.press("Tab")
    expect(told).to_contain_text("normalised")
    page.keyboard.press("Shift+Tab")
    expect(told).to_contain_text("Mean distance")
    page.evaluate("document.activeElement.blur()")
    expect(told).to_be_hidden()


@pytest.mark.parametrize("width", [1024, 320])
def test_no_explanation_is_cut_at_the_edge_of_the_window(bare, page, width):
    page.set_viewport_size({"width": width, "height": 500})
    corners = "".join(
        f"<p style='position: fixed; {place}'>{term}</p>"
        for place, term in (
            ("left: 0; top: 0", "CMAE"), ("right: 0; top: 0", "NCMAE"),
            ("left: 0; bottom: 0", "MLRE"), ("right: 0; bottom: 0", "InfoNCE"),
        )
    )  # fmt: skip
    bare(corners)
    marks = page.locator(f"#texts {MARK}").all()
    assert len(marks) == 4
    for mark in marks:
        mark.focus()
        expect(page.locator(TOLD)).to_be_visible()
        box, at = page.locator(TOLD).bounding_box(), mark.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= width
        assert 0 <= box["y"] < box["y"] + box["height"] <= 500
        assert box["y"] >= at["y"] + at["height"] or box["y"] + box["height"] <= at["y"]


def test_the_terms_of_the_running_app_are_explained(visit, page):
    page.set_viewport_size({"width": 1024, "height": 768})
    visit("alignment", 5)
    page.wait_for_timeout(SETTLED_MS)
    marks = page.locator(f"[data-testid=stMain] {MARK}")
    texts = marks.all_inner_texts()
    assert "CMAE" in texts
    assert len(texts) > 5
    main = page.locator("[data-testid=stMain]")
    assert main.locator(":is(code, .katex, a, button, svg, h1) .alignlab-term").count() == 0
    shown = " ".join(page.locator("[data-testid=stMarkdownContainer]").all_inner_texts())
    before = re.sub(r"\s+", " ", shown)
    told = page.locator(TOLD)
    for mark in marks.all():
        mark.focus()
        expect(told).to_be_visible()
        box = told.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 1024, mark.inner_text()
        assert 0 <= box["y"] < box["y"] + box["height"] <= 768, mark.inner_text()
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    slide(page, "Noise")  # React changes the texts that hold marks
    page.wait_for_timeout(SETTLED_MS)
    assert "CMAE" in marks.all_inner_texts()
    address = page.url
    slide(page, "Noise", "ArrowLeft")
    assert page.url != address
    page.wait_for_timeout(SETTLED_MS)
    shown = " ".join(page.locator("[data-testid=stMarkdownContainer]").all_inner_texts())
    assert re.sub(r"\s+", " ", shown) == before
    assert sorted(marks.all_inner_texts()) == sorted(texts)
    page.get_by_text("All terms: the glossary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glossary")
    expect(page.locator(TOLD)).to_have_count(0)
    expect(page.locator("dt").filter(has_text="CMAE").first).to_be_visible()


def test_tab_reaches_a_term_of_the_verdict(visit):
    page = visit(PHASE.path, 4)
    page.wait_for_timeout(SETTLED_MS)
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "alignlab-term":
            break
    expect(page.locator(TOLD)).to_be_visible()
    spelling = page.evaluate("document.activeElement.textContent")
    (term,) = (term for term in on_page(TERMS, PHASE.path) if spelling in term.written)
    expect(page.locator(TOLD)).to_contain_text(term.meaning)
    page.keyboard.press("Escape")
    expect(page.locator(TOLD)).to_be_hidden()
