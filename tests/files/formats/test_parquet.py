"""Parquet columns with one list of numbers per row, as embeddings are often saved."""

import contextlib
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignlab.diagnosis.run import diagnose, diagnose_chunks
from alignlab.files import large_tables, limits
from alignlab.files.columns import guess_columns
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.tables import read_table
from tests.benchmarks.diagnose import problem
from tests.diagnosis.test_work import BOTH

ROWS = np.random.default_rng(0).standard_normal((50, 3)).round(2)

KINDS = {
    "list": pa.list_(pa.float32()),
    "large list": pa.large_list(pa.float64()),
    "fixed size": pa.list_(pa.float32(), 3),
    "half": pa.list_(pa.float16(), 3),
    "integers": pa.list_(pa.int8()),
    "truth values": pa.list_(pa.bool_()),
}


def parquet(**columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, row_group_size=13)
    return content.getvalue()


def cells(kind, rows=ROWS, missing=()):
    listed = [None if i in missing else row for i, row in enumerate(np.asarray(rows).tolist())]
    if kind == "truth values":
        listed = [row and [value > 0 for value in row] for row in listed]
    elif kind == "integers":
        listed = [row and [int(10 * value) for value in row] for row in listed]
    elif kind == "half":
        listed = [row and [np.float16(value) for value in row] for row in listed]
    return pa.array(listed, KINDS[kind])


def both(path, content):
    """The table read whole, and read in blocks."""
    path.write_bytes(content)
    large = open_large(path)
    by_blocks = pd.concat(large.blocks(large.columns, 7), ignore_index=True)
    return read_table(content, path.name), by_blocks


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [(), (0, 20)])
def test_a_list_column_is_as_many_columns(tmp_path, kind, missing):
    content = parquet(name=pa.array(["a", "b"] * 25), emb=cells(kind, missing=missing))
    for table in both(tmp_path / "pairs.parquet", content):
        assert list(table) == ["name", "emb[0]", "emb[1]", "emb[2]"]
        found = table[["emb[0]", "emb[1]", "emb[2]"]].to_numpy(dtype=float)
        wanted = np.array(
            [[np.nan] * 3 if row is None else row for row in cells(kind).to_pylist()], dtype=float
        )
        wanted[list(missing)] = np.nan
        np.testing.assert_allclose(found, wanted)
        assert table["name"].tolist() == ["a", "b"] * 25


@pytest.mark.parametrize("kind", ["float32", "int8", "bool"])
def test_numbers_missing_from_a_list_are_gaps(tmp_path, kind):
    one, zero = (True, False) if kind == "bool" else (1, 0)
    lists = pa.array([[one, None], [zero, one]], pa.list_(pa.type_for_alias(kind)))
    content = parquet(a=lists)
    for table in both(tmp_path / "pairs.parquet", content):
        np.testing.assert_array_equal(table.to_numpy(dtype=float), [[1, np.nan], [0, 1]])


def test_blocks_give_the_columns_that_are_asked_for(tmp_path):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(
        parquet(a=cells("list"), b=cells("fixed size", ROWS + 1), c=pa.array(ROWS[:, 0]))
    )
    chosen = ("b[2]", "c", "a[0]", "b[0]")
    found = pd.concat(open_large(path).blocks(chosen, 11), ignore_index=True)
    assert tuple(found) == chosen
    pd.testing.assert_frame_equal(
        found, read_table(path.read_bytes(), path.name)[list(chosen)], check_dtype=False
    )


def test_list_columns_are_guessed_as_views_and_diagnosed_alike(tmp_path, monkeypatch):
    monkeypatch.setattr(large_tables, "BLOCK_BYTES", 8 * 41 * 64)
    X, Y, labels = problem(BOTH, 600, 0)
    kind = pa.list_(pa.float64(), 20)
    path = tmp_path / "pairs.parquet"
    path.write_bytes(
        parquet(
            image=pa.array(X.tolist(), kind), text=pa.array(Y.tolist(), kind), label=labels[:, 0]
        )
    )
    guess = guess_columns(read_table(path.read_bytes(), path.name))
    assert guess.view1 == tuple(f"image[{j}]" for j in range(20))
    assert guess.view2 == tuple(f"text[{j}]" for j in range(20))
    assert guess.labels == "label"
    cut = diagnose_chunks(chunks_of([open_large(path)], guess.view1, guess.view2, ("label",)))
    whole = diagnose(X, Y, labels[:, 0])
    assert cut.regime == whole.regime
    assert cut.delta_ca == pytest.approx(whole.delta_ca, rel=1e-8)


@pytest.mark.parametrize(
    ("column", "cause"),
    [
        (pa.array([[1.0, 2.0], [1.0]]), "unequal length: 2 numbers first, 1 in row 2"),
        (pa.array([[], []], pa.list_(pa.float64())), "empty"),
        (pa.array([None, None], pa.list_(pa.float64())), "empty|missing"),
        (pa.array([[[1.0]], [[2.0]]]), "one list of numbers per row"),
        (pa.array([["one"], ["two"]]), "one list of numbers per row"),
        (pa.array([{"a": 1.0}, {"a": 2.0}]), "one list of numbers per row"),
    ],
)
def test_what_is_no_list_of_numbers_a_row_is_refused(tmp_path, column, cause):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(parquet(emb=column))
    with pytest.raises(ValueError, match=f"pairs.parquet: .*'emb'.*({cause})"):
        read_table(path.read_bytes(), path.name)
    with pytest.raises(ValueError, match=f"pairs.parquet: .*'emb'.*({cause})"):
        list(open_large(path).blocks(("emb[0]", "emb[1]"), 1))


def test_a_later_list_of_another_length_is_refused_with_its_row(tmp_path):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(parquet(emb=pa.array([[1.0, 2.0]] * 30 + [[1.0]])))
    with pytest.raises(ValueError, match="1 in row 31"):
        read_table(path.read_bytes(), path.name)
    with pytest.raises(ValueError, match="1 in row 31"):
        list(open_large(path).blocks(("emb[0]",), 7))


def test_a_column_of_the_name_of_a_place_in_a_list_is_refused(tmp_path):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(parquet(**{"emb": cells("list"), "emb[1]": pa.array(ROWS[:, 0])}))
    with pytest.raises(ValueError, match=r"'emb\[1\]' is repeated"):
        read_table(path.read_bytes(), path.name)
    with pytest.raises(ValueError, match=r"'emb\[1\]' is repeated"):
        open_large(path)


def test_lists_that_are_too_long_or_too_many_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(parquet(emb=pa.array([[0.0] * 1000] * 200)))
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(ValueError, match=r"unpacks to 0\.0 GB"):
        read_table(path.read_bytes(), path.name)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_COLUMNS", 900)
    with pytest.raises(ValueError, match="1,000 columns, the limit is 900"):
        read_table(path.read_bytes(), path.name)
    with pytest.raises(ValueError, match="1,000 columns, the limit is 900"):
        open_large(path)


VALID = parquet(a=cells("list", missing=(3,)), b=cells("fixed size"), name=pa.array(["x"] * 50))


@pytest.mark.filterwarnings("ignore")
@given(st.data())
@settings(max_examples=200)
def test_damaged_files_raise_nothing_but_value_errors(data):
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        read_table(bytes(content), "pairs.parquet")
