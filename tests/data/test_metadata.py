import datetime
from decimal import Decimal
from typing import get_args
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignlab.data.metadata import CLASSES, COUNTS, LONGEST, LONGEST_CLASS, MISSING, Kind, Metadata

N = 60
TEXTS = [f"a photo of thing {i}" for i in range(N)]


def one(values, name="a"):
    return Metadata(pd.DataFrame({name: values}))


# --- Kinds ---


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", TEXTS),
        ("category", ["cat", "dog", None] * 20),
        ("category", pd.Categorical(TEXTS, ordered=True)),
        ("text", pd.Categorical(TEXTS)),
        ("image", pd.Categorical([f"{i}.png" for i in range(N)])),
        ("number", pd.Categorical([None, *range(1, N)])),
        ("category", [True, False] * 30),
        ("category", pd.array([True, None] * 30, dtype="boolean")),
        ("category", list(range(10)) * 6),
        ("category", [1.0, 2.0, np.nan] * 20),
        ("number", np.linspace(0, 1, N)),
        ("number", list(range(N))),
        ("number", [Decimal("1.5"), None, 2] * 20),
        ("number", [0.5, np.inf, np.nan] * 20),
        ("number", pd.date_range("2024-01-01", periods=N)),
        ("number", pd.period_range("2024-01", periods=N, freq="M")),
        ("number", pd.to_timedelta(np.arange(N), unit="h")),
        ("image", [f"images/{i}.JPG" for i in range(N)]),
        ("image", [f"{i}.webp" for i in range(N - 1)] + [None]),
        ("text", [f"{i}.png or so" for i in range(N)]),
        ("text", [[i, {"a": i}] for i in range(N)]),
        ("text", [np.full(3, i) for i in range(N)]),
        ("text", [complex(i) for i in range(N)]),
        ("category", [datetime.date(2024, 1, 1)] * N),
        ("category", [b"abc"] * N),
        ("category", [None] * N),
    ],
)
def test_the_kind_of_a_column_follows_its_values(kind, values):
    assert one(values).kind("a") == kind


def test_whole_numbers_with_many_values_are_numbers_and_texts_with_many_values_texts():
    for most, values in (
        (COUNTS, np.arange(COUNTS)),
        (CLASSES, [f"a {i}" for i in range(CLASSES)]),
    ):
        twice = [*values, *values]
        assert one(twice).kind("a") == "category"
        more = COUNTS if most == COUNTS else "more"
        assert one([*twice, more, more]).kind("a") != "category"


def test_whole_numbers_that_are_labels_are_classes_in_their_order():
    table = pd.DataFrame({"a": list(range(100)) * 2, "b": list(range(100)) * 2})
    metadata = Metadata(table, labels=("a",))
    assert (metadata.kind("a"), metadata.kind("b")) == ("category", "number")
    assert metadata.codes("a", most=100).classes == tuple(map(str, range(100)))
    assert metadata.rows(np.arange(150)).kind("a") == "number"  # most of them come once
    assert metadata.rows(np.arange(200)[::-1]).kind("a") == "category"


# --- What is shown ---


def test_a_row_is_described_by_the_names_and_texts_of_its_columns():
    table = pd.DataFrame(
        {
            "caption": ["a cat", None],
            "share": [0.123456789, np.nan],
            "id": [1234567890.0, np.nan],
            "day": pd.to_datetime(["2024-05-06", None]),
            "box": [[1, 2], {"x": 1}],
            "raw": [b"12345", None],
            3: [True, False],
        },
        index=[7, 7],
    )
    metadata = Metadata(table)
    assert metadata.columns == ("caption", "share", "id", "day", "box", "raw", "3")
    assert metadata.describe(0) == [
        ("caption", "a cat"), ("share", "0.123457"), ("id", "1234567890"), ("day", "2024-05-06"),
        ("box", "[1, 2]"), ("raw", "5 bytes"), ("3", "True"),
    ]  # fmt: skip
    assert [text for _, text in metadata.describe(1)] == [
        MISSING, MISSING, MISSING, MISSING, "{'x': 1}", MISSING, "False",
    ]  # fmt: skip


def test_long_texts_and_large_nested_values_are_cut():
    long = "x" * 5000
    assert one([long, "b"]).describe(0) == [("a", "x" * (LONGEST - 1) + "…")]
    assert max(map(len, one([long, "b", "b"]).codes("a").classes)) == LONGEST_CLASS
    for value in ([[0] * 10**5] * 100, {"a": np.zeros(10**5).tolist()}, np.zeros((500, 500))):
        assert len(one([value, None]).describe(0)[0][1]) <= LONGEST


def test_a_row_or_a_column_that_is_not_there_is_refused():
    metadata = one(["x", "y"])
    for row in (2, -1, 0.5):
        with pytest.raises(ValueError, match=r"^Metadata: row = "):
            metadata.describe(row)
    with pytest.raises(ValueError, match="there is no column 'b': use one of 'a'"):
        metadata.kind("b")
    with pytest.raises(ValueError, match="two columns are called '1'"):
        Metadata(pd.DataFrame([[1, 2]], columns=[1, "1"]))


def test_there_may_be_no_column():
    metadata = Metadata(pd.DataFrame(index=range(3)))
    assert (metadata.n, metadata.columns, metadata.describe(2)) == (3, (), [])
    assert metadata.search("a").tolist() == []


