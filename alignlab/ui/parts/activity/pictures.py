"""t-SNE pictures of human activity, linked, and the sequence that was clicked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from alignlab.checks import reason_of
from alignlab.figures import activity as draw
from alignlab.har.dataset import ACTIONS, Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import NotKeptError, PictureSpec
from alignlab.har.protocol import TOPS, ProtocolResult, ProtocolSpec
from alignlab.tsne import Maps, PairMap
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Followed, follow, job
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.parts.activity import controls as p
from alignlab.words.activity import MODALITY_NAMES, picture_caption, picture_words

Drawn = dict[tuple[str, int], PairMap]
"""Pictures by method and seed of t-SNE."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A result on the page, and where its sequences are from; no data set where it came along."""

    result: ProtocolResult
    where: p.Origin
    dataset: ActivityDataset | None = None

    @property
    def key(self) -> Hashable:
        """Of jobs that go on from it."""
        return (self.result.spec, self.where, self.dataset and self.dataset.digest)


def draw_pictures(
    shown: Shown, values: Mapping[str, Value]
) -> tuple[PictureSpec | None, Drawn | None]:
    """What is drawn, before or in the background, and the pictures; None while they are drawn.

    A refusal, or nothing chosen, stands in place of the pictures and leaves none of them: the rest
    of the page does not depend on them.
    """
    if not values["pictures"] or not values["actions"]:
        st.info("Choose a picture and an action in the sidebar.", icon=":material/bubble_chart:")
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
            f":material/info: Perplexity {asked.perplexity:g} is more than these marks allow: "
            f"drawn with {picture.perplexity:g}. More actions or sequences allow more."
        )
    follow(drawing, lambda: pictures(shown, picture, drawing.work.maps), "fits of t-SNE")
    return picture, drawing.work.maps if drawing.complete else None


def train_here(spec: ProtocolSpec, where: str) -> None:
    """The button that trains what came along anew, with every embedding kept."""
    st.button(
        "Train these settings here",
        on_click=st.session_state.update,
        args=({"train here": spec},),
        icon=":material/replay:",
        key=f"train here, {where}",
    )


def pictures(shown: Shown, picture: PictureSpec, maps: Drawn) -> None:
    """The pictures that are drawn so far, and the sequence that was clicked."""
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
    """The first chosen sequence among these rows, the first of them, or one of D_Test."""
    result = shown.result
    chosen = [row for row in selection() if row in rows]
    words = f"The first of {len(chosen)} chosen sequences. " if len(chosen) > 1 else ""
    row = [*chosen, *rows, *result.splits[result.spec.seeds[0]].test][0]
    who = tuple(int(of[row]) for of in (result.actions, result.subjects, result.trials))
    one = p.sequence(shown.where, shown.dataset, *who)
    play(one, (result.spec.source, result.spec.target), words, by_itself=len(chosen) == 1)


def legend(result: ProtocolResult, picture: PictureSpec) -> str:
    """What the symbols and colours of all pictures mean."""
    marks = [
        f'<span style="white-space:nowrap"><span style="color:'
        f'{draw.action_colour(action, picture.actions)}">■</span> {ACTIONS[action - 1]}</span>'
        for action in sorted(picture.actions)
    ]
    source, target = (MODALITY_NAMES[name] for name in (result.spec.source, result.spec.target))
    return (
        f"○ {source} &ensp; × {target} &ensp; – partners &emsp; {' &ensp; '.join(marks)}<br>"
        "<b>Click a mark to play its sequence</b>; again, or a double click, lets go of it. "
        "Lasso and box link all pictures."
    )


def play(one: Activity, modalities: tuple[str, str], words: str, *, by_itself: bool) -> None:
    """A sequence to be played."""
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
    """What can be taken away; without pictures where there are none."""
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
