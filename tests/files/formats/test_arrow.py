"""Feather and Arrow files and streams: whole and in blocks alike; guards before any unpacking."""

import io
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pytest

from alignlab.files import limits
from alignlab.files.formats.arrow_messages import messages
from alignlab.files.large_tables import open_large
from alignlab.files.tables import read_table

N = 50
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 3)).astype(np.float32)
TABLE = pa.table(
    {
        "x": pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), 3),
        "y": pa.array(RNG.standard_normal((N, 2)).tolist()),
        "a": RNG.standard_normal(N),
        "kind": pa.array(["walk", None, "run", "läuft", "walk"] * 10).dictionary_encode(),
        "image": pa.array([{"bytes": b"x"}] * N),
    }
)


def written(table=TABLE, stream=False, rows=13, compression=None):
    buffer = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(buffer, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
    return buffer.getvalue()


def both(path, content):
    """The table of a file, read whole and in blocks."""
    path.write_bytes(content)
    large = open_large(path)
    whole = read_table(content, path.name, 1)
    assert tuple(whole) == large.columns
    blocks = list(large.blocks(large.columns, 7))
    assert all(len(block) == 7 for block in blocks[:-1])
    return whole, pd.concat([block.astype(object) for block in blocks], ignore_index=True)


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("rows", [1, 13, 1000])
@pytest.mark.parametrize("stream", [False, True])
def test_files_and_streams_are_read_whole_and_in_blocks(tmp_path, stream, rows, compression):
    for table in both(tmp_path / "f.arrow", written(TABLE, stream, rows, compression)):
        assert list(table) == ["x[0]", "x[1]", "x[2]", "y[0]", "y[1]", "a", "kind"]
        np.testing.assert_array_equal(table[["x[0]", "x[1]", "x[2]"]].astype(np.float32), X)
        np.testing.assert_array_equal(table["a"].astype(float), TABLE["a"].to_numpy())
        kinds = [None if pd.isna(kind) else kind for kind in table["kind"]]
        assert kinds == TABLE["kind"].to_pylist()


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed"])
def test_what_pandas_writes_is_read(tmp_path, compression):
    frame = pd.DataFrame({"a": X[:, 0], "n": np.arange(N), "kind": ["cat", "dog"] * 25})
    buffer = io.BytesIO()
    frame.to_feather(buffer, compression=compression)
    for table in both(tmp_path / "f.feather", buffer.getvalue()):
        pd.testing.assert_frame_equal(table.astype(frame.dtypes), frame)


def test_columns_are_read_in_the_order_that_is_asked_for(tmp_path):
    (tmp_path / "f.arrow").write_bytes(written())
    table = open_large(tmp_path / "f.arrow")
    (block,) = table.blocks(("kind", "y[1]", "a", "x[2]"), 100)
    assert list(block) == ["kind", "y[1]", "a", "x[2]"]
    np.testing.assert_array_equal(block["x[2]"], X[:, 2])
    assert table.left_out.keys() == {"image"}


def test_a_column_that_is_missing_at_first_is_read_by_its_later_values(tmp_path):
    late = pa.table({"a": np.arange(6.0), "x": pa.array([None] * 4 + [[1.0, 2.0]] * 2)})
    for table in both(tmp_path / "f.arrow", written(late, rows=2)):
        np.testing.assert_array_equal(table["x[1]"].astype(float), [np.nan] * 4 + [2, 2])


@pytest.mark.parametrize("stream", [False, True])
def test_dictionaries_that_grow_are_read(tmp_path, stream):
    kinds = [pa.array(words).dictionary_encode() for words in (["a", "b"], ["b", "c"])]
    schema = pa.schema({"kind": kinds[0].type, "a": pa.float64()})
    buffer = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, unify_dictionaries=not stream)
    table = pa.Table.from_batches(
        [pa.record_batch([kind, pa.array([1.0, 2.0])], schema=schema) for kind in kinds]
    )
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(buffer, schema, options=options) as writer:
        writer.write_table(table)
    for found in both(tmp_path / "f.arrow", buffer.getvalue()):
        assert found["kind"].tolist() == ["a", "b", "b", "c"]


