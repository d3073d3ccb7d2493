"""Conditions on quantities, as lessons write them: `kept_plain < 0.5 * was.kept_plain`.

A condition is read here and never evaluated as code: comparisons joined by `and`, each of a
quantity with a number, a 'word', or another quantity, times a number if need be.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alignlab.checks import InputError

Quantities = Mapping[str, float | str]
"""Numbers and words by name; those of the setting before the step have the prefix `BEFORE`."""

BEFORE = "was."
"""Prefix of a quantity at the setting before the student answers."""

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip
EQUAL = ("==", "!=")
"""The signs by which words are compared."""

_NAME = r"(?:was\.)?[a-z][a-z0-9_]*"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_COMPARISON = re.compile(
    rf"""\s*(?P<name>{_NAME})\s*(?P<sign><=|>=|==|!=|<|>)\s*
    (?:'(?P<word>[^']*)'
    |(?P<number>{_NUMBER})
    |(?:(?P<factor>{_NUMBER})\s*\*\s*)?(?P<other>{_NAME}))\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A quantity compared with a number, a word, or a number times another quantity.

    value : the number or word; the factor of `other` if there is one.
    """

    name: str
    sign: str
    value: float | str
    other: str = ""

    def holds(self, quantities: Quantities) -> bool:
        """Whether it holds; never for a number that is not defined."""
        left, right = quantities[self.name], self.value
        if self.other:
            other = quantities[self.other]
            right = other if isinstance(other, str) else float(right) * other
        return bool(left == left and right == right and _SIGNS[self.sign](left, right))


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Comparisons that must all hold. text : as it was written."""

    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that it needs."""
        both = [name for one in self.comparisons for name in (one.name, one.other) if name]
        return tuple(dict.fromkeys(both))

    def holds(self, quantities: Quantities) -> bool:
        """Whether all comparisons hold."""
        return all(one.holds(quantities) for one in self.comparisons)


def read_condition(text: str) -> Condition:
    """The condition that a text writes; InputError if it is none."""
    return Condition(text=text, comparisons=tuple(map(_read, re.split(r"\band\b", text))))


def _read(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise InputError(
            "condition",
            f"{text.strip()!r} is no comparison: write a quantity, one of {', '.join(_SIGNS)}, and "
            "a number, a 'word' or another quantity, such as kept_plain < 0.5 * was.kept_plain",
        )
    name, sign, other = found["name"], found["sign"], found["other"] or ""
    if found["word"] is not None:
        if sign not in EQUAL:
            raise InputError("condition", f"{text.strip()!r}: a word is compared by == or !=")
        return Comparison(name=name, sign=sign, value=found["word"])
    return Comparison(
        name=name, sign=sign, value=float(found["number"] or found["factor"] or 1), other=other
    )
