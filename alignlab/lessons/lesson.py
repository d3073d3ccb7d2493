"""What a lesson is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alignlab.checks import InputError
from alignlab.lessons.conditions import BEFORE, Condition, Quantities


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer that a student may choose. condition : holds where the answer is right."""

    text: str
    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A question that a student answers before the picture moves.

    answers : two to four, of which exactly one is right at the step's setting.
    reveal : what is said afterwards; `{name}` stands for a quantity.
    """

    question: str
    answers: tuple[Answer, ...]
    reveal: str

    def right(self, quantities: Quantities) -> int:
        """The number of the right answer, from 1; InputError unless there is exactly one."""
        found = [at for at, one in enumerate(self.answers, 1) if one.condition.holds(quantities)]
        if len(found) == 1:
            return found[0]
        names = dict.fromkeys(name for one in self.answers for name in one.condition.names)
        values = ", ".join(f"{name} = {quantities[name]}" for name in names)
        which = "no answer is" if not found else f"answers {' and '.join(map(str, found))} are"
        raise InputError(
            "prediction",
            f"{which} right at {values}: write conditions of which exactly one holds",
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: a page with a setting, and what is said of it.

    page : its path. values : the controls that differ from their defaults, as in an address.
    before : those on show until the prediction is answered; the same if there is none.
    move : the name of the control to be moved, or "".
    watch : quantities of the page's present setting that are shown.
    goal : what the present setting is to reach, or None.
    claims : what must hold at the step's setting, because its text says so.
    """

    page: str
    values: Mapping[str, str]
    before: Mapping[str, str]
    text: str
    move: str = ""
    prediction: Prediction | None = None
    watch: tuple[str, ...] = ()
    goal: Condition | None = None
    claims: tuple[Condition, ...] = ()

    @property
    def looks_back(self) -> bool:
        """Whether its prediction needs quantities of the setting before."""
        if self.prediction is None:
            return False
        texts = [self.prediction.reveal, *(one.condition.text for one in self.prediction.answers)]
        return any(BEFORE in text for text in texts)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson. name : in the address."""

    name: str
    title: str
    question: str
    steps: tuple[Step, ...]
