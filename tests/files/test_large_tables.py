import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignlab.diagnosis.run import diagnose, diagnose_chunks
from alignlab.files import large_tables
from alignlab.files.large_tables import chunks_of, joined_names, open_large
from alignlab.files.tables import read_table
from tests.benchmarks.diagnose import problem
from tests.diagnosis.test_work import BOTH

VIEW1, VIEW2 = (tuple(f"{side}[{j}]" for j in range(20)) for side in ("left", "right"))


@pytest.fixture(autouse=True)
def tiny_blocks(monkeypatch):
    monkeypatch.setattr(large_tables, "BLOCK_BYTES", 8 * 43 * 64)


@pytest.fixture(scope="module")
def data():
    X, Y, labels = problem(BOTH, 600, 0)
    labels[::3] = np.nan
    return X, Y, labels


def frame(X, Y, label):
    return pd.DataFrame(np.hstack([X, Y]), columns=[*VIEW1, *VIEW2]).assign(label=label)


def saved(path, table, row_group_size=None):
    if isinstance(table, np.ndarray):
        np.save(path, table)
    else:
        pq.write_table(pa.Table.from_pandas(table), path, row_group_size=row_group_size)
    return open_large(path)


def read(table, columns=None, rows=7):
    return pd.concat(table.blocks(columns or table.columns, rows), ignore_index=True)


# --- Tables ---


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", ["f4", ">f8", "i2", "?"])
@pytest.mark.parametrize("rows", [7, 10, 50, 100])
def test_blocks_of_npy_are_the_array(tmp_path, order, dtype, rows):
    A = np.random.default_rng(0).integers(0, 2, (50, 3)).astype(dtype, order=order)
    table = saved(tmp_path / "left.npy", A)
    assert (table.rows, table.columns) == (50, ("left[0]", "left[1]", "left[2]"))
    assert table.numeric == table.columns
    np.testing.assert_array_equal(read(table, rows=rows), A)
    np.testing.assert_array_equal(read(table, ("left[2]", "left[0]"), rows), A[:, [2, 0]])
    assert [len(block) for block in table.blocks(table.columns, 20)] == [20, 20, 10]


def test_a_column_of_npy_is_named_after_the_file(tmp_path):
    names = np.array(["cat", "dog", "eel"])
    table = saved(tmp_path / "kind.npy", names)
    assert (table.columns, table.numeric) == (("kind",), ())
    assert read(table)["kind"].tolist() == names.tolist()


@pytest.mark.parametrize("group", [1, 8, 13, 1000])
def test_blocks_of_parquet_are_its_rows_whatever_the_row_groups(tmp_path, group):
    table = pd.DataFrame({"a": np.arange(40.0), "b": ["x", None, "yy", "x"] * 10, "c": range(40)})
    large = saved(tmp_path / "t.parquet", table, row_group_size=group)
    assert (large.rows, large.columns, large.numeric) == (40, ("a", "b", "c"), ("a", "c"))
    blocks = list(large.blocks(("c", "b"), 7))
    assert [len(block) for block in blocks] == [7] * 5 + [5]
    found = pd.concat([block.astype(object) for block in blocks], ignore_index=True)
    pd.testing.assert_frame_equal(found, table[["c", "b"]].astype(object))


def test_columns_are_named_as_in_small_files(tmp_path, data):
    for name, table in (("pair.npy", data[0]), ("pair.parquet", frame(*data[:2], "a"))):
        large = saved(tmp_path / name, table)
        small = read_table((tmp_path / name).read_bytes(), name)
        assert large.columns == tuple(small.columns)
        pd.testing.assert_frame_equal(
            read(large, large.numeric), small[list(large.numeric)], check_column_type=False
        )


def test_a_parquet_index_identifies_rows_as_in_small_files(tmp_path):
    table = pd.DataFrame({"a": [1.0, 2, 3], "b": [3.0, 4, 5], "id": [5, 9, 6]}).set_index("id")
    large = saved(tmp_path / "t.parquet", table)
    assert list(large.columns) == list(
        read_table((tmp_path / "t.parquet").read_bytes(), "t.parquet")
    )
    np.testing.assert_array_equal(read(large), table.reset_index()[["a", "b", "id"]])
    plain = saved(tmp_path / "plain.parquet", table.set_axis([0.5, 1.5, 0.7], axis=0))
    assert plain.columns == ("a", "b")


def test_the_digest_follows_the_file(tmp_path):
    first = saved(tmp_path / "a.npy", np.ones((4, 2)))
    assert open_large(tmp_path / "a.npy").digest == first.digest
    assert saved(tmp_path / "b.npy", np.ones((4, 2))).digest != first.digest
    assert saved(tmp_path / "a.npy", np.zeros((4, 2))).digest != first.digest


