"""Small pieces of HTML for a notebook's output: escaped, in the colours of the notebook's theme.

No script, no colour and nothing that is loaded from elsewhere: text and rules take the colour of
the text around them, so that they can be read on light and dark backgrounds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

_CELL = "padding: 0.15em 0.7em; border-bottom: 1px solid currentColor;"
_TABLE = "border-collapse: collapse; margin: 0.6em 0; color: inherit; background: transparent;"


def text(words: str) -> str:
    """Words as HTML; `**bold**` is the only markup."""
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(words))


def plain(words: str) -> str:
    """Words without the markup of `text`."""
    return words.replace("**", "")


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first cell of every row names it. No head for a list of values."""
    lines = [_row("th", head)] if head else []
    lines += [_row("td", row) for row in rows]
    titled = f'<caption style="text-align: left; color: inherit">{text(caption)}</caption>'
    return f'<table style="{_TABLE}">{titled if caption else ""}{"".join(lines)}</table>'


def whole(*parts: str) -> str:
    """The parts below each other."""
    return f"<div>{''.join(parts)}</div>"


def paragraph(words: str) -> str:
    """A paragraph of `text`."""
    return f'<p style="max-width: 50em">{text(words)}</p>'


def _row(kind: str, cells: Sequence[str]) -> str:
    inner = "".join(
        f'<{kind} style="{_CELL} text-align: {"left" if i == 0 else "right"}">{text(cell)}</{kind}>'
        for i, cell in enumerate(cells)
    )
    return f"<tr>{inner}</tr>"
