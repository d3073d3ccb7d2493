"""A document of sections, numbered tables and numbered figures as one HTML page without requests.

Everything is escaped here: text, titles, cells of tables, and names in figures, which plotly writes
as JSON. The page prints on paper without headings apart from what they head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDTH, HEIGHT = 680, 400
"""Size of a figure in pixels: the width of an A4 or a letter page between its margins."""

_STYLE = """@page {{ size: A4; margin: 14mm; }}
body {{ font: 15px/1.5 sans-serif; max-width: {width}px; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.2rem; margin: 1.8rem 0 0.6rem; }}
.result {{ font-size: 1.1rem; border-left: 4px solid {rule}; padding-left: 0.8rem; }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; font-size: 0.85rem; }}
caption {{ text-align: left; padding-bottom: 0.3rem; }}
td, th {{ border: 1px solid {rule}; padding: 0.15rem 0.5rem; text-align: right; }}
.lines td, .lines th {{ text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
.lines th {{ min-width: 9rem; }}
.numbers {{ font-size: 0.8rem; }}
.numbers td {{ white-space: nowrap; }}
.numbers td, .numbers th {{ padding: 0.15rem 0.4rem; }}
caption, figcaption {{ color: {faint}; font-size: 0.9rem; }}
caption b, figcaption b {{ color: black; }}
figure {{ margin: 1.5rem 0; }}
button {{ font-size: 0.8rem; }}
pre {{ background: {ground}; padding: 0.8rem; font-size: 0.75rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }}
summary {{ cursor: pointer; }}
h1, h2, summary, caption, .keep {{ break-after: avoid; }}
figure, tr, li, .term, .short {{ break-inside: avoid; }}
p, li, pre {{ orphans: 3; widows: 3; }}
thead {{ display: table-header-group; }}
@media print {{
  body {{ margin: 0; padding: 0; max-width: none; }}
  button, .modebar {{ display: none !important; }}
  .wide {{ overflow: visible; }}
  details::details-content {{ content-visibility: visible; block-size: auto; }}
}}"""

_SCRIPT = """
const save = async figure => {
  const plot = figure.querySelector('.js-plotly-plot')
  await Plotly.downloadImage(plot, {format: 'svg', width: plot._fullLayout.width,
    height: plot._fullLayout.height, filename: figure.dataset.name})
}
for (const button of document.querySelectorAll('button[data-saves]'))
  button.addEventListener('click', async () => {
    for (const figure of document.querySelectorAll(button.dataset.saves)) await save(figure)
  })
window.addEventListener('beforeprint', () => {
  for (const folded of document.querySelectorAll('details')) folded.open = true
})
"""

_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["sendChartToCloud"],
    "toImageButtonOptions": {"format": "svg"},
}

SHORT = 20
"""Tables of at most this many rows are kept on one page."""


class Document:
    """An HTML page that grows from top to bottom; `html` is the whole."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = [f"<h1>{escape(title)}</h1>"]
        self._tables = self._figures = 0

    def result(self, words: str) -> None:
        """The line that says what was found; `**bold**` is the only markup."""
        self._parts.append(f'<p class="result">{_inline(words)}</p>')

    def section(self, title: str) -> None:
        """The heading of a section."""
        self._parts.append(f"<h2>{escape(title)}</h2>")

    def paragraph(self, words: str) -> None:
        """Running text, with `**bold**`."""
        self._parts.append(f"<p>{_inline(words)}</p>")

    def bullets(self, sentences: Sequence[str]) -> None:
        """A list, with `**bold**`."""
        self._list("ul", sentences)

    def steps(self, sentences: Sequence[str]) -> None:
        """A numbered list, with `**bold**`."""
        self._list("ol", sentences)

    def _list(self, kind: str, sentences: Sequence[str]) -> None:
        items = "".join(f"<li>{_inline(sentence)}</li>" for sentence in sentences)
        self._parts.append(f"<{kind}>{items}</{kind}>")

    def terms(self, terms: Sequence[tuple[str, str, str]]) -> None:
        """Terms, each with its meaning and a formula in HTML, which is written as it is."""
        for name, meaning, formula in terms:
            shown = f"<br><i>{formula}</i>" if formula else ""
            self._parts.append(
                f'<p class="term"><b>{escape(name)}</b>: {escape(meaning)}{shown}</p>'
            )

    def lines(self, title: str, lines: Mapping[str, str]) -> None:
        """A table of names and what they are."""
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(told)}</td></tr>"
            for name, told in lines.items()
        )
        self._table(title, f"<tbody>{rows}</tbody>", len(lines), "lines")

    def table(self, title: str, table: pd.DataFrame) -> None:
        """A table of texts."""
        named = table.rename_axis(index=None, columns=table.index.name)  # in the corner
        body = named.to_html(border=0)
        inner = body[body.index(">") + 1 : body.rindex("</table>")]
        self._table(title, inner, len(table), "numbers")

    def _table(self, title: str, inner: str, rows: int, kind: str) -> None:
        self._tables += 1
        caption = f"<caption><b>Table {self._tables}.</b> {escape(title)}</caption>"
        short = " short" if rows <= SHORT else ""
        self._parts.append(
            f'<div class="wide{short}"><table class="{kind}">{caption}{inner}</table></div>'
        )

    def figures(self, figures: Mapping[str, go.Figure], captions: Mapping[str, str]) -> None:
        """Figures by name, each with its caption and a button that saves it as SVG."""
        self._parts.append(
            '<p class="keep"><button type="button" data-saves="figure">All figures as SVG</button>'
            "</p>"
        )
        for name, drawn in figures.items():
            self._figures += 1
            number = self._figures
            plot = drawn.to_html(
                full_html=False, include_plotlyjs=number == 1, config=_CONFIG,
                default_height=HEIGHT, default_width=WIDTH, div_id=f"plot-{number}",
            )  # fmt: skip
            saved = escape(f"Figure {number} {name}")
            self._parts.append(
                f'<figure id="figure-{number}" data-name="{saved}">{plot}<figcaption>'
                f"<b>Figure {number}.</b> {escape(captions[name])} "
                f'<button type="button" data-saves="#figure-{number}">Save as SVG</button>'
                "</figcaption></figure>"
            )

    def code(self, title: str, text: str) -> None:
        """Preformatted text that can be folded; it is printed open."""
        self._parts.append(
            f"<details open><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"
        )

    def html(self) -> str:
        """The whole page."""
        from alignlab.figures.theme import CODE_GROUND, FAINT_TEXT, RULE  # it imports plotly

        style = _STYLE.format(width=WIDTH, rule=RULE, faint=FAINT_TEXT, ground=CODE_GROUND)
        return (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(self._title)}</title><style>{style}</style></head>"
            f"<body>{''.join(self._parts)}<script>{_SCRIPT}</script></body></html>"
        )


def _inline(markdown: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(markdown))
