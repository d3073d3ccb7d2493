"""The card beside the mark under the pointer, with text and a picture.

The pictures of points tell where the pointer is by the window's event "alignlab-hover". A component
in a fragment of its own listens, asks for the card once the pointer rests, and shows it beside the
mark. Only that fragment runs again: what the page draws is not touched.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import streamlit as st

from alignlab.checks import reason_of

_card = st.components.v2.component(
    "alignlab_hover",
    html='<div class="alignlab-hover" popover="manual" role="tooltip"></div>',
    css=(Path(__file__).parent / "hover.css").read_text(),
    js=(Path(__file__).parent / "hover.js").read_text(),
    isolate_styles=False,  # so that the card inherits the page's colours
)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is told of one mark.

    title : one line, shown in bold.
    lines : names and values, shown below each other; plain text, never read as HTML.
    image : a PNG, JPEG, WebP or GIF file of at most some 192 pixels a side, or None.
    """

    title: str
    lines: Sequence[tuple[str, str]] = ()
    image: bytes | None = None


@st.fragment
def hover_card(describe: Callable[[int, int], Card | None], key: str) -> None:
    """Show a card beside the mark on which the pointer rests; once a page.

    Call it outside of fragments that run again by themselves.

    describe : returns the card of a row and a modality (1 or 2), or None where nothing is to be
        shown. Called with what the browser asks for, which may be a row of an earlier picture: a
        LookupError, as of a row beyond the end, counts as None. A ValueError is shown instead.
    key : identifies the card in the app.
    """
    asked = st.session_state.get(key)
    _card(
        key=key,
        data=message(describe, asked.asked if asked else None),
        on_asked_change=lambda: None,
    )


def message(describe: Callable[[int, int], Card | None], asked: Any) -> bytes:
    """The answer to what the browser has asked, a row and a modality; JSON null without either."""
    match asked:
        case [int(row), int(modality)] if row >= 0 and modality in (1, 2):
            try:
                card = describe(row, modality)
            except LookupError:
                card = None
            except ValueError as error:
                card = Card(title=reason_of(error))
        case _:
            return orjson.dumps(None)
    shown = card and {
        "title": card.title,
        "lines": list(card.lines),
        "image": base64.b64encode(card.image or b"").decode(),
    }
    return orjson.dumps({"row": row, "modality": modality, "card": shown})
