"""A record is the same after a round trip, and nothing but a record is read."""

import json
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from alignlab import records


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    first: int
    lag: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    kind: Literal["a", "b"]
    numbers: np.ndarray
    value: float
    words: str | None
    parts: tuple[Part, ...]
    names: tuple | None
    ends: dict[str, tuple[float, float]]
    yes: bool
    later: tuple[Part, ...] = ()


def record(**changes):
    fields = {
        "kind": "a", "numbers": np.array([[0.1, np.nan], [-np.inf, 1e-300]]), "value": np.inf,
        "words": None, "parts": (Part(first=0, lag=None), Part(first=np.int64(3), lag=-2)),
        "names": (1, 2.5, "NaN", None, ("deep", 3)), "ends": {"x": (np.float64(0.1), np.nan)},
        "yes": np.True_,
    }  # fmt: skip
    return Whole(**fields | changes)


def round_trip(**changes):
    return records.from_text(Whole, records.to_text(record(**changes)))


def test_every_kind_of_field_comes_back_exactly():
    found = round_trip()
    np.testing.assert_array_equal(found.numbers, record().numbers)
    assert found.numbers.dtype == np.float64
    assert (found.kind, found.value, found.words, found.yes) == ("a", np.inf, None, True)
    assert [(one.first, one.lag) for one in found.parts] == [(0, None), (3, -2)]
    assert found.names == record().names
    assert [type(one) for one in found.names] == [type(one) for one in record().names]
    assert found.ends["x"][0] == 0.1
    assert np.isnan(found.ends["x"][1])
    assert found.later == ()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1,), (1, 1), (2, 3, 2)])
def test_an_array_keeps_its_shape(shape):
    assert round_trip(numbers=np.ones(shape)).numbers.shape == shape


def test_the_text_is_strict_json_and_says_what_it_is():
    found = json.loads(records.to_text(record(), {"n": 3}), parse_constant=pytest.fail)
    assert list(found) == ["format", "version", "n", "fields"]
    assert (found["format"], found["version"]) == ("alignlab.Whole", records.VERSION)


@pytest.mark.parametrize(
    "changes",
    [{"numbers": np.arange(3)}, {"names": (1j,)}, {"names": (b"x",)}, {"ends": {1: (0.0, 0.0)}}],
)
def test_what_could_not_be_read_again_is_not_written(changes):
    with pytest.raises(TypeError, match=r"Whole\.(numbers|names|ends)"):
        records.to_text(record(**changes))


def changed(**fields):
    found = json.loads(records.to_text(record()))
    found["fields"] |= fields
    return json.dumps(found)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "c"}, "kind is \"c\", one of 'a', 'b' was expected"),
        ({"value": "inf"}, 'value is "inf", a number'),
        ({"value": True}, "value is true"),
        ({"yes": 1}, "yes is 1, true or false was expected"),
        ({"words": 3}, "words is 3, text was expected"),
        ({"numbers": [[1.0], [1.0, 2.0]]}, "numbers is .*, an array of numbers"),
        ({"numbers": ["1"]}, "numbers is"),
        ({"numbers": [True]}, "numbers is"),
        ({"numbers": 3}, "numbers is 3"),
        ({"numbers": {"shape": [10**12]}}, "numbers is"),
        ({"numbers": {"shape": [0, 2**40]}}, "numbers is"),
        ({"parts": [{"first": 0}]}, r"'parts\[0\].lag' is missing"),
        ({"parts": [{"first": 0.5, "lag": 1}]}, r"parts\[0\].first is 0.5, a whole number"),
        ({"parts": [{"first": 0, "lag": 1, "code": "x"}]}, "'code' is not one of Part"),
        ({"parts": {}}, "parts is {}, a list was expected"),
        ({"ends": {"x": [0.0]}}, "a list of 2 was expected"),
        ({"ends": []}, "an object was expected"),
        ({"more": 1}, "'more' is not one of Whole"),
        ({"words": ["x" * 5000]}, "words is .{40} …, text"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_with_its_place(fields, words):
    with pytest.raises(ValueError, match=f"^Whole.from_json: .*{words}"):
        records.from_text(Whole, changed(**fields))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "not of alignlab"),
        ("{}", "not of alignlab"),
        ('{"format": "alignlab.Whole", "version": 1}', "not of alignlab"),
        ('{"format": 3, "fields": {}}', "not of alignlab"),
        (
            '{"format": "alignlab.Other", "version": 1, "fields": {}}',
            "read it with Other.from_json",
        ),
        ('{"format": "alignlab.Whole", "version": 2, "fields": {}}', "version 2 .* version 1"),
        ('{"format": "alignlab.Whole", "version": 1, "fields": []}', "the record is"),
        ('{"format": "alignlab.Whole", "version": 1, "fields": {}}', "'kind' is missing"),
        (None, "NoneType was given"),
        ({}, "dict was given"),
    ],
)
def test_another_text_is_refused(text, words):
    with pytest.raises(ValueError, match=f"^Whole.from_json: .*{words}"):
        records.from_text(Whole, text)


def test_a_record_is_found_within_a_larger_document():
    text = json.dumps({"versions": {}, "part": json.loads(records.to_text(record()))})
    assert records.from_text(Whole, text, within="part").kind == "a"
    with pytest.raises(ValueError, match="not of alignlab"):
        records.from_text(Whole, text)


def test_a_field_that_came_later_is_its_default_in_older_texts():
    found = json.loads(records.to_text(record(later=(Part(first=1, lag=1),))))
    del found["fields"]["later"]
    assert records.from_text(Whole, json.dumps(found)).later == ()
