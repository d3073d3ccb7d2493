"""What a fitted alignment is, in sentences computed from its fields."""

from __future__ import annotations

import numpy as np

from alignlab.aligners.alignment import SMALLEST, Alignment
from alignlab.names import ALIGNER_NAMES
from alignlab.units import drowned_words
from alignlab.words.numbers import number

FEW = 5
"""At most this many singular values are told."""


def headline(found: Alignment) -> str:
    """Method, dimensions, and what the singular values say of the fit."""
    name = ALIGNER_NAMES.get(found.method, found.method.replace("_", " "))
    d1, d2 = len(found.W1), len(found.W2)
    name = f"{name[0].upper()}{name[1:]}"
    return f"**{name}** maps {d1:,} and {d2:,} features to k = {found.k}. {_spectrum(found)}"


def alignment_words(found: Alignment) -> list[str]:
    """Further findings, one string each."""
    r1, r2 = found.ranks
    sentences = [
        f"{r1:,} directions of view 1 and {r2:,} of view 2 were used; the numerical rank of the "
        f"factorised matrix is {found.rank:,}, up to the rounding of {found.precision}.",
        _centred(found),
    ]
    if found.undetermined:
        sentences.append(
            "Other maps with another span fit these pairs equally well: use more pairs, another k, "
            "or a ridge."
        )
    for view, collapsed in enumerate(found.collapsed, start=1):
        if collapsed:
            sentences.append(
                f"The latent of view {view} is within the rounding error of its type: all zeros."
            )
    for view, columns in enumerate(found.drowned, start=1):
        if lost := drowned_words(columns, f"view {view}"):
            sentences.append(f"{lost[0].upper()}{lost[1:]}.")
    return sentences


def _spectrum(found: Alignment) -> str:
    if found.method in SMALLEST:
        relation = "≥" if found.is_exact else "<"
        exact = "can be aligned exactly" if found.is_exact else "cannot be aligned exactly"
        return (
            f"{found.null_dim} null direction{'s' * (found.null_dim != 1)} {relation} k: the "
            f"fitted pairs {exact}."
        )
    values = found.spectrum[: min(FEW, found.k)]
    what = "Canonical correlations" if found.method == "cca" else "Leading singular values"
    more = ", …" if found.k > FEW else ""
    return f"{what}: {', '.join(number(float(one)) for one in values)}{more}."


def _centred(found: Alignment) -> str:
    if not (np.any(found.mean1) or np.any(found.mean2)):
        return "Views are used as they are, not centred."
    return "Views are centred by the means of the fitted pairs."
