"""HDF5 by h5py: the same arrays whole and in blocks, members that are no views left out by name."""

import io
import re

import h5py
import numpy as np
import pandas as pd
import pytest

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files.columns import guess_columns
from alignlab.files.formats.hdf5 import FORMAT, Hdf5, read_hdf5
from alignlab.files.limits import UnreadableError
from alignlab.files.reading_notes import left_out_of, notes_of

RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((40, 5)), RNG.standard_normal((40, 3))
NAMES = [f"kind {j % 3} é" for j in range(40)]


def written(libver=None, userblock=0, **members):
    """An HDF5 file; a function is called with the file and the name of its member."""
    content = io.BytesIO()
    with h5py.File(content, "w", libver=libver, userblock_size=userblock) as h5:
        for name, value in members.items():
            value(h5, name) if callable(value) else h5.create_dataset(name, data=value)
    return content.getvalue()


def dataset(data, **how):
    return lambda h5, name: h5.create_dataset(name, data=data, **how)


def matrix(table, name):
    return table[[c for c in table if c.startswith(f"{name}[")]].to_numpy()


@pytest.fixture
def in_blocks(tmp_path):
    def read(content, rows=7):
        path = tmp_path / "f.h5"
        path.write_bytes(content)
        large = Hdf5(path)
        return large, pd.concat(large.blocks(large.columns, rows), ignore_index=True)

    return read


# --- What is read ---

STORED = {
    "as it is": {},
    "in chunks": {"chunks": (7, 2)},
    "gzip": {"chunks": (7, 2), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "lzf": {"chunks": (16, 5), "compression": "lzf"},
    "szip": {"chunks": (16, 4), "compression": "szip"},
    "one chunk": {"chunks": (64, 5), "maxshape": (None, 5), "compression": "gzip"},
}


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("how", STORED.values(), ids=STORED)
def test_views_and_labels_are_read_as_stored(how, libver, in_blocks):
    content = written(
        libver,
        left=dataset(A, **how),
        label=dataset(NAMES, dtype=h5py.string_dtype(), compression="gzip", chunks=(9,)),
    )
    table = read_hdf5(content, "f")
    assert matrix(table, "left").tobytes() == A.tobytes()
    assert table["label"].tolist() == NAMES
    large, blocks = in_blocks(content)
    assert (large.rows, large.columns) == (40, tuple(table.columns))
    assert large.numeric == tuple(c for c in table if c != "label")
    pd.testing.assert_frame_equal(blocks, table)


@pytest.mark.parametrize("kind", ["f2", ">f4", "<f8", ">f8", "i1", ">i2", "<u4", ">u8", "?"])
def test_numbers_keep_their_type_in_native_order(kind):
    X = (A * 5).astype(kind)
    table = read_hdf5(written(x=X), "f")
    found = matrix(table, "x")
    assert found.dtype == X.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, X)


def test_long_doubles_are_read_as_float64():
    np.testing.assert_array_equal(matrix(read_hdf5(written(x=A.astype("f16")), "f"), "x"), A)


@pytest.mark.parametrize(
    "data",
    [
        np.array([name.encode() for name in NAMES]),
        dataset(NAMES, dtype=h5py.string_dtype()),
        dataset([n.encode() for n in NAMES], dtype=h5py.string_dtype("utf-8", 30)),
        dataset([j % 3 for j in range(40)], dtype=h5py.enum_dtype({n: j for j, n in
                                                                  enumerate(NAMES[:3])})),
    ],
    ids=["bytes", "any length", "fixed length", "enumerated"],
)  # fmt: skip
def test_text_is_read_as_text(data, in_blocks):
    content = written(x=A, label=data)
    assert read_hdf5(content, "f")["label"].tolist() == NAMES
    large, blocks = in_blocks(content)
    assert blocks["label"].tolist() == NAMES
    assert "label" not in large.numeric


def test_groups_are_paths_in_the_name_also_behind_a_block_of_the_users():
    content = written(
        userblock=1024,
        **{"train/image": A, "train/text": B, "meta/seed": 3, "train/kind": np.arange(40) % 3},
    )
    table = read_hdf5(content, "f")
    assert list(table)[:6] == [*(f"train/image[{j}]" for j in range(5)), "train/kind"]
    assert "which view is first" in notes_of(table)[0]
    assert list(left_out_of(table)) == ["meta/seed"]
    choice = guess_columns(table)
    assert choice.view1[0] == "train/image[0]"
    assert choice.view2[0] == "train/text[0]"


