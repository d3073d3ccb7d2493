"""The linked pictures of the spaces: their points, titles, captions, and the fallback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from alignlab.data.inspected import Inspected
from alignlab.experiments.pick import Pick
from alignlab.experiments.space import Space
from alignlab.figures import inspect as draw
from alignlab.figures.inspect_colours import Colouring
from alignlab.maps import Maps, MapSpec, PairMap, Snapshot
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import remember_selection, selection
from alignlab.ui.parts.inspect.pairs import remember_pick
from alignlab.ui.points import Cloud, Marks, Scale, points
from alignlab.words.inspect import map_caption, map_title

Key = tuple[str, MapSpec]
"""A map by the name of its space and its settings."""

HEIGHTS = {1: 560, 2: 460}
"""Height of the pictures in pixels, by their number in a row; lower with three."""

LINES_IN_FIGURES = 500
"""Maximum number of partner lines in a figure of the export pack."""

Part = tuple[str, np.ndarray | None, np.ndarray | None]
"""A picture of a map: what is added to its title, and the positions of both modalities."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What all pictures of the page share.

    spaces : those on show, by name. specs : the maps of each. colours : of every pair.
    keep : the zoom is kept while this stays the same. lines : which partners are joined.
    """

    inspected: Inspected
    spaces: Mapping[str, Space]
    specs: Sequence[MapSpec]
    colours: Colouring
    keep: str
    lines: str

    def drawn(self) -> Iterator[Key]:
        """The maps in the order in which they are drawn: all of one space first."""
        for name in self.spaces:
            for spec in self.specs:
                yield name, spec

    @cached_property
    def names(self) -> list[str] | None:
        """Hover texts, where the rows are numbered otherwise than in the file; else None."""
        if self.inspected.rows is None:
            return None
        rows = self.inspected.rows.tolist()
        if self.colours.codes is None:
            return [f"pair {row}" for row in rows]
        entries = [name for name, _ in self.colours.entries]
        codes = self.colours.codes.tolist()
        return [f"{entries[code]}, pair {row}" for code, row in zip(codes, rows, strict=True)]

    def title(self, key: Key) -> str:
        """The title of a map."""
        return map_title(*key, self.specs, len(self.spaces))


def show(scene: Scene, maps: Maps, pick: Pick | None) -> None:
    """Draw every map as far as it has formed; pick : the point whose neighbours are ringed."""
    drawn = list(clouds(scene, maps))
    columns = columns_for(len(drawn))
    points(
        drawn,
        Marks(
            rows=np.arange(scene.inspected.data.n, dtype=np.int32),
            colours=scene.colours.rgb,
            legend=_legend(scene.colours),
            codes=scene.colours.codes,
            marked=_held_out(scene),
            names=scene.names,
            selected=selection(),
            lines=scene.lines,  # type: ignore[arg-type]
            chosen=None if pick is None else (pick.row, pick.modality),
            neighbours=[] if pick is None else _neighbours(pick),
        ),
        key="latent spaces",
        columns=columns,
        height=HEIGHTS.get(columns, 360),
        on_select=remember_selection,
        on_pick=remember_pick,
        fallback=lambda: plain(scene, maps),
    )


def clouds(scene: Scene, maps: Maps) -> Iterator[Cloud]:
    """The picture of every map, without points before it is begun.

    Two pictures where each modality has a map of its own.
    """
    finished, forming, courses = maps.maps, maps.forming, maps.courses
    for key in scene.drawn():
        spec, title = key[1], scene.title(key)
        now = finished.get(key) or forming.get(key)
        course = courses.get(key, ()) if key in finished and spec.method != "pca" else ()
        for suffix, Y1, Y2 in parts(now, spec):
            yield Cloud(
                name=title + suffix,
                title=title + suffix,
                caption=map_caption(now, spec, scene.inspected.data.n),
                Y1=Y1,
                Y2=Y2,
                frames=[
                    (f"step {one.step:,}", None if Y1 is None else one.Y1,
                     None if Y2 is None else one.Y2)
                    for one in course
                ],
                forming=key not in finished,
                axes=axes(now, spec),
                keep=f"{scene.keep} {title}",
            )  # fmt: skip


def parts(now: PairMap | Snapshot | None, spec: MapSpec) -> list[Part]:
    """The pictures of one map: one, or each modality on its own."""
    Y1, Y2 = (None, None) if now is None else (now.Y1, now.Y2)
    if spec.together:
        return [("", Y1, Y2)]
    return [(", ○ alone", Y1, None), (", × alone", None, Y2)]


def axes(now: PairMap | Snapshot | None, spec: MapSpec) -> tuple[str, ...]:
    """The names of the axes of PCA, with their share of the variance; none for other maps."""
    if spec.method != "pca":
        return ()
    shares = now.shares if isinstance(now, PairMap) else ()
    told = [f" ({share:.0%})" for share in shares] or [""] * spec.dims
    return tuple(f"PC {i}{share}" for i, share in enumerate(told, start=1))


def columns_for(count: int) -> int:
    """Number of pictures in a row."""
    return {1: 1, 2: 2, 4: 2}.get(count, 3)


def mapped(scene: Scene, maps: Maps) -> dict[str, tuple[Space, PairMap]]:
    """Every finished map with its space, by title."""
    return {scene.title(key): (scene.spaces[key[0]], one) for key, one in maps.maps.items()}


def _neighbours(pick: Pick) -> list[tuple[int, int]]:
    near = (pick.neighbours1, pick.neighbours2)
    return [(int(row), m) for m, found in enumerate(near, start=1) for row in found.rows]


def _legend(colours: Colouring) -> Sequence[tuple[str, str]] | Scale:
    if not colours.scale:
        return colours.entries
    return Scale(title=colours.title, low=colours.low, high=colours.high, colours=colours.scale)


def _held_out(scene: Scene) -> np.ndarray | None:
    """The pairs held out of the first space with a fit; None if nothing was fitted."""
    return next((s.held_out for s in scene.spaces.values() if s.held_out.any()), None)


def figures(scene: Scene, maps: Mapping[Key, PairMap]) -> dict[str, go.Figure]:
    """The finished maps as Plotly figures, by title."""
    chosen: Sequence[int] = selection()
    if scene.lines == "all":
        chosen = range(scene.inspected.data.n)
    found: dict[str, go.Figure] = {}
    for key in scene.drawn():
        if key not in maps:
            continue
        for suffix, Y1, Y2 in parts(maps[key], key[1]):
            title = scene.title(key) + suffix
            found[title] = draw.picture(
                Y1,
                Y2,
                scene.colours,
                title=title,
                axes=axes(maps[key], key[1]),
                names=scene.names,
                lines=() if scene.lines == "none" else chosen[:LINES_IN_FIGURES],
                keep=f"{scene.keep} {title}",
            )
    return found


def plain(scene: Scene, maps: Maps) -> None:
    """Plotly's charts, for browsers without WebGL2."""
    n = scene.inspected.data.n
    panels = [
        Panel(name=title, figure=figure, caption=f"{n:,} pairs, ○ modality 1 and × modality 2.")
        for title, figure in figures(scene, maps.maps).items()
    ]
    if panels:
        charts(panels, key="latent spaces, plain", columns=min(2, len(panels)))
    else:
        st.caption("The picture follows when the map is finished.")
