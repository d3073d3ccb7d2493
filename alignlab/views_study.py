"""Many views aligned in one way: their latents, and how far apart every two of them are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alignlab.views import ViewsAlignment, pairwise_cmae


@dataclass(frozen=True, kw_only=True, eq=False)
class AlignedViews:
    """v views in one latent space.

    alignment : the maps. latents : v arrays (n, k).
    between : (v, v), CMAE of every two latents, in the units of the data.
    """

    alignment: ViewsAlignment
    latents: list[np.ndarray]
    between: np.ndarray


def aligned_views(
    views: Sequence[np.ndarray], found: Mapping[str, ViewsAlignment]
) -> dict[str, AlignedViews]:
    """The views (n, d_i) through each alignment, by its name."""
    return {
        name: AlignedViews(alignment=maps, latents=Z, between=pairwise_cmae(Z))
        for name, maps in found.items()
        for Z in [maps.embed(views)]
    }
