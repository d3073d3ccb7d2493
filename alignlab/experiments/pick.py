"""One picked pair: its distance, its ranks and its neighbours; and the pairs aligned worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from alignlab import linalg
from alignlab.checks import InputError, as_count
from alignlab.data.metadata import Metadata
from alignlab.experiments.space import Space


class Near(NamedTuple):
    """The nearest points. rows : (m,); distances : (m,), ascending; equal ones in row order."""

    rows: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Pick:
    """A point of one modality and its partner.

    row : the pair; modality : 1 or 2, the one of the point.
    distance : to the partner, Euclidean, in units of the space.
    closer_share : share of n random pairs that are closer to each other than these two.
    rank : of the partner among all n points of the other modality by distance from the point, 1 for
        the nearest; rank_back : of the point among its own modality, seen from the partner. Points
        at the same distance count in expectation.
    neighbours1, neighbours2 : the nearest points of modality 1 and of modality 2 to the point; the
        point itself is not among them, the partner may be.
    """

    row: int
    modality: int
    distance: float
    closer_share: float
    rank: float
    rank_back: float
    neighbours1: Near
    neighbours2: Near


def pick(space: Space, row: int, modality: int, neighbours: int = 8) -> Pick:
    """What is to be said of one point of a space, exactly, in n k operations.

    row : of the pair, from 0. modality : 1 or 2.
    neighbours : number of nearest points of each modality, at least 1; fewer if there are fewer.
    """
    row = as_count(row, "row", "pick", 0, space.n - 1)
    modality = as_count(modality, "modality", "pick", 1, 2)
    neighbours = as_count(neighbours, "neighbours", "pick", 1)
    own, other = (space.Z1, space.Z2) if modality == 1 else (space.Z2, space.Z1)
    to_other, to_own = linalg.lengths(other - own[row]), linalg.lengths(own - own[row])
    back = linalg.lengths(own - other[row])
    distance, rounding = float(to_other[row]), _rounding(space)
    found = _near(to_own, neighbours, without=row), _near(to_other, neighbours)
    random = linalg.lengths(space.Z1 - space.Z2[_partners(space.n)])
    return Pick(
        row=row,
        modality=modality,
        distance=distance,
        closer_share=float((random < distance - rounding).mean()),
        rank=_rank(to_other, row, rounding),
        rank_back=_rank(back, row, rounding),
        neighbours1=found[modality - 1],
        neighbours2=found[2 - modality],
    )


def worst_pairs(
    space: Space,
    ranks1: np.ndarray,
    ranks2: np.ndarray,
    metadata: Metadata,
    by: Literal["rank", "distance"] = "rank",
    most: int = 100,
) -> pd.DataFrame:
    """The pairs of a space that are aligned worst, the worst first.

    ranks1, ranks2 : (n,), ranks of the partner from modality 1 to 2 and back.
    by : "rank" sorts by the mean of both ranks, "distance" by the distance of the partners; ties by
        the other, then by row.
    most : the number of pairs, at least 1; fewer if there are fewer.

    Columns: `row` from 0, `split` ("train" or "held out", "" where nothing was fitted), `distance`,
    `rank 1 → 2`, `rank 2 → 1`, and those of the metadata. A name that is taken gets "metadata "
    in front.
    """
    most = as_count(most, "most", "worst_pairs", 1)
    if by not in ("rank", "distance"):
        raise InputError("worst_pairs", f"by = {by!r} is not known: use rank or distance")
    counts = {
        "space": space.n,
        "ranks1": len(ranks1),
        "ranks2": len(ranks2),
        "metadata": metadata.n,
    }
    if len(set(counts.values())) > 1:
        raise InputError("worst_pairs", f"unequal numbers of rows {counts}: give one per pair")
    distances, ranks = linalg.lengths(space.Z1 - space.Z2), (ranks1 + ranks2) / 2
    first, second = (ranks, distances) if by == "rank" else (distances, ranks)
    rows = np.lexsort((np.arange(space.n), -second, -first))[:most]
    split = np.where(space.held_out[rows], "held out", "train" if space.fitted else "")
    table = pd.DataFrame(
        {
            "row": rows,
            "split": split,
            "distance": distances[rows],
            "rank 1 → 2": ranks1[rows],
            "rank 2 → 1": ranks2[rows],
        }
    )
    known = metadata.table.iloc[rows].reset_index(drop=True)
    known.columns = [f"metadata {name}" if name in table else name for name in known.columns]
    return pd.concat([table, known], axis=1)


def _rank(distances: np.ndarray, row: int, rounding: float) -> float:
    """The rank of a row among distances (n,), ties in expectation."""
    closer = np.count_nonzero(distances < distances[row] - rounding)
    as_close = np.count_nonzero(distances <= distances[row] + rounding)
    return float(closer + (as_close - closer + 1) / 2)


def _rounding(space: Space) -> float:
    """Distances that differ by less count as equal, as in `metrics.retrieval`."""
    return float(linalg.RCOND * max(np.abs(space.Z1).max(), np.abs(space.Z2).max()))


def _near(distances: np.ndarray, count: int, without: int | None = None) -> Near:
    """The rows of the smallest distances (n,), in time linear in n."""
    if without is not None:
        distances = np.where(np.arange(len(distances)) == without, np.inf, distances)
    count = min(count, len(distances) - (without is not None))
    limit = np.partition(distances, count - 1)[count - 1]
    rows = np.flatnonzero(distances <= limit)
    rows = rows[np.argsort(distances[rows], kind="stable")][:count]
    return Near(rows, distances[rows])


def _partners(n: int) -> np.ndarray:
    """For each row (n,) another row, at random but always the same: the rows of random pairs."""
    order = np.random.default_rng(0).permutation(n)
    partners = np.empty(n, dtype=np.int64)
    partners[order] = np.roll(order, 1)
    return partners
