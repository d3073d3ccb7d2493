"""MAT-files by MATLAB itself, as scipy ships them, by scipy, and in the layout of version 7.3."""

import gzip
import io
import struct
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy
from scipy import sparse
from scipy.io import savemat

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files import limits
from alignlab.files.columns import guess_columns
from alignlab.files.formats.matlab import FORMAT, read_matlab
from alignlab.files.formats.matlab_headers import version5
from alignlab.files.limits import UnreadableError
from alignlab.files.reading_notes import left_out_of

BY_MATLAB = Path(scipy.__file__).parent / "io/matlab/tests/data"
V73 = gzip.decompress((Path(__file__).parent / "written/v73.mat.gz").read_bytes())
RNG = np.random.default_rng(0)
X1, X2 = RNG.standard_normal((40, 5)), RNG.standard_normal((40, 3))
NAMES = [f"kind {j % 3} é" for j in range(40)]
GT = np.arange(40.0)[:, None] % 3


def cell(values, shape=None):
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found.reshape(shape or (-1, 1))


def mat(packed=True, **variables):
    content = io.BytesIO()
    savemat(content, variables, do_compression=packed)
    return content.getvalue()


def read(content):
    return read_matlab(content, "f")


def matrix(table, name):
    return table[[c for c in table if c.startswith(f"{name}[")]].to_numpy()


# --- Files that MATLAB wrote ---


@pytest.mark.parametrize(
    "version", ["4.2c_SOL2", "6.1_SOL2", "6.5.1_GLNX86", "7.1_GLNX86", "7.4_GLNX86"]
)
def test_files_of_every_version_and_byte_order_are_read(version):
    numbers = read((BY_MATLAB / f"testmatrix_{version}.mat").read_bytes())
    expected = np.zeros((3, 5))
    expected[0], expected[:, 0] = np.arange(1, 6), [1, 2, 3]
    np.testing.assert_array_equal(matrix(numbers, "testmatrix"), expected)
    texts = read((BY_MATLAB / f"teststringarray_{version}.mat").read_bytes())
    assert texts["teststringarray"].tolist() == ["one", "two", "three"]
    vector = read((BY_MATLAB / f"testdouble_{version}.mat").read_bytes())
    np.testing.assert_allclose(vector["testdouble"], np.arange(9) * np.pi / 4, rtol=1e-15)


def test_a_file_of_version_7_3_by_matlab_holds_the_same():
    found = read((BY_MATLAB / "testhdf5_7.4_GLNX86.mat").read_bytes())["testdouble"]
    older = read((BY_MATLAB / "testdouble_7.4_GLNX86.mat").read_bytes())["testdouble"]
    assert found.to_numpy().tobytes() == older.to_numpy().tobytes()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("struct_7.4_GLNX86", "is a struct: save its fields as variables"),
        ("cellnest_7.4_GLNX86", "is a cell array of neither text nor 2 to 10 matrices"),
        ("object_7.4_GLNX86", "is an object of MATLAB: save strings"),
        ("func_7.4_GLNX86", "is a function handle"),
        ("sparse_7.4_GLNX86", r"is sparse: save full\(x\)"),
        ("complex_7.4_GLNX86", "holds complex numbers"),
        ("3dmatrix_7.4_GLNX86", r"has shape \(2, 3, 4\).*reshape\(x, size\(x, 1\), \[\]\)"),
        ("string_7.4_GLNX86", r"has shape \(\)"),
    ],
)
def test_other_variables_by_matlab_are_named(kind, words):
    with pytest.raises(UnreadableError, match=rf"variable 'test\w+' {words}"):
        read((BY_MATLAB / f"test{kind}.mat").read_bytes())


# --- Files that scipy wrote ---


