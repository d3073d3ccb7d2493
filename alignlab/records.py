"""Results as JSON text, and back: every field of a frozen dataclass, exactly.

The fields are read and written by their annotations, so a new field needs no code here. JSON has no
NaN and no infinity: these are the strings "NaN", "Infinity" and "-Infinity", as in the JSON mapping
of Protocol Buffers. Arrays are nested lists; an empty one is `{"shape": [3, 0]}`. Nothing is
executed on reading, and what does not fit the annotations is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from alignlab.checks import InputError

T = TypeVar("T")

VERSION = 1
"""Of the format: raised when text written by an earlier version can no longer be read."""

NON_FINITE = ("NaN", "Infinity", "-Infinity")


def to_text(record: Any, further: Mapping[str, Any] | None = None) -> str:
    """The record as JSON: format, version, the `further` values for readers, and all fields."""
    name = type(record).__name__
    head = {"format": f"alignlab.{name}", "version": VERSION}
    return json.dumps(
        {**head, **(further or {}), "fields": _written(record, name)},
        ensure_ascii=False,
        allow_nan=False,
    )


def from_text(kind: type[T], text: str, within: str = "") -> T:
    """The record of this kind in a text of `to_text`; of all keys only "fields" is read.

    within : the key under which a larger JSON document may hold what `to_text` wrote.

    Raises ValueError, naming the field and what was expected there.
    """
    caller = f"{kind.__name__}.from_json"
    if not isinstance(text, str | bytes | bytearray):
        raise InputError(caller, f"{type(text).__name__} was given: give the text of to_json()")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(caller, f"this is no JSON ({error}): give the text of to_json()") from None
    if isinstance(found, dict) and within in found:
        found = found[within]
    form = found.get("format") if isinstance(found, dict) else None
    if not isinstance(form, str) or not form.startswith("alignlab.") or "fields" not in found:
        raise InputError(caller, "this JSON is not of alignlab: give the text of to_json()")
    if form != f"alignlab.{kind.__name__}":
        name = form.removeprefix("alignlab.")
        raise InputError(caller, f"the text holds an {name}: read it with {name}.from_json")
    if found.get("version") != VERSION:
        raise InputError(
            caller,
            f"the text has version {found.get('version')!r} of the format, and version {VERSION} "
            "is read: use the version of alignlab that wrote it",
        )
    return _Reader(caller).record(kind, found["fields"], "")


def _written(value: Any, where: str) -> Any:
    """The value as JSON values; TypeError for one that could not be read again."""
    if isinstance(value, np.ndarray):
        if value.dtype != np.float64:
            raise TypeError(f"{where} is an array of {value.dtype}: records hold float64 arrays")
        return _numbers(value) if value.size else {"shape": list(value.shape)}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else _word(value)
    if isinstance(value, tuple | list):
        return [_written(one, f"{where}[{i}]") for i, one in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _written(one, f"{where}[{key!r}]") for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: _written(getattr(value, one.name), f"{where}.{one.name}")
            for one in fields(value)
        }
    raise TypeError(
        f"{where} = {value!r} is of type {type(value).__name__}, which JSON cannot hold: where it "
        "is the name of a column, rename the columns to text"
    )


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _numbers(array: np.ndarray) -> Any:
    """The numbers of an array (...) as nested lists."""
    if np.isfinite(array).all():
        return array.tolist()
    if array.ndim > 1:
        return [_numbers(row) for row in array]
    return [one if np.isfinite(one) else _word(one) for one in array.tolist()]


class _Reader:
    """Reads JSON values by annotation; errors are raised in the name of `caller`."""

    def __init__(self, caller: str) -> None:
        self.caller = caller

    def record(self, kind: type[T], value: Any, where: str) -> T:
        if not isinstance(value, dict):
            raise self._unlike(value, where, f"the fields of {kind.__name__} were")
        hints, found = get_type_hints(kind), {}
        known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
        if unknown := [name for name in value if name not in known]:
            raise InputError(
                self.caller,
                f"the field {unknown[0]!r} is not one of {kind.__name__}: the text was changed, or "
                "written by another version of alignlab",
            )
        for name, one in known.items():
            path = f"{where}.{name}" if where else name
            if name in value:
                found[name] = self.value(hints[name], value[name], path)
            elif one.default is MISSING and one.default_factory is MISSING:
                raise InputError(
                    self.caller,
                    f"the field {path!r} is missing: the text was cut or changed, or written by "
                    "another version of alignlab",
                )
        return kind(**found)

    def value(self, hint: Any, value: Any, where: str) -> Any:
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return self._one_of(inner, value, where)
        if origin is Literal:
            if value not in inner or isinstance(value, bool | float):
                raise self._unlike(value, where, f"one of {', '.join(map(repr, inner))} was")
            return value
        if hint is np.ndarray:
            return self._array(value, where)
        if tuple in (hint, origin):
            return self._tuple(inner, value, where)
        if origin is dict:
            if not isinstance(value, dict):
                raise self._unlike(value, where, "an object was")
            return {key: self.value(inner[1], one, f"{where}[{key!r}]")
                    for key, one in value.items()}  # fmt: skip
        if isinstance(hint, type) and is_dataclass(hint):
            return self.record(hint, value, where)
        return self._scalar(hint, value, where)

    def _one_of(self, hints: tuple, value: Any, where: str) -> Any:
        if value is None and NoneType in hints:
            return None
        error: InputError | None = None
        for hint in hints:
            if hint is NoneType:
                continue
            try:
                return self.value(hint, value, where)
            except InputError as found:
                error = found
        assert error is not None
        raise error

    def _scalar(self, hint: Any, value: Any, where: str) -> Any:
        if hint is float:
            if value in NON_FINITE:
                return float(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
            raise self._unlike(value, where, 'a number, "NaN" or "Infinity" was')
        words = {int: "a whole number was", str: "text was", bool: "true or false was"}
        if type(value) is hint:
            return value
        raise self._unlike(value, where, words.get(hint, f"{hint} was"))

    def _array(self, value: Any, where: str) -> np.ndarray:
        if isinstance(value, dict) and list(value) == ["shape"]:
            shape = value["shape"]
            sizes = isinstance(shape, list) and all(type(one) is int for one in shape)
            if sizes and shape and min(shape) == 0 and max(shape) < 2**31:
                return np.empty(tuple(shape))
        if isinstance(value, list) and value:
            try:
                return np.array(_floats(value), dtype=np.float64)
            except (TypeError, ValueError, OverflowError):
                pass
        raise self._unlike(value, where, "an array of numbers, as nested lists, was")

    def _tuple(self, inner: tuple, value: Any, where: str) -> tuple:
        if not isinstance(value, list):
            raise self._unlike(value, where, "a list was")
        if not inner:  # such as names of classes or columns: what JSON itself tells apart
            return tuple(_names(value))
        if inner[-1] is Ellipsis:
            inner = (inner[0],) * len(value)
        if len(inner) != len(value):
            raise self._unlike(value, where, f"a list of {len(inner)} was")
        parts = enumerate(zip(inner, value, strict=True))
        return tuple(self.value(hint, one, f"{where}[{i}]") for i, (hint, one) in parts)

    def _unlike(self, value: Any, where: str, expected: str) -> InputError:
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 40 else f"{shown[:40]} …"
        return InputError(
            self.caller,
            f"{where or 'the record'} is {shown}, {expected} expected: the text was changed, or "
            "written by another version of alignlab",
        )


def _floats(value: Any) -> Any:
    """Nested lists with NaN and infinities as floats; TypeError for anything but numbers."""
    if isinstance(value, list):
        return [_floats(one) for one in value]
    if value in NON_FINITE:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return value


def _names(value: list) -> list:
    return [tuple(_names(one)) if isinstance(one, list) else one for one in value]
