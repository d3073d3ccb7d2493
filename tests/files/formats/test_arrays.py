"""NPY, NPZ and safetensors: arrays that are not views are left out by name, types are kept."""

import io

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import save as save_tensors
from scipy import sparse

from alignlab.files.chosen import check_choice
from alignlab.files.columns import ColumnChoice, guess_columns
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.reading_notes import left_out_of, notes_of
from alignlab.files.tables import read_table

RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((40, 5)), RNG.standard_normal((40, 4))


def npz(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def as_npz(**arrays):
    return read_table(npz(**arrays), "f.npz")


# --- Other members than views ---

OTHERS = {
    "a scalar": (np.float64(3), r"has shape \(\)"),
    "a word": (np.array("ViT-B/32"), r"has shape \(\)"),
    "class names": (np.array(["run", "walk"]), "has 2 rows but the views have 40"),
    "pictures": (np.zeros((40, 8, 8)), r"has shape \(40, 8, 8\).*reshape"),
    "objects": (np.array([{}] * 40, dtype=object), "without unpickling"),
    "complex numbers": (np.ones(40, complex), "complex numbers: save real and imaginary"),
    "dates": (np.zeros(40, "M8[s]"), "save times as numbers"),
    "fields": (np.zeros(40, [("a", "f4"), ("b", "i4")]), "is of type"),
    "float8": (np.zeros(40, "V1"), "float8 and smaller types without saying which"),
    "the other part of a split": (np.zeros((10, 5)), "has 10 rows.*a separate file"),
    "a transposed view": (np.zeros((3, 40)), r"looks transposed, save other\.T"),
    "a longer vector": (np.zeros(41), "has 41 rows but the views have 40"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_member_that_is_no_view_is_left_out_by_name(other):
    array, reason = OTHERS[other]
    content = io.BytesIO()
    np.savez(content, image=A, text=B, y=np.arange(40) % 2, other=array)
    table = read_table(content.getvalue(), "f.npz")
    assert table.shape == (40, 10)
    assert set(left_out_of(table)) == {"other"}
    (note,) = notes_of(table)
    assert note.startswith("Left out: 'other' ")
    with pytest.raises(ValueError, match=f"column 'other' is left out: it .*{reason}"):
        check_choice(table, ColumnChoice(view1=("other",), view2=("text[0]",)))
    np.testing.assert_array_equal(table[[f"image[{j}]" for j in range(5)]], A)


@pytest.mark.parametrize("other", [np.array(4.6), np.zeros((40, 2, 2)), np.zeros((7, 3))])
def test_a_tensor_that_is_no_view_is_left_out_by_name(other):
    table = read_table(save({"image": A, "text": B, "other": other}), "f.safetensors")
    assert table.shape == (40, 9)
    assert set(left_out_of(table)) == {"other"}


def test_of_a_split_the_larger_part_is_read_and_the_other_named():
    arrays = {"X_test": A[:10], "X_train": A[10:], "Y_test": B[:10], "Y_train": B[10:]}
    for content, name in ((npz(**arrays), "f.npz"), (save(arrays), "f.safetensors")):
        table = read_table(content, name)
        guess = guess_columns(table)
        np.testing.assert_array_equal(table[list(guess.view1)], A[10:])
        np.testing.assert_array_equal(table[list(guess.view2)], B[10:])
        assert set(left_out_of(table)) == {"X_test", "Y_test"}


@pytest.mark.parametrize(
    ("arrays", "cause"),
    [
        ({"image": A, "text": B[:30]}, "unequal row counts {'image': 40, 'text': 30}: row i"),
        ({"image": A.T, "text": B.T}, "all have 40 columns: if these are the samples, save"),
        ({"image": A, "text": B.T}, r"'text' looks transposed: save text\.T"),
        ({"model": np.array("ViT")}, r"array 'model' has shape \(\)"),
    ],
)
def test_without_views_of_equal_rows_the_file_is_refused(arrays, cause):
    with pytest.raises(ValueError, match=rf"^f\.npz: .*{cause}"):
        as_npz(**arrays)


def test_labels_that_fit_the_columns_tell_that_views_are_turned():
    table = as_npz(image=A.T, text=RNG.standard_normal((5, 40)), y=np.arange(40))
    assert "the views have features in rows" in left_out_of(table)["y"]


def test_a_sparse_matrix_is_named_as_one():
    content = io.BytesIO()
    sparse.save_npz(content, sparse.random(40, 5, 0.5, format="csr", rng=RNG))
    with pytest.raises(ValueError, match=r"sparse matrix of scipy: save it whole \(X.toarray"):
        read_table(content.getvalue(), "f.npz")


# --- Types ---


@pytest.mark.parametrize(
    "dtype", ["f2", "f4", "f8", ">f4", ">f8", "i1", "u1", "i2", ">i4", "u8", "?", "g"]
)
@pytest.mark.parametrize("order", "CF")
def test_numbers_come_as_they_were_saved(dtype, order, tmp_path):
    array = (A * 10).astype(dtype, order=order)
    for table in (as_npz(a=array, b=array), read_table(npy(array), "a.npy")):
        np.testing.assert_array_equal(table.iloc[:, :5].to_numpy(dtype=float), array.astype(float))
        assert all(dtype.isnative for dtype in table.dtypes)
        assert table.dtypes.iloc[0].itemsize == min(8, array.dtype.itemsize)
    (tmp_path / "a.npy").write_bytes(npy(array))
    large = open_large(tmp_path / "a.npy")
    for block in large.blocks(large.columns, 40):
        np.testing.assert_array_equal(block.to_numpy(dtype=float), array.astype(float))


def bfloat16(values):
    """bfloat16 as numpy saves it for ml_dtypes: the upper half of a float32, of type V2."""
    return np.frombuffer((values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes(), "V2")


def test_bfloat16_is_read_exactly_and_said(tmp_path):
    X = torch.tensor(A, dtype=torch.bfloat16).float().numpy()
    saved = bfloat16(X).reshape(X.shape)
    path = tmp_path / "a.npy"
    path.write_bytes(npy(saved))
    for table in (as_npz(a=saved, b=saved), read_table(path.read_bytes(), "a.npy")):
        np.testing.assert_array_equal(table.iloc[:, :5], X)
        assert "is of type V2, and is read as bfloat16" in notes_of(table)[0]
        assert table.dtypes.iloc[0] == np.float32
    large = open_large(path)
    assert large.numeric == large.columns
    assert "bfloat16" in large.notes[0]
    ((first, second),) = chunks_of([large], large.columns[:2], large.columns[2:])()
    np.testing.assert_array_equal(np.hstack([first, second]), X)


@pytest.mark.parametrize(
    ("descr", "cause"),
    [("|V1", "float8 and smaller types"), ("<f1", "ml_dtypes saves float8_e5m2")],
)
def test_float8_is_named_for_what_it_is(descr, cause, tmp_path):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (4, 2), }}".ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(8)
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ValueError, match=rf"^a\.npy: array 'a' is of type .*{cause}.*astype"):
        read_table(content, "a.npy")
    with pytest.raises(ValueError, match=rf"^a\.npy: array 'a' is of type .*{cause}.*astype"):
        open_large(tmp_path / "a.npy")


@pytest.mark.parametrize("kind", ["S", "U"])
def test_names_are_text_however_they_were_saved(kind, tmp_path):
    names = np.array(["läuft", "geht"] * 20)
    saved = np.char.encode(names, "utf-8") if kind == "S" else names
    assert as_npz(a=A, b=B, kind=saved)["kind"].tolist() == names.tolist()
    (tmp_path / "kind.npy").write_bytes(npy(saved))
    (block,) = open_large(tmp_path / "kind.npy").blocks(("kind",), 40)
    assert block["kind"].tolist() == names.tolist()


def test_bytes_that_are_no_text_are_named():
    with pytest.raises(ValueError, match=r"array 'kind' holds bytes that are not text"):
        as_npz(a=A, kind=np.array([b"\x80"] * 40))


SHORT = [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.float32]


@pytest.mark.parametrize("dtype", SHORT)
def test_tensors_keep_their_precision(dtype):
    tensor = torch.tensor(A, dtype=torch.float32).to(dtype)
    table = read_table(save_tensors({"a": tensor}), "f.safetensors")
    np.testing.assert_array_equal(table, tensor.double().numpy())
    assert table.dtypes.iloc[0] == (np.float16 if dtype == torch.float16 else np.float32)
    said = any("is read as float32, without loss" in note for note in notes_of(table))
    assert said == (dtype not in (torch.float16, torch.float32))


def test_the_order_of_tensors_is_said_to_mean_nothing():
    table = read_table(save({"text": A, "image": B}), "f.safetensors")
    assert guess_columns(table).view1[0] == "image[0]"
    assert "does not say which view is first" in notes_of(table)[0]
    assert notes_of(read_table(save({"image": A}), "f.safetensors")) == ()
