"""safetensors files, read without torch: to the bit what torch reads, whole and in blocks."""

import json
import struct

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save

from alignlab.files.formats import safetensors
from alignlab.files.large_tables import open_large
from alignlab.files.reading_notes import left_out_of, notes_of
from alignlab.files.tables import read_table

KINDS = (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
    torch.float8_e5m2, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
)  # fmt: skip


def both(folder, content, name="f.safetensors"):
    """The table of a file, read whole and in blocks."""
    path = folder / name
    path.write_bytes(content)
    large = open_large(path)
    whole = read_table(content, name, 1)
    blocks = pd.concat(large.blocks(large.columns, 4), ignore_index=True)
    pd.testing.assert_frame_equal(whole, blocks)
    assert notes_of(whole) == large.notes
    assert left_out_of(whole) == large.left_out
    return whole


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_type_is_read_as_torch_reads_it(tmp_path, kind):
    values = torch.linspace(-3, 7, 30).reshape(10, 3).to(kind)
    found = both(tmp_path, save({"x": values})).to_numpy()
    expected = values.float() if kind.is_floating_point and kind.itemsize < 4 else values
    np.testing.assert_array_equal(found, expected.numpy())
    assert found.dtype == (values if kind == torch.float16 else expected).numpy().dtype


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16], ids=str)
def test_every_bit_pattern_of_a_small_type_is_exact(kind):
    bits = torch.arange(2 ** (8 * kind.itemsize) - 1, -1, -1)
    values = bits.to(torch.uint8 if kind.itemsize == 1 else torch.uint16).view(kind)
    table = read_table(save({"x": values}), "f.safetensors", 1)
    found, expected = table["x"].to_numpy(), values.float().numpy()
    np.testing.assert_array_equal(found, expected)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(expected)[known])
    assert notes_of(table) == (
        f"'x' is of type {str(kind)[6:]}, and is read as float32, without loss.",
    )


def test_blocks_hold_the_columns_that_are_asked_for_in_their_order(tmp_path):
    path = tmp_path / "f.safetensors"
    A, B, c = np.random.default_rng(0).standard_normal((3, 11, 4))
    tensors = {"a": A, "b": B[:, :2], "c": c[:, 0], "d": A[:5]}
    path.write_bytes(save({name: torch.tensor(array) for name, array in tensors.items()}))
    table = open_large(path)
    assert table.rows == 11
    assert list(table.left_out) == ["d"]
    found = pd.concat(table.blocks(("b[1]", "c", "a[0]"), 4), ignore_index=True)
    np.testing.assert_array_equal(found.to_numpy(), np.column_stack([B[:, 1], c[:, 0], A[:, 0]]))
    assert table.row_bytes(("a[0]", "c")) == 8 * 4 + 8


def test_types_that_numpy_cannot_hold_are_left_out_by_name(tmp_path):
    content = written({"x": ("F32", [2, 1], 0, 8), "scale": ("F8_E8M0", [2], 8, 10),
                       "z": ("C64", [2], 10, 26)}, 26)  # fmt: skip
    table = both(tmp_path, content)
    assert list(table) == ["x[0]"]
    assert "type F8_E8M0, which numpy cannot hold" in left_out_of(table)["scale"]
    assert "complex" in left_out_of(table)["z"]


def written(entries, size, header=None):
    """A file whose header declares these entries, with `size` bytes of data."""
    if header is None:
        header = {
            name: {"dtype": kind, "shape": shape, "data_offsets": [first, last]}
            for name, (kind, shape, first, last) in entries.items()
        }
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (written({"x": ("F32", [2, 1], 0, 8)}, 7), "tensor 'x' ends at byte 8 but 7 follow"),
        (written({"x": ("F32", [2, 1], 0, 8)}, 9), "its tensors take 8 bytes but 9 follow"),
        (written({"x": ("F32", [2, 1], 4, 12)}, 12), "begins at byte 4 but the one before ends"),
        (written({"x": ("F32", [2], 0, 8), "y": ("F32", [2], 4, 12)}, 12), "tensor 'y' begins at"),
        (written({"x": ("F32", [2, 3], 0, 8)}, 8), r"of shape (2, 3) and type F32 has 8 bytes"),
        (written({"x": ("F32", [-2, -1], 0, 8)}, 8), "tensor 'x' has a malformed entry"),
        (written({"x": ("F32", [2.0], 0, 8)}, 8), "tensor 'x' has a malformed entry"),
        (written({}, 0, {"x": {"dtype": "F32"}}), "tensor 'x' has no dtype, shape and data_offset"),
        (written({}, 0, {"x": 3}), "tensor 'x' has no dtype, shape and data_offset"),
        (written({}, 0, [1]), "its header names no tensors"),
        (written({}, 0), "it holds no tensors"),
        (written({}, 0, b'{"x": 1, "x": 2}'), "names a tensor twice"),
        (written({}, 0, b"[" * 100_000), "its header is no JSON"),
        (struct.pack("<Q", 2**40) + b"{}", "its header declares 1,099,511,627,776 bytes but"),
        (b"x,y\n1,2", "its header declares"),
        (b"", "its header declares"),
    ],
)  # fmt: skip
def test_a_malformed_header_is_refused_with_cause_and_remedy(tmp_path, content, message):
    path = tmp_path / "f.safetensors"
    path.write_bytes(content)
    for read in (lambda: read_table(content, path.name), lambda: open_large(path)):
        with pytest.raises(ValueError, match=r"^f\.safetensors: .*[:;] (copy|save)") as refusal:
            read()
        assert message in str(refusal.value)


def test_a_header_over_the_limit_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(safetensors, "MAX_FOOTER_BYTES", 50)
    with pytest.raises(
        ValueError, match=r"its header has 0 MB, the limit is .* save fewer tensors"
    ):
        read_table(save({"x": torch.ones(3, 2)}), "f.safetensors")


def test_a_file_that_is_cut_off_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "f.safetensors"
    path.write_bytes(save({"x": torch.ones(100, 2)}))
    table = open_large(path)
    with path.open("r+b") as file:
        file.truncate(300)
    table._stamp = (300, path.stat().st_mtime_ns)
    with pytest.raises(ValueError, match="it ends early, it may have been truncated"):
        list(table.blocks(table.columns, 10))