@pytest.mark.parametrize("tracked", [True, False])
def test_the_order_is_that_of_writing_where_the_file_keeps_it(tracked):
    content = io.BytesIO()
    with h5py.File(content, "w", libver="latest", track_order=tracked) as h5:
        h5["text"], h5["image"] = B, A
    table = read_hdf5(content.getvalue(), "f")
    assert next(iter(table)) == ("text[0]" if tracked else "image[0]")
    assert bool(notes_of(table)) != tracked


def test_a_dataset_with_two_names_and_a_group_in_itself_count_once():
    def again(h5, name):
        h5[name] = h5["a"]
        h5["soft"] = h5py.SoftLink("/a")
        h5["group/itself"] = h5["/"]

    assert {c.split("[")[0] for c in read_hdf5(written(a=A, b=again), "f")} == {"a"}


# --- What is left out ---


def never(h5, name):
    h5.create_dataset(name, (40, 2), "f8")


def in_part(h5, name):
    h5.create_dataset(name, (40, 2), "f8", chunks=(10, 2))[:10] = 1


def bfloat16(h5, name):
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    h5py.h5d.create(h5.id, name.encode(), kind, h5py.h5s.create_simple((40,)))


OTHERS = {
    "a number": (3, r"has shape \(\)"),
    "pictures": (np.zeros((40, 2, 2)), r"has shape \(40, 2, 2\).*reshape"),
    "another split": (np.zeros((30, 5)), "has 30 rows but the views have 40"),
    "records": (np.zeros(40, dtype=[("a", "f8")]), "table of records .compound.*of its own"),
    "complex": (np.zeros(40, complex), "complex numbers: save real"),
    "lists": (
        lambda h5, name: h5.create_dataset(name, (40,), h5py.vlen_dtype("i4")),
        "is of type object: save numbers",
    ),
    "references": (lambda h5, name: h5.create_dataset(name, (40,), h5py.ref_dtype), "type object"),
    "small matrices": (lambda h5, name: h5.create_dataset(name, (40,), "(2,2)f4"), "is of type"),
    "times": (dataset(np.zeros(40, "M8[s]").astype(h5py.opaque_dtype("M8[s]"))), "datetime64"),
    "an empty one": (lambda h5, name: h5.create_dataset(name, data=h5py.Empty("f4")), "is empty"),
    "bfloat16": (bfloat16, "unusual width: save it as float32"),
    "never": (never, "was never written: write the data"),
    "in part": (in_part, r"written in part \(1 of 4 chunks\): write it whole"),
    "dangling": (
        lambda h5, name: h5.__setitem__(name, h5py.SoftLink("/nowhere")),
        "link to '/nowhere', which the file does not hold: remove it",
    ),
    "latin": (np.array([b"\xe9"] * 40), "not text"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_members_that_are_no_views_are_left_out_by_name(name):
    member, reason = OTHERS[name]
    content = written(image=A, text=B, **{name: member})
    table = read_hdf5(content, "f")
    assert {c.split("[")[0] for c in table} == {"image", "text"}
    assert list(left_out_of(table)) == [name]
    assert re.search(reason, left_out_of(table)[name])


# --- What is refused ---


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 99, b"a,b\n1,2\n", A.tobytes()])
def test_other_files_are_refused_by_name(content):
    with pytest.raises(UnreadableError, match="does not begin like an HDF5 file: give it"):
        read_hdf5(content, "f")


def test_unequal_rows_are_refused():
    with pytest.raises(UnreadableError, match=r"unequal row counts.*samples, save transposes"):
        read_hdf5(written(a=A.T, b=B.T), "f")


def test_the_sample_holds_the_pairs_and_their_classes(in_blocks):
    data = generate(SyntheticSpec(n=20, d1=4, d2=3))
    names = np.array(data.classes)[data.labels]
    content = FORMAT.sample(data.X1, data.X2, names)
    table = read_hdf5(content, "f")
    np.testing.assert_array_equal(matrix(table, "left"), data.X1)
    np.testing.assert_array_equal(matrix(table, "right"), data.X2)
    assert table["label"].tolist() == names.tolist()
    pd.testing.assert_frame_equal(in_blocks(content)[1], table)
    assert FORMAT.endings == ("h5", "hdf5")