# --- Sizes are declared, and checked first ---


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_the_declared_sizes_are_those_of_the_columns(compression):
    table = pa.table({"a": np.zeros(1000), "b": np.zeros((1000), np.float32)})
    content = written(table, compression=compression, rows=300)
    found = list(messages(io.BytesIO(content), len(content)))
    assert [message.rows for message in found] == [300, 300, 300, 100]
    assert sum(message.unpacked for message in found) == pytest.approx(12_000, rel=0.02)


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_file_that_unpacks_beyond_the_limit_is_refused_unopened(
    tmp_path, monkeypatch, compression
):
    bomb = written(pa.table({"a": np.zeros(200_000)}), rows=10**6, compression=compression)
    assert len(bomb) < 10_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_500_000)
    monkeypatch.setattr(pa.ipc, "open_stream", None)
    with pytest.raises(ValueError, match=r"f\.arrow: it unpacks to .* the limit is .*use fewer"):
        read_table(bomb, "f.arrow")
    (tmp_path / "f.arrow").write_bytes(bomb)
    with pytest.raises(ValueError, match=r"a record batch unpacks to .*: write smaller ones"):
        open_large(tmp_path / "f.arrow")


def test_a_file_of_small_batches_beyond_the_limit_is_read_in_blocks(tmp_path, monkeypatch):
    content = written(pa.table({"a": np.zeros(200_000)}), rows=10_000, compression="zstd")
    (tmp_path / "f.arrow").write_bytes(content)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 200_000)
    table = open_large(tmp_path / "f.arrow")
    assert sum(map(len, table.blocks(("a",), 999))) == table.rows == 200_000


def test_rows_without_bytes_are_refused(monkeypatch):
    # nulls take no bytes, however many rows they have
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    many = pa.table({"n": pa.nulls(10**6), "a": np.zeros(10**6, bool)})
    with pytest.raises(ValueError, match="the limit is"):
        read_table(written(many, rows=10**7), "f.arrow", 1)


def test_lists_that_overlap_are_refused_before_they_are_spread(tmp_path, monkeypatch):
    values = pa.array(np.zeros(1000))
    lists = pa.ListViewArray.from_arrays([0] * 1000, [1000] * 1000, values)
    content = written(pa.table({"x": lists}), rows=10**4)
    assert len(content) < 30_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2_000_000)
    with pytest.raises(ValueError, match=r"f\.arrow: it unpacks to .* use fewer rows"):
        read_table(content, "f.arrow")


def test_a_footer_that_repeats_a_batch_gives_no_more_rows():
    once, twice = written(TABLE[:13]), written(TABLE[:26])
    at = twice.rindex(b"ARROW1") - 4
    length = int.from_bytes(twice[at : at + 4], "little")
    footer = twice[at - length :]
    body = once[: once.rindex(b"ARROW1") - 4 - int.from_bytes(once[-10:-6], "little")]
    assert len(read_table(body + footer, "f.arrow")) == 13


# --- Refusals ---


