"""Which pairs and methods of a result are drawn by t-SNE, and with which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from alignlab.checks import InputError, as_count
from alignlab.har.dataset import ACTIONS
from alignlab.har.methods import METHODS
from alignlab.har.protocol import ProtocolResult
from alignlab.har.splits import PARTS
from alignlab.maps import Maps, MapSpec, different

FIGURE_6 = (4, 7, 9, 12, 22)
"""Clap, basketball shoot, circle (clockwise), bowling and jog: the classes of the paper's Figure 6,
as named in the preceding paper."""

GROUPS = {"held_out": ("val", "test"), "test": ("test",), "align": ("align",), "all": PARTS}
"""Groups of sequences that can be drawn, as parts of the split."""

Shown = TypeVar("Shown")


class NotKeptError(InputError):
    """A reduced result from a file lacks the requested embeddings."""


@dataclass(frozen=True, kw_only=True)
class PictureSpec:
    """Settings of the t-SNE maps.

    methods : keys of `METHODS` that have an embedding, at least one, one map each.
    actions : 1 to 27, at least one.
    group : a key of `GROUPS`.
    run : seed of the training whose embeddings are drawn.
    perplexity, early_exaggeration : see `MapSpec`; a perplexity too high for the number of points
        is lowered to a third of it.
    seeds : of t-SNE, one map per method and seed.
    random_start : see `MapSpec`; without it only one seed is allowed.
    joint : one fit of all methods, in which their distances can be compared.
    """

    methods: tuple[str, ...] = ("ca", "ca_pa", "ca_informative")
    actions: tuple[int, ...] = FIGURE_6
    group: str = "held_out"
    run: int = 0
    perplexity: float = 30.0
    early_exaggeration: float = 12.0
    seeds: tuple[int, ...] = (0,)
    random_start: bool = False
    joint: bool = False

    def __post_init__(self) -> None:
        if not self.methods or not self.actions or not self.seeds:
            raise InputError(
                "PictureSpec", "no method, action or seed is chosen: choose at least one of each"
            )
        for method in self.methods:
            if method not in METHODS or METHODS[method].fit is None:
                known = ", ".join(name for name, one in METHODS.items() if one.fit is not None)
                raise InputError("PictureSpec", f"{method!r} has no embedding: use {known}")
        if self.group not in GROUPS:
            raise InputError("PictureSpec", f"{self.group!r} is not known: use {', '.join(GROUPS)}")
        for action in self.actions:
            as_count(action, "an action", "PictureSpec", 1, len(ACTIONS))
        if len(self.seeds) > 1 and not self.random_start:
            raise InputError(
                "PictureSpec",
                f"{len(self.seeds)} seeds from principal components give the same "
                "map: use one seed, or the random start",
            )
        _ = self.maps  # checks the rest

    @property
    def maps(self) -> tuple[MapSpec, ...]:
        return tuple(
            MapSpec(
                perplexity=self.perplexity,
                early_exaggeration=self.early_exaggeration,
                random_start=self.random_start,
                seed=seed,
            )
            for seed in self.seeds
        )

    def rows(self, result: ProtocolResult) -> np.ndarray:
        """Rows of the result that are drawn, in their order.

        Raises ValueError if the result has no such run, or too few such sequences.
        """
        if self.run not in result.splits:
            known = ", ".join(map(str, result.splits))
            raise InputError(
                "PictureSpec", f"there is no training with seed {self.run}: use one of {known}"
            )
        split = result.splits[self.run]
        inside = np.concatenate([getattr(split, part) for part in GROUPS[self.group]])
        rows = np.sort(inside[np.isin(result.actions[inside], self.actions)])
        if len(rows) < 4:
            raise InputError(
                "PictureSpec",
                f"{len(rows)} of the chosen sequences show the chosen actions, at "
                "least 4 are needed: choose more actions, or more sequences",
            )
        return rows

    def latents(self, result: ProtocolResult) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Both embeddings (n, k) of the rows, by method, for finished methods.

        Raises NotKeptError if a reduced result from a file lacks them.
        """
        rows, found = self.rows(result), {}
        for method in self.methods:
            run = result.runs.get((method, self.run))
            if run is None:
                continue
            if run.source is None or run.target is None or np.isnan(run.source[rows]).any():
                raise NotKeptError(
                    "PictureSpec",
                    "the stored result has no embeddings of these "
                    "sequences: train again to see them, or draw the held-out ones of seed "
                    f"{result.spec.seeds[0]}",
                )
            found[method] = (run.source[rows], run.target[rows])
        return found

    def within(self, result: ProtocolResult) -> PictureSpec:
        """The same; a perplexity not below the number of different points becomes a third of it.

        Raises ValueError as `rows` does, and if an embedding has no spread.
        """
        drawn = sum((method, self.run) in result.runs for method in self.methods)
        most = 2 * len(self.rows(result))
        try:
            marks = [different(*pair) for pair in self.latents(result).values()] or [most]
        except NotKeptError:  # reported when they are drawn
            marks = [most] * max(drawn, 1)
        most = (sum(marks) if self.joint else min(marks)) - 1
        if self.perplexity <= most:
            return self
        # not the highest possible one, for which all points are equally near and the map collapses
        return replace(self, perplexity=max(1.0, float(most // 3)))

    def drawing(self, result: ProtocolResult) -> Maps:
        """The maps as the work of a job."""
        found = self.latents(result)
        if not found:
            raise InputError(
                "PictureSpec", "none of these methods was part of the experiment: choose others"
            )
        return Maps(found, self.within(result).maps, joint=self.joint)


def by_seed(maps: Mapping[tuple[str, MapSpec], Shown]) -> dict[tuple[str, int], Shown]:
    """Maps, or their snapshots, by method and seed: of one `PictureSpec`, so that seeds differ."""
    return {(method, spec.seed): one for (method, spec), one in maps.items()}
