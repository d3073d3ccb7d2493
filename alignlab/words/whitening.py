"""What whitening changes, in sentences and numbers computed from it."""

from __future__ import annotations

import numpy as np

from alignlab.aligners.alignment import Alignment
from alignlab.data.pairs import PairedData
from alignlab.diagnosis.verdict import listed
from alignlab.experiments.whitening import Family, Member
from alignlab.words.numbers import number

SAME = 1e-6
"""Subspaces with a distance below this are called the same."""


def headline(found: Member) -> str:
    """The verdict in one line: the named aligner that a member equals or is nearest to."""
    place = f"At a = {found.a:g}, b = {found.b:g}"
    known = {name: max(pair) for name, pair in found.distances.items() if not np.isnan(pair).any()}
    if not known:
        return f"{place} no map has a subspace to compare."
    same = [name for name, distance in known.items() if distance < SAME]
    if len(same) == len(found.distances):
        return f"**{place} all corners coincide**: add noise, or choose a preset."
    if same:
        return f"**{place} the subspaces are those of {listed(same)}.**"
    nearest = min(known, key=known.__getitem__)
    return f"**{place} {nearest} is nearest**: subspace distance {number(known[nearest])}."


def bridge_words(found: Member, family: Family) -> str:
    """Which named aligner a member of the family equals or is nearest to, and its errors."""
    place = f"a = {found.a:g}, b = {found.b:g}"
    known = {name: max(pair) for name, pair in found.distances.items() if not np.isnan(pair).any()}
    same = [name for name, distance in known.items() if distance < SAME]
    errors = ", ".join(f"{name} {number(value)}" for name, value in found.errors.items())
    if same:
        verdict = f"**At {place} the maps span the same subspaces as {listed(same)}.**"
    elif known:
        nearest = min(known, key=known.__getitem__)
        verdict = (
            f"**At {place} the maps are nearest to {nearest}**: subspace distance "
            f"{number(known[nearest])}."
        )
    else:
        verdict = f"At {place} no map has a subspace to compare."
    if len(same) == len(found.distances):
        verdict += " On these pairs all corners coincide: add noise, or choose a preset."
    predicts = "CP" if found.a else "CP reversed"
    if family == "stack" and (found.a > 0) != (found.b > 0) and known.get(predicts, 0.0) > SAME:
        verdict = (
            f"**The stack with one side whitened is not {predicts}**: subspace distance "
            f"{number(known[predicts])}. {verdict}"
        )
    return f"{verdict} {errors}."


def same_words(white: Member, ends: dict[str, Alignment], data: PairedData) -> str:
    """Plain perfect alignment of whitened views is CCA: the measured subspace distances."""
    first, second = white.distances["CCA"]
    words = (
        "Plain perfect alignment of *whitened* views against CCA: subspace distances "
        f"{number(first)} and {number(second)}. "
    )
    words += (
        "**Perfect alignment of whitened data is CCA.**"
        if max(first, second) < SAME
        else f"They differ here; canonical correlations k and k + 1 are {_next_two(ends['CCA'])}."
    )
    short = [
        f"view {m} has rank {rank} of {X.shape[1]} features"
        for m, (rank, X) in enumerate(zip(ends["CCA"].ranks, (data.X1, data.X2), strict=True), 1)
        if rank < X.shape[1]
    ]
    if short:
        words += (
            f" Here {' and '.join(short)}: the families are restricted to directions that vary, "
            "and plain PA's null directions of one view alone are left out."
        )
    return words


def _next_two(found: Alignment) -> str:
    return " and ".join(f"{value:.6f}" for value in found.spectrum[found.k - 1 : found.k + 1])
