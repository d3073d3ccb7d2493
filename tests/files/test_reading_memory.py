"""Reading files whole takes at most `limits.READING_BYTES`, however much they claim or unpack to.

In a process of its own, where the limit is scaled down so that small files reach it.
"""

import ctypes
import gc
import gzip
import io
import multiprocessing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save

from alignlab.files import limits
from alignlab.files.samples import SAMPLED, sample_file
from alignlab.files.source import read_source
from alignlab.files.tables import MAX_BYTES
from tests.files.test_hostile_files import _status

LIMIT = 2**24
"""The limit of what is unpacked in these tests."""

N = int(0.95 * LIMIT / 8)
"""Number of float64 values just below it."""

READ, REFUSED = "", "unpack"


def buffered(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def hdf5(buffer, **how):
    import h5py

    with h5py.File(buffer, "w") as h5:
        for name in "ab":
            h5.create_dataset(name, data=np.zeros((N // 20, 10)), **how)


def long_reference():
    """An HDF5 file of which one reference asks for 400 MB, as a flipped bit makes it."""
    import h5py

    content = bytearray(sample_file("h5"))
    with h5py.File(io.BytesIO(bytes(content))) as h5:
        at = h5["label"].id.get_offset()
    content[at : at + 4] = (400 * 2**20).to_bytes(4, "little")
    return bytes(content)


def fits(buffer):
    from astropy.io import fits as astropy

    zeros = np.zeros((N // 20, 10))
    columns = [astropy.Column(name, "10D", array=zeros) for name in "ab"]
    table = astropy.BinTableHDU.from_columns(columns)
    astropy.HDUList([astropy.PrimaryHDU(), table]).writeto(buffer)


def files():
    """By name: the contents by file, and what is expected of reading them."""
    from scipy.io import savemat

    X, halves = np.zeros((N // 20, 20)), {"a": np.zeros((N // 20, 10)), "b": np.ones((N // 20, 10))}
    rows = N // 4
    text = "x_0,x_1,y_0,y_1\n" + "1,2,3,4\n" * (rows - 1)
    names = [f"name of sample {j}" for j in range(LIMIT // 110)]
    lists = {
        k: pa.FixedSizeListArray.from_arrays(pa.array(v.ravel()), 10) for k, v in halves.items()
    }
    shared = ["x" * 50_000 + str(j) for j in range(2000)]
    prefixed = {"use_dictionary": False, "column_encoding": {"t": "DELTA_BYTE_ARRAY"}}
    yield "f2.npy", buffered(lambda b: np.save(b, X.astype("f2"))), READ
    yield "f8.npz", buffered(lambda b: np.savez_compressed(b, **halves)), READ
    yield "text.csv.gz", gzip.compress(text.encode(), 1), READ
    yield "utf-16.csv", text[: len(text) // 2].rsplit("\n", 1)[0].encode("utf-16"), READ
    yield "names.csv", ("x_0,y_0,name\n" + "".join(f"1,2,{t}\n" for t in names)).encode(), READ
    yield "lists.parquet", buffered(lambda b: pq.write_table(pa.table(lists), b)), REFUSED
    half = {name: column[: len(column) // 2] for name, column in lists.items()}
    yield "half.parquet", buffered(lambda b: pq.write_table(pa.table(half), b)), READ
    plain = pa.table({f"{name}_{j}": X[:, 0] for name in "ab" for j in range(10)})
    yield "f8.parquet", buffered(lambda b: pq.write_table(plain, b)), READ
    shares = pa.table({"t": shared, "a_0": range(2000), "b_0": range(2000)})
    yield (
        "shared.parquet",
        buffered(lambda b: pq.write_table(shares, b, **prefixed)),
        "DELTA_BYTE_ARRAY",
    )
    packed = {"compression": "gzip", "compression_opts": 1, "chunks": (N // 20, 10)}
    yield "packed.h5", buffered(lambda b: hdf5(b, **packed)), READ
    yield "long.h5", long_reference(), "longer than any it holds"
    yield "packed.mat", buffered(lambda b: savemat(b, halves, do_compression=True)), READ
    yield "packed.fits.gz", gzip.compress(buffered(fits), 1), READ
    half16 = {name: view.astype("f2") for name, view in halves.items()}
    yield "f2.safetensors", save(half16), READ
    tensors = {name: torch.tensor(view).bfloat16() for name, view in halves.items()}
    yield "bf16.pt", buffered(lambda b: torch.save(tensors, b)), READ
    lines = b'{"a": [0, 0, 0, 0], "b": [0, 0, 0, 0]}\n' * (LIMIT // 1000)
    yield "lists.jsonl", lines, READ
    yield "bomb.csv.gz", gzip.compress(bytes(2 * LIMIT).replace(b"\0", b"1,"), 1), REFUSED
    yield "i1.npz", buffered(lambda b: np.savez_compressed(b, a=np.zeros((N, 2), "i1"))), REFUSED


def measured():
    """By file: the message, "" if it was read, and the memory in bytes that reading took."""
    limits.MAX_UNPACKED_BYTES = LIMIT
    for ending in SAMPLED:  # imports, which take memory
        source = read_source({f"f.{ending}": sample_file(ending)})
        source.features(source.guess)
    found = {name: (_read({name: content}), expected) for name, content, expected in files()}
    whole = buffered(lambda b: np.save(b, np.zeros((N // 20, 20))))
    found["two files"] = _read({"a.npy": whole, "b.npy": whole}), "unpack to .* together"
    return found


def _read(contents):
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # memory that was freed would hide what is taken
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    before = _status("VmRSS")
    message = ""
    try:
        source = read_source(contents)
        source.features(source.guess)
    except ValueError as error:
        message = str(error)
    return message, _status("VmHWM") - before


@pytest.fixture(scope="module")
def found():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured)


def test_files_at_the_limit_are_read_and_those_beyond_are_refused_by_name(found):
    for name, ((message, _), expected) in found.items():
        if expected == READ:
            assert (name, message) == (name, "")
        else:
            assert expected.split(" .*")[0] in message, name
            assert name == "two files" or message.startswith(name)


def test_reading_takes_no_more_than_the_number_that_is_stated(found):
    assert limits.READING_BYTES == 5 * limits.MAX_UNPACKED_BYTES
    factors = {name: size / LIMIT for name, ((_, size), _) in found.items()}
    assert {name: factor for name, factor in factors.items() if factor > 5} == {}
    assert max(factors.values()) > 1.5  # else nothing was measured


def test_a_file_of_float16_of_the_largest_size_is_within_the_limit():
    assert 4 * MAX_BYTES <= limits.MAX_UNPACKED_BYTES
