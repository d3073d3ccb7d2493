"""HDF5 files that point elsewhere, unpack without limit or are damaged are refused in words."""

import io
import tracemalloc
import zlib

import h5py
import numpy as np
import pytest

from alignlab.files import limits
from alignlab.files.formats import hdf5, hdf5_members
from alignlab.files.formats.hdf5 import Hdf5, read_hdf5
from alignlab.files.formats.hdf5_members import attribute
from alignlab.files.limits import UnreadableError
from tests.files.formats.test_hdf5 import A, B, dataset, written


def large(content, tmp_path):
    """Read in blocks, as a large file is."""
    path = tmp_path / "f.h5"
    path.write_bytes(content)
    table = Hdf5(path)
    return list(table.blocks(table.columns, 7))


def both_refuse(content, words, tmp_path):
    with pytest.raises(UnreadableError, match=words):
        read_hdf5(content, "f")
    with pytest.raises(ValueError, match=words):
        large(content, tmp_path)


# --- Other files ---


def virtual(h5, name):
    layout = h5py.VirtualLayout((40, 5), "f8")
    layout[:] = h5py.VirtualSource("secret.h5", "x", (40, 5))
    h5.create_virtual_dataset(name, layout)


ELSEWHERE = {
    "a link": lambda h5, name: h5.__setitem__(name, h5py.ExternalLink("secret.h5", "/x")),
    "a virtual dataset": virtual,
    "stored elsewhere": lambda h5, name: h5.create_dataset(
        name, (40, 5), "f8", external=[("secret.bin", 0, 1600)]
    ),
}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a_file_that_points_at_another_is_refused_and_the_other_not_opened(
    kind, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.h5").write_bytes(written(x=A))
    A.tofile(tmp_path / "secret.bin")
    content = written(image=A, text=B, **{f"group/{kind}": ELSEWHERE[kind]})
    both_refuse(content, rf"'group/{kind}' .*another file|other files", tmp_path)
    both_refuse(content, "copy the data into this file", tmp_path)


def test_a_soft_link_leads_through_no_link_to_another_file():
    def through(h5, name):
        h5["out"] = h5py.ExternalLink("secret.h5", "/")
        h5[name] = h5py.SoftLink("/out/x")

    with pytest.raises(UnreadableError, match="'out' points at another file"):
        read_hdf5(written(image=A, a=through), "f")


# --- Sizes ---


def declared(h5, name):
    h5.create_dataset(name, (10**6, 10**4), "f8", chunks=(10**3, 10**4), compression="gzip")


def test_a_declared_size_is_refused_before_it_is_read():
    assert len(written(x=declared)) < 10_000
    with pytest.raises(UnreadableError, match="never written"):
        read_hdf5(written(x=declared), "f")


def test_what_unpacks_beyond_the_limit_is_refused(monkeypatch):
    content = written(x=dataset(np.zeros((2000, 50)), compression="gzip"))
    read_hdf5(content, "f")
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**19)
    with pytest.raises(UnreadableError, match=r"it unpacks to .* GB, the limit is .*fewer rows"):
        read_hdf5(content, "f")


def packed(part, size=(40, 5), **how):
    """A dataset of one chunk, whose stored bytes are as given."""

    def write(h5, name):
        made = h5.create_dataset(name, size, "f8", chunks=size, **how)
        made.id.write_direct_chunk((0, 0), part)

    return write


DAMAGED = {
    "more than declared": packed(zlib.compress(bytes(2**24)), compression="gzip"),
    "less than declared": packed(zlib.compress(bytes(64)), compression="gzip"),
    "cut": packed(zlib.compress(A.tobytes())[:-9], compression="gzip"),
    "no gzip": packed(A.tobytes(), compression="gzip"),
    "less, not packed": packed(bytes(64), shuffle=True),
    "szip of another size": packed(b"\xff\xff\xff\x7f" + bytes(80), compression="szip"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_chunk_that_does_not_unpack_to_its_size_is_refused(kind, tmp_path):
    content = written(x=DAMAGED[kind])
    tracemalloc.start()
    both_refuse(content, "'x' does not unpack to the size that it declares: copy", tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


def test_lzf_chunks_too_large_to_unpack_in_bounds_are_refused(monkeypatch):
    content = written(x=packed(bytes(2**16), compression="lzf"))
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**22)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_hdf5(content, "f")


@pytest.mark.parametrize("how", [{"scaleoffset": 3}, {"compression": 307}, {"compression": 32015}])
def test_other_filters_are_refused_with_the_remedy(how, tmp_path):
    if "compression" in how:  # filters of plugins: bzip2, zstd
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((40, 5))
        creation.set_filter(how["compression"], h5py.h5z.FLAG_OPTIONAL, ())

        def write(h5, name):
            space = h5py.h5s.create_simple((40, 5))
            made = h5py.h5d.create(h5.id, name.encode(), h5py.h5t.IEEE_F64LE, space, creation)
            made.write_direct_chunk((0, 0), bytes(1600))
    else:
        write = dataset(A, **how)
    both_refuse(written(x=write), "filter that alignlab does not use .*='gzip'", tmp_path)


def test_too_many_members_are_refused(monkeypatch):
    monkeypatch.setattr(hdf5_members, "MAX_COLUMNS", 5)
    with pytest.raises(UnreadableError, match="more than 5 members: save each view as one"):
        read_hdf5(written(**{f"x{j}": A for j in range(6)}), "f")


# --- Texts ---


def texts(names):
    return written(x=A[: len(names)], label=dataset(names, dtype=h5py.string_dtype()))


def test_heaps_are_checked_before_texts_are_read(monkeypatch, tmp_path):
    def refuse(file):
        raise UnreadableError("checked first")

    monkeypatch.setattr(hdf5, "check_heaps", refuse)
    monkeypatch.setattr(hdf5, "values", None)
    both_refuse(texts(["a", "bb"]), "checked first", tmp_path)


def test_one_long_text_meant_by_many_rows_is_refused(monkeypatch):
    content = bytearray(texts(["x" * 10_000] + ["y"] * 39))
    with h5py.File(io.BytesIO(bytes(content))) as h5:
        at = h5["label"].id.get_offset()
    for row in range(1, 40):  # every row refers to the first text
        content[at + 16 * row : at + 16 * (row + 1)] = content[at : at + 16]
    assert len(read_hdf5(bytes(content), "f")["label"][39]) == 10_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**18)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_hdf5(bytes(content), "f")


# --- Attributes ---


def test_attributes_are_read_only_as_numbers_or_texts():
    lists = np.empty(1, dtype=object)
    lists[0] = np.ones(2)
    with h5py.File(io.BytesIO(), "w") as h5:
        h5.attrs["text"], h5.attrs["texts"], h5.attrs["number"] = "é", ["a", "b"], 3
        h5.attrs["empty"] = h5py.Empty("f4")
        h5.attrs.create("lists", lists, dtype=h5py.vlen_dtype("f8"))
        h5.attrs["reference"] = h5.ref
        assert attribute(h5, "text") == "é"
        assert attribute(h5, "texts").tolist() == ["a", "b"]
        assert attribute(h5, "number") == 3
        for name in ("absent", "empty", "lists", "reference"):
            assert attribute(h5, name, "default") == "default"
