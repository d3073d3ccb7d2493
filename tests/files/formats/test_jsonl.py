"""JSON Lines: objects of numbers, texts and lists, each column of one kind."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from alignlab.files import limits
from alignlab.files.formats import jsonl as jsonl_format
from alignlab.files.reading_notes import left_out_of
from alignlab.files.tables import read_table

X = np.random.default_rng(0).standard_normal((6, 3))


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_lists_of_numbers_become_columns_to_the_bit():
    rows = [{"x": x.tolist(), "n": [j, j + 1], "label": "ab"[j % 2]} for j, x in enumerate(X)]
    table = read_table(gzip.compress(jsonl(*rows)), "f.jsonl.gz")
    assert list(table) == ["x[0]", "x[1]", "x[2]", "n[0]", "n[1]", "label"]
    np.testing.assert_array_equal(table.iloc[:, :3], X)
    assert table["n[1]"].dtype == np.int64
    assert table["label"].tolist() == ["a", "b"] * 3


def test_flat_and_nested_objects_become_columns():
    rows = [{"meta": {"id": j, "deep": {"w": 0.5}}, "v": {"a": [1, 2]}} for j in range(3)]
    assert list(read_table(jsonl(*rows), "f.ndjson")) == [
        "meta.id",
        "meta.deep.w",
        "v.a[0]",
        "v.a[1]",
    ]


def test_what_pandas_writes_comes_back():
    frame = pd.DataFrame({"a": [0.5, 1.5], "b": [1, 2], "c": ["x", "y"], "d": [True, False]})
    content = frame.to_json(orient="records", lines=True).encode()
    pd.testing.assert_frame_equal(read_table(content, "f.jsonl"), frame)


def test_a_list_in_a_line_is_named_after_the_file():
    table = read_table(jsonl(*X.tolist()), "emb.jsonl")
    assert list(table) == ["emb[0]", "emb[1]", "emb[2]"]
    np.testing.assert_array_equal(table, X)


def test_what_a_line_lacks_is_missing():
    content = jsonl({"a": 1, "b": True}, {"x": [1.0, None], "s": "t"}, {"a": None, "x": [2, 3]})
    table = read_table(content + b"\n\n", "f.jsonl")
    assert len(table) == 3
    np.testing.assert_array_equal(table["a"], [1, np.nan, np.nan])
    np.testing.assert_array_equal(table["x[1]"], [np.nan, np.nan, 3])
    assert table["b"].tolist() == [True, pd.NA, pd.NA]
    assert table["s"].isna().tolist() == [True, False, True]


def test_large_whole_numbers_keep_their_digits():
    table = read_table(jsonl({"id": 2**53 + 1, "x": 1}, {"x": 2}), "f.jsonl")
    assert table["id"][0] == 2**53 + 1
    assert table["x"].dtype == np.int64


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([1, "one"], "holds 1 in line 1 but 'one' in line 3: give every line a number"),
        ([True, 1], "holds True in line 1 but 1 in line 3"),
        ([[1, 2], [1]], "lists of unequal length: 2 numbers first, 1 in line 3"),
        ([[], []], "lists of unequal length: 0 numbers first"),
        ([[[1]], [[1]]], "holds a list of other things than numbers in line 1"),
        ([["a"], ["a"]], "holds a list of other things than numbers in line 1"),
        ([[1.0], 2], "holds no list in line 3"),
        ([10**400, 1], "holds a number too large"),
    ],
)
def test_a_key_that_is_no_column_is_left_out_by_line(rows, reason):
    content = jsonl({"x": 1, "k": rows[0]}) + b"\n\n" + jsonl({"x": 2, "k": rows[1]})
    table = read_table(content, "f.jsonl", 1)
    assert list(table) == ["x"]
    assert reason in left_out_of(table)["k"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": 2', "line 2 is no JSON"),
        (b"a,b\n1,2", "line 1 is no JSON"),
        (b"[" * 100_000, "line 1 is no JSON"),
        (b'[{"a": 1}, {"a": 2}]', "line 1 holds a list of objects: write one object per line"),
        (b'{"a": 1, "a": 2}', "line 1 names a key twice"),
        (b'{"a": {"b": 1}, "a.b": 2}', "column"),
        (b'{"a[0]": 1, "a": [2]}', "two keys give a column 'a[0]'"),
        (b'{"a": ["b"]}', "key 'a' holds a list of other things"),
        (b"\x00\x00", "it holds a zero byte"),
        (b"", "holds 0 rows"),
        (b"{}\n{}", "holds 0 rows and 0 columns"),
    ],
)
def test_a_malformed_file_is_refused_with_cause_and_remedy(content, message):
    with pytest.raises(ValueError, match=r"^f\.jsonl(: .*:| holds)") as refusal:
        read_table(content, "f.jsonl")
    assert message in str(refusal.value)


def test_a_line_over_the_limit_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(jsonl_format, "MAX_LINE_BYTES", 50)
    with pytest.raises(ValueError, match=r"line 2 has 0 MB, the limit is .*: write one object"):
        read_table(jsonl({"a": 1}, {"a": 2, "b": "x" * 50}), "f.jsonl")


def test_more_columns_or_bytes_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 3)
    for row in ({"a": [1, 2, 3, 4]}, dict.fromkeys("abcd", 1), {"a": [1, 2], "b": [1, 2]}):
        with pytest.raises(ValueError, match="4 columns, the limit is 3"):
            read_table(jsonl(row, row), "f.jsonl")
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(ValueError, match="use fewer rows or columns"):
        read_table(jsonl(*[{"a": [1]}] * 20), "f.jsonl")
    sparse = jsonl({"a": [1, 2, 3]}, *[{}] * 50)
    with pytest.raises(ValueError, match="use fewer rows or columns"):
        read_table(sparse, "f.jsonl")