def broken(at, new):
    content = bytearray(written())
    content[at : at + len(new)] = new
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"FEA1" + bytes(100), "it is Feather version 1.* save it with pandas"),
        (written()[:300], "declares .* it is truncated, or no Arrow file; copy|malformed"),
        (written(stream=True)[:-300], "truncated; copy or save it again|malformed"),
        (broken(12, struct.pack("<i", 2**30)), "message 1 declares 1,073,741,824 bytes but"),
        (broken(16, struct.pack("<I", 2**31)), "message 1 is malformed: copy or save it again"),
        (broken(16, struct.pack("<I", 2)), "message 1 is malformed|could not be read as Feather"),
        (b"a,b\n1,2\n", "no Arrow file; copy or save it again"),
        (b"PAR1" + bytes(50), "no Arrow file; copy or save it again"),
        (b"", "could not be read as Feather / Arrow"),
        (written(TABLE[:0]), "holds 0 rows"),
        (written(pa.table([[1.0], [2.0]], names=["a", "a"])), "'a' is repeated: give each"),
        (written(pa.table({"a": pa.array([{"b": 1}])})), "column 'a' holds struct<b: int64>"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_with_cause_and_remedy(tmp_path, content, message):
    (tmp_path / "f.arrow").write_bytes(content)
    for read in (
        lambda: read_table(content, "f.arrow", 1),
        lambda: open_large(tmp_path / "f.arrow"),
    ):
        with pytest.raises(ValueError, match=rf"^f\.arrow.*({message}|could not be read: .*copy)"):
            read()


def test_tensors_are_refused():
    buffer = pa.BufferOutputStream()
    pa.ipc.write_tensor(pa.Tensor.from_numpy(X), buffer)
    with pytest.raises(ValueError, match=r"it holds tensors: save a table of columns instead"):
        read_table(buffer.getvalue().to_pybytes(), "f.arrow")


def test_offsets_outside_their_values_are_refused(tmp_path):
    lists = pa.table({"x": pa.array([[1.0, 2.0]] * 8), "s": ["ab"] * 8})
    content = bytearray(written(lists))
    at = content.index(struct.pack("<3i", 0, 2, 4))
    content[at : at + 12] = struct.pack("<3i", 0, 2, 2**30)
    (tmp_path / "f.arrow").write_bytes(content)
    with pytest.raises(ValueError, match=r"^f\.arrow could not be read"):
        read_table(bytes(content), "f.arrow")
    with pytest.raises(ValueError, match=r"^f\.arrow could not be read"):
        list(open_large(tmp_path / "f.arrow").blocks(("x[0]",), 4))


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr(
        "alignlab.extras.import_module",
        lambda name: (_ for _ in ()).throw(ModuleNotFoundError(name=name)),
    )
    for name in ("f.feather", "f.parquet"):
        with pytest.raises(ValueError, match=rf"^{name}: .*pip install 'alignlab\[files\]'"):
            read_table(written(), name)


def test_a_feather_file_of_old_readers_and_new_is_one_format():
    buffer = io.BytesIO()
    feather.write_feather(TABLE.select(["a"]), buffer, version=2)
    assert read_table(buffer.getvalue(), "f.ipc", 1)["a"].tolist() == TABLE["a"].to_pylist()


def test_texts_that_share_their_bytes_are_refused_before_they_are_copied(tmp_path, monkeypatch):
    # 1,000 views of one text of 10,000 bytes, as a string_view column may hold
    whole = pa.array(["x" * 10_000]).cast(pa.string_view())
    views = np.frombuffer(whole.buffers()[1], np.int32).reshape(1, 4).repeat(1000, axis=0)
    buffers = [None, pa.py_buffer(views.tobytes()), whole.buffers()[2]]
    shared = pa.Array.from_buffers(pa.string_view(), 1000, buffers)
    content = written(pa.table({"s": shared, "a": np.zeros(1000)}), rows=1000)
    assert len(content) < 60_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(ValueError, match=r"f\.arrow: it unpacks to .* use fewer rows"):
        read_table(content, "f.arrow")
    (tmp_path / "f.arrow").write_bytes(content)
    with pytest.raises(ValueError, match=r"f\.arrow: it unpacks to .* use fewer rows"):
        list(open_large(tmp_path / "f.arrow").blocks(("s",), 1000))


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_buffer_that_unpacks_to_more_than_it_declares_is_refused(compression):
    content = written(pa.table({"a": np.zeros(200_000)}), rows=10**6, compression=compression)
    at = content.index(struct.pack("<q", 1_600_000))
    for declared in (8, 800_000, 2**40, -5):
        lied = content[:at] + struct.pack("<q", declared) + content[at + 8 :]
        before = pa.total_allocated_bytes()
        with pytest.raises(ValueError, match=r"^f\.arrow"):
            read_table(lied, "f.arrow", 1)
        assert pa.total_allocated_bytes() <= before + 2**21
