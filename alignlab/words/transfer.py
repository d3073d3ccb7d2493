"""What the transfer experiment shows, in sentences computed from it."""

from __future__ import annotations

from alignlab.experiments.transfer import TransferSpec
from alignlab.words.numbers import share

CLOSE = 0.02
"""Accuracies this close are called as good."""

NEAR_CHANCE = 0.1
"""Accuracies this close to chance are called chance."""


def transfer_words(spec: TransferSpec, found: dict[str, float]) -> str:
    """How far Gaussian transfer comes towards the ceiling, and why where it does not."""
    ours, ceiling, chance = (
        found["Gaussian transfer"], found["supervised on modality 2"], 1 / spec.classes,
    )  # fmt: skip
    reached = f"**Gaussian transfer reaches {share(ours)} on modality 2**"
    against = f"the supervised classifier {share(ceiling)}, chance is {share(chance)}"
    if ours >= ceiling - CLOSE:
        verdict = f"{reached}, as good as with labels: {against}."
    elif ours < chance - NEAR_CHANCE:
        verdict = f"{reached}, far below chance, so names are swapped: {against}."
    elif ours <= chance + NEAR_CHANCE:
        verdict = f"{reached}, no better than chance: {against}."
    else:
        verdict = f"{reached}: {against}."
    reasons = []
    if spec.shuffled:
        reasons.append(
            "The pairs are torn apart: clusters no longer join what belongs together, and which "
            "name each gets is luck; over draws the accuracy is chance on average."
        )
        above = [
            f"{name} {share(found[name])}"
            for name in ("perfect alignment", "least squares")
            if found[name] > chance + NEAR_CHANCE
        ]
        if above:
            reasons.append(
                f"What stays above chance ({', '.join(above)}) does not use the pairing: maps that "
                "are not centred match the means of both modalities, which torn pairs still tell."
            )
    for m, separation in ((1, spec.separation1), (2, spec.separation2)):
        if separation == 0:
            reasons.append(
                f"Modality {m} is blind: its classes lie on each other, so "
                + (
                    "step 1 can name no cluster. Routes far from chance owe it to luck, and over "
                    "draws they are at chance."
                    if m == 1
                    else "nothing can tell them apart there."
                )
            )
    return " ".join([verdict, *reasons])
