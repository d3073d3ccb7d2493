"""What to train, by held-out label scores: the measurement beside the theory of `verdict`.

Whatever is trained is compared with the better view alone, which costs no training: only what
scores higher by more than the standard error of that difference is advised. Which views will be
there when the representation is used decides what can be trained at all.

- both: CA (both projections side by side), CP and CP reversed, against x alone and y alone. Both
  views side by side, untrained, is a reference: it has all features of both.
- x: CA's projection of x, and CP, against x alone. y: CA's projection of y, CP reversed, y alone.
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
"""What can be trained, and what it has to beat, by the views that will be there."""

OBJECTIVES = {
    "CA": "CA",
    "CA of x": "CA",
    "CA of y": "CA",
    "CP": "CP",
    "CP reversed": "CP reversed",
}
"""The objective that makes a representation."""

ERRORS = 1.0
"""By so many standard errors what is trained must beat the better view alone."""

CLOSE = 1.5
"""What is nearer to that than so many times what another division into folds would change is
too close to call."""

TELLING = 3.0
"""By so many standard errors the best score must exceed chance for any advice."""

Z90 = 1.6448536269514722


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to train where certain views are there.

    objective : "CA", "CP", "CP reversed", or "none" where nothing beats `against`, or
        "undetermined"; then `doubt` says why.
    method : the best trained representation, `score` its held-out score and k its dimension.
    against : the better of the untrained views, `untrained` its score.
    gain : score - untrained, with its 90 % interval low, high.
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
    """The choice for each set of views that may be there, at the dimension `LabelScores.k`."""

    both: Choice
    x: Choice
    y: Choice

    @property
    def objective(self) -> str:
        """That of both views."""
        return self.both.objective

    @property
    def gain(self) -> float:
        return self.both.gain

    @classmethod
    def of(cls, scores: LabelScores) -> Advice:
        return cls(both=choice(scores, "both"), x=choice(scores, "x"), y=choice(scores, "y"))


def choice(scores: LabelScores, available: Available) -> Choice:
    """The choice among the options with these views, all at the dimension `scores.k`."""
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
        doubt = "held-out labels are told no better than by chance: label more rows, or other ones"
    elif abs(gain - ERRORS * error) < CLOSE * scores.restless(best, other):
        objective = "undetermined"
        doubt = (
            f"{method} and {scores.methods[other]} are too close to call, another division of the "
            "rows could change their order: label more rows"
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
