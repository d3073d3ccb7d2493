"""Parts that several pages share: control groups, refusals, links to elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from alignlab.checks import reason_of
from alignlab.ui import parameters as p
from alignlab.ui.controls import Control
from alignlab.ui.state import Page, Refused


@contextmanager
def refusal() -> Iterator[None]:
    """Turn a ValueError about the user's input into a message on the page."""
    try:
        yield
    except ValueError as error:
        raise Refused(reason_of(error)) from error


def remember_selection(rows: Sequence[int]) -> None:
    """Keep the row ids that a lasso or box chose, for all pictures of the page."""
    st.session_state["selection"] = tuple(rows)


def selection() -> tuple[int, ...]:
    """The row ids chosen last."""
    return st.session_state.get("selection", ())


def folded(title: str, icon: str, draw: Callable[[], None]) -> None:
    """A heading that unfolds. What is folded away is neither made nor sent."""
    box = st.expander(title, icon=icon, on_change="rerun", key=f"folded {title}")
    if box.open:
        with box:
            draw()


def widgets(*controls: Control) -> None:
    """The widgets of these controls, one below the other."""
    for control in controls:
        control.widget()


def synthetic_controls() -> None:
    """The controls of a synthetic draw, grouped as z -> S -> x."""
    widgets(p.LATENT, p.N, p.K, p.D1, p.D2, p.NOISE, p.SEED)
    if st.session_state[p.LATENT.key] == "gmm":
        folded("Mixture", ":material/blur_on:", _mixture_controls)
    folded("Matrices S", ":material/grid_on:", _matrix_controls)


def pairs_controls() -> None:
    """How pairs are drawn, or in how many dimensions given ones are aligned."""
    if st.session_state[p.SOURCE.key] in p.DRAWN_SOURCES:
        synthetic_controls()
    else:
        p.DIMS.widget()


def _matrix_controls() -> None:
    """The controls of the matrices, under their formulas."""
    st.latex(r"x^{(m)} = S^{(m)} z + \sigma\varepsilon")
    st.latex(r"S^{(m)}_{ij} \sim U[-5, 5]")
    p.CONDITION.widget()


def _mixture_controls() -> None:
    """The controls of the mixture, under its formula."""
    st.latex(r"z \sim \textstyle\sum_c \pi_c\, \mathcal{N}(\mu_c, \Sigma)")
    st.latex(r"\Sigma_{ij} = r^{|i-j|}")
    widgets(p.COMPONENTS, p.SEPARATION, p.CORRELATION)
    p.IMBALANCE.widget(disabled=bool(st.session_state[p.WEIGHTS.key].strip()))
    p.WEIGHTS.widget()


def gallery(page: Page) -> None:
    """A page on the home page: picture, sentence, link, and its presets as links."""
    picture, words = st.columns([1, 4], vertical_alignment="center")
    picture.image(f"assets/{page.path}.png", width="stretch")
    with words:
        st.page_link(page.script, label=f"**{page.title}**", icon=page.icon)
        st.markdown(page.summary)
        with st.container(horizontal=True, gap="small", key=f"gallery {page.path}"):
            for name, values in page.presets.items():
                st.page_link(page.script, label=name, query_params=page.address(values))
