"""What to train, by held-out label scores: the measurement that complements `verdict`'s theory.

Every trained representation is compared with the better single view, which needs no training: it is
advised only if its score is higher by more than the standard error of the difference. The options
depend on which views will be available when the representation is used.

- both: CA (concatenated projections), CP and CP reversed, against x alone and y alone. The
  concatenated views without training serve as a reference: they contain all features.
- x: CA's projection of x, and CP, against x alone. y: CA's projection of y, and CP reversed,
  against y alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from alignlab.diagnosis.label_scores import LabelScores

Available = Literal["both", "x", "y"]

OPTIONS: dict[Available, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "both": (("CA", "CP", "CP reversed"), ("x alone", "y alone")),
    "x": (("CA of x", "CP"), ("x alone",)),
    "y": (("CA of y", "CP reversed"), ("y alone",)),
}
"""Trained options and the untrained baselines they must beat, by the views available."""

OBJECTIVES = {
    "CA": "CA",
    "CA of x": "CA",
    "CA of y": "CA",
    "CP": "CP",
    "CP reversed": "CP reversed",
}
"""The training objective of each representation."""

ERRORS = 1.0
"""Standard errors by which a trained representation must beat the better single view."""

CLOSE = 1.5
"""A gain nearer to that threshold than this multiple of its variation over divisions into folds
is too close to call."""

TELLING = 3.0
"""Standard errors by which the best score must exceed chance for any advice."""

Z90 = 1.6448536269514722


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to train for a given set of available views.

    objective : "CA", "CP" or "CP reversed"; "none" if no objective beats `against`;
        "undetermined" if the comparison is inconclusive, then `doubt` says why.
    method : the best trained representation, `score` its held-out score and k its dimension.
    against : the better of the untrained views, `untrained` its score.
    gain : score - untrained, with its 90 % interval (low, high).
    """

    objective: str
    method: str
    k: int
    score: float
    against: str
    untrained: float
    gain: float
    low: float
    high: float
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The choice for each set of available views, at the dimension `LabelScores.k`."""

    both: Choice
    x: Choice
    y: Choice

    @property
    def objective(self) -> str:
        """The objective advised if both views are available."""
        return self.both.objective

    @property
    def gain(self) -> float:
        return self.both.gain

    @classmethod
    def of(cls, scores: LabelScores) -> Advice:
        return cls(both=choice(scores, "both"), x=choice(scores, "x"), y=choice(scores, "y"))


def choice(scores: LabelScores, available: Available) -> Choice:
    """The choice among the options for these available views, at the dimension `scores.k`."""
    trained, untrained = OPTIONS[available]
    best, other = (
        max((scores.place(name) for name in names), key=lambda i: scores.values[i])
        for names in (trained, untrained)
    )
    gain, error = scores.difference(best, other)
    method, objective, doubt = scores.methods[best], "none", ""
    top = best if gain > 0 else other
    if scores.values[top] - scores.chance < TELLING * scores.error(top):
        objective = "undetermined"
        doubt = (
            "held-out labels are predicted no better than by chance: add labelled pairs, or label "
            "other properties"
        )
    elif abs(gain - ERRORS * error) < CLOSE * scores.restless(best, other):
        objective = "undetermined"
        doubt = (
            f"{method} and {scores.methods[other]} are too close to call, another division into "
            "folds could reverse their order: add labelled pairs"
        )
    elif gain > ERRORS * error:
        objective = OBJECTIVES[method]
    return Choice(
        objective=objective,
        method=method,
        k=scores.k,
        score=float(scores.values[best]),
        against=scores.methods[other],
        untrained=float(scores.values[other]),
        gain=gain,
        low=gain - Z90 * error,
        high=gain + Z90 * error,
        doubt=doubt,
    )


AVAILABLE: tuple[Available, ...] = get_args(Available)