def test_chosen_rows_keep_their_order_and_their_types():
    metadata = Metadata(
        pd.DataFrame({"a": pd.Categorical(["x", "y", "z"], ordered=True), "b": [1, 2, 3]})
    )
    chosen = metadata.rows(np.array([2, 0]))
    assert chosen.describe(0) == [("a", "z"), ("b", "3")]
    assert chosen.kind("a") == "category"


# --- Search ---


def test_a_search_finds_a_text_in_any_column_in_any_case():
    table = pd.DataFrame(
        {
            "caption": ["A red Cat", "a dog", None, "zebra STRASSE"],
            "day": pd.to_datetime(["2024-05-06", "2024-06-01", "2023-05-06", None]),
            "count": [12, 2, 1, 21],
        }
    )
    metadata = Metadata(table)
    found = {text: metadata.search(text).tolist() for text in (
        "cat", " CAT ", "ZEBRA STRAßE", "2024", "05-06", "2", "12.0", "missing", "", "[", "nan",
    )}  # fmt: skip
    assert found == {
        "cat": [0], " CAT ": [0], "ZEBRA STRAßE": [3], "2024": [0, 1], "05-06": [0, 2],
        "2": [0, 1, 2], "12.0": [0], "missing": [], "": [], "[": [], "nan": [],
    }  # fmt: skip


def test_a_search_finds_numbers_as_they_are_shown_and_whole_numbers_exactly():
    metadata = one([0.123456789, 0.12346, 1234567, 1234568, np.inf])
    assert metadata.search("0.123457").tolist() == [0]
    assert metadata.search("1234567").tolist() == [2]
    assert metadata.search("1.23457e6").tolist() == [2, 3]
    assert metadata.search("inf").tolist() == [4]


def test_a_search_reads_beyond_what_is_shown():
    assert one(["x" * 2000 + "needle", "b"]).search("needle").tolist() == [0]


# --- Classes and numbers ---


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", None, "a", "b"], ("a", "b", MISSING)),
        ([10, 9, 10, 2], ("2", "9", "10")),
        ([10.0, np.nan, 0.5, 0.5], ("0.5", "10", MISSING)),
        (pd.Categorical(["lo", "hi", "lo", None], ["none", "lo", "hi"], ordered=True),
         ("lo", "hi", MISSING)),
        ([True, False, True, True], ("False", "True")),
        (pd.to_datetime(["2024-03-01", None, "2023-01-01", "2023-01-01"]),
         ("2023-01-01", "2024-03-01", MISSING)),
        ([None] * 4, (MISSING,)),
    ],
)  # fmt: skip
def test_classes_come_in_their_own_order_and_missing_values_last(values, classes):
    metadata = one(values)
    found = metadata.codes("a")
    assert found.classes == classes
    texts = [metadata.describe(row)[0][1] for row in range(4)]
    assert [found.classes[code] for code in found.codes] == texts
    assert found.codes.dtype == np.int32


def test_the_rarer_ones_of_many_classes_are_put_together():
    values = ["c"] * 5 + ["a"] * 4 + ["d"] * 2 + ["b", "e"]
    found = one(values).codes("a", most=3)
    assert found.classes == ("a", "c", "3 other values")
    assert found.codes.tolist() == [1] * 5 + [0] * 4 + [2] * 4
    assert one(values).codes("a", most=5).classes == ("a", "b", "c", "d", "e")


def test_numbers_are_those_of_the_column_and_nan_elsewhere():
    for values in ([1.5, np.inf, np.nan, 2], [Decimal("1.5"), None, None, 2]):
        np.testing.assert_array_equal(one(values).numbers("a"), [1.5, np.nan, np.nan, 2])
    np.testing.assert_array_equal(one([True, False]).numbers("a"), [1, 0])
    with pytest.raises(ValueError, match="column 'a' holds no numbers: use its classes"):
        one(TEXTS).numbers("a")


def test_dates_are_days_since_the_earliest_and_durations_days():
    days = ["2024-01-03", None, "2024-01-01T12:00"]
    for zone in (None, "Europe/Paris"):
        metadata = one(pd.to_datetime(pd.Series(days), format="ISO8601").dt.tz_localize(zone))
        np.testing.assert_allclose(metadata.numbers("a"), [1.5, np.nan, 0])
        assert metadata.unit("a").startswith("days since 2024-01-01 12:00")
    span = one(pd.to_timedelta([36, 0], unit="h"))
    assert (span.numbers("a").tolist(), span.unit("a")) == ([1.5, 0], "days")
    months = one(pd.period_range("2024-01", periods=2, freq="M"))
    assert (months.numbers("a").tolist(), months.unit("a")) == ([0, 31], "days since 2024-01-01")
    assert np.isnan(one(pd.to_datetime([None, None])).numbers("a")).all()
    assert one([1.5, 2.5]).unit("a") == ""


CELL = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.binary(max_size=3), st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=2), st.floats(), max_size=2), st.dates(),
    st.datetimes(), st.decimals(allow_nan=False), st.complex_numbers(), st.timedeltas(),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=8), st.text(max_size=3))
@example([10**400, 1], "1")
def test_no_value_of_a_column_is_too_strange_to_be_shown_and_searched(values, wanted):
    metadata = one(pd.Series(values, dtype=object))
    assert metadata.kind("a") in get_args(Kind)
    codes, classes = metadata.codes("a")
    for row in range(len(values)):
        ((_, text),) = metadata.describe(row)
        assert classes[codes[row]] == (text if len(text) <= LONGEST_CLASS else mock.ANY)
        if text != MISSING and text.strip() and metadata.kind("a") != "number":
            assert row in metadata.search(text)
    assert set(metadata.search(wanted)) <= set(range(len(values)))
