"""Single pairs: the point that was picked with its neighbours, the worst-aligned, the selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.inspected import Inspected
from alignlab.experiments.pick import Near, Pick, pick, worst_pairs
from alignlab.experiments.space import Space
from alignlab.ui.controls import Value
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.state import put
from alignlab.words.inspect import pick_words
from alignlab.words.numbers import number

WORST_SHOWN = 100
"""Number of pairs in the list of the worst-aligned."""

_SEEN = "pairs whose point is picked"
"""The pairs on show in the last run, and the point that was picked of them."""


def remember_pick(point: tuple[int, int] | None) -> None:
    """Store the point that was clicked, which the address then carries."""
    put(c.PICKED, "" if point is None else f"{point[0]}:{point[1]}")


def forget_old_pick(inspected: Inspected) -> None:
    """Forget the point and the selection of other pairs."""
    seen, now = st.session_state.get(_SEEN), st.session_state[c.PICKED.key]
    if seen is not None and seen[0] != inspected.key and seen[1] == now:
        remember_pick(None)
        remember_selection(())
    st.session_state[_SEEN] = (inspected.key, st.session_state[c.PICKED.key])


def picked(values: Mapping[str, Value], space: Space) -> Pick | None:
    """What is to be said of the picked point; None without one, or if there is no such row."""
    point = c.read_picked(values["picked"])
    return None if point is None or point[0] >= space.n else pick(space, *point)


def tell_pick(found: Mapping[str, Pick], spaces: Mapping[str, Space], inspected: Inspected) -> None:
    """The picked point: its partner and its neighbours, in every space on show."""
    if not found:
        st.caption(
            ":material/ads_click: Click a point to see its partner and its neighbours; draw a "
            "lasso or a box to list pairs."
        )
        return
    for name, one in found.items():
        row = int(inspected.rows[one.row])
        said = pick_words(one, row, spaces[name])
        st.markdown(f"{name}: {said}" if len(found) > 1 else said)
    one = next(iter(found.values()))
    described = inspected.metadata.describe(one.row)
    if described:
        st.caption(" · ".join(f"{name}: {text}" for name, text in described))
    for name, one in found.items():
        where = f" in {name}" if len(found) > 1 else ""
        sides = st.columns(2)
        for side, symbol, near in zip(
            sides, "○×", (one.neighbours1, one.neighbours2), strict=True
        ):
            with side:
                st.caption(f"Nearest {symbol}{where}; ✓ marks the partner, and its own pair.")
                st.dataframe(neighbours(near, one.row, inspected), hide_index=True, height="content")


def neighbours(near: Near, partner: int, inspected: Inspected) -> pd.DataFrame:
    """The nearest points with their metadata."""
    table = pd.DataFrame({
        "": ["✓" if row == partner else "" for row in near.rows],
        "pair": inspected.rows[near.rows],
        "distance": [number(distance) for distance in near.distances],
    })  # fmt: skip
    known = inspected.metadata.table.iloc[near.rows].reset_index(drop=True)
    return pd.concat([table, known.drop(columns=[n for n in known if n in table])], axis=1)


def worst(
    space: Space, ranks: tuple[np.ndarray, np.ndarray], inspected: Inspected, by: str, most: int
) -> pd.DataFrame:
    """The worst-aligned pairs, called by their row in the file."""
    return worst_pairs(space, *ranks, inspected.metadata, by=by, most=most)  # type: ignore[arg-type]


def all_pairs(
    space: Space, ranks: tuple[np.ndarray, np.ndarray], inspected: Inspected
) -> pd.DataFrame:
    """Every pair in the order of its row, for the table of a selection."""
    found = worst(space, ranks, inspected, "rank", space.n)
    return found.sort_values("row").reset_index(drop=True)


def chosen_rows() -> Sequence[int]:
    """The rows of the lasso, the box or the search."""
    return selection()
