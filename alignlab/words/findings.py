"""The papers' claims on robustness, checked against the sweep at hand.

The claims are those of Kamboj and Do, "On Achieving Perfect Multimodal Alignment for Cross-modal
Transfer", on its Figure 4. They are about plain perfect alignment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignlab.experiments.sweeps import Sweep, point
from alignlab.words.numbers import number, share

Verdict = Literal["confirmed", "not seen", "seen only because of collapse"]

NEEDED = ("cmae", "relative_cmae", "mlre", "mlre_up_to_linear", "latent_norm", "kept_norm")
"""Metrics that the verdicts are computed from."""

ZERO = 1e-9
"""A relative CMAE below this is rounding error."""

TREND = 0.8
"""A trend: rank agreement (Goodman and Kruskal's gamma) with the swept value above this."""

CHANGE = 1.5
"""The two ends of a trend differ by at least this factor."""

JUMP = 2.0
"""A step of more than this many orders of magnitude is called a jump."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim of the papers, the verdict on it in this sweep, and the numbers behind it."""

    claim: str
    verdict: Verdict
    because: str


def findings(sweep: Sweep, table: pd.DataFrame) -> list[Finding]:
    """The claims that apply to a sweep, checked on its rows (of `sweeps.Plan.frame`).

    They are checked on means over seeds of plain perfect alignment; claims that need more than one
    value, or both sides of a threshold, are left out if these were not swept.
    """
    rows = table[table["aligner"] == "perfect_alignment"]
    means = rows.groupby("value")[list(NEEDED)].mean()
    if len(means) < 2:
        return []
    noisy = sweep.spec.noise > 0
    checks: dict[str, tuple[Callable[[Sweep, pd.DataFrame], Finding | None], ...]] = {
        "n": (_jump_with_pairs if noisy else _pairs_do_not_matter, _no_pattern_of_mlre),
        "d": (_falls_with_features, *([] if noisy else [_zero_below_half]), _no_pattern_of_mlre),
        "k": (_grows_with_latent, *([] if noisy else [_zero_below_half]), _mlre_grows),
    }
    found = (check(sweep, means) for check in checks.get(sweep.over, ()))
    return [finding for finding in found if finding is not None]


def confirmed_words(found: Sequence[Finding]) -> str:
    """The verdicts in one line; empty without findings."""
    if not found:
        return ""
    counts = {
        verdict: sum(one.verdict == verdict for one in found) for verdict in get_args(Verdict)
    }
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"**Findings of the papers here**: {told}."


def no_findings_words(sweep: Sweep, aligners: Sequence[str]) -> str:
    """Why no claim of the papers applies to a sweep."""
    if sweep.over not in ("n", "d", "k"):
        return "The papers make no claim about this sweep: they vary n, d and k."
    if "perfect_alignment" not in aligners:
        return "The papers' findings are about plain perfect alignment, which is not selected."
    return "A trend needs at least two measurable values."


def _plot(column: int, sweep: Sweep) -> str:
    """The number of a panel in the papers, in the row without or with noise."""
    return f"plot {column + 6 * (sweep.spec.noise > 0)}"


def _pairs_do_not_matter(sweep: Sweep, means: pd.DataFrame) -> Finding:
    error = _clipped(means["relative_cmae"])
    flat = error.max() <= 3 * error.min()
    low, high = means["cmae"].min(), means["cmae"].max()
    d = sweep.spec.d1 + sweep.spec.d2
    why = f": with k = {sweep.spec.k} > d/2 = {d / 2:g}, k null directions exist only for few pairs"
    return Finding(
        claim=f"Without noise, the number of pairs n does not matter ({_plot(1, sweep)}).",
        verdict="confirmed" if flat else "not seen",
        because=f"CMAE lies between {number(low)} and {number(high)}"
        + (f"{why}." if not flat and 2 * sweep.spec.k > d else "."),
    )


def _jump_with_pairs(sweep: Sweep, means: pd.DataFrame) -> Finding | None:
    free = sweep.spec.d1 + sweep.spec.d2 - sweep.spec.k
    before, after = means[means.index <= free], means[means.index > free]
    if not len(before) or not len(after):
        return None
    orders, relative = (
        float(np.log10(_floored(after[m]).iloc[0]) - np.log10(_floored(before[m]).iloc[-1]))
        for m in ("cmae", "relative_cmae")
    )
    seen = orders > JUMP
    return Finding(
        claim=f"With noise, the error jumps where n passes d₁ + d₂ − k = {free} "
        f"({_plot(1, sweep)}, “n > d = k”).",
        verdict=_verdict(seen, relative > JUMP),
        because=f"CMAE goes from {number(before['cmae'].iloc[-1])} at n = {before.index[-1]:g} "
        f"to {number(after['cmae'].iloc[0])} at n = {after.index[0]:g}, {orders:.1f} orders of "
        "magnitude"
        + (
            "; in the sample only: this few pairs leave k null directions for any data."
            if seen
            else "."
        ),
    )


def _falls_with_features(sweep: Sweep, means: pd.DataFrame) -> Finding:
    return _trend(
        "CMAE falls as d grows away from k, because there are more directions of low signal "
        f"({_plot(3, sweep)}).",
        means,
        sign=-1,
    )


def _grows_with_latent(sweep: Sweep, means: pd.DataFrame) -> Finding:
    return _trend(f"CMAE grows as k approaches d ({_plot(5, sweep)}).", means, sign=1)


def _trend(claim: str, means: pd.DataFrame, sign: int) -> Finding:
    error, relative = (_clipped(means[m]) for m in ("cmae", "relative_cmae"))
    seen = _changes(error, sign) and sign * _rank_agreement(error) > TREND
    (low, high), (first, last) = (
        (means[m].iloc[0], means[m].iloc[-1]) for m in ("cmae", "relative_cmae")
    )
    verdict = _verdict(seen, _changes(relative, sign))
    because = (
        f"CMAE goes from {number(low)} to {number(high)}, relative to the latent's length from "
    )
    kept_first, kept_last = means["kept_norm"].iloc[0], means["kept_norm"].iloc[-1]
    because += f"{number(first)} to {number(last)}; the latent keeps {share(kept_first)} of the "
    because += f"data's length at the start and {share(kept_last)} at the end"
    if verdict == "seen only because of collapse":
        because += ": what changes is the length of the latent"
    return Finding(claim=claim, verdict=verdict, because=f"{because}.")


def _zero_below_half(sweep: Sweep, means: pd.DataFrame) -> Finding | None:
    specs = [point(sweep.spec, sweep.over, value) for value in means.index]
    within = np.array([spec is not None and 2 * spec.k <= spec.d1 + spec.d2 for spec in specs])
    if not within.any():
        return None
    zero = means["cmae"] <= ZERO * means["latent_norm"]
    relative = means["relative_cmae"][within]
    because = f"there CMAE is at most {number(means['cmae'][within].max())}"
    if not within.all():
        because += f", elsewhere {number(means['cmae'][~within].min())} or more"
    return Finding(
        claim=f"CMAE is zero where k ≤ d/2, with d = d₁ + d₂ "
        f"({_plot(3 if sweep.over == 'd' else 5, sweep)}).",
        verdict=_verdict(bool(zero[within].all()), bool((relative <= ZERO).all())),
        because=f"{because}.",
    )


def _mlre_grows(sweep: Sweep, means: pd.DataFrame) -> Finding:
    rank = _rank_agreement(means["mlre"])
    grows = rank > TREND
    linear = means["mlre_up_to_linear"]
    return Finding(
        claim=f"MLRE grows with k ({_plot(6, sweep)}).",
        verdict="confirmed" if grows else "not seen",
        because=f"MLRE goes from {number(means['mlre'].iloc[0])} to "
        f"{number(means['mlre'].iloc[-1])} (rank agreement {rank:.2f}); after the best linear "
        "map, the most that pairs determine, from "
        f"{number(linear.iloc[0])} to {number(linear.iloc[-1])}.",
    )


def _no_pattern_of_mlre(sweep: Sweep, means: pd.DataFrame) -> Finding:
    rank = _rank_agreement(means["mlre"])
    return Finding(
        claim=f"MLRE shows no clear pattern in {sweep.over} "
        f"({_plot(2 if sweep.over == 'n' else 4, sweep)}).",
        verdict="confirmed" if abs(rank) <= TREND else "not seen",
        because=f"the rank agreement of mean MLRE with {sweep.over} is {rank:.2f}.",
    )


def _changes(values: pd.Series, sign: int) -> bool:
    """Whether the last value is larger (sign 1) or smaller (-1) than the first by `CHANGE`."""
    first, last = (values.iloc[0], values.iloc[-1])[::sign]
    return bool(last > CHANGE * first)


def _rank_agreement(values: pd.Series) -> float:
    """Goodman and Kruskal's gamma with the swept value, in [-1, 1]; 0 if all values are equal."""
    rises = np.sign(np.subtract.outer(values.to_numpy(), values.to_numpy()))
    order = np.sign(np.subtract.outer(values.index.to_numpy(), values.index.to_numpy()))
    differing = np.abs(rises * order).sum()
    return float((rises * order).sum() / differing) if differing else 0.0


def _verdict(seen: bool, free_of_scale: bool) -> Verdict:
    if not seen:
        return "not seen"
    return "confirmed" if free_of_scale else "seen only because of collapse"


def _clipped(errors: pd.Series) -> pd.Series:
    """Errors (values,), with rounding errors raised to `ZERO`."""
    return errors.clip(lower=ZERO)


def _floored(errors: pd.Series) -> pd.Series:
    """Errors (values,), made positive for a logarithm."""
    return errors.clip(lower=np.finfo(float).tiny)
