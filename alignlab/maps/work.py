"""Many maps as the work of a job, each to be seen while it forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from alignlab.checks import InputError, as_matrix
from alignlab.maps.layout import Layout
from alignlab.maps.measured import pair_map
from alignlab.maps.parts import Part
from alignlab.maps.points import checked
from alignlab.maps.result import PairMap, Snapshot
from alignlab.maps.spec import MapSpec, Plan, planned

Key = tuple[str, MapSpec]
"""A latent by name, and the settings of its map."""

Pair = tuple[np.ndarray, np.ndarray]
"""Both modalities, row i of both the same sample."""


class Maps:
    """Many maps as the work of a job: `run` yields after every gradient step.

    A map shows the 2n points of Z1 (n, k) and Z2 (n, k), fitted together, or each modality on its
    own, and then k may differ between them. Distances are Euclidean, in the unscaled latent, and
    the same seed gives the same map. A joint fit contains several latents of the same pairs, whose
    totals can then be compared: every latent is centred, scaled to unit root mean square length and
    rotated onto the first one (orthogonal Procrustes of its leading components), since latents
    share no axes. k may differ between latents.

    Raises InputError as the aligners do, and for a start that does not fit; `run` also where too
    few points are different for t-SNE or UMAP, and where positions grow beyond all numbers.

    latents : (Z1, Z2) by name. joint : whether they are fitted together.
    start : positions (n, 2) of both modalities by name, at any scale, as of an earlier map, from
        which t-SNE and UMAP start instead.
    done, total : gradient steps of t-SNE, epochs of UMAP and fits of PCA, complete and in all.
    maps : finished maps by name and settings.
    forming : the latest snapshot of every map that was begun.
    courses : snapshots of every map for playback, evenly spaced, the first and the last included.
    All three are replaced, never modified.
    """

    def __init__(
        self,
        latents: Mapping[str, Pair],
        specs: tuple[MapSpec, ...],
        *,
        joint: bool = False,
        start: Mapping[str, Pair] | None = None,
    ) -> None:
        together = any(spec.together for spec in specs)
        self._latents = {name: checked(*pair, together=together) for name, pair in latents.items()}
        if joint and len({len(Z1) for Z1, _ in self._latents.values()}) > 1:
            raise InputError(
                "maps", "the latents have different numbers of pairs: give the same pairs for each"
            )
        self._start = None if start is None else _checked_start(start, self._latents)
        groups = [tuple(latents)] if joint else [(name,) for name in latents]
        self._fits = [(spec, group, self._plan(spec, group)) for spec in specs for group in groups]
        self.maps: dict[Key, PairMap] = {}
        self.forming: dict[Key, Snapshot] = {}
        self.courses: dict[Key, tuple[Snapshot, ...]] = {}
        self.done = 0
        self.total = sum(plan.steps * (1 if spec.together else 2) for spec, _, plan in self._fits)

    def run(self) -> Iterator[None]:
        """Draw map by map, all of one spec first."""
        for spec, group, plan in self._fits:
            parts = self._parts(group, spec)
            before = self.done
            for steps, layouts in _at_once([part.layouts(spec, plan) for part in parts]):
                self.done = before + steps
                if layouts:
                    keep = layouts[0].step % plan.kept == 0 or layouts[0].step == plan.steps
                    for name in group:
                        self._show(name, spec, _snapshot(name, parts, layouts), keep)
                yield
            for name in group:
                drawn = [(part.clouds[name], part.rows(name, layout.Y))
                         for part, layout in zip(parts, layouts, strict=True)]  # fmt: skip
                shares = np.mean([layout.shares for layout in layouts], axis=0)
                found = yield from pair_map(drawn, _divergence(layouts), tuple(shares.tolist()))
                self.maps = self.maps | {(name, spec): found}

    def _plan(self, spec: MapSpec, group: Sequence[str]) -> Plan:
        pairs = len(self._latents[group[0]][0])
        return planned(spec, (2 if spec.together else 1) * pairs * len(group), pairs)

    def _parts(self, group: Sequence[str], spec: MapSpec) -> list[Part]:
        """The points of the group: all in one map, or a map for each modality."""
        starts = self._start or {}

        def part(of: slice) -> Part:
            return Part(
                {name: np.concatenate(self._latents[name][of]) for name in group},
                {name: np.concatenate(starts[name][of]) for name in group} if starts else None,
            )

        return [part(slice(2))] if spec.together else [part(slice(1)), part(slice(1, 2))]

    def _show(self, name: str, spec: MapSpec, now: Snapshot, keep: bool) -> None:
        self.forming = self.forming | {(name, spec): now}
        if keep:
            course = (*self.courses.get((name, spec), ()), now)
            self.courses = self.courses | {(name, spec): course}


def _at_once(drawn: Sequence[Iterator[Layout | int]]) -> Iterator[tuple[int, list[Layout]]]:
    """Draw maps of one spec at the same time, from one layout to the next.

    Yields the sum of the steps taken, and the layouts of all maps as soon as each has its next one,
    else an empty list.
    """
    steps = [0] * len(drawn)
    while True:
        layouts = []
        for at, drawing in enumerate(drawn):
            for now in drawing:
                steps[at] = now.step if isinstance(now, Layout) else now
                if isinstance(now, Layout):
                    layouts.append(now)
                    break
                yield sum(steps), []
        if not layouts:
            return
        yield sum(steps), layouts


def _snapshot(name: str, parts: Sequence[Part], layouts: Sequence[Layout]) -> Snapshot:
    both = zip(parts, layouts, strict=True)
    Y = np.concatenate([part.rows(name, layout.Y) for part, layout in both])
    Y1, Y2 = np.split(Y.astype(np.float32), 2)
    return Snapshot(
        step=layouts[0].step,
        exaggerated=layouts[0].exaggerated,
        divergence=_divergence(layouts),
        Y1=Y1,
        Y2=Y2,
    )


def _divergence(layouts: Sequence[Layout]) -> float:
    return float(np.mean([layout.divergence for layout in layouts]))


def _checked_start(start: Mapping[str, Pair], latents: Mapping[str, Pair]) -> dict[str, Pair]:
    """The start (n, 2) of each latent, checked; InputError names what does not fit."""
    found = {}
    for name, pair in latents.items():
        if name not in start:
            known = ", ".join(map(repr, start))
            raise InputError(
                "maps", f"the start has no positions of {name!r}, only of {known}: give them too"
            )
        Y1, Y2 = (as_matrix(Y, f"start Y{m}", "maps") for m, Y in enumerate(start[name], start=1))
        wanted = (len(pair[0]), 2)
        for Y in (Y1, Y2):
            if Y.shape != wanted or not np.isfinite(Y).all():
                raise InputError(
                    "maps",
                    f"the start of {name!r} has shape {Y.shape}, or values that are not finite: "
                    f"finite positions {wanted} of the same pairs in the plane were expected",
                )
        found[name] = (Y1, Y2)
    return found