@pytest.mark.parametrize("packed", [True, False])
def test_views_and_labels_are_read_as_written(packed):
    table = read(mat(packed, fea1=X1, fea2=X2.astype("f4"), gt=GT, names=cell(NAMES)))
    assert matrix(table, "fea1").tobytes() == X1.tobytes()
    assert matrix(table, "fea2").tobytes() == X2.astype("f4").tobytes()
    assert table["gt"].tolist() == GT.ravel().tolist()
    assert table["names"].tolist() == NAMES
    choice = guess_columns(table)
    assert (choice.view1[0], choice.view2[0]) == ("fea1[0]", "fea2[0]")


@pytest.mark.parametrize("kind", ["f4", "f8", "i1", "u2", "i4", "u8", "?"])
def test_numbers_keep_their_class(kind):
    X = (X1 * 5).astype(kind)
    found = matrix(read(mat(x=X)), "x")
    assert found.dtype == X.dtype
    np.testing.assert_array_equal(found, X)


def test_a_cell_array_of_two_matrices_holds_two_views():
    table = read(mat(X=cell([X1, X2], (1, 2)), Y=GT))
    assert matrix(table, "X{1}").tobytes() == X1.tobytes()
    assert matrix(table, "X{2}").tobytes() == X2.tobytes()
    choice = guess_columns(table)
    assert (choice.view1[0], choice.view2[0], choice.labels) == ("X{1}[0]", "X{2}[0]", "Y")


@pytest.mark.parametrize("shape", [(40, 1), (1, 40)])
def test_row_and_column_vectors_are_labels(shape):
    table = read(mat(x=X1, y=X2, gt=GT.reshape(shape), names=cell(NAMES, shape)))
    assert table["gt"].tolist() == GT.ravel().tolist()
    assert table["names"].tolist() == NAMES


def test_character_matrices_and_missing_texts_are_labels():
    table = read(mat(x=X1, lines=np.array(["ab", "c"] * 20), some=cell(["a", ""] * 20)))
    assert table["lines"].tolist() == ["ab", "c"] * 20
    assert table["some"].tolist() == ["a", ""] * 20


def test_samples_in_columns_are_named_with_the_remedy():
    with pytest.raises(UnreadableError, match=r"all have 40 columns: if .* save transposes"):
        read(mat(X1=X1.T, X2=X2.T, gt=GT))
    table = read(mat(X1=X1.T, X2=X1.T, gt=GT))
    assert "the views have features in rows" in left_out_of(table)["gt"]


