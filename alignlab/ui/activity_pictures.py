"""t-SNE pictures of human activity, linked, and the sequence that was clicked."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from alignlab.embedding import Maps, PairMap
from alignlab.figures import activity as draw
from alignlab.har.dataset import ACTIONS, Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec
from alignlab.har.protocol import TOPS, ProtocolResult
from alignlab.har.words import MODALITY_NAMES, picture_caption, picture_words
from alignlab.ui import activity as p
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed, follow, job
from alignlab.ui.page import remember_selection, selection


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


def draw_pictures(shown: Shown, picture: PictureSpec) -> dict[tuple[str, int], PairMap] | None:
    """The pictures, drawn before or in the background; None where there are none yet."""
    before = p.drawn_before(shown.result.spec, picture) if shown.dataset is None else None
    if before is not None:
        st.fragment(pictures)(shown, picture, before)
        return before
    try:
        drawing: Followed[Maps] = job(
            ("har maps", shown.key, picture), lambda: picture.drawing(shown.result)
        )
    except ValueError as error:
        st.error(str(error).removeprefix("PictureSpec: "), icon=":material/block:")
        return None
    follow(drawing, lambda: pictures(shown, picture, drawing.work.maps), "fits of t-SNE")
    return drawing.work.maps if drawing.complete else None


def pictures(shown: Shown, picture: PictureSpec, maps: dict[tuple[str, int], PairMap]) -> None:
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
    row = chosen[0] if chosen else rows[0]
    words = f"The first of {len(chosen)} chosen sequences. " if len(chosen) > 1 else ""
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
    result: ProtocolResult, picture: PictureSpec, maps: dict[tuple[str, int], PairMap]
) -> dict[str, go.Figure]:
    """What can be taken away."""
    drawn = draw.pictures(
        maps, result, picture.rows(result), picture.actions, legend=True, keep="pack"
    )
    found = {f"{METHODS[name].label}, seed {seed}": one for (name, seed), one in drawn.items()}
    found |= {f"top-{at} by method": draw.accuracies(result, f"top-{at}") for at in TOPS}
    return found | {"losses": draw.losses(result.losses, result.spec.epochs)}
