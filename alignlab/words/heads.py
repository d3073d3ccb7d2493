"""Whether trained light heads agree with the advice, in sentences computed from both."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd

from alignlab.diagnosis.advice import Z90, choice
from alignlab.diagnosis.heads import METHODS
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.words.numbers import number

ALONE = ("x alone", "y alone")

PREDICTED = {
    "CA": ("CA (VICReg)", "CA (CCA)"),
    "CP": ("CP",),
    "CP reversed": ("CP reversed",),
}
"""The methods that train a recommended objective."""

CROSS = METHODS[:4]


HELD_OUT = {
    "CA (VICReg)": "CA", "CA (CCA)": "CA", "CP": "CP", "CP reversed": "CP reversed",
    "x alone": "x alone", "y alone": "y alone", "x and y": "x and y",
}  # fmt: skip
"""The representation among the held-out scores that corresponds to a method."""


def heads_words(
    summary: pd.DataFrame, objective: str, scores: LabelScores | None = None, k: int = 0
) -> list[str]:
    """The best method on each target, agreement with the advice, and the order of methods.

    Parameters
    ----------
    summary : `Heads.summary()`, of heads with k shared dimensions.
    objective : that of the diagnosis' advice for both views; empty if there is no advice.
    scores : the held-out scores that the advice is based on.

    A difference is clear if it exceeds the larger of the two standard deviations over seeds; with
    one seed no difference is clear. Targets without scores are left out.
    """
    at, tried = _at_heads(objective, scores, k)
    sentences = []
    agreed: list[bool | None] = []
    for target in summary.index:
        means, spreads = (summary.loc[target].xs(part, level=1) for part in ("mean", "std"))
        means = means.dropna()
        if len(means) < len(METHODS):
            continue
        best, alone = means.idxmax(), means[list(ALONE)].idxmax()
        cross = means[list(CROSS)].idxmax()
        # the best of another objective: two ways to train CA are not rivals
        rivals = [name for name in means.index if _objective(name) != _objective(best)]
        second = means[rivals].idxmax()
        words = f"**{target}**: {best} is highest, {_figure(means, spreads, best)}"
        words += f", {_against(means, spreads, best, second)}."
        if best not in ALONE:
            words += f" The better single view, {alone}, scores {number(means[alone])}."
        else:
            words += (
                f" The best method trained on pairs is {cross}, {_figure(means, spreads, cross)}."
            )
        sentences.append(words)
        agreed.append(_agrees(means, spreads, tried))
    if agreed:
        sentences.append(_verdict(agreed, objective, at))
    if agreed and len(agreed) == len(summary) and scores is not None:
        sentences.append(_order(summary, scores, k))
    return [sentence for sentence in sentences if sentence]


def _objective(method: str) -> str:
    return method.split(" (")[0]


def _figure(means: pd.Series, spreads: pd.Series, method: str) -> str:
    spread = "" if np.isnan(spreads[method]) else f" ± {float(f'{spreads[method]:.1g}'):g}"
    return f"{number(means[method])}{spread}"


def _clear(means: pd.Series, spreads: pd.Series, one: str, other: str) -> bool:
    """Whether one exceeds the other by more than the spread over seeds; False if unknown."""
    return bool(means[one] - means[other] > max(spreads[one], spreads[other]))


def _against(means: pd.Series, spreads: pd.Series, best: str, second: str) -> str:
    if np.isnan(spreads[best]):
        return f"followed by {second} with {number(means[second])} (one seed: spread unknown)"
    clear = _clear(means, spreads, best, second)
    relation = "more than" if clear else "no more than"
    return f"above {second} ({_figure(means, spreads, second)}) by {relation} the spread over seeds"


def _agrees(means: pd.Series, spreads: pd.Series, objective: str) -> bool | None:
    """Whether training agrees with the advice; None if the spread is too large to say.

    Training agrees with an objective that is clearly above the better view alone, and disagrees if
    that view or another objective trained on pairs is clearly above it. It agrees with "none" if
    nothing trained on pairs is clearly above the better view alone.
    """
    if spreads.isna().any() or objective not in ("none", *PREDICTED):
        return None
    alone = means[list(ALONE)].idxmax()
    if objective == "none":
        return not any(_clear(means, spreads, name, alone) for name in CROSS)
    ours = means[list(PREDICTED[objective])].idxmax()
    others = [name for name in CROSS if _objective(name) != objective]
    if any(_clear(means, spreads, name, ours) for name in (alone, *others)):
        return False
    return True if _clear(means, spreads, ours, alone) else None


def _at_heads(objective: str, scores: LabelScores | None, k: int) -> tuple[str, str]:
    """What held-out scores advise at the k of the heads if that differs from the advice's k.

    As text and as objective: heads with another k train another representation.
    """
    if objective not in ("none", *PREDICTED) or scores is None or k == scores.k:
        return "", objective
    if ("CA", k) not in zip(scores.methods, scores.dimensions, strict=True):
        return f" at k = {scores.k}, while these heads have k = {k}", objective
    own = choice(replace(scores, k=k), "both").objective
    told = {"none": "nothing", "undetermined": "nothing definite"}.get(own, own)
    return f" at k = {scores.k}, and {told} at k = {k}, the dimension of these heads", own


def _verdict(agreed: list[bool | None], objective: str, at: str) -> str:
    count, yes, no = len(agreed), agreed.count(True), agreed.count(False)
    if objective in ("", "undetermined"):
        return "There is no advice to compare with."
    claim = f"The advice is to train {objective if objective != 'none' else 'nothing'}{at}"
    if count == 1:
        outcome = {True: "agrees", False: "disagrees", None: "is inconclusive"}[agreed[0]]
        tail = ": the spread over seeds is too large" if agreed[0] is None else ""
        return f"{claim}; training **{outcome}**{tail}."
    parts = [f"**agrees** on {yes}"] if yes else []
    parts += [f"**disagrees** on {no}"] if no else []
    parts += [f"is inconclusive on {count - yes - no}"] if yes + no < count else []
    return f"{claim}; training {', '.join(parts)} of {count} targets."


def _order(summary: pd.DataFrame, scores: LabelScores, k: int) -> str:
    """Whether trained heads and held-out scores rank pairs of methods in the same order.

    Only pairs with a clear difference in both count: the 90 % interval of the held-out difference
    excludes 0, and the trained means differ by more than the larger spread. Means and spreads are
    averaged over all targets.
    """
    means, spreads = (summary.xs(part, axis=1, level=1).mean() for part in ("mean", "std"))
    if spreads.isna().any():
        return ""
    there = zip(scores.methods, scores.dimensions, strict=True)
    dimension = k if ("CA", k) in there else scores.k
    same, turned = 0, []
    for one, other in permutations(METHODS, 2):
        if not _clear(means, spreads, one, other):
            continue
        i, j = (scores.place(HELD_OUT[name], dimension) for name in (one, other))
        difference, error = scores.difference(i, j)
        if i == j or abs(difference) <= Z90 * error:
            continue
        same += difference > 0
        turned += [f"{one} over {other}"] if difference < 0 else []
    count = same + len(turned)
    if not count:
        return "No two methods differ clearly both in trained heads and in held-out scores."
    words = (
        f"Of {count} pair{'s' * (count != 1)} of methods with a clear difference both in trained "
        f"heads and in held-out scores at k = {dimension}, {same} "
        f"{'has' if same == 1 else 'have'} the same order"
    )
    return f"{words}; only trained heads rank {', '.join(turned)}." if turned else f"{words}."
