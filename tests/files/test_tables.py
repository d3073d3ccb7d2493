import contextlib
import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from safetensors.torch import save as save_tensors

from alignlab.files import limits, tables
from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import ColumnChoice, guess_columns
from alignlab.files.reading_notes import notes_of
from alignlab.files.tables import read_table

A = np.arange(12.0).reshape(4, 3) / 7
B = np.arange(8.0).reshape(4, 2) ** 2 / 3
NAMES = np.array(["cat", "dog", "cat", "eel"])
FRAME = pd.DataFrame({"x1_0": A[:, 0], "x1_1": A[:, 1], "x2_0": B[:, 0], "label": NAMES})


def npz(**arrays):
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def csv(table):
    return table.to_csv(index=False).encode()


def parquet(table):
    content = io.BytesIO()
    table.to_parquet(content)
    return content.getvalue()


def archive(**entries):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in entries.items():
            file.writestr(f"{name}.npy", data)
    return content.getvalue()


def npy(array):
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


VALID = {
    "npz": npz(a=A, b=B, label=NAMES),
    "npy": npy(np.hstack([A, B])),
    "csv": csv(FRAME),
    "parquet": parquet(FRAME),
    "safetensors": save({"a": A, "b": B, "label": np.array([0, 1, 0, 2])}),
}


# --- Reading ---


def test_npz_round_trip_names_columns_after_arrays():
    table = read_table(npz(left=A, right=B, label=NAMES), "Pairs.NPZ")
    names = ["left[0]", "left[1]", "left[2]", "right[0]", "right[1]", "label"]
    assert list(table.columns) == names
    np.testing.assert_array_equal(table[names[:3]], A)
    np.testing.assert_array_equal(table[names[3:5]], B)
    assert table["label"].tolist() == NAMES.tolist()


@pytest.mark.parametrize(("write", "ending"), [(csv, "csv"), (parquet, "parquet")])
def test_csv_and_parquet_round_trip(write, ending):
    table = read_table(write(FRAME), f"pairs.{ending}")
    assert list(table.columns) == list(FRAME.columns)
    np.testing.assert_allclose(table.iloc[:, :3], FRAME.iloc[:, :3], rtol=1e-15)
    assert table["label"].tolist() == NAMES.tolist()


@pytest.mark.parametrize("dtype", ["f4", ">f8", "i2", "u1", "?"])
def test_pairs_are_float64_whatever_numbers_were_saved(dtype):
    table = read_table(npz(a=A.astype(dtype), b=B.astype(dtype)), "f.npz")
    data = pairs_from_table(table, guess_columns(table))
    assert data.X1.dtype == data.X2.dtype == np.float64
    np.testing.assert_array_equal(data.X1, A.astype(dtype).astype(float))


@pytest.mark.parametrize("ending", ["npz", "csv", "parquet"])
def test_the_same_pairs_come_out_of_every_format(ending):
    content = npz(x1_=A[:, :2], x2_=B[:, :1], label=NAMES) if ending == "npz" else VALID[ending]
    table = read_table(content, f"f.{ending}")
    data = pairs_from_table(table, guess_columns(table))
    np.testing.assert_allclose(data.X1, A[:, :2], rtol=1e-15)
    np.testing.assert_allclose(data.X2, B[:, :1], rtol=1e-15)
    assert data.classes == ("cat", "dog", "eel")
    assert data.labels.tolist() == [0, 1, 0, 2]


def test_npy_columns_are_named_after_the_file():
    table = read_table(npy(A), "left.npy")
    assert list(table.columns) == ["left[0]", "left[1]", "left[2]"]
    np.testing.assert_array_equal(table, A)


def test_safetensors_columns_are_named_after_tensors():
    table = read_table(VALID["safetensors"], "f.safetensors")
    np.testing.assert_array_equal(table[["a[0]", "a[1]", "a[2]"]], A)
    assert table["label"].tolist() == [0, 1, 0, 2]


def test_tensors_are_in_the_order_of_the_file_every_time():
    content = save({f"t{j}": A for j in range(6)})
    orders = {tuple(read_table(content, "f.safetensors")) for _ in range(20)}
    assert orders == {tuple(f"t{j}[{i}]" for j in range(6) for i in range(A.shape[1]))}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_safetensors_of_short_floats_are_read(dtype):
    tensor = torch.tensor(A, dtype=dtype)
    table = read_table(save_tensors({"a": tensor}), "f.safetensors")
    np.testing.assert_array_equal(table, tensor.double().numpy())


