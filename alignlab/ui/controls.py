"""Controls: the settings of a page, as data shared by widgets, addresses and tests.

A control has one name everywhere: the field of the spec it fills, the parameter in the address,
the key of its value. Parsing an address rejects values that the widget could not show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import streamlit as st

Value = Any


@dataclass(frozen=True, kw_only=True)
class Control:
    """Base class of all controls.

    help : what it does, with its symbol and unit.
    needs : other controls by name, each with values; unless one of them has such a value, this
        control has no meaning and is not part of the address.
    """

    name: str
    label: str
    default: Value
    help: str = ""
    needs: Mapping[str, tuple[Value, ...]] | None = None

    @property
    def key(self) -> str:
        """The key under which Streamlit keeps the widget's value."""
        return f"control {self.name}"

    def parse(self, text: str) -> Value:
        """The value that an address carries; ValueError with the reason if it is not allowed."""
        raise NotImplementedError

    def format(self, value: Value) -> str:
        """The inverse of `parse`."""
        return str(value)

    def clean(self, value: Value) -> Value:
        """The value in its stored form, from the widget's value in the session."""
        return value

    def typed(self, text: str) -> Value:
        """The value that a user sets in a browser; ValueError if it is not allowed."""
        return self.parse(text)

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        """What a browser needs to draw the control, beside its name, label, help and value."""
        raise NotImplementedError

    def draw(self, **more: Any) -> None:
        """Streamlit's own widget; its value is already in the session, and changes there."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Number(Control):
    """A slider over whole or real numbers, according to the type of `low`.

    limit : the largest value that an address may name; the slider then extends to that value.
    """

    low: float
    high: float
    step: float = 1
    limit: float | None = None

    def parse(self, text: str) -> Value:
        try:
            value = type(self.low)(text)
        except ValueError:
            kind = "whole number" if isinstance(self.low, int) else "number"
            raise ValueError(f"{text!r} is not a {kind}") from None
        limit = self.high if self.limit is None else self.limit
        if not self.low <= value <= limit:  # also NaN
            raise ValueError(f"{text} is not between {self.low:g} and {limit:g}")
        return value

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        return {"kind": "slider", **self._range(), "high": max(self.high, value)}

    def _range(self) -> dict[str, Any]:
        whole = isinstance(self.low, int)
        return {"low": self.low, "high": self.high, "step": self.step, "whole": whole}

    def draw(self, **more: Any) -> None:
        high = max(self.high, st.session_state[self.key])
        st.slider(self.label, self.low, high, step=self.step, key=self.key, help=self.help, **more)


@dataclass(frozen=True, kw_only=True)
class Count(Number):
    """A number input for ranges too wide for a slider; empty means None if `default` is None."""

    placeholder: str = ""

    def parse(self, text: str) -> Value:
        return None if self.default is None and text == "" else super().parse(text)

    def format(self, value: Value) -> str:
        return "" if value is None else str(value)

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        return {
            "kind": "number",
            **self._range(),
            "placeholder": more.get("placeholder", self.placeholder),
            "may_be_empty": self.default is None,
        }

    def draw(self, **more: Any) -> None:
        st.number_input(
            self.label, self.low, self.high, step=type(self.low)(self.step), key=self.key,
            help=self.help, format=None if isinstance(self.low, int) else "%g",
            **{"placeholder": self.placeholder} | more,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Steps(Number):
    """A slider over selected stops of a wide range; an address may name any value in between."""

    stops: tuple[float, ...]
    names: Mapping[float, str] = field(default_factory=dict)

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        names = [[self.format(stop), name] for stop, name in self._named(value).items()]
        return {"kind": "stops", "options": names}

    def draw(self, **more: Any) -> None:
        names = self._named(st.session_state[self.key])
        st.select_slider(
            self.label, list(names), key=self.key, help=self.help,
            format_func=names.__getitem__, **more,
        )  # fmt: skip

    def _named(self, value: Value) -> dict[float, str]:
        """The names of the stops and of the value, which may lie between them."""
        return {stop: self.names.get(stop, str(stop)) for stop in sorted({*self.stops, value})}


@dataclass(frozen=True, kw_only=True)
class Choice(Control):
    """One of a few named options; `options` maps values to their labels."""

    options: Mapping[Value, str]
    kind: ClassVar[str] = "choice"

    def parse(self, text: str) -> Value:
        for value in self.options:
            if self.format(value) == text:
                return value
        raise ValueError(f"{text!r} is not one of {', '.join(map(self.format, self.options))}")

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        options = [[self.format(one), label] for one, label in self.options.items()]
        return {"kind": self.kind, "options": options}

    def draw(self, **more: Any) -> None:
        st.segmented_control(
            self.label,
            list(self.options),
            format_func=self.options.__getitem__,
            key=self.key,
            help=self.help,
            required=True,
            **more,
        )


@dataclass(frozen=True, kw_only=True)
class Menu(Choice):
    """One of many named options, as a drop-down menu."""

    kind: ClassVar[str] = "menu"

    def draw(self, **more: Any) -> None:
        st.selectbox(
            self.label,
            list(self.options),
            format_func=self.options.__getitem__,
            key=self.key,
            help=self.help,
            **more,
        )


@dataclass(frozen=True, kw_only=True)
class Several(Control):
    """Any number of named options, as a tuple in the order of `options`."""

    options: Mapping[Value, str]

    def parse(self, text: str) -> Value:
        chosen = text.split(",") if text else []
        for name in chosen:
            if name not in self.options:
                raise ValueError(f"{name!r} is not one of {', '.join(self.options)}")
        return self.clean(chosen)

    def format(self, value: Value) -> str:
        return ",".join(value)

    def clean(self, value: Value) -> Value:
        return tuple(name for name in self.options if name in value)

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        return {"kind": "several", "options": [list(option) for option in self.options.items()]}

    def draw(self, **more: Any) -> None:
        st.pills(
            self.label,
            list(self.options),
            format_func=self.options.__getitem__,
            key=self.key,
            help=self.help,
            selection_mode="multi",
            **more,
        )


@dataclass(frozen=True, kw_only=True)
class Text(Control):
    """A line of text, which `read` converts into a value."""

    read: Callable[[str], Value]
    placeholder: str = ""

    def parse(self, text: str) -> Value:
        self.read(text)
        return text

    def typed(self, text: str) -> Value:
        return text  # what `read` refuses is kept, and the page names the reason

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        return {"kind": "text", "placeholder": more.get("placeholder", self.placeholder)}

    def draw(self, **more: Any) -> None:
        st.text_input(
            self.label, key=self.key, help=self.help, placeholder=self.placeholder, **more
        )


@dataclass(frozen=True, kw_only=True)
class Named(Control):
    """One of the names that the data have, such as that of a column; any name in an address."""

    def parse(self, text: str) -> Value:
        return text

    def shown(self, value: Value, **more: Any) -> dict[str, Any]:
        """A drop-down menu; `options` are the labels by name."""
        known = self._known(more["options"], value)
        return {"kind": "menu", "options": [list(option) for option in known.items()]}

    def draw(self, **more: Any) -> None:
        """A drop-down menu; `options` are the labels by name.

        A name must have the same label in every run: the browser remembers the label, and returns
        it with the next action, whatever the menu lists then. So an absent name is its own label.
        """
        known = self._known(more.pop("options"), st.session_state[self.key])
        st.selectbox(
            self.label,
            list(known),
            format_func=known.__getitem__,
            key=self.key,
            help=self.help,
            **more,
        )

    @staticmethod
    def _known(options: Mapping[str, str], current: str) -> dict[str, str]:
        """The options, and the current name if it is absent from them."""
        return {**options, current: options.get(current, current)}
