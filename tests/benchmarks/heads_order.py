"""Do held-out scores put representations in the order that trained heads do, on real pairs?

Run: `ALIGNLAB_TEST_DATA=FOLDER python -m tests.benchmarks.heads_order`; without the variable only
the sets that scikit-learn ships are measured. Or name parts of `given standardised` after it, one
kind of views alone, and `linear`, for heads without a hidden layer.

The scores are those of `diagnose`, the heads those of *Train heads* (`light_heads`) with the
dimension k of the scores and five seeds. Of every two representations the scores tell apart those
whose paired difference has a 90 % interval without 0, and heads likewise: their paired difference
over seeds, each with a split of its own, by Student's t with the variance corrected for the
overlap of the splits (Nadeau and Bengio, 2003). CA is trained by VICReg and by CCA, each compared
with the others.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import t as student

import alignlab as al
from alignlab.diagnosis.heads import METHODS, Heads, HeadsSpec
from alignlab.diagnosis.label_scores import LabelScores
from tests.benchmarks.real_pairs import HELD_OUT, sets, standardised

LEVEL = 0.9
SCORED = {"CA (VICReg)": "CA", "CA (CCA)": "CA"}
"""The representation among the held-out scores, where a method of the heads is called otherwise."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Pairs that the scores tell apart: how many, and in how many heads have the same order.

    both, both_same : of the pairs that heads tell apart too. turned : those of them in the other
    order, "A over B by scores" with both differences.
    """

    apart: int
    same: int
    both: int
    both_same: int
    turned: tuple[str, ...]


def apart_by_seeds(differences: np.ndarray) -> bool:
    """Whether the 90 % interval of the mean of paired differences (seeds,) leaves out 0."""
    count = len(differences)
    variance = differences.var(ddof=1) * (1 / count + HELD_OUT / (1 - HELD_OUT))
    bound = student.ppf((1 + LEVEL) / 2, count - 1) * np.sqrt(variance)
    return bool(abs(differences.mean()) > bound)


def order(scores: LabelScores, trained: dict[str, np.ndarray]) -> Order:
    """Held-out scores against heads' scores (seeds,) by method, both at the dimension scores.k."""
    apart, same, both, both_same, turned = 0, 0, 0, 0, []
    z = student.ppf((1 + LEVEL) / 2, np.inf)
    for one, other in combinations(METHODS, 2):
        i, j = (scores.place(SCORED.get(name, name)) for name in (one, other))
        difference, error = scores.difference(i, j)
        if i == j or abs(difference) <= z * error:
            continue
        heads = trained[one] - trained[other]
        agrees = bool(heads.mean() * difference > 0)
        clear = apart_by_seeds(heads)
        apart, same = apart + 1, same + agrees
        both, both_same = both + clear, both_same + (clear and agrees)
        if clear and not agrees:
            over, under = (one, other) if difference > 0 else (other, one)
            turned.append(f"{over} over {under} by {abs(difference):.3f}, heads "
                          f"{-abs(heads.mean()):+.3f}")  # fmt: skip
    return Order(apart=apart, same=same, both=both, both_same=both_same, turned=tuple(turned))


def trained_heads(
    X: np.ndarray, Y: np.ndarray, labels: np.ndarray, spec: HeadsSpec
) -> dict[str, np.ndarray]:
    """Scores (seeds,) by method, the mean over label columns."""
    heads = Heads(X, Y, labels, spec)
    for _ in heads.run():
        pass
    means = heads.table().groupby(["method", "seed"])["score"].mean()
    return {method: means[method].sort_index().to_numpy() for method in METHODS}


def main(hidden: int, kinds: list[bool]) -> None:
    """kinds : whether views are standardised, of one kind or of both."""
    found = []
    print("| set | k | apart by scores | heads agree | apart by both | agree |"
          "\n|---|---|---|---|---|---|")  # fmt: skip
    for name, (X, Y, labels) in sets():
        for scaled in kinds:
            views = [standardised(V) if scaled else np.asarray(V, np.float64) for V in (X, Y)]
            scores = al.diagnose(*views, labels=labels, resamples=2).scores
            assert scores is not None
            one = order(scores, trained_heads(*views, labels, HeadsSpec(k=scores.k, hidden=hidden)))
            found.append((f"{name}{', standardised' if scaled else ''}", one))
            print(f"| {found[-1][0]} | {scores.k} | {one.apart} | {one.same} | {one.both} | "
                  f"{one.both_same} |", flush=True)  # fmt: skip
    apart, same, both, both_same = (
        sum(getattr(one, field) for _, one in found)
        for field in ("apart", "same", "both", "both_same")
    )
    print(f"\nof {apart} pairs apart by scores heads have the same order in {same} "
          f"({same / apart:.1%}), of {both} apart by both in {both_same} "
          f"({both_same / both:.1%})")  # fmt: skip
    for name, one in found:
        for words in one.turned:
            print(f"{name}: {words}")


if __name__ == "__main__":
    named = [kind == "standardised" for kind in ("given", "standardised") if kind in sys.argv[1:]]
    main(0 if "linear" in sys.argv[1:] else HeadsSpec().hidden, named or [False, True])