OTHERS = {
    "a struct": ({"a": 1}, "is a struct"),
    "a number": (3.0, r"has shape ()"),
    "sparse": (sparse.csc_matrix(X1), "is sparse"),
    "complex": (X1 * 1j, "complex"),
    "empty": (np.zeros((0, 3)), "is empty: remove it"),
    "one text": ("a title", "has shape ()"),
    "many matrices": (cell([X1] * 11), "neither text nor 2 to 10 matrices"),
    "numbers in cells": (cell([1.0] * 40), "is a cell array of neither text nor 2 to 10 matrices"),
    "nested": (cell([cell([X1]), X2]), "neither text nor"),
    "texts in columns": (cell(["a"] * 80, (40, 2)), "texts in several columns"),
    "another split": (X1[:30], "has 30 rows but the views have 40"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_variables_that_are_no_views_are_left_out_by_name(name):
    other, reason = OTHERS[name]
    table = read(mat(x=X1, y=X2, z=other))
    assert {c.split("[")[0] for c in table} == {"x", "y"}
    assert reason in left_out_of(table)["z"]


def test_the_sample_holds_the_pairs_and_their_classes():
    data = generate(SyntheticSpec(n=20, d1=4, d2=3))
    names = np.array(data.classes)[data.labels]
    table = read(FORMAT.sample(data.X1, data.X2, names))
    np.testing.assert_array_equal(matrix(table, "left"), data.X1)
    np.testing.assert_array_equal(matrix(table, "right"), data.X2)
    assert table["label"].tolist() == names.tolist()


# --- Version 7.3 ---


def test_version_7_3_is_turned_and_its_cells_are_followed():
    table = read(V73)
    n = 12
    assert matrix(table, "X").tobytes() == (np.arange(3.0 * n).reshape(n, 3) / 7).tobytes()
    assert matrix(table, "Y").tolist() == np.arange(2 * n).reshape(n, 2).tolist()
    np.testing.assert_array_equal(matrix(table, "views{1}"), matrix(table, "X"))
    np.testing.assert_array_equal(matrix(table, "views{2}"), np.arange(24.0).reshape(n, 2) / 3)
    assert table["names"].tolist() == ["run", "café", "walk"] * 4
    assert table["gt"].tolist() == [0, 1, 2] * 4
    assert table["ok"].tolist() == [True, False] * 6
    assert set(left_out_of(table)) == {"about", "title"}


def v73(change):
    """A file as MATLAB lays it out, with X (40, 5) and what a function adds."""
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as h5:
        add73(h5, "X", X1.T, "double", chunks=(5, 40), compression=3)
        change(h5)
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM"
    return head + content.getvalue()[128:]


def add73(h5, name, data, kind, **how):
    made = h5.create_dataset(name, data=data, **how)
    made.attrs["MATLAB_class"] = np.bytes_(kind)
    return made


def cells73(h5, name, members):
    """A cell array (n, 1) of those datasets."""
    references = [[member.ref for member in members]]
    add73(h5, name, references, "cell", dtype=h5py.ref_dtype)


def char73(h5, text):
    codes = np.array([ord(sign) for sign in text], "u2")[:, None]
    if text:
        return add73(h5, f"#refs#/{len(h5['#refs#'])}", codes, "char")
    made = add73(h5, f"#refs#/{len(h5['#refs#'])}", np.zeros(2, "u8"), "char")
    made.attrs["MATLAB_empty"] = np.uint8(1)
    return made


def test_texts_of_version_7_3_are_read_with_empty_ones():
    def labelled(h5):
        h5.create_group("#refs#")
        kinds = [char73(h5, text) for text in ("run", "", "café")]
        cells73(h5, "names", [kinds[j % 3] for j in range(40)])
        codes = np.array([list(map(ord, "ab ")), list(map(ord, "xyz"))] * 20, "u2")
        add73(h5, "lines", codes.T, "char")

    table = read(v73(labelled))
    assert matrix(table, "X").tobytes() == X1.tobytes()
    assert table["names"].tolist() == [("run", "", "café")[j % 3] for j in range(40)]
    assert table["lines"].tolist() == ["ab", "xyz"] * 20


def sparse73(h5):
    h5.create_group("z").attrs["MATLAB_sparse"] = np.uint64(40)
    h5["z/ir"] = np.zeros(3)


def strings73(h5):
    made = add73(h5, "z", np.zeros((1, 6), "u4"), "string")
    made.attrs["MATLAB_object_decode"] = np.int32(3)


def complex73(h5):
    add73(h5, "z", np.zeros((2, 40), [("real", "f8"), ("imag", "f8")]), "double")


def nested73(h5):
    h5.create_group("#refs#")
    cells73(h5, "#refs#/inner", [h5["X"]])
    cells73(h5, "z", [h5["#refs#/inner"], h5["X"]])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (sparse73, "is sparse: save full(x)"),
        (strings73, "is an object of MATLAB: save strings and categories by cellstr(x)"),
        (complex73, "holds complex numbers"),
        (nested73, "neither text nor 2 to 10 matrices"),
    ],
)
def test_other_variables_of_version_7_3_are_left_out_by_name(change, reason):
    table = read(v73(change))
    assert matrix(table, "X").shape == (40, 5)
    assert reason in left_out_of(table)["z"]


def elsewhere(h5):
    h5.create_group("#refs#")
    layout = h5py.VirtualLayout((5, 40), "f8")
    layout[:] = h5py.VirtualSource("secret.h5", "x", (5, 40))
    made = h5["#refs#"].create_virtual_dataset("a", layout)
    made.attrs["MATLAB_class"] = np.bytes_("double")
    cells73(h5, "z", [h5["X"], made])


