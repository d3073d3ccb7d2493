"""What a comparison shows, in sentences computed from it."""

from __future__ import annotations

import numpy as np

from alignlab.comparison import METHODS, Compared, Comparison
from alignlab.study import COLLAPSE, RETRIEVAL_PAIRS
from alignlab.words import number, share


def comparison_words(comparison: Comparison) -> list[str]:
    """The findings, one string each; empty while nothing is measured."""
    done = comparison.results
    sentences = [_winners(comparison)] if done else []
    sentences += [_against_contrastive(comparison), *_shrinking(comparison)]
    sentences += [
        f"**{METHODS[name].label} could not be fitted**: {why.rstrip('.')}."
        for name, why in comparison.failures.items()
    ]
    if comparison.unclassified:
        sentences.append(f"**Transfer**: {comparison.unclassified}.")
    return [sentence for sentence in sentences if sentence]


def table_words(comparison: Comparison) -> str:
    """Sizes and chance levels behind the table."""
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
                "Transfer: a classifier trained on labelled ẑ⁽¹⁾, used on held-out ẑ⁽²⁾; always "
                f"naming the largest class scores {share(float(level))}."
            )
    return words


def _winners(comparison: Comparison) -> str:
    split = "held out" if len(comparison.test_rows) else "train"
    best = []
    for figure, sign in (("NCMAE", 1), ("R@1", -1), ("transfer", -1)):
        known = {
            name: one.figures[split, figure]
            for name, one in comparison.results.items()
            if not np.isnan(one.figures[split, figure])
        }
        if len(known) < 2:
            continue
        value = min(sign * v for v in known.values()) * sign
        winners = [
            METHODS[n].label for n, v in known.items() if abs(v - value) <= 1e-9 * max(1, abs(v))
        ]
        shown = f"{len(winners)} aligners" if len(winners) > 3 else " and ".join(winners)
        best.append(f"{figure} {number(value)}: {shown}")
    where = "on held-out pairs" if split == "held out" else "on the fitted pairs"
    return f"**Best {where}.** {'; '.join(best)}." if best else ""


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
            f"{figure} {number(ours)} against {number(theirs)} "
            f"({np.log10(theirs / ours):+.1f} orders of magnitude)"
        )
    return f"**Plain PA against contrastive, in the sample**: {', '.join(orders)}."


def _shrinking(comparison: Comparison) -> list[str]:
    found = []
    for name, one in comparison.results.items():
        kept = _kept(one)
        low, high = min(kept), max(kept)
        if high > 0 and low < COLLAPSE * high:
            small = kept.index(low) + 1
            found.append(
                f"**{METHODS[name].label} shrinks modality {small}**: it keeps {share(low)} of its "
                f"length, and {share(high)} of the other's."
            )
    return found


def _kept(one: Compared) -> tuple[float, float]:
    return one.figures["train", "kept norm 1"], one.figures["train", "kept norm 2"]
