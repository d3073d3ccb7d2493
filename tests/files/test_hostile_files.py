"""Malicious files: each is read or raises a named error, with little memory, and writes nothing."""

import io
import json
import multiprocessing
import os
import pickle
import re
import struct
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from alignlab.files import limits
from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import guess_columns
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.tables import read_table

LIMIT = 2**25
"""Limit of the unpacked size in these tests."""

ROOM = 3 * LIMIT
"""Limit of the memory for reading a file: unpacking, and conversion to columns."""


def npy(shape, descr="'<f8'", body=b"", version=1, extra=""):
    """An NPY file with an arbitrary header."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}{extra}}}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + body


def saved(array):
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def archive(entries, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    # the lowest level: a higher one takes long for a bomb, and unpacks to the same
    with zipfile.ZipFile(content, "w", compression, compresslevel=1) as file:
        for name, data in entries:
            file.writestr(name, data)
    return content.getvalue()


def understated(size):
    """An archive whose only array unpacks to far more than it declares."""
    content = archive([("a.npy", npy((1000,), body=bytes(size)))])
    return content.replace(struct.pack("<I", size + len(npy((1000,)))), struct.pack("<I", 8128))


def parquet(table, **how):
    content = io.BytesIO()
    pq.write_table(pa.table(table), content, **how)
    return content.getvalue()


def tensors(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensor(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


# --- Name, with its ending, and content ---


def npy_files():
    yield "large claim.npy", npy("(1000000000000,)")
    yield "large product.npy", npy("(4294967296, 4294967296)")
    yield "wide and empty.npy", npy("(0, 1000000000000)")
    yield "long and thin.npy", npy("(1000000000000, 0)")
    yield "empty text.npy", npy("(1000000000000,)", "'<U0'")
    yield "long text.npy", npy("(2,)", "'<U1000000000'")
    yield "many small numbers.npy", npy(f"({LIMIT},)", "'|i1'", bytes(LIMIT))
    yield "many short texts.npy", npy(f"({LIMIT // 4},)", "'<U1'", bytes(LIMIT))
    yield "negative.npy", npy("(-5, 3)", body=bytes(120))
    yield "truth as a size.npy", npy("(True, 3)", body=bytes(24))
    yield "deep.npy", npy("(" * 3000 + ")" * 3000)
    yield "endless header.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"
    yield "long header.npy", npy("(2, 2)", extra=" " * 50_000, version=2, body=bytes(32))
    yield "fields.npy", npy("(2,)", "[('a', '<f8'), ('b', '|O')]", bytes(32))
    yield "nested type.npy", npy("(2,)", "('<f8', (1000000, 1000000))", bytes(32))
    yield "pickle.npy", pickle.dumps(np.ones(3))
    yield "objects.npy", saved(np.array([{}, []], dtype=object))
    yield "version 9.npy", npy("(2, 2)", version=9, body=bytes(32))


def npz_files():
    zeros = bytes(5 * LIMIT)
    yield "bomb.npz", archive([("a.npy", npy(f"({len(zeros) // 8},)", body=zeros))])
    yield "understated.npz", understated(len(zeros))
    yield "claims.npz", archive([("a.npy", npy("(1000000000000,)"))])
    yield "small numbers.npz", archive([("a.npy", npy(f"({LIMIT // 2},)", "'|i1'", zeros))])
    yield "nested.npz", archive([("a.npy", archive([("b.npy", zeros)]))])
    yield "lzma.npz", archive([("a.npy", zeros[: LIMIT // 8])], zipfile.ZIP_LZMA)
    yield "bzip2.npz", archive([("a.npy", zeros[: LIMIT // 8])], zipfile.ZIP_BZIP2)
    yield "many.npz", archive([(f"{j}", b"") for j in range(21_000)])
    yield "twice.npz", archive([("a.npy", saved(np.ones(3))), ("a", saved(np.ones(3)))])
    yield "outside.npz", archive([("../../outside.npy", saved(np.ones((3, 2))))])
    yield "objects.npz", archive([("a.npy", saved(np.array([{}], dtype=object)))])


def csv_files():
    yield "short lines.csv", b"," * 15_000 + b"\n" + b"1\n" * 200_000
    yield "wide.csv", b"," * 10_000_000 + b"\n1,2\n"
    yield "wide behind a quote.csv", b'"\n",' + b"," * 10_000_000 + b"\n1,2\n"
    yield "wide second line.csv", b"a,b\n" + b"," * 10_000_000
    yield "wide behind blanks.csv", b"\n \n\r\na,b\n" + b"," * 10_000_000
    yield "open quote.csv", b'a,b\n1,"' + b"x,y\n" * 2_000_000
    yield "huge field.csv", b"a,b\n1," + b"x" * 10_000_000 + b"\n"
    yield "nothing.csv", b"a,b\n1,2\n\0\0\0,\0\n" * 1000
    yield "one column.csv", b"a\n" + b"1\n" * 1000
    yield "ragged.csv", b"a,b\n1,2\n" + b"1,2,3\n" * 1000
    yield "more than named.csv", b"a,b\n1,2,3\n4,5,6\n"
    yield "lines of two kinds.csv", b"a,b\r1,2\n" * 1000
    yield "long number.csv", b"a,b\n1," + b"9" * 100_000 + b"\n"
    yield "mark.csv", b'\xef\xbb\xbf"a\n",b' + b"," * 10_000_000 + b"\n1,2\n"


def parquet_files():
    rows = 200_000
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "i4")), pa.array(["x" * 10**6]))
    yield "repeated text.parquet", parquet({"a": long, "b": range(rows)})
    yield "packed text.parquet", parquet({"a": pa.array(["x" * 10**5] * 2000), "b": range(2000)})
    yield "repeated values.parquet", parquet({"a": np.zeros(10**7), "b": np.zeros(10**7)})
    many = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(10**7)), 1000)
    yield "repeated lists.parquet", parquet({"a": many, "b": range(10**4)})
    long_list = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(10**6, "i1")), 10**6)
    yield "one long list.parquet", parquet({"a": long_list, "b": [1.0]})
    nested = pa.array([[[1.0, 2.0]] * 1000] * 100)
    yield "nested lists.parquet", parquet({"a": nested, "b": range(100)})
    fixed = pa.array([bytes(10**5)] * 1000, pa.binary(10**5))
    yield "fixed.parquet", parquet({"a": fixed, "b": range(1000)})
    page = pa.array([b"x" * 10**7] * 20)
    text = parquet({"a": page, "b": range(20)}, use_dictionary=False, compression="zstd")
    yield "long text.parquet", text
    good = parquet({"a": np.arange(100.0), "b": np.arange(100.0)})
    yield "footer.parquet", good[:-8] + struct.pack("<I", 2**32 - 1) + b"PAR1"
    yield "wide footer.parquet", bytes(2**25) + struct.pack("<I", 2**25 - 100) + b"PAR1"
    yield "no footer.parquet", good[: len(good) // 2]
    yield (
        "odd notes.parquet",
        parquet(
            pa.table({"a": [1.0], "b": [2.0]}).replace_schema_metadata({b"pandas": b"[" * 100_000})
        ),
    )


def safetensors_files():
    yield "endless.safetensors", struct.pack("<Q", 2**63) + b"{}"
    yield "beyond.safetensors", struct.pack("<Q", 10**6) + b"{}"
    yield "wide.safetensors", tensors({"a": tensor("F32", [0, 10**12], 0, 0)})
    yield "thin.safetensors", tensors({"a": tensor("F32", [10**12, 0], 0, 0)})
    yield "product.safetensors", tensors({"a": tensor("F32", [2**40, 2**40], 0, 8)}, bytes(8))
    yield "short.safetensors", tensors({"a": tensor("F64", [100, 100], 0, 80_000)}, bytes(8))
    overlap = {"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [4], 2, 6)}
    yield "overlap.safetensors", tensors(overlap, bytes(6))
    yield "type.safetensors", tensors({"a": tensor("Q77", [4], 0, 4)}, bytes(4))
    yield "negative.safetensors", tensors({"a": tensor("U8", [-4], 0, 4)}, bytes(4))
    yield "deep.safetensors", tensors(b'{"a":' * 100_000)
    one = '"t%d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}'
    many = ",".join(one % (j, j, j + 1) for j in range(300_000))
    yield "many.safetensors", tensors(f"{{{many}}}".encode(), bytes(300_000))


HOSTILE = {
    "npy": npy_files,
    "npz": npz_files,
    "csv": csv_files,
    "parquet": parquet_files,
    "safetensors": safetensors_files,
}


@cache
def hostile(ending):
    """Name and content of the files with an ending, made once: some are bombs."""
    return list(HOSTILE[ending]())


once = pytest.mark.xdist_group("hostile files")
"""One worker makes and reads them all."""

WELL_FORMED = {"outside.npz", "nothing.csv", "lines of two kinds.csv", "long number.csv"}
"""May be read: odd, but harmless."""


def read(content, name):
    """None, or the message of the named error."""
    try:
        table = read_table(content, name)
        pairs_from_table(table, guess_columns(table))
    except ValueError as error:
        return str(error)
    return None


def watched(files):
    """By file: the message and the memory in bytes; and the files written meanwhile."""
    written = []

    def audit(event, arguments):
        if event == "open" and isinstance(arguments[2], int):
            path, _, flags = arguments
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                written.append(str(path))

    limits.MAX_UNPACKED_BYTES = LIMIT
    for ending, content in VALID.items():  # imports, which take memory and are compiled
        read(content, f"f.{ending}")
    found = {}
    sys.addaudithook(audit)
    for name, content in files:
        Path("/proc/self/clear_refs").write_text("5")  # reset the peak
        before = _status("VmRSS")
        message = read(content, name)
        found[name] = message, _status("VmHWM") - before
    return found, [path for path in written if not path.startswith("/proc/self/")]


def _status(field):
    return int(re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024


FRAME = pd.DataFrame({"x_0": [0.5, 1.5, 2.0] * 4, "x_1": range(12), "label": ["a", None, "b"] * 4})
VALID = {
    "npz": archive([("a.npy", saved(FRAME[["x_0"]])), ("b.npy", saved(np.array(["a", "b"] * 6)))]),
    "npy": saved(FRAME[["x_0", "x_1"]].to_numpy()),
    "csv": FRAME.to_csv(index=False).encode(),
    "parquet": parquet(pa.Table.from_pandas(FRAME)),
    "safetensors": save({"a": np.ones((12, 2)), "b": np.ones(12, np.float16)}),
}


@pytest.fixture(scope="module")
def found():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(watched, ([file for ending in HOSTILE for file in hostile(ending)],))


@once
def test_hostile_files_are_refused_by_name(found):
    messages = {name: message for name, (message, _) in found[0].items()}
    accepted = {name for name, message in messages.items() if message is None}
    assert accepted <= WELL_FORMED
    for name, message in messages.items():
        if message is not None and name not in WELL_FORMED:
            assert message.startswith(name)
            assert ": " in message.removeprefix(name)
            assert len(message) < 500


@once
def test_hostile_files_take_little_memory(found):
    assert {name: size // 2**20 for name, (_, size) in found[0].items() if size > ROOM} == {}


@once
def test_hostile_files_make_nothing_written(found):
    assert found[1] == []


# --- Damaged files ---


@st.composite
def damaged(draw, content):
    """Bytes changed, inserted, removed, or truncated."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(["change", "flip", "insert", "remove", "cut", "repeat"]))
        if kind == "change":
            content[at : at + 1] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "flip" and content:
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=20))
        elif kind == "remove":
            del content[at : at + draw(st.integers(1, 20))]
        elif kind == "repeat":
            content[at:at] = content[at : at + draw(st.integers(1, 200))]
        else:
            del content[draw(st.integers(0, len(content))) :]
    return bytes(content)


