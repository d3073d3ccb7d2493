"""Widgets as the user sees them, and the values that a browser sends for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.tree import Node

FIELDS = {
    "button": "trigger_value",
    "slider": "double_array_value",
    "select_slider": "string_array_value",
    "selectbox": "string_value",
    "radio": "string_value",
    "checkbox": "bool_value",
    "number_input": "double_value",
    "button_group": "string_array_value",
    "multiselect": "string_array_value",
    "text_input": "string_value",
    "text_area": "string_value",
    "expandable": "bool_value",
    "tab_container": "string_value",
    "file_uploader": "file_uploader_state_value",
    "bidi_component": "json_value",
}
"""The field of a widget's state by kind."""


@dataclass(frozen=True)
class Widget:
    """A widget on the page.

    value : as the user sees it: a number, an option's label, a list of labels, a boolean, a text.
    low, high, step : of sliders and number inputs. options : the labels.
    several : whether more than one option may be chosen. fragment : the fragment it is drawn in.
    control : what the app's own component was told of it. preset : the setting of such a button.
    """

    kind: str
    field: str
    id: str
    label: str
    value: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    several: bool = False
    disabled: bool = False
    whole: bool = False
    fragment: str = ""
    control: dict[str, Any] | None = None
    preset: dict[str, str] | None = None


def identity(node: Node) -> str:
    """The id under which the browser keeps the state of this node, or ""."""
    if node.proto is None:
        return ""
    if node.is_block:
        return node.proto.id or getattr(getattr(node.proto, node.kind, None), "id", "")
    inner = getattr(node.proto, node.kind, None)
    return getattr(inner, "id", "")


def kind_of(node: Node) -> str:
    if node.kind == "slider" and node.proto.slider.type == Slider.Type.SELECT_SLIDER:
        return "select_slider"
    return node.kind


def field_of(node: Node) -> str:
    """The field of the widget's state that carries its value."""
    kind = kind_of(node)
    if kind == "number_input" and node.proto.number_input.data_type == NumberInput.INT:
        return "int_value"
    return FIELDS[kind]


def first_value(node: Node) -> Any:
    """The value that the element brings: set by the page, or its default."""
    kind, inner = kind_of(node), getattr(node.proto, node.kind)
    if kind in ("button", "download_button", "file_uploader", "bidi_component"):
        return None
    if kind == "expandable":
        return inner.expanded
    if kind == "tab_container":
        return inner.default_tab_label
    is_set = inner.set_value
    if kind == "slider":
        return list(inner.value if is_set else inner.default)
    if kind == "select_slider":
        if is_set:
            return list(inner.raw_value)
        return [inner.options[int(place)] for place in inner.default]
    if kind in ("selectbox", "radio"):
        if is_set:
            return inner.raw_value if inner.HasField("raw_value") else None
        return inner.options[inner.default] if inner.HasField("default") else None
    if kind == "button_group":
        if is_set:
            return list(inner.raw_values)
        return [option_label(inner.options[place]) for place in inner.default]
    if kind == "multiselect":
        return list(inner.raw_values) if is_set else [inner.options[i] for i in inner.default]
    if kind == "checkbox":
        return inner.value if is_set else inner.default
    if kind in ("number_input", "text_input", "text_area"):
        if is_set:
            return inner.value if inner.HasField("value") else None
        return inner.default if inner.HasField("default") else None
    return None


def is_set(node: Node) -> bool:
    """Whether the page itself set the value in this run."""
    inner = getattr(node.proto, node.kind)
    return bool(getattr(inner, "set_value", False))


def option_label(option: Any) -> str:
    icon = option.content_icon if option.HasField("content_icon") else ""
    return f"{icon} {option.content}".strip()


def has_state(node: Node) -> bool:
    return bool(identity(node)) and kind_of(node) in FIELDS


def widget(node: Node, value: Any) -> Widget:
    """What the user sees of this node, with the value that the browser holds."""
    kind, inner = kind_of(node), getattr(node.proto, node.kind)
    low = high = step = None
    options: tuple[str, ...] = ()
    several = False
    if kind == "slider":
        low, high, step = inner.min, inner.max, inner.step
        value = value[0] if value and len(value) == 1 else value
    elif kind == "select_slider":
        options = tuple(inner.options)
        value = value[0] if value and len(value) == 1 else value
    elif kind == "number_input":
        low = inner.min if inner.has_min else None
        high = inner.max if inner.has_max else None
        step = inner.step
    elif kind in ("selectbox", "radio", "multiselect"):
        options, several = tuple(inner.options), kind == "multiselect"
    elif kind == "button_group":
        options = tuple(option_label(option) for option in inner.options)
        several = inner.click_mode == inner.MULTI_SELECT
        if not several:
            value = value[0] if value else None
    return Widget(
        kind=kind,
        field=field_of(node),
        id=identity(node),
        label=getattr(inner, "label", "") or identity(node),
        value=value,
        low=low,
        high=high,
        step=step,
        options=options,
        several=several,
        disabled=bool(getattr(inner, "disabled", False)),
        whole=kind in ("slider", "number_input") and inner.data_type == inner.INT,
        fragment=node.fragment,
    )


def sent(one: Widget, value: Any) -> Any:
    """The value in the form of the browser's state; ValueError if the widget cannot take it."""
    if one.kind in ("slider", "number_input"):
        if value is None:
            return None
        numbers = [float(v) for v in (value if isinstance(value, (list, tuple)) else [value])]
        for number in numbers:
            below = one.low is not None and number < one.low
            above = one.high is not None and number > one.high
            if below or above:
                raise ValueError(f"{one.label}: {number:g} is not in {one.low:g} to {one.high:g}")
        if one.kind == "slider":
            return numbers
        return numbers[0]
    if one.kind in ("button_group", "multiselect", "select_slider"):
        chosen = list(value) if isinstance(value, (list, tuple)) else [value]
        _insist_on_options(one, [] if value is None else chosen)
        return [] if value is None else chosen
    if one.kind in ("selectbox", "radio"):
        _insist_on_options(one, [value])
    return value


def _insist_on_options(one: Widget, chosen: list[str]) -> None:
    for choice in chosen:
        if choice not in one.options:
            raise ValueError(f"{one.label}: {choice!r} is not one of {', '.join(one.options)}")


def state(id: str, name: str, value: Any) -> WidgetState:
    """The message for one widget's value in the field of this name."""
    message = WidgetState(id=id)
    if name.endswith("_array_value"):
        getattr(message, name).data.extend(value or [])
        getattr(message, name).SetInParent()
    elif name == "file_uploader_state_value":
        message.file_uploader_state_value.SetInParent()
        message.file_uploader_state_value.uploaded_file_info.extend(value or [])
    elif value is not None:
        setattr(message, name, int(value) if name == "int_value" else value)
    return message


def plain(label: str) -> str:
    """A label without its icons and Markdown emphasis."""
    return re.sub(r":material/\w+:|\*\*", "", label).strip()
