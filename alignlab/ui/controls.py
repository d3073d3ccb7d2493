"""Controls: what a page lets the user turn, as data that widgets, addresses and tests share.

A control has one name everywhere: the field of the spec it fills, the parameter in the address,
the key of its value. Parsing an address refuses what the widget could not show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

Value = Any


@dataclass(frozen=True, kw_only=True)
class Control:
    """What all controls have.

    help : what it does, with its symbol and unit.
    needs : the name and value of another control without which this one means nothing; then it
        is not part of the address.
    """

    name: str
    label: str
    default: Value
    help: str = ""
    needs: tuple[str, Value] | None = None

    @property
    def key(self) -> str:
        """Where Streamlit keeps the widget's value."""
        return f"control {self.name}"

    def parse(self, text: str) -> Value:
        """The value that an address carries; ValueError with the reason when it is not allowed."""
        raise NotImplementedError

    def format(self, value: Value) -> str:
        """The inverse of `parse`."""
        return str(value)

    def widget(self, **more: Any) -> None:
        """Draw the widget; its value is in the session already, and changes there."""
        st.session_state.setdefault("drawing", set()).add(self.name)
        self.draw(**more)

    def draw(self, **more: Any) -> None:
        """The Streamlit command behind `widget`."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Number(Control):
    """A slider over whole or real numbers, as the type of `low` says."""

    low: float
    high: float
    step: float = 1

    def parse(self, text: str) -> Value:
        try:
            value = type(self.low)(text)
        except ValueError:
            kind = "whole number" if isinstance(self.low, int) else "number"
            raise ValueError(f"{text!r} is not a {kind}") from None
        if not self.low <= value <= self.high:  # also NaN
            raise ValueError(f"{text} is not between {self.low:g} and {self.high:g}")
        return value

    def draw(self, **more: Any) -> None:
        st.slider(
            self.label, self.low, self.high, step=self.step, key=self.key, help=self.help, **more
        )


@dataclass(frozen=True, kw_only=True)
class Count(Number):
    """A box for whole numbers in a range too wide for a slider; None where `default` is None."""

    placeholder: str = ""

    def parse(self, text: str) -> Value:
        return None if self.default is None and text == "" else super().parse(text)

    def format(self, value: Value) -> str:
        return "" if value is None else str(value)

    def draw(self, **more: Any) -> None:
        st.number_input(
            self.label, self.low, self.high, step=self.step, key=self.key, help=self.help,
            placeholder=self.placeholder, **more,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Steps(Number):
    """A slider over chosen stops of a wide range; an address may name any value between them."""

    stops: tuple[float, ...]

    def draw(self, **more: Any) -> None:
        stops = sorted({*self.stops, st.session_state[self.key]})
        st.select_slider(self.label, stops, key=self.key, help=self.help, **more)


@dataclass(frozen=True, kw_only=True)
class Choice(Control):
    """One of a few named options; `options` maps values to what the user reads."""

    options: Mapping[Value, str]

    def parse(self, text: str) -> Value:
        for value in self.options:
            if self.format(value) == text:
                return value
        raise ValueError(f"{text!r} is not one of {', '.join(map(self.format, self.options))}")

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
class Text(Control):
    """A line of text that `read` turns into a value; empty for None."""

    read: Callable[[str], Value]
    placeholder: str = ""

    def parse(self, text: str) -> Value:
        self.read(text)
        return text

    def draw(self, **more: Any) -> None:
        st.text_input(
            self.label, key=self.key, help=self.help, placeholder=self.placeholder, **more
        )
