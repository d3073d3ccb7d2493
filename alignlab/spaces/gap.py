"""The modality gap: how far apart the means of both modalities lie, and what that costs pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab import linalg
from alignlab.metrics import mean_distance, same_shape


@dataclass(frozen=True, kw_only=True)
class ModalityGap:
    """The gap between two modalities.

    distance : Euclidean distance of the means, in the units of the latent.
    explained : share of CMAE that vanishes when one modality is moved so that the means coincide.
        NaN where CMAE is zero; negative where the move would separate the partners.
    """

    distance: float
    explained: float


def modality_gap(Z1: np.ndarray, Z2: np.ndarray) -> ModalityGap:
    """Distance of the means of Z1 (n, k) and Z2 (n, k), and the share of CMAE that is due to it.

    With `D = Z1 - Z2` and its mean `g`, the distance is `|g|`, and the share is
    `1 - mean |D_i - g| / mean |D_i|`. Rows are taken as they are: scale them to unit length first
    for the gap on the sphere.

    Raises ValueError as `cmae`.

    Source: Liang, Zhang, Kwon, Yeung and Zou, "Mind the Gap: Understanding the Modality Gap in
    Multi-modal Contrastive Representation Learning", NeurIPS 2022. The share is not from the paper.

    Equivalent to: the distance is `np.linalg.norm(Z1.mean(0) - Z2.mean(0))`.

    Examples
    --------
    A shift of (3, 4) is all that separates these partners:

    >>> import numpy as np
    >>> import alignlab as al
    >>> Z1 = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> al.modality_gap(Z1, Z1 + [3.0, 4.0])
    ModalityGap(distance=5.0, explained=1.0)

    Here the means coincide, and no shift brings the partners closer:

    >>> al.modality_gap([[1.0], [-1.0]], [[-1.0], [1.0]])
    ModalityGap(distance=0.0, explained=0.0)
    """
    Z1, Z2 = same_shape("modality_gap", Z1=Z1, Z2=Z2)
    difference = Z1 - Z2
    gap = difference.mean(axis=0)
    apart = mean_distance(Z1, Z2)
    rest = mean_distance(difference, gap)
    return ModalityGap(
        distance=float(linalg.lengths(gap)),
        explained=float((apart - rest) / linalg.nan_for_zero(apart)),
    )
