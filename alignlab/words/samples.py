"""What maps of recovery in samples show, in sentences computed from the numbers."""

from __future__ import annotations

import numpy as np

from alignlab.names import LABELS, LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.monte_carlo import OVERLAP, Sampling
from alignlab.spiked.samples import RecoveryMaps
from alignlab.words.numbers import number
from alignlab.words.recovery import HALF


def sample_warning(d: int, n: int, floor: float) -> str:
    """A warning if n pairs are too few for d features; otherwise empty.

    floor : the largest singular value that uncorrelated nuisance has in the sample's C; NaN if
        unknown.
    """
    if n - 1 < 2 * d:
        return (
            f"n = {n:,} pairs are too few for d = {d}: below 2d + 1 = {2 * d + 1} some "
            "sample correlations are exactly 1 for any data, and CA cannot distinguish signal from "
            "them. Use more pairs, or fewer features (a PCA of each view first)."
        )
    if floor > HALF:
        return (
            f"n = {n:,} pairs are few for d = {d}: uncorrelated nuisance reaches a correlation of "
            f"{number(floor)} in the sample's C. Only stronger correlations can be detected."
        )
    return ""


def headline(maps: RecoveryMaps, sampling: Sampling) -> str:
    """The verdict in one line: how much of what theory promises is lost in samples."""
    found = {name: maps.lost(sampling, name, 0) for name in OBJECTIVES}
    parts = [
        f"{LEGENDS[name]} {_percent(value)}" for name, value in found.items() if np.isfinite(value)
    ]
    if not parts:
        return "Nothing is sampled yet: only the theory curves are shown."
    return f"**Lost at n = {maps.n:,}** of what theory recovers: {', '.join(parts)}."


def map_words(maps: RecoveryMaps, sampling: Sampling) -> str:
    """How much less samples recover than theory over the plane, the noise floor, and chance."""
    if not np.isfinite(sampling.values).any():
        return "Only the theory curves are shown; nothing is sampled yet."
    lost = [_lost_words(maps, sampling, which) for which in range(len(maps.ratios))]
    so_far = "" if sampling.done == sampling.total else "So far: "
    words = (
        f"{so_far}The theory curves (white) hold for infinitely many pairs. With n = {maps.n:,} "
        f"pairs of d = {maps.spec.d} features, of the points that should be recovered "
        f"{'; '.join(lost)} (mean squared overlap below {OVERLAP})."
    )
    floor = sampling.floors[:, 0]
    if maps.nus[0] == 0 and np.isfinite(floor).all():
        words += (
            f" Uncorrelated nuisance reaches {number(floor[0])} in the sample's C and "
            f"{number(floor[1])} in its A; in theory both are 0."
        )
    chance = {name: maps.share(sampling, name)[0, 0] for name in OBJECTIVES}
    if maps.kappas[0] == maps.nus[0] == 0 and np.isfinite(list(chance.values())).all():
        parts = ", ".join(f"{number(value)} for {LABELS[name]}" for name, value in chance.items())
        words += (
            f" Where nothing is shared (κ = 0, ν = 0) the overlap is not 0 but {parts}: an "
            "effect of whitening noise."
        )
    return words


def _lost_words(maps: RecoveryMaps, sampling: Sampling, which: int) -> str:
    ratio = maps.ratios[which]
    found = {name: maps.lost(sampling, name, which) for name in OBJECTIVES}
    parts = [
        f"{LABELS[name]} loses {_percent(value)}"
        for name, value in found.items()
        if np.isfinite(value) and (ratio is None or name != "cp_reverse")
    ]
    of = "" if ratio is None else f"for q = {ratio:g} "
    return of + (", ".join(parts) or "(none)")


def _percent(value: float) -> str:
    return "none" if value == 0 else "under 1%" if value < 0.01 else f"{value:.0%}"
