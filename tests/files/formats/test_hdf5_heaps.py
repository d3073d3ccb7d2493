"""Damaged heaps, and references to more than they hold, are refused before HDF5 reads them."""

import io

import h5py
import numpy as np
import pytest

from alignlab.files import limits
from alignlab.files.formats import hdf5_heaps
from alignlab.files.formats.hdf5 import read_hdf5
from alignlab.files.formats.hdf5_heaps import check_heaps
from alignlab.files.limits import UnreadableError
from tests.files.formats.test_hdf5 import A, dataset, written
from tests.files.formats.test_hdf5_members import both_refuse

NAMES = ["a", "bb"] * 20

GIVEN = {1: (4,), 2: (16,), 32000: (4, 261, 640)}
"""What the filters deflate, shuffle and LZF need to know of a chunk of 40 references."""


def texts(names, **how):
    return written(x=A[: len(names)], label=dataset(names, dtype=h5py.string_dtype(), **how))


def test_the_longest_text_is_found_also_across_the_parts_searched(monkeypatch):
    content = texts(["a", "b" * 5000, "c"])
    for size in (7, 64, 2**20):
        monkeypatch.setattr(hdf5_heaps, "_READ", size)
        assert check_heaps(io.BytesIO(content)).longest == 5000


@pytest.mark.parametrize("length", [2**64 - 16, 2**64 - 8, 10**6])
def test_a_heap_whose_entries_do_not_fill_it_is_refused(length):
    content = bytearray(texts(["a", "bb", "ccc"]))
    at = content.index(b"GCOL") + 16
    content[at + 8 : at + 16] = length.to_bytes(8, "little")
    with pytest.raises(UnreadableError, match="heap that holds its texts is damaged: copy"):
        check_heaps(io.BytesIO(content))  # not by h5py, which may never end


def lengthened(content, at):
    """The file with a length of 50,000 in the reference at a place."""
    return content[:at] + (50_000).to_bytes(4, "little") + content[at + 4 :]


@pytest.mark.parametrize("userblock", [0, 512])
def test_a_reference_to_more_than_the_heaps_hold_is_refused(userblock, tmp_path):
    label = dataset(NAMES, dtype=h5py.string_dtype())
    content = written(userblock=userblock, x=A, label=label)
    with h5py.File(io.BytesIO(content)) as h5:
        at = h5["label"].id.get_offset()
    assert len(read_hdf5(content, "f")) == 40
    both_refuse(lengthened(content, at + 16 * 3), "longer than any it holds", tmp_path)
    gone = at + 16 * 3 + 4  # nor does it matter whether there is a heap
    both_refuse(
        lengthened(content[:gone] + b"\xff" * 8 + content[gone + 8 :], at + 16 * 3),
        "longer than any it holds", tmp_path,
    )  # fmt: skip


def packed(h5, name, kind, filters):
    """A dataset of one chunk of 40 with these filters, as optional: HDF5 2 packs no new texts."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((40,))
    for code in filters:
        creation.set_filter(code, h5py.h5z.FLAG_OPTIONAL, GIVEN.get(code, ()))
    space = h5py.h5s.create_simple((40,))
    made = h5py.h5d.create(
        h5.id, name.encode(), h5py.h5t.py_create(kind, logical=True), space, creation
    )
    return h5py.Dataset(made)


@pytest.mark.parametrize("filters", [(), (2, 1), (32000,), (3,)], ids=str)
def test_such_a_reference_is_found_in_chunks_however_they_are_packed(filters, tmp_path):
    def label(h5, name, change=lambda references: references):
        whole = h5.create_dataset("plain", data=NAMES, dtype=h5py.string_dtype(), chunks=(40,))
        references = change(whole.id.read_direct_chunk((0,))[1])
        del h5["plain"]
        with h5py.File(io.BytesIO(), "w") as other:
            alike = packed(other, "x", np.dtype("V16"), filters)
            alike[:] = np.frombuffer(references, "V16")
            mask, chunk = alike.id.read_direct_chunk((0,))
        packed(h5, name, h5py.string_dtype(), filters).id.write_direct_chunk((0,), chunk, mask)

    def damaged(h5, name):
        label(h5, name, lambda references: lengthened(references, 16 * 7))

    assert read_hdf5(written(x=A, label=label), "f")["label"].tolist() == NAMES
    both_refuse(written(x=A, label=damaged), "longer than any it holds", tmp_path)


def test_such_a_reference_is_found_in_an_attribute():
    def with_attribute(h5, name):
        h5[name] = A
        h5[name].attrs["unit"] = "a millimetre"

    content = written(x=with_attribute)
    place = content.index(b"GCOL").to_bytes(8, "little") + b"\1\0\0\0"
    at = content.index(place, content.index(b"unit")) - 4
    assert check_heaps(io.BytesIO(content)).longest == 12
    with pytest.raises(UnreadableError, match="longer than any it holds"):
        check_heaps(io.BytesIO(lengthened(content, at)))


def test_texts_that_may_be_read_at_once_count_together(monkeypatch):
    content = texts(["x" * 10_000] * 3)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 20_000)
    check_heaps(io.BytesIO(content))
    with pytest.raises(UnreadableError, match="unpacks to"):
        check_heaps(io.BytesIO(content), at_once=True)