def test_cells_of_version_7_3_that_lie_in_other_files_are_refused():
    with pytest.raises(UnreadableError, match="lies in other files, which alignlab never opens"):
        read(v73(elsewhere))
    with pytest.raises(UnreadableError, match="points at another file"):
        read(v73(lambda h5: h5.__setitem__("z", h5py.ExternalLink("secret.h5", "/x"))))


def test_without_h5py_only_version_7_3_is_refused_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UnreadableError, match=r"version 7\.3 needs h5py.*'alignlab\[hdf5\]'$"):
        read(V73)
    assert read(mat(x=X1)).shape == (40, 5)


# --- What is refused ---


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n" * 99, b"PK\x03\x04" * 99, X1.tobytes()])
def test_other_files_are_refused_by_name(content):
    with pytest.raises(UnreadableError, match="does not begin like a MAT-file: give it"):
        read(content)


@pytest.mark.parametrize("packed", [True, False])
def test_truncated_files_are_refused(packed):
    content = mat(packed, x=X1, y=X2)
    for end in (200, len(content) // 2, len(content) - 3):
        with pytest.raises(UnreadableError, match="ends or breaks within a variable: copy"):
            read(content[:end])
    old = (BY_MATLAB / "testmulti_4.2c_SOL2.mat").read_bytes()
    with pytest.raises(UnreadableError, match="ends or breaks within"):
        read(old[:-4])


def test_sizes_are_refused_before_a_variable_is_loaded(monkeypatch):
    content = mat(x=np.zeros((500, 100)), y=np.zeros((500, 100), "i1"))  # packed to little
    assert len(content) < 2000
    assert read(content).shape == (500, 200)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**18)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read(content)
    for small in (2**16, 2**18):
        monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", small)
        with pytest.raises(UnreadableError, match="unpacks to"):
            read(mat(y=np.zeros((500, 100), "i1")))  # a byte of the file takes eight as a column
        with pytest.raises(UnreadableError, match="unpacks to"):
            read(v73(lambda h5: add73(h5, "Y", np.zeros((1000, 40)), "double")))


def test_what_unpacks_without_end_is_refused(monkeypatch):
    endless = zlib.compress(bytes(2**24))
    content = mat(x=X1) + struct.pack("<II", 15, len(endless)) + endless
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**21)
    with pytest.raises(UnreadableError, match="unpacks to"):
        version5(content)


@pytest.mark.parametrize("stored", [0, 8, 15, 30])
@pytest.mark.parametrize("order", "<>")
def test_numbers_of_an_unknown_type_are_refused_before_scipy_sees_them(stored, order):
    name = {"<": "testmatrix_7.4_GLNX86", ">": "testmatrix_6.1_SOL2"}[order]
    content = (BY_MATLAB / f"{name}.mat").read_bytes()
    if order == "<":  # not packed
        kind, size = struct.unpack_from("<II", content, 128)
        assert kind == 15
        content = content[:128] + zlib.decompress(content[136 : 136 + size])
    version5(content)
    at = content.index(struct.pack(order + "2i", 3, 5)) + 8 + 8 + 16
    kind, size = struct.unpack_from(order + "II", content, at)
    assert (kind, size) in ((9, 120), (2, 15))
    content = content[:at] + struct.pack(order + "I", stored) + content[at + 4 :]
    with pytest.raises(UnreadableError, match="ends or breaks within a variable"):
        version5(content)


def test_a_shape_other_than_declared_is_refused():
    content = mat(False, x=X1)
    wrong = content.replace(struct.pack("<2i", 40, 5), struct.pack("<2i", 2**20, 2**10))
    assert wrong != content
    with pytest.raises((UnreadableError, ValueError)):
        read(wrong)


def test_a_name_that_occurs_twice_is_refused():
    with pytest.raises(UnreadableError, match="'x' occurs twice: save it again in MATLAB"):
        read(mat(x=X1) + mat(x=X2)[128:])
