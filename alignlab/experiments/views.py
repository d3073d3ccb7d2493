"""Many views aligned together: their latents, and the distance between every pair of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab import metrics
from alignlab.aligners.views import ViewsAlignment, pairwise_cmae
from alignlab.metrics import RETRIEVAL_PAIRS


@dataclass(frozen=True, kw_only=True, eq=False)
class AlignedViews:
    """v views in one latent space.

    alignment : the maps. latents : v arrays (n, k).
    between : (v, v), CMAE of every pair of latents, in the units of the data.
    """

    alignment: ViewsAlignment
    latents: list[np.ndarray]
    between: np.ndarray


def aligned_views(
    views: Sequence[np.ndarray], found: Mapping[str, ViewsAlignment]
) -> dict[str, AlignedViews]:
    """The views (n, d_i) mapped by each alignment, by name."""
    return {
        name: AlignedViews(alignment=maps, latents=Z, between=pairwise_cmae(Z))
        for name, maps in found.items()
        for Z in [maps.embed(views)]
    }


def views_table(views: Sequence[np.ndarray], found: dict[str, ViewsAlignment]) -> pd.DataFrame:
    """One row per aligner: means over pairs of views, minimum over views; each view is (n, d_i)."""
    rows = {}
    for name, alignment in found.items():
        Z = alignment.embed(views)
        pairs = [(Z[i], Z[j]) for i in range(len(Z)) for j in range(i)]
        rows[name] = {
            "mean CMAE": np.mean([metrics.cmae(*pair) for pair in pairs]),
            "mean NCMAE": np.mean([metrics.ncmae(*pair) for pair in pairs]),
            "mean relative CMAE": np.mean([metrics.relative_cmae(*pair) for pair in pairs]),
            "mean R@1": np.mean(
                [metrics.retrieval(A[:RETRIEVAL_PAIRS], B[:RETRIEVAL_PAIRS]) for A, B in pairs]
            ),
            "least kept norm": min(
                metrics.kept_norm(X, one) for X, one in zip(views, Z, strict=True)
            ),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
