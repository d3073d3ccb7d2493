"""The t-SNE maps of human activity as linked pictures of points: finished, forming, or to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from alignlab.figures.activity import action_colour, action_colours, sequence_names
from alignlab.har.dataset import ACTIONS
from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec, by_seed
from alignlab.har.protocol import ProtocolResult
from alignlab.maps import Maps, MapSpec, PairMap, Snapshot
from alignlab.ui.jobs import Followed
from alignlab.ui.points import Cloud, Marks
from alignlab.words.activity import MODALITY_NAMES, forming_caption, picture_caption

Key = tuple[str, int]
"""Method, and seed of t-SNE."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """The maps of a `PictureSpec` as far as they are drawn.

    maps : finished. forming : the latest snapshot of each map begun; courses : all snapshots kept.
    coming : whether those not begun are still to come.
    """

    maps: Mapping[Key, PairMap]
    forming: Mapping[Key, Snapshot] = field(default_factory=dict)
    courses: Mapping[Key, Sequence[Snapshot]] = field(default_factory=dict)
    coming: bool = False

    @classmethod
    def of(cls, drawing: Followed[Maps]) -> Drawing:
        """The state of a job at this moment."""
        maps = by_seed(drawing.work.maps)  # first, so that each of them has its whole course
        return cls(
            maps=maps,
            forming=by_seed(drawing.work.forming),
            courses=by_seed(drawing.work.courses),
            coming=drawing.running,
        )


def clouds(drawing: Drawing, picture: PictureSpec, n: int) -> list[Cloud]:
    """A picture of each map of n sequences, in the order of the methods; with equal places."""
    found = []
    for method in picture.methods:
        for spec in picture.maps:
            key = method, spec.seed
            label = METHODS[method].label
            shown = drawing.maps.get(key) or drawing.forming.get(key)
            if shown is None and not drawing.coming:
                continue
            found.append(
                Cloud(
                    name=map_name(*key),
                    title=f"{label}, t-SNE seed {spec.seed}" if len(picture.seeds) > 1 else label,
                    caption=_caption(shown, label, n, spec),
                    Y1=None if shown is None else shown.Y1,
                    Y2=None if shown is None else shown.Y2,
                    frames=_frames(drawing.courses.get(key, ())) if key in drawing.maps else (),
                    forming=key not in drawing.maps,
                    keep=f"{picture.group} {picture.joint} {method} {spec.seed}",
                )
            )
    return found


def map_name(method: str, seed: int) -> str:
    """The name of a map on the page, in the export pack, and of its saved image."""
    return f"{METHODS[method].label}, t-SNE seed {seed}"


def marks(
    result: ProtocolResult, picture: PictureSpec, chosen: Sequence[int], clicked: int
) -> Marks:
    """The sequences of all maps, in the colours of their actions.

    chosen : the rows that are selected. clicked : 1 or 2, the modality that a click has hit.
    """
    rows, order = picture.rows(result), sorted(picture.actions)
    return Marks(
        rows=rows,
        colours=action_colours(result.actions[rows], picture.actions),
        legend=[(ACTIONS[at - 1], action_colour(at, picture.actions)) for at in order],
        codes=np.searchsorted(order, result.actions[rows]),
        modalities=(MODALITY_NAMES[result.spec.source], MODALITY_NAMES[result.spec.target]),
        names=sequence_names(result, rows),
        # the others stay as they are while one after another is clicked
        selected=chosen if len(chosen) > 1 else (),
        lines="all",
        chosen=(chosen[0], clicked) if len(chosen) == 1 else None,
    )


def _caption(shown: PairMap | Snapshot | None, label: str, n: int, spec: MapSpec) -> str:
    if isinstance(shown, PairMap):
        return picture_caption(shown, label, n)
    return forming_caption(shown, label, spec.steps)


def _frames(course: Sequence[Snapshot]) -> list[tuple[str, np.ndarray, np.ndarray]]:
    return [(f"step {one.step}", one.Y1, one.Y2) for one in course]
