"""Parts that several pages share: refusals, selections, expanders, links to other pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from alignlab.checks import reason_of
from alignlab.ui.beside import Verdict
from alignlab.ui.folder import app_folder
from alignlab.ui.state import Page, Refused


@contextmanager
def refusal() -> Iterator[None]:
    """Turn a ValueError about the user's input into a message on the page."""
    try:
        yield
    except ValueError as error:
        raise Refused(reason_of(error)) from error


def verdict() -> Verdict:
    """The place above the charts for the verdict in one short line, which is written after them."""
    return Verdict(st.container(key="verdict"))


def remember_selection(rows: Sequence[int]) -> None:
    """Store the row ids that a lasso or box selected, for all charts of the page."""
    st.session_state["selection"] = tuple(rows)


def selection() -> tuple[int, ...]:
    """The row ids selected last."""
    return st.session_state.get("selection", ())


def folded(title: str, icon: str, draw: Callable[[], None]) -> None:
    """An expander. While it is closed, its content is neither computed nor sent."""
    box = st.expander(title, icon=icon, on_change="rerun", key=f"folded {title}")
    if box.open:
        with box:
            draw()


def gallery(pages: Sequence[Page], columns: int = 3) -> None:
    """Cards in a grid, one for each page: picture, title, summary, and its presets as links."""
    for at in range(0, len(pages), columns):
        for place, page in zip(st.columns(columns), pages[at : at + columns], strict=False):
            with place.container(
                border=True, height="stretch", gap="xsmall", key=f"card {page.path}"
            ):
                _card(page)


def _card(page: Page) -> None:
    picture = app_folder() / "assets" / f"{page.path}.png"
    st.image(picture, width="stretch", alt=f"A picture of the page {page.title}")
    st.page_link(page.script, label=f"**{page.title}**", icon=page.icon)
    st.markdown(page.summary)
    with st.container(horizontal=True, gap="xsmall", key=f"gallery {page.path}"):
        for name, values in page.presets.items():
            st.page_link(page.script, label=name, query_params=page.address(values))