# --- Chunks ---


@pytest.mark.parametrize("ending", ["npy", "parquet"])
@pytest.mark.parametrize("kind", ["real", "several", "names", "integers", "none"])
def test_the_verdict_is_that_of_memory(tmp_path, data, ending, kind):
    X, Y, labels = data
    known = ~np.isnan(labels[:, 0])
    high = labels[:, 0] > 0
    given = {
        "real": labels[:, 0],
        "several": labels[:, :2],
        "names": np.where(known, np.where(high, "giant", "dwarf"), None),
        "integers": np.where(known, high.astype(float), np.nan),
        "none": None,
    }[kind]
    whole = diagnose(X, Y, given)
    columns = () if given is None else ("y",) if given.ndim == 1 else ("y[0]", "y[1]")
    if ending == "npy":
        tables = [saved(tmp_path / "left.npy", X), saved(tmp_path / "right.npy", Y)]
        if given is not None:
            if kind == "names":  # an array of text has no None
                tables.append(saved(tmp_path / "y.parquet", pd.DataFrame({"y": given})))
            else:
                tables.append(saved(tmp_path / "y.npy", given))
    else:
        table = frame(X, Y, None).drop(columns="label")
        for j, column in enumerate(columns):
            table[column] = given if given.ndim == 1 else given[:, j]
        tables = [saved(tmp_path / "all.parquet", table, row_group_size=101)]
    chunks = chunks_of(tables, VIEW1, VIEW2, columns)
    assert sum(1 for _ in chunks()) > 5
    cut = diagnose_chunks(chunks)
    assert (cut.regime, cut.n, cut.labelled) == (whole.regime, whole.n, whole.labelled)
    for name in ("delta_ca", "delta_cp", "delta_cp_reverse", "support"):
        wanted = pytest.approx(getattr(whole, name), rel=1e-8, nan_ok=True)
        assert getattr(cut, name) == wanted


def test_labels_may_be_missing_from_whole_chunks(tmp_path):
    X, Y, labels = problem(BOTH, 600, 1)
    names = np.where(labels[:, 0] > 0, "giant", "dwarf").astype(object)
    names[:100], names[500:] = None, None
    whole = diagnose(X, Y, names)
    table = saved(tmp_path / "all.parquet", frame(X, Y, names))
    cut = diagnose_chunks(chunks_of([table], VIEW1, VIEW2, ("label",)))
    assert cut.labelled == whole.labelled == 400
    assert whole.delta_ca > 0
    assert cut.delta_ca == pytest.approx(whole.delta_ca, rel=1e-8)


@pytest.mark.parametrize(
    "values",
    [[True, None, False], [3, None, 5], ["a", None, "b"], [1.5, None, np.nan]],
    ids=["truth", "whole", "names", "real"],
)
def test_labels_come_as_they_are_with_gaps(tmp_path, values):
    column = pa.array(values * 4)
    pq.write_table(pa.table({"a": range(12), "b": range(12), "y": column}), tmp_path / "t.parquet")
    table = open_large(tmp_path / "t.parquet")
    _, _, labels = next(iter(chunks_of([table], ("a",), ("b",), ("y",))()))
    for found, value in zip(labels, values * 4, strict=True):
        assert pd.isna(found) if pd.isna(value) else found == value


def test_a_single_huge_row_group_is_cut(tmp_path, monkeypatch):
    table = saved(tmp_path / "t.parquet", frame(*np.ones((2, 5000, 20)), 1.0))
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 1
    chunks = list(chunks_of([table], VIEW1, VIEW2, ("label",))())
    assert max(len(X) for X, _, _ in chunks) == 8 * 43 * 64 // (8 * 41)


def test_columns_of_one_name_get_that_of_their_file(tmp_path):
    one = saved(tmp_path / "one.parquet", pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}))
    two = saved(tmp_path / "two.parquet", pd.DataFrame({"x": [5.0, 6.0], "z": [7.0, 8.0]}))
    assert list(joined_names([one, two])) == ["one.x", "y", "two.x", "z"]
    ((X, Y),) = chunks_of([one, two], ("two.x", "y"), ("one.x",))()
    np.testing.assert_array_equal(X, [[5, 3], [6, 4]])
    np.testing.assert_array_equal(Y, [[1], [2]])


def test_files_of_one_name_with_the_same_columns_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    same = [saved(folder / "one.npy", np.ones((3, 2))) for folder in (tmp_path, tmp_path / "other")]
    with pytest.raises(ValueError, match="rename one of them"):
        joined_names(same)


