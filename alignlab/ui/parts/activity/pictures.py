"""Linked t-SNE maps of human activity, and the sequence that was clicked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from alignlab.checks import reason_of
from alignlab.figures import activity as draw
from alignlab.har.dataset import ACTIONS, Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import NotKeptError, PictureSpec, by_seed
from alignlab.har.protocol import TOPS, ProtocolResult, ProtocolSpec
from alignlab.maps import Maps, PairMap
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Followed, follow, job
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.parts.activity import controls as p
from alignlab.words.activity import MODALITY_NAMES, picture_caption, picture_words

Drawn = dict[tuple[str, int], PairMap]
"""Maps by method and seed of t-SNE."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A result on the page, and the origin of its sequences; shipped results have no data set."""

    result: ProtocolResult
    where: p.Origin
    dataset: ActivityDataset | None = None

    @property
    def key(self) -> Hashable:
        """Part of the key of every job that uses this result."""
        return (self.result.spec, self.where, self.dataset and self.dataset.digest)


def draw_pictures(
    shown: Shown, values: Mapping[str, Value]
) -> tuple[PictureSpec | None, Drawn | None]:
    """Draw the t-SNE maps; returns their spec and the maps, or None while they are computed.

    Without a choice, or after a refusal, a message takes their place and no maps are returned: the
    rest of the page does not depend on them.
    """
    if not values["pictures"] or not values["actions"]:
        st.info("Choose a method and an action in the sidebar.", icon=":material/bubble_chart:")
        play_chosen(shown)
        return None, {}
    try:
        asked = p.picture_spec(values)
        picture = asked.within(shown.result)
        before = p.drawn_before(shown.result.spec, picture) if shown.dataset is None else None
        if before is not None:
            st.fragment(pictures)(shown, picture, before)
            return picture, before
        drawing: Followed[Maps] = job(
            ("har maps", shown.key, picture), lambda: picture.drawing(shown.result)
        )
    except ValueError as error:
        st.error(reason_of(error), icon=":material/block:")
        if isinstance(error, NotKeptError):
            train_here(shown.result.spec, "beside the refusal")
        play_chosen(shown)
        return None, {}
    if picture != asked:
        st.caption(
            f":material/info: Perplexity {asked.perplexity:g} is too high for so few points: "
            f"{picture.perplexity:g} is used. More actions or sequences allow a higher one."
        )
    follow(drawing, lambda: pictures(shown, picture, by_seed(drawing.work.maps)), "steps of t-SNE")
    return picture, by_seed(drawing.work.maps) if drawing.complete else None


def train_here(spec: ProtocolSpec, where: str) -> None:
    """The button that trains a shipped result again on this machine, keeping every embedding."""
    st.button(
        "Train these settings here",
        on_click=st.session_state.update,
        args=({"train here": spec},),
        icon=":material/replay:",
        key=f"train here, {where}",
    )


def pictures(shown: Shown, picture: PictureSpec, maps: Drawn) -> None:
    """The maps computed so far, and the sequence that was clicked."""
    result = shown.result
    rows = picture.rows(result)
    chosen = [row for row in selection() if row in rows]
    st.html(legend(result, picture))
    drawn = draw.pictures(
        maps,
        result,
        rows,
        picture.actions,
        selected=chosen,
        keep=f"{picture.group} {picture.joint}",
    )
    charts(
        [
            Panel(
                name=f"{METHODS[method].label}, t-SNE seed {seed}",
                figure=figure,
                caption=picture_caption(maps[method, seed], METHODS[method].label, len(rows)),
                height=400,
                linked=True,
            )
            for method in picture.methods
            for (name, seed), figure in drawn.items()
            if name == method
        ],
        key="t-SNE",
        columns=min(3, len(picture.methods)) if len(picture.seeds) == 1 else len(picture.seeds),
        on_select=remember_selection,
    )
    st.markdown(picture_words(maps, picture, result))
    play_chosen(shown, rows.tolist())


def play_chosen(shown: Shown, rows: Sequence[int] = ()) -> None:
    """Play the first selected sequence among these rows, else the first of them or of D_Test."""
    result = shown.result
    chosen = [row for row in selection() if row in rows]
    words = f"The first of {len(chosen)} selected sequences. " if len(chosen) > 1 else ""
    row = [*chosen, *rows, *result.splits[result.spec.seeds[0]].test][0]
    who = tuple(int(of[row]) for of in (result.actions, result.subjects, result.trials))
    one = p.sequence(shown.where, shown.dataset, *who)
    play(one, (result.spec.source, result.spec.target), words, by_itself=len(chosen) == 1)


def legend(result: ProtocolResult, picture: PictureSpec) -> str:
    """Legend of the symbols and colours of all maps."""
    marks = [
        f'<span style="white-space:nowrap"><span style="color:'
        f'{draw.action_colour(action, picture.actions)}">■</span> {ACTIONS[action - 1]}</span>'
        for action in sorted(picture.actions)
    ]
    source, target = (MODALITY_NAMES[name] for name in (result.spec.source, result.spec.target))
    return (
        f"○ {source} &ensp; × {target} &ensp; – partners &emsp; {' &ensp; '.join(marks)}<br>"
        "<b>Click a point to play its sequence</b>; click it again, or double-click, to deselect. "
        "Lasso and box selections are linked across all maps."
    )


def play(one: Activity, modalities: tuple[str, str], words: str, *, by_itself: bool) -> None:
    """A sequence as an animation."""
    lengths = ", ".join(f"{MODALITY_NAMES[name]} {one.length(name)}" for name in modalities)
    caption = (
        f"{words}{one.label}, subject {one.subject}, trial {one.trial}; samples: {lengths}. The "
        f"inertial sensor is on the {one.sensor}. Each sensor has its own clock, from 0 to 1."
    )
    figure = draw.played(one, *modalities, play=by_itself)
    charts([Panel(name="sequence", figure=figure, caption=caption, height=360)], key="sequence")


def figures(
    result: ProtocolResult, picture: PictureSpec | None, maps: Drawn
) -> dict[str, go.Figure]:
    """The figures of the export pack; without t-SNE maps if there are none."""
    found = {f"top-{at} by method": draw.accuracies(result, f"top-{at}") for at in TOPS}
    found["losses"] = draw.losses(result.losses, result.spec.epochs)
    if picture is None:
        return found
    drawn = draw.pictures(
        maps, result, picture.rows(result), picture.actions, legend=True, keep="pack"
    )
    pictured = {
        f"{METHODS[name].label}, t-SNE seed {seed}": one for (name, seed), one in drawn.items()
    }
    return pictured | found
