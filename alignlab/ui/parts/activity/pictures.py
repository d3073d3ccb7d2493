"""Linked t-SNE maps of human activity, and the sequence that was clicked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from alignlab.checks import reason_of
from alignlab.figures import activity as draw
from alignlab.har.dataset import Activity, ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import NotKeptError, PictureSpec, by_seed
from alignlab.har.protocol import TOPS, ProtocolResult, ProtocolSpec
from alignlab.maps import Maps, PairMap
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.parts.activity import controls as p
from alignlab.ui.parts.activity.clouds import Drawing, clouds, map_name, marks
from alignlab.ui.plain import as_written
from alignlab.ui.points import points
from alignlab.ui.progress import follow
from alignlab.words.activity import MODALITY_NAMES, picture_caption, picture_words

Drawn = Mapping[tuple[str, int], PairMap]
"""Maps by method and seed of t-SNE."""

CLICKED = "modality of the clicked sequence"

FORMING = 0.15
"""Seconds between two pictures of a map that is being drawn."""


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
            st.fragment(pictures)(shown, picture, Drawing(maps=before))
            return picture, before
        drawing: Followed[Maps] = job(
            ("har maps", shown.key, picture), lambda: picture.drawing(shown.result)
        )
    except ValueError as error:
        st.error(as_written(reason_of(error)), icon=":material/block:")
        if isinstance(error, NotKeptError):
            train_here(shown.result.spec, "beside the refusal")
        play_chosen(shown)
        return None, {}
    if picture != asked:
        st.caption(
            f":material/info: Perplexity {asked.perplexity:g} is too high for so few points: "
            f"{picture.perplexity:g} is used. More actions or sequences allow a higher one."
        )
    follow(
        drawing,
        lambda: pictures(shown, picture, Drawing.of(drawing)),
        "steps of t-SNE",
        every=FORMING,
    )
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


def pictures(shown: Shown, picture: PictureSpec, drawing: Drawing) -> None:
    """The maps as far as they are drawn, and the sequence that was clicked."""
    result = shown.result
    rows = picture.rows(result)
    chosen = [row for row in selection() if row in rows]
    columns = min(3, len(picture.methods)) if len(picture.seeds) == 1 else len(picture.seeds)
    points(
        clouds(drawing, picture, len(rows)),
        marks(result, picture, chosen, st.session_state.get(CLICKED, 1)),
        key="t-SNE",
        columns=columns,
        height=400,
        on_select=remember_selection,
        on_pick=remember_click,
        fallback=lambda: plain_pictures(shown, picture, drawing.maps, chosen, columns),
    )
    st.caption(
        "**Click a point to play its sequence**; click it again, or beside all points, to "
        "deselect. Lasso and box selections are linked across all maps; a click on an action in "
        "the legend hides it."
    )
    if not drawing.coming:
        st.markdown(picture_words(drawing.maps, picture, result))
    play_chosen(shown, rows.tolist())


def remember_click(point: tuple[int, int] | None) -> None:
    """Select the sequence of the point that was clicked, row and modality, or none."""
    remember_selection(() if point is None else point[:1])
    st.session_state[CLICKED] = 1 if point is None else point[1]


def plain_pictures(
    shown: Shown, picture: PictureSpec, maps: Drawn, chosen: Sequence[int], columns: int
) -> None:
    """The finished maps as Plotly figures, for browsers that cannot draw the pictures of points."""
    rows = picture.rows(shown.result)
    drawn = draw.pictures(maps, shown.result, rows, picture.actions, selected=chosen, keep="plain")
    charts(
        [
            Panel(
                name=map_name(*key),
                figure=figure,
                caption=picture_caption(maps[key], METHODS[key[0]].label, len(rows)),
                height=440,
                linked=True,
            )
            for key, figure in drawn.items()
        ],
        key="t-SNE without WebGL",
        columns=columns,
        on_select=remember_selection,
    )


def play_chosen(shown: Shown, rows: Sequence[int] = ()) -> None:
    """Play the first selected sequence among these rows, else the first of them or of D_Test."""
    result = shown.result
    chosen = [row for row in selection() if row in rows]
    words = f"The first of {len(chosen)} selected sequences. " if len(chosen) > 1 else ""
    row = [*chosen, *rows, *result.splits[result.spec.seeds[0]].test][0]
    who = tuple(int(of[row]) for of in (result.actions, result.subjects, result.trials))
    one = p.sequence(shown.where, shown.dataset, *who)
    play(one, (result.spec.source, result.spec.target), words, by_itself=len(chosen) == 1)


def play(one: Activity, modalities: tuple[str, str], words: str, *, by_itself: bool) -> None:
    """A sequence as an animation."""
    lengths = ", ".join(f"{MODALITY_NAMES[name]} {one.length(name)}" for name in modalities)
    caption = (
        f"{words}{one.label}, subject {one.subject}, trial {one.trial}; samples: {lengths}. The "
        f"inertial sensor is on the {one.sensor}. Each sensor has its own clock, from 0 to 1."
    )
    figure = _played(one, modalities, by_itself)
    charts([Panel(name="sequence", figure=figure, caption=caption, height=360)], key="sequence")


@lru_cache(maxsize=8)
def _played(one: Activity, modalities: tuple[str, str], by_itself: bool) -> go.Figure:
    """The animation, which takes longer to make than a picture of the maps that form beside it."""
    return draw.played(one, *modalities, play=by_itself)


def figures(
    result: ProtocolResult, picture: PictureSpec | None, maps: Drawn
) -> dict[str, go.Figure]:
    """The figures of the export pack; without t-SNE maps if there are none."""
    found = {f"top-{at} by method": draw.accuracies(result, f"top-{at}") for at in TOPS}
    found["losses"] = draw.losses(result.losses, result.spec.epochs)
    if picture is None:
        return found
    drawn = draw.pictures(maps, result, picture.rows(result), picture.actions, keep="pack")
    return {map_name(*key): one for key, one in drawn.items()} | found