# --- Files that are refused ---


@pytest.mark.parametrize("name", ["pairs.doc", "pairs", "pairs.pkl", "csv"])
def test_an_unknown_ending_is_refused(name):
    with pytest.raises(
        ValueError, match=f"^{name}: (the ending|it has no ending).* bring one of .npz, .npy, .csv"
    ):
        read_table(b"a,b\n1,2\n", name)


@pytest.mark.parametrize("ending", VALID)
@pytest.mark.parametrize("content", [b"", b"\x00", b"not what it claims to be"])
def test_an_empty_or_broken_file_is_refused_by_name(ending, content):
    with pytest.raises(ValueError, match=rf"^some\.{ending}(: | could not be read| holds 0 rows)"):
        read_table(content, f"some.{ending}")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a,b\n", "f.csv"),
        (b"a\n1\n2\n", "f.csv"),
        (npz(a=A[:0], b=B[:0]), "f.npz"),
        (npz(label=NAMES), "f.npz"),
        (archive(), "f.npz"),
        (parquet(FRAME[:0]), "f.parquet"),
    ],
    ids=["no rows", "one column", "no rows npz", "labels only", "no array", "no rows parquet"],
)
def test_a_file_without_two_columns_or_any_row_is_refused(content, name):
    with pytest.raises(ValueError, match=r"rows and \d columns: at least one row and one column"):
        read_table(content, name)


def test_arrays_with_unequal_rows_are_refused_with_their_counts():
    with pytest.raises(ValueError, match=r"unequal row counts \{'a': 4, 'b': 3\}.*drop the rows"):
        read_table(npz(a=A, b=B[:3]), "f.npz")


@pytest.mark.parametrize("array", [np.float64(3), np.zeros((4, 2, 2))])
def test_arrays_that_are_neither_views_nor_labels_are_left_out_by_name(array):
    table = read_table(npz(a=A, b=array), "f.npz")
    assert list(table) == ["a[0]", "a[1]", "a[2]"]
    assert "'b' has shape" in notes_of(table)[0]
    with pytest.raises(ValueError, match=r"array 'b' has shape .* views are \(samples, features\)"):
        read_table(npz(b=array), "f.npz")


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 1000)
    for ending in VALID:
        with pytest.raises(ValueError, match=f"^f.{ending} has .* MB, the limit is .*a sample"):
            read_table(b"x" * 1001, f"f.{ending}")
    small = npz(a=A, b=B)
    assert len(small) <= 1000
    assert len(read_table(small, "f.npz")) == 4


def test_a_zip_bomb_is_refused_by_its_declared_size(monkeypatch):
    bomb = npz(a=np.zeros((1000, 50)), b=np.zeros((1000, 50)))
    assert len(bomb) < 5000
    assert len(read_table(bomb, "f.npz")) == 1000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 500_000)
    with pytest.raises(ValueError, match=r"f.npz: it unpacks to .* GB, the limit is .*fewer rows"):
        read_table(bomb, "f.npz")


def test_a_zip_entry_that_understates_its_size_is_refused():
    entry = npy(np.zeros((1000, 50)))
    bomb = npz(a=np.zeros((1000, 50)), b=np.zeros((1000, 50)))
    declared = len(entry).to_bytes(4, "little")
    assert declared in bomb
    with pytest.raises(ValueError, match=r"^f\.npz"):
        read_table(bomb.replace(declared, (200).to_bytes(4, "little")), "f.npz")


def test_a_parquet_bomb_is_refused_by_its_declared_size(monkeypatch):
    table = pd.DataFrame(np.random.default_rng(0).standard_normal((2000, 4)), columns=list("abcd"))
    content = parquet(table)
    assert len(read_table(content, "f.parquet")) == 2000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 50_000)
    with pytest.raises(ValueError, match=r"f.parquet: it unpacks to .* the limit is"):
        read_table(content, "f.parquet")