@pytest.mark.parametrize("ending", VALID)
@pytest.mark.filterwarnings("ignore")
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_files_raise_only_named_errors(ending, data):
    message = read(data.draw(damaged(VALID[ending])), f"some.{ending}")
    assert message is None or ": " in message


@pytest.mark.parametrize("ending", VALID)
@pytest.mark.filterwarnings("ignore")
@given(content=st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_bytes_after_a_true_beginning_raise_only_named_errors(ending, content):
    start = {"npz": 4, "npy": 8, "csv": 0, "parquet": 4, "safetensors": 8}[ending]
    end = VALID[ending][-8:] if ending == "parquet" else b""
    message = read(VALID[ending][:start] + content + end, f"some.{ending}")
    assert message is None or ": " in message


def read_large(path):
    try:
        table = open_large(path)
        columns = table.numeric or table.columns
        for _ in chunks_of([table], columns[:1], columns[1:2] or columns[:1], table.columns[:1])():
            pass
        for _ in table.blocks(table.columns, 2**16):
            pass
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("ending", ["npy", "parquet", "safetensors"])
@pytest.mark.filterwarnings("ignore")
@given(data=st.data())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_large_files_raise_only_named_errors(tmp_path, ending, data):
    path = tmp_path / f"some.{ending}"
    path.write_bytes(data.draw(damaged(VALID[ending])))
    read_large(path)


@once
@pytest.mark.parametrize("ending", ["npy", "parquet", "safetensors"])
def test_hostile_large_files_raise_only_named_errors(tmp_path, ending):
    for name, content in hostile(ending):
        (tmp_path / name).write_bytes(content)
        message = read_large(tmp_path / name)
        assert message is None or ": " in message
