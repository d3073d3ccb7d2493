"""What the trained light heads show beside the verdict, in sentences computed from both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.light_heads import METHODS
from alignlab.words import number

ALONE = ("x alone", "y alone")

PREDICTED = {
    "CA": ("CA (VICReg)", "CA (CCA)"),
    "CP": ("CP",),
    "CP reversed": ("CP reversed",),
}
"""Which methods a recommended objective stands for."""

CROSS = METHODS[:4]


def heads_words(summary: pd.DataFrame, regime: str, objective: str) -> list[str]:
    """Who won on each target, and whether that is what the verdict recommends.

    Parameters
    ----------
    summary : `Heads.summary()`.
    regime : of the diagnosis. objective : its `recommendation.objective`.

    A difference counts where it exceeds the larger of the two spreads (standard deviations) over
    seeds; with one seed nothing is said to be clear. Targets without scores are left out.
    """
    sentences = []
    agreed: list[bool | None] = []
    for target in summary.index:
        means, spreads = (summary.loc[target].xs(part, level=1) for part in ("mean", "std"))
        means = means.dropna()
        if len(means) < len(METHODS):
            continue
        best, alone = means.idxmax(), means[list(ALONE)].idxmax()
        cross = means[list(CROSS)].idxmax()
        # the first that is not of the same objective: two ways to train CA are no contest
        rivals = [name for name in means.index if _objective(name) != _objective(best)]
        second = means[rivals].idxmax()
        words = f"**{target}**: {best} is highest, {_figure(means, spreads, best)}"
        words += f", {_against(means, spreads, best, second)}."
        if best not in ALONE:
            words += f" The better view by itself, {alone}, has {number(means[alone])}."
        else:
            words += (
                f" Of what is trained on pairs {cross} comes nearest, "
                f"{_figure(means, spreads, cross)}."
            )
        sentences.append(words)
        agreed.append(_agrees(means, spreads, objective))
    if agreed:
        sentences.append(_verdict(agreed, regime, objective))
    return sentences


def _objective(method: str) -> str:
    return method.split(" (")[0]


def _figure(means: pd.Series, spreads: pd.Series, method: str) -> str:
    spread = "" if np.isnan(spreads[method]) else f" ± {float(f'{spreads[method]:.1g}'):g}"
    return f"{number(means[method])}{spread}"


def _clear(means: pd.Series, spreads: pd.Series, one: str, other: str) -> bool:
    """Whether one is above the other by more than the spread over seeds; False if not known."""
    return bool(means[one] - means[other] > max(spreads[one], spreads[other]))


def _against(means: pd.Series, spreads: pd.Series, best: str, second: str) -> str:
    if np.isnan(spreads[best]):
        return f"{second} follows with {number(means[second])} (one seed: no spread is known)"
    clear = _clear(means, spreads, best, second)
    relation = "more than" if clear else "no more than"
    return f"above {second} ({_figure(means, spreads, second)}) by {relation} the spread over seeds"


def _agrees(means: pd.Series, spreads: pd.Series, objective: str) -> bool | None:
    """Whether the scores bear the recommendation out; None where the spread leaves it open.

    An objective is borne out where nothing else trained on pairs is clearly above it, "none" where
    nothing trained on pairs is clearly above the better view alone. It is open where the one that
    is recommended is not clearly above any other either.
    """
    if spreads.isna().any():
        return None
    if objective == "none":
        alone = means[list(ALONE)].idxmax()
        return not any(_clear(means, spreads, name, alone) for name in CROSS)
    ours = means[list(PREDICTED[objective])].idxmax()
    others = [name for name in CROSS if _objective(name) != objective]
    if any(_clear(means, spreads, name, ours) for name in others):
        return False
    return True if any(_clear(means, spreads, ours, name) for name in others) else None


def _verdict(agreed: list[bool | None], regime: str, objective: str) -> str:
    count, yes, no = len(agreed), agreed.count(True), agreed.count(False)
    if regime == "Undetermined":
        return "The verdict is undetermined, so there is no recommendation to compare with."
    if regime == "Both":
        return (
            'The verdict "Both" says that CA and CP recover, so that their scores are to be near '
            "each other; CA's probe sees both views, CP's only one."
        )
    claim = (
        f'The verdict "{regime}" recommends {objective}'
        if objective != "none"
        else f'The verdict "{regime}" recommends to train neither objective'
    )
    if count == 1:
        outcome = {True: "agrees", False: "disagrees", None: "cannot tell"}[agreed[0]]
        tail = ": the spread over seeds is too large" if agreed[0] is None else ""
        return f"{claim}; training **{outcome}**{tail}."
    parts = [f"**agrees** on {yes}"] if yes else []
    parts += [f"**disagrees** on {no}"] if no else []
    parts += [f"cannot tell on {count - yes - no}"] if yes + no < count else []
    return f"{claim}; training {', '.join(parts)} of {count} targets."