def test_a_parquet_bomb_of_repeated_values_is_refused_by_its_size_in_memory(monkeypatch):
    content = parquet(pd.DataFrame({"a": np.zeros(1_000_000), "b": np.zeros(1_000_000)}))
    assert len(content) < 20_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(ValueError, match="it unpacks to"):
        read_table(content, "f.parquet")


# --- Nothing is unpickled ---


class Trap:
    """Unpickling it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.fixture
def sprung(tmp_path):
    return tmp_path / "sprung"


def test_the_trap_works(sprung):
    pickle.loads(pickle.dumps(Trap(sprung))).close()
    assert sprung.exists()


def test_object_arrays_are_refused_unopened(sprung):
    array = np.array([Trap(sprung)] * 4, dtype=object)
    with pytest.raises(ValueError, match=r"array 'b' cannot be loaded without unpickling.*numbers"):
        read_table(archive(b=npy(array)), "f.npz")
    table = read_table(archive(a=npy(A), b=npy(array)), "f.npz")
    assert "'b' cannot be loaded without unpickling" in notes_of(table)[0]
    assert list(table) == ["a[0]", "a[1]", "a[2]"]
    assert not sprung.exists()


@pytest.mark.parametrize("ending", VALID)
def test_pickles_under_another_name_are_refused_unopened(sprung, ending):
    for content in (pickle.dumps(Trap(sprung)), npy(np.array([Trap(sprung)], dtype=object))):
        with pytest.raises(ValueError, match=rf"^f\.{ending}"):
            read_table(content, f"f.{ending}")
    assert not sprung.exists()


def test_a_pickle_as_an_entry_of_an_archive_is_left_out_unopened(sprung):
    trap = pickle.dumps(Trap(sprung))
    with pytest.raises(ValueError, match=r"^f\.npz: array 'b' is not an array"):
        read_table(archive(b=trap), "f.npz")
    assert list(read_table(archive(a=npy(A), b=trap), "f.npz")) == ["a[0]", "a[1]", "a[2]"]
    assert not sprung.exists()


def test_bytes_in_parquet_that_are_no_text_are_left_out_unopened(sprung):
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [pickle.dumps(Trap(sprung))] * 2})
    read = read_table(parquet(table), "f.parquet", columns=1)
    with pytest.raises(ValueError, match="column 'b' is left out: it holds bytes that are not"):
        pairs_from_table(read, ColumnChoice(view1=("a",), view2=("b",)))
    assert not sprung.exists()


def test_a_truncated_array_is_not_called_a_pickle():
    with pytest.raises(ValueError, match=r"^f\.npz") as refusal:
        read_table(archive(a=npy(A), b=npy(B)[:-8]), "f.npz")
    assert "unpickling" not in str(refusal.value)


# --- Arbitrary bytes ---


@pytest.mark.parametrize("ending", VALID)
@pytest.mark.filterwarnings("ignore")
@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_arbitrary_bytes_raise_nothing_but_value_errors(ending, content):
    with contextlib.suppress(ValueError):
        table = read_table(content, f"f.{ending}")
        pairs_from_table(table, guess_columns(table))


@pytest.mark.parametrize("ending", VALID)
@pytest.mark.filterwarnings("ignore")
@given(st.data())
@settings(max_examples=150)
def test_damaged_files_raise_nothing_but_value_errors(ending, data):
    content = bytearray(VALID[ending])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(len(content) - 100, len(content)))]
    with contextlib.suppress(ValueError):
        table = read_table(bytes(content), f"f.{ending}")
        pairs_from_table(table, guess_columns(table))


def test_too_many_columns_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 3)
    for ending, content in (
        ("npz", archive(a=npy(A), b=npy(B))),
        ("csv", b"a,b,c,d\n1,2,3,4\n"),
        ("parquet", parquet(pd.DataFrame(np.ones((2, 4)), columns=list("abcd")))),
    ):
        with pytest.raises(ValueError, match="columns, the limit is 3"):
            read_table(content, f"f.{ending}")


def test_repeated_column_names_of_parquet_are_named_as_such():
    content = io.BytesIO()
    pq.write_table(pa.table([[1.0, 2.0], [3.0, 4.0]], names=["a", "a"]), content)
    with pytest.raises(ValueError, match=r"twice|repeated|duplicate|more than one"):
        read_table(content.getvalue(), "f.parquet")
