"""What the transfer experiment shows, in sentences computed from it."""

from __future__ import annotations

from alignlab.experiments.transfer import TransferSpec
from alignlab.words.numbers import share

CLOSE = 0.02
"""Accuracies this close to the ceiling are called as good."""

NEAR_CHANCE = 0.1
"""Accuracies this close to chance are called no better than chance."""


def headline(spec: TransferSpec, found: dict[str, float]) -> str:
    """The verdict in one line: the accuracy of Gaussian transfer, its ceiling and chance."""
    ours, ceiling = found["Gaussian transfer"], found["supervised on modality 2"]
    return (
        f"**Gaussian transfer reaches {share(ours)}**; with labels {share(ceiling)}, chance "
        f"{share(1 / spec.classes)}."
    )


def transfer_words(spec: TransferSpec, found: dict[str, float]) -> str:
    """The accuracy of Gaussian transfer against ceiling and chance, and why if it fails."""
    ours, ceiling, chance = (
        found["Gaussian transfer"], found["supervised on modality 2"], 1 / spec.classes,
    )  # fmt: skip
    reached = f"**Gaussian transfer reaches {share(ours)} on modality 2**"
    against = f"the supervised classifier {share(ceiling)}, chance is {share(chance)}"
    if ours >= ceiling - CLOSE:
        verdict = f"{reached}, as good as with labels: {against}."
    elif ours < chance - NEAR_CHANCE:
        verdict = f"{reached}, far below chance, so class names are swapped: {against}."
    elif ours <= chance + NEAR_CHANCE:
        verdict = f"{reached}, no better than chance: {against}."
    else:
        verdict = f"{reached}: {against}."
    reasons = []
    if spec.shuffled:
        reasons.append(
            "The pairs are shuffled: clusters no longer link the two modalities, so the class "
            "assigned to each is arbitrary; averaged over draws the accuracy is at chance."
        )
        above = [
            f"{name} {share(found[name])}"
            for name in ("perfect alignment", "least squares")
            if found[name] > chance + NEAR_CHANCE
        ]
        if above:
            reasons.append(
                f"What stays above chance ({', '.join(above)}) does not use the pairing: maps "
                "that are not centred match the means of both modalities, which shuffling keeps."
            )
    for m, separation in ((1, spec.separation1), (2, spec.separation2)):
        if separation == 0:
            reasons.append(
                f"Modality {m} carries no class information: its classes coincide, so "
                + (
                    "step 1 cannot label any cluster. Routes far from chance are lucky draws; "
                    "averaged over draws they are at chance."
                    if m == 1
                    else "no classifier can separate them there."
                )
            )
    return " ".join([verdict, *reasons])
