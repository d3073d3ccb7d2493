"""Lessons read from TOML, with every error named for the lecturer who writes one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignlab.checks import InputError
from alignlab.lessons.conditions import BEFORE, EQUAL, Comparison, Condition, read_condition
from alignlab.lessons.lesson import Answer, Lesson, Prediction, Step
from alignlab.lessons.quantities import Quantity

MAX_BYTES = 64 * 1024
"""Size of the largest file that is read."""

MAX_STEPS = 12
MAX_TEXT = 1200
"""Characters of a text."""

MAX_LINE = 200
"""Characters of a title, a question, an answer or a condition."""

MAX_LIST = 8
"""Quantities that are watched, and claims, of a step."""

ANSWERS = (2, 4)
"""The fewest and the most answers to a question."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""What a lesson may be called in an address."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A quantity in a reveal."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a lesson may name of a page.

    controls : for each, the function that reads its value in an address, or raises ValueError.
    quantities : what can be computed from its setting, by name.
    """

    controls: Mapping[str, Callable[[str], object]]
    quantities: Mapping[str, Quantity]


def read_lesson(content: bytes, name: str, places: Mapping[str, Place]) -> Lesson:
    """The lesson that a file holds.

    content : of the file, TOML in UTF-8. name : of the lesson in the address.
    places : the pages by path.

    Raises InputError with cause and remedy if the file is too large, is not TOML, or holds
    something that no lesson may hold.
    """
    reading = _Reading(name=name, places=places)
    reading.insist(
        NAME.fullmatch(name) is not None,
        f"the name {name!r} cannot stand in an address: call the file by up to 40 small letters, "
        "digits and hyphens",
    )
    reading.insist(
        len(content) <= MAX_BYTES,
        f"the file has {len(content):,} bytes: a lesson may have {MAX_BYTES:,}",
    )
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise reading.error("the file is not text in UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise reading.error(f"this is not TOML: {error}") from None
    except RecursionError:
        raise reading.error("this is not TOML of a lesson: it is nested too deeply") from None
    return reading.lesson(table)


@dataclass(kw_only=True)
class _Reading:
    """One file as it is read. at : the place in it, for errors."""

    name: str
    places: Mapping[str, Place]
    at: str = ""

    def error(self, why: str) -> InputError:
        return InputError(f"lesson {self.name}", f"{self.at}{why}")

    def insist(self, condition: bool, why: str) -> None:
        if not condition:
            raise self.error(why)

    def lesson(self, table: Mapping[str, Any]) -> Lesson:
        self.keys(table, needed=("title", "question", "steps"))
        steps = self.tables(table, "steps", 1, MAX_STEPS)
        found: list[Step] = []
        for number, one in enumerate(steps, 1):
            self.at = f"step {number}: "
            found.append(self.step(one, found[-1] if found else None))
        self.at = ""
        return Lesson(
            name=self.name,
            title=self.text(table, "title", MAX_LINE),
            question=self.text(table, "question", MAX_LINE),
            steps=tuple(found),
        )

    def step(self, table: Mapping[str, Any], last: Step | None) -> Step:
        optional = ("values", "before", "move", "predict", "watch", "goal", "claims")
        self.keys(table, needed=("page", "text"), optional=optional)
        page = self.text(table, "page", MAX_LINE)
        self.insist(
            page in self.places,
            f"there is no page {page!r}: use one of {', '.join(self.places)}",
        )
        place = self.places[page]
        values = self.values(table, "values", place)
        predict = table.get("predict")
        before: Mapping[str, str] = values
        if predict is not None:
            if "before" in table:
                before = self.values(table, "before", place)
            else:
                before = last.values if last is not None and last.page == page else {}
        else:
            self.insist("before" not in table, "“before” is for a step with a prediction: drop it")
        move = self.text(table, "move", MAX_LINE) if "move" in table else ""
        self.insist(not move or move in place.controls, self.unknown("control", move, place))
        watch = self.list_of_texts(table, "watch")
        claims = self.list_of_texts(table, "claims")
        for name in watch:
            self.insist(name in place.quantities, self.unknown("quantity", name, place))
        return Step(
            page=page,
            values=values,
            before=before,
            text=self.text(table, "text", MAX_TEXT),
            move=move,
            prediction=None if predict is None else self.prediction(predict, place),
            watch=tuple(watch),
            goal=self.condition(table, "goal", place, back=False) if "goal" in table else None,
            claims=tuple(
                self.condition({"claims": one}, "claims", place, back=False) for one in claims
            ),
        )

    def prediction(self, table: Any, place: Place) -> Prediction:
        self.insist(isinstance(table, dict), "“predict” is no table: write [steps.predict]")
        self.keys(table, needed=("question", "answers", "reveal"))
        answers = []
        for one in self.tables(table, "answers", *ANSWERS):
            self.keys(one, needed=("text", "if"))
            condition = self.condition(one, "if", place)
            answers.append(Answer(text=self.text(one, "text", MAX_LINE), condition=condition))
        reveal = self.text(table, "reveal", MAX_TEXT)
        for name in PLACEHOLDER.findall(reveal):
            known = name.removeprefix(BEFORE) in place.quantities
            self.insist(known, self.unknown("quantity", name, place))
        rest = PLACEHOLDER.sub("", reveal)
        self.insist(
            "{" not in rest and "}" not in rest,
            "“reveal” has a brace without its partner: write {name} for a quantity",
        )
        return Prediction(
            question=self.text(table, "question", MAX_LINE), answers=tuple(answers), reveal=reveal
        )

    def condition(
        self, table: Mapping[str, Any], key: str, place: Place, back: bool = True
    ) -> Condition:
        text = self.text(table, key, MAX_LINE)
        try:
            found = read_condition(text)
        except InputError as error:
            raise self.error(f"“{key}”: {error}") from None
        for name in found.names:
            known = name.removeprefix(BEFORE) if back else name
            self.insist(known in place.quantities, self.unknown("quantity", name, place))
        for one in found.comparisons:
            self.same_kind(one, place)
        return found

    def same_kind(self, one: Comparison, place: Place) -> None:
        """Words are compared with words, by == or !=."""
        word, other = (
            bool(name) and place.quantities[name.removeprefix(BEFORE)].word
            for name in (one.name, one.other)
        )
        with_word = other if one.other else isinstance(one.value, str)
        kind = "a word, such as 'Both'" if word else "a number"
        self.insist(word == with_word, f"{one.name} is {kind}: compare it with another such")
        usable = not (word and one.other) or one.sign in EQUAL
        self.insist(usable, f"{one.name} is a word: compare it by == or !=")

    def values(self, table: Mapping[str, Any], key: str, place: Place) -> dict[str, str]:
        """Controls as an address has them."""
        given = table.get(key, {})
        self.insist(isinstance(given, dict), f"“{key}” is no table such as {{ d1 = 32 }}")
        found = {}
        for name, value in given.items():
            self.insist(name in place.controls, self.unknown("control", name, place))
            self.insist(
                isinstance(value, str | int | float) and not isinstance(value, bool),
                f"“{key}”: {name} is neither a number nor a text, as it stands in an address",
            )
            try:
                place.controls[name](str(value))
            except ValueError as reason:
                raise self.error(f"“{key}”: {name}: {reason}") from None
            found[name] = str(value)
        return found

    def unknown(self, what: str, name: str, place: Place) -> str:
        known = place.controls if what == "control" else place.quantities
        listed = ", ".join(sorted(known)) or "none"
        return f"the page has no {what} {name!r}: use one of {listed}"

    def keys(
        self, table: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        missing = [key for key in needed if key not in table]
        self.insist(not missing, f"“{(missing or [''])[0]}” is missing: add it")
        unknown = [key for key in table if key not in (*needed, *optional)]
        known = ", ".join((*needed, *optional))
        self.insist(not unknown, f"“{(unknown or [''])[0]}” is not known here: use {known}")

    def tables(
        self, table: Mapping[str, Any], key: str, least: int, most: int
    ) -> list[Mapping[str, Any]]:
        found = table[key]
        self.insist(
            isinstance(found, list) and all(isinstance(one, dict) for one in found),
            f"“{key}” is no list of tables: write [[…{key}]] above each of them",
        )
        self.insist(
            least <= len(found) <= most,
            f"“{key}” has {len(found)} entries: {least} to {most} were expected",
        )
        return found

    def list_of_texts(self, table: Mapping[str, Any], key: str) -> list[str]:
        found = table.get(key, [])
        few = isinstance(found, list) and len(found) <= MAX_LIST
        self.insist(
            few and all(isinstance(one, str) for one in found),
            f"“{key}” is no list of up to {MAX_LIST} texts",
        )
        return found

    def text(self, table: Mapping[str, Any], key: str, most: int) -> str:
        found = table[key]
        self.insist(isinstance(found, str) and found.strip() != "", f"“{key}” is no text")
        text = " ".join(found.split())
        self.insist(
            len(text) <= most, f"“{key}” has {len(text):,} characters: shorten it to {most:,}"
        )
        return text
