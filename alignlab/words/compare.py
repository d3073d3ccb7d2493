"""What a comparison shows, in sentences computed from it."""

from __future__ import annotations

import numpy as np

from alignlab.aligners.kernel_cca import FOLDS, RIDGES
from alignlab.experiments.compare import Comparison
from alignlab.experiments.methods import METHODS
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.words.numbers import ROUNDING, number, share

SMALL_BLOCK = 0.1
"""A block of a stacked map counts as shrunk below this share of the other."""

GAINED = 0.1
"""A nonlinear map gains much if it raises the held-out correlation by at least this."""

OVERFITTED = 0.2
"""An aligner overfits if its correlation falls by at least this from fitted to held-out pairs."""

SETTLED = 0.05
"""A training has converged when its CMAE falls by less than this share in its last tenth."""


def headline(comparison: Comparison) -> str:
    """The verdict in one line: the aligners with the smallest scale-free error so far."""
    split = "held out" if len(comparison.test_rows) else "train"
    where = "on held-out pairs" if split == "held out" else "on the fitted pairs"
    known = {
        name: 0.0 if value <= ROUNDING else value
        for name, one in comparison.results.items()
        if not np.isnan(value := float(one.figures[split, "NCMAE"]))
    }
    if not known:
        return "Nothing is fitted yet."
    least = min(known.values())
    best = [METHODS[name].label for name, value in known.items() if value <= least * (1 + 1e-9)]
    shown = f"{len(best)} aligners" if len(best) > 2 else " and ".join(best)
    amount = number(least) if least else "zero up to rounding"
    return f"**Least NCMAE {where}**: {shown}, {amount}."


def comparison_words(comparison: Comparison) -> list[str]:
    """The findings, one string each; empty before anything is measured."""
    done = comparison.results
    sentences = [_winners(comparison)] if done else []
    sentences += [_against_contrastive(comparison), *_unsettled(comparison)]
    sentences += [_bent(comparison), _overfitted(comparison), _ridge(comparison)]
    sentences += _shrinking(comparison)
    sentences += [
        f"**{METHODS[name].label} could not be fitted**: {why.rstrip('.')}."
        for name, why in comparison.failures.items()
    ]
    if comparison.unclassified:
        sentences.append(f"**Transfer**: {comparison.unclassified}.")
    return [sentence for sentence in sentences if sentence]


def table_words(comparison: Comparison) -> str:
    """Sample sizes and chance levels of the table."""
    sizes = {"train": len(comparison.train_rows), "held out": len(comparison.test_rows)}
    split = "held out" if sizes["held out"] else "train"
    pool = min(sizes[split], RETRIEVAL_PAIRS)
    words = (
        f"{sizes['train']:,} pairs fitted, {sizes['held out']:,} held out. R@1 and R@5: retrieval "
        f"among {pool} pairs, chance {number(1 / pool)} and {number(min(5 / pool, 1.0))}. "
    )
    if comparison.data.labels is not None and comparison.data.classes:
        codes = comparison.data.labels[comparison.test_rows]
        if codes.size:
            level = np.bincount(codes).max() / codes.size
            words += (
                "Transfer: a classifier trained on labelled ẑ⁽¹⁾, applied to held-out ẑ⁽²⁾; always "
                f"predicting the largest class scores {share(float(level))}."
            )
    return words


def _winners(comparison: Comparison) -> str:
    split = "held out" if len(comparison.test_rows) else "train"
    best = []
    for figure, sign in (("NCMAE", 1), ("correlation", -1), ("R@1", -1), ("transfer", -1)):
        known = {
            name: one.figures[split, figure]
            for name, one in comparison.results.items()
            if not np.isnan(one.figures[split, figure])
        }
        if len(known) < 2:
            continue
        if figure == "NCMAE":  # values below rounding error tie
            known = {name: v if v > ROUNDING else 0.0 for name, v in known.items()}
        value = min(sign * v for v in known.values()) * sign
        winners = [
            METHODS[n].label for n, v in known.items() if abs(v - value) <= 1e-9 * max(1, abs(v))
        ]
        shown = f"{len(winners)} aligners" if len(winners) > 3 else ", ".join(winners)
        amount = "zero up to rounding" if figure == "NCMAE" and value == 0 else number(value)
        best.append(f"{figure} {amount}: {shown}")
    where = "on held-out pairs" if split == "held out" else "on the fitted pairs"
    return f"**Best {where}.** {'; '.join(best)}." if best else ""


