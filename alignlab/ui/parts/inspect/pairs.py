"""Single pairs: the point that was picked, the worst-aligned, the selected, the hover card."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.inspected import Inspected
from alignlab.experiments.pick import Near, Pick, pick, worst_pairs
from alignlab.experiments.space import Space
from alignlab.ui.controls import Value
from alignlab.ui.files.images import thumbnail
from alignlab.ui.hover import Card
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.panel import widget
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.rows import rows_table, search_box
from alignlab.ui.setting import put
from alignlab.words.inspect import pick_words
from alignlab.words.numbers import number

WORST_SHOWN = 100
"""Number of pairs in the list of the worst-aligned."""

TOLD = 12
"""Number of columns of the metadata in a card and beside neighbours."""

_SEEN = "pairs whose point is picked"
"""The pairs in the last run, and the point that was picked of them."""

Ranks = tuple[np.ndarray, np.ndarray]
"""Ranks (n,) of the partners from modality 1 to 2, and from 2 to 1."""


def remember_pick(point: tuple[int, int] | None) -> None:
    """Store the point that was clicked, which the address then carries."""
    put(c.PICKED, "" if point is None else f"{point[0]}:{point[1]}")


def forget_old_pick(key: Hashable) -> None:
    """Forget the point and the selection of other pairs; key : of those on show now."""
    seen, now = st.session_state.get(_SEEN), st.session_state[c.PICKED.key]
    if seen is not None and seen[0] != key and seen[1] == now:
        remember_pick(None)
        remember_selection(())
    st.session_state[_SEEN] = (key, st.session_state[c.PICKED.key])


def picks(values: Mapping[str, Value], spaces: Mapping[str, Space]) -> dict[str, Pick]:
    """The picked point in every space; empty without one, or if there is no such row."""
    point = c.read_picked(values["picked"])
    return {
        name: pick(space, *point)
        for name, space in spaces.items()
        if point is not None and point[0] < space.n
    }


def tell_picks(
    found: Mapping[str, Pick], spaces: Mapping[str, Space], inspected: Inspected
) -> None:
    """The picked point, its partner and its neighbours, in every space on show."""
    if not found:
        st.caption(
            ":material/ads_click: Click a point to see its partner and its neighbours. Lasso or "
            "box selects pairs in all pictures, and lists them below."
        )
        return
    with st.container(border=True):
        for name, one in found.items():
            said = pick_words(one, int(inspected.file_rows[one.row]), spaces[name])
            st.markdown(f"{name}: {said}" if len(found) > 1 else said)
        one = next(iter(found.values()))
        if told := inspected.metadata.describe(one.row)[:TOLD]:
            st.text(" · ".join(f"{name}: {text}" for name, text in told))
        for name, one in found.items():
            where = f" in {name}" if len(found) > 1 else ""
            near = one.neighbours1, one.neighbours2
            for side, symbol, nearest in zip(st.columns(2), "○×", near, strict=True):
                with side:
                    st.caption(f"Nearest {symbol}{where} (✓ is its partner)")
                    table = neighbours(nearest, one.row, inspected)
                    st.dataframe(table, hide_index=True, height="content")


def neighbours(near: Near, row: int, inspected: Inspected) -> pd.DataFrame:
    """The nearest points with their metadata; row : of the point whose neighbours they are."""
    table = pd.DataFrame({
        "✓": ["✓" if one == row else "" for one in near.rows],
        "distance": [number(distance) for distance in near.distances],
        "pair": inspected.file_rows[near.rows],
    })  # fmt: skip
    known = inspected.metadata.table.iloc[near.rows, :TOLD].reset_index(drop=True)
    return pd.concat([table, known.drop(columns=[name for name in known if name in table])], axis=1)


def lists(
    spaces: Mapping[str, Space],
    ranks: Mapping[str, Ranks],
    inspected: Inspected,
    values: Mapping[str, Value],
) -> None:
    """The worst-aligned pairs of every space, and the pairs of a search, a lasso or a box."""
    st.subheader("Worst-aligned pairs")
    widget(c.WORST)
    for name, space in spaces.items():
        if len(spaces) > 1:
            st.caption(name)
        worst_table(name, space, ranks[name], inspected, values["worst_by"])
    st.subheader("Search and selection")
    search_box(inspected.metadata.search, key="search pairs")
    name, space = next(iter(spaces.items()))
    frame = all_pairs(space, ranks[name], inspected) if selection() else pd.DataFrame()
    rows_table(selection(), frame, key="selected pairs")


def worst_table(name: str, space: Space, ranks: Ranks, inspected: Inspected, by: str) -> None:
    """The worst-aligned pairs; a click on a row picks the pair, and all go into a CSV file."""
    most = min(WORST_SHOWN, space.n)
    worst = worst_pairs(space, *ranks, inspected.metadata, by=by, most=most)  # type: ignore[arg-type]
    key = f"worst pairs, {name}"

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        remember_selection([int(worst["row"].iloc[at]) for at in rows])
        if rows:
            remember_pick((int(worst["row"].iloc[rows[-1]]), 1))

    shown = worst.drop(columns=[] if space.fitted else ["split"])
    st.dataframe(
        in_file(shown, inspected),
        key=key,
        height=280,
        hide_index=True,
        on_select=choose,
        selection_mode="multi-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"The {most:,} worst of {space.n:,} pairs by {by}; rank 1 is the nearest of "
            f"{space.n:,} points of the other modality. Tick rows to see them in the picture."
        )
        st.download_button(
            "All pairs (CSV)",
            data=lambda: (
                in_file(all_pairs(space, ranks, inspected, by), inspected)
                .to_csv(index=False)
                .encode()
            ),
            file_name="alignlab pairs.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key=f"{key}, all",
        )


def all_pairs(
    space: Space, ranks: Ranks, inspected: Inspected, by: str | None = None
) -> pd.DataFrame:
    """Every pair with distance, ranks and metadata, the worst first, or in the order of rows."""
    found = worst_pairs(space, *ranks, inspected.metadata, by=by or "rank", most=space.n)  # type: ignore[arg-type]
    return found if by else found.sort_values("row", ignore_index=True)


def in_file(table: pd.DataFrame, inspected: Inspected) -> pd.DataFrame:
    """The table with rows counted as in the user's file."""
    return table.assign(row=inspected.file_rows[table["row"]])


def card(inspected: Inspected, row: int, modality: int) -> Card:
    """What the card beside the pointer tells of a point."""
    told = inspected.metadata.describe(row)[:TOLD]
    image = None
    for name, text in told:
        if inspected.metadata.kind(name) == "image":
            try:
                image = thumbnail(text)
            except ValueError as error:
                told = [(n, f"{t} ({error})" if n == name else t) for n, t in told]
            break
    return Card(
        title=f"{'○×'[modality - 1]} pair {inspected.file_rows[row]}", lines=told, image=image
    )