def test_rows_that_differ_are_refused_with_their_counts(tmp_path):
    tables = [saved(tmp_path / f"{n}.npy", np.ones((n, 2))) for n in (3, 4)]
    with pytest.raises(ValueError, match=r"unequal row counts \{'3.npy': 3, '4.npy': 4\}"):
        chunks_of(tables, ("3[0]",), ("4[0]",))


@pytest.mark.parametrize(
    ("view1", "view2", "labels", "message"),
    [
        (("a",), (), (), "each view needs"),
        (("a",), ("q",), (), "no column 'q'"),
        (("a",), ("b",), ("q",), "no column 'q'"),
        (("a",), ("a",), (), "column 'a' is in both views"),
        (("a",), ("name",), (), "column 'name' is not numeric"),
    ],
)
def test_a_bad_choice_of_columns_is_named(tmp_path, view1, view2, labels, message):
    table = saved(tmp_path / "t.parquet", pd.DataFrame({"a": [1.0], "b": [2.0], "name": ["x"]}))
    with pytest.raises(ValueError, match=message):
        chunks_of([table], view1, view2, labels)


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_values_that_are_not_finite_are_named_by_column_and_row(tmp_path, data, value, ending):
    X = data[0].copy()
    X[416, 3] = value
    table = saved(tmp_path / f"left.{ending}", X if ending == "npy" else frame(X, X, 1.0))
    with pytest.raises(ValueError, match=r"'left\[3\]' holds a NaN .* in data row 417: drop"):
        list(chunks_of([table], VIEW1[:10], VIEW1[10:])())


def test_an_infinite_label_is_named_by_column_and_row(tmp_path, data):
    label = np.ones(600)
    label[200] = np.inf
    table = saved(tmp_path / "t.parquet", frame(*data[:2], label))
    with pytest.raises(ValueError, match=r"'label' holds an infinite value in data row 201"):
        list(chunks_of([table], VIEW1, VIEW2, ("label",))())


# --- Files that are refused ---


@pytest.mark.parametrize("ending", ["csv", "npz"])
def test_other_endings_are_told_what_to_become(tmp_path, ending):
    with pytest.raises(ValueError, match=r"convert it to Parquet .* or to NPY"):
        open_large(tmp_path / f"f.{ending}")


@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_what_is_no_file_is_refused(tmp_path, ending):
    (tmp_path / f"folder.{ending}").mkdir()
    for name in ("folder", "absent"):
        with pytest.raises(ValueError, match=rf"^{name}\.{ending} is not a file"):
            open_large(tmp_path / f"{name}.{ending}")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{}], dtype=object), "without unpickling, which alignlab never does"),
        (np.ones((2, 2, 2)), r"shape \(2, 2, 2\): views are"),
        (np.zeros(2, dtype=[("a", "f4")]), "of type .*: save numbers"),
        (np.ones((0, 2)), "0 rows and 2 columns"),
        (np.ones((1, 20_001)), "20,001 columns, the limit is 20,000"),
    ],
)
def test_arrays_that_are_no_tables_are_refused(tmp_path, array, message):
    np.save(tmp_path / "f.npy", array, allow_pickle=True)
    with pytest.raises(ValueError, match=rf"^f\.npy: .*{message}"):
        open_large(tmp_path / "f.npy")


@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_truncated_files_are_refused(tmp_path, ending):
    path = tmp_path / f"f.{ending}"
    saved(path, np.ones((100, 4)) if ending == "npy" else pd.DataFrame(np.ones((100, 4))))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"^f\.{ending}"):
        open_large(path)


@pytest.mark.parametrize("shape", [(10**12,), (10**12, 3), (2**32, 2**32), (2**63, 2), (-1, 3)])
def test_a_header_that_claims_too_much_is_refused(tmp_path, shape):
    header = repr({"descr": "<f8", "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    (tmp_path / "f.npy").write_bytes(content + bytes(1000))
    with pytest.raises(ValueError, match=r"^f\.npy"):
        open_large(tmp_path / "f.npy")


def test_a_file_that_changes_meanwhile_is_refused(tmp_path):
    table = saved(tmp_path / "f.npy", np.ones((100, 4)))
    blocks = table.blocks(table.columns, 10)
    next(blocks)
    (tmp_path / "f.npy").write_bytes((tmp_path / "f.npy").read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"^f\.npy: it ends early"):
        list(blocks)
    with pytest.raises(ValueError, match=r"^f\.npy: it has changed since it was opened"):
        list(table.blocks(table.columns, 10))
    (tmp_path / "f.npy").unlink()
    with pytest.raises(ValueError, match=r"^f\.npy could not be read"):
        list(table.blocks(table.columns, 10))


def test_an_absent_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no column 'b'"):
        list(saved(tmp_path / "a.npy", np.ones(3)).blocks(("b",), 2))
