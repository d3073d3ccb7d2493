"""What the alignment of many views shows, in sentences and numbers computed from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignlab import metrics
from alignlab.experiments.views import AlignedViews
from alignlab.words.numbers import ROUNDING, number, share


def headline(views: Sequence[np.ndarray], found: AlignedViews) -> str:
    """The verdict in one line: whether all views (n, d_i) align exactly."""
    alignment, most = found.alignment, float(found.between.max())
    exact = alignment.null_dim >= alignment.k
    verdict = "All views align exactly" if exact else "No exact alignment of all views"
    rounding = most <= ROUNDING * metrics.mean_norm(views[0])
    return (
        f"**{verdict}**: {alignment.null_dim} null direction{'s' * (alignment.null_dim != 1)} "
        f"{'≥' if exact else '<'} k = {alignment.k}, largest CMAE "
        f"{'0 up to rounding' if rounding else number(most)}."
    )


def views_words(views: Sequence[np.ndarray], found: AlignedViews) -> str:
    """Whether all views (n, d_i) align exactly, and which two are farthest apart."""
    alignment, between = found.alignment, found.between
    d, k = alignment.spectrum.size, alignment.k
    worst = np.unravel_index(between.argmax(), between.shape)
    exact = alignment.null_dim >= k
    verdict = "All views align exactly" if exact else "No exact alignment of all views"
    relation = "≥" if exact else "<"
    words = (
        f"**{verdict}**: the stacked null space has {alignment.null_dim} of {d} dimensions, "
        f"{relation} k = {k}. "
    )
    if alignment.precision != "float64":
        words += f"The views arrived as {alignment.precision}: this holds to that precision. "
    pairs = zip(views, found.latents, strict=True)
    kept = np.mean([metrics.kept_norm(X, Z) for X, Z in pairs])
    words += f"The latent keeps {share(float(kept))} of the data's length, averaged over views. "
    if between.max() <= ROUNDING * metrics.mean_norm(views[0]):
        return words + f"CMAE of any two views is at most {number(between.max())}."
    return words + (
        f"The largest CMAE is {number(between.max())}, between views {min(worst) + 1} and "
        f"{max(worst) + 1}."
    )
