"""Arrow types in Parquet and Arrow files: read, or left out by column; whole and in blocks."""

import decimal
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import ColumnChoice, guess_columns
from alignlab.files.large_tables import chunks_of, head_of, open_large
from alignlab.files.reading_notes import left_out_of, notes_of
from alignlab.files.tables import read_table

N = 50
RNG = np.random.default_rng(0)
VALUES = RNG.standard_normal((N, 3)).round(2)
VIEWS = {f"a{j}": RNG.standard_normal(N) for j in range(3)} | {
    f"b{j}": RNG.standard_normal(N) for j in range(3)
}
KINDS = ["walk", "run", "läuft", None, "walk"] * (N // 5)


def decimals(values, kind):
    scale = kind.scale
    return pa.array(
        [None if v is None else decimal.Decimal(f"{v:.{scale}f}") for v in values], kind
    )


def written(path, table, rows=100):
    """The bytes of a table in the format of a path, in groups of rows, which are written there."""
    content = io.BytesIO()
    if path.suffix == ".arrow":
        with pa.ipc.new_file(content, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=rows)
    else:
        pq.write_table(table, content, row_group_size=rows)
    path.write_bytes(content.getvalue())
    return content.getvalue()


def both(path, **columns):
    """The table read whole, and read in blocks."""
    content = written(path, pa.table(VIEWS | columns), 13)
    large = open_large(path)
    blocks = [block.astype(object) for block in large.blocks(large.columns, 7)]
    whole = read_table(content, path.name)
    assert tuple(whole) == large.columns
    assert left_out_of(whole) == large.left_out
    assert notes_of(whole) == large.notes
    assert notes_of(head_of(large, 10)) == large.notes
    numeric = [name for name in whole if pd.api.types.is_numeric_dtype(whole[name])]
    assert numeric == list(large.numeric)
    return whole, pd.concat(blocks, ignore_index=True)


@pytest.fixture(params=["parquet", "arrow"])
def path(tmp_path, request):
    return tmp_path / f"f.{request.param}"


NUMBERS = {
    "decimal32": pa.decimal32(7, 2), "decimal64": pa.decimal64(12, 2),
    "decimal128": pa.decimal128(18, 2), "decimal256": pa.decimal256(50, 2),
}  # fmt: skip


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("kind", NUMBERS)
def test_decimals_are_numbers(path, kind, gap):
    values = [None if gap and i == 4 else v for i, v in enumerate(VALUES[:, 0])]
    for table in both(path, x=decimals(values, NUMBERS[kind])):
        np.testing.assert_array_equal(table["x"].astype(float), np.array(values, dtype=float))
    assert notes_of(read_table(path.read_bytes(), path.name)) == (
        "Decimals are read as numbers: x.",
    )


@pytest.mark.parametrize("kind", [pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256])
def test_whole_decimals_are_whole_numbers(path, kind):
    codes = pa.array([decimal.Decimal(i % 3) for i in range(N)], kind(9, 0))
    for table in both(path, x=codes):
        assert [str(v) for v in table["x"][:4]] == ["0", "1", "2", "0"]


OTHERS = {
    "half": (pa.array(VALUES[:, 0].astype("f2")), VALUES[:, 0].astype("f2")),
    "uint64": (pa.array(np.arange(N, dtype="u8") + 2**60), np.arange(N) + 2.0**60),
    "truth with gaps": (pa.array([True, None] * 25), [1, np.nan] * 25),
    "whole with gaps": (pa.array([7, None] * 25), [7, np.nan] * 25),
    "dictionary of numbers": (pa.array([1.5, 2.5] * 25).dictionary_encode(), [1.5, 2.5] * 25),
    "dictionary of whole numbers": (pa.array([1, 2] * 25).dictionary_encode(), [1, 2] * 25),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_numbers_are_numbers(path, kind):
    column, wanted = OTHERS[kind]
    for table in both(path, x=column):
        found = table["x"].to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_array_equal(found, np.asarray(wanted, dtype=float))


TEXTS = {
    "string": pa.string(), "large string": pa.large_string(), "string view": pa.string_view(),
    "binary": pa.binary(), "large binary": pa.large_binary(), "binary view": pa.binary_view(),
    "json": None, "dictionary": None,
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_text_is_text(path, kind):
    column = pa.array(KINDS)
    if kind == "dictionary":
        column = column.dictionary_encode()
    elif kind == "json":
        column = pa.ExtensionArray.from_storage(pa.json_(), column)
    else:
        column = column.cast(TEXTS[kind])
    for table in both(path, kind=column):
        assert [None if pd.isna(v) else v for v in table["kind"]] == KINDS


LISTS = {
    "list": pa.list_(pa.float32()), "large list": pa.large_list(pa.float32()),
    "fixed size": pa.list_(pa.float32(), 3), "list view": pa.list_view(pa.float32()),
    "large list view": pa.large_list_view(pa.float32()),
}  # fmt: skip


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("kind", LISTS)
def test_lists_are_features(path, kind, gap):
    rows = [None if gap and i in (0, 20) else row for i, row in enumerate(VALUES.tolist())]
    wanted = VALUES.astype("f4").copy()
    if gap:
        wanted[[0, 20]] = np.nan
    for table in both(path, e=pa.array(rows, LISTS[kind])):
        np.testing.assert_array_equal(table[["e[0]", "e[1]", "e[2]"]].astype("f4"), wanted)
    assert read_table(path.read_bytes(), path.name)["e[0]"].dtype == np.float32


@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_tensors_of_a_fixed_shape_are_features(path, shape):
    values = RNG.standard_normal((N, 4)).astype("f4")
    storage = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 4)
    kind = pa.fixed_shape_tensor(pa.float32(), shape)
    for table in both(path, e=pa.ExtensionArray.from_storage(kind, storage)):
        np.testing.assert_array_equal(table[[f"e[{j}]" for j in range(4)]].astype("f4"), values)


def test_lists_of_decimals_are_features(path):
    rows = [[decimal.Decimal(f"{v:.2f}") for v in row] for row in VALUES]
    for table in both(path, e=pa.array(rows, pa.list_(pa.decimal128(9, 2)))):
        np.testing.assert_array_equal(table[["e[0]", "e[1]", "e[2]"]].astype(float), VALUES)


LEFT_OUT = {
    "struct": pa.array([{"bytes": b"x", "path": "p"}] * N),
    "nested struct": pa.array([{"a": {"b": [1.0, 2.0]}}] * N),
    "list of text": pa.array([["one", "two"]] * N),
    "list of lists": pa.array([[[1.0, 2.0], [3.0, 4.0]]] * N),
    "list of structs": pa.array([[{"a": 1.0}]] * N),
    "map": pa.array([[("a", 1.0)]] * N, pa.map_(pa.string(), pa.float64())),
    "fixed size bytes": pa.array([b"abcd"] * N, pa.binary(4)),
    "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"a" * 16] * N, pa.binary(16))),
    "pictures": pa.array([b"\x89PNG\xff"] * N),
    "times of day": pa.array([0] * N, pa.time32("s")),
    "durations": pa.array([1] * N, pa.duration("s")),
    "nothing": pa.nulls(N),
    "empty lists": pa.array([[]] * N, pa.list_(pa.float64())),
    "missing lists": pa.array([None] * N, pa.list_(pa.float64())),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_holds_no_features_is_left_out_by_column_and_refused_only_if_chosen(path, kind):
    tables = both(path, other=LEFT_OUT[kind], kind=pa.array(["x", "y"] * 25))
    for table in tables:
        assert list(table) == [*VIEWS, "kind"]
    guess = guess_columns(tables[0])
    assert (guess.view1, guess.view2, guess.labels) == (
        ("a0", "a1", "a2"), ("b0", "b1", "b2"), "kind",
    )  # fmt: skip
    assert notes_of(tables[0])[0].startswith("Left out: 'other' holds ")
    with pytest.raises(ValueError, match=r"column 'other' is left out: it holds .*: "):
        pairs_from_table(tables[0], ColumnChoice(view1=("other",), view2=("a0",)))
    with pytest.raises(ValueError, match=r"column 'other' is left out: it holds .*: "):
        chunks_of([open_large(path)], ("other",), ("a0",))


def test_lists_of_unequal_length_are_left_out_or_named_with_their_row(path):
    rows = [[1.0, 2.0]] * (N - 1) + [[1.0]]
    content = written(path, pa.table(VIEWS | {"e": pa.array(rows)}))
    table = read_table(content, path.name)
    assert list(table) == list(VIEWS)
    assert "unequal length: 2 numbers first, 1 in row 50" in left_out_of(table)["e"]
    with pytest.raises(ValueError, match=r"column 'e' holds lists of unequal length.* row 50"):
        list(chunks_of([open_large(path)], ("e[0]",), ("a0",))())
    assert len(list(chunks_of([open_large(path)], ("a1",), ("a0",))())) == 1


def test_left_out_columns_do_not_count_against_the_limits(tmp_path, monkeypatch):
    path = tmp_path / "f.parquet"
    pictures = pa.array([{"bytes": bytes(RNG.bytes(1000)), "path": "p"}] * N)
    both(path, image=pictures)
    monkeypatch.setattr("alignlab.files.limits.MAX_UNPACKED_BYTES", 30_000)
    assert len(read_table(path.read_bytes(), path.name)) == N


def test_decimal_features_are_guessed_and_chosen_as_any(path):
    columns = {
        name: decimals(values, pa.decimal128(18, 6)) if name[0] == "a" else values
        for name, values in VIEWS.items()
    }
    content = written(path, pa.table(columns))
    guess = guess_columns(read_table(content, path.name))
    assert (guess.view1, guess.view2) == (("a0", "a1", "a2"), ("b0", "b1", "b2"))
    ((X, _),) = chunks_of([open_large(path)], guess.view1, guess.view2)()
    np.testing.assert_allclose(X[:, 0], VIEWS["a0"], atol=1e-6)