def _bent(comparison: Comparison) -> str:
    """The best linear aligner beside the best nonlinear one, by correlation on held-out pairs."""
    if not len(comparison.test_rows):
        return ""
    best: dict[bool, tuple[float, str]] = {}
    for name, one in comparison.results.items():
        value, linear = one.figures["held out", "correlation"], METHODS[name].linear
        if not np.isnan(value) and (linear not in best or value > best[linear][0]):
            best[linear] = value, METHODS[name].label
    if len(best) < 2:
        return ""
    (straight, first), (bent, second) = best[True], best[False]
    if bent - straight >= GAINED:
        claim = "Nonlinear aligners find what linear ones miss"
    elif bent > straight:
        claim = "Nonlinear aligners gain little over linear ones"
    else:
        claim = "Nonlinear aligners gain nothing over linear ones"
    return (
        f"**{claim}.** Largest mean correlation of the components on held-out pairs: "
        f"{number(bent)} for {second}, {number(straight)} for {first}, the best linear aligner."
    )


def _overfitted(comparison: Comparison) -> str:
    """The aligners whose correlation is much larger on the fitted pairs than on held-out ones."""
    told = []
    for name, one in comparison.results.items():
        before, after = (one.figures[split, "correlation"] for split in ("train", "held out"))
        if before - after >= OVERFITTED:
            told.append(f"{METHODS[name].label} from {number(before)} to {number(after)}")
    if not told:
        return ""
    return (
        "**Overfitted.** The mean correlation falls from the fitted pairs to the held-out ones: "
        f"{', '.join(told)}."
    )


def _ridge(comparison: Comparison) -> str:
    """The ridge that kernel CCA has chosen."""
    one = comparison.results.get("kernel_cca")
    if one is None or one.ridge is None or one.score is None:
        return ""
    return (
        f"**Kernel CCA chose the ridge {number(one.ridge)}**, of {len(RIDGES)} from "
        f"{number(RIDGES[0])} to {number(RIDGES[-1])}: on {FOLDS} folds of the fitted pairs, each "
        f"held out once, it has the largest mean correlation, {number(one.score)}."
    )


def _against_contrastive(comparison: Comparison) -> str:
    done = comparison.results
    if not {"perfect_alignment", "contrastive"} <= done.keys():
        return ""
    plain, trained = done["perfect_alignment"], done["contrastive"]
    orders = []
    for figure in ("CMAE", "NCMAE"):
        ours, theirs = (one.figures["train", figure] for one in (plain, trained))
        if not ours > 0 or not theirs > 0:
            return ""
        orders.append(
            f"{figure} {number(ours)} against {number(theirs)}, "
            f"{abs(np.log10(theirs / ours)):.1f} orders of magnitude "
            f"{'smaller' if ours < theirs else 'larger'}"
        )
    return f"**Plain PA against contrastive, in the sample**: {', '.join(orders)}."


def _shrinking(comparison: Comparison) -> list[str]:
    """Latents that are zero, and stacked maps of which one block is small."""
    found = []
    for name, one in comparison.results.items():
        label = METHODS[name].label
        kept = one.figures["train", "kept norm 1"], one.figures["train", "kept norm 2"]
        if max(kept) < ROUNDING:
            found.append(
                f"**{label} collapses**: both latents are zero up to rounding, so metrics relative "
                "to their length are meaningless."
            )
            continue
        if np.isnan(one.figures["train", "NCMAE"]):
            found.append(f"{label}: NCMAE is undefined, since some latent vectors are zero.")
        if one.blocks is not None and min(one.blocks) < SMALL_BLOCK * max(one.blocks):
            small = one.blocks.index(min(one.blocks)) + 1
            found.append(
                f"**{label} shrinks the map of modality {small}**: ‖W⁽¹⁾‖ = "
                f"{number(one.blocks[0])}, ‖W⁽²⁾‖ = {number(one.blocks[1])}. Their squares add "
                "up to k, so only one of them can shrink."
            )
    return found


def _unsettled(comparison: Comparison) -> list[str]:
    """Training runs whose error was still falling when they ended."""
    found = []
    for name, one in comparison.results.items():
        if one.training is None or len(one.training.history) < 10:
            continue
        errors = [error for _, _, error in one.training.history]
        before, last = errors[-1 - len(errors) // 10], errors[-1]
        if last < (1 - SETTLED) * before:
            found.append(
                f"**{METHODS[name].label} has not converged**: its CMAE fell by "
                f"{share(1 - last / before)} in the last tenth of {one.training.total:,} steps."
            )
    return found
