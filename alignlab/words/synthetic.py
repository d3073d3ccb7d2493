"""The pairs that a synthetic spec generates, in sentences."""

from __future__ import annotations

from alignlab.data.synthetic import SyntheticSpec


def headline(spec: SyntheticSpec) -> str:
    """The verdict in one line: whether the pairs can be aligned perfectly."""
    free = spec.d1 + spec.d2 - spec.k
    if spec.noise:
        return f"**Noise fills the null space**: no perfect alignment of more than {free} pairs."
    certain = "Perfect alignment exists" if spec.k <= free else "Perfect alignment is not certain"
    return (
        f"**{certain}**: {free} null direction{'s' * (free != 1)} "
        f"{'≥' if spec.k <= free else '<'} k = {spec.k}."
    )


def data_words(spec: SyntheticSpec) -> str:
    """The pairs that a synthetic spec generates, and whether they align, in two sentences."""
    latent = (
        f"a mixture of {spec.components} Gaussians"
        if spec.latent == "gmm"
        else "two uniform classes on either side of y = x − 10"
    )
    noise = f"with noise σ = {spec.noise:g} on every feature" if spec.noise else "without noise"
    free = spec.d1 + spec.d2 - spec.k
    if spec.noise == 0 and spec.k <= free:
        verdict = (
            f"The stack [X₁, −X₂] has {spec.d1 + spec.d2} columns and rank at most k = {spec.k}, "
            f"so at least {free} null direction{'s' * (free != 1)}: enough for perfect alignment "
            f"at k = {spec.k}."
        )
    elif spec.noise == 0:
        verdict = (
            f"The stack [X₁, −X₂] has {spec.d1 + spec.d2} columns and its rank is up to {spec.k}: "
            f"only {free} null direction{'s are' if free != 1 else ' is'} certain, fewer than "
            f"k = {spec.k}."
        )
    else:
        verdict = (
            "Noise fills the null space: with more pairs than "
            f"d₁ + d₂ − k = {free}, perfect alignment is only approximate."
        )
    return (
        f"{spec.n:,} pairs from {latent} in {spec.k} dimension{'s' * (spec.k != 1)}, seen in two "
        f"modalities with d₁ = {spec.d1} and d₂ = {spec.d2}, {noise}. {verdict}"
    )
