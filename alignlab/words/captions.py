"""What align and predict make of images and captions, in sentences computed from the scores."""

from __future__ import annotations

import pandas as pd

from alignlab.experiments.captions import CLEAN

LEVEL = 0.02
"""Accuracies that differ by less are called level."""


def headline(scores: pd.DataFrame, level: float, chance: float) -> str:
    """The verdict in one line: which direction of prediction finds more of the noun."""
    accuracy = scores["accuracy"]
    of_image, of_text = accuracy["image → text"], accuracy["text → image"]
    if abs(of_image - of_text) < LEVEL:
        said = "Both directions are level"
    else:
        said = f"{'Image' if of_image > of_text else 'Text'} is the better source"
    return (
        f"**{said}**: text → image {of_text:.2f}, image → text {of_image:.2f}, chance "
        f"{chance:.2f} (distortion {level:g})."
    )


def scores_words(scores: pd.DataFrame, groups: int) -> str:
    """What was measured at the present level, and what the distortion cost.

    groups : how many groups of distortion are active.
    """
    accuracy = scores["accuracy"]
    active = (
        "No group of distortion is" if not groups else f"{groups} of 6 groups of distortion are"
    )
    if groups == 1:
        active = "One of 6 groups of distortion is"
    return (
        f"{active} active in each image; captions are never distorted. The encoder of image → text "
        f"scores {accuracy['image → text']:.2f} on such images and "
        f"{accuracy['image → text' + CLEAN]:.2f} on images without distortion, CA's image encoder "
        f"{accuracy['CA, image']:.2f} and {accuracy['CA, image' + CLEAN]:.2f}. Text is the clean "
        f"source: text → image scores {accuracy['text → image']:.2f}, CA's text encoder "
        f"{accuracy['CA, text']:.2f}. All there is: {accuracy['supervised, image']:.2f} in the "
        f"image, {accuracy['supervised, text']:.2f} in the caption, which sometimes says “thing”."
    )


def trend_words(table: pd.DataFrame) -> str:
    """How much each direction changes from the lowest to the highest finished level.

    table : rows of one bottleneck.
    """
    if table.empty:
        return ""
    medians = table.groupby(["method", "level"])["accuracy"].median()
    ends = table["level"].min(), table["level"].max()

    def change(method: str) -> float:
        return float(medians[method, ends[1]] - medians[method, ends[0]])

    fall, flat = change("image → text" + CLEAN), change("text → image")
    said = (
        f"From level {ends[0]:g} to {ends[1]:g} image → text (probe on images without distortion) "
        f"changes by {fall:+.2f}, text → image by {flat:+.2f}, CA's image encoder by "
        f"{change('CA, image' + CLEAN):+.2f}, its text encoder by {change('CA, text'):+.2f}. "
    )
    if fall < -LEVEL and abs(flat) < abs(fall) / 2:
        said += (
            "As in the paper, distortion of the image costs the direction that starts from it, and "
            "hardly the other. "
        )
    return said + (
        "Unlike in the paper, CA's image encoder is not insensitive, and text → image starts "
        "above image → text: what this probe finds in a caption is clearer than what it finds "
        "in an image."
        if change("CA, image" + CLEAN) < -LEVEL
        and medians["text → image", ends[0]] > medians["image → text" + CLEAN, ends[0]]
        else ""
    )


def verdict_words(
    regime: str, delta_ca: float | None, delta_cp: float | None, *, paired: bool = True
) -> str:
    """The verdict of the diagnosis, and what it does not say.

    paired : whether it finds that image and caption belong together.
    """
    if not paired:
        return (
            f"`al.diagnose` on the features: **{regime}**. Image and caption are not paired: they "
            "share nothing that it could measure."
        )
    if delta_ca is None or delta_cp is None:
        return "The features have no verdict: no noun can be told from them."
    return (
        f"`al.diagnose` on the features: **{regime}**, Δ of CA {delta_ca:.2f}, of image → text "
        f"{delta_cp:.2f}. It asks whether all seven directions of eight nouns come before any "
        "nuisance; the probe also counts what is recovered in part."
    )


def captions_of(k: int, held_out: int, n: int, seeds: int) -> dict[str, str]:
    """A caption for every figure; also its alternative text."""
    curves = (
        f"Lines: medians over {seeds} seeds, bands: the least and the largest; diamonds: the "
        "present setting."
    )
    return {
        "scenes": "Test scenes. The largest object is dominant: its noun is the signal; its colour "
        "and the ground are half tied to it.",
        "scores": f"Linear probe of the noun, fitted on {held_out} pairs, scored on {held_out} "
        f"others; the methods saw {n:,} pairs without labels.",
        "clean probe": f"{curves} The encoders were fitted on distorted images. Squares: published "
        "for MS-COCO (80 classes), whose probe also sees clean images.",
        "distorted probe": f"{curves} Encoder and probe see the images that are distorted.",
        "where": "The regime of the features according to theory, x the image, y the caption, from "
        "the training pairs and their nouns; small marks: resamples.",
        "bottleneck": f"Accuracy at this level for every bottleneck, k = {k} marked; grey: all "
        "features.",
    }
