"""The quantities of a step, and the texts that they are part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alignlab.lessons.conditions import BEFORE
from alignlab.lessons.lesson import Step
from alignlab.lessons.reader import PLACEHOLDER
from alignlab.ui.controls import Value
from alignlab.ui.jobs import finished
from alignlab.ui.lessons.library import setting
from alignlab.words.numbers import number

if TYPE_CHECKING:
    from alignlab.lessons.quantities import Found


def measured(step: Step) -> Found | None:
    """The quantities of a step's setting and, if they are asked for, of the one before.

    None while the page's work on them is not finished; ValueError if the page refuses the setting.
    """
    found = present(step.page, setting(step, answered=True))
    if found is None or not step.looks_back:
        return found
    before = present(step.page, setting(step, answered=False))
    if before is None:
        return None
    return {**found, **{f"{BEFORE}{name}": value for name, value in before.items()}}


def present(path: str, values: Mapping[str, Value]) -> Found | None:
    """The quantities of a page at these values, as `measured` has them."""
    # loads what all pages compute with, and so only during a lesson
    from alignlab.ui.lessons.states import quantities

    return quantities(path, values, lambda key, make: finished(key))


def filled(text: str, found: Found) -> str:
    """The text with every `{name}` replaced by its quantity."""
    return PLACEHOLDER.sub(lambda match: shown(found[match[1]]), text)


def shown(value: float | str) -> str:
    """A quantity as text."""
    return value if isinstance(value, str) else number(value)
