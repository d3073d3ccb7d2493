"""The linked pictures of the spaces: their points, colours, captions, and the fallback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
from alignlab.ui.points import Cloud, Marks, Scale, points
from alignlab.words.inspect import map_caption, map_title

Key = tuple[str, MapSpec]
"""A map by the name of its space and its settings."""

HEIGHTS = {1: 560, 2: 470}
"""Height of the pictures in pixels, by their number in a row; lower with three."""

LINES_IN_FIGURES = 500
"""Maximum number of partner lines in a figure of the export pack."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What all pictures of the page share.

    spaces : by name, those with a map. colours : of every pair. keep : the zoom is kept while this
    stays the same. lines : as `Marks`.
    """

    inspected: Inspected
    spaces: Mapping[str, Space]
    specs: Sequence[MapSpec]
    colours: Colouring
    keep: str
    lines: str

    def keys(self) -> Iterator[Key]:
        """The maps in the order in which they are drawn: all of one space first."""
        for name in self.spaces:
            for spec in self.specs:
                yield name, spec

    def names(self) -> list[str]:
        """Short hover texts: the class or number that the colour shows, and the pair."""
        rows = self.inspected.rows
        if self.colours.codes is None:
            return [f"pair {row}" for row in rows.tolist()]
        entries = [name for name, _ in self.colours.entries]
        return [
            f"{entries[code]}, pair {row}"
            for code, row in zip(self.colours.codes.tolist(), rows.tolist(), strict=True)
        ]


def show(
    scene: Scene,
    maps: Maps,
    *,
    selected: Sequence[int],
    pick: Pick | None,
    on_select: Callable[[Sequence[int]], None],
    on_pick: Callable[[tuple[int, int] | None], None],
) -> None:
    """Draw every map as far as it has formed."""
    drawn = list(clouds(scene, maps))
    if not drawn:
        return
    columns = columns_for(len(drawn))
    ringed = [] if pick is None else _neighbours(pick)
    points(
        drawn,
        Marks(
            rows=np.arange(scene.inspected.data.n, dtype=np.int32),
            colours=scene.colours.rgb,
            legend=_legend(scene.colours),
            codes=scene.colours.codes,
            marked=_held_out(scene),
            names=scene.names(),
            selected=selected,
            lines=scene.lines,
            chosen=None if pick is None else (pick.row, pick.modality),
            neighbours=ringed,
        ),
        key="latent spaces",
        columns=columns,
        height=HEIGHTS.get(columns, 380),
        on_select=on_select,
        on_pick=on_pick,
        fallback=lambda: plain(scene, maps, selected),
    )


def clouds(scene: Scene, maps: Maps) -> Iterator[Cloud]:
    """The picture of every map begun; two pictures where each modality has a map of its own."""
    finished = maps.maps
    for key in scene.keys():
        now: PairMap | Snapshot | None = finished.get(key) or maps.forming.get(key)
        if now is None:
            continue
        name, spec = key
        title = map_title(name, spec, scene.specs, len(scene.spaces))
        frames = _frames(maps, key) if key in finished else ()
        shown = [("", now.Y1, now.Y2)]
        if not spec.together:
            shown = [(", ○ alone", now.Y1, None), (", × alone", None, now.Y2)]
        for suffix, Y1, Y2 in shown:
            yield Cloud(
                name=title + suffix,
                title=title + suffix,
                caption=map_caption(now, spec, scene.inspected.data.n),
                Y1=Y1,
                Y2=Y2,
                frames=[
                    (label, None if Y1 is None else A, None if Y2 is None else B)
                    for label, A, B in frames
                ],
                forming=key not in finished,
                axes=axes(now, spec),
                keep=f"{scene.keep} {title}",
            )


def _frames(maps: Maps, key: Key) -> list[tuple[str, np.ndarray, np.ndarray]]:
    return [
        (f"step {one.step:,}{', exaggerated' * one.exaggerated}", one.Y1, one.Y2)
        for one in maps.courses.get(key, ())
    ]


def axes(one: PairMap | Snapshot, spec: MapSpec) -> tuple[str, ...]:
    """The names of the axes of PCA, with their share of the variance; none for other maps."""
    if spec.method != "pca":
        return ()
    shares = getattr(one, "shares", ())
    return tuple(
        f"PC {i}" + (f" ({shares[i - 1]:.0%})" if len(shares) >= i else "")
        for i in range(1, spec.dims + 1)
    )


def columns_for(count: int) -> int:
    """Number of pictures in a row."""
    return {1: 1, 2: 2, 4: 2}.get(count, 3)


def _neighbours(pick: Pick) -> list[tuple[int, int]]:
    near = (pick.neighbours1, pick.neighbours2)
    return [(int(row), m) for m, found in enumerate(near, start=1) for row in found.rows]


def _legend(colours: Colouring) -> Sequence[tuple[str, str]] | Scale:
    if not colours.scale:
        return colours.entries
    return Scale(title=colours.title, low=colours.low, high=colours.high, colours=colours.scale)


def _held_out(scene: Scene) -> np.ndarray | None:
    """The pairs that were held out, in the first space with a fit; None if nothing was fitted."""
    return next((s.held_out for s in scene.spaces.values() if s.held_out.any()), None)


def figures(scene: Scene, maps: Mapping[Key, PairMap], selected: Sequence[int] = ()) -> dict:
    """The finished maps as Plotly figures, by title."""
    found: dict[str, go.Figure] = {}
    for name, spec in scene.keys():
        if (name, spec) not in maps:
            continue
        one = maps[name, spec]
        title = map_title(name, spec, scene.specs, len(scene.spaces))
        parts = [("", one.Y1, one.Y2)]
        if not spec.together:
            parts = [(", ○ alone", one.Y1, None), (", × alone", None, one.Y2)]
        for suffix, Y1, Y2 in parts:
            found[title + suffix] = draw.picture(
                Y1,
                Y2,
                scene.colours,
                title=title + suffix,
                axes=axes(one, spec),
                names=scene.names(),
                lines=_lines(scene, selected),
                keep=f"{scene.keep} {title}",
            )
    return found


def _lines(scene: Scene, selected: Sequence[int]) -> Sequence[int]:
    if scene.lines == "none":
        return ()
    rows = list(selected) if scene.lines == "selected" else range(scene.inspected.data.n)
    return list(rows)[:LINES_IN_FIGURES]


def plain(scene: Scene, maps: Maps, selected: Sequence[int]) -> None:
    """Plotly's charts, for browsers without WebGL2."""
    panels = [
        Panel(name=title, figure=figure, caption=f"{scene.inspected.data.n:,} pairs.", height=460)
        for title, figure in figures(scene, maps.maps, selected).items()
    ]
    if panels:
        charts(panels, key="latent spaces, plain", columns=min(2, len(panels)))
    else:
        st.caption("The picture follows when the map is finished.")
