"""The app's own component for controls: what it shows, and what a browser tells of changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from tests.load.tree import Node
from tests.load.widgets import Widget, plain, sent

COMPONENT = "alignlab_controls"

RESET = "Reset"

KINDS = {
    "slider": "slider",
    "stops": "select_slider",
    "number": "number_input",
    "text": "text_input",
    "choice": "button_group",
    "several": "button_group",
    "menu": "selectbox",
}
"""Streamlit's widget of the same use, by the kind of a control."""


def part(node: Node) -> dict[str, Any] | None:
    """What a part of the component was told, None for another element."""
    if node.kind != "bidi_component":
        return None
    raw = node.proto.bidi_component
    return orjson.loads(raw.json) if raw.component_name == COMPONENT else None


def controls(told: dict[str, Any]) -> list[tuple[str, Widget]]:
    """The controls of a part by label: inputs, or the presets as buttons."""
    if told["kind"] == "presets":
        return [
            (name, Widget(kind="button", field="", id=name, label=name, value=None, preset=values))
            for name, values in {**told["presets"], RESET: {}}.items()
        ]
    return [(plain(one["label"]), _control(one)) for one in told.get("controls", ())]


def _control(one: dict[str, Any]) -> Widget:
    kind, text = one["kind"], one["value"]
    labels = dict(one.get("options", ()))
    value: Any = labels.get(text, text)
    if kind in ("slider", "number"):
        value = float(text) if text else None
    if kind == "several":
        value = [labels[name] for name in text.split(",") if name]
    return Widget(
        kind=KINDS[kind],
        field="",
        id=one["name"],
        label=one["label"],
        value=value,
        low=one.get("low"),
        high=one.get("high"),
        step=one.get("step"),
        options=tuple(labels.values()),
        several=kind == "several",
        disabled=one["disabled"],
        whole=one.get("whole", False),
        control=one,
    )


def text_of(one: Widget, value: Any) -> str:
    """The text that a browser sends for a value; ValueError if the control cannot take it."""
    checked = sent(one, value)
    if one.kind in ("slider", "number_input"):
        if checked is None:
            return ""
        number = checked[0] if isinstance(checked, list) else checked
        return str(int(number) if one.whole else number)
    if one.kind == "text_input":
        return str(value)
    texts = {label: text for text, label in one.control["options"]}
    chosen = value if isinstance(value, (list, tuple)) else [value]
    if not one.several:
        return texts[chosen[0]]
    return ",".join(text for label, text in texts.items() if label in chosen)


class Desk:
    """What a tab has changed and the server has not heard (`alignlab/ui/desk/desk.js`)."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.now: dict[str, Any] | None = None
        self.connection: str | None = None
        self._number = 0
        self._visit: int | None = None

    def change(self, values: dict[str, str], whole: bool = False, moving: bool = False) -> None:
        self._number += 1
        if whole:
            self.changes = []
        change = {"number": self._number, "values": values, "whole": whole, "moving": moving}
        self.changes.append(change)

    def arrived(self, now: dict[str, Any]) -> bool:
        """The end of a run has come; whether the changes have to be told (again)."""
        before, self.now = self.now, now
        same_page = before is not None and before["page"] == now["page"]
        if same_page and now["heard"] < before["heard"]:  # the server went and returned
            later, self.changes = self.changes, []
            self.change(dict(parse_qsl(before["address"])), whole=True)
            for change in later:
                self._number += 1
                self.changes.append(change | {"number": self._number})
            return True
        if not same_page:
            self.changes = []
        self.changes = [c for c in self.changes if c["number"] > now["heard"]]
        return bool(self.changes) and self.connection != now["connection"]

    def replaces(self) -> bool:
        """Whether the address replaces that of the link: the first one after an arrival."""
        first, self._visit = self.now["visit"] != self._visit, self.now["visit"]
        return first
