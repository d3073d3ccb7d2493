"""What align and predict make of the stereo shapes, in sentences and numbers from the scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.experiments.stereo import CEILINGS, METHODS

FOUND, NOTHING = 0.75, 0.25
"""A method with at least this share of what there is to be found finds it; below: it does not."""

RECOVERED_BY = {"Both": ("CA", "CP"), "CA only": ("CA",), "CP only": ("CP",), "Neither": ()}
"""Methods that recover the whole signal, by regime."""


def headline(scores: pd.DataFrame, shares: pd.Series, jitter: float, k: int, chance: float) -> str:
    """The verdict in one line: which of CA and CP finds the shape in its k numbers.

    scores : of a cell. shares : the shares recovered, by method.
    """
    ca, cp = _level(shares["CA"]), _level(shares["CP"])
    numbers = ", ".join(f"{name} {scores.loc[name, 'accuracy']:.2f}" for name in ("CA", "CP"))
    if ca == cp:
        said = {
            "finds": "CA and CP both find the shape",
            "part": "CA and CP both find part of the shape",
            "nothing": "Neither CA nor CP finds the shape",
        }[ca]
    else:
        verbs = {
            "finds": "finds the shape", "part": "finds part of it", "nothing": "does not find it",
        }  # fmt: skip
        order = sorted((("CA", ca), ("CP", cp)), key=lambda one: list(verbs).index(one[1]))
        said = ", ".join(f"{name} {verbs[level]}" for name, level in order)
        said = said.replace("of it", "of the shape", 1) if "the shape" not in said else said
    return f"**{said}**: {numbers}, chance {chance:.2f} (jitter {jitter:g}, k = {k})."


def _level(found: float) -> str:
    if np.isnan(found) or found < NOTHING:
        return "nothing"
    return "finds" if found >= FOUND else "part"


def scores_words(scores: pd.DataFrame, shares: pd.Series, correlations: np.ndarray) -> str:
    """What was measured of a cell: its scores, shares, and nuisance correlations (2,)."""
    told = ", ".join(f"{name} {shares[name]:.0%}" for name in METHODS)
    of_x, of_y = (scores.loc[name, "accuracy"] for name in CEILINGS)
    place = ", ".join(f"{name} {max(scores.loc[name, 'place R²'], 0):.2f}" for name in METHODS)
    return (
        f"Of what a probe finds in all features of a view ({of_x:.2f} of the shapes in x, "
        f"{of_y:.2f} in y), the methods keep: {told}. The place is nuisance that both views share, "
        f"and it is larger than the shape: R² of the place is {place}. The two places "
        f"correlate at {correlations[0]:.2f} and {correlations[1]:.2f} (canonical correlations)."
    )


def nuisance_words(correlations: np.ndarray, jitter: float) -> str:
    """The nuisance correlations (2,) as measured, beside the axis of the paper."""
    return (
        f"The paper's axis is 1 − σ, here {max(1 - jitter, 0):.2f}. That is no correlation: "
        f"measured between the places that both cameras see, ν is {correlations[0]:.2f}."
    )


def verdict_words(regime: str, delta_ca: float | None, shares: pd.Series, k: int) -> str:
    """Whether the verdict on the features and the shares recovered agree."""
    if delta_ca is None:
        return "The features have no verdict: no shape can be told from them."
    said = f"`al.diagnose` on the features: **{regime}**, Δ of CA {delta_ca:.2f}. "
    if regime not in RECOVERED_BY:
        return said + "Its resamples do not agree, so it predicts nothing to compare."
    parted = []
    for name in ("CA", "CP"):
        expected, level = name in RECOVERED_BY[regime], _level(shares[name])
        if expected != (level == "finds"):
            what = "recovers the shape" if expected else "does not recover all of it"
            parted.append(f"{name}, which {what} according to theory, keeps {shares[name]:.0%}")
    if not parted:
        return f"{said}The shares recovered at k = {k} agree."
    return (
        f"{said}**Theory and measurement part here**: {'; '.join(parted)} at k = {k}. Δ compares "
        "the weakest direction of the shape with the strongest of the nuisance, so it speaks of "
        "bottlenecks as small as the number of shape directions; a wider one has room for both, "
        "and what is kept may lie between nothing and all."
    )


def captions(k: int, held_out: int, n: int) -> dict[str, str]:
    """A caption for every figure; also its alternative text."""
    seeds = "Lines: medians over three seeds, bands: the least and the largest"
    found = {
        "pairs": "The same object seen twice: x (left camera) above y (right camera). Its shape is "
        "the signal; its place is nuisance that both views share, less so the more the cameras "
        "jitter.",
        "scores": f"Linear probe fitted on {held_out} pairs and scored on {held_out} others; the "
        f"methods saw {n:,} pairs without labels. Grey: a probe on all features of a view.",
        "accuracy along the jitter": f"{seeds}; diamonds: the present setting. Squares, where "
        "drawn: read off the paper's Figure 4, trained networks with another probe.",
        "place R² along the jitter": f"{seeds}; diamonds: the present setting. The place is the "
        "nuisance that both views share.",
        "where": "The regime of the features according to theory, from the training pairs and "
        "their shapes; small marks: resamples.",
        "shares": f"(accuracy − chance) / (ceiling − chance) of a probe on k = {k} numbers.",
        "bottleneck": "Accuracy of the shape at this jitter for every bottleneck; dashed and "
        "dotted: all features.",
    }
    latent = "Test images in the plane of the latent's largest variance; colour: the shape."
    return found | {f"latent of {method}": latent for method in METHODS}
