"""What a latent space of pairs shows, in sentences computed from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignlab.experiments.pick import Pick
from alignlab.experiments.space import FEWEST, SPACES, Space
from alignlab.maps import MapSpec, PairMap, Snapshot
from alignlab.maps.spec import METHODS
from alignlab.spaces.nulls import NULLS, Measure
from alignlab.words.numbers import number, share

LIKELY = 0.05
"""A measure differs from its null below this p."""

MATTERS = 0.1
"""A gap that explains at least this share of the CMAE keeps partners apart."""

DROPS = 0.8
"""Held-out pairs fall behind if they find their partner less than this share as often."""

BY_CHANCE = 2
"""Partners found at most this many times as often as by chance: nothing that could carry over."""

HUBS = 2.0
"""From this skewness on, a few points are neighbours of very many others."""

FAITHFUL = 0.9
"""From this trustworthiness on, neighbours on a map are mostly neighbours in the space."""

SHORT = {"common": "As they are", "pca": "Each by its PCA"}
"""Short names of spaces, where they differ from those of the menu."""


MEASURES = {
    "cmae": "CMAE",
    "ncmae": "NCMAE",
    "alignment": "Alignment on the unit sphere",
    "gap": "Modality gap",
    "gap_explained": "Share of CMAE due to the gap",
    "cka": "CKA, linear",
    "uniformity1": "Uniformity of ○",
    "uniformity2": "Uniformity of ×",
    "mutual_knn": "Mutual kNN",
    "retrieval_1": "R@1, ○ → ×",
    "retrieval_1_back": "R@1, × → ○",
    "retrieval_5": "R@5, ○ → ×",
    "retrieval_5_back": "R@5, × → ○",
    "hubness": "Hubness of ×",
    "hubness_back": "Hubness of ○",
    "trustworthiness": "Trustworthiness of the map",
    "continuity": "Continuity of the map",
}
"""The measures by key, as the page calls them."""


class Found(NamedTuple):
    """A share of pairs whose partner is the nearest point of the other modality, both ways."""

    forth: float
    back: float


def space_name(how: str) -> str:
    """The name of a space in titles."""
    return SHORT.get(how, SPACES[how])


def nearest_shares(ranks: tuple[np.ndarray, np.ndarray], rows: np.ndarray | None = None) -> Found:
    """R@1 both ways from ranks (n,) of the partners, ties counted in expectation as not found.

    rows : (n,) bool, the pairs that count; all of them if None.
    """
    chosen = [one if rows is None else one[rows] for one in ranks]
    return Found(*(float((one <= 1).mean()) if len(one) else float("nan") for one in chosen))


def headline(shares: Mapping[str, Found], n: int) -> str:
    """The verdict in one line: the share of partners found in each space, among n pairs."""
    told = ", ".join(
        share(one.forth) + (f" ({name})" if len(shares) > 1 else "") for name, one in shares.items()
    )
    return f"**The nearest × is the partner for {told} of the ○**; chance {share(1 / n)}."


def space_words(
    name: str,
    space: Space,
    ranks: tuple[np.ndarray, np.ndarray],
    found: Mapping[str, Measure],
    rows: np.ndarray,
) -> list[str]:
    """The findings about one space, one string each.

    ranks : (n,) of the partners, both ways. rows : (n,) bool, the pairs that the measures `found`
        are of.
    """
    sentences = (
        _retrieval(name, space, ranks, found, rows), _gap(found), _hubs(found),
        _held_out(space, ranks),
    )  # fmt: skip
    return [sentence for sentence in sentences if sentence]


def _retrieval(
    name: str,
    space: Space,
    ranks: tuple[np.ndarray, np.ndarray],
    measured: Mapping[str, Measure],
    rows: np.ndarray,
) -> str:
    found = nearest_shares(ranks, rows)
    middle = float(np.median(np.concatenate([one[rows] for one in ranks])))
    which = "" if rows.all() else f"{rows.sum():,} held-out "
    by_chance = f"(chance {share(1 / space.n)}, {space.n:,} pairs)"
    known = [measured[key] for key in ("retrieval_1", "retrieval_1_back") if key in measured]
    if known and min(one.p for one in known) > LIKELY:
        return (
            f"**{name}: partners are found no more often than by chance.** The nearest × is the "
            f"partner for {share(found.forth)} of the {which}○ {by_chance}; half of the partners "
            f"lie beyond rank {number(middle)}."
        )
    return (
        f"**{name}: the nearest × is the partner for {share(found.forth)} of the {which}○**, the "
        f"nearest ○ for {share(found.back)} of the × {by_chance}. Half of the partners are within "
        f"rank {number(middle)}."
    )


def _gap(found: Mapping[str, Measure]) -> str:
    distance, explained = found.get("gap"), found.get("gap_explained")
    if distance is None or explained is None or np.isnan(explained.value):
        return ""
    if distance.p > LIKELY:
        return (
            f"**No modality gap**: the means of ○ and × are {number(distance.value)} apart, as "
            f"after exchanging the modalities of random pairs ({number(distance.null)})."
        )
    beginning = (
        f"The means of ○ and × are {number(distance.value)} apart ({number(distance.null)} "
        "after exchanging the modalities of random pairs)"
    )
    if explained.value >= MATTERS:
        return (
            f"**A modality gap keeps partners apart.** {beginning}: moving one modality onto the "
            f"other would remove {share(explained.value)} of the CMAE."
        )
    return (
        f"**The modality gap hardly matters.** {beginning}, and moving one onto the other "
        f"would change the CMAE by only {share(abs(explained.value))}."
    )


def _hubs(found: Mapping[str, Measure]) -> str:
    hubness = found.get("hubness")
    if hubness is None or not hubness.value > max(HUBS, hubness.high):
        return ""
    return (
        f"**A few × are hubs**: they are among the nearest of very many ○ (skewness of the counts "
        f"{number(hubness.value)}, {number(hubness.null)} if neighbours were drawn at random)."
    )


def _held_out(space: Space, ranks: tuple[np.ndarray, np.ndarray]) -> str:
    if not space.held_out.any() or space.held_out.all():
        return ""
    fitted = nearest_shares(ranks, ~space.held_out)
    held_out = nearest_shares(ranks, space.held_out)
    if fitted.forth <= BY_CHANCE / space.n:
        return ""
    count = int(space.held_out.sum())
    if held_out.forth < DROPS * fitted.forth:
        return (
            f"**The fit does not carry over fully**: the partner is the nearest for "
            f"{share(fitted.forth)} of the fitted ○, but for {share(held_out.forth)} of the "
            f"{count:,} held-out ones."
        )
    return (
        f"The {count:,} held-out pairs do as well as the fitted ones: {share(held_out.forth)} "
        f"against {share(fitted.forth)}."
    )


def rows_words(spaces: Sequence[Space], rows: np.ndarray) -> str:
    """From which `rows` (n,) the numbers are computed; empty if no aligner has seen any of them."""
    if not any(space.aligned for space in spaces):
        return ""
    if rows.all():
        return (
            f"**In-sample**: fewer than {FEWEST} pairs are held out, so these numbers include the "
            "pairs that were fitted, which a flexible aligner brings together even if they are "
            "unrelated; their nulls do not show that. Hold out more pairs."
        )
    return (
        f"Measured on the {rows.sum():,} held-out pairs, which no aligner has seen; the other "
        f"{(~rows).sum():,} were fitted."
    )


def compared_words(shares: Mapping[str, Found]) -> str:
    """Two spaces side by side, by the share of partners found; empty for one space."""
    if len(shares) < 2:
        return ""
    (first, a), (second, b) = list(shares.items())[:2]
    if a.forth == b.forth:
        return f"**{first} and {second} find equally many partners** ({share(a.forth)})."
    (better, more), (worse, less) = ((first, a), (second, b))[:: 1 if a.forth > b.forth else -1]
    return (
        f"**{better} brings more partners together than {worse}**: the nearest × is the partner "
        f"for {share(more.forth)} of the ○, against {share(less.forth)}."
    )


def map_words(spec: MapSpec, maps: Sequence[PairMap]) -> str:
    """How far the picture can be trusted."""
    known = [one.trustworthiness for one in maps if not np.isnan(one.trustworthiness)]
    if not known:
        return ""
    low, high = min(known), max(known)
    amount = number(low) if len(known) == 1 else f"{number(low)} to {number(high)}"
    method = METHODS[spec.method]
    if low >= FAITHFUL:
        trust = "points that are neighbours here are mostly neighbours in the space"
    else:
        trust = "many points that are neighbours here are not neighbours in the space"
    words = f"**How far to trust the picture**: trustworthiness {amount} (1 is best), so {trust}."
    if spec.method == "pca":
        return f"{words} PCA is a projection: points only ever look nearer than they are."
    return (
        f"{words} {method} keeps neighbourhoods, not distances: the size of a cluster and the gap "
        "between two clusters mean little."
    )


def distance_caption(spaces: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """The caption of the histograms: how many random pairs are further apart than partners.

    spaces : distances of partners (n,) and of random pairs (m,) by name of the space.
    """
    told = []
    for name, (partners, random) in spaces.items():
        further = 1 - np.searchsorted(np.sort(random), np.median(partners)) / len(random)
        told.append(f"{name}: {share(float(further))}")
    return (
        f"Random pairs that are further apart than the median partner: {', '.join(told)}; "
        f"{len(partners):,} partners, {len(random):,} random pairs."
    )


def rank_caption(spaces: Mapping[str, tuple[np.ndarray, np.ndarray]], n: int) -> str:
    """The caption of the curves of ranks: the share of partners within ten.

    spaces : ranks (m,) among n points, both ways, by name of the space.
    """
    told = [
        f"{name}: {share(float((forth <= 10).mean()))} and {share(float((back <= 10).mean()))}"
        for name, (forth, back) in spaces.items()
    ]
    return (
        f"Partners within the 10 nearest, ○ → × and × → ○: {', '.join(told)}; chance "
        f"{share(min(10 / n, 1.0))} of {n:,}."
    )


def numbers_table(found: pd.DataFrame) -> pd.DataFrame:
    """The numbers as text, as the page shows them, each with what its null shuffles.

    found : indexed by space and measure, with the columns of `Measures.table`.
    """
    return pd.DataFrame(
        {
            "value": found["value"].map(number),
            "null": found["null"].map(number),
            "95 % of the null": [
                f"{number(low)} to {number(high)}"
                for low, high in zip(found["low"], found["high"], strict=True)
            ],
            "p": found["p"].map(number),
            "n": [
                f"{n:,}" if exact else f"{n:,}, drawn at random"
                for n, exact in zip(found["n"], found["exact"], strict=True)
            ],
            "what the null shuffles": [NULLS[name] for name in found.index.get_level_values(1)],
        }
    ).rename(index=MEASURES, level=1)


def numbers_caption(found: pd.DataFrame) -> str:
    """How the table of numbers is to be read."""
    draws = int(found["draws"].max())
    return (
        f"Null: mean over {draws} shuffles, which break what the number measures and keep the "
        f"rest. p: the share of them at least as extreme, at least 1/{draws + 1}."
    )


def map_title(name: str, spec: MapSpec, specs: Sequence[MapSpec], spaces: int) -> str:
    """The title of a picture: what distinguishes it from the others."""
    parts = [name] if spaces > 1 or len(specs) == 1 else []
    if len({one.perplexity for one in specs}) > 1:
        parts.append(f"perplexity {spec.perplexity:g}")
    if len({one.seed for one in specs}) > 1:
        parts.append(f"seed {spec.seed}")
    return ", ".join(parts)


def map_caption(now: PairMap | Snapshot | None, spec: MapSpec, n: int) -> str:
    """The caption of a picture: finished, forming, or None if it is still to come."""
    shown = f"{n:,} pairs, ○ modality 1 and × modality 2, {METHODS[spec.method]}"
    if now is None:
        return f"{shown}: still to come."
    if isinstance(now, Snapshot):
        if spec.method != "tsne":
            return f"{shown}."
        if now.step == 0:
            return f"{shown}: the start, while nearest neighbours are searched."
        pulled = ", clusters are still pulled together" if now.exaggerated else ""
        return f"{shown}: step {now.step:,} of {spec.steps:,}{pulled}."
    numbers = [f"trustworthiness {number(now.trustworthiness)}"]
    if spec.together and not np.isnan(now.relative):
        numbers.append(f"partners at {share(now.relative)} of the distance of random pairs")
    return f"{shown}: {', '.join(numbers)}."


def pick_words(found: Pick, row: int, space: Space) -> str:
    """What is to be said of one point; row : the number by which the pair is called."""
    own, other = ("○", "×") if found.modality == 1 else ("×", "○")
    further = 1 - found.closer_share
    split = ""
    if space.held_out.any():
        split = ", held out" if space.held_out[found.row] else ", fitted"
    return (
        f"**{own} of pair {row:,}{split}.** Its partner is the **{ordinal(found.rank)} nearest** "
        f"of {space.n:,} {other}; seen from the partner it is the {ordinal(found.rank_back)} "
        f"nearest {own}. Their distance, {number(found.distance)}, is smaller than that of "
        f"{share(further)} of random pairs."
    )


def ordinal(rank: float) -> str:
    """A rank in words: 1st, 2nd, 11th; ties in expectation as 2.5th."""
    if rank != round(rank):
        return f"{rank:,.1f}th"
    whole = int(rank)
    ending = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole:,}{ending}"
